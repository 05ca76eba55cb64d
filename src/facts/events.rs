//! What the cluster noted about the namespace's objects.

use schemars::JsonSchema;
use serde::Serialize;

use super::premises::Premises;
use crate::evidence::EvidenceName;

/// Evidence that these facts are derived from.
pub(crate) const READS: &[EvidenceName] = &[EvidenceName::Events];

/// Something that the cluster noted about an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EventFacts {
    /// Kind and name of the object, such as `Pod/echonet-0`.
    pub object: String,
    /// Reason in one word, such as `FailedAttachVolume`.
    pub reason: String,
    /// The event's message.
    pub message: String,
    /// Number of occurrences.
    pub count: u64,
}

/// What the cluster noted, earliest first.
pub(super) fn derive(premises: &Premises<'_>) -> Vec<EventFacts> {
    let seen = premises.bundle.deployment.events.value().map(Vec::as_slice).unwrap_or_default();
    let facts = |it: &crate::evidence::ClusterEvent| EventFacts {
        object: it.object.clone(),
        reason: it.reason.clone(),
        message: it.message.clone(),
        count: it.count,
    };
    seen.iter().map(facts).collect()
}
