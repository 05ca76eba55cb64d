//! A log that was saved in parts of unlike forms is one log.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use whysync::collect::import::gather;
use whysync::collect::recording::Recording;
use whysync::engine::{Trial, diagnose};
use whysync::evidence::Logs;
use whysync::findings::Diagnosis;

use super::files_of;
use crate::captures::{asked, folder};
use crate::simulated::catalog;

const ENTRIES: &str = "logs/gcp_entries.json";

fn imported(files: &BTreeMap<String, Vec<u8>>, incident: &Path) -> (Logs, Diagnosis) {
    let work = TempDir::new().expect("a folder");
    for (path, bytes) in files {
        let path = work.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("written");
    }
    let bundle = gather(&Recording::open(work.path()).expect("evidence"), asked(incident));
    let diagnosis = diagnose(&bundle, &catalog(), Trial::StableOnly);
    (bundle.logs, diagnosis)
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
