//! A block in the feeder gateway's form: mainnet's `get_block`, Echonet's stored block.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Extra, Felt, lenient};

/// A block with transactions and receipts, as `feeder_gateway/get_block` and Echonet's `block_<N>.json` give it.
///
/// Fields that older protocol versions lack are optional. Lists are not: one that is missing was lost, and is not read as empty. Fields that
/// this version does not know are kept in `other`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Block {
    /// Height.
    pub block_number: u64,
    /// Hash of this block.
    pub block_hash: Felt,
    /// Hash of the block before it.
    pub parent_block_hash: Felt,
    /// Time of the block, in whole seconds since the Unix epoch (UTC).
    pub timestamp: u64,
    /// State root; Echonet copies mainnet's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_root: Option<Felt>,
    /// Patricia root over transaction hashes and signatures, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_commitment: Option<Felt>,
    /// Patricia root over events, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_commitment: Option<Felt>,
    /// Patricia root over receipts (fee, messages, revert text, L1 gas), in order; from 0.13.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_commitment: Option<Felt>,
    /// Hash of the state diff; from 0.13.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_diff_commitment: Option<Felt>,
    /// Number of entries in the state diff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_diff_length: Option<u64>,
    /// How state diffs reach L1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l1_da_mode: Option<DataAvailabilityMode>,
    /// Price of L1 gas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l1_gas_price: Option<GasPrice>,
    /// Price of L1 data gas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l1_data_gas_price: Option<GasPrice>,
    /// Price of L2 gas; from 0.13.3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l2_gas_price: Option<GasPrice>,
    /// Address of the sequencer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequencer_address: Option<Felt>,
    /// Protocol version, such as `0.14.3`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "protocol_version")]
    pub starknet_version: Option<String>,
    /// L2 gas used by the block (not hashed); only `withFeeMarketInfo=true`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::number")]
    pub l2_gas_consumed: Option<u64>,
    /// L2 gas price of the next block (not hashed); only `withFeeMarketInfo=true`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::felt")]
    pub next_l2_gas_price: Option<Felt>,
    /// Transactions in order.
    #[serde(deserialize_with = "lenient::list")]
    pub transactions: Vec<Transaction>,
    /// Receipts in the order of the transactions.
    #[serde(deserialize_with = "lenient::list")]
    pub transaction_receipts: Vec<Receipt>,
    /// Everything else in the payload.
    #[serde(flatten)]
    pub other: Extra,
}

/// Whether a text is a protocol version: three or four numbers with dots between them.
pub(super) fn is_protocol_version(text: &str) -> bool {
    let is_part = |it: &str| (1..=6).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_digit());
    (3..=4).contains(&text.split('.').take(5).count()) && text.split('.').all(is_part)
}

/// The parts of a protocol version such as `0.14.3`, padded to four.
#[must_use]
pub fn version(text: &str) -> Option<[u64; 4]> {
    let mut parts = [0; 4];
    let mut count = 0;
    for part in text.split('.') {
        *parts.get_mut(count)? = part.parse().ok()?;
        count = count.saturating_add(1);
    }
    (count >= 2).then_some(parts)
}

/// The oldest blocks state an empty version.
fn protocol_version<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    const SHOWN: usize = 32;
    let stated = Option::<String>::deserialize(deserializer)?;
    match stated.as_deref().filter(|it| !it.is_empty() && !is_protocol_version(it)) {
        None => Ok(stated),
        Some(text) => {
            let shown: String = text.chars().take(SHOWN).collect();
            Err(serde::de::Error::custom(format!("`{shown}` is not a protocol version")))
        }
    }
}

/// How state diffs reach L1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum DataAvailabilityMode {
    /// Published in blobs.
    Blob,
    /// Published in calldata.
    Calldata,
}

/// A price in both tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GasPrice {
    /// Price in wei per unit of gas.
    pub price_in_wei: Felt,
    /// Price in fri per unit of gas.
    pub price_in_fri: Felt,
}

/// The kind of a transaction. `INVOKE` is read as `INVOKE_FUNCTION`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TransactionType {
    /// A call of an account.
    #[serde(alias = "INVOKE")]
    InvokeFunction,
    /// A message from L1.
    L1Handler,
    /// A new class.
    Declare,
    /// A new account.
    DeployAccount,
    /// A new contract (old form).
    Deploy,
}

/// A transaction. Only what diagnosis compares is typed; the rest is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Transaction {
    /// Hash.
    pub transaction_hash: Felt,
    /// Kind.
    #[serde(rename = "type")]
    pub kind: TransactionType,
    /// Account that sent it; L1 messages and deployments have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_address: Option<Felt>,
    /// Nonce of the sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Felt>,
    /// Signature (hashed into the transaction commitment); L1 messages have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient::list")]
    pub signature: Vec<Felt>,
    /// Everything else in the payload.
    #[serde(flatten)]
    pub other: Extra,
}

/// Whether a transaction took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExecutionStatus {
    /// It did. Old payloads say nothing and mean this.
    #[default]
    Succeeded,
    /// It was undone, but its fee was taken.
    Reverted,
}

/// The effects of a transaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// Hash of the transaction.
    pub transaction_hash: Felt,
    /// Position in the block, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::number")]
    pub transaction_index: Option<u64>,
    /// Whether it took effect.
    #[serde(default)]
    pub execution_status: ExecutionStatus,
    /// Fee taken, in the fee token's smallest unit.
    pub actual_fee: Felt,
    /// Why it was undone; hashed byte for byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revert_error: Option<String>,
    /// Events in order.
    #[serde(deserialize_with = "lenient::list")]
    pub events: Vec<Event>,
    /// Messages to L1 in order.
    #[serde(deserialize_with = "lenient::list")]
    pub l2_to_l1_messages: Vec<L2ToL1Message>,
    /// Resources that the execution used.
    #[serde(default)]
    pub execution_resources: ExecutionResources,
    /// Everything else in the payload.
    #[serde(flatten)]
    pub other: Extra,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Contract that emitted it.
    pub from_address: Felt,
    /// Keys in order.
    #[serde(deserialize_with = "lenient::list")]
    pub keys: Vec<Felt>,
    /// Data in order.
    #[serde(deserialize_with = "lenient::list")]
    pub data: Vec<Felt>,
}

/// A message to L1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct L2ToL1Message {
    /// Contract that sent it.
    pub from_address: Felt,
    /// Ethereum address that may consume it.
    pub to_address: Felt,
    /// Payload in order.
    #[serde(deserialize_with = "lenient::list")]
    pub payload: Vec<Felt>,
}

/// What execution cost. Steps and builtins depend on the backend and are not hashed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ExecutionResources {
    /// Gas by dimension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_gas_consumed: Option<GasVector>,
    /// Everything else in the payload.
    #[serde(flatten)]
    pub other: Extra,
}

/// Gas by dimension, in units of gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct GasVector {
    /// L1 gas (hashed).
    pub l1_gas: u64,
    /// L1 data gas (hashed).
    pub l1_data_gas: u64,
    /// L2 gas (hashed as 0).
    #[serde(default)]
    pub l2_gas: u64,
}
