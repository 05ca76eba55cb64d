//! Whether a rule that could not be decided matters: only if what it claims could be what is unexplained.
//!
//! A difference that was seen to the leaf stays what it is. A hash of a block that nobody saw can be anything in that block, and a
//! transaction that is missing here may stand in the next block, if that was not seen.

use std::collections::BTreeSet;

use super::compiled::{ClauseKind, Rule};
use super::evaluate::Evaluated;
use super::path::Path;
use crate::facts::consequence::is_unseen_inside;
use crate::facts::{Case, EvidenceName, ItemKind, LedgerItem};
use crate::findings::{Explains, Truth};

/// Whether a rule that is not decided could explain one of these items.
pub(super) fn could_explain(rule: &Rule, evaluated: &Evaluated, case: &Case<'_>, items: &[&LedgerItem]) -> bool {
    if rule.file.explains != Explains::Cause {
        return false;
    }
    let open = || evaluated.elements.iter().filter(|it| it.truth == Truth::Unknown);
    let of_item = open().filter_map(|it| it.item.as_deref()).any(|id| items.iter().any(|it| it.id == id));
    // A rule without elements, or one that claims more than them, is about whatever its claims select.
    let claims_others = open().next().is_some() && claims_more_than_elements(rule);
    let may_select = |it: &LedgerItem, kind: ItemKind| selectable(rule).is_none_or(|all| all.contains(&kind)) && it.kind != kind;
    let becomes = |it: &&LedgerItem| possible(it, case).into_iter().any(|kind| may_select(it, kind));
    let unseen_elements = !evaluated.unseen.is_empty() && items.iter().any(becomes);
    let selects = |it: &&&LedgerItem| selectable(rule).is_none_or(|all| all.contains(&it.kind));
    of_item || unseen_elements || (claims_others && items.iter().any(|it| selects(&it) || becomes(it)))
}

fn claims_more_than_elements(rule: &Rule) -> bool {
    let element = rule.file.for_each.as_ref().map(|it| &it.value);
    rule.file.claims.items.iter().any(|it| Some(&it.value) != element)
}

/// The kinds of items that a rule's claims can select; none if that cannot be told from its paths.
fn selectable(rule: &Rule) -> Option<BTreeSet<ItemKind>> {
    let element = rule.file.for_each.iter();
    let names: BTreeSet<&String> = match rule.file.claims.items.as_slice() {
        [] => element.map(|it| &it.value).collect(),
        claimed => claimed.iter().map(|it| &it.value).collect(),
    };
    let narrowed = |path: &Path| {
        // A clause may narrow what the name selects.
        let tested = rule.clauses.iter().filter_map(|clause| match &clause.kind {
            ClauseKind::Each { over, wheres, .. } if over.text() == path.text() => {
                wheres.iter().find(|(field, _)| field == "kind").and_then(|(_, test)| super::dependency::values(test))
            }
            _ => None,
        });
        path.allowed("kind").into_iter().chain(tested).reduce(|left, right| &left & &right)
    };
    let kinds: Option<Vec<BTreeSet<String>>> = names.into_iter().map(|name| narrowed(rule.lets.get(name)?)).collect();
    let kinds = kinds?.into_iter().flatten();
    Some(kinds.filter_map(|it| serde_json::from_value(it.into()).ok()).collect())
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
