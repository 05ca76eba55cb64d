//! Secrets planted wherever a deployment can hold them come out nowhere.

use serde_json::{Value, json};

use super::{assert_read_only, incident};
use crate::rig::{Rig, Target, Trouble, World};

/// Secrets in the forms in which programs write them.
const PLANTED: [&str; 10] = [
    "requests.exceptions.HTTPError: 429 for url: https://eth-mainnet.g.alchemy.com/v2/canaryA0123456789abcdef",
    "Max retries exceeded with url: /v2/canaryB0123456789abcdef",
    "Slack resync notification failed: https://hooks.slack.com/services/T0CANARY/B0CANARY/canaryC0123456789",
    "X-Throttling-Bypass: canaryD0123456789",
    "Authorization: Bearer canaryE0123456789.x",
    "http://user:canaryF0123456789@host/",
    "password=canaryG0123456789",
    "jwt eyJjYW5hcnki.eyJjYW5hcnkiOiJjYW5hcnkifQ.Y2FuYXJ5canary0",
    "key ya29.canaryH-0123456789 and ghp_canaryI01234567890123456789",
    "-----BEGIN PRIVATE KEY-----\ncanaryJ0123456789abcdef\n-----END PRIVATE KEY-----",
];

/// Plants them in every place.
pub(crate) fn planted(mut world: World) -> World {
    let all = PLANTED.join(" ");
    let (at, last) = world.entries.last().cloned().expect("an entry");
    for text in PLANTED {
        // The platform splits text at its line ends, and no object.
        for line in text.lines() {
            let mut entry = last.clone();
            entry["textPayload"] = line.into();
            world.entries.push((at, entry));
        }
        let mut entry = last.clone();
        entry.as_object_mut().expect("an object").remove("textPayload");
        entry["resource"]["labels"]["container_name"] = "sequencer-node".into();
        entry["jsonPayload"] = json!({"level": "ERROR", "message": text, "http_headers": "canaryK0123456789"});
        world.entries.push((at, entry));
    }
    let snapshots: Vec<String> = world.files.keys().filter(|it| it.starts_with("report_snapshot_")).cloned().collect();
    for name in &snapshots {
        let text = world.files.get_mut(name).expect("a snapshot");
        *text = text.replace(
            "=== Gateway errors (hash -> response) ===\n",
            &format!("=== Gateway errors (hash -> response) ===\n0x7: {{'response': '{all}'}}\n"),
        );
        *text += &all;
    }
    for name in [".env", "my_secrets.json", "echonet_keys.json", "blocks_20260101T000000Z/secret.json"] {
        world.files.insert(name.to_owned(), "canaryL0123456789".to_owned());
    }
    let echonet = &mut world.echonet;
    let mut report: Value = serde_json::from_str(&echonet.report).expect("JSON");
    report["last_error"] = all.clone().into();
    report["slack_webhook_url"] = "canaryM0123456789".into();
    echonet.report = report.to_string();
    for line in PLANTED.iter().flat_map(|it| it.lines()) {
        echonet.report_text += &format!("\n0x7: {line}");
    }
    echonet.version += &format!(" {all}");
    for document in echonet.dumps.values_mut().chain(echonet.memory.values_mut()).chain(world.mainnet.values_mut()) {
        let mut value: Value = serde_json::from_str(document).expect("JSON");
        value["note"] = all.clone().into();
        *document = value.to_string();
    }
    let event = json!({"involvedObject": {"kind": "Pod", "name": "e"}, "reason": "Failed", "message": all, "lastTimestamp": "2026-01-02T03:04:05Z"});
    world.objects.insert("events".to_owned(), json!({"items": [event]}));
    let annotated = json!({"name": "echonet", "annotations": {"note": all, "kubectl.kubernetes.io/last-applied-configuration": all}});
    world.objects.insert("services".to_owned(), json!({"items": [{"metadata": annotated, "spec": {"ports": [{"port": 80}]}}]}));
    let template = json!({"spec": {"imagePullSecrets": [{"name": "canary-pull"}], "containers": [
        {"name": "sequencer-node", "image": "sequencer:1", "env": [{"name": "KEY", "value": "canaryN"}], "args": ["--key=canaryO"]}]}});
    let workload = json!({"metadata": {"name": "sequencer-node-statefulset"}, "spec": {"replicas": 1, "template": template}});
    world.objects.insert("statefulsets".to_owned(), json!({"items": [workload]}));
    for map in world.objects.get_mut("configmaps").expect("a list")["items"].as_array_mut().expect("a list") {
        map["data"] = json!({"file": all});
    }
    let settings = json!({
        "base_layer_config.ordered_l1_endpoint_urls": "https://eth-mainnet.g.alchemy.com/v2/canaryP0123456789abcdef",
        "consensus.network_config.secret_key": "0xcanaryQ", "central.http_headers": "X-Throttling-Bypass$^$canaryR0123456789",
        "x.url_header_list": "canaryS", "starknet_url": "https://user:canaryT@host/", "recorder_url": "http://echonet/?api_key=canaryU0123456789",
    });
    world.objects.insert("configmaps/sequencer-node-config".to_owned(), json!({"data": {"config": settings.to_string(), "more": all}}));
    let pod = world.echonet_pod();
    for run in ["", "previous"] {
        let lines = PLANTED.iter().flat_map(|it| it.lines()).map(|it| format!("2026-01-02T03:04:05.000000001Z {it}\n")).collect();
        world.outputs.insert((pod.clone(), "echonet".to_owned(), run), lines);
    }
    world
}

