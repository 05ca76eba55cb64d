//! `whysync rules`

use miette::Report;
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::args::{CheckArguments, CheckFormat, ListArguments, PageFormat, RulesCommand, ShowArguments, TableFormat, TestArguments};
use super::exit::Exit;
use super::output::{OutputStream, print_report, say, width, write_output, write_page};
use super::{CommandResult, Failure, rule_draft, rule_trials};
use crate::counted::counted_as;
use crate::investigate::{
    self, CaseResult, CheckOptions, CodeAt, FileText, Mended, PlaceTally, RuleProof, RuleSet, Rules, WatchedFolders, check_report,
};

pub(super) fn run(command: &RulesCommand) -> CommandResult {
    match command {
        RulesCommand::List(arguments) => list(arguments),
        RulesCommand::New(arguments) => rule_draft::run(arguments),
        RulesCommand::Show(arguments) => show(arguments),
        RulesCommand::Check(arguments) => check(arguments),
        RulesCommand::Test(arguments) => test(arguments),
    }
}

fn list(arguments: &ListArguments) -> CommandResult {
    let rules = Rules::load(&arguments.rules.set())?;
    if arguments.format == TableFormat::Json {
        write_output(&rules.list(), None)?;
        return Ok(Exit::Success);
    }
    let all = &rules.catalog().rules;
    let widest = all.keys().map(String::len).max().unwrap_or_default();
    let widest_id = all.values().map(|it| it.file.id.value.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (slug, rule) in all {
        let status = format!("{:?}", rule.file.status).to_lowercase();
        text.push_str(&format!("{:widest_id$}  {slug:widest$}  {status:12}  {}\n", rule.file.id.value, rule.file.title));
    }
    write_page(&text)?;
    Ok(Exit::Success)
}

fn show(arguments: &ShowArguments) -> CommandResult {
    let rules = Rules::load(&arguments.rules.set())?;
    if arguments.source {
        write_page(rules.source(&arguments.rule)?.body())?;
        return Ok(Exit::Success);
    }
    let page = rules.page(&arguments.rule)?;
    match arguments.format {
        PageFormat::Text => write_page(&page.text(width(OutputStream::Output)))?,
        PageFormat::Markdown => write_output(&page.markdown(1), None)?,
    }
    Ok(Exit::Success)
}

fn check(arguments: &CheckArguments) -> CommandResult {
    let set = arguments.set();
    let code = arguments.repo.clone().map(|clone| CodeAt { clone, revision: arguments.at.clone() });
    arguments.write_catalogue.as_deref().map_or(Ok(()), investigate::check_writable)?;
    if arguments.fix {
        for Mended { file, line, column, before, after } in investigate::mend_rules(&set)? {
            say(&format!("mended {file}:{line}:{column}: `{before}` is `{after}` now"));
        }
    }
    let checked = investigate::check_rules(&set, &CheckOptions { code })?;
    if let Some(proof) = &checked.proof {
        tell(proof);
        if let Some(path) = &arguments.write_catalogue {
            write_output(&proof.catalogue()?, Some(path))?;
        }
    }
    let exit = if checked.is_wrong() { Exit::NotExplained } else { Exit::Success };
    match arguments.format {
        CheckFormat::Text if checked.problems.is_empty() => {
            say(&format!("{} checked: no problems", counted(checked.own, checked.builtin)));
        }
        CheckFormat::Text => checked.problems.into_iter().for_each(|it| print_report(&Report::new(it))),
        CheckFormat::Json => write_output(&check_report::json(&checked.problems), None)?,
        CheckFormat::Sarif => write_output(&check_report::sarif(&checked.problems), None)?,
        CheckFormat::Github => write_output(&check_report::github(&checked.problems), None)?,
    }
    Ok(exit)
}

/// Rules with their numbers.
fn counted(own: usize, builtin: usize) -> String {
    match own {
        0 => counted_as(builtin, "built-in rule", "built-in rules"),
        _ => format!("{} and {}", counted_as(own, "rule of yours", "rules of yours"), counted_as(builtin, "built-in one", "built-in ones")),
    }
}

/// Says what a clone left open, and how the log clauses came out in a line or two.
fn tell(RuleProof { commit, unchecked, tally, .. }: &RuleProof) {
    for (anchor, why) in unchecked {
        say(&format!("{} {}: not checked, {why}", anchor.path, anchor.symbol));
    }
    let PlaceTally { clauses, matches, cannot_match, cannot_tell, external, unnamed } = tally;
    let commit = commit.get(..10).unwrap_or(commit);
    say(&format!(
        "{clauses} log clauses against {commit}: {matches} places match, {cannot_match} cannot match, {cannot_tell} cannot be told; {unnamed} \
         clauses name no place"
    ));
    if !external.is_empty() {
        let all: Vec<String> = external.iter().map(|(name, clauses)| format!("{name} ({clauses})")).collect();
        say(&format!("not looked up, and how many clauses name it: {}", all.join(", ")));
    }
}

/// Runs the tests, and with `--watch` again after each change, until the user ends it.
fn test(arguments: &TestArguments) -> CommandResult {
    if !arguments.watch {
        return test_once(arguments);
    }
    let mut folders = WatchedFolders::new(&arguments.rules.folders);
    loop {
        // What is wrong with rules now may be mended by the next change.
        if let Err(failure) = test_once(arguments) {
            failure.reports.iter().for_each(print_report);
        }
        say("waiting for a change; Ctrl-C ends");
        folders.wait();
    }
}

fn test_once(arguments: &TestArguments) -> CommandResult {
    let set = arguments.rules.set();
    let rules = Rules::load(&set)?;
    arguments.junit.as_deref().map_or(Ok(()), investigate::check_writable)?;
    let files = set.tests_of(&rules, arguments.filter.as_deref())?;
    let mut junit = quick_junit::Report::new("whysync rules");
    let (mut passed, mut failed) = (0_usize, 0_usize);
    for file in &files {
        let results = investigate::test(file, &rules)?;
        let mut suite = TestSuite::new(file.name());
        for result in &results {
            suite.add_test_case(junit_case(result));
            if result.failures.is_empty() {
                passed = passed.saturating_add(1);
            } else {
                failed = failed.saturating_add(1);
                tell_failure(file, result, &set);
            }
        }
        junit.add_test_suite(suite);
    }
    if let Some(path) = &arguments.junit {
        let text = junit.to_string().map_err(|err| Failure::usage(format!("the JUnit report cannot be made: {err}")))?;
        write_output(&text, Some(path))?;
    }
    write_page(&format!("{passed} passed, {failed} failed\n"))?;
    if failed > 0 {
        return Ok(Exit::NotExplained);
    }
    rule_trials::run(arguments, &rules, &files)
}

/// Says which case failed, what came of each clause, and how to see more.
fn tell_failure(file: &FileText, result: &CaseResult, set: &RuleSet) {
    let CaseResult { rule, name, line, column, failures, clauses } = result;
    say(&format!("FAILED {}:{line}:{column}: {name}", file.name()));
    failures.iter().flat_map(|it| it.lines()).for_each(|it| say(&format!("  {it}")));
    if !clauses.is_empty() {
        say("  its clauses:");
        clauses.iter().for_each(|it| say(&format!("    {it}")));
    }
    let folders: String = set.folders.iter().map(|it| format!(" --rules {}", it.display())).collect();
    say(&format!("  more: whysync explain {rule} --case {}:{line}{folders}", file.name()));
}

fn junit_case(result: &CaseResult) -> TestCase {
    let status = if result.failures.is_empty() {
        TestCaseStatus::success()
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let all: Vec<&str> = result.failures.iter().chain(&result.clauses).map(String::as_str).collect();
        status.set_message(all.join("\n"));
        status
    };
    TestCase::new(result.name.clone(), status)
}
