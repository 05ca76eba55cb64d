//! A collection that was recorded, run again without the deployment.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use whysync::collect::store::{Input, load};
use whysync::evidence::Gathered;

use crate::live::canaries::planted;
use crate::live::{assert_read_only, incident, repository};
use crate::program::text;
use crate::rig::{Rig, Trouble, TroubleTarget, World};

/// Runs the program where there is neither a cluster nor a credential.
fn alone(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = crate::program::program(&[]);
    command.args(arguments).current_dir(folder).env("HOME", folder).env_remove("KUBECONFIG");
    command.output().expect("it runs")
}

fn names(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten().map(|it| it.path());
    entries.flat_map(|it| if it.is_dir() { names(&it) } else { vec![it] }).collect()
}

/// Where two documents differ, and how.
fn differences(left: &Value, right: &Value, path: &str, found: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            for name in left.keys().chain(right.keys().filter(|it| !left.contains_key(*it))) {
                let of = |it: &serde_json::Map<String, Value>| it.get(name).cloned().unwrap_or_default();
                differences(&of(left), &of(right), &format!("{path}/{name}"), found);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (number, (left, right)) in left.iter().zip(right).enumerate() {
                differences(left, right, &format!("{path}/{number}"), found);
            }
        }
        _ if left == right => {}
        _ => found.push(format!("{path}: {left} and {right}").chars().take(300).collect()),
    }
}

#[test]
fn what_was_recorded_gives_the_same_bundle_byte_for_byte_and_holds_no_secret() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let troubles = [
        None,
        Some((TroubleTarget::Exec, Trouble::CutMidway)),
        Some((TroubleTarget::Exec, Trouble::CutOff)),
        Some((TroubleTarget::Echonet, Trouble::Status(404))),
        Some((TroubleTarget::Echonet, Trouble::Refuse)),
        Some((TroubleTarget::Mainnet, Trouble::Status(500))),
        Some((TroubleTarget::Mainnet, Trouble::Hang)),
        Some((TroubleTarget::Logging, Trouble::Status(403))),
        Some((TroubleTarget::Logging, Trouble::Garbage)),
        Some((TroubleTarget::Exec, Trouble::Replaced(2))),
        Some((TroubleTarget::Echonet, Trouble::Replaced(2))),
        Some((TroubleTarget::Exec, Trouble::ReplacedTimes(2, 2))),
    ];
    for trouble in troubles {
        let rig = Rig::start(planted(World::from_bundle(&bundle)), trouble);
        let folder = rig.folder.path().to_owned();
        let output = rig.run(&["collect", "--namespace", &namespace, "--block", &block, "-o", "live.json", "--record", "kept"]);
        assert_eq!(output.status.code(), Some(0), "{trouble:?}: {}", text(&output.stderr));
        assert_read_only(&rig.asked());
        let asked = rig.asked().len();

        let again = alone(&folder, &["collect", "--replay", "kept", "-o", "replayed.json"]);
        let words = text(&again.stderr);
        assert_eq!(again.status.code(), Some(0), "{trouble:?}: {words}");
        assert!(words.contains("context gke_test-project_here_sequencer-dev") && words.contains(&namespace), "{words}");
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a bundle");
        let (live, replayed) = (read("live.json"), read("replayed.json"));
        let values = [&live, &replayed].map(|it| serde_json::from_str(it).expect("JSON"));
        let mut found = Vec::new();
        differences(&values[0], &values[1], "", &mut found);
        assert!(live == replayed, "{trouble:?}: {found:#?}");
        assert_eq!(rig.asked().len(), asked, "nobody was asked again");
        assert!(!values[0]["deployment"]["source"]["observed"].is_null(), "{trouble:?}: Echonet's source is part of it");

        for file in names(&folder.join("kept")) {
            let content = std::fs::read(&file).expect("a file");
            let found = text(&content).to_ascii_lowercase().find("canary");
            assert_eq!(found, None, "{trouble:?}: {}", file.display());
        }
    }
}

