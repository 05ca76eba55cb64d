//! StatefulSets of the namespace: what should run, which is there also while nothing does.

use super::deployments;
use super::mark::Mark;
use super::source::{ApiGroup, DiesWith, Place, Saved, Source, Taken, Wire};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Objects { group: ApiGroup::Apps, plural: "statefulsets", taken: Taken::Objects, read: deployments::READ },
    saved: Saved::At(&[Place::at("k8s/statefulsets.json")]),
    recognised: &[Mark::Kind("StatefulSet")],
    gives: &[],
    dies_with: DiesWith::Never,
    says: "once",
};
