//! Small changes of a rule that its tests must notice. The production evaluator runs each of them.

use std::collections::BTreeMap;

use super::rule_test::{self, BaseOf, TestCase};
use crate::engine::decide::evaluate::{Outcome, Trial};
use crate::engine::decide::prepared::Prepared;
use crate::engine::diagnosis::diagnose::diagnose_prepared;
use crate::engine::language::catalog::Catalog;
use crate::engine::language::clause::{Distance, Pick};
use crate::engine::language::compiled::{Bounds, ClauseKind, CompiledClause, CompiledLogClause, Every, Polarity, Predicate, Rule};
use crate::engine::language::log_hits::Patterns;
use crate::engine::language::pattern::Pattern;
use crate::engine::language::problem::{FileText, Problem};
use crate::engine::language::regex_literals;
use crate::engine::language::rule::Condition;
use crate::engine::language::value::Scalar;

/// A changed rule.
#[derive(Debug, Clone)]
pub(crate) struct Mutant {
    /// Stable name of the change, such as `when.observed.dropped`.
    pub id: String,
    /// The changed rule.
    pub rule: Rule,
}

/// What the tests of one rule make of its mutants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MutationReport {
    /// Slug of the rule.
    pub rule: String,
    /// Number of mutants.
    pub mutants: usize,
    /// Ids of mutants that pass every case, and for which there is no reason.
    pub unexplained: Vec<String>,
    /// Ids of mutants that pass every case, with the reason that the test file gives.
    pub explained: Vec<(String, String)>,
    /// Entries of `survivors` that say nothing: the mutant is killed, or no such mutant exists.
    pub idle: Vec<String>,
}

/// Runs the cases of a test file on every mutant of its rule.
///
/// # Errors
/// When the file cannot be used, or the rule itself does not pass.
pub fn mutate(text: &FileText, catalog: &Catalog, base_of: BaseOf<'_>) -> Result<MutationReport, Vec<Problem>> {
    let file = rule_test::check(text, catalog)?;
    let slug = &file.rule.value;
    let Some(rule) = catalog.rules.get(slug) else { return Err(Vec::new()) };
    let mutants = mutants(rule);
    let patterns = Patterns::new(catalog.rules.values().chain(mutants.iter().map(|it| &it.rule)))
        .map_err(|err| vec![text.whole(format!("the log patterns of all mutants together are too large: {err}"), None)])?;
    let mut bundles = Vec::new();
    for (case, bundle) in file.cases.iter().zip(rule_test::case_bundles(&file, base_of)) {
        bundles.push(bundle.map_err(|err| vec![text.at(&case.name, format!("the bundle cannot be made: {err}"), None)])?);
    }
    let mut stages = Vec::new();
    for (case, bundle) in file.cases.iter().zip(&bundles) {
        let prepared = Prepared::new(bundle, &patterns);
        let original = prepared.decide(rule, &catalog.interpreter, Trial::WithExperimental);
        let stage = Stage { case, prepared, original };
        if let Some(failure) = stage.failures_of_the_rule(catalog, &original_rules(catalog), slug).first() {
            let help = Some("mutants tell nothing while a case fails: see `whysync rules test`".to_owned());
            return Err(vec![text.at(&case.name, format!("the case fails: {failure}"), help)]);
        }
        stages.push(stage);
    }
    let mut report = MutationReport { rule: slug.clone(), mutants: mutants.len(), ..MutationReport::default() };
    let mut idle: Vec<String> = file.survivors.keys().cloned().collect();
    let mut rules = original_rules(catalog);
    for mutant in mutants {
        rules.insert(slug.clone(), mutant.rule);
        if is_killed(&stages, catalog, &rules, slug) {
            continue;
        }
        match file.survivors.get(&mutant.id).filter(|it| !it.value.trim().is_empty()) {
            Some(reason) => {
                idle.retain(|it| *it != mutant.id);
                report.explained.push((mutant.id, reason.value.clone()));
            }
            None => report.unexplained.push(mutant.id),
        }
    }
    report.idle = idle;
    Ok(report)
}

