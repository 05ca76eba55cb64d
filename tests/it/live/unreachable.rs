//! A deployment that nobody reaches is told from one in which nothing happened, with the way out; and no bundle is lost.

use std::fs;
use std::process::Output;

use super::{Rig, World, incident};
use crate::rig::{Trouble, TroubleTarget};

const DEPLOYMENT: [TroubleTarget; 5] =
    [TroubleTarget::Pods, TroubleTarget::Objects, TroubleTarget::Exec, TroubleTarget::Echonet, TroubleTarget::Output];

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |it: &[u8]| String::from_utf8_lossy(it).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_list_of_resyncs_that_rests_on_nothing_is_no_list() {
    // What is in trouble and how, the exit code, what is listed, and the way out.
    type Case<'c> = (&'c [TroubleTarget], Trouble, i32, &'c str, &'c [&'c str]);
    let cases: [Case<'_>; 5] = [
        (&[], Trouble::Hang, 0, "newest first", &[]),
        (&DEPLOYMENT, Trouble::Status(403), 4, "it is not known whether there was a resync", &["HTTP 403", "`whysync rbac --namespace"]),
        (&DEPLOYMENT, Trouble::Status(401), 4, "it is not known whether there was a resync", &["HTTP 401", "log in again"]),
        (&DEPLOYMENT, Trouble::Refuse, 4, "it is not known whether there was a resync", &["Echonet's report"]),
        // The report is there and names what it counted: that is a list.
        (&[TroubleTarget::Exec], Trouble::Status(403), 0, "block", &["the names on Echonet's volume could not be read", "`whysync rbac"]),
    ];
    for (targets, trouble, code, listed, words) in cases {
        let bundle = incident("alchemy-429-l1-handler-drop");
        let namespace = bundle.incident.namespace.clone().expect("a namespace");
        let troubles: Vec<(TroubleTarget, Trouble)> = targets.iter().map(|it| (*it, trouble)).collect();
        let rig = Rig::start_with(World::from_bundle(&bundle), &troubles);
        let (exit, out, err) = said(&rig.run(&["episodes", "--namespace", &namespace]));
        assert_eq!(exit, Some(code), "{targets:?} {trouble:?}: {out}{err}");
        assert!(out.contains(listed) && !out.contains("no resync is known"), "{targets:?} {trouble:?}: {out}");
        for word in words {
            assert!(err.contains(word), "{targets:?} {trouble:?}: {word} is not in {err}");
        }
    }
}

#[test]
fn a_list_that_could_miss_one_does_not_say_that_there_is_none() {
    let bundle = incident("no-divergence");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let cases =
        [(None, 0, "no resync is known"), (Some(TroubleTarget::Exec), 3, "no resync was found, but the log or report that would show one")];
    for (target, code, listed) in cases {
        let troubles: Vec<(TroubleTarget, Trouble)> = target.into_iter().map(|it| (it, Trouble::Status(403))).collect();
        let rig = Rig::start_with(World::from_bundle(&bundle), &troubles);
        let (exit, out, err) = said(&rig.run(&["episodes", "--namespace", &namespace]));
        assert_eq!((exit, out.contains(listed)), (Some(code), true), "{target:?}: {out}{err}");
    }
}

#[test]
fn a_collection_that_nobody_answered_ends_as_failed_and_names_each_way_out() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let troubles: Vec<(TroubleTarget, Trouble)> =
        DEPLOYMENT.iter().map(|it| (*it, Trouble::Status(403))).chain([(TroubleTarget::Logging, Trouble::Status(401))]).collect();
    let rig = Rig::start_with(World::from_bundle(&bundle), &troubles);
    let (exit, _, err) = said(&rig.run(&["collect", "--namespace", &namespace, "--block", "7", "-o", "b.json"]));
    assert_eq!(exit, Some(4), "{err}");
    for word in ["`whysync rbac --namespace", "gcloud auth application-default login"] {
        assert!(err.contains(word), "{word} is not in {err}");
    }
    assert!(rig.folder.path().join("b.json").is_file(), "what failed, and why, is kept: {err}");
}

#[test]
fn an_investigation_never_takes_the_place_of_an_earlier_one() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block");
    let time = bundle.episodes.last().and_then(|it| it.snapshot.value()).expect("a snapshot").taken_at.to_file_name();
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let names = || {
        let all = fs::read_dir(rig.folder.path()).expect("a folder").map(|it| it.expect("an entry").file_name().into_string());
        let mut all: Vec<String> = all.filter_map(Result::ok).filter(|it| it.starts_with("whysync-")).collect();
        all.sort();
        all
    };
    let investigate = || said(&rig.run(&["investigate", "--namespace", &namespace, "--block", &block.to_string()]));
    let (_, _, words) = investigate();
    let first = format!("whysync-{namespace}-{block}-{time}.json.zst");
    assert_eq!(names(), std::slice::from_ref(&first), "{words}");
    let before = fs::read(rig.folder.path().join(&first)).expect("a bundle");
    let (_, _, words) = investigate();
    assert_eq!(names(), [format!("whysync-{namespace}-{block}-{time}-2.json.zst"), first.clone()], "{words}");
    assert!(words.contains(&format!("{time}-2.json.zst")), "{words}");
    assert_eq!(fs::read(rig.folder.path().join(&first)).expect("a bundle"), before);
}
