//! A simulated incident in the forms in which a deployment gives it away.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use whysync::evidence::logs::{LogLine, Stream};
use whysync::evidence::pods::Component;
use whysync::evidence::{BlobDigest, Bundle, DumpKind, Timestamp};

use super::echonet::{Echonet, reverts_text, snapshot_text};

/// Everything that the simulated deployment holds.
pub(crate) struct World {
    pub(crate) namespace: String,
    pub(crate) pods: Value,
    /// Lists and objects by their path below the namespace, such as `services`.
    pub(crate) objects: BTreeMap<String, Value>,
    /// What containers wrote, by pod, container and run (`previous` or nothing).
    pub(crate) outputs: BTreeMap<(String, String, &'static str), String>,
    pub(crate) echonet: Echonet,
    /// Content by path below Echonet's data directory.
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) mainnet: BTreeMap<String, String>,
    pub(crate) entries: Vec<(Timestamp, Value)>,
    /// Bytes of entries that say nothing, after those.
    pub(crate) filler: usize,
}

impl World {
    pub(crate) fn from_bundle(bundle: &Bundle) -> Self {
        let namespace = bundle.incident.namespace.clone().expect("a namespace");
        let mut files = BTreeMap::from([("echonet_keys.json".to_owned(), "{\"key\":\"hush\"}".to_owned())]);
        for episode in &bundle.episodes {
            if let Some(snapshot) = episode.snapshot.value() {
                let time = snapshot.taken_at.to_file_name();
                files.insert(format!("report_snapshot_{time}.log"), snapshot_text(snapshot));
                let reverts = episode.reverts.value().map(|it| reverts_text(snapshot, it));
                files.extend(reverts.map(|it| (format!("report_reverts_{time}.log"), it)));
            }
            let Some(archive) = episode.archive.value() else { continue };
            for (height, ours) in &episode.ours {
                let mut put = |kind: &str, text: String| files.insert(format!("{archive}/{kind}_{height}.json"), text);
                ours.block.value().map(|it| put("block", text(it)));
                ours.state_update.value().map(|it| put("state_update", text(it)));
                ours.blob.value().map(|it| put("blob", blob(it)));
            }
        }
        let mut dumps = BTreeMap::new();
        for (height, ours) in &bundle.after_resync {
            ours.block.value().map(|it| dumps.insert((*height, DumpKind::Block.name()), text(it)));
            ours.state_update.value().map(|it| dumps.insert((*height, DumpKind::StateUpdate.name()), text(it)));
            ours.blob.value().map(|it| dumps.insert((*height, DumpKind::Blob.name()), blob(it)));
        }
        let mut mainnet = BTreeMap::new();
        for (height, theirs) in &bundle.theirs {
            let page = |it: &str| format!("/feeder_gateway/{it}?blockNumber={height}");
            theirs.block.value().map(|it| mainnet.insert(page("get_block") + "&withFeeMarketInfo=true", text(it)));
            theirs.state_update.value().map(|it| mainnet.insert(page("get_state_update"), text(it)));
        }
        let names = bundle.deployment.config_maps.value().into_iter().flatten();
        let config_maps = json!({"items": names
            .map(|it| json!({"metadata": {"name": it.name, "namespace": it.namespace}})).collect::<Vec<_>>()});
        Self {
            pods: pods(bundle),
            objects: [
                ("configmaps".to_owned(), config_maps),
                ("services".to_owned(), json!({"items": []})),
                ("events".to_owned(), json!({"items": []})),
            ]
            .into_iter()
            .chain(contents(bundle))
            .collect(),
            outputs: BTreeMap::new(),
            echonet: Echonet::from_bundle(bundle, dumps),
            files,
            mainnet,
            entries: entries(bundle),
            filler: 0,
            namespace,
        }
    }

    /// The name of Echonet's pod.
    pub(crate) fn echonet_pod(&self) -> String {
        let all = self.pods["items"].as_array().expect("a list");
        let pod = all.iter().find(|it| it["metadata"]["labels"]["app"] == "echonet");
        pod.and_then(|it| it["metadata"]["name"].as_str()).unwrap_or_default().to_owned()
    }

    /// One pod as an object of its own.
    pub(super) fn pod(&self, name: &str) -> Option<Value> {
        self.pods["items"].as_array()?.iter().find(|it| it["metadata"]["name"] == name).cloned()
    }

    /// What a container wrote.
    pub(super) fn output(&self, pod: &str, query: &str) -> String {
        let of = |name: &str| query.split('&').find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
        let run = if of("previous") == Some("true") { "previous" } else { "" };
        let key = (pod.to_owned(), of("container").unwrap_or_default().to_owned(), run);
        let usual = || "2026-01-02T03:04:05.000000001Z [INFO] [echonet.flask] from the kubelet\n".to_owned();
        self.outputs.get(&key).cloned().unwrap_or_else(usual)
    }
}

fn text<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("JSON")
}