/// A case with its bundle made ready, and what the rule itself makes of it.
struct Stage<'s> {
    case: &'s TestCase,
    prepared: Prepared<'s>,
    original: Vec<(u32, Outcome)>,
}

impl Stage<'_> {
    fn failures_of_the_rule(&self, catalog: &Catalog, rules: &BTreeMap<String, Rule>, slug: &str) -> Vec<String> {
        let mut failures = rule_test::judge_outcome(&self.original, &self.case.expect);
        failures.extend(self.failures_of_the_diagnosis(catalog, rules, slug));
        failures
    }

    fn failures_of_the_diagnosis(&self, catalog: &Catalog, rules: &BTreeMap<String, Rule>, slug: &str) -> Vec<String> {
        let mut failures = Vec::new();
        if self.case.expect.is_about_the_diagnosis() {
            let diagnosis = diagnose_prepared(&self.prepared, rules, &catalog.interpreter, Trial::WithExperimental);
            rule_test::judge_finding(&diagnosis, slug, &self.case.expect, &mut failures);
        }
        failures
    }
}

fn original_rules(catalog: &Catalog) -> BTreeMap<String, Rule> {
    catalog.rules.clone()
}

/// Whether any case notices the changed rule. Proofs are dear, so what the rule says alone is looked at first, in every case.
fn is_killed(stages: &[Stage<'_>], catalog: &Catalog, rules: &BTreeMap<String, Rule>, slug: &str) -> bool {
    let Some(rule) = rules.get(slug) else { return false };
    let mut differing = Vec::new();
    for stage in stages {
        let outcomes = stage.prepared.decide(rule, &catalog.interpreter, Trial::WithExperimental);
        if outcomes == stage.original {
            continue;
        }
        if !rule_test::judge_outcome(&outcomes, &stage.case.expect).is_empty() {
            return true;
        }
        // A diagnosis sees a rule only through what it holds for, captures, misses, and leaves uncorroborated.
        if effects(&outcomes) != effects(&stage.original) {
            differing.push(stage);
        }
    }
    differing.iter().any(|it| !it.failures_of_the_diagnosis(catalog, rules, slug).is_empty())
}

/// Outcomes without the clauses, which a diagnosis only shows.
fn effects(outcomes: &[(u32, Outcome)]) -> Vec<(u32, Outcome)> {
    let mut outcomes = outcomes.to_vec();
    for (_, outcome) in &mut outcomes {
        if let Outcome::Evaluated(evaluated) = outcome {
            evaluated.elements.iter_mut().for_each(|it| it.clauses.clear());
        }
    }
    outcomes
}

/// Every small change of a rule: clauses dropped, turned round, and shifted.
#[must_use]
pub(crate) fn mutants(rule: &Rule) -> Vec<Mutant> {
    let mut found = Vec::new();
    let mut add = |id: String, change: &dyn Fn(&mut Rule)| {
        let mut rule = rule.clone();
        change(&mut rule);
        found.push(Mutant { id, rule });
    };
    for part in rule.file.when.clauses() {
        add(format!("when.{}.dropped", part.value), &|it| drop_part(&mut it.file.when, &part.value));
    }
    for part in rule.file.unless.iter().flat_map(Condition::clauses) {
        add(format!("unless.{}.dropped", part.value), &|it| {
            if let Some(unless) = &mut it.file.unless {
                drop_part(unless, &part.value);
            }
        });
    }
    for part in &rule.file.corroborate {
        add(format!("corroborate.{}.dropped", part.value), &|it| it.file.corroborate.retain(|it| it.value != part.value));
    }
    for (place, clause) in rule.clauses.iter().enumerate() {
        // A bound that nobody wrote is no promise: "at least one" is what seeing something means.
        let states_bounds = rule.file.clauses.get(&clause.name).is_some_and(|it| it.value.stated_at_least().is_some());
        for (id, changed) in changes(clause).into_iter().filter(|(id, _)| states_bounds || !id.starts_with("at_least.")) {
            add(format!("{}.{id}", clause.name), &|it| {
                if let Some(slot) = it.clauses.get_mut(place) {
                    slot.clone_from(&changed);
                }
            });
        }
    }
    found.sort_by(|left, right| left.id.cmp(&right.id));
    found.dedup_by(|left, right| left.id == right.id);
    found
}

fn drop_part(condition: &mut Condition, name: &str) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) | Condition::NoneOf(parts) => parts.retain(|it| it.value != name),
    }
}

