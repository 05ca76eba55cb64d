//! `rules check --repo`: log patterns against what a clone's code prints.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::Repository;

const SENDER: &str = "echonet/sender.py";
const QUEUE: &str = "crates/queue/src/fifo.rs";

/// A sender that logs, raises and passes errors on, and a queue that writes quietly.
const SENDER_SOURCE: &str = "from echonet.logger import get_logger\n\nlogger = get_logger(\"sender\")\n\n\nclass Sender:\n    def run(self, tx, \
                             number):\n        logger.info(f\"Passed on tx={tx} to block {number}\")\n        logger.warning(\"Lost %d of \" \
                             \"%s\", number, tx)\n\n    def stop(self, number):\n        raise RuntimeError(f\"Block {number} went away\")\n";
const QUEUE_SOURCE: &str = "impl Queue {\n    fn rewind(&mut self, tx: Hash) {\n        debug!(\"Winding back to {tx}\");\n    }\n}\n";

fn repository() -> Repository {
    let repository = Repository::new();
    repository.commit(SENDER, SENDER_SOURCE, "begin");
    repository.commit(QUEUE, QUEUE_SOURCE, "add the queue");
    repository.git(&["tag", "first"]);
    repository
}

/// A rule whose clauses are these, in a folder of its own, with a test beside it.
fn rule(clauses: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a folder");
    let own = |path: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path);
    let tests = own("rules/execution/state-diff-only.test.yaml").replace("rule: state-diff-only", "rule: printed-somewhere");
    std::fs::write(folder.path().join("printed-somewhere.test.yaml"), tests).expect("tests");
    let matched: String = clauses.iter().map(|(name, log)| format!("  {name}:\n    log: {log}\n")).collect();
    let names: Vec<&str> = clauses.iter().map(|(name, _)| *name).collect();
    let body = format!(
        "schema: whysync.rule/v1\nid: MY-1\nslug: printed-somewhere\ntitle: T\nstatus: stable\nseverity: low\ncategory: \
         infrastructure\nowner: me\ndescription: D.\napplies_to: {{}}\nmatch:\n{matched}when: {{any: [{}]}}\nexplains: nothing\nfinding: {{summary: \
         \"S.\"}}\n",
        names.join(", ")
    );
    let path = folder.path().join("printed-somewhere.yaml");
    std::fs::write(&path, body).expect("a rule");
    (folder, path)
}

/// The exit code, the problems and what stands on standard error.
fn checked(folder: &TempDir, repository: &Repository, more: &[&str]) -> (Option<i32>, Vec<Value>, String) {
    let mut command = crate::program::program(&[]);
    command.args(["rules", "check", "--format", "json", "--rules"]).arg(folder.path()).arg("--repo").arg(repository.path()).args(more);
    let output = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let problems = serde_json::from_slice(&output.stdout).unwrap_or_else(|err| panic!("{err}: {said}"));
    (output.status.code(), problems, said)
}

fn problems_of_check<'p>(problems: &'p [Value], check: &str) -> Vec<&'p Value> {
    problems.iter().filter(|it| it["check"] == check).collect()
}

