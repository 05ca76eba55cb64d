//! Whole folders: the captured incidents, where they are at hand, and small made-up ones.

#![expect(clippy::disallowed_methods, reason = "tests lay out folders")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::import::{Selection, gather};
use super::recording::{OpenError, Recording};
use super::{Access, Answer, store};
use crate::evidence::{Bundle, DumpKind, Extent, Felt, Gathered, Request};

/// The captured incidents, if this machine has them: they are third-party data and not part of the repository.
pub(super) fn incidents() -> Vec<PathBuf> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/incidents"));
    let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
    let mut folders: Vec<_> = entries.filter_map(|it| Some(it.ok()?.path())).filter(|it| it.is_dir()).collect();
    folders.sort();
    folders
}

pub(super) fn import(folder: &Path) -> Bundle {
    gather(&Recording::open(folder).expect("a recording"), Selection::default())
}

pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("names") {
        let entry = entry.expect("a name");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// Lays out files in a new folder.
pub(super) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("written");
    }
    folder
}

/// A report with what every version of Echonet sends, and what `with` says.
pub(super) fn report(with: serde_json::Value) -> String {
    let mut report = crate::evidence::sources::report::tests::oldest();
    report["current_start_block"] = 1.into();
    for (name, value) in with.as_object().expect("an object") {
        report[name] = value.clone();
    }
    report.to_string()
}

fn empty_report() -> String {
    report(serde_json::json!({}))
}

fn body(answer: Answer) -> String {
    let Answer::Body(body) = answer else { panic!("no body: {answer:?}") };
    body.text.to_string()
}

#[test]
fn every_captured_incident_is_read_whole() {
    for path in incidents() {
        let bundle = import(&path);
        let shown = path.display();
        let expected = fs::read_dir(&path)
            .expect("names")
            .filter(|it| it.as_ref().is_ok_and(|it| it.file_name().to_string_lossy().starts_with("during_resync_")));
        assert_eq!(bundle.episodes.len(), expected.count(), "{shown}");
        assert!(bundle.report.value().is_some(), "{shown}: {:?}", bundle.report.gap());
        for episode in &bundle.episodes {
            let snapshot = episode.snapshot.value().expect("a snapshot");
            assert_eq!(snapshot.unreadable_rows, 0, "{shown}");
            let report = episode.report.value().expect("a report");
            let causes = if snapshot.certain_failures.is_empty() { &report.resync_causes } else { &report.certain_failures };
            assert!(causes.contains_key(&snapshot.trigger_key), "{shown}: the capture is of another resync");
            assert!(episode.archive.value().is_some(), "{shown}: {:?}", episode.archive);
            for (height, ours) in &episode.ours {
                if ours.block.is_absent() {
                    // Captured while the block did not exist yet, or never archived: that too was observed.
                    let did_not_exist = ours.block.gap().is_some_and(|it| it.contains("404"));
                    assert!(did_not_exist || ours.block.was_never_stored(), "{shown} {height}");
                    continue;
                }
                let gaps = [ours.block.gap(), ours.state_update.gap(), ours.blob.gap()];
                assert_eq!(gaps, [None, None, None], "{shown} {height}");
            }
            let failing = episode.ours.get(&snapshot.trigger_block);
            // A transaction that never entered a block leaves none to archive.
            assert!(failing.is_some() || !snapshot.trigger_key.starts_with("block_hash_mismatch"), "{shown}");
        }
        for (height, theirs) in &bundle.theirs {
            assert_eq!([theirs.block.gap(), theirs.state_update.gap()], [None, None], "{shown} {height}");
        }
        assert_eq!(bundle.theirs.len(), 3, "{shown}");
        for (height, after) in &bundle.after_resync {
            assert!(after.block.value().is_some(), "{shown} {height}: {:?}", after.block);
        }
        let lines = &bundle.logs.echonet.value().expect("lines").lines;
        assert!(lines.iter().all(|it| it.at.is_some() && !it.pod.is_empty()), "{shown}");
        assert!(bundle.logs.sequencer.is_absent(), "{shown}");
        assert_eq!(bundle.deployment.pods.value().map(Vec::len), Some(2), "{shown}");
        let namespace = bundle.incident.namespace.as_deref().expect("a namespace");
        assert!(namespace.starts_with("echonet-14-"), "{shown}: {namespace}");
        assert!(lines.last().is_some_and(|it| it.at <= bundle.incident.observed_until), "{shown}");
    }
}

