//! `rules new` and `bundle minimize`: what is written loads and passes before any edit, and is small.

use std::path::{Path, PathBuf};
use std::process::Output;

use tempfile::TempDir;
use whysync::collect::store::{Input, load, save};
use whysync::engine::decide::prepared::Prepared;
use whysync::engine::{Trial, diagnose};
use whysync::evidence::logs::LogLine;
use whysync::evidence::{Bundle, Gathered};
use whysync::findings::Verdict;
use whysync::simulate::{SCENARIOS, Scenario, simulate};

use crate::program::whysync;
use crate::simulated::catalog;

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn saved(folder: &TempDir, bundle: &Bundle) -> String {
    let path = folder.path().join("saved.json");
    save(bundle, &path).expect("a bundle");
    path.to_string_lossy().into_owned()
}

/// Drafts a rule and runs its checks and tests as a newcomer would.
fn drafted(bundle: &Bundle, name: &str) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let source = saved(&folder, bundle);
    let rules = folder.path().join("rules").to_string_lossy().into_owned();
    let output = whysync(&["rules", "new", "--from", &source, "--slug", "mine", "-o", &rules]);
    assert_eq!(output.status.code(), Some(0), "{name}: {}", said(&output));
    for command in ["check", "test"] {
        let output = whysync(&["rules", command, "--rules", &rules]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", said(&output));
    }
    for (file, schema) in [("mine.yaml", "rule"), ("mine.test.yaml", "rule-test")] {
        let body = std::fs::read_to_string(Path::new(&rules).join(file)).expect(file);
        let line = format!("# yaml-language-server: $schema=schemas/{schema}.schema.json\n");
        assert!(body.starts_with(&line) && Path::new(&rules).join(format!("schemas/{schema}.schema.json")).exists(), "{name}: {body}");
    }
    folder
}

fn lines(bundle: &Bundle) -> usize {
    bundle.logs.echonet.value().map_or(0, |it| it.lines.len())
}

#[test]
fn a_rule_from_any_incident_loads_and_passes_before_any_edit() {
    for described in SCENARIOS.iter().filter(|it| it.scenario != Scenario::NoDivergence) {
        let bundle = simulate(described.scenario, 6).bundle;
        let folder = drafted(&bundle, described.name);
        let base = load(&Input::File(folder.path().join("rules/mine.base.json.zst"))).expect("the base");
        assert!(lines(&base) * 10 < lines(&bundle), "{}: {} of {} lines", described.name, lines(&base), lines(&bundle));
    }
}

#[test]
fn a_rule_from_a_stall_says_how_it_stopped_and_what_both_logs_say() {
    let ended = ["Exception in thread TransactionSenderRunner:", "Traceback (most recent call last):", "OSError: [Errno 28] No space left"];
    let refused = [
        "[ERROR] [echonet.echo_center] Exception on /cende_recorder/write_blob [POST]",
        "Traceback (most recent call last):",
        "KeyError: '0x51'",
    ];
    let node = r#"{"timestamp":"TIME","level":"WARN","message":"CENDE_FAILURE: Cende behind prev for height 78 (cende latest=70).","filename":"cende.rs"}"#;
    let cases: [(&str, &[&str], &str); 3] =
        [("sender_ended", &ended, "OSError"), ("block_refused", &refused, "KeyError"), ("silence", &[], "Cende behind prev")];
    for (sign, lines, telling) in cases {
        let mut bundle = simulate(Scenario::NoDivergence, 6).bundle;
        let Gathered::Observed(mut log) = bundle.logs.echonet.clone() else { panic!("the scenario has a log") };
        let last = log.value.lines.last().cloned().expect("a line");
        let start = last.at.expect("a time");
        let line = |minutes: i64, text: &str| LogLine { at: Some(start.plus_millis(minutes * 60_000)), text: text.into(), ..last.clone() };
        let mut sequencer = log.clone();
        sequencer.value.lines = vec![line(1, &node.replace("TIME", &start.plus_millis(60_000).to_string()))];
        bundle.logs.sequencer = Gathered::Observed(sequencer);
        log.value.lines.extend(lines.iter().map(|it| line(1, it)));
        log.value.lines.push(line(15, "[INFO] [echonet.echo_center] eth_blockNumber: None (N/A)"));
        bundle.logs.echonet = Gathered::Observed(log);
        let folder = drafted(&bundle, sign);
        let rule = std::fs::read_to_string(folder.path().join("rules/mine.yaml")).expect("the rule");
        for words in ["applies_to: {case: [stall]}", &format!("is: {{equals: {sign}}}"), telling, "source: sequencer", "logs.sequencer"] {
            assert!(rule.contains(words), "{sign}: nothing of `{words}` in\n{rule}");
        }
    }
}

