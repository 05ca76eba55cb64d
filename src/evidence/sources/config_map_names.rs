//! Names of the ConfigMaps of the namespace.

use super::mark::Mark;
use super::situation::Situation;
use super::source::{ApiGroup, DiesWith, Place, Saved, Source, Taken, Wire};
use crate::evidence::Request;

/// Fields that are read of it: a recording keeps no others.
const READ: &[&str] = &["items", "kind", "metadata", "name", "namespace"];

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Objects { group: ApiGroup::Core, plural: "configmaps", taken: Taken::NamesOnly, read: READ },
    saved: Saved::At(&[Place::at(FILE)]),
    recognised: &[Mark::Kind("ConfigMap")],
    gives: &[],
    dies_with: DiesWith::Never,
    says: "once",
};

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::ConfigMapNames]
}

/// The file of a saved folder: with what the ConfigMaps hold, if they were saved whole.
pub const FILE: &str = "k8s/configmaps.json";
