//! `within` and `per`: how far apart log records lie, in lines of one log or in seconds, and unknown where there is no time to tell.

use whysync::engine::authoring::mutate::mutate;
use whysync::engine::authoring::rule_test::{Base, NoBase, run};
use whysync::engine::language::catalog::builtin;
use whysync::engine::{Catalog, FileText};
use whysync::evidence::Bundle;
use whysync::simulate::{Scenario, simulate};

const RULE: &str = r#"
schema: whysync.rule/v1
id: MY-002
slug: quota-used-up
title: The provider's quota is used up
status: stable
severity: low
category: external-service
owner: me
description: One refusal is an accident; many in a row are a quota that is used up.
applies_to: {}
requires:
  - {evidence: logs.echonet, why: the refusals}
  - {evidence: logs.sequencer, why: the panics}
match:
  observed:
    log: {source: echonet, logger: transaction_sender, regex: '^Observed L1_HANDLER tx=0x51 '}
  refused:
    log: {source: echonet, logger: l1_client, regex: '\b429 Client Error'}
    after: observed
    within: {lines: 5}
  burst:
    log: {source: echonet, logger: l1_client, regex: '^(?P<call>\w+) .*\b429 Client Error'}
    at_least: 3
    per: {lines: 4}
  ended:
    log: {source: sequencer, regex: '^thread .main. panicked at '}
    after: observed
    within: {seconds: 60}
  crash_loop:
    log: {source: sequencer, regex: '^thread .main. panicked at '}
    at_least: 3
    per: {seconds: 30}
  calm:
    log: {source: sequencer, regex: '^thread .votes. panicked at '}
    at_most: 1
    per: {seconds: 10}
when: {any: [refused, burst, ended, crash_loop]}
unless: {none_of: [calm]}
explains: nothing
finding: {summary: "The quota is used up: {call}."}
"#;

const OBSERVED: &str = "[INFO] [echonet.transaction_sender] Observed L1_HANDLER tx=0x51 src_bn=7 src_ts=1760287654";
const REFUSED: &str = "[DEBUG] [echonet.l1_client] get_logs attempt 1/2 failed: 429 Client Error";
const OTHER: &str = "[INFO] [echonet.echo_center] eth_blockNumber: None (N/A)";
// A panic is no event: its line carries no time of its own.
const ENDED: &str = "raw: thread 'main' panicked at crates/apollo_node/src/main.rs:7:7:";
const VOTES: &str = "raw: thread 'votes' panicked at crates/apollo_node/src/main.rs:7:7:";

/// A case whose log holds these lines behind the first of the epoch, and the sequencer's log those, each so many seconds later.
fn case(name: &str, lines: &[&str], sequencer: &[(i64, &str)], more: &str, expect: &str) -> String {
    let quoted: Vec<String> = lines.iter().map(|it| format!("'{it}'")).collect();
    let mut case =
        format!("  - name: {name}\n    patch:\n      - insert_log_lines: {{after: '{FIRST}', lines: [{}]}}\n", quoted.join(", "));
    for (seconds, line) in sequencer {
        case.push_str(&format!("      - sequencer_log: {{at: '{FIRST}', seconds_later: {seconds}, lines: [\"{line}\"]}}\n"));
    }
    format!("{case}{more}    expect: {expect}\n")
}

const FIRST: &str = "Initialized deterministic base";

