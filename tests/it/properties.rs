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
enum BlockChange {
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

const CHANGES: [BlockChange; 9] = [
    BlockChange::Signature,
    BlockChange::Fee,
    BlockChange::L1Gas,
    BlockChange::Event,
    BlockChange::Message,
    BlockChange::Slot,
    BlockChange::Nonce,
    BlockChange::Sequencer,
    BlockChange::Timestamp,
];

fn changes() -> impl Strategy<Value = (u64, BTreeSet<(BlockChange, usize)>)> {
    let change = (proptest::sample::select(CHANGES.to_vec()), 0_usize..4);
    // What is changed in the header, or under a key of its own, has no place.
    let placed = change.prop_map(|(change, place)| if change < BlockChange::Slot { (change, place) } else { (change, 0) });
    (0_u64..6, proptest::collection::btree_set(placed, 1..6))
}

/// A bundle whose two sides are equal at the asked block, but for `changes`; and the ids of the ledger items that these are.
fn with(seed: u64, changes: &BTreeSet<(BlockChange, usize)>) -> (Bundle, u64, BTreeSet<String>) {
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
fn inject(change: BlockChange, place: usize, block: &mut Block, update: &mut StateUpdate) -> String {
    let new = Felt::from(0xabcd_u64);
    let receipt = &mut block.transaction_receipts[place];
    let tx = receipt.transaction_hash;
    match change {
        BlockChange::Signature => {
            block.transactions[place].signature.push(new);
            format!("tx_changed/{tx}/signature")
        }
        BlockChange::Fee => {
            receipt.actual_fee = new;
            format!("actual_fee/{tx}")
        }
        BlockChange::L1Gas => {
            receipt.execution_resources.total_gas_consumed.as_mut().expect("gas").l1_gas += 5;
            format!("l1_gas/{tx}")
        }
        BlockChange::Event => {
            receipt.events[0].data.push(new);
            format!("event_content/{tx}")
        }
        BlockChange::Message => {
            let message = whysync::evidence::block::L2ToL1Message { from_address: new, to_address: new, payload: vec![new] };
            receipt.l2_to_l1_messages.push(message);
            format!("message_content/{tx}")
        }
        BlockChange::Slot => {
            update.state_diff.storage_diffs.entry(new).or_default().push(StorageEntry { key: new, value: new });
            format!("storage/{new}/{new}")
        }
        BlockChange::Nonce => {
            update.state_diff.nonces.insert(new, new);
            format!("nonce/{new}")
        }
        BlockChange::Sequencer => {
            block.sequencer_address = Some(new);
            "header/sequencer_address".to_owned()
        }
        BlockChange::Timestamp => {
            block.timestamp += 1;
            "header/timestamp".to_owned()
        }
    }
}

/// A difference in which transactions a block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    /// We lack it.
    Missing,
    /// Only we have it.
    Extra,
    /// We executed it in the block before.
    Early,
    /// We executed it in the block after.
    Late,
}

/// A bundle with two blocks, equal on both sides but for the places of transactions, and headers that differ; the expected items.
fn with_moved(seed: u64, moves: &[(Moved, usize)], fields: &BTreeSet<BlockChange>) -> (Bundle, BTreeSet<String>) {
    let mut bundle = simulate(Scenario::StateDiffOnly, seed).bundle;
    let episode = bundle.episodes.first_mut().expect("an episode");
    let both: Vec<u64> = episode.ours.keys().copied().filter(|it| bundle.theirs.contains_key(it)).collect();
    let pair = both.windows(2).find(|it| it[0] + 1 == it[1]).expect("two blocks in a row");
    let [first, second] = [pair[0], pair[1]];
    bundle.theirs.retain(|it, _| [first, second].contains(it));
    episode.ours.retain(|it, _| [first, second].contains(it));
    let their = |height: u64| bundle.theirs[&height].block.value().expect("seen").clone();
    let (mut one, mut two) = (their(first), their(second));
    // Only what mainnet has in this block: what was moved here before is not moved again.
    let own = |height: u64| their(height).transactions.iter().map(|it| it.transaction_hash).collect::<BTreeSet<Felt>>();
    let (own_one, own_two) = (own(first), own(second));
    let take = |block: &mut Block, own: &BTreeSet<Felt>, place: usize| {
        let places = block.transactions.iter().enumerate().filter(|(_, it)| own.contains(&it.transaction_hash)).map(|(place, _)| place);
        let places: Vec<usize> = places.collect();
        let place = places[place % places.len()];
        (block.transactions.remove(place), block.transaction_receipts.remove(place))
    };
    let put = |block: &mut Block, (transaction, receipt)| {
        block.transactions.push(transaction);
        block.transaction_receipts.push(receipt);
    };
    let mut ids = BTreeSet::new();
    for (moved, place) in moves {
        let name = |kind: &str, tx: Felt| format!("{first}/{kind}/{tx}");
        match moved {
            Moved::Missing => {
                let taken = take(&mut one, &own_one, *place);
                ids.insert(name("tx_missing", taken.0.transaction_hash));
            }
            Moved::Extra => {
                let place = place % one.transactions.len();
                let (mut transaction, mut receipt) = (one.transactions[place].clone(), one.transaction_receipts[place].clone());
                transaction.transaction_hash = Felt::from(0xe0_0000_u64 + ids.len() as u64);
                receipt.transaction_hash = transaction.transaction_hash;
                ids.insert(name("tx_extra", transaction.transaction_hash));
                put(&mut one, (transaction, receipt));
            }
            Moved::Early => {
                let taken = take(&mut two, &own_two, *place);
                ids.insert(name("tx_early", taken.0.transaction_hash));
                put(&mut one, taken);
            }
            Moved::Late => {
                let taken = take(&mut one, &own_one, *place);
                ids.insert(name("tx_late", taken.0.transaction_hash));
                put(&mut two, taken);
            }
        }
    }
    for change in fields {
        let mut update = bundle.theirs[&first].state_update.value().expect("seen").clone();
        ids.insert(format!("{first}/{}", inject(*change, 0, &mut one, &mut update)));
    }
    let episode = bundle.episodes.first_mut().expect("an episode");
    for (height, mut block) in [(first, one), (second, two)] {
        let update = bundle.theirs[&height].state_update.value().expect("seen").clone();
        state(&mut block, &update);
        let ours = episode.ours.get_mut(&height).expect("our block");
        if let whysync::evidence::Gathered::Observed(observed) = &mut ours.block {
            observed.value = block;
        }
        if let whysync::evidence::Gathered::Observed(observed) = &mut ours.state_update {
            observed.value = update;
        }
    }
    (bundle, ids)
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
                let undone = counterfactual::attempt(&bundle, case, &[Claim { undo, items }]);
                prop_assert_eq!(undone.obstacle, None);
                prop_assert!(undone.rows.iter().all(|it| it.undone == it.theirs), "{:?}", undone.rows);
            }
        }
    }

    #[test]
    fn moved_lost_and_added_transactions_are_each_one_item_and_undoing_them_closes(
        seed in 0_u64..4,
        moves in proptest::collection::vec((proptest::sample::select(vec![Moved::Missing, Moved::Extra, Moved::Early, Moved::Late]), 0_usize..8), 0..3),
        fields in proptest::collection::btree_set(proptest::sample::select(vec![BlockChange::Sequencer, BlockChange::Timestamp]), 0..3),
    ) {
        let (bundle, injected) = with_moved(seed, &moves, &fields);
        let facts = derive(&bundle);
        let Some(case) = facts.cases.first() else {
            prop_assert!(injected.is_empty(), "no case shows {:?}", injected);
            return Ok(());
        };
        let found: BTreeSet<String> = leaves(&case.document.ledger).into_iter().filter(|it| !it.contains("/tx_order")).collect();
        prop_assert_eq!(&found, &injected);
        let of = |matches: &dyn Fn(ItemKind) -> bool| case.document.ledger.iter().filter(|it| matches(it.kind)).collect::<Vec<_>>();
        let (placed, headers) = (of(&ItemKind::is_tx_set), of(&|it| it == ItemKind::Header));
        let mut claims = Vec::new();
        if !placed.is_empty() {
            claims.push(Claim { undo: Undo::RestoreOrder, items: placed });
        }
        let moved = counterfactual::attempt(&bundle, case, &claims);
        prop_assert!(claims.is_empty() || moved.is_closed(), "{:?}", moved);
        if !headers.is_empty() {
            // The header alone leaves what the transactions changed; together they are the whole difference of the block's hash.
            claims.push(Claim { undo: Undo::RestoreHeader, items: headers });
            let together = counterfactual::attempt(&bundle, case, &claims);
            let first = together.rows.iter().filter(|it| Some(&it.block) == injected.iter().next().and_then(|it| it.split('/').next()?.parse().ok()).as_ref());
            prop_assert!(first.clone().count() > 0 && first.clone().all(|it| it.undone == it.theirs), "{:?}", together);
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
