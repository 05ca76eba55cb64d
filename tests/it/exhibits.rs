//! What the engine lays before people beside its answer.

use whysync::engine::{Trial, diagnose};
use whysync::evidence::BlockSide;
use whysync::evidence::logs::parse_text;
use whysync::evidence::{Bundle, Gathered, Provenance};
use whysync::findings::{Diagnosis, LinePlace, PayloadExcerpt, PieceContent, SeenExtent};
use whysync::simulate::{Scenario, simulate};

use crate::simulated::catalog;

fn diagnosed(bundle: &Bundle) -> Diagnosis {
    diagnose(bundle, &catalog(), Trial::StableOnly)
}

/// The JSON of each side of what is about a kind of divergence.
fn sides<'d>(diagnosis: &'d Diagnosis, kind: &str) -> [&'d str; 2] {
    let all: Vec<&PayloadExcerpt> =
        diagnosis.exhibits.payloads.iter().filter(|it| it.divergences.iter().any(|it| it.contains(kind))).collect();
    let [excerpt] = all.as_slice() else { panic!("{} excerpts of {kind}", all.len()) };
    let [ours, theirs] = excerpt.pieces.as_slice() else { panic!("two sides") };
    assert_eq!((ours.side, theirs.side), (BlockSide::Ours, BlockSide::Theirs));
    [ours, theirs].map(|it| match &it.content {
        PieceContent::Json { text, .. } => text.as_str(),
        PieceContent::Nothing => "nothing",
        PieceContent::NotSeen => "not seen",
    })
}

#[test]
fn what_differs_is_shown_as_both_payloads_have_it_and_where_they_came_from() {
    let cases = [
        (Scenario::StateDiffOnly, "/storage/", "\"key\"", "\"key\""),
        (Scenario::HeaderOnlyMismatch, "/header/", "\"l1_data_gas_price\"", "\"l1_data_gas_price\""),
        (Scenario::NativeCasmRevertTrace, "/revert_reason/", "\"revert_error\"", "\"revert_error\""),
        (Scenario::EventOrder, "/event_order/", "\"events\"", "\"events\""),
        (Scenario::Alchemy429L1HandlerDrop, "/tx_missing/", "nothing", "\"L1_HANDLER\""),
    ];
    for (scenario, kind, ours, theirs) in cases {
        let mut diagnosis = diagnosed(&simulate(scenario, 1).bundle);
        diagnosis.exhibits.payloads.retain(|it| it.episode == 1);
        let [our, their] = sides(&diagnosis, kind);
        assert!(our.contains(ours) && their.contains(theirs), "{scenario}: {our} and {their}");
        assert_ne!(our, their, "{scenario}");
        for piece in diagnosis.exhibits.payloads.iter().flat_map(|it| &it.pieces) {
            let source = piece.payload.source.as_ref().map(|it| it.asked.as_str());
            assert!(source.is_some() != (piece.payload.extent == SeenExtent::Nothing), "{scenario}: {piece:?}");
        }
    }
}

#[test]
fn a_payload_that_was_not_seen_holds_nothing_that_could_be_denied() {
    let mut bundle = simulate(Scenario::Alchemy429L1HandlerDrop, 1).bundle;
    for block in bundle.episodes.iter_mut().flat_map(|it| it.ours.values_mut()) {
        block.block = Gathered::NotAsked;
    }
    let diagnosis = diagnosed(&bundle);
    let ours = diagnosis.exhibits.payloads.iter().filter(|it| !it.divergences.is_empty()).flat_map(|it| &it.pieces);
    let ours: Vec<_> = ours.filter(|it| it.side == BlockSide::Ours && it.payload.evidence.ends_with(".block")).collect();
    assert!(!ours.is_empty(), "the log still tells the order of transactions");
    for piece in ours {
        assert_eq!((&piece.content, piece.payload.gap.as_deref()), (&PieceContent::NotSeen, Some("was not collected")));
    }
}

#[test]
fn the_trigger_is_shown_with_its_log_line_its_words_and_the_counters() {
    let diagnosis = diagnosed(&simulate(Scenario::GatewayErrorByCode, 1).bundle);
    let lines = diagnosis.exhibits.trigger_lines.first().expect("lines");
    let hit = lines.lines.iter().find(|it| it.place == LinePlace::Hit).expect("a line");
    assert!(hit.text.contains("Resync triggered by tx 0x"), "{}", hit.text);
    let texts: Vec<&str> = diagnosis
        .exhibits
        .payloads
        .iter()
        .filter(|it| it.divergences.is_empty())
        .flat_map(|it| &it.pieces)
        .filter_map(|it| match &it.content {
            PieceContent::Json { text, .. } => Some(text.as_str()),
            PieceContent::Nothing | PieceContent::NotSeen => None,
        })
        .collect();
    for part in ["\"trigger_reason\": \"Gateway error: ", "\"gateway_errors\": {", "\"current_start_block\": ", "\"uptime_seconds\": "] {
        assert!(texts.iter().any(|it| it.contains(part)), "{part} in {texts:?}");
    }
}

#[test]
fn the_sequencers_log_stands_beside_echonets_as_far_as_it_lies_in_the_same_time() {
    let mut bundle = simulate(Scenario::NativeCasmRevertTrace, 1).bundle;
    let without = diagnosed(&bundle);
    let echonet = bundle.logs.echonet.value().expect("a log");
    let within = echonet.lines.iter().find_map(|it| it.at).expect("a time").plus_millis(1_000);
    let event = |at: &str, level: &str, message: &str| {
        serde_json::json!({"timestamp": at, "level": level, "message": message, "filename": "x.rs"}).to_string()
    };
    let log = [
        event("2001-01-01T00:00:00Z", "INFO", "START_UP: Starting components!"),
        event(&within.to_string(), "INFO", "Compiling to native contract with class hash: 0x1. Duration: 2 seconds"),
        event(&within.to_string(), "WARN", "Built an empty proposal."),
    ];
    let source = Provenance { asked: "a file".to_owned(), at: None, took_ms: None, bytes: 7, sha256: String::new() };
    bundle.logs.sequencer = Gathered::observed(parse_text(&log.join("\n")), source);
    let with = diagnosed(&bundle);
    let lanes = |diagnosis: &Diagnosis, log: &str| -> Vec<String> {
        diagnosis.exhibits.timelines[0].lanes.iter().filter(|it| it.log == log).map(|it| format!("{} {}", it.total, it.kind)).collect()
    };
    assert_eq!(lanes(&without, "logs.sequencer"), [""; 0]);
    assert_eq!(lanes(&with, "logs.sequencer"), ["1 classes compiled to native code", "1 other warnings"], "the start was years before");
    assert_eq!(lanes(&with, "logs.echonet"), lanes(&without, "logs.echonet"));
}
