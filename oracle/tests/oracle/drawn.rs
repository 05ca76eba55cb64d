//! Blocks with anything in them, also with what no type of Starknet takes.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use starknet_types_core::felt::Felt as Field;
use whysync::evidence::block::{
    Block, DataAvailabilityMode, Event, ExecutionResources, ExecutionStatus, GasPrice, GasVector, L2ToL1Message, Receipt, Transaction,
    TransactionType,
};
use whysync::evidence::state_update::{ContractClass, DeclaredClass, StateDiff, StorageEntry};
use whysync::evidence::{Extra, Felt, StateUpdate};

/// A block of a few transactions, in some of which a value is out of its range.
pub fn block() -> impl Strategy<Value = (Block, StateUpdate)> {
    (vec(transaction(felt(), number(), address(), ethereum()), 0..6), header(address(), number()), diff(address())).prop_map(joined)
}

/// A block of so many transactions, with nothing out of range.
pub fn block_of(transactions: usize) -> impl Strategy<Value = (Block, StateUpdate)> {
    let small = || any::<u64>().prop_map(Felt::from);
    (vec(transaction(small(), small(), small(), small()), transactions), header(small(), small()), diff(small())).prop_map(joined)
}

fn felt() -> impl Strategy<Value = Felt> + Clone {
    prop_oneof![
        1 => Just(Felt::ZERO),
        4 => any::<u64>().prop_map(Felt::from),
        2 => any::<[u8; 20]>().prop_map(|it| Felt(Field::from_bytes_be_slice(&it))),
        1 => any::<[u8; 32]>().prop_map(|it| Felt(Field::from_bytes_be(&it))),
    ]
}

/// Mostly below the bound of addresses, and at times one of the numbers around it.
fn address() -> impl Strategy<Value = Felt> + Clone {
    let bound = Felt(Field::TWO.pow(251_u8));
    prop_oneof![
        60 => any::<u64>().prop_map(Felt::from),
        60 => any::<[u8; 31]>().prop_map(|it| Felt(Field::from_bytes_be_slice(&it))),
        1 => Just(bound),
        1 => Just(Felt(bound.0 - Field::ONE)),
        1 => Just(Felt(Field::MAX)),
    ]
}

/// Mostly a number of 128 bits, and at times one of the numbers around the bound.
fn number() -> impl Strategy<Value = Felt> + Clone {
    let largest = Felt::from(u128::MAX);
    prop_oneof![
        60 => any::<u64>().prop_map(Felt::from),
        60 => any::<u128>().prop_map(Felt::from),
        1 => Just(largest),
        1 => Just(Felt(largest.0 + Field::ONE)),
    ]
}

/// Mostly an Ethereum address, and at times one of the numbers around the bound.
fn ethereum() -> impl Strategy<Value = Felt> + Clone {
    let bound = Felt(Field::TWO.pow(160_u8));
    prop_oneof![
        60 => any::<[u8; 20]>().prop_map(|it| Felt(Field::from_bytes_be_slice(&it))),
        1 => Just(Felt(bound.0 - Field::ONE)),
        1 => Just(bound),
    ]
}

fn transaction(
    felt: impl Strategy<Value = Felt> + Clone + 'static,
    fee: impl Strategy<Value = Felt> + 'static,
    sender: impl Strategy<Value = Felt> + 'static,
    consumer: impl Strategy<Value = Felt> + 'static,
) -> impl Strategy<Value = (Transaction, Receipt)> {
    let kind = prop_oneof![
        Just(TransactionType::InvokeFunction),
        Just(TransactionType::L1Handler),
        Just(TransactionType::Declare),
        Just(TransactionType::DeployAccount),
        Just(TransactionType::Deploy),
    ];
    let event = (felt.clone(), vec(felt.clone(), 0..4), vec(felt.clone(), 0..5));
    let message = (sender, consumer, vec(felt.clone(), 0..4));
    let outcome = prop_oneof![Just(None), ".{0,200}".prop_map(Some)];
    let gas = (any::<u64>(), any::<u64>(), any::<u64>());
    (kind, vec(felt.clone(), 0..4), vec(event, 0..4), vec(message, 0..3), outcome, fee, gas).prop_map(
        |(kind, signature, events, messages, revert_error, actual_fee, (l1_gas, l1_data_gas, l2_gas))| {
            let transaction =
                Transaction { transaction_hash: Felt::ZERO, kind, sender_address: None, nonce: None, signature, other: Extra::new() };
            let event = |(from_address, keys, data)| Event { from_address, keys, data };
            let message = |(from_address, to_address, payload)| L2ToL1Message { from_address, to_address, payload };
            let receipt = Receipt {
                transaction_hash: Felt::ZERO,
                transaction_index: None,
                execution_status: if revert_error.is_some() { ExecutionStatus::Reverted } else { ExecutionStatus::Succeeded },
                actual_fee,
                revert_error,
                events: events.into_iter().map(event).collect(),
                l2_to_l1_messages: messages.into_iter().map(message).collect(),
                execution_resources: ExecutionResources {
                    total_gas_consumed: Some(GasVector { l1_gas, l1_data_gas, l2_gas }),
                    other: Extra::new(),
                },
                other: Extra::new(),
            };
            (transaction, receipt)
        },
    )
}

