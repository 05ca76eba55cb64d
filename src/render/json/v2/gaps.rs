//! The wire form of what was not seen, and of what it leaves undecided.

use schemars::JsonSchema;
use serde::Serialize;

use super::V2Relevance;
use crate::findings::{Undecided, Unseen};

/// Evidence that was not, or not wholly, seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Unseen {
    /// Number of the episode.
    pub episode: u32,
    /// Name of the evidence.
    pub evidence: String,
    /// Why it is missing.
    pub why: String,
    /// How to collect it.
    pub how: String,
    /// Slugs of the rules that it would help to decide; empty if none hangs on it.
    pub would_decide: Vec<String>,
}

/// A rule that could not be decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Undecided {
    /// Number of the episode.
    pub episode: u32,
    /// Slug of the rule.
    pub rule: String,
    /// Names of the evidence that would decide it.
    pub missing: Vec<String>,
    /// Why the rule itself failed, where no evidence would help.
    pub broken: Option<String>,
    /// Whether it could explain something that is unexplained.
    pub matters: V2Relevance,
}

impl From<&Unseen> for V2Unseen {
    fn from(it: &Unseen) -> Self {
        Self {
            episode: it.episode,
            evidence: it.evidence.clone(),
            why: it.why.clone(),
            how: it.how.clone(),
            would_decide: it.would_decide.clone(),
        }
    }
}

impl From<&Undecided> for V2Undecided {
    fn from(it: &Undecided) -> Self {
        Self {
            episode: it.episode,
            rule: it.rule.clone(),
            missing: it.missing.clone(),
            broken: it.broken.clone(),
            matters: it.matters.into(),
        }
    }
}
