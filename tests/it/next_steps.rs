//! What to do next can be done: it is possible, not yet done, can be pasted, and its answer is recognised.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use whysync::collect::Access;
use whysync::collect::import::{Selection, gather};
use whysync::collect::recording::Recording;
use whysync::engine::{Catalog, Trial, diagnose};
use whysync::evidence::{Bundle, DumpKind, Episode, Extent, Gathered, Missing, Origin, OurBlock, Request, TheirBlock};
use whysync::findings::{Diagnosis, NextStep, Verdict};
use whysync::simulate::{SCENARIOS, Scenario, simulate};

use crate::simulated::catalog;

fn absent<T>(asked: &Request) -> Gathered<T> {
    Gathered::Absent(Missing::new(asked.to_string(), "it was never there"))
}

fn episodes(bundle: &mut Bundle, lose: impl Fn(&mut Episode)) {
    bundle.episodes.iter_mut().for_each(lose);
}

fn ours(bundle: &mut Bundle, lose: impl Fn(&mut OurBlock)) {
    episodes(bundle, |it| it.ours.values_mut().for_each(&lose));
}

fn theirs(bundle: &mut Bundle, lose: impl Fn(&mut TheirBlock)) {
    bundle.theirs.values_mut().for_each(lose);
}

fn partly<T>(evidence: &mut Gathered<T>) {
    if let Gathered::Observed(it) = evidence {
        it.coverage.extent = Extent::Partial("only a part was saved".to_owned());
    }
}

