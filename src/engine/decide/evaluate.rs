//! Decides one rule for one case: every clause true, false or unknown, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{BitAnd, BitOr};
use std::rc::Rc;

use serde_json::Value;

use super::evidence_gaps;
use super::fault::{BrokenClause, ClauseFault};
use super::predicate::holds;
use super::selections::Selections;
use crate::engine::fixes::fix::FixContext;
use crate::engine::language::clause::LogSource;
use crate::engine::language::compiled::{Bounds, ClauseKind, CompiledClause, Every, Operand, Polarity, Predicate, Rule};
use crate::engine::language::log_hits::LogHits;
use crate::engine::language::path::Path;
use crate::engine::language::rule::{Condition, RuleStatus};
use crate::engine::language::script::Interpreter;
use crate::engine::language::value::{Scalar, Unlike};
use crate::evidence::Timestamp;
use crate::facts::{Case, EvidenceName, Facts};
use crate::findings::{ClauseOutcome, Ternary};

/// The outcome of one rule for one case.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The rule does not apply to this trigger or kind of case, or is off.
    NotApplicable,
    /// It was decided as far as the evidence allows.
    Evaluated(Evaluated),
    /// It cannot be decided whatever the evidence: it compares unlike types, or its expression fails.
    Broken(BrokenClause),
}

/// A rule that was tried.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evaluated {
    /// One decision an element of `for_each`; one without element if the rule has none. Empty if there was no element.
    pub elements: Vec<Element>,
    /// Missing evidence that may hide further elements.
    pub unseen: BTreeSet<EvidenceName>,
}

/// The decision for one element.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// Id of the ledger item, if the element is one.
    pub item: Option<String>,
    /// The element's fields.
    pub fields: Value,
    /// Whether the rule holds.
    pub truth: Ternary,
    /// How the clauses came out, by name.
    pub clauses: Vec<ClauseOutcome>,
    /// What log clauses captured, as `(clause, group, value)`.
    pub captures: Vec<(String, String, String)>,
    /// Ids of the ledger items that passed each clause of `when` that counts elements, by its name.
    pub bound: BTreeMap<String, Rc<[String]>>,
    /// The first record that each log clause found, as `(clause, source, number)`.
    pub records: Vec<(String, LogSource, usize)>,
    /// Evidence that would decide what is unknown.
    pub missing: BTreeSet<EvidenceName>,
    /// Corroborating clauses that are not true.
    pub uncorroborated: Vec<String>,
}

impl Evaluated {
    /// Whether the rule holds for any element; unknown if that cannot be told.
    #[must_use]
    pub(crate) fn truth(&self) -> Ternary {
        let any = |truth| self.elements.iter().any(|it| it.truth == truth);
        if any(Ternary::True) {
            Ternary::True
        } else if any(Ternary::Unknown) || (self.elements.is_empty() && !self.unseen.is_empty()) {
            Ternary::Unknown
        } else {
            Ternary::False
        }
    }

    /// Evidence that would decide what is unknown.
    #[must_use]
    pub(crate) fn missing(&self) -> BTreeSet<EvidenceName> {
        self.elements.iter().flat_map(|it| &it.missing).chain(&self.unseen).copied().collect()
    }
}

/// Whether rules that are not stable are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// Only stable rules.
    StableOnly,
    /// Experimental rules too.
    WithExperimental,
}

/// What a rule is decided on.
pub(crate) struct CaseContext<'a> {
    /// The facts of the bundle.
    pub facts: &'a Facts<'a>,
    /// The case.
    pub case: &'a Case<'a>,
    /// The case document as rules see it.
    pub document: &'a Value,
    /// The results of paths in the document.
    pub selections: Selections<'a>,
    /// The log records that each pattern matched.
    pub hits: &'a LogHits,
    /// The deployment that fixes are checked against.
    pub fixes: &'a FixContext<'a>,
    /// Runs expressions.
    pub interpreter: &'a Interpreter,
}

