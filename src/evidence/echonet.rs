//! What Echonet's smaller pages say, beside its report and its blocks: the state at the moment of collecting, after the last resync.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::block::is_protocol_version;
use super::{Extra, Felt, Gathered, ParseError, ReportText, parse_json};

/// What Echonet's smaller pages say.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EchonetPages {
    /// The report as text; asked for only where the report itself could not be had or read.
    #[serde(skip_serializing_if = "Gathered::is_not_asked")]
    pub report_text: Gathered<ReportText>,
    /// Mainnet's protocol version at the first block of the configured run.
    #[serde(skip_serializing_if = "Gathered::is_not_asked")]
    pub starknet_version: Gathered<String>,
    /// The newest block that the sequencer posted; the block before the epoch's first one where it posted none yet.
    #[serde(skip_serializing_if = "Gathered::is_not_asked")]
    pub latest_received_block: Gathered<u64>,
    /// The newest block whose state commitment Echonet stored; null if it stored none.
    #[serde(skip_serializing_if = "Gathered::is_not_asked")]
    pub last_stored_commitment: Gathered<Option<u64>>,
    /// Mainnet's blocks as Echonet knows them: its copy from the replay, or else mainnet's answer of now; which of both, it does not say.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub block_metadata: BTreeMap<u64, Gathered<BlockMetadata>>,
    /// Transactions that were sent and not yet committed. Absent: Echonet does not know it now, for it was never sent, or was committed, or a
    /// resync cleared it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub transactions: BTreeMap<Felt, Gathered<SentTransaction>>,
    /// Signatures of blocks that Echonet holds in memory. It signs nothing: each is that of the configured run's first block.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub signatures: BTreeMap<u64, Gathered<Signature>>,
}

/// What a mainnet block says of its time and prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BlockMetadata {
    /// Time of the block, in whole seconds since the Unix epoch (UTC).
    pub timestamp: u64,
    /// Price of L1 gas, in wei.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l1_gas_price_wei: Option<Felt>,
    /// Price of L1 gas, in fri.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l1_gas_price_fri: Option<Felt>,
    /// Price of L1 data gas, in wei.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l1_data_gas_price_wei: Option<Felt>,
    /// Price of L1 data gas, in fri.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l1_data_gas_price_fri: Option<Felt>,
    /// Price of L2 gas, in fri.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l2_gas_price_fri: Option<Felt>,
}

/// Where a transaction that was sent and not yet committed comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SentTransaction {
    /// Its mainnet block.
    pub block_number: u64,
    /// Time of that block, in whole seconds since the Unix epoch (UTC).
    pub timestamp: u64,
}

/// A signature of a block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Signature {
    /// Hash of the block that was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_hash: Option<Felt>,
    /// The signature.
    pub signature: Vec<Felt>,
    /// Everything else in the payload.
    #[serde(flatten)]
    pub other: Extra,
}

impl EchonetPages {
    /// Whether nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Why not everything is known that was asked for; none if it is. That a transaction is not known is an answer, and signatures say nothing.
    #[must_use]
    pub fn gap(&self) -> Option<String> {
        fn of<T>(name: &str, page: &Gathered<T>) -> Option<String> {
            Some(format!("{name} {}", page.gap()?))
        }
        if self.is_empty() {
            return Some("was not asked for".to_owned());
        }
        let single = of("the version", &self.starknet_version)
            .or_else(|| of("the latest received block", &self.latest_received_block))
            .or_else(|| of("the last stored commitment", &self.last_stored_commitment));
        let blocks = || self.block_metadata.iter().find_map(|(block, it)| of(&format!("the metadata of block {block}"), it));
        let mut transactions = self.transactions.iter().filter(|(_, it)| !it.is_absent());
        single.or_else(blocks).or_else(|| transactions.find_map(|(hash, it)| of(&format!("transaction {hash}"), it)))
    }
}

/// Reads the body of `/echonet/get_block_metadata`.
///
/// # Errors
/// When the body is no JSON object of this shape.
pub fn parse_block_metadata(body: &str) -> Result<BlockMetadata, ParseError> {
    parse_json(body)
}