#[test]
fn a_recorded_collection_can_be_imported_and_investigated() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let folder = rig.folder.path().to_owned();
    let output = rig.run(&["collect", "--namespace", &namespace, "--block", &block, "-o", "live.json", "--record", "kept"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));

    let told = alone(&folder, &["investigate", "--replay", "kept", "--bundle", "b.json"]);
    assert_eq!(told.status.code(), Some(0), "{}", text(&told.stderr));
    assert!(text(&told.stdout).contains("alchemy-429-l1-handler-drop"), "{}", text(&told.stdout));

    let imported = alone(&folder, &["import", "kept", "-o", "imported.json", "--block", &block]);
    assert_eq!(imported.status.code(), Some(0), "{}", text(&imported.stderr));
    let bundles = ["live.json", "imported.json"].map(|it| load(&Input::File(folder.join(it))).expect("a bundle"));
    let [live, imported] = &bundles;
    assert_eq!(imported.theirs.len(), live.theirs.len());
    assert_eq!(imported.episodes.len(), live.episodes.len());
    let lines = |it: &whysync::evidence::Bundle| it.logs.echonet.value().map(|it| it.lines.len());
    assert_eq!(lines(imported), lines(live));
    assert!(0 < lines(live).unwrap_or_default());
    assert_eq!(imported.deployment.pods.value(), live.deployment.pods.value());
    let source = imported.deployment.source.value().expect("the list of the source's files");
    assert_eq!(Some(source), live.deployment.source.value());
    let heights = |it: &whysync::evidence::Bundle| {
        let pages = &it.echonet;
        let metadata: Vec<_> = pages.block_metadata.iter().map(|(block, it)| (*block, it.value().cloned())).collect();
        let (latest, commitment) = (pages.latest_received_block.value().copied(), pages.last_stored_commitment.value().copied());
        (latest, commitment, pages.starknet_version.value().cloned(), metadata)
    };
    assert_eq!(heights(imported), heights(live));
    assert!(heights(live).0.is_some() && heights(live).3.len() == 1, "{:?}", live.echonet);
    let reverts = |it: &whysync::evidence::Bundle| it.episodes.iter().map(|it| it.reverts.value().cloned()).collect::<Vec<_>>();
    assert_eq!(reverts(imported), reverts(live));
    assert!(reverts(live).iter().any(Option::is_some));
    let values = |it: &whysync::evidence::Bundle| {
        it.episodes.iter().map(|it| it.ours.values().filter(|it| it.block.value().is_some()).count()).sum::<usize>()
    };
    assert_eq!(values(imported), values(live));
}

#[test]
fn a_folder_that_cannot_be_recorded_to_or_replayed_is_named_with_the_way_out() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let folder = rig.folder.path().to_owned();
    std::fs::create_dir(folder.join("full")).expect("a folder");
    std::fs::write(folder.join("full/a"), "a").expect("a file");
    let refused = rig.run(&["collect", "--namespace", &namespace, "-o", "b.json", "--record", "full"]);
    let words = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(4), "{words}");
    assert!(words.contains("not an empty folder") && words.contains("--record"), "{words}");
    assert_eq!(rig.asked(), [""; 0], "nothing was asked");
    assert!(!folder.join("b.json").exists());

    let cases = [
        ("nowhere", None, "not a recorded collection"),
        ("full", None, "not a recorded collection"),
        ("empty", Some(""), "the file is empty"),
        ("prose", Some("hello\n"), "exchanges.jsonl:1"),
        ("headless", Some("{\"ended\":\"finished\"}\n"), "the first line does not say"),
        ("future", Some("{\"began\":{\"schema\":\"whysync.recording/v9\"}}\n"), "v9"),
    ];
    for (name, index, expected) in cases {
        if let Some(index) = index {
            std::fs::create_dir(folder.join(name)).expect("a folder");
            std::fs::write(folder.join(name).join("exchanges.jsonl"), index).expect("a file");
        }
        let refused = alone(&folder, &["collect", "--replay", name, "-o", "b.json"]);
        let words = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(4), "{name}: {words}");
        assert!(words.contains(expected) && words.contains("help"), "{name}: {words}");
    }
    let both = alone(&folder, &["collect", "--replay", "full", "--namespace", &namespace]);
    assert_eq!(both.status.code(), Some(2), "{}", text(&both.stderr));
}