#[test]
fn a_captured_incident_survives_its_file() {
    let Some(path) = incidents().into_iter().next() else { return };
    let bundle = import(&path);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("b.json.zst");
    store::save(&bundle, &file).expect("saved");
    assert_eq!(store::load(&store::Input::named(&file)).expect("loaded"), bundle);
    assert_eq!(import(&path), bundle, "two imports differ");
}

#[test]
fn each_resync_of_a_repeated_trigger_has_its_own_archive_and_capture() {
    let Some(path) = incidents().into_iter().find(|it| it.ends_with("02-alchemy-429")) else { return };
    let bundle = import(&path);
    let archives: Vec<_> = bundle.episodes.iter().filter_map(|it| it.archive.value().map(String::as_str)).collect();
    assert_eq!(archives, ["blocks_20261122T083832Z", "blocks_20261122T083837Z"]);
    let counts: Vec<_> = bundle.episodes.iter().filter_map(|it| it.report.value()).map(|it| it.certain_failures.len()).collect();
    assert_eq!(counts, [0, 1]);
}

#[test]
fn the_archived_block_is_the_failing_one_and_what_is_served_later_is_kept_apart() {
    for path in incidents() {
        let bundle = import(&path);
        let rows = bundle.report.value().expect("a report").block_hash_mismatches.as_ref().expect("rows");
        let mut compared = 0;
        for (height, ours) in bundle.episodes.iter().flat_map(|it| &it.ours) {
            let echonet: Vec<Felt> = rows.iter().filter(|it| it.block_number == *height).map(|it| it.echonet).collect();
            let Some(block) = ours.block.value() else { continue };
            assert!(echonet.is_empty() || echonet.contains(&block.block_hash), "{} {height}", path.display());
            compared += usize::from(!echonet.is_empty());
        }
        assert!(0 < compared || rows.is_empty(), "{}", path.display());
    }
}

#[test]
fn no_planted_secret_leaves_a_captured_incident() {
    for path in incidents() {
        let text = serde_json::to_string(&import(&path)).expect("JSON");
        for secret in ["DEADBEEF", "T0FAKE000", "FEEDFACE", "0x1234abcd", "blocked_senders"] {
            assert!(!text.contains(secret), "{secret} in {}", path.display());
        }
        let was_there = path.join("logs/echonet.log");
        let leaked = fs::read_to_string(was_there).expect("a log").contains("DEADBEEF");
        assert_eq!(leaked, text.contains("«redacted:"), "{}", path.display());
        let key = "429 Client Error: Too Many Requests for url: http://eth-mainnet.g.alchemy.com/v2/«redacted:url-key:";
        assert!(!path.ends_with("02-alchemy-429") || text.contains(key), "the message stays readable");
    }
}

#[cfg(unix)]
#[test]
fn a_forbidden_file_is_never_opened() {
    let Some(path) = incidents().into_iter().next() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    copy(&path, folder.path());
    let mut forbidden = vec!["pvc/echonet_keys.json", "truth.json", "logs/.env.json", "k8s/secret-pods.json", "mainnet/get_block_1.json"];
    for name in &forbidden {
        let name = folder.path().join(name);
        drop(fs::remove_file(&name));
        // Opening this for reading would block for ever.
        let made = std::process::Command::new("mkfifo").arg(&name).status().expect("mkfifo runs");
        assert!(made.success());
    }
    let recording = Recording::open(folder.path()).expect("a recording");
    let refused: BTreeSet<&str> = recording.account().refused.iter().map(|it| it.path.as_str()).collect();
    forbidden.sort_unstable();
    assert_eq!(refused.into_iter().collect::<Vec<_>>(), forbidden, "refused with a reason, in order");
    let bundle = gather(&recording, Selection::default());
    assert!(bundle.report.value().is_some());
    let theirs = recording.ask(&Request::MainnetBlock { block: 1 });
    assert!(matches!(theirs, Answer::Failed { .. }), "{theirs:?}");
}

