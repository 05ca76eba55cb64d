//! What runs: pods with their images, and the names of ConfigMaps.

use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::program::Program;
use super::source::is_source_config_map;
use super::{ParseError, Timestamp, parse_json};

/// A pod. Environment values, annotations and volumes are not read, for they can hold secrets; but for the name of one ConfigMap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pod {
    /// Name.
    pub name: String,
    /// Namespace.
    pub namespace: String,
    /// Which of the two programs it runs.
    pub component: Component,
    /// Phase, such as `Running`; empty if the API gave none.
    pub phase: String,
    /// When it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// Its containers, init containers left out.
    pub containers: Vec<Container>,
    /// The ConfigMap with Echonet's source that it mounts. Older ones stay in the namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_config_map: Option<String>,
}

/// What a pod is of: a program of the deployment, or something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// Echonet itself. Its image is a Python base image and says nothing of the code that runs.
    Echonet,
    /// The Apollo sequencer.
    Sequencer,
    /// Something else.
    Other,
}

impl From<Program> for Component {
    fn from(program: Program) -> Self {
        match program {
            Program::Echonet => Self::Echonet,
            Program::Sequencer => Self::Sequencer,
        }
    }
}

/// A container of a pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Container {
    /// Name.
    pub name: String,
    /// Image reference as the pod asks for it.
    pub image: String,
    /// Image as it runs, by digest; empty if the API gave none.
    pub image_id: String,
    /// How often it has been restarted.
    pub restarts: u64,
    /// How its previous run ended, if it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_termination: Option<Termination>,
    /// Why it does not run, such as `CrashLoopBackOff`; absent if it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<String>,
}

/// How a container's run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Termination {
    /// Reason, such as `OOMKilled`; empty if the API gave none.
    pub reason: String,
    /// Exit code of the process.
    pub exit_code: i32,
    /// When it ended, in whole seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// The name of a ConfigMap and the names of its keys. Contents are never read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfigMapName {
    /// Name; generated ones end in a hash of their content.
    pub name: String,
    /// Namespace.
    pub namespace: String,
}

/// A list as Kubernetes sends it.
#[derive(Deserialize)]
pub(super) struct List<T> {
    pub(super) items: Vec<T>,
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

/// A container as Kubernetes describes it, in a pod and in a pod's template.
#[derive(Deserialize)]
pub(super) struct RawContainer {
    pub(super) name: String,
    #[serde(default)]
    pub(super) image: String,
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

#[derive(Deserialize)]
struct RawConfigMap {
    metadata: Metadata,
    // Parsed past, never kept: the contents may be a file that nobody may open.
    #[serde(default, rename = "data")]
    _contents: IgnoredAny,
}

/// Reads a list of pods as the Kubernetes API gives it.
///
/// # Errors
/// When the body is no such list.
pub fn parse(body: &str) -> Result<Vec<Pod>, ParseError> {
    let list: List<RawPod> = parse_json(body)?;
    Ok(list.items.into_iter().map(pod).collect())
}

/// Reads a list of ConfigMaps and keeps only their names.
///
/// # Errors
/// When the body is no such list.
pub(crate) fn parse_config_map_names(body: &str) -> Result<Vec<ConfigMapName>, ParseError> {
    let list: List<RawConfigMap> = parse_json(body)?;
    Ok(list.items.into_iter().map(|it| ConfigMapName { name: it.metadata.name, namespace: it.metadata.namespace }).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_hold_a_secret_is_not_read() {
        let body = r#"{"items":[{"metadata":{"name":"e","namespace":"n","labels":{"app":"echonet"},"annotations":{"a":"hush"}},
            "spec":{"containers":[{"name":"echonet","image":"python:3.11-slim","env":[{"name":"KEY","value":"hush"}]}],
              "volumes":[{"name":"keys","configMap":{"name":"echonet-keys-hush"}},{"name":"s","secret":{"secretName":"hush"}},
                {"name":"echonet-src-bundle","configMap":{"name":"echonet-src-1"}}]},
            "status":{"phase":"Running","containerStatuses":[{"name":"echonet","imageID":"python@sha256:1","restartCount":2,
              "lastState":{"terminated":{"reason":"OOMKilled","exitCode":137,"finishedAt":"2026-11-27T22:08:24Z"}}}]}}]}"#;
        let pods = parse(body).expect("pods");
        let echonet = pods.first().and_then(|it| it.containers.first()).expect("a container");
        assert_eq!((echonet.restarts, echonet.last_termination.as_ref().map(|it| it.exit_code)), (2, Some(137)));
        let ended_at = echonet.last_termination.as_ref().and_then(|it| it.ended_at).map(|it| it.to_string());
        assert_eq!(ended_at.as_deref(), Some("2026-11-27T22:08:24Z"));
        assert_eq!(pods.first().and_then(|it| it.source_config_map.as_deref()), Some("echonet-src-1"));
        assert!(!serde_json::to_string(&pods).expect("JSON").contains("hush"));
        let names = parse_config_map_names(r#"{"items":[{"metadata":{"name":"echonet-keys-1"},"data":{"echonet_keys.json":"hush"}}]}"#);
        assert!(!format!("{names:?}").contains("hush"), "{names:?}");
    }
}
