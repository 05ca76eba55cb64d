//! A recorded collection on disk: one line of JSON for each question that was sent, and the bodies of the answers in files that `import`
//! knows where there is such a file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fault::{AskFault, FaultKind};
use super::question::{ContainerRun, EchonetRoute, Question};
use super::volume_command::VolumeCommand;
use crate::collect::redact::redact;
use crate::evidence::source::is_source_config_map;
use crate::evidence::sources::by_hand::is_name;
use crate::evidence::sources::{EchonetWay, NodeConfig, SOURCES, Wire, cloud_log_entries, echonet_source, node_settings};
use crate::evidence::{AuditRow, CollectionEnd, Request, Timestamp};

/// The file with the lines.
pub(super) const INDEX: &str = "exchanges.jsonl";
/// The file with the entries of all pages of logs.
pub(super) const ENTRIES: &str = cloud_log_entries::FILE;

/// A line of the index.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum IndexLine {
    /// The first.
    Began(Manifest),
    /// One for each question that was sent, in the order in which they ended.
    Exchange(Box<Exchange>),
    /// The last, unless the program was ended by force.
    Ended(CollectionEnd),
}

/// What decides which questions are asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) schema: RecordingSchema,
    pub(super) context: String,
    pub(super) namespace: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) block: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) episode: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) project: Option<String>,
    pub(super) way: EchonetWay,
    pub(super) began: Timestamp,
    pub(super) attempts: u32,
    pub(super) max_log_bytes: u64,
}

/// The version of a recording.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) enum RecordingSchema {
    /// The first version.
    #[serde(rename = "whysync.recording/v1")]
    V1,
}

/// A question that was sent, with its outcome.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange {
    /// Its number in the audit log.
    pub(super) number: usize,
    /// The question, by [`key`].
    pub(super) question: String,
    /// Its row in the audit log.
    pub(super) row: AuditRow,
    /// The body, if one was taken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<SavedBody>,
    /// Why there is no body, or not all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fault: Option<SavedFault>,
}

/// Where a body is, and what is known of it beside its text.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SavedBody {
    /// Relative to the folder.
    pub(super) file: String,
    /// The part of that file, in bytes, where it holds several bodies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) part: Option<(u64, u64)>,
    /// For a page of entries, the name of the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_page: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) partial: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) took_ms: Option<u64>,
    /// Size of the body as received.
    pub(super) bytes: u64,
    /// SHA-256 of the body as received.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) sha256: String,
    /// Of what is kept of it in the file, after redaction, so that a change of the file is found.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) kept_sha256: String,
    pub(super) redacted: u64,
    /// Lines with bytes that are not UTF-8.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) replaced: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(it: &u64) -> bool {
    *it == 0
}

/// A fault as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedFault {
    kind: FaultKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    reason: String,
}

impl From<&AskFault> for SavedFault {
    fn from(it: &AskFault) -> Self {
        Self { kind: it.kind, status: it.status, reason: it.reason.clone() }
    }
}

impl From<SavedFault> for AskFault {
    fn from(it: SavedFault) -> Self {
        Self { status: it.status, ..Self::new(it.kind, &it.reason) }
    }
}

/// The name of a question in a recording: two questions that differ have different ones. Which pod of Echonet was asked makes no
/// difference: where one took the place of another, who asked which of them is a matter of moments.
pub(super) fn key(question: &Question) -> String {
    let mut question = question.clone();
    if let Question::Volume { pod, .. } | Question::Echonet { way: EchonetRoute::PortForward { pod, .. }, .. } = &mut question {
        pod.clear();
    }
    redact(&format!("{question:?}")).text.into_owned()
}

/// The file that the body of this answer belongs into, if there is a natural one.
pub(super) fn place(question: &Question) -> Option<String> {
    let saved = |request: &Request| request.saved().next().map(|(path, _)| path);
    match question {
        Question::Objects { kind, .. } => saved(kind.request()),
        Question::NodeConfig { name, .. } => {
            let config = NodeConfig::ALL.into_iter().find(|it| it.name() == *name)?;
            saved(&Request::NodeSettings { config })
        }
        // The list of its files, which is all that is taken in of it.
        Question::EchonetSource { name, .. } if is_source_config_map(name) => Some(echonet_source::file(name)),
        Question::Volume { command: VolumeCommand::Read(path), .. } => saved(&Request::VolumeFile { path: path.as_str().to_owned() }),
        Question::Echonet { page, .. } => saved(page.request()),
        Question::Mainnet(page) => saved(page.request()),
        Question::Output { pod, container, run, .. } if is_name(pod) && is_name(container) => {
            let run = if *run == ContainerRun::Previous { "previous" } else { "current" };
            Some(format!("logs/{pod}_{container}_{run}.log"))
        }
        _ => None,
    }
}

/// What a recording keeps of a body: of the cluster's objects no more than what is read of them, for environment values, annotations and
/// settings can hold what no pattern recognises. None if the text cannot be looked through; then nothing of it is kept.
pub(super) fn kept(question: &Question, text: &str) -> Option<String> {
    match question {
        Question::Namespace { .. } | Question::Namespaces | Question::Objects { .. } => {
            let mut object: Value = serde_json::from_str(text).ok()?;
            prune(&mut object);
            Some(object.to_string())
        }
        Question::NodeConfig { .. } => {
            let settings: BTreeMap<String, String> = node_settings::ANSWER.read(text).ok()?.settings;
            let config = serde_json::to_string(&settings).ok()?;
            Some(serde_json::json!({"data": {"config": config}}).to_string())
        }
        _ => Some(text.to_owned()),
    }
}

/// Whether a field is read of objects of the cluster, as their sources say.
fn is_read(field: &str) -> bool {
    SOURCES.iter().any(|it| matches!(it.source.wire, Wire::Objects { read, .. } if read.contains(&field)))
}

/// Takes everything out of an object that `evidence` does not read.
fn prune(object: &mut Value) {
    match object {
        Value::Object(fields) => {
            fields.retain(|name, _| is_read(name));
            fields.values_mut().for_each(prune);
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::sources::pods;

    #[test]
    fn what_is_read_of_a_pod_is_the_same_when_all_else_was_taken_out() {
        let ended = serde_json::json!({"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "2026-01-02T03:04:05Z", "containerID": "c"}});
        let status = serde_json::json!({"name": "echonet", "imageID": "i@sha256:1", "restartCount": 2, "lastState": ended, "state": {"waiting": {"reason": "CrashLoopBackOff"}}});
        let pod = serde_json::json!({
            "metadata": {"name": "echonet-0", "namespace": "n", "labels": {"app": "echonet"}, "annotations": {"a": "CANARY"}},
            "spec": {"containers": [{"name": "echonet", "image": "i", "env": [{"name": "A", "value": "CANARY"}]}],
                "volumes": [{"name": "echonet-src-bundle", "configMap": {"name": "echonet-src-1"}}]},
            "status": {"phase": "Running", "startTime": "2026-01-02T03:04:05Z", "containerStatuses": [status]},
        });
        let list = serde_json::json!({"kind": "PodList", "items": [pod]});
        let mut pruned = list.clone();
        prune(&mut pruned);
        assert!(!pruned.to_string().contains("CANARY"), "{pruned}");
        let read = |it: &Value| pods::ANSWER.read(&it.to_string()).expect("pods");
        assert_eq!(read(&pruned), read(&list));
        assert!(read(&list)[0].containers[0].last_termination.as_ref().is_some_and(|it| it.ended_at.is_some()));
    }
}
