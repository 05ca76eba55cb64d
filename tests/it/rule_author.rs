//! What the command line does for whoever writes rules: copies, sources, mended words, tests that run again, and failures that say why.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

use crate::program::{check, program, text, whysync};

const SLUG: &str = "parent-hash-cascade";

/// A rule of the build as one's own.
fn copied() -> (TempDir, String) {
    let folder = TempDir::new().expect("a folder");
    let rules = folder.path().join("my-rules").to_string_lossy().into_owned();
    let output = whysync(&["rules", "new", "--copy", SLUG, "-o", &rules]);
    check("a copy", &output, 0, &["wrote ", "parent-hash-cascade.test.yaml", "takes the place of"]);
    (folder, rules)
}

fn change(rules: &str, name: &str, before: &str, after: &str) {
    let path = Path::new(rules).join(name);
    let body = std::fs::read_to_string(&path).expect("a file");
    assert!(body.contains(before), "{body}");
    std::fs::write(path, body.replace(before, after)).expect("a file");
}

#[test]
fn a_copy_of_a_rule_says_what_it_replaces_and_passes_its_tests() {
    let (_folder, rules) = copied();
    let own = std::fs::read_to_string(Path::new(&rules).join("parent-hash-cascade.yaml")).expect("the rule");
    let source = text(&whysync(&["rules", "show", SLUG, "--source"]).stdout);
    assert_eq!(own, source.replacen("id: WS-CAS-001\n", "id: WS-CAS-001\nreplaces: WS-CAS-001\n", 1), "nothing else is changed");
    check("check", &whysync(&["rules", "check", "--rules", &rules]), 0, &["1 rule of yours"]);
    check("check by the folder alone", &whysync(&["rules", "check", &rules]), 0, &["1 rule of yours"]);
    check("fix by the folder alone", &whysync(&["rules", "check", &rules, "--fix"]), 0, &["1 rule of yours"]);
    let command = format!("whysync rules test --rules {rules}");
    check("test names a rule, not a folder", &whysync(&["rules", "test", &rules]), 2, &["is a folder", &command]);
    check("test", &whysync(&["rules", "test", "--rules", &rules]), 0, &[]);
    assert_eq!(text(&whysync(&["rules", "show", SLUG, "--source", "--rules", &rules]).stdout), own);
    check("again", &whysync(&["rules", "new", "--copy", SLUG, "-o", &rules]), 4, &["already exists"]);
    check("unknown", &whysync(&["rules", "new", "--copy", "parent-hash", "-o", &rules]), 2, &["there is no rule `parent-hash`", SLUG]);
    check("neither", &whysync(&["rules", "new", "-o", &rules]), 2, &["--from"]);
}

#[test]
fn the_list_of_rules_is_also_for_programs() {
    let (_folder, rules) = copied();
    let read = |arguments: &[&str]| -> Vec<serde_json::Value> {
        serde_json::from_slice(&whysync(&[&["rules", "list", "--format", "json"], arguments].concat()).stdout).expect("JSON")
    };
    let all = read(&[]);
    assert_eq!(all.len(), text(&whysync(&["rules", "list"]).stdout).lines().count());
    let of = |all: &[serde_json::Value]| all.iter().find(|it| it["slug"] == SLUG).cloned().expect("the rule");
    let found = of(&all);
    assert_eq!((&found["id"], &found["status"], &found["category"]), (&"WS-CAS-001".into(), &"stable".into(), &"consequence".into()));
    assert_eq!((&found["replaces"], &found["explains"]), (&serde_json::Value::Null, &"cause".into()));
    assert_eq!(of(&read(&["--rules", &rules]))["replaces"], "WS-CAS-001");
}