fn header(
    address: impl Strategy<Value = Felt> + 'static,
    number: impl Strategy<Value = Felt> + Clone + 'static,
) -> impl Strategy<Value = Block> {
    let price = (number.clone(), number).prop_map(|(price_in_wei, price_in_fri)| GasPrice { price_in_wei, price_in_fri });
    let price = price.boxed();
    let mode = prop_oneof![Just(DataAvailabilityMode::Blob), Just(DataAvailabilityMode::Calldata)];
    (any::<u64>(), any::<u64>(), felt(), felt(), address, mode, price.clone(), price.clone(), price).prop_map(
        |(block_number, timestamp, parent_block_hash, state_root, sequencer, mode, l1, data, l2)| Block {
            block_number,
            block_hash: Felt::ZERO,
            parent_block_hash,
            timestamp,
            state_root: Some(state_root),
            transaction_commitment: None,
            event_commitment: None,
            receipt_commitment: None,
            state_diff_commitment: None,
            state_diff_length: None,
            l1_da_mode: Some(mode),
            l1_gas_price: Some(l1),
            l1_data_gas_price: Some(data),
            l2_gas_price: Some(l2),
            sequencer_address: Some(sequencer),
            starknet_version: None,
            l2_gas_consumed: None,
            next_l2_gas_price: None,
            transactions: Vec::new(),
            transaction_receipts: Vec::new(),
            other: Extra::new(),
        },
    )
}

/// Keys are drawn from few, so that some appear twice.
fn diff(address: impl Strategy<Value = Felt> + Clone + 'static) -> impl Strategy<Value = StateDiff> {
    let few = || (0..6_u64).prop_map(Felt::from);
    let key = prop_oneof![few(), address.clone()].boxed();
    let slots = vec((key.clone(), felt()).prop_map(|(key, value)| StorageEntry { key, value }), 0..6);
    let deployed = vec((key.clone(), felt()).prop_map(|(address, class_hash)| ContractClass { address, class_hash }), 0..4).boxed();
    let declared =
        vec((few(), felt()).prop_map(|(class_hash, compiled_class_hash)| DeclaredClass { class_hash, compiled_class_hash }), 0..4).boxed();
    let nonces = btree_map(key.clone(), felt(), 0..5);
    (btree_map(key, slots, 0..5), nonces, deployed.clone(), declared.clone(), vec(few(), 0..4), deployed, declared).prop_map(
        |(storage_diffs, nonces, deployed, declared, old, replaced, migrated)| StateDiff {
            storage_diffs,
            nonces,
            deployed_contracts: deployed,
            declared_classes: declared,
            old_declared_contracts: old,
            replaced_classes: replaced,
            migrated_compiled_classes: migrated,
        },
    )
}

fn joined((transactions, mut block, state_diff): (Vec<(Transaction, Receipt)>, Block, StateDiff)) -> (Block, StateUpdate) {
    for (number, (mut transaction, mut receipt)) in (1_u64..).zip(transactions) {
        // Each hash once, as a block has it, and in no order.
        let hash = Felt(Field::from(number) * Field::from(0x9e37_79b9_7f4a_7c15_u64));
        transaction.transaction_hash = hash;
        receipt.transaction_hash = hash;
        block.transactions.push(transaction);
        block.transaction_receipts.push(receipt);
    }
    let empty: BTreeMap<_, _> = Extra::new();
    (block, StateUpdate { block_hash: None, new_root: None, old_root: None, state_diff, other: empty })
}
