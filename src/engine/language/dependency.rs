//! What a clause needs: the evidence that it rests on, and the clauses that it refers to.

use std::collections::BTreeSet;

use super::clause::LogSource;
use super::compiled::{Basis, BlockPart, BlockReach, ClauseKind, CompiledLogClause, Operand, Predicate};
use super::path::Path;
use super::rule::RuleFile;
use super::value::Scalar;
use crate::facts::log_index::Level;
use crate::facts::{EvidenceName, ItemKind, READS};

/// What a clause rests on when it sees nothing.
pub(super) fn clause_rests_on(file: &RuleFile, kind: &ClauseKind) -> Basis {
    let of_operand = |operand: &Operand| match operand {
        Operand::Path(path) => path_rests_on(file, path, &[]).names,
        Operand::Item(_) | Operand::Capture { .. } => BTreeSet::new(),
    };
    let requires_debug = file.requires.iter().any(|it| it.evidence == EvidenceName::LogsEchonetDebug);
    let wants_debug = |log: &CompiledLogClause| log.level.map_or(requires_debug, |it| it <= Level::Debug);
    let names = match kind {
        ClauseKind::Each { over, wheres, .. } => return path_rests_on(file, over, wheres),
        ClauseKind::Value { operand, is } => {
            let other = match is {
                Predicate::SameAs(other) | Predicate::DiffersFrom(other) => of_operand(other),
                _ => BTreeSet::new(),
            };
            of_operand(operand).into_iter().chain(other).collect()
        }
        ClauseKind::Script { uses, .. } => uses.iter().flat_map(|(_, it)| of_operand(it)).collect(),
        ClauseKind::Log(log) => match log.source {
            LogSource::Echonet if wants_debug(log) => [EvidenceName::LogsEchonetDebug].into(),
            LogSource::Echonet | LogSource::Sequencer => [log.source.log()].into(),
        },
    };
    Basis { names, ..Basis::default() }
}

/// What a path rests on when it selects nothing that passes the tests: what that part of the document is made of, and of what the rule
/// says it needs only what can matter for the selected elements.
pub(super) fn path_rests_on(file: &RuleFile, path: &Path, wheres: &[(String, Predicate)]) -> Basis {
    let allowed = |field: &str| {
        let tested = wheres.iter().filter(|(name, _)| name == field).filter_map(|(_, it)| values(it));
        path.allowed(field).into_iter().chain(tested).reduce(|left, right| &left & &right)
    };
    let is_its_own = |(field, test): &(String, Predicate)| {
        ["block", "number"].contains(&field.as_str()) && matches!(test, Predicate::SameAs(Operand::Item(of)) if of == "block")
    };
    let reach = if wheres.iter().any(is_its_own) { BlockReach::ItsBlockToo } else { BlockReach::Subject };
    let required = || file.requires.iter().map(|it| it.evidence).filter(|it| !it.is_log());
    match path.root() {
        "ledger" => {
            let kinds: Option<BTreeSet<ItemKind>> =
                allowed("kind").map(|all| all.into_iter().filter_map(|it| serde_json::from_value(it.into()).ok()).collect());
            let named = allowed("field").is_some_and(|it| !it.contains(""));
            let parts = kinds.as_ref().map(|all| all.iter().map(|it| LedgerPart::from_item_kind(*it)).collect::<BTreeSet<LedgerPart>>());
            let Some(parts) = parts.or_else(|| named.then(|| [LedgerPart::Blocks].into())) else {
                let names: BTreeSet<EvidenceName> = required().collect();
                return Basis { names: if names.is_empty() { root_rests_on("ledger") } else { names }, reach, part: BlockPart::Whole };
            };
            let mut names: BTreeSet<EvidenceName> = required()
                .filter(|name| parts.iter().any(|it| it.can_show(*name)))
                .chain(parts.iter().flat_map(|it| it.rests_on()))
                .collect();
            if names.is_empty() {
                names.insert(EvidenceName::Snapshot);
            }
            let is_placed = |it: &ItemKind| it.is_tx_set() && *it != ItemKind::TxExtra;
            let only_lists = kinds.is_some_and(|it| !it.is_empty() && it.iter().all(is_placed));
            Basis { names, reach, part: if only_lists { BlockPart::TransactionList } else { BlockPart::Whole } }
        }
        "blocks" | "traces" => {
            let neighbours = allowed("offset").into_iter().flatten().flat_map(|it| at_offset(&it));
            let names: BTreeSet<EvidenceName> = required().filter(|it| LedgerPart::Blocks.can_show(*it)).chain(neighbours).collect();
            Basis { names: if names.is_empty() { root_rests_on(path.root()) } else { names }, reach, part: BlockPart::Whole }
        }
        root => Basis { names: root_rests_on(root), ..Basis::default() },
    }
}

