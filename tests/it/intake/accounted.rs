//! No file is forgotten, whatever it is called and wherever it stands.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use whysync::collect::import::{Selection, gather};
use whysync::collect::intake::Given;
use whysync::collect::recording::{OpenError, Recording};
use whysync::evidence::log_forms::LogForm;
use whysync::evidence::{Files, Program};

use super::{account, files_of, gzip, laid_out, read_as, tarball};
use crate::captures::folder;
use crate::log_forms::{First, RECORDS, said, saved};

const LOG: &[u8] = b"[INFO] [echonet.echo_center] eth_blockNumber: None (N/A)\n";

/// Whether each file is in the account once.
fn is_whole(files: &Files) -> bool {
    let of_left = [&files.unused, &files.not_recognised, &files.refused].into_iter().flatten().map(|it| &it.path);
    let named: Vec<&String> = files.read.iter().map(|it| &it.path).chain(of_left).collect();
    let unlike: BTreeSet<&&String> = named.iter().collect();
    named.len() as u64 == files.given && unlike.len() == named.len()
}

/// What files hold: answers, parts of answers, objects that nobody asks for, and what is no evidence.
fn contents() -> Vec<Vec<u8>> {
    let object = |kind: &str, name: &str| json!({"kind": kind, "metadata": {"name": name, "namespace": "n"}});
    let list = |items: &[Value]| json!({"kind": "List", "items": items});
    let block = json!({"block_hash": "0x2", "parent_block_hash": "0x1", "block_number": 7, "transactions": []});
    let update = json!({"block_hash": "0x2", "new_root": "0x1a", "old_root": "0x9", "state_diff": {}});
    let documents = [
        json!({"sent_tx_hashes": {}, "resync_causes": {}, "certain_failures": {}}),
        json!({"sent_tx_hashes": {}, "resync_causes": {}, "certain_failures": {}, "uptime_seconds": 9}),
        object("Pod", "echonet-0"),
        list(&[object("Pod", "a"), object("Service", "b"), object("Secret", "c")]),
        list(&[object("Secret", "c"), object("Node", "d")]),
        list(&[]),
        object("ConfigMap", "echonet-src-1"),
        object("ConfigMap", "sequencer-node-config"),
        json!({"kind": "PodList", "items": null, "metadata": "x"}),
        block.clone(),
        update.clone(),
        json!({"block": block, "state_update": update}),
        json!({"status": "PENDING", "transactions": []}),
        json!({"block_number": 7, "timestamp": 8}),
        json!({"block_number": 7}),
        json!({"block_hash": "0x2", "signature": ["0x1", "0x2"]}),
        json!({"schema": "whysync.bundle/v1", "incident": {}, "episodes": []}),
        json!([{"url": "u", "status": 200, "file": "report.json"}]),
        json!([{"url": "u", "status": "no index"}]),
        json!([{"path": "/data/echonet/blocks_20261122T083816Z/block_7.json", "size": 1}]),
        json!([{"insertId": "1", "logName": "l", "timestamp": "2026-11-22T08:29:15Z", "textPayload": "[INFO] [echonet.x] a"}]),
        json!([null]),
        json!({}),
    ];
    let texts: [&[u8]; 8] = [
        LOG,
        b"",
        b"a text\n",
        b"0.14.3\n",
        b"<html>",
        b"\x89PNG\r\n\x1a\n\0\0",
        b"\xff\xfe[\0I\0N\0F\0O\0",
        b"===== Echonet reports before resync =====\ntimestamp: 2026-11-22T08:38:16.473895Z\n",
    ];
    documents.iter().map(|it| it.to_string().into_bytes()).chain(texts.map(<[u8]>::to_vec)).collect()
}

