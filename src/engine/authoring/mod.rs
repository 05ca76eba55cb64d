//! What whoever writes rules needs: tests of rules, their coverage, mutants and cross-fire, drafts, and smaller bundles.

pub mod rule_test;
pub mod test_patch;
pub mod mutate;
pub mod coverage_report;
pub mod cross_fire;
pub mod minimize;
pub mod draft_rule;
pub mod draft_test;
pub mod test_lines;
