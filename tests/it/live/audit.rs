//! What was asked is written down as it happens, whatever comes of it.

use std::process::Stdio;

use serde_json::Value;

use super::incident;
use crate::rig::{Rig, Trouble, TroubleTarget, World};

fn rows(rig: &Rig) -> Vec<Value> {
    let text = std::fs::read_to_string(rig.folder.path().join("audit.jsonl")).expect("an audit log");
    text.lines().map(|it| serde_json::from_str(it).unwrap_or_else(|err| panic!("{err}: {it}"))).collect()
}

/// The rows in the bundle.
fn kept(rig: &Rig) -> Vec<Value> {
    let text = std::fs::read_to_string(rig.folder.path().join("b.json")).expect("a bundle");
    let bundle: Value = serde_json::from_str(&text).expect("JSON");
    bundle["collection"]["requests"].as_array().expect("rows").clone()
}

#[test]
fn the_rows_are_those_of_the_bundle_and_hold_no_secret() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    // Its words hold a secret.
    let rig = Rig::start(World::from_bundle(&bundle), Some((TroubleTarget::Mainnet, Trouble::Status(500))));
    let output = rig.run(&["investigate", "--namespace", &namespace, "--bundle", "b.json", "--audit", "audit.jsonl"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{words}");
    let rows = rows(&rig);
    assert_eq!(rows, kept(&rig), "{words}");
    assert!(rows.iter().any(|it| it["status"] == 500) && !Value::from(rows).to_string().contains("canary"));

    let output = rig.run(&["episodes", "--namespace", &namespace, "--audit", "audit.jsonl"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let asked: Vec<String> = self::rows(&rig).iter().map(|it| it["asked"].to_string()).collect();
    assert!(asked.iter().any(|it| it.contains("pods")) && !asked.iter().any(|it| it.contains("get_block")), "begun anew: {asked:?}");
}

#[test]
fn what_was_asked_is_known_where_the_collection_was_stopped_or_killed() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    for signal in ["-INT", "-KILL"] {
        let rig = Rig::start(World::from_bundle(&bundle), Some((TroubleTarget::Echonet, Trouble::Hang)));
        let ask = ["collect", "--namespace", &namespace, "-o", "b.json", "--audit", "audit.jsonl"];
        let child = rig.command(&ask, 600_000).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        // A file of the volume is asked for only after the pods and the listing were answered.
        rig.wait_until(|asked| ["/echonet/", "command=cat&"].iter().all(|part| asked.iter().any(|it| it.contains(part))));
        let sent = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        let output = child.wait_with_output().expect("it ends");
        let rows = rows(&rig);
        let is_noted = |part: &str| rows.iter().any(|it| it["asked"].as_str().is_some_and(|it| it.contains(part)) && it["status"] == 200);
        assert!(is_noted("pods"), "{signal}: {rows:#?}");
        if signal == "-INT" {
            assert_eq!(rows, kept(&rig), "{}", String::from_utf8_lossy(&output.stderr));
            assert!(rows.iter().any(|it| it["failure"].as_str().is_some_and(|it| it.contains("stopped"))), "{rows:#?}");
        } else {
            assert!(!rig.folder.path().join("b.json").exists());
        }
    }
}

#[test]
fn what_was_asked_is_known_where_no_bundle_comes_of_it_and_nothing_is_asked_where_it_cannot_be_written() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let output = rig.run(&["collect", "--namespace", "echonet-nowhere", "-o", "b.json", "--audit", "audit.jsonl"]);
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    let statuses: Vec<(String, Value)> = rows(&rig).iter().map(|it| (it["asked"].to_string(), it["status"].clone())).collect();
    assert!(matches!(statuses.as_slice(), [(_, first), (_, second)] if *first == 404 && *second == 200), "{statuses:?}");
    assert!(statuses[0].0.contains("echonet-nowhere"), "{statuses:?}");
    let asked = rig.asked();
    let output = rig.run(&["collect", "--namespace", "echonet-nowhere", "-o", "b.json", "--audit", "nowhere/audit.jsonl"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), rig.asked()), (Some(4), asked), "{words}");
    assert!(words.contains("cannot write the audit log to nowhere/audit.jsonl") && words.contains("--audit"), "{words}");
}
