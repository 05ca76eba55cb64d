//! The collection against a simulated deployment over the real protocols.

mod audit;
pub(crate) mod canaries;
mod deadline;
mod episodes;
mod front_door;
mod hostile_hosts;
mod kubeconfigs;
mod further;
mod investigations;
mod kubectl;
mod layouts;
mod pages;
mod proxies;
mod limits;
mod options;
mod role;
mod ways;
mod troubles;
mod unreachable;

use std::collections::BTreeSet;

use whysync::collect::store::{Input, load};
use whysync::evidence::lineage::Resolution;
use whysync::evidence::source::MemberContent;
use whysync::evidence::{Bundle, Gathered};
use whysync::findings::Diagnosis;
use whysync::simulate::{Scenario, simulate};

use crate::lineage::Repository;
use crate::rig::{Rig, SOURCE, World, running_source};

pub(crate) fn incident(scenario: &str) -> Bundle {
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
        rig.run(&["collect", "--namespace", &namespace, "--block", &block, "-o", "b.json", "--max-answer", "2MiB", "--max-log", "2MiB"]);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{words}");
    (collected(rig), words)
}

type ToldEvents = (String, Vec<(String, String, u64, Vec<String>)>);

/// What a diagnosis says, without where the evidence came from.
fn told(diagnosis: &Diagnosis) -> ToldEvents {
    let findings = diagnosis.findings.iter().map(|it| {
        (
            it.rule.clone(),
            format!("{:?} {:?}", it.cause, it.extent),
            it.block,
            it.claims.iter().map(|it| format!("{it:?}")).collect::<Vec<_>>(),
        )
    });
    (format!("{:?}", diagnosis.verdict), findings.collect())
}

/// No request changes anything, names a secret, or runs anything but what lists and reads.
pub(crate) fn assert_read_only(asked: &[String]) {
    assert!(!asked.is_empty());
    for request in asked {
        assert!(request.starts_with("GET ") || request == "POST /v2/entries:list", "{request}");
        let refused = [
            "secret",
            "keys.json",
            ".env",
            "/l1",
            "/write_",
            "_class_",
            "latest&",
            "pending",
            "/attach",
            "/scale",
            "stdin=true",
            "tty=true",
        ];
        assert!(!refused.iter().any(|it| request.contains(it)), "{request}");
        if request.contains("/exec?") {
            let is_listed = ["command=ls&", "command=cat&", "command=stat&"].iter().any(|it| request.contains(it));
            assert!(is_listed && request.contains("command=%2Fdata%2Fechonet"), "{request}");
        }
    }
}

#[test]
fn of_the_source_that_runs_only_names_and_hashes_are_collected() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let (live, words) = collect(&rig, &bundle);
    let source = live.deployment.source.value().expect("a source");
    let members: Vec<(&str, Result<u64, &str>)> = source
        .members
        .iter()
        .map(|it| match &it.content {
            MemberContent::Hashed(blob) => (it.path.as_str(), Ok(blob.size)),
            MemberContent::Refused(reason) => (it.path.as_str(), Err(reason.as_str())),
        })
        .collect();
    let expected = [
        (".env", Err("names that start with `.env` are never opened")),
        ("echonet_keys.json", Err("names that end in `keys.json` are never opened")),
        ("l1_logic/l1_manager.py", Ok(15)),
        ("my_secrets.txt", Err("names with `secret` are never opened")),
        ("transaction_sender.py", Ok(15)),
    ];
    assert_eq!(members, expected, "{words}");
    let asked = rig.asked();
    let read: Vec<&String> = asked.iter().filter(|it| it.contains("/configmaps/")).collect();
    assert!(read.iter().all(|it| it.contains(&source.config_map) || it.contains("sequencer-")), "{read:?}");
    let text = std::fs::read_to_string(rig.folder.path().join("b.json")).expect("a bundle");
    assert!(!text.contains("canary") && !words.contains("canary"), "{words}");
    assert_read_only(&asked);
}

/// A clone with the source that runs at its newest commit, and the tag of the image that runs.
pub(crate) fn repository(bundle: &Bundle) -> Repository {
    let repository = Repository::new();
    for (path, content) in SOURCE.iter().filter(|(path, _)| path.ends_with(".py")) {
        repository.commit(path, content, "echonet: begin (#13713)");
    }
    let images = bundle.deployment.pods.value().into_iter().flatten().flat_map(|it| &it.containers).map(|it| &it.image);
    for tag in images.filter_map(|it| it.split_once("sequencer:")).map(|(_, tag)| tag) {
        repository.git(&["tag", tag]);
    }
    repository
}

#[test]
fn the_table_of_fixes_of_a_live_deployment_asks_for_pods_and_source_alone() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let repository = repository(&bundle);
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let clone = repository.path().to_str().expect("UTF-8");
    let output = rig.run_in_cluster(&["deployed", "--namespace", &namespace, "--repo", clone]);
    let (told, words) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{told}{words}");
    let asked = rig.asked();
    let base = format!("GET /api/v1/namespaces/{namespace}");
    let source = running_source(&bundle).expect("a source");
    assert_eq!(asked, [base.clone(), format!("{base}/pods"), format!("{base}/configmaps/{source}")]);
    let place = format!("{source} ({})", &repository.head()[..10]);
    let fix = told.split("alchemy-429-l1-handler-drop  ").nth(1).expect("the rule").lines().nth(1).expect("a reason");
    assert!(fix.contains(&format!("contained and effective ({place}: likely")) && words.contains(&place), "{fix}\n{words}");
    assert!(!told.contains("canary") && !words.contains("canary"), "{told}{words}");

    let without_clone = rig.run_in_cluster(&["deployed", "--namespace", &namespace]);
    assert_eq!(without_clone.status.code(), Some(2), "{}", String::from_utf8_lossy(&without_clone.stderr));
}

