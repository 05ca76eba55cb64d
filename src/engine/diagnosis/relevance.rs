//! Whether a rule that could not be decided matters: only if what it claims could be what is unexplained.
//!
//! A difference that was seen to the leaf stays what it is. A hash of a block that nobody saw can be anything in that block, and a
//! transaction that is missing here may stand in the next block, if that was not seen.

use std::collections::BTreeSet;

use crate::engine::decide::evaluate::Evaluated;
use crate::engine::language::compiled::{ClauseKind, CompiledClause, Rule};
use crate::engine::language::dependency::values;
use crate::engine::language::path::Path;
use crate::engine::language::value::word;
use crate::facts::blocks::is_unseen_inside;
use crate::facts::{Case, EvidenceName, ItemKind, LedgerItem};
use crate::findings::{Explains, Ternary};

/// Whether a rule that is not decided could explain one of these items.
pub(super) fn could_explain(rule: &Rule, evaluated: &Evaluated, case: &Case<'_>, items: &[&LedgerItem]) -> bool {
    if rule.file.explains != Explains::Cause {
        return false;
    }
    let open = || evaluated.elements.iter().filter(|it| it.truth == Ternary::Unknown);
    let of_item = open().filter_map(|it| it.item.as_deref()).any(|id| items.iter().any(|it| it.id == id));
    // A rule without elements, or one that claims more than them, is about whatever its claims select.
    let claims_others = open().next().is_some() && claims_more_than_elements(rule);
    let becomes = |it: &&LedgerItem| possible(it, case).into_iter().any(|kind| kind != it.kind && could_claim(rule, it, kind));
    let unseen_elements = !evaluated.unseen.is_empty() && items.iter().any(becomes);
    of_item || unseen_elements || (claims_others && items.iter().any(|it| could_claim(rule, it, it.kind) || becomes(it)))
}

fn claims_more_than_elements(rule: &Rule) -> bool {
    let element = rule.file.for_each.as_ref().map(|it| &it.value);
    rule.file.claims.items.iter().any(|it| Some(&it.value) != element)
}

/// Whether a rule's claims can select an item once it is of a kind. Its transaction stays what it is.
fn could_claim(rule: &Rule, item: &LedgerItem, kind: ItemKind) -> bool {
    let tx_type = item.tx_type.map(|it| word(&it));
    let known: Vec<(&str, &str)> = std::iter::once(("kind", kind.name())).chain(tx_type.as_deref().map(|it| ("tx_type", it))).collect();
    let selects = |path: &Path| {
        // A clause may narrow what the name selects.
        let narrows = |clause: &CompiledClause| match &clause.kind {
            ClauseKind::Each { over, wheres, .. } if over.text() == path.text() => wheres.iter().any(|(field, test)| {
                let value = known.iter().find(|(name, _)| name == field).map(|(_, it)| *it);
                value.zip(values(test)).is_some_and(|(value, all)| !all.contains(value))
            }),
            _ => false,
        };
        path.may_select(&known) && !rule.clauses().iter().any(narrows)
    };
    let claimed = match rule.file.claims.items.as_slice() {
        [] => rule.file.for_each.iter().collect::<Vec<_>>(),
        claimed => claimed.iter().collect(),
    };
    // What a name without a path selects cannot be told.
    claimed.into_iter().any(|it| rule.lets().get(&it.value).is_none_or(selects))
}