#[test]
fn a_pattern_that_the_code_prints_is_proved_and_one_that_drifted_is_named_with_the_place_where_they_part() {
    let repository = repository();
    let (folder, path) = rule(&[
        (
            "passed",
            r"{source: echonet, logger: sender, level: info, regex: '^Passed on tx=(?P<tx>0x[0-9a-f]+) to block \d+$', printed_by: [{path: echonet/sender.py, symbol: Sender.run}]}",
        ),
        (
            "lost",
            r"{source: echonet, logger: sender, level: warning, regex: '^Lost \d+ of 0x', printed_by: [{path: echonet/sender.py, symbol: Sender}]}",
        ),
        (
            "ended",
            r"{source: echonet, regex: 'Exception in thread SenderThread(?s:.*)\nRuntimeError: Block \d+ went away', printed_by: [{path: echonet/sender.py, symbol: Sender.stop}, {external: Python 3.12}]}",
        ),
    ]);
    let (code, problems, said) = checked(&folder, &repository, &[]);
    assert_eq!((code, problems.as_slice()), (Some(0), [].as_slice()), "{said}");
    assert!(said.contains("3 places match, 0 cannot match, 0 cannot be told"), "{said}");
    assert!(said.contains("not looked up, and how many clauses name it: Python 3.12 (1)"), "{said}");

    let drifted = SENDER_SOURCE.replace(" to block ", " into block ").replace("went away", "is gone").replace("Lost %d of", "Lost %d from");
    repository.commit(SENDER, &drifted, "reword");
    let (code, problems, said) = checked(&folder, &repository, &[]);
    assert_eq!(code, Some(1), "{said}");
    let wrong = problems_of_check(&problems, "pattern-cannot-match");
    let body = std::fs::read_to_string(path).expect("the rule");
    let expected = [
        ("`^Passed on tx=(?P<tx>0x[0-9a-f]+) `", r"`to block \d+$`", "echonet/sender.py:8 prints `Passed on tx={tx} into block {number}`"),
        (r"`^Lost \d+ `", "`of 0x`", "echonet/sender.py:9 prints `Lost {number} from {tx}`"),
    ];
    for ((problem, (reached, rest, prints)), pattern) in wrong.iter().zip(expected).zip(["Passed on", "^Lost"]) {
        let message = problem["message"].as_str().expect("a message");
        assert!(message.contains(reached) && message.contains(rest), "{message}");
        assert_eq!(problem["help"], prints);
        let line = 1 + body.lines().position(|it| it.contains(pattern)).expect("the clause");
        assert_eq!((problem["line"].as_u64(), &problem["severity"]), (Some(line as u64), &"error".into()), "{problem}");
    }
    assert_eq!(wrong.len(), expected.len(), "{problems:?}");
    assert_eq!(problems_of_check(&problems, "pattern-drift").len(), 2, "` to block ` and ` of 0x` are in no text: {problems:?}");
    // Python's own words are not looked up, so where the exception's words stand now cannot be told.
    let open = problems_of_check(&problems, "pattern-not-proved");
    assert!(
        matches!(open.as_slice(), [one] if one["severity"] == "note" && one["message"].as_str().is_some_and(|it| it.contains("`ended`"))),
        "{problems:?}"
    );

    let (code, _, said) = checked(&folder, &repository, &["--at", "first"]);
    assert_eq!(code, Some(0), "an older commit still prints it: {said}");
}

#[test]
fn what_is_quiet_elsewhere_unnamed_or_gone_is_told_apart() {
    let repository = repository();
    let (folder, _) = rule(&[
        (
            "quiet",
            r"{source: sequencer, logger: fifo.rs, level: debug, regex: '^Winding back to 0x', printed_by: [{path: crates/queue/src/fifo.rs, symbol: 'Queue::rewind'}]}",
        ),
        ("unnamed", r"{source: sequencer, regex: '^Winding back to 0x'}"),
        ("bare", r"{source: echonet, regex: '^Passed on', printed_by: [{path: echonet/sender.py, symbol: logger}]}"),
    ]);
    let (code, problems, said) = checked(&folder, &repository, &[]);
    assert_eq!(code, Some(0), "{said}{problems:?}");
    for (check, severity, words) in [
        ("pattern-below-default-level", "note", "at DEBUG, which is off by default"),
        ("printed-by-missing", "warning", "names no place"),
        ("pattern-not-proved", "note", "no statement that prints a text is recognised in logger"),
    ] {
        let [one] = problems_of_check(&problems, check)[..] else { panic!("{check}: {problems:?}") };
        assert_eq!(one["severity"], severity, "{check}");
        assert!(one["message"].as_str().is_some_and(|it| it.contains(words)), "{one}");
    }

    let (folder, _) = rule(&[
        ("level", r"{source: echonet, level: error, regex: '^Passed on', printed_by: [{path: echonet/sender.py, symbol: Sender.run}]}"),
        (
            "logger",
            r"{source: echonet, logger: receiver, regex: '^Passed on', printed_by: [{path: echonet/sender.py, symbol: Sender.run}]}",
        ),
        (
            "branch",
            r"{source: echonet, regex: '^(Passed on|Handed over) tx=', printed_by: [{path: echonet/sender.py, symbol: Sender.run}]}",
        ),
        ("gone", r"{source: echonet, regex: '^Passed on', printed_by: [{path: echonet/sender.py, symbol: Receiver}]}"),
    ]);
    let (code, problems, _) = checked(&folder, &repository, &[]);
    assert_eq!(code, Some(1));
    let messages: Vec<&str> = problems_of_check(&problems, "pattern-wrong-record").iter().filter_map(|it| it["message"].as_str()).collect();
    assert!(
        messages.iter().any(|it| it.contains("its level is INFO")) && messages.iter().any(|it| it.contains("its logger is echonet.sender")),
        "{messages:?}"
    );
    let [drift] = problems_of_check(&problems, "pattern-drift")[..] else { panic!("{problems:?}") };
    assert!(drift["message"].as_str().is_some_and(|it| it.starts_with("`Handed over` of clause `branch` stands in no text")), "{drift}");
    assert!(
        matches!(problems_of_check(&problems, "stale-anchor")[..], [one] if one["message"].as_str().is_some_and(|it| it.contains("Receiver"))),
        "{problems:?}"
    );
}

