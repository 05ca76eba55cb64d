//! What the cluster noted about the namespace's objects.

use super::source::{ApiGroup, DiesWith, Place, Saved, Source, Taken, Wire};
use crate::evidence::EvidenceName;

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Objects { group: ApiGroup::Core, plural: "events", taken: Taken::Objects },
    saved: Saved::At(&[Place::at("k8s/events.json")]),
    gives: &[EvidenceName::Events],
    dies_with: DiesWith::Retention,
    says: "once",
};
