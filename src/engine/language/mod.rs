//! What a rule file is: its shape, its values, paths, patterns and expressions, and the checks that turn files into rules that can run.
//!
//! A rule is decided for each element of `for_each` alone: `item` is that element in every clause, so conditions never mix elements.
//!
//! The language refuses on purpose: loops and statements (an expression is one of Rhai, with limits), numbers for certainty or confidence,
//! absence in evidence that `requires` does not list, comparison of unlike types (an error, and not `false`), and `..` in paths, which
//! cannot be checked.

pub mod check;
mod yaml_words;
pub mod problem;
pub(crate) mod value;
pub(crate) mod path;
pub(crate) mod script;
pub(crate) mod clause;
mod clause_reading;
pub(crate) mod rule;
pub(crate) mod pattern;
pub(crate) mod regex_impossible;
mod required_literals;
pub(crate) mod regex_literals;
pub(crate) mod compiled;
pub(in crate::engine) mod dependency;
mod absence;
mod bare_status;
mod placement;
pub(in crate::engine) mod relations;
mod replacement;
mod types;
pub mod mending;
pub(crate) mod compile;
mod conclusions;
pub mod catalog;
pub(crate) mod log_hits;
pub(in crate::engine) mod summary;
mod named_changes;
pub(crate) mod fix_condition;
pub mod check_report;
