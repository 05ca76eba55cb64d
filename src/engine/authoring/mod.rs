//! What whoever writes rules needs: tests of rules, their coverage, mutants and cross-fire, drafts, and smaller bundles.

pub mod rule_test;
pub(crate) mod test_patch;
pub mod mutate;
pub(crate) mod coverage_report;
pub mod cross_fire;
pub(crate) mod minimize;
pub(crate) mod draft_rule;
pub(crate) mod draft_test;
pub mod test_lines;
