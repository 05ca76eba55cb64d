//! Starknet's own arithmetic (`starknet_api::block_hash`) over the evidence types of whysync.

use std::sync::Arc;

use starknet_api::StarknetApiError;
use starknet_api::block::{BlockHash, BlockNumber, BlockTimestamp, GasPrice as Price, GasPricePerToken, StarknetVersion};
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
use whysync::evidence::Felt;
use whysync::evidence::block::{Block, DataAvailabilityMode, ExecutionStatus, GasPrice, Receipt};
use whysync::evidence::state_update::StateDiff;
use whysync::facts::commitments::{Commitments, Counts, Recomputed};

/// A value that Starknet's types do not take.
#[derive(Debug)]
pub struct Refused;

impl From<StarknetApiError> for Refused {
    fn from(_: StarknetApiError) -> Self {
        Self
    }
}

/// What a block and its state diff hash to. The receipts are in the order of the transactions.
pub fn recompute(block: &Block, diff: &StateDiff) -> Result<Recomputed, Refused> {
    let version = StarknetVersion::try_from(block.starknet_version.as_deref().ok_or(Refused)?)?;
    BlockHashVersion::try_from(version)?;
    let thin = thin(diff)?;
    let receipts = block.transaction_receipts.iter().map(receipt).collect::<Result<Vec<_>, _>>()?;
    let events: Vec<_> = block.transaction_receipts.iter().flat_map(|it| it.events.iter().map(|event| event_leaf(it, event))).collect();
    let commitments = Commitments {
        transaction: Felt(calculate_transaction_commitment::<Poseidon>(&signed(block, version)).0),
        event: Felt(calculate_root::<Poseidon>(events.clone())),
        receipt: Felt(calculate_receipt_commitment::<Poseidon>(&receipts).0),
        state_diff: Some(Felt(calculate_state_diff_hash(&thin).0.0)),
    };
    let counts = Counts { transactions: receipts.len(), events: events.len(), state_diff: thin.len() };
    Ok(Recomputed { commitments, counts, block_hash: block_hash(block, version, &commitments, counts)? })
}

fn signed(block: &Block, version: StarknetVersion) -> Vec<TransactionLeafElement> {
    let leaf = |it: &whysync::evidence::block::Transaction| {
        let mut signature: Vec<_> = it.signature.iter().map(|it| it.0).collect();
        if signature.is_empty() && version < StarknetVersion::V0_13_4 {
            signature.push(Field::ZERO);
        }
        TransactionLeafElement::from(&TransactionHashingData {
            transaction_signature: TransactionSignature(Arc::new(signature)),
            transaction_output: output(TransactionExecutionStatus::Succeeded),
            transaction_hash: TransactionHash(it.transaction_hash.0),
        })
    };
    block.transactions.iter().map(leaf).collect()
}

fn output(execution_status: TransactionExecutionStatus) -> TransactionOutputForHash {
    TransactionOutputForHash {
        actual_fee: Fee::default(),
        events: Vec::new(),
        execution_status,
        gas_consumed: GasVector::ZERO,
        messages_sent: Vec::new(),
    }
}

/// `calculate_event_hash`, whose leaf keeps its fields to itself.
fn event_leaf(receipt: &Receipt, event: &whysync::evidence::block::Event) -> Field {
    let mut chain = vec![event.from_address.0, receipt.transaction_hash.0, Field::from(event.keys.len())];
    chain.extend(event.keys.iter().map(|it| it.0));
    chain.push(Field::from(event.data.len()));
    chain.extend(event.data.iter().map(|it| it.0));
    Poseidon::hash_array(&chain)
}

