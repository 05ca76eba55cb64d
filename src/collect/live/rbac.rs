//! The least that a cluster must grant: what the wires of all sources need, and to see that the namespace exists.

use std::collections::BTreeSet;

use super::question::NODE_CONFIGS;
use crate::evidence::sources::{ApiGroup, ListSelection, SOURCES, Wire};

/// What is granted together, in the order in which a Role has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    Namespace,
    Objects,
    NamesOfConfigMaps,
    NodeConfigs,
    Workloads,
    Output,
    Container,
    Source,
}

impl Need {
    /// What a source needs whose answers come over a wire.
    fn from_wire(wire: Wire) -> Option<Self> {
        match wire {
            Wire::Objects { taken: ListSelection::NamesOnly, .. } => Some(Self::NamesOfConfigMaps),
            Wire::Objects { group: ApiGroup::Core, taken: ListSelection::Objects, .. } => Some(Self::Objects),
            Wire::Objects { group: ApiGroup::Apps, taken: ListSelection::Objects, .. } => Some(Self::Workloads),
            Wire::NodeConfigMap => Some(Self::NodeConfigs),
            Wire::SourceConfigMap => Some(Self::Source),
            Wire::Output => Some(Self::Output),
            Wire::VolumeNames | Wire::VolumeFile | Wire::Echonet { .. } => Some(Self::Container),
            Wire::Mainnet { .. } | Wire::LogEntries | Wire::Captured { .. } => None,
        }
    }

    /// Comment lines that explain the permission.
    fn why(self) -> &'static [&'static str] {
        match self {
            Self::Namespace => {
                &["Whether the namespace exists. That others are named where it does not needs a ClusterRole, and is not needed."]
            }
            Self::Objects | Self::Workloads => &[],
            Self::NamesOfConfigMaps => &[
                "The names of ConfigMaps. A cluster cannot grant a list without the contents, or only of some names: whysync itself asks",
                "for metadata alone, and its guard refuses any other list.",
            ],
            Self::NodeConfigs => &["The node's settings, by layout."],
            Self::Output => &["Where Cloud Logging fails."],
            Self::Container => &[
                "Opening a command or a port-forward. A cluster cannot restrict which command: whysync itself only runs ls, stat and",
                "cat below /data/echonet.",
            ],
            Self::Source => &["Echonet's source, whose files are only hashed. Its name, echonet-src-*, changes with each deployment."],
        }
    }

    /// The API group, the resources and the verbs.
    fn rights(self) -> (&'static str, Vec<&'static str>, &'static str) {
        let listed = || {
            let plural = |wire: Wire| match wire {
                Wire::Objects { plural, .. } if Self::from_wire(wire) == Some(self) => Some(plural),
                _ => None,
            };
            SOURCES.iter().filter_map(|it| plural(it.source.wire)).collect()
        };
        match self {
            Self::Namespace => (ApiGroup::Core.name(), vec!["namespaces"], "get"),
            Self::Objects | Self::NamesOfConfigMaps => (ApiGroup::Core.name(), listed(), "list"),
            Self::Workloads => (ApiGroup::Apps.name(), listed(), "list"),
            Self::NodeConfigs | Self::Source => (ApiGroup::Core.name(), vec!["configmaps"], "get"),
            Self::Output => (ApiGroup::Core.name(), vec!["pods/log"], "get"),
            Self::Container => (ApiGroup::Core.name(), vec!["pods/exec", "pods/portforward"], "get, create"),
        }
    }
}

/// A Role for one namespace, as a manifest.
///
/// `pods/exec` and `pods/portforward` are opened by a GET that upgrades to a websocket; the cluster counts that as `get`, newer ones as
/// `create`. Neither can be narrowed to particular commands by a Role: that is the guard's part.
///
/// `source` is the ConfigMap with Echonet's source. Its name changes with each deployment, and a Role cannot grant names by their
/// beginning: without it the source cannot be read.
#[must_use]
pub(crate) fn role(namespace: &str, source: Option<&str>) -> String {
    let mut text =
        format!("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: whysync\n  namespace: {namespace}\nrules:\n");
    let needs: BTreeSet<Need> = SOURCES.iter().filter_map(|it| Need::from_wire(it.source.wire)).chain([Need::Namespace]).collect();
    for need in needs {
        for line in need.why() {
            text += &format!("  # {line}\n");
        }
        let names = match (need, source) {
            (Need::NodeConfigs, _) => Some(NODE_CONFIGS.join(", ")),
            (Need::Source, Some(name)) => Some(name.to_owned()),
            (Need::Source, None) => {
                text += "  # It is not granted here: name it with `--config-map`.\n";
                continue;
            }
            _ => None,
        };
        let (group, resources, verbs) = need.rights();
        text += &format!("  - apiGroups: [\"{group}\"]\n    resources: [{}]\n", resources.join(", "));
        if let Some(names) = names {
            text += &format!("    resourceNames: [{names}]\n");
        }
        text += &format!("    verbs: [{verbs}]\n");
    }
    text
}
