//! What the cluster says of a namespace beside its pods: what should run, Services, events, and settings of the node.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pods::{List, RawContainer};
use super::{ParseError, Timestamp, parse_json};

/// A StatefulSet or a Deployment: what should run, which is there also while nothing does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// Its kind.
    pub kind: WorkloadKind,
    /// Name.
    pub name: String,
    /// Namespace; empty where nothing names it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// How many pods should run; 0 while Echonet resyncs.
    pub replicas: u64,
    /// How many are ready.
    pub ready: u64,
    /// Image of each container of its template, by the container's name.
    pub images: BTreeMap<String, String>,
}

/// A kind of workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkloadKind {
    /// Pods with names of their own.
    StatefulSet,
    /// Pods without.
    Deployment,
}

/// A Service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Name.
    pub name: String,
    /// Namespace; empty where nothing names it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Its ports, each with its name where it has one.
    pub ports: Vec<ServicePort>,
}

/// A port of a Service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServicePort {
    /// Its name; empty if it has none.
    #[serde(default)]
    pub name: String,
    /// Its number.
    pub port: u16,
}

/// Something that the cluster noted about an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClusterEvent {
    /// When it was last seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Kind and name of the object, such as `Pod/echonet-0`.
    pub object: String,
    /// Namespace; empty where nothing names it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Reason in one word, such as `FailedAttachVolume`.
    pub reason: String,
    /// What happened, after redaction.
    pub message: String,
    /// How often it was seen.
    pub count: u64,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    #[serde(default)]
    namespace: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Placed {
    namespace: String,
}

