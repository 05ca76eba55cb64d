//! Which transactions each side has in which block: missing, extra, early, late, in another order, or with another content.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ledger::{ItemKind, LedgerItem, Role};
use crate::evidence::Felt;
use crate::evidence::block::{Transaction, TransactionType};

/// What one side has of one block.
#[derive(Debug, Clone, Default)]
pub(crate) struct SideBlock<'b> {
    /// Hashes in the order of execution.
    pub order: Vec<Felt>,
    /// Payloads, where the evidence holds them.
    pub payloads: BTreeMap<Felt, &'b Transaction>,
    /// Place in the bundle where the order was seen.
    pub seen_in: String,
}

/// The transactions of both sides by height, as far as they were observed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Placement<'b> {
    /// Our side.
    pub ours: BTreeMap<u64, SideBlock<'b>>,
    /// Mainnet's side.
    pub theirs: BTreeMap<u64, SideBlock<'b>>,
}

/// How our list of a block's transactions stands to mainnet's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListRelation {
    /// The same transactions in the same order.
    Same,
    /// We have none of mainnet's, and none at all.
    Empty,
    /// We have the beginning of mainnet's list, and nothing else. Messages from L1 that none of our blocks has are left out of the list: they
    /// are lost for a reason of their own.
    Beginning,
    /// We have mainnet's whole list, and more behind it.
    Extended,
    /// We have the list of mainnet's block before.
    OfPrevious,
    /// We have the list of mainnet's block after.
    OfNext,
    /// Both lists hold the same transactions in different orders.
    Reordered,
    /// Any other relation.
    Other,
}

/// How the two lists stand to each other, for each height that both sides were seen at.
#[must_use]
pub(crate) fn relations(placement: &Placement<'_>) -> BTreeMap<u64, ListRelation> {
    let order = |height: Option<u64>| placement.theirs.get(&height?).map(|it| it.order.as_slice());
    let our_home = homes(&placement.ours);
    let without_lost = |height: u64, theirs: &[Felt]| -> Vec<Felt> {
        let kind = |tx: &Felt| placement.theirs.get(&height)?.payloads.get(tx).map(|it| it.kind);
        let is_lost = |tx: &&Felt| kind(tx) == Some(TransactionType::L1Handler) && !our_home.contains_key(*tx);
        theirs.iter().filter(|it| !is_lost(it)).copied().collect()
    };
    let is_beginning = |ours: &[Felt], theirs: &[Felt]| ours.len() < theirs.len() && theirs.starts_with(ours);
    let relation = |height: u64, ours: &[Felt], theirs: &[Felt]| {
        let set = |order: &[Felt]| order.iter().copied().collect::<BTreeSet<_>>();
        if ours == theirs {
            ListRelation::Same
        } else if ours.is_empty() {
            ListRelation::Empty
        } else if is_beginning(ours, theirs) || is_beginning(ours, &without_lost(height, theirs)) {
            ListRelation::Beginning
        } else if !theirs.is_empty() && ours.starts_with(theirs) {
            ListRelation::Extended
        } else if order(height.checked_sub(1)) == Some(ours) {
            ListRelation::OfPrevious
        } else if order(height.checked_add(1)) == Some(ours) {
            ListRelation::OfNext
        } else if set(ours) == set(theirs) {
            ListRelation::Reordered
        } else {
            ListRelation::Other
        }
    };
    let both = placement.ours.iter().filter_map(|(height, ours)| Some((*height, ours, placement.theirs.get(height)?)));
    both.map(|(height, ours, theirs)| (height, relation(height, &ours.order, &theirs.order))).collect()
}

/// Every difference in the placement of transactions, in the order of height.
///
/// Only heights that both sides were observed at are compared; a transaction that the other side has at another observed height is early
/// or late, one item for both heights.
#[must_use]
pub(crate) fn compare(placement: &Placement<'_>) -> Vec<LedgerItem> {
    let our_home = homes(&placement.ours);
    let their_home = homes(&placement.theirs);
    let mut items: BTreeMap<(u64, u8, Felt), LedgerItem> = BTreeMap::new();
    let mut altered: BTreeMap<(u64, Felt, String), LedgerItem> = BTreeMap::new();
    for (height, ours) in &placement.ours {
        let Some(theirs) = placement.theirs.get(height) else { continue };
        let our_set: BTreeSet<Felt> = ours.order.iter().copied().collect();
        let their_set: BTreeSet<Felt> = theirs.order.iter().copied().collect();
        for tx in their_set.difference(&our_set).copied() {
            let (kind, first, other) = match our_home.get(&tx) {
                None => (ItemKind::TxMissing, *height, None),
                Some(home) if home < height => (ItemKind::TxEarly, *home, Some(*height)),
                Some(home) => (ItemKind::TxLate, *height, Some(*home)),
            };
            items.entry((first, 0, tx)).or_insert_with(|| placed(placement, kind, first, other, tx));
        }
        for tx in our_set.difference(&their_set).copied() {
            let (kind, first, other) = match their_home.get(&tx) {
                None => (ItemKind::TxExtra, *height, None),
                Some(home) if home > height => (ItemKind::TxEarly, *height, Some(*home)),
                Some(home) => (ItemKind::TxLate, *home, Some(*height)),
            };
            items.entry((first, 0, tx)).or_insert_with(|| placed(placement, kind, first, other, tx));
        }
        let shared = |order: &[Felt]| order.iter().filter(|tx| our_set.contains(tx) && their_set.contains(tx)).copied().collect::<Vec<_>>();
        let (our_order, their_order) = (shared(&ours.order), shared(&theirs.order));
        if let Some((position, (our, their))) = our_order.iter().zip(&their_order).enumerate().find(|(_, (our, their))| our != their) {
            let mut item = LedgerItem::new(ItemKind::TxOrder, Role::Cause, *height, "")
                .values(Some(format!("position {position}: {our}")), Some(format!("position {position}: {their}")));
            item.evidence = vec![ours.seen_in.clone(), theirs.seen_in.clone()];
            items.insert((*height, 1, *our), item);
        }
        for tx in our_order {
            let (Some(our), Some(their)) = (ours.payloads.get(&tx), theirs.payloads.get(&tx)) else { continue };
            altered.extend(changed(*height, our, their).into_iter().map(|item| ((*height, tx, item.field.clone()), item)));
        }
    }
    items.into_values().chain(altered.into_values()).collect()
}

