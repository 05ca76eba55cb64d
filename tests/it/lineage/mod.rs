//! Whether deployed commits contain a fix, on real repositories.

mod repository;
mod hostile;
mod anchors;
mod patches;
mod lines;
mod known_clone;
mod probes;
mod size;
mod command;
mod printed;
mod source;
mod diagnosis;
mod causes;
mod shapes;

use std::collections::BTreeSet;

use whysync::collect::git::Repo;
use whysync::collect::lineage::{PatchIds, gather};
use whysync::engine::fixes::containment::Containment;
use whysync::evidence::lineage::{DeployedCode, PatchIdExtent, Probe, Resolution};
use whysync::evidence::pods::{Component, Container, Pod};
use whysync::evidence::{Gathered, Lineage};
use whysync::findings::{FixAnswer, FixComponent, FixProbe, FixReference, FixRole, FixSignal};

pub(crate) use repository::Repository;

pub(crate) fn pod(name: &str, tag: &str) -> Pod {
    let container = Container {
        name: "sequencer-node".to_owned(),
        image: format!("ghcr.io/o/sequencer/sequencer:{tag}"),
        image_id: String::new(),
        restarts: 0,
        last_termination: None,
        waiting: None,
    };
    Pod {
        name: name.to_owned(),
        namespace: "n".to_owned(),
        component: Component::Sequencer,
        phase: "Running".to_owned(),
        started_at: None,
        containers: vec![container],
        source_config_map: None,
    }
}

pub(crate) fn lineage(path: &std::path::Path, tags: &[&str]) -> Lineage {
    let pods: Vec<Pod> = tags.iter().map(|it| pod(it, it)).collect();
    let probes = BTreeSet::from([Probe { path: "queue.rs".to_owned(), text: "stop();".to_owned() }]);
    gather(&Repo::open(path).expect("a clone"), &pods, &Gathered::NotAsked, &probes, &BTreeSet::new(), PatchIds::All).expect("a lineage")
}

fn fix(commits: &[&str], patch_ids: &[&str], prs: &[u64]) -> FixReference {
    let all = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect();
    FixReference {
        component: FixComponent::Sequencer,
        prs: prs.to_vec(),
        commits: all(commits),
        patch_ids: all(patch_ids),
        any_of: Vec::new(),
        all_of: Vec::new(),
        effective_when: None,
        probe: None,
        role: FixRole::Cure,
        note: String::new(),
    }
}

/// What the only image says of a fix.
fn answer(lineage: &Lineage, fix: &FixReference) -> FixAnswer {
    let answers = Containment::new(lineage).expect("a history").check_fix(fix);
    assert_eq!(answers.len(), 1, "{answers:?}");
    answers.into_iter().next().expect("an answer").answer
}

fn rung(lineage: &Lineage, fix: &FixReference) -> Option<FixSignal> {
    match answer(lineage, fix) {
        FixAnswer::Contained(found) => Some(found.rung),
        FixAnswer::NotContained(_) | FixAnswer::Unknown(_) => None,
    }
}

const BEFORE: &str = "fn drain() {\n    a();\n    b();\n    c();\n}\n";
const AFTER: &str = "fn drain() {\n    a();\n    stop();\n    b();\n    c();\n}\n";

/// A repository with the fix on `main`, and a release branch that began before it. Gives the fix's commit and patch id.
fn forked() -> (Repository, String, String) {
    let repository = Repository::new();
    repository.commit("queue.rs", BEFORE, "queue: begin (#1)");
    repository.git(&["branch", "release"]);
    let fixed = repository.commit("queue.rs", AFTER, "queue: stop at the boundary (#22)");
    let patch = repository.patch_id(&fixed);
    repository.git(&["checkout", "-q", "release"]);
    repository.commit("other.rs", "x\n", "other: begin (#2)");
    (repository, fixed, patch)
}

