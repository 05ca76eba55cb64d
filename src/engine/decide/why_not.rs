//! Why no rule held, or not this one: how close each came, what it missed, and what would decide what is unknown.

use std::collections::BTreeSet;
use std::ops::{BitAnd, BitOr};

use super::evaluate::{Element, Outcome, Trial};
use super::evidence_gaps;
use super::prepared::Prepared;
use crate::engine::language::catalog::Catalog;
use crate::engine::language::compiled::Rule;
use crate::engine::language::rule::Condition;
use crate::engine::language::value::word;
use crate::facts::{Case, EvidenceName, EvidenceState};
use crate::findings::{ClauseOutcome, Ternary};

/// How close one rule came for one episode. The order is that of closeness.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Approach {
    /// How far the rule got.
    pub reached: Reached,
    /// Requirements that are not met.
    pub failed: usize,
    /// Requirements that the evidence leaves open.
    pub open: usize,
    /// Requirements that are met, counted down from all, so that more of them come first.
    missing_from_most: std::cmp::Reverse<usize>,
    /// Slug of the rule.
    pub rule: String,
    /// The episode.
    pub episode: u32,
    /// The element that came closest, if the rule is decided for each.
    pub item: Option<String>,
    /// What is not met or open.
    pub misses: Vec<Miss>,
    /// Evidence that would decide what is open.
    pub undecided: BTreeSet<EvidenceName>,
}

/// How far a rule got.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reached {
    /// The rule holds.
    Holds,
    /// Its clauses were decided for some element.
    Clauses,
    /// The ledger holds nothing that it could explain.
    NoElement,
    /// It is not tried for this trigger.
    OtherTrigger,
    /// It cannot be decided whatever the evidence.
    Broken(String),
}

/// A requirement that is not met, or open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Miss {
    /// The clauses as `when` or `unless` puts them.
    pub requirement: String,
    /// Whether it is not met, or open.
    pub truth: Ternary,
    /// The values or log line that decided it.
    pub because: String,
}

impl Approach {
    /// Requirements that are met.
    #[must_use]
    pub(crate) fn met(&self) -> usize {
        self.missing_from_most.0
    }
}

/// How close every rule came for every episode, closest first.
#[must_use]
pub(crate) fn ranked(prepared: &Prepared<'_>, catalog: &Catalog) -> Vec<Approach> {
    let mut found: Vec<Approach> = catalog
        .rules
        .values()
        .flat_map(|rule| {
            let outcomes = prepared.decide(rule, &catalog.interpreter, Trial::WithExperimental);
            outcomes.into_iter().map(|(episode, outcome)| approach(rule, episode, &outcome))
        })
        .collect();
    found.sort();
    found
}

/// How close a rule came: its closest element counts.
#[must_use]
pub(crate) fn approach(rule: &Rule, episode: u32, outcome: &Outcome) -> Approach {
    let nothing = |reached: Reached, undecided: BTreeSet<EvidenceName>| Approach {
        reached,
        failed: 0,
        open: 0,
        missing_from_most: std::cmp::Reverse(0),
        rule: rule.file.slug.value.clone(),
        episode,
        item: None,
        misses: Vec::new(),
        undecided,
    };
    let evaluated = match outcome {
        Outcome::NotApplicable => return nothing(Reached::OtherTrigger, BTreeSet::new()),
        Outcome::Broken(why) => return nothing(Reached::Broken(why.to_string()), BTreeSet::new()),
        Outcome::Evaluated(evaluated) => evaluated,
    };
    let of_element = |element: &Element| {
        let requirements = requirements(rule, element);
        let count = |truth| requirements.iter().filter(|it| it.truth == truth).count();
        let reached = if element.truth == Ternary::True { Reached::Holds } else { Reached::Clauses };
        Approach {
            failed: count(Ternary::False),
            open: count(Ternary::Unknown),
            missing_from_most: std::cmp::Reverse(count(Ternary::True)),
            item: element.item.clone(),
            misses: requirements.into_iter().filter(|it| it.truth != Ternary::True).collect(),
            ..nothing(reached, element.missing.clone())
        }
    };
    let closest = evaluated.elements.iter().map(of_element).min();
    closest.unwrap_or_else(|| nothing(Reached::NoElement, evaluated.unseen.clone()))
}

