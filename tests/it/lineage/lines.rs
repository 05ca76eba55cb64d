//! Whether the lines of a fix are in what is deployed, beside and against the history.

use std::collections::BTreeSet;

use whysync::collect::git::Repo;
use whysync::collect::lineage::{PatchIds, gather};
use whysync::engine::fixes::containment::Containment;
use whysync::evidence::content::LinesFound;
use whysync::evidence::{Gathered, Lineage};
use whysync::findings::{Deployed, FixAnswer, FixReference, FixSignal};

use super::{Repository, fix, pod};

const PATH: &str = "crates/queue/src/queue.rs";
const BEFORE: &str = "struct Queue;\nimpl Queue {\n    fn drain_all(&mut self) {\n        let first = self.pop_front();\n        \
                      self.deliver(first);\n        self.record_drained();\n        self.notify_waiters();\n    }\n}\n";
const AFTER: &str = "struct Queue;\nimpl Queue {\n    fn drain_all(&mut self) {\n        let first = self.pop_front();\n        \
                     if self.is_at_boundary(first) {\n            return self.stop_draining();\n        }\n        \
                     self.deliver_within_block(first);\n        self.record_drained();\n        self.notify_waiters();\n    }\n}\n";

/// A repository with the fix on `main`, and a release branch checked out that began before it. Gives the fix's commit.
fn forked() -> (Repository, String) {
    let repository = Repository::new();
    repository.commit(PATH, BEFORE, "queue: begin (#1)");
    repository.git(&["branch", "release"]);
    std::fs::write(repository.file("README.md"), "A document of the boundary\n").expect("a file");
    std::fs::write(repository.file("crates/queue/src/queue_test.rs"), "fn stops_at_the_boundary() {}\n").expect("a file");
    let fixed = repository.commit(PATH, AFTER, "queue: stop at the boundary (#22)");
    repository.git(&["checkout", "-q", "release"]);
    repository.commit("crates/other/src/lib.rs", "fn another_thing() {}\n", "other: begin (#2)");
    (repository, fixed)
}

fn of_fix(repository: &Repository, fixed: &str) -> FixReference {
    fix(&[fixed], &[&repository.patch_id(fixed)], &[22])
}

fn compared(repository: &Repository, commits: &[&str]) -> Lineage {
    repository.git(&["tag", "-f", "APOLLO-1"]);
    let clone = Repo::open(repository.path()).expect("a clone");
    let commits: BTreeSet<String> = commits.iter().map(|it| (*it).to_owned()).collect();
    gather(&clone, &[pod("p", "APOLLO-1")], &Gathered::NotAsked, &BTreeSet::new(), &commits, PatchIds::All).expect("a lineage")
}

