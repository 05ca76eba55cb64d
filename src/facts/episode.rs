//! Which episode a case is about.

use schemars::JsonSchema;
use serde::Serialize;

use crate::evidence::{Episode, EvidenceName};

/// Evidence that identifies the epoch.
pub(crate) const READS: &[EvidenceName] = &[EvidenceName::Snapshot];

/// An episode in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EpisodeFacts {
    /// Number in the bundle, from 1, earliest first.
    pub number: u32,
    /// First block of the epoch; absent if no evidence names it.
    pub start_block: Option<u64>,
}

impl EpisodeFacts {
    /// Which episode it is, by its snapshot, or else by its report.
    pub(super) fn from_episode(episode: &Episode) -> Self {
        let of_snapshot = episode.snapshot.value().and_then(|it| it.current_start_block);
        let start_block = of_snapshot.or_else(|| episode.report.value()?.current_start_block);
        Self { number: episode.number, start_block }
    }
}
