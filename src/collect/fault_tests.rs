//! Faults of evidence, one after another: what is lost, damaged or another's is never taken for what it stands in the place of.

#![expect(clippy::disallowed_methods, reason = "tests lay out folders")]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::import::{Selection, gather};
use super::recording::Recording;
use super::tests::{copy, folder, import, incidents, report};
use crate::evidence::{Bundle, Extent, Gathered};

mod never_stored;

/// Documents of somebody on the way, saved as if they were the answer.
const ERROR_BODIES: [&str; 16] = [
    "",
    "\n",
    "{}",
    "[]",
    "null",
    "0",
    "\"x\"",
    "true",
    r#"{"error":"x"}"#,
    r#"{"detail":"Not Found"}"#,
    r#"{"code":"StarknetErrorCode.BLOCK_NOT_FOUND","message":"x"}"#,
    r#"{"kind":"Status","status":"Failure","code":403}"#,
    r#"{"entries":null}"#,
    r#"{"items":null}"#,
    "<html>502 Bad Gateway</html>",
    "{\"block_number\":",
];

/// A block with nothing in it.
fn block(height: u64, hash: &str, parent: &str) -> String {
    json!({
        "block_number": height, "block_hash": hash, "parent_block_hash": parent, "timestamp": 1, "transactions": [], "transaction_receipts": [],
    })
    .to_string()
}

fn state_update(hash: &str) -> String {
    json!({"block_hash": hash, "state_diff": {
        "storage_diffs": {}, "nonces": {}, "deployed_contracts": [], "declared_classes": [], "old_declared_contracts": [], "replaced_classes": [],
    }})
    .to_string()
}

/// A snapshot of the first resync, or of a later one of the same trigger, with what it notes of hashes.
fn snapshot(at: u32, count: u64, rows: &[(u64, &str)]) -> String {
    let trigger = format!(
        "block_hash_mismatch:12: failure_block_number=12 revert_target_block_number=12 reason=Block hash mismatch at block 12 count={count}"
    );
    let (first, repeated) = if count == 1 { (trigger.as_str(), "(none)") } else { ("(none)", trigger.as_str()) };
    let rows: String = rows.iter().map(|(height, hash)| format!("block={height} echonet={hash} mainnet=0xfff\n")).collect();
    format!(
        "===== Echonet reports before resync =====\ntimestamp: 2026-01-02T03:04:{at:02}.5Z\ntrigger_tx_hash: block_hash_mismatch:12\n\
         trigger_block: 12\ntrigger_reason: Block hash mismatch at block 12\n\n=== Echonet snapshot ===\nCurrent start block        12\n\n\
         === Gateway errors (hash -> response) ===\n(none)\n\n=== Resync triggers (first failures) ===\n{first}\n\n\
         === Certain failures (repeated triggers) ===\n{repeated}\n\n=== Block hash mismatches ===\n{rows}\n\
         === Transaction commitment mismatches ===\n(none)\n\n===== End report =====\n"
    )
}

/// How many pieces of evidence were observed.
fn observed(bundle: &Bundle) -> usize {
    fn count(value: &Value) -> usize {
        match value {
            Value::Object(fields) => fields.iter().map(|(name, it)| if name == "observed" { 1 } else { count(it) }).sum(),
            Value::Array(items) => items.iter().map(count).sum(),
            _ => 0,
        }
    }
    count(&serde_json::to_value(bundle).expect("JSON"))
}

/// The documents of a recording that evidence is read from.
fn documents(root: &Path) -> Vec<String> {
    let mut all = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("names") {
            let path = entry.expect("a name").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            all.push(path.strip_prefix(root).expect("inside").to_string_lossy().into_owned());
        }
    }
    all.sort();
    all
}