#[test]
fn an_investigation_with_a_clone_keeps_what_the_deployed_code_contains() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let repository = repository(&bundle);
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let clone = repository.path().to_str().expect("UTF-8");
    let asked = ["investigate", "--namespace", &namespace, "--block", &block, "--bundle", "b.json", "--repo"];
    let output = rig.run(&[&asked[..], &[clone]].concat());
    let (told, words) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{told}{words}");
    let kept = collected(&rig).lineage;
    let resolved = kept.value().map(|it| it.deployed.iter().filter(|it| matches!(it.commit, Resolution::Commit(_))).count());
    assert_eq!(resolved, Some(2), "{kept:?}\n{words}");
    assert!(told.contains("contained and effective (echonet-src-"), "{told}");
    // What is no clone is told before anything is asked.
    let before = rig.asked().len();
    let output = rig.run(&[&asked[..], &["."]].concat());
    assert_eq!((output.status.code(), rig.asked().len()), (Some(4), before), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn one_command_collects_saves_and_diagnoses() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::from_bundle(&bundle), None);
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
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let output = rig.run(&["collect", "--namespace", "echonet-nowhere", "-o", "b.json"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{words}");
    assert!(words.contains(&bundle.incident.namespace.expect("a namespace")) && !words.contains("kube-system"), "{words}");
}

#[test]
fn a_dry_run_says_what_would_be_asked_and_asks_nothing() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let output = rig.run(&["collect", "--namespace", "echonet-a", "--block", "7", "--dry-run"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    for part in [
        "configmaps/echonet-src-<suffix> (hashes",
        "cat /data/echonet/blocks_TIME/block_7.json",
        "cat /data/echonet/report_reverts_TIME.log",
        "GET /echonet/report/text (Echonet",
        "GET /echonet/get_block_metadata?block_number=7 (Echonet",
        "GET /echonet/get_tx_block_metadata?tx_hash=<of the trigger> (Echonet",
        "GET /cende_recorder/get_last_stored_commitment_height (Echonet",
        "GET /feeder_gateway/get_signature?blockNumber=7 (Echonet",
        "get_block?blockNumber=8&withFeeMarketInfo=true",
        "entries:list",
        "pods",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(rig.asked(), [""; 0]);
}

/// A question as the dry run prints it: without what comes from answers.
fn as_planned(asked: &str, tx_hash: &str) -> String {
    let stand_ins = [
        (r"^exec in ([^/]+)/[^:]+: ", "exec in $1/<Echonet's pod>: "),
        (r"\(Echonet, port 80 of ([^/]+)/[^)]+\)$", "(Echonet, port 80 of $1/<Echonet's pod>)"),
        (r"[0-9]{8}T[0-9]{6}Z", "TIME"),
        (r"configmaps/echonet-src-[^ ]+", "configmaps/echonet-src-<suffix>"),
        (r"configmaps/sequencer-[a-z]+-config", "configmaps/sequencer-<service>-config"),
        (r"^(entries:list) .*", "$1"),
    ];
    let mut text = asked.replace(tx_hash, "<of the trigger>");
    for (pattern, stand_in) in stand_ins {
        text = regex::Regex::new(pattern).expect("a pattern").replace_all(&text, stand_in).into_owned();
    }
    text
}

#[test]
fn a_dry_run_names_whatever_a_collection_asks_and_no_page_that_it_cannot_ask() {
    let bundle = incident("echonet-only-revert");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let (live, _) = collect(&rig, &bundle);
    let trigger = bundle.episodes.last().and_then(|it| it.snapshot.value()).expect("a snapshot");
    let (namespace, block) = (bundle.incident.namespace.clone().expect("a namespace"), trigger.trigger_block.to_string());
    let output = rig.run(&["collect", "--namespace", &namespace, "--block", &block, "--dry-run"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: BTreeSet<String> = text.lines().map(|it| as_planned(it, "no hash")).collect();
    let asked: BTreeSet<String> =
        live.collection.expect("a live collection").requests.iter().map(|it| as_planned(&it.asked, &trigger.trigger_key)).collect();
    let unplanned: Vec<&String> = asked.difference(&lines).collect();
    assert!(unplanned.is_empty(), "{unplanned:#?} in {text}");
    // What is planned and was not asked is asked only where something else fails, or was served in another way.
    let conditional = ["/log?container=", "/api/v1/namespaces", "/echonet/report/text", "/feeder_gateway/", "block_dump?", ".json"];
    let unasked: Vec<&String> = lines.difference(&asked).filter(|it| !conditional.iter().any(|part| it.contains(part))).collect();
    assert!(unasked.is_empty(), "{unasked:#?}");
}