/// Makes every number with one of these names the largest that there is.
fn at_its_most(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "bytes" | "redacted" | "replaced" | "took_ms" if value.is_u64() => *value = u64::MAX.into(),
                    _ => at_its_most(value),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(at_its_most),
        _ => {}
    }
}

#[test]
fn sizes_and_counts_of_a_recording_that_fill_their_type_end_nothing() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    for trouble in [None, Some((TroubleTarget::Logging, Trouble::Status(403)))] {
        let rig = Rig::start(planted(World::from_bundle(&bundle)), trouble);
        let folder = rig.folder.path().to_owned();
        let output = rig.run(&["collect", "--namespace", &namespace, "-o", "live.json", "--record", "kept"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let index = folder.join("kept/exchanges.jsonl");
        let mut changed = String::new();
        for line in std::fs::read_to_string(&index).expect("an index").lines() {
            let mut line: Value = serde_json::from_str(line).expect("JSON");
            at_its_most(&mut line);
            changed += &format!("{line}\n");
        }
        std::fs::write(&index, changed).expect("an index");
        // The sizes of pages, of pods' logs and of attempts are added up, and so are the secrets in them, which panicked.
        let again = alone(&folder, &["collect", "--replay", "kept", "-o", "replayed.json"]);
        assert_eq!(again.status.code(), Some(0), "{trouble:?}: {}", text(&again.stderr));
        let replayed = load(&Input::File(folder.join("replayed.json"))).expect("a bundle");
        let log = replayed.logs.echonet.as_observed().unwrap_or_else(|| panic!("{:?}", replayed.logs.echonet.gap()));
        assert_eq!(log.source.bytes, u64::MAX, "{trouble:?}");
        assert!(!log.value.lines.is_empty());
    }
}

#[test]
fn a_recording_that_leads_elsewhere_is_not_followed() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let folder = rig.folder.path().to_owned();
    let output = rig.run(&["collect", "--namespace", &namespace, "-o", "live.json", "--record", "kept"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    std::fs::write(folder.join("outside.json"), "{\"items\":[{\"metadata\":{\"name\":\"from-outside\"}}]}").expect("a file");
    let index = folder.join("kept/exchanges.jsonl");
    let lines = std::fs::read_to_string(&index).expect("an index");
    for elsewhere in ["../outside.json", "k8s/link.json", "k8s/my_secret.json"] {
        std::fs::write(&index, lines.replace("k8s/pods.json", elsewhere)).expect("an index");
        if elsewhere == "k8s/link.json" {
            std::os::unix::fs::symlink(folder.join("outside.json"), folder.join("kept/k8s/link.json")).expect("a link");
        }
        let again = alone(&folder, &["collect", "--replay", "kept", "-o", "replayed.json"]);
        // Without pods nothing of the deployment is reached.
        assert_eq!(again.status.code(), Some(4), "{}", text(&again.stderr));
        let gap = load(&Input::File(folder.join("replayed.json"))).expect("a bundle").deployment.pods.gap();
        assert!(gap.as_ref().is_some_and(|it| it.contains("of the recording cannot be read")), "{elsewhere}: {gap:?}");
    }
}

#[test]
fn what_was_changed_in_a_recording_since_is_no_evidence_and_named() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let sums = regex::Regex::new("\"kept_sha256\":\"[0-9a-f]{64}\",").expect("a pattern");
    for (trouble, file, gap) in [
        (None, "k8s/pods.json", (|it| it.deployment.pods.gap()) as fn(&whysync::evidence::Bundle) -> Option<String>),
        (None, "logs/gcp_entries.json", |it| it.logs.echonet.gap()),
        // The containers' own output is read then.
        (Some((TroubleTarget::Logging, Trouble::Status(403))), "echonet_current.log", |it| it.logs.echonet.gap()),
    ] {
        let rig = Rig::start(World::from_bundle(&bundle), trouble);
        let folder = rig.folder.path().to_owned();
        let output = rig.run(&["collect", "--namespace", &namespace, "--block", &block, "-o", "live.json", "--record", "kept"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let path = names(&folder.join("kept")).into_iter().find(|it| it.to_string_lossy().ends_with(file)).expect(file);
        let recorded = std::fs::read_to_string(&path).expect("a file");
        // A digit for another: it is as long as it was, and still what it should be.
        let digit = recorded.rfind(|it: char| it.is_ascii_digit()).expect("a digit");
        let other = if recorded.as_bytes()[digit] == b'7' { "8" } else { "7" };
        std::fs::write(&path, format!("{}{other}{}", &recorded[..digit], &recorded[digit + 1..])).expect("a file");
        let again = alone(&folder, &["collect", "--replay", "kept", "-o", "replayed.json"]);
        assert!(matches!(again.status.code(), Some(0 | 4)), "{file}: {}", text(&again.stderr));
        let found = gap(&load(&Input::File(folder.join("replayed.json"))).expect("a bundle"));
        assert!(found.as_ref().is_some_and(|it| it.contains("is not what was recorded: its SHA-256 is another")), "{file}: {found:?}");
        // Older versions noted no sums.
        let index = folder.join("kept/exchanges.jsonl");
        let lines = std::fs::read_to_string(&index).expect("an index");
        let without = sums.replace_all(&lines, "").into_owned();
        assert_ne!(lines, without);
        std::fs::write(&index, without).expect("an index");
        let again = alone(&folder, &["collect", "--replay", "kept", "-o", "replayed.json"]);
        assert_eq!(again.status.code(), Some(0), "{file}: {}", text(&again.stderr));
    }
}

/// Where standard error is a terminal, there is a line a source, and no secret in it; elsewhere and with --quiet there is none.
#[test]
fn progress_is_drawn_on_a_terminal_and_nowhere_else() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let rig = Rig::start(planted(World::from_bundle(&bundle)), Some((TroubleTarget::Mainnet, Trouble::Status(500))));
    let arguments = ["collect", "--namespace", &namespace, "-o", "b.json"];
    let sources = ["Kubernetes       ", "Echonet's volume ", "mainnet          ", "Cloud Logging    "];
    let piped = rig.run(&arguments);
    assert_eq!(piped.status.code(), Some(0));
    assert!(sources.iter().all(|it| !text(&piped.stderr).contains(it)), "{}", text(&piped.stderr));

    let on_terminal = |arguments: &[&str]| {
        let program = rig.command(arguments, 600);
        let quoted = std::iter::once(program.get_program()).chain(program.get_args()).map(|it| format!("'{}'", it.to_string_lossy()));
        let line = quoted.collect::<Vec<_>>().join(" ");
        let mut script = Command::new("script");
        script.args(["-qec", &line, "/dev/null"]).current_dir(rig.folder.path());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => script.env(name, value),
                None => script.env_remove(name),
            };
        }
        script.env("TERM", "xterm").stdin(std::process::Stdio::null()).output().ok().map(|it| text(&it.stdout))
    };
    // Without the program that makes a terminal, only the other half is tested.
    let Some(drawn) = on_terminal(&arguments) else { return };
    for source in sources {
        assert!(drawn.contains(source), "{source} in {drawn}");
    }
    assert!(drawn.contains("done, ") && drawn.contains("HTTP 500"), "{drawn}");
    assert!(drawn.contains("namespace ") && !drawn.contains("canary"), "{drawn}");
    let quiet = on_terminal(&[arguments.as_slice(), &["--quiet"]].concat()).expect("it ran before");
    assert!(sources.iter().all(|it| !quiet.contains(it)) && quiet.contains("namespace "), "{quiet}");
}