/// What must hold for a rule to hold, one requirement at a time.
pub(in crate::engine) fn requirements(rule: &Rule, element: &Element) -> Vec<Miss> {
    let when = Some((&rule.file.when, Sense::MustHold));
    let unless = rule.file.unless.as_ref().map(|it| (it, Sense::MustNotHold));
    when.into_iter().chain(unless).flat_map(|(condition, sense)| required(condition, sense, element)).collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Sense {
    MustHold,
    MustNotHold,
}

fn required(condition: &Condition, sense: Sense, element: &Element) -> Vec<Miss> {
    let names: Vec<&str> = condition.clauses().iter().map(|it| it.value.as_str()).collect();
    let of = |name: &str| element.clauses.iter().find(|it| it.clause == name);
    let truth = |name: &str| of(name).map_or(Ternary::Unknown, |it| it.truth);
    let because = |name: &str| of(name).map(|it| it.because.clone()).unwrap_or_default();
    let each = |negated: bool| {
        let one = |name: &&str| Miss {
            requirement: if negated { format!("not `{name}`") } else { format!("`{name}`") },
            truth: if negated { !truth(name) } else { truth(name) },
            because: because(name),
        };
        names.iter().map(one).collect::<Vec<Miss>>()
    };
    let together = |words: &str, truth: Ternary| {
        let list: Vec<String> = names.iter().map(|it| format!("`{it}`")).collect();
        let reasons: Vec<String> = names.iter().map(|it| format!("{it}: {}", because(it))).collect();
        vec![Miss { requirement: format!("{words} {}", list.join(", ")), truth, because: reasons.join("; ") }]
    };
    let any = names.iter().map(|it| truth(it)).fold(Ternary::False, BitOr::bitor);
    let all = names.iter().map(|it| truth(it)).fold(Ternary::True, BitAnd::bitand);
    match (condition, sense) {
        (Condition::All(_), Sense::MustHold) => each(false),
        (Condition::Any(_), Sense::MustNotHold) | (Condition::NoneOf(_), Sense::MustHold) => each(true),
        (Condition::Any(_), Sense::MustHold) | (Condition::NoneOf(_), Sense::MustNotHold) if names.len() == 1 => each(false),
        (Condition::Any(_), Sense::MustHold) | (Condition::NoneOf(_), Sense::MustNotHold) => together("any of", any),
        (Condition::All(_), Sense::MustNotHold) if names.len() == 1 => each(true),
        (Condition::All(_), Sense::MustNotHold) => together("not all of", !all),
    }
}

/// The ranking as text: what holds, and the closest of those that do not, at most so many. `cases` give what each episode's evidence is, and
/// how to get it.
#[must_use]
pub(crate) fn text(ranking: &[Approach], cases: &[Case<'_>], most: usize) -> String {
    let mut text = String::new();
    let holding = ranking.iter().filter(|it| it.reached == Reached::Holds).count();
    for (number, it) in (1_usize..).zip(ranking).take(holding.saturating_add(most)) {
        text.push_str(&format!("{number}. {} (episode {}): {}\n", it.rule, it.episode, sentence(it)));
        for miss in &it.misses {
            let word = if miss.truth == Ternary::Unknown { "unknown" } else { "missed " };
            text.push_str(&format!("     {word} {}: {}\n", miss.requirement, miss.because));
        }
        let coverage = cases.iter().find(|case| case.episode.number == it.episode).map(evidence_gaps::states);
        text.push_str(&to_collect(&it.undecided, &coverage.unwrap_or_default()));
    }
    text
}

fn sentence(approach: &Approach) -> String {
    let all = approach.met().saturating_add(approach.failed).saturating_add(approach.open);
    let item = approach.item.as_deref().map(|it| format!(" for {it}")).unwrap_or_default();
    match &approach.reached {
        Reached::Holds => format!("it holds{item}"),
        Reached::Clauses => {
            let open = if approach.open == 0 { String::new() } else { format!(", {} unknown", approach.open) };
            let nearest = match approach.misses.as_slice() {
                [only] if only.truth == Ternary::False => format!("; all that is missing: {}", only.requirement),
                _ => String::new(),
            };
            format!("{} of {all} requirements met{open}{item}{nearest}", approach.met())
        }
        Reached::NoElement => "the ledger has nothing that it could explain".to_owned(),
        Reached::OtherTrigger => "it is not tried for this trigger".to_owned(),
        Reached::Broken(why) => format!("it is broken: {why}"),
    }
}

/// Which evidence would decide what is unknown, why it is not there, and how to get it: one line each.
#[must_use]
pub(crate) fn to_collect(undecided: &BTreeSet<EvidenceName>, coverage: &[EvidenceState]) -> String {
    let states = coverage.iter().filter(|it| undecided.contains(&it.evidence));
    let line = |it: &EvidenceState| {
        let gap = it.gap.as_deref().unwrap_or("was seen");
        format!("     {} would decide it; it {gap}; get it with: {}\n", it.evidence.name(), it.how)
    };
    states.map(line).collect()
}

/// Clauses as the file puts them: those of `when`, then of `unless`, then of `corroborate`, and then the others.
pub(in crate::engine) fn as_written<'c>(rule: &Rule, clauses: &'c [ClauseOutcome]) -> Vec<&'c ClauseOutcome> {
    let file = &rule.file;
    let conditions = std::iter::once(&file.when).chain(&file.unless).flat_map(Condition::clauses);
    let named: Vec<&str> = conditions.chain(&file.corroborate).map(|it| it.value.as_str()).collect();
    let place = |it: &ClauseOutcome| {
        let in_file = file.clauses.get(&it.clause).map_or((u64::MAX, u64::MAX), |it| (it.referenced.line(), it.referenced.column()));
        (named.iter().position(|name| *name == it.clause).unwrap_or(usize::MAX), in_file)
    };
    let mut ordered: Vec<&ClauseOutcome> = clauses.iter().collect();
    ordered.sort_by_key(|it| place(it));
    ordered
}