/// What an item may turn out to be when more is seen, besides what it is.
fn possible(item: &LedgerItem, case: &Case<'_>) -> BTreeSet<ItemKind> {
    use ItemKind as K;
    let placed = [K::TxMissing, K::TxExtra, K::TxEarly, K::TxLate, K::TxOrder];
    let events = [K::EventContent, K::EventOrder];
    let receipts = [K::ExecutionStatus, K::RevertReason, K::ActualFee, K::L1Gas, K::L1DataGas, K::MessageContent, K::MessageOrder];
    let state = [K::Storage, K::Nonce, K::ContractClass, K::ClassDeclaration];
    let mut kinds = BTreeSet::new();
    let unseen = is_unseen_inside(item, &case.document.blocks);
    match (item.kind, item.field.as_str()) {
        (K::HashMismatch | K::BlockHash | K::ParentHash, _) if unseen => {
            kinds.extend(placed.into_iter().chain(events).chain(receipts).chain(state));
            kinds.extend([K::TxChanged, K::Header, K::ParentHash, K::Commitment, K::Count, K::BlockHash]);
        }
        (K::Commitment | K::Count, "transaction_commitment" | "transaction_count") if unseen => {
            kinds.extend(placed);
            kinds.insert(K::TxChanged);
        }
        (K::Commitment | K::Count, "event_commitment" | "event_count") if unseen => {
            kinds.extend(placed.into_iter().chain(events));
            kinds.insert(K::ExecutionStatus);
        }
        (K::Commitment, "receipt_commitment") if unseen => kinds.extend(placed.into_iter().chain(receipts)),
        (K::Commitment | K::Count, "state_diff_commitment" | "state_diff_length") if unseen => {
            kinds.extend(state);
            // Without the blocks, what ran differently may be behind it.
            let blocks_seen = case.document.blocks.iter().any(|it| it.number == item.block && it.ours.is_some() && it.theirs.is_some());
            if !blocks_seen {
                kinds.extend(placed);
                kinds.insert(K::ExecutionStatus);
            }
        }
        (K::UnseenHeader, _) => kinds.extend([K::Header, K::Count, K::BlockHash]),
        (K::StillPending, _) => kinds.extend([K::TxMissing, K::TxLate, K::GatewayError]),
        (K::EchonetOnlyRevert, _) => kinds.extend([K::ExecutionStatus, K::RevertReason]),
        (K::MainnetOnlyRevert, _) => kinds.extend([K::ExecutionStatus, K::TxMissing]),
        (K::UnknownTrigger, _) => kinds.extend([K::HashMismatch, K::StillPending, K::GatewayError, K::EchonetOnlyRevert]),
        (K::TxMissing, _) if is_unseen(case, EvidenceName::OursNextBlock) => kinds.extend([K::TxLate]),
        (K::TxExtra, _) if is_unseen(case, EvidenceName::TheirsNextBlock) => kinds.extend([K::TxEarly]),
        (K::TxExtra, _) if is_unseen(case, EvidenceName::TheirsPreviousBlock) => kinds.extend([K::TxLate]),
        _ => {}
    }
    kinds
}

fn is_unseen(case: &Case<'_>, name: EvidenceName) -> bool {
    case.document.coverage.iter().any(|it| it.evidence == name && it.gap.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Catalog;
    use crate::engine::language::catalog::builtin;
    use crate::evidence::block::TransactionType;
    use crate::facts::ledger::Role;

    #[test]
    fn a_rule_about_messages_from_l1_never_makes_a_transaction_of_an_account_doubtful_nor_the_other_way_round() {
        let catalog = Catalog::new(&[builtin()]).expect("the rules of the build");
        let kinds = [ItemKind::TxMissing, ItemKind::TxExtra, ItemKind::TxEarly, ItemKind::TxLate, ItemKind::TxOrder];
        let (mut of_l1, mut of_accounts) = (BTreeSet::new(), BTreeSet::new());
        for rule in catalog.rules.values().filter(|it| it.file.explains == Explains::Cause) {
            let of_type = |tx_type| {
                let item = |kind| LedgerItem { tx_type: Some(tx_type), ..LedgerItem::new(kind, Role::Cause, 7, "0x1") };
                kinds.into_iter().any(|kind| could_claim(rule, &item(kind), kind))
            };
            let unknown = kinds.into_iter().any(|kind| could_claim(rule, &LedgerItem::new(kind, Role::Cause, 7, "0x1"), kind));
            match (of_type(TransactionType::L1Handler), of_type(TransactionType::InvokeFunction)) {
                (true, false) => of_l1.insert(rule.file.slug.value.clone()),
                (false, true) => of_accounts.insert(rule.file.slug.value.clone()),
                (both, _) => {
                    assert_eq!(both, unknown, "{}: the kind of a transaction decides nothing here", rule.file.slug.value);
                    continue;
                }
            };
            assert!(unknown, "{}: a transaction of an unknown kind can be of any", rule.file.slug.value);
        }
        for (slug, all) in
            [("l1-handler-wrong-block", &of_l1), ("l1-search-window-miss", &of_l1), ("fifo-partial-block-race", &of_accounts)]
        {
            assert!(all.contains(slug), "{slug}: {of_l1:?} {of_accounts:?}");
        }
    }
}
