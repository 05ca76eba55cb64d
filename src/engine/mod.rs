//! Engine: rules in, diagnosis out.
//!
//! Invariant: nothing here does I/O: rules are embedded or handed in as text. Rhai is named in `script.rs` only.

pub mod check;
pub mod check_report;
pub mod problem;
pub mod rule;
pub mod value;
pub mod path;
mod predicate;
pub mod pattern;
pub mod script;
mod selections;
pub mod compiled;
mod dependency;
pub mod evidence_gaps;
mod absence;
mod bare_status;
pub mod compile;
pub mod catalog;
mod required_literals;
pub mod log_hits;
mod log_clause;
mod relations;
mod rivalry;
mod joint_proof;
pub mod evaluate;
pub mod containment;
pub mod fix;
pub mod fix_condition;
pub mod anchors;
pub mod fix_table;
pub mod finding;
mod side_checks;
mod exhibits;
pub mod words;
pub mod prepared;
pub mod diagnose;
pub mod rule_test;
pub mod test_patch;
pub mod why_not;
pub mod rule_page;
pub mod minimize;
pub mod draft_rule;
pub mod draft_test;
pub mod path_reference;
pub mod language_reference;
mod placement;
pub mod coverage_report;
pub mod mutate;
pub mod regex_literals;
pub mod regex_impossible;
pub mod cross_fire;

pub use catalog::Catalog;
pub use diagnose::{diagnose, further};
pub use evaluate::Trial;
pub use problem::{Problem, Text};
