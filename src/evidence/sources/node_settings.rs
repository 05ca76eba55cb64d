//! Settings of the node that a diagnosis may need, from the ConfigMap of its layout.

use super::mark::Mark;
use super::part::NodeConfig;
use super::situation::Situation;
use super::source::{DiesWith, Place, Saved, Source, Wire};
use crate::evidence::Request;

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::NodeConfigMap,
    saved: Saved::At(&[Place::at("k8s/{config}.json")]),
    recognised: &[Mark::Kind("ConfigMap")],
    gives: &[],
    dies_with: DiesWith::Never,
    says: "once, of the layout that the workloads show",
};

/// What of it is worth asking for.
pub(crate) fn worth(seen: &Situation) -> Vec<Request> {
    let runs = |config: &NodeConfig| {
        let service = config.name().strip_suffix("-config").unwrap_or(config.name());
        ["statefulset", "deployment"].iter().any(|kind| seen.workloads.contains(&format!("{service}-{kind}")))
    };
    NodeConfig::ALL.into_iter().find(runs).map(|config| Request::NodeSettings { config }).into_iter().collect()
}