#[test]
fn a_case_that_fails_says_where_it_stands_what_its_clauses_saw_and_how_to_see_more() {
    let (_folder, rules) = copied();
    let test = "parent-hash-cascade.test.yaml";
    change(&rules, test, "expect: {holds: no, clauses: {anything_else: true}}", "expect: {holds: yes}");
    let path = Path::new(&rules).join(test);
    let body = std::fs::read_to_string(&path).expect("the tests");
    let line = body.lines().position(|it| it.contains("a commitment of its own")).expect("the case") + 1;
    let place = format!("{}:{line}", path.display());
    let output = whysync(&["rules", "test", "--rules", &rules]);
    let name = "a block with a commitment of its own that differs is not a cascade";
    let more = format!("whysync explain {SLUG} --case {place} --rules {rules}");
    check("a failure", &output, 1, &[&format!("FAILED {place}:11: {name}"), "expected holds: yes, got no", &format!("more: {more}")]);
    let said = text(&output.stderr);
    let clause = |name: &str| said.find(&format!(" {name}: ")).unwrap_or_else(|| panic!("{said}"));
    assert!(clause("builds_on_a_diverging_block") < clause("anything_else"), "as the rule puts them: {said}");
    assert!(said.contains("true    anything_else: 1 of"), "{said}");
    let words: Vec<&str> = more.split(' ').skip(1).collect();
    let output = whysync(&words);
    check("more", &output, 1, &[]);
    assert!(text(&output.stdout).contains("true    anything_else: 1 of"), "{}", text(&output.stdout));
    for (case, help) in [
        (format!("{}:1", path.display()), "the first case is at line"),
        ("nowhere.test.yaml:5".to_owned(), "name a file of the rules"),
        ("nothing".to_owned(), "FILE:LINE"),
    ] {
        check(&case, &whysync(&["explain", SLUG, "--case", &case, "--rules", &rules]), 2, &[help]);
    }
    check("neither", &whysync(&["explain", SLUG]), 2, &["RULE"]);
    check("both", &whysync(&["explain", SLUG, "--case", &place, "b.json"]), 2, &["takes the place of evidence"]);
}

#[test]
fn an_explanation_follows_the_rule_and_a_ranking_shows_what_came_closest() {
    let folder = TempDir::new().expect("a folder");
    let bundle = folder.path().join("b.json").to_string_lossy().into_owned();
    check("made", &whysync(&["simulate", "alchemy-429-l1-handler-drop", "-o", &bundle]), 0, &[]);
    let said = text(&whysync(&["explain", "alchemy-429-l1-handler-drop", &bundle]).stdout);
    let clauses: Vec<&str> = said.lines().filter_map(|it| it.strip_prefix("    ")?.split_whitespace().nth(1)).take(4).collect();
    assert_eq!(clauses, ["gave_up:", "found:", "refused:", "observed:"], "`when`, `unless`, `corroborate`, and the rest: {said}");
    let places = |output: &std::process::Output| text(&output.stdout).lines().filter(|it| it.contains(" (episode ")).count();
    let shown = whysync(&["explain", "--why-not", &bundle]);
    let all = whysync(&["explain", "--why-not", "--all", &bundle]);
    let holding = text(&all.stdout).lines().filter(|it| it.contains("): it holds")).count();
    let left = places(&all) - holding - 5;
    assert!(holding >= 1 && places(&shown) == holding + 5, "{}", text(&shown.stdout));
    check("closest", &shown, 0, &[&format!("{left} more came less close: --all shows them")]);
    assert!(text(&all.stdout).starts_with(&text(&shown.stdout)), "the same order");
    check("all", &all, 0, &[]);
    check("all alone", &whysync(&["explain", SLUG, &bundle, "--all"]), 2, &["--why-not"]);
}