fn told(lineage: &Lineage, fix: &FixReference) -> Deployed {
    let mut all = Containment::new(lineage).expect("a history").check_fix(fix);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// Added, of them there, removed, of them still there.
fn counts(it: &LinesFound) -> [u32; 4] {
    [it.added, it.added_there, it.removed, it.removed_there]
}

#[derive(Debug, PartialEq, Eq)]
enum ExpectedSighting {
    Contained(FixSignal),
    /// By this sign, with a doubt that has these words.
    Doubted(FixSignal, &'static str),
    Not(&'static str),
    Unknown(&'static str),
}

fn rewritten(from: &str, to: &str) -> String {
    AFTER.replace(from, to)
}

#[test]
fn lines_and_history_answer_together_and_the_lines_decide() {
    use ExpectedSighting::{Contained, Doubted, Not, Unknown};
    // Name, what the release branch does, how many lines are there, the answer.
    type Case = (&'static str, fn(&Repository, &str), [u32; 4], ExpectedSighting);
    let cases: [Case; 12] = [
        ("nothing", |_, _| (), [3, 0, 1, 1], Not("its history has no form of it")),
        ("a plain copy", |it, sha| drop(it.git(&["cherry-pick", sha])), [3, 3, 1, 0], Contained(FixSignal::SamePatch)),
        (
            "rebased with edits, and nothing says so",
            |it, _| drop(it.commit(PATH, &rewritten("self.record_drained", "self.record_all"), "wip")),
            [3, 3, 1, 0],
            Doubted(FixSignal::Lines, "its history has no form of it"),
        ),
        (
            "a part of it",
            |it, _| drop(it.commit(PATH, &rewritten("return self.stop_draining();", "self.halt_it();"), "wip")),
            [3, 2, 1, 0],
            Unknown("its history has no form of it, but some of its lines are there"),
        ),
        (
            "the file moved, without it",
            |it, _| {
                it.git(&["mv", PATH, "crates/queue/src/lane.rs"]);
                it.git(&["commit", "-q", "-m", "move"]);
            },
            [3, 0, 1, 1],
            Not("its history has no form of it"),
        ),
        (
            "the file moved, with it",
            |it, _| {
                it.git(&["mv", PATH, "crates/queue/src/lane.rs"]);
                it.commit("crates/queue/src/lane.rs", &rewritten("struct Queue;", "struct Lane;"), "wip");
            },
            [3, 3, 1, 0],
            Doubted(FixSignal::Lines, "its history has no form of it"),
        ),
        (
            "reverted",
            |it, sha| {
                it.git(&["cherry-pick", sha]);
                it.git(&["revert", "--no-edit", "HEAD"]);
            },
            [3, 0, 1, 1],
            Not("it was reverted by"),
        ),
        (
            "reverted, and landed again by hand",
            |it, sha| {
                it.git(&["cherry-pick", sha]);
                it.git(&["revert", "--no-edit", "HEAD"]);
                it.commit(PATH, &rewritten("self.record_drained", "self.record_all"), "wip");
            },
            [3, 3, 1, 0],
            Doubted(FixSignal::Lines, "it was reverted by"),
        ),
        (
            "merged, and taken back by hand",
            |it, _| {
                it.git(&["merge", "-q", "--no-ff", "-m", "Merge main", "main"]);
                it.commit(PATH, BEFORE, "wip");
            },
            [3, 0, 1, 1],
            Not("its lines are not there, although its history has"),
        ),
        (
            "merged, and the code was changed again",
            |it, _| {
                it.git(&["merge", "-q", "--no-ff", "-m", "Merge main", "main"]);
                it.commit(PATH, "struct Queue;\nfn drained_elsewhere() {}\n", "wip");
            },
            [3, 0, 1, 0],
            Doubted(FixSignal::Commit, "they were changed or taken out again"),
        ),
        (
            "merged, and a line was changed again",
            |it, _| {
                it.git(&["merge", "-q", "--no-ff", "-m", "Merge main", "main"]);
                it.commit(PATH, &rewritten("return self.stop_draining();", "return self.stop_now();"), "wip");
            },
            [3, 2, 1, 0],
            Contained(FixSignal::Commit),
        ),
        (
            "squashed under its pull request, a part of it",
            |it, _| drop(it.commit(PATH, &BEFORE.replace("self.deliver(first)", "self.deliver_within_block(first)"), "queue: stop (#22)")),
            [3, 1, 1, 0],
            Doubted(FixSignal::PullRequest, "only some of its lines are there"),
        ),
    ];
    for (name, travel, lines, expected) in cases {
        let (repository, fixed) = forked();
        travel(&repository, &fixed);
        let lineage = compared(&repository, &[&fixed]);
        let found = told(&lineage, &of_fix(&repository, &fixed));
        assert_eq!(found.lines.as_ref().map(counts), Some(lines), "{name}");
        let is_expected = match (&found.answer, &expected) {
            (FixAnswer::Contained(found), Contained(rung)) => found.rung == *rung && found.doubt.is_none(),
            (FixAnswer::Contained(found), Doubted(rung, words)) => {
                found.rung == *rung && found.doubt.as_ref().is_some_and(|it| it.contains(words))
            }
            (FixAnswer::NotContained(why), Not(words)) | (FixAnswer::Unknown(why), Unknown(words)) => why.contains(words),
            _ => false,
        };
        assert!(is_expected, "{name}: {found:?} instead of {expected:?}");
        // A bundle says the same without the clone.
        let kept: Lineage = serde_json::from_str(&serde_json::to_string(&lineage).expect("JSON")).expect("a lineage");
        assert_eq!(told(&kept, &of_fix(&repository, &fixed)), found, "{name}");
    }
}

#[test]
fn what_is_missing_is_named_by_its_place_at_the_fix() {
    let (repository, fixed) = forked();
    repository.commit(PATH, &rewritten("return self.stop_draining();", "self.halt_it();"), "wip");
    let found = told(&compared(&repository, &[&fixed]), &of_fix(&repository, &fixed)).lines.expect("lines");
    let missing: Vec<(&str, Option<u32>)> = found.missing.iter().map(|it| (it.path.as_str(), it.line)).collect();
    assert_eq!((missing.as_slice(), found.missing_more), ([(PATH, Some(6))].as_slice(), 0));
}

#[test]
fn a_fix_whose_lines_nobody_looked_for_is_unknown_and_an_old_lineage_answers_by_history() {
    let (repository, fixed) = forked();
    let later = of_fix(&repository, &fixed);
    let first = repository.git(&["rev-list", "--max-parents=0", "HEAD"]);
    let lineage = compared(&repository, &[&first, &"f".repeat(40)]);
    let found = told(&lineage, &later).answer;
    let words = "its lines were not compared: the rule is newer than the lineage";
    assert!(matches!(&found, FixAnswer::Unknown(why) if why.contains(words)), "{found:?}");
    let unseen = told(&lineage, &fix(&["f".repeat(40).as_str()], &[], &[99])).answer;
    assert!(matches!(&unseen, FixAnswer::Unknown(why) if why.contains("the clone has none of its commits")), "{unseen:?}");
    // Written before lines were compared: neither field is there.
    let clone = Repo::open(repository.path()).expect("a clone");
    let old =
        gather(&clone, &[pod("p", "APOLLO-1")], &Gathered::NotAsked, &BTreeSet::new(), &BTreeSet::new(), PatchIds::All).expect("a lineage");
    let text = serde_json::to_string(&old).expect("JSON");
    assert!(!text.contains("\"content\"") && !text.contains("\"unread\""), "{text}");
    let old: Lineage = serde_json::from_str(&text).expect("a lineage");
    assert!(matches!(told(&old, &later), Deployed { answer: FixAnswer::NotContained(_), lines: None, .. }));
}

fn remove(repository: &Repository, object: &str) {
    std::fs::remove_file(repository.file(&format!(".git/objects/{}/{}", &object[..2], &object[2..]))).expect("a loose object");
}

#[test]
fn a_missing_object_costs_the_fix_that_needs_it_and_no_other() {
    // Content of the fix itself, and the folder that holds it.
    for object in ["main:crates/queue/src/queue.rs", "main:crates/queue/src"] {
        let (repository, fixed) = forked();
        repository.git(&["checkout", "-q", "main"]);
        let other = repository.commit("crates/other/src/lib.rs", "fn another_fix_of_it() {}\n", "other: change (#30)");
        repository.git(&["checkout", "-q", "release"]);
        let [one, two] = [of_fix(&repository, &fixed), of_fix(&repository, &other)];
        remove(&repository, &repository.git(&["rev-parse", object]));
        let lineage = compared(&repository, &[&fixed, &other]);
        let content = lineage.content.as_ref().expect("lines");
        let unread: Vec<&str> = content.unread.iter().map(|it| it.commit.as_str()).collect();
        assert_eq!(unread, [fixed.as_str()], "{object}: {content:?}");
        let found = told(&lineage, &one).answer;
        assert!(matches!(&found, FixAnswer::Unknown(why) if why.contains("its lines were not compared")), "{object}: {found:?}");
        let found = told(&lineage, &two);
        assert_eq!(found.lines.as_ref().map(counts), Some([1, 0, 0, 0]), "{object}: {found:?}");
    }
}

#[test]
fn a_deployed_file_that_the_clone_lacks_is_unknown_and_never_no() {
    let (repository, fixed) = forked();
    repository.commit(PATH, &rewritten("self.record_drained", "self.record_all"), "wip");
    let fix = of_fix(&repository, &fixed);
    remove(&repository, &repository.git(&["rev-parse", &format!("HEAD:{PATH}")]));
    let found = told(&compared(&repository, &[&fixed]), &fix);
    assert_eq!(found.lines, None);
    assert!(matches!(&found.answer, FixAnswer::Unknown(why) if why.contains("lacks files")), "{found:?}");
}

#[test]
fn a_fix_without_lines_in_the_image_needs_no_patch_ids() {
    let (repository, fixed) = forked();
    let fixes = [of_fix(&repository, &fixed)];
    repository.git(&["tag", "-f", "APOLLO-1"]);
    let clone = Repo::open(repository.path()).expect("a clone");
    let needed = |lineage: &Lineage| Containment::new(lineage).expect("a history").sought(&fixes);
    let commits = BTreeSet::from([fixed]);
    let few = gather(&clone, &[pod("p", "APOLLO-1")], &Gathered::NotAsked, &BTreeSet::new(), &commits, PatchIds::Needed(&needed));
    let few = few.expect("a lineage");
    assert_eq!(few.history.unpack().expect("a history").iter().filter(|it| it.patch_id.is_some()).count(), 0);
    assert!(matches!(told(&few, &fixes[0]).answer, FixAnswer::NotContained(_)));
}
