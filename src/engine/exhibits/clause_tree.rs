//! How a rule came out, condition by condition, for the element that it came closest to.

use crate::engine::decide::evaluate::{Element, Evaluated, condition, truth_of};
use crate::engine::decide::why_not;
use crate::engine::language::compiled::Rule;
use crate::engine::language::rule::Condition;
use crate::findings::{ClauseOutcome, ConditionOutcome, ConditionPart, Joined, RuleOutcome, RuleTree, Ternary};

/// A rule's tree, and how close the rule came.
pub(super) struct Nearness {
    pub(super) tree: RuleTree,
    failed: usize,
    open: usize,
}

impl Nearness {
    /// The order of closeness.
    pub(super) fn key(&self) -> (usize, usize, std::cmp::Reverse<usize>, &str, u32) {
        (self.failed, self.open, std::cmp::Reverse(self.tree.met[0]), &self.tree.rule, self.tree.episode)
    }
}

/// The tree of a rule; none if there was nothing to try it on.
pub(super) fn build_clause_tree(rule: &Rule, episode: u32, evaluated: &Evaluated) -> Option<Nearness> {
    let false_clauses = |it: &Element| it.clauses.iter().filter(|it| it.truth == Ternary::False).count();
    let order = |it: &Element| match it.truth {
        Ternary::True => 0,
        Ternary::Unknown => 1,
        Ternary::False => 2,
    };
    let closest = evaluated.elements.iter().min_by_key(|it| (order(it), false_clauses(it)))?;
    let requirements = why_not::requirements(rule, closest);
    let count = |truth| requirements.iter().filter(|it| it.truth == truth).count();
    let mut conditions = vec![outcome(ConditionPart::When, &rule.file.when, closest)];
    conditions.extend(rule.file.unless.iter().map(|it| outcome(ConditionPart::Unless, it, closest)));
    if !rule.file.corroborate.is_empty() {
        let names: Vec<&str> = rule.file.corroborate.iter().map(|it| it.value.as_str()).collect();
        let clauses = clauses(&names, closest);
        let truth = clauses.iter().map(|it| it.truth).fold(Ternary::True, std::ops::BitAnd::bitand);
        conditions.push(ConditionOutcome { part: ConditionPart::Corroborate, joined: Joined::All, truth, clauses });
    }
    let tree = RuleTree {
        episode,
        rule: rule.file.slug.value.clone(),
        title: rule.file.title.clone(),
        item: closest.item.clone(),
        outcome: match closest.truth {
            Ternary::True => RuleOutcome::Holds,
            Ternary::Unknown => RuleOutcome::Open,
            Ternary::False => RuleOutcome::Missed,
        },
        met: [count(Ternary::True), requirements.len()],
        conditions,
    };
    Some(Nearness { tree, failed: count(Ternary::False), open: count(Ternary::Unknown) })
}

fn outcome(part: ConditionPart, of: &Condition, element: &Element) -> ConditionOutcome {
    let joined = match of {
        Condition::All(_) => Joined::All,
        Condition::Any(_) => Joined::Any,
        Condition::NoneOf(_) => Joined::NoneOf,
    };
    let names: Vec<&str> = of.clauses().iter().map(|it| it.value.as_str()).collect();
    ConditionOutcome { part, joined, truth: condition(of, &|name| truth_of(element, name)), clauses: clauses(&names, element) }
}

fn clauses(names: &[&str], element: &Element) -> Vec<ClauseOutcome> {
    element.clauses.iter().filter(|it| names.contains(&it.clause.as_str())).cloned().collect()
}
