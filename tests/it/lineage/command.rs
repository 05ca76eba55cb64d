//! `bundle lineage`, `deployed` and `rules check --repo` as people use them.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use whysync::collect::store::save;
use whysync::evidence::{Gathered, Provenance};
use whysync::simulate::{Scenario, simulate};

use super::{Repository, pod};
use crate::command::replacing;
use crate::program::whysync;

const QUEUE: &str = "crates/apollo_mempool/src/fifo_transaction_queue.rs";

/// What a command prints; panics unless it ends with this exit code.
fn told(code: i32, arguments: &[&str]) -> (String, String) {
    let output = whysync(arguments);
    let [out, err] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it).into_owned());
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {out}{err}");
    (out, err)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// A repository whose `APOLLO-1` lacks the fix of a shared timestamp and whose `APOLLO-2` has it.
fn repository() -> Repository {
    let repository = Repository::new();
    repository.commit(QUEUE, "struct CurrentProposalState;\n", "mempool: begin (#1)");
    repository.git(&["tag", "APOLLO-1"]);
    let body = "struct CurrentProposalState;\nimpl CurrentProposalState {\n    fn advance_block_if_drained(&mut self) {}\n}\n";
    repository.commit(QUEUE, body, "mempool: stop at the boundary (#14722)");
    repository.git(&["tag", "APOLLO-2"]);
    repository
}

/// An incident of the shared timestamp in which an image of this tag runs.
fn incident(folder: &TempDir, tag: &str) -> std::path::PathBuf {
    let mut bundle = simulate(Scenario::FifoDrainAcrossSameTimestamp, 1).bundle;
    let source = Provenance { asked: "pods".to_owned(), at: None, took_ms: None, bytes: 0, sha256: String::new() };
    bundle.deployment.pods = Gathered::observed(vec![pod("sequencer-node-statefulset-0", tag)], source);
    let path = folder.path().join(format!("{tag}.json.zst"));
    save(&bundle, &path).expect("a bundle");
    path
}

#[test]
fn a_bundle_with_lineage_answers_without_the_clone() {
    let folder = TempDir::new().expect("a folder");
    let repository = repository();
    let head = repository.head();
    let bundle = incident(&folder, "APOLLO-2");
    let other = folder.path().join("with-lineage.json.zst");
    let (out, err) = told(0, &["bundle", "lineage", text(&bundle), "--repo", text(repository.path()), "-o", text(&other)]);
    assert!(out.is_empty() && err.contains(&format!("APOLLO-2: {head} (git tag APOLLO-2)")), "{out}{err}");
    // Asked directly, the clone says the same.
    let direct = told(0, &["deployed", text(&bundle), "--repo", text(repository.path())]).0;
    drop(repository);
    let table = told(0, &["deployed", text(&other)]).0;
    assert_eq!(direct, table);
    let row = table.lines().position(|it| it.ends_with("fifo-drain-across-same-timestamp  sequencer #14722")).expect("a row");
    let lines: Vec<&str> = table.lines().skip(row).take(2).map(str::trim).collect();
    assert!(lines[0].starts_with("fixed ") && lines[1].starts_with("contained and effective (APOLLO-2: likely, "), "{lines:?}");
    // A table says what is deployed, not what happened.
    assert!(!table.contains("CONTRADICTION"), "{table}");

    let json: Value = serde_json::from_str(&told(0, &["deployed", text(&other), "--format", "json"]).0).expect("JSON");
    let (_, schema) = whysync::investigate::schemas::schemas().into_iter().find(|(it, _)| *it == "deployed").expect("a schema");
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    let errors: Vec<String> = validator.iter_errors(&json).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(json["schema"], "whysync.deployed/v2");
    let image = &json["images"][0];
    assert_eq!((&image["commit"]["sha"], &image["commit"]["how"]), (&head.clone().into(), &"git tag APOLLO-2".into()), "{image}");
    let rows = json["fixes"].as_array().expect("rows");
    let row = rows.iter().find(|it| it["prs"] == serde_json::json!([14722])).expect("the fix");
    assert_eq!((&row["role"], &row["effect"]["status"], &row["image"]), (&"cure".into(), &"yes".into(), &image["image"]), "{row}");
    let sighting = &row["sighting"];
    assert_eq!((&sighting["contained"], &sighting["sign"]), (&"yes".into(), &"pull_request".into()), "{row}");
    assert!(sighting["commit"].as_str().is_some_and(|it| !it.is_empty()), "{row}");
    // A form of a change that another superseded is no row of its own.
    assert_eq!(rows.iter().filter(|it| it["rule"] == "fifo-drain-across-same-timestamp").count(), 1);
    let parts = rows.iter().find(|it| it["rule"] == "l2-gas-mismatch").expect("a fix of parts");
    assert_eq!(parts["parts"].as_array().map(Vec::len), Some(2), "{parts}");
    let brought: Vec<&Value> = json["brought_by"].as_array().expect("rows").iter().map(|it| &it["name"]).collect();
    for name in ["#14884", "#14830 #14895", "#14906"] {
        assert!(brought.contains(&&Value::from(name)), "{brought:?}");
    }

    // One pull request: a fix, a part, a change that brings a fault, and what no rule names.
    for (number, count, words) in [
        ("14722", 1, "fifo-drain-across-same-timestamp  sequencer #14722"),
        ("12996", 1, "l2-gas-mismatch  sequencer #12990 #12996"),
        ("14884", 1, "bincode-commitment-infos  sequencer #14884"),
        ("14830", 1, "witness-height-offset-404  sequencer #14830 #14895"),
        ("14895", 1, "witness-height-offset-404  sequencer #14830 #14895"),
        ("7", 2, "no rule names it  sequencer #7"),
    ] {
        let table = told(0, &["deployed", text(&other), "--pr", number]).0;
        assert!(table.contains(words) && table.lines().count() == 2 * count, "{number}: {table}");
    }

    let diagnosis = told(0, &["diagnose", text(&other)]).0;
    let page = format!("https://github.com/starkware-libs/sequencer/blob/{head}/{QUEUE}#L3");
    assert!(diagnosis.contains(&format!("{QUEUE}:3")) && diagnosis.contains(&page), "{diagnosis}");
    assert!(diagnosis.contains("Likely a contradiction: the deployed code seems to"), "the headline says it: {diagnosis}");
}

