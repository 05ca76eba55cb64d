//! Each source in each trouble: what it held is missing with its reason, and nothing else is.

use std::time::Duration;

use whysync::engine::{Trial, diagnose};
use whysync::evidence::{Bundle, Gathered};
use whysync::findings::{Diagnosis, Verdict};

use super::{assert_read_only, collect, incident};
use crate::rig::{Rig, Trouble, TroubleTarget, World};
use crate::simulated::catalog;

/// What comes of a source in trouble.
#[derive(Debug, Clone, Copy, PartialEq)]
enum ExpectedOutcome {
    /// Everything, after all.
    Whole,
    /// Nothing, and the reason holds these words.
    Missing(&'static str),
}
use ExpectedOutcome::{Missing, Whole};

const SOURCES: [TroubleTarget; 7] = [
    TroubleTarget::Pods,
    TroubleTarget::Objects,
    TroubleTarget::Exec,
    TroubleTarget::Echonet,
    TroubleTarget::Mainnet,
    TroubleTarget::Logging,
    TroubleTarget::Output,
];

/// A trouble, what comes of it, and what comes of it elsewhere.
type TroubleRow = (Trouble, ExpectedOutcome, &'static [(TroubleTarget, ExpectedOutcome)]);

/// Each trouble, and what comes of it. Where sources differ, they are named.
fn table() -> Vec<TroubleRow> {
    use Trouble::{CutOff, CutOffOnce, Garbage, Hang, Oversized, Refuse, Slow, Status, Throttled};
    use TroubleTarget::{Echonet, Exec, Logging, Mainnet, Output};
    vec![
        (Slow(Duration::from_millis(300)), Whole, &[]),
        (
            Refuse,
            Missing("peer closed connection"),
            &[(Mainnet, Missing("refused")), (Logging, Missing("refused")), (Echonet, Missing("Connection refused"))],
        ),
        (Status(401), Missing("HTTP 401"), &[]),
        (Status(403), Missing("HTTP 403"), &[]),
        (Status(404), Missing("HTTP 404"), &[]),
        (Status(429), Missing("HTTP 429"), &[]),
        (Status(500), Missing("HTTP 500"), &[]),
        (Throttled(1), Whole, &[]),
        (Hang, Missing("no data came for 0.6 s"), &[]),
        (
            CutOff,
            Missing("cut off"),
            &[
                (Exec, Missing("ended before the command did")),
                (Mainnet, Missing("unexpected EOF")),
                (Logging, Missing("unexpected EOF")),
                (Output, Missing("cut off")),
            ],
        ),
        (CutOffOnce, Whole, &[]),
        (Garbage, Missing("not the expected JSON"), &[(Exec, Missing("not a list of names")), (Output, Missing("UTF-8"))]),
        (Oversized, Missing("larger than 2097152 bytes"), &[(Output, Missing("only the first"))]),
    ]
}

/// Why a source has nothing, or not everything, to show; none if all is there.
fn gap(bundle: &Bundle, source: TroubleTarget) -> Option<String> {
    fn gap_of<T>(evidence: &Gathered<T>) -> Option<String> {
        evidence.gap()
    }
    let block = bundle.incident.block.expect("a block");
    let collection = bundle.collection.as_ref().expect("a live collection");
    let unknown = || Some("nothing is there at all".to_owned());
    match source {
        TroubleTarget::Pods => gap_of(&bundle.deployment.pods),
        TroubleTarget::Objects => {
            let deployment = &bundle.deployment;
            gap_of(&deployment.workloads)
                .or(gap_of(&deployment.services))
                .or(gap_of(&deployment.events))
                .or(gap_of(&deployment.config_maps))
        }
        TroubleTarget::Exec => {
            let last = bundle.episodes.last();
            last.map_or_else(unknown, |it| gap_of(&it.snapshot).or(it.ours.get(&block).map_or_else(unknown, |it| gap_of(&it.block))))
        }
        TroubleTarget::Echonet => gap_of(&bundle.report),
        TroubleTarget::Mainnet => bundle.theirs.get(&block).map_or_else(unknown, |it| gap_of(&it.block).or(gap_of(&it.state_update))),
        TroubleTarget::Logging => collection.log_queries.iter().find_map(|it| it.fallback.clone()),
        TroubleTarget::Output => gap_of(&bundle.logs.echonet),
    }
}

/// Everything that a diagnosis says of what it did not see.
fn said(diagnosis: &Diagnosis) -> String {
    format!("{:?} {:?}", diagnosis.unseen, diagnosis.undecided)
}

#[test]
fn a_source_in_trouble_is_missing_with_its_reason_and_no_other_source_is() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let whole = diagnose(&super::afterwards(bundle.clone()), &catalog(), Trial::StableOnly);
    let cell = |source: TroubleTarget, trouble: Trouble, expected: ExpectedOutcome| {
        let mut troubles = vec![(source, trouble)];
        if source == TroubleTarget::Output {
            // Containers are asked only where Cloud Logging fails.
            troubles.push((TroubleTarget::Logging, Trouble::Status(403)));
        }
        let rig = Rig::start_with(World::from_bundle(&bundle), &troubles);
        let (live, words) = collect(&rig, &bundle);
        let name = format!("{source:?} {trouble:?}: {words}");
        let found = gap(&live, source);
        match expected {
            // The containers' own output is never all there was.
            Whole if source == TroubleTarget::Output => {
                assert!(found.as_ref().is_some_and(|it| it.contains("keeps only the newest")), "{found:?} {name}")
            }
            Whole => assert_eq!(found, None, "{name}"),
            Missing(reason) => assert!(found.as_ref().is_some_and(|it| it.contains(reason)), "{reason}, not {found:?}: {name}"),
        }
        let diagnosis = diagnose(&live, &catalog(), Trial::StableOnly);
        match (source, expected) {
            // Facts do not rest on these.
            (TroubleTarget::Objects, _) => {}
            (TroubleTarget::Output, _) | (TroubleTarget::Logging, Missing(_)) => {
                assert!(said(&diagnosis).contains("logs"), "{} {name}", said(&diagnosis));
            }
            (_, Whole) => assert_eq!(super::told(&diagnosis), super::told(&whole), "{name}"),
            (TroubleTarget::Echonet, Missing(_)) => {
                assert_eq!(super::told(&diagnosis), super::told(&whole), "the snapshot says it too: {name}")
            }
            (_, Missing(_)) => {
                assert_ne!(diagnosis.verdict, Verdict::NoDivergence, "{name}");
                assert!(!diagnosis.unseen.is_empty(), "{name}");
            }
        }
        for other in SOURCES.into_iter().filter(|it| *it != source) {
            let is_reached = match source {
                // Without pods nobody knows where Echonet is.
                TroubleTarget::Pods => matches!(other, TroubleTarget::Mainnet | TroubleTarget::Objects),
                // Which time to ask for follows from the volume.
                TroubleTarget::Exec => !matches!(other, TroubleTarget::Logging | TroubleTarget::Output),
                TroubleTarget::Logging => other != TroubleTarget::Output,
                TroubleTarget::Output => other != TroubleTarget::Logging,
                _ => true,
            };
            if expected == Whole && source != TroubleTarget::Output || is_reached {
                assert_eq!(gap(&live, other), None, "{other:?} with {name}");
            }
        }
        assert_read_only(&rig.asked());
        if let Trouble::Throttled(_) = trouble {
            assert_asked_twice(&rig, source, &name);
        }
        assert!(
            rig.oversized_bytes() < 1024 * 1024 * 1024,
            "{} bytes were taken in of an answer without end: {name}",
            rig.oversized_bytes()
        );
        let text = std::fs::read_to_string(rig.folder.path().join("b.json")).expect("a bundle");
        assert!(!text.contains("canary") && !words.contains("canary"), "{name}");
    };
    std::thread::scope(|scope| {
        for source in SOURCES {
            let cell = &cell;
            scope.spawn(move || {
                for (trouble, usual, others) in table() {
                    let expected = others.iter().find(|(it, _)| *it == source).map_or(usual, |(_, it)| *it);
                    cell(source, trouble, expected);
                }
            });
        }
    });
}

/// Whoever is told when to come again comes again then, and not before: each question is refused once and answered once.
fn assert_asked_twice(rig: &Rig, source: TroubleTarget, name: &str) {
    let is_of = |it: &String| match source {
        TroubleTarget::Pods => it.ends_with("/pods"),
        TroubleTarget::Objects => it.contains("/services") || it.contains("/events") || it.contains("/deployments"),
        TroubleTarget::Exec => it.contains("/exec?"),
        TroubleTarget::Echonet => it.ends_with("(Echonet)"),
        TroubleTarget::Mainnet => it.contains("/feeder_gateway/") && !it.ends_with("(Echonet)"),
        TroubleTarget::Output => it.contains("/log?"),
        // Every page has the same URL.
        TroubleTarget::Logging => false,
    };
    let mut counts = std::collections::BTreeMap::new();
    for asked in rig.asked().iter().filter(|it| is_of(it)) {
        *counts.entry(asked.clone()).or_insert(0) += 1;
    }
    if source == TroubleTarget::Logging {
        for query in rig.log_queries() {
            *counts.entry(query.to_string()).or_insert(0) += 1;
        }
    }
    assert!(!counts.is_empty() && counts.values().all(|it| *it == 2), "{counts:?} {name}");
}
