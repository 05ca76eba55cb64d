//! What is running: pods with their images, and the names of ConfigMaps.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::program::Program;

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
    /// Start time.
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

/// How a run of a container ended.
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