impl<'a> CaseContext<'a> {
    /// The values that a path selects, in document order.
    #[must_use]
    pub(crate) fn select(&self, path: &Path) -> Rc<[&'a Value]> {
        self.selections.select(path, self.document)
    }
}

/// Decides a rule.
#[must_use]
pub(crate) fn evaluate(rule: &Rule, scene: &CaseContext<'_>, trial: Trial) -> Outcome {
    let is_on = match rule.file.status {
        RuleStatus::Stable => true,
        RuleStatus::Experimental => trial == Trial::WithExperimental,
        RuleStatus::Deprecated => false,
    };
    let triggers = &rule.file.applies_to.trigger;
    let trigger = scene.case.document.trigger.as_ref();
    let fits = rule.file.applies_to.case.iter().any(|it| scene.case.kinds.contains(it));
    if !is_on || !fits || (!triggers.is_empty() && trigger.is_some_and(|it| !triggers.contains(&it.kind))) {
        return Outcome::NotApplicable;
    }
    let unseen = evidence_gaps::find_gaps(scene.case, &rule.elements_rest_on, &Value::Null);
    let selection = rule.file.for_each.as_ref().and_then(|it| rule.lets.get(&it.value));
    let items = match selection {
        Some(path) => scene.select(path),
        None => [&Value::Null].as_slice().into(),
    };
    let decided = |items: &[&Value]| {
        let narrowed = if items.is_empty() { BTreeMap::new() } else { narrow(rule, scene)? };
        items.iter().map(|item| element(rule, scene, &narrowed, item)).collect()
    };
    match decided(&items) {
        Ok(elements) => Outcome::Evaluated(Evaluated { elements, unseen }),
        Err(err) => Outcome::Broken(err),
    }
}

/// The outcome of one clause.
#[derive(Debug, Clone)]
pub(super) struct Decided {
    pub(super) truth: Ternary,
    pub(super) because: String,
    pub(super) missing: BTreeSet<EvidenceName>,
    /// The first matching record, for log clauses.
    pub(super) record: Option<RecordPlace>,
    pub(super) captures: BTreeMap<String, String>,
    /// Ids of the elements that passed, for clauses that count elements.
    pub(super) bound: Rc<[String]>,
}

/// The position of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct RecordPlace {
    pub(super) source: LogSource,
    pub(super) number: usize,
    pub(super) at: Option<Timestamp>,
}

impl Decided {
    pub(super) fn new(truth: Ternary, because: String) -> Self {
        Self { truth, because, missing: BTreeSet::new(), record: None, captures: BTreeMap::new(), bound: Rc::default() }
    }
}

/// What of a counting clause is the same for every element that its rule is decided for.
struct Narrowed<'r, 'a> {
    /// How many elements the clause looks at.
    of: usize,
    /// Those of them that pass the tests which look at nothing but them, with their ids.
    passing: Vec<&'a Value>,
    ids: Rc<[String]>,
    /// The other tests.
    wheres: Vec<(&'r str, &'r Predicate)>,
}

/// Narrows the counting clauses of a rule, by name.
fn narrow<'r, 'a>(rule: &'r Rule, scene: &CaseContext<'a>) -> Result<BTreeMap<&'r str, Narrowed<'r, 'a>>, BrokenClause> {
    let none = BTreeMap::new();
    let evaluation = RuleEvaluation { scene, item: &Value::Null, decided: &none, narrowed: &BTreeMap::new() };
    let mut narrowed = BTreeMap::new();
    for clause in &rule.clauses {
        let ClauseKind::Each { over, wheres, .. } = &clause.kind else { continue };
        let elements = scene.select(over);
        let (same, others): (Vec<_>, Vec<_>) = wheres.iter().map(|(field, it)| (field.as_str(), it)).partition(|(_, it)| it.is_fixed());
        let passing = evaluation.passing(&elements, &same).map_err(|fault| fault.in_clause(&clause.name))?;
        let of_passing = Narrowed { of: elements.len(), ids: ids(&passing), passing, wheres: others };
        narrowed.insert(clause.name.as_str(), of_passing);
    }
    Ok(narrowed)
}

