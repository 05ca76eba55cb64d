//! The ways to a deployment: contexts, an Echonet that is forwarded already, and the logs.

use serde_json::{Value, json};
use whysync::evidence::logs::Stream;

use super::{assert_read_only, collect, collected, incident};
use crate::rig::{Rig, Trouble, TroubleTarget, World};

const USUAL: &str = "gke_test-project_here_sequencer-dev";

#[test]
fn the_named_context_wins_the_usual_one_is_the_default_and_the_chosen_one_is_always_said() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let file = rig.folder.path().join("kubeconfig");
    let mut config: Value = serde_json::from_str(&std::fs::read_to_string(&file).expect("a file")).expect("JSON");
    let run = |config: &Value, more: &[&str]| {
        std::fs::write(&file, config.to_string()).expect("a file");
        let output = rig.run(&[&["collect", "--namespace", &namespace, "-o", "b.json"], more].concat());
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let context = |name: &str| json!({"name": name, "context": {"cluster": "c", "user": "u"}});
    config["contexts"] = json!([context("other"), context(USUAL)]);
    config["current-context"] = "other".into();
    let cases: [(&[&str], i32, &[&str]); 3] = [
        (&[], 0, &[&format!("context {USUAL}, namespace {namespace}")]),
        (&["--context", "other"], 0, &[&format!("context other, namespace {namespace}")]),
        (&["--context", "none"], 4, &["no Kubernetes context `none`", "other", USUAL]),
    ];
    for (more, code, parts) in cases {
        let (found, words) = run(&config, more);
        assert_eq!(found, Some(code), "{more:?} {words}");
        assert!(parts.iter().all(|it| words.contains(it)), "{parts:?} in {words}");
    }
    // A context that names no project: the logs come from the containers, unless a project is named.
    let (_, words) = run(&config, &["--context", "other"]);
    let queries = collected(&rig).collection.expect("a live collection").log_queries;
    assert!(queries.iter().all(|it| it.fallback.as_ref().is_some_and(|it| it.contains("--project"))), "{words}");
    let (_, words) = run(&config, &["--context", "other", "--project", "mine"]);
    let queries = collected(&rig).collection.expect("a live collection").log_queries;
    assert!(queries.iter().all(|it| it.fallback.is_none() && it.link.ends_with("?project=mine")), "{words}");
    assert!(rig.log_queries().iter().any(|it| it["resourceNames"] == json!(["projects/mine"])));
    for (contexts, part) in [
        (json!([context("other")]), "no Kubernetes context has `sequencer-dev`"),
        (json!([context("a-sequencer-dev"), context(USUAL)]), "several"),
    ] {
        config["contexts"] = contexts;
        let (code, words) = run(&config, &[]);
        assert_eq!(code, Some(4), "{words}");
        assert!(words.contains(part) && words.contains("--context"), "{words}");
    }
}

#[test]
fn an_echonet_that_is_forwarded_already_is_used_if_it_is_that_of_the_namespace() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let mut another = World::from_bundle(&bundle);
    another.namespace = "echonet-another".to_owned();
    let another = Rig::start(another, None);
    let broken = Rig::start(World::from_bundle(&bundle), Some((TroubleTarget::Echonet, Trouble::Status(500))));
    let run = |url: &str| {
        let output = rig.run(&["collect", "--namespace", &namespace, "-o", "b.json", "--echonet-url", url]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, words) = run(&another.echonet_url);
    assert_eq!(code, Some(4), "{words}");
    let as_one_line = words.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(as_one_line.contains("its page names echonet-another, not echonet-sim-"), "{words}");
    for (url, reason) in [
        (format!("{}/elsewhere", rig.echonet_url), "HTTP 404"),
        (broken.echonet_url.clone(), "HTTP 500"),
        ("http://127.0.0.1:1".to_owned(), "refused"),
    ] {
        let (code, words) = run(&url);
        assert_eq!(code, Some(4), "{words}");
        assert!(words.contains("the URL given for Echonet cannot be used") && words.contains(reason), "{words}");
    }
    assert!(
        !rig.asked().iter().any(|it| it.contains("/echonet/report") && !it.contains("/ui")),
        "nothing else is asked before that is known"
    );
    let (code, words) = run(&rig.echonet_url);
    assert_eq!(code, Some(0), "{words}");
    assert!(collected(&rig).report.value().is_some());
    assert!(!rig.asked().iter().any(|it| it.contains("portforward")));
    assert_read_only(&rig.asked());
}