/// Names of files and folders as systems and people give them.
fn name() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "report.json",
        "pods.json",
        "all.json",
        "echonet.log",
        "x.txt",
        "mainnet_block_7.json",
        "block_7.json",
        "http_index.json",
        "pvc_listing.json",
        "blocks_20261122T083816Z",
        "k8s",
        "logs",
        "echonet-rc9",
        ".git",
        ".hidden.json",
        "echonet_keys.json",
        "a (2).json",
    ];
    prop_oneof![
        4 => prop::sample::select(known.to_vec()).prop_map(|it| it.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>().prop_filter("a name", |it| !matches!(it, 0 | b'/')), 1..6)
            .prop_filter("no folder itself", |it| it != b"." && it != b".."),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_read_and_what_was_not_are_all_that_was_given(
        files in prop::collection::vec((prop::collection::vec(name(), 1..4), any::<prop::sample::Index>()), 1..24),
    ) {
        let contents = contents();
        let given = TempDir::new().expect("a folder");
        fs::write(given.path().join("own.log"), LOG).expect("written");
        let mut expected = BTreeSet::from([PathBuf::from("own.log")]);
        for (names, content) in files {
            let path: PathBuf = names.into_iter().map(OsString::from_vec).collect();
            let whole = given.path().join(&path);
            let is_written = fs::create_dir_all(whole.parent().expect("a parent")).is_ok() && !whole.is_dir() && fs::write(&whole, content.get(&contents)).is_ok();
            if is_written {
                // A folder that is not looked into is there as one.
                let names: Vec<_> = path.iter().collect();
                let is_hidden = |at: &usize| names[*at].as_encoded_bytes().starts_with(b".") || names[*at] == "echonet_keys.json";
                let closed = (0..names.len() - 1).find(is_hidden);
                expected.insert(closed.map_or(path.clone(), |it| names[..=it].iter().collect()));
            }
        }
        match Recording::open(given.path()) {
            Ok(recording) => {
                let files = recording.account();
                prop_assert_eq!(files.given, expected.len() as u64, "{:?}\n{:?}", expected, files);
                prop_assert!(is_whole(files), "{:?}", files);
            }
            // Files of an incident that is not meant are not given.
            Err(OpenError::Several { folders }) => {
                for folder in folders {
                    let given = Given::Paths(vec![given.path().to_owned()]);
                    match Recording::open_given(&given, Some(&folder)) {
                        Ok(recording) => prop_assert!(is_whole(recording.account()), "{}: {:?}", folder, recording.account()),
                        Err(err) => prop_assert!(matches!(err, OpenError::NoSuchIncident { .. }), "{}: {}", folder, err),
                    }
                }
            }
            Err(err) => prop_assert!(false, "{}", err),
        }
    }
}

#[test]
fn files_that_are_called_alike_are_each_in_the_account() {
    // Two paths with one last name, and one of them twice.
    let given = laid_out(&[("one/echonet.log", LOG), ("two/echonet.log", b"[INFO] [echonet.x] other\n")]);
    let paths = ["one/echonet.log", "two/echonet.log", "two/../two/echonet.log"].map(|it| given.path().join(it)).to_vec();
    let recording = Recording::open_given(&Given::Paths(paths), None).unwrap_or_else(|err| panic!("{err}"));
    let read: Vec<&str> = read_as(recording.account()).into_keys().collect();
    assert_eq!(read, ["one/echonet.log", "two/echonet.log"]);
    let lines = gather(&recording, Selection::default()).logs.echonet.value().map(|it| it.lines.len());
    assert_eq!(lines, Some(2), "both are read");
    // A tarball can hold one name twice, and names that are no UTF-8.
    let member = |name: &[u8], content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name);
        header.set_size(content.len() as u64);
        header.set_cksum();
        let mut bytes = header.as_bytes().to_vec();
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        bytes
    };
    let mut archive =
        [member(b"a\xff.log", LOG), member(b"a\xfe.log", b"[INFO] [echonet.x] b\n"), member(b"x", b"n"), member(b"x", b"m")].concat();
    archive.resize(archive.len() + 1024, 0);
    let recording =
        Recording::open_given(&Given::Bytes { name: "t".to_owned(), bytes: archive }, None).unwrap_or_else(|err| panic!("{err}"));
    let files = recording.account();
    assert!(is_whole(files) && files.given == 4, "{files:?}");
    assert!(read_as(files).contains_key("t/a\u{fffd} (2).log"), "{files:?}");
}