/// Every small change of one clause.
fn changes(clause: &CompiledClause) -> Vec<(String, CompiledClause)> {
    let with = |kind: ClauseKind| CompiledClause { kind, ..clause.clone() };
    let mut found = vec![("negated".to_owned(), CompiledClause { reading: Polarity::Inverted, ..clause.clone() })];
    match &clause.kind {
        ClauseKind::Each { over, wheres, bounds } => {
            for (place, (field, predicate)) in wheres.iter().enumerate() {
                let mut fewer = wheres.clone();
                fewer.remove(place);
                found.push((
                    format!("where.{field}.dropped"),
                    with(ClauseKind::Each { over: over.clone(), wheres: fewer, bounds: *bounds }),
                ));
                for (id, predicate) in predicates(predicate) {
                    let mut wheres = wheres.clone();
                    if let Some(slot) = wheres.get_mut(place) {
                        slot.1 = predicate;
                    }
                    found.push((format!("where.{field}.{id}"), with(ClauseKind::Each { over: over.clone(), wheres, bounds: *bounds })));
                }
            }
            found.extend(
                shifted(*bounds)
                    .into_iter()
                    .map(|(id, bounds)| (id.to_owned(), with(ClauseKind::Each { over: over.clone(), wheres: wheres.clone(), bounds }))),
            );
        }
        ClauseKind::Value { operand, is } => found.extend(
            predicates(is).into_iter().map(|(id, is)| (format!("is.{id}"), with(ClauseKind::Value { operand: operand.clone(), is }))),
        ),
        ClauseKind::Log(log) => {
            found.extend(log_changes(log).into_iter().map(|(id, log)| (id, with(ClauseKind::Log(Box::new(log))))));
        }
        ClauseKind::Script { .. } => {}
    }
    found
}

fn log_changes(log: &CompiledLogClause) -> Vec<(String, CompiledLogClause)> {
    let mut found = Vec::new();
    if log.after.is_some() {
        found.push(("after.dropped".to_owned(), CompiledLogClause { after: None, ..log.clone() }));
    }
    if log.before.is_some() {
        found.push(("before.dropped".to_owned(), CompiledLogClause { before: None, ..log.clone() }));
    }
    if log.before_next.is_some() {
        found.push(("before_next.dropped".to_owned(), CompiledLogClause { before_next: None, ..log.clone() }));
    }
    if log.pick == Pick::Last {
        found.push(("pick.dropped".to_owned(), CompiledLogClause { pick: Pick::First, ..log.clone() }));
    }
    for (id, within) in distances("within", log.within) {
        found.push((id, CompiledLogClause { within, ..log.clone() }));
    }
    for (id, per) in distances("per", log.per) {
        found.push((id, CompiledLogClause { per, ..log.clone() }));
    }
    for (place, (group, _)) in log.join.iter().enumerate() {
        let mut join = log.join.clone();
        join.remove(place);
        found.push((format!("join.{group}.dropped"), CompiledLogClause { join, ..log.clone() }));
    }
    found.extend(
        damaged(&log.pattern).into_iter().map(|(id, pattern)| (format!("regex.{id}"), CompiledLogClause { pattern, ..log.clone() })),
    );
    found.extend(shifted(log.bounds).into_iter().map(|(id, bounds)| (id.to_owned(), CompiledLogClause { bounds, ..log.clone() })));
    found
}

/// A distance dropped, and moved by one each way.
fn distances(part: &str, distance: Option<Distance>) -> Vec<(String, Option<Distance>)> {
    let Some(distance) = distance else { return Vec::new() };
    let (unit, moved): (&str, Box<dyn Fn(i64) -> Distance>) = match distance {
        Distance::Lines(many) => ("lines", Box::new(move |by| Distance::Lines(many.saturating_add_signed(by)))),
        Distance::Seconds(many) => ("seconds", Box::new(move |by| Distance::Seconds(many.saturating_add_signed(by)))),
    };
    vec![
        (format!("{part}.dropped"), None),
        (format!("{part}.{unit}.raised"), Some(moved(1))),
        (format!("{part}.{unit}.lowered"), Some(moved(-1))),
    ]
}

