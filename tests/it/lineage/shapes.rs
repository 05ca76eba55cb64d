//! Fixes with forms and parts, and changes that bring a fault, on real repositories.

use std::collections::BTreeSet;

use whysync::collect::git::Repo;
use whysync::collect::lineage::{PatchIds, gather};
use whysync::engine::fixes::fix::FixContext;
use whysync::evidence::{Bundle, Gathered, Lineage, Provenance};
use whysync::findings::{Bringing, BringingChange, ChangeForm, FixAnswer, FixComponent, FixReference, FixStatus, Overall, bringing};
use whysync::simulate::{Scenario, simulate};

use super::{Repository, fix, lineage, pod};

fn form(commits: &[&str], prs: &[u64]) -> ChangeForm {
    ChangeForm {
        prs: prs.to_vec(),
        commits: commits.iter().map(|it| (*it).to_owned()).collect(),
        patch_ids: Vec::new(),
        note: String::new(),
    }
}

fn bundle(lineage: Lineage) -> Bundle {
    let mut bundle = simulate(Scenario::FifoDrainAcrossSameTimestamp, 1).bundle;
    let source = Provenance { asked: "x".to_owned(), at: None, took_ms: None, bytes: 0, sha256: String::new() };
    bundle.lineage = Gathered::observed(lineage, source);
    bundle
}

/// Two parts, their squash under a third name, and a tag for each state of a branch.
struct LandedParts {
    repository: Repository,
    first: String,
    second: String,
    squash: String,
}

const FIRST: &str = "fn serves_metadata() {}\nfn keeps_metadata() {}\n";
const SECOND: &str = "fn builds_proposal() {}\nfn sends_proposal() {}\n";

fn landed() -> LandedParts {
    let repository = Repository::new();
    let begin = repository.commit("queue.rs", "a\n", "queue: begin (#1)");
    repository.git(&["tag", "APOLLO-none"]);
    let first = repository.commit("first.rs", FIRST, "first part (#25)");
    repository.git(&["tag", "APOLLO-first"]);
    let second = repository.commit("second.rs", SECOND, "second part (#26)");
    repository.git(&["tag", "APOLLO-both"]);
    repository.git(&["revert", "--no-edit", &first]);
    repository.git(&["tag", "APOLLO-first-reverted"]);
    repository.git(&["checkout", "-q", "-b", "squashed", &begin]);
    std::fs::write(repository.file("first.rs"), FIRST).expect("a file");
    let squash = repository.commit("second.rs", SECOND, "squash for editing");
    repository.git(&["tag", "APOLLO-squash"]);
    repository.git(&["revert", "--no-edit", "HEAD"]);
    repository.git(&["tag", "APOLLO-squash-reverted"]);
    repository.git(&["cherry-pick", &first]);
    repository.git(&["tag", "APOLLO-squash-reverted-then-first"]);
    LandedParts { repository, first, second, squash }
}

fn told(landed: &LandedParts, tags: &[&str], fix: &FixReference) -> FixStatus {
    let bundle = bundle(lineage(landed.repository.path(), tags));
    FixContext::new(&bundle).status(fix, None)
}

/// As the commands ask: the lines of the fix are looked up too.
fn told_with_lines(landed: &LandedParts, tags: &[&str], fix: &FixReference) -> FixStatus {
    let pods: Vec<_> = tags.iter().map(|it| pod(it, it)).collect();
    let (clone, commits) = (Repo::open(landed.repository.path()).expect("a clone"), fix.all_commits().into_iter().collect());
    let lineage = gather(&clone, &pods, &Gathered::NotAsked, &BTreeSet::new(), &commits, PatchIds::All).expect("a lineage");
    FixContext::new(&bundle(lineage)).status(fix, None)
}

