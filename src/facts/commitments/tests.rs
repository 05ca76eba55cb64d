use std::path::{Path, PathBuf};

use super::*;
use crate::evidence::StateUpdate;
use crate::evidence::sources::{mainnet_block, mainnet_state_update};

/// Captured mainnet blocks beside the repository, if this machine has them.
#[expect(clippy::disallowed_methods, reason = "the captured incidents lie outside of the repository")]
fn captured() -> Vec<(Block, StateUpdate)> {
    let read = |path: &Path| std::fs::read_to_string(path).expect("a captured file");
    let list = |path: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(path).map(|entries| entries.flatten().map(|it| it.path()).collect()).unwrap_or_default()
    };
    let mut found = Vec::new();
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/incidents"));
    for incident in list(root) {
        for path in list(&incident.join("mainnet")) {
            let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
            let Some(rest) = name.strip_prefix("get_block_") else { continue };
            let update = path.with_file_name(format!("get_state_update_{rest}"));
            found.push((
                mainnet_block::ANSWER.read(&read(&path)).expect(name),
                mainnet_state_update::ANSWER.read(&read(&update)).expect(rest),
            ));
        }
    }
    assert_eq!(found.is_empty(), list(root).is_empty(), "incidents without blocks prove nothing");
    found
}

fn recomputed(block: &Block, diff: Option<&StateDiff>) -> Result<Recomputed, CannotRecompute> {
    recompute(&block.transactions, &block.transaction_receipts, diff, block)
}

fn stated(block: &Block) -> [Option<Felt>; 5] {
    [block.transaction_commitment, block.event_commitment, block.receipt_commitment, block.state_diff_commitment, Some(block.block_hash)]
}

fn computed(it: &Recomputed) -> [Option<Felt>; 5] {
    let Commitments { transaction, event, receipt, state_diff } = it.commitments;
    [Some(transaction), Some(event), Some(receipt), state_diff, Some(it.block_hash)]
}

#[test]
fn every_captured_mainnet_block_hashes_to_what_it_states() {
    for (block, update) in captured() {
        let found = recomputed(&block, Some(&update.state_diff)).expect("a complete block");
        assert_eq!(computed(&found), stated(&block), "block {}", block.block_number);
        assert_eq!(block.state_diff_length, Some(found.counts.state_diff as u64));
        let without_update = recomputed(&block, None).expect("a complete block");
        assert_eq!(without_update.block_hash, block.block_hash, "the stated state-difference commitment stands in");
        assert_eq!(without_update.commitments.state_diff, None);
    }
}

#[test]
fn a_changed_receipt_breaks_the_receipt_commitment_and_the_hash_only() {
    let mut captured = captured();
    captured.push(small());
    for (block, update) in captured {
        let before = recomputed(&block, Some(&update.state_diff)).expect("a complete block");
        let mut changed = block.clone();
        changed.transaction_receipts.first_mut().expect("a receipt").actual_fee = Felt::from(1_u64);
        let after = recomputed(&changed, Some(&update.state_diff)).expect("still complete");
        let differs: Vec<bool> = computed(&before).iter().zip(computed(&after)).map(|(a, b)| *a != b).collect();
        assert_eq!(differs, [false, false, true, false, true], "block {}", block.block_number);
    }
}

#[test]
fn what_is_not_hashed_changes_nothing() {
    let (block, update) = small();
    let before = recomputed(&block, Some(&update.state_diff)).expect("a complete block");
    let mut changed = block.clone();
    changed.l2_gas_consumed = Some(99);
    changed.next_l2_gas_price = Some(Felt::from(99_u64));
    changed.transaction_receipts.reverse();
    for receipt in &mut changed.transaction_receipts {
        receipt.execution_resources.total_gas_consumed.as_mut().expect("gas").l2_gas += 1;
    }
    assert_eq!(recomputed(&changed, Some(&update.state_diff)), Ok(before));
}

#[test]
fn replaced_counts_as_deployed_and_migrated_as_declared() {
    let (_, update) = small();
    let mut moved = update.state_diff.clone();
    moved.replaced_classes.append(&mut moved.deployed_contracts);
    moved.migrated_compiled_classes.append(&mut moved.declared_classes);
    assert_ne!(moved, update.state_diff);
    assert_eq!(state_diff_commitment(&moved), state_diff_commitment(&update.state_diff));
}

