//! Which clauses the cases of a test file saw true, false and unknown.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::Spanned;

use super::rule_test::{self, BaseOf};
use crate::engine::decide::evaluate::{Outcome, Trial};
use crate::engine::decide::prepared::Prepared;
use crate::engine::language::catalog::Catalog;
use crate::engine::language::compiled::CompiledClause;
use crate::engine::language::problem::{FileText, Problem};
use crate::findings::Ternary;

/// Coverage of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCoverage {
    /// Slug of the rule.
    pub rule: String,
    /// Its clauses, by name.
    pub clauses: Vec<ClauseCoverage>,
    /// Entries of `uncovered` that say nothing: the state was seen, does not apply, or no such clause exists.
    pub idle: Vec<String>,
}

/// Coverage of one clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClauseCoverage {
    /// Name of the clause.
    pub clause: String,
    /// States that it can have: true and false, and unknown if it rests on any evidence.
    pub possible: BTreeSet<Ternary>,
    /// States that a case saw.
    pub seen: BTreeSet<Ternary>,
    /// States that no case can show, with the reason that the test file gives.
    pub excused: BTreeMap<Ternary, String>,
}

impl ClauseCoverage {
    /// States that it can have, that no case saw, and for which there is no reason.
    #[must_use]
    pub(crate) fn open(&self) -> Vec<Ternary> {
        self.possible.iter().copied().filter(|it| !self.seen.contains(it) && !self.excused.contains_key(it)).collect()
    }
}

/// How many of these states are covered, in whole percent rounded down. All of nothing is 100.
#[must_use]
pub(crate) fn percent(rules: &[RuleCoverage]) -> u8 {
    let clauses = || rules.iter().flat_map(|it| &it.clauses);
    let possible: usize = clauses().map(|it| it.possible.len()).sum();
    let open: usize = clauses().map(|it| it.open().len()).sum();
    let covered = possible.saturating_sub(open).saturating_mul(100);
    covered.checked_div(possible).and_then(|it| u8::try_from(it).ok()).unwrap_or(100)
}

/// Runs the cases of a test file and notes how each clause came out, for every element and every episode.
///
/// # Errors
/// When the file cannot be used, or the bundle of a case cannot be made.
pub(crate) fn cover(text: &FileText, catalog: &Catalog, base_of: BaseOf<'_>) -> Result<RuleCoverage, Vec<Problem>> {
    let file = rule_test::check(text, catalog)?;
    let Some(rule) = catalog.rules.get(&file.rule.value) else { return Err(Vec::new()) };
    let mut seen: BTreeMap<String, BTreeSet<Ternary>> = BTreeMap::new();
    for (case, bundle) in file.cases.iter().zip(rule_test::case_bundles(&file, base_of)) {
        let bundle = bundle.map_err(|err| vec![text.at(&case.name, format!("the bundle cannot be made: {err}"), None)])?;
        let outcomes = Prepared::new(&bundle, &catalog.patterns).decide(rule, &catalog.interpreter, Trial::WithExperimental);
        let evaluated = outcomes.iter().filter_map(|(_, it)| if let Outcome::Evaluated(it) = it { Some(it) } else { None });
        for clause in evaluated.flat_map(|it| &it.elements).flat_map(|it| &it.clauses) {
            seen.entry(clause.clause.clone()).or_default().insert(clause.truth);
        }
    }
    let mut idle: BTreeSet<&String> = file.uncovered.keys().collect();
    let mut clauses: Vec<ClauseCoverage> = Vec::new();
    for clause in &rule.clauses {
        let mut coverage = ClauseCoverage {
            clause: clause.name.clone(),
            possible: possible(clause),
            seen: seen.remove(&clause.name).unwrap_or_default(),
            excused: BTreeMap::new(),
        };
        for truth in coverage.open() {
            if let Some((key, reason)) = excuse(&file.uncovered, &clause.name, truth) {
                idle.remove(key);
                coverage.excused.insert(truth, reason.value.clone());
            }
        }
        clauses.push(coverage);
    }
    clauses.sort_by(|left, right| left.clause.cmp(&right.clause));
    let idle = idle.into_iter().cloned().collect();
    Ok(RuleCoverage { rule: file.rule.value, clauses, idle })
}

/// A clause that rests on no evidence always has an answer.
fn possible(clause: &CompiledClause) -> BTreeSet<Ternary> {
    let unknown = (!clause.rests_on.names.is_empty()).then_some(Ternary::Unknown);
    [Ternary::True, Ternary::False].into_iter().chain(unknown).collect()
}

fn excuse<'u>(uncovered: &'u BTreeMap<String, Spanned<String>>, clause: &str, truth: Ternary) -> Option<(&'u String, &'u Spanned<String>)> {
    uncovered.get_key_value(&format!("{clause}.{}", word(truth))).filter(|(_, reason)| !reason.value.trim().is_empty())
}

/// The word for a state.
#[must_use]
pub fn word(truth: Ternary) -> &'static str {
    match truth {
        Ternary::True => "true",
        Ternary::False => "false",
        Ternary::Unknown => "unknown",
    }
}