#[test]
fn what_is_not_deployed_and_what_is_unknown_are_told_apart() {
    let folder = TempDir::new().expect("a folder");
    let repository = repository();
    for (tag, word, line) in [
        // The repository has none of the fix's real commits: its lines were not compared, and history alone does not say no.
        (
            "APOLLO-1",
            "unknown",
            "not known (APOLLO-1: its history has no form of it, and its lines were not compared: the clone has none of its commits",
        ),
        ("APOLLO-9", "unknown", "not known (APOLLO-9: no git tag APOLLO-9 is in the clone"),
        ("0.14", "unknown", "not known (0.14: the tag 0.14 moves from one patch release to the next"),
    ] {
        let bundle = incident(&folder, tag);
        // Without --output the bundle itself gets the lineage.
        told(0, &["bundle", "lineage", text(&bundle), "--repo", text(repository.path())]);
        let table = told(0, &["deployed", text(&bundle)]).0;
        let row = table.lines().position(|it| it.ends_with("fifo-drain-across-same-timestamp  sequencer #14722")).expect("a row");
        let lines: Vec<&str> = table.lines().skip(row).take(2).map(str::trim).collect();
        assert!(lines[0].starts_with(word), "{tag}: {lines:?}");
        assert!(lines[1].starts_with(line), "{tag}: {lines:?}");
        let diagnosis = told(0, &["diagnose", text(&bundle)]).0;
        assert!(!diagnosis.contains("CONTRADICTION"), "{diagnosis}");
        match tag {
            "APOLLO-1" => assert!(diagnosis.contains("(stale anchor: the file has no such"), "{diagnosis}"),
            _ => assert!(!diagnosis.contains("stale") && diagnosis.contains("line unknown"), "unknown is not stale: {diagnosis}"),
        }
    }
    let table = told(0, &["deployed", text(&incident(&folder, "APOLLO-1"))]).0;
    assert!(table.contains("not checked. Run: whysync bundle lineage FILE --repo SEQUENCER_CLONE"), "{table}");
}

