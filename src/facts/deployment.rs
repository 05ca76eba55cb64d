//! What runs.

use schemars::JsonSchema;
use serde::Serialize;

use super::premises::Premises;
use crate::evidence::pods::{Component, Pod};
use crate::evidence::{Bundle, EvidenceName};

/// Evidence that these facts are derived from.
pub(crate) const READS: &[EvidenceName] = &[EvidenceName::Pods];

/// The deployed programs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct DeploymentFacts {
    /// Images of the sequencer's containers, each once.
    pub images: Vec<ImageFacts>,
    /// Containers of both programs that ran before and ended.
    pub restarts: Vec<RestartFacts>,
}

/// A container that ran before and ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct RestartFacts {
    /// Program.
    pub component: Component,
    /// Pod.
    pub pod: String,
    /// How often the container was started again.
    pub count: u64,
    /// Why its last run ended, such as `OOMKilled`; absent if the cluster does not say.
    pub reason: Option<String>,
}

/// An image that runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct ImageFacts {
    /// Program.
    pub component: Component,
    /// Image reference as the pod asks for it.
    pub image: String,
    /// Digest as it runs; empty if not known.
    pub image_id: String,
}

/// What a sequencer without pods would run: a resync scales it down. Nothing else of the workloads is a fact: how many pods run, and with
/// which settings, is that of the moment of collecting, and a healthy resync passes through all of it.
fn scaled_down(bundle: &Bundle) -> Vec<ImageFacts> {
    let workloads = bundle.deployment.workloads.value().into_iter().flatten();
    let images = workloads.flat_map(|it| &it.images).filter(|(container, _)| container.starts_with("sequencer-"));
    images.map(|(_, image)| ImageFacts { component: Component::Sequencer, image: image.clone(), image_id: String::new() }).collect()
}

/// Derives the facts about the deployment.
pub(super) fn derive(premises: &Premises<'_>) -> DeploymentFacts {
    let bundle = premises.bundle;
    let pods = bundle.deployment.pods.value().map(Vec::as_slice).unwrap_or_default();
    let mut images: Vec<ImageFacts> = pods
        .iter()
        .filter(|it| it.component != Component::Other)
        .flat_map(|pod| pod.containers.iter().map(|it| (pod.component, it)))
        .map(|(component, it)| ImageFacts { component, image: it.image.clone(), image_id: it.image_id.clone() })
        .collect();
    if bundle.deployment.pods.value().is_some() && images.iter().all(|it| it.component != Component::Sequencer) {
        images.extend(scaled_down(bundle));
    }
    images.sort();
    images.dedup();
    let restarts = |pod: &Pod| {
        let (component, name) = (pod.component, pod.name.clone());
        let ended = pod.containers.iter().filter(|it| it.restarts > 0).max_by_key(|it| it.restarts)?;
        let reason = ended.last_termination.as_ref().map(|it| it.reason.clone()).filter(|it| !it.is_empty());
        Some(RestartFacts { component, pod: name, count: ended.restarts, reason })
    };
    DeploymentFacts { images, restarts: pods.iter().filter(|it| it.component != Component::Other).filter_map(restarts).collect() }
}
