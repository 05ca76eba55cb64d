//! The four commitments and the hash of a block, recomputed with Starknet's own code (`starknet_api::block_hash`).
//!
//! Each commitment has its own function: a Patricia root costs thousands of Poseidon permutations, so nobody pays for one that he did
//! not ask for. The inputs are our evidence types, so that a counterfactual is a changed list of transactions or receipts.

use std::collections::BTreeMap;
use std::sync::Arc;

use starknet_api::block::{BlockNumber, BlockTimestamp, GasPrice as ApiGasPrice, GasPricePerToken, StarknetVersion};
use starknet_api::block_hash::block_hash_calculator::{
    BlockHashVersion, BlockHeaderCommitments, PartialBlockHashComponents, TransactionHashingData, TransactionOutputForHash,
    calculate_block_hash, concat_counts,
};
use starknet_api::block_hash::receipt_commitment::{ReceiptElement, calculate_receipt_commitment};
use starknet_api::block_hash::state_diff_hash::calculate_state_diff_hash;
use starknet_api::block_hash::transaction_commitment::{TransactionLeafElement, calculate_transaction_commitment};
use starknet_api::core::{
    ClassHash, CompiledClassHash, ContractAddress, EthAddress, EventCommitment, GlobalRoot, Nonce, ReceiptCommitment,
    SequencerContractAddress, StateDiffCommitment, TransactionCommitment,
};
use starknet_api::crypto::patricia_hash::calculate_root;
use starknet_api::data_availability::L1DataAvailabilityMode;
use starknet_api::execution_resources::{GasAmount, GasVector};
use starknet_api::hash::PoseidonHash;
use starknet_api::state::{StorageKey, ThinStateDiff};
use starknet_api::transaction::fields::{Fee, TransactionSignature};
use starknet_api::transaction::{
    L2ToL1Payload, MessageToL1, RevertedTransactionExecutionStatus, TransactionExecutionStatus, TransactionHash,
};
use starknet_types_core::felt::Felt as Field;
use starknet_types_core::hash::{Poseidon, StarkHash as _};

use crate::evidence::Felt;
use crate::evidence::block::{Block, DataAvailabilityMode, ExecutionStatus, GasPrice, Receipt, Transaction};
use crate::evidence::state_update::StateDiff;

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
    /// The version is not in the list of the crate, so its rules are not known.
    #[error("protocol version `{0}` is not known to this build (newest: {newest})", newest = StarknetVersion::LATEST)]
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

/// A protocol version whose blocks can be hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protocol(StarknetVersion);

/// Whether a text is a protocol version of which this build knows.
#[must_use]
pub fn is_known(version: &str) -> bool {
    StarknetVersion::try_from(version).is_ok()
}

impl Protocol {
    /// Reads the version that a block states.
    ///
    /// # Errors
    /// When it states none, one that the crate does not list, or one before 0.13.2.
    pub fn from_block(block: &Block) -> Result<Self, CannotRecompute> {
        let text = block.starknet_version.as_deref().ok_or(CannotRecompute::MissingField("starknet_version"))?;
        let version = StarknetVersion::try_from(text).map_err(|_| CannotRecompute::UnknownVersion(text.chars().take(40).collect()))?;
        BlockHashVersion::try_from(version).map_err(|_| CannotRecompute::TooOld(version.to_string()))?;
        Ok(Self(version))
    }

    // Until 0.13.3 a transaction without a signature was hashed as if its signature were one zero.
    fn pads_empty_signatures(self) -> bool {
        self.0 < StarknetVersion::from(BlockHashVersion::V0_13_4)
    }

    // Until 0.13.3 only the four L1 prices were hashed.
    fn hashes_l2_gas_price(self) -> bool {
        self.0 >= StarknetVersion::from(BlockHashVersion::V0_13_4)
    }
}