/// The bounds moved by one, each way.
fn shifted(bounds: Bounds) -> Vec<(&'static str, Bounds)> {
    let mut found = Vec::new();
    if let Some(fewer) = bounds.at_least.checked_sub(1) {
        let more = bounds.at_least.checked_add(1);
        found.extend(more.map(|more| ("at_least.raised", Bounds { at_least: more, ..bounds })));
        found.push(("at_least.lowered", Bounds { at_least: fewer, ..bounds }));
    }
    if let Some(most) = bounds.at_most {
        found.push(("at_most.raised", Bounds { at_most: Some(most.saturating_add(1)), ..bounds }));
        let fewer = most.checked_sub(1);
        found.extend(fewer.map(|fewer| ("at_most.lowered", Bounds { at_most: Some(fewer), ..bounds })));
    }
    if bounds.every == Every::Required {
        found.push(("every.dropped", Bounds { every: Every::NotRequired, ..bounds }));
    }
    found
}

/// A test with the opposite operator, its bound moved by one, or its pattern damaged.
fn predicates(predicate: &Predicate) -> Vec<(String, Predicate)> {
    let moved = |bound: &Scalar, by: i64, name: &str, to: fn(Scalar) -> Predicate| match bound {
        Scalar::Integer(it) => Some((name.to_owned(), to(Scalar::Integer(it.saturating_add(by))))),
        Scalar::Bool(_) | Scalar::Text(_) => None,
    };
    let bounds = |bound: &Scalar, to: fn(Scalar) -> Predicate| {
        [moved(bound, 1, "bound.raised", to), moved(bound, -1, "bound.lowered", to)].into_iter().flatten()
    };
    let inverted = |it: Predicate| vec![("inverted".to_owned(), it)];
    match predicate {
        Predicate::OneOf(values) => inverted(Predicate::NoneOf(values.clone())),
        Predicate::NoneOf(values) => inverted(Predicate::OneOf(values.clone())),
        Predicate::SameAs(operand) => inverted(Predicate::DiffersFrom(operand.clone())),
        Predicate::DiffersFrom(operand) => inverted(Predicate::SameAs(operand.clone())),
        Predicate::Exists(wanted) => inverted(Predicate::Exists(!wanted)),
        Predicate::LessThan(bound) => {
            inverted(Predicate::AtLeast(bound.clone())).into_iter().chain(bounds(bound, Predicate::LessThan)).collect()
        }
        Predicate::AtLeast(bound) => {
            inverted(Predicate::LessThan(bound.clone())).into_iter().chain(bounds(bound, Predicate::AtLeast)).collect()
        }
        Predicate::Matches(pattern) => damaged(pattern).into_iter().map(|(id, pattern)| (id, Predicate::Matches(pattern))).collect(),
    }
}

/// The pattern with one literal word damaged, for each of them.
fn damaged(whole: &Pattern) -> Vec<(String, Pattern)> {
    let pattern = whole.as_str();
    let words = regex_literals::words(pattern);
    let numbered = (1..).zip(&words);
    numbered
        .filter_map(|(number, word)| Some((format!("word_{number}.damaged"), Pattern::read(&regex_literals::damaged(pattern, word)).ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_at_the_edge_of_its_type_is_moved_to_the_one_side_that_there_is() {
        let moved = |at_least, at_most| {
            let found = shifted(Bounds { at_least, at_most, every: Every::NotRequired }).into_iter();
            found.map(|(name, it)| (name, it.at_least, it.at_most)).collect::<Vec<_>>()
        };
        // It cannot be raised, which panicked.
        assert_eq!(moved(u64::MAX, None), [("at_least.lowered", u64::MAX - 1, None)]);
        assert_eq!(moved(1, None), [("at_least.raised", 2, None), ("at_least.lowered", 0, None)]);
        assert_eq!(moved(0, Some(0)), [("at_most.raised", 0, Some(1))]);
    }
}
