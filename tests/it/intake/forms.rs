//! One incident in every form in which people save it.

use std::fs;
use std::path::Path;

use serde_json::Value;
use whysync::evidence::Files;
use whysync::findings::{CauseCertainty, ClaimExtent, Diagnosis, Verdict};

use crate::captures::{asked, folder};
use crate::simulated::catalog;
use whysync::collect::import::gather;
use whysync::collect::recording::Recording;
use whysync::engine::{Trial, diagnose};

fn diagnosed(folder: &Path) -> (Diagnosis, Files) {
    let recording = Recording::open(folder).unwrap_or_else(|err| panic!("{}: {err}", folder.display()));
    (diagnose(&gather(&recording, asked(folder)), &catalog(), Trial::StableOnly), recording.account().clone())
}

/// A form: its folder, the verdict, and the rule that must be named with how sure it is.
type FormCase = (&'static str, Verdict, &'static str, CauseCertainty, ClaimExtent);

const NATIVE: &str = "native-casm-revert-trace";
const FEEDER: &str = "feeder-429-5xx-sender-death";

const FORMS: &[FormCase] = &[
    ("nat-F2-gcloud-json-othername", Verdict::Explained, NATIVE, CauseCertainty::Established, ClaimExtent::Proved),
    ("nat-G-explorer-ndjson", Verdict::Explained, NATIVE, CauseCertainty::Established, ClaimExtent::Proved),
    ("nat-G2-explorer-downloaded", Verdict::Explained, NATIVE, CauseCertainty::Established, ClaimExtent::Proved),
    ("nat-H-explorer-csv", Verdict::Explained, NATIVE, CauseCertainty::Established, ClaimExtent::Proved),
    ("nat-I2-kubectl-logs-timestamps", Verdict::Explained, NATIVE, CauseCertainty::Established, ClaimExtent::Proved),
    ("nat-I3-gcloud-value-as-echonet.log", Verdict::Explained, NATIVE, CauseCertainty::Established, ClaimExtent::Proved),
    ("nat-I4-gcloud-value-asc", Verdict::Explained, NATIVE, CauseCertainty::Established, ClaimExtent::Proved),
    ("seqtxt", Verdict::Explained, NATIVE, CauseCertainty::Established, ClaimExtent::Proved),
    ("stall-gcloud-value-desc", Verdict::Explained, FEEDER, CauseCertainty::Established, ClaimExtent::NotRecomputed),
    ("stall-kubectl-timestamps", Verdict::Explained, FEEDER, CauseCertainty::Established, ClaimExtent::NotRecomputed),
    ("stall-plain-desc", Verdict::Explained, FEEDER, CauseCertainty::Established, ClaimExtent::NotRecomputed),
];

#[test]
fn every_form_gives_the_diagnosis_of_the_incident() {
    let Some(forms) = folder("cases/forms") else { return };
    let mut wrong = Vec::new();
    for (name, verdict, rule, cause, extent) in FORMS {
        let (diagnosis, files) = diagnosed(&forms.join(name));
        let found = diagnosis.findings.iter().find(|it| it.rule == *rule).map(|it| (it.cause, it.extent));
        if diagnosis.verdict != *verdict || found != Some((*cause, *extent)) || files.read.is_empty() {
            wrong.push(format!("{name}: {:?} {found:?} {}\n  {}", diagnosis.verdict, diagnosis.headline, files.words()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A copy of the volume holds Echonet's side alone: it names the resync and the block, and what mainnet has it cannot.
#[test]
fn a_copy_of_the_volume_names_the_block_and_asks_for_mainnets_side() {
    let Some(forms) = folder("cases/forms") else { return };
    for name in ["nat-E-kubectl-cp-data", "nat-E2-data-itself"] {
        let (diagnosis, files) = diagnosed(&forms.join(name));
        assert_eq!(diagnosis.verdict, Verdict::Inconclusive, "{name}: {}", diagnosis.headline);
        assert!(diagnosis.headline.contains("9402116"), "{name}: {}", diagnosis.headline);
        assert_eq!((files.read.len(), files.refused.len()), (8, 1), "{name}: {}", files.words());
    }
}

/// The procedure asks Echonet for the block once it was replayed, so that the one that failed is nowhere in it. What its log says of that
/// block is said.
#[test]
fn the_files_of_the_written_procedure_name_what_differed_in_the_block_that_they_lack() {
    let Some(forms) = folder("cases/forms") else { return };
    let (diagnosis, files) = diagnosed(&forms.join("nat-A-seed-literal"));
    assert_eq!(diagnosis.verdict, Verdict::Inconclusive, "{}", diagnosis.headline);
    assert!(diagnosis.headline.starts_with("Inconclusive: block 9402116 differs in receipt_commitment."), "{}", diagnosis.headline);
    assert_eq!((files.read.len(), files.not_recognised.len()), (7, 4), "{}", files.words());
}

#[test]
fn what_the_written_procedure_leaves_agrees_with_the_truth() {
    let Some(cases) = folder("cases") else { return };
    let mut held = 0;
    for case in fs::read_dir(&cases).expect("the cases").map(|it| it.expect("a name").path()) {
        let name = case.file_name().expect("a name").to_string_lossy().into_owned();
        if !name.split('-').next().is_some_and(|it| it.starts_with('x') && it.ends_with('s')) {
            continue;
        }
        let truth: Value = serde_json::from_str(&fs::read_to_string(case.join("truth.json")).expect("the truth")).expect("JSON");
        let (diagnosis, files) = diagnosed(&case);
        let cause = truth["root_cause"].as_str().expect("a cause");
        let named = diagnosis.findings.iter().any(|it| it.rule == cause);
        let is_healthy = cause == "none" || cause == "healthy";
        let is_calm = diagnosis.verdict == Verdict::NoDivergence && diagnosis.findings.is_empty();
        assert!(named || is_healthy && is_calm, "{name}: {}\n{}", diagnosis.headline, files.words());
        assert!(files.refused.iter().all(|it| it.path == "truth.json"), "{name}: {:?}", files.refused);
        held += 1;
    }
    assert!(held >= 3, "{held}");
}
