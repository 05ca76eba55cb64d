//! A support bundle of troubleshoot.sh, as an archive and as it is, and bundles of whysync beside files.
//!
//! The layout is that of troubleshoot's `pkg/constants/constants.go` and `pkg/collect/{cluster_resources,logs}.go`: objects by kind and
//! namespace, logs once below `cluster-resources/pods/logs`, and links to them in the folder of each collector of logs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};
use whysync::collect::import::gather;
use whysync::collect::intake::Given;
use whysync::collect::recording::Recording;
use whysync::engine::{Trial, diagnose};
use whysync::evidence::log_forms;
use whysync::findings::{CauseCertainty, Diagnosis, Scope, Verdict};

use super::{fed, files_of, gzip, laid_out};
use crate::captures::{asked, folder};
use crate::simulated::catalog;

/// What is in a support bundle of one namespace.
fn members(incident: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let parse = |path: &str| serde_json::from_slice::<Value>(&incident[path]).expect("JSON");
    let listed = |kind: &str, items: &Value| json!({"kind": format!("{kind}List"), "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": items});
    let indented = |it: &Value| serde_json::to_vec_pretty(it).expect("JSON");
    let pods = parse("k8s/pods.json");
    let namespace = pods["items"][0]["metadata"]["namespace"].as_str().expect("a namespace").to_owned();
    let pod_of = |app: &str| {
        let name = |it: &Value| it["metadata"]["name"].as_str().map(str::to_owned);
        pods["items"].as_array().expect("items").iter().filter_map(name).find(|it| it.starts_with(app)).expect("a pod")
    };
    let entries = log_forms::read("", std::str::from_utf8(&incident["logs/gcp_entries.json"]).expect("UTF-8")).expect("entries").entries;
    let sequencer: String = entries.sequencer.values().flat_map(|it| &it.lines).map(|it| format!("{}\n", it.text)).collect();
    // The collector of a whole cluster has what runs beside.
    let beside = json!([{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "coredns-0", "namespace": "kube-system"}, "spec": {"containers": []}}]);
    let resources = |path: &str| format!("cluster-resources/{path}");
    let log = |app: &str, container: &str| resources(&format!("pods/logs/{namespace}/{}/{container}.log", pod_of(app)));
    BTreeMap::from([
        (
            "version.yaml".to_owned(),
            b"apiVersion: troubleshoot.sh/v1beta2\nkind: SupportBundle\nspec:\n    versionNumber: v0.107.0\n".to_vec(),
        ),
        ("analysis.json".to_owned(), b"[]".to_vec()),
        (resources(&format!("pods/{namespace}.json")), indented(&listed("Pod", &pods["items"]))),
        (resources("pods/kube-system.json"), indented(&listed("Pod", &beside))),
        (resources("pods-errors.json"), b"null".to_vec()),
        (resources(&format!("configmaps/{namespace}.json")), indented(&listed("ConfigMap", &parse("k8s/configmaps.json")["items"]))),
        (resources(&format!("events/{namespace}.json")), indented(&listed("Event", &json!([])))),
        (resources("nodes.json"), indented(&listed("Node", &json!([])))),
        (log("echonet", "echonet"), incident["logs/echonet.log"].clone()),
        (log("sequencer", "sequencer-node"), sequencer.into_bytes()),
    ])
}

/// The archive that troubleshoot packs: a folder named for the time, and a link to each log for the collector that was asked for it.
fn packed(members: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    const ROOT: &str = "support-bundle-2026-11-22T10_30_00";
    let mut archive = tar::Builder::new(Vec::new());
    for (path, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("{ROOT}/{path}"), bytes.as_slice()).expect("a member");
    }
    for path in members.keys().filter(|it| it.contains("pods/logs/")) {
        let name = path.rsplit('/').next().expect("a name");
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        archive.append_link(&mut header, format!("{ROOT}/podlogs/{name}"), format!("../{path}")).expect("a link");
    }
    gzip(&archive.into_inner().expect("a tarball"))
}

/// What a diagnosis says: its verdict, and each finding with how sure it is.
fn said(diagnosis: &Diagnosis) -> (Verdict, BTreeSet<(String, bool, bool)>) {
    let of = |it: &whysync::findings::Finding| (it.rule.clone(), it.scope == Scope::RootCause, it.cause == CauseCertainty::Established);
    (diagnosis.verdict, diagnosis.findings.iter().map(of).collect())
}

