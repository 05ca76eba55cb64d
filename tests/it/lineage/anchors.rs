//! Where the places that rules name are in deployed commits, on real repositories.

use std::collections::BTreeSet;

use whysync::collect::anchors::{locate, locate_at};
use whysync::collect::git::Repo;
use whysync::collect::introduced;
use whysync::evidence::Lineage;
use whysync::evidence::anchor::{Anchor, Sighted, SourcePlace};

use super::{Repository, lineage};

fn anchor(path: &str, symbol: &str) -> Anchor {
    Anchor { path: path.to_owned(), symbol: symbol.to_owned() }
}

fn place(path: &str, line: Option<u32>) -> SourcePlace {
    SourcePlace { path: path.to_owned(), line }
}

/// A lineage of these tags with these anchors.
fn located(path: &std::path::Path, tags: &[&str], anchors: &[Anchor]) -> Lineage {
    let mut lineage = lineage(path, tags);
    let clone = Repo::open(path).expect("a clone");
    lineage.anchors = locate(&clone, &lineage.deployed, &anchors.iter().cloned().collect::<BTreeSet<_>>());
    lineage
}

/// Where an anchor is in the only image.
fn only(path: &std::path::Path, tag: &str, anchor: &Anchor) -> Sighted {
    let lineage = located(path, &[tag], std::slice::from_ref(anchor));
    let [answer] = lineage.anchors.as_slice() else { panic!("{:?}", lineage.anchors) };
    let [sighting] = answer.found.as_slice() else { panic!("{answer:?}") };
    assert_eq!((&answer.anchor, sighting.deployed.as_slice()), (anchor, [0].as_slice()));
    sighting.is.clone()
}

const QUEUE: &str = "use a::b;\n\npub struct Queue;\n\nimpl Queue {\n    pub fn drain(&mut self) {\n        self.stop();\n    }\n}\n";
const SENDER: &str = "class Sender:\n    def forward(self):\n        pass\n";

/// A repository at `APOLLO-1`; at `APOLLO-2` things moved, and at `APOLLO-3` they are gone.
fn moving() -> Repository {
    let repository = Repository::new();
    repository.commit("crates/queue/src/fifo.rs", QUEUE, "begin (#1)");
    repository.commit("echonet/sender.py", SENDER, "sender (#2)");
    repository.commit("crates/queue/src/other.rs", "fn unrelated() {}\n", "other (#3)");
    repository.commit("crates/queue/src/kind.rs", "enum Kind {\n    First(Sizes),\n}\nstruct Sizes { most: u8 }\n", "kinds (#8)");
    repository.git(&["tag", "APOLLO-1"]);
    repository.git(&["rm", "-q", "crates/queue/src/kind.rs"]);
    repository.commit("crates/queue/src/all.rs", "struct Sizes {\n    least: u8,\n}\npub enum Kind { Second, First }\n", "merge (#9)");
    std::fs::create_dir_all(repository.file("crates/queue/src/fifo")).expect("a folder");
    std::fs::create_dir_all(repository.file("echonet/l1")).expect("a folder");
    repository.git(&["mv", "echonet/sender.py", "echonet/l1/sender.py"]);
    repository.commit("crates/queue/src/fifo.rs", "mod drain;\n", "split (#4)");
    repository.commit("crates/queue/src/fifo/drain.rs", &format!("//! Draining.\n{QUEUE}"), "split further (#5)");
    repository.git(&["tag", "APOLLO-2"]);
    repository.git(&["rm", "-q", "echonet/l1/sender.py", "crates/queue/src/fifo/drain.rs"]);
    repository.commit("crates/queue/src/fifo.rs", "fn other() {}\n", "remove (#6)");
    repository.git(&["tag", "APOLLO-3"]);
    repository
}

