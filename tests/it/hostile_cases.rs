//! Hostile inputs that were found from outside: each ends as it should, with no secret in anything that is printed or written, and nothing
//! that a terminal obeys.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Output;

use serde_json::{Value, json};
use whysync::render::FORMATS;

use crate::captures::folder;
use crate::program::{check, program, text};

/// How the secrets in them begin.
const CANARIES: [&str; 2] = ["cNry", "CANARY"];

/// How one of them is to end.
struct ExpectedEnd {
    name: &'static str,
    code: i32,
    /// What is said of it, on either stream.
    says: &'static [&'static str],
    /// How `import` ends on it.
    imported: i32,
}

/// No divergence was seen, and the evidence does not say that there was none.
const UNKNOWN: i32 = 3;
const REFUSED: i32 = 4;

const ENDS: [ExpectedEnd; 7] = [
    ExpectedEnd { name: "escape-in-reason.json", code: REFUSED, says: &["missing field `sent_tx_hashes`"], imported: REFUSED },
    ExpectedEnd {
        name: "false-clean-error-body",
        code: UNKNOWN,
        says: &["Inconclusive: no divergence was seen", "Echonet's report could not be read"],
        imported: 0,
    },
    ExpectedEnd { name: "hang-redact-provider-128k.json", code: UNKNOWN, says: &["Inconclusive"], imported: 0 },
    // As a file among others it has the name of a copy of keys.
    ExpectedEnd { name: "hang-split-keys-256k.json", code: UNKNOWN, says: &["Inconclusive"], imported: REFUSED },
    ExpectedEnd { name: "leak-header-tuple", code: UNKNOWN, says: &["Inconclusive", "«redacted:header:"], imported: 0 },
    ExpectedEnd {
        name: "mem-1.5GB-from-6KB.json.zst",
        code: REFUSED,
        says: &["would take more than 512 MiB of memory", "--memory"],
        imported: REFUSED,
    },
    ExpectedEnd {
        name: "panic-timestamp-folder",
        code: UNKNOWN,
        says: &["Inconclusive", "the list of pods could not be read"],
        imported: 0,
    },
];

/// The one that is no evidence.
#[cfg(all(feature = "live", unix))]
const KUBECONFIG: &str = "kubeconfig-error-leaks-token";

/// That nothing of this is a secret or can act on a terminal.
fn assert_harmless(name: &str, said: &str) {
    for canary in CANARIES {
        assert!(!said.contains(canary), "{name}: {canary} came out");
    }
    let acting = said.chars().find(|it| it.is_control() && !matches!(it, '\n' | '\t'));
    assert!(acting.is_none(), "{name}: {acting:?} came out");
}

fn said(output: &Output) -> String {
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

fn run(arguments: &[&str]) -> Output {
    program(arguments).output().expect("it runs")
}

#[test]
fn each_ends_as_it_should_and_shows_and_keeps_no_secret() {
    let Some(folder) = folder("cases").map(|it| it.join("hostile")) else { return };
    let kept = tempfile::tempdir().expect("a folder");
    for end in ENDS {
        let given = folder.join(end.name);
        let given = given.to_str().expect("UTF-8");
        for format in FORMATS {
            let output = run(&["diagnose", "--format", format.name, given]);
            assert_harmless(end.name, &said(&output));
            assert_eq!(output.status.code(), Some(end.code), "{} as {}: {}", end.name, format.name, said(&output));
        }
        let output = run(&["diagnose", given]);
        for words in end.says {
            assert!(said(&output).contains(words), "{}: nothing says `{words}`: {}", end.name, said(&output));
        }
        let bundle = kept.path().join(end.name).with_extension("bundle.json");
        let output = run(&["import", given, "-o", bundle.to_str().expect("UTF-8")]);
        assert_harmless(end.name, &said(&output));
        check(end.name, &output, end.imported, &[]);
        match std::fs::read_to_string(&bundle) {
            Ok(written) => assert_harmless(end.name, &written),
            Err(_) => assert_ne!(end.imported, 0, "{}: nothing was written", end.name),
        }
    }
    let there: BTreeSet<PathBuf> = std::fs::read_dir(&folder).expect("the inputs").map(|it| it.expect("an entry").path()).collect();
    let held: BTreeSet<PathBuf> = ENDS.iter().map(|it| it.name).chain(["kubeconfig-error-leaks-token"]).map(|it| folder.join(it)).collect();
    assert_eq!(there, held, "each is held by a test");
}

/// The input as it would be today: what it had then is no bundle any more.
fn with_every_field(mut document: Value) -> Value {
    let report = document.pointer_mut("/report/observed/value").and_then(Value::as_object_mut).expect("a report");
    for name in ["sent_tx_hashes", "revert_errors_mainnet", "revert_errors_echonet", "gateway_errors", "certain_failures"] {
        report.insert(name.to_owned(), json!({}));
    }
    for name in ["start_block", "initial_start_block", "current_start_block", "current_block"] {
        report.insert(name.to_owned(), json!(1));
    }
    document
}

#[test]
fn a_reason_that_would_clear_a_terminal_is_shown_and_does_not() {
    let Some(folder) = folder("cases").map(|it| it.join("hostile")) else { return };
    let then = std::fs::read_to_string(folder.join("escape-in-reason.json")).expect("the input");
    let now = with_every_field(serde_json::from_str(&then).expect("JSON")).to_string();
    assert_eq!(now.matches("\\u001b[2J").count(), then.matches("\\u001b[2J").count(), "each reason is still there");
    let kept = tempfile::tempdir().expect("a folder");
    let path = kept.path().join("b.json");
    std::fs::write(&path, now).expect("written");
    let path = path.to_str().expect("UTF-8");
    let mut commands: Vec<Vec<&str>> = FORMATS.iter().map(|it| vec!["diagnose", "--full", "--format", it.name, path]).collect();
    commands.extend([vec!["explain", "--why-not", "--all", path], vec!["bundle", "show", path], vec!["compare", path, path]]);
    let rule = "alchemy-429-l1-handler-drop";
    commands.push(vec!["explain", rule, path]);
    let mut showed = 0;
    for command in &commands {
        let output = run(command);
        assert_harmless(&command.join(" "), &said(&output));
        assert_ne!(output.status.code(), Some(70), "{command:?}: {}", said(&output));
        showed += usize::from(said(&output).contains("HTTP 502"));
    }
    assert!(FORMATS.len() / 2 < showed, "hardly anything showed the reason: {showed} of {}", commands.len());
}

#[cfg(all(feature = "live", unix))]
#[test]
fn an_error_in_a_kubeconfig_shows_its_place_and_none_of_its_text() {
    let Some(folder) = folder("cases").map(|it| it.join("hostile")) else { return };
    let kept = tempfile::tempdir().expect("a folder");
    let bundle = kept.path().join("b.json");
    let bundle = bundle.to_str().expect("UTF-8");
    for command in [["collect", "-o", bundle].as_slice(), &["investigate"]] {
        let output = program(command).args(["--namespace", "a"]).env("KUBECONFIG", folder.join(KUBECONFIG)).output().expect("it runs");
        assert_harmless(KUBECONFIG, &said(&output));
        check(KUBECONFIG, &output, REFUSED, &["the kubeconfig is not what a client expects at line 9, column 12", "its text is not shown"]);
    }
    assert!(!std::path::Path::new(bundle).exists(), "something was written");
}
