//! The least that a cluster must grant.

use super::question::NODE_CONFIGS;

/// What is granted together.
struct Grant {
    /// Why, as comments.
    why: &'static [&'static str],
    group: &'static str,
    resources: &'static [&'static str],
    verbs: &'static [&'static str],
    /// The only objects, by name; all if there are none.
    names: &'static [&'static str],
}

const GRANTS: [Grant; 7] = [
    Grant {
        why: &["Whether the namespace exists. That others are named where it does not needs a ClusterRole, and is not needed."],
        group: "",
        resources: &["namespaces"],
        verbs: &["get"],
        names: &[],
    },
    Grant { why: &[], group: "", resources: &["pods", "services", "events"], verbs: &["list"], names: &[] },
    Grant {
        why: &[
            "The names of ConfigMaps. A cluster cannot grant a list without the contents, or only of some names: whysync itself asks",
            "for metadata alone, and its guard refuses any other list.",
        ],
        group: "",
        resources: &["configmaps"],
        verbs: &["list"],
        names: &[],
    },
    Grant { why: &["The node's settings, by layout."], group: "", resources: &["configmaps"], verbs: &["get"], names: &NODE_CONFIGS },
    Grant { why: &[], group: "apps", resources: &["deployments", "statefulsets"], verbs: &["list"], names: &[] },
    Grant { why: &["Where Cloud Logging fails."], group: "", resources: &["pods/log"], verbs: &["get"], names: &[] },
    Grant {
        why: &[
            "Opening a command or a port-forward. A cluster cannot restrict which command: whysync itself only runs ls, stat and",
            "cat below /data/echonet.",
        ],
        group: "",
        resources: &["pods/exec", "pods/portforward"],
        verbs: &["get", "create"],
        names: &[],
    },
];

/// A Role for one namespace, as a manifest.
///
/// `pods/exec` and `pods/portforward` are opened by a GET that upgrades to a websocket; the cluster counts that as `get`, newer ones as
/// `create`. Neither can be narrowed to particular commands by a Role: that is the guard's part.
///
/// `source` is the ConfigMap with Echonet's source. Its name changes with each deployment, and a Role cannot grant names by their
/// beginning: without it the source cannot be read.
#[must_use]
pub fn role(namespace: &str, source: Option<&str>) -> String {
    let mut text =
        format!("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: whysync\n  namespace: {namespace}\nrules:\n");
    for grant in GRANTS {
        for line in grant.why {
            text += &format!("  # {line}\n");
        }
        text += &format!("  - apiGroups: [\"{}\"]\n    resources: [{}]\n", grant.group, grant.resources.join(", "));
        if !grant.names.is_empty() {
            text += &format!("    resourceNames: [{}]\n", grant.names.join(", "));
        }
        text += &format!("    verbs: [{}]\n", grant.verbs.join(", "));
    }
    text += "  # Echonet's source, whose files are only hashed. Its name, echonet-src-*, changes with each deployment.\n";
    text += &match source {
        Some(name) => format!("  - apiGroups: [\"\"]\n    resources: [configmaps]\n    resourceNames: [{name}]\n    verbs: [get]\n"),
        None => "  # It is not granted here: name it with `--config-map`.\n".to_owned(),
    };
    text
}