#[test]
fn a_draft_names_what_nothing_else_does_and_proves_that_it_is_all() {
    let bundle = simulate(Scenario::StateDiffOnly, 2).bundle;
    assert_eq!(diagnose(&bundle, &catalog(), Trial::StableOnly).verdict, Verdict::Novel);
    let folder = drafted(&bundle, "novel");
    let rules = folder.path().join("rules").to_string_lossy().into_owned();
    let output = whysync(&["diagnose", &saved(&folder, &bundle), "--rules", &rules, "--experimental", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "why it differs is still unknown: {}", said(&output));
    let diagnosis: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let finding = diagnosis["findings"].as_array().and_then(|it| it.iter().find(|it| it["rule"] == "mine")).expect("a finding");
    assert_eq!((&finding["explains"], &finding["extent"]), (&"class".into(), &"proved".into()), "{finding}");
}

#[test]
fn whoever_drafts_a_rule_for_what_is_known_is_told_so() {
    let folder = TempDir::new().expect("a folder");
    let rules = folder.path().join("rules").to_string_lossy().into_owned();
    let known = saved(&folder, &simulate(Scenario::Alchemy429L1HandlerDrop, 1).bundle);
    let output = whysync(&["rules", "new", "--from", &known, "--slug", "mine", "-o", &rules]);
    let told = "known already: alchemy-429-l1-handler-drop explains all of this incident";
    assert!(output.status.code() == Some(0) && said(&output).contains(told), "{}", said(&output));
    let novel = saved(&folder, &simulate(Scenario::StateDiffOnly, 2).bundle);
    let output = whysync(&["rules", "new", "--from", &novel, "--slug", "other", "-o", &rules]);
    assert!(output.status.code() == Some(0) && !said(&output).contains("known already"), "{}", said(&output));
}

#[test]
fn what_a_log_says_cannot_break_the_files() {
    let mut bundle = simulate(Scenario::StateDiffOnly, 1).bundle;
    if let Gathered::Observed(log) = &mut bundle.logs.echonet {
        for line in log.value.lines.iter_mut().filter(|it| it.text.contains("block hash MISMATCH")) {
            line.text = line.text.replace("block hash MISMATCH", "it's \"odd\" \\d {a: b} # - [x] 'MISMATCH' *&%@`| \u{1F600}").into();
        }
    }
    drafted(&bundle, "hostile");
}

#[test]
fn what_cannot_be_drafted_is_refused_and_nothing_is_overwritten() {
    let folder = TempDir::new().expect("a folder");
    let rules = folder.path().to_string_lossy().into_owned();
    let quiet = saved(&folder, &simulate(Scenario::NoDivergence, 1).bundle);
    let output = whysync(&["rules", "new", "--from", &quiet, "-o", &rules]);
    assert!(output.status.code() == Some(2) && said(&output).contains("no divergence"), "{}", said(&output));
    let source = saved(&folder, &simulate(Scenario::EventOrder, 1).bundle);
    for slug in ["parent-hash-cascade", "No Slug", "../x"] {
        let output = whysync(&["rules", "new", "--from", &source, "-o", &rules, "--slug", slug]);
        assert!(output.status.code() == Some(2) && said(&output).contains("--slug"), "{slug}: {}", said(&output));
    }
    let mine = folder.path().join("mine.yaml");
    std::fs::write(&mine, "mine").expect("a file");
    let output = whysync(&["rules", "new", "--from", &source, "-o", &rules, "--slug", "mine"]);
    assert!(output.status.code() == Some(4) && said(&output).contains("already exists"), "{}", said(&output));
    assert_eq!(std::fs::read_to_string(mine).expect("a file"), "mine");
}

#[test]
fn a_minimised_bundle_keeps_every_clause_and_little_else() {
    let catalog = catalog();
    let folder = TempDir::new().expect("a folder");
    let simulated = |slug: &String| Some((slug.clone(), simulate(slug.parse::<Scenario>().ok()?, 1).bundle));
    let known: Vec<_> = catalog.rules.keys().filter_map(simulated).collect();
    assert!(known.len() >= 7, "{} rules have a scenario", known.len());
    for (slug, bundle) in known {
        let slug = slug.as_str();
        let target: PathBuf = folder.path().join("small.json.zst");
        let output = whysync(&["bundle", "minimize", &saved(&folder, &bundle), "--rule", slug, "-o", &target.to_string_lossy()]);
        assert_eq!(output.status.code(), Some(0), "{slug}: {}", said(&output));
        let small = load(&Input::File(target)).expect("a bundle");
        let [before, after] = [&bundle, &small].map(|it| {
            let outcomes = Prepared::new(it, catalog.patterns()).decide(&catalog.rules[slug], &catalog.interpreter, Trial::StableOnly);
            let decided = outcomes.into_iter().map(|(episode, it)| (episode, clauses(&it)));
            decided.filter(|(_, it)| !it.is_empty()).collect::<Vec<_>>()
        });
        assert!(after.iter().all(|it| before.contains(it)) && !after.is_empty(), "{slug}: {before:?} became {after:?}");
        let size = |it: &Bundle| serde_json::to_string(it).expect("JSON").len();
        assert!(size(&small) * 5 < size(&bundle), "{slug}: {} of {} bytes", size(&small), size(&bundle));
    }
    let other = saved(&folder, &simulate(Scenario::EventOrder, 1).bundle);
    let output = whysync(&["bundle", "minimize", &other, "--rule", "gateway-unreachable", "-o", "never.json"]);
    assert!(output.status.code() == Some(2) && said(&output).contains("nothing to decide"), "{}", said(&output));
}

fn clauses(outcome: &whysync::engine::decide::evaluate::Outcome) -> Vec<(String, whysync::findings::Ternary)> {
    match outcome {
        whysync::engine::decide::evaluate::Outcome::Evaluated(it) => {
            it.elements.iter().flat_map(|it| &it.clauses).map(|it| (it.clause.clone(), it.truth)).collect()
        }
        _ => Vec::new(),
    }
}
