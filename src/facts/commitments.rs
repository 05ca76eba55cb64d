//! The four commitments and the hash of a block, recomputed as Starknet's own code does it (`starknet_api::block_hash`).
//!
//! The arithmetic is our own, over the field and the Poseidon hash of `starknet-types-core`, so that a build needs no Cairo compiler. It is
//! held to `starknet_api` itself by the crate `oracle`, over every version and random blocks, and to what captured mainnet blocks state.
//!
//! Each commitment has its own function: a Patricia root costs thousands of Poseidon permutations, so nobody pays for one that he did
//! not ask for. The inputs are our evidence types, so that a counterfactual is a changed list of transactions or receipts.

use std::collections::BTreeMap;

use sha3::{Digest as _, Keccak256};
use starknet_types_core::felt::Felt as Field;
use starknet_types_core::hash::{Poseidon, StarkHash as _};

use self::protocol::short_string;
pub use self::protocol::{Protocol, is_known};
use self::state::SortedDiff;
use crate::evidence::Felt;
use crate::evidence::block::{Block, DataAvailabilityMode, Event, ExecutionStatus, GasPrice, Receipt, Transaction};
use crate::evidence::state_update::StateDiff;

mod patricia;
mod protocol;
mod state;

/// Starknet's own code, with its version, to which this arithmetic is held by the crate `oracle`.
pub const ORACLE: &str = "starknet_api 0.20.0-rc.1";

/// Recomputes everything that a block states about its content.
///
/// Without a state diff, the state-difference commitment and length that `header` states enter the hash as they are, and
/// [`Commitments::state_diff`] stays empty. `header` gives the fields of the header only; its own transactions, receipts and stated
/// commitments are not looked at.
///
/// # Errors
/// When a field that is hashed is missing or out of range, or when the protocol version is not one that the code knows.
pub fn recompute(
    transactions: &[Transaction],
    receipts: &[Receipt],
    state_diff: Option<&StateDiff>,
    header: &Block,
) -> Result<Recomputed, CannotRecompute> {
    let protocol = Protocol::from_block(header)?;
    let commitments = Commitments {
        transaction: transaction_commitment(transactions, protocol),
        event: event_commitment(transactions, receipts)?,
        receipt: receipt_commitment(transactions, receipts)?,
        state_diff: state_diff.map(state_diff_commitment).transpose()?,
    };
    let counts = Counts::from_receipts(receipts, state_diff, header)?;
    Ok(Recomputed { commitments, counts, block_hash: block_hash(header, &commitments, counts)? })
}

/// The block with everything that it states about its content computed again.
///
/// # Errors
/// As [`recompute`].
pub fn sealed(mut block: Block, state_diff: Option<&StateDiff>) -> Result<Block, CannotRecompute> {
    let found = recompute(&block.transactions, &block.transaction_receipts, state_diff, &block)?;
    block.transaction_commitment = Some(found.commitments.transaction);
    block.event_commitment = Some(found.commitments.event);
    block.receipt_commitment = Some(found.commitments.receipt);
    block.state_diff_commitment = found.commitments.state_diff.or(block.state_diff_commitment);
    block.state_diff_length = Some(found.counts.state_diff as u64);
    // The hash covers what is stated now.
    block.block_hash = block_hash(&block, &found.commitments, found.counts)?;
    Ok(block)
}

/// The commitments of a block's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitments {
    /// Patricia root over transaction hashes and signatures, in order.
    pub transaction: Felt,
    /// Patricia root over events, in order.
    pub event: Felt,
    /// Patricia root over receipts, in order.
    pub receipt: Felt,
    /// Hash of the state diff; none where no state update was given.
    pub state_diff: Option<Felt>,
}

/// How much a block contains; all three counts are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Transactions.
    pub transactions: usize,
    /// Events of all receipts.
    pub events: usize,
    /// Entries of the state diff.
    pub state_diff: usize,
}

/// The result of [`recompute`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recomputed {
    /// The commitments.
    pub commitments: Commitments,
    /// The counts that were hashed.
    pub counts: Counts,
    /// Hash of the block.
    pub block_hash: Felt,
}

