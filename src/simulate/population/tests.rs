use std::collections::BTreeSet;

use super::*;
use crate::facts::commitments::recompute;

const SOME: u64 = 20;

#[test]
fn the_same_number_gives_the_same_incident_and_another_seed_another_one() {
    let bytes = |number, seed| serde_json::to_string(&member(number, seed).bundle).expect("JSON");
    assert_eq!(bytes(3, 1), bytes(3, 1));
    assert_ne!(bytes(3, 1), bytes(3, 2));
    assert_ne!(bytes(3, 1), bytes(4, 1));
}

#[test]
fn both_sides_of_every_member_are_what_they_state() {
    for Member { number, bundle, .. } in population(SOME, 5) {
        let ours = bundle.episodes.iter().flat_map(|it| it.ours.values()).map(|it| (&it.block, &it.state_update));
        let theirs = bundle.theirs.values().map(|it| (&it.block, &it.state_update));
        for (block, update) in ours.chain(theirs).filter_map(|(block, update)| Some((block.value()?, update.value()?))) {
            let found = recompute(&block.transactions, &block.transaction_receipts, Some(&update.state_diff), block)
                .unwrap_or_else(|err| panic!("member {number}: {err}"));
            assert_eq!(found.block_hash, block.block_hash, "member {number}, block {}", block.block_number);
        }
    }
}

#[test]
fn a_population_holds_single_and_double_faults_lost_evidence_decoys_and_all_versions() {
    let truths: Vec<MemberTruth> = population(70, 0).map(|it| it.truth).collect();
    let some = |what: &str, matches: &dyn Fn(&MemberTruth) -> bool| assert!(truths.iter().any(matches), "no member has {what}");
    some("one cause", &|it| it.causes.len() == 1);
    some("two causes", &|it| it.causes.len() == 2);
    some("lost evidence", &|it| !it.lost.is_empty());
    some("a cause that cannot be told", &|it| it.causes.iter().any(|it| !it.sufficient));
    for decoy in ["look-ahead-reverts", "unrelated-429", "duplicate-log-lines", "l2-gas"] {
        some(decoy, &|it| it.decoys.contains(&decoy));
    }
    let versions: BTreeSet<&str> = truths.iter().map(|it| it.version.as_str()).collect();
    assert_eq!(versions, VERSIONS.into(), "every version that blocks are hashed in");
}

#[test]
fn every_kind_of_trigger_is_drawn() {
    let mut kinds: BTreeSet<&str> = BTreeSet::new();
    for member in population(120, 0) {
        let facts = crate::facts::derive(&member.bundle);
        for case in &facts.cases {
            kinds.extend(case.document.trigger.as_ref().map(|it| it.kind.name()));
            kinds.extend(case.document.stall.is_some().then_some("stall"));
        }
    }
    assert_eq!(kinds, ["block_hash_mismatch", "echonet_only_revert", "gateway_error", "stall", "still_pending"].into());
}

#[test]
fn every_fault_finds_something_to_act_on() {
    for fault in &FAULTS {
        let made = (0..20)
            .find_map(|seed| draw(0, seed, Random::new(seed), &[fault], Ending::Resync))
            .unwrap_or_else(|| panic!("{}", fault.names[0]));
        assert_eq!(made.truth.causes.len(), 1, "{}", fault.names[0]);
        assert!(made.truth.causes[0].items.iter().all(|item| made.truth.differences.iter().any(|it| it.id == *item)), "{}", fault.names[0]);
    }
}

#[test]
fn a_text_whose_middle_is_lost_is_cut_on_both_sides_and_does_not_suffice_to_name_what_only_the_text_shows() {
    let decisive = "native-casm-revert-trace";
    let cut = |block: &crate::evidence::Gathered<crate::evidence::Block>| -> Vec<Felt> {
        let receipts = block.value().into_iter().flat_map(|it| &it.transaction_receipts);
        let is_cut = |text: &String| text.contains("\n\n...\n\n");
        receipts.filter(|it| it.revert_error.as_ref().is_some_and(is_cut)).map(|it| it.transaction_hash).collect()
    };
    let fault = FAULTS.iter().find(|it| it.names.contains(&decisive)).expect("the fault");
    let mut seen = BTreeSet::new();
    for member in (0..24).filter_map(|seed| draw(0, seed, Random::new(seed), &[fault], Ending::Resync)) {
        let is_middle = |it: &&Lost| it.evidence == Evidence::RevertMiddle;
        let heights: Vec<u64> = member.truth.lost.iter().filter(is_middle).filter_map(|it| it.height).collect();
        let at = |height: &u64| [&member.bundle.episodes[0].ours[height].block, &member.bundle.theirs[height].block];
        for block in heights.iter().flat_map(at).filter(|it| it.value().is_some()) {
            assert_eq!(cut(block).len(), 1, "{:?}", member.truth);
        }
        if heights.is_empty() {
            assert!(member.bundle.theirs.values().all(|it| cut(&it.block).is_empty()), "{:?}", member.truth);
        } else {
            assert!(!member.truth.causes[0].sufficient, "{:?}", member.truth);
        }
        seen.insert(heights.len());
    }
    assert_eq!(seen, [0, 1].into(), "whole and cut texts");
}