#[test]
fn the_words_that_are_certainly_meant_are_mended_and_nothing_else() {
    let (_folder, rules) = copied();
    let rule = "parent-hash-cascade.yaml";
    let path = Path::new(&rules).join(rule);
    let good = std::fs::read_to_string(&path).expect("the rule");
    let wrong = good
        .replace("owner: echonet", "ownr: echonet")
        .replace("category: consequence", "category: consequense")
        .replace("$.ledger[?@.kind == 'parent_hash']", "$.leger[?@.kind == 'parent_hash']")
        .replace("unless: {any: [anything_else]}", "unless: {any: [anything_els]}")
        .replace("\n", "\r\n");
    std::fs::write(&path, &wrong).expect("a file");
    check("as it is", &whysync(&["rules", "check", "--rules", &rules]), 1, &["did you mean `consequence`?", "shape"]);
    assert_eq!(std::fs::read_to_string(&path).expect("the rule"), wrong, "without --fix nothing is touched");
    let output = whysync(&["rules", "check", "--fix", "--rules", &rules]);
    let told = ["`ownr` is `owner` now", "`consequense` is `consequence` now", "`leger` is `ledger` now", "no problems"];
    check("mended", &output, 0, &told);
    assert!(text(&output.stderr).contains(&format!("{}:9:1: ", path.display())), "{}", text(&output.stderr));
    assert_eq!(std::fs::read_to_string(&path).expect("the rule"), good.replace('\n', "\r\n"));
    change(&rules, rule, "owner: echonet", "owner: ''");
    let left = std::fs::read_to_string(&path).expect("the rule");
    check("what is not certain", &whysync(&["rules", "check", "--fix", "--rules", &rules]), 1, &["`owner` is empty", "empty-text"]);
    assert_eq!(std::fs::read_to_string(&path).expect("the rule"), left);
    check("the build", &whysync(&["rules", "check", "--fix"]), 2, &["--rules"]);
}

#[test]
fn a_file_that_ends_in_yml_is_one_that_ends_in_yaml() {
    let (_folder, rules) = copied();
    for (before, after) in [("yaml", "yml"), ("test.yaml", "test.yml")] {
        let name = |it: &str| Path::new(&rules).join(format!("{SLUG}.{it}"));
        std::fs::rename(name(before), name(after)).expect("renamed");
    }
    check("check", &whysync(&["rules", "check", "--rules", &rules]), 0, &["1 rule of yours"]);
    check("check by the folder alone", &whysync(&["rules", "check", &rules]), 0, &["1 rule of yours"]);
    check("fix by the folder alone", &whysync(&["rules", "check", &rules, "--fix"]), 0, &["1 rule of yours"]);
    let command = format!("whysync rules test --rules {rules}");
    check("test names a rule, not a folder", &whysync(&["rules", "test", &rules]), 2, &["is a folder", &command]);
    let output = whysync(&["rules", "test", "--rules", &rules, SLUG]);
    check("test", &output, 0, &[]);
    assert!(text(&output.stdout).contains("7 passed"), "{}", text(&output.stdout));
}

#[test]
fn tests_run_again_when_a_file_changes() {
    let (_folder, rules) = copied();
    let mut watching =
        program(&["rules", "test", "--watch", "--rules", &rules]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let (sender, lines) = mpsc::channel();
    let streams: [Box<dyn std::io::Read + Send>; 2] =
        [Box::new(watching.stdout.take().expect("a pipe")), Box::new(watching.stderr.take().expect("a pipe"))];
    for stream in streams {
        let sender = sender.clone();
        std::thread::spawn(move || BufReader::new(stream).lines().map_while(Result::ok).try_for_each(|it| sender.send(it)));
    }
    // The two streams come in any order.
    let waits_for = |words: &[&str]| {
        let (mut seen, mut left) = (Vec::new(), words.to_vec());
        while !left.is_empty() {
            let Ok(line) = lines.recv_timeout(Duration::from_secs(60)) else { panic!("nothing said of {left:?}: {seen:?}") };
            left.retain(|it| !line.contains(it));
            seen.push(line);
        }
    };
    let waiting = "waiting for a change";
    waits_for(&["7 passed, 0 failed", waiting]);
    change(&rules, "parent-hash-cascade.test.yaml", "verdict: novel", "verdict: explained");
    waits_for(&["6 passed, 1 failed", waiting]);
    change(&rules, "parent-hash-cascade.yaml", "severity: low", "severity: mediun");
    waits_for(&["did you mean `medium`?", waiting]);
    change(&rules, "parent-hash-cascade.yaml", "severity: mediun", "severity: low");
    change(&rules, "parent-hash-cascade.test.yaml", "verdict: explained", "verdict: novel");
    waits_for(&["7 passed, 0 failed"]);
    watching.kill().expect("it ends");
    let _ = watching.wait();
    check("the build", &whysync(&["rules", "test", "--watch"]), 2, &["--rules"]);
}
