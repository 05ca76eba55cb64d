//! Inputs on which a diagnosis came out wrong, misleading or silent once, where they are present beside the project.

use std::path::{Path, PathBuf};

use serde_json::Value;
use whysync::collect::import::{Asked, gather};
use whysync::collect::recording::Recording;
use whysync::engine::catalog::builtin;
use whysync::engine::{Catalog, Trial, diagnose};
use whysync::findings::{CauseCertainty, Diagnosis, Extent, Scope, Verdict};

use CauseCertainty::{Established, Suspected};
use Extent::{NotRecomputed, Partial, Proved};
use Verdict::{Explained, Inconclusive, NoDivergence, Novel, PartlyExplained};

/// A rule that explains causes or names their class: how sure its cause is, and how far its claims reach.
type Named = (&'static str, CauseCertainty, Extent);

/// What must come out of a case: its folder, the verdict, the rules, and what the first sentence says.
struct Case {
    name: &'static str,
    verdict: Verdict,
    named: &'static [Named],
    says: &'static str,
}

const CASES: &[Case] = &[];

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

fn diagnosis(folder: &Path, catalog: &Catalog) -> Diagnosis {
    let truth = std::fs::read_to_string(folder.join("truth.json")).ok().and_then(|it| serde_json::from_str::<Value>(&it).ok());
    let block = truth.as_ref().and_then(|it| it.get("asked_block")?.as_u64());
    let recording = Recording::open(folder).unwrap_or_else(|err| panic!("{}: {err}", folder.display()));
    diagnose(&gather(&recording, Asked { block, ..Asked::default() }), catalog, Trial::StableOnly)
}

#[test]
fn each_case_comes_out_as_sure_as_its_evidence_and_no_surer() {
    let Some(folder) = folder("cases") else { return };
    let catalog = Catalog::new(&[builtin()]).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut wrong = Vec::new();
    for case in CASES {
        let diagnosis = diagnosis(&folder.join(case.name), &catalog);
        let roots = diagnosis.findings.iter().filter(|it| it.scope == Scope::RootCause);
        let mut named: Vec<Named> = Vec::new();
        for it in roots {
            let known = case.named.iter().find(|(rule, ..)| it.rule == *rule).map_or("(another rule)", |it| it.0);
            named.push((known, it.cause, it.extent));
        }
        named.dedup();
        if diagnosis.verdict != case.verdict || named != case.named || !diagnosis.headline.contains(case.says) {
            let rules: Vec<_> = diagnosis.findings.iter().map(|it| (&it.rule, it.scope, it.cause, it.extent, &it.because)).collect();
            wrong.push(format!("{}: {:?} {}\n  {rules:?}", case.name, diagnosis.verdict, diagnosis.headline));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_case_is_held_or_belongs_to_another_test() {
    const ELSEWHERE: [&str; 4] = ["forms", "f-value-format", "hostile", "rule-tests-with-real-texts"];
    let Some(folder) = folder("cases") else { return };
    for entry in std::fs::read_dir(&folder).expect("the cases").map(|it| it.expect("an entry")) {
        let name = entry.file_name().into_string().expect("a name");
        // Folders of files under other people's names: the importer does not read them yet.
        let is_hand_saved = name.starts_with('x') && name.split('-').next().is_some_and(|it| it.ends_with('s'));
        let is_held = CASES.iter().any(|it| it.name == name) || ELSEWHERE.contains(&name.as_str()) || is_hand_saved;
        assert!(is_held || !entry.path().is_dir(), "{name} is held by no test");
    }
}

#[test]
fn nobody_is_blamed_whom_the_truth_acquits() {
    for set in ["cases", "incidents"] {
        let Some(folder) = folder(set) else { return };
        let catalog = Catalog::new(&[builtin()]).unwrap_or_else(|problems| panic!("{problems:?}"));
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
                let cap = capped.get(&finding.rule).and_then(Value::as_str);
                assert!(cap != Some("established") || finding.cause == Suspected, "{}: {} is too sure", entry.display(), finding.rule);
            }
            held += 1;
        }
        assert!(held > 5, "the folder {set} holds no cases: {held}");
    }
}
