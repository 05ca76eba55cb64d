//! The wire forms of what helps with what nothing explains.

use schemars::JsonSchema;
use serde::Serialize;

use super::V2Proof;
use crate::findings::{Isolation, NextStep, Shift, Witness};

/// A piece of evidence that mentions a divergence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Witness {
    /// Name of the evidence.
    pub source: String,
    /// Line in it, from 1; null if it has no lines.
    pub line: Option<u64>,
    /// What it says; may span lines.
    pub text: String,
}

/// A counterfactual of unexplained divergences alone: they and nothing else make the difference, whatever their cause is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Isolation {
    /// Number of the episode.
    pub episode: u32,
    /// Height.
    pub block: u64,
    /// Ids of the unexplained divergences that are undone.
    pub items: Vec<String>,
    /// The result of undoing the items.
    pub proof: V2Proof,
}

/// A block of Echonet's that holds what another block of mainnet holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Shift {
    /// Number of the episode.
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

/// A recommended next step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2NextStep {
    /// What to do, in one sentence.
    pub action: String,
    /// The command that does it, on one line.
    pub command: Option<String>,
    /// The name under which its answer belongs into a folder that is diagnosed.
    pub saved_as: Option<String>,
}

impl From<&Witness> for V2Witness {
    fn from(it: &Witness) -> Self {
        Self { source: it.source.clone(), line: it.line, text: it.text.clone() }
    }
}

impl From<&Isolation> for V2Isolation {
    fn from(it: &Isolation) -> Self {
        Self { episode: it.episode, block: it.block, items: it.items.clone(), proof: (&it.proof).into() }
    }
}

impl From<&Shift> for V2Shift {
    fn from(it: &Shift) -> Self {
        Self { episode: it.episode, ours: it.ours, theirs: it.theirs, transactions: it.transactions, items: it.items.clone() }
    }
}

impl From<&NextStep> for V2NextStep {
    fn from(it: &NextStep) -> Self {
        Self { action: it.action.clone(), command: it.command.clone(), saved_as: it.saved_as.clone() }
    }
}
