//! Several findings at once: what they prove together, and what they dispute.

use whysync::engine::language::catalog::builtin;
use whysync::engine::{Catalog, FileText, Trial, diagnose};
use whysync::findings::{ClaimExtent, Finding, Proof};
use whysync::simulate::{Scenario, population, simulate};

use crate::simulated::catalog;

#[test]
fn two_causes_in_one_block_are_partial_alone_and_closed_together() {
    let catalog = catalog();
    let heights = |items: &[String]| items.iter().filter_map(|it| it.split('/').next().map(str::to_owned)).collect::<Vec<_>>();
    let pairs = population(400, 0).filter(|member| {
        let [one, other] = member.truth.causes.as_slice() else { return false };
        let lost = one.items.iter().chain(&other.items).any(|it| it.contains("/tx_"));
        let text = one.items.iter().chain(&other.items).any(|it| it.contains("/revert_reason/"));
        let together = heights(&one.items).iter().any(|it| heights(&other.items).contains(it));
        lost && text && together && one.sufficient && other.sufficient
    });
    let mut seen = 0;
    for member in pairs {
        let diagnosis = diagnose(&member.bundle, &catalog, Trial::StableOnly);
        let names = |it: &&Finding| member.truth.causes.iter().any(|cause| cause.names.contains(&it.rule.as_str()));
        let findings: Vec<&Finding> = diagnosis.findings.iter().filter(names).filter(|it| it.proof.is_some()).collect();
        if findings.len() < 2 {
            continue;
        }
        seen += 1;
        let name = format!("member {}", member.number);
        assert!(findings.iter().any(|it| !it.proof.as_ref().is_some_and(Proof::is_closed)), "{name}: alone, one leaves the other's over");
        let joint = diagnosis.joint_proofs.first().unwrap_or_else(|| panic!("{name}: nothing was tried together"));
        assert!(joint.proof.is_closed(), "{name}: {:?}", joint.proof);
        for finding in findings {
            assert!(joint.rules.contains(&finding.rule), "{name}: {} is needed, {:?}", finding.rule, joint.rules);
            assert_eq!(finding.extent, ClaimExtent::Proved, "{name}: {}", finding.extent_because);
            assert!(!finding.because.contains("does not give mainnet's"), "{name}: what others make up is no doubt: {}", finding.because);
            let alone = finding.proof.as_ref().is_some_and(Proof::is_closed);
            assert!(alone || finding.extent_because.contains("together reproduces mainnet's"), "{name}: {}", finding.extent_because);
        }
    }
    assert!(seen > 0, "the population holds no such pair");
}

#[test]
fn a_single_cause_is_not_tried_together_with_anything() {
    let diagnosis = diagnose(&simulate(Scenario::Alchemy429L1HandlerDrop, 1).bundle, &catalog(), Trial::StableOnly);
    assert_eq!((diagnosis.joint_proofs, diagnosis.rivalries), (Vec::new(), Vec::new()));
}

/// Claims the same lost transaction as the rule of the rate limit, on another ground.
const RIVAL: &str = r#"
schema: whysync.rule/v1
id: WS-L1-999
slug: l1-handler-lost-anyhow
title: A message from L1 was lost
status: stable
severity: medium
category: echonet-bug
owner: test
description: Claims every lost message from L1, whatever the reason.
applies_to: {trigger: [block_hash_mismatch, still_pending]}
requires: [{evidence: ours.block, why: what is missing}]
let:
  lost: "$.ledger[?@.kind == 'tx_missing' && @.tx_type == 'L1_HANDLER']"
for_each: lost
match:
  from_l1: {path: item.tx_type, is: {equals: L1_HANDLER}}
when: {all: [from_l1]}
claims: {undo: insert_missing_transactions}
finding: {summary: "{tx_hash} was lost"}
"#;

#[test]
fn two_findings_that_claim_the_same_are_shown_as_rivals_with_what_separates_them() {
    let rival = vec![FileText::new("l1-handler-lost-anyhow.yaml", RIVAL)];
    let catalog = Catalog::new(&[builtin(), rival]).unwrap_or_else(|problems| panic!("{problems:?}"));
    let diagnosis = diagnose(&simulate(Scenario::Alchemy429L1HandlerDrop, 1).bundle, &catalog, Trial::StableOnly);
    let rivalry = diagnosis.rivalries.first().expect("a pair");
    let rules: Vec<&str> = rivalry.rivals.iter().map(|it| it.rule.as_str()).collect();
    assert_eq!(rules, ["alchemy-429-l1-handler-drop", "l1-handler-lost-anyhow"]);
    assert!(rivalry.items.iter().all(|it| it.contains("/tx_missing/")), "{:?}", rivalry.items);
    let grounds: Vec<&str> = rivalry.rivals[0].rests_on.iter().map(|it| it.clause.as_str()).collect();
    assert!(grounds.contains(&"gave_up"), "the line that says so is what only one rests on: {grounds:?}");
    assert_eq!(diagnosis.joint_proofs, [], "rivals are no proof of each other");
}
