//! Services of the namespace.

use super::mark::Mark;
use super::situation::Situation;
use super::source::{ApiGroup, DiesWith, Place, Saved, Source, Taken, Wire};
use crate::evidence::Request;

/// Fields that are read of it: a recording keeps no others.
const READ: &[&str] = &["items", "kind", "metadata", "name", "namespace", "port", "ports", "spec"];

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Objects { group: ApiGroup::Core, plural: "services", taken: Taken::Objects, read: READ },
    saved: Saved::At(&[Place::at("k8s/services.json")]),
    recognised: &[Mark::Kind("Service")],
    gives: &[],
    dies_with: DiesWith::Never,
    says: "once",
};

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::Services]
}
