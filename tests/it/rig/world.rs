//! A simulated incident in the forms in which a deployment gives it away.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use whysync::evidence::pods::Component;
use whysync::evidence::report::{MismatchRow, Trigger};
use whysync::evidence::{BlobDigest, Bundle, DumpKind, Snapshot, Timestamp};

/// Everything that the simulated deployment holds.
pub(crate) struct World {
    pub(crate) namespace: String,
    pub(crate) pods: Value,
    pub(crate) config_maps: Value,
    pub(crate) report: String,
    /// Content by path below Echonet's data directory.
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) dumps: BTreeMap<(u64, &'static str), String>,
    pub(crate) mainnet: BTreeMap<String, String>,
    pub(crate) entries: Vec<(Timestamp, Value)>,
    /// Bytes of entries that say nothing, after those.
    pub(crate) filler: usize,
}

impl World {
    pub(crate) fn of(bundle: &Bundle) -> Self {
        let namespace = bundle.incident.namespace.clone().expect("a namespace");
        let mut files = BTreeMap::from([("echonet_keys.json".to_owned(), "{\"key\":\"hush\"}".to_owned())]);
        for episode in &bundle.episodes {
            if let Some(snapshot) = episode.snapshot.value() {
                files.insert(format!("report_snapshot_{}.log", snapshot.taken_at.to_file_name()), snapshot_text(snapshot));
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
        Self {
            pods: pods(bundle),
            config_maps: json!({"items": bundle.deployment.config_maps.value().into_iter().flatten()
                .map(|it| json!({"metadata": {"name": it.name, "namespace": it.namespace}})).collect::<Vec<_>>()}),
            report: bundle.report.value().map(text).expect("a report"),
            files,
            dumps,
            mainnet,
            entries: entries(bundle),
            filler: 0,
            namespace,
        }
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
        json!({
            "metadata": {"name": pod.name, "namespace": pod.namespace, "labels": {"app": app},
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"apiKey\":\"canary-annotation\"}"}},
            "spec": {"containers": containers},
            "status": {"phase": pod.phase, "startTime": pod.started_at, "containerStatuses": statuses},
        })
    });
    json!({"kind": "PodList", "apiVersion": "v1", "items": pods.collect::<Vec<_>>()})
}

fn entries(bundle: &Bundle) -> Vec<(Timestamp, Value)> {
    let lines = bundle.logs.echonet.value().map(|it| it.lines.as_slice()).unwrap_or_default();
    let entry = |line: &whysync::evidence::logs::LogLine| {
        let at = line.at.expect("simulated lines carry a time");
        let stream = if line.stream == whysync::evidence::logs::Stream::Stderr { "stderr" } else { "stdout" };
        let entry = json!({
            "logName": format!("projects/test-project/logs/{stream}"), "textPayload": line.text, "timestamp": at,
            "resource": {"type": "k8s_container", "labels": {"container_name": "echonet", "pod_name": line.pod}},
        });
        (at, entry)
    };
    lines.iter().map(entry).collect()
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

/// The snapshot as Echonet writes it.
fn snapshot_text(it: &Snapshot) -> String {
    let number = |name: &str, value: Option<u64>| format!("{name:<26} {}", value.map_or("(unknown)".to_owned(), |it| it.to_string()));
    let triggers = |all: &[Trigger]| {
        let row = |it: &Trigger| {
            format!(
                "{}: failure_block_number={} revert_target_block_number={} reason={} count={}",
                it.tx_hash, it.failure_block_number, it.revert_target_block_number, it.reason, it.count
            )
        };
        all.iter().map(row).collect::<Vec<_>>()
    };
    let mismatches = |all: &[MismatchRow]| {
        all.iter().map(|it| format!("block={} echonet={} mainnet={}", it.block_number, it.echonet, it.mainnet)).collect::<Vec<_>>()
    };
    let sections = [
        (
            "Echonet snapshot",
            vec![
                number("Initial start block", it.initial_start_block),
                number("Current start block", it.current_start_block),
                number("Current block", it.current_block),
            ],
        ),
        ("Gateway errors (hash -> response)", it.gateway_errors.clone()),
        ("Resync triggers (first failures)", triggers(&it.resync_causes)),
        ("Certain failures (repeated triggers)", triggers(&it.certain_failures)),
        ("Block hash mismatches", mismatches(&it.block_hash_mismatches)),
        ("Transaction commitment mismatches", mismatches(&it.transaction_commitment_mismatches)),
    ];
    let mut text = format!(
        "===== Echonet reports before resync =====\ntimestamp: {}\ntrigger_tx_hash: {}\ntrigger_block: {}\ntrigger_reason: {}\n",
        it.taken_at, it.trigger_key, it.trigger_block, it.trigger_reason
    );
    for (name, rows) in sections {
        let body = if rows.is_empty() { "(none)".to_owned() } else { rows.join("\n") };
        text += &format!("\n=== {name} ===\n{body}\n");
    }
    text + "\n===== End report =====\n"
}