#[test]
fn a_fix_of_parts_is_contained_only_with_all_of_them_or_with_a_form_of_the_whole() {
    let landed = landed();
    let fix = FixReference {
        all_of: vec![form(&[&landed.first], &[25]), form(&[&landed.second], &[26])],
        any_of: vec![form(&[&landed.squash], &[])],
        ..fix(&[], &[], &[])
    };
    let cases: [(&[&str], Overall, bool, &str); 10] = [
        (&["APOLLO-none"], Overall::NotContained, false, "its history has no form of it"),
        (&["APOLLO-first"], Overall::NotContained, true, "#25 is there, #26 is not"),
        (&["APOLLO-both"], Overall::Contained, false, ""),
        (&["APOLLO-first-reverted"], Overall::NotContained, true, "#25 is not (it was reverted by "),
        (&["APOLLO-squash"], Overall::Contained, false, ""),
        (&["APOLLO-squash-reverted"], Overall::NotContained, false, "it was reverted by "),
        (&["APOLLO-squash-reverted-then-first"], Overall::NotContained, true, "#25 is there, #26 is not"),
        (&["APOLLO-both", "APOLLO-first"], Overall::NotContained, true, "#25 is there, #26 is not"),
        (&["APOLLO-both", "APOLLO-squash"], Overall::Contained, false, ""),
        (&["APOLLO-unheard-of"], Overall::Unknown, false, "no git tag APOLLO-unheard-of"),
    ];
    for (tags, overall, partly, words) in cases {
        let with_lines = told_with_lines(&landed, tags, &fix);
        assert_eq!((with_lines.overall(), with_lines.is_partly_contained()), (overall, partly), "with lines, {tags:?}: {with_lines:?}");
        let status = told(&landed, tags, &fix);
        assert_eq!((status.overall(), status.is_partly_contained()), (overall, partly), "{tags:?}: {status:?}");
        let reason = status.deployed.iter().find_map(|it| match &it.answer {
            FixAnswer::Contained(_) => None,
            FixAnswer::NotContained(why) | FixAnswer::Unknown(why) => Some(why.clone()),
        });
        assert!(reason.unwrap_or_default().contains(words), "{tags:?}: {status:?}");
    }
    // Which image has which part is kept for each.
    let status = told(&landed, &["APOLLO-both", "APOLLO-first"], &fix);
    let has: Vec<Vec<bool>> =
        status.parts.iter().map(|it| it.deployed.iter().map(|it| matches!(it.answer, FixAnswer::Contained(_))).collect()).collect();
    assert_eq!(has, [[true, true], [true, false]]);
}

#[test]
fn any_form_of_a_change_is_the_change_and_a_revert_of_one_form_takes_back_that_form() {
    let landed = landed();
    let fix = FixReference { any_of: vec![form(&[&landed.squash], &[])], ..fix(&[&landed.first], &[], &[25]) };
    let cases = [
        ("APOLLO-none", Overall::NotContained),
        ("APOLLO-first", Overall::Contained),
        ("APOLLO-first-reverted", Overall::NotContained),
        ("APOLLO-squash", Overall::Contained),
        ("APOLLO-squash-reverted", Overall::NotContained),
        // What comes last decides.
        ("APOLLO-squash-reverted-then-first", Overall::Contained),
    ];
    for (tag, overall) in cases {
        assert_eq!(told(&landed, &[tag], &fix).overall(), overall, "{tag}");
    }
}

#[test]
fn what_brings_a_fault_is_deployed_where_one_image_has_one_of_the_changes() {
    let landed = landed();
    let change = |it: ChangeForm| BringingChange {
        component: FixComponent::Sequencer,
        prs: it.prs,
        commits: it.commits,
        patch_ids: Vec::new(),
        any_of: Vec::new(),
        all_of: Vec::new(),
        note: String::new(),
    };
    let changes = [change(form(&[&landed.first], &[25])), change(form(&[&landed.second], &[26]))];
    let cases: [(&[&str], Bringing); 6] = [
        (&["APOLLO-none"], Bringing::NowhereDeployed),
        (&["APOLLO-first"], Bringing::Deployed),
        (&["APOLLO-none", "APOLLO-first"], Bringing::Deployed),
        (&["APOLLO-none", "APOLLO-unheard-of"], Bringing::Open),
        (&["APOLLO-squash-reverted"], Bringing::NowhereDeployed),
        (&["APOLLO-unheard-of"], Bringing::Open),
    ];
    for (tags, expected) in cases {
        let bundle = bundle(lineage(landed.repository.path(), tags));
        let scenery = FixContext::new(&bundle);
        let all: Vec<FixStatus> = changes.iter().map(|it| scenery.brought(it)).collect();
        assert_eq!(bringing(&all), expected, "{tags:?}: {all:?}");
    }
    assert_eq!(bringing(&[]), Bringing::Open, "a rule that names none says nothing");
}