/// Why something cannot be recomputed; fit to follow "because".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotRecompute {
    /// The version is not in the list of this build, so its rules are not known.
    #[error("protocol version `{0}` is not known to this build (newest: {newest})", newest = protocol::newest())]
    UnknownVersion(String),
    /// Commitments of this form begin with 0.13.2.
    #[error("protocol version {0} is older than 0.13.2, the first whose blocks are hashed this way")]
    TooOld(String),
    /// The block was not seen on both sides.
    #[error("it was not seen on both sides")]
    Unseen,
    /// A side's payload does not give what the side states.
    #[error("{side}'s block does not match the hashes it states: its payload gives another {field}")]
    NotWhatItStates {
        /// The side that the block belongs to.
        side: &'static str,
        /// Name of the field.
        field: String,
    },
    /// What a report or a log says of a side is not what the side's payload states.
    #[error("the {field} reported for {side} is not the one in its payload")]
    OtherThanClaimed {
        /// The side that the block belongs to.
        side: &'static str,
        /// Name of the field.
        field: &'static str,
    },
    /// The payload lacks a field that is hashed.
    #[error("the payload has no `{0}`")]
    MissingField(&'static str),
    /// A receipt lacks a field that is hashed.
    #[error("the receipt of {transaction} has no `{field}`")]
    MissingReceiptField {
        /// Transaction of the receipt.
        transaction: Felt,
        /// Name in the payload.
        field: &'static str,
    },
    /// A transaction has no receipt.
    #[error("transaction {0} has no receipt")]
    MissingReceipt(Felt),
    /// A receipt has no transaction, or there is more than one receipt for it.
    #[error("the receipt of {0} has no transaction, or is not its only one")]
    StrayReceipt(Felt),
    /// A value does not fit its type.
    #[error("`{field}` is {value}, which is out of its range")]
    OutOfRange {
        /// Name in the payload.
        field: &'static str,
        /// The value.
        value: Felt,
    },
}

impl Counts {
    /// Counts a block; without a state diff the length that `header` states is taken.
    ///
    /// # Errors
    /// When there is neither a state diff nor a stated length.
    pub fn from_receipts(receipts: &[Receipt], state_diff: Option<&StateDiff>, header: &Block) -> Result<Self, CannotRecompute> {
        let state_diff = match state_diff {
            Some(it) => SortedDiff::from_diff(it)?.len(),
            None => {
                let stated = header.state_diff_length.ok_or(CannotRecompute::MissingField("state_diff_length"))?;
                usize::try_from(stated)
                    .map_err(|_| CannotRecompute::OutOfRange { field: "state_diff_length", value: Felt::from(stated) })?
            }
        };
        Ok(Self { transactions: receipts.len(), events: receipts.iter().map(|it| it.events.len()).sum(), state_diff })
    }
}

/// Patricia root over the hashes and signatures of `transactions`.
#[must_use]
pub fn transaction_commitment(transactions: &[Transaction], protocol: Protocol) -> Felt {
    let leaf = |it: &Transaction| {
        let mut chain = vec![it.transaction_hash.0];
        chain.extend(it.signature.iter().map(|it| it.0));
        if it.signature.is_empty() && protocol.pads_empty_signatures() {
            chain.push(Field::ZERO);
        }
        Poseidon::hash_array(&chain)
    };
    let leaves: Vec<_> = transactions.iter().map(leaf).collect();
    Felt(patricia::root(&leaves))
}

/// Patricia root over the events of `receipts`, in the order of `transactions`.
///
/// # Errors
/// When transactions and receipts do not belong together.
pub fn event_commitment(transactions: &[Transaction], receipts: &[Receipt]) -> Result<Felt, CannotRecompute> {
    let receipts = in_order(transactions, receipts)?;
    let leaves: Vec<_> = receipts.iter().flat_map(|it| it.events.iter().map(|event| event_leaf(it.transaction_hash, event))).collect();
    Ok(Felt(patricia::root(&leaves)))
}