/// How each clause of a rule came out for one episode, as text. `coverage` says what evidence the episode has, and how to get more.
#[must_use]
pub(crate) fn explanation(rule: &Rule, episode: u32, outcome: &Outcome, coverage: &[EvidenceState]) -> String {
    let slug = &rule.file.slug.value;
    let mut text = format!("episode {episode}: ");
    let evaluated = match outcome {
        Outcome::NotApplicable => return format!("{text}{slug} is not tried for this trigger\n"),
        Outcome::Broken(why) => return format!("{text}{slug} is broken: {why}\n"),
        Outcome::Evaluated(evaluated) => evaluated,
    };
    text.push_str(&format!("{slug} is {}\n", word(&evaluated.truth())));
    if evaluated.elements.is_empty() {
        text.push_str("  the ledger has nothing that it could explain\n");
    }
    for element in &evaluated.elements {
        let item = element.item.as_deref().unwrap_or("the episode");
        text.push_str(&format!("  {item}: {}\n", word(&element.truth)));
        for clause in as_written(rule, &element.clauses) {
            text.push_str(&format!("    {:7} {}: {}\n", word(&clause.truth), clause.clause, clause.because));
        }
    }
    if let [miss] = approach(rule, episode, outcome).misses.as_slice()
        && miss.truth == Ternary::False
    {
        text.push_str(&format!("  nearest miss: all that is missing is {}\n", miss.requirement));
    }
    if evaluated.truth() == Ternary::Unknown {
        text.push_str(&to_collect(&evaluated.missing(), coverage));
    }
    text
}
