//! From the ledger to the verdict: which findings stand, how sure they are, what they leave unexplained and what to do next.

mod account;
pub(crate) mod diagnose;
pub(crate) mod finding;
mod judge;
mod joint_proof;
mod rivalry;
mod relevance;
mod isolation;
mod shifts;
mod grounds;
mod fingerprint;
mod witnesses;
mod side_checks;
pub(crate) mod words;
mod next_steps;
