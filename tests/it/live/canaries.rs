//! Secrets planted wherever a deployment can hold them come out nowhere.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{assert_read_only, incident};
use crate::planted::{EVERY, left};
use crate::rig::{Rig, Trouble, TroubleTarget, World};

/// Secrets in the forms in which programs write them.
const PLANTED: [&str; 26] = [
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
    "request headers: [('X-Throttling-Bypass', 'canaryA1234567890'), ('Accept', '*/*')]",
    "raw_headers=((b'X-Throttling-Bypass', b'canaryB1234567890'), (b'Authorization', b'Bearer canaryC1234567890'))",
    "send: b'GET /feeder_gateway/get_block HTTP/1.1\\r\\nX-Throttling-Bypass: canaryD1234567890\\r\\n\\r\\n'",
    "Cookie: session=canaryE1234567890; other=canaryF1234567890",
    "https://x.quiknode.pro:443 \"POST /canaryG1234567890/ HTTP/1.1\" 429 None",
    "https://lb.drpc.org/ogrpc?network=ethereum&dkey=canaryH1234567890",
    "https://canaryI1234567890@github.com/x.git postgres://u:p@canaryJ1234567890@host/db",
    "https://storage.googleapis.com/b/o?X-Goog-Signature=canaryK1234567890&alt=media",
    "whoami --token canaryL1234567890 --password canaryM1234567890",
    "X-Api-Token canaryN1234567890, ApiKey(\"canaryO1234567890\")",
    "Config { token: Some(\"canaryP1234567890\"), url: None }",
    "<p>api_key=&quot;canaryQ1234567890&quot;</p>",
    "next=https%3A%2F%2Fmainnet.infura.io%2Fv3%2FcanaryR1234567890",
    "{\"message\": \"{\\\"client_secret\\\": \\\"canaryS1234567890\\\"}\"}",
    "a line\tghp_canaryT12345678901234567890",
    "curl -H 'x-api-key: canaryU1234567890' https://example.org/",
];

/// A private key as a log holds it that takes a text apart; the second never ends.
const KEYS: [&[&str]; 2] = [
    &[
        "-----BEGIN RSA PRI",
        "VATE KEY-----",
        "Proc-Type: 4,ENCRYPTED",
        "canaryV0123456789ABCDEF+/",
        "canaryW",
        "-----END RSA PRIVATE KEY-----",
    ],
    &["-----BEGIN PRIVATE KEY-----", "    canaryX0123456789ABCDEF+/\r", "canaryY\ncanaryZ="],
];

/// Plants each part of each key in an entry of its own, as text and within an object, with entries of another pod between: more of them
/// than a page holds.
fn plant_split_keys(world: &mut World) {
    let (at, last) = world.entries.last().cloned().expect("an entry");
    for (container, between) in [("echonet", 3), ("sequencer-node", 120)] {
        for part in KEYS.concat() {
            let mut entry = last.clone();
            entry["resource"]["labels"]["container_name"] = container.into();
            for pod in std::iter::repeat_n("another", between) {
                let mut other = entry.clone();
                other["resource"]["labels"]["pod_name"] = pod.into();
                other["textPayload"] = "Started".into();
                world.entries.push((at, other));
            }
            for form in [json!({"textPayload": part}), json!({"jsonPayload": {"level": "ERROR", "fields": {"message": part}}})] {
                let mut entry = entry.clone();
                entry.as_object_mut().expect("an object").remove("textPayload");
                entry.as_object_mut().expect("an object").extend(form.as_object().expect("an object").clone());
                world.entries.push((at, entry));
            }
        }
    }
}

