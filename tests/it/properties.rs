//! Laws over random differences: the ledger finds exactly what was injected, undoing it closes every commitment that it touches, and a
//! value that is stated wrongly is caught.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::Config;
use whysync::engine::{Trial, diagnose};
use whysync::evidence::state_update::StorageEntry;
use whysync::evidence::{Block, Bundle, Felt, StateUpdate};
use whysync::facts::commitments::recompute;
use whysync::facts::consistency::{BlockSide, CheckResult};
use whysync::facts::counterfactual::{self, Claim};
use whysync::facts::{ItemKind, LedgerItem, Role, Undo, derive};
use whysync::findings::Consistency;
use whysync::simulate::{Scenario, simulate};

use crate::simulated::catalog;

/// One difference between two blocks that hold the same transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Signature,
    Fee,
    L1Gas,
    Event,
    Message,
    Slot,
    Nonce,
    Sequencer,
    Timestamp,
}

const CHANGES: [Change; 9] = [
    Change::Signature,
    Change::Fee,
    Change::L1Gas,
    Change::Event,
    Change::Message,
    Change::Slot,
    Change::Nonce,
    Change::Sequencer,
    Change::Timestamp,
];

fn changes() -> impl Strategy<Value = (u64, BTreeSet<(Change, usize)>)> {
    let change = (proptest::sample::select(CHANGES.to_vec()), 0_usize..4);
    // What is changed in the header, or under a key of its own, has no place.
    let placed = change.prop_map(|(change, place)| if change < Change::Slot { (change, place) } else { (change, 0) });
    (0_u64..6, proptest::collection::btree_set(placed, 1..6))
}

/// A bundle whose two sides are equal at the asked block, but for `changes`; and the ids of the ledger items that these are.
fn with(seed: u64, changes: &BTreeSet<(Change, usize)>) -> (Bundle, u64, BTreeSet<String>) {
    let mut bundle = simulate(Scenario::StateDiffOnly, seed).bundle;
    let height = bundle.incident.block.expect("the block asked for");
    let theirs = bundle.theirs.remove(&height).expect("mainnet's block");
    bundle.theirs.clear();
    let mut block = theirs.block.value().expect("seen").clone();
    let mut update = theirs.state_update.value().expect("seen").clone();
    bundle.theirs.insert(height, theirs);
    let ids = changes.iter().map(|(change, place)| format!("{height}/{}", inject(*change, *place, &mut block, &mut update))).collect();
    state(&mut block, &update);
    let episode = bundle.episodes.first_mut().expect("an episode");
    episode.ours.retain(|it, _| *it == height);
    let ours = episode.ours.get_mut(&height).expect("our block");
    if let whysync::evidence::Gathered::Observed(observed) = &mut ours.block {
        observed.value = block;
    }
    if let whysync::evidence::Gathered::Observed(observed) = &mut ours.state_update {
        observed.value = update;
    }
    (bundle, height, ids)
}

/// Computes what a block states of its content.
fn state(block: &mut Block, update: &StateUpdate) {
    let found = recompute(&block.transactions, &block.transaction_receipts, Some(&update.state_diff), block).expect("a whole block");
    block.transaction_commitment = Some(found.commitments.transaction);
    block.event_commitment = Some(found.commitments.event);
    block.receipt_commitment = Some(found.commitments.receipt);
    block.state_diff_commitment = found.commitments.state_diff;
    block.state_diff_length = Some(found.counts.state_diff as u64);
    block.block_hash = found.block_hash;
}

/// Makes a difference and names it.
fn inject(change: Change, place: usize, block: &mut Block, update: &mut StateUpdate) -> String {
    let new = Felt::from(0xabcd_u64);
    let receipt = &mut block.transaction_receipts[place];
    let tx = receipt.transaction_hash;
    match change {
        Change::Signature => {
            block.transactions[place].signature.push(new);
            format!("tx_changed/{tx}/signature")
        }
        Change::Fee => {
            receipt.actual_fee = new;
            format!("actual_fee/{tx}")
        }
        Change::L1Gas => {
            receipt.execution_resources.total_gas_consumed.as_mut().expect("gas").l1_gas += 5;
            format!("l1_gas/{tx}")
        }
        Change::Event => {
            receipt.events[0].data.push(new);
            format!("event_content/{tx}")
        }
        Change::Message => {
            let message = whysync::evidence::block::L2ToL1Message { from_address: new, to_address: new, payload: vec![new] };
            receipt.l2_to_l1_messages.push(message);
            format!("message_content/{tx}")
        }
        Change::Slot => {
            update.state_diff.storage_diffs.entry(new).or_default().push(StorageEntry { key: new, value: new });
            format!("storage/{new}/{new}")
        }
        Change::Nonce => {
            update.state_diff.nonces.insert(new, new);
            format!("nonce/{new}")
        }
        Change::Sequencer => {
            block.sequencer_address = Some(new);
            "header/sequencer_address".to_owned()
        }
        Change::Timestamp => {
            block.timestamp += 1;
            "header/timestamp".to_owned()
        }
    }
}

