//! What the rules make of a case: every clause decided, and why no rule held.

pub mod fault;
pub mod evaluate;
pub(in crate::engine) mod log_clause;
mod predicate;
mod selections;
pub mod prepared;
pub mod evidence_gaps;
pub mod why_not;
