//! What a clause needs: the evidence that it rests on, and the clauses that it refers to.

use std::collections::BTreeSet;

use super::compiled::{ClauseKind, LogClause, Operand, Predicate};
use super::path::Path;
use super::rule::{LogSource, RuleFile, Situation};
use crate::facts::EvidenceName;
use crate::facts::log_index::Level;

/// What a clause rests on when it sees nothing.
pub(super) fn clause_rests_on(file: &RuleFile, kind: &ClauseKind) -> BTreeSet<EvidenceName> {
    let of_operand = |operand: &Operand| match operand {
        Operand::Path(path) => path_rests_on(file, path),
        Operand::Item(_) | Operand::Capture { .. } => BTreeSet::new(),
    };
    let requires_debug = file.requires.iter().any(|it| it.evidence == EvidenceName::LogsEchonetDebug);
    let wants_debug = |log: &LogClause| log.level.map_or(requires_debug, |it| it <= Level::Debug);
    match kind {
        ClauseKind::Each { over, .. } => path_rests_on(file, over),
        ClauseKind::Value { operand, is } => {
            let other = match is {
                Predicate::SameAs(other) | Predicate::DiffersFrom(other) => of_operand(other),
                _ => BTreeSet::new(),
            };
            of_operand(operand).into_iter().chain(other).collect()
        }
        ClauseKind::Script { uses, .. } => uses.iter().flat_map(|(_, it)| of_operand(it)).collect(),
        ClauseKind::Log(log) => match log.source {
            LogSource::Sequencer => [EvidenceName::LogsSequencer].into(),
            LogSource::Echonet if wants_debug(log) => [EvidenceName::LogsEchonetDebug].into(),
            LogSource::Echonet => [EvidenceName::LogsEchonet].into(),
        },
    }
}

/// What a path rests on when it selects nothing: what the rule says it needs, or else what that part of the document is made of.
pub(super) fn path_rests_on(file: &RuleFile, path: &Path) -> BTreeSet<EvidenceName> {
    let is_log = |it: &EvidenceName| matches!(it, EvidenceName::LogsEchonet | EvidenceName::LogsEchonetDebug | EvidenceName::LogsSequencer);
    match path.root() {
        "ledger" if file.applies_to.situation == Situation::Stall => [EvidenceName::LogsEchonet].into(),
        "ledger" | "blocks" | "traces" => {
            let required: BTreeSet<_> = file.requires.iter().map(|it| it.evidence).filter(|it| !is_log(it)).collect();
            if required.is_empty() { root_rests_on(path.root()) } else { required }
        }
        root => root_rests_on(root),
    }
}

/// What a part of the document is made of.
pub(super) fn root_rests_on(root: &str) -> BTreeSet<EvidenceName> {
    match root {
        "ledger" | "blocks" | "traces" => [EvidenceName::OursBlock, EvidenceName::TheirsBlock].into(),
        "subject" => [EvidenceName::TheirsBlock].into(),
        "deployment" => [EvidenceName::Pods].into(),
        "trigger" | "episode" => [EvidenceName::Snapshot].into(),
        "stall" => [EvidenceName::LogsEchonet].into(),
        _ => BTreeSet::new(),
    }
}

/// Clauses that a clause refers to.
pub(super) fn referred(kind: &ClauseKind) -> Vec<String> {
    let of_operand = |operand: &Operand| match operand {
        Operand::Capture { clause, .. } => Some(clause.clone()),
        Operand::Path(_) | Operand::Item(_) => None,
    };
    let of_predicate = |predicate: &Predicate| match predicate {
        Predicate::SameAs(operand) | Predicate::DiffersFrom(operand) => of_operand(operand),
        _ => None,
    };
    match kind {
        ClauseKind::Each { wheres, .. } => wheres.iter().filter_map(|(_, it)| of_predicate(it)).collect(),
        ClauseKind::Value { operand, is } => of_operand(operand).into_iter().chain(of_predicate(is)).collect(),
        ClauseKind::Script { uses, .. } => uses.iter().filter_map(|(_, it)| of_operand(it)).collect(),
        ClauseKind::Log(log) => {
            let join = log.join.iter().filter_map(|(_, it)| of_operand(it));
            join.chain(log.after.clone()).chain(log.before.clone()).collect()
        }
    }
}
