//! Services of the namespace.

use super::source::{ApiGroup, DiesWith, Place, Saved, Source, Taken, Wire};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Objects { group: ApiGroup::Core, plural: "services", taken: Taken::Objects },
    saved: Saved::At(&[Place::at("k8s/services.json")]),
    gives: &[],
    dies_with: DiesWith::Never,
    says: "once",
};
