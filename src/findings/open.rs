//! Leads for differences that nothing explains.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Proof;
use crate::counted::counted;

/// A piece of evidence that mentions a divergence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Witness {
    /// Name of the evidence.
    pub source: String,
    /// Line in it, from 1.
    pub line: Option<u64>,
    /// What it says; may span lines.
    pub text: String,
}

/// A counterfactual of unexplained items alone: they and nothing else make the difference, whatever their cause is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Isolation {
    /// Episode.
    pub episode: u32,
    /// Height.
    pub block: u64,
    /// Ids of the unexplained divergences that are undone.
    pub items: Vec<String>,
    /// The result of undoing the items.
    pub proof: Proof,
}

/// A block of ours that holds what another block of mainnet holds: one fact instead of a line for each of its transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// Episode.
    pub episode: u32,
    /// Echonet's height.
    pub ours: u64,
    /// Mainnet's height.
    pub theirs: u64,
    /// Number of transactions.
    pub transactions: u64,
    /// Ids of the divergences that the shift causes.
    pub items: Vec<String>,
}

impl Shift {
    /// The shift as a clause of a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        format!("Echonet's block {} holds mainnet's block {} ({})", self.ours, self.theirs, counted(self.transactions, "transaction"))
    }
}

/// A recommended next step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NextStep {
    /// What to do, in one sentence.
    pub action: String,
    /// The command that does it, on one line.
    pub command: Option<String>,
    /// The name under which its answer belongs into a folder that is diagnosed.
    pub saved_as: Option<String>,
}

/// Whether an undecided rule matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relevance {
    /// It could explain something that is unexplained.
    CouldExplain,
    /// It could not.
    Other,
}
