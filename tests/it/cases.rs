//! Inputs on which a diagnosis came out wrong, misleading or silent once, where they are present beside the project.

use std::path::{Path, PathBuf};

use serde_json::Value;
use whysync::collect::import::{Asked, gather};
use whysync::collect::recording::Recording;
use whysync::engine::catalog::builtin;
use whysync::engine::{Catalog, Trial, diagnose};
use whysync::findings::{CauseCertainty, Diagnosis, Extent, Scope, Verdict};

use CauseCertainty::{Established, Suspected};
use Extent::{NotRecomputed, Proved};
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

const CASES: &[Case] = &[
    Case {
        name: "02b-alchemy-429-still-pending",
        verdict: PartlyExplained,
        named: &[("alchemy-429-l1-handler-drop-holds-block", Suspected, NotRecomputed), ("still-pending", Established, NotRecomputed)],
        says: "L1 provider refused a lookup, and the block of the lost L1_HANDLER was never finished (block 9312776, suspected)",
    },
    Case { name: "f-log-only-resync", verdict: Inconclusive, named: &[], says: "the hash of block 7121107 is not mainnet's" },
    Case {
        name: "f-mismatch-after-sender-death",
        verdict: PartlyExplained,
        named: &[("feeder-429-5xx-sender-death", Established, NotRecomputed)],
        says: "Partly explained: block 7124102 differs in commitment state_diff_commitment, not explained; explained: Mainnet's feeder failed",
    },
    Case { name: "r-event-order-within-execute", verdict: Novel, named: &[("event-order-within-phase", Established, Proved)], says: "" },
    Case {
        name: "r-gateway-413-too-large",
        verdict: Explained,
        named: &[("gateway-transaction-too-large", Established, NotRecomputed)],
        says: "",
    },
    Case { name: "r-gateway-500-empty", verdict: Novel, named: &[("gateway-http-status", Established, NotRecomputed)], says: "" },
    Case {
        name: "r-gateway-class-version",
        verdict: Explained,
        named: &[("gateway-declare-rejected", Established, NotRecomputed)],
        says: "",
    },
    Case {
        name: "r-gateway-invalid-proof-version",
        verdict: Explained,
        named: &[("gateway-error-by-code", Established, NotRecomputed)],
        says: "",
    },
    Case {
        name: "r-gateway-proof-without-facts",
        verdict: Explained,
        named: &[("gateway-error-by-code", Established, NotRecomputed)],
        says: "",
    },
    Case {
        name: "r-gateway-validate-price-too-low",
        verdict: Explained,
        named: &[("gateway-gas-price-too-low", Established, NotRecomputed)],
        says: "",
    },
    Case { name: "r-hash-unlinked-without-commitment", verdict: Novel, named: &[], says: "block 63881 differs in one fee" },
    Case {
        name: "r-old-protocol-blamed",
        verdict: Inconclusive,
        named: &[("header-only-mismatch", Established, NotRecomputed)],
        says: "1 known pattern could not be excluded: block-metadata-fetch-fallback",
    },
    Case { name: "r-reverted-gas-counted-twice", verdict: Novel, named: &[("l2-gas-mismatch", Established, Proved)], says: "" },
    Case {
        name: "r-stall-end-of-chain",
        verdict: Explained,
        named: &[("replay-at-end-of-chain", Established, NotRecomputed)],
        says: "nothing is wrong",
    },
    Case {
        name: "r-stall-feeder-certificate-expired",
        verdict: Explained,
        named: &[("feeder-429-5xx-sender-death", Established, NotRecomputed)],
        says: "",
    },
    Case { name: "r-wish-include-block", verdict: Novel, named: &[("state-diff-only", Established, Proved)], says: "" },
    Case { name: "w03-actual-fee-only", verdict: Novel, named: &[], says: "Undoing it gives mainnet's block hash." },
    Case {
        name: "w13-height-drift",
        verdict: PartlyExplained,
        named: &[
            ("fifo-empty-queue-height-drift-by-content", Suspected, NotRecomputed),
            ("fifo-empty-queue-height-drift-by-content", Established, NotRecomputed),
        ],
        says: "",
    },
    Case {
        name: "w17a-truncated-hidden",
        verdict: Explained,
        named: &[("native-casm-revert-trace", Suspected, Proved)],
        says: "suspected",
    },
    Case {
        name: "x01-feeder-429-producer-dead",
        verdict: Explained,
        named: &[("feeder-429-5xx-sender-death", Established, NotRecomputed)],
        says: "",
    },
    Case {
        name: "x03-write-blob-500-keyerror",
        verdict: Explained,
        named: &[("write-blob-500-keyerror", Established, NotRecomputed)],
        says: "",
    },
    Case {
        name: "x05b-witness-404-short-log",
        verdict: Explained,
        named: &[("witness-height-offset-404", Established, NotRecomputed)],
        says: "",
    },
    Case { name: "x08-echonet-restart", verdict: Explained, named: &[("echonet-pod-restart-alone", Established, NotRecomputed)], says: "" },
    Case { name: "x10-healthy", verdict: NoDivergence, named: &[], says: "You asked for block 7310209, which matches mainnet." },
    Case {
        name: "x13-resync-dies-half-way",
        verdict: PartlyExplained,
        named: &[("state-diff-only", Established, Proved), ("resync-workflow-failure", Established, NotRecomputed)],
        says: "",
    },
    Case {
        name: "x16-pvc-full-resync-dies",
        verdict: PartlyExplained,
        named: &[("state-diff-only", Established, Proved), ("full-volume-ended-sender", Established, NotRecomputed)],
        says: "",
    },
    Case {
        name: "x18-sequencer-oom-stall",
        verdict: Explained,
        named: &[("sequencer-restart-mempool-loss", Established, NotRecomputed)],
        says: "",
    },
    Case { name: "x22-blocked-senders-many", verdict: Explained, named: &[("blocked-sender-filter", Established, Proved)], says: "" },
    Case {
        name: "x24-os-runner-failure-only",
        verdict: Explained,
        named: &[("os-runner-failure-alone", Established, NotRecomputed)],
        says: "You asked for block 7120103, which matches mainnet.",
    },
    Case {
        name: "x25l-only-container-log",
        verdict: Inconclusive,
        named: &[("header-only-mismatch", Suspected, NotRecomputed)],
        says: "block 7121107 differs in a header field that was not seen",
    },
    Case { name: "x26c-foreign-log-decoy", verdict: Inconclusive, named: &[], says: "Set aside: " },
    Case {
        name: "x28-mismatch-after-sender-death",
        verdict: PartlyExplained,
        named: &[("state-diff-only", Established, Proved), ("feeder-429-5xx-sender-death", Established, NotRecomputed)],
        says: "block 7124102 differs in storage",
    },
];

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

// Without recomputation nothing is proved, and less is known.
#[cfg(feature = "proof")]
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
