//! Deployments of the namespace: what should run, which is there also while nothing does.

use super::mark::Mark;
use super::situation::Situation;
use super::source::{ApiGroup, DiesWith, Place, Saved, Source, Taken, Wire};
use crate::evidence::Request;

/// Fields that are read of a workload: a recording keeps no others.
pub(super) const READ: &[&str] =
    &["containers", "image", "items", "kind", "metadata", "name", "namespace", "readyReplicas", "replicas", "spec", "status", "template"];

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Objects { group: ApiGroup::Apps, plural: "deployments", taken: Taken::Objects, read: READ },
    saved: Saved::At(&[Place::at("k8s/deployments.json")]),
    recognised: &[Mark::Kind("Deployment")],
    gives: &[],
    dies_with: DiesWith::Never,
    says: "once",
};

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::Deployments]
}
