//! What the cluster says beside the pods: what should run, Services, events, and the node's settings.

use std::collections::{BTreeMap, BTreeSet};

use super::Access;
use super::asking::{ask, ask_for};
use super::wanted::Wanted;
use crate::evidence::identity::doubt;
use crate::evidence::sources::node_settings::{self, NodeSettings};
use crate::evidence::sources::{NodeConfig, Situation, deployments, events, services, stateful_sets};
use crate::evidence::{Deployment, Extent, Gathered, Missing, ParseError, Request, Workload};

/// Asks for it, and puts it beside the pods.
pub(super) fn surroundings(
    access: &dyn Access,
    held: &BTreeSet<Request>,
    seen: &mut Situation,
    namespace: Option<&str>,
    deployment: &mut Deployment,
) {
    let stateful_sets = ask(access, &Request::StatefulSets, &stateful_sets::ANSWER);
    deployment.workloads = together(stateful_sets, ask(access, &Request::Deployments, &deployments::ANSWER));
    deployment.services = ask(access, &Request::Services, &services::ANSWER);
    deployment.events = ask(access, &Request::Events, &events::ANSWER);
    seen.workloads = deployment.workloads.value().into_iter().flatten().map(|it| it.name.clone()).collect();
    deployment.node_settings = node_settings(access, Wanted { seen, held }, namespace);
}

/// Both kinds of workloads. Of what is one of the two, the other is missing.
fn together(stateful_sets: Gathered<Vec<Workload>>, deployments: Gathered<Vec<Workload>>) -> Gathered<Vec<Workload>> {
    match (stateful_sets, deployments) {
        (Gathered::Observed(mut all), Gathered::Observed(more)) => {
            all.value.extend(more.value);
            all.coverage.redacted = all.coverage.redacted.saturating_add(more.coverage.redacted);
            if all.coverage.extent == Extent::Complete {
                all.coverage.extent = more.coverage.extent;
            }
            Gathered::Observed(all)
        }
        (one @ Gathered::Observed(_), Gathered::NotAsked) | (Gathered::NotAsked, one @ Gathered::Observed(_)) => {
            let mut one = one;
            doubt(&mut one, "of StatefulSets and Deployments, only one kind is there");
            one
        }
        (missing @ (Gathered::Failed(_) | Gathered::Absent(_)), _) | (_, missing) => missing,
    }
}

/// The settings of the node's layout, as the workloads show it; else those that were saved, if they are of one layout.
fn node_settings(access: &dyn Access, wanted: Wanted<'_>, namespace: Option<&str>) -> Gathered<BTreeMap<String, String>> {
    let config = |it: &Request| match it {
        Request::NodeSettings { config } => Some(*config),
        _ => None,
    };
    let saved: Vec<NodeConfig> = wanted.held.iter().filter_map(config).collect();
    let worth = node_settings::worth(wanted.seen);
    let config = match (worth.iter().find_map(config), saved.as_slice()) {
        (Some(config), _) => config,
        (None, [config]) => *config,
        (None, []) => return Gathered::NotAsked,
        (None, [first, ..]) => {
            let asked = Request::NodeSettings { config: *first }.to_string();
            return Gathered::Failed(Missing::new(asked, "settings of several layouts were saved, and no workload tells which one runs"));
        }
    };
    let is_own = |it: &NodeSettings| match namespace.filter(|of| !it.namespace.is_empty() && **of != it.namespace) {
        Some(of) => Err(ParseError::new(format!("it belongs to {}, but the incident is in {of}", it.namespace))),
        None => Ok(()),
    };
    ask_for(access, &Request::NodeSettings { config }, &node_settings::ANSWER, is_own).map(|it| it.settings)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::collect::tests::{folder, import};

    fn list(items: &[Value]) -> String {
        json!({"kind": "List", "items": items}).to_string()
    }

    #[test]
    fn what_was_saved_of_the_cluster_is_imported_and_what_is_of_another_namespace_is_set_aside() {
        let event = |namespace: &str| {
            json!({"metadata": {"name": "e", "namespace": namespace}, "involvedObject": {"kind": "Pod", "name": "echonet-0"},
                "reason": "FailedAttachVolume", "message": "m", "lastTimestamp": "2026-01-02T03:04:05Z"})
        };
        let pod = json!({"metadata": {"name": "e", "namespace": "echonet-a", "labels": {"app": "echonet"}}});
        let set = json!({"metadata": {"name": "sequencer-core-statefulset", "namespace": "echonet-a"}, "spec": {"replicas": 1}});
        let config = |namespace: &str, validator: &str| {
            let config = json!({"validator_id": validator, "b.secret_key": "hush"}).to_string();
            json!({"metadata": {"name": "c", "namespace": namespace}, "data": {"config": config}}).to_string()
        };
        let (pods, events, sets) = (list(&[pod]), list(&[event("echonet-a"), event("echonet-b")]), list(&[set]));
        let (own, other) = (config("echonet-a", "0x64"), config("echonet-b", "0x65"));
        let saved = [
            ("k8s/pods.json", pods.as_str()),
            ("k8s/events.json", &events),
            ("k8s/statefulsets.json", &sets),
            ("k8s/sequencer-core-config.json", &own),
            ("k8s/sequencer-node-config.json", &other),
        ];
        let bundle = import(folder(&saved).path());
        let deployment = &bundle.deployment;
        assert_eq!(deployment.events.value().map(Vec::len), Some(1));
        assert!(bundle.set_aside.iter().any(|it| it.what == "1 event" && it.whose == "echonet-b"), "{:?}", bundle.set_aside);
        assert_eq!(deployment.workloads.value().map(Vec::len), Some(1));
        assert!(deployment.workloads.gap().is_some_and(|it| it.contains("only one kind is there")), "nobody saved the Deployments");
        // The workload says which layout runs.
        let validator = deployment.node_settings.value().and_then(|it| it.get("validator_id"));
        assert_eq!(validator.map(String::as_str), Some("0x64"), "{:?}", deployment.node_settings);
        assert!(deployment.services.is_not_asked() && !serde_json::to_string(&bundle).expect("JSON").contains("hush"));

        let foreign = [("k8s/pods.json", pods.as_str()), ("k8s/sequencer-node-config.json", &other)];
        let gap = import(folder(&foreign).path()).deployment.node_settings.gap();
        assert!(gap.as_ref().is_some_and(|it| it.contains("it belongs to echonet-b, but the incident is in echonet-a")), "{gap:?}");
        let several = [("k8s/sequencer-core-config.json", own.as_str()), ("k8s/sequencer-node-config.json", &own)];
        let gap = import(folder(&several).path()).deployment.node_settings.gap();
        assert!(gap.as_ref().is_some_and(|it| it.contains("no workload tells which one runs")), "{gap:?}");
    }
}
