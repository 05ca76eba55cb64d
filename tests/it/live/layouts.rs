//! The sequencer is found in every layout, and what it runs also while nothing of it runs.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use whysync::engine::{Trial, diagnose};
use whysync::evidence::pods::Component;

use super::{assert_read_only, collect, incident};
use crate::rig::{Rig, Trouble, TroubleTarget, World};
use crate::simulated::catalog;

/// A service of the sequencer: its name, the kind of its workload, and its pods' labels.
type ServicePart = (&'static str, &'static str, Value);

fn parts(layout: &str) -> Vec<ServicePart> {
    let labels = |service: &str| json!({"app": "sequencer", "service": format!("sequencer-{service}")});
    match layout {
        "consolidated" => vec![("node", "statefulset", labels("node"))],
        "hybrid" => vec![
            ("core", "statefulset", labels("core")),
            ("committer", "statefulset", labels("committer")),
            ("gateway", "deployment", labels("gateway")),
            ("mempool", "deployment", labels("mempool")),
        ],
        // Only some of the labels, or none: names of containers and images tell too.
        _ => vec![
            ("batcher", "statefulset", json!({"service": "sequencer-batcher"})),
            ("consensus-manager", "statefulset", json!({})),
            ("http-server", "deployment", json!({"app": "sequencer"})),
        ],
    }
}

/// The deployment with the sequencer in this layout, so many pods of each part running.
fn laid_out(mut world: World, parts: &[ServicePart], replicas: u8) -> World {
    let pods = world.pods["items"].as_array_mut().expect("a list");
    pods.retain(|it| it["metadata"]["labels"]["app"] == "echonet");
    pods.push(json!({"metadata": {"name": "postgres-0", "labels": {"app": "postgres"}}, "spec": {"containers": [{"name": "db", "image": "postgres:16"}]}}));
    let (mut lists, namespace) = (json!({"statefulset": [], "deployment": []}), world.namespace.clone());
    for (service, kind, labels) in parts {
        let (name, container) = (format!("sequencer-{service}-{kind}"), format!("sequencer-{service}"));
        let spec = json!({"containers": [{"name": container, "image": "ghcr.io/x/sequencer/sequencer:dev-0123abc"}]});
        if 0 < replicas {
            pods.push(json!({
                "metadata": {"name": format!("{name}-0"), "namespace": namespace, "labels": labels}, "spec": spec, "status": {"phase": "Running"},
            }));
        }
        lists[kind]
            .as_array_mut()
            .expect("a list")
            .push(json!({"metadata": {"name": name}, "spec": {"replicas": replicas, "template": {"spec": spec}}}));
        let settings = json!({"validator_id": format!("0x64-{service}"), "secret_key": "hush"});
        world.objects.insert(format!("configmaps/sequencer-{service}-config"), json!({"data": {"config": settings.to_string()}}));
    }
    world.objects.insert("statefulsets".to_owned(), json!({"items": lists["statefulset"]}));
    world.objects.insert("deployments".to_owned(), json!({"items": lists["deployment"]}));
    world
}

#[test]
fn the_sequencer_is_found_in_every_layout_with_its_settings_and_its_output() {
    for (layout, execution) in [("consolidated", "node"), ("hybrid", "core"), ("distributed", "batcher")] {
        let bundle = incident("alchemy-429-l1-handler-drop");
        let parts = parts(layout);
        let rig = Rig::start(laid_out(World::from_bundle(&bundle), &parts, 1), Some((TroubleTarget::Logging, Trouble::Status(403))));
        let (live, words) = collect(&rig, &bundle);
        let name = format!("{layout}: {words}");
        let found: BTreeSet<String> = live
            .deployment
            .pods
            .value()
            .expect("pods")
            .iter()
            .filter(|it| it.component == Component::Sequencer)
            .map(|it| it.name.clone())
            .collect();
        let expected: BTreeSet<String> = parts.iter().map(|(service, kind, _)| format!("sequencer-{service}-{kind}-0")).collect();
        assert_eq!(found, expected, "{name}");
        assert_eq!(live.deployment.workloads.value().map(Vec::len), Some(parts.len()), "{name}");
        let settings = live.deployment.node_settings.value().expect("settings");
        assert_eq!(settings.get("validator_id"), Some(&format!("0x64-{execution}")), "{name}");
        let asked = rig.asked();
        let configs: Vec<&String> = asked.iter().filter(|it| it.contains("/configmaps/sequencer-")).collect();
        assert!(matches!(configs.as_slice(), [one] if one.ends_with(&format!("/sequencer-{execution}-config"))), "{configs:?}");
        for (service, ..) in &parts {
            assert!(asked.iter().any(|it| it.contains(&format!("/log?container=sequencer-{service}&"))), "{service} {name}");
        }
        assert!(!asked.iter().any(|it| it.contains("postgres")), "{name}");
        let lines = &live.logs.sequencer.value().expect("lines").lines;
        assert_eq!(lines.iter().map(|it| it.pod.to_string()).collect::<BTreeSet<_>>(), expected, "{name}");
        assert_read_only(&asked);
    }
}

#[test]
fn while_the_sequencer_is_scaled_down_its_workload_says_what_it_would_run_and_so_does_the_diagnosis() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(laid_out(World::from_bundle(&bundle), &parts("consolidated"), 0), None);
    let (live, words) = collect(&rig, &bundle);
    let workloads = live.deployment.workloads.value().expect("workloads");
    assert_eq!(workloads[0].replicas, 0, "{words}");
    assert_eq!(workloads[0].images.get("sequencer-node").map(String::as_str), Some("ghcr.io/x/sequencer/sequencer:dev-0123abc"));
    assert!(live.deployment.pods.value().expect("pods").iter().all(|it| it.component != Component::Sequencer), "no pod is an answer too");
    let images = diagnose(&live, &catalog(), Trial::StableOnly).images;
    let image = images.iter().find(|it| it.component == "sequencer").expect("an image");
    assert_eq!((image.image.as_str(), image.image_id.as_str()), ("ghcr.io/x/sequencer/sequencer:dev-0123abc", ""));
}

#[test]
fn a_pod_of_echonet_that_is_replaced_midway_is_followed_and_the_change_is_noted() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    for (target, after) in [(TroubleTarget::Exec, 3), (TroubleTarget::Echonet, 2)] {
        let world = World::from_bundle(&bundle);
        let old = world.echonet_pod();
        let rig = Rig::start(world, Some((target, Trouble::Replaced(after))));
        let (live, words) = collect(&rig, &bundle);
        let name = format!("{target:?}: {words}");
        let block = bundle.incident.block.expect("a block");
        let ours = live.episodes.iter().filter_map(|it| it.ours.get(&block)).any(|it| it.block.value().is_some());
        assert!(ours && live.report.value().is_some(), "{name}");
        let gap = live.deployment.pods.gap().unwrap_or_default();
        assert!(gap.contains(&format!("{old} was replaced by {old}-next")), "{gap} {name}");
        let asked = rig.asked();
        for pod in [old.clone(), format!("{old}-next")] {
            assert!(asked.iter().any(|it| it.contains(&format!("/pods/{pod}/"))), "{pod} {name}");
        }
        let lists = asked.iter().filter(|it| it.ends_with("/pods")).count();
        assert_eq!(lists, 2, "asked once for all that missed it: {name}");
        assert_read_only(&asked);
    }
}