/// What a part of the ledger is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LedgerPart {
    /// What Echonet says of its own resync.
    Triggers,
    /// How an epoch stopped.
    Stalls,
    /// Blocks of both sides.
    Blocks,
    /// State updates of both sides, beside their blocks.
    State,
}

impl LedgerPart {
    fn from_item_kind(kind: ItemKind) -> Self {
        if kind == ItemKind::Stall {
            Self::Stalls
        } else if kind.is_trigger() {
            Self::Triggers
        } else if kind.is_state() {
            Self::State
        } else {
            Self::Blocks
        }
    }

    /// Evidence that these items cannot be derived without.
    fn rests_on(self) -> Vec<EvidenceName> {
        match self {
            Self::Triggers => Vec::new(),
            Self::Stalls => vec![EvidenceName::LogsEchonet],
            Self::Blocks => vec![EvidenceName::OursBlock, EvidenceName::TheirsBlock],
            Self::State => vec![EvidenceName::OursStateUpdate, EvidenceName::TheirsStateUpdate],
        }
    }

    /// Whether evidence can add to it.
    fn can_show(self, name: EvidenceName) -> bool {
        use EvidenceName as E;
        match name {
            E::Report | E::Snapshot => self == Self::Triggers,
            E::OursStateUpdate | E::TheirsStateUpdate => self == Self::State,
            E::OursBlock | E::TheirsBlock | E::OursPreviousBlock | E::TheirsPreviousBlock | E::OursNextBlock | E::TheirsNextBlock => {
                matches!(self, Self::Blocks | Self::State)
            }
            E::LogsEchonet | E::LogsEchonetDebug | E::LogsSequencer | E::Pods | E::Events | E::Reverts | E::Echonet => false,
        }
    }
}

/// The block at an offset from the subject. Farther ones have no name of their own.
fn at_offset(offset: &str) -> Vec<EvidenceName> {
    match offset {
        "-1" => vec![EvidenceName::OursPreviousBlock, EvidenceName::TheirsPreviousBlock],
        "1" => vec![EvidenceName::OursNextBlock, EvidenceName::TheirsNextBlock],
        _ => vec![EvidenceName::OursBlock, EvidenceName::TheirsBlock],
    }
}

/// The values that a test accepts, as text, if it lists them.
pub(in crate::engine) fn values(test: &Predicate) -> Option<BTreeSet<String>> {
    match test {
        Predicate::OneOf(all) => Some(
            all.iter()
                .map(|it| match it {
                    Scalar::Text(text) => text.clone(),
                    other => other.to_string(),
                })
                .collect(),
        ),
        _ => None,
    }
}

/// What a part of the document is made of; everything, for a part that the table does not name.
pub(in crate::engine) fn root_rests_on(root: &str) -> BTreeSet<EvidenceName> {
    let named = READS.iter().find(|(name, _)| *name == root).map(|(_, names)| *names);
    named.unwrap_or(&EvidenceName::ALL).iter().copied().collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::CaseDocument;

    #[test]
    fn every_part_of_the_case_document_says_what_it_rests_on() {
        let schema = serde_json::to_value(schemars::schema_for!(CaseDocument)).expect("a schema");
        let parts: BTreeSet<&str> = schema["properties"].as_object().expect("an object").keys().map(String::as_str).collect();
        let named: BTreeSet<&str> = READS.iter().map(|(name, _)| *name).collect();
        assert_eq!(named, parts);
        let bare: Vec<&str> = READS.iter().filter(|(_, names)| names.is_empty()).map(|(name, _)| *name).collect();
        assert_eq!(bare, ["coverage"], "only what says itself what is missing may rest on nothing");
    }
}
