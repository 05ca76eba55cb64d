//! How the sender ended, and what mainnet has of the block that it asked for in vain.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::LogIndex;
use super::log_index::LogRecord;
use super::stall::{self, Sign, Stall};
use crate::evidence::{Bundle, EvidenceName, Timestamp};

/// What the sender's end is read from.
pub const SENDER_END_READS: &[EvidenceName] = &[EvidenceName::LogsEchonet];

/// Evidence that these facts are derived from.
pub(crate) const READS: &[EvidenceName] = &[EvidenceName::LogsEchonet, EvidenceName::TheirsBlock];

/// Why the sender's thread ended, by its last words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SenderEnd {
    /// The feeder answered that the next block is a bad request, as it does at the end of the chain.
    NoNextBlock,
    /// Something else went wrong.
    Failure,
}

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

/// How the sender ended; none if it was not seen to end with an exception.
#[must_use]
pub fn sender_end(log: Option<&LogIndex>, stall: Option<&Stall>) -> Option<SenderEnd> {
    let record = last_words(log, stall)?;
    let lines: Vec<&str> = record.text.lines().collect();
    let raised = lines.iter().rposition(|it| it.starts_with("Traceback (most recent call last)")).unwrap_or(0);
    let is_end =
        |it: &&str| it.starts_with("requests.exceptions.HTTPError: 400 Client Error: ") && it.contains("/feeder_gateway/get_block?");
    let ended = lines.get(raised..).unwrap_or_default().iter().any(is_end);
    Some(if ended { SenderEnd::NoNextBlock } else { SenderEnd::Failure })
}

fn last_words<'l>(log: Option<&'l LogIndex>, stall: Option<&Stall>) -> Option<&'l LogRecord> {
    let stall = stall.filter(|it| it.sign == Some(Sign::SenderEnded))?;
    log?.records.get(stall.record)
}

/// What mainnet has of the block that the sender could not fetch; none if that did not end it, or its last words name no block.
#[must_use]
pub fn find_unfetched(bundle: &Bundle, log: Option<&LogIndex>, stall: Option<&Stall>) -> Option<Unfetched> {
    let record = last_words(log, stall)?;
    let block = stall::fetched_in_vain(std::slice::from_ref(record), record.number)?;
    let failed_at = record.at;
    let mainnet = bundle.theirs.get(&block).and_then(|it| match it.block.value() {
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
