//! Whatever somebody has is taken in: by its content, out of any container, and with an account of every file.

mod accounted;
mod forms;
mod hostile;
mod parted_log;
mod shuffled;
mod support_bundle;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Output;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tempfile::TempDir;
use whysync::collect::import::{Selection, gather};
use whysync::collect::recording::{OpenError, Recording};
use whysync::engine::{Trial, diagnose};
use whysync::evidence::sources::{Glimpse, SOURCES};
use whysync::evidence::{Files, Request};
use whysync::render::{Detail, FORMATS, Options, write};

use crate::captures::folder;
use crate::program::fed;
use crate::simulated::catalog;

/// Lays out files in a new folder.
fn laid_out(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("written");
    }
    folder
}

/// The files below a folder, by path.
fn files_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).expect("names").map(|it| it.expect("a name").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                let name = entry.strip_prefix(folder).expect("below it").to_string_lossy().into_owned();
                all.insert(name, fs::read(&entry).expect("a file"));
            }
        }
    }
    all
}

fn account(path: &Path) -> Files {
    Recording::open(path).unwrap_or_else(|err| panic!("{err}")).account().clone()
}

fn read_as(files: &Files) -> BTreeMap<&str, &str> {
    files.read.iter().map(|it| (it.path.as_str(), it.r#as.as_str())).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("gzip")
}

pub(crate) fn tarball(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, bytes.as_slice()).expect("a member");
    }
    archive.into_inner().expect("a tarball")
}

/// Documents of sources of which no capture is at hand, with the fields that the cluster and Echonet send.
fn documents() -> Vec<(&'static str, Value)> {
    let list =
        |kind: &str| json!({"apiVersion": "v1", "kind": "List", "items": [{"kind": kind, "metadata": {"name": "a", "namespace": "n"}}]});
    vec![
        ("services", list("Service")),
        ("events", list("Event")),
        ("deployments", list("Deployment")),
        ("stateful_sets", list("StatefulSet")),
        ("node_settings", json!({"kind": "ConfigMap", "metadata": {"name": "sequencer-node-config"}, "data": {"config": "{}"}})),
        ("echonet_source", json!({"kind": "ConfigMap", "metadata": {"name": "echonet-src-1"}, "data": {}})),
        ("last_stored_commitment", json!({"block_number": null})),
        ("signatures", json!({"block_hash": "0x1", "signature": ["0x1", "0x2"]})),
    ]
}

