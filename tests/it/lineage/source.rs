//! Echonet's source against real repositories: the nearest commit, what was edited, and what that leaves open.

use std::collections::{BTreeMap, BTreeSet};

use whysync::collect::git::Repo;
use whysync::collect::lineage::{PatchIds, gather};
use whysync::engine::fixes::containment::Containment;
use whysync::evidence::lineage::{DeployedCode, Modification, Resolution};
use whysync::evidence::source::{Blob, EchonetSource, MemberContent, SourceMember};
use whysync::evidence::{Gathered, Lineage, Missing, Provenance};
use whysync::findings::{FixAnswer, FixComponent, FixReference, FixSignal};

use super::{Repository, fix};

fn observed(members: Vec<SourceMember>) -> Gathered<EchonetSource> {
    let source = Provenance { asked: "x".to_owned(), at: None, took_ms: None, bytes: 0, sha256: String::new() };
    Gathered::observed(EchonetSource { config_map: "echonet-src-1".to_owned(), members }, source)
}

/// The source as it is packed at a commit, with edits: a new blob id, or nothing for a file that is left out.
pub(crate) fn packed(repository: &Repository, commit: &str, edits: &[(&str, Option<&str>)]) -> Gathered<EchonetSource> {
    let listed = repository.git(&["ls-tree", "-r", commit, "echonet/"]);
    let file = |line: &str| {
        let (head, path) = line.split_once("\techonet/")?;
        Some((path.to_owned(), head.split(' ').nth(2)?.to_owned()))
    };
    let mut files: BTreeMap<String, String> = listed.lines().filter_map(file).filter(|(path, _)| !path.starts_with("k8s/")).collect();
    for (path, id) in edits {
        match id {
            Some(id) => drop(files.insert((*path).to_owned(), id.repeat(40))),
            None => drop(files.remove(*path)),
        }
    }
    let content = |path: &str, id: String| match path.ends_with("keys.json") {
        true => MemberContent::Refused("names that end in `keys.json` are never opened".to_owned()),
        false => MemberContent::Hashed(Blob { id, size: 1 }),
    };
    observed(files.into_iter().map(|(path, id)| SourceMember { content: content(&path, id), path }).collect())
}

pub(crate) fn compared(repository: &Repository, source: &Gathered<EchonetSource>) -> Lineage {
    let clone = Repo::open(repository.path()).expect("a clone");
    gather(&clone, &[], source, &BTreeSet::new(), &BTreeSet::new(), PatchIds::All).expect("a lineage")
}

fn code(lineage: &Lineage) -> &DeployedCode {
    assert_eq!(lineage.deployed.len(), 1);
    lineage.deployed.first().expect("the source")
}

fn answer(lineage: &Lineage, fix: FixReference) -> FixAnswer {
    let fix = FixReference { component: FixComponent::Echonet, ..fix };
    let answers = Containment::new(lineage).expect("a history").check_fix(&fix);
    answers.into_iter().next().expect("an answer").answer
}

/// The commits of a small history of Echonet.
struct SmallHistory {
    repository: Repository,
    begin: String,
    fixed: String,
    manifests: String,
    newest: String,
    branch: String,
}

