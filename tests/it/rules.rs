//! The tests of the rules that come with this build, and laws over all of them.

use std::collections::{BTreeMap, BTreeSet};

use whysync::engine::authoring::rule_test::{Base, NoBase};
use whysync::engine::authoring::{rule_test, test_lines};
use whysync::engine::language::catalog::{builtin, builtin_tests};
use whysync::engine::language::problem::Weight;
use whysync::engine::printed::{self, catalogue::Catalogue};
use whysync::engine::{Catalog, FileText};
use whysync::evidence::Bundle;
use whysync::evidence::anchor::Anchor;
use whysync::findings::{BringingChange, ChangeForm, FixComponent, FixReference, Scope};
use whysync::simulate::{Scenario, simulate};

use crate::command::replacing;
use crate::simulated::catalog;

fn base(base: &Base) -> Result<Bundle, NoBase> {
    match base {
        Base::Simulate { scenario, seed } => {
            let scenario: Scenario = scenario.parse().map_err(NoBase::new)?;
            Ok(simulate(scenario, *seed).bundle)
        }
        Base::Bundle(path) => Err(NoBase::new(format!("{path}: the rules of this build start from simulated bundles"))),
    }
}

#[test]
fn every_rule_keeps_its_promises() {
    let catalog = catalog();
    let mut failures = Vec::new();
    for test in builtin_tests() {
        match rule_test::run(&test, &catalog, &base) {
            Ok(results) => failures.extend(
                results
                    .into_iter()
                    .filter(|it| !it.failures.is_empty())
                    .map(|it| format!("{}: {}\n  {}", test.name(), it.name, it.failures.join("\n  "))),
            ),
            Err(problems) => failures.extend(problems.iter().map(ToString::to_string)),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Patches that cannot be applied, and what is said of each.
const INAPPLICABLE: [(&str, &str); 11] = [
    ("{forget: /logs/nowhere}", "the bundle has nothing at `/logs/nowhere`"),
    ("{seal: /logs}", "the bundle has nothing at `/logs/block/observed/value`"),
    ("{drop_log_lines: no such line}", "no log line matches `no such line`: the patch changes nothing"),
    ("{insert_log_lines: {after: no such line, lines: [x]}}", "no log line matches `no such line`"),
    ("{keep_log_lines: '('}", "unclosed group"),
    ("{sequencer_log: {at: '', lines: [x]}}", "`x` is not written as `LEVEL file: message`"),
    ("{append_log_lines: {minutes_later: 1, lines: [{line_of: {path: no.py}}]}}", "the catalogue of printed texts has no text of no.py"),
    ("{json_patch: [{op: turn}]}", "`json_patch` is not an RFC 6902 patch: "),
    ("{json_patch: [{op: remove, path: /nowhere}]}", "`json_patch` does not apply: "),
    ("{json_patch: [{op: remove, path: /incident}]}", "after the patch it is not a bundle: "),
    ("{forget: /logs/echonet}, {keep_log_lines: x}", "the bundle has nothing at `/logs/echonet/observed/value/lines`"),
];

#[test]
fn a_patch_that_cannot_be_applied_says_which_place_or_line_it_misses() {
    let catalog = catalog();
    let head = "schema: whysync.rule-test/v1\nrule: parent-hash-cascade\nbase: {simulate: {scenario: state-diff-only, seed: 1}}\ncases:\n";
    let needed = "  - name: needed\n    expect: {holds: yes}\n";
    for (patch, words) in INAPPLICABLE {
        let tests = format!("{head}{needed}  - name: it\n    patch: [{patch}]\n    expect: {{holds: no}}\n");
        let results = rule_test::run(&FileText::new("x.test.yaml", tests), &catalog, &base).unwrap_or_else(|it| panic!("{patch}: {it:?}"));
        let failure = results[1].failures.first().unwrap_or_else(|| panic!("{patch} was applied"));
        let why = failure.strip_prefix("the bundle cannot be made: ").unwrap_or_else(|| panic!("{patch}: {failure}"));
        assert!(why.contains(words), "{patch}: {why}");
    }
    let tests = format!("{head}{needed}  - name: it\n    base: {{bundle: saved.json}}\n    expect: {{holds: no}}\n");
    let results = rule_test::run(&FileText::new("x.test.yaml", tests), &catalog, &base).unwrap_or_else(|it| panic!("{it:?}"));
    assert_eq!(results[1].failures, ["the bundle cannot be made: saved.json: the rules of this build start from simulated bundles"]);
}

#[test]
fn two_rules_that_each_win_over_the_other_are_refused() {
    let general = builtin().into_iter().find(|it| it.name().ends_with("/gateway-error-by-code.yaml")).expect("a rule");
    let circular =
        replacing(general.body()).replace("false_positives:", "related: {supersedes: [gateway-invalid-nonce]}\nfalse_positives:");
    let pack = vec![FileText::new("gateway-error-by-code.yaml", circular)];
    let problems = Catalog::new(&[builtin(), pack]).err().expect("a circle");
    assert!(problems.iter().any(|it| it.to_string().contains("supersedes itself")), "{problems:?}");
    let unknown =
        replacing(general.body()).replace("false_positives:", "related: {differential: [gateway-invalid-nonc]}\nfalse_positives:");
    let pack = vec![FileText::new("gateway-error-by-code.yaml", unknown)];
    let problems = Catalog::new(&[builtin(), pack]).err().expect("an unknown slug");
    assert!(problems.iter().any(|it| it.way_out().is_some_and(|it| it.contains("gateway-invalid-nonce"))), "{problems:?}");
}

#[test]
fn what_another_rule_names_as_its_cascade_is_a_consequence() {
    let rule = |slug: &str, more: &str| {
        FileText::new(
            format!("{slug}.yaml"),
            format!(
                "schema: whysync.rule/v1\nid: MY-{slug}\nslug: {slug}\ntitle: {slug}\nstatus: stable\nseverity: low\ncategory: \
                 infrastructure\nowner: me\ndescription: Names the slot.\napplies_to: {{}}\nlet: {{slots: \"$.ledger[?@.kind == \
                 'storage']\"}}\nfor_each: slots\nmatch:\n  is_a_cause: {{path: item.role, is: {{equals: cause}}}}\nwhen: {{all: \
                 [is_a_cause]}}\nexplains: class\nfinding: {{summary: \"A slot.\"}}\n{more}"
            ),
        )
    };
    let bundle = simulate(Scenario::StateDiffOnly, 1).bundle;
    let scopes = |more: &str| {
        let catalog = Catalog::new(&[vec![rule("later", ""), rule("zfirst", more)]]).unwrap_or_else(|it| panic!("{it:?}"));
        let findings = whysync::engine::diagnose(&bundle, &catalog, whysync::engine::Trial::StableOnly).findings;
        findings.iter().map(|it| (it.rule.clone(), it.scope)).collect::<Vec<_>>()
    };
    let named = |rule: &str, scope: Scope| (rule.to_owned(), scope);
    assert_eq!(scopes(""), [named("later", Scope::RootCause), named("zfirst", Scope::RootCause)]);
    let cascade = "related: {cascade: [later]}\n";
    assert_eq!(scopes(cascade), [named("zfirst", Scope::RootCause), named("later", Scope::Consequence)], "the cause comes first");
    for (more, message, help) in [("[zfirst]", "follows from itself", "come before"), ("[latter]", "which is not a rule", "later")] {
        let pack = vec![rule("later", ""), rule("zfirst", &format!("related: {{cascade: {more}}}\n"))];
        let problems = Catalog::new(&[pack]).err().expect("a mistake");
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        let line = format!("zfirst.yaml:{}:", rule("zfirst", "").body().lines().count() + 1);
        assert!(problem.to_string().starts_with(&line) && problem.to_string().contains(message), "{problem}");
        assert!(problem.way_out().is_some_and(|it| it.contains(help)), "{problem}: {:?}", problem.way_out());
    }
}

#[test]
fn a_field_that_does_not_belong_hides_nothing_else() {
    let general = builtin().into_iter().find(|it| it.name().ends_with("/gateway-error-by-code.yaml")).expect("a rule");
    let body = general
        .body()
        .replace("owner: gateway\n", "owner: \"\"\nsevrity:\n  deep: [1]\n")
        .replace("    is: {exists: true}\n", "    iss: {exists: true}\n    is: {exists: true}\n")
        .replace("kind == 'gateway_error'", "kind == 'gateway_eror'");
    let problems = Catalog::new(&[vec![FileText::new("gateway-error-by-code.yaml", &body)]]).err().expect("mistakes");
    let line = |word: &str| body.lines().position(|it| it.contains(word)).expect("a line") + 1;
    for (word, help) in [("owner:", "owner"), ("sevrity:", "severity"), ("iss:", "is"), ("gateway_eror", "gateway_error")] {
        let found = problems.iter().find(|it| it.line == line(word)).unwrap_or_else(|| panic!("nothing said of `{word}`: {problems:?}"));
        assert!(found.way_out().is_some_and(|it| it.contains(help)), "{found}: {:?}", found.way_out());
    }
    assert_eq!(problems.len(), 4, "{problems:?}");
}

#[test]
fn every_rule_has_a_test_file_beside_it() {
    let tests: BTreeSet<String> = builtin_tests().iter().map(|it| it.name().replace(".test.yaml", ".yaml")).collect();
    let rules: BTreeSet<String> = builtin().iter().map(|it| it.name().to_owned()).collect();
    assert_eq!(rules, tests);
}

/// What carries a change is a fact of the repository: two rules that name one pull request must not disagree whether an image has it.
#[test]
fn a_pull_request_has_the_same_forms_in_all_rules() {
    type Forms = (BTreeSet<String>, BTreeSet<String>);
    type Change = (FixComponent, Vec<u64>);
    let catalog = catalog();
    let mut known: BTreeMap<Change, BTreeMap<Forms, Vec<&str>>> = BTreeMap::new();
    for (slug, rule) in &catalog.rules {
        let brought: Vec<FixReference> = rule.file.brought_by.iter().map(BringingChange::sought).collect();
        for change in rule.file.fix.iter().chain(&brought) {
            let whole = ChangeForm {
                prs: change.prs.clone(),
                commits: change.commits.clone(),
                patch_ids: change.patch_ids.clone(),
                note: String::new(),
            };
            // A form of the whole is one of each of its parts.
            for part in change.all_of.iter().chain([&whole]).filter(|it| !it.prs.is_empty()) {
                let forms = || change.any_of.iter().chain([part]);
                let commits = forms().flat_map(|it| it.commits.clone()).collect();
                let patch_ids = forms().flat_map(|it| it.patch_ids.clone()).collect();
                known.entry((change.component, part.prs.clone())).or_default().entry((commits, patch_ids)).or_default().push(slug);
            }
        }
    }
    let unlike: Vec<_> = known.iter().filter(|(_, forms)| forms.len() > 1).collect();
    assert!(unlike.is_empty(), "{unlike:#?}");
    // The squash that an image of its own was built from carries these all.
    const SQUASH: &str = "afbd5c56e0712c8aca033c137b1731da3393cd7c";
    for pr in 14724..=14729 {
        let mut forms = known.iter().filter(|((_, prs), _)| *prs == [pr]).flat_map(|(_, forms)| forms.keys()).peekable();
        assert!(forms.peek().is_some() && forms.all(|(commits, _)| commits.contains(SQUASH)), "{pr}");
    }
}

/// Rules that read the exception at the end of a traceback must not disagree about what its name looks like.
#[test]
fn the_name_of_an_exception_is_read_alike_in_all_rules() {
    const NAME: &str = r"\n(?P<error>([A-Za-z_]\w*\.)+\w+|[A-Z]\w*[A-Z][a-z]\w*|Exception)(: |(?m:$))";
    let rules = builtin();
    let reads_a_traceback = |it: &&str| it.contains("(?P<error>") && it.contains("(?s:.*)\\n");
    let patterns: Vec<(&str, &str)> = rules.iter().flat_map(|it| it.body().lines().map(move |line| (it.name(), line))).collect();
    let patterns: Vec<_> = patterns.into_iter().filter(|(_, line)| reads_a_traceback(line)).collect();
    assert!(patterns.len() >= 10, "{patterns:?}");
    for (name, line) in patterns {
        assert!(line.contains(NAME), "{name}: {line}");
    }
}

/// A clause without a place is proved by nobody, and one whose text is not in the catalogue is held against nothing without a clone.
#[test]
fn every_log_clause_names_where_its_text_is_printed_and_matches_it() {
    let rules = builtin();
    let rules: Vec<&FileText> = rules.iter().collect();
    let catalogue = Catalogue::builtin();
    let (problems, tally) = printed::check(&rules, &catalogue.found(), &catalogue.found());
    let wrong: Vec<String> = problems.iter().filter(|it| it.weight > Weight::Note).map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tally.clauses > 60 && tally.matches > 60, "{tally:?}");
    let places = printed::places(&rules);
    // What they print is given to a constructor of an error, and raised by a lookup in a dictionary: no statement states it.
    const UNSTATED: [&str; 2] = ["validate_echonet_requires_consolidated", "BlobTransformer.transform_block"];
    let covered = |it: &&Anchor| UNSTATED.contains(&it.symbol.as_str()) || catalogue.at(&it.path, &it.symbol).next().is_some();
    let missing: Vec<&Anchor> = places.iter().filter(|it| !covered(it)).collect();
    assert!(missing.is_empty(), "`rules check --repo DIR --write-catalogue rules/printed.json` was not run: {missing:?}");
}

/// A piece of a text that moves into what may be a value is nothing that cannot match: but it was proved before, and is no longer.
#[test]
fn no_match_is_lost_without_an_error_when_a_statement_changes() {
    let rules = builtin();
    let rules: Vec<&FileText> = rules.iter().collect();
    let kept = Catalogue::builtin().found();
    let (_, before) = printed::check(&rules, &kept, &kept);
    let document: serde_json::Value = serde_json::from_str(&Catalogue::builtin().printed().expect("a catalogue")).expect("JSON");
    let texts = document["texts"].as_array().expect("texts");
    let is_rejection = |it: &&serde_json::Value| it["template"][2] == " failed to execute with error: ";
    let rejection = texts.iter().position(|it| is_rejection(&it)).expect("the text of a rejected transaction");
    let mut lost = 0;
    for number in (0..texts.len()).step_by(8).chain([rejection]) {
        let mut changed = document.clone();
        let piece = changed["texts"][number]["template"].as_array_mut().expect("pieces").iter_mut().find(|it| it.is_string());
        let Some(piece) = piece else { continue };
        *piece = format!("Tzq{}", piece.as_str().unwrap_or_default()).into();
        let changed = Catalogue::read(&changed.to_string()).expect("a catalogue").found();
        let (problems, now) = printed::check(&rules, &changed, &kept);
        if now.matches < before.matches {
            lost += 1;
            assert!(problems.iter().any(|it| it.weight == Weight::Error), "{}", texts[number]);
        }
        assert!(number != rejection || now.matches < before.matches, "the rejection is no longer proved");
    }
    assert!(lost > 3, "matches are lost: {lost}");
}

#[test]
fn no_line_of_a_test_is_one_that_its_statement_cannot_print() {
    let catalogue = Catalogue::builtin();
    let wrong: Vec<String> = test_lines::unprinted(&builtin_tests(), &catalog(), catalogue).iter().map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_in_a_folder_of_rules_is_no_file_is_named_and_neither_followed_nor_waited_for() {
    use std::os::unix::fs::symlink;

    type Put = fn(&std::path::Path) -> std::io::Result<()>;
    let pipe: Put = |at| std::process::Command::new("mkfifo").arg(at).status().map(|it| assert!(it.success()));
    // What is put there under which name, and what is said of it; what cannot hold a rule is left alone.
    let cases: [(&str, Put, Option<&str>); 8] = [
        ("x.yaml", pipe, Some("it is a device, a pipe or a socket")),
        ("sub/x.yml", pipe, Some("it is a device, a pipe or a socket")),
        ("x.yaml", |at| symlink("/dev/zero", at), Some("it is a symbolic link, and links are not followed")),
        ("x.test.yaml", |at| symlink("/nowhere/at/all", at), Some("it is a symbolic link, and links are not followed")),
        ("loop", |at| symlink(".", at), Some("it is a symbolic link, and links are not followed")),
        ("y.yaml", |at| std::fs::create_dir(at), None),
        ("pipe", pipe, None),
        ("itself", |at| symlink("itself", at), None),
    ];
    for (name, put, said) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("sub")).expect("a folder");
        for text in builtin().iter().chain(&builtin_tests()).filter(|it| it.name().contains("/pvc-full.")) {
            let file = text.name().rsplit('/').next().expect("a name");
            let own = if file.ends_with(".test.yaml") { text.body().to_owned() } else { crate::command::replacing(text.body()) };
            std::fs::write(folder.path().join(file), own).expect("a file");
        }
        let path = folder.path().join(name);
        put(&path).expect("it is put there");
        for command in [["check"], ["test"], ["list"]] {
            let mut program = crate::program::program(&["rules"]);
            let output = program.args(command).arg("--rules").arg(folder.path()).env("COLUMNS", "300").output().expect("it runs");
            match said {
                Some(said) => {
                    crate::program::check(name, &output, 4, &[&format!("{} is not read: {said}", path.display()), "<slug>.yaml"]);
                }
                None => crate::program::check(name, &output, 0, &[]),
            }
        }
    }
}