/// Reads the body of `/echonet/get_tx_block_metadata`.
///
/// # Errors
/// When the body is no JSON object of this shape.
pub fn parse_sent_transaction(body: &str) -> Result<SentTransaction, ParseError> {
    parse_json(body)
}

/// Reads the body of `/feeder_gateway/get_signature`.
///
/// # Errors
/// When the body is no JSON object of this shape.
pub fn parse_signature(body: &str) -> Result<Signature, ParseError> {
    parse_json(body)
}

/// Reads the body of `/echonet/get_starknet_version`: a version such as `0.14.3`.
///
/// # Errors
/// When the body is no version.
pub fn parse_starknet_version(body: &str) -> Result<String, ParseError> {
    let version = body.trim();
    if is_protocol_version(version) { Ok(version.to_owned()) } else { Err(ParseError::new("the body is no version")) }
}

/// Reads the body of `/cende_recorder/get_latest_received_block`.
///
/// # Errors
/// When the body is no JSON object with a block number.
pub fn parse_latest_received_block(body: &str) -> Result<u64, ParseError> {
    height(body)?.ok_or_else(|| ParseError::new("`block_number` is null"))
}

/// Reads the body of `/cende_recorder/get_last_stored_commitment_height`; null where nothing was stored.
///
/// # Errors
/// When the body is no JSON object with a block number or null.
pub fn parse_last_stored_commitment(body: &str) -> Result<Option<u64>, ParseError> {
    height(body)
}

fn height(body: &str) -> Result<Option<u64>, ParseError> {
    let fields: BTreeMap<String, Value> = parse_json(body)?;
    match fields.get("block_number") {
        Some(Value::Null) => Ok(None),
        Some(number) => number.as_u64().map(Some).ok_or_else(|| ParseError::new("`block_number` is no block number")),
        None => Err(ParseError::new("not the expected JSON: `block_number` is missing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Missing;

    #[test]
    fn a_height_that_is_null_is_told_from_one_that_is_missing() {
        assert_eq!(parse_last_stored_commitment("{\"block_number\": 7}"), Ok(Some(7)));
        assert_eq!(parse_last_stored_commitment("{\"block_number\": null}"), Ok(None));
        assert_eq!(parse_latest_received_block("{\"block_number\": 7}"), Ok(7));
        for body in ["{}", "{\"block_number\": -1}", "{\"block_number\": \"7\"}", "", "7", "<html>"] {
            assert!(parse_last_stored_commitment(body).is_err() && parse_latest_received_block(body).is_err(), "{body}");
        }
        assert!(parse_latest_received_block("{\"block_number\": null}").is_err());
    }

    #[test]
    fn only_a_version_is_one() {
        assert_eq!(parse_starknet_version("0.14.3\n").as_deref(), Ok("0.14.3"));
        assert_eq!(parse_starknet_version("0.13.1.1").as_deref(), Ok("0.13.1.1"));
        for body in ["", "7", "0.14.", "0.14.x", "<!doctype html>", "0.14.3 and more"] {
            assert!(parse_starknet_version(body).is_err(), "{body}");
        }
    }

    #[test]
    fn a_transaction_that_echonet_does_not_know_is_no_gap_and_a_page_that_failed_is_one() {
        let missing = || Missing::new("x", "HTTP 500");
        let source = || crate::evidence::Provenance { asked: "x".to_owned(), at: None, took_ms: None, bytes: 1, sha256: String::new() };
        let mut pages = EchonetPages::default();
        assert_eq!(pages.gap().as_deref(), Some("was not asked for"));
        pages.starknet_version = Gathered::observed("0.14.3".to_owned(), source());
        pages.latest_received_block = Gathered::observed(7, source());
        pages.last_stored_commitment = Gathered::observed(None, source());
        pages.transactions.insert(Felt::from(1_u64), Gathered::Absent(missing()));
        assert_eq!(pages.gap(), None);
        pages.block_metadata.insert(7, Gathered::Failed(missing()));
        assert_eq!(pages.gap().as_deref(), Some("the metadata of block 7 could not be read: HTTP 500"));
    }
}
