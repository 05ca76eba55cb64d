//! The wire form of [`EpisodeSummary`] and of what differs in it.

use schemars::JsonSchema;
use serde::Serialize;

use super::{V2CaseKind, V2Role, V2Verdict, V2Witness, all};
use crate::findings::{Divergence, EpisodeSummary, TriggerSummary, named_block};

/// One case: a resync, or the epoch that still runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Episode {
    /// Number, from 1.
    pub number: u32,
    /// Kind of the case.
    pub kind: V2CaseKind,
    /// The answer for this episode alone.
    pub verdict: V2Verdict,
    /// What triggered it, if any evidence names it.
    pub trigger: Option<V2Trigger>,
    /// First height of the replay, if known.
    pub start_block: Option<u64>,
    /// First height that was seen to diverge.
    pub first_diverging_block: Option<u64>,
    /// Stable fingerprint of the unexplained differences in this episode; null if everything is explained.
    pub fingerprint: Option<String>,
    /// All observed differences.
    pub divergences: Vec<V2Divergence>,
}

/// The trigger of a resync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Trigger {
    /// Kind, such as `block_hash_mismatch`.
    pub kind: String,
    /// The key as Echonet writes it.
    pub key: String,
    /// Height that it names; null if nothing does.
    pub block: Option<u64>,
    /// Reason text; may span lines.
    pub reason: String,
    /// How often this key had triggered by then.
    pub count: u64,
}

/// A difference between Echonet and mainnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Divergence {
    /// Number of the episode.
    pub episode: u32,
    /// Stable name within the episode.
    pub id: String,
    /// Kind, such as `tx_missing`.
    pub kind: String,
    /// Whether it can be a cause.
    pub role: V2Role,
    /// Lowest height at which it shows; null if nothing names one.
    pub block: Option<u64>,
    /// What it is about, in words.
    pub subject: String,
    /// Echonet's value, if it has one.
    pub ours: Option<String>,
    /// Mainnet's value, if it has one.
    pub theirs: Option<String>,
    /// Ids of the divergences that caused this one.
    pub follows: Vec<String>,
    /// Slugs of the rules whose findings claim it.
    pub claimed_by: Vec<String>,
    /// Places in the bundle where it was seen.
    pub evidence: Vec<String>,
    /// Evidence that mentions the divergence, if nothing explains it.
    pub witnesses: Vec<V2Witness>,
}

impl From<&EpisodeSummary> for V2Episode {
    fn from(it: &EpisodeSummary) -> Self {
        Self {
            number: it.number,
            kind: it.kind.into(),
            verdict: it.verdict.into(),
            trigger: it.trigger.as_ref().map(V2Trigger::from),
            start_block: it.start_block,
            first_diverging_block: it.first_diverging_block,
            fingerprint: it.fingerprint.clone(),
            divergences: all(&it.divergences),
        }
    }
}

impl From<&TriggerSummary> for V2Trigger {
    fn from(it: &TriggerSummary) -> Self {
        Self { kind: it.kind.clone(), key: it.key.clone(), block: it.block, reason: it.reason.clone(), count: it.count }
    }
}

impl From<&Divergence> for V2Divergence {
    fn from(it: &Divergence) -> Self {
        Self {
            episode: it.episode,
            id: it.id.clone(),
            kind: it.kind.clone(),
            role: it.role.into(),
            block: named_block(it.block),
            subject: it.subject.clone(),
            ours: it.ours.clone(),
            theirs: it.theirs.clone(),
            follows: it.follows.clone(),
            claimed_by: it.claimed_by.clone(),
            evidence: it.evidence.clone(),
            witnesses: all(&it.witnesses),
        }
    }
}