type LossCase = (&'static str, fn(&mut Bundle));

/// Ways in which evidence can be missing.
const LOSSES: &[LossCase] = &[
    ("nothing", |_| {}),
    ("the report", |it| it.report = Gathered::NotAsked),
    ("the report in vain", |it| it.report = Gathered::Failed(Missing::new(Request::Report.to_string(), "no"))),
    ("reports during resyncs", |it| episodes(it, |it| it.report = Gathered::NotAsked)),
    ("snapshots", |it| episodes(it, |it| it.snapshot = Gathered::NotAsked)),
    ("snapshots in vain", |it| {
        episodes(it, |it| {
            let asked = it.snapshot.as_observed().map(|it| it.source.asked.clone()).unwrap_or_default();
            it.snapshot = Gathered::Failed(Missing::new(asked, "the connection broke"));
            it.report = Gathered::NotAsked;
        });
    }),
    ("snapshots that never were", |it| episodes(it, |it| it.snapshot = absent(&Request::VolumeListing))),
    ("reverts", |it| {
        episodes(it, |it| {
            it.report = Gathered::NotAsked;
            it.reverts = Gathered::NotAsked;
        });
    }),
    ("archives", |it| {
        episodes(it, |it| {
            it.archive = Gathered::NotAsked;
            it.ours.clear();
        });
    }),
    ("archives that never were", |it| {
        episodes(it, |it| {
            it.archive = absent(&Request::VolumeListing);
            it.ours.clear();
        });
    }),
    ("our blocks", |it| ours(it, |it| it.block = Gathered::NotAsked)),
    ("our blocks that never were", |it| ours(it, |it| it.block = absent(&Request::VolumeListing))),
    ("our state updates", |it| ours(it, |it| it.state_update = Gathered::NotAsked)),
    ("our blocks, of a volume of which only some names are known", |it| {
        episodes(it, |it| {
            it.ours.clear();
            partly(&mut it.archive);
        });
    }),
    ("our blocks, nobody knows whether they were there", |it| episodes(it, |it| it.ours.clear())),
    ("their blocks", |it| theirs(it, |it| it.block = Gathered::NotAsked)),
    ("their blocks that never were", |it| theirs(it, |it| it.block = absent(&Request::MainnetBlock { block: 1 }))),
    ("their state updates", |it| theirs(it, |it| it.state_update = Gathered::NotAsked)),
    ("all of mainnet", |it| it.theirs.clear()),
    ("both sides", |it| {
        ours(it, |it| *it = OurBlock { block: Gathered::NotAsked, state_update: Gathered::NotAsked, blob: Gathered::NotAsked });
        theirs(it, |it| *it = TheirBlock { block: Gathered::NotAsked, state_update: Gathered::NotAsked });
    }),
    ("Echonet's log", |it| it.logs.echonet = Gathered::NotAsked),
    ("a part of Echonet's log", |it| partly(&mut it.logs.echonet)),
    ("the sequencer's log", |it| it.logs.sequencer = Gathered::NotAsked),
    ("both logs", |it| {
        it.logs.echonet = Gathered::NotAsked;
        it.logs.sequencer = Gathered::NotAsked;
    }),
    ("both logs and all moments", |it| {
        it.logs.echonet = Gathered::NotAsked;
        it.logs.sequencer = Gathered::NotAsked;
        it.incident.observed_until = None;
        episodes(it, |it| it.snapshot = Gathered::NotAsked);
    }),
    ("pods", |it| it.deployment.pods = Gathered::NotAsked),
    ("the namespace", |it| {
        it.incident.namespace = None;
        it.deployment.pods = Gathered::NotAsked;
        theirs(it, |it| it.block = Gathered::NotAsked);
        ours(it, |it| it.block = Gathered::NotAsked);
    }),
    ("everything but a trigger", |it| {
        it.theirs.clear();
        it.after_resync.clear();
        it.logs.echonet = Gathered::NotAsked;
        it.logs.sequencer = Gathered::NotAsked;
        it.deployment.pods = Gathered::NotAsked;
        it.report = Gathered::NotAsked;
        episodes(it, |it| {
            it.report = Gathered::NotAsked;
            it.reverts = Gathered::NotAsked;
            it.archive = Gathered::NotAsked;
            it.ours.clear();
        });
    }),
    ("the block that was asked for", |it| it.incident.block = Some(3)),
];

fn is_open(diagnosis: &Diagnosis) -> bool {
    match diagnosis.verdict {
        Verdict::Explained | Verdict::NoDivergence => false,
        Verdict::Contradicted => !diagnosis.unexplained.is_empty(),
        Verdict::PartlyExplained | Verdict::Novel | Verdict::Inconclusive => true,
    }
}

/// What a folder that holds only this file answers.
fn recognised(name: &str) -> Vec<Request> {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    fs::write(&path, "{}").expect("a file");
    Recording::open(folder.path()).map(|it| it.held()).unwrap_or_default()
}

/// Whether the evidence already holds the answer, or says that there is none.
fn is_answered(bundle: &Bundle, request: &Request) -> bool {
    fn settled<T>(evidence: &Gathered<T>) -> bool {
        evidence.is_absent() || evidence.as_observed().is_some_and(|it| it.coverage.extent == Extent::Complete)
    }
    match request {
        Request::Report => settled(&bundle.report),
        Request::Pods => settled(&bundle.deployment.pods),
        Request::MainnetBlock { block } => bundle.theirs.get(block).is_some_and(|it| settled(&it.block)),
        Request::MainnetStateUpdate { block } => bundle.theirs.get(block).is_some_and(|it| settled(&it.state_update)),
        Request::VolumeFile { path } => bundle.episodes.iter().any(|it| {
            let Some((folder, file)) = path.split_once('/') else {
                let asked = request.to_string();
                let of_snapshot = it.snapshot.as_observed().is_some_and(|it| it.source.asked == asked);
                return of_snapshot || it.reverts.as_observed().is_some_and(|it| it.source.asked == asked);
            };
            let height = |kind: DumpKind| file.strip_prefix(kind.name())?.strip_prefix('_')?.strip_suffix(".json")?.parse::<u64>().ok();
            it.archive.value().is_some_and(|it| it == folder)
                && (height(DumpKind::Block).and_then(|at| it.ours.get(&at)).is_some_and(|it| settled(&it.block))
                    || height(DumpKind::StateUpdate).and_then(|at| it.ours.get(&at)).is_some_and(|it| settled(&it.state_update)))
        }),
        Request::BlockDump { block, .. } => bundle.after_resync.get(block).is_some_and(|it| settled(&it.block)),
        // Whether a window of a log is whole depends on the epoch; the caller asks the diagnosis.
        _ => false,
    }
}

fn parses(command: &str) -> bool {
    // Where there is no shell, nothing can be said.
    Command::new("sh").args(["-n", "-c", command]).output().map_or(true, |it| it.status.success() && it.stderr.is_empty())
}

/// Holds every law over the steps of one diagnosis; gives the names under which answers are saved.
fn hold(case: &str, bundle: &Bundle, diagnosis: &Diagnosis) -> BTreeSet<String> {
    let steps = &diagnosis.next;
    assert!(steps.len() <= 5, "{case}: {steps:?}");
    assert!(!is_open(diagnosis) || !steps.is_empty(), "{case}: something is open and nothing is to be done about it: {diagnosis:?}");
    let mut names = BTreeSet::new();
    let mut commands = BTreeSet::new();
    for NextStep { action, command, saved_as } in steps {
        let command = command.as_deref().unwrap_or_else(|| panic!("{case}: no command for {action}"));
        assert!(commands.insert(command), "{case}: {command} twice");
        assert!(command.chars().count() <= 1_000 && command.chars().all(|it| (' '..='~').contains(&it) && it != '`'), "{case}: {command}");
        for placeholder in ["<N>", "<time>", "<K>", "Number=0&", "Number=0'", "_0.json", "--block 0 "] {
            assert!(!command.contains(placeholder), "{case}: `{placeholder}` in {command}");
        }
        assert!(parses(command), "{case}: no shell reads {command}");
        assert!(action.ends_with('.') && action.matches(". ").count() == 0 && !action.contains('\n'), "{case}: {action}");
        assert_eq!(command.contains("NAMESPACE"), action.contains("NAMESPACE"), "{case}: {action} {command}");
        let Some(name) = saved_as else { continue };
        assert!(command.ends_with(&format!(" && mv {name}.new {name}")), "{case}: {command} does not write {name}");
        // A command that fails leaves what the folder holds, and lines that are there are kept beside those that take their place.
        assert!(command.contains(&format!(" > {name}.new && ")), "{case}: {command} empties {name} before it has an answer");
        let held = [&bundle.logs.echonet, &bundle.logs.sequencer].into_iter().filter_map(|it| it.as_observed());
        let is_held = held.into_iter().any(|it| recognised(name).iter().any(|request| it.source.asked == request.to_string()));
        assert_eq!(command.contains(&format!(" && mv {name} {name}.before && ")), is_held, "{case}: {command}");
        assert!([".new", ".before"].iter().all(|it| recognised(&format!("{name}{it}")).is_empty()), "{case}: {name} is read twice");
        let requests = recognised(name);
        let [request] = requests.as_slice() else { panic!("{case}: a folder makes {requests:?} of {name}") };
        assert!(!is_answered(bundle, request), "{case}: {command} asks for what is known");
        if matches!(request, Request::CloudLogEntries | Request::EchonetOutput) {
            let is_missing = diagnosis.unseen.iter().any(|it| it.evidence.starts_with("logs."));
            assert!(is_missing || !diagnosis.missing_grounds.is_empty(), "{case}: {command} asks for lines that were seen");
        }
        names.extend(name.split('/').next_back().map(str::to_owned));
    }
    names
}

#[test]
fn every_step_can_be_taken_whatever_is_missing() {
    let catalog = catalog();
    let mut names = BTreeSet::new();
    for described in SCENARIOS {
        for (lost, lose) in LOSSES {
            let mut bundle = simulate(described.scenario, 1).bundle;
            lose(&mut bundle);
            let diagnosis = diagnose(&bundle, &catalog, Trial::StableOnly);
            names.extend(hold(&format!("{} without {lost}", described.name), &bundle, &diagnosis));
        }
    }
    // Each kind of answer that a folder can hold and a rule can wait for is asked for somewhere.
    let expected = ["block_", "echonet.", "gcp_entries.", "get_block_", "get_state_update_", "pods.", "report."];
    for name in expected {
        assert!(names.iter().any(|it| it.starts_with(name)), "nothing asks for {name}: {names:?}");
    }
}

#[test]
fn what_real_captures_leave_open_can_be_looked_into() {
    let catalog = catalog();
    for set in ["incidents", "cases"] {
        let Some(folder) = crate::captures::folder(set) else { continue };
        let mut held = 0;
        for entry in fs::read_dir(folder).expect("the captures").map(|it| it.expect("an entry")) {
            if ["hostile", "forms"].iter().any(|it| entry.file_name() == *it) {
                continue;
            }
            let Ok(recording) = Recording::open(&entry.path()) else { continue };
            let bundle = gather(&recording, Selection::default());
            hold(&entry.path().display().to_string(), &bundle, &diagnose(&bundle, &catalog, Trial::StableOnly));
            held += 1;
        }
        assert!(held > 5, "the folder {set} holds no captures: {held}");
    }
}

/// The steps for a scenario after something happened to its evidence.
fn steps(catalog: &Catalog, scenario: Scenario, change: impl FnOnce(&mut Bundle)) -> Vec<NextStep> {
    let mut bundle = simulate(scenario, 1).bundle;
    change(&mut bundle);
    diagnose(&bundle, catalog, Trial::StableOnly).next
}

fn without_rules() -> Catalog {
    Catalog::new(&[Vec::new()]).unwrap_or_else(|it| panic!("{it:?}"))
}

fn commands(steps: &[NextStep]) -> Vec<&str> {
    steps.iter().filter_map(|it| it.command.as_deref()).collect()
}

#[test]
fn our_block_is_asked_for_where_it_is_archived_and_never_where_it_is_not() {
    let catalog = catalog();
    let bundle = simulate(Scenario::EchonetOnlyRevert, 1).bundle;
    let episode = bundle.episodes.first().expect("an episode");
    let archive = episode.archive.value().expect("an archive");
    let found = steps(&catalog, Scenario::EchonetOnlyRevert, |it| ours(it, |it| it.block = Gathered::NotAsked));
    let first = commands(&found)[0];
    assert!(first.contains(" exec echonet-") && first.contains(&format!(" -c echonet -- cat /data/echonet/{archive}/block_")), "{first}");
    assert!(first.starts_with(&format!("mkdir -p pvc/{archive} && kubectl -n {} ", bundle.incident.namespace.as_deref().expect("a name"))));
    let found = steps(&catalog, Scenario::EchonetOnlyRevert, |it| ours(it, |it| it.block = absent(&Request::VolumeListing)));
    assert!(!commands(&found).iter().any(|it| it.contains("cat /data/echonet/blocks_")), "{found:?}");
    let found = steps(&catalog, Scenario::EchonetOnlyRevert, |it| {
        episodes(it, |it| {
            it.archive = Gathered::NotAsked;
            it.ours.clear();
        });
    });
    assert!(commands(&found).iter().any(|it| it.ends_with(" -- ls /data/echonet")), "{found:?}");
    assert!(!commands(&found).iter().any(|it| it.contains("blocks_")), "{found:?}");
}

#[test]
fn nothing_of_the_evidence_is_run() {
    let catalog = catalog();
    let hostile = "x'; touch /tmp/owned; $(id) `id` \n#";
    let found = steps(&catalog, Scenario::EchonetOnlyRevert, |it| {
        it.incident.namespace = Some(hostile.to_owned());
        if let Gathered::Observed(pods) = &mut it.deployment.pods {
            pods.value.iter_mut().for_each(|it| it.name = hostile.to_owned());
        }
        episodes(it, |it| {
            it.ours.values_mut().for_each(|it| it.block = Gathered::NotAsked);
            it.snapshot = Gathered::Failed(Missing::new(format!("cat /data/echonet/report_snapshot_{hostile}.log"), hostile));
            it.report = Gathered::NotAsked;
        });
    });
    let all = commands(&found);
    assert!(all.iter().any(|it| it.contains("kubectl -n NAMESPACE exec deploy/echonet ")), "{all:?}");
    assert!(!all.iter().any(|it| it.contains("touch") || it.contains("$(")), "{all:?}");
    let found = steps(&catalog, Scenario::EchonetOnlyRevert, |it| {
        episodes(it, |it| {
            it.ours.values_mut().for_each(|it| it.block = Gathered::NotAsked);
            if let Gathered::Observed(archive) = &mut it.archive {
                archive.value = format!("blocks_{hostile}");
            }
        });
    });
    assert!(!commands(&found).iter().any(|it| it.contains("touch")), "{found:?}");
}

#[test]
fn an_epoch_of_which_too_little_is_known_is_asked_for_its_log_first() {
    let catalog = catalog();
    let found = steps(&catalog, Scenario::NoDivergence, |it| it.logs.echonet = Gathered::NotAsked);
    let first = commands(&found)[0];
    assert!(first.contains("gcloud logging read '") && first.contains(r#"namespace_name="echonet-sim-"#), "{first}");
    assert!(first.contains(r#"timestamp>="20"#) && first.contains(r#"container_name="echonet""#), "{first}");
    let found = steps(&catalog, Scenario::NoDivergence, |it| {
        it.logs.echonet = Gathered::NotAsked;
        it.logs.sequencer = Gathered::NotAsked;
        it.incident.observed_until = None;
    });
    assert!(
        commands(&found)[0].contains(" logs echonet-")
            && commands(&found)[0].ends_with(" > logs/echonet.log.new && mv logs/echonet.log.new logs/echonet.log"),
        "{found:?}"
    );
}

#[test]
fn a_collection_is_repeated_as_a_whole_and_never_over_what_it_gave() {
    let catalog = catalog();
    let found = steps(&catalog, Scenario::EchonetOnlyRevert, |it| {
        it.incident.origin = Origin::Collected;
        it.logs.echonet = Gathered::NotAsked;
        ours(it, |it| it.block = Gathered::NotAsked);
    });
    let collections: Vec<&str> = commands(&found).into_iter().filter(|it| it.starts_with("whysync collect ")).collect();
    let [again] = collections.as_slice() else { panic!("{found:?}") };
    assert!(again.contains(" --namespace echonet-sim-") && again.contains(" --block ") && again.ends_with(" -o whysync-again.json.zst"));
    assert!(found.iter().all(|it| it.saved_as.is_none()), "what was collected is in no folder: {found:?}");
    let found = steps(&catalog, Scenario::NoDivergence, |it| {
        it.incident.origin = Origin::Collected;
        it.logs.echonet = absent(&Request::CloudLogEntries);
    });
    assert!(found.iter().all(|it| !it.action.contains("logs.echonet")), "a collection that found no line finds none again: {found:?}");
}

#[test]
fn what_is_novel_ends_in_a_rule_and_unchecked_fixes_are_looked_up() {
    let catalog = catalog();
    let diagnosis = diagnose(&simulate(Scenario::BlockedSenderFilter, 1).bundle, &without_rules(), Trial::StableOnly);
    assert_eq!(diagnosis.verdict, Verdict::Novel, "{}", diagnosis.headline);
    let name = diagnosis.fingerprint.as_deref().expect("a name");
    let writes = |it: &&NextStep| it.command.as_deref().is_some_and(|it| it.starts_with("whysync rules new "));
    let step = diagnosis.next.iter().find(writes).unwrap_or_else(|| panic!("{:?} {:?}", diagnosis.verdict, diagnosis.next));
    assert!(step.action.contains(name), "{}", step.action);
    let found = steps(&catalog, Scenario::NativeCasmRevertTrace, |_| {});
    let [lookup] = found.as_slice() else { panic!("{found:?}") };
    assert!(lookup.command.as_deref().is_some_and(|it| it.starts_with("whysync bundle lineage ")), "{lookup:?}");
    let found = steps(&catalog, Scenario::NativeCasmRevertTrace, |it| it.deployment.pods = Gathered::NotAsked);
    assert_eq!(found.first().and_then(|it| it.saved_as.as_deref()), Some("k8s/pods.json"), "{found:?}");
}

#[test]
fn the_program_takes_its_own_commands() {
    let all = catalog();
    let mut seen = BTreeSet::new();
    for described in SCENARIOS {
        for catalog in [&all, &without_rules()] {
            let found = steps(catalog, described.scenario, |it| {
                it.incident.origin = Origin::Collected;
                ours(it, |it| it.block = Gathered::NotAsked);
            });
            seen.extend(commands(&found).into_iter().filter(|it| it.starts_with("whysync ")).map(str::to_owned));
        }
    }
    for kind in ["whysync collect ", "whysync rules new ", "whysync bundle lineage "] {
        assert!(seen.iter().any(|it| it.starts_with(kind)), "{kind}: {seen:?}");
    }
    for command in seen.iter().filter(|it| cfg!(feature = "live") || !it.starts_with("whysync collect ")) {
        // Every option before it is read before help is given.
        let words = command.split_whitespace().skip(1).chain(["--help"]);
        let output = crate::program::program(&[]).args(words).output().expect("it runs");
        assert_eq!(output.status.code(), Some(0), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