/// Patricia root over `receipts` (fee, messages, revert text, L1 gas), in the order of `transactions`.
///
/// # Errors
/// When transactions and receipts do not belong together, or a receipt lacks a hashed field or holds one out of range.
pub fn receipt_commitment(transactions: &[Transaction], receipts: &[Receipt]) -> Result<Felt, CannotRecompute> {
    let leaves = in_order(transactions, receipts)?.into_iter().map(receipt_leaf).collect::<Result<Vec<_>, _>>()?;
    Ok(Felt(patricia::root(&leaves)))
}

/// Hash of a state diff. Replaced classes count as deployed and migrated ones as declared, as the protocol has it.
///
/// # Errors
/// When an address or a slot is out of range.
pub fn state_diff_commitment(state_diff: &StateDiff) -> Result<Felt, CannotRecompute> {
    Ok(Felt(SortedDiff::from_diff(state_diff)?.hash()))
}

/// Hash of a block, from the header fields of `header` and the given commitments and counts.
///
/// Without a state-difference commitment among `commitments`, the one that `header` states is taken.
///
/// # Errors
/// When a hashed header field is missing or out of range, or the protocol version is not known.
pub fn block_hash(header: &Block, commitments: &Commitments, counts: Counts) -> Result<Felt, CannotRecompute> {
    let missing = CannotRecompute::MissingField;
    let protocol = Protocol::from_block(header)?;
    let state_diff = commitments.state_diff.or(header.state_diff_commitment).ok_or(missing("state_diff_commitment"))?;
    let mut prices = Vec::new();
    match &header.l2_gas_price {
        Some(price) => prices.extend(in_wei_and_fri("l2_gas_price", price)?),
        None if protocol.hashes_l2_gas_price() => return Err(missing("l2_gas_price")),
        None => {}
    }
    let da_mode = header.l1_da_mode.ok_or(missing("l1_da_mode"))?;
    let l1 = in_wei_and_fri("l1_gas_price", header.l1_gas_price.as_ref().ok_or(missing("l1_gas_price"))?)?;
    let l1_data = in_wei_and_fri("l1_data_gas_price", header.l1_data_gas_price.as_ref().ok_or(missing("l1_data_gas_price"))?)?;
    let sequencer = address("sequencer_address", header.sequencer_address.ok_or(missing("sequencer_address"))?)?;
    let state_root = header.state_root.ok_or(missing("state_root"))?;
    let prices = if protocol.hashes_l2_gas_price() {
        let together = [&[short_string("STARKNET_GAS_PRICES0")], l1.as_slice(), &l1_data, &prices].concat();
        vec![Poseidon::hash_array(&together)]
    } else {
        [l1, l1_data].concat()
    };
    let before = [
        protocol.block_hash_prefix(),
        Field::from(header.block_number),
        state_root.0,
        sequencer.0,
        Field::from(header.timestamp),
        packed(counts, da_mode),
        state_diff.0,
        commitments.transaction.0,
        commitments.event.0,
        commitments.receipt.0,
    ];
    let after = [protocol.as_felt(), Field::ZERO, header.parent_block_hash.0];
    Ok(Felt(Poseidon::hash_array(&[before.as_slice(), &prices, &after].concat())))
}

/// The first 250 bits of the Keccak hash, as entry points are named by it and revert texts are hashed.
#[must_use]
pub fn starknet_keccak(text: &[u8]) -> Felt {
    let mut bytes: [u8; 32] = Keccak256::digest(text).into();
    let [first, ..] = &mut bytes;
    *first &= 0b0000_0011;
    Felt(Field::from_bytes_be(&bytes))
}

/// The receipts in the order of their transactions.
fn in_order<'a>(transactions: &[Transaction], receipts: &'a [Receipt]) -> Result<Vec<&'a Receipt>, CannotRecompute> {
    let mut by_hash = BTreeMap::new();
    for receipt in receipts {
        if by_hash.insert(receipt.transaction_hash, receipt).is_some() {
            return Err(CannotRecompute::StrayReceipt(receipt.transaction_hash));
        }
    }
    let found = transactions
        .iter()
        .map(|it| by_hash.remove(&it.transaction_hash).ok_or(CannotRecompute::MissingReceipt(it.transaction_hash)))
        .collect::<Result<Vec<_>, _>>()?;
    by_hash.keys().next().map_or(Ok(found), |stray| Err(CannotRecompute::StrayReceipt(*stray)))
}

