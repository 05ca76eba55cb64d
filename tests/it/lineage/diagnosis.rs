//! Fix lines of diagnoses, on simulated incidents and on captured ones.

use whysync::collect::git::Repo;
use whysync::collect::lineage::{PatchIds, gather};
use whysync::engine::fixes::fix::FixContext;
use whysync::engine::language::catalog::builtin;
use whysync::engine::{Catalog, FileText, Trial, diagnose};
use whysync::evidence::history::{Contained, History, ShortId};
use whysync::evidence::lineage::{DeployedCode, Note, PatchIdExtent, Resolution, ResolvedCommit};
use whysync::evidence::pods::Component;
use whysync::evidence::{Bundle, Gathered, Lineage, Provenance};
use whysync::findings::{CauseCertainty, Diagnosis, FixComponent, FixReference, Overall, RemediationKind, Standing, Verdict};
use whysync::render::{self, Colour, Detail, Options};
use whysync::simulate::{Scenario, simulate};

use super::Repository;

fn observed(lineage: Lineage) -> Gathered<Lineage> {
    Gathered::observed(lineage, Provenance { asked: "git".to_owned(), at: None, took_ms: None, bytes: 0, sha256: String::new() })
}

fn resolved() -> Resolution {
    Resolution::Commit(ResolvedCommit { sha: "e".repeat(40), committed_at: None, by: "git tag".to_owned(), cut: None, nearer: None })
}

fn made(component: FixComponent, commits: &[Contained], notes: Vec<Note>, commit: Resolution) -> Lineage {
    let component = match component {
        FixComponent::Echonet => Component::Echonet,
        FixComponent::Sequencer => Component::Sequencer,
    };
    let code = DeployedCode { component, reference: "o/sequencer:x".to_owned(), pods: Vec::new(), commit, modified: Vec::new() };
    Lineage {
        deployed: vec![code],
        history: History::pack(commits),
        notes,
        patch_ids: PatchIdExtent::All,
        unread: None,
        content: None,
        probes: Vec::new(),
        anchors: Vec::new(),
        source_changes: None,
    }
}

fn contained(sha: &str, pull_requests: &[u64], patch: Option<&str>) -> Contained {
    Contained {
        id: ShortId::from_digest(sha).expect("a SHA"),
        by: 1,
        pull_requests: pull_requests.to_vec(),
        patch_id: patch.and_then(ShortId::from_digest),
    }
}

#[test]
fn an_effective_fix_that_is_deployed_contradicts_the_finding_in_every_format_as_surely_as_its_sign() {
    let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
    let mut bundle = simulate(Scenario::FifoDrainAcrossSameTimestamp, 1).bundle;
    let told = |diagnosis: &Diagnosis, name: &str| {
        let format = render::named(name).expect("a format");
        render::write(format, diagnosis, &Options { width: 10_000, colour: Colour::Plain, detail: Detail::Short })
    };
    let quiet = diagnose(&bundle, &catalog, Trial::StableOnly);
    let fix = quiet.findings.iter().flat_map(|it| &it.fix).find(|it| it.fix.prs == [14722]).expect("the fix").fix.clone();
    let with = |commit: &str, prs: &[u64]| observed(made(fix.component, &[contained(commit, prs, None)], Vec::new(), resolved()));
    bundle.lineage = with(fix.commits.first().expect("a commit"), &[]);
    let certain = diagnose(&bundle, &catalog, Trial::StableOnly);
    bundle.lineage = with(&"1".repeat(40), &[14722]);
    let likely = diagnose(&bundle, &catalog, Trial::StableOnly);
    let verdicts = [&quiet, &certain, &likely].map(|it| (it.verdict, it.episodes.iter().any(|it| it.verdict == Verdict::Contradicted)));
    assert_eq!(verdicts, [(Verdict::Explained, false), (Verdict::Contradicted, true), (Verdict::Explained, false)]);
    assert!(certain.headline.starts_with("Contradicted: "), "{}", certain.headline);
    let contradicted = certain.findings.iter().find(|it| it.fix.iter().any(|it| it.fix == fix)).expect("the finding");
    assert_eq!(contradicted.cause, CauseCertainty::Suspected, "{}", contradicted.because);
    let deploys = |it: &Diagnosis| it.findings.iter().flat_map(|it| &it.remediation).any(|it| it.kind == RemediationKind::DeployFix);
    assert!(deploys(&quiet) && !deploys(&certain), "{:?}", contradicted.remediation);
    for format in render::FORMATS.iter().map(|it| it.name) {
        let [quiet, certain, likely] = [&quiet, &certain, &likely].map(|it| told(it, format));
        let said = |text: &str| (text.contains("CONTRADICTION"), text.contains("ikely a contradiction"));
        assert_eq!(said(&quiet), (false, false), "{format}");
        assert_eq!(said(&certain), (true, false), "{format}: {certain}");
        assert_eq!(said(&likely), (false, true), "{format}: {likely}");
        assert!(likely.contains("is only likely"), "{format}: {likely}");
    }
}