fn history() -> SmallHistory {
    let repository = Repository::new();
    repository.commit("crates/queue.rs", "a\n", "queue: begin (#1)");
    let files = ["tests/t.py", "l1_logic/l1_manager.py", "l1_logic/l1_client.py", "policy.py", "reports.py", "echonet_keys.json"];
    for path in files.map(|it| format!("echonet/{it}")) {
        let path = repository.file(&path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(&path, format!("{path:?}\n")).expect("a file");
    }
    let begin = repository.commit("echonet/sender.py", "a\n", "echonet: begin (#2)");
    let fixed = repository.commit("echonet/l1_logic/l1_manager.py", "gate\n", "echonet: gate (#22)");
    let manifests = repository.commit("echonet/k8s/pvc.yaml", "90Gi\n", "echonet: a larger volume (#23)");
    repository.commit("echonet/echonet_keys.json", "{\"a\": 1}", "echonet: keys");
    let newest = repository.commit("echonet/sender.py", "b\n", "echonet: send (#24)");
    // What does not touch the folder is no candidate.
    repository.commit("crates/queue.rs", "b\n", "queue: change (#25)");
    repository.git(&["checkout", "-q", "-b", "dev", &begin]);
    let branch = repository.commit("echonet/sender.py", "draft\n", "echonet: a draft");
    repository.git(&["checkout", "-q", &newest]);
    SmallHistory { repository, begin, fixed, manifests, newest, branch }
}

/// What is expected of a fix.
#[derive(Debug)]
enum ExpectedFix {
    Contained,
    NotContained,
    Unknown(&'static str),
}

#[test]
fn a_fix_of_echonet_is_decided_for_the_nearest_commit_unless_its_files_were_edited() {
    use ExpectedFix::{Contained, NotContained, Unknown};
    const MANAGER: &str = "l1_logic/l1_manager.py";
    let it = history();
    let of_gate = || fix(&[&it.fixed], &[], &[22]);
    let unseen = || fix(&["f".repeat(40).as_str()], &[], &[99]);
    // Name, commit, edits, the nearest commit, the fix, what must be said.
    type Case<'c> = (&'static str, &'c str, &'c [(&'c str, Option<&'c str>)], &'c str, FixReference, ExpectedFix);
    let cases: [Case<'_>; 13] = [
        ("as at the newest commit", &it.newest, &[], &it.newest, of_gate(), Contained),
        ("as at the first commit", &it.begin, &[], &it.begin, of_gate(), NotContained),
        ("on another branch", &it.branch, &[], &it.branch, of_gate(), NotContained),
        (
            "the fix's file is edited",
            &it.newest,
            &[(MANAGER, Some("e"))],
            &it.newest,
            of_gate(),
            Unknown("it changes l1_logic/l1_manager.py, locally"),
        ),
        (
            "the fix's file is edited before the fix",
            &it.branch,
            &[(MANAGER, Some("e"))],
            &it.branch,
            of_gate(),
            Unknown("locally modified"),
        ),
        ("the fix's file is gone", &it.newest, &[(MANAGER, None)], &it.newest, of_gate(), Unknown("locally modified")),
        ("another file is edited", &it.newest, &[("tests/t.py", Some("e"))], &it.newest, of_gate(), Contained),
        ("another file is edited before the fix", &it.begin, &[("tests/t.py", Some("e"))], &it.begin, of_gate(), NotContained),
        ("another file is added", &it.newest, &[("notes.py", Some("e"))], &it.newest, of_gate(), Contained),
        ("another file is left out", &it.newest, &[("tests/t.py", None)], &it.newest, of_gate(), Contained),
        ("a fix of manifests", &it.newest, &[], &it.newest, fix(&[&it.manifests], &[], &[23]), Unknown("never holds")),
        ("a fix that the clone lacks", &it.newest, &[], &it.newest, unseen(), NotContained),
        (
            "a fix that the clone lacks, and an edit",
            &it.newest,
            &[("tests/t.py", Some("e"))],
            &it.newest,
            unseen(),
            Unknown("which files it changes"),
        ),
    ];
    for (name, commit, edits, nearest, fix, expected) in cases {
        let lineage = compared(&it.repository, &packed(&it.repository, commit, edits));
        let code = code(&lineage);
        let Resolution::Commit(found) = &code.commit else { panic!("{name}: {:?}", code.commit) };
        assert_eq!(found.sha, nearest, "{name}: {}", found.by);
        assert_eq!(
            code.modified.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(),
            edits.iter().map(|(path, _)| *path).collect::<Vec<_>>()
        );
        let found = answer(&lineage, fix);
        let is_as_expected = match (&found, &expected) {
            (FixAnswer::Contained(found), Contained) => found.rung == FixSignal::Commit,
            (FixAnswer::NotContained(_), NotContained) => true,
            (FixAnswer::Unknown(why), Unknown(words)) => why.contains(words),
            _ => false,
        };
        assert!(is_as_expected, "{name}: {found:?} instead of {expected:?}");
    }
}

#[test]
fn what_was_edited_is_named_with_the_nearest_commit() {
    let it = history();
    let edits = [("l1_logic/l1_manager.py", Some("e")), ("notes.py", Some("e")), ("tests/t.py", None)];
    let lineage = compared(&it.repository, &packed(&it.repository, &it.newest, &edits));
    let code = code(&lineage);
    let how: Vec<Modification> = code.modified.iter().map(|it| it.how).collect();
    assert_eq!(how, [Modification::Changed, Modification::Added, Modification::Missing]);
    let name = format!("echonet-src-1 ({} with 3 files edited: l1_logic/l1_manager.py, notes.py, tests/t.py)", &it.newest[..10]);
    assert_eq!(code.name(), name);
}

#[test]
fn of_many_edited_files_the_first_are_named_and_the_rest_counted() {
    let it = history();
    let edits: Vec<(&str, Option<&str>)> = ["a.py", "b.py", "c.py", "d.py", "e.py"].map(|it| (it, Some("e"))).to_vec();
    let lineage = compared(&it.repository, &packed(&it.repository, &it.newest, &edits));
    assert!(code(&lineage).name().ends_with(" with 5 files edited: a.py, b.py, c.py, d.py and 1 more file)"), "{}", code(&lineage).name());
}

/// A folder that grew: one file at first, then thirty.
fn grown() -> (Repository, String, String) {
    let repository = Repository::new();
    let begin = repository.commit("echonet/sender.py", "a\n", "echonet: begin (#1)");
    for number in 0..29 {
        std::fs::write(repository.file(&format!("echonet/part_{number}.py")), format!("{number}\n")).expect("a file");
    }
    let head = repository.commit("echonet/sender.py", "b\n", "echonet: grow (#2)");
    (repository, begin, head)
}

#[test]
fn edits_never_make_a_commit_near_that_held_few_files() {
    let (repository, _, head) = grown();
    let paths: Vec<String> = (0..29).map(|it| format!("part_{it}.py")).collect();
    for (count, resembles) in [(0, true), (1, true), (3, true), (10, true), (14, true), (16, false), (29, false)] {
        let edits: Vec<(&str, Option<&str>)> = paths.iter().take(count).map(|it| (it.as_str(), Some("e"))).collect();
        let lineage = compared(&repository, &packed(&repository, &head, &edits));
        let code = code(&lineage);
        match &code.commit {
            Resolution::Commit(found) => {
                assert!(resembles && found.sha == head, "{count} edited: {} by {}", found.sha, found.by);
                let words = if count == 1 { "1 file edited" } else { &format!("{count} files edited") };
                assert_eq!(code.name().contains(words), count > 0, "{}", code.name());
                assert_eq!(code.modified.len(), count);
            }
            Resolution::Unknown(why) => assert!(!resembles && why.contains("resembles no commit"), "{count} edited: {why}"),
        }
    }
}

#[test]
fn a_head_that_changed_something_else_last_is_named_and_is_no_change_of_the_source() {
    let (repository, _, grown) = grown();
    let head = repository.commit("crates/queue.rs", "c\n", "queue: change (#9)");
    let source = |edits: &[(&str, Option<&str>)]| compared(&repository, &packed(&repository, &head, edits));
    for edits in [&[][..], &[("part_1.py", Some("e")), ("part_2.py", Some("e"))]] {
        let lineage = source(edits);
        let Resolution::Commit(found) = &code(&lineage).commit else { panic!("{:?}", code(&lineage).commit) };
        assert_eq!(found.sha, head, "{}", found.by);
        assert!(found.by.ends_with("and at 1 other commit"), "{}", found.by);
        let found = answer(&lineage, fix(&[&grown], &[], &[2]));
        match edits {
            [] => assert!(matches!(&found, FixAnswer::Contained(it) if it.rung == FixSignal::Commit), "{found:?}"),
            _ => assert!(matches!(&found, FixAnswer::Unknown(why) if why.contains("locally modified")), "{found:?}"),
        }
        let changes = lineage.source_changes.expect("changes");
        assert!(changes.beside.is_empty(), "HEAD changes nothing of the folder: {changes:?}");
    }
}

#[test]
fn of_equals_a_commit_that_the_main_branch_reaches_is_taken_before_a_test_merge_and_an_image_before_both() {
    let (repository, begin, head) = grown();
    // The same tree again, newer: the test merge of a pull request, and somebody's branch.
    let tree = repository.git(&["rev-parse", "HEAD^{tree}"]);
    let later = |message: &str| repository.git(&["commit-tree", &tree, "-p", &begin, "-m", message]);
    let (merged, private) = (later("Merge #3 into main"), later("wip"));
    repository.git(&["update-ref", "refs/pull/3/merge", &merged]);
    repository.git(&["update-ref", "refs/heads/spr/main/abc", &private]);
    repository.git(&["tag", "APOLLO-1", &private]);
    let nearest = |images: &[&str]| {
        let clone = Repo::open(repository.path()).expect("a clone");
        let pods: Vec<_> = images.iter().map(|it| super::pod(it, it)).collect();
        let source = packed(&repository, &head, &[("part_1.py", Some("e"))]);
        let lineage = gather(&clone, &pods, &source, &BTreeSet::new(), &BTreeSet::new(), PatchIds::Nothing).expect("a lineage");
        match &lineage.deployed.last().expect("the source").commit {
            Resolution::Commit(found) => (found.sha.clone(), found.by.clone()),
            Resolution::Unknown(why) => panic!("{why}"),
        }
    };
    let (found, by) = nearest(&[]);
    assert_eq!(found, head, "{by}");
    assert!(by.ends_with("and at 2 other commits"), "{by}");
    // Without main, HEAD decides; detached on the branch, that is what is preferred.
    repository.git(&["checkout", "-q", &begin]);
    repository.git(&["branch", "-q", "-D", "main"]);
    assert_eq!(nearest(&["APOLLO-1"]).0, private, "what the image runs is preferred to what nobody reaches");
    repository.git(&["update-ref", "refs/remotes/origin/main-v0.14.3", &head]);
    assert_eq!(nearest(&[]).0, head, "a release branch of the remote");
}

#[test]
fn a_revert_that_gives_the_old_source_back_is_a_revert() {
    let it = history();
    it.repository.git(&["checkout", "-q", &it.fixed]);
    it.repository.git(&["revert", "--no-edit", "HEAD"]);
    let reverted = it.repository.head();
    it.repository.git(&["branch", "reverted"]);
    let lineage = compared(&it.repository, &packed(&it.repository, &it.begin, &[]));
    assert!(matches!(&code(&lineage).commit, Resolution::Commit(found) if found.sha == reverted && found.by.contains("1 other commit")));
    let found = answer(&lineage, fix(&[&it.fixed], &[], &[22]));
    assert!(matches!(&found, FixAnswer::NotContained(why) if why.contains(&reverted[..10])), "{found:?}");
}

#[test]
fn an_image_and_a_source_on_another_branch_are_each_answered_for_their_own_history() {
    let it = history();
    it.repository.git(&["tag", "APOLLO-1", "main"]);
    it.repository.git(&["checkout", "-q", "dev"]);
    it.repository.git(&["cherry-pick", &it.fixed]);
    let picked = it.repository.head();
    it.repository.git(&["revert", "--no-edit", "HEAD"]);
    it.repository.commit("echonet/sender.py", "again\n", "echonet: another draft");
    let source = packed(&it.repository, "dev", &[]);
    let clone = Repo::open(it.repository.path()).expect("a clone");
    let lineage =
        gather(&clone, &[super::pod("p", "APOLLO-1")], &source, &BTreeSet::new(), &BTreeSet::new(), PatchIds::All).expect("a lineage");
    let patch = it.repository.patch_id(&it.fixed);
    let of = |component, commit: &str, patches: &[&str]| {
        let fix = FixReference { component, ..fix(&[commit], patches, &[]) };
        let answers = Containment::new(&lineage).expect("a history").check_fix(&fix);
        answers.into_iter().next().expect("an answer").answer
    };
    assert!(matches!(of(FixComponent::Sequencer, &it.fixed, &[&patch]), FixAnswer::Contained(found) if found.rung == FixSignal::Commit));
    let of_source = of(FixComponent::Echonet, &it.fixed, &[&patch]);
    assert!(matches!(&of_source, FixAnswer::NotContained(why) if why.contains("reverted")), "{of_source:?}");
    assert!(matches!(of(FixComponent::Echonet, &it.branch, &[]), FixAnswer::Contained(_)));
    // Each commit once, ancestors first.
    let places: Vec<_> = lineage.history.unpack().expect("a history").into_iter().map(|it| it.id.to_string()).collect();
    let place = |sha: &str| places.iter().position(|it| sha.starts_with(it.as_str())).expect("a commit");
    assert_eq!(places.len(), it.repository.git(&["rev-list", "--count", "main", "dev"]).parse::<usize>().expect("a number"));
    assert!(place(&it.begin) < place(&it.branch) && place(&it.branch) < place(&picked) && place(&it.begin) < place(&it.newest));
}

#[test]
fn a_source_that_cannot_be_told_gets_the_reason_and_never_no() {
    let it = history();
    let strange = |count: usize| {
        let member = |number: usize| SourceMember {
            path: format!("{number}.py"),
            content: MemberContent::Hashed(Blob { id: format!("{number:040x}"), size: 1 }),
        };
        observed((0..count).map(member).collect())
    };
    let missing = Missing::new("x", "the cluster answered 403");
    let bare = Repository::new();
    bare.commit("crates/queue.rs", "a\n", "queue: begin (#1)");
    let cases = [
        (&it.repository, strange(5), "resembles no commit: at best 0 of 5"),
        (&it.repository, strange(0), "no file that could be read"),
        (&it.repository, Gathered::Failed(missing), "403"),
        (&bare, packed(&it.repository, &it.newest, &[]), "no commit that changes echonet/"),
    ];
    for (repository, source, words) in cases {
        let lineage = compared(repository, &source);
        let found = answer(&lineage, fix(&[&it.fixed], &[], &[22]));
        assert!(matches!(&found, FixAnswer::Unknown(why) if why.contains(words)), "{words}: {found:?}");
    }
    assert!(compared(&it.repository, &Gathered::NotAsked).deployed.is_empty());
}

#[test]
fn a_commit_that_the_clone_lacks_files_of_is_no_candidate_and_its_place_is_told() {
    // The folder of the newest commit, and a folder in it that others share.
    let cases = [("echonet", "may be nearer"), ("echonet/l1_logic", "which files it changes")];
    for (lost, words) in cases {
        let it = history();
        let source = packed(&it.repository, &it.newest, &[]);
        let tree = it.repository.git(&["rev-parse", &format!("{}:{lost}", it.newest)]);
        std::fs::remove_file(it.repository.file(&format!(".git/objects/{}/{}", &tree[..2], &tree[2..]))).expect("a loose object");
        let lineage = compared(&it.repository, &source);
        let Resolution::Commit(nearest) = &code(&lineage).commit else { panic!("{lost}: {:?}", code(&lineage).commit) };
        assert!(nearest.nearer.as_ref().is_some_and(|why| why.contains(&it.newest[..10])), "{lost}: {nearest:?}");
        let found = answer(&lineage, fix(&[&it.fixed], &[], &[22]));
        match &found {
            FixAnswer::Contained(found) => assert!(found.doubt.as_ref().is_some_and(|it| it.contains(words)), "{lost}: {found:?}"),
            FixAnswer::Unknown(why) => assert!(why.contains(words), "{lost}: {why}"),
            FixAnswer::NotContained(_) => panic!("{lost}: {found:?}"),
        }
        let unseen = answer(&lineage, fix(&["f".repeat(40).as_str()], &[], &[99]));
        assert!(matches!(unseen, FixAnswer::Unknown(_)), "{lost}: {unseen:?}");
    }
}

#[test]
fn a_newer_commit_with_the_same_folder_stands_for_one_that_cannot_be_read() {
    let it = history();
    let source = packed(&it.repository, &it.newest, &[]);
    let tree = it.repository.git(&["rev-parse", &format!("{}^{{tree}}", it.newest)]);
    std::fs::remove_file(it.repository.file(&format!(".git/objects/{}/{}", &tree[..2], &tree[2..]))).expect("a loose object");
    let lineage = compared(&it.repository, &source);
    let Resolution::Commit(nearest) = &code(&lineage).commit else { panic!("{:?}", code(&lineage).commit) };
    assert_eq!((&nearest.sha, &nearest.nearer), (&it.repository.git(&["rev-parse", "main"]), &None));
    assert!(matches!(answer(&lineage, fix(&[&it.fixed], &[], &[22])), FixAnswer::Contained(found) if found.doubt.is_none()));
}

#[test]
fn without_any_readable_commit_the_source_is_unknown() {
    let it = history();
    let source = packed(&it.repository, &it.newest, &[]);
    for commit in it.repository.git(&["rev-list", "--all"]).lines() {
        let tree = it.repository.git(&["rev-parse", &format!("{commit}^{{tree}}")]);
        // Some commits share theirs.
        let _ = std::fs::remove_file(it.repository.file(&format!(".git/objects/{}/{}", &tree[..2], &tree[2..])));
    }
    let lineage = compared(&it.repository, &source);
    assert!(
        matches!(&code(&lineage).commit, Resolution::Unknown(why) if why.contains("lacks the files of all")),
        "{:?}",
        code(&lineage).commit
    );
}

#[test]
fn a_folder_that_unfolds_without_end_is_no_candidate() {
    // Its branch, when it was committed, what was edited, and whether it may be the nearest: one that is as the source is can be beaten by a
    // newer one of an official branch alone.
    type Case<'c> = (&'c str, &'c str, &'c [(&'c str, Option<&'c str>)], bool);
    let edited: &[(&str, Option<&str>)] = &[("policy.py", Some("e"))];
    let cases: [Case<'_>; 5] = [
        ("main-bomb", "@4000000000 +0000", &[], true),
        ("main-bomb", "@1000000000 +0000", &[], false),
        ("bomb", "@4000000000 +0000", &[], false),
        ("bomb", "@1000000000 +0000", edited, true),
        ("main-bomb", "@1000000000 +0000", edited, true),
    ];
    for (branch, date, edits, may_be_nearer) in cases {
        let it = history();
        // Each of twelve depths holds the one below it twenty times.
        let script = "tree=$(printf '100644 blob %s\\ta.py\\n' $(echo a | git hash-object -w --stdin) | git mktree)
            for depth in 1 2 3 4 5 6 7 8 9 10 11 12; do
                tree=$(for name in a b c d e f g h i j k l m n o p q r s t; do printf '040000 tree %s\\t%s\\n' $tree $name; done | git mktree)
            done
            top=$(printf '040000 tree %s\\techonet\\n' $tree | git mktree)
            git update-ref refs/heads/$BRANCH $(git -c user.name=A -c user.email=a@example.org commit-tree -m x $top)";
        let mut shell = std::process::Command::new("sh");
        shell
            .current_dir(it.repository.path())
            .env("BRANCH", branch)
            .env("GIT_COMMITTER_DATE", date)
            .env("GIT_AUTHOR_DATE", date)
            .args(["-ec", script]);
        let made = shell.output().expect("a shell");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let lineage = compared(&it.repository, &packed(&it.repository, &it.newest, edits));
        let Resolution::Commit(nearest) = &code(&lineage).commit else { panic!("{:?}", code(&lineage).commit) };
        assert_eq!(
            (&nearest.sha, nearest.nearer.is_some()),
            (&it.newest, may_be_nearer),
            "{branch}, {date}, {edits:?}: {:?}",
            nearest.nearer
        );
    }
}
