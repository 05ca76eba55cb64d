//! The collection against a simulated deployment over the real protocols.

mod canaries;
mod episodes;
mod investigations;
mod kubectl;
mod layouts;
mod role;
mod ways;
mod troubles;

use whysync::collect::store::{Input, load};
use whysync::evidence::{Bundle, Gathered};
use whysync::findings::Diagnosis;
use whysync::simulate::{Scenario, simulate};

use crate::rig::{Rig, World};

fn incident(scenario: &str) -> Bundle {
    simulate(scenario.parse::<Scenario>().expect("a scenario"), 1).bundle
}

/// What is there to be collected afterwards: nobody captured a report during a resync.
fn afterwards(mut bundle: Bundle) -> Bundle {
    for episode in &mut bundle.episodes {
        episode.report = Gathered::NotAsked;
    }
    bundle
}

fn collected(rig: &Rig) -> Bundle {
    load(&Input::File(rig.folder.path().join("b.json"))).expect("a bundle")
}

fn collect(rig: &Rig, bundle: &Bundle) -> (Bundle, String) {
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let output =
        rig.run(&["collect", "--namespace", &namespace, "--block", &block, "-o", "b.json", "--max-answer-mib", "2", "--max-log-mib", "2"]);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{words}");
    (collected(rig), words)
}

type Told = (String, Vec<(String, String, u64, Vec<String>)>);

/// What a diagnosis says, without where the evidence came from.
fn told(diagnosis: &Diagnosis) -> Told {
    let findings = diagnosis.findings.iter().map(|it| {
        (it.rule.clone(), format!("{:?}", it.certainty), it.block, it.claims.iter().map(|it| format!("{it:?}")).collect::<Vec<_>>())
    });
    (format!("{:?}", diagnosis.verdict), findings.collect())
}

/// No request changes anything, names a secret, or runs anything but what lists and reads.
fn assert_read_only(asked: &[String]) {
    assert!(!asked.is_empty());
    for request in asked {
        assert!(request.starts_with("GET ") || request == "POST /v2/entries:list", "{request}");
        let refused = ["secret", "keys.json", ".env", "/l1", "cende_recorder", "/attach", "/scale", "stdin=true", "tty=true"];
        assert!(!refused.iter().any(|it| request.contains(it)), "{request}");
        if request.contains("/exec?") {
            let is_listed = ["command=ls&", "command=cat&", "command=stat&"].iter().any(|it| request.contains(it));
            assert!(is_listed && request.contains("command=%2Fdata%2Fechonet"), "{request}");
        }
    }
}

#[test]
fn one_command_collects_saves_and_diagnoses() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::of(&bundle), None);
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let output = rig.run(&["investigate", "--namespace", &namespace, "--block", &block, "--bundle", "b.json"]);
    let (told, words) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{told}{words}");
    assert!(told.contains("alchemy-429-l1-handler-drop"), "{told}");
    assert!(words.contains("context gke_test-project_here_sequencer-dev") && words.contains(&namespace), "{words}");
    let collection = collected(&rig).collection.expect("a live collection");
    assert!(!collection.requests.is_empty() && collection.log_queries.iter().all(|it| it.link.starts_with("https://console")));
}

#[test]
fn a_namespace_that_does_not_exist_names_those_that_do() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::of(&bundle), None);
    let output = rig.run(&["collect", "--namespace", "echonet-nowhere", "-o", "b.json"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{words}");
    assert!(words.contains(&bundle.incident.namespace.expect("a namespace")) && !words.contains("kube-system"), "{words}");
}

#[test]
fn a_dry_run_says_what_would_be_asked_and_asks_nothing() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::of(&bundle), None);
    let output = rig.run(&["collect", "--namespace", "echonet-a", "--block", "7", "--dry-run"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    for part in ["cat /data/echonet/blocks_TIME/block_7.json", "get_block?blockNumber=8&withFeeMarketInfo=true", "entries:list", "pods"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(rig.asked(), [""; 0]);
}
