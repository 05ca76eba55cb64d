//! What was not seen is unknown where it could turn the answer, and nowhere else.

use whysync::engine::authoring::rule_test::{Base, NoBase, run};
use whysync::engine::language::catalog::builtin;
use whysync::engine::{Catalog, FileText, Trial, diagnose};
use whysync::evidence::{Bundle, Gathered};
use whysync::findings::Verdict;
use whysync::simulate::{Scenario, simulate};

use crate::simulated::catalog;

const HEAD: &str = r#"
schema: whysync.rule/v1
id: MY-003
slug: counts
title: Counts
status: stable
severity: low
category: infrastructure
owner: me
description: Counts what is there.
applies_to: {}
requires:
  - {evidence: snapshot, why: the trigger}
  - {evidence: ours.block, why: both sides}
  - {evidence: theirs.block, why: both sides}
  - {evidence: ours.state_update, why: both sides}
  - {evidence: theirs.state_update, why: both sides}
let: {hashes: "$.ledger[?@.kind == 'block_hash' || @.kind == 'parent_hash']"}
explains: nothing
finding: {summary: "Counted."}
"#;

/// What a clause makes of the evidence: the clause, the patches, and what must come of it.
const CASES: [(&str, &str, &str, &str); 17] = [
    (
        "a state update does not matter for transactions",
        "each: \"$.ledger[?@.kind == 'tx_missing']\"",
        "{forget: '/episodes/0/ours/{subject}/state_update'}",
        "{holds: no}",
    ),
    (
        "a state update matters for storage",
        "each: \"$.ledger[?@.kind == 'nonce']\"",
        "{forget: '/episodes/0/ours/{subject}/state_update'}",
        "{holds: unknown, missing: [ours.state_update]}",
    ),
    (
        "the same, where the kind is a test",
        "each: \"$.ledger[*]\"\n    where: {kind: {one_of: [nonce, contract_class]}}",
        "{forget: '/theirs/{subject}/state_update'}",
        "{holds: unknown, missing: [theirs.state_update]}",
    ),
    (
        "a kind and a test that exclude each other need nothing of either",
        "each: \"$.ledger[?@.kind == 'nonce' || @.kind == 'tx_missing']\"\n    where: {kind: {equals: tx_missing}}",
        "{forget: '/theirs/{subject}/state_update'}",
        "{holds: no}",
    ),
    (
        "a field with a name is no state entry",
        "each: \"$.ledger[*]\"\n    where: {field: {equals: event_commitment}}",
        "{forget: '/theirs/{subject}/state_update'}",
        "{holds: no}",
    ),
    (
        "the snapshot does not matter for receipts",
        "each: \"$.ledger[?@.kind == 'event_order']\"",
        "{forget: /episodes/0/snapshot}, {forget: /episodes/0/report}",
        "{holds: no}",
    ),
    (
        "a block matters for receipts",
        "each: \"$.ledger[?@.kind == 'event_order']\"",
        "{forget: '/theirs/{subject}/block'}",
        "{holds: unknown, missing: [theirs.block]}",
    ),
    (
        "the list in the blob tells which transactions are missing",
        "each: \"$.ledger[?@.kind == 'tx_missing']\"",
        "{forget: '/episodes/0/ours/{subject}/block'}",
        "{holds: no}",
    ),
    (
        "a kind that is only denied leaves all others",
        "each: \"$.ledger[?@.kind != 'storage' && @.block == 0]\"",
        "{forget: '/theirs/{subject}/state_update'}",
        "{holds: unknown, missing: [theirs.state_update]}",
    ),
    (
        "the next block is evidence of its own",
        "path: \"$.blocks[?@.offset == 1].theirs.timestamp\"\n    is: {less_than: 7}",
        "{json_patch: [{op: remove, path: '/theirs/{next}'}]}",
        "{holds: unknown, missing: [theirs.next_block]}",
    ),
    (
        "so is the one before",
        "each: \"$.blocks[*]\"\n    where: {offset: {equals: -1}, transaction_list: {equals: empty}}",
        "{forget: '/episodes/0/ours/{previous}/block'}",
        "{holds: unknown, missing: [ours.previous_block]}",
    ),
    (
        "a next block that was seen can say no",
        "path: \"$.blocks[?@.offset == 1].theirs.timestamp\"\n    is: {less_than: 7}",
        "{forget: /report}",
        "{holds: no}",
    ),
    (
        "a log that was not collected leaves open whether anything stopped",
        "path: $.stall.sign\n    is: {equals: silence}",
        "{forget: /logs/echonet}",
        "{holds: unknown, missing: [logs.echonet]}",
    ),
    (
        "without the report the comparison beside the snapshot says that nothing reverted on one side only",
        "each: \"$.reverts.only_on_echonet[*]\"",
        "{forget: /episodes/0/report}",
        "{holds: no}",
    ),
    (
        "without either nobody knows",
        "each: \"$.reverts.only_on_echonet[*]\"",
        "{forget: /episodes/0/report}, {forget: /episodes/0/reverts}",
        "{holds: unknown, missing: [reverts]}",
    ),
    (
        "what Echonet was not asked it did not deny",
        "path: $.echonet.latest_received_block\n    is: {less_than: 7}",
        "{forget: /echonet/latest_received_block}",
        "{holds: unknown, missing: [echonet]}",
    ),
    ("what it says can say no", "path: $.echonet.latest_received_block\n    is: {less_than: 7}", "{forget: /report}", "{holds: no}"),
];

