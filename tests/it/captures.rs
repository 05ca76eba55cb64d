//! Captured folders beside the project: where they are, and what no diagnosis of them may say.

use std::path::{Path, PathBuf};

use serde_json::Value;
use whysync::collect::import::{Selection, gather};
use whysync::collect::recording::Recording;
use whysync::engine::language::catalog::builtin;
use whysync::engine::{Catalog, Trial, diagnose};
use whysync::findings::{CauseCertainty, ClaimExtent, Diagnosis, Scope};

/// The folder with the cases; none where it is absent, which is said, and which is a failure where they are required.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    let required = std::env::var("WHYSYNC_INCIDENTS").is_ok_and(|it| it == "required");
    assert!(!required, "WHYSYNC_INCIDENTS=required, and {} is not there", folder.display());
    // A test has no other way to be heard; cargo shows it with `--nocapture`.
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("SKIPPED: {} is not there\n", folder.display()).as_bytes());
    None
}

/// What the incident of a captured folder was about.
pub(crate) fn asked(folder: &Path) -> Selection {
    let truth = std::fs::read_to_string(folder.join("truth.json")).ok().and_then(|it| serde_json::from_str::<Value>(&it).ok());
    Selection { block: truth.and_then(|it| it.get("asked_block")?.as_u64()), ..Selection::default() }
}

pub(crate) fn diagnosis(folder: &Path, catalog: &Catalog) -> Diagnosis {
    let recording = Recording::open(folder).unwrap_or_else(|err| panic!("{}: {err}", folder.display()));
    diagnose(&gather(&recording, asked(folder)), catalog, Trial::StableOnly)
}

/// The diagnosis of every captured folder that holds one incident whose truth is known, with the folder's path.
pub(crate) fn all_diagnoses(catalog: &Catalog) -> Vec<(String, Diagnosis)> {
    let mut all = Vec::new();
    for set in ["cases", "incidents"] {
        let Some(folder) = folder(set) else { continue };
        for entry in std::fs::read_dir(&folder).expect("the cases").map(|it| it.expect("an entry").path()) {
            if entry.join("truth.json").is_file() && Recording::open(&entry).is_ok() {
                all.push((entry.display().to_string(), diagnosis(&entry, catalog)));
            }
        }
    }
    all
}

#[test]
fn nobody_is_blamed_whom_the_truth_acquits() {
    let catalog = Catalog::new(&[builtin()]).unwrap_or_else(|problems| panic!("{problems:?}"));
    for set in ["cases", "incidents"] {
        let Some(folder) = folder(set) else { continue };
        let mut held = 0;
        for entry in std::fs::read_dir(&folder).expect("the cases").map(|it| it.expect("an entry").path()) {
            let Ok(truth) = std::fs::read_to_string(entry.join("truth.json")) else { continue };
            let truth: Value = serde_json::from_str(&truth).expect("JSON");
            if Recording::open(&entry).is_err() {
                continue;
            }
            let diagnosis = diagnosis(&entry, &catalog);
            let acquitted = truth.get("must_not_blame").and_then(Value::as_array).cloned().unwrap_or_default();
            for finding in diagnosis.findings.iter().filter(|it| it.scope == Scope::RootCause) {
                assert!(!acquitted.iter().any(|it| *it == finding.rule), "{}: {} is blamed", entry.display(), finding.rule);
            }
            let capped = truth.get("must_not_claim_at").and_then(Value::as_object).cloned().unwrap_or_default();
            for finding in &diagnosis.findings {
                let is_surer = match capped.get(&finding.rule).and_then(Value::as_str) {
                    None => false,
                    Some("established") => finding.cause == CauseCertainty::Established,
                    Some("proved") => finding.extent == ClaimExtent::Proved,
                    Some(other) => panic!("{}: a cap `{other}`", entry.display()),
                };
                assert!(!is_surer, "{}: {} is too sure", entry.display(), finding.rule);
            }
            held += 1;
        }
        assert!(held > 5, "the folder {set} holds no cases: {held}");
    }
}
