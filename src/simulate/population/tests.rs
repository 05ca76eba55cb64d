use std::collections::BTreeSet;

use super::*;
use crate::evidence::Gathered;
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
    // What was altered or replaced afterwards is not what it states: that is what it is done for.
    let is_whole = |it: &Member| it.truth.lost.iter().all(|it| !matches!(it.how, How::Altered | How::Replaced));
    for Member { number, bundle, .. } in population(SOME, 5).filter(is_whole) {
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
    let cut = |block: &Gathered<crate::evidence::Block>| -> Vec<Felt> {
        let receipts = block.value().into_iter().flat_map(|it| &it.transaction_receipts);
        let is_cut = |text: &String| text.contains("\n\n...\n\n");
        receipts.filter(|it| it.revert_error.as_ref().is_some_and(is_cut)).map(|it| it.transaction_hash).collect()
    };
    let fault = FAULTS.iter().find(|it| it.names.contains(&decisive)).expect("the fault");
    let mut seen = BTreeSet::new();
    for member in (0..24).filter_map(|seed| draw(0, seed, Random::new(seed), &[fault], Ending::Resync)) {
        let is_middle = |it: &&Lost| it.evidence == LosableEvidence::RevertMiddle;
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

#[test]
fn every_kind_of_story_is_drawn_and_says_what_may_be_said_of_it() {
    let truths: Vec<MemberTruth> = population(400, 0).map(|it| it.truth).collect();
    let stories: BTreeSet<&str> = truths.iter().map(|it| it.story).collect();
    let expected = [
        "blob-repeated",
        "divergence-and-dead-sender",
        "divergence-without-resync",
        "ended",
        "fetch-repeated",
        "just-started",
        "os-run-failed",
        "paused",
        "resync",
        "resync-dies",
        "resyncing",
        "running",
        "scenario",
        "second-start",
        "slow",
        "stall",
        "two-resyncs",
        "volume-full",
    ];
    assert_eq!(stories, expected.into());
    for how in [How::Gone, How::Part, How::Altered, How::Replaced, How::Refused, How::Foreign] {
        assert!(truths.iter().flat_map(|it| &it.lost).any(|it| it.how == how), "{how:?}");
    }
    for truth in &truths {
        let harmless = ["replay-at-end-of-chain", "os-runner-failure-alone", "echonet-pod-restart-alone"];
        let is_harmless = truth.causes.iter().all(|it| harmless.contains(&it.names[0]));
        assert!(is_harmless || truth.calm == Calm::False, "a failure may not be passed over: {truth:?}");
        let is_cut = |it: &Lost| it.evidence == LosableEvidence::RevertMiddle;
        for cause in truth.causes.iter().filter(|it| it.names.contains(&"native-casm-revert-trace") && truth.lost.iter().any(is_cut)) {
            let heights: Vec<u64> = truth.lost.iter().filter(|it| is_cut(it)).filter_map(|it| it.height).collect();
            let is_of_cut = cause.items.iter().any(|item| heights.iter().any(|it| item.starts_with(&format!("{it}/"))));
            assert!(!is_of_cut || cause.surest == Surest::Suspected, "the middle may hold anything: {truth:?}");
        }
    }
}

#[test]
fn a_text_that_differs_in_its_hidden_middle_shows_two_ends_that_native_code_would_leave() {
    let fault = FAULTS.iter().find(|it| it.names[0] == "revert-reason-hidden").expect("the fault");
    let made: Vec<Member> = (0..4).filter_map(|seed| draw(0, seed, Random::new(seed), &[fault], Ending::Resync)).collect();
    assert!(!made.is_empty());
    for member in made {
        let cause = &member.truth.causes[0];
        assert_eq!((cause.sufficient, cause.surest), (false, Surest::Suspected), "{:?}", member.truth);
    }
}

#[test]
fn an_epoch_without_a_resync_leaves_rows_lines_and_blocks_and_no_trigger() {
    let fault = FAULTS.iter().find(|it| it.names[0] == "state-diff-only").expect("the fault");
    let member = draw(0, 3, Random::new(3), &[fault], Ending::SenderDied).expect("a member");
    let (bundle, n) = (&member.bundle, member.bundle.incident.block.expect("a block"));
    assert!(bundle.episodes.is_empty());
    let Gathered::Observed(report) = &bundle.report else { panic!("{:?}", bundle.report) };
    assert!(report.value.resync_causes.is_empty());
    assert!(report.value.block_hash_mismatches.iter().flatten().any(|it| it.block_number == n));
    assert!(bundle.after_resync[&n].block.value().is_some());
    let Gathered::Observed(log) = &bundle.logs.echonet else { panic!("{:?}", bundle.logs.echonet) };
    let place = |words: &str| log.value.lines.iter().position(|it| it.text.contains(words));
    assert!(place(&format!("Block {n}: block hash MISMATCH")).is_some());
    let (last_fetch, died) = (log.value.lines.iter().rposition(|it| it.text.contains(": total=")), place("Exception in thread"));
    assert!(last_fetch < died, "a sender that died fetches nothing");
    assert_eq!(member.truth.causes.len(), 2);
}