#[test]
fn a_catalogue_of_what_is_printed_is_written_and_says_its_commit() {
    let repository = repository();
    let (folder, _) =
        rule(&[("passed", r"{source: echonet, regex: '^Passed on', printed_by: [{path: echonet/sender.py, symbol: Sender.run}]}")]);
    let path = folder.path().join("printed.json");
    let (code, _, said) = checked(&folder, &repository, &["--at", "first", "--write-catalogue", path.to_str().expect("UTF-8")]);
    assert_eq!(code, Some(0), "{said}");
    let written: Value = serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON");
    assert_eq!(written["commit"], repository.head());
    let texts = written["texts"].as_array().expect("texts");
    assert_eq!(texts.len(), 2, "only what the named place prints: {texts:?}");
    assert_eq!(
        (&texts[0]["kind"]["log"], &texts[0]["within"]),
        (&serde_json::json!({"level": "info", "logger": "echonet.sender"}), &serde_json::json!(["Sender", "run"]))
    );
}

#[test]
fn a_revision_that_names_nothing_is_refused_and_hostile_source_ends() {
    let repository = repository();
    let clauses = [("deep", r"{source: echonet, regex: '^Passed on \(\d+ of', printed_by: [{path: echonet/sender.py}]}")];
    let (folder, _) = rule(&clauses);
    for revision in ["nowhere", "HEAD HEAD", "HEAD\nHEAD", "", "HEAD^{tree}"] {
        let mut command = crate::program::program(&[]);
        command.args(["rules", "check", "--rules"]).arg(folder.path()).arg("--repo").arg(repository.path()).args(["--at", revision]);
        let output = command.output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).replace("\n", " ");
        assert_eq!(output.status.code(), Some(4), "{revision}: {said}");
    }
    let hostile = format!("def f():\n    logger.info({}\"x\\x1b[2J{{}}\"{})\n", "(".repeat(5_000), ")".repeat(5_000));
    let many = format!("def g():\n    logger.info(f\"{}\")\n", "{a} b \u{202e}".repeat(2_000));
    repository.commit(SENDER, &format!("{hostile}{many}"), "grow");
    let (_, problems, said) = checked(&folder, &repository, &[]);
    let shown = format!("{problems:?}{said}");
    assert!(!shown.contains('\u{202e}') && !shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn a_symbol_that_was_renamed_is_stale_although_the_file_still_names_it() {
    let repository = repository();
    let (folder, _) =
        rule(&[("passed", r"{source: echonet, regex: '^Passed on', printed_by: [{path: echonet/sender.py, symbol: Sender.run}]}")]);
    for changed in [
        SENDER_SOURCE
            .replace("def run(self", "def run_on(self")
            .replace("def stop(self, number):", "def stop(self, number):\n        self.run()"),
        SENDER_SOURCE.replace("class Sender:", "class Forwarder:") + "\n\nSender = None\n",
        SENDER_SOURCE.replace("class Sender:", "class Sender:\n    pass\n\n\nclass Other:"),
    ] {
        repository.commit(SENDER, &changed, "rename");
        let (code, problems, said) = checked(&folder, &repository, &[]);
        assert_eq!(code, Some(1), "{changed}{said}");
        assert!(matches!(problems_of_check(&problems, "stale-anchor")[..], [one] if one["severity"] == "error"), "{changed}{problems:?}");
    }
}

#[test]
fn a_statement_that_moved_into_tests_proves_nothing() {
    let repository = repository();
    let (folder, _) = rule(&[(
        "winding",
        r"{source: sequencer, regex: '^Winding back to 0x', printed_by: [{path: crates/queue/src/fifo.rs, symbol: rewind}]}",
    )]);
    let moved = QUEUE_SOURCE.replace("Winding back", "Going back")
        + "#[cfg(test)]\nmod tests {\n    fn rewind() {\n        debug!(\"Winding back to {tx}\");\n    }\n}\n";
    repository.commit(QUEUE, &moved, "reword");
    let (code, problems, said) = checked(&folder, &repository, &[]);
    assert_eq!((code, problems_of_check(&problems, "pattern-cannot-match").len()), (Some(1), 1), "{said}{problems:?}");
}

#[test]
fn what_cannot_be_read_is_a_note_of_each_clause_and_never_nothing_wrong() {
    let repository = repository();
    let (folder, path) = rule(&[
        ("passed", r"{source: echonet, regex: '^Passed on', printed_by: [{path: echonet/sender.py, symbol: Sender.run}]}"),
        ("lost", r"{source: echonet, regex: '^Lost', printed_by: [{path: echonet/sender.py, symbol: Sender.run}]}"),
    ]);
    repository.commit(SENDER, &format!("{SENDER_SOURCE}# {}\n", "x".repeat(600 * 1024)), "too large");
    let told = |why: &str| {
        let (code, problems, said) = checked(&folder, &repository, &[]);
        let notes = problems_of_check(&problems, "pattern-not-proved");
        assert_eq!((code, notes.len(), problems.len()), (Some(0), 2, 2), "{said}{problems:?}");
        assert!(notes.iter().all(|it| it["severity"] == "note" && it["message"].as_str().is_some_and(|it| it.contains(why))), "{notes:?}");
        for (format, words) in [("sarif", "pattern-not-proved"), ("github", "title=pattern-not-proved"), ("text", "not proved")] {
            let mut command = crate::program::program(&[]);
            command.args(["rules", "check", "--format", format, "--rules"]).arg(folder.path()).arg("--repo").arg(repository.path());
            let output = command.output().expect("it runs");
            let said = [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned()).concat();
            assert!(said.contains(words) && said.contains(why) && !said.contains("no problems"), "{format}: {said}");
        }
    };
    told("too large to be read");
    let object = repository.git(&["rev-parse", &format!("HEAD:{SENDER}")]);
    std::fs::remove_file(repository.file(&format!(".git/objects/{}/{}", &object[..2], &object[2..]))).expect("a loose object");
    told("lacks the content");
    // So is a place of the fault.
    let body = std::fs::read_to_string(&path).expect("the rule") + "code: [{path: echonet/sender.py, symbol: Sender}]\n";
    std::fs::write(&path, body).expect("a rule");
    let (_, problems, said) = checked(&folder, &repository, &[]);
    assert!(matches!(problems_of_check(&problems, "stale-anchor")[..], [one] if one["severity"] == "note"), "{said}{problems:?}");
}

#[test]
fn a_clone_in_which_no_file_of_several_can_be_read_proves_nothing() {
    let repository = repository();
    let (folder, _) = rule(&[
        ("passed", r"{source: echonet, regex: '^Passed on', printed_by: [{path: echonet/sender.py, symbol: Sender.run}]}"),
        ("winding", r"{source: sequencer, regex: '^Winding', printed_by: [{path: crates/queue/src/fifo.rs, symbol: Queue::rewind}]}"),
    ]);
    for path in [SENDER, QUEUE] {
        let object = repository.git(&["rev-parse", &format!("HEAD:{path}")]);
        std::fs::remove_file(repository.file(&format!(".git/objects/{}/{}", &object[..2], &object[2..]))).expect("a loose object");
    }
    let mut command = crate::program::program(&[]);
    command.args(["rules", "check", "--rules"]).arg(folder.path()).arg("--repo").arg(repository.path());
    let output = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    for words in ["none of the 2 places", "lacks the content", "make a whole one"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_place_that_cannot_print_into_the_log_is_an_error_with_and_without_a_clone() {
    let wrong = [
        r"{source: sequencer, regex: '^Passed on', printed_by: [{path: echonet/sender.py, symbol: Sender.run}]}",
        r"{source: echonet, regex: '^Winding', printed_by: [{path: crates/queue/src/fifo.rs, symbol: rewind}]}",
        r"{source: echonet, regex: '^Passed on', printed_by: [{path: echonet/tests/test_sender.py, symbol: run}]}",
        r"{source: echonet, regex: '^Passed on', printed_by: [{external: gunicorn}]}",
        r#"{source: echonet, regex: '^Passed on', printed_by: [{external: ""}]}"#,
        r"{source: echonet, regex: '^Passed on', printed_by: [{external: gunicorn new}]}",
    ];
    for one in wrong {
        let (folder, _) = rule(&[("named", one)]);
        let mut command = crate::program::program(&[]);
        let output = command.args(["rules", "check", "--format", "json", "--rules"]).arg(folder.path()).output().expect("it runs");
        let problems: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!((output.status.code(), problems_of_check(&problems, "printed-by-wrong").len()), (Some(1), 1), "{one}: {problems:?}");
    }
}