/// Ids of ledger items.
fn ids(elements: &[&Value]) -> Rc<[String]> {
    elements.iter().filter_map(|it| it.get("id").and_then(Value::as_str)).map(str::to_owned).collect()
}

fn element<'a>(
    rule: &Rule,
    scene: &CaseContext<'a>,
    narrowed: &BTreeMap<&str, Narrowed<'_, 'a>>,
    item: &Value,
) -> Result<Element, BrokenClause> {
    let mut decided: BTreeMap<&str, Decided> = BTreeMap::new();
    for clause in &rule.clauses {
        let mut outcome =
            RuleEvaluation { scene, item, decided: &decided, narrowed }.clause(clause).map_err(|fault| fault.in_clause(&clause.name))?;
        if clause.reading == Polarity::Inverted {
            outcome.truth = !outcome.truth;
        }
        decided.insert(&clause.name, outcome);
    }
    let truth_of = |name: &str| decided.get(name).map_or(Ternary::Unknown, |it| it.truth);
    let when = condition(&rule.file.when, &truth_of);
    let unless = rule.file.unless.as_ref().map_or(Ternary::False, |it| condition(it, &truth_of));
    let truth = when & !unless;
    let missing = if truth == Ternary::Unknown {
        // What only makes a finding surer, or changes its words, decides nothing.
        let conditions = std::iter::once(&rule.file.when).chain(&rule.file.unless);
        let deciding = conditions.flat_map(Condition::clauses).filter_map(|it| decided.get(it.value.as_str()));
        deciding.filter(|it| it.truth == Ternary::Unknown).flat_map(|it| it.missing.iter().copied()).collect()
    } else {
        BTreeSet::new()
    };
    let corroborates = |name: &str| decided.get(name).is_some_and(|it| it.truth == Ternary::True);
    Ok(Element {
        item: item.get("id").and_then(Value::as_str).map(str::to_owned),
        fields: item.clone(),
        truth,
        captures: decided
            .iter()
            .flat_map(|(clause, it)| it.captures.iter().map(|(group, value)| ((*clause).to_owned(), group.clone(), value.clone())))
            .collect(),
        bound: rule
            .file
            .when
            .clauses()
            .iter()
            .filter_map(|it| Some((it.value.clone(), decided.get(it.value.as_str())?.bound.clone())))
            .filter(|(_, bound)| !bound.is_empty())
            .collect(),
        records: decided
            .iter()
            .filter(|(_, it)| it.truth == Ternary::True)
            .filter_map(|(clause, it)| it.record.map(|it| ((*clause).to_owned(), it.source, it.number)))
            .collect(),
        uncorroborated: rule.file.corroborate.iter().map(|it| it.value.clone()).filter(|it| !corroborates(it)).collect(),
        clauses: decided
            .into_iter()
            .map(|(clause, it)| ClauseOutcome { clause: clause.to_owned(), truth: it.truth, because: it.because })
            .collect(),
        missing,
    })
}

/// How a clause of an element came out; unknown if it has no such clause.
pub(in crate::engine) fn truth_of(element: &Element, name: &str) -> Ternary {
    element.clauses.iter().find(|it| it.clause == name).map_or(Ternary::Unknown, |it| it.truth)
}

/// How a condition comes out, given how each clause does.
pub(in crate::engine) fn condition(condition: &Condition, truth_of: &dyn Fn(&str) -> Ternary) -> Ternary {
    match condition {
        Condition::All(parts) => parts.iter().map(|it| truth_of(&it.value)).fold(Ternary::True, BitAnd::bitand),
        Condition::Any(parts) => parts.iter().map(|it| truth_of(&it.value)).fold(Ternary::False, BitOr::bitor),
        Condition::NoneOf(parts) => !parts.iter().map(|it| truth_of(&it.value)).fold(Ternary::False, BitOr::bitor),
    }
}