#[cfg(unix)]
#[test]
fn no_path_leads_out_of_the_folder_or_to_a_forbidden_file() {
    use std::os::unix::fs::symlink;

    let outside = folder(&[("pods.json", "{\"items\":[]}"), ("in/x", "")]);
    let inside = folder(&[("report.json", "{}"), ("pvc/echonet_keys.json", "CANARY"), ("k8s/x", ""), ("logs/real", "line\n")]);
    symlink(outside.path().join("pods.json"), inside.path().join("k8s/pods.json")).expect("a link");
    symlink("../pvc/echonet_keys.json", inside.path().join("k8s/configmaps.json")).expect("a link");
    symlink("real", inside.path().join("logs/echonet.log")).expect("a link");
    symlink(".", inside.path().join("http")).expect("a link");
    symlink(outside.path(), inside.path().join("mainnet")).expect("a link");
    let recording = Recording::open(inside.path()).expect("a recording");
    assert!(matches!(recording.ask(&Request::Pods), Answer::Failed { reason } if reason.contains("leads out")));
    assert!(matches!(recording.ask(&Request::ConfigMapNames), Answer::Failed { reason } if reason.contains("never opened")));
    assert_eq!(body(recording.ask(&Request::EchonetOutput)), "line\n");
    for path in ["../report.json", "/etc/passwd", "blocks_1/../../x", "echonet_keys.json", "etc/echonet_secrets.json", ".env", "a\\..\\b"] {
        let answer = recording.ask(&Request::VolumeFile { path: path.to_owned() });
        assert!(matches!(&answer, Answer::Failed { reason } if reason.contains("never read")), "{path}: {answer:?}");
    }
}

#[test]
fn a_status_decides_what_an_answer_means() {
    let index = r#"[
        {"file":"http/block_dump_block_7.json","status":404,"fetched_at":"2026-01-02T03:04:05Z"},
        {"file":"http/block_dump_blob_7.json","status":500},
        {"file":"report.json","status":200,"fetched_at":"2026-01-02T03:04:05Z"},
        {"file":null,"status":200}, {"file":"http/block_dump_block_8.json","status":404}
    ]"#;
    let folder = folder(&[
        ("http_index.json", index),
        ("http/block_dump_block_7.json", ""),
        ("http/block_dump_blob_7.json", "<html>"),
        ("http/block_dump_state_update_7.json", "<html>500</html>"),
        ("http/echonet_get_block_8.json", "{}"),
        ("report.json", &empty_report()),
        ("logs/echonet.log", ""),
    ]);
    let recording = Recording::open(folder.path()).expect("a recording");
    let dump = |block, kind| recording.ask(&Request::BlockDump { block, kind });
    assert!(matches!(dump(7, DumpKind::Block), Answer::Absent { reason } if reason.contains("404")));
    assert!(matches!(dump(7, DumpKind::Blob), Answer::Failed { reason } if reason.contains("500")));
    let Answer::Body(served) = dump(8, DumpKind::Block) else { panic!("the other route has it") };
    assert!(served.asked.contains("feeder_gateway"), "{}", served.asked);
    assert_eq!(dump(9, DumpKind::Block), Answer::NotAsked);
    let bundle = import(folder.path());
    let after = bundle.after_resync.get(&7).expect("block 7");
    assert!(matches!(&after.state_update, Gathered::Failed(missing) if missing.reason.contains("HTML")), "{:?}", after.state_update);
    let at = bundle.report.as_observed().and_then(|it| it.source.at).map(|it| it.to_string());
    assert_eq!(at.as_deref(), Some("2026-01-02T03:04:05Z"));
    assert!(matches!(bundle.logs.echonet, Gathered::Failed(_)), "{:?}", bundle.logs.echonet);
    assert_eq!(bundle.incident.observed_until.map(|it| it.to_string()), at);
}

