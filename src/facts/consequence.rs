//! What follows from what: links ledger items to the items that they are made of.
//!
//! A commitment follows from its leaves, a hash from commitments and header, a child from its parent: by arithmetic. A state entry in a
//! block that ran other transactions follows from those: by execution, which whysync does not repeat.

use std::collections::BTreeMap;

use super::BlockFacts;
use super::ledger::{ItemKind, LedgerItem, Role};
use crate::evidence::Block;

/// Turns every item that follows from others into a consequence and names what it follows from.
///
/// `ours` are our blocks by height: a parent hash follows from the block before only if our chain really leads there.
pub fn link(items: &mut [LedgerItem], ours: &BTreeMap<u64, &Block>) {
    // Leaves first: what a later pass links to must have its final role.
    for pass in [triggers, execution, arithmetic] {
        let links: Vec<Vec<String>> = (0..items.len()).map(|position| pass(items, position, ours)).collect();
        for (item, follows) in items.iter_mut().zip(links) {
            if !follows.is_empty() && item.role != Role::Informational {
                item.role = Role::Consequence;
                item.follows.extend(follows);
                item.follows.sort();
                item.follows.dedup();
            }
        }
    }
}

/// Ids of the items that `matches` accepts, the item itself left out.
fn ids(items: &[LedgerItem], position: usize, matches: impl Fn(&LedgerItem) -> bool) -> Vec<String> {
    items.iter().enumerate().filter(|(at, it)| *at != position && matches(it)).map(|(_, it)| it.id.clone()).collect()
}

/// A trigger that names a block or a transaction follows from what was seen there; a transaction that the gateway refused is missing
/// because of that.
fn triggers(items: &[LedgerItem], position: usize, _: &BTreeMap<u64, &Block>) -> Vec<String> {
    let Some(item) = items.get(position) else { return Vec::new() };
    match item.kind {
        ItemKind::HashMismatch => ids(items, position, |it| it.kind == ItemKind::BlockHash && it.block == item.block),
        ItemKind::EchonetOnlyRevert => {
            ids(items, position, |it| matches!(it.kind, ItemKind::ExecutionStatus | ItemKind::RevertReason) && it.tx_hash == item.tx_hash)
        }
        ItemKind::StillPending => {
            let stuck = ids(items, position, |it| {
                matches!(it.kind, ItemKind::TxMissing | ItemKind::TxLate | ItemKind::GatewayError) && it.tx_hash == item.tx_hash
            });
            if item.tx_hash.is_some() { stuck } else { Vec::new() }
        }
        ItemKind::TxMissing | ItemKind::TxLate => {
            ids(items, position, |it| it.kind == ItemKind::GatewayError && it.tx_hash == item.tx_hash)
        }
        _ => Vec::new(),
    }
}

/// What execution makes of other transactions, another outcome, other prices or another version.
fn execution(items: &[LedgerItem], position: usize, _: &BTreeMap<u64, &Block>) -> Vec<String> {
    let Some(item) = items.get(position) else { return Vec::new() };
    let here = |it: &LedgerItem| it.touches(item.block);
    let is_price = |it: &LedgerItem| it.kind == ItemKind::Header && it.field.contains("gas_price");
    let is_version = |it: &LedgerItem| it.kind == ItemKind::Header && it.field == "starknet_version";
    match item.kind {
        kind if kind.is_state() => ids(items, position, |it| {
            here(it)
                && (it.kind.is_tx_set()
                    || matches!(it.kind, ItemKind::ExecutionStatus | ItemKind::ActualFee)
                    || is_version(it)
                    || (it.kind == ItemKind::Header && it.field == "timestamp"))
        }),
        ItemKind::ActualFee | ItemKind::EventContent => ids(items, position, |it| {
            let own_fee = item.kind == ItemKind::EventContent && it.kind == ItemKind::ActualFee && it.tx_hash == item.tx_hash;
            it.block == item.block && (is_price(it) || is_version(it) || own_fee)
        }),
        ItemKind::L1Gas | ItemKind::L1DataGas | ItemKind::RevertReason => {
            ids(items, position, |it| it.block == item.block && is_version(it))
        }
        _ => Vec::new(),
    }
}