#[test]
fn an_error_document_in_the_place_of_any_document_is_not_that_document() {
    let Some(incident) = incidents().into_iter().find(|it| it.ends_with("07-parent-cascade")) else { return };
    let root = tempfile::tempdir().expect("a folder");
    copy(&incident, root.path());
    // These stand in for a dump, an archived document and a report that cannot be read.
    for name in documents(root.path()).into_iter().filter(|it| it.contains("/echonet_get_") || it == "report.txt") {
        fs::remove_file(root.path().join(name)).expect("removed");
    }
    let whole = observed(&import(root.path()));
    let read = |name: &str| {
        let is_block = ["block_dump_block", "block_dump_state", "block_dump_blob", "/get_block_9", "/get_state_update_"];
        let is_other = ["report.json", "pods.json", "configmaps.json"].iter().any(|it| name.ends_with(it));
        is_other || name.starts_with("pvc/blocks_") || name.ends_with(".json") && is_block.iter().any(|it| name.contains(it))
    };
    let mut tried = 0;
    for name in documents(root.path()).into_iter().filter(|it| read(it)) {
        let path = root.path().join(&name);
        let before = fs::read(&path).expect("a file");
        if before.is_empty() {
            continue;
        }
        for body in ERROR_BODIES {
            fs::write(&path, body).expect("written");
            let now = observed(&import(root.path()));
            assert!(now < whole, "{name} := {body:?}: {now} of {whole} are observed");
            tried += 1;
        }
        fs::write(&path, before).expect("written");
    }
    assert!(100 < tried, "{tried}");
}