/// Without a snapshot, only the named block and its neighbours are asked for at first; what a rule needs lies beyond.
#[test]
fn what_a_rule_cannot_be_decided_without_is_asked_for_in_a_further_round() {
    let mut bundle = incident("fifo-drain-across-same-timestamp");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let subject = bundle.incident.block.expect("a block");
    for episode in &mut bundle.episodes {
        episode.snapshot = Gathered::NotAsked;
    }
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let before = (subject - 1).to_string();
    let output = rig.run(&["investigate", "--namespace", &namespace, "--block", &before, "--bundle", "b.json", "--record", "kept"]);
    let (told, words) = (text(&output.stdout), text(&output.stderr));
    assert!(told.contains("fifo-drain-across-same-timestamp"), "{told}{words}");
    let live = load(&Input::File(rig.folder.path().join("b.json"))).expect("a bundle");
    let collection = live.collection.as_ref().expect("a live collection");
    let [round] = collection.rounds.as_slice() else { panic!("one further round: {:#?}", collection.rounds) };
    assert_eq!(round.reason, "rules cannot be decided without it");
    let next = format!("get_block?blockNumber={}", subject + 1);
    assert!(round.asked.iter().any(|it| it.contains(&next)), "{round:?}");
    let place = collection.requests.iter().position(|it| it.asked.contains(&next)).expect("it was asked");
    assert!(round.after <= place, "{place} is a row of the further round, from {}", round.after);
    assert!(words.contains("also collected") && words.contains(&next), "{words}");
    assert!(live.theirs.get(&(subject + 1)).is_some_and(|it| it.block.value().is_some()), "its answer is evidence");
    assert_read_only(&rig.asked());

    let again = alone(rig.folder.path(), &["investigate", "--replay", "kept", "--bundle", "replayed.json"]);
    assert_eq!(text(&again.stdout), told, "{}", text(&again.stderr));
    let read = |name: &str| std::fs::read(rig.folder.path().join(name)).expect("a bundle");
    assert!(read("b.json") == read("replayed.json"), "the further round is replayed as well");
}

