//! The diagnosis measured on a small population; `whysync evaluate` does it on a large one.

use std::collections::BTreeSet;

use whysync::evaluation::{CauseAnswer, evaluate};
use whysync::evidence::Gathered;
use whysync::simulate::population;

use crate::simulated::catalog;

#[test]
fn causes_are_named_and_nothing_is_said_that_is_calmer_surer_or_more_doubtful_than_the_evidence() {
    let evaluation = evaluate(&catalog(), 300, 11, 2);
    assert_eq!(evaluation.members, 300);
    assert!(evaluation.decidable >= 80 && evaluation.unknown >= 80, "the population is too tame: {evaluation:?}");
    let counts = [evaluation.false_calm, evaluation.false_doubt, evaluation.false_certainty, evaluation.false_alarms];
    assert_eq!(counts, [0; 4], "{:#?}", evaluation.remarks);
    assert!(evaluation.rate() >= 0.99, "{:#?}", evaluation.remarks);
    let wrong = [evaluation.wrong_established, evaluation.wrong_findings, evaluation.silent_misses, evaluation.invented];
    assert_eq!(wrong, [0; 4], "{:#?}", evaluation.remarks);
    assert_eq!(evaluation.undecidable_right, evaluation.undecidable, "{:#?}", evaluation.remarks);
    let unseen = evaluation.confusion.values().filter_map(|it| it.get(&CauseAnswer::Unseen)).sum::<u64>();
    assert_eq!(unseen, 0, "{:#?}", evaluation.remarks);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    assert_eq!(evaluate(&catalog(), 12, 3, 1), evaluate(&catalog(), 12, 3, 2));
}

/// A line without what is particular about one run.
fn shape(line: &str) -> String {
    let mut shape = String::new();
    for letter in line.chars() {
        let is_number = shape.ends_with('#') || shape.ends_with("#x");
        let is_particular = letter.is_ascii_digit() || (letter.is_ascii_hexdigit() && is_number);
        match (is_particular, shape.ends_with('#')) {
            (true, true) => {}
            (true, false) => shape.push('#'),
            (false, _) => shape.push(letter),
        }
    }
    shape.replace("#x#", "#")
}

#[test]
fn stalls_say_what_captured_runs_said() {
    let Some(cases) = crate::captures::folder("cases") else { return };
    let captured = [
        "x01-feeder-429-producer-dead",
        "x03-write-blob-500-keyerror",
        "x05b-witness-404-short-log",
        "x13-resync-dies-half-way",
        "x16-pvc-full-resync-dies",
        "x28-mismatch-after-sender-death",
        "r-stall-feeder-certificate-expired",
        "r-stall-end-of-chain",
    ];
    let read = |name: &&str| std::fs::read_to_string(cases.join(name).join("logs/echonet.log")).expect("a captured log");
    let captured: BTreeSet<String> = captured.iter().map(read).flat_map(|it| it.lines().map(shape).collect::<Vec<_>>()).collect();
    // The words by which rules tell stalls apart, where a run was captured that says them.
    let telling = [
        "TransactionSenderRunner stopped",
        "Exception in thread TransactionSenderRunner",
        "Fetch block ",
        "HTTPError: 429",
        "HTTPError: 502",
        "SSLError: ",
        "Exception on /cende_recorder/write_blob",
        "KeyError: ",
        "get_witness_height_offset",
        "OSError: ",
        "ApiException: (500)",
        "etcdserver",
    ];
    let mut seen = BTreeSet::new();
    for member in population(400, 0) {
        let Gathered::Observed(log) = &member.bundle.logs.echonet else { continue };
        // What the look-ups on Ethereum say is no part of a stall.
        for line in log.value.lines.iter().map(|it| it.text.as_str()).filter(|it| !it.contains("alchemy")) {
            let Some(telling) = telling.iter().find(|it| line.contains(**it)) else { continue };
            // Statuses that no run was captured with are in the words of the same program.
            let is_other_status = line.contains(" Error: ") && !["429", "502"].iter().any(|it| line.contains(it));
            if !is_other_status {
                seen.insert(*telling);
                assert!(was_said(line, &captured), "member {}: {line}", member.number);
            }
        }
    }
    assert_eq!(seen, telling.into());
}

/// Whether a captured run said the line, or, of a repeated fetch, said both its frame and what it quotes.
fn was_said(line: &str, captured: &BTreeSet<String>) -> bool {
    let line = shape(line);
    if captured.contains(&line) {
        return true;
    }
    let parts = line.split_once(" failed (#/#): ").and_then(|(start, rest)| Some((start, rest.rsplit_once(". Retrying in ")?)));
    let Some((start, (quoted, end))) = parts else { return false };
    captured.iter().any(|it| it.starts_with(start) && it.ends_with(end)) && captured.iter().any(|it| it.ends_with(quoted))
}