#[test]
fn a_log_that_is_an_error_document_is_no_log() {
    for body in ERROR_BODIES.into_iter().filter(|it| !it.starts_with("{\"block")) {
        for name in ["logs/echonet.log", "logs/gcp_entries.json"] {
            let bundle = import(folder(&[(name, body)]).path());
            let is_seen = bundle.logs.echonet.as_observed().is_some_and(|it| it.coverage.extent == Extent::Complete);
            assert!(!is_seen && bundle.logs.echonet.value().is_none(), "{name} := {body:?}: {:?}", bundle.logs.echonet);
        }
    }
    let empty = import(folder(&[("logs/gcp_entries.json", r#"{"entries":[]}"#)]).path());
    assert!(empty.logs.echonet.gap().is_some(), "{:?}", empty.logs.echonet);
}

fn reason<T: std::fmt::Debug>(gathered: &Gathered<T>) -> &str {
    match gathered {
        Gathered::Failed(missing) => &missing.reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_document_that_is_not_what_its_name_says_tells_what_it_states() {
    const PVC: &str = "pvc/blocks_20260102T030401Z";
    type Said = fn(&Bundle) -> Option<String>;
    let ours: Said = |it| Some(reason(&it.episodes.first()?.ours.get(&12)?.block).to_owned());
    let our_state: Said = |it| Some(reason(&it.episodes.first()?.ours.get(&12)?.state_update).to_owned());
    let their_state: Said = |it| Some(reason(&it.theirs.get(&12)?.state_update).to_owned());
    let their_block: Said = |it| Some(reason(&it.theirs.get(&12)?.block).to_owned());
    let their_child: Said = |it| Some(reason(&it.theirs.get(&13)?.block).to_owned());
    let pvc = |name: &str| format!("{PVC}/{name}");
    let stamped = block(12, "0xfff", "0x1").replacen('{', r#"{"starknet_version": "ankrankrankr","#, 1);
    let our_child: Said = |it| Some(reason(&it.episodes.first()?.ours.get(&13)?.block).to_owned());
    let cases: [(&str, String, String, Said, [&str; 2]); 10] = [
        ("another height", pvc("block_12.json"), block(13, "0xb", "0xa"), ours, ["block 13", "block 12"]),
        ("mainnet's height", "mainnet/get_block_12.json".to_owned(), block(11, "0xfff", "0x1"), their_block, ["block 11", "block 12"]),
        ("mainnet's state update", pvc("state_update_12.json"), state_update("0xfff"), our_state, ["mainnet's block 12", "0xa"]),
        ("nobody's state update", pvc("state_update_12.json"), state_update("0x77"), our_state, ["0x77", "0xa"]),
        (
            "ours as mainnet's",
            "mainnet/get_state_update_12.json".to_owned(),
            state_update("0xa"),
            their_state,
            ["Echonet's block 12", "0xfff"],
        ),
        (
            "our block as mainnet's",
            "mainnet/get_block_12.json".to_owned(),
            block(12, "0xa", "0x1"),
            their_block,
            ["Echonet's block 12", "0xa"],
        ),
        ("mainnet's next block", pvc("block_13.json"), block(13, "0xffe", "0xfff"), our_child, ["block 13 has the hash 0xffe", "0xb"]),
        ("a digit of the hash", pvc("block_12.json"), block(12, "0xad", "0x1"), ours, ["0xad", "0xa"]),
        ("a broken link", "mainnet/get_block_13.json".to_owned(), block(13, "0xffe", "0x5"), their_child, ["0x5", "0xfff"]),
        (
            "a version that is none",
            "mainnet/get_block_12.json".to_owned(),
            stamped,
            their_block,
            ["`ankrankrankr`", "not a protocol version"],
        ),
    ];
    let good = [
        ("pvc/report_snapshot_20260102T030401Z.log".to_owned(), snapshot(1, 1, &[(12, "0xa"), (13, "0xb")])),
        (pvc("block_12.json"), block(12, "0xa", "0x1")),
        (pvc("block_13.json"), block(13, "0xb", "0xa")),
        (pvc("state_update_12.json"), state_update("0xa")),
        ("mainnet/get_block_12.json".to_owned(), block(12, "0xfff", "0x1")),
        ("mainnet/get_block_13.json".to_owned(), block(13, "0xffe", "0xfff")),
        ("mainnet/get_state_update_12.json".to_owned(), state_update("0xfff")),
    ];
    let whole = good.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>();
    let bundle = import(folder(&whole).path());
    assert_eq!(observed(&bundle), good.len() + 1, "the archive's name, and each document: {bundle:#?}");
    for (what, name, text, said, parts) in cases {
        let files: Vec<(&str, &str)> =
            whole.iter().map(|(path, good)| (*path, if *path == name { text.as_str() } else { *good })).collect();
        let said = said(&import(folder(&files).path())).unwrap_or_else(|| panic!("{what}"));
        assert!(parts.iter().all(|it| said.contains(it)), "{what}: {said}");
    }
}

#[test]
fn a_block_of_mainnet_does_not_follow_one_of_ours() {
    let good = [
        ("pvc/report_snapshot_20260102T030401Z.log", snapshot(1, 1, &[(12, "0xa")])),
        ("pvc/blocks_20260102T030401Z/block_12.json", block(12, "0xa", "0x1")),
        ("mainnet/get_block_12.json", block(12, "0xfff", "0x1")),
        ("mainnet/get_block_13.json", block(13, "0xffe", "0xfff")),
    ];
    for (hash, parent, refused) in [("0xffe", "0xfff", true), ("0xb", "0xa", false)] {
        let ours = block(13, hash, parent);
        let files = good.iter().map(|(name, text)| (*name, text.as_str()));
        let files: Vec<(&str, &str)> = files.chain([("pvc/blocks_20260102T030401Z/block_13.json", ours.as_str())]).collect();
        let bundle = import(folder(&files).path());
        let child = &bundle.episodes.first().and_then(|it| it.ours.get(&13)).expect("block 13").block;
        assert_eq!(child.value().is_none(), refused, "{child:?}");
        assert!(!refused || ["mainnet's block 13", "block 12 is 0xa"].iter().all(|it| reason(child).contains(it)), "{child:?}");
    }
}

#[test]
fn a_dump_and_what_is_served_of_one_block_that_differ_are_both_named() {
    let files = |start: u64| {
        vec![
            ("report.json", report(json!({"current_start_block": start}))),
            ("http/block_dump_block_12.json", block(12, "0xa", "0x1")),
            ("http/echonet_get_block_12.json", block(12, "0xb", "0x1")),
        ]
    };
    for (start, is_contradiction) in [(12, true), (13, false)] {
        let files = files(start);
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let bundle = import(folder(&files).path());
        let ours = &bundle.after_resync.get(&12).expect("block 12").block;
        assert_eq!(ours.value().is_none(), is_contradiction, "start {start}: {ours:?}");
        assert!(!is_contradiction || ["0xa", "0xb"].iter().all(|it| reason(ours).contains(it)), "{ours:?}");
    }
}

const PODS: &str = r#"{"items":[{"metadata":{"name":"e","namespace":"echonet-a","labels":{"app":"echonet"}}},
    {"metadata":{"name":"s","namespace":"echonet-b","labels":{"app":"sequencer"}}}]}"#;
const STATES_B: &str = "[INFO] [echonet.sequencer_manager] Auto-detected namespace: echonet-b\n";

fn entry(namespace: &str, text: &str) -> String {
    let labels = json!({"container_name": "echonet", "namespace_name": namespace, "pod_name": "p"});
    json!({"timestamp": "2026-01-02T03:04:05Z", "textPayload": text, "resource": {"labels": labels}}).to_string()
}

#[test]
fn lines_and_pods_of_another_namespace_are_set_aside_and_counted() {
    let entries = format!("[{},{},{}]", entry("echonet-a", "ours"), entry("echonet-b", "theirs"), entry("echonet-b", "theirs too"));
    let bundle = import(folder(&[("k8s/pods.json", PODS), ("logs/gcp_entries.json", &entries)]).path());
    assert_eq!(bundle.incident.namespace.as_deref(), Some("echonet-a"));
    let log = bundle.logs.echonet.as_observed().expect("lines");
    assert_eq!((log.value.lines.len(), log.value.namespace.as_deref(), &log.coverage.extent), (1, Some("echonet-a"), &Extent::Complete));
    assert_eq!(bundle.deployment.pods.value().map(Vec::len), Some(1));
    let named: Vec<(&str, &str)> = bundle.set_aside.iter().map(|it| (it.what.as_str(), it.whose.as_str())).collect();
    assert_eq!(named, [("2 lines of Echonet", "echonet-b"), ("1 pod", "echonet-b")]);
    // The user's word goes first.
    let asked = Selection { namespace: Some("echonet-b".to_owned()), ..Selection::default() };
    let other = gather(
        &Recording::open(folder(&[("k8s/pods.json", PODS), ("logs/gcp_entries.json", &entries)]).path()).expect("a recording"),
        asked,
    );
    assert_eq!(other.logs.echonet.value().map(|it| it.lines.len()), Some(2));
    // Of several namespaces none is meant more than another.
    let several = import(folder(&[("logs/gcp_entries.json", &entries)]).path());
    assert!(reason(&several.logs.echonet).contains("echonet-a, echonet-b"), "{:?}", several.logs.echonet);
}

#[test]
fn a_log_in_which_echonet_states_another_namespace_is_set_aside_whole() {
    for (name, text) in [("logs/echonet.log", STATES_B.to_owned()), ("logs/gcp_entries.json", format!("[{}]", entry("echonet-b", "x")))] {
        let bundle = import(folder(&[("k8s/pods.json", PODS), (name, &text)]).path());
        let said = reason(&bundle.logs.echonet);
        assert!(said.contains("echonet-a") && said.contains("echonet-b"), "{said}");
        assert!(bundle.set_aside.iter().any(|it| it.whose == "echonet-b" && it.what.contains("line")), "{:?}", bundle.set_aside);
    }
    let Some(case) = case("x26c-foreign-log-decoy") else { return };
    let bundle = import(&case);
    let said = reason(&bundle.logs.echonet);
    assert!(said.contains("echonet-committer3") && said.contains("echonet-14-2"), "{said}");
    assert!(bundle.set_aside.iter().any(|it| it.what == "606 lines of Echonet"), "{:?}", bundle.set_aside);
}

fn case(name: &str) -> Option<std::path::PathBuf> {
    let case = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/cases")).join(name);
    case.is_dir().then_some(case)
}

#[test]
fn a_log_that_does_not_say_whose_it_is_must_be_tied_to_the_incident() {
    const MISMATCH: &str = "[WARNING] [echonet.echo_center] Block 12: block hash MISMATCH. echonet=";
    const TRIGGER: &str = "[WARNING] [echonet.transaction_sender] Resync triggered by tx block_hash_mismatch:12: failure_block_number=12 revert_target_block_number=12: x\n";
    let snapshot = snapshot(1, 1, &[(12, "0xa")]);
    let (same, other) = (format!("{MISMATCH}0xa, mainnet=0xfff\n"), format!("{MISMATCH}0xb, mainnet=0xfff\n{TRIGGER}"));
    let cases = [
        ("the hash of its block", same.as_str(), true),
        ("its trigger", TRIGGER, true),
        ("its trigger, and another hash", other.as_str(), false),
        ("nothing of it", "[INFO] [echonet.transaction_sender] Block 12: total=1 valid=1\n", false),
        ("its namespace", STATES_B, true),
    ];
    for (what, log, is_tied) in cases {
        let bundle = import(folder(&[("pvc/report_snapshot_20260102T030401Z.log", &snapshot), ("logs/echonet.log", log)]).path());
        let gap = bundle.logs.echonet.gap();
        assert_eq!(gap.as_deref().is_none_or(|it| !it.contains("whose log this is")), is_tied, "{what}: {gap:?}");
        // Alone, there is nothing that it could be another's than.
        assert_eq!(import(folder(&[("logs/echonet.log", log)]).path()).logs.echonet.gap(), None, "{what}");
    }
}

#[test]
fn a_log_that_was_cut_damaged_or_saved_twice_says_so() {
    let lines: String = (10..60).map(|it| format!("[2026-01-02 03:04:{it} +0000] [1] [INFO] line {it}\n")).collect();
    let plain: String = (10..60).map(|it| format!("[INFO] [echonet.x] line {it}\n")).collect();
    let of = |text: &str| {
        let bundle = import(folder(&[("logs/echonet.log", text)]).path());
        let count = bundle.logs.echonet.value().map(|it| it.lines.len());
        (count, bundle.logs.echonet.gap().unwrap_or_default())
    };
    assert_eq!(of(&lines), (Some(50), String::new()));
    for (text, count, why) in [
        (lines.trim_end().to_owned(), 50, "does not end"),
        (lines.replace("line 20", "line \u{fffd}"), 50, "U+FFFD"),
        (lines.replace("line 20", "line \0"), 50, "NUL"),
        (format!("{lines}{lines}"), 50, "50 lines that were there already"),
        (format!("{plain}{plain}{plain}"), 50, "100 lines"),
        (format!("{lines}[INFO] [echonet.x] between\n{lines}"), 51, "50 lines"),
    ] {
        let (found, gap) = of(&text);
        assert!(found == Some(count) && gap.contains(why), "{why}: {found:?} {gap}");
    }
    // A resync of the same block repeats lines, and is no copy.
    let again = format!("{plain}[INFO] [echonet.x] between\n{plain}");
    assert_eq!(of(&again), (Some(101), String::new()));
}

/// What an episode is, in short: the count of its trigger, its archive, and the numbers of blocks that it has.
fn shape(bundle: &Bundle) -> Vec<(Option<u64>, Option<String>, usize)> {
    let of = |it: &crate::evidence::Episode| {
        let snapshot = it.snapshot.value();
        let count = snapshot.and_then(|it| it.certain_failures.iter().chain(&it.resync_causes).map(|it| it.count).next());
        (count, it.archive.value().cloned(), it.ours.values().filter(|it| it.block.value().is_some()).count())
    };
    bundle.episodes.iter().map(of).collect()
}

#[test]
fn a_resync_that_left_nothing_keeps_its_place_and_gives_nothing_to_its_neighbour() {
    let (first, second) = (snapshot(1, 1, &[(12, "0xa")]), snapshot(9, 2, &[(12, "0xa"), (12, "0xb")]));
    let (block_1, block_2) = (block(12, "0xa", "0x1"), block(12, "0xb", "0x1"));
    let files = [
        ("pvc/report_snapshot_20260102T030401Z.log", first.as_str()),
        ("pvc/report_snapshot_20260102T030409Z.log", second.as_str()),
        ("pvc/blocks_20260102T030401Z/block_12.json", block_1.as_str()),
        ("pvc/blocks_20260102T030409Z/block_12.json", block_2.as_str()),
    ];
    let [one, two] = ["blocks_20260102T030401Z", "blocks_20260102T030409Z"].map(|it| Some(it.to_owned()));
    let without = |lost: &[usize]| {
        let kept: Vec<(&str, &str)> = files.iter().enumerate().filter(|(at, _)| !lost.contains(at)).map(|(_, it)| *it).collect();
        shape(&import(folder(&kept).path()))
    };
    assert_eq!(without(&[]), [(Some(1), one.clone(), 1), (Some(2), two.clone(), 1)]);
    assert_eq!(without(&[0]), [(None, one.clone(), 1), (Some(2), two.clone(), 1)]);
    // Which archive is left cannot be told from times; that of the second resync is known by the hash of its block.
    assert_eq!(without(&[0, 3]), [(None, None, 0), (Some(2), None, 0)]);
    assert_eq!(without(&[0, 2]), [(None, None, 0), (Some(2), two.clone(), 1)]);
    // The second is known from the report that was read afterwards, or from the log.
    let trigger = |count: u64| json!({"tx_hash": "block_hash_mismatch:12", "failure_block_number": 12, "revert_target_block_number": 12, "reason": "x", "count": count});
    let told = report(json!({"certain_failures": {"block_hash_mismatch:12": trigger(2)}}));
    let line = "[WARNING] [echonet.transaction_sender] Resync triggered by tx block_hash_mismatch:12: failure_block_number=12 x\n";
    let log = format!("{line}[INFO] [echonet.x] more\n{line}");
    for further in [("report.json", told.as_str()), ("logs/echonet.log", log.as_str())] {
        let bundle = import(folder(&[files[0], files[2], files[3], further]).path());
        assert_eq!(shape(&bundle), [(Some(1), one.clone(), 1), (None, two.clone(), 1)], "{}", further.0);
    }
    // Emptied, a snapshot keeps its place by its time.
    let emptied = import(folder(&[(files[0].0, ""), files[1], files[2], files[3]]).path());
    assert_eq!(shape(&emptied), [(None, one, 1), (Some(2), two, 1)]);
    assert!(emptied.episodes.first().is_some_and(|it| matches!(it.snapshot, Gathered::Failed(_))));
}

#[test]
fn an_archive_whose_blocks_the_snapshot_contradicts_is_another_resyncs() {
    let snapshot = snapshot(1, 1, &[(12, "0xa"), (13, "0xb")]);
    let [right, wrong, next] = [block(12, "0xa", "0x1"), block(12, "0xfff", "0x1"), block(13, "0xb", "0xa")];
    let of = |twelve: &str, thirteen: Option<&str>| {
        let mut files =
            vec![("pvc/report_snapshot_20260102T030401Z.log", snapshot.as_str()), ("pvc/blocks_20260102T030401Z/block_12.json", twelve)];
        files.extend(thirteen.map(|it| ("pvc/blocks_20260102T030401Z/block_13.json", it)));
        import(folder(&files).path()).episodes.remove(0)
    };
    assert_eq!(of(&right, Some(&next)).ours.values().filter(|it| it.block.value().is_some()).count(), 2);
    let other = of(&wrong, None);
    let said = reason(&other.archive);
    assert!(said.contains("not this resync's") && said.contains("0xfff") && said.contains("0xa") && other.ours.is_empty(), "{said}");
    // One block that does not fit among others that do is not the epoch's; the archive is.
    let one = of(&wrong, Some(&next));
    assert!(one.archive.value().is_some());
    assert!(reason(&one.ours.get(&12).expect("block 12").block).contains("0xfff"));
}

#[test]
fn every_captured_case_is_read_as_before() {
    // What was saved so by whoever captured it: an error page, no answer, an empty file, another's log, an answer in another form.
    const KNOWN: [&str; 4] = ["x26c-foreign-log-decoy", "x16-pvc-full-resync-dies", "r-wish-include-block", "hostile"];
    let Some(root) = case("") else { return };
    let mut read = 0;
    for entry in fs::read_dir(root).expect("names") {
        let path = entry.expect("a name").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Ok(recording) = Recording::open(&path) else { continue };
        if KNOWN.contains(&name.as_str()) {
            continue;
        }
        let bundle = gather(&recording, Selection::default());
        read += 1;
        let text = serde_json::to_string(&bundle).expect("JSON");
        for refused in [
            "it states that",
            "it says that it is block",
            "it is the state update of",
            "it is of the block",
            "not this resync's",
            "not the expected JSON",
            "it was cut",
        ] {
            assert!(
                !text.contains(refused),
                "{name}: {refused} in {}",
                text.get(text.find(refused).unwrap_or(0)..).unwrap_or_default().chars().take(300).collect::<String>()
            );
        }
        assert!(bundle.set_aside.is_empty(), "{name}: {:?}", bundle.set_aside);
        assert!(bundle.logs.echonet.gap().is_none_or(|it| !it.contains("whose log")), "{name}: {:?}", bundle.logs.echonet.gap());
    }
    assert!(read > 5, "hardly a case was read: {read}");
}