fn receipt(it: &Receipt) -> Result<ReceiptElement, Refused> {
    let gas = it.execution_resources.total_gas_consumed.ok_or(Refused)?;
    let status = match it.execution_status {
        ExecutionStatus::Succeeded => TransactionExecutionStatus::Succeeded,
        ExecutionStatus::Reverted => TransactionExecutionStatus::Reverted(RevertedTransactionExecutionStatus {
            revert_reason: it.revert_error.clone().ok_or(Refused)?,
        }),
    };
    let messages_sent = it.l2_to_l1_messages.iter().map(|it| {
        Ok(MessageToL1 {
            from_address: ContractAddress::try_from(it.from_address.0)?,
            to_address: EthAddress::try_from(it.to_address.0)?,
            payload: L2ToL1Payload(it.payload.iter().map(|it| it.0).collect()),
        })
    });
    Ok(ReceiptElement {
        transaction_hash: TransactionHash(it.transaction_hash.0),
        transaction_output: TransactionOutputForHash {
            actual_fee: Fee(it.actual_fee.to_u128().ok_or(Refused)?),
            gas_consumed: GasVector {
                l1_gas: GasAmount(gas.l1_gas),
                l1_data_gas: GasAmount(gas.l1_data_gas),
                l2_gas: GasAmount(gas.l2_gas),
            },
            messages_sent: messages_sent.collect::<Result<_, StarknetApiError>>()?,
            ..output(status)
        },
    })
}

fn thin(diff: &StateDiff) -> Result<ThinStateDiff, StarknetApiError> {
    let deployed = diff.deployed_contracts.iter().chain(&diff.replaced_classes);
    let declared = diff.declared_classes.iter().chain(&diff.migrated_compiled_classes);
    let mut storage_diffs = ThinStateDiff::default().storage_diffs;
    for (contract, entries) in &diff.storage_diffs {
        let slots = entries.iter().map(|it| Ok((StorageKey::try_from(it.key.0)?, it.value.0)));
        storage_diffs.insert(ContractAddress::try_from(contract.0)?, slots.collect::<Result<_, StarknetApiError>>()?);
    }
    Ok(ThinStateDiff {
        deployed_contracts: deployed
            .map(|it| Ok((ContractAddress::try_from(it.address.0)?, ClassHash(it.class_hash.0))))
            .collect::<Result<_, StarknetApiError>>()?,
        storage_diffs,
        class_hash_to_compiled_class_hash: declared
            .map(|it| (ClassHash(it.class_hash.0), CompiledClassHash(it.compiled_class_hash.0)))
            .collect(),
        deprecated_declared_classes: diff.old_declared_contracts.iter().map(|it| ClassHash(it.0)).collect(),
        nonces: diff
            .nonces
            .iter()
            .map(|(contract, nonce)| Ok((ContractAddress::try_from(contract.0)?, Nonce(nonce.0))))
            .collect::<Result<_, StarknetApiError>>()?,
    })
}

fn block_hash(block: &Block, version: StarknetVersion, commitments: &Commitments, counts: Counts) -> Result<Felt, Refused> {
    let da_mode = match block.l1_da_mode.ok_or(Refused)? {
        DataAvailabilityMode::Blob => L1DataAvailabilityMode::Blob,
        DataAvailabilityMode::Calldata => L1DataAvailabilityMode::Calldata,
    };
    let components = PartialBlockHashComponents {
        header_commitments: BlockHeaderCommitments {
            transaction_commitment: TransactionCommitment(commitments.transaction.0),
            event_commitment: EventCommitment(commitments.event.0),
            receipt_commitment: ReceiptCommitment(commitments.receipt.0),
            state_diff_commitment: StateDiffCommitment(PoseidonHash(commitments.state_diff.ok_or(Refused)?.0)),
            concatenated_counts: concat_counts(counts.transactions, counts.events, counts.state_diff, da_mode),
        },
        block_number: BlockNumber(block.block_number),
        l1_gas_price: price(block.l1_gas_price.as_ref())?,
        l1_data_gas_price: price(block.l1_data_gas_price.as_ref())?,
        l2_gas_price: price(block.l2_gas_price.as_ref())?,
        sequencer: SequencerContractAddress(ContractAddress::try_from(block.sequencer_address.ok_or(Refused)?.0)?),
        timestamp: BlockTimestamp(block.timestamp),
        starknet_version: version,
    };
    let root = GlobalRoot(block.state_root.ok_or(Refused)?.0);
    Ok(Felt(calculate_block_hash(&components, root, BlockHash(block.parent_block_hash.0))?.0))
}

fn price(price: Option<&GasPrice>) -> Result<GasPricePerToken, Refused> {
    let number = |it: Felt| it.to_u128().map(Price).ok_or(Refused);
    let price = price.ok_or(Refused)?;
    Ok(GasPricePerToken { price_in_fri: number(price.price_in_fri)?, price_in_wei: number(price.price_in_wei)? })
}