/// The height at which each transaction stands.
fn homes(side: &BTreeMap<u64, SideBlock<'_>>) -> BTreeMap<Felt, u64> {
    side.iter().flat_map(|(height, block)| block.order.iter().map(|tx| (*tx, *height))).collect()
}

fn placed(placement: &Placement<'_>, kind: ItemKind, block: u64, elsewhere: Option<u64>, tx: Felt) -> LedgerItem {
    let mut item = LedgerItem::new(kind, Role::Cause, block, &tx.to_string());
    let at = |side: &BTreeMap<u64, SideBlock<'_>>| {
        side.iter().find_map(|(height, block)| {
            let position = block.order.iter().position(|it| *it == tx)?;
            Some(format!("block {height}, position {position}"))
        })
    };
    item = item.values(at(&placement.ours), at(&placement.theirs));
    let payload = placement.theirs.values().chain(placement.ours.values()).find_map(|it| it.payloads.get(&tx));
    item.tx_hash = Some(tx);
    item.tx_type = payload.map(|it| it.kind);
    item.sender = payload.and_then(|it| it.sender_address);
    item.elsewhere = elsewhere;
    item.evidence = [placement.ours.get(&block), placement.theirs.get(&block)].into_iter().flatten().map(|it| it.seen_in.clone()).collect();
    item
}

/// Every field of a transaction that both sides state and that differs, one item each.
///
/// Only the signature is in a commitment beside the transaction's hash, so only that can be a cause. The hash covers the other fields:
/// where they differ under one hash, a payload was altered on its way, and that is shown. A field that one side lacks is left out, because
/// Echonet keeps fewer fields than mainnet's feeder gives.
fn changed(height: u64, ours: &Transaction, theirs: &Transaction) -> Vec<LedgerItem> {
    let item = |field: &str, role: Role, our: String, their: String| {
        let mut item = LedgerItem::new(ItemKind::TxChanged, role, height, &format!("{}/{field}", ours.transaction_hash))
            .field(field)
            .values(Some(our), Some(their));
        item.tx_hash = Some(ours.transaction_hash);
        item.tx_type = Some(theirs.kind);
        item.sender = theirs.sender_address;
        item
    };
    let mut items = Vec::new();
    if ours.signature != theirs.signature {
        items.push(item("signature", Role::Cause, format!("{:?}", ours.signature), format!("{:?}", theirs.signature)));
    }
    if ours.kind != theirs.kind {
        items.push(item("type", Role::Informational, format!("{:?}", ours.kind), format!("{:?}", theirs.kind)));
    }
    for (field, our, their) in [("sender_address", ours.sender_address, theirs.sender_address), ("nonce", ours.nonce, theirs.nonce)] {
        if let (Some(our), Some(their)) = (our, their)
            && our != their
        {
            items.push(item(field, Role::Informational, our.to_string(), their.to_string()));
        }
    }
    for (field, our) in &ours.other {
        if let Some(their) = theirs.other.get(field).filter(|their| !is_same(our, their)) {
            items.push(item(field, Role::Informational, our.to_string(), their.to_string()));
        }
    }
    items
}

