//! Folders with evidence of several resyncs, runs or deployments: made of pieces of captured ones, as somebody may save them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use whysync::collect::import::{Selection, gather};
use whysync::collect::recording::Recording;
use whysync::engine::{Trial, diagnose};
use whysync::findings::{Diagnosis, Verdict};
use whysync::investigate::{self, Focus};
use whysync::simulate::{SCENARIOS, simulate};

use crate::captures;
use crate::simulated::catalog;

/// Captured folders and where each file of them goes: `incidents/12-state-diff`, what is taken, what it is named.
type CopiedPiece<'p> = (&'p str, &'p str, &'p str);

/// A folder of pieces; none where the captured ones are absent.
fn laid_out(pieces: &[CopiedPiece<'_>]) -> Option<tempfile::TempDir> {
    let folder = tempfile::tempdir().expect("a folder");
    for (from, name, to) in pieces {
        let (set, incident) = from.split_once('/').expect("a set and a name");
        let from = captures::folder(set)?.join(incident);
        copy(&from.join(name), &folder.path().join(to));
    }
    Some(folder)
}

/// Copies a file, or a folder over what is there.
fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        for entry in fs::read_dir(from).expect("names") {
            let entry = entry.expect("a name");
            copy(&entry.path(), &to.join(entry.file_name()));
        }
        return;
    }
    fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
    fs::write(to, fs::read(from).expect("a file")).expect("written");
}

fn edit(folder: &Path, name: &str, change: impl Fn(&mut Value)) {
    let path = folder.join(name);
    let mut document: Value = serde_json::from_str(&fs::read_to_string(&path).expect("a file")).expect("JSON");
    change(&mut document);
    fs::write(path, document.to_string()).expect("written");
}

fn diagnosed(folder: &Path) -> Diagnosis {
    let recording = Recording::open(folder).expect("a recording");
    let diagnosis = diagnose(&gather(&recording, Selection::default()), &catalog(), Trial::StableOnly);
    assert!(!diagnosis.headline.contains(": ."), "an empty list: {}", diagnosis.headline);
    diagnosis
}

fn triggers(diagnosis: &Diagnosis) -> Vec<(&str, Option<u64>, &str)> {
    let named = diagnosis.episodes.iter().filter_map(|it| it.trigger.as_ref());
    named.map(|it| (it.key.as_str(), it.block, it.reason.as_str())).collect()
}

#[test]
fn a_report_alone_names_each_resync_and_each_row() {
    let Some(folder) = laid_out(&[("cases/x22-blocked-senders-many", "report.json", "report.json")]) else { return };
    let diagnosis = diagnosed(folder.path());
    assert_eq!(
        triggers(&diagnosis),
        [
            ("block_hash_mismatch:7118107", Some(7118107), "Block hash mismatch at block 7118107"),
            ("block_hash_mismatch:7118112", Some(7118112), "Block hash mismatch at block 7118112"),
        ]
    );
    assert_eq!(diagnosis.verdict, Verdict::Inconclusive);
    assert!(diagnosis.headline.contains("block 7118107 differs"), "{}", diagnosis.headline);
    let all: BTreeSet<&str> = diagnosis.episodes.iter().flat_map(|it| &it.divergences).map(|it| it.id.as_str()).collect();
    for id in [7118107, 7118108, 7118109, 7118112, 7118113].map(|it| format!("{it}/hash_mismatch")) {
        assert!(all.contains(id.as_str()), "{id}");
    }
    for id in [7118107, 7118112].map(|it| format!("{it}/commitment/transaction_commitment")) {
        assert!(all.contains(id.as_str()), "{id}");
    }
    let valued = diagnosis.episodes.iter().flat_map(|it| &it.divergences).all(|it| it.ours.is_some() && it.theirs.is_some());
    assert!(valued, "a row has both values");
}