fn pods(bundle: &Bundle) -> Value {
    let pods = bundle.deployment.pods.value().into_iter().flatten().map(|pod| {
        let app = match pod.component {
            Component::Echonet => "echonet",
            Component::Sequencer => "sequencer",
            Component::Other => "other",
        };
        let containers: Vec<Value> = pod
            .containers
            .iter()
            .map(|it| json!({"name": it.name, "image": it.image, "env": [{"name": "L1_KEY", "value": "canary-env-value"}]}))
            .collect();
        let statuses: Vec<Value> = pod
            .containers
            .iter()
            .map(|it| {
                let ended = it.last_termination.as_ref().map(|it| json!({"terminated": {"reason": it.reason, "exitCode": it.exit_code}}));
                json!({"name": it.name, "imageID": it.image_id, "restartCount": it.restarts, "lastState": ended.unwrap_or(json!({}))})
            })
            .collect();
        let of_pod = running_source(bundle).filter(|_| pod.component == Component::Echonet);
        let mounted = of_pod.iter().map(|it| json!({"name": "echonet-src-bundle", "configMap": {"name": it}}));
        let volumes: Vec<Value> = mounted
            .chain([
                json!({"name": "keys", "configMap": {"name": "echonet-keys-1"}}),
                json!({"name": "s", "secret": {"secretName": "hush"}}),
            ])
            .collect();
        json!({
            "metadata": {"name": pod.name, "namespace": pod.namespace, "labels": {"app": app},
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"apiKey\":\"canary-annotation\"}"}},
            "spec": {"containers": containers, "volumes": volumes},
            "status": {"phase": pod.phase, "startTime": pod.started_at, "containerStatuses": statuses},
        })
    });
    json!({"kind": "PodList", "apiVersion": "v1", "items": pods.collect::<Vec<_>>()})
}

/// The ConfigMap with Echonet's source that the namespace lists.
pub(crate) fn running_source(bundle: &Bundle) -> Option<&str> {
    bundle.deployment.config_maps.value()?.iter().map(|it| it.name.as_str()).find(|it| it.starts_with("echonet-src-"))
}

/// The ConfigMaps of Echonet: an old source, the one that runs, and its keys.
fn contents(bundle: &Bundle) -> BTreeMap<String, Value> {
    let map =
        |name: &str, data: Value| (format!("configmaps/{name}"), json!({"kind": "ConfigMap", "metadata": {"name": name}, "data": data}));
    let running = running_source(bundle).into_iter();
    let packed = || json!({"echonet-src.tgz.b64": in_lines(&packed(SOURCE))});
    let mut all: BTreeMap<String, Value> = running.map(|it| map(it, packed())).collect();
    all.extend([map("echonet-src-old", json!({})), map("echonet-keys-1", json!({"echonet_keys.json": "canary-in-config-map"}))]);
    all
}

/// Echonet's source with files that nobody may open.
pub(crate) const SOURCE: &[(&str, &str)] = &[
    ("echonet/transaction_sender.py", "print('sends')\n"),
    ("echonet/l1_logic/l1_manager.py", "print('gates')\n"),
    ("echonet/echonet_keys.json", "{\"alchemy\": \"canary-in-keys\"}"),
    ("echonet/my_secrets.txt", "canary-in-secrets"),
    ("echonet/.env", "KEY=canary-in-env"),
];

/// Files as a packed folder.
fn packed(files: &[(&str, &str)]) -> Vec<u8> {
    let mut folder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default()));
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        folder.append_data(&mut header, path, content.as_bytes()).expect("a member");
    }
    folder.into_inner().and_then(flate2::write::GzEncoder::finish).expect("an archive")
}

/// Base64 with line breaks, as `base64` prints it.
fn in_lines(bytes: &[u8]) -> String {
    let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
    text.as_bytes().chunks(76).flat_map(|it| [std::str::from_utf8(it).expect("ASCII"), "\n"]).collect()
}

/// Lines as Cloud Logging keeps them: Echonet's are texts, the sequencer's are objects.
fn entries(bundle: &Bundle) -> Vec<(Timestamp, Value)> {
    let lines = |it: &whysync::evidence::Gathered<whysync::evidence::LogStream>| it.value().map(|it| it.lines.clone()).unwrap_or_default();
    // Without a resync the newest lines are asked for: those of a run that still goes on are of now.
    let last = bundle.logs.echonet.value().and_then(|it| it.lines.last()?.at);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map(|it| it.as_secs() as i64);
    let now = now.ok().and_then(|it| Timestamp::from_unix(it - 60));
    let later = now.zip(last).filter(|_| bundle.episodes.is_empty()).map_or(0, |(now, last)| now.millis_since(last));
    let entry = |container: &str, line: &LogLine| {
        let at = line.at.expect("simulated lines carry a time").plus_millis(later);
        let stream = if line.stream == Stream::Stderr { "stderr" } else { "stdout" };
        let mut entry = json!({
            "logName": format!("projects/test-project/logs/{stream}"), "timestamp": at,
            "resource": {"type": "k8s_container", "labels": {"container_name": container, "pod_name": line.pod}},
        });
        match serde_json::from_str::<Value>(&line.text) {
            Ok(object @ Value::Object(_)) if container != "echonet" => entry["jsonPayload"] = object,
            _ => entry["textPayload"] = line.text.as_str().into(),
        }
        (at, entry)
    };
    let mut all: Vec<(Timestamp, Value)> = lines(&bundle.logs.echonet).iter().map(|it| entry("echonet", it)).collect();
    all.extend(lines(&bundle.logs.sequencer).iter().map(|it| entry("sequencer-node", it)));
    all
}

/// A blob whose digest is this.
fn blob(digest: &BlobDigest) -> String {
    let frame = |class: &whysync::evidence::Felt, native: bool, resource: &str| json!({"execute_call_info": {"call": {"class_hash": class}, "execution": {"cairo_native": native}, "tracked_resource": resource}});
    let mut infos = Vec::new();
    for (class, runs) in &digest.classes {
        for (count, native, resource) in
            [(runs.native, true, "SierraGas"), (runs.casm, false, "SierraGas"), (runs.cairo_steps, false, "CairoSteps")]
        {
            infos.extend((0..count).map(|_| frame(class, native, resource)));
        }
    }
    let transactions: Vec<Value> = digest.transactions.iter().map(|it| json!({"tx": {"hash_value": it}})).collect();
    json!({
        "block_number": digest.block_number, "transactions": transactions, "execution_infos": infos,
        "block_hash_commitments": digest.block_hash_commitments,
    })
    .to_string()
}