#[test]
fn an_anchor_is_the_line_of_its_definition_at_the_deployed_commit() {
    let repository = moving();
    let cases = [
        (anchor("crates/queue/src/fifo.rs", "Queue::drain"), Sighted::Here(vec![6])),
        (anchor("crates/queue/src/fifo.rs", "Queue"), Sighted::Here(vec![3])),
        (anchor("crates/queue/src/fifo.rs", ""), Sighted::Here(Vec::new())),
        (anchor("echonet/sender.py", "Sender.forward"), Sighted::Here(vec![2])),
        (anchor("crates/queue/src/kind.rs", "Kind::First"), Sighted::Here(vec![2])),
        (anchor("crates/queue/src/kind.rs", "Sizes::most"), Sighted::Here(vec![4])),
    ];
    for (anchor, expected) in cases {
        assert_eq!(only(repository.path(), "APOLLO-1", &anchor), expected, "{anchor:?}");
    }
}

#[test]
fn what_moved_is_found_where_it_went_and_what_is_gone_is_stale() {
    let repository = moving();
    let drain = anchor("crates/queue/src/fifo.rs", "Queue::drain");
    let forward = anchor("echonet/sender.py", "Sender.forward");
    let file = anchor("echonet/sender.py", "");
    let (first, most) = (anchor("crates/queue/src/kind.rs", "Kind::First"), anchor("crates/queue/src/kind.rs", "Sizes::most"));
    let cases = [
        ("APOLLO-2", &first, Sighted::Moved(vec![place("crates/queue/src/all.rs", Some(4))])),
        ("APOLLO-2", &most, Sighted::NoFile),
        ("APOLLO-2", &drain, Sighted::Moved(vec![place("crates/queue/src/fifo/drain.rs", Some(7))])),
        ("APOLLO-2", &forward, Sighted::Moved(vec![place("echonet/l1/sender.py", Some(2))])),
        ("APOLLO-2", &file, Sighted::Moved(vec![place("echonet/l1/sender.py", None)])),
        ("APOLLO-3", &drain, Sighted::NoSymbol),
        ("APOLLO-3", &forward, Sighted::NoFile),
        ("APOLLO-3", &file, Sighted::NoFile),
    ];
    for (tag, anchor, expected) in cases {
        assert_eq!(only(repository.path(), tag, anchor), expected, "{tag}, {anchor:?}");
    }
}

#[test]
fn images_that_agree_share_an_answer_and_others_have_their_own() {
    let repository = moving();
    repository.git(&["tag", "APOLLO-1b", "APOLLO-1"]);
    let anchors = [anchor("crates/queue/src/fifo.rs", "Queue"), anchor("crates/queue/src/other.rs", "unrelated")];
    let lineage = located(repository.path(), &["APOLLO-1", "APOLLO-1b", "APOLLO-3", "latest"], &anchors);
    let answers: Vec<Vec<(&[usize], &Sighted)>> =
        lineage.anchors.iter().map(|it| it.found.iter().map(|it| (it.deployed.as_slice(), &it.is)).collect()).collect();
    let [queue, unrelated] = answers.as_slice() else { panic!("{answers:?}") };
    assert_eq!(queue.len(), 2, "{queue:?}");
    assert!(queue.contains(&(&[0, 1], &Sighted::Here(vec![3]))) && queue.contains(&(&[2], &Sighted::NoSymbol)), "{queue:?}");
    // The image whose commit is unknown has no answer at all.
    assert_eq!(unrelated.as_slice(), [([0, 1, 2].as_slice(), &Sighted::Here(vec![1]))]);
}

#[test]
fn a_name_that_many_files_define_is_no_trace() {
    let repository = Repository::new();
    for number in 0..4 {
        repository.commit(&format!("a/{number}.rs"), "fn main() {}\n", "more");
    }
    repository.commit("a/own.rs", "fn other() {}\n", "own");
    repository.git(&["tag", "APOLLO-1"]);
    assert_eq!(only(repository.path(), "APOLLO-1", &anchor("a/own.rs", "main")), Sighted::NoSymbol);
    repository.git(&["rm", "-q", "a/3.rs"]);
    repository.commit("b/main.rs", "x\n", "fewer");
    repository.git(&["tag", "APOLLO-2"]);
    let found = only(repository.path(), "APOLLO-2", &anchor("a/own.rs", "main"));
    assert_eq!(found, Sighted::Moved((0..3).map(|it| place(&format!("a/{it}.rs"), Some(1))).collect()));
}