#[test]
fn a_further_cause_in_the_report_is_a_resync_of_its_own() {
    let second = |document: &mut Value| {
        document["resync_causes"]["block_hash_mismatch:9188920"] = json!({
            "tx_hash": "block_hash_mismatch:9188920", "failure_block_number": 9188920, "revert_target_block_number": 9188920,
            "reason": "Block hash mismatch at block 9188920", "count": 1,
        });
    };
    let Some(folder) = laid_out(&[("incidents/06-fifo-boundary", "", "")]) else { return };
    edit(folder.path(), "report.json", second);
    let diagnosis = diagnosed(folder.path());
    assert_eq!(diagnosis.verdict, Verdict::PartlyExplained);
    assert!(diagnosis.headline.ends_with("not explained: block 9188920 has a different hash than on mainnet."), "{}", diagnosis.headline);

    // Of a transaction that triggered three times, only the last reason is on record.
    let Some(folder) = laid_out(&[("incidents/04-gateway-error", "", "")]) else { return };
    edit(folder.path(), "report.json", |document| {
        let causes = std::mem::replace(&mut document["resync_causes"], json!({}));
        document["certain_failures"] = causes;
        document["certain_failures"].as_object_mut().expect("causes").values_mut().for_each(|it| it["count"] = 3.into());
    });
    let diagnosis = diagnosed(folder.path());
    assert_eq!((diagnosis.verdict, diagnosis.episodes.len(), triggers(&diagnosis).len()), (Verdict::PartlyExplained, 3, 2));
    assert!(diagnosis.headline.ends_with("not explained: one resync that none of the evidence explains."), "{}", diagnosis.headline);
}

#[test]
fn a_log_of_another_run_is_set_aside_whatever_its_namespace() {
    let Some(folder) = laid_out(&[("incidents/12-state-diff", "", "")]) else { return };
    fs::remove_dir_all(folder.path().join("logs")).expect("logs");
    let other = captures::folder("incidents").expect("incidents").join("08-header-only/logs/echonet.log");
    copy(&other, &folder.path().join("logs/echonet.log"));
    let diagnosis = diagnosed(folder.path());
    assert_eq!(diagnosis.episodes.len(), 1, "the resync in that log is another's");
    assert!(diagnosis.headline.ends_with("Set aside: Echonet's log of a run that began at block 9318020."), "{}", diagnosis.headline);
}

#[test]
fn a_report_of_another_run_is_set_aside() {
    let pieces = [("incidents/10-blocked-sender", "", ""), ("incidents/04-gateway-error", "report.json", "report.json")];
    let Some(folder) = laid_out(&pieces) else { return };
    // It is of the other run as well.
    let _ = fs::remove_file(folder.path().join("report.txt"));
    let diagnosis = diagnosed(folder.path());
    assert!(diagnosis.findings.iter().all(|it| it.block != 9314414), "{}", diagnosis.headline);
    assert!(diagnosis.headline.ends_with("Set aside: Echonet's report of a run that began at block 9314410."), "{}", diagnosis.headline);
    // Beside a healthy deployment it makes no root cause.
    let pieces = [("cases/x10-healthy", "", ""), ("cases/x24-os-runner-failure-only", "report.json", "report.json")];
    let Some(folder) = laid_out(&pieces) else { return };
    let diagnosis = diagnosed(folder.path());
    assert_eq!((diagnosis.verdict, diagnosis.findings.len()), (Verdict::Inconclusive, 0), "{}", diagnosis.headline);
}

#[test]
fn of_two_pieces_of_two_runs_nobody_can_tell_which_is_meant() {
    let pieces =
        [("incidents/04-gateway-error", "report.json", "report.json"), ("incidents/12-state-diff", "logs/echonet.log", "logs/echonet.log")];
    let Some(folder) = laid_out(&pieces) else { return };
    let diagnosis = diagnosed(folder.path());
    assert_eq!(diagnosis.verdict, Verdict::Inconclusive);
    let said = "the evidence holds Echonet's report of a run that began at block 9314410 and Echonet's log of a run that began at block \
                9322120, and which of the two is meant cannot be told";
    assert!(diagnosis.headline.contains(said), "{}", diagnosis.headline);
}