#[test]
fn a_log_is_read_in_every_form_under_a_name_that_says_nothing() {
    for form in LogForm::ALL {
        for (record, (program, lines)) in RECORDS.iter().enumerate() {
            let text = saved(*form, &said(&[(record, 1), (record, 1)]), First::Oldest);
            let folder = laid_out(&[("x.txt", text.as_bytes()), ("other.log", LOG)]);
            let files = account(folder.path());
            let read = read_as(&files);
            assert!(read.contains_key("x.txt"), "{form:?}, {program:?}, {lines:?}: {}", files.words());
        }
    }
    // As `gcloud logging read --format='csv(timestamp,text_payload)'` prints it.
    let table = b"timestamp,text_payload\n2026-11-22T08:29:15Z,[INFO] [echonet.x] a\n";
    let folder = laid_out(&[("x.txt", table)]);
    let bundle = gather(&Recording::open(folder.path()).unwrap_or_else(|err| panic!("{err}")), Selection::default());
    let lines = bundle.logs.echonet.value().map(|it| it.lines.iter().map(|it| it.text.clone()).collect::<Vec<_>>());
    assert_eq!(lines, Some(vec!["[INFO] [echonet.x] a".into()]));
}

#[test]
fn what_anybodys_program_says_is_no_log_of_ours() {
    let texts: [&[u8]; 4] = [
        b"Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\nKeyError: 1\n",
        b"thread 'main' panicked at src/main.rs:1:1:\nboom\n",
        b"{\"message\": \"hello\"}\n",
        b"[\n  1\n]\n",
    ];
    for text in texts {
        let folder = laid_out(&[("x.txt", text), ("echonet.log", LOG)]);
        let files = account(folder.path());
        assert!(matches!(files.not_recognised.as_slice(), [left] if left.path == "x.txt"), "{}", files.words());
    }
}

#[test]
fn the_hashes_in_a_report_outweigh_the_name_of_a_folder() {
    let Some(incidents) = folder("incidents") else { return };
    let incident = files_of(&incidents.join("01b-native-vs-casm-receipt"));
    let untold = |path: &str| {
        let mut block: Value = serde_json::from_slice(&incident[path]).expect("JSON");
        let fields = block.as_object_mut().expect("an object");
        fields.remove("fee_proposal_fri");
        for transaction in fields["transactions"].as_array_mut().expect("transactions") {
            transaction.as_object_mut().expect("an object").remove("proof_facts");
        }
        // As `jq -S` writes it, so that the order of fields tells nothing.
        let ordered: std::collections::BTreeMap<String, Value> = serde_json::from_value(block).expect("an object");
        json!(ordered)
    };
    let (ours, theirs) = (untold("pvc/blocks_20261122T083816Z/block_9188905.json"), untold("mainnet/get_block_9188905.json"));
    let with_update = |block: &Value, root: &str| {
        let update = json!({"block_hash": block["block_hash"], "new_root": root, "state_diff": {}});
        json!({"block": block, "state_update": update}).to_string()
    };
    let (both_ours, both_theirs) = (with_update(&ours, "0x1"), with_update(&theirs, "0x2"));
    let (ours, theirs) = (ours.to_string(), theirs.to_string());
    let report = incident["report.json"].as_slice();
    for (of_ours, of_theirs) in [(&ours, &theirs), (&both_ours, &both_theirs)] {
        let told = laid_out(&[("echonet-rc9/x", of_ours.as_bytes()), ("echonet-rc9/y", of_theirs.as_bytes()), ("echonet-rc9/r", report)]);
        let files = account(told.path());
        let read = read_as(&files);
        assert!(read["echonet-rc9/x"].contains("block_dump"), "Echonet's hash: {}", files.words());
        assert!(read["echonet-rc9/y"].contains("(mainnet)"), "mainnet's hash: {}", files.words());
        // Where nothing else tells, the folder does.
        let untold = laid_out(&[("echonet-rc9/x", of_ours.as_bytes()), ("mainnet/y", of_theirs.as_bytes()), ("own.log", LOG)]);
        let files = account(untold.path());
        let read = read_as(&files);
        assert!(read["echonet-rc9/x"].contains("block_dump") && read["mainnet/y"].contains("(mainnet)"), "{}", files.words());
    }
}