fn base(base: &Base) -> Result<Bundle, NoBase> {
    match base {
        Base::Simulate { scenario, seed } => Ok(simulate(scenario.parse::<Scenario>().expect("a scenario"), *seed).bundle),
        Base::Bundle(path) => Err(NoBase::new(path.clone())),
    }
}

#[test]
fn a_gap_makes_unknown_only_what_it_could_turn() {
    for (name, clause, patch, expect) in CASES {
        let rule = format!("{HEAD}match:\n  counted:\n    {clause}\n  never:\n    rhai: \"1 > 2\"\nwhen: {{any: [counted, never]}}\n");
        let catalog = Catalog::new(&[vec![FileText::new("counts.yaml", &rule)]]).unwrap_or_else(|it| panic!("{name}: {it:?}"));
        // A test file needs a case that holds: turned round by what is there.
        let tests = format!(
            "schema: whysync.rule-test/v1\nrule: counts\nbase: {{simulate: {{scenario: state-diff-only, seed: 1}}}}\ncases:\n  - name: it\n    \
             patch: [{patch}]\n    expect: {expect}\n  - name: needed\n    expect: {{holds: yes}}\n  - name: as well\n    expect: {{holds: no}}\n"
        );
        let results = run(&FileText::new("counts.test.yaml", tests), &catalog, &base).unwrap_or_else(|it| panic!("{name}: {it:?}"));
        assert_eq!(results[0].failures, [""; 0], "{name}");
    }
}

#[test]
fn evidence_of_another_block_is_needed_where_the_answer_is_about_that_block() {
    let clause = "each: \"$.ledger[*]\"\n    where: {kind: {equals: storage}, block: {same_as: item.block}}\n    at_most: 0";
    let rule = format!("{HEAD}for_each: hashes\nmatch:\n  nothing_written:\n    {clause}\nwhen: {{all: [nothing_written]}}\n");
    let catalog = Catalog::new(&[vec![FileText::new("counts.yaml", &rule)]]).unwrap_or_else(|it| panic!("{it:?}"));
    let tests = "schema: whysync.rule-test/v1\nrule: counts\nbase: {simulate: {scenario: header-only-mismatch, seed: 1}}\ncases:\n  - name: seen\n    \
                 expect: {holds: yes}\n  - name: a block after it\n    patch: [{forget: '/episodes/0/ours/{next}/state_update'}, {json_patch: [{op: \
                 copy, from: '/theirs/{subject}/block', path: \
                 '/episodes/0/ours/{subject}/block'}]}]\n    expect: {holds: unknown, missing: [ours.state_update]}\n  - \
                 name: other\n    base: {simulate: {scenario: no-divergence, seed: 1}}\n    expect: {holds: not_applicable}\n";
    let results = run(&FileText::new("counts.test.yaml", tests), &catalog, &base).unwrap_or_else(|it| panic!("{it:?}"));
    assert_eq!(results[0].failures, [""; 0]);
    assert_eq!(results[1].failures, [""; 0]);
}