#[test]
fn a_fix_below_its_protocol_version_is_contained_and_contradicts_nothing() {
    let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
    let mut bundle = simulate(Scenario::NativeCasmRevertTrace, 1).bundle;
    let ours = bundle.episodes.iter_mut().flat_map(|it| it.ours.values_mut()).map(|it| &mut it.block);
    for block in bundle.theirs.values_mut().map(|it| &mut it.block).chain(ours) {
        if let Gathered::Observed(block) = block {
            block.value.starknet_version = Some("0.14.2".to_owned());
        }
    }
    let fix = catalog.rules["native-casm-revert-trace"].file.fix.iter().find(|it| it.prs == [14251]).expect("the fix").clone();
    bundle.lineage = observed(made(fix.component, &[contained(fix.commits.first().expect("a commit"), &[], None)], Vec::new(), resolved()));
    let diagnosis = diagnose(&bundle, &catalog, Trial::StableOnly);
    let status = diagnosis.findings.iter().flat_map(|it| &it.fix).find(|it| it.fix == fix).expect("the fix");
    assert_eq!((status.overall(), status.contradiction()), (Overall::Contained, None), "{status:?}");
}

#[test]
fn a_fix_that_needs_a_setting_or_a_layout_is_held_against_what_the_bundle_shows() {
    let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
    let mut bundle = simulate(Scenario::FifoDrainAcrossSameTimestamp, 1).bundle;
    let fix = |rule: &str, number: u64| catalog.rules[rule].file.fix.iter().find(|it| it.prs == [number]).expect("the fix").clone();
    let (setting, layout) = (fix("gateway-missing-proof", 14730), fix("starknet-version-wrong", 14729));
    let commits: Vec<Contained> =
        [&setting, &layout].iter().map(|it| contained(it.commits.first().expect("a commit"), &[], None)).collect();
    bundle.lineage = observed(made(FixComponent::Sequencer, &commits, Vec::new(), resolved()));
    let standing = |bundle: &Bundle, fix: &FixReference| {
        let rows = whysync::engine::fixes::fix_table::rows(&FixContext::new(bundle), &catalog);
        rows.iter().find(|it| it.status.fix == *fix).expect("a row").status.standing()
    };
    assert_eq!(standing(&bundle, &setting), Standing::EffectUnknown, "nothing says which mode the gateway is in");
    let source = || Provenance { asked: String::new(), at: None, took_ms: None, bytes: 0, sha256: String::new() };
    for (mode, expected) in [("echonet", Standing::Effective), ("starknet", Standing::NotEffective)] {
        let settings = [("gateway_config.behavior_mode".to_owned(), mode.to_owned())].into();
        bundle.deployment.node_settings = Gathered::observed(settings, source());
        assert_eq!(standing(&bundle, &setting), expected, "{mode}");
    }
    for (container, expected) in [("sequencer-node", Standing::Effective), ("sequencer-core", Standing::NotEffective)] {
        let mut pod = super::pod("p", "x");
        pod.containers.iter_mut().for_each(|it| it.name = container.to_owned());
        bundle.deployment.pods = Gathered::observed(vec![pod], source());
        assert_eq!(standing(&bundle, &layout), expected, "{container}");
    }
    bundle.deployment.pods = Gathered::NotAsked;
    assert_eq!(standing(&bundle, &layout), Standing::EffectUnknown, "nobody asked what runs");
}

