//! `rules test --coverage --mutate --cross-fire`: what is open is shown, what has a reason passes, and an idle reason fails.

use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

const COVERED: &str = "\nuncovered: {anything_else.unknown: no case forgets the block}\n";

/// The rule `parent-hash-cascade` in a folder of its own, with its test file changed; nothing shows its clause `anything_else` unknown.
fn folder(change: impl Fn(String) -> String) -> TempDir {
    folder_of("cascade", "parent-hash-cascade", |tests| change(UNSEEN.iter().fold(tests, |tests, it| without(&tests, it))))
}

fn folder_of(family: &str, slug: &str, change: impl Fn(String) -> String) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules").join(family);
    let rule = std::fs::read_to_string(source.join(format!("{slug}.yaml"))).expect("a file");
    std::fs::write(folder.path().join(format!("{slug}.yaml")), crate::command::replacing(&rule)).expect("a copy");
    let mut tests = std::fs::read_to_string(source.join(format!("{slug}.test.yaml"))).expect("a file");
    // What the shipped file says of itself is not what is tested here.
    for list in ["\nuncovered:", "\nsurvivors:", "\nalso_fires:"] {
        tests.truncate(tests.find(list).unwrap_or(tests.len()));
    }
    std::fs::write(folder.path().join(format!("{slug}.test.yaml")), change(tests)).expect("a file");
    folder
}

fn trial(folder: &TempDir, arguments: &[&str]) -> Output {
    crate::program::program(&[]).args(["rules", "test", "--rules"]).arg(folder.path()).args(arguments).output().expect("the command runs")
}

/// Asserts the exit code and that standard output holds each of these words.
fn check(output: &Output, code: i32, words: &[&str]) {
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{said}");
    for word in words {
        assert!(said.contains(word), "nothing said of `{word}` in\n{said}");
    }
}

/// The test file without the case of this name.
fn without(tests: &str, name: &str) -> String {
    let (before, after) = tests.split_once(&format!("  - name: {name}\n")).expect("the case");
    let rest = after.find("  - name: ").map_or("", |it| &after[it..]);
    format!("{before}{rest}")
}

const UNSEEN: [&str; 2] =
    ["while our earlier block was not seen something else may differ", "without mainnet's blocks nothing can be said"];
const NEAR_MISS: &str = "a block with a commitment of its own that differs is not a cascade";

#[test]
fn a_state_that_no_case_saw_is_named_until_it_is_seen_or_excused() {
    let bare = folder(|tests| tests);
    check(&trial(&bare, &["--coverage"]), 1, &["no case saw anything_else.unknown"]);
    check(&trial(&bare, &["--coverage", "--min", "40"]), 0, &["coverage "]);
    let whole = folder(|tests| format!("{tests}{COVERED}"));
    check(&trial(&whole, &["--coverage"]), 0, &["coverage 100 %"]);
    let idle = folder(|tests| format!("{tests}{}", COVERED.replace("unknown:", "unknown: x, anything_else.true:")));
    check(&trial(&idle, &["--coverage"]), 1, &["anything_else.true", "take it out"]);
}

#[test]
fn a_mutant_that_no_case_notices_is_named_until_it_is_killed_or_explained() {
    let bare = folder(|tests| without(&tests, NEAR_MISS).replace("anything_else: false", ""));
    check(&trial(&bare, &["--mutate"]), 1, &["no case notices unless.anything_else.dropped"]);
    let full = folder(|tests| tests);
    let output = trial(&full, &["--mutate"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!said.contains("unless.anything_else.dropped"), "{said}");
    let open: Vec<&str> = said.lines().filter_map(|it| it.split_once("no case notices ")).map(|(_, id)| id).collect();
    let reasons: Vec<String> = open.iter().map(|it| format!("  {it}: no bundle shows it\n")).collect();
    let explained = folder(|tests| format!("{tests}\nsurvivors:\n  when.nothing.dropped: x\n{}", reasons.concat()));
    check(&trial(&explained, &["--mutate"]), 1, &["0 without", "when.nothing.dropped", "take it out"]);
    if !open.is_empty() {
        let explained = folder(|tests| format!("{tests}\nsurvivors:\n{}", reasons.concat()));
        check(&trial(&explained, &["--mutate"]), 0, &["0 without"]);
    }
}

#[test]
fn mutants_wait_until_the_cases_pass() {
    let failing = folder(|tests| tests.replace("holds: yes, verdict: novel", "holds: yes, verdict: explained"));
    check(&trial(&failing, &["--mutate"]), 1, &["FAILED", "1 failed"]);
}

#[test]
fn a_rule_that_holds_elsewhere_is_named_until_a_test_file_says_so() {
    let doubled = |also: &str| {
        let folder = folder_of("gateway", "gateway-unreachable", |tests| format!("{tests}{also}"));
        for ending in ["yaml", "test.yaml"] {
            let body = std::fs::read_to_string(folder.path().join(format!("gateway-unreachable.{ending}"))).expect("a file");
            let body = body.replace("slug: gateway-unreachable", "slug: again").replace("rule: gateway-unreachable", "rule: again");
            let body = body
                .replace("\nreplaces: WS-GTW-002", "")
                .replace("WS-GTW-002", "MY-1")
                .split("\nalso_fires:")
                .next()
                .unwrap_or_default()
                .to_owned();
            // Without an unpatched case that holds, nobody says that the copy does.
            let body = body.replace("    expect:\n      holds: yes", "    patch: [{merge: {}}]\n    expect:\n      holds: yes");
            std::fs::write(folder.path().join(format!("again.{ending}")), body).expect("a file");
        }
        folder
    };
    check(&trial(&doubled(""), &["--cross-fire"]), 1, &["again holds for simulate gateway-unreachable, seed 1"]);
    check(&trial(&doubled("\nalso_fires: {again: it is a copy}\n"), &["--cross-fire"]), 0, &["0 unexplained"]);
    check(&trial(&folder(|tests| format!("{tests}\nalso_fires: {{gateway-unreachable: x}}\n")), &["--cross-fire"]), 1, &["take it out"]);
    check(&trial(&folder(|tests| format!("{tests}\nalso_fires: {{nobody: x}}\n")), &["--cross-fire"]), 4, &["there is no rule `nobody`"]);
}
