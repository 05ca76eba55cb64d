//! A difference between the replay and mainnet.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Witness;

/// A difference between Echonet and mainnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// Episode.
    pub episode: u32,
    /// Stable name within the episode.
    pub id: String,
    /// Kind, such as `tx_missing`.
    pub kind: String,
    /// Whether it can be a cause.
    pub role: DivergenceRole,
    /// Lowest height at which it shows.
    pub block: u64,
    /// What it is about, in words.
    pub subject: String,
    /// Our value, if we have one.
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
    pub witnesses: Vec<Witness>,
}

impl Divergence {
    /// Whether it happened to our replay alone, so that mainnet has nothing to compare it with.
    #[must_use]
    pub fn is_of_us_alone(&self) -> bool {
        self.kind == "stall" && self.theirs.is_none()
    }

    /// Whether it stands for an epoch that nobody saw stop: nothing differs there, and a rule knows what is wrong with it.
    #[must_use]
    pub fn is_running_epoch(&self) -> bool {
        self.is_of_us_alone() && self.ours.is_none()
    }
}

/// Whether a divergence can be a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DivergenceRole {
    /// A finding must explain the divergence.
    Cause,
    /// The divergence follows from others.
    Consequence,
    /// It is in no hash.
    Informational,
}