#[test]
fn an_image_contains_what_its_commit_descends_from_and_nothing_else() {
    let (repository, fixed, patch) = forked();
    let fix = fix(&[&fixed], &[&patch], &[22]);
    repository.git(&["tag", "-a", "v1.2.3", "-m", "x", "main"]);
    repository.git(&["tag", "APOLLO-1", "release"]);
    assert!(
        matches!(answer(&lineage(repository.path(), &["1.2.3"]), &fix), FixAnswer::Contained(it) if it.rung == FixSignal::Commit && fixed.starts_with(&it.commit))
    );
    assert!(matches!(answer(&lineage(repository.path(), &["APOLLO-1"]), &fix), FixAnswer::NotContained(_)));
    // Two images are two answers.
    let both = lineage(repository.path(), &["1.2.3", "APOLLO-1"]);
    let answers = Containment::new(&both).expect("a history").check_fix(&fix);
    let contained: Vec<bool> = answers.iter().map(|it| matches!(it.answer, FixAnswer::Contained(_))).collect();
    assert_eq!(contained, [true, false], "{answers:?}");
}

#[test]
fn each_form_in_which_a_fix_travels_is_found_by_its_own_sign() {
    // Name, what the branch does with the fix, what is known of the fix, the sign that must find it.
    type Case = (&'static str, fn(&Repository, &str), fn(&str, &str) -> FixReference, Option<FixSignal>);
    let cases: [Case; 6] = [
        (
            "cherry-picked",
            |it, sha| drop(it.git(&["cherry-pick", sha])),
            |sha, patch| fix(&[sha], &[patch], &[]),
            Some(FixSignal::SamePatch),
        ),
        (
            "cherry-picked with -x and edited",
            |it, sha| {
                it.git(&["cherry-pick", "-x", sha]);
                let message = it.git(&["log", "-1", "--format=%B"]);
                it.git(&["reset", "-q", "--hard", "HEAD~"]);
                it.commit("queue.rs", &AFTER.replace("stop();", "stop(now);"), &message);
            },
            |sha, patch| fix(&[sha], &[patch], &[]),
            Some(FixSignal::CherryPick),
        ),
        (
            "squashed with others",
            |it, _| drop(it.commit("queue.rs", &AFTER.replace("c()", "d()"), "queue: many things (#22)")),
            |sha, patch| fix(&[sha], &[patch], &[22]),
            Some(FixSignal::PullRequest),
        ),
        (
            "backported under a second pull request",
            |it, _| drop(it.commit("queue.rs", &AFTER.replace("c()", "e()"), "queue: stop (#22) (#40)")),
            |sha, patch| fix(&[sha], &[patch], &[22]),
            Some(FixSignal::PullRequest),
        ),
        (
            "rebased with edits, and nothing says so",
            |it, _| drop(it.commit("queue.rs", &AFTER.replace("a()", "z()"), "wip")),
            |sha, patch| fix(&[sha], &[patch], &[22]),
            None,
        ),
        (
            "rebased with edits, and a line shows it",
            |it, _| drop(it.commit("queue.rs", &AFTER.replace("a()", "z()"), "wip")),
            |sha, patch| FixReference {
                probe: Some(FixProbe { path: "queue.rs".to_owned(), present: Some("stop();".to_owned()), absent: None }),
                ..fix(&[sha], &[patch], &[22])
            },
            Some(FixSignal::Content),
        ),
    ];
    for (name, travel, known, expected) in cases {
        let (repository, fixed, patch) = forked();
        travel(&repository, &fixed);
        repository.git(&["tag", "APOLLO-1"]);
        let lineage = lineage(repository.path(), &["APOLLO-1"]);
        let fix = known(&fixed, &patch);
        assert_eq!(rung(&lineage, &fix), expected, "{name}: {:?}", answer(&lineage, &fix));
    }
}

#[test]
fn a_reverted_fix_is_not_contained_until_it_is_landed_again() {
    let (repository, fixed, patch) = forked();
    repository.git(&["checkout", "-q", "main"]);
    let fix = fix(&[&fixed], &[&patch], &[22]);
    let now = |tag: &str| {
        repository.git(&["tag", tag]);
        answer(&lineage(repository.path(), &[tag]), &fix)
    };
    repository.git(&["revert", "--no-edit", "HEAD"]);
    let reverted = repository.head();
    assert!(matches!(now("APOLLO-1"), FixAnswer::NotContained(why) if why.contains(&reverted[..10])));
    repository.git(&["revert", "--no-edit", "HEAD"]);
    assert!(matches!(now("APOLLO-2"), FixAnswer::Contained(_)), "a revert of the revert lands it again");
    repository.git(&["revert", "--no-edit", "HEAD"]);
    assert!(matches!(now("APOLLO-3"), FixAnswer::NotContained(_)), "and a revert of that takes it back again");
    repository.commit("queue.rs", &AFTER.replace("c()", "d()"), "queue: stop at the boundary, mended (#22)");
    assert!(matches!(now("APOLLO-4"), FixAnswer::Contained(it) if it.rung == FixSignal::PullRequest), "landed anew under its pull request");
}

#[test]
fn a_revert_of_the_whole_merge_takes_the_fix_back() {
    let (repository, fixed, patch) = forked();
    repository.git(&["merge", "-q", "--no-ff", "-m", "Merge main", "main"]);
    repository.git(&["revert", "--no-edit", "-m", "1", "HEAD"]);
    repository.git(&["tag", "APOLLO-1"]);
    let found = answer(&lineage(repository.path(), &["APOLLO-1"]), &fix(&[&fixed], &[&patch], &[]));
    assert!(matches!(&found, FixAnswer::NotContained(why) if why.contains("reverted")), "{found:?}");
}

#[test]
fn a_revert_of_another_change_says_nothing_of_the_fix() {
    let (repository, fixed, _) = forked();
    repository.git(&["checkout", "-q", "main"]);
    repository.commit("other.rs", "y\n", "other: change (#30)");
    repository.git(&["revert", "--no-edit", "HEAD"]);
    repository.git(&["tag", "APOLLO-1"]);
    assert_eq!(rung(&lineage(repository.path(), &["APOLLO-1"]), &fix(&[&fixed], &[], &[22])), Some(FixSignal::Commit));
}

#[test]
fn a_tag_that_names_no_commit_gets_the_reason() {
    let (repository, fixed, _) = forked();
    let short = &fixed[..7];
    repository.git(&["tag", &format!("APOLLO-main-{short}"), "release"]);
    repository.git(&["branch", "like-a-tag", "main"]);
    repository.git(&["branch", "abcdef0", "main"]);
    let cases: [(String, Result<&str, &str>); 10] = [
        (format!("main-{short}"), Ok(&fixed)),
        (short.to_owned(), Ok(&fixed)),
        (fixed.clone(), Ok(&fixed)),
        ("0.14".to_owned(), Err("moves from one patch release to the next")),
        ("latest".to_owned(), Err("moves with the newest build")),
        ("0.14.3".to_owned(), Err("no git tag 0.14.3 is in the clone")),
        ("main-0000000".to_owned(), Err("no commit that begins with 0000000")),
        // A branch is no tag, and no commit, whatever it is called.
        ("like-a-tag".to_owned(), Err("no git tag like-a-tag")),
        ("abcdef0".to_owned(), Err("no commit that begins with abcdef0")),
        (format!("APOLLO-main-{short}"), Err("is ambiguous: as a git tag it is")),
    ];
    for (tag, expected) in cases {
        let lineage = lineage(repository.path(), &[&tag]);
        let code = lineage.deployed.first().expect("an image");
        match (&code.commit, expected) {
            (Resolution::Commit(commit), Ok(sha)) => assert_eq!(commit.sha, sha, "{tag}"),
            (Resolution::Unknown(why), Err(words)) => {
                assert!(why.contains(words), "{tag}: {why}");
                let found = answer(&lineage, &fix(&[&fixed], &[], &[22]));
                assert!(matches!(found, FixAnswer::Unknown(_)), "{tag}: unknown reads as {found:?}");
            }
            (found, expected) => panic!("{tag}: {found:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn the_digests_that_run_tell_a_tag_that_was_moved() {
    let (repository, fixed, _) = forked();
    repository.git(&["tag", "APOLLO-1", "main"]);
    let running = |name: &str, image: &str, digest: &str| {
        let mut pod = pod(name, "x");
        let container = pod.containers.first_mut().expect("a container");
        (container.image, container.image_id) = (image.to_owned(), format!("sequencer@sha256:{}", digest.repeat(64)));
        pod
    };
    let by_digest = format!("ghcr.io/o/sequencer@sha256:{}", "c".repeat(64));
    let by_both = format!("ghcr.io/o/sequencer:APOLLO-1@sha256:{}", "c".repeat(64));
    let short = format!("sequencer:main-{}", &fixed[..7]);
    // Images and the digests that run under them, and why the commit cannot be told.
    let cases: [(&str, &[&str], Option<&str>); 6] = [
        ("sequencer:APOLLO-1", &["a", "a"], None),
        ("sequencer:APOLLO-1", &["a", "b"], Some("the tag APOLLO-1 was moved: pods run sha256:aaaa")),
        // A build of the same commit again is another image, but no other code.
        (&short, &["a", "b"], None),
        (&by_both, &["c"], None),
        (&by_digest, &["c"], Some("org.opencontainers.image.revision is kept by the registry, which is not asked")),
        ("sequencer:0.14", &["a"], Some("org.opencontainers.image.revision")),
    ];
    for (image, digests, expected) in cases {
        let pods: Vec<Pod> = digests.iter().enumerate().map(|(number, digest)| running(&number.to_string(), image, digest)).collect();
        let clone = Repo::open(repository.path()).expect("a clone");
        let lineage = gather(&clone, &pods, &Gathered::NotAsked, &BTreeSet::new(), &BTreeSet::new(), PatchIds::Nothing).expect("a lineage");
        let [code] = lineage.deployed.as_slice() else { panic!("{image}: {:?}", lineage.deployed) };
        match (&code.commit, expected) {
            (Resolution::Commit(commit), None) => assert_eq!(commit.sha, fixed, "{image}"),
            (Resolution::Unknown(why), Some(words)) => assert!(why.contains(words), "{image}: {why}"),
            (found, _) => panic!("{image}: {found:?}"),
        }
    }
}

#[test]
fn a_short_sha_that_two_commits_begin_with_is_ambiguous_and_other_objects_do_not_count() {
    let repository = Repository::new();
    let made = |kind: &str, body: &str| {
        let file = repository.file("object");
        std::fs::write(&file, body).expect("a file");
        repository.git(&["hash-object", "-t", kind, "-w", "object"])
    };
    let tree = repository.git(&["hash-object", "-t", "tree", "-w", "/dev/null"]);
    // Found by trying numbers until seven digits agreed.
    let commit = |number: u32| {
        let who = "A <a@example.org> 1 +0000";
        made("commit", &format!("tree {tree}\nauthor {who}\ncommitter {who}\n\nn {number}\n"))
    };
    let (left, right) = (commit(9_893), commit(11_416));
    assert!(left != right && left[..7] == right[..7], "{left} {right}");
    let resolved = |tag: &str| lineage(repository.path(), &[tag]).deployed.remove(0).commit;
    for tag in [left[..7].to_owned(), format!("main-{}", &left[..7])] {
        let found = resolved(&tag);
        assert!(matches!(&found, Resolution::Unknown(why) if why.contains("is ambiguous: 2 commits begin with it")), "{tag}: {found:?}");
    }
    // One digit more tells them apart.
    let longer = left.chars().zip(right.chars()).take_while(|(left, right)| left == right).count() + 1;
    assert!(matches!(resolved(&left[..longer]), Resolution::Commit(it) if it.sha == left));
    // A file that begins alike is no commit.
    let (commit, blob) = (commit(9_184), made("blob", "n 67024\n"));
    assert_eq!(commit[..7], blob[..7]);
    assert!(matches!(resolved(&commit[..7]), Resolution::Commit(it) if it.sha == commit));
}

#[test]
fn what_a_shallow_clone_lacks_is_unknown_and_what_it_has_is_found() {
    let (repository, fixed, patch) = forked();
    repository.git(&["checkout", "-q", "main"]);
    for number in 0..3 {
        repository.commit("other.rs", &format!("{number}\n"), "other: change");
    }
    let newest = repository.head();
    repository.git(&["tag", "APOLLO-1"]);
    let clone = Repository::new();
    let address = format!("file://{}", repository.path().display());
    clone.git(&["fetch", "-q", "--depth=2", "--tags", &address, "main"]);
    let lineage = lineage(clone.path(), &["APOLLO-1"]);
    let unknown = self::lineage(clone.path(), &["APOLLO-2", "main-0000000"]);
    let is_said = |it: &DeployedCode| matches!(&it.commit, Resolution::Unknown(why) if why.contains("in the clone, which is shallow"));
    assert!(unknown.deployed.iter().all(is_said), "{:?}", unknown.deployed);
    let old = answer(&lineage, &fix(&[&fixed], &[&patch], &[22]));
    assert!(matches!(&old, FixAnswer::Unknown(why) if why.contains("shallow")), "{old:?}");
    assert_eq!(rung(&lineage, &fix(&[&newest], &[], &[])), Some(FixSignal::Commit));
}

#[test]
fn a_clone_that_lacks_the_content_of_a_file_says_nothing_of_its_lines() {
    let (repository, fixed, patch) = forked();
    repository.git(&["checkout", "-q", "main"]);
    repository.git(&["tag", "APOLLO-1"]);
    let blob = repository.git(&["rev-parse", "HEAD:queue.rs"]);
    std::fs::remove_file(repository.file(&format!(".git/objects/{}/{}", &blob[..2], &blob[2..]))).expect("a loose object");
    let lineage = lineage(repository.path(), &["APOLLO-1"]);
    assert_eq!(lineage.probes, [], "the file is there, and nobody read it");
    // It costs the commit that needs the file, and no other.
    assert_eq!(lineage.patch_ids, PatchIdExtent::All);
    let unread = lineage.unread.as_ref().expect("a commit that was not read");
    assert_eq!((unread.commits.as_str(), unread.why.as_str()), (&fixed[..10], "the clone lacks 1 of its files"));
    let read = lineage.history.unpack().expect("a history").iter().filter(|it| it.patch_id.is_some()).count();
    assert_eq!(read, 1, "the first commit is whole");
    assert_eq!(rung(&lineage, &fix(&[&fixed], &[], &[])), Some(FixSignal::Commit), "the history is whole");
    let by_patch = answer(&lineage, &fix(&[], &[&patch], &[]));
    let words = format!("the clone lacks files of a commit of the history: {}", &fixed[..10]);
    assert!(matches!(&by_patch, FixAnswer::Unknown(why) if why.contains(&words)), "{by_patch:?}");
}

#[test]
fn missing_objects_make_unknown_and_never_no() {
    let (repository, fixed, _) = forked();
    repository.git(&["checkout", "-q", "main"]);
    repository.commit("other.rs", "y\n", "other: change");
    repository.git(&["tag", "APOLLO-1"]);
    let object = repository.file(&format!(".git/objects/{}/{}", &fixed[..2], &fixed[2..]));
    std::fs::remove_file(object).expect("a loose object");
    let pods = [pod("p", "APOLLO-1")];
    let clone = Repo::open(repository.path()).expect("a clone");
    match gather(&clone, &pods, &Gathered::NotAsked, &BTreeSet::new(), &BTreeSet::new(), PatchIds::All) {
        // Some versions of git refuse to walk a broken history: that is an error, not an answer.
        Err(err) => assert!(err.to_string().contains("git could not read"), "{err}"),
        Ok(lineage) => {
            let found = answer(&lineage, &fix(&["f".repeat(40).as_str()], &[], &[]));
            assert!(matches!(&found, FixAnswer::Unknown(why) if why.contains("missing")), "{found:?}");
        }
    }
}
