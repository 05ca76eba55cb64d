//! The rig speaks the real protocols: the real `kubectl` works with it.
//!
//! Without a kubectl that speaks websockets (1.31 and later) these tests say so and pass; with `WHYSYNC_KUBECTL=required` they fail.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use super::incident;
use crate::rig::{Rig, World};

/// A child that ends with the test.
struct ChildGuard(Child);

impl Drop for ChildGuard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether there is a kubectl that speaks websockets; says so if not.
fn is_installed() -> bool {
    let version = Command::new("kubectl").args(["version", "--client", "-o", "json"]).output();
    let version: serde_json::Value = version.ok().and_then(|it| serde_json::from_slice(&it.stdout).ok()).unwrap_or_default();
    // Builds of vendors have a plus behind it.
    let minor = version["clientVersion"]["minor"].as_str().and_then(|it| it.trim_end_matches('+').parse::<u32>().ok());
    let is_there = minor.is_some_and(|it| 31 <= it);
    if !is_there {
        assert!(std::env::var_os("WHYSYNC_KUBECTL").is_none(), "WHYSYNC_KUBECTL is set, and kubectl is not there or too old: {version}");
        let _ = writeln!(std::io::stderr(), "skipped: there is no kubectl of version 1.31 or later");
    }
    is_there
}

fn kubectl(rig: &Rig, namespace: &str, arguments: &[&str]) -> Command {
    let mut command = rig.program("kubectl");
    command.args(["--context", "gke_test-project_here_sequencer-dev", "--namespace", namespace]).args(arguments);
    command
}

/// What a kubectl that must succeed prints.
fn printed(rig: &Rig, namespace: &str, arguments: &[&str]) -> String {
    let output = kubectl(rig, namespace, arguments).output().expect("it runs");
    let (said, words) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "kubectl {arguments:?}: {said}{words}");
    said.into_owned()
}

#[test]
fn the_real_kubectl_gets_reads_runs_copies_and_forwards_in_the_simulated_cluster() {
    if !is_installed() {
        return;
    }
    let bundle = incident("alchemy-429-l1-handler-drop");
    let world = World::from_bundle(&bundle);
    let (namespace, pod, report) = (world.namespace.clone(), world.echonet_pod(), world.echonet.report.clone());
    let (snapshot, content) = world.files.iter().find(|(name, _)| name.starts_with("report_snapshot_")).expect("a snapshot");
    let (snapshot, content) = (format!("/data/echonet/{snapshot}"), content.clone());
    let rig = Rig::start(world, None);

    let pods = printed(&rig, &namespace, &["get", "pods", "-o", "name"]);
    assert!(pods.contains(&format!("pod/{pod}")) && pods.contains("pod/sequencer-node-statefulset-0"), "{pods}");
    let one = printed(&rig, &namespace, &["get", "pod", &pod, "-o", "jsonpath={.status.phase}"]);
    assert_eq!(one, "Running");
    printed(&rig, &namespace, &["get", "services,events,configmaps,deployments,statefulsets"]);

    let log = printed(&rig, &namespace, &["logs", &pod, "-c", "echonet", "--timestamps"]);
    assert!(log.contains("from the kubelet"), "{log}");

    let names = printed(&rig, &namespace, &["exec", &pod, "-c", "echonet", "--", "ls", "/data/echonet"]);
    assert!(names.contains("report_snapshot_") && names.contains("blocks_"), "{names}");
    assert_eq!(printed(&rig, &namespace, &["exec", &pod, "-c", "echonet", "--", "cat", &snapshot]), content);
    let failed = kubectl(&rig, &namespace, &["exec", &pod, "-c", "echonet", "--", "cat", "/data/echonet/none"]).output().expect("it runs");
    assert_eq!(failed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&failed.stderr).contains("No such file"), "{failed:?}");

    printed(&rig, &namespace, &["cp", "-c", "echonet", &format!("{pod}:{snapshot}"), "copied"]);
    assert_eq!(std::fs::read_to_string(rig.folder.path().join("copied")).expect("the copy"), content);

    let mut forward = kubectl(&rig, &namespace, &["port-forward", "--address", "127.0.0.1", &format!("pod/{pod}"), ":80"]);
    let mut forward = ChildGuard(forward.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("it runs"));
    let mut line = String::new();
    // Kept: kubectl dies of an output that nobody reads.
    let mut said = BufReader::new(forward.0.stdout.take().expect("its output"));
    said.read_line(&mut line).expect("a line");
    let address = line.strip_prefix("Forwarding from ").and_then(|it| it.split(' ').next()).unwrap_or_else(|| panic!("{line}"));
    // More than one connection over one tunnel.
    for _ in 0..3 {
        let mut answer = ureq::get(format!("http://{address}/echonet/report")).call().expect("an answer");
        assert_eq!(answer.body_mut().read_to_string().expect("a body"), report);
    }

    let asked = rig.asked();
    for part in ["/pods/", "/log?", "/exec?", "/portforward", "GET /echonet/report"] {
        assert!(asked.iter().any(|it| it.contains(part)), "{part} in {asked:?}");
    }
}

#[test]
fn the_simulated_cluster_refuses_a_kubectl_without_the_right_token() {
    if !is_installed() {
        return;
    }
    let world = World::from_bundle(&incident("alchemy-429-l1-handler-drop"));
    let namespace = world.namespace.clone();
    let rig = Rig::start(world, None);
    let file = rig.folder.path().join("kubeconfig");
    let wrong = std::fs::read_to_string(&file).expect("a file").replace(crate::rig::CLUSTER_TOKEN, "another");
    std::fs::write(&file, wrong).expect("a file");
    let output = kubectl(&rig, &namespace, &["get", "pods"]).output().expect("it runs");
    assert!(!output.status.success());
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("logged in") || words.contains("Unauthorized"), "{words}");
}
