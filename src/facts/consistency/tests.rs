use super::*;
use crate::evidence::StateUpdate;
use crate::facts::hashes::Hashes;
use crate::simulate::{Scenario, simulate};

fn ours() -> (Block, StateUpdate) {
    let bundle = simulate(Scenario::StateDiffOnly, 1).bundle;
    let block = bundle.incident.block.expect("the block asked for");
    let our = bundle.episodes[0].ours[&block].clone();
    (our.block.value().expect("seen").clone(), our.state_update.value().expect("seen").clone())
}

#[test]
fn a_broken_value_is_caught_by_name_and_the_others_are_not_blamed() {
    let (block, update) = ours();
    let node = BTreeMap::new();
    let fields = |block: &Block| {
        let check = check(BlockSide::Ours, block, Some(&update.state_diff), &node, &Hashes::default());
        (check.result, check.wrong.iter().map(|it| it.field.clone()).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(fields(&block), (CheckResult::Consistent, String::new()));
    type Breaks = fn(&mut Block);
    let broken: [(&str, Breaks); 5] = [
        ("transaction_commitment block_hash", |it| it.transaction_commitment = Some(Felt::ZERO)),
        ("event_commitment block_hash", |it| it.event_commitment = Some(Felt::ZERO)),
        ("receipt_commitment", |it| it.transaction_receipts[0].actual_fee = Felt::ZERO),
        ("state_diff_length", |it| it.state_diff_length = Some(1)),
        ("block_hash", |it| it.block_hash = Felt::ZERO),
    ];
    for (expected, breaks) in broken {
        let mut block = block.clone();
        breaks(&mut block);
        assert_eq!(fields(&block), (CheckResult::Inconsistent, expected.to_owned()));
    }
}

#[test]
fn what_cannot_be_hashed_again_says_why() {
    let (mut block, update) = ours();
    let check_it = |block: &Block, update| check(BlockSide::Ours, block, update, &BTreeMap::new(), &Hashes::default());
    let without = check_it(&block, None);
    assert_eq!(
        (without.result, without.gap.as_deref()),
        (CheckResult::Consistent, Some("state_diff_commitment: the payload has no `state_diff`"))
    );
    block.starknet_version = Some("0.99.0".to_owned());
    let unknown = check_it(&block, Some(&update.state_diff));
    assert_eq!(unknown.result, CheckResult::Unknown);
    assert!(unknown.gap.is_some_and(|it| it.contains("block_hash: protocol version `0.99.0` is not known")));
}

#[test]
fn three_values_tell_who_is_at_fault() {
    let [a, b, c] = [1_u64, 2, 3].map(Felt::from);
    let cases = [
        ((Some(a), b, Some(a)), Some(Fault::Calculator)),
        ((Some(a), b, Some(b)), Some(Fault::Transform)),
        ((Some(a), a, Some(b)), Some(Fault::Payload)),
        ((Some(a), b, Some(c)), None),
        ((None, b, Some(c)), None),
    ];
    for ((node, stated, recomputed), expected) in cases {
        assert_eq!(fault(node, stated, recomputed), expected, "node {node:?}, stated {stated}, recomputed {recomputed:?}");
    }
}

#[test]
fn what_the_check_hashed_is_not_hashed_again_for_a_proof() {
    use crate::facts::counterfactual::{Claim, Undo, attempt};
    use crate::facts::{ItemKind, derive};
    let bundle = simulate(Scenario::NativeCasmRevertTrace, 1).bundle;
    let facts = derive(&bundle);
    let case = &facts.cases[0];
    let of = |kind| case.document.ledger.iter().filter(|it| it.kind == kind).collect::<Vec<_>>();
    let checked = case.hashes.computed();
    assert_eq!(checked, 10, "four commitments and the hash of each side");
    let again = Claim { undo: Undo::HashAgain, items: of(ItemKind::Commitment) };
    let stated = attempt(&bundle, case, &[again]);
    assert!(stated.rows.iter().all(|it| it.undone == it.ours), "{stated:?}");
    assert_eq!(case.hashes.computed(), checked, "the check has it");
    let text = Claim { undo: Undo::TakeMainnetRevertReason, items: of(ItemKind::RevertReason) };
    let first = attempt(&bundle, case, std::slice::from_ref(&text));
    assert!(first.is_closed(), "{first:?}");
    assert_eq!(case.hashes.computed(), checked + 1, "the receipts, undone");
    assert_eq!(attempt(&bundle, case, &[text]), first);
    assert_eq!(case.hashes.computed(), checked + 1, "the first proof has it");
}
