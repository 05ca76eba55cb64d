//! Clauses that count on absence: the rule must say that it needs the evidence in which nothing may be.

use std::collections::BTreeSet;

use super::check::Check;
use super::compiled::{Bounds, ClauseKind, CompiledClause, Every};
use super::problem::{FileText, Problem};
use super::rule::{Condition, RuleFile};
use crate::facts::EvidenceName;

/// Clauses that count on absence in evidence that `requires` does not list.
pub(super) fn unrequired(text: &FileText, file: &RuleFile, clauses: &[CompiledClause]) -> Vec<Problem> {
    let required: BTreeSet<EvidenceName> = file.requires.iter().map(|it| it.evidence).collect();
    let listed = |name: EvidenceName| {
        required.contains(&name) || (name == EvidenceName::LogsEchonet && required.contains(&EvidenceName::LogsEchonetDebug))
    };
    let mut problems = Vec::new();
    for clause in clauses.iter().filter(|it| is_denied(file, &it.name) || bounds(&it.kind).is_some_and(counts_absence)) {
        let missing: Vec<&str> = clause.rests_on.names.iter().filter(|it| !listed(**it)).map(|it| it.name()).collect();
        if let (false, Some(place)) = (missing.is_empty(), file.clauses.get(&clause.name)) {
            let message =
                format!("clause `{}` counts on absence in `{}`, which `requires` does not list", clause.name, missing.join("`, `"));
            let lines: Vec<String> = missing.iter().map(|it| format!("`- {{evidence: {it}, why: ...}}`")).collect();
            let help = Some(format!("add {} to `requires`", lines.join(" and ")));
            problems.push(text.at(place, message, help).found_by(Check::AbsenceNotRequired));
        }
    }
    problems
}

/// Whether the rule holds only if the clause does not.
fn is_denied(file: &RuleFile, name: &str) -> bool {
    let named = |it: &&Condition| it.clauses().iter().any(|it| it.value == name);
    let none_of = Some(&file.when).filter(|it| matches!(it, Condition::NoneOf(_)));
    let unless = file.unless.as_ref().filter(|it| !matches!(it, Condition::NoneOf(_)));
    none_of.filter(named).or(unless.filter(named)).is_some()
}

fn bounds(kind: &ClauseKind) -> Option<Bounds> {
    match kind {
        ClauseKind::Each { bounds, .. } => Some(*bounds),
        ClauseKind::Log(log) => Some(log.bounds),
        ClauseKind::Value { .. } | ClauseKind::Script { .. } => None,
    }
}

fn counts_absence(bounds: Bounds) -> bool {
    bounds.at_most.is_some() || bounds.every == Every::Required
}