#[test]
fn nothing_moves_to_another_crate_another_kind_or_a_test() {
    let queue = anchor("crates/queue/src/fifo.rs", "drain");
    let cases = [
        ("crates/queue/src/next.rs", "fn drain() {}\n", true),
        ("crates/other/src/fifo.rs", "fn drain() {}\n", false),
        ("scripts/fifo.rs", "fn drain() {}\n", false),
        ("crates/queue/src/fifo_test.rs", "fn drain() {}\n", false),
        ("crates/queue/tests/drain.rs", "fn drain() {}\n", false),
        ("crates/queue/src/next.rs", "fn other() {}\n\n#[cfg(test)]\nmod tests {\n    fn drain() {}\n}\n", false),
        ("crates/queue/src/next.rs", "mod drain {}\n", false),
    ];
    for (number, (path, text, is_found)) in cases.into_iter().enumerate() {
        let repository = Repository::new();
        repository.commit("crates/queue/src/fifo.rs", "fn other() {}\n", "begin");
        std::fs::create_dir_all(repository.file(path).parent().expect("a folder")).expect("folders");
        repository.commit(path, text, "another");
        repository.git(&["tag", "APOLLO-1"]);
        let found = only(repository.path(), "APOLLO-1", &queue);
        let expected = if is_found { Sighted::Moved(vec![place(path, Some(1))]) } else { Sighted::NoSymbol };
        assert_eq!(found, expected, "case {number}: {path}");
    }
}

#[test]
fn several_definitions_of_a_name_are_told_apart() {
    let repository = Repository::new();
    let text = "struct A;\nstruct B;\nimpl A {\n    fn run(&self) {}\n}\nimpl B {\n    fn run(&self) {}\n}\n";
    repository.commit("crates/queue/src/run.rs", text, "begin");
    repository.git(&["tag", "APOLLO-1"]);
    let lineage = located(repository.path(), &["APOLLO-1"], &[anchor("crates/queue/src/run.rs", "run")]);
    let sighting = &lineage.anchors[0].found[0];
    assert_eq!(sighting.is, Sighted::Here(vec![4, 7]));
    assert_eq!(sighting.differences, ["in `impl A`", "in `impl B`"]);
}

#[test]
fn a_commit_introduces_what_its_file_did_not_define_before() {
    let repository = moving();
    let file = "crates/queue/src/fifo.rs";
    repository.git(&["checkout", "-q", "-b", "branch"]);
    let fixed = repository.commit(file, "fn other() {}\nfn stop() {}\n", "fix (#7)");
    let later = repository.commit(file, "fn other() {}\nfn stop() { now() }\n", "later (#8)");
    let made = repository.commit("crates/queue/src/boundary.rs", "fn boundary() {}\n", "a file (#9)");
    let head = repository.git(&["rev-parse", "APOLLO-3"]);
    let commits: BTreeSet<String> = [&fixed, &later, &made, &"f".repeat(40), &"no SHA".to_owned()].into_iter().cloned().collect();
    let asked = [
        (anchor(file, "stop"), vec![fixed.clone()]),
        (anchor(file, "other"), vec![]),
        (anchor(file, "nowhere"), vec![]),
        (anchor("crates/queue/src/boundary.rs", "boundary"), vec![made.clone()]),
        (anchor("crates/queue/src/boundary.rs", ""), vec![made.clone()]),
    ];
    let clone = Repo::open(repository.path()).expect("a clone");
    let wanted = asked.iter().map(|(it, _)| (it.clone(), commits.clone())).collect();
    let found = introduced::by(&clone, &wanted).expect("an answer");
    for (anchor, expected) in asked {
        assert_eq!(found.get(&anchor).cloned().unwrap_or_default(), expected, "{anchor:?}");
    }
    let lacking = introduced::not_in(&clone, &head, &commits).expect("an answer");
    assert_eq!(lacking, [fixed.clone(), later, made].into(), "of a commit that the clone lacks nothing is known");
    assert!(introduced::not_in(&clone, &repository.head(), &[fixed].into()).expect("an answer").is_empty());
}

