//! Past resyncs are listed, and each of them can be collected.

use serde_json::Value;
use whysync::evidence::{Bundle, Snapshot, Timestamp};

use super::{assert_read_only, collected, incident};
use crate::rig::{Rig, World};

/// An hour in milliseconds.
const HOUR: i64 = 3_600_000;

/// A deployment that has resynced often: of each earlier resync, so many hours ago at so much lower a block, its snapshot and an archive.
pub(crate) fn with_past(bundle: &Bundle, past: &[(i64, u64)]) -> World {
    let mut world = World::from_bundle(bundle);
    let (file, text) = world.files.iter().rfind(|(name, _)| name.starts_with("report_snapshot_")).expect("a snapshot");
    let (file, text) = (file.clone(), text.clone());
    let last = last_snapshot(bundle);
    let archive = bundle.episodes.last().and_then(|it| it.archive.value()).expect("an archive").clone();
    let documents: Vec<(String, String)> =
        world.files.iter().filter_map(|(name, text)| Some((name.strip_prefix(&archive)?.to_owned(), text.clone()))).collect();
    for (hours, lower) in past {
        let at = last.taken_at.plus_millis(-hours * HOUR);
        let lowered = |it: u64| it - lower;
        let mut text = text.replace(&last.taken_at.to_string(), &at.to_string());
        for block in [last.trigger_block, last.current_start_block.expect("a start"), last.current_block.expect("a block")] {
            text = text.replace(&block.to_string(), &lowered(block).to_string());
        }
        world.files.insert(format!("report_snapshot_{}.log", at.to_file_name()), text);
        let reverts = world.files.get(&file.replace("report_snapshot_", "report_reverts_")).expect("a comparison").clone();
        world.files.insert(format!("report_reverts_{}.log", at.to_file_name()), reverts);
        let began = at.plus_millis(-HOUR / 4).to_file_name();
        for (name, document) in &documents {
            let name = name.replace(&last.trigger_block.to_string(), &lowered(last.trigger_block).to_string());
            // A document states its own height.
            let mut document: Value = serde_json::from_str(document).expect("JSON");
            if let Some(number) = document.get("block_number").and_then(Value::as_u64) {
                document["block_number"] = if number == last.trigger_block { lowered(number) } else { number }.into();
            }
            world.files.insert(format!("blocks_{began}{name}"), document.to_string());
        }
    }
    assert!(world.files.contains_key(&file));
    world
}

fn last_snapshot(bundle: &Bundle) -> Snapshot {
    bundle.episodes.last().and_then(|it| it.snapshot.value()).expect("a snapshot").clone()
}