fn event_leaf(transaction: Felt, event: &Event) -> Field {
    let mut chain = vec![event.from_address.0, transaction.0];
    push_sized(&mut chain, &event.keys);
    push_sized(&mut chain, &event.data);
    Poseidon::hash_array(&chain)
}

fn receipt_leaf(receipt: &Receipt) -> Result<Field, CannotRecompute> {
    let missing = |field| CannotRecompute::MissingReceiptField { transaction: receipt.transaction_hash, field };
    let gas = receipt.execution_resources.total_gas_consumed.ok_or_else(|| missing("execution_resources.total_gas_consumed"))?;
    let revert_error = match receipt.execution_status {
        ExecutionStatus::Succeeded => Field::ZERO,
        ExecutionStatus::Reverted => starknet_keccak(receipt.revert_error.as_ref().ok_or_else(|| missing("revert_error"))?.as_bytes()).0,
    };
    let mut messages = vec![Field::from(receipt.l2_to_l1_messages.len())];
    for it in &receipt.l2_to_l1_messages {
        messages.push(address("l2_to_l1_messages[].from_address", it.from_address)?.0);
        messages.push(ethereum_address("l2_to_l1_messages[].to_address", it.to_address)?.0);
        push_sized(&mut messages, &it.payload);
    }
    let fee = number("actual_fee", receipt.actual_fee)?;
    Ok(Poseidon::hash_array(&[
        receipt.transaction_hash.0,
        fee.0,
        Poseidon::hash_array(&messages),
        revert_error,
        // L2 gas is not hashed.
        Field::ZERO,
        Field::from(gas.l1_gas),
        Field::from(gas.l1_data_gas),
    ]))
}

fn push_sized(chain: &mut Vec<Field>, values: &[Felt]) {
    chain.push(Field::from(values.len()));
    chain.extend(values.iter().map(|it| it.0));
}

/// The three counts of 64 bits each, then one bit for the data availability mode, then 63 zeros.
fn packed(counts: Counts, da_mode: DataAvailabilityMode) -> Field {
    let mode: u64 = match da_mode {
        DataAvailabilityMode::Calldata => 0,
        DataAvailabilityMode::Blob => 1 << 63,
    };
    let words = [counts.transactions as u64, counts.events as u64, counts.state_diff as u64, mode];
    Field::from_bytes_be_slice(words.map(u64::to_be_bytes).as_flattened())
}

fn in_wei_and_fri(field: &'static str, price: &GasPrice) -> Result<[Field; 2], CannotRecompute> {
    let in_fri = number(field, price.price_in_fri)?;
    Ok([number(field, price.price_in_wei)?.0, in_fri.0])
}

/// A number of at most 128 bits.
fn number(field: &'static str, value: Felt) -> Result<Felt, CannotRecompute> {
    value.to_u128().map(Felt::from).ok_or(CannotRecompute::OutOfRange { field, value })
}

fn address(field: &'static str, value: Felt) -> Result<Felt, CannotRecompute> {
    patricia_key(field, value)
}

/// A key of the state's trees, which are of height 251.
fn patricia_key(field: &'static str, value: Felt) -> Result<Felt, CannotRecompute> {
    let [first, ..] = value.0.to_bytes_be();
    if first < 0b0000_1000 { Ok(value) } else { Err(CannotRecompute::OutOfRange { field, value }) }
}

/// A number of at most 160 bits.
fn ethereum_address(field: &'static str, value: Felt) -> Result<Felt, CannotRecompute> {
    let bytes = value.0.to_bytes_be();
    let (above, _) = bytes.split_at(12);
    if above.iter().all(|it| *it == 0) { Ok(value) } else { Err(CannotRecompute::OutOfRange { field, value }) }
}

#[cfg(test)]
mod tests;