#[test]
fn what_is_only_named_is_stale_and_what_cannot_be_read_is_unknown() {
    let repository = Repository::new();
    repository.commit("a.rs", "enum Kind { First(Other) }\nfn run() { elsewhere() }\n", "begin");
    repository.commit("notes.txt", "run\n", "notes");
    repository.commit("c.rs", "fn run_on() {}\nfn other() { run(); ) }\n", "broken");
    repository.git(&["tag", "APOLLO-1"]);
    for symbol in ["Kind::Other", "elsewhere"] {
        assert_eq!(only(repository.path(), "APOLLO-1", &anchor("a.rs", symbol)), Sighted::NoSymbol, "{symbol}");
    }
    let cases = [("notes.txt", "run", "are not recognised"), ("c.rs", "other::run", "could not be parsed in full")];
    for (path, symbol, words) in cases {
        let found = only(repository.path(), "APOLLO-1", &anchor(path, symbol));
        assert!(matches!(&found, Sighted::Unknown(why) if why.contains(words)), "{symbol}: {found:?}");
    }
    // The file is in the tree, and its content is not in the clone.
    let lose = |name: &str| {
        let object = repository.git(&["rev-parse", name]);
        std::fs::remove_file(repository.file(&format!(".git/objects/{}/{}", &object[..2], &object[2..]))).expect("a loose object");
    };
    repository.commit("b.rs", "fn gone() {}\n", "another");
    repository.git(&["tag", "APOLLO-2"]);
    lose("HEAD:a.rs");
    let found = only(repository.path(), "APOLLO-2", &anchor("a.rs", "run"));
    assert!(matches!(&found, Sighted::Unknown(why) if why.contains("lacks the content")), "{found:?}");
    let found = only(repository.path(), "APOLLO-2", &anchor("b.rs", "run"));
    assert!(matches!(&found, Sighted::Unknown(why) if why.contains("lacks 1 other file")), "it may have moved there: {found:?}");
    lose("HEAD^{tree}");
    let clone = Repo::open(repository.path()).expect("a clone");
    let found = locate_at(&clone, &repository.head(), &[anchor("b.rs", "gone")].into());
    assert!(matches!(found.as_slice(), [Sighted::Unknown(why)] if why.contains("cannot be listed")), "{found:?}");
}

#[test]
fn a_shallow_clone_has_the_files_of_its_tip() {
    let repository = moving();
    let clone = Repository::new();
    let address = format!("file://{}", repository.path().display());
    clone.git(&["fetch", "-q", "--depth=1", &address, "refs/tags/APOLLO-2:refs/tags/APOLLO-2"]);
    let drain = anchor("crates/queue/src/fifo.rs", "Queue::drain");
    assert_eq!(only(clone.path(), "APOLLO-2", &drain), Sighted::Moved(vec![place("crates/queue/src/fifo/drain.rs", Some(7))]));
}

#[test]
fn hostile_anchors_are_looked_for_as_they_are_and_found_nowhere() {
    let repository = moving();
    for path in ["../../etc/passwd", "/etc/passwd", "a\nHEAD:b", "", "-z", "crates/queue/src", ":(top)*", "*.rs"] {
        assert_eq!(only(repository.path(), "APOLLO-1", &anchor(path, "")), Sighted::NoFile, "{path:?}");
    }
    for symbol in [".*", "Queue::", "::", "fn", "(", "\n"] {
        let found = only(repository.path(), "APOLLO-1", &anchor("crates/queue/src/fifo.rs", symbol));
        assert!(!matches!(found, Sighted::Here(_) | Sighted::Moved(_)), "{symbol:?}: {found:?}");
    }
}