#[test]
fn a_support_bundle_is_diagnosed_as_its_files_are_and_is_no_surer_than_all_evidence() {
    let Some(incidents) = folder("incidents") else { return };
    for name in ["02-alchemy-429", "04-gateway-error", "10-blocked-sender"] {
        let incident = incidents.join(name);
        let all = files_of(&incident);
        let members = members(&all);
        let diagnosed = |given: &Given| {
            let recording = Recording::open_given(given, None).unwrap_or_else(|err| panic!("{name}: {err}"));
            (diagnose(&gather(&recording, asked(&incident)), &catalog(), Trial::StableOnly), recording.account().clone())
        };
        let (of_bundle, files) = diagnosed(&Given::Bytes { name: "support-bundle.tar.gz".to_owned(), bytes: packed(&members) });
        let is_read = |end: &str| files.read.iter().any(|it| it.path.ends_with(end));
        // Of some incidents no line of the sequencer was captured.
        let has_sequencer = members.iter().any(|(path, bytes)| path.ends_with("/sequencer-node.log") && !bytes.is_empty());
        let are_read = is_read("/echonet.log") && is_read("/sequencer-node.log") == has_sequencer;
        assert!(are_read && files.read.iter().any(|it| it.r#as == "GET pods"), "{}", files.words());
        assert!(files.refused.len() == 2 && files.refused.iter().all(|it| it.path.contains("/podlogs/")), "the links: {}", files.words());
        // The same files under the names that whysync gives them.
        let log = |end: &str| members.iter().find(|(path, _)| path.ends_with(end)).expect("a log").1.as_slice();
        let canonical = laid_out(&[
            ("k8s/pods.json", &all["k8s/pods.json"]),
            ("k8s/configmaps.json", &all["k8s/configmaps.json"]),
            ("k8s/events.json", br#"{"kind": "EventList", "items": []}"#),
            ("logs/echonet.log", log("/echonet.log")),
            ("sequencer-node.log", log("/sequencer-node.log")),
        ]);
        let (of_files, _) = diagnosed(&Given::Paths(vec![canonical.path().to_owned()]));
        assert_eq!(said(&of_bundle), said(&of_files), "{name}");
        // What all evidence of the incident says, the bundle says, or less.
        let (_, whole) = said(&diagnosed(&Given::Paths(vec![incident.clone()])).0);
        for (rule, is_root, is_established) in said(&of_bundle).1 {
            let same = whole.iter().find(|it| it.0 == rule);
            assert!(
                same.is_some_and(|it| it.1 >= is_root && it.2 >= is_established),
                "{name}: {rule} is said of the support bundle: {whole:?}"
            );
        }
        assert!(!of_bundle.findings.is_empty(), "{name}: the log alone names something");
    }
}

#[test]
fn a_bundle_of_whysync_is_read_where_it_is_the_only_evidence_and_named_where_it_is_not() {
    let Some(incidents) = folder("incidents") else { return };
    let incident = incidents.join("10-blocked-sender");
    let work = laid_out(&[("alone/readme.txt", b"of Sunday\n")]);
    let bundle = work.path().join("alone/saved.json.zst");
    let imported = fed(&["import", &incident.to_string_lossy(), "-o", &bundle.to_string_lossy()], b"");
    assert!(bundle.exists(), "{}", String::from_utf8_lossy(&imported.stderr));
    let diagnosed = |path: &std::path::Path| fed(&["diagnose", &path.to_string_lossy(), "--format", "json"], b"");
    let (of_file, of_folder) = (diagnosed(&bundle), diagnosed(&work.path().join("alone")));
    assert_eq!(of_folder.status.code(), of_file.status.code(), "{}", String::from_utf8_lossy(&of_folder.stderr));
    assert!(!of_file.stdout.is_empty() && of_folder.stdout == of_file.stdout, "the same diagnosis");
    let said = String::from_utf8_lossy(&of_folder.stderr).into_owned();
    assert!(said.contains("read 1 of 2 files; not recognised: readme.txt"), "{said}");
    // Beside a log, it is another incident.
    fs::write(work.path().join("alone/echonet.log"), b"[INFO] [echonet.echo_center] eth_blockNumber: None (N/A)\n").expect("written");
    let said = String::from_utf8_lossy(&diagnosed(&work.path().join("alone")).stderr).into_owned();
    assert!(
        said.contains("saved.json (a whysync bundle, which holds an incident of its own: give it to `whysync diagnose` alone)"),
        "{said}"
    );
    // Of two, neither is meant.
    fs::remove_file(work.path().join("alone/echonet.log")).expect("removed");
    fs::copy(&bundle, work.path().join("alone/other.json.zst")).expect("copied");
    let output = diagnosed(&work.path().join("alone"));
    let said = String::from_utf8_lossy(&output.stderr).replace("\n  │ ", " ");
    assert!(output.status.code() == Some(4) && said.contains("give it to `whysync diagnose` alone"), "{said}");
}