/// What is hashed from other items.
fn arithmetic(items: &[LedgerItem], position: usize, ours: &BTreeMap<u64, &Block>) -> Vec<String> {
    let Some(item) = items.get(position) else { return Vec::new() };
    let here = |it: &LedgerItem| it.touches(item.block);
    let tx_set = |it: &LedgerItem| here(it) && it.kind.is_tx_set();
    match (item.kind, item.field.as_str()) {
        (ItemKind::Commitment, "transaction_commitment") => {
            ids(items, position, |it| tx_set(it) || (here(it) && it.kind == ItemKind::TxChanged))
        }
        (ItemKind::Count, "transaction_count") => ids(items, position, tx_set),
        (ItemKind::Commitment | ItemKind::Count, "event_commitment" | "event_count") => {
            let events = [ItemKind::EventContent, ItemKind::EventOrder, ItemKind::ExecutionStatus];
            ids(items, position, |it| tx_set(it) || (here(it) && events.contains(&it.kind)))
        }
        (ItemKind::Commitment, "receipt_commitment") => ids(items, position, |it| {
            let events = matches!(it.kind, ItemKind::EventContent | ItemKind::EventOrder);
            tx_set(it) || (here(it) && it.kind.is_receipt() && !events)
        }),
        (ItemKind::Commitment | ItemKind::Count, "state_diff_commitment" | "state_diff_length") => {
            let state = ids(items, position, |it| here(it) && it.kind.is_state());
            // Without both state updates the entries are unseen; what ran differently still decides the commitment.
            if state.is_empty() {
                ids(items, position, |it| tx_set(it) || (here(it) && it.kind == ItemKind::ExecutionStatus))
            } else {
                state
            }
        }
        (ItemKind::ParentHash, _) => {
            let leads_there = || -> Option<bool> {
                let parent: &Block = ours.get(&item.block.checked_sub(1)?)?;
                let child: &Block = ours.get(&item.block)?;
                Some(parent.block_hash == child.parent_block_hash)
            };
            if leads_there() == Some(true) {
                ids(items, position, |it| it.kind == ItemKind::BlockHash && it.block + 1 == item.block)
            } else {
                // Without our earlier block, Echonet's own row for it can still name the hash that the child builds on.
                ids(items, position, |it| it.kind == ItemKind::HashMismatch && it.block + 1 == item.block && it.ours == item.ours)
            }
        }
        (ItemKind::BlockHash, _) => ids(items, position, |it| {
            it.block == item.block && matches!(it.kind, ItemKind::Header | ItemKind::Commitment | ItemKind::Count | ItemKind::ParentHash)
        }),
        _ => Vec::new(),
    }
}

/// Causes that an item rests on, itself included if it is one: the ends of its chain of consequences.
#[must_use]
pub fn roots<'l>(items: &'l [LedgerItem], id: &str) -> Vec<&'l LedgerItem> {
    let by_id: BTreeMap<&str, &LedgerItem> = items.iter().map(|it| (it.id.as_str(), it)).collect();
    let mut found: BTreeMap<&str, &LedgerItem> = BTreeMap::new();
    let mut seen: std::collections::BTreeSet<&str> = std::collections::BTreeSet::new();
    let mut open: Vec<&LedgerItem> = by_id.get(id).copied().into_iter().collect();
    while let Some(item) = open.pop() {
        if !seen.insert(&item.id) {
            continue;
        }
        if item.role == Role::Cause {
            found.insert(&item.id, item);
        }
        open.extend(item.follows.iter().filter_map(|it| by_id.get(it.as_str())).copied());
    }
    found.into_values().collect()
}

/// Whether an item is only known by its digest: Echonet says that a hash differs and the block was not seen, or the state differs and the
/// state updates were not seen. Such an item stays a cause, and no rule could have seen what is inside.
#[must_use]
pub fn is_unseen_inside(item: &LedgerItem, blocks: &[BlockFacts]) -> bool {
    let state_seen = || blocks.iter().any(|it| it.number == item.block && it.state_updates_seen);
    item.role == Role::Cause
        && match item.kind {
            ItemKind::HashMismatch => true,
            ItemKind::Commitment | ItemKind::Count => item.field.starts_with("state_diff_") && !state_seen(),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(kind: ItemKind, block: u64, what: &str) -> LedgerItem {
        LedgerItem::new(kind, Role::Cause, block, what).field(what)
    }

    #[test]
    fn a_chain_of_consequences_ends_at_the_leaf() {
        let mut items = vec![
            item(ItemKind::HashMismatch, 7, ""),
            item(ItemKind::Storage, 7, "0x1/0x2"),
            item(ItemKind::Commitment, 7, "state_diff_commitment"),
            item(ItemKind::BlockHash, 7, "block_hash"),
        ];
        link(&mut items, &BTreeMap::new());
        let roles: Vec<_> = items.iter().map(|it| it.role).collect();
        assert_eq!(roles, [Role::Consequence, Role::Cause, Role::Consequence, Role::Consequence]);
        let ends: Vec<_> = roots(&items, "7/hash_mismatch").iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ends, ["7/storage/0x1/0x2"]);
    }

    #[test]
    fn a_commitment_without_differing_leaves_stays_a_cause() {
        let mut items = vec![item(ItemKind::Commitment, 7, "receipt_commitment"), item(ItemKind::BlockHash, 7, "block_hash")];
        link(&mut items, &BTreeMap::new());
        let receipts = items.first().expect("the commitment");
        assert_eq!(receipts.role, Role::Cause);
        assert!(!is_unseen_inside(receipts, &[]), "both blocks were seen: the leaves agree and the digest differs");
        let state = item(ItemKind::Commitment, 7, "state_diff_commitment");
        assert!(is_unseen_inside(&state, &[]), "without the state updates its leaves were not seen");
    }

    #[test]
    fn a_parent_hash_without_our_earlier_block_stays_a_cause() {
        let mut items = vec![item(ItemKind::ParentHash, 8, "parent_block_hash"), item(ItemKind::BlockHash, 7, "block_hash")];
        link(&mut items, &BTreeMap::new());
        assert_eq!(items.first().map(|it| it.role), Some(Role::Cause));
    }
}
