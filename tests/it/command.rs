//! The command as people use it: exit codes, streams, bad input, and what must never come out.

use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::program::{check, fed, text, whysync};

fn file(folder: &TempDir, name: &str, body: &[u8]) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, body).expect("a file");
    path.to_string_lossy().into_owned()
}

#[test]
fn bundles_that_cannot_be_used_get_a_place_and_a_way_out() {
    let folder = TempDir::new().expect("a folder");
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = format!(r#"{{"schema":"whysync.bundle/v1","incident":{{}},"x":"{}""#, "y".repeat(3_000_000));
    let cases: Vec<(&str, Vec<u8>, Vec<&str>)> = vec![
        ("empty", Vec::new(), vec!["empty", "help"]),
        ("not JSON", b"hello".to_vec(), vec!["not JSON.json", "help"]),
        ("truncated", br#"{"schema":"whysync.bundle/v1","incident":{"#.to_vec(), vec!["truncated.json", "1:42", "help"]),
        ("future version", br#"{"schema":"whysync.bundle/v9"}"#.to_vec(), vec!["whysync.bundle/v9", "whysync.bundle/v1"]),
        ("no version", b"{}".to_vec(), vec!["schema", "whysync.bundle/v1"]),
        ("unknown field", br#"{"schema":"whysync.bundle/v1","incidents":1}"#.to_vec(), vec!["incidents", "unknown field"]),
        ("deep", deep.into_bytes(), vec!["deep.json"]),
        ("wide", wide.into_bytes(), vec!["wide.json"]),
        ("not UTF-8", b"{\"schema\":\"\xff\"}".to_vec(), vec!["UTF-8"]),
    ];
    for (name, body, words) in cases {
        let path = file(&folder, &format!("{name}.json"), &body);
        let output = whysync(&["diagnose", &path]);
        check(name, &output, 4, &words);
        assert!(output.stderr.len() < 20_000, "{name}: {} bytes of words", output.stderr.len());
        assert!(output.stdout.is_empty(), "{name}: half a diagnosis came out");
    }
    check("missing", &whysync(&["diagnose", "nowhere.json"]), 4, &["nowhere.json"]);
    check("standard input", &fed(&["diagnose", "-"], b"{"), 4, &["standard input"]);
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    let folder = TempDir::new().expect("a folder");
    let zeros = vec![b' '; 64 << 20];
    let mut bomb = Vec::new();
    let packed = zstd::encode_all(zeros.as_slice(), 3).expect("packed");
    // Frames stand side by side in one file: twenty of these unpack to more than the limit.
    for _ in 0..20 {
        bomb.extend_from_slice(&packed);
    }
    let path = file(&folder, "bomb.json.zst", &bomb);
    check("bomb", &whysync(&["diagnose", &path]), 4, &["bomb.json.zst", "1073741824"]);
}

#[test]
fn rules_that_are_wrong_are_refused_with_place_and_suggestion() {
    let good =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/cascade/parent-hash-cascade.yaml")).expect("a rule");
    let good = replacing(&good);
    let slug = "parent-hash-cascade.yaml";
    let cases: [(&str, String, &[&str]); 10] = [
        (
            "a claim of what no clause looked at",
            good.replace("\nfor_each:", "\n  others: \"$.ledger[?@.kind == 'header']\"\nfor_each:")
                .replace("claims: {", "claims: {items: [others], "),
            &["no clause of `when` binds `others`", "each: others"],
        ),
        ("a misspelt field", good.replace("severity: low", "severty: low"), &["severty", "did you mean `severity`?"]),
        ("a misspelt path", good.replace("$.ledger[?@.kind", "$.leger[?@.kind"), &["leger", "did you mean `ledger`?"]),
        ("a misspelt kind", good.replace("'parent_hash'", "'parent_hsh'"), &["parent_hsh", "did you mean `parent_hash`?"]),
        (
            "a misspelt clause",
            good.replace("any: [anything_else]", "any: [anything_els]"),
            &["anything_els", "did you mean `anything_else`?"],
        ),
        (
            "a misspelt word",
            good.replace("category: consequence", "category: consequense"),
            &["consequense", "did you mean `consequence`?"],
        ),
        (
            "a misspelt item field",
            good.replace("path: item.role", "path: item.roll"),
            &["item has no field `roll`", "did you mean `role`?"],
        ),
        ("no YAML", "{ [".to_owned(), &["parent-hash-cascade.yaml:"]),
        ("deep", "[".repeat(100_000), &["parent-hash-cascade.yaml:"]),
        ("bomb", bomb(), &["parent-hash-cascade.yaml:"]),
    ];
    for (name, body, words) in cases {
        let folder = TempDir::new().expect("a folder");
        let path = file(&folder, slug, body.as_bytes());
        let rules = folder.path().to_string_lossy().into_owned();
        let output = whysync(&["rules", "check", "--rules", &rules]);
        let mut all = vec![path.as_str()];
        all.extend(words);
        check(name, &output, 1, words);
        assert!(text(&output.stderr).replace(['\n', ' ', '│'], "").contains(&path.replace(' ', "")), "{name}: the file is not named");
        assert!(output.stderr.len() < 200_000, "{name}: {} bytes of words", output.stderr.len());
        check(name, &whysync(&["diagnose", "-", "--rules", &rules]), 4, words);
    }
}

#[test]
fn each_check_has_an_id_and_every_format_names_it_with_its_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect(path);
    let cascade = read("cascade/parent-hash-cascade.yaml");
    let unreachable = read("gateway/gateway-unreachable.yaml");
    let drop = read("l1/alchemy-429-l1-handler-drop.yaml");
    let cases: [(&str, &str, String); 10] = [
        ("shape", "parent-hash-cascade", cascade.replace("severity: low\n", "")),
        ("empty-text", "parent-hash-cascade", cascade.replace("owner: echonet", "owner: ''")),
        ("head", "other-name", cascade.clone()),
        ("impossible-path", "parent-hash-cascade", cascade.replace("$.ledger[?@.kind", "$.leger[?@.kind")),
        ("unused-clause", "parent-hash-cascade", cascade.replace("unless: {any: [anything_else]}\n", "")),
        ("condition", "parent-hash-cascade", cascade.replace("any: [anything_else]", "any: [anything_else, nothing]")),
        ("regex-matches-nothing", "gateway-unreachable", unreachable.replace("regex: '^Forward failed", "regex: 'a^Forward failed")),
        ("regex-matches-everything", "gateway-unreachable", unreachable.replace("'^(Cannot connect to host|", "'^(|")),
        ("bare-status", "alchemy-429-l1-handler-drop", drop.replace(r"\b429 Client Error", "429|Client Error")),
        (
            "absence-not-required",
            "alchemy-429-l1-handler-drop",
            drop.replace("  - {evidence: logs.echonet.debug, why: the refusal is a DEBUG line}\n", ""),
        ),
    ];
    for (id, name, body) in cases {
        let folder = TempDir::new().expect("a folder");
        let path = file(&folder, &format!("{name}.yaml"), body.as_bytes());
        let rules = folder.path().to_string_lossy().into_owned();
        let run = |format: &str| whysync(&["rules", "check", "--rules", &rules, "--format", format]);
        let output = run("json");
        check(id, &output, 1, &[]);
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let of_check = |it: &&serde_json::Value| it["check"] == id;
        let problem = found.as_array().expect("a list").iter().find(of_check).unwrap_or_else(|| panic!("{id}: {found}"));
        assert_eq!(problem["file"], path.as_str(), "{id}");
        let (line, column) = (problem["line"].as_u64().expect("a line"), problem["column"].as_u64().expect("a column"));
        let said = text(&run("github").stdout);
        assert!(said.contains(&format!("::error file={path},line={line},col={column},title={id}::")), "{said}");
        let sarif: serde_json::Value = serde_json::from_slice(&run("sarif").stdout).expect("JSON");
        let results = sarif["runs"][0]["results"].as_array().expect("results");
        let place = |it: &serde_json::Value| it["locations"][0]["physicalLocation"]["region"]["startLine"] == line;
        assert!(results.iter().any(|it| it["ruleId"] == id && place(it)), "{id}: {sarif}");
        assert!(sarif["runs"][0]["tool"]["driver"]["rules"].as_array().is_some_and(|it| it.iter().any(|it| it["id"] == id)), "{id}");
        assert!(found.as_array().expect("a list").iter().any(|it| it["check"] == "test-missing"), "{id}: everything is said at once");
    }
    let twice = TempDir::new().expect("a folder");
    file(&twice, "parent-hash-cascade.yaml", cascade.as_bytes());
    file(&twice, "again.yaml", cascade.replace("slug: parent-hash-cascade", "slug: again").as_bytes());
    let output = whysync(&["rules", "check", "--rules", &twice.path().to_string_lossy(), "--format", "json"]);
    assert!(text(&output.stdout).contains("duplicate-id"), "{}", text(&output.stdout));
    assert_eq!(text(&whysync(&["rules", "check", "--format", "json"]).stdout), "[]\n");
}

#[test]
fn the_page_of_a_rule_says_what_it_is_how_to_tell_it_and_what_to_do() {
    let output = whysync(&["rules", "show", "alchemy-429-l1-handler-drop"]);
    check("text", &output, 0, &[]);
    let page = text(&output.stdout);
    for words in ["WHAT HAPPENS", "WHAT IT LOOKS AT", "LOOK-ALIKES", "WHAT TO DO", "PR 13713", "only suspected without `refused`"] {
        assert!(page.contains(words), "{words} is not in\n{page}");
    }
    assert!(page.lines().all(|it| it.chars().count() <= 100 || !it.trim().contains(' ')), "{page}");
    let markdown = text(&whysync(&["rules", "show", "alchemy-429-l1-handler-drop", "--format", "markdown"]).stdout);
    assert!(markdown.starts_with("# alchemy-429-l1-handler-drop: ") && markdown.contains("## What to do"), "{markdown}");
    check("unknown", &whysync(&["rules", "show", "alchemy"]), 2, &["there is no rule `alchemy`"]);
    let hostile = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/cascade/parent-hash-cascade.yaml"))
        .map(|it| replacing(&it))
        .expect("a rule")
        .replace("owner: echonet", "owner: \"\\e[31m<script>\"");
    let folder = TempDir::new().expect("a folder");
    file(&folder, "parent-hash-cascade.yaml", hostile.as_bytes());
    let rules = folder.path().to_string_lossy().into_owned();
    for (format, never) in [("text", "\u{1b}"), ("markdown", "<script>")] {
        let output = whysync(&["rules", "show", "parent-hash-cascade", "--rules", &rules, "--format", format]);
        check(format, &output, 0, &[]);
        assert!(!text(&output.stdout).contains(never) && text(&output.stdout).contains("owner: "), "{}", text(&output.stdout));
    }
    let paths = text(&whysync(&["schema", "paths"]).stdout);
    assert!(paths.contains("$.ledger[*].kind ") && paths.contains("such as `{equals: gateway_error}`; from ours.block"), "{paths}");
}

/// A document that doubles at every line.
fn bomb() -> String {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        text.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    text
}

#[test]
fn a_rule_in_a_folder_replaces_the_one_of_the_build() {
    let good =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/cascade/parent-hash-cascade.yaml")).expect("a rule");
    let folder = TempDir::new().expect("a folder");
    file(
        &folder,
        "parent-hash-cascade.yaml",
        replacing(&good)
            .replace("title: Only", "title: Mine: only")
            .replace("title: Mine: only", "title: \"Mine: only\"")
            .replace("\"Mine: only\" the parent hash differs, because an earlier block diverged", "\"Mine: only the parent hash differs\"")
            .as_bytes(),
    );
    let output = whysync(&["rules", "list", "--rules", &folder.path().to_string_lossy()]);
    check("replaced", &output, 0, &[]);
    assert_eq!(text(&output.stdout).matches("parent-hash-cascade").count(), 1);
    assert!(text(&output.stdout).contains("Mine: only the parent hash differs"), "{}", text(&output.stdout));
}

/// A rule of the build that says that it takes its own place.
pub(crate) fn replacing(rule: &str) -> String {
    let id = rule.lines().find_map(|it| it.strip_prefix("id: ")).unwrap_or_default();
    rule.replacen("\ntitle:", &format!("\nreplaces: {id}\ntitle:"), 1)
}

/// Shipped files of one rule in a folder of their own.
fn shipped(files: &[&str]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for name in files {
        let body = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/cascade").join(name)).expect(name);
        let body = replacing(&text(&body));
        file(&folder, name, body.as_bytes());
    }
    folder
}

#[test]
fn a_run_that_tests_nothing_is_no_success_and_says_how_to_test_something() {
    const RULE: &str = "parent-hash-cascade.yaml";
    const TEST: &str = "parent-hash-cascade.test.yaml";
    let (empty, untested) = (TempDir::new().expect("a folder"), shipped(&[RULE]));
    let other = shipped(&[RULE]);
    let test = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/cascade").join(TEST)).expect("a test");
    let without_cases = format!("{}cases: []\n", &test[..test.find("cases:").expect("cases")]);
    file(&other, TEST, without_cases.as_bytes());
    let [empty, untested, other] = [&empty, &untested, &other].map(|it| it.path().to_string_lossy().into_owned());
    let nothing: &[&str] = &["holds no rule file and no test file", "names a folder that holds rule files"];
    let cases: Vec<(Vec<&str>, i32, &[&str])> = vec![
        (vec!["rules", "test", "parent-hash-cascad"], 0, &[]),
        (vec!["rules", "test", "parent-hash-cascaed"], 2, &["there is no rule `parent-hash-cascaed`", "`parent-hash-cascade`"]),
        (vec!["rules", "test", "rules"], 2, &["rules is a folder", "whysync rules test --rules rules"]),
        (vec!["rules", "test", "--rules", &empty], 4, nothing),
        (vec!["rules", "check", "--rules", &empty], 4, nothing),
        (vec!["rules", "list", "--rules", &empty], 4, nothing),
        (vec!["diagnose", "-", "--rules", &empty], 4, nothing),
        (vec!["rules", "test", "--rules", &untested], 4, &["there is no test file in ", "stand beside it"]),
        (vec!["rules", "test", "--rules", &untested, "parent-hash-cascade"], 4, &["there is no test file in ", "stand beside it"]),
        (vec!["rules", "test", "--rules", &other], 4, &["no case in which the rule holds"]),
    ];
    for (arguments, code, words) in cases {
        let output = whysync(&arguments);
        check(&arguments.join(" "), &output, code, words);
        assert_eq!(text(&output.stdout).contains(" passed"), code == 0, "{arguments:?}: {}", text(&output.stdout));
    }
}

#[test]
fn what_was_checked_is_counted_in_the_words_for_one_and_for_several() {
    let all = text(&whysync(&["rules", "list"]).stdout).lines().count();
    check("those of the build", &whysync(&["rules", "check"]), 0, &[&format!("{all} built-in rules checked: no problems")]);
    let one = shipped(&["parent-hash-cascade.yaml", "parent-hash-cascade.test.yaml"]);
    let output = whysync(&["rules", "check", "--rules", &one.path().to_string_lossy()]);
    check("one", &output, 0, &[&format!("1 rule of yours and {} built-in ones checked: no problems", all - 1)]);
}

#[test]
fn wrong_usage_ends_with_2_and_help_with_0() {
    check("no command", &whysync(&[]), 2, &[]);
    check("unknown format", &whysync(&["diagnose", "-", "--format", "xml"]), 2, &["xml", "text", "json"]);
    check("help", &whysync(&["--help"]), 0, &[]);
    check("unknown rule", &whysync(&["explain", "parent-hash-cascad", "-"]), 2, &["parent-hash-cascade"]);
}

mod simulated {
    use super::*;

    fn names(folder: &Path) -> Vec<std::path::PathBuf> {
        let mut names: Vec<_> = std::fs::read_dir(folder).expect("a folder").flatten().map(|it| it.path()).collect();
        names.sort();
        names
    }

    fn simulate(folder: &TempDir, scenario: &str, name: &str) -> String {
        let path = folder.path().join(name).to_string_lossy().into_owned();
        check(scenario, &whysync(&["simulate", scenario, "--seed", "9", "-o", &path]), 0, &[]);
        path
    }

    #[test]
    fn exit_codes_say_how_much_is_explained() {
        let folder = TempDir::new().expect("a folder");
        let cases = [("alchemy-429-l1-handler-drop", 0), ("no-divergence", 0), ("native-casm-revert-trace", 0), ("state-diff-only", 1)];
        for (scenario, code) in cases {
            let path = simulate(&folder, scenario, "bundle.json.zst");
            check(scenario, &whysync(&["diagnose", &path]), code, &[]);
        }
        let path = simulate(&folder, "alchemy-429-l1-handler-drop", "bundle.json");
        let bundle = std::fs::read_to_string(&path).expect("a bundle");
        let mut bundle: serde_json::Value = serde_json::from_str(&bundle).expect("JSON");
        bundle["logs"]["echonet"] = "not_asked".into();
        let blind = file(&folder, "blind.json", bundle.to_string().as_bytes());
        let output = whysync(&["diagnose", &blind]);
        check("without the log", &output, 3, &[]);
        assert!(text(&output.stdout).starts_with("Inconclusive"), "{}", text(&output.stdout));
        assert!(text(&output.stdout).contains("logs.echonet"), "{}", text(&output.stdout));
        for episode in bundle["episodes"].as_array_mut().expect("episodes") {
            for (_, ours) in episode["ours"].as_object_mut().expect("blocks") {
                let header = ours.pointer_mut("/block/observed/value");
                if let Some(block) = header {
                    block["sequencer_address"] = "0x1".into();
                }
            }
        }
        bundle["logs"] =
            serde_json::from_str::<serde_json::Value>(&std::fs::read_to_string(&path).expect("a bundle")).expect("JSON")["logs"].take();
        let altered = file(&folder, "altered.json", bundle.to_string().as_bytes());
        check("a header that the block's hash does not cover", &whysync(&["diagnose", &altered]), 3, &[]);
    }

    #[test]
    fn a_hash_as_a_report_shortens_it_and_the_id_of_a_rule_are_names_too() {
        let folder = TempDir::new().expect("a folder");
        let bundle = simulate(&folder, "native-casm-revert-trace", "b.json");
        let report = text(&whysync(&["diagnose", &bundle]).stdout);
        let shown = |name: &str| text(&whysync(&["bundle", "show", &bundle, "--tx", name]).stdout);
        let mut words = report.split(|it: char| it.is_whitespace() || it == ',' || it == ':');
        let short = words.find(|it| it.starts_with("0x") && it.contains('…') && !shown(it).is_empty());
        let short = short.unwrap_or_else(|| panic!("no shortened hash of a transaction in {report}"));
        let (head, tail) = short.split_once('…').expect("two ends");
        let whole = shown(short).lines().next().and_then(|it| it.strip_prefix("transaction ")).expect("a transaction").to_owned();
        assert!(whole.starts_with(head) && whole.ends_with(tail), "{whole} for {short}");
        assert!(!shown(&whole).is_empty() && shown(&format!("{head}...{tail}")) == shown(&whole));
        let all = whysync(&["bundle", "show", &bundle, "--tx", "0x0…"]);
        check("several", &all, 2, &["can be", &whole]);
        check("none", &whysync(&["bundle", "show", &bundle, "--tx", "0xdead…beef"]), 2, &["no block of the bundle has the transaction"]);
        check("no hash", &whysync(&["bundle", "show", &bundle, "--tx", "dead…beef"]), 2, &["names no hash"]);
        let lines = |pattern: &str| text(&whysync(&["bundle", "show", &bundle, "--log", pattern]).stdout);
        assert!(lines(short).contains(&whole) && lines(short) == lines(&whole), "{}", lines(short));

        let slug = "native-casm-revert-trace";
        let id = report.split_whitespace().find(|it| it.starts_with("WS-")).expect("an id");
        for command in [vec!["explain", slug, &bundle], vec!["rules", "show", slug], vec!["rules", "test", slug]] {
            let by_id: Vec<&str> = command.iter().map(|it| if *it == slug { id } else { it }).collect();
            let (by_slug, by_id) = (whysync(&command), whysync(&by_id));
            assert_eq!((by_id.status.code(), text(&by_id.stdout)), (by_slug.status.code(), text(&by_slug.stdout)), "{command:?}");
            assert!(!by_id.stdout.is_empty(), "{command:?}");
        }
        let small = folder.path().join("small.json").to_string_lossy().into_owned();
        check("minimize", &whysync(&["bundle", "minimize", &bundle, "--rule", &id.to_lowercase(), "-o", &small]), 0, &["small.json"]);
    }

    #[test]
    fn one_of_several_episodes_is_diagnosed_alone_and_in_a_few_lines() {
        let folder = TempDir::new().expect("a folder");
        let bundle = simulate(&folder, "alchemy-429-l1-handler-drop", "b.json");
        let json = |more: &[&str]| -> serde_json::Value {
            let output = whysync(&[&["diagnose", &bundle, "--format", "json"], more].concat());
            serde_json::from_slice(&output.stdout).unwrap_or_else(|err| panic!("{more:?}: {err}: {}", text(&output.stderr)))
        };
        let numbers = |it: &serde_json::Value| -> Vec<u64> {
            it["episodes"].as_array().expect("episodes").iter().filter_map(|it| it["number"].as_u64()).collect()
        };
        let whole = json(&[]);
        assert!(1 < numbers(&whole).len(), "{:?}", numbers(&whole));
        let one = json(&["--episode", "2"]);
        assert_eq!(numbers(&one), [2]);
        let of_second = |it: &serde_json::Value| it["episodes"].as_array().expect("episodes").iter().find(|it| it["number"] == 2).cloned();
        assert_eq!(of_second(&one), of_second(&whole), "what the others show of it still counts");
        let list: serde_json::Value =
            serde_json::from_slice(&whysync(&["bundle", "episodes", &bundle, "--format", "json"]).stdout).expect("JSON");
        let time = list["resyncs"][0]["episode"].as_str().expect("a time").to_owned();
        let newest = json(&["--episode", &time]);
        assert_eq!(numbers(&newest).len(), 1, "{time}");
        check("no episode", &whysync(&["diagnose", &bundle, "--episode", "99"]), 2, &["no episode 99: it has 1 ("]);
        let beyond = (numbers(&whole).into_iter().max().unwrap_or_default() + 1).to_string();
        let said = format!("no episode {beyond}: it has 1 (");
        check("what runs after the last, in which nothing went wrong", &whysync(&["diagnose", &bundle, "--episode", &beyond]), 2, &[&said]);
        check("no name", &whysync(&["diagnose", &bundle, "--episode", "last"]), 2, &["neither the number of an episode"]);

        let brief = whysync(&["diagnose", &bundle, "--brief"]);
        let said = text(&brief.stdout);
        assert!(said.lines().count() <= 12 && said.contains("--episode K"), "{said}");
        assert_eq!(brief.status.code(), whysync(&["diagnose", &bundle]).status.code(), "the verdict is the same");
        check("another format", &whysync(&["diagnose", &bundle, "--brief", "--format", "json"]), 2, &["--brief is a text"]);
        check("full", &whysync(&["diagnose", &bundle, "--brief", "--full"]), 2, &["--full"]);
    }

    #[test]
    fn a_bundle_is_explored_and_two_are_compared() {
        let folder = TempDir::new().expect("a folder");
        let bundle = simulate(&folder, "alchemy-429-l1-handler-drop", "b.json");
        let other = simulate(&folder, "state-diff-only", "other.json");
        let said = |arguments: &[&str]| {
            let output = whysync(arguments);
            check(&arguments.join(" "), &output, 0, &[]);
            text(&output.stdout)
        };
        let sections = said(&["bundle", "show", &bundle]);
        let block = sections.lines().find_map(|it| it.trim().strip_prefix("block ")).and_then(|it| it.split(' ').next()).expect("a block");
        assert!(said(&["bundle", "show", &bundle, "--block", block]).contains("transactions: Echonet "));
        let log = said(&["bundle", "show", &bundle, "--log", "429 Client Error", "--limit", "1"]);
        assert!(log.contains("logs.echonet:") && log.contains(" stdout  ") && log.contains("1 of them not shown"), "{log}");
        check("no such block", &whysync(&["bundle", "show", &bundle, "--block", "1"]), 2, &["holds nothing of block 1"]);
        check("no such transaction", &whysync(&["bundle", "show", &bundle, "--tx", "0x1"]), 2, &["--log 0x1"]);
        check("no pattern", &whysync(&["bundle", "show", &bundle, "--log", "("]), 2, &["unclosed group"]);
        check("two views", &whysync(&["bundle", "show", &bundle, "--log", "x", "--block", "1"]), 2, &["cannot be used with"]);
        assert!(said(&["compare", &bundle, &bundle]).starts_with("The same again: "));
        assert!(said(&["compare", &bundle, &other]).starts_with("Different: "));
        assert!(said(&["compare", &bundle, "--episodes", "1,2", "--format", "json"]).contains("whysync.comparison/v1"));
        check("no such episode", &whysync(&["compare", &bundle, "--episodes", "1,9"]), 2, &["no episode 9"]);
        check("one bundle", &whysync(&["compare", &bundle]), 2, &["--episodes 1,2"]);
    }

    #[test]
    fn several_formats_are_written_at_once_each_with_its_ending() {
        let folder = TempDir::new().expect("a folder");
        let bundle = simulate(&folder, "native-casm-revert-trace", "b.json");
        let stem = folder.path().join("incident.9").to_string_lossy().into_owned();
        let all: Vec<&str> = whysync::render::FORMATS.iter().map(|it| it.name).collect();
        check("all", &whysync(&["diagnose", &bundle, "--format", &all.join(","), "-o", &stem]), 0, &[]);
        for format in whysync::render::FORMATS {
            let alone = whysync(&["diagnose", &bundle, "--format", format.name]);
            let written = std::fs::read(format!("{stem}.{}", format.extension)).expect(format.name);
            assert_eq!(text(&written), text(&alone.stdout), "{}", format.name);
        }
        let output = whysync(&["diagnose", &bundle, "--format", "html,markdown"]);
        check("without a name", &output, 2, &["-o NAME"]);
        assert!(output.stdout.is_empty());
        let help = text(&whysync(&["diagnose", "--help"]).stdout);
        assert!(help.contains("(.slack.json)") && help.contains("(.md)"), "{help}");
    }

    #[test]
    fn a_bundle_is_the_same_from_a_file_packed_or_not_and_from_standard_input() {
        let folder = TempDir::new().expect("a folder");
        let plain = simulate(&folder, "fifo-drain-across-same-timestamp", "b.json");
        let packed = simulate(&folder, "fifo-drain-across-same-timestamp", "b.json.zst");
        let body = std::fs::read(&plain).expect("a bundle");
        let outputs = [whysync(&["diagnose", &plain]), whysync(&["diagnose", &packed]), fed(&["diagnose", "-"], &body)];
        let answers: std::collections::BTreeSet<String> =
            outputs.iter().map(|it| text(&it.stdout).lines().next().unwrap_or_default().to_owned()).collect();
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert!(body.len() > 4 * std::fs::metadata(&packed).expect("a file").len() as usize);
    }

    #[test]
    fn why_not_ranks_all_rules_and_names_what_each_missed() {
        let folder = TempDir::new().expect("a folder");
        let path = simulate(&folder, "unrelated-429", "bundle.json");
        let output = whysync(&["explain", "--why-not", "--all", &path]);
        check("a decoy", &output, 0, &[]);
        let said = text(&output.stdout);
        let rules = whysync(&["rules", "list"]);
        assert!(text(&rules.stdout).lines().all(|it| said.contains(it.split_whitespace().nth(1).expect("a slug"))), "{said}");
        assert!(said.contains("the ledger has nothing that it could explain"), "{said}");
        let known = simulate(&folder, "alchemy-429-l1-handler-drop", "known.json");
        let said = text(&whysync(&["explain", "--why-not", &known]).stdout);
        assert!(said.contains("(episode 1)") && !said.contains("resync 1"), "episodes have the name that reports use: {said}");
        assert!(said.lines().next().is_some_and(|it| it.contains("it holds for ")), "{said}");
        assert!(said.contains("     missed "), "{said}");
        check("both", &whysync(&["explain", "--why-not", "parent-hash-cascade", &path]), 2, &["name the evidence only"]);
        check("neither", &whysync(&["explain", &path]), 2, &["RULE"]);
    }

    #[test]
    fn what_is_unknown_is_named_with_the_way_to_get_it() {
        let folder = TempDir::new().expect("a folder");
        let path = simulate(&folder, "alchemy-429-l1-handler-drop", "bundle.json");
        let mut bundle: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("a bundle")).expect("JSON");
        bundle["logs"]["echonet"] = "not_asked".into();
        let blind = file(&folder, "blind.json", bundle.to_string().as_bytes());
        let output = whysync(&["explain", "alchemy-429-l1-handler-drop", &blind]);
        check("blind", &output, 3, &[]);
        for said in [text(&output.stdout), text(&whysync(&["explain", "--why-not", &blind]).stdout)] {
            assert!(said.contains("logs.echonet would decide it; it was not collected; get it with: "), "{said}");
        }
    }

    #[test]
    fn an_output_that_cannot_be_written_leaves_nothing_behind() {
        let folder = TempDir::new().expect("a folder");
        let bundle = simulate(&folder, "no-divergence", "b.json");
        let before = names(folder.path());
        let target = folder.path().join("missing/out.txt").to_string_lossy().into_owned();
        check("no folder", &whysync(&["diagnose", &bundle, "-o", &target]), 4, &["out.txt"]);
        assert_eq!(names(folder.path()), before);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_said_once() {
        let folder = TempDir::new().expect("a folder");
        let bundle = simulate(&folder, "state-diff-only", "b.json");
        let below = format!("{}/below", file(&folder, "taken", b""));
        for arguments in [vec!["rules", "new", "--from", &bundle, "-o", &below], vec!["simulate", "--population", "1", "-o", &below]] {
            let output = whysync(&arguments);
            check(&arguments.join(" "), &output, 4, &["a folder that you may write to with -o"]);
            assert_eq!(text(&output.stderr).matches("Not a directory").count(), 1, "{}", text(&output.stderr));
        }
    }

    #[test]
    fn a_written_population_is_the_one_in_memory_and_takes_no_folder_that_is_in_use() {
        use whysync::collect::store::{Input, load};
        use whysync::engine::{Trial, diagnose};

        let folder = TempDir::new().expect("a folder");
        let target = folder.path().join("new/population");
        let arguments = ["simulate", "--population", "5", "--seed", "3", "-o", &target.to_string_lossy()];
        check("a new folder", &whysync(&arguments), 0, &[]);
        let truth: serde_json::Value = serde_json::from_slice(&std::fs::read(target.join("truth.json")).expect("the truth")).expect("JSON");
        assert_eq!((truth["seed"].as_u64(), truth["members"].as_object().map(serde_json::Map::len)), (Some(3), Some(5)));
        let catalog = crate::simulated::catalog();
        for member in whysync::simulate::population(5, 3) {
            let written = load(&Input::File(target.join(format!("{}.json.zst", member.number)))).expect("a bundle");
            let [ours, expected] = [&written, &member.bundle].map(|it| diagnose(it, &catalog, Trial::StableOnly));
            assert_eq!((ours.verdict, ours.headline), (expected.verdict, expected.headline), "member {}", member.number);
            let true_of_it = &truth["members"][member.number.to_string()];
            let causes = true_of_it["causes"].as_array().expect("causes");
            assert_eq!(causes.len(), member.truth.causes.len(), "member {}", member.number);
            for (said, cause) in causes.iter().zip(&member.truth.causes) {
                assert_eq!(said["names"], serde_json::json!(cause.names), "member {}", member.number);
                assert_eq!(said["sufficient"], cause.sufficient, "member {}", member.number);
            }
            assert_eq!(true_of_it["version"], member.truth.version, "member {}", member.number);
        }
        let before = names(&target);
        check("the same folder", &whysync(&arguments), 4, &["is not empty", "a new or an empty folder with -o"]);
        assert_eq!(names(&target), before);
        let taken = file(&folder, "taken", b"");
        check("a file", &whysync(&["simulate", "--population", "1", "-o", &taken]), 4, &["cannot be used as a folder", "taken"]);
        check("no folder", &whysync(&["simulate", "--population", "1"]), 2, &["--output <FILE|DIR>"]);
        check("both", &whysync(&["simulate", "member", "--population", "1", "-o", "x"]), 2, &["cannot be used with"]);
        check("neither", &whysync(&["simulate"]), 2, &["SCENARIO"]);
    }

    #[test]
    fn a_failing_rule_test_is_shown_and_counted_and_written_as_junit() {
        let folder = TempDir::new().expect("a folder");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/cascade");
        for name in ["parent-hash-cascade.yaml", "parent-hash-cascade.test.yaml"] {
            let body =
                std::fs::read_to_string(root.join(name)).expect("a file").replace("summary: look there\n", "summary: look elsewhere\n");
            file(&folder, name, super::replacing(&body).as_bytes());
        }
        let rules = folder.path().to_string_lossy().into_owned();
        let junit = folder.path().join("junit.xml");
        let output = whysync(&["rules", "test", "--rules", &rules, "--junit", &junit.to_string_lossy()]);
        check("a failing test", &output, 1, &["look elsewhere", "FAILED"]);
        assert!(text(&output.stdout).contains("1 failed"), "{}", text(&output.stdout));
        let report = std::fs::read_to_string(junit).expect("a report");
        assert!(report.contains("failures=\"1\"") && report.contains("look elsewhere"), "{report}");
    }
}

#[test]
fn no_planted_secret_comes_out_of_any_command() {
    const SECRETS: [&str; 5] = ["alch-DEADBEEF", "DEADBEEFCAFEF00D", "T0FAKE000", "thr-FEEDFACE", "FEEDFACE0123456789"];
    let Some(incidents) = crate::incidents::folder() else { return };
    let folder = TempDir::new().expect("a folder");
    for incident in ["02-alchemy-429", "13-echonet-only-revert", "10-blocked-sender"] {
        let source = incidents.join(incident).to_string_lossy().into_owned();
        let bundle = folder.path().join("bundle.json").to_string_lossy().into_owned();
        let report = folder.path().join("report").to_string_lossy().into_owned();
        let mut outputs = vec![whysync(&["import", &source, "-o", &bundle]), whysync(&["explain", "alchemy-429-l1-handler-drop", &source])];
        for format in whysync::render::FORMATS {
            outputs.push(whysync(&["diagnose", &source, "--format", format.name, "--full"]));
            outputs.push(whysync(&["diagnose", &bundle, "--format", format.name, "-o", &report]));
            outputs.push(Output { stdout: std::fs::read(&report).expect("a report"), ..outputs[0].clone() });
        }
        outputs.push(Output { stdout: std::fs::read(&bundle).expect("a bundle"), ..outputs[0].clone() });
        for output in &outputs {
            for secret in SECRETS {
                assert!(!text(&output.stdout).contains(secret), "{incident}: {secret} came out");
                assert!(!text(&output.stderr).contains(secret), "{incident}: {secret} was said");
            }
        }
    }
}
