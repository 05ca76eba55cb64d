//! What recomputing a block costs, and what the ledger of two equal blocks costs.
//!
//! The blocks are synthetic: transactions with two events each, a fee and three storage writes, in the proportions of a mainnet block.

use std::collections::BTreeMap;

use divan::{Bencher, black_box};
use serde_json::{Value, json};
use whysync::engine::language::catalog::builtin;
use whysync::engine::{Catalog, Trial, diagnose};
use whysync::evidence::sources::{mainnet_block, mainnet_state_update};
use whysync::evidence::{Block, Bundle, Gathered, StateUpdate};
use whysync::facts::commitments::recompute;
use whysync::facts::derive;
use whysync::render;
use whysync::simulate::{Scenario, simulate};

fn main() {
    divan::main();
}

/// The height of the blocks.
const HEIGHT: u64 = 9_000_000;

/// A field element below the bound of addresses that looks random.
fn felt(seed: u64) -> String {
    let word =
        |salt: u64| (seed.wrapping_add(salt)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    format!("0x{:x}{:016x}{:016x}", word(1) >> 8, word(2), word(3))
}

fn sides(transactions: u64) -> (Block, StateUpdate) {
    let price = json!({"price_in_wei": "0x1dcd6500", "price_in_fri": "0x1b48eb57e000"});
    let body: Vec<Value> = (0..transactions)
        .map(|it| json!({"transaction_hash": felt(it), "type": "INVOKE_FUNCTION", "sender_address": felt(it + 1_000_000), "signature": [felt(it + 7), felt(it + 8)]}))
        .collect();
    let event = |it: u64| json!({"from_address": felt(it + 3), "keys": [felt(it + 4)], "data": [felt(it + 5), felt(it + 6), "0x0"]});
    let receipts: Vec<Value> = (0..transactions)
        .map(|it| {
            json!({
                "transaction_hash": felt(it), "execution_status": "SUCCEEDED", "actual_fee": "0x123456789", "l2_to_l1_messages": [], "events": [event(it), event(it + 1)],
                "execution_resources": {"total_gas_consumed": {"l1_gas": 0, "l1_data_gas": 128, "l2_gas": 1_000_000}},
            })
        })
        .collect();
    let header = json!({
        "block_number": HEIGHT, "block_hash": "0x1", "parent_block_hash": "0x2", "timestamp": 1_760_000_000, "state_root": "0x3",
        "starknet_version": "0.14.3", "l1_da_mode": "BLOB", "sequencer_address": "0x1234",
        "l1_gas_price": price, "l1_data_gas_price": price, "l2_gas_price": price, "transactions": body, "transaction_receipts": receipts,
    });
    let slots: BTreeMap<String, Value> = (0..transactions)
        .map(|it| {
            let entries: Vec<Value> = (0..3).map(|slot| json!({"key": felt(it * 3 + slot), "value": felt(it + slot)})).collect();
            (felt(it + 2_000_000), Value::Array(entries))
        })
        .collect();
    let nonces: BTreeMap<String, &str> = (0..transactions).map(|it| (felt(it + 1_000_000), "0x5")).collect();
    let update = json!({"state_diff": {
        "storage_diffs": slots, "nonces": nonces, "deployed_contracts": [], "declared_classes": [], "old_declared_contracts": [],
        "replaced_classes": [], "migrated_compiled_classes": [],
    }});
    let block = mainnet_block::ANSWER.read(&header.to_string()).expect("a block");
    (block, mainnet_state_update::ANSWER.read(&update.to_string()).expect("a state update"))
}

/// Everything that both sides state of a block of 300 transactions.
#[divan::bench]
fn recompute_both_sides_of_300_transactions(bencher: Bencher<'_, '_>) {
    let (block, update) = sides(300);
    bencher.bench_local(|| {
        for _ in 0..2 {
            let found = recompute(&block.transactions, &block.transaction_receipts, Some(&update.state_diff), &block);
            black_box(found.expect("a whole block"));
        }
    });
}

/// Everything that one side states of a block of 1,000 transactions: the peer of the diagnosis below.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn peer_recompute_1000_transactions_once(bencher: Bencher<'_, '_>) {
    let (block, update) = sides(1_000);
    bencher.bench_local(|| {
        black_box(recompute(&block.transactions, &block.transaction_receipts, Some(&update.state_diff), &block).expect("a whole block"));
    });
}

/// A whole diagnosis and its report as text, of two blocks of 1,000 transactions of which 500 differ in what they paid.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn diagnose_two_blocks_of_1000_transactions_of_which_500_differ(bencher: Bencher<'_, '_>) {
    let mut bundle = equal_sides(1_000);
    for ours in bundle.episodes.iter_mut().flat_map(|it| it.ours.values_mut()) {
        if let Gathered::Observed(block) = &mut ours.block {
            for receipt in block.value.transaction_receipts.iter_mut().step_by(2) {
                receipt.actual_fee = "0x777".parse().expect("a felt");
            }
        }
    }
    let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
    bencher.bench_local(|| {
        let diagnosis = diagnose(&bundle, &catalog, Trial::StableOnly);
        black_box(render::write(&render::FORMATS[0], &diagnosis, &render::Options::default()).len())
    });
}

/// A bundle in which both sides have the same block of so many transactions, and nothing else.
fn equal_sides(transactions: u64) -> Bundle {
    let (block, update) = sides(transactions);
    let height = block.block_number;
    let mut bundle = simulate(Scenario::StateDiffOnly, 1).bundle;
    let (_, mut theirs) = bundle.theirs.pop_first().expect("a block of mainnet");
    let episode = bundle.episodes.first_mut().expect("an episode");
    let (_, mut ours) = episode.ours.pop_first().expect("a block of ours");
    for it in [&mut theirs.block, &mut ours.block] {
        put(it, &block);
    }
    for it in [&mut theirs.state_update, &mut ours.state_update] {
        put(it, &update);
    }
    bundle.theirs = BTreeMap::from([(height, theirs)]);
    episode.ours = BTreeMap::from([(height, ours)]);
    bundle
}

fn put<T: Clone>(evidence: &mut Gathered<T>, value: &T) {
    if let Gathered::Observed(observed) = evidence {
        observed.value = value.clone();
    }
}

/// The facts of two equal blocks of 1,000 transactions, their ledger among them, as the diagnosis derives them.
#[divan::bench]
fn facts_of_two_equal_blocks_of_1000_transactions(bencher: Bencher<'_, '_>) {
    let bundle = equal_sides(1_000);
    bencher.bench_local(|| {
        let facts = derive(&bundle);
        assert!(facts.cases.iter().all(|it| it.document.ledger.iter().all(|it| it.block != HEIGHT)), "equal blocks differ in nothing");
        black_box(facts.cases.len())
    });
}
