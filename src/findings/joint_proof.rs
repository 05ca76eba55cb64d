//! Proofs that need several findings together.

use super::Proof;

/// A counterfactual of several findings at once: two causes in one block leave each other's difference over, so each alone cannot make
/// mainnet's commitments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JointProof {
    /// Episode.
    pub episode: u32,
    /// Slugs of the rules whose findings are undone together, each needed: without any one of them it does not close.
    pub rules: Vec<String>,
    /// The proof, which closes.
    pub proof: Proof,
}
