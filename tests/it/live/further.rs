//! Log lines from further back are asked for where a rule cannot be decided without them: once, and no farther than a day.

use serde_json::{Value, json};
use whysync::evidence::{Bundle, Timestamp};

use super::{assert_read_only, collected, incident};
use crate::rig::{Rig, World};

const HOUR: i64 = 3_600_000;

/// The same incident in an epoch that began so many hours earlier: what Echonet wrote before the resync, it wrote then.
fn begun_earlier(bundle: &Bundle, hours: i64) -> World {
    let mut world = World::from_bundle(bundle);
    let is_trigger = |it: &Value| it["textPayload"].as_str().is_some_and(|it| it.contains("Resync triggered by tx"));
    let trigger = world.entries.iter().position(|(_, it)| is_trigger(it)).expect("a trigger");
    for (at, entry) in &mut world.entries[..trigger] {
        *at = at.plus_millis(-hours * HOUR);
        entry["timestamp"] = json!(at);
    }
    let first = world.entries.first().map(|(at, _)| at.plus_millis(-60_000)).expect("an entry");
    for pod in world.pods["items"].as_array_mut().expect("a list") {
        pod["status"]["startTime"] = json!(first);
    }
    world
}

fn run(rig: &Rig, bundle: &Bundle) -> (Option<i32>, String, Bundle) {
    run_with(rig, bundle, &[])
}

fn run_with(rig: &Rig, bundle: &Bundle, more: &[&str]) -> (Option<i32>, String, Bundle) {
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let asked = ["investigate", "--namespace", &namespace, "--block", &block, "--bundle", "b.json", "--record", "kept"];
    let output = rig.run(&[&asked, more].concat());
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_read_only(&rig.asked());
    (output.status.code(), told, collected(rig))
}

/// The beginnings and ends of the windows in which Echonet's lines were asked for.
fn windows(bundle: &Bundle) -> Vec<(Timestamp, String)> {
    let queries = bundle.collection.iter().flat_map(|it| &it.log_queries).filter(|it| it.program == "echonet");
    let window = |filter: &str| {
        let mut lines = filter.lines().filter_map(|it| it.strip_prefix("timestamp"));
        let from = lines.next().and_then(|it| it.strip_prefix(">=\"")?.strip_suffix('"')?.parse().ok());
        (from.expect("a beginning"), lines.next().expect("an end").to_owned())
    };
    queries.map(|it| window(&it.filter)).collect()
}

#[test]
fn lines_from_before_the_usual_time_are_put_in_front_and_decide_the_rule() {
    let bundle = incident("l1-handler-gated-after-restart");
    let texts = |it: &Bundle| it.logs.echonet.value().expect("lines").lines.iter().map(|it| it.text.clone()).collect::<Vec<_>>();
    let (_, _, short) = run(&Rig::start(World::from_bundle(&bundle), None), &bundle);
    let rig = Rig::start(begun_earlier(&bundle, 8), None);
    let (code, told, live) = run(&rig, &bundle);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("l1-handler-gated-after-restart"), "{told}");
    let collection = live.collection.as_ref().expect("a live collection");
    let [round] = collection.rounds.as_slice() else { panic!("one further round: {:#?}", collection.rounds) };
    assert!(round.asked.iter().any(|it| it.starts_with("log lines from ")) && told.contains("log lines from "), "{round:?}");
    let [(usual, until), (earlier, before)] = windows(&live)[..].to_vec().try_into().expect("two windows");
    assert!(earlier < usual && until.starts_with("<=") && before == format!("<\"{usual}\""), "{earlier} {before} {usual} {until}");
    assert_eq!((texts(&live), live.logs.echonet.gap()), (texts(&short), None), "each line once, and all of them");
    let lines = &live.logs.echonet.value().expect("lines").lines;
    assert!(lines.is_sorted_by_key(|it| it.at));

    let mut again = crate::program::program(&[]);
    again.args(["collect", "--replay", "kept", "-o", "again.json"]).current_dir(rig.folder.path()).env_remove("KUBECONFIG");
    let again = again.output().expect("it runs");
    assert_eq!(again.status.code(), Some(0), "{}", String::from_utf8_lossy(&again.stderr));
    let read = |name: &str| std::fs::read_to_string(rig.folder.path().join(name)).expect("a bundle");
    let (live, replayed) = (read("b.json"), read("again.json"));
    let differs = live.bytes().zip(replayed.bytes()).position(|(left, right)| left != right).unwrap_or(live.len().min(replayed.len()));
    let part = |it: &str| it.get(differs.saturating_sub(200)..it.len().min(differs + 200)).map(str::to_owned);
    assert!(live == replayed, "the further round is replayed as well: {:?} and {:?}", part(&live), part(&replayed));
}

#[test]
fn an_earlier_part_of_the_log_above_the_limit_leaves_the_log_as_it_was() {
    let bundle = incident("l1-handler-gated-after-restart");
    let mut world = begun_earlier(&bundle, 8);
    let (at, first) = world.entries.first().cloned().expect("an entry");
    let long = format!("[INFO] [echonet.transaction_sender] {}", "x".repeat(1_000));
    let more = (0..3_000).map(|number| {
        let mut entry = first.clone();
        (entry["textPayload"], entry["insertId"]) = (json!(long), json!(format!("more{number}")));
        (at, entry)
    });
    world.entries.splice(1..1, more);
    let (code, told, live) = run_with(&Rig::start(world, None), &bundle, &["--max-log", "1MiB"]);
    assert_eq!((code, windows(&live).len()), (Some(3), 2), "it was asked for: {told}");
    let lines = &live.logs.echonet.value().expect("lines").lines;
    let [(usual, _), (_, before)] = windows(&live)[..].to_vec().try_into().expect("two windows");
    assert_eq!(before, format!("<\"{usual}\""));
    assert!(!lines.is_empty() && lines.iter().all(|it| it.at.is_some_and(|at| usual <= at)), "no part of it is taken in");
    assert!(told.contains("the log begins in the middle of this epoch"), "{told}");
}

#[test]
fn lines_from_more_than_a_day_ago_are_not_asked_for() {
    let bundle = incident("l1-handler-gated-after-restart");
    let rig = Rig::start(begun_earlier(&bundle, 30), None);
    let (code, told, live) = run(&rig, &bundle);
    assert_eq!(code, Some(3), "{told}");
    let last = bundle.episodes.last().and_then(|it| it.snapshot.value()).expect("a snapshot").taken_at;
    let all = windows(&live);
    assert_eq!(all.len(), 2, "once at first, and once more: {all:?}");
    assert!(all.iter().all(|(from, _)| last.millis_since(*from) <= 24 * HOUR + 2 * 60_000), "{all:?}");
    assert!(told.contains("the log begins in the middle of this epoch"), "{told}");
}

#[test]
fn where_the_epoch_is_shorter_than_the_usual_time_nothing_earlier_is_asked_for() {
    let bundle = incident("l1-handler-gated-after-restart");
    let mut world = World::from_bundle(&bundle);
    // What the epoch began with is lost.
    let is_trigger = |it: &Value| it["textPayload"].as_str().is_some_and(|it| it.contains("Resync triggered by tx"));
    let trigger = world.entries.iter().position(|(_, it)| is_trigger(it)).expect("a trigger");
    world.entries.drain(..trigger);
    let rig = Rig::start(world, None);
    let (code, told, live) = run(&rig, &bundle);
    assert_eq!((code, windows(&live).len()), (Some(3), 1), "{told}");
}