#[test]
fn text_in_utf_16_is_said_to_be_that() {
    let utf16 = |text: &str| [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect::<Vec<u8>>();
    let log = utf16(&String::from_utf8_lossy(LOG));
    let folder = laid_out(&[
        ("other.txt", &log),
        ("logs/echonet.log", &log),
        ("report.json", b"{\"sent_tx_hashes\": {}, \"resync_causes\": {}, \"certain_failures\": {}}"),
    ]);
    let recording = Recording::open(folder.path()).unwrap_or_else(|err| panic!("{err}"));
    let files = recording.account();
    assert!(matches!(files.not_recognised.as_slice(), [left] if left.path == "other.txt" && left.why.contains("UTF-16")), "{files:?}");
    let gap = gather(&recording, Selection::default()).logs.echonet.gap().unwrap_or_default();
    assert!(gap.contains("logs/echonet.log is text in UTF-16"), "{gap}");
}

#[test]
fn very_many_names_take_time_in_proportion() {
    const MANY: usize = 10_000;
    // What any of them did in the square of their number took minutes.
    const LONGEST: Duration = Duration::from_secs(60);
    let of = |name: &dyn Fn(usize) -> String, content: &dyn Fn(usize) -> Value| {
        (0..MANY).map(|it| (name(it), content(it).to_string().into_bytes())).collect::<std::collections::BTreeMap<_, _>>()
    };
    let open = |files| Recording::open_given(&Given::Bytes { name: "t".to_owned(), bytes: gzip(&tarball(&files)) }, None);
    let report = |it: usize| json!({"sent_tx_hashes": {}, "resync_causes": {}, "certain_failures": {}, "uptime_seconds": it});
    let started = Instant::now();
    let pods = open(of(&|it| format!("{it}.json"), &|it| json!({"kind": "Pod", "metadata": {"name": format!("p{it}"), "namespace": "n"}})));
    let bundle = gather(&pods.unwrap_or_else(|err| panic!("{err}")), Selection::default());
    assert_eq!(bundle.deployment.pods.value().map(Vec::len), Some(MANY), "each pod is there");
    let reports = open(of(&|it| format!("{it}.json"), &report)).unwrap_or_else(|err| panic!("{err}"));
    assert!(is_whole(reports.account()) && reports.account().unused.len() == MANY - 1, "one report of a folder is used");
    let Err(OpenError::Several { folders }) = open(of(&|it| format!("d/{it}/x.json"), &report)) else { panic!("many incidents are one") };
    assert_eq!(folders.len(), MANY);
    let said = OpenError::Several { folders }.to_string();
    assert!(said.starts_with("the input holds 10000 incidents: t/d/0, ") && said.len() < 1000, "{said}");
    assert!(started.elapsed() < LONGEST, "{:?}", started.elapsed());
}

#[test]
fn logs_of_one_program_under_two_names_are_put_together_whatever_their_form() {
    let one = saved(LogForm::KubectlPrefix, &said(&[(0, 1), (1, 1)]), First::Oldest);
    let other = saved(LogForm::SternJson, &said(&[(5, 1), (6, 1)]), First::Oldest);
    let folder = laid_out(&[("a", one.as_bytes()), ("b", other.as_bytes())]);
    let bundle = gather(&Recording::open(folder.path()).unwrap_or_else(|err| panic!("{err}")), Selection::default());
    for (program, log) in [(Program::Echonet, &bundle.logs.echonet), (Program::Sequencer, &bundle.logs.sequencer)] {
        assert_eq!(log.value().map(|it| it.lines.len()), Some(2), "{program:?}: {:?}", log.gap());
    }
}
