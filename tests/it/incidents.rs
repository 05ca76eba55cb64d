//! Incidents captured from the real Echonet, where they are present beside the project.

use std::path::PathBuf;

use whysync::collect::import::{Selection, gather};
use whysync::collect::recording::Recording;
use whysync::engine::language::catalog::builtin;
use whysync::engine::{Catalog, Trial, diagnose};
use whysync::evidence::sources::report_text;
use whysync::evidence::{Bundle, Gathered};
use whysync::facts::reverts::RevertFacts;
use whysync::facts::{EpochKind, derive};
use whysync::findings::{Diagnosis, Scope, Verdict};

/// An incident, its verdict, and the rules that explain causes or name their class, by episode.
type ExpectedIncident = (&'static str, Verdict, &'static [(u32, &'static str)]);

/// What must come out.
const EXPECTED: &[ExpectedIncident] = &[
    ("01a-native-vs-casm-echonet-only", Verdict::Explained, &[(1, "native-casm-revert-trace")]),
    ("01b-native-vs-casm-receipt", Verdict::Explained, &[(1, "native-casm-revert-trace")]),
    ("02-alchemy-429", Verdict::Explained, &[(1, "alchemy-429-l1-handler-drop"), (2, "l1-handler-gated-after-restart")]),
    ("04-gateway-error", Verdict::Explained, &[(1, "gateway-invalid-nonce")]),
    ("06-fifo-boundary", Verdict::Explained, &[(1, "fifo-drain-across-same-timestamp")]),
    ("07-parent-cascade", Verdict::Novel, &[(1, "state-diff-only")]),
    ("08-header-only", Verdict::Novel, &[(1, "header-only-mismatch")]),
    ("10-blocked-sender", Verdict::Explained, &[(1, "blocked-sender-filter"), (2, "blocked-sender-filter")]),
    ("12-state-diff", Verdict::Novel, &[(1, "state-diff-only")]),
    ("13-echonet-only-revert", Verdict::Novel, &[(1, "echonet-only-revert")]),
];

/// The unexplained items of incidents of which at most the class is known.
const UNEXPLAINED: &[(&str, &[&str])] = &[
    ("07-parent-cascade", &["9317013/storage/0x1/0x8e2a8b"]),
    ("08-header-only", &["9318025/header/l1_data_gas_price.price_in_fri"]),
    ("12-state-diff", &["9322124/storage/0x1/0x2ef600"]),
    ("13-echonet-only-revert", &["9323134/execution_status/0x4ec4c5f2b51a0f3459a829972f9fa96724286e3c8a0836e77090e108cb70909"]),
];

const SECRETS: &[&str] = &["alch-DEADBEEF", "DEADBEEFCAFEF00D", "T0FAKE000", "B0FAKE000", "thr-FEEDFACE", "FEEDFACE0123456789"];

pub(crate) fn folder() -> Option<PathBuf> {
    crate::captures::folder("incidents")
}

pub(crate) fn import(name: &str) -> Option<Bundle> {
    let recording = Recording::open(&folder()?.join(name)).expect("an incident");
    Some(gather(&recording, Selection::default()))
}

fn diagnosis(name: &str) -> Option<Diagnosis> {
    let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
    Some(diagnose(&import(name)?, &catalog, Trial::StableOnly))
}

#[test]
fn each_incident_comes_out_with_its_root_cause() {
    for (name, verdict, rules) in EXPECTED {
        let Some(diagnosis) = diagnosis(name) else { return };
        let causes: Vec<(u32, &str)> =
            diagnosis.findings.iter().filter(|it| it.scope == Scope::RootCause).map(|it| (it.episode, it.rule.as_str())).collect();
        assert_eq!(
            (diagnosis.verdict, causes.as_slice()),
            (*verdict, *rules),
            "{name}: {}\n{:#?}",
            diagnosis.headline,
            diagnosis.unexplained
        );
    }
}

#[test]
fn an_incident_of_which_only_the_class_is_known_names_exactly_what_differs() {
    for (name, ids) in UNEXPLAINED {
        let Some(diagnosis) = diagnosis(name) else { return };
        let unexplained: Vec<(u32, &str)> = diagnosis.unexplained.iter().map(|it| (it.episode, it.id.as_str())).collect();
        let expected: Vec<(u32, &str)> = diagnosis.episodes.iter().flat_map(|episode| ids.iter().map(|id| (episode.number, *id))).collect();
        assert_eq!(unexplained, expected, "{name}");
        assert!(diagnosis.fingerprint.is_some(), "{name}");
    }
}

#[test]
fn the_first_diverging_block_and_its_fields_are_those_that_were_injected() {
    for (name, ..) in EXPECTED {
        let Some(diagnosis) = diagnosis(name) else { return };
        let truth = std::fs::read_to_string(folder().expect("the folder").join(name).join("truth.json")).expect("the truth");
        let truth: serde_json::Value = serde_json::from_str(&truth).expect("JSON");
        let episode = diagnosis.episodes.first().expect("an episode");
        assert_eq!(episode.first_diverging_block, truth["first_diverging_block"].as_u64(), "{name}");
        let Some(block) = episode.first_diverging_block else { continue };
        let fields = [
            "block_hash",
            "transaction_commitment",
            "event_commitment",
            "receipt_commitment",
            "state_diff_commitment",
            "state_diff_length",
        ];
        let differing = |field: &str| episode.divergences.iter().any(|it| it.block == block && it.id.ends_with(&format!("/{field}")));
        let expected = truth["differing_fields"].as_array().expect("a list");
        for field in fields {
            assert_eq!(differing(field), expected.iter().any(|it| it == field), "{name}: {field}");
        }
    }
}

#[test]
fn the_comparison_of_reverts_says_what_the_report_during_the_resync_says() {
    /// Only these have a transaction that reverted on one side only, and why.
    const REVERTED: [(&str, &str); 2] = [("01a-native-vs-casm-echonet-only", "Invalid scenario"), ("13-echonet-only-revert", "Out of gas")];
    for (name, ..) in EXPECTED {
        let Some(bundle) = import(name) else { return };
        let mut without = bundle.clone();
        for episode in &mut without.episodes {
            assert_eq!(episode.reverts.value().map(|it| it.gap()), Some(None), "{name}: {:?}", episode.reverts.gap());
            episode.report = Gathered::NotAsked;
        }
        let reverts = |bundle: &Bundle| -> Vec<RevertFacts> {
            let mut all: Vec<RevertFacts> =
                derive(bundle).cases.into_iter().filter(|it| it.kinds.contains(&EpochKind::Resync)).map(|it| it.document.reverts).collect();
            for it in &mut all {
                it.only_on_echonet.iter_mut().chain(&mut it.only_on_mainnet).for_each(|it| it.error = None);
            }
            all
        };
        assert_eq!(reverts(&without), reverts(&bundle), "{name}");
        let reasons: Vec<String> = reverts(&without).into_iter().flat_map(|it| it.only_on_echonet).map(|it| it.reason).collect();
        let expected: Vec<&str> = REVERTED.iter().filter(|(it, _)| it == name).map(|(_, reason)| *reason).collect();
        assert_eq!(reasons, expected, "{name}");
    }
}

#[test]
fn the_pages_that_were_saved_are_read_and_the_text_says_what_the_report_says() {
    for (name, ..) in EXPECTED {
        let Some(bundle) = import(name) else { return };
        assert_eq!(bundle.echonet.starknet_version.value().map(String::as_str), Some("0.14.3"), "{name}");
        let start = bundle.report.value().and_then(|it| it.current_start_block);
        assert!(start <= bundle.echonet.latest_received_block.value().copied(), "{name}: {:?}", bundle.echonet);
        assert!(bundle.echonet.report_text.is_not_asked(), "{name}: the report says more");
        let text = std::fs::read_to_string(folder().expect("the folder").join(name).join("report.txt")).expect("a text");
        let (text, report) = (report_text::ANSWER.read(&text).expect(name), bundle.report.value().expect("a report"));
        assert_eq!((text.current_start_block, text.current_block), (report.current_start_block, report.current_block), "{name}");
        assert_eq!((Some(&text.block_hash_mismatches), text.gap()), (report.block_hash_mismatches.as_ref(), None), "{name}");
        assert_eq!(text.resync_causes.len() + text.certain_failures.len(), report.resync_causes.len() + report.certain_failures.len());
        assert_eq!(text.reverts.and_then(|it| it.gap()), None, "{name}");
    }
}

#[test]
fn a_block_that_only_follows_is_told_apart_from_the_one_to_look_at() {
    let Some(folder) = folder() else { return };
    let recording = Recording::open(&folder.join("07-parent-cascade")).expect("an incident");
    let bundle = gather(&recording, Selection { block: Some(9_317_014), ..Selection::default() });
    let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
    let diagnosis = diagnose(&bundle, &catalog, Trial::StableOnly);
    assert!(diagnosis.headline.contains("You asked for block 9317014. The first diverging block is 9317013."), "{}", diagnosis.headline);
    let cascade = diagnosis.findings.iter().find(|it| it.rule == "parent-hash-cascade").expect("the cascade");
    assert_eq!((cascade.scope, cascade.block), (Scope::Consequence, 9_317_014));
}

#[test]
fn no_planted_secret_comes_out() {
    let Some(folder) = folder() else { return };
    for (name, ..) in EXPECTED {
        let recording = Recording::open(&folder.join(name)).expect("an incident");
        let bundle = gather(&recording, Selection::default());
        let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
        let diagnosis = diagnose(&bundle, &catalog, Trial::StableOnly);
        let outputs = [serde_json::to_string(&bundle).expect("JSON"), format!("{diagnosis:?}")];
        for secret in SECRETS {
            assert!(outputs.iter().all(|it| !it.contains(secret)), "{name}: {secret} came out");
        }
    }
}