#[test]
fn one_bad_file_costs_only_itself() {
    let folder = folder(&[
        ("report.json", "{\"resync_causes\":"),
        ("http_index.json", "no index"),
        ("pvc_listing.json", "{}"),
        ("k8s/pods.json", "[]"),
    ]);
    fs::create_dir_all(folder.path().join("logs")).expect("a folder");
    fs::write(folder.path().join("logs/echonet.log"), b"[INFO] [echonet.x] a\xff\n").expect("written");
    let bundle = import(folder.path());
    assert!(matches!(bundle.report, Gathered::Failed(_)) && matches!(bundle.deployment.pods, Gathered::Failed(_)));
    let log = bundle.logs.echonet.as_observed().expect("lines");
    assert!(matches!(&log.coverage.extent, Extent::Partial(reason) if reason.contains("UTF-8")), "{:?}", log.coverage);
    assert_eq!(bundle.episodes, []);
}

#[test]
fn a_folder_without_an_answer_is_refused_with_a_way_out() {
    let folder = folder(&[("notes.txt", "")]);
    for given in [folder.path().to_owned(), folder.path().join("notes.txt")] {
        let Err(OpenError::Nothing { looks, .. }) = Recording::open(&given) else { panic!("{} is evidence", given.display()) };
        assert_eq!(looks, "notes.txt is an empty file");
    }
    assert!(matches!(Recording::open(&folder.path().join("no")), Err(OpenError::Unreadable { .. })));
}

const TRIGGER: &str = r#"{"tx_hash":"0x5","failure_block_number":12,"revert_target_block_number":12,"reason":"x","count":1}"#;

