//! Patch ids only of the commits that can be a sought patch: the answers are those of all patch ids, for a few of them.

use std::collections::BTreeSet;
use std::process::Command;

use whysync::collect::git::Repo;
use whysync::collect::lineage::{PatchIds, gather};
use whysync::engine::fixes::containment::Containment;
use whysync::evidence::lineage::PatchIdExtent;
use whysync::evidence::{Gathered, Lineage};
use whysync::findings::{FixAnswer, FixReference, FixSignal};

use super::{AFTER, Repository, answer, fix, forked, pod, rung};

/// The lineage of these tags with the patch ids that the fixes need.
fn needed(repository: &Repository, tags: &[&str], fixes: &[FixReference]) -> Lineage {
    with(repository, tags, PatchIds::Needed(&|lineage| Containment::new(lineage).expect("a history").sought(fixes)))
}

fn with(repository: &Repository, tags: &[&str], patch_ids: PatchIds<'_>) -> Lineage {
    let clone = Repo::open(repository.path()).expect("a clone");
    let pods: Vec<_> = tags.iter().map(|it| pod(it, it)).collect();
    gather(&clone, &pods, &Gathered::NotAsked, &BTreeSet::new(), &BTreeSet::new(), patch_ids).expect("a lineage")
}

/// How many commits have a patch id.
fn computed(lineage: &Lineage) -> usize {
    lineage.history.unpack().expect("a history").iter().filter(|it| it.patch_id.is_some()).count()
}

/// Runs git at a day of the past.
fn git_at(repository: &Repository, day: u32, arguments: &[&str]) {
    let date = format!("{} +0000", 1_700_000_000 + day * 24 * 60 * 60);
    let mut command = Command::new("git");
    command.current_dir(repository.path()).env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
    command.args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]).args(arguments);
    assert!(command.output().expect("git runs").status.success(), "{arguments:?}");
}

#[test]
fn few_patch_ids_give_the_answers_of_all() {
    const OTHERS: usize = 12;
    // Name, what the release branch does with the fix, what the answer is.
    type Case = (&'static str, fn(&Repository, &str), Result<FixSignal, &'static str>);
    let cases: [Case; 7] = [
        ("nothing", |_, _| (), Err("its history has no form of it")),
        ("a plain copy", |it, sha| drop(it.git(&["cherry-pick", sha])), Ok(FixSignal::SamePatch)),
        (
            "a copy that is reverted",
            |it, sha| {
                it.git(&["cherry-pick", sha]);
                it.git(&["revert", "--no-edit", "HEAD"]);
            },
            Err("it was reverted by"),
        ),
        (
            "the commit itself by a merge, and a copy that is reverted",
            |it, sha| {
                it.git(&["merge", "-q", "--no-ff", "-s", "ours", "-m", "Merge main", "main"]);
                it.git(&["cherry-pick", sha]);
                it.git(&["revert", "--no-edit", "HEAD"]);
            },
            Err("it was reverted by"),
        ),
        ("the commit itself", |it, _| drop(it.git(&["merge", "-q", "--no-ff", "-m", "Merge main", "main"])), Ok(FixSignal::Commit)),
        (
            "a squash of two commits under the pull request",
            |it, _| drop(it.commit("queue.rs", &AFTER.replace("c()", "d()"), "queue: many things (#22)")),
            Ok(FixSignal::PullRequest),
        ),
        (
            "a pull request's squash that is the same patch",
            |it, _| drop(it.commit("queue.rs", AFTER, "queue: stop (#22)")),
            Ok(FixSignal::SamePatch),
        ),
    ];
    for (name, travel, expected) in cases {
        let (repository, fixed, patch) = forked();
        for number in 0..OTHERS {
            repository.commit(&format!("others/{number}.rs"), "x\n", "others: change");
        }
        travel(&repository, &fixed);
        repository.git(&["tag", "APOLLO-1"]);
        let fixes = [fix(&[&fixed], &[&patch], &[22])];
        let few = needed(&repository, &["APOLLO-1"], &fixes);
        let all = with(&repository, &["APOLLO-1"], PatchIds::All);
        let found = answer(&few, &fixes[0]);
        assert_eq!(found, answer(&all, &fixes[0]), "{name}");
        match expected {
            Ok(expected) => assert_eq!(rung(&few, &fixes[0]), Some(expected), "{name}: {found:?}"),
            Err(words) => assert!(matches!(&found, FixAnswer::NotContained(why) if why.contains(words)), "{name}: {found:?}"),
        }
        assert!(computed(&few) + OTHERS <= computed(&all), "{name}: {} of {}", computed(&few), computed(&all));
    }
}