#[test]
fn every_source_is_recognised_from_content_alone() {
    let Some(incidents) = folder("incidents") else { return };
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut check = |name: &'static str, bytes: &[u8], path: &str| {
        let candidates: Vec<&str> = Glimpse::from_bytes(bytes).candidates().into_iter().map(|it| it.name).collect();
        assert!(candidates.contains(&name), "{path} is of {name}, and looks like {candidates:?}");
        known.insert(name);
    };
    for incident in fs::read_dir(&incidents).expect("incidents").map(|it| it.expect("a name").path()).filter(|it| it.is_dir()) {
        for (path, bytes) in files_of(&incident) {
            let Some(request) = Request::of_saved(&path) else { continue };
            // What was answered with an error is none of the source's answers.
            if bytes.is_empty() || bytes.starts_with(b"<") {
                continue;
            }
            check(request.source_name(), &bytes, &path);
            // What Echonet serves is a source of its own, where there is no dump.
            match request {
                Request::BlockDump { .. } if path.contains("echonet_get_block") => check("served_block", &bytes, &path),
                Request::BlockDump { .. } if path.contains("echonet_get_state_update") => check("served_state_update", &bytes, &path),
                _ => {}
            }
        }
    }
    let listing = json!([{"path": "/data/echonet/report_snapshot_20261122T083816Z.log", "size": 2700, "mtime": "2026-11-22T08:38:16Z"}]);
    check("volume_listing", listing.to_string().as_bytes(), "pvc_listing.json");
    for (name, document) in documents() {
        check(name, document.to_string().as_bytes(), name);
    }
    let metadata: &[(&str, &[u8])] = &[
        ("block_metadata", br#"{"timestamp": 1791245305, "l1_gas_price_wei": "0x33edfc40", "l1_gas_price_fri": "0x133177f9e009"}"#),
        ("transactions", br#"{"timestamp": 1791245329, "block_number": 9188912}"#),
    ];
    metadata.iter().for_each(|(name, bytes)| check(name, bytes, name));
    for source in SOURCES.iter().filter(|it| !it.source.recognised.is_empty()) {
        assert!(known.contains(source.name), "no document of {} was looked at", source.name);
    }
}

#[test]
fn a_file_says_what_it_is_under_any_name_and_what_its_name_says_otherwise_is_told() {
    let Some(incidents) = folder("incidents") else { return };
    let incident = files_of(&incidents.join("01b-native-vs-casm-receipt"));
    let of = |path: &str| incident.get(path).unwrap_or_else(|| panic!("no {path}")).as_slice();
    let given = laid_out(&[
        ("a", of("report.json")),
        ("b.txt", of("pvc/report_snapshot_20261122T083816Z.log")),
        ("c", of("pvc/report_reverts_20261122T083816Z.log")),
        ("d", of("mainnet/get_block_9188905.json")),
        ("e", of("mainnet/get_state_update_9188905.json")),
        ("mainnet_f", of("http/block_dump_block_9188905.json")),
        ("blocks_20261122T083816Z/g", of("pvc/blocks_20261122T083816Z/state_update_9188905.json")),
        ("blocks_20261122T083816Z/h", of("pvc/blocks_20261122T083816Z/block_9188905.json")),
        ("i", of("logs/gcp_entries.json")),
        ("j", of("k8s/pods.json")),
        ("report.txt", of("k8s/configmaps.json")),
    ]);
    let files = account(given.path());
    let expected = [
        ("a", "GET /echonet/report"),
        ("b.txt", "cat /data/echonet/report_snapshot_20261122T083816Z.log"),
        ("blocks_20261122T083816Z/g", "cat /data/echonet/blocks_20261122T083816Z/state_update_9188905.json"),
        ("blocks_20261122T083816Z/h", "cat /data/echonet/blocks_20261122T083816Z/block_9188905.json"),
        ("c", "cat /data/echonet/report_reverts_20261122T083816Z.log"),
        ("d", "GET /feeder_gateway/get_block?blockNumber=9188905&withFeeMarketInfo=true (mainnet)"),
        ("e", "GET /feeder_gateway/get_state_update?blockNumber=9188905 (mainnet)"),
        ("i", "entries:list (Cloud Logging)"),
        ("j", "GET pods"),
        ("mainnet_f", "GET /echonet/block_dump?blockNumber=9188905&kind=block"),
        ("report.txt", "GET configmaps (names)"),
    ];
    assert_eq!(read_as(&files).into_iter().collect::<Vec<_>>(), expected, "{}", files.words());
    let although: BTreeMap<&str, &str> = files.read.iter().filter_map(|it| Some((it.path.as_str(), it.although.as_deref()?))).collect();
    assert_eq!(although["mainnet_f"], "its name says mainnet, but Echonet wrote it");
    assert_eq!(although["report.txt"], "its name is that of GET /echonet/report/text");
}

#[test]
fn of_two_answers_with_a_block_of_mainnets_the_one_that_says_more_is_used() {
    let Some(incidents) = folder("incidents") else { return };
    let incident = files_of(&incidents.join("02-alchemy-429"));
    let (own, passed_on) = (&incident["mainnet/get_block_9311045.json"], &incident["http/echonet_get_block_9311045.json"]);
    assert!(!passed_on.windows(15).any(|it| it == b"l2_gas_consumed"), "Echonet asks without it");
    for (first, second) in [(own, passed_on), (passed_on, own)] {
        let given = laid_out(&[("a", first.as_slice()), ("b", second.as_slice()), ("report.json", incident["report.json"].as_slice())]);
        let files = account(given.path());
        let used = if first == own { "a" } else { "b" };
        assert!(read_as(&files).get(used).is_some_and(|it| it.ends_with("(mainnet)")), "{used}: {}", files.words());
        assert_eq!(files.read.len(), 2, "{}", files.words());
    }
}

#[test]
fn a_block_that_does_not_tell_whose_it_is_is_asked_for_and_not_guessed() {
    let Some(incidents) = folder("incidents") else { return };
    let incident = files_of(&incidents.join("01b-native-vs-casm-receipt"));
    // As `jq -S` writes it: sorted, so that the order of fields tells nothing.
    let sorted = |path: &str| {
        let mut block: Value = serde_json::from_slice(&incident[path]).expect("JSON");
        let fields = block.as_object_mut().expect("an object");
        for only in ["fee_proposal_fri", "proof_facts"] {
            fields.remove(only);
        }
        for transaction in fields["transactions"].as_array_mut().expect("transactions") {
            transaction.as_object_mut().expect("an object").remove("proof_facts");
        }
        let ordered: BTreeMap<String, Value> = serde_json::from_value(block).expect("an object");
        serde_json::to_vec(&ordered).expect("JSON")
    };
    let (ours, theirs) = (sorted("pvc/blocks_20261122T083816Z/block_9188905.json"), sorted("mainnet/get_block_9188905.json"));
    let log = incident["logs/echonet.log"].as_slice();
    let untold = laid_out(&[("x", &ours), ("y", &theirs), ("z", log)]);
    let files = account(untold.path());
    let left: BTreeMap<&str, &str> = files.not_recognised.iter().map(|it| (it.path.as_str(), it.why.as_str())).collect();
    assert!(left.len() == 2 && left["x"].contains("put `mainnet` or `echonet` into its name"), "{left:?}");
    // The report notes the hashes of both.
    let told = laid_out(&[("x", &ours), ("y", &theirs), ("report.json", &incident["report.json"])]);
    let files = account(told.path());
    assert!(read_as(&files)["x"].contains("block_dump") && read_as(&files)["y"].contains("(mainnet)"), "{}", files.words());
}

#[test]
fn all_objects_of_a_namespace_in_one_file_answer_what_each_kind_answers() {
    let pod = json!({"kind": "Pod", "metadata": {"name": "echonet-0", "namespace": "n", "labels": {"app": "echonet"}}});
    let service = json!({"kind": "Service", "metadata": {"name": "echonet", "namespace": "n"}, "spec": {"ports": [{"port": 80}]}});
    let set = json!({"kind": "StatefulSet", "metadata": {"name": "s", "namespace": "n"}, "spec": {"replicas": 1}});
    let all = json!({"kind": "List", "items": [pod, service, set]}).to_string();
    let other = json!({"kind": "Pod", "metadata": {"name": "sequencer-0", "namespace": "n"}}).to_string();
    let folder = laid_out(&[("all.json", all.as_bytes()), ("one.yaml.json", format!("\u{feff}{other}").as_bytes())]);
    let bundle = gather(&Recording::open(folder.path()).expect("a folder"), Selection::default());
    let deployment = &bundle.deployment;
    let names: Vec<&str> = deployment.pods.value().into_iter().flatten().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["echonet-0", "sequencer-0"]);
    assert_eq!((deployment.services.value().map(Vec::len), deployment.workloads.value().map(Vec::len)), (Some(1), Some(1)));
    assert!(deployment.events.is_not_asked() && deployment.config_maps.is_not_asked());
    assert_eq!(bundle.files.expect("an account").words(), "read 2 of 2 files");
}

