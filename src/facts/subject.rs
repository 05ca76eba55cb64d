//! Which block a case is about.

use schemars::JsonSchema;
use serde::Serialize;

use super::episode::EpisodeFacts;
use crate::evidence::{Bundle, Episode, EvidenceName};

/// What tells which block to look at.
pub(crate) const READS: &[EvidenceName] = &[EvidenceName::Snapshot, EvidenceName::OursBlock, EvidenceName::TheirsBlock];

/// The block to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Subject {
    /// Height of the first diverging block, or of the trigger where no block was seen to diverge, or else at which the epoch stands; absent if
    /// no evidence names one.
    pub block: Option<u64>,
    /// Height of the first block that diverged, as far as the payloads or Echonet's own trigger tell.
    pub first_diverging_block: Option<u64>,
    /// Whether the subject is the epoch's first block.
    pub is_first_of_epoch: Option<bool>,
    /// Protocol version that acted on our side, such as `0.14.3`: the one that our block states, else mainnet's.
    pub starknet_version: Option<String>,
    /// Protocol version that mainnet's block states.
    pub mainnet_starknet_version: Option<String>,
}

impl Subject {
    /// What is known of the block that a case is about, if any evidence names one.
    pub(super) fn from_height(
        bundle: &Bundle,
        episode: &Episode,
        in_time: &EpisodeFacts,
        first_diverging_block: Option<u64>,
        block: Option<u64>,
    ) -> Self {
        Self {
            block,
            first_diverging_block,
            is_first_of_epoch: in_time.start_block.zip(block).map(|(start, block)| start == block),
            starknet_version: block.and_then(|it| version_at(bundle, episode, it)),
            mainnet_starknet_version: block.and_then(|it| bundle.theirs.get(&it)?.block.value()?.starknet_version.clone()),
        }
    }
}

/// The protocol version that acted on our side of a block.
pub(super) fn version_at(bundle: &Bundle, episode: &Episode, block: u64) -> Option<String> {
    let ours = episode.ours.get(&block).and_then(|it| it.block.value()).and_then(|it| it.starknet_version.clone());
    ours.or_else(|| bundle.theirs.get(&block)?.block.value()?.starknet_version.clone())
}
