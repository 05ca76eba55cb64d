//! What the answer "no divergence" rests on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::Timestamp;

/// What was compared and seen where nothing was seen to differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grounds {
    /// Heights that were compared on both sides, by what compared them.
    pub compared: Vec<Compared>,
    /// What Echonet's log covers, if there is one.
    pub log: Option<LogSpan>,
    /// How far the replay came, if any evidence tells.
    pub progress: Option<ReplayProgress>,
    /// What Echonet's report said, in one sentence.
    pub report: Option<String>,
}

/// Heights that were compared on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// What compared them, such as `the block hashes in the payloads`.
    pub source: String,
    /// Lowest height.
    pub first: u64,
    /// Highest height.
    pub last: u64,
    /// How many heights in that range were compared.
    pub count: u64,
}

/// The time span that a log covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSpan {
    /// First moment.
    pub from: Option<Timestamp>,
    /// Last moment.
    pub until: Option<Timestamp>,
    /// Whether it has the beginning of the epoch.
    pub begins_with_epoch: Beginning,
}

/// Whether a log holds the beginning of the epoch that it ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Beginning {
    /// It does.
    Held,
    /// It does, and lines are missing after it: a resync there would not show.
    Broken,
    /// It begins in the middle of the epoch: a resync before its first line would not show.
    Missing,
}

/// How far the replay got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayProgress {
    /// The newest height that was replayed.
    pub block: u64,
    /// Time of the block.
    pub at: Option<Timestamp>,
}

/// Evidence of another deployment, which was left out of the diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForeignEvidence {
    /// The evidence that was left out.
    pub what: String,
    /// The deployment that it belongs to.
    pub whose: String,
    /// How that is known.
    pub why: String,
}

/// Why it cannot be told what an incident is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ambiguous {
    /// The log is of several deployments, these namespaces, and was not used.
    Namespaces(Vec<String>),
    /// Two pieces of evidence are of different runs, each in words, and both were used.
    Runs(String, String),
}

impl Ambiguous {
    /// It as a clause of a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Namespaces(names) => {
                let count = if names.len() == 2 { "two".to_owned() } else { names.len().to_string() };
                format!(
                    "the log is of {count} deployments ({}), and one of them must be chosen before any of it can be read",
                    names.join(", ")
                )
            }
            Self::Runs(one, other) => format!("the evidence holds {one} and {other}, and which of the two is meant cannot be told"),
        }
    }
}