/// A history in which the two fixes land after the tags that lack them, and the rules with its commits in the place of the real ones.
fn synthetic() -> (Repository, Catalog, [String; 4]) {
    let repository = Repository::new();
    repository.commit("a.rs", "a\n", "begin (#1)");
    repository.git(&["tag", "APOLLO-0.14.3-RC.5"]);
    let native = repository.commit("trace.rs", "omit\n", "blockifier: omit frames (#14251)");
    repository.git(&["tag", "APOLLO-0.14.3-RC.12"]);
    repository.git(&["tag", "APOLLO-0.14.3-RC.15"]);
    let fifo = repository.commit("queue.rs", "stop\n", "mempool: stop at the boundary (#14722)");
    let newest = repository.commit("a.rs", "b\n", "newest (#2)");
    // The form of the fix that was never merged: on no branch and under no tag.
    repository.git(&["checkout", "-q", "--detach", "APOLLO-0.14.3-RC.5"]);
    let unmerged = repository.commit("queue.rs", "stop here\n", "mempool: stop FIFO");
    repository.git(&["update-ref", "refs/reviewable/pr14184/r1", "HEAD"]);
    repository.git(&["checkout", "-q", "main"]);
    let real = [("133f7cfbf760d155d0fb50e23a52854bc6b2b2b6", &native), ("d99b205a92", &fifo), ("06f623e795", &unmerged)];
    let texts: Vec<FileText> = builtin()
        .iter()
        .map(|it| {
            let mut body = it.body().to_owned();
            for (real, made) in real {
                while let Some(place) = body.find(real) {
                    let end = body[place..].find(|it: char| !it.is_ascii_hexdigit()).map_or(body.len(), |it| place + it);
                    body.replace_range(place..end, made);
                }
            }
            FileText::new(it.name(), body)
        })
        .collect();
    let catalog = Catalog::new(&[texts]).unwrap_or_else(|problems| panic!("{problems:?}"));
    (repository, catalog, [native, fifo, newest, unmerged])
}

fn with_lineage(mut bundle: Bundle, repository: &Repository, catalog: &Catalog, commits: &[String; 4]) -> Bundle {
    let Gathered::Observed(pods) = &mut bundle.deployment.pods else { panic!("no pods") };
    for container in pods.value.iter_mut().flat_map(|it| &mut it.containers) {
        // The short SHAs of the real history stand for those of the synthetic one.
        for (real, made) in [("60161ba", &commits[2]), ("9f78ee7", &commits[0])] {
            container.image = container.image.replace(real, &made[..7]);
        }
    }
    let lineage = gather(
        &Repo::open(repository.path()).expect("a clone"),
        &pods.value,
        &Gathered::NotAsked,
        &whysync::engine::fixes::fix_table::probes(catalog),
        &std::collections::BTreeSet::new(),
        PatchIds::All,
    )
    .expect("a lineage");
    bundle.lineage = observed(lineage);
    bundle
}

#[test]
fn captured_incidents_agree_with_what_their_images_are_known_to_contain() {
    let (repository, catalog, commits) = synthetic();
    let Some(folder) = crate::incidents::folder() else { return };
    let mut compared = 0;
    for name in std::fs::read_dir(&folder).expect("a folder").flatten().filter(|it| it.path().is_dir()).map(|it| it.file_name()) {
        let name = name.to_string_lossy().into_owned();
        let bundle = with_lineage(crate::incidents::import(&name).expect("an incident"), &repository, &catalog, &commits);
        let truth = std::fs::read_to_string(folder.join(&name).join("truth.json")).expect("the truth");
        let truth: serde_json::Value = serde_json::from_str(&truth).expect("JSON");
        let rows = whysync::engine::fixes::fix_table::rows(&FixContext::new(&bundle), &catalog);
        let keys = [
            (0, "133f7cfbf7 (#14251 native-vs-casm)"),
            (1, "d99b205a92 (#14722 fifo boundary, merged)"),
            (3, "06f623e795 (fifo, earlier unmerged revision)"),
        ];
        let contains = |commit: &String| {
            let (_, key) = keys.iter().find(|(number, _)| commits[*number] == *commit)?;
            Some((*key, truth["image"]["contains"][*key].as_bool()))
        };
        // Forms of one change are one row: an image that holds any of them holds the change.
        for row in &rows {
            let known: Vec<_> = row.status.fix.all_commits().iter().filter_map(contains).collect();
            if known.is_empty() {
                continue;
            }
            let expected = match known.iter().map(|(_, is_held)| *is_held).max().flatten() {
                Some(true) => Overall::Contained,
                Some(false) => Overall::NotContained,
                None => Overall::Unknown,
            };
            assert_eq!(row.status.overall(), expected, "{name}, {known:?}: {:?}", row.status.deployed);
            let is_told = matches!(expected, Overall::Unknown) == truth["image"]["contains"].is_null();
            assert!(is_told, "{name}: the truth says nothing of {known:?}");
            compared += known.len();
        }
    }
    assert!(compared >= 30, "{compared}");
}

#[test]
fn a_table_of_fixes_and_a_diagnosis_are_of_the_same_block() {
    for scenario in whysync::simulate::SCENARIOS.iter().map(|it| it.scenario) {
        let bundle = simulate(scenario, 1).bundle;
        let facts = whysync::facts::derive(&bundle);
        let derived = facts.cases.iter().find_map(|it| it.document.subject.starknet_version.clone());
        assert_eq!(whysync::facts::starknet_version(&bundle), derived, "{scenario}");
    }
}
