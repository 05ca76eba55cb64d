//! Pods of the namespace.

use serde::Deserialize;

use super::bound::Bound;
use super::mark::Mark;
use super::objects::{List, RawContainer};
use super::reader::Reader;
use super::situation::Situation;
use super::source::{ApiGroup, DiesWith, ListSelection, Place, Saved, Source, Wire};
use crate::evidence::pods::{Component, Container, Termination};
use crate::evidence::source::is_source_config_map;
use crate::evidence::{EvidenceName, ParseError, Pod, Program, Request, Timestamp, parse_json};

/// Fields that are read of it: a recording keeps no others.
const READ: &[&str] = &[
    "app",
    "app.kubernetes.io/name",
    "configMap",
    "containerStatuses",
    "containers",
    "exitCode",
    "finishedAt",
    "image",
    "imageID",
    "items",
    "kind",
    "labels",
    "lastState",
    "metadata",
    "name",
    "namespace",
    "phase",
    "reason",
    "restartCount",
    "service",
    "spec",
    "startTime",
    "state",
    "status",
    "terminated",
    "volumes",
    "waiting",
];

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Objects { group: ApiGroup::Core, plural: "pods", taken: ListSelection::Objects, read: READ },
    saved: Saved::At(&[Place::at("k8s/pods.json")]),
    recognised: &[Mark::Kind("Pod")],
    reads: &[&ANSWER],
    gives: &[EvidenceName::Pods],
    best_for: &[EvidenceName::Pods],
    dies_with: DiesWith::PodEnd,
    limits: &[Bound::Answer, Bound::Together],
    says: "once, and again where Echonet's pod is gone",
};

/// A list of pods as the Kubernetes API gives it.
pub const ANSWER: Reader<Vec<Pod>> = Reader::new(pods);

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::Pods]
}

fn pods(body: &str) -> Result<Vec<Pod>, ParseError> {
    let list: List<RawPod> = parse_json(body)?;
    Ok(list.items.into_iter().map(pod).collect())
}

fn pod(raw: RawPod) -> Pod {
    let component = component(&raw);
    let RawPod { metadata, spec, status } = raw;
    let containers = spec
        .containers
        .into_iter()
        .map(|it| {
            let found = status.container_statuses.iter().find(|status| status.name == it.name);
            Container {
                image_id: found.map(|it| it.image_id.clone()).unwrap_or_default(),
                restarts: found.map_or(0, |it| it.restart_count),
                last_termination: found.and_then(|it| it.last_state.terminated.as_ref()).map(|it| Termination {
                    reason: it.reason.clone(),
                    exit_code: it.exit_code,
                    ended_at: it.finished_at,
                }),
                waiting: found.and_then(|it| it.state.waiting.as_ref()).map(|it| it.reason.clone()),
                name: it.name,
                image: it.image,
            }
        })
        .collect();
    let mounted = spec.volumes.into_iter().filter_map(|it| it.config_map?.name).find(|it| is_source_config_map(it));
    Pod {
        name: metadata.name,
        namespace: metadata.namespace,
        component,
        phase: status.phase,
        started_at: status.start_time,
        containers,
        source_config_map: mounted,
    }
}

fn component(pod: &RawPod) -> Component {
    Program::ALL.into_iter().find(|it| runs(pod, *it)).map_or(Component::Other, Component::from)
}

/// Whether a pod is one of a program, by its labels; that of the node also by its containers.
fn runs(pod: &RawPod, program: Program) -> bool {
    let labels = &pod.metadata.labels;
    let is_sequencer = |it: &RawContainer| {
        let repository = it.image.split(['@', ':']).next().unwrap_or_default();
        it.name.starts_with("sequencer-") || repository.ends_with("/sequencer")
    };
    match program {
        Program::Echonet => labels.app == "echonet" || labels.app_name == "echonet",
        Program::Sequencer => {
            labels.app == "sequencer" || labels.service.starts_with("sequencer-") || pod.spec.containers.iter().any(is_sequencer)
        }
    }
}

#[derive(Deserialize)]
struct RawPod {
    metadata: Metadata,
    #[serde(default)]
    spec: RawSpec,
    #[serde(default)]
    status: RawStatus,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    labels: Labels,
}

#[derive(Deserialize, Default)]
struct Labels {
    #[serde(default)]
    app: String,
    #[serde(default)]
    service: String,
    #[serde(default, rename = "app.kubernetes.io/name")]
    app_name: String,
}

#[derive(Deserialize, Default)]
struct RawSpec {
    #[serde(default)]
    containers: Vec<RawContainer>,
    #[serde(default)]
    volumes: Vec<RawVolume>,
}

#[derive(Deserialize)]
struct RawVolume {
    #[serde(default, rename = "configMap")]
    config_map: Option<RawConfigMapVolume>,
}

#[derive(Deserialize)]
struct RawConfigMapVolume {
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct RawStatus {
    phase: String,
    start_time: Option<Timestamp>,
    container_statuses: Vec<RawContainerStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawContainerStatus {
    name: String,
    #[serde(default, rename = "imageID")]
    image_id: String,
    #[serde(default)]
    restart_count: u64,
    #[serde(default)]
    state: RawState,
    #[serde(default)]
    last_state: RawState,
}

#[derive(Deserialize, Default)]
struct RawState {
    #[serde(default)]
    waiting: Option<RawWaiting>,
    #[serde(default)]
    terminated: Option<RawTermination>,
}

#[derive(Deserialize)]
struct RawWaiting {
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawTermination {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    exit_code: i32,
    #[serde(default)]
    finished_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::super::config_map_names;
    use super::*;

    #[test]
    fn what_can_hold_a_secret_is_not_read() {
        let body = r#"{"items":[{"metadata":{"name":"e","namespace":"n","labels":{"app":"echonet"},"annotations":{"a":"hush"}},
            "spec":{"containers":[{"name":"echonet","image":"python:3.11-slim","env":[{"name":"KEY","value":"hush"}]}],
              "volumes":[{"name":"keys","configMap":{"name":"echonet-keys-hush"}},{"name":"s","secret":{"secretName":"hush"}},
                {"name":"echonet-src-bundle","configMap":{"name":"echonet-src-1"}}]},
            "status":{"phase":"Running","containerStatuses":[{"name":"echonet","imageID":"python@sha256:1","restartCount":2,
              "lastState":{"terminated":{"reason":"OOMKilled","exitCode":137,"finishedAt":"2026-11-27T22:08:24Z"}}}]}}]}"#;
        let pods = ANSWER.read(body).expect("pods");
        let echonet = pods.first().and_then(|it| it.containers.first()).expect("a container");
        assert_eq!((echonet.restarts, echonet.last_termination.as_ref().map(|it| it.exit_code)), (2, Some(137)));
        let ended_at = echonet.last_termination.as_ref().and_then(|it| it.ended_at).map(|it| it.to_string());
        assert_eq!(ended_at.as_deref(), Some("2026-11-27T22:08:24Z"));
        assert_eq!(pods.first().and_then(|it| it.source_config_map.as_deref()), Some("echonet-src-1"));
        assert!(!serde_json::to_string(&pods).expect("JSON").contains("hush"));
        let names =
            config_map_names::ANSWER.read(r#"{"items":[{"metadata":{"name":"echonet-keys-1"},"data":{"echonet_keys.json":"hush"}}]}"#);
        assert!(!format!("{names:?}").contains("hush"), "{names:?}");
    }
}
