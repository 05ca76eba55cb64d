//! Settings of the node that a diagnosis may need, from the ConfigMap of its layout.

use super::mark::Mark;
use super::source::{DiesWith, Place, Saved, Source, Wire};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::NodeConfigMap,
    saved: Saved::At(&[Place::at("k8s/{config}.json")]),
    recognised: &[Mark::Kind("ConfigMap")],
    gives: &[],
    dies_with: DiesWith::Never,
    says: "once, of the layout that the workloads show",
};