fn tests() -> String {
    let timeless = "      - json_patch: [{op: remove, path: /logs/sequencer/observed/value/lines/2/at}]\n";
    let apart = |others: usize| {
        let others = std::iter::repeat_n(OTHER, others);
        std::iter::once(OBSERVED).chain(others).chain([REFUSED]).collect::<Vec<&str>>()
    };
    let quiet: &[(i64, &str)] = &[(0, "INFO a.rs: nothing")];
    let cases = [
        case("five lines behind is within five", &apart(4), quiet, "", "{holds: yes, clauses: {refused: true, burst: false}}"),
        case(
            "six lines behind is too far and says how far",
            &apart(5),
            quiet,
            "",
            "{holds: no, clauses: {refused: false, ended: false}, because: {refused: none near enough; the nearest is 6 lines away}}",
        ),
        case(
            "three in four lines are a burst, and the first of them is found",
            &[
                REFUSED,
                OTHER,
                OTHER,
                OTHER,
                OTHER,
                OTHER,
                "[DEBUG] [echonet.l1_client] get_block attempt 1/2 failed: 429 Client Error",
                OTHER,
                REFUSED,
                OTHER,
                REFUSED,
            ],
            quiet,
            "",
            "{holds: yes, clauses: {refused: false, burst: true}, because: {burst: get_block attempt}, captures: {burst.call: get_block}}",
        ),
        case(
            "two in four lines and a third one line farther are none",
            &[REFUSED, OTHER, REFUSED, OTHER, OTHER, REFUSED],
            quiet,
            "",
            "{holds: no, clauses: {burst: false}, because: {burst: 2 in 4 lines}}",
        ),
        case(
            "a minute later by another log's clock is within a minute",
            &[OBSERVED],
            &[(60, ENDED)],
            "",
            "{holds: yes, clauses: {ended: true, crash_loop: false}}",
        ),
        case(
            "a second more is not",
            &[OBSERVED],
            &[(61, ENDED)],
            "",
            "{holds: no, clauses: {ended: false}, because: {ended: 61 seconds away}}",
        ),
        case(
            "what is before is not after, however near",
            &[OBSERVED],
            &[(-1, ENDED)],
            "",
            "{holds: no, clauses: {ended: false}, because: {ended: no such record}}",
        ),
        case(
            "three panics in half a minute are a loop",
            &[OTHER],
            &[(0, ENDED), (20, ENDED), (30, ENDED)],
            "",
            "{holds: yes, clauses: {crash_loop: true}, because: {crash_loop: 3 in 30 seconds}}",
        ),
        case(
            "three panics in a second more are not",
            &[OTHER],
            &[(0, ENDED), (20, ENDED), (31, ENDED)],
            "",
            "{holds: no, clauses: {crash_loop: false}, because: {crash_loop: 2 in 30 seconds}}",
        ),
        case(
            "a panic without a time may be the third",
            &[OTHER],
            &[(0, ENDED), (20, ENDED), (30, ENDED)],
            timeless,
            "{holds: unknown, clauses: {crash_loop: unknown}, because: {crash_loop: 1 more without a time}}",
        ),
        case(
            "a panic without a time may be the one that follows",
            &[OBSERVED],
            &[(60, "INFO a.rs: x"), (61, "INFO a.rs: x"), (62, ENDED)],
            timeless,
            "{holds: unknown, clauses: {ended: unknown}}",
        ),
        case(
            "a record without a time does not matter where others suffice",
            &[OTHER],
            &[(0, ENDED), (10, ENDED), (20, ENDED), (30, ENDED)],
            timeless,
            "{holds: yes, clauses: {crash_loop: true}}",
        ),
        case(
            "an upper bound is about the densest stretch",
            &apart(4),
            &[(0, VOTES), (11, VOTES), (22, VOTES)],
            "",
            "{holds: yes, clauses: {calm: true}}",
        ),
        case(
            "two in ten seconds are one too many",
            &apart(4),
            &[(0, VOTES), (11, VOTES), (21, VOTES)],
            "",
            "{holds: no, clauses: {calm: false}}",
        ),
        case(
            "a vote without a time may be one too many",
            &apart(4),
            &[(0, VOTES), (11, VOTES), (22, VOTES)],
            timeless,
            "{holds: unknown, clauses: {calm: unknown}}",
        ),
        case("without the sequencer's log nothing can be said of it", &[OTHER], &[], "", "{holds: unknown, missing: [logs.sequencer]}"),
        case("two votes and many far apart", &apart(4), &[(0, VOTES), (10, VOTES)], "", "{holds: no, clauses: {calm: false}}"),
        case("no vote at all is calm", &apart(4), quiet, "", "{holds: yes, clauses: {calm: true}}"),
    ];
    let head = "schema: whysync.rule-test/v1\nrule: quota-used-up\nbase: {simulate: {scenario: state-diff-only, seed: 1}}\ncases:\n";
    format!("{head}{}", cases.concat())
}

fn base(base: &Base) -> Result<Bundle, NoBase> {
    match base {
        Base::Simulate { scenario, seed } => Ok(simulate(scenario.parse::<Scenario>().expect("a scenario"), *seed).bundle),
        Base::Bundle(path) => Err(NoBase::new(path.clone())),
    }
}

#[test]
fn distances_and_rates_are_exact_and_unknown_without_a_time() {
    let catalog = Catalog::new(&[builtin(), vec![FileText::new("quota-used-up.yaml", RULE)]]).unwrap_or_else(|it| panic!("{it:?}"));
    let tests = FileText::new("quota-used-up.test.yaml", tests());
    for result in run(&tests, &catalog, &base).unwrap_or_else(|it| panic!("{it:?}")) {
        assert_eq!(result.failures, [""; 0], "{}", result.name);
    }
    let report = mutate(&tests, &catalog, &base).unwrap_or_else(|it| panic!("{it:?}"));
    let open: Vec<&String> = report.unexplained.iter().filter(|it| it.contains(".within.") || it.contains(".per.")).collect();
    assert_eq!(open, [""; 0], "a distance that is dropped or moved by one goes unnoticed");
    assert!(report.mutants > 30, "{}", report.mutants);
}

#[test]
fn what_cannot_be_measured_is_refused_with_its_place_and_the_way_out() {
    let cases = [
        ("within: {lines: 5}", "within: {lines: 0}", "no two records are 0 apart", "1 or more"),
        ("    after: observed\n    within: {lines: 5}", "    within: {lines: 5}", "has `within`", "under `after` or `before`"),
        ("within: {seconds: 60}", "within: {lines: 60}", "which is in another log", "within: {seconds: 60}"),
        ("    at_least: 3\n    per: {lines: 4}", "    per: {lines: 4}", "not how many", "at_least: 2"),
        ("at_least: 3\n    per: {lines: 4}", "at_least: 1\n    per: {lines: 4}", "not how many", "one record alone"),
        ("within: {seconds: 60}", "before_next: flask", "which is in another log", "in the same log"),
        ("within: {lines: 5}", "within: {minutes: 5}", "minutes", "seconds"),
        ("within: {lines: 5}", "within: 5", "", ""),
    ];
    for (part, instead, message, help) in cases {
        let body = RULE.replacen(part, instead, 1);
        assert_ne!(body, RULE);
        let problems =
            Catalog::new(&[vec![FileText::new("quota-used-up.yaml", &body)]]).err().unwrap_or_else(|| panic!("`{instead}` is taken"));
        let said: Vec<String> = problems.iter().map(|it| format!("{it} {}", it.way_out().unwrap_or_default())).collect();
        let wanted = said.iter().find(|it| it.contains(message) && it.contains(help));
        let wanted = wanted.unwrap_or_else(|| panic!("`{instead}`: {said:?}"));
        let line = body.lines().position(|it| it.contains(instead.lines().next().unwrap_or_default().trim())).unwrap_or_default() + 1;
        let stated: usize = wanted.split(':').nth(1).and_then(|it| it.parse().ok()).expect("a line");
        assert!(stated.abs_diff(line) <= 4, "`{instead}` stands in line {line}: {wanted}");
    }
}
