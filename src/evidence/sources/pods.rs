//! Pods of the namespace.

use super::source::{ApiGroup, DiesWith, Place, Saved, Source, Taken, Wire};
use crate::evidence::EvidenceName;

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Objects { group: ApiGroup::Core, plural: "pods", taken: Taken::Objects },
    saved: Saved::At(&[Place::at("k8s/pods.json")]),
    gives: &[EvidenceName::Pods],
    dies_with: DiesWith::PodEnd,
    says: "once, and again where Echonet's pod is gone",
};