pub(super) struct RuleEvaluation<'e, 'a> {
    pub(super) scene: &'e CaseContext<'a>,
    item: &'e Value,
    pub(super) decided: &'e BTreeMap<&'e str, Decided>,
    narrowed: &'e BTreeMap<&'e str, Narrowed<'e, 'a>>,
}

impl RuleEvaluation<'_, '_> {
    fn clause(&self, clause: &CompiledClause) -> Result<Decided, ClauseFault> {
        match &clause.kind {
            ClauseKind::Each { bounds, .. } => self.each(clause, *bounds),
            ClauseKind::Value { operand, is } => Ok(self.value(clause, operand, is)?),
            ClauseKind::Log(log) => Ok(self.log(clause, log)?),
            ClauseKind::Script { expression, uses } => {
                let mut variables = Vec::new();
                for (name, operand) in uses {
                    match self.operand(operand)?.into_iter().next() {
                        Some(value) => variables.push((name.clone(), value)),
                        None => return Ok(self.without_value(clause, operand, format!("{name} has no value"))),
                    }
                }
                let values: Vec<_> = variables.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                let truth = self.scene.interpreter.run(expression, &variables)?.into();
                Ok(Decided::new(truth, values.join(", ")))
            }
        }
    }

    fn each(&self, clause: &CompiledClause, bounds: Bounds) -> Result<Decided, ClauseFault> {
        let Some(narrowed) = self.narrowed.get(clause.name.as_str()) else { return Err(ClauseFault::NotNarrowed) };
        let (found, bound) = if narrowed.wheres.is_empty() {
            (narrowed.passing.len(), Rc::clone(&narrowed.ids))
        } else {
            let passing = self.passing(&narrowed.passing, &narrowed.wheres)?;
            (passing.len(), ids(&passing))
        };
        let names: Vec<&str> = bound.iter().take(3).map(String::as_str).collect();
        let because = format!("{found} of {} elements{}{}", narrowed.of, if names.is_empty() { "" } else { ": " }, names.join(", "));
        Ok(Decided { bound, ..self.counted(clause, found, narrowed.of, bounds, because) })
    }

