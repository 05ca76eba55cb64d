//! `whysync rules`

use std::collections::BTreeSet;

use miette::Report;
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::args::{CheckArguments, CheckFormat, PageFormat, RuleSetArguments, RulesCommand, ShowArguments, TestArguments};
use super::exit::Exit;
use super::{
    Failure, Outcome, base_bundle, diagnose, explain, print_report, rule_draft, rule_folder, rule_proof, rule_trials, write_output,
};
use crate::engine::authoring::rule_test::CaseResult;
use crate::engine::authoring::{rule_test, test_lines};
use crate::engine::language::check::Check;
use crate::engine::language::check_report;
use crate::engine::language::problem::Weight;
use crate::engine::printed::{self, catalogue::Catalogue};
use crate::engine::reference::rule_page;
use crate::engine::{Catalog, Problem, Text};

pub(super) fn run(command: &RulesCommand) -> Outcome {
    match command {
        RulesCommand::List(arguments) => list(arguments),
        RulesCommand::New(arguments) => rule_draft::run(arguments),
        RulesCommand::Show(arguments) => show(arguments),
        RulesCommand::Check(arguments) => check(arguments),
        RulesCommand::Test(arguments) => test(arguments),
    }
}

fn list(arguments: &RuleSetArguments) -> Outcome {
    let catalog = rule_folder::catalog(arguments)?;
    let widest = catalog.rules.keys().map(String::len).max().unwrap_or_default();
    let mut text = String::new();
    for (slug, rule) in &catalog.rules {
        let status = format!("{:?}", rule.file.status).to_lowercase();
        text.push_str(&format!("{}  {slug:widest$}  {status:12}  {}\n", rule.file.id.value, rule.file.title));
    }
    write_output(&text, None)?;
    Ok(Exit::Success)
}

fn show(arguments: &ShowArguments) -> Outcome {
    let catalog = rule_folder::catalog(&arguments.rules)?;
    let page = rule_page::page(&explain::named(&catalog, &arguments.rule)?.file);
    let text = match arguments.format {
        PageFormat::Text => page.text(diagnose::width()),
        PageFormat::Markdown => page.markdown(1),
    };
    write_output(&text, None)?;
    Ok(Exit::Success)
}

fn check(arguments: &CheckArguments) -> Outcome {
    let packs = rule_folder::rule_packs(&arguments.rules)?;
    let tests = rule_folder::tests(&arguments.rules)?;
    let mut problems: Vec<Problem> = Vec::new();
    match Catalog::new(&packs) {
        Ok(catalog) => {
            problems.extend(tests.iter().filter_map(|it| rule_test::check(it, &catalog).err()).flatten());
            problems.extend(test_lines::unprinted(&tests, &catalog, Catalogue::builtin()));
        }
        Err(found) => problems.extend(found),
    }
    let tested: BTreeSet<String> = tests.iter().map(|it| it.name().replace(".test.yaml", ".yaml")).collect();
    let checked = if arguments.rules.folders.is_empty() { packs.as_slice() } else { packs.get(1..).unwrap_or_default() };
    for rule in checked.iter().flatten().filter(|it| !tested.contains(it.name())) {
        let help = format!("write {}", rule.name().replace(".yaml", ".test.yaml"));
        problems.push(rule.whole("the rule has no test file beside it", Some(help)).found_by(Check::TestMissing));
    }
    problems.extend(printed::misnamed(&checked.iter().flatten().collect::<Vec<_>>()));
    if let Some(repo) = &arguments.repo {
        problems.extend(rule_proof::against(repo, arguments, &checked.iter().flatten().collect::<Vec<_>>())?);
    }
    problems.sort_by(|left, right| (&left.file, left.line, left.column).cmp(&(&right.file, right.line, right.column)));
    let exit = if problems.iter().any(|it| it.weight == Weight::Error) { Exit::NotFully } else { Exit::Success };
    match arguments.format {
        CheckFormat::Text if problems.is_empty() => {
            eprintln!("{} rules, {} test files: nothing wrong", packs.iter().flatten().count(), tests.len());
        }
        CheckFormat::Text => problems.into_iter().for_each(|it| print_report(&Report::new(it))),
        CheckFormat::Json => write_output(&check_report::json(&problems), None)?,
        CheckFormat::Sarif => write_output(&check_report::sarif(&problems), None)?,
        CheckFormat::Github => write_output(&check_report::github(&problems), None)?,
    }
    Ok(exit)
}

fn test(arguments: &TestArguments) -> Outcome {
    let catalog = rule_folder::catalog(&arguments.rules)?;
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let mut junit = quick_junit::Report::new("whysync rules");
    let (mut passed, mut failed) = (0_usize, 0_usize);
    let files: Vec<Text> = rule_folder::tests(&arguments.rules)?.into_iter().filter(|it| it.name().contains(filter)).collect();
    for file in &files {
        let results = rule_test::run(file, &catalog, &|base| base_bundle::fetch(base, file)).map_err(Failure::all)?;
        let mut suite = TestSuite::new(file.name());
        for result in &results {
            suite.add_test_case(junit_case(result));
            if result.failures.is_empty() {
                passed += 1;
            } else {
                failed += 1;
                eprintln!("FAILED {}: {}\n  {}", file.name(), result.name, result.failures.join("\n  "));
            }
        }
        junit.add_test_suite(suite);
    }
    if let Some(path) = &arguments.junit {
        let text = junit.to_string().map_err(|err| Failure::usage(format!("the JUnit report cannot be made: {err}")))?;
        write_output(&text, Some(path))?;
    }
    println!("{passed} passed, {failed} failed");
    if failed > 0 {
        return Ok(Exit::NotFully);
    }
    rule_trials::run(arguments, &catalog, &files)
}

fn junit_case(result: &CaseResult) -> TestCase {
    let status = if result.failures.is_empty() {
        TestCaseStatus::success()
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(result.failures.join("\n"));
        status
    };
    TestCase::new(result.name.clone(), status)
}
