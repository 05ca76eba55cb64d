//! A log that was saved in parts of unlike forms is one log.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use whysync::collect::import::gather;
use whysync::collect::recording::Recording;
use whysync::engine::{Trial, diagnose};
use whysync::evidence::{Bundle, Files, Logs};
use whysync::findings::Diagnosis;

use super::files_of;
use crate::captures::{asked, folder};
use crate::simulated::catalog;

const ENTRIES: &str = "logs/gcp_entries.json";

fn imported(files: &BTreeMap<String, Vec<u8>>, incident: &Path) -> (Logs, Diagnosis) {
    let bundle = bundle(files, incident);
    let diagnosis = diagnose(&bundle, &catalog(), Trial::StableOnly);
    (bundle.logs, diagnosis)
}

fn files_of_bundle(files: &BTreeMap<String, Vec<u8>>, incident: &Path) -> Files {
    bundle(files, incident).files.expect("an account")
}

fn bundle(files: &BTreeMap<String, Vec<u8>>, incident: &Path) -> Bundle {
    let work = TempDir::new().expect("a folder");
    for (path, bytes) in files {
        let path = work.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("written");
    }
    gather(&Recording::open(work.path()).expect("evidence"), asked(incident))
}

#[test]
fn parts_in_unlike_forms_are_put_together_under_any_names() {
    let Some(incidents) = folder("incidents") else { return };
    for name in ["01b-native-vs-casm-receipt", "02-alchemy-429", "10-blocked-sender"] {
        let incident = incidents.join(name);
        let mut files = files_of(&incident);
        let whole = imported(&files, &incident);
        let saved: Value = serde_json::from_slice(&files.remove(ENTRIES).expect("entries")).expect("JSON");
        let entries = saved.get("entries").unwrap_or(&saved).as_array().expect("a list").clone();
        let (first, second) = entries.split_at(entries.len() / 2);
        let list = |entries: &[Value]| serde_json::to_vec(entries).expect("JSON");
        let lines = |entries: &[Value]| entries.iter().map(|it| format!("{it}\n")).collect::<String>().into_bytes();
        for (form, parts) in [
            ("lines beside a list", [("a.txt", lines(first)), ("b.json", list(second))]),
            ("lines beside the list of a saved folder", [("a.txt", lines(first)), (ENTRIES, list(second))]),
            ("lists of which one bears the name of a saved folder", [(ENTRIES, list(first)), ("b.json", list(second))]),
            ("parts that overlap", [("a.txt", lines(&entries)), (ENTRIES, list(second))]),
        ] {
            let mut files = files.clone();
            files.extend(parts.map(|(name, bytes)| (name.to_owned(), bytes)));
            let (logs, diagnosis) = imported(&files, &incident);
            let count = |logs: &Logs| logs.echonet.value().map(|it| it.lines.len());
            assert_eq!(count(&logs), count(&whole.0), "{name}, {form}");
            assert_eq!(logs.echonet.gap(), whole.0.echonet.gap(), "{name}, {form}");
            assert_eq!((diagnosis.headline, diagnosis.verdict), (whole.1.headline.clone(), whole.1.verdict), "{name}, {form}");
        }
    }
}

/// The lines of Echonet's container among entries, as `kubectl logs` has them.
fn output(entries: &[Value]) -> String {
    let of_echonet = entries.iter().filter(|it| it["resource"]["labels"]["container_name"] == "echonet");
    of_echonet.filter_map(|it| it["textPayload"].as_str()).map(|it| format!("{}\n", it.trim_end_matches('\n'))).collect()
}

#[test]
fn a_log_that_entries_stand_in_for_is_not_used_and_the_account_says_so() {
    let Some(incidents) = folder("incidents") else { return };
    let incident = incidents.join("02-alchemy-429");
    let files = files_of(&incident);
    let saved: Value = serde_json::from_slice(&files[ENTRIES]).expect("JSON");
    let lines = output(saved.get("entries").unwrap_or(&saved).as_array().expect("a list"));
    for name in ["logs/echonet.log", "c.txt"] {
        for (has_entries, is_used) in [(true, false), (false, true)] {
            let mut files = files.clone();
            files.insert(name.to_owned(), lines.clone().into_bytes());
            if !has_entries {
                files.remove(ENTRIES);
            }
            let account = files_of_bundle(&files, &incident);
            let why = account.unused.iter().find(|it| it.path == name).map(|it| it.why.as_str());
            assert_eq!(account.read.iter().any(|it| it.path == name), is_used, "{name}: {}", account.words());
            assert_eq!(why.is_some_and(|it| it.contains("the Cloud Logging entries are used")), !is_used, "{name}: {why:?}");
        }
    }
}
