//! The collection against a simulated deployment over the real protocols.

use std::time::Duration;

use whysync::collect::store::{Input, load};
use whysync::engine::{Trial, diagnose};
use whysync::evidence::{Bundle, CollectionEnd, Gathered};
use whysync::findings::Diagnosis;
use whysync::simulate::{Scenario, simulate};

use crate::rig::{Rig, Target, Trouble, World};
use crate::simulated::catalog;

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
    let output = rig.run(&["collect", "--namespace", &namespace, "--block", &block, "-o", "b.json", "--max-answer-mib", "2"]);
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
pub(crate) fn assert_read_only(asked: &[String]) {
    assert!(!asked.is_empty());
    for request in asked {
        assert!(request.starts_with("GET ") || request == "POST /v2/entries:list", "{request}");
        let refused = ["secret", "keys.json", ".env", "/l1", "cende_recorder", "/attach", "/scale", "stdin=true", "tty=true"];
        assert!(!refused.iter().any(|it| request.contains(it)), "{request}");
        if request.contains("/exec?") {
            let is_listed = ["command=ls&", "command=cat&", "command=stat&", "command=tail&"].iter().any(|it| request.contains(it));
            assert!(is_listed && request.contains("command=%2Fdata%2Fechonet"), "{request}");
        }
    }
}

