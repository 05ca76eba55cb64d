//! `whysync explain`

use super::args::ExplainArguments;
use super::exit::Exit;
use super::{Failure, Outcome, import, rule_folder, write_output};
use crate::engine::decide::evaluate::Outcome as RuleOutcome;
use crate::engine::decide::prepared::Prepared;
use crate::engine::decide::{evidence_gaps, why_not};
use crate::engine::language::compiled::Rule;
use crate::engine::language::path::suggestion;
use crate::engine::{Catalog, Trial};
use crate::findings::Truth;

pub(super) fn run(arguments: &ExplainArguments) -> Outcome {
    let catalog = rule_folder::catalog(&arguments.rules)?;
    let rule = match (&arguments.rule, arguments.why_not) {
        (Some(slug), false) => Some(named(&catalog, slug)?),
        (Some(_), true) => return Err(Failure::usage("`--why-not` ranks all rules: name the evidence only")),
        (None, _) => None,
    };
    let bundle = import::evidence(&arguments.evidence)?;
    let prepared = Prepared::new(&bundle, &catalog.patterns);
    match rule {
        Some(rule) => one(rule, &prepared, &catalog),
        None => all(&prepared, &catalog),
    }
}

/// A rule by its slug.
pub(super) fn named<'c>(catalog: &'c Catalog, slug: &str) -> Result<&'c Rule, Failure> {
    catalog.rules.get(slug).ok_or_else(|| {
        let known: Vec<String> = catalog.rules.keys().cloned().collect();
        Failure::usage(format!("there is no rule `{slug}`; {}", suggestion(slug, &known).unwrap_or_default()))
    })
}

const NO_RESYNC: &str = "the evidence shows no resync\n";

fn one(rule: &Rule, prepared: &Prepared<'_>, catalog: &Catalog) -> Outcome {
    let outcomes = prepared.decide(rule, &catalog.interpreter, Trial::WithExperimental);
    let mut text = String::new();
    for ((episode, outcome), case) in outcomes.iter().zip(&prepared.facts.cases) {
        text.push_str(&why_not::explanation(rule, *episode, outcome, &evidence_gaps::states(case)));
    }
    write_output(if outcomes.is_empty() { NO_RESYNC } else { &text }, None)?;
    let any = |truth| outcomes.iter().any(|(_, it)| matches!(it, RuleOutcome::Evaluated(it) if it.truth() == truth));
    Ok(match (any(Truth::True), any(Truth::Unknown)) {
        (true, _) => Exit::Success,
        (false, true) => Exit::Inconclusive,
        (false, false) => Exit::NotFully,
    })
}

fn all(prepared: &Prepared<'_>, catalog: &Catalog) -> Outcome {
    let ranking = why_not::ranked(prepared, catalog);
    let text = why_not::text(&ranking, &prepared.facts.cases);
    write_output(if ranking.is_empty() { NO_RESYNC } else { &text }, None)?;
    Ok(Exit::Success)
}
