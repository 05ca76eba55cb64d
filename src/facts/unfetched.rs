//! What mainnet has of the block that the sender asked for in vain before it ended.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::premises::Premises;
use super::sender_end::last_words;
use super::stall;
use crate::evidence::{EvidenceName, Timestamp};

/// Evidence that these facts are derived from.
pub(crate) const READS: &[EvidenceName] = &[EvidenceName::LogsEchonet, EvidenceName::TheirsBlock];

/// The block that the sender failed to fetch before it stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unfetched {
    /// Height of the block.
    pub block: u64,
    /// What mainnet has of it; absent where nobody saw that, the moment of the failure is not known, or the block was made at about that moment.
    pub mainnet: Option<MainnetHas>,
}

/// Whether mainnet had the block when the sender failed to fetch it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "the variants are words of the rule language: no block, a later one, an earlier one")]
pub enum MainnetHas {
    /// None, also later: the feeder said so when the evidence was collected.
    NoBlock,
    /// One that was made after that moment, as it states itself.
    LaterBlock,
    /// One that was there at that moment.
    EarlierBlock,
}

/// A block is stamped when it is begun, and the feeder has it once it is closed.
const CLOSED_AFTER_MS: i64 = 10 * 60_000;

/// What mainnet has of the block that the sender could not fetch; none if that did not end it, or its last words name no block.
pub(super) fn derive(premises: &Premises<'_>) -> Option<Unfetched> {
    let record = last_words(premises.log, premises.stall.as_ref())?;
    let block = stall::fetched_in_vain(std::slice::from_ref(record), record.number)?;
    let failed_at = record.at;
    let mainnet = premises.bundle.theirs.get(&block).and_then(|it| match it.block.value() {
        Some(theirs) => {
            let failed_at = failed_at?;
            let stamped_at = i64::try_from(theirs.timestamp).ok().and_then(Timestamp::from_unix)?;
            if failed_at < stamped_at {
                Some(MainnetHas::LaterBlock)
            } else {
                (stamped_at.plus_millis(CLOSED_AFTER_MS) < failed_at).then_some(MainnetHas::EarlierBlock)
            }
        }
        None => it.block.was_never_stored().then_some(MainnetHas::NoBlock),
    });
    Some(Unfetched { block, mainnet })
}