fn printed(rig: &Rig, namespace: &str, more: &[&str]) -> String {
    let output = rig.run(&[&["episodes", "--namespace", namespace], more].concat());
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{words}");
    assert!(words.contains("context gke_test-project_here_sequencer-dev"), "{words}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn listed(rig: &Rig, namespace: &str, more: &[&str]) -> Vec<Value> {
    let text = printed(rig, namespace, &[more, &["--format", "json"]].concat());
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(document["schema"], "whysync.episodes/v1");
    document["resyncs"].as_array().expect("a list").clone()
}

#[test]
fn past_resyncs_are_listed_with_what_is_left_of_them_and_no_block_is_read() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let last = last_snapshot(&bundle);
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let mut world = with_past(&bundle, &[(5, 0), (30, 400)]);
    let gone = last.taken_at.plus_millis(-30 * HOUR - HOUR / 4).to_file_name();
    world.files.retain(|name, _| !name.starts_with(&format!("blocks_{gone}")));
    let rig = Rig::start(world, None);
    let all = listed(&rig, &namespace, &[]);
    let of = |hours: i64| {
        let time = last.taken_at.plus_millis(-hours * HOUR).to_file_name();
        all.iter().find(|it| it["episode"] == time.as_str()).unwrap_or_else(|| panic!("{time} in {all:?}")).clone()
    };
    let (newest, same_block, older) = (of(0), of(5), of(30));
    assert_eq!(all[0], newest, "the newest comes first");
    assert_eq!(newest["reason"], last.trigger_reason.as_str());
    assert_eq!(newest["trigger"], last.trigger_key.as_str());
    assert_eq!(newest["start_block"], last.current_start_block.expect("a start"));
    assert_eq!((newest["block"].as_u64(), same_block["block"].as_u64()), (Some(last.trigger_block), Some(last.trigger_block)));
    for (it, hours) in [(&newest, 0), (&same_block, 5)] {
        let time = last.taken_at.plus_millis(-hours * HOUR).to_file_name();
        let command = format!("whysync collect --namespace {namespace} --block {} --episode {time}", last.trigger_block);
        assert_eq!(it["command"], command.as_str(), "the block alone does not tell them apart");
        assert!(it["archive"]["here"].as_str().is_some_and(|it| it.starts_with("blocks_")), "{it}");
    }
    assert_eq!(older["command"], format!("whysync collect --namespace {namespace} --block {}", last.trigger_block - 400).as_str());
    assert!(older["archive"]["not_seen"].as_str().is_some_and(|it| it.contains("no archive began between")), "{older}");
    let asked = rig.asked();
    assert_read_only(&asked);
    assert!(!asked.iter().any(|it| it.contains("block_") && !it.contains("report_snapshot")), "{asked:?}");

    let near = listed(&rig, &namespace, &["--block", &(last.trigger_block - 400).to_string()]);
    assert!(near.iter().any(|it| *it == older || it["episode"] == older["episode"]) && near.len() < all.len(), "{near:?}");
    let text = printed(&rig, &namespace, &[]);
    assert!(text.lines().all(|it| it.chars().count() <= 80), "{text}");
    for part in ["resyncs, newest first", "  reason    ", "  archive   blocks_", "whysync collect --namespace", "--episode"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn of_two_resyncs_at_one_block_and_of_one_far_back_the_one_that_is_asked_for_is_collected() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let last = last_snapshot(&bundle);
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let mut past: Vec<(i64, u64)> = vec![(5, 0)];
    // More of them than are read at once.
    past.extend((2..62).map(|it| (5 * it, 200 + u64::try_from(it).expect("a number"))));
    let (far, lower) = *past.last().expect("one");
    let rig = Rig::start(with_past(&bundle, &past), None);
    let collect = |more: &[&str]| {
        let output = rig.run(&[&["collect", "--namespace", &namespace, "-o", "b.json"], more].concat());
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let times = |bundle: &Bundle| bundle.episodes.iter().filter_map(|it| Some(it.snapshot.value()?.taken_at)).collect::<Vec<Timestamp>>();
    let block = last.trigger_block.to_string();

    for hours in [0, 5] {
        let at = last.taken_at.plus_millis(-hours * HOUR);
        let (code, words) = collect(&["--block", &block, "--episode", &at.to_file_name()]);
        assert_eq!(code, Some(0), "{words}");
        let live = collected(&rig);
        assert_eq!(times(&live), [at], "{words}");
        let ours = live.episodes[0].ours.get(&last.trigger_block).and_then(|it| it.block.value());
        assert!(ours.is_some(), "its own archive is read: {words}");
        let queries = &live.collection.expect("a live collection").log_queries;
        // Names of files have whole seconds.
        let until = Timestamp::from_file_name(&at.to_file_name()).expect("a time").plus_millis(HOUR).to_string();
        assert!(queries.iter().all(|it| it.filter.contains(&format!("timestamp<=\"{until}\""))), "{queries:?}");
    }

    let (code, words) = collect(&["--block", &(last.trigger_block - lower).to_string()]);
    assert_eq!(code, Some(0), "{words}");
    let live = collected(&rig);
    let at = last.taken_at.plus_millis(-far * HOUR);
    let episode = live.episodes.iter().find(|it| it.snapshot.value().is_some_and(|it| it.taken_at == at));
    let episode = episode.unwrap_or_else(|| panic!("{at} is not among {:?}", times(&live)));
    assert!(episode.ours.get(&(last.trigger_block - lower)).is_some_and(|it| it.block.value().is_some()), "{words}");

    let (code, words) = collect(&["--episode", "20200101T000000Z"]);
    assert_eq!(code, Some(4), "{words}");
    assert!(words.contains("no resync left a snapshot of 20200101T000000Z") && words.contains(&last.taken_at.to_file_name()), "{words}");
    let (code, words) = collect(&["--episode", "yesterday"]);
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("20261122T083832Z"), "{words}");
}

#[test]
fn a_resync_that_left_no_snapshot_is_listed_from_the_report() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let last = last_snapshot(&bundle);
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let mut world = World::from_bundle(&bundle);
    world.files.retain(|name, _| !name.starts_with("report_snapshot_"));
    let rig = Rig::start(world, None);
    let all = listed(&rig, &namespace, &[]);
    let found = all.iter().find(|it| it["trigger"] == last.trigger_key.as_str()).unwrap_or_else(|| panic!("{all:?}"));
    assert_eq!((&found["episode"], &found["block"]), (&Value::Null, &Value::from(last.trigger_block)));
    assert!(found["snapshot"]["not_seen"].as_str().is_some_and(|it| it.contains("left none")), "{found}");
    assert!(found["command"].as_str().is_some_and(|it| it.ends_with(&format!("--block {}", last.trigger_block))), "{found}");
}

#[test]
fn snapshots_beyond_the_limit_are_listed_by_their_time_and_not_read() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let rig = Rig::start(with_past(&bundle, &[(40, 300), (50, 400)]), None);
    let all = listed(&rig, &namespace, &["--limit", "1"]);
    let unread: Vec<&Value> =
        all.iter().filter(|it| it["snapshot"]["not_seen"].as_str().is_some_and(|it| it.contains("only the newest 1"))).collect();
    assert!(2 <= unread.len(), "{all:?}");
    for it in unread {
        assert!(it["command"].as_str().is_some_and(|command| command.ends_with(it["episode"].as_str().expect("a time"))), "{it}");
    }
    assert_eq!(rig.asked().iter().filter(|it| it.contains("command=cat&")).count(), 1);
}

#[test]
fn a_bundle_lists_its_resyncs_with_the_command_that_diagnoses_them() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let last = last_snapshot(&bundle);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("b.json.zst");
    whysync::collect::store::save(&bundle, &file).expect("saved");
    let output =
        crate::program::program(&[]).args(["bundle", "episodes", "b.json.zst"]).current_dir(folder.path()).output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains(&format!("whysync diagnose b.json.zst --block {}", last.trigger_block)), "{text}");
    assert!(text.contains(&format!("block {}", last.trigger_block)) && text.contains("epoch     from block"), "{text}");
}
