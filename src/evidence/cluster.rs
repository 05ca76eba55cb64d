//! What the cluster says about a namespace, apart from its pods: intended workloads, Services, events, and the node's settings.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Timestamp;

/// A StatefulSet or a Deployment: what should run, which is there also while nothing does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// Kind of the workload.
    pub kind: WorkloadKind,
    /// Name.
    pub name: String,
    /// Namespace; empty where nothing names it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// How many pods should run; 0 while Echonet resyncs.
    pub replicas: u64,
    /// Number of ready replicas.
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
    /// Port number.
    pub port: u16,
}

/// Something that the cluster noted about an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClusterEvent {
    /// Time of the last occurrence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Kind and name of the object, such as `Pod/echonet-0`.
    pub object: String,
    /// Namespace; empty where nothing names it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Reason in one word, such as `FailedAttachVolume`.
    pub reason: String,
    /// The event's message, redacted.
    pub message: String,
    /// Number of occurrences.
    pub count: u64,
}