#[test]
fn several_incidents_in_one_folder_are_listed_and_one_is_chosen() {
    let Some(incidents) = folder("incidents") else { return };
    let given = TempDir::new().expect("a folder");
    for name in ["07-parent-cascade", "08-header-only"] {
        for (path, bytes) in files_of(&incidents.join(name)) {
            let path = given.path().join(name).join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, bytes).expect("written");
        }
    }
    let Err(err) = Recording::open(given.path()) else { panic!("two incidents are one") };
    assert!(matches!(&err, OpenError::Several { folders } if *folders == ["07-parent-cascade", "08-header-only"]), "{err}");
    let paths = whysync::collect::intake::Given::Paths(vec![given.path().to_owned()]);
    let chosen = Recording::open_given(&paths, Some("08-header-only")).expect("one of them");
    let alone = Recording::open(&incidents.join("08-header-only")).expect("the incident");
    let diagnosed = |it: &Recording| {
        let mut bundle = gather(it, Selection::default());
        bundle.files = None;
        bundle
    };
    assert!(diagnosed(&chosen) == diagnosed(&alone));
    let Err(OpenError::NoSuchIncident { folders, .. }) = Recording::open_given(&paths, Some("09")) else { panic!("there is no 09") };
    assert_eq!(folders.len(), 2);
}

