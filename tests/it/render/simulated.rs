//! Diagnoses that the engine makes of synthetic incidents: what a renderer meets in earnest.

use whysync::engine::{Catalog, FileText, Trial, diagnose};
use whysync::findings::{ClaimExtent, Diagnosis, Verdict};
use whysync::render::{Colour, Detail, FORMATS, Options, named, write};
use whysync::simulate::{SCENARIOS, Scenario, simulate};

use super::formats_but;

const FULL: Options = Options { width: 80, colour: Colour::Plain, detail: Detail::Full };
const SHORT: Options = Options { width: 80, colour: Colour::Plain, detail: Detail::Short };

const RULE: &str = r#"
schema: whysync.rule/v1
id: WS-TEST-001
slug: frames-on-one-side
title: A revert text has frames of the virtual machine on one side only
status: stable
severity: low
category: sequencer-bug
owner: tests
description: Stands in for a rule of the pack.
applies_to: {trigger: []}
requires:
  - {evidence: ours.block, why: the revert text}
let:
  texts: "$.ledger[?@.kind == 'revert_reason']"
match:
  differs: {each: texts, at_least: 1, why: a revert text differs}
when: {all: [differs]}
claims: {items: [texts], undo: take_mainnet_revert_reason}
finding: {summary: "The revert text of {tx_hash} in block {block} differs"}
fix:
  - {component: sequencer, prs: [14251], commits: [133f7cfbf760d155d0fb50e23a52854bc6b2b2b6], effective_when: "starknet_version >= 0.14.3"}
code:
  - {path: crates/blockifier/src/execution/stack_trace.rs, symbol: extract}
remediation:
  - {safety: needs-approval, do: Run with native code off}
"#;

fn diagnoses() -> Vec<(&'static str, Diagnosis)> {
    let empty = Catalog::new(&[]).unwrap_or_else(|_| panic!("no rules"));
    let one = vec![vec![FileText::new("rules/frames-on-one-side.yaml", RULE)]];
    let one = Catalog::new(&one).unwrap_or_else(|problems| panic!("{problems:?}"));
    let of = |catalog: &Catalog, scenario: Scenario| diagnose(&simulate(scenario, 0).bundle, catalog, Trial::StableOnly);
    let mut all: Vec<(&str, Diagnosis)> = SCENARIOS.iter().map(|it| (it.name, of(&empty, it.scenario))).collect();
    all.push(("native-casm-revert-trace with a rule", of(&one, Scenario::NativeCasmRevertTrace)));
    all
}

#[test]
fn every_value_of_an_unexplained_divergence_is_told() {
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    for (name, diagnosis) in diagnoses() {
        for format in formats_but(&["json", "sarif", "junit", "slack"]) {
            let text = write(format, &diagnosis, &FULL);
            let text = squeezed(&text.replace("&quot;", "\"").replace("&amp;", "&"));
            for divergence in &diagnosis.unexplained {
                for line in [&divergence.ours, &divergence.theirs].into_iter().flatten().flat_map(|it| it.lines()) {
                    assert!(text.contains(&squeezed(line)), "{} of {name} lacks {line}", format.name);
                }
            }
        }
    }
}

#[test]
fn every_format_writes_every_scenario() {
    for (name, diagnosis) in diagnoses() {
        for format in FORMATS {
            let text = write(format, &diagnosis, &SHORT);
            assert!(text.ends_with('\n'), "{} of {name}", format.name);
            let verdict = diagnosis.verdict.to_string().to_lowercase();
            assert!(
                text.to_lowercase().replace('_', " ").contains(&verdict),
                "{} of {name} does not tell that it is {verdict}",
                format.name
            );
        }
    }
}

#[test]
fn a_proof_is_told_with_its_arithmetic() {
    let (_, diagnosis) = diagnoses().pop().expect("the one with a rule");
    assert_eq!((diagnosis.verdict, diagnosis.findings[0].extent), (Verdict::Explained, ClaimExtent::Proved));
    let row = &diagnosis.findings[0].proof.as_ref().expect("a proof").rows[0];
    let text = write(named("text").expect("text"), &diagnosis, &FULL);
    for value in [&row.commitment, &row.ours, &row.undone] {
        assert!(text.contains(value.as_str()), "{text}");
    }
    assert!(write(named("text").expect("text"), &diagnosis, &SHORT).contains("= mainnet's"));
}

#[test]
fn where_no_fix_is_known_people_are_told_so() {
    let (_, mut diagnosis) = diagnoses().pop().expect("the one with a rule");
    diagnosis.findings.iter_mut().for_each(|it| it.fix.clear());
    for format in formats_but(&["json", "sarif", "junit"]) {
        let text = write(format, &diagnosis, &SHORT);
        assert!(text.contains("no fix is known"), "{} says nothing of fixes: {text}", format.name);
    }
}