#[test]
fn a_live_investigation_tells_what_the_diagnosis_of_the_same_incident_tells() {
    for scenario in ["alchemy-429-l1-handler-drop", "native-casm-revert-trace", "header-only-mismatch", "fifo-drain-across-same-timestamp"]
    {
        let bundle = incident(scenario);
        let rig = Rig::start(World::of(&bundle), None);
        let (live, words) = collect(&rig, &bundle);
        let expected = told(&diagnose(&afterwards(bundle), &catalog(), Trial::StableOnly));
        assert_eq!(told(&diagnose(&live, &catalog(), Trial::StableOnly)), expected, "{scenario}: {words}");
        assert_read_only(&rig.asked());
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
fn trouble_with_one_source_loses_no_other() {
    let troubles = [
        Trouble::Slow(Duration::from_millis(300)),
        Trouble::Status(401),
        Trouble::Status(403),
        Trouble::Status(404),
        Trouble::Status(429),
        Trouble::Status(500),
        Trouble::Hang,
        Trouble::CutOff,
        Trouble::Garbage,
        Trouble::Oversized,
    ];
    let bundle = incident("alchemy-429-l1-handler-drop");
    let block = bundle.incident.block.expect("a block");
    let source = |target: Target| {
        for trouble in troubles {
            let rig = Rig::start(World::of(&bundle), Some((target, trouble)));
            let (live, words) = collect(&rig, &bundle);
            let name = format!("{target:?} {trouble:?}: {words}");
            let logs = live.collection.as_ref().expect("a live collection").log_queries.iter().all(|it| it.fallback.is_none());
            let seen = [
                (Target::Pods, live.deployment.pods.value().is_some()),
                (Target::Exec, live.episodes.iter().any(|it| it.ours.get(&block).is_some_and(|it| it.block.value().is_some()))),
                (Target::Echonet, live.report.value().is_some()),
                (Target::Mainnet, live.theirs.get(&block).is_some_and(|it| it.block.value().is_some())),
                (Target::Logging, logs && live.logs.echonet.value().is_some()),
            ];
            for (source, is_seen) in seen {
                // Without pods nobody knows where Echonet is.
                let is_reached = target != Target::Pods || matches!(source, Target::Mainnet);
                let expected = if source == target { matches!(trouble, Trouble::Slow(_)) } else { is_reached };
                if source == Target::Logging && matches!(target, Target::Pods | Target::Exec) && source != target {
                    // Which time to ask for follows from the volume.
                    continue;
                }
                if target == Target::Pods && matches!(trouble, Trouble::Slow(_)) {
                    assert!(is_seen, "{source:?} with {name}");
                    continue;
                }
                assert_eq!(is_seen, expected, "{source:?} with {name}");
            }
            assert_read_only(&rig.asked());
            let text = std::fs::read_to_string(rig.folder.path().join("b.json")).expect("a bundle");
            assert!(!text.contains("canary") && !words.contains("canary"), "{name}");
        }
    };
    std::thread::scope(|scope| {
        for target in [Target::Exec, Target::Echonet, Target::Mainnet, Target::Logging, Target::Pods] {
            let source = &source;
            scope.spawn(move || source(target));
        }
    });
}

/// A secret in every place that a deployment has for one, and how many stand in its log.
pub(crate) fn plant(world: &mut World) -> u64 {
    let planted = [
        "requests.exceptions.HTTPError: 429 for url: https://eth-mainnet.g.alchemy.com/v2/canaryA0123456789abcdef",
        "Max retries exceeded with url: /v2/canaryB0123456789abcdef",
        "Slack resync notification failed: https://hooks.slack.com/services/T0CANARY/B0CANARY/canaryC0123456789",
        "X-Throttling-Bypass: canaryD0123456789",
        "Authorization: Bearer canaryE0123456789.x",
        "http://user:canaryF0123456789@host/",
        "password=canaryG0123456789",
    ];
    let (at, entry) = world.entries.last().cloned().expect("an entry");
    for line in planted {
        let mut entry = entry.clone();
        entry["textPayload"] = line.into();
        world.entries.push((at, entry));
    }
    let first = world.files.keys().find(|it| it.starts_with("report_snapshot_")).cloned().expect("a snapshot");
    *world.files.get_mut(&first).expect("a snapshot") += &planted.join("\n");
    let mut report: serde_json::Value = serde_json::from_str(&world.report).expect("JSON");
    report["last_error"] = planted.join(" ").into();
    report["slack_webhook_url"] = "canaryH0123456789".into();
    world.report = report.to_string();
    world.files.insert(".env".to_owned(), "canaryI".to_owned());
    world.files.insert("my_secrets.json".to_owned(), "canaryJ".to_owned());
    planted.len() as u64
}

#[test]
fn a_secret_anywhere_in_the_deployment_is_in_no_bundle_and_no_word() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let mut world = World::of(&bundle);
    let planted = plant(&mut world);
    let rig = Rig::start(world, None);
    let (live, words) = collect(&rig, &bundle);
    let text = std::fs::read_to_string(rig.folder.path().join("b.json")).expect("a bundle").to_ascii_lowercase();
    let place = text.find("canary").map(|at| text[at.saturating_sub(200)..(at + 60).min(text.len())].to_owned());
    assert_eq!(place, None);
    assert!(!words.to_ascii_lowercase().contains("canary"), "{words}");
    let redacted = live.logs.echonet.as_observed().map(|it| it.coverage.redacted).expect("lines");
    assert!(planted <= redacted, "the planted lines came through, {redacted} were masked");
    assert_read_only(&rig.asked());
}

#[test]
fn a_file_that_is_cut_off_midway_is_read_on_from_there() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::of(&bundle), Some((Target::Exec, Trouble::CutMidway)));
    let (live, words) = collect(&rig, &bundle);
    let expected = told(&diagnose(&afterwards(bundle), &catalog(), Trial::StableOnly));
    assert_eq!(told(&diagnose(&live, &catalog(), Trial::StableOnly)), expected, "{words}");
    let asked = rig.asked();
    let count = |command: &str| asked.iter().filter(|it| it.contains(command)).count();
    let files = count("command=cat&");
    assert_eq!((count("command=tail&command=-c&"), count("command=stat&")), (files, files), "{asked:#?}");
    assert!(0 < files);
    assert_read_only(&asked);
}

#[test]
fn an_answer_that_never_ends_and_a_collection_that_takes_too_long_are_cut_off_with_the_reason() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let ask = ["collect", "--namespace", &namespace, "--block", &block, "-o", "b.json"];
    let end = |it: &Bundle| it.collection.as_ref().map(|it| it.end);

    let rig = Rig::start(World::of(&bundle), Some((Target::Exec, Trouble::Drip)));
    let output = rig.command(&[ask.as_slice(), &["--request-limit", "1"]].concat(), 60_000).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let live = collected(&rig);
    assert_eq!(end(&live), Some(CollectionEnd::Finished));
    let reasons: Vec<_> = live.collection.iter().flat_map(|it| &it.requests).filter_map(|it| it.failure.as_deref()).collect();
    assert!(reasons.iter().any(|it| it.contains("had not ended after 1 s")), "{reasons:?}");

    let rig = Rig::start(World::of(&bundle), Some((Target::Echonet, Trouble::Hang)));
    let output = rig.command(&[ask.as_slice(), &["--time-limit", "2"]].concat(), 60_000).output().expect("it runs");
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{words}");
    let live = collected(&rig);
    assert_eq!(end(&live), Some(CollectionEnd::OutOfTime));
    assert!(words.contains("--time-limit"), "{words}");
    let gap = live.report.gap().expect("a gap");
    assert!(gap.contains("the time for the whole collection was over"), "{gap}");
}