#[test]
fn the_account_is_in_every_format_and_on_standard_error() {
    let folder = laid_out(&[
        ("echonet.log", b"[INFO] [echonet.echo_center] eth_blockNumber: None (N/A)\n"),
        ("pf-18083.log", b"Forwarding from 127.0.0.1:18083 -> 80\n"),
        ("echonet_keys.json", b"{\"key\": \"CANARY\"}"),
    ]);
    let words = "ead 1 of 3 files; not recognised: pf-18083.log (a text without a line of Echonet); refused: echonet_keys.json (";
    let recording = Recording::open(folder.path()).expect("a folder");
    let diagnosis = diagnose(&gather(&recording, Selection::default()), &catalog(), Trial::StableOnly);
    for format in FORMATS {
        let text = write(format, &diagnosis, &Options { detail: Detail::Full, width: 400, ..Options::default() });
        let plain = text.replace("\\_", "_").replace("<wbr>", "").replace("&#x60;", "`").replace("\\-", "-").replace("\\(", "(");
        assert!(
            plain.contains("pf-18083.log") && plain.contains("echonet_keys.json"),
            "{} says nothing of the files:\n{text}",
            format.name
        );
    }
    let output = fed(&["diagnose", &folder.path().to_string_lossy()], b"");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains(words) && !said.contains("CANARY"), "{said}");
}

#[test]
fn standard_input_is_an_archive_or_a_log_as_well() {
    let Some(incidents) = folder("incidents") else { return };
    let incident = incidents.join("01b-native-vs-casm-receipt");
    let archive = gzip(&tarball(&files_of(&incident)));
    let of_archive = fed(&["diagnose", "-", "--format", "markdown"], &archive);
    let of_folder = fed(&["diagnose", &incident.to_string_lossy(), "--format", "markdown"], b"");
    let body = |it: &Output| {
        let text = String::from_utf8_lossy(&it.stdout).into_owned();
        text.lines().filter(|it| !it.contains("not recognised")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(!of_folder.stdout.is_empty() && of_archive.status.code() == of_folder.status.code());
    assert_eq!(body(&of_archive), body(&of_folder));
    let log = fed(&["diagnose", "-"], b"[INFO] [echonet.echo_center] eth_blockNumber: None (N/A)\n");
    assert!(String::from_utf8_lossy(&log.stderr).starts_with("read 1 of 1 file\n"), "{}", String::from_utf8_lossy(&log.stderr));
}

#[test]
fn what_a_shell_makes_a_pipe_of_is_read_among_files() {
    let Some(incidents) = folder("incidents") else { return };
    let incident = incidents.join("01b-native-vs-casm-receipt");
    let output = |script: &str| {
        let mut command = std::process::Command::new("bash");
        command.args(["-c", script, env!("CARGO_BIN_EXE_whysync")]).current_dir(&incident).output().expect("bash")
    };
    let of_files = output("$0 diagnose report.json logs/echonet.log --format json");
    let of_pipes = output("$0 diagnose report.json <(cat logs/echonet.log) --format json");
    assert_eq!(String::from_utf8_lossy(&of_pipes.stderr), "read 2 of 2 files\n");
    let headline = |it: &Output| serde_json::from_slice::<Value>(&it.stdout).expect("JSON")["headline"].clone();
    assert_eq!((headline(&of_pipes), of_pipes.status.code()), (headline(&of_files), of_files.status.code()));
    let work = TempDir::new().expect("a folder");
    let imported = output(&format!("$0 import <(cat logs/echonet.log) -o {}", work.path().join("b.json").display()));
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
}

#[test]
fn what_is_no_evidence_says_what_it_looks_like_and_what_to_give() {
    let Some(incidents) = folder("incidents") else { return };
    let block = fs::read(incidents.join("01b-native-vs-casm-receipt/mainnet/get_block_9188905.json")).expect("a block");
    let cases: [(&str, &[u8], &str); 5] = [
        ("block.json", &block, "a block or a state update alone"),
        ("screen.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture"),
        ("whysync", b"\x7fELF\x02\x01\x01\0\0\0", "a program"),
        ("page.html", b"<html><title>Grafana</title></html>", "a web page"),
        ("notes.txt", b"what happened on Sunday\n", "a text without a line of Echonet"),
    ];
    for (name, bytes, expected) in cases {
        let folder = laid_out(&[(name, bytes)]);
        let path: PathBuf = folder.path().join(name);
        let output = fed(&["diagnose", &path.to_string_lossy()], b"");
        let said = String::from_utf8_lossy(&output.stderr).replace("\n  │ ", " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(output.status.code(), Some(4), "{name}: {said}");
        assert!(said.contains(expected) && said.contains("/echonet/report"), "{name}: {said}");
    }
}
