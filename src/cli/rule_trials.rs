//! `whysync rules test --coverage --mutate --cross-fire`

use super::CommandResult;
use super::args::TestArguments;
use super::exit::Exit;
use super::output::write_page;
use crate::investigate::{self, FileText, Rules, truth_word};

/// Runs what was asked for beside the tests themselves.
pub(super) fn run(arguments: &TestArguments, rules: &Rules, files: &[FileText]) -> CommandResult {
    let mut exit = Exit::Success;
    let mut also = |outcome: Exit| {
        if outcome != Exit::Success {
            exit = outcome;
        }
    };
    if arguments.coverage {
        also(coverage(rules, files, arguments.min)?);
    }
    if arguments.mutate {
        also(mutations(rules, files)?);
    }
    if arguments.cross_fire {
        // Who else holds is a question to all test files, whichever were asked for.
        also(crossings(rules, &arguments.rules.set().tests()?)?);
    }
    Ok(exit)
}

fn coverage(rules: &Rules, files: &[FileText], min: u8) -> CommandResult {
    let coverage = investigate::coverage(files, rules)?;
    let mut text = format!("coverage {} % of the states of all clauses\n", coverage.percent);
    for rule in &coverage.rules {
        for clause in &rule.clauses {
            for truth in clause.open() {
                text.push_str(&format!("  {}: no case saw {}.{}\n", rule.rule, clause.clause, truth_word(truth)));
            }
        }
    }
    let exit = if coverage.percent < min { Exit::NotExplained } else { Exit::Success };
    finish(text, coverage.idle().collect(), "uncovered", exit)
}

fn mutations(rules: &Rules, files: &[FileText]) -> CommandResult {
    let mutations = investigate::mutations(files, rules)?;
    let (all, explained, unexplained) = (mutations.all(), mutations.explained(), mutations.unexplained());
    let killed = all.saturating_sub(explained).saturating_sub(unexplained);
    let mut text = format!("{all} mutants: {killed} killed, {explained} survive with a reason, {unexplained} without\n");
    for report in &mutations.rules {
        for id in &report.unexplained {
            text.push_str(&format!("  {}: no case notices {id}\n", report.rule));
        }
    }
    finish(text, mutations.idle().collect(), "survivors", if unexplained == 0 { Exit::Success } else { Exit::NotExplained })
}

fn crossings(rules: &Rules, files: &[FileText]) -> CommandResult {
    let crossings = investigate::crossings(files, rules)?;
    let unexplained = crossings.unexplained().count();
    let mut text =
        format!("{} rules on {} bundles: {} hits, {unexplained} unexplained\n", crossings.rules, crossings.bundles, crossings.hits.len());
    for hit in crossings.unexplained() {
        let episodes: Vec<String> = hit.episodes.iter().map(ToString::to_string).collect();
        text.push_str(&format!("  {} holds for {} (episode {}), and no test file says so\n", hit.rule, hit.ground, episodes.join(", ")));
    }
    let idle = crossings.idle.iter().map(|(rule, entry)| (rule.as_str(), entry.as_str())).collect();
    finish(text, idle, "also_fires", if unexplained == 0 { Exit::Success } else { Exit::NotExplained })
}

/// Prints what was found, and reasons that are no longer needed: they hide what changed.
fn finish(mut text: String, idle: Vec<(&str, &str)>, list: &str, exit: Exit) -> CommandResult {
    for (rule, entry) in &idle {
        text.push_str(&format!("  {rule}: `{list}` names {entry}, which needs no reason or does not exist; take it out\n"));
    }
    write_page(&text)?;
    Ok(if idle.is_empty() { exit } else { Exit::NotExplained })
}