#[test]
fn log_entries_are_read_page_by_page_in_a_window_and_both_payloads_become_lines() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let mut world = World::from_bundle(&bundle);
    let (at, entry) = world.entries.last().cloned().expect("an entry");
    let of_node = |payload: &str, value: Value| {
        let mut entry = entry.clone();
        entry.as_object_mut().expect("an object").remove("textPayload");
        entry["resource"]["labels"] = json!({"container_name": "sequencer-node", "pod_name": "sequencer-node-statefulset-0"});
        entry["logName"] = format!("projects/test-project/logs/{}", if payload == "textPayload" { "stderr" } else { "stdout" }).into();
        entry[payload] = value;
        (at, entry)
    };
    world.entries.push(of_node("jsonPayload", json!({"level": "WARN", "message": "height 7 is slow", "filename": "a.rs"})));
    world.entries.push(of_node("textPayload", "thread 'main' panicked at a.rs".into()));
    world.entries.push(of_node("protoPayload", json!({})));
    let rig = Rig::start(world, None);
    let (live, words) = collect(&rig, &bundle);
    let (echonet, sequencer): (Vec<Value>, Vec<Value>) =
        rig.log_queries().into_iter().partition(|it| it["filter"].as_str().is_some_and(|it| it.contains("\"echonet\"")));
    let tokens: Vec<Option<&str>> = echonet.iter().map(|it| it["pageToken"].as_str()).collect();
    assert_eq!(&tokens[..3], [None, Some("100"), Some("200")], "{words}");
    for query in echonet.iter().chain(&sequencer) {
        assert_eq!((query["orderBy"].as_str(), query["pageSize"].as_u64()), (Some("timestamp asc"), Some(1000)));
        assert_eq!(query["resourceNames"], json!(["projects/test-project"]));
        let filter = query["filter"].as_str().expect("a filter");
        assert!(
            ["timestamp>=\"", "timestamp<=\"", "k8s_container", &live.incident.namespace.clone().expect("a namespace")]
                .iter()
                .all(|it| filter.contains(it)),
            "{filter}"
        );
    }
    let lines = &live.logs.sequencer.value().expect("lines").lines;
    let texts: Vec<(&str, Stream)> = lines.iter().map(|it| (it.text.as_str(), it.stream)).collect();
    assert!(
        matches!(texts.as_slice(), [(json, Stream::Stdout), ("thread 'main' panicked at a.rs", Stream::Stderr)] if json.contains("\"message\":\"height 7 is slow\"")),
        "{texts:?}"
    );
    let collection = live.collection.as_ref().expect("a live collection");
    for query in &collection.log_queries {
        let asked = if query.program == "echonet" { &echonet } else { &sequencer };
        assert!(asked.iter().all(|it| it["filter"] == query.filter.as_str()), "{query:?}");
        let shown = query.link.split_once(";query=").or(query.link.split_once("query=")).expect("a query").1;
        let shown = shown.split(';').next().expect("a filter").replace("%0A", "\n").replace("%22", "\"").replace("%3D", "=");
        assert_eq!(shown.lines().next(), query.filter.lines().next(), "{}", query.link);
        assert!(query.link.contains(";startTime=") && query.link.ends_with("?project=test-project"), "{}", query.link);
    }
    assert_eq!(collection.log_queries[0].entries as usize, live.logs.echonet.value().expect("lines").lines.len());
}

#[test]
fn log_lines_above_the_limit_are_left_out_and_the_log_then_counts_as_seen_in_part() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let mut world = World::from_bundle(&bundle);
    let (at, entry) = world.entries.first().cloned().expect("an entry");
    for _ in 0..300 {
        let mut entry = entry.clone();
        entry["textPayload"] = format!("[INFO] [echonet.flask] {}", "long ".repeat(4096)).into();
        world.entries.insert(0, (at, entry));
    }
    let rig = Rig::start(world, None);
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let output = rig.run(&["collect", "--namespace", &namespace, "--block", &block, "-o", "b.json", "--max-log", "1MiB"]);
    let words = String::from_utf8_lossy(&output.stderr);
    let live = collected(&rig);
    let gap = live.logs.echonet.gap().unwrap_or_default();
    assert!(gap.contains("seen in part only") && gap.contains("only the first"), "{gap}");
    assert!(words.contains("Echonet's log seen in part only"), "{words}");
    let pages = rig.log_queries().iter().filter(|it| it["filter"].as_str().is_some_and(|it| it.contains("\"echonet\""))).count();
    assert_eq!(pages, 1, "no page is asked for that would not be kept");
}

