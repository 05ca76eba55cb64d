//! What a rule file is: its shape, its values, paths, patterns and expressions, and the checks that turn files into rules that can run.
//!
//! A rule is decided for each element of `for_each` alone: `item` is that element in every clause, so conditions never mix elements.
//!
//! The language refuses on purpose: loops and statements (an expression is one of Rhai, with limits), numbers for certainty or confidence,
//! absence in evidence that `requires` does not list, comparison of unlike types (an error, and not `false`), and `..` in paths, which
//! cannot be checked.

pub mod check;
pub mod problem;
pub mod value;
pub mod path;
pub mod script;
pub mod clause;
mod clause_reading;
pub mod rule;
pub mod pattern;
pub mod regex_impossible;
mod required_literals;
pub mod regex_literals;
pub mod compiled;
pub(in crate::engine) mod dependency;
mod absence;
mod bare_status;
mod placement;
pub(in crate::engine) mod relations;
pub mod compile;
pub mod catalog;
pub mod log_hits;
pub(in crate::engine) mod summary;
mod named_changes;
pub mod fix_condition;
pub mod check_report;
