//! How the sender ended.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::log_index::{LogIndex, LogRecord};
use super::premises::Premises;
use super::stall::{Sign, Stall};
use crate::evidence::EvidenceName;

/// Evidence that these facts are derived from.
pub(crate) const READS: &[EvidenceName] = &[EvidenceName::LogsEchonet];

/// Why the sender's thread ended, by its last words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SenderEnd {
    /// The feeder answered that the next block is a bad request, as it does at the end of the chain.
    NoNextBlock,
    /// Something else went wrong.
    Failure,
}

/// How the sender ended; none if it was not seen to end with an exception.
pub(super) fn derive(premises: &Premises<'_>) -> Option<SenderEnd> {
    let record = last_words(premises.log, premises.stall.as_ref())?;
    let lines: Vec<&str> = record.text.lines().collect();
    let raised = lines.iter().rposition(|it| it.starts_with("Traceback (most recent call last)")).unwrap_or(0);
    let is_end =
        |it: &&str| it.starts_with("requests.exceptions.HTTPError: 400 Client Error: ") && it.contains("/feeder_gateway/get_block?");
    let ended = lines.get(raised..).unwrap_or_default().iter().any(is_end);
    Some(if ended { SenderEnd::NoNextBlock } else { SenderEnd::Failure })
}

/// The record in which the sender's thread ended, if that is what stopped the epoch.
pub(super) fn last_words<'l>(log: Option<&'l LogIndex>, stall: Option<&Stall>) -> Option<&'l LogRecord> {
    let stall = stall.filter(|it| it.sign == Some(Sign::SenderEnded))?;
    log?.records.get(stall.record)
}