impl Counts {
    /// Counts a block; without a state diff the length that `header` states is taken.
    ///
    /// # Errors
    /// When there is neither a state diff nor a stated length.
    pub fn from_receipts(receipts: &[Receipt], state_diff: Option<&StateDiff>, header: &Block) -> Result<Self, CannotRecompute> {
        let state_diff = match state_diff {
            Some(it) => thin(it)?.len(),
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
    let leaves: Vec<_> = transactions
        .iter()
        .map(|it| {
            let signature = if it.signature.is_empty() && protocol.pads_empty_signatures() {
                vec![Field::ZERO]
            } else {
                it.signature.iter().map(|it| it.0).collect()
            };
            TransactionLeafElement::from(&TransactionHashingData {
                transaction_signature: TransactionSignature(Arc::new(signature)),
                transaction_output: TransactionOutputForHash {
                    actual_fee: Fee::default(),
                    events: Vec::new(),
                    execution_status: TransactionExecutionStatus::Succeeded,
                    gas_consumed: GasVector::ZERO,
                    messages_sent: Vec::new(),
                },
                transaction_hash: TransactionHash(it.transaction_hash.0),
            })
        })
        .collect();
    Felt(calculate_transaction_commitment::<Poseidon>(&leaves).0)
}

/// Patricia root over the events of `receipts`, in the order of `transactions`.
///
/// # Errors
/// When transactions and receipts do not belong together.
pub fn event_commitment(transactions: &[Transaction], receipts: &[Receipt]) -> Result<Felt, CannotRecompute> {
    // The crate keeps the fields of its event leaf to itself, so this leaf is hashed here as its `calculate_event_hash` does it.
    let leaf = |transaction: Felt, event: &crate::evidence::block::Event| {
        let mut chain = vec![event.from_address.0, transaction.0, Field::from(event.keys.len())];
        chain.extend(event.keys.iter().map(|it| it.0));
        chain.push(Field::from(event.data.len()));
        chain.extend(event.data.iter().map(|it| it.0));
        Poseidon::hash_array(&chain)
    };
    let receipts = in_order(transactions, receipts)?;
    let leaves = receipts.iter().flat_map(|it| it.events.iter().map(|event| leaf(it.transaction_hash, event))).collect();
    Ok(Felt(calculate_root::<Poseidon>(leaves)))
}

/// Patricia root over `receipts` (fee, messages, revert text, L1 gas), in the order of `transactions`.
///
/// # Errors
/// When transactions and receipts do not belong together, or a receipt lacks a hashed field or holds one out of range.
pub fn receipt_commitment(transactions: &[Transaction], receipts: &[Receipt]) -> Result<Felt, CannotRecompute> {
    let leaves = in_order(transactions, receipts)?.into_iter().map(receipt_leaf).collect::<Result<Vec<_>, _>>()?;
    Ok(Felt(calculate_receipt_commitment::<Poseidon>(&leaves).0))
}

/// Hash of a state diff. Replaced classes count as deployed and migrated ones as declared, as the protocol has it.
///
/// # Errors
/// When an address or a slot is out of range.
pub fn state_diff_commitment(state_diff: &StateDiff) -> Result<Felt, CannotRecompute> {
    Ok(Felt(calculate_state_diff_hash(&thin(state_diff)?).0.0))
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
    let l2_gas_price = match &header.l2_gas_price {
        Some(price) => price_per_token("l2_gas_price", price)?,
        None if protocol.hashes_l2_gas_price() => return Err(missing("l2_gas_price")),
        None => GasPricePerToken::default(),
    };
    let da_mode = match header.l1_da_mode.ok_or(missing("l1_da_mode"))? {
        DataAvailabilityMode::Blob => L1DataAvailabilityMode::Blob,
        DataAvailabilityMode::Calldata => L1DataAvailabilityMode::Calldata,
    };
    let components = PartialBlockHashComponents {
        header_commitments: BlockHeaderCommitments {
            transaction_commitment: TransactionCommitment(commitments.transaction.0),
            event_commitment: EventCommitment(commitments.event.0),
            receipt_commitment: ReceiptCommitment(commitments.receipt.0),
            state_diff_commitment: StateDiffCommitment(PoseidonHash(state_diff.0)),
            concatenated_counts: concat_counts(counts.transactions, counts.events, counts.state_diff, da_mode),
        },
        block_number: BlockNumber(header.block_number),
        l1_gas_price: price_per_token("l1_gas_price", header.l1_gas_price.as_ref().ok_or(missing("l1_gas_price"))?)?,
        l1_data_gas_price: price_per_token("l1_data_gas_price", header.l1_data_gas_price.as_ref().ok_or(missing("l1_data_gas_price"))?)?,
        l2_gas_price,
        sequencer: SequencerContractAddress(address("sequencer_address", header.sequencer_address.ok_or(missing("sequencer_address"))?)?),
        timestamp: BlockTimestamp(header.timestamp),
        starknet_version: protocol.0,
    };
    let root = GlobalRoot(header.state_root.ok_or(missing("state_root"))?.0);
    let parent = starknet_api::block::BlockHash(header.parent_block_hash.0);
    let hash = calculate_block_hash(&components, root, parent).map_err(|_| CannotRecompute::TooOld(protocol.0.to_string()))?;
    Ok(Felt(hash.0))
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

fn receipt_leaf(receipt: &Receipt) -> Result<ReceiptElement, CannotRecompute> {
    let missing = |field| CannotRecompute::MissingReceiptField { transaction: receipt.transaction_hash, field };
    let gas = receipt.execution_resources.total_gas_consumed.ok_or_else(|| missing("execution_resources.total_gas_consumed"))?;
    let execution_status = match receipt.execution_status {
        ExecutionStatus::Succeeded => TransactionExecutionStatus::Succeeded,
        ExecutionStatus::Reverted => TransactionExecutionStatus::Reverted(RevertedTransactionExecutionStatus {
            revert_reason: receipt.revert_error.clone().ok_or_else(|| missing("revert_error"))?,
        }),
    };
    let messages_sent = receipt
        .l2_to_l1_messages
        .iter()
        .map(|it| {
            Ok(MessageToL1 {
                from_address: address("l2_to_l1_messages[].from_address", it.from_address)?,
                to_address: EthAddress::try_from(it.to_address.0)
                    .map_err(|_| CannotRecompute::OutOfRange { field: "l2_to_l1_messages[].to_address", value: it.to_address })?,
                payload: L2ToL1Payload(it.payload.iter().map(|it| it.0).collect()),
            })
        })
        .collect::<Result<_, _>>()?;
    Ok(ReceiptElement {
        transaction_hash: TransactionHash(receipt.transaction_hash.0),
        transaction_output: TransactionOutputForHash {
            actual_fee: Fee(number("actual_fee", receipt.actual_fee)?),
            events: Vec::new(),
            execution_status,
            gas_consumed: GasVector {
                l1_gas: GasAmount(gas.l1_gas),
                l1_data_gas: GasAmount(gas.l1_data_gas),
                l2_gas: GasAmount(gas.l2_gas),
            },
            messages_sent,
        },
    })
}

fn thin(state_diff: &StateDiff) -> Result<ThinStateDiff, CannotRecompute> {
    let deployed = state_diff.deployed_contracts.iter().chain(&state_diff.replaced_classes);
    let declared = state_diff.declared_classes.iter().chain(&state_diff.migrated_compiled_classes);
    let slots = |entries: &Vec<crate::evidence::state_update::StorageEntry>| {
        entries
            .iter()
            .map(|it| {
                let key = StorageKey::try_from(it.key.0)
                    .map_err(|_| CannotRecompute::OutOfRange { field: "storage_diffs[].key", value: it.key })?;
                Ok((key, it.value.0))
            })
            .collect::<Result<_, CannotRecompute>>()
    };
    Ok(ThinStateDiff {
        deployed_contracts: deployed
            .map(|it| Ok((address("deployed_contracts[].address", it.address)?, ClassHash(it.class_hash.0))))
            .collect::<Result<_, CannotRecompute>>()?,
        storage_diffs: state_diff
            .storage_diffs
            .iter()
            .map(|(contract, entries)| Ok((address("storage_diffs", *contract)?, slots(entries)?)))
            .collect::<Result<_, CannotRecompute>>()?,
        class_hash_to_compiled_class_hash: declared
            .map(|it| (ClassHash(it.class_hash.0), CompiledClassHash(it.compiled_class_hash.0)))
            .collect(),
        deprecated_declared_classes: state_diff.old_declared_contracts.iter().map(|it| ClassHash(it.0)).collect(),
        nonces: state_diff
            .nonces
            .iter()
            .map(|(contract, nonce)| Ok((address("nonces", *contract)?, Nonce(nonce.0))))
            .collect::<Result<_, CannotRecompute>>()?,
    })
}

fn price_per_token(field: &'static str, price: &GasPrice) -> Result<GasPricePerToken, CannotRecompute> {
    Ok(GasPricePerToken {
        price_in_fri: ApiGasPrice(number(field, price.price_in_fri)?),
        price_in_wei: ApiGasPrice(number(field, price.price_in_wei)?),
    })
}

fn number(field: &'static str, value: Felt) -> Result<u128, CannotRecompute> {
    value.to_u128().ok_or(CannotRecompute::OutOfRange { field, value })
}

fn address(field: &'static str, value: Felt) -> Result<ContractAddress, CannotRecompute> {
    ContractAddress::try_from(value.0).map_err(|_| CannotRecompute::OutOfRange { field, value })
}

#[cfg(test)]
mod tests;
