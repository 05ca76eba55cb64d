//! `whysync explain`

use super::args::ExplainArguments;
use super::exit::Exit;
use super::{Failure, Outcome, import, rule_folder, write_output};
use crate::engine::diagnose::decide;
use crate::engine::evaluate::Outcome as RuleOutcome;
use crate::engine::path::suggestion;
use crate::engine::{Trial, words};

pub(super) fn run(arguments: &ExplainArguments) -> Outcome {
    let catalog = rule_folder::catalog(&arguments.rules)?;
    let slug = &arguments.rule;
    if !catalog.rules.contains_key(slug) {
        let known: Vec<String> = catalog.rules.keys().cloned().collect();
        return Err(Failure::usage(format!("there is no rule `{slug}`; {}", suggestion(slug, &known).unwrap_or_default())));
    }
    let bundle = import::evidence(&arguments.evidence)?;
    let outcomes = decide(&bundle, &catalog, slug, Trial::WithExperimental);
    let mut text = String::new();
    for (episode, outcome) in &outcomes {
        text.push_str(&words::explanation(slug, *episode, outcome));
    }
    if outcomes.is_empty() {
        text = "the evidence shows no resync\n".to_owned();
    }
    write_output(&text, None)?;
    let unknown = outcomes.iter().any(|(_, it)| matches!(it, RuleOutcome::Evaluated(it) if it.truth() == crate::findings::Truth::Unknown));
    let holds = outcomes.iter().any(|(_, it)| matches!(it, RuleOutcome::Evaluated(it) if it.truth() == crate::findings::Truth::True));
    Ok(match (holds, unknown) {
        (true, _) => Exit::Success,
        (false, true) => Exit::Inconclusive,
        (false, false) => Exit::NotFully,
    })
}