#[test]
fn a_replay_with_a_clone_gives_the_lineage_of_the_collection_with_it() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let repository = repository(&bundle);
    let clone = repository.path().to_str().expect("UTF-8");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let folder = rig.folder.path().to_owned();
    let live = ["investigate", "--namespace", &namespace, "--block", &block, "--bundle", "live.json", "--record", "kept", "--repo", clone];
    let output = rig.run(&live);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let again = alone(&folder, &["investigate", "--replay", "kept", "--bundle", "replayed.json", "--repo", clone]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    assert_eq!(text(&again.stdout), text(&output.stdout));
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a bundle");
    assert!(read("live.json") == read("replayed.json"), "byte for byte");
    let lineage = load(&Input::File(folder.join("replayed.json"))).expect("a bundle").lineage;
    assert!(lineage.value().is_some_and(|it| !it.history.commits.is_empty() && !it.deployed.is_empty()), "{lineage:?}");

    let without = alone(&folder, &["collect", "--replay", "kept", "-o", "without.json"]);
    assert_eq!(without.status.code(), Some(0), "{}", text(&without.stderr));
    let without = load(&Input::File(folder.join("without.json"))).expect("a bundle").lineage;
    assert_eq!(without, Gathered::NotAsked, "a recording holds nothing of a clone");
}

#[test]
fn a_list_of_resyncs_that_was_recorded_is_replayed_to_the_same_list() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let rig = Rig::start(planted(World::from_bundle(&bundle)), None);
    let folder = rig.folder.path().to_owned();
    let live = rig.run(&["episodes", "--namespace", &namespace, "--format", "json", "--record", "kept"]);
    assert_eq!(live.status.code(), Some(0), "{}", text(&live.stderr));
    let asked = rig.asked().len();
    for more in [&[][..], &["--block", &block]] {
        let again = alone(&folder, &[&["episodes", "--replay", "kept", "--format", "json"], more].concat());
        assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
        let of = |it: &[u8]| serde_json::from_slice::<Value>(it).expect("JSON")["resyncs"].as_array().expect("a list").clone();
        let (all, found) = (of(&live.stdout), of(&again.stdout));
        assert!(!found.is_empty() && found.iter().all(|it| all.contains(it)), "{found:#?} of {all:#?}");
        assert!(!more.is_empty() || again.stdout == live.stdout, "byte for byte: {}", text(&again.stdout));
    }
    assert_eq!(rig.asked().len(), asked, "nobody was asked again");
    // Of what was not recorded, nothing is made up.
    let collected = alone(&folder, &["collect", "--replay", "kept", "-o", "b.json"]);
    assert_eq!(collected.status.code(), Some(0), "{}", text(&collected.stderr));
    let gap = load(&Input::File(folder.join("b.json"))).expect("a bundle").deployment.source.gap();
    assert!(gap.as_ref().is_some_and(|it| it.contains("the recording does not hold")), "{gap:?}");
}