#[test]
fn a_fix_of_which_neither_history_nor_lines_have_anything_is_not_contained() {
    let folder = TempDir::new().expect("a folder");
    let repository = repository();
    let rules = folder.path().join("rules");
    std::fs::create_dir(&rules).expect("a folder");
    let rule = replacing(include_str!("../../../rules/mempool/fifo-drain-across-same-timestamp.yaml"));
    // One commit of the rule is the one that stands for it here.
    let (before, named) = rule.split_once("    commits:\n      - ").expect("commits");
    let named = named.split_once('\n').map(|(_, rest)| rest).expect("more lines");
    std::fs::write(
        rules.join("fifo-drain-across-same-timestamp.yaml"),
        format!("{before}    commits:\n      - {}\n{named}", repository.head()),
    )
    .expect("a rule");
    let (bundle, rules) = (incident(&folder, "APOLLO-1"), text(&rules).to_owned());
    let row = |arguments: &[&str]| {
        let table = told(0, arguments).0;
        let row = table.lines().position(|it| it.ends_with("fifo-drain-across-same-timestamp  sequencer #14722")).expect("a row");
        table.lines().skip(row).take(2).map(|it| it.trim().to_owned()).collect::<Vec<_>>()
    };
    let direct = row(&["deployed", text(&bundle), "--repo", text(repository.path()), "--rules", &rules]);
    assert!(direct[0].starts_with("not contained "), "{direct:?}");
    assert_eq!(direct[1], "not contained (APOLLO-1: its history has no form of it, and 0 of 2 added lines are there)");
    // The bundle says the same without the clone.
    told(0, &["bundle", "lineage", text(&bundle), "--repo", text(repository.path()), "--rules", &rules]);
    assert_eq!(row(&["deployed", text(&bundle), "--rules", &rules]), direct);
}

#[test]
fn what_cannot_be_used_ends_with_its_exit_code_and_a_way_out() {
    let folder = TempDir::new().expect("a folder");
    let repository = repository();
    let bundle = incident(&folder, "APOLLO-1");
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("a folder");
    let cases: [(i32, Vec<&str>, &str); 5] = [
        (4, vec!["bundle", "lineage", text(&bundle), "--repo", text(&empty)], "is not a git repository"),
        (4, vec!["deployed", text(&bundle), "--repo", "/nowhere"], "is not a git repository"),
        (4, vec!["deployed", "/nowhere.json"], "/nowhere.json"),
        (2, vec!["bundle", "lineage", text(&bundle)], "--repo"),
        (4, vec!["rules", "check", "--repo", text(&empty)], "is not a git repository"),
    ];
    for (code, arguments, words) in cases {
        let said = told(code, &arguments).1;
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    let mut unseen = simulate(Scenario::FifoDrainAcrossSameTimestamp, 1).bundle;
    unseen.deployment.pods = Gathered::NotAsked;
    let path = folder.path().join("unseen.json");
    save(&unseen, &path).expect("a bundle");
    let said = told(2, &["bundle", "lineage", text(&path), "--repo", text(repository.path())]).1;
    assert!(said.contains("does not say what runs"), "{said}");
}

#[test]
fn a_check_of_rules_against_a_clone_names_stale_anchors_in_every_format() {
    let folder = TempDir::new().expect("a folder");
    let slug = "fifo-drain-across-same-timestamp";
    for end in ["yaml", "test.yaml"] {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("rules/mempool/{slug}.{end}"));
        let body = replacing(&std::fs::read_to_string(own).expect("a file"));
        std::fs::write(folder.path().join(format!("{slug}.{end}")), body).expect("a copy");
    }
    let rule = std::fs::read_to_string(folder.path().join(format!("{slug}.yaml"))).expect("the rule");
    let line = 1 + rule.lines().position(|it| it.contains("symbol: CurrentProposalState::advance_block_if_drained")).expect("an anchor");
    let repository = repository();
    let arguments = ["rules", "check", "--rules", text(folder.path()), "--repo", text(repository.path())];
    told(0, &arguments);

    let body = std::fs::read_to_string(repository.file(QUEUE)).expect("the file");
    repository.commit(QUEUE, "mod proposal;\n", "split");
    repository.commit("crates/apollo_mempool/src/proposal.rs", &body, "split further");
    let with = |format: &'static str| [arguments.as_slice(), &["--format", format]].concat();
    let said = told(1, &arguments).1.replace('\n', " ");
    assert!(said.contains("stale anchor") && said.contains("proposal.rs:3"), "{said}");
    let json: Value = serde_json::from_str(&told(1, &with("json")).0).expect("JSON");
    assert_eq!((&json[0]["check"], &json[0]["line"]), (&"stale-anchor".into(), &line.into()), "{json}");
    assert!(json[0]["help"].as_str().is_some_and(|it| it.contains("write `path: crates/apollo_mempool/src/proposal.rs`")), "{json}");
    let sarif: Value = serde_json::from_str(&told(1, &with("sarif")).0).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "stale-anchor");
    let github = told(1, &with("github")).0;
    assert!(github.contains(&format!("line={line},")) && github.contains("title=stale-anchor::"), "{github}");

    repository.git(&["rm", "-q", QUEUE, "crates/apollo_mempool/src/proposal.rs"]);
    repository.commit("other.rs", "fn x() {}\n", "remove");
    let said = told(1, &arguments).1.replace('\n', " ");
    assert!(said.contains("there is no such file"), "{said}");
    // Without a clone nothing is said of anchors.
    told(0, &arguments[..4]);
}
