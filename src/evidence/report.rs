//! Echonet's own account of its run: `GET /echonet/report`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Extra, Felt};

/// The report that `GET /echonet/report` returns.
///
/// Most of it is cumulative since the Echonet process started; only `sent_tx_hashes` and `current_block` are live. It holds no time.
/// What every version of Echonet sends is required: a document without it is no report. What older versions do not send is absent, which is
/// not the same as empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Transactions forwarded and not yet committed, with their mainnet block.
    pub sent_tx_hashes: BTreeMap<Felt, u64>,
    /// Mainnet reverts that no Echonet revert has matched (yet); look-ahead makes most of them noise.
    pub revert_errors_mainnet: BTreeMap<Felt, RevertError>,
    /// Echonet reverts seen while no mainnet revert of the same transaction was on record.
    pub revert_errors_echonet: BTreeMap<Felt, RevertError>,
    /// Transactions that the gateway refused after all attempts.
    pub gateway_errors: BTreeMap<Felt, GatewayError>,
    /// Triggers seen once, by trigger key.
    pub resync_causes: BTreeMap<String, ReportTrigger>,
    /// Triggers seen at least twice, by trigger key; the fields are those of the last occurrence.
    pub certain_failures: BTreeMap<String, ReportTrigger>,
    /// First block of the configured run.
    #[serde(deserialize_with = "nullable")]
    pub start_block: Option<u64>,
    /// First block of the process's first epoch.
    #[serde(deserialize_with = "nullable")]
    pub initial_start_block: Option<u64>,
    /// First block of the current epoch.
    #[serde(deserialize_with = "nullable")]
    pub current_start_block: Option<u64>,
    /// Mainnet block that the sender is at; null right after a resync.
    #[serde(deserialize_with = "nullable")]
    pub current_block: Option<u64>,
    /// Age of the Echonet process, in seconds; absent in older versions.
    #[serde(default)]
    pub uptime_seconds: Option<u64>,
    /// L2 gas differences (not hashed); cumulative with duplicates. Absent in older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l2_gas_mismatches: Option<Vec<L2GasMismatch>>,
    /// Blocks whose hash differed; cumulative with duplicates and cascades. Absent in older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_hash_mismatches: Option<Vec<MismatchRow>>,
    /// Blocks whose transaction commitment differed. Absent in older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_commitment_mismatches: Option<Vec<MismatchRow>>,
    /// Everything else that Echonet sent.
    #[serde(flatten)]
    pub other: Extra,
}

impl Report {
    /// Block of the oldest transaction that is on its way to the sequencer; none if none is. Reverts of mainnet behind it were only fetched ahead.
    #[must_use]
    pub(crate) fn oldest_sent(&self) -> Option<u64> {
        self.sent_tx_hashes.values().min().copied()
    }
}

/// A reverted transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RevertError {
    /// Mainnet block of the transaction.
    pub block_number: u64,
    /// Full revert text.
    pub error: String,
}

/// A transaction that the gateway refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GatewayError {
    /// HTTP status of the last attempt; 0 if there was no HTTP answer.
    pub status: u16,
    /// Body of the last answer, or the text of the transport error (empty for a timeout).
    pub response: String,
    /// Mainnet block of the transaction.
    pub block_number: u64,
}

/// What made Echonet resync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportTrigger {
    /// A transaction hash, or the synthetic key `block_hash_mismatch:<N>`.
    pub tx_hash: String,
    /// Mainnet block of the transaction; for a hash mismatch, Echonet's block number.
    pub failure_block_number: u64,
    /// Block from which the replay starts again.
    pub revert_target_block_number: u64,
    /// One of the four texts that `facts::trigger` reads; may span lines.
    pub reason: String,
    /// How often this key has triggered.
    pub count: u64,
}

/// A block whose hash or commitment differed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MismatchRow {
    /// Echonet's block number.
    pub block_number: u64,
    /// Echonet's value.
    pub echonet: Felt,
    /// Mainnet's value; can belong to another block (OBSERVED: the source block of the first transaction).
    pub mainnet: Felt,
}

/// A transaction whose L2 gas differed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct L2GasMismatch {
    /// Transaction.
    pub tx_hash: Felt,
    /// Echonet's block number.
    pub echo_block: u64,
    /// Mainnet block of the transaction.
    pub source_block: u64,
    /// L2 gas in Echonet's blob.
    pub blob_total_gas_l2: u64,
    /// L2 gas in mainnet's receipt, if the transaction was found there.
    pub fgw_total_gas_consumed_l2: Option<u64>,
}

/// Reads a field that must be there and may be null.
fn nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Option::deserialize(deserializer)
}