#[test]
fn an_interrupt_writes_what_was_gathered_and_says_so() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::of(&bundle), Some((Target::Echonet, Trouble::Hang)));
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let mut command = rig.command(&["collect", "--namespace", &namespace, "--block", &block, "-o", "b.json"], 600_000);
    let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().expect("it runs");
    // A file of the volume is asked for only after the pods and the listing were answered.
    rig.wait_until(|asked| {
        let is_asked = |part: &str| asked.iter().any(|it| it.contains(part));
        is_asked(" /echonet/") && is_asked("/feeder_gateway/get_block") && is_asked("command=cat&")
    });
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    let output = child.wait_with_output().expect("it ends");
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{words}");
    assert!(words.contains("stopped early"), "{words}");
    let live = collected(&rig);
    let collection = live.collection.as_ref().expect("a live collection");
    assert_eq!(collection.end, CollectionEnd::Interrupted);
    assert!(live.deployment.pods.value().is_some(), "what was answered is there");
    let gap = live.report.gap().expect("a gap");
    assert!(gap.contains("the collection was stopped before an answer came"), "{gap}");
    let diagnosis = diagnose(&live, &catalog(), Trial::StableOnly);
    assert!(diagnosis.unseen.iter().any(|it| it.why.contains("stopped")), "what is missing counts as unknown: {:?}", diagnosis.unseen);
}

#[test]
fn the_audit_log_has_a_line_for_each_request_with_time_status_and_bytes() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::of(&bundle), Some((Target::Mainnet, Trouble::Status(500))));
    let (live, _) = collect(&rig, &bundle);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_whysync"));
    let output = command.args(["bundle", "show", "b.json", "--audit"]).current_dir(rig.folder.path()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let rows: Vec<serde_json::Value> = text.lines().map(|it| serde_json::from_str(it).expect("a line of JSON")).collect();
    assert_eq!(rows.len(), live.collection.expect("a live collection").requests.len());
    for row in &rows {
        assert!(row["asked"].is_string() && row["at"].is_string() && row["bytes"].is_u64(), "{row}");
        let is_refused = row["asked"].as_str().is_some_and(|it| it.ends_with("(mainnet)"));
        assert_eq!(row["status"] == 500, is_refused, "{row}");
        assert_eq!(row["failure"].as_str().is_some_and(|it| it.contains("HTTP 500")), is_refused, "{row}");
    }
    let asked = rig.asked();
    let sent = asked.iter().filter(|it| it.contains("/feeder_gateway/")).count();
    assert_eq!(rows.iter().filter(|it| it["status"] == 500).count(), sent, "every attempt has its row");
}

#[test]
fn the_role_grants_only_what_is_asked_for() {
    let output =
        std::process::Command::new(env!("CARGO_BIN_EXE_whysync")).args(["rbac", "--namespace", "echonet-a"]).output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let role: serde_json::Value = serde_saphyr::from_str(&text).expect("YAML");
    let rules = role["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), 4);
    for rule in rules {
        let words = |name: &str| rule[name].as_array().expect(name).iter().filter_map(|it| it.as_str()).collect::<Vec<_>>();
        let (resources, verbs) = (words("resources"), words("verbs"));
        let opens = resources.iter().all(|it| ["pods/exec", "pods/portforward"].contains(it));
        assert!(verbs.iter().all(|it| ["get", "list"].contains(it) || (opens && *it == "create")), "{text}");
        assert!(!resources.iter().any(|it| it.contains("secret") || it.contains('*') || it.contains("attach")), "{text}");
    }
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