#[test]
fn of_a_log_of_two_deployments_one_must_be_chosen() {
    let Some(folder) = laid_out(&[("cases/x10-healthy", "logs/gcp_entries.json", "logs/gcp_entries.json")]) else { return };
    let other = captures::folder("incidents").expect("incidents").join("12-state-diff/logs/gcp_entries.json");
    let other: Value = serde_json::from_str(&fs::read_to_string(other).expect("a log")).expect("JSON");
    edit(folder.path(), "logs/gcp_entries.json", |document| {
        let entries = other["entries"].as_array().expect("entries");
        document["entries"].as_array_mut().expect("entries").extend(entries.iter().cloned());
    });
    let diagnosis = diagnosed(folder.path());
    let said = "Inconclusive: the log is of two deployments (echonet-14-3, echonet-green), and one of them must be chosen";
    assert!(diagnosis.headline.starts_with(said), "{}", diagnosis.headline);
    let commands: Vec<&str> = diagnosis.next.iter().filter_map(|it| it.command.as_deref()).collect();
    assert_eq!(commands[..2], ["whysync diagnose DIR --namespace echonet-14-3", "whysync diagnose DIR --namespace echonet-green"]);
    assert!(commands.iter().all(|it| !it.contains("logging read") && !it.contains("kubectl logs")), "{commands:?}");
}

#[test]
fn a_row_of_a_transaction_commitment_alone_is_a_divergence() {
    let Some(folder) = laid_out(&[("cases/x10-healthy", "", "")]) else { return };
    edit(folder.path(), "report.json", |document| {
        let row = json!({"block_number": 7310205, "echonet": "0x54344d56adebc2b8", "mainnet": "0x7acf3015f88feff4"});
        document["transaction_commitment_mismatches"] = json!([row]);
    });
    let diagnosis = diagnosed(folder.path());
    assert!(diagnosis.headline.contains("block 7310205 differs in transaction_commitment"), "{}", diagnosis.headline);
    let row = diagnosis.unexplained.first().expect("the row");
    assert_eq!((row.ours.as_deref(), row.theirs.as_deref()), (Some("0x54344d56adebc2b8"), Some("0x7acf3015f88feff4")));
}

#[test]
fn what_an_epoch_inherits_from_a_resync_that_died_follows_from_it() {
    let Some(folder) = laid_out(&[("cases/x16-pvc-full-resync-dies", "", "")]) else { return };
    let diagnosis = diagnosed(folder.path());
    let open: Vec<&str> = diagnosis.unexplained.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(open, ["storage"]);
    let parent = diagnosis.episodes.iter().flat_map(|it| &it.divergences).rfind(|it| it.kind == "parent_hash").expect("the parent's hash");
    assert_eq!(parent.follows, ["7112106/block_hash/block_hash"]);
    assert!(diagnosis.headline.ends_with("97b770."), "one slot of both epochs is one divergence: {}", diagnosis.headline);
}

#[test]
fn documents_that_were_exchanged_between_resyncs_are_taken_out_and_both_are_named() {
    let read = |document: &Value| {
        let read = investigate::read_from(document.to_string().as_bytes(), "given", &Focus::default()).expect("a bundle");
        serde_json::to_value(&read.bundle).expect("JSON")
    };
    let bundles = SCENARIOS.iter().map(|it| simulate(it.scenario, 1).bundle);
    let of_two = bundles.into_iter().find(|it| it.episodes.len() == 2).expect("a scenario of two resyncs");
    let whole = serde_json::to_value(&of_two).expect("JSON");
    assert_eq!(read(&whole), whole, "nobody exchanged anything");
    let block = of_two.incident.block.expect("a block");
    let cases = [
        ("snapshot", "", ["it was taken at", "that of resync"]),
        ("snapshot", "/observed/value", ["it was taken at", "that of resync"]),
        ("report", "", ["that the snapshot of resync", "and not of resync"]),
        ("report", "/observed/value", ["that the snapshot of resync", "and not of resync"]),
        ("reverts", "", ["with the snapshot of resync", "and not of resync"]),
        (&format!("ours/{block}/block"), "", ["in the archive blocks_", "and that of resync"]),
    ];
    for (place, part, said) in cases {
        let places = [0, 1].map(|it| format!("/episodes/{it}/{place}"));
        let values = places.clone().map(|it| whole.pointer(&format!("{it}{part}")).expect("observed").clone());
        let mut exchanged = whole.clone();
        for (place, value) in places.iter().zip(values.into_iter().rev()) {
            *exchanged.pointer_mut(&format!("{place}{part}")).expect("observed") = value;
        }
        let read = read(&exchanged);
        for place in places {
            let reason = read.pointer(&format!("{place}/failed/reason")).and_then(Value::as_str).unwrap_or_default();
            assert!(said.iter().all(|it| reason.contains(it)), "{place}{part}: {reason}");
        }
    }
}