/// Nothing that the program wrote or said holds one of them.
fn assert_clean(rig: &Rig, said: &str, what: &str) {
    let place = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.find("canary")
            .map(|at| String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(200)..(at + 60).min(text.len())]).into_owned())
    };
    assert_eq!(place(said), None, "{what}");
    for entry in std::fs::read_dir(rig.folder.path()).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if ["kubeconfig", "gcloud", "ca.pem"].contains(&name.as_str()) || entry.path().is_dir() {
            continue;
        }
        let bytes = std::fs::read(entry.path()).expect("a file");
        let bytes = if name.ends_with(".zst") { zstd::decode_all(bytes.as_slice()).expect("zstd") } else { bytes };
        assert_eq!(place(&String::from_utf8_lossy(&bytes)), None, "{what}: {name}");
    }
}

#[test]
fn a_secret_anywhere_in_the_deployment_is_in_no_bundle_no_diagnosis_and_no_word() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let formats = "text,json,markdown,html,sarif,junit,slack";
    let of = ["--namespace", &namespace, "--block", &block];
    let commands: [Vec<&str>; 7] = [
        [&["investigate"], of.as_slice(), &["--bundle", "b.json", "--full"]].concat(),
        [&["investigate"], of.as_slice(), &["--bundle", "c.json.zst", "--format", formats, "-o", "out"]].concat(),
        [&["collect"], of.as_slice(), &["-o", "d.json"]].concat(),
        [&["collect"], of.as_slice(), &["--dry-run"]].concat(),
        [&["episodes"], of.as_slice(), &[]].concat(),
        [&["episodes"], of.as_slice(), &["--format", "json"]].concat(),
        vec!["collect", "--namespace", "echonet-nowhere"],
    ];
    let troubles: [&[(Target, Trouble)]; 3] = [
        &[],
        // The containers' own output is read then.
        &[(Target::Logging, Trouble::Status(403))],
        &[
            (Target::Exec, Trouble::Status(500)),
            (Target::Echonet, Trouble::Garbage),
            (Target::Mainnet, Trouble::Status(400)),
            (Target::Objects, Trouble::Garbage),
        ],
    ];
    for trouble in troubles {
        let rig = Rig::start_with(planted(World::of(&bundle)), trouble);
        for command in &commands {
            let output = rig.run(command);
            let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(!said.contains("panicked"), "{said}");
            assert_clean(&rig, &said, &format!("{command:?} {trouble:?}"));
        }
        assert_read_only(&rig.asked());
        let live = super::collected(&rig);
        if trouble.is_empty() {
            let redacted = live.logs.echonet.as_observed().map(|it| it.coverage.redacted).expect("lines");
            assert!(PLANTED.len() as u64 <= redacted, "the planted lines came through, {redacted} were masked");
            let sequencer = live.logs.sequencer.as_observed().map(|it| it.coverage.redacted).expect("lines");
            assert!(PLANTED.len() as u64 <= sequencer, "the node's too, {sequencer} were masked");
            let collection = live.collection.expect("a live collection");
            let settings = collection.node_settings.value().expect("settings");
            assert_eq!(settings.keys().collect::<Vec<_>>(), ["recorder_url", "starknet_url"], "{settings:?}");
            let events = collection.events.value().expect("events");
            assert!(events[0].message.contains("«redacted:"), "{events:?}");
        }
    }
}