#[test]
fn where_cloud_logging_fails_the_output_of_this_and_the_previous_run_is_read_and_recorded_as_such() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let mut world = World::from_bundle(&bundle);
    let pod = world.echonet_pod();
    let of_echonet = |it: &&mut Value| it["metadata"]["labels"]["app"] == "echonet";
    let found = world.pods["items"].as_array_mut().expect("a list").iter_mut().find(of_echonet).expect("Echonet's pod");
    found["status"]["containerStatuses"][0]["restartCount"] = 1.into();
    let line = |text: &str| format!("2026-01-02T03:04:05.000000001Z {text}\n");
    world.outputs.insert((pod.clone(), "echonet".to_owned(), "previous"), line("before the restart"));
    world.outputs.insert((pod, "echonet".to_owned(), ""), line("after the restart"));
    let rig = Rig::start(world, Some((TroubleTarget::Logging, Trouble::Status(403))));
    let (live, words) = collect(&rig, &bundle);
    let lines: Vec<&str> = live.logs.echonet.value().expect("lines").lines.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(lines, ["before the restart", "after the restart"], "{words}");
    let gap = live.logs.echonet.gap().unwrap_or_default();
    assert!(gap.contains("keeps only the newest output"), "{gap}");
    let queries = &live.collection.as_ref().expect("a live collection").log_queries;
    assert!(queries.iter().all(|it| it.fallback.as_ref().is_some_and(|it| it.contains("HTTP 403"))), "{queries:?}");
    let source = &live.logs.echonet.as_observed().expect("lines").source;
    assert_eq!(source.asked, "logs of container echonet");
    assert!(rig.asked().iter().any(|it| it.contains("container=echonet") && it.contains("previous=true") && it.contains("sinceTime=")));
}

#[test]
fn where_no_evidence_shows_a_resync_the_diagnosis_says_which_would_have_and_why_it_is_missing() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let rig = Rig::start(World::from_bundle(&bundle), Some((TroubleTarget::Pods, Trouble::Status(403))));
    let output = rig.run(&["investigate", "--namespace", &namespace, "--block", &block, "--bundle", "b.json"]);
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{told}");
    for part in [
        "Inconclusive",
        "Not seen",
        "pods: could not be read: HTTP 403",
        "report: could not be read: the pods are not known",
        "would decide: alchemy-failure-kills-consumer",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

/// What a client says of a file that it cannot read is a part of that file.
#[test]
fn a_kubeconfig_that_cannot_be_used_is_said_by_its_place_and_never_by_its_text() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let file = rig.folder.path().join("kubeconfig");
    let user = |what: &str| {
        format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster: {{server: \"https://127.0.0.1:1\"}}\nusers:\n- name: u\n  user:\n    {what}\ncontexts:\n- name: {USUAL}\n  context: {{cluster: c, user: u}}\n"
        )
    };
    let cases = [
        (user("token: [canaryA1234567890, b"), "line 9"),
        (user("token: {canaryB1234567890: 1}"), "line 9"),
        (user("client-key-data: canaryC1234567890!"), "the private part of the user's certificate cannot be used"),
        (user("canaryD1234567890"), "line 9"),
        (
            user(
                "exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, 'echo canaryE1234567890; exit 3'], interactiveMode: Never}",
            ),
            "what it said is not shown",
        ),
        (
            user(
                "exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, 'echo canaryF1234567890'], interactiveMode: Never}",
            ),
            "not shown",
        ),
    ];
    for (config, said) in cases {
        std::fs::write(&file, &config).expect("a file");
        let output = rig.run(&["collect", "--namespace", "echonet-x", "-o", "b.json"]);
        let words = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let flat: String =
            words.split(|it: char| it.is_whitespace() || it == '\u{2502}').filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ");
        assert_eq!(output.status.code(), Some(4), "{words}");
        assert!(!words.contains("canary") && flat.contains(said), "`{said}` in {words}");
    }
}
