//! Pods of the namespace.

use super::mark::Mark;
use super::situation::Situation;
use super::source::{ApiGroup, DiesWith, Place, Saved, Source, Taken, Wire};
use crate::evidence::{EvidenceName, Request};

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
    wire: Wire::Objects { group: ApiGroup::Core, plural: "pods", taken: Taken::Objects, read: READ },
    saved: Saved::At(&[Place::at("k8s/pods.json")]),
    recognised: &[Mark::Kind("Pod")],
    gives: &[EvidenceName::Pods],
    dies_with: DiesWith::PodEnd,
    says: "once, and again where Echonet's pod is gone",
};

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::Pods]
}
