//! What takes too long is cut off, what was cut off is read again, and what was done is told.

use whysync::engine::{Trial, diagnose};
use whysync::evidence::{Bundle, CollectionEnd};

use super::{afterwards, assert_read_only, collect, collected, incident, told};
use crate::rig::{Rig, Trouble, TroubleTarget, World};
use crate::simulated::catalog;

#[test]
fn a_file_that_is_cut_off_midway_is_read_again_alone_and_its_size_compared() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::from_bundle(&bundle), Some((TroubleTarget::Exec, Trouble::CutMidway)));
    let (live, words) = collect(&rig, &bundle);
    let expected = told(&diagnose(&afterwards(bundle), &catalog(), Trial::StableOnly));
    assert_eq!(told(&diagnose(&live, &catalog(), Trial::StableOnly)), expected, "{words}");
    let asked = rig.asked();
    let count = |command: &str| asked.iter().filter(|it| it.contains(command)).count();
    let files = asked.iter().filter(|it| it.contains("command=cat&")).collect::<std::collections::BTreeSet<_>>().len();
    assert_eq!((count("command=cat&"), count("command=stat&")), (2 * files, files), "{asked:#?}");
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

    let rig = Rig::start(World::from_bundle(&bundle), Some((TroubleTarget::Exec, Trouble::Drip)));
    let output = rig.command(&[ask.as_slice(), &["--request-timeout", "1s"]].concat(), 60_000).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let live = collected(&rig);
    assert_eq!(end(&live), Some(CollectionEnd::Finished));
    let reasons: Vec<_> = live.collection.iter().flat_map(|it| &it.requests).filter_map(|it| it.failure.as_deref()).collect();
    assert!(reasons.iter().any(|it| it.contains("had not ended after 1 s")), "{reasons:?}");

    let rig = Rig::start(World::from_bundle(&bundle), Some((TroubleTarget::Echonet, Trouble::Hang)));
    let output = rig.command(&[ask.as_slice(), &["--deadline", "2s"]].concat(), 60_000).output().expect("it runs");
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{words}");
    let live = collected(&rig);
    assert_eq!(end(&live), Some(CollectionEnd::OutOfTime));
    assert!(words.contains("--deadline"), "{words}");
    let gap = live.report.gap().expect("a gap");
    assert!(gap.contains("the time for the whole collection was over"), "{gap}");
}

#[test]
fn an_interrupt_writes_what_was_gathered_and_says_so() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::from_bundle(&bundle), Some((TroubleTarget::Echonet, Trouble::Hang)));
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let mut command = rig.command(&["collect", "--namespace", &namespace, "--block", &block, "-o", "b.json"], 600_000);
    let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().expect("it runs");
    // A file of the volume is asked for only after the pods and the listing were answered.
    rig.wait_until(|asked| {
        let is_asked = |part: &str| asked.iter().any(|it| it.contains(part));
        is_asked(" /echonet/")
            && asked.iter().any(|it| it.contains("/feeder_gateway/get_block") && !it.ends_with("(Echonet)"))
            && is_asked("command=cat&")
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
    let rig = Rig::start(World::from_bundle(&bundle), Some((TroubleTarget::Mainnet, Trouble::Status(500))));
    let (live, _) = collect(&rig, &bundle);
    let mut command = crate::program::program(&[]);
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
    let sent = asked.iter().filter(|it| it.contains("/feeder_gateway/") && !it.ends_with("(Echonet)")).count();
    assert_eq!(rows.iter().filter(|it| it["status"] == 500).count(), sent, "every attempt has its row");
}

#[test]
fn a_pod_that_is_replaced_twice_is_followed_and_one_that_never_stays_is_given_up_with_the_reason() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let expected = told(&diagnose(&afterwards(bundle.clone()), &catalog(), Trial::StableOnly));
    let pod = World::from_bundle(&bundle).echonet_pod();
    let lists = |rig: &Rig| rig.asked().iter().filter(|it| it.ends_with("/pods")).count();

    let rig = Rig::start(World::from_bundle(&bundle), Some((TroubleTarget::Exec, Trouble::ReplacedTimes(2, 2))));
    let (live, words) = collect(&rig, &bundle);
    assert_eq!(told(&diagnose(&live, &catalog(), Trial::StableOnly)), expected, "{words}");
    let gap = live.deployment.pods.gap().unwrap_or_default();
    assert!(gap.contains(&format!("{pod} was replaced by {pod}-next")) && !gap.contains("not followed"), "{gap}");
    assert!(gap.contains(&format!("{pod}-next-next while")), "the one that runs now: {gap}");

    let rig = Rig::start(World::from_bundle(&bundle), Some((TroubleTarget::Exec, Trouble::ReplacedTimes(1, u64::MAX))));
    let (live, words) = collect(&rig, &bundle);
    let gap = live.deployment.pods.gap().unwrap_or_default();
    assert!(gap.contains("what took the place of the last was not followed"), "{gap}\n{words}");
    // Once at first, and once for each that was followed.
    assert_eq!(lists(&rig), 1 + gap.matches(" by ").count(), "{gap}");
    let unread = live.episodes.iter().all(|it| it.ours.values().all(|it| it.block.value().is_none()));
    let is_whole = live.theirs.values().all(|it| it.block.value().is_some());
    assert!(unread && is_whole && !live.theirs.is_empty(), "what others say is there: {words}");
    assert_read_only(&rig.asked());
}
