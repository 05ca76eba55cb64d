//! What the rules make of a case: every clause decided, and why no rule held.

pub(crate) mod fault;
pub mod evaluate;
pub(in crate::engine) mod log_clause;
mod predicate;
mod selections;
pub mod prepared;
pub(crate) mod evidence_gaps;
pub(crate) mod why_not;