#[test]
fn an_empty_signature_is_a_zero_until_0_13_3() {
    let (mut block, _) = small();
    let at = |block: &mut Block, version: &str| {
        block.starknet_version = Some(version.to_owned());
        transaction_commitment(&block.transactions, Protocol::from_block(block).expect("a known version"))
    };
    let [old, new] = [at(&mut block, "0.13.3"), at(&mut block, "0.13.4")];
    for transaction in &mut block.transactions {
        if transaction.signature.is_empty() {
            transaction.signature.push(Felt::ZERO);
        }
    }
    assert_eq!((old, at(&mut block, "0.13.2")), (at(&mut block, "0.13.4"), old), "padded by hand");
    assert_ne!(old, new);
}

#[test]
fn what_is_hashed_and_missing_is_named() {
    type Change = fn(&mut Block);
    let cases: [(Change, &str); 12] = [
        (|it| it.starknet_version = None, "`starknet_version`"),
        (|it| it.starknet_version = Some("0.99.0".to_owned()), "`0.99.0` is not known"),
        (|it| it.starknet_version = Some("0.13.1.1".to_owned()), "0.13.1.1 is older than 0.13.2"),
        (|it| it.state_root = None, "`state_root`"),
        (|it| it.l2_gas_price = None, "`l2_gas_price`"),
        (|it| it.l1_da_mode = None, "`l1_da_mode`"),
        (|it| it.sequencer_address = Some(Felt::from(1_u64).minus(2)), "`sequencer_address` is 0x8"),
        (|it| it.transaction_receipts.truncate(1), "has no receipt"),
        (|it| it.transactions.truncate(1), "has no transaction"),
        (|it| it.transaction_receipts[1].revert_error = None, "`revert_error`"),
        (|it| it.transaction_receipts[0].execution_resources.total_gas_consumed = None, "`execution_resources.total_gas_consumed`"),
        (|it| it.transaction_receipts[0].actual_fee = Felt::from(0_u64).minus(1), "`actual_fee` is 0x8"),
    ];
    for (change, expected) in cases {
        let (mut block, update) = small();
        change(&mut block);
        let err = recomputed(&block, Some(&update.state_diff)).expect_err(expected).to_string();
        assert!(err.contains(expected), "{err}");
    }
    let (mut old, update) = small();
    old.starknet_version = Some("0.13.3".to_owned());
    old.l2_gas_price = None;
    assert!(recomputed(&old, Some(&update.state_diff)).is_ok(), "0.13.3 does not hash the price of L2 gas");
}

impl Felt {
    fn minus(self, other: u64) -> Self {
        Self(self.0 - Field::from(other))
    }
}

/// A block with every kind of content that is hashed.
fn small() -> (Block, StateUpdate) {
    let block = serde_json::json!({
        "block_number": 7, "block_hash": "0x0", "parent_block_hash": "0x6", "timestamp": 1_700_000_000, "state_root": "0x5",
        "l1_da_mode": "BLOB", "sequencer_address": "0x4", "starknet_version": "0.14.3",
        "l1_gas_price": {"price_in_wei": "0x1", "price_in_fri": "0x2"},
        "l1_data_gas_price": {"price_in_wei": "0x3", "price_in_fri": "0x4"},
        "l2_gas_price": {"price_in_wei": "0x5", "price_in_fri": "0x6"},
        "transactions": [
            {"transaction_hash": "0xa1", "type": "L1_HANDLER"},
            {"transaction_hash": "0xa2", "type": "INVOKE_FUNCTION", "signature": ["0x1", "0x2"], "sender_address": "0x9", "nonce": "0x1"},
        ],
        "transaction_receipts": [
            {"transaction_hash": "0xa1", "actual_fee": "0x0", "events": [{"from_address": "0x9", "keys": ["0x1"], "data": ["0x2", "0x3"]}],
             "l2_to_l1_messages": [{"from_address": "0x9", "to_address": "0xee", "payload": ["0x1"]}],
             "execution_resources": {"total_gas_consumed": {"l1_gas": 1, "l1_data_gas": 2, "l2_gas": 3}}},
            {"transaction_hash": "0xa2", "actual_fee": "0x10", "execution_status": "REVERTED", "revert_error": "why\n",
             "events": [{"from_address": "0x9", "keys": [], "data": []}], "l2_to_l1_messages": [],
             "execution_resources": {"total_gas_consumed": {"l1_gas": 0, "l1_data_gas": 2, "l2_gas": 3}}},
        ],
    });
    let update = serde_json::json!({"state_diff": {
        "storage_diffs": {"0x9": [{"key": "0x1", "value": "0x2"}]}, "nonces": {"0x9": "0x2"},
        "deployed_contracts": [{"address": "0x20", "class_hash": "0x21"}],
        "declared_classes": [{"class_hash": "0x30", "compiled_class_hash": "0x31"}],
        "old_declared_contracts": [], "replaced_classes": [],
    }});
    (serde_json::from_value(block).expect("a block"), serde_json::from_value(update).expect("a state update"))
}
