//! Names of the ConfigMaps of the namespace.

use super::source::{ApiGroup, DiesWith, Place, Saved, Source, Taken, Wire};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Objects { group: ApiGroup::Core, plural: "configmaps", taken: Taken::NamesOnly },
    saved: Saved::At(&[Place::at(FILE)]),
    gives: &[],
    dies_with: DiesWith::Never,
    says: "once",
};

/// The file of a saved folder: with what the ConfigMaps hold, if they were saved whole.
pub const FILE: &str = "k8s/configmaps.json";