#[derive(Deserialize)]
struct RawWorkload {
    metadata: Named,
    #[serde(default)]
    spec: RawWorkloadSpec,
    #[serde(default)]
    status: RawWorkloadStatus,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawWorkloadSpec {
    replicas: Option<u64>,
    template: RawTemplate,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawTemplate {
    spec: RawTemplateSpec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawTemplateSpec {
    containers: Vec<RawContainer>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct RawWorkloadStatus {
    ready_replicas: u64,
}

#[derive(Deserialize)]
struct RawService {
    metadata: Named,
    #[serde(default)]
    spec: RawServiceSpec,
}

#[derive(Deserialize, Default)]
struct RawServiceSpec {
    #[serde(default)]
    ports: Vec<RawPort>,
}

#[derive(Deserialize)]
struct RawPort {
    #[serde(default)]
    name: String,
    port: u16,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEvent {
    #[serde(default)]
    metadata: Placed,
    #[serde(default)]
    involved_object: RawObject,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    count: Option<u64>,
    #[serde(default)]
    last_timestamp: Option<Timestamp>,
    #[serde(default)]
    event_time: Option<Timestamp>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawObject {
    kind: String,
    name: String,
    namespace: String,
}

#[derive(Deserialize)]
struct RawConfigMap {
    #[serde(default)]
    metadata: Placed,
    #[serde(default)]
    data: RawData,
}

#[derive(Deserialize, Default)]
struct RawData {
    #[serde(default)]
    config: String,
}

/// Reads a list of StatefulSets or Deployments as the Kubernetes API gives it.
///
/// # Errors
/// When the body is no such list.
pub(crate) fn parse_workloads(kind: WorkloadKind, body: &str) -> Result<Vec<Workload>, ParseError> {
    let list: List<RawWorkload> = parse_json(body)?;
    let workload = |it: RawWorkload| Workload {
        kind,
        name: it.metadata.name,
        namespace: it.metadata.namespace,
        // The API leaves out the default.
        replicas: it.spec.replicas.unwrap_or(1),
        ready: it.status.ready_replicas,
        images: it.spec.template.spec.containers.into_iter().map(|it| (it.name, it.image)).collect(),
    };
    Ok(list.items.into_iter().map(workload).collect())
}

/// Reads a list of Services as the Kubernetes API gives it.
///
/// # Errors
/// When the body is no such list.
pub(crate) fn parse_services(body: &str) -> Result<Vec<Service>, ParseError> {
    let list: List<RawService> = parse_json(body)?;
    let port = |it: RawPort| ServicePort { name: it.name, port: it.port };
    let service = |it: RawService| Service {
        name: it.metadata.name,
        namespace: it.metadata.namespace,
        ports: it.spec.ports.into_iter().map(port).collect(),
    };
    Ok(list.items.into_iter().map(service).collect())
}

/// Reads a list of events as the Kubernetes API gives it, and puts them in the order of time.
///
/// # Errors
/// When the body is no such list.
pub(crate) fn parse_events(body: &str) -> Result<Vec<ClusterEvent>, ParseError> {
    let list: List<RawEvent> = parse_json(body)?;
    let event = |it: RawEvent| ClusterEvent {
        at: it.last_timestamp.or(it.event_time),
        object: format!("{}/{}", it.involved_object.kind, it.involved_object.name),
        namespace: if it.metadata.namespace.is_empty() { it.involved_object.namespace } else { it.metadata.namespace },
        reason: it.reason,
        message: it.message,
        count: it.count.unwrap_or(1),
    };
    let mut events: Vec<ClusterEvent> = list.items.into_iter().map(event).collect();
    events.sort_by_key(|it| it.at);
    Ok(events)
}

/// Settings of the node that a diagnosis may need, by the ends of their dotted names.
pub(crate) const NODE_SETTINGS: [&str; 8] = [
    "revert_config.should_revert",
    "revert_config.revert_up_to_and_including",
    "starknet_url",
    "validator_id",
    "behavior_mode",
    "recorder_url",
    "cairo_native_mode",
    "native_classes_whitelist",
];

/// Whether a setting of this name is kept.
#[must_use]
pub(crate) fn is_node_setting(name: &str) -> bool {
    NODE_SETTINGS.iter().any(|it| name == *it || name.ends_with(&format!(".{it}")))
}

/// Reads the node's ConfigMap and keeps the settings that a diagnosis may need.
///
/// # Errors
/// When the body is no ConfigMap, or its key `config` no JSON object.
#[cfg(any(feature = "live", test))]
pub(crate) fn parse_node_settings(body: &str) -> Result<BTreeMap<String, String>, ParseError> {
    settings(parse_json(body)?)
}

/// Reads the node's ConfigMap, which names no other namespace than this one, if it names any, and keeps those settings.
///
/// # Errors
/// When the body is no ConfigMap, its key `config` no JSON object, or it is another deployment's.
pub(crate) fn parse_node_settings_of(body: &str, namespace: Option<&str>) -> Result<BTreeMap<String, String>, ParseError> {
    let map: RawConfigMap = parse_json(body)?;
    match namespace.filter(|it| !map.metadata.namespace.is_empty() && **it != map.metadata.namespace) {
        Some(of) => Err(ParseError::new(format!("it belongs to {}, but the incident is in {of}", map.metadata.namespace))),
        None => settings(map),
    }
}

fn settings(map: RawConfigMap) -> Result<BTreeMap<String, String>, ParseError> {
    let settings: BTreeMap<String, serde_json::Value> = parse_json(&map.data.config)?;
    let text = |value: serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(settings.into_iter().filter(|(name, _)| is_node_setting(name)).map(|(name, value)| (name, text(value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workload_without_pods_still_says_which_image_it_would_run() {
        let body = r#"{"items":[{"metadata":{"name":"s"},"spec":{"replicas":0,"template":{"spec":{"containers":[
            {"name":"sequencer-node","image":"i:1","env":[{"name":"K","value":"hush"}]}]}}},"status":{"replicas":0}}]}"#;
        let workloads = parse_workloads(WorkloadKind::StatefulSet, body).expect("workloads");
        let it = workloads.first().expect("one");
        assert_eq!((it.replicas, it.ready, it.images.get("sequencer-node").map(String::as_str)), (0, 0, Some("i:1")));
        assert!(!format!("{workloads:?}").contains("hush"));
    }

    #[test]
    fn events_are_put_in_order_and_old_ones_have_no_count() {
        let body = r#"{"items":[
            {"involvedObject":{"kind":"Pod","name":"b"},"reason":"Killing","message":"m","count":3,"lastTimestamp":"2026-01-02T03:04:06Z"},
            {"involvedObject":{"kind":"Pod","name":"a"},"reason":"Scheduled","message":"","lastTimestamp":null,"eventTime":"2026-01-02T03:04:05Z"}]}"#;
        let seen: Vec<_> = parse_events(body).expect("events").into_iter().map(|it| (it.object, it.count)).collect();
        assert_eq!(seen, [("Pod/a".to_owned(), 1), ("Pod/b".to_owned(), 3)]);
    }

    #[test]
    fn only_the_settings_that_are_listed_are_kept() {
        let config = r#"{"a.starknet_url":"https://x","validator_id":"0x1","b.secret_key":"hush","c.cairo_native_mode":"Off","my_starknet_url":"no"}"#;
        let body = serde_json::json!({"data": {"config": config, "other": "hush"}}).to_string();
        let settings = parse_node_settings(&body).expect("settings");
        assert_eq!(settings.keys().collect::<Vec<_>>(), ["a.starknet_url", "c.cairo_native_mode", "validator_id"]);
        assert!(!format!("{settings:?}").contains("hush"));
    }
}