#[test]
fn a_rule_that_is_written_later_finds_every_copy_of_its_fix() {
    // What the release branch does with a fix that `main` has, and the sign of it.
    type Case = (&'static str, fn(&Repository, &str), Option<FixSignal>);
    let cases: [Case; 4] = [
        ("nothing", |_, _| (), None),
        ("a plain copy", |it, sha| drop(it.git(&["cherry-pick", sha])), Some(FixSignal::SamePatch)),
        (
            "a copy that is reverted",
            |it, sha| {
                it.git(&["cherry-pick", sha]);
                it.git(&["revert", "--no-edit", "HEAD"]);
            },
            None,
        ),
        ("the commit itself", |it, _| drop(it.git(&["merge", "-q", "--no-ff", "-m", "Merge main", "main"])), Some(FixSignal::Commit)),
    ];
    for (name, travel, expected) in cases {
        let (repository, fixed, patch) = forked();
        repository.git(&["tag", "APOLLO-0", "main"]);
        for number in 0..12 {
            repository.commit(&format!("others/{number}.rs"), "x\n", "others: change");
        }
        repository.git(&["tag", "APOLLO-others"]);
        // What is on the release branch alone can land on main later: here it has landed.
        repository.git(&["checkout", "-q", "main"]);
        repository.git(&["merge", "-q", "--no-ff", "-m", "Merge release", "release"]);
        repository.git(&["checkout", "-q", "release"]);
        travel(&repository, &fixed);
        repository.git(&["tag", "APOLLO-1"]);
        let later = fix(&[&fixed], &[&patch], &[]);
        for tags in [&["APOLLO-1"][..], &["APOLLO-0", "APOLLO-1"]] {
            let lasting = with(&repository, tags, PatchIds::Lasting(&|_| Vec::new()));
            let found = |it: &Lineage| match &Containment::new(it).expect("a history").check_fix(&later).last().expect("an image").answer {
                FixAnswer::Contained(found) => Some(found.rung),
                FixAnswer::NotContained(_) | FixAnswer::Unknown(_) => None,
            };
            assert_eq!(found(&lasting), expected, "{name} in {tags:?}");
            assert_eq!(found(&with(&repository, tags, PatchIds::All)), expected, "{name} in {tags:?}");
            // Of the others, none changes what another changes.
            assert!(computed(&lasting) <= 6, "{name} in {tags:?}: {}", computed(&lasting));
        }
    }
}

#[test]
fn what_has_not_landed_yet_has_a_patch_id_and_without_a_main_branch_all_have() {
    let (repository, ..) = forked();
    let ahead = repository.commit("other.rs", "y\n", "wip");
    repository.git(&["tag", "APOLLO-1"]);
    let patch = repository.patch_id(&ahead);
    let lasting = with(&repository, &["APOLLO-1"], PatchIds::Lasting(&|_| Vec::new()));
    assert_eq!(rung(&lasting, &fix(&["f".repeat(40).as_str()], &[&patch], &[])), Some(FixSignal::SamePatch));
    repository.git(&["branch", "-m", "main", "trunk"]);
    let lasting = with(&repository, &["APOLLO-1"], PatchIds::Lasting(&|_| Vec::new()));
    assert_eq!(lasting.patch_ids, PatchIdExtent::All);
}

#[test]
fn a_copy_in_another_image_is_found_by_the_patch_of_the_commit_itself() {
    let (repository, fixed, _) = forked();
    repository.git(&["tag", "APOLLO-1", "main"]);
    repository.git(&["cherry-pick", &fixed]);
    repository.git(&["tag", "APOLLO-2"]);
    // The rule names the commit and no patch id.
    let fixes = [fix(&[&fixed], &[], &[])];
    for lineage in [needed(&repository, &["APOLLO-1", "APOLLO-2"], &fixes), with(&repository, &["APOLLO-1", "APOLLO-2"], PatchIds::All)] {
        let answers = Containment::new(&lineage).expect("a history").check_fix(&fixes[0]);
        let rungs: Vec<_> =
            answers.iter().map(|it| if let FixAnswer::Contained(found) = &it.answer { Some(found.rung) } else { None }).collect();
        assert_eq!(rungs, [Some(FixSignal::Commit), Some(FixSignal::SamePatch)], "{answers:?}");
    }
}

#[test]
fn what_was_not_compared_is_unknown_and_a_fix_that_the_clone_lacks_is_compared_with_all() {
    let (repository, fixed, patch) = forked();
    repository.git(&["tag", "APOLLO-1"]);
    let known = [fix(&[&fixed], &[&patch], &[22])];
    let unseen = fix(&["f".repeat(40).as_str()], &["e".repeat(40).as_str()], &[99]);
    let lineage = needed(&repository, &["APOLLO-1"], &known);
    assert!(matches!(&lineage.patch_ids, PatchIdExtent::Sought(ids) if *ids == patch[..10]), "{:?}", lineage.patch_ids);
    assert!(matches!(answer(&lineage, &known[0]), FixAnswer::NotContained(_)));
    let found = answer(&lineage, &unseen);
    assert!(
        matches!(&found, FixAnswer::Unknown(why) if why.contains("patch ids were not compared: only those that the rules of that time named")),
        "{found:?}"
    );

    let both = needed(&repository, &["APOLLO-1"], &[known[0].clone(), unseen.clone()]);
    assert_eq!(both.patch_ids, PatchIdExtent::All);
    assert!(matches!(answer(&both, &unseen), FixAnswer::NotContained(_)));
    // What is in the image by its own commit asks for no other.
    repository.git(&["tag", "APOLLO-2", "main"]);
    let sure = needed(&repository, &["APOLLO-2"], &[fix(&[&fixed], &["e".repeat(40).as_str()], &[])]);
    assert_eq!((computed(&sure), &sure.patch_ids), (1, &PatchIdExtent::Sought(String::new())), "its own commit alone");
}

#[test]
fn a_branch_whose_squash_landed_weeks_later_holds_the_fix() {
    let repository = Repository::new();
    repository.commit("a.rs", "a\n", "begin (#1)");
    repository.git(&["checkout", "-q", "-b", "dev"]);
    std::fs::write(repository.file("a.rs"), "b\n").expect("a file");
    git_at(&repository, 1, &["commit", "-q", "-am", "wip"]);
    repository.git(&["tag", "APOLLO-1"]);
    repository.git(&["checkout", "-q", "main"]);
    std::fs::write(repository.file("a.rs"), "b\n").expect("a file");
    git_at(&repository, 40, &["commit", "-q", "-am", "a: change (#22)"]);
    let squash = repository.head();
    let fixes = [fix(&[&squash], &[&repository.patch_id(&squash)], &[22])];
    assert_eq!(rung(&needed(&repository, &["APOLLO-1"], &fixes), &fixes[0]), Some(FixSignal::SamePatch));
}

#[test]
fn hostile_names_of_files_hide_no_copy() {
    let names = ["a".repeat(40), ":100644 x".to_owned(), "-z".to_owned(), "x\ny.rs".to_owned(), "ü \"q\".rs".to_owned(), "*.rs".to_owned()];
    for name in names {
        let repository = Repository::new();
        repository.commit(&name, "a\nb\nc\n", "begin (#1)");
        repository.git(&["branch", "release"]);
        let fixed = repository.commit(&name, "a\nB\nc\n", "change (#22)");
        let patch = repository.patch_id(&fixed);
        repository.git(&["checkout", "-q", "release"]);
        repository.commit("other.rs", "x\n", "other");
        repository.git(&["cherry-pick", &fixed]);
        repository.git(&["tag", "APOLLO-1"]);
        let fixes = [fix(&[&fixed], &[&patch], &[])];
        let lineage = needed(&repository, &["APOLLO-1"], &fixes);
        // The copy, and the commit that made the file.
        assert_eq!((rung(&lineage, &fixes[0]), computed(&lineage)), (Some(FixSignal::SamePatch), 2), "{name:?}");
    }
}

#[test]
fn a_fix_that_renames_is_found_by_both_names() {
    let repository = Repository::new();
    repository.commit("a.rs", "one\ntwo\nthree\nfour\nfive\n", "begin (#1)");
    repository.git(&["branch", "release"]);
    repository.git(&["mv", "a.rs", "b.rs"]);
    let fixed = repository.commit("b.rs", "one\ntwo\n3\nfour\nfive\n", "rename (#22)");
    let patch = repository.patch_id(&fixed);
    repository.git(&["checkout", "-q", "release"]);
    repository.commit("other.rs", "x\n", "other");
    repository.git(&["cherry-pick", &fixed]);
    repository.git(&["tag", "APOLLO-1"]);
    let fixes = [fix(&[&fixed], &[&patch], &[])];
    assert_eq!(rung(&needed(&repository, &["APOLLO-1"], &fixes), &fixes[0]), Some(FixSignal::SamePatch));
}