/// A clause over each part of the case document that sees nothing, and the pieces of evidence that it rests on.
const ROOTS: [(&str, &str, &[&str]); 12] = [
    ("episode", "path: $.episode.start_block\n    is: {less_than: 1}", &["/episodes/0/snapshot"]),
    ("trigger", "path: $.trigger.gateway.code\n    is: {equals: X}", &["/episodes/0/snapshot"]),
    ("stall", "path: $.stall.sign\n    is: {equals: silence}", &["/logs/echonet"]),
    ("subject", "path: $.subject.mainnet_starknet_version\n    is: {less_than: 0.1.0}", &["/theirs/{subject}/block"]),
    ("blocks", "each: \"$.blocks[?@.transaction_list == 'empty']\"", &["/theirs/{subject}/block", "/episodes/0/ours/{subject}/block"]),
    ("ledger", "each: \"$.ledger[?@.kind == 'event_order']\"", &["/theirs/{subject}/block", "/episodes/0/ours/{subject}/block"]),
    (
        "consistency",
        "each: \"$.consistency[?@.result == 'inconsistent']\"",
        &[
            "/theirs/{subject}/block",
            "/theirs/{subject}/state_update",
            "/episodes/0/ours/{subject}/block",
            "/episodes/0/ours/{subject}/state_update",
        ],
    ),
    ("traces", "each: \"$.traces[?@.class == 'pc_values']\"", &["/theirs/{subject}/block", "/episodes/0/ours/{subject}/block"]),
    ("deployment", "each: \"$.deployment.images[?@.image == 'x']\"", &["/deployment/pods"]),
    ("reverts", "each: \"$.reverts.only_on_mainnet[*]\"", &["/episodes/0/report"]),
    ("echonet", "path: $.echonet.latest_received_block\n    is: {less_than: 7}", &["/echonet/latest_received_block"]),
    ("os_runs", "path: $.os_runs.failed\n    is: {at_least: 1}", &["/episodes/0/report"]),
];

#[test]
fn nothing_seen_in_a_part_of_the_case_means_nothing_where_its_evidence_is_hidden() {
    let mut wrong = Vec::new();
    for (root, clause, pieces) in ROOTS {
        let rule = format!("{HEAD}match:\n  counted:\n    {clause}\n  never:\n    rhai: \"1 > 2\"\nwhen: {{any: [counted, never]}}\n");
        let catalog = Catalog::new(&[vec![FileText::new("counts.yaml", &rule)]]).unwrap_or_else(|it| panic!("{root}: {it:?}"));
        for piece in pieces {
            // What says the same is hidden with it.
            let also = match root {
                "reverts" => ", {forget: /episodes/0/reverts}",
                "episode" => ", {forget: /episodes/0/report}",
                _ => "",
            };
            let tests = format!(
                "schema: whysync.rule-test/v1\nrule: counts\nbase: {{simulate: {{scenario: state-diff-only, seed: 1}}}}\ncases:\n  - name: it\n    \
                 patch: [{{forget: '{piece}'}}{also}]\n    expect: {{holds: unknown}}\n  - name: needed\n    expect: {{holds: yes}}\n  - name: as well\n    \
                 expect: {{holds: no}}\n"
            );
            let results = run(&FileText::new("counts.test.yaml", tests), &catalog, &base).unwrap_or_else(|it| panic!("{root}: {it:?}"));
            wrong.extend(results[0].failures.iter().map(|it| format!("{root} without {piece}: {it}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn without_a_log_nobody_knows_whether_an_epoch_goes_on() {
    let mut bundle = simulate(Scenario::NoDivergence, 1).bundle;
    assert_eq!(diagnose(&bundle, &catalog(), Trial::StableOnly).verdict, Verdict::NoDivergence);
    bundle.logs.echonet = Gathered::NotAsked;
    let diagnosis = diagnose(&bundle, &catalog(), Trial::StableOnly);
    assert_eq!(diagnosis.verdict, Verdict::Inconclusive, "{}", diagnosis.headline);
    let log = diagnosis.unseen.iter().find(|it| it.evidence == "logs.echonet").expect("the log is named");
    assert!(log.would_decide.iter().any(|it| it == "feeder-429-5xx-sender-death"), "{:?}", log.would_decide);
    assert!(!log.how.is_empty());
    let resync = builtin().into_iter().filter(|it| !it.body().contains("case: [")).count();
    assert!(diagnosis.undecided.len() + resync <= catalog().rules.len(), "rules about resyncs are not tried: {:?}", diagnosis.undecided);
}