#[test]
fn without_snapshots_the_resyncs_come_from_captures_else_the_log_else_the_report() {
    let trigger: serde_json::Value = serde_json::from_str(TRIGGER).expect("JSON");
    let report = report(serde_json::json!({"resync_causes": {"0x5": trigger}, "certain_failures": {"0x6": trigger}}));
    let captured = [(1, 0), (1, 1), (1, 2)].map(|(first, second)| {
        let counted = |key: &str, count: u64| {
            let mut trigger = trigger.clone();
            (trigger["tx_hash"], trigger["count"]) = (key.into(), count.into());
            (0 < count).then(|| (key.to_owned(), trigger))
        };
        let all: serde_json::Map<_, _> = [counted("0x5", first), counted("0x6", second)].into_iter().flatten().collect();
        self::report(serde_json::json!({"resync_causes": all}))
    });
    let log = "[WARNING] [echonet.transaction_sender] Resync triggered by tx 0x5: failure_block_number=12 revert_target_block_number=12: x\n[INFO] [echonet.sequencer_manager] Auto-detected namespace: echonet-x\n";
    let mut files = vec![("report.json", report.as_str())];
    assert_eq!(import(folder(&files).path()).episodes.len(), 2);
    files.push(("logs/echonet.log", log));
    let bundle = import(folder(&files).path());
    assert_eq!((bundle.episodes.len(), bundle.incident.namespace.as_deref()), (2, Some("echonet-x")), "the report names another");
    let names = ["during_resync_2/report.json", "during_resync_9/report.json", "during_resync_10/report.json"];
    files.extend(names.into_iter().zip(captured.iter().map(String::as_str)));
    let bundle = import(folder(&files).path());
    let numbers: Vec<_> = bundle.episodes.iter().map(|it| it.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(bundle.episodes.first().map(|it| &it.snapshot), Some(&Gathered::NotAsked));
}

#[test]
fn what_echonet_says_of_itself_is_imported_and_the_text_stands_in_for_the_report() {
    let triggers = "0x5: failure_block_number=12 revert_target_block_number=12 reason=x count=1\n\
        0x6: failure_block_number=13 revert_target_block_number=12 reason=y count=1";
    let text = format!("=== Echonet snapshot ===\nCurrent block              14\n\n=== Resync triggers (first failures) ===\n{triggers}\n");
    let index = r#"[
        {"file":"report.json","status":500}, {"file":"http/get_tx_block_metadata_0x5.json","status":500},
        {"file":"http/get_tx_block_metadata_0x6.json","status":404}, {"file":"http/get_block_metadata_13.json","status":500}
    ]"#;
    let files = [
        ("http_index.json", index),
        ("report.json", "<html>"),
        ("report.txt", text.as_str()),
        ("http/get_tx_block_metadata_0x7.json", r#"{"timestamp":5,"block_number":12}"#),
        ("http/get_tx_block_metadata_0x007.json", r#"{"timestamp":5,"block_number":99}"#),
        ("http/get_block_metadata_12.json", r#"{"timestamp":5,"l2_gas_price_fri":"0x9"}"#),
        ("http/echonet_get_signature_12.json", r#"{"block_hash":"0xa","signature":["0x1","0x2"]}"#),
        ("http/get_latest_received_block.json", r#"{"block_number":14}"#),
        ("http/get_last_stored_commitment_height.json", r#"{"block_number":null}"#),
        ("http/get_starknet_version.txt", "0.14.3"),
    ];
    let bundle = import(folder(&files).path());
    assert_eq!(bundle.episodes.len(), 2, "as many as the text names");
    let pages = &bundle.echonet;
    assert_eq!(pages.report_text.value().map(|it| (it.current_block, it.resync_causes.len())), Some((Some(14), 2)));
    assert_eq!((pages.latest_received_block.value(), pages.last_stored_commitment.value()), (Some(&14), Some(&None)));
    assert_eq!(pages.starknet_version.value().map(String::as_str), Some("0.14.3"));
    let sent: Vec<_> =
        pages.transactions.iter().map(|(hash, it)| (hash.to_string(), it.is_absent(), it.value().map(|it| it.block_number))).collect();
    assert_eq!(sent, [("0x5".to_owned(), true, None), ("0x6".to_owned(), false, None), ("0x7".to_owned(), false, Some(12))]);
    assert_eq!(pages.block_metadata.get(&12).and_then(|it| it.value()?.l2_gas_price_fri), Some(Felt::from(9_u64)));
    assert!(pages.block_metadata.get(&13).is_some_and(|it| matches!(it, Gathered::Failed(_))), "{pages:?}");
    assert_eq!(pages.signatures.get(&12).and_then(|it| it.value()).map(|it| it.signature.len()), Some(2));
    // Beside a report that was read, the text says nothing more.
    let whole = import(folder(&[("report.json", &empty_report()), ("report.txt", text.as_str())]).path());
    assert!(whole.report.value().is_some() && whole.echonet.is_empty(), "{:?}", whole.echonet);
    let alone = import(folder(&[("report.txt", text.as_str())]).path());
    assert!(alone.report.is_not_asked() && alone.echonet.report_text.value().is_some(), "{:?}", alone.echonet);
}

#[test]
fn a_block_that_the_archive_lacks_comes_from_the_capture_unless_it_is_mainnets_own() {
    let block = |hash: &str, height: u64| {
        format!(
            r#"{{"block_number":{height},"block_hash":"{hash}","parent_block_hash":"0x1","timestamp":1,"transactions":[],"transaction_receipts":[]}}"#
        )
    };
    let snapshot = "===== Echonet reports before resync =====\ntimestamp: 2026-01-02T03:04:05.6Z\ntrigger_tx_hash: block_hash_mismatch:12\ntrigger_block: 12\ntrigger_reason: Block hash mismatch at block 12\n\n=== Echonet snapshot ===\n";
    let (archived, captured, mainnets) = (block("0xa", 12), block("0xc", 13), block("0xd", 9));
    let later = block("0xe", 14);
    let trigger: serde_json::Value = serde_json::from_str(TRIGGER).expect("JSON");
    let folder = folder(&[
        ("pvc/report_snapshot_20260102T030405Z.log", snapshot),
        // Hours before the resync: a long run.
        ("pvc/blocks_20260101T190000Z/block_12.json", &archived),
        ("pvc/blocks_20260103T000000Z/block_12.json", &later),
        (
            "during_resync_1/report.json",
            &report(serde_json::json!({"current_start_block": 10, "resync_causes": {"block_hash_mismatch:12": trigger}})),
        ),
        ("during_resync_1/echonet_get_block_12.json", &later),
        ("during_resync_1/echonet_get_block_13.json", &captured),
        ("during_resync_1/echonet_get_block_9.json", &mainnets),
        ("http/echonet_get_block_14.json", &later),
    ]);
    let bundle = import(folder.path());
    let [episode] = bundle.episodes.as_slice() else { panic!("{:?}", bundle.episodes) };
    assert_eq!(episode.archive.value().map(String::as_str), Some("blocks_20260101T190000Z"));
    assert!(episode.archive.gap().is_some_and(|it| it.contains("no full listing")), "{:?}", episode.archive);
    let hashes: Vec<_> = episode.ours.iter().map(|(height, it)| (*height, it.block.value().map(|it| it.block_hash.to_string()))).collect();
    assert_eq!(hashes, [(12, Some("0xa".to_owned())), (13, Some("0xc".to_owned()))]);
    assert!(bundle.after_resync.contains_key(&14) && bundle.after_resync.len() == 1);
}

#[test]
fn cloud_entries_with_gaps_are_partial_and_say_so() {
    let entry = |container: &str, text: &str| {
        format!(
            r#"{{"logName":"projects/p/logs/stdout","textPayload":"{text}","timestamp":"2026-01-02T03:04:05Z","resource":{{"labels":{{"container_name":"{container}"}}}}}}"#
        )
    };
    let key =
        [entry("echonet", "-----BEGIN PRIVATE KEY-----"), entry("echonet", "CANARY0123456789CANARY"), entry("echonet", "password=CANARY")]
            .join(",");
    let page = format!(r#"{{"entries":[{key},{}],"nextPageToken":"t"}}"#, entry("other", "x"));
    let bundle = import(folder(&[("logs/gcp_entries.json", &page), ("logs/echonet.log", "unused\n")]).path());
    let log = bundle.logs.echonet.as_observed().expect("lines");
    assert!(matches!(&log.coverage.extent, Extent::Partial(reason) if reason.contains("further page") && reason.contains("1 entries")));
    assert_eq!((log.coverage.redacted, log.value.lines.len()), (3, 3));
    assert!(!format!("{bundle:?}").contains("CANARY"), "{bundle:?}");
    assert!(bundle.logs.sequencer.is_absent());
}

#[test]
fn a_secret_planted_in_any_file_does_not_come_out() {
    let alchemy = "https://eth-mainnet.g.alchemy.com/v2/CANARY0123456789CANARY";
    let json = |field: &str| report(serde_json::json!({field: alchemy, "api_key": "CANARY", "note": "{\"password\":\"CANARY\"}"}));
    let block = format!(
        r#"{{"block_number":1,"block_hash":"0x1","parent_block_hash":"0x1","timestamp":1,"transactions":[],"transaction_receipts":[],"x":"{alchemy}","webhook_url":["CANARY"]}}"#
    );
    let state_update = format!(
        r#"{{"state_diff":{{"storage_diffs":{{}},"nonces":{{}},"deployed_contracts":[],"declared_classes":[],"old_declared_contracts":[],"replaced_classes":[]}},"x":"{alchemy}"}}"#
    );
    let pods = format!(r#"{{"items":[{{"metadata":{{"name":"n"}},"spec":{{"containers":[{{"name":"c","image":"{alchemy}"}}]}}}}]}}"#);
    let snapshot = format!(
        "timestamp: 2026-01-02T03:04:05Z\ntrigger_tx_hash: 0x1\ntrigger_block: 1\ntrigger_reason: Gateway error: {alchemy}\n\n=== Echonet snapshot ===\n\n=== Gateway errors (hash -> response) ===\n0x7: {{'password': 'CANARY'}}\n"
    );
    let trigger: serde_json::Value = serde_json::from_str(TRIGGER).expect("JSON");
    let bundle = import(
        folder(&[
            ("report.json", &json("start_url")),
            (
                "during_resync_1/report.json",
                &report(serde_json::json!({"u": alchemy, "api_key": "CANARY", "resync_causes": {"0x1": trigger}})),
            ),
            ("during_resync_1/echonet_get_block_1.json", &block),
            ("http/block_dump_block_1.json", &block),
            ("http/block_dump_state_update_1.json", &state_update),
            ("mainnet/get_block_1.json", &block),
            ("mainnet/get_state_update_1.json", &state_update),
            ("pvc/report_snapshot_20260102T030405Z.log", &snapshot),
            ("pvc/blocks_20260102T030405Z/block_1.json", &block),
            ("pvc/blocks_20260102T030405Z/blob_1.json", &json("CANARY-is-no-blob")),
            ("logs/echonet.log", &format!("[DEBUG] [echonet.x] 429 for url: {alchemy}\nAuthorization: Bearer CANARY\n")),
            ("k8s/pods.json", &pods),
            ("k8s/configmaps.json", r#"{"items":[{"metadata":{"name":"echonet-keys-1"},"data":{"echonet_keys.json":"CANARY"}}]}"#),
        ])
        .path(),
    );
    let text = serde_json::to_string(&bundle).expect("JSON");
    assert!(!text.contains("CANARY") && !format!("{bundle:?}").contains("CANARY"), "{text}");
    assert!(text.matches("/v2/«redacted:url-key:").count() >= 10, "{text}");
    assert!(bundle.episodes.iter().all(|it| it.snapshot.value().is_some()));
}

#[test]
fn the_source_that_runs_is_imported_in_any_form_and_another_one_is_not_taken_for_it() {
    let archive = {
        let mut folder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default()));
        let mut header = tar::Header::new_gnu();
        header.set_size(6);
        folder.append_data(&mut header, "echonet/a.py", b"hello\n".as_slice()).expect("a member");
        folder.into_inner().and_then(flate2::write::GzEncoder::finish).expect("an archive")
    };
    let pods = r#"{"items":[{"metadata":{"name":"e","labels":{"app":"echonet"}},
        "spec":{"volumes":[{"name":"echonet-src-bundle","configMap":{"name":"echonet-src-new"}}]}}]}"#;
    // Names of the files saved, and the ConfigMap whose source is found or why there is none.
    let cases: [(&[&str], Result<&str, &str>); 7] = [
        (&["echonet-src.tgz"], Ok("echonet-src")),
        (&["echonet-src-new.tar.gz"], Ok("echonet-src-new")),
        (&["echonet-src-old.tgz", "echonet-src-new.tgz"], Ok("echonet-src-new")),
        (&["echonet-src-old.tgz"], Err("the source of echonet-src-old was read, but echonet-src-new is what runs")),
        (&["echonet-src-old.tgz", "echonet-src-older.tgz"], Err("none of them is the one that runs")),
        (&["echonet-src-keys.tgz"], Err("")),
        (&[], Err("")),
    ];
    for (names, expected) in cases {
        let folder = folder(&[("k8s/pods.json", pods)]);
        for name in names {
            fs::write(folder.path().join("k8s").join(name), &archive).expect("written");
        }
        let found = import(folder.path()).deployment.source;
        match (expected, found) {
            (Ok(name), Gathered::Observed(source)) => {
                assert_eq!((source.value.config_map.as_str(), source.value.members.len()), (name, 1), "{names:?}");
                assert_eq!(source.source.bytes, archive.len() as u64, "{names:?}");
            }
            (Err(""), Gathered::NotAsked) => {}
            (Err(why), Gathered::Failed(missing)) => assert!(missing.reason.contains(why), "{names:?}: {}", missing.reason),
            (_, found) => panic!("{names:?}: {found:?}"),
        }
    }
}

#[test]
fn a_key_in_a_log_that_was_saved_with_the_newest_line_first_is_in_no_bundle() {
    let access =
        |second: u32| format!("127.0.0.1 - - [22/Nov/2026:08:29:{second:02} +0000] \"GET /echonet/report HTTP/1.1\" 200 0 \"-\" \"-\"");
    let key = ["-----BEGIN PRIVATE KEY-----", "CANARY0123456789CANARY", "CANARYabcdefghijCANARY", "-----END PRIVATE KEY-----"];
    let mut lines: Vec<String> = (1..6).map(access).chain(key.map(str::to_owned)).chain((6..12).map(access)).collect();
    for order in ["oldest first", "newest first"] {
        let bundle = import(folder(&[("report.json", &empty_report()), ("logs/echonet.log", &(lines.join("\n") + "\n"))]).path());
        let log = bundle.logs.echonet.value().expect("a log");
        assert!(log.lines.iter().all(|it| !it.text.contains("CANARY")), "{order}: {log:?}");
        assert_eq!(log.lines.iter().filter(|it| it.text.contains("GET /echonet/report")).count(), 11, "{order}");
        lines.reverse();
    }
}
