//! What the cluster noted about the namespace's objects.

use super::mark::Mark;
use super::situation::Situation;
use super::source::{ApiGroup, DiesWith, Place, Saved, Source, Taken, Wire};
use crate::evidence::{EvidenceName, Request};

/// Fields that are read of it: a recording keeps no others.
const READ: &[&str] =
    &["count", "eventTime", "involvedObject", "items", "kind", "lastTimestamp", "message", "metadata", "name", "namespace", "reason"];

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Objects { group: ApiGroup::Core, plural: "events", taken: Taken::Objects, read: READ },
    saved: Saved::At(&[Place::at("k8s/events.json")]),
    recognised: &[Mark::Kind("Event")],
    gives: &[EvidenceName::Events],
    dies_with: DiesWith::Retention,
    says: "once",
};

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::Events]
}