    /// The elements that pass all tests.
    fn passing<'v>(&self, elements: &[&'v Value], wheres: &[(&str, &Predicate)]) -> Result<Vec<&'v Value>, ClauseFault> {
        let in_field = |field: &str, unlike: Unlike| ClauseFault::InField { field: field.to_owned(), unlike };
        let mut tests = Vec::new();
        for (field, predicate) in wheres {
            tests.push((*field, *predicate, self.others(predicate).map_err(|err| in_field(field, err))?));
        }
        let mut passing = Vec::new();
        for element in elements {
            let mut passes = true;
            for (field, predicate, others) in &tests {
                let value = element.get(field).unwrap_or(&Value::Null);
                passes &= holds(predicate, value, others).map_err(|err| in_field(field, err))?;
            }
            if passes {
                passing.push(*element);
            }
        }
        Ok(passing)
    }

    /// What a test compares with, where that is not written in the rule.
    fn others(&self, predicate: &Predicate) -> Result<Vec<Scalar>, Unlike> {
        match predicate {
            Predicate::SameAs(operand) | Predicate::DiffersFrom(operand) => self.operand(operand),
            _ => Ok(Vec::new()),
        }
    }

    /// Compares a count with its bounds: what is not there counts only where all of the evidence was seen.
    pub(super) fn counted(&self, clause: &CompiledClause, found: usize, of: usize, bounds: Bounds, because: String) -> Decided {
        let every_fails = bounds.every == Every::Required && found < of;
        let found = found as u64;
        if every_fails || bounds.at_most.is_some_and(|it| found > it) {
            return Decided::new(Ternary::False, because);
        }
        if found < bounds.at_least {
            return self.unless_seen(clause, Ternary::False, because);
        }
        if bounds.at_most.is_some() || bounds.every == Every::Required {
            return self.unless_seen(clause, Ternary::True, because);
        }
        Decided::new(Ternary::True, because)
    }

    /// `truth` if all of the evidence that the clause rests on was seen; unknown otherwise.
    pub(super) fn unless_seen(&self, clause: &CompiledClause, truth: Ternary, because: String) -> Decided {
        let missing = evidence_gaps::find_gaps(self.scene.case, &clause.rests_on, self.item);
        if missing.is_empty() {
            Decided::new(truth, because)
        } else {
            let names: Vec<_> = missing.iter().map(|it| it.name()).collect();
            Decided { missing, ..Decided::new(Ternary::Unknown, format!("{because}; not wholly seen: {}", names.join(", "))) }
        }
    }

    fn value(&self, clause: &CompiledClause, operand: &Operand, is: &Predicate) -> Result<Decided, Unlike> {
        let captured;
        let values: Vec<&Value> = match operand {
            Operand::Path(path) => self.scene.select(path).to_vec(),
            Operand::Item(field) => vec![self.item.get(field).unwrap_or(&Value::Null)],
            Operand::Capture { clause, group } => {
                captured = self.capture(clause, group).map(Value::String);
                captured.iter().collect()
            }
        };
        let others = self.others(is)?;
        for value in &values {
            if holds(is, value, &others)? {
                return Ok(Decided::new(Ternary::True, shorten(&value.to_string())));
            }
        }
        let other = match is {
            Predicate::SameAs(other) | Predicate::DiffersFrom(other) => Some(other),
            _ => None,
        };
        let compared_with_nothing = other.is_some() && others.is_empty();
        let shown: Vec<_> = values.iter().take(3).map(|it| shorten(&it.to_string())).collect();
        let because = if shown.is_empty() { "no such value".to_owned() } else { shown.join(", ") };
        // A field that is null was not there to be seen.
        if !compared_with_nothing
            && values.iter().any(|it| !it.is_null())
            && !matches!(operand, Operand::Path(path) if path.text().contains('?'))
        {
            return Ok(Decided::new(Ternary::False, because));
        }
        Ok(self.without_value(clause, other.filter(|_| compared_with_nothing).unwrap_or(operand), because))
    }

    /// The outcome without a value: false, or unknown if more evidence could provide one.
    fn without_value(&self, clause: &CompiledClause, operand: &Operand, because: String) -> Decided {
        if let Operand::Capture { clause: of, .. } = operand
            && let Some(other) = self.decided.get(of.as_str()).filter(|it| it.truth == Ternary::Unknown)
        {
            return Decided { missing: other.missing.clone(), ..Decided::new(Ternary::Unknown, because) };
        }
        self.unless_seen(clause, Ternary::False, because)
    }

    pub(super) fn operand(&self, operand: &Operand) -> Result<Vec<Scalar>, Unlike> {
        match operand {
            Operand::Path(path) => self.scene.select(path).iter().filter_map(|it| Scalar::from_json(it).transpose()).collect(),
            Operand::Item(field) => self.item.get(field).into_iter().filter_map(|it| Scalar::from_json(it).transpose()).collect(),
            Operand::Capture { clause, group } => Ok(self.capture(clause, group).map(Scalar::Text).into_iter().collect()),
        }
    }

    fn capture(&self, clause: &str, group: &str) -> Option<String> {
        self.decided.get(clause)?.captures.get(group).cloned()
    }
}

/// At most 160 characters of a text on one line.
pub(super) fn shorten(text: &str) -> String {
    const LONGEST: usize = 160;
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= LONGEST { line.to_owned() } else { format!("{}…", line.chars().take(LONGEST).collect::<String>()) }
}