/// What a container writes that takes its keys apart: as text, and as objects.
fn output_with_split_keys() -> String {
    let between = ["[INFO] Forwarded tx 0x1f".to_owned(), json!({"level": "INFO", "message": "Started"}).to_string()];
    let structured = |it: &str| json!({"level": "ERROR", "fields": {"message": it}, "target": "a"}).to_string();
    let lines = KEYS.into_iter().flat_map(|parts| {
        let texts = parts.iter().flat_map(|it| it.lines()).map(str::to_owned);
        texts.chain(parts.iter().map(|it| structured(it))).collect::<Vec<String>>()
    });
    lines.flat_map(|it| [it, between[0].clone(), between[1].clone()]).map(|it| format!("2026-01-02T03:04:05.000000001Z {it}\n")).collect()
}

/// The texts that are planted: those above, and one secret of every form, some a text.
fn texts() -> Vec<String> {
    const A_TEXT: usize = 16;
    let every: Vec<&str> = EVERY.iter().map(|it| it.text.as_str()).collect();
    let of_forms = every.chunks(A_TEXT).map(|it| it.join(" "));
    PLANTED.into_iter().map(str::to_owned).chain(of_forms).collect()
}

/// Plants them in every place.
pub(crate) fn planted(mut world: World) -> World {
    let texts = texts();
    let all = texts.join(" ");
    let (at, last) = world.entries.last().cloned().expect("an entry");
    for text in &texts {
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
    for line in texts.iter().flat_map(|it| it.lines()) {
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
    plant_split_keys(&mut world);
    let pods = world.pods["items"].as_array().cloned().expect("a list");
    for (pod, run) in pods.iter().flat_map(|it| [(it, ""), (it, "previous")]) {
        let name = |it: &Value| it["name"].as_str().expect("a name").to_owned();
        for container in pod["spec"]["containers"].as_array().expect("a list") {
            let lines: String = texts.iter().flat_map(|it| it.lines()).map(|it| format!("2026-01-02T03:04:05.000000001Z {it}\n")).collect();
            world.outputs.insert((name(&pod["metadata"]), name(container), run), format!("{lines}{}", output_with_split_keys()));
        }
    }
    world
}

/// Nothing that the program wrote or said holds one of them.
fn assert_clean(rig: &Rig, said: &str, what: &str) {
    let place = |text: &str| {
        let lower = text.to_ascii_lowercase();
        let canary = lower.find("canary");
        let around =
            |at: usize| String::from_utf8_lossy(&lower.as_bytes()[at.saturating_sub(200)..(at + 60).min(lower.len())]).into_owned();
        canary.map(around).or_else(|| left(text))
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

fn help(arguments: &[&str]) -> String {
    let output = crate::program::program(arguments).arg("--help").output().expect("it runs");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The commands that take the context of a cluster, by their help.
fn commands_that_ask() -> BTreeSet<String> {
    let all = help(&[]);
    let list = all.split_once("Commands:\n").expect("a list of commands").1;
    let names = list.lines().map_while(|it| it.split_whitespace().next()).filter(|it| *it != "help");
    names.filter(|it| help(&[it]).contains("--context <")).map(str::to_owned).collect()
}

/// The formats that a command writes, by its help.
fn formats_of(command: &str) -> Vec<String> {
    let help = help(&[command]);
    let values = help.split_once("--format <FORMAT>").and_then(|(_, it)| it.split_once("Possible values:\n")).expect("a list of formats").1;
    let value = |line: &str| Some(line.trim_start().strip_prefix("- ")?.split(':').next()?.to_owned());
    let all: Vec<String> = values.lines().map_while(value).collect();
    assert!(1 < all.len(), "{help}");
    all
}

#[test]
fn a_secret_anywhere_in_the_deployment_is_in_no_bundle_no_diagnosis_and_no_word() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let formats = whysync::render::FORMATS.iter().map(|it| it.name).collect::<Vec<_>>().join(",");
    let (lists, tables) = (formats_of("episodes"), formats_of("deployed"));
    let repository = super::repository(&bundle);
    let clone = repository.path().to_str().expect("UTF-8");
    let of = ["--namespace", &namespace, "--block", &block];
    let mut commands: Vec<Vec<&str>> = vec![
        [&["investigate"], of.as_slice(), &["--bundle", "b.json", "--full"]].concat(),
        [&["investigate"], of.as_slice(), &["--bundle", "c.json.zst", "--format", &formats, "-o", "out"]].concat(),
        [&["collect"], of.as_slice(), &["-o", "d.json"]].concat(),
        [&["collect"], of.as_slice(), &["--dry-run"]].concat(),
        vec!["collect", "--namespace", "echonet-nowhere"],
    ];
    commands.extend(lists.iter().map(|it| [&["episodes"], of.as_slice(), &["--format", it]].concat()));
    commands.extend(tables.iter().map(|it| vec!["deployed", "--namespace", &namespace, "--repo", clone, "--format", it]));
    assert_eq!(commands.iter().map(|it| it[0].to_owned()).collect::<BTreeSet<_>>(), commands_that_ask());
    let troubles: [&[(TroubleTarget, Trouble)]; 3] = [
        &[],
        // The containers' own output is read then.
        &[(TroubleTarget::Logging, Trouble::Status(403))],
        &[
            (TroubleTarget::Exec, Trouble::Status(500)),
            (TroubleTarget::Echonet, Trouble::Garbage),
            (TroubleTarget::Mainnet, Trouble::Status(400)),
            (TroubleTarget::Objects, Trouble::Garbage),
        ],
    ];
    for trouble in troubles {
        let rig = Rig::start_with(planted(World::from_bundle(&bundle)), trouble);
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
            assert!((PLANTED.len() + EVERY.len()) as u64 <= redacted, "the planted lines came through, {redacted} were masked");
            let sequencer = live.logs.sequencer.as_observed().map(|it| it.coverage.redacted).expect("lines");
            assert!((PLANTED.len() + EVERY.len()) as u64 <= sequencer, "the node's too, {sequencer} were masked");
            let settings = live.deployment.node_settings.value().expect("settings");
            assert_eq!(settings.keys().collect::<Vec<_>>(), ["recorder_url", "starknet_url"], "{settings:?}");
            let events = live.deployment.events.value().expect("events");
            assert!(events[0].message.contains("«redacted:"), "{events:?}");
        }
    }
}

/// What somebody saved by hand, with the newest entry first, as the command line of Cloud Logging prints it.
#[test]
fn a_secret_in_saved_answers_is_in_no_imported_bundle() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let world = planted(World::from_bundle(&bundle));
    let output = world.outputs[&(world.echonet_pod(), "echonet".to_owned(), "")].clone();
    let in_order: Vec<Value> = world.entries.iter().map(|(_, it)| it.clone()).collect();
    let newest_first: Vec<Value> = in_order.iter().rev().cloned().collect();
    let page = |entries: &[Value]| Some(Value::from(entries).to_string());
    for (what, entries) in [("in order", page(&in_order)), ("newest first", page(&newest_first)), ("as text", None)] {
        let rig = Rig::start(World::from_bundle(&bundle), None);
        let saved = rig.folder.path().join("saved");
        std::fs::create_dir_all(saved.join("logs")).expect("a folder");
        std::fs::write(saved.join("report.json"), &world.echonet.report).expect("a file");
        // A text without a line of Echonet's own is no log.
        let output = format!("2026-01-02T03:04:05.000000001Z [INFO] [echonet.flask] from the kubelet\n{output}");
        std::fs::write(saved.join("logs/echonet.log"), output).expect("a file");
        entries.iter().for_each(|it| std::fs::write(saved.join("logs/gcp_entries.json"), it).expect("a file"));
        let run = rig.program(env!("CARGO_BIN_EXE_whysync")).args(["import", "saved", "-o", "b.json"]).output().expect("it runs");
        let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        assert_eq!(run.status.code(), Some(0), "{said}");
        assert_clean(&rig, &said, what);
        let imported = super::collected(&rig);
        let redacted = imported.logs.echonet.as_observed().map(|it| it.coverage.redacted).expect("lines");
        assert!((PLANTED.len() + EVERY.len()) as u64 <= redacted, "{what}: {redacted} were masked");
    }
}