/// Items that are in no hash of another item: what was injected, and nothing else.
fn leaves(items: &[LedgerItem]) -> BTreeSet<String> {
    let made = [ItemKind::Commitment, ItemKind::Count, ItemKind::BlockHash, ItemKind::ParentHash];
    let is_leaf = |it: &&LedgerItem| it.role != Role::Informational && !it.kind.is_trigger() && !made.contains(&it.kind);
    items.iter().filter(is_leaf).map(|it| it.id.clone()).collect()
}

proptest! {
    #![proptest_config(Config { cases: 24, failure_persistence: None, ..Config::default() })]

    #[test]
    fn the_ledger_holds_exactly_what_was_injected_and_undoing_it_closes_every_commitment((seed, changes) in changes()) {
        let (bundle, _, injected) = with(seed, &changes);
        let facts = derive(&bundle);
        let case = facts.cases.first().expect("a case");
        prop_assert_eq!(leaves(&case.document.ledger), injected);
        let of = |matches: &dyn Fn(ItemKind) -> bool| case.document.ledger.iter().filter(|it| matches(it.kind)).collect::<Vec<_>>();
        let receipts = of(&ItemKind::is_receipt);
        let states = of(&ItemKind::is_state);
        for (undo, items) in [(Undo::TakeMainnetReceipt, receipts), (Undo::RestoreState, states)] {
            if !items.is_empty() {
                let undone = counterfactual::attempt(&bundle, &case.episode, &[Claim { undo, items }]);
                prop_assert_eq!(undone.obstacle, None);
                prop_assert!(undone.rows.iter().all(|it| it.undone == it.theirs), "{:?}", undone.rows);
            }
        }
    }

    #[test]
    fn a_value_that_is_stated_wrongly_is_caught_on_its_side_only((seed, changes) in changes(), field in 0_usize..5) {
        let (mut bundle, height, _) = with(seed, &changes);
        let whole = derive(&bundle).cases.remove(0).document.consistency;
        prop_assert!(whole.iter().all(|it| it.result == CheckResult::Consistent), "{:?}", whole);
        let ours = bundle.episodes[0].ours.get_mut(&height).expect("our block");
        let whysync::evidence::Gathered::Observed(observed) = &mut ours.block else { unreachable!("it was put there") };
        let block = &mut observed.value;
        let broken = [&mut block.transaction_commitment, &mut block.event_commitment, &mut block.receipt_commitment, &mut block.state_diff_commitment];
        match broken.into_iter().nth(field) {
            Some(commitment) => *commitment = Some(Felt::from(0xbad_u64)),
            None => block.block_hash = Felt::from(0xbad_u64),
        }
        let checks = derive(&bundle).cases.remove(0).document.consistency;
        let results: Vec<_> = checks.iter().map(|it| (it.side, it.result)).collect();
        prop_assert_eq!(results, [(BlockSide::Ours, CheckResult::Inconsistent), (BlockSide::Theirs, CheckResult::Consistent)]);
    }
}

#[test]
fn nothing_is_hashed_again_where_nothing_diverged_and_a_diagnosis_says_what_was() {
    let quiet = diagnose(&simulate(Scenario::NoDivergence, 1).bundle, &catalog(), Trial::StableOnly);
    assert_eq!(quiet.consistency, []);
    let diagnosis = diagnose(&simulate(Scenario::StateDiffOnly, 1).bundle, &catalog(), Trial::StableOnly);
    let seen: Vec<_> = diagnosis.consistency.iter().map(|it| (it.side.as_str(), it.result)).collect();
    assert_eq!(seen, [("Echonet", Consistency::Consistent), ("mainnet", Consistency::Consistent)], "the next block only follows");
}