/// Whether two payload values mean the same: field elements are numbers, however they are written.
fn is_same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::String(our), Value::String(their)) => {
            our == their || matches!((our.parse::<Felt>(), their.parse::<Felt>()), (Ok(our), Ok(their)) if our == their)
        }
        (Value::Array(our), Value::Array(their)) => {
            our.len() == their.len() && our.iter().zip(their).all(|(our, their)| is_same(our, their))
        }
        (Value::Object(our), Value::Object(their)) => {
            our.len() == their.len() && our.iter().all(|(key, our)| their.get(key).is_some_and(|their| is_same(our, their)))
        }
        _ => ours == theirs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One side, written as heights with transaction numbers.
    fn side(blocks: &[(u64, &[u64])]) -> BTreeMap<u64, SideBlock<'static>> {
        let block = |txs: &[u64]| SideBlock { order: txs.iter().map(|it| Felt::from(*it)).collect(), ..SideBlock::default() };
        blocks.iter().map(|(height, txs)| (*height, block(txs))).collect()
    }

    #[test]
    fn how_two_lists_stand_to_each_other() {
        use ListRelation as R;
        let theirs: Blocks<'_> = &[(6, &[1, 2]), (7, &[3, 4]), (8, &[5, 6])];
        let cases: [(&[u64], R); 8] = [
            (&[3, 4], R::Same),
            (&[], R::Empty),
            (&[3], R::Beginning),
            (&[3, 4, 5], R::Extended),
            (&[1, 2], R::OfPrevious),
            (&[5, 6], R::OfNext),
            (&[4, 3], R::Reordered),
            (&[4, 5], R::Other),
        ];
        for (ours, expected) in cases {
            let found = relations(&Placement { ours: side(&[(7, ours)]), theirs: side(theirs) });
            assert_eq!(found.get(&7), Some(&expected), "{ours:?}");
        }
    }

    #[test]
    fn a_message_from_l1_that_is_lost_is_no_reason_why_the_rest_is_not_the_beginning() {
        let message: Transaction = serde_json::from_str(r#"{"transaction_hash": "0x3", "type": "L1_HANDLER"}"#).expect("a transaction");
        let cases: [(Blocks<'_>, ListRelation); 4] = [
            (&[(7, &[4])], ListRelation::Beginning),
            (&[(7, &[4, 5])], ListRelation::Other),
            (&[(7, &[5])], ListRelation::Other),
            (&[(7, &[4]), (8, &[3, 5])], ListRelation::Other),
        ];
        for (ours, expected) in cases {
            let mut theirs = side(&[(7, &[3, 4, 5]), (8, &[])]);
            theirs.entry(7).and_modify(|it| it.payloads.extend([(Felt::from(3_u64), &message)]));
            let found = relations(&Placement { ours: side(ours), theirs });
            assert_eq!(found.get(&7), Some(&expected), "{ours:?}");
        }
    }

    type Blocks<'a> = &'a [(u64, &'a [u64])];

    #[test]
    fn each_moved_transaction_is_one_item_that_knows_both_heights() {
        let cases: [(&str, Blocks<'_>, Blocks<'_>, &[&str]); 7] = [
            ("same", &[(7, &[1, 2])], &[(7, &[1, 2])], &[]),
            ("missing", &[(7, &[1])], &[(7, &[1, 2])], &["7/tx_missing/0x2 None"]),
            ("extra", &[(7, &[1, 2])], &[(7, &[1])], &["7/tx_extra/0x2 None"]),
            ("early", &[(7, &[1, 3]), (8, &[])], &[(7, &[1]), (8, &[3])], &["7/tx_early/0x3 Some(8)"]),
            ("late", &[(7, &[1]), (8, &[2, 3])], &[(7, &[1, 2]), (8, &[3])], &["7/tx_late/0x2 Some(8)"]),
            ("early, our next block unseen", &[(7, &[1, 3])], &[(7, &[1]), (8, &[3])], &["7/tx_early/0x3 Some(8)"]),
            ("order", &[(7, &[2, 1, 3])], &[(7, &[1, 2])], &["7/tx_extra/0x3 None", "7/tx_order None"]),
        ];
        for (name, ours, theirs, expected) in cases {
            let items = compare(&Placement { ours: side(ours), theirs: side(theirs) });
            let seen: Vec<_> = items.iter().map(|it| format!("{} {:?}", it.id, it.elsewhere)).collect();
            assert_eq!(seen, expected, "{name}");
        }
    }

    #[test]
    fn a_field_that_differs_under_one_hash_is_shown_and_only_the_signature_can_be_a_cause() {
        let parse = |text: &str| serde_json::from_str::<Transaction>(text).expect("a transaction");
        let ours = parse(
            r#"{"transaction_hash": "0x7", "type": "INVOKE_FUNCTION", "sender_address": "0x1", "signature": ["0x1"], "tip": "0x0a",
                "calldata": ["0x1", "0x2"], "only_here": 1}"#,
        );
        let theirs = parse(
            r#"{"transaction_hash": "0x7", "type": "INVOKE_FUNCTION", "sender_address": "0x2", "signature": ["0x2"], "tip": "0xA",
                "calldata": ["0x1", "0x3"], "proof_facts": []}"#,
        );
        let found: Vec<_> = changed(5, &ours, &theirs).into_iter().map(|it| (it.id, it.role)).collect();
        let expected = [
            ("5/tx_changed/0x7/signature", Role::Cause),
            ("5/tx_changed/0x7/sender_address", Role::Informational),
            ("5/tx_changed/0x7/calldata", Role::Informational),
        ];
        assert_eq!(
            found,
            expected.map(|(id, role)| (id.to_owned(), role)),
            "a number written otherwise and a field that one side lacks are no change"
        );
    }
}
