//! What follows from what: links ledger items to the items that they are made of.
//!
//! A commitment follows from its leaves, a hash from commitments and header, a child from its parent: by arithmetic. A state entry in a
//! block that ran other transactions may follow from those: by execution, which whysync does not repeat.
//!
//! To call an entry a consequence is to say that nobody need explain it, so the link must be possible by the rules of the protocol: an
//! account's nonce moves only with its own transactions, a class of Cairo 0 appears only by a declaration, the block-hash contract is
//! written by the protocol alone, a fee only moves balances that both sides write. An entry that fails these stays a cause beside the
//! fault that it does not follow from. What passes is still not proved. Which transaction wrote a slot is in no payload, so a second
//! fault that changes a slot of a block which also lacks a transaction cannot be told from the effect of the missing one: it is shown as
//! following from it, and findings say how many entries rest on execution alone.

use std::collections::BTreeMap;

use super::BlockFacts;
use super::header::is_at_least;
use super::ledger::{ItemKind, LedgerItem, Role};
use crate::evidence::block::TransactionType;
use crate::evidence::{Block, Felt};

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
fn execution(items: &[LedgerItem], position: usize, ours: &BTreeMap<u64, &Block>) -> Vec<String> {
    let Some(item) = items.get(position) else { return Vec::new() };
    let header = |it: &LedgerItem, field: &str| it.block == item.block && it.kind == ItemKind::Header && it.field.contains(field);
    let is_version = |it: &LedgerItem| header(it, "starknet_version");
    match item.kind {
        kind if kind.is_state() => {
            let protocol = ours.get(&item.block).copied();
            ids(items, position, |it| may_change(it, item, protocol))
        }
        ItemKind::ActualFee => ids(items, position, |it| header(it, "gas_price") || is_version(it)),
        ItemKind::EventContent => ids(items, position, |it| {
            // The fee is paid by a transfer, and the transfer is an event.
            let own_fee = it.kind == ItemKind::ActualFee && it.block == item.block && it.tx_hash == item.tx_hash;
            own_fee || is_version(it)
        }),
        ItemKind::L1Gas | ItemKind::L1DataGas | ItemKind::RevertReason => ids(items, position, is_version),
        _ => Vec::new(),
    }
}

/// The contract that maps heights to block hashes: the protocol writes it, no transaction can.
const BLOCK_HASH_CONTRACT: u64 = 1;

/// Whether `cause` can have made the state entry `entry` of our block `ours`, by the rules of the protocol.
fn may_change(cause: &LedgerItem, entry: &LedgerItem, ours: Option<&Block>) -> bool {
    if entry.kind == ItemKind::Storage && entry.address == Some(Felt::from(BLOCK_HASH_CONTRACT)) {
        return cause.kind == ItemKind::BlockHash && entry.slot.and_then(Felt::to_u64) == Some(cause.block);
    }
    if !cause.touches(entry.block) {
        return false;
    }
    let is_placed = cause.kind.is_tx_set() && cause.kind != ItemKind::TxOrder;
    let is_status = cause.kind == ItemKind::ExecutionStatus;
    let is_header = |field: &str| cause.kind == ItemKind::Header && cause.field == field;
    let both_wrote = entry.ours.is_some() && entry.theirs.is_some();
    match entry.kind {
        ItemKind::Storage => {
            let reads = cause.kind == ItemKind::TxOrder || cause.kind == ItemKind::ActualFee || is_header("timestamp");
            is_placed || is_status || is_header("starknet_version") || (reads && both_wrote)
        }
        ItemKind::ContractClass => is_placed || is_status || is_header("starknet_version"),
        // Only an account's own transactions count it up, reverted ones too; a message from L1 has no account.
        ItemKind::Nonce => {
            is_placed && cause.tx_type != Some(TransactionType::L1Handler) && cause.sender.is_none_or(|it| Some(it) == entry.address)
        }
        ItemKind::ClassDeclaration => {
            let declares = is_placed && cause.tx_type.is_none_or(|it| it == TransactionType::Declare);
            let migrates = !entry.id.contains("/cairo0/") && ours.is_none_or(|it| is_at_least(it, [0, 14, 1]));
            declares || (migrates && (is_placed || is_status || is_header("starknet_version")))
        }
        _ => false,
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
    fn a_state_entry_follows_only_from_what_the_protocol_lets_change_it() {
        let missing = |sender: u64| LedgerItem {
            sender: Some(Felt::from(sender)),
            tx_type: Some(TransactionType::InvokeFunction),
            ..item(ItemKind::TxMissing, 7, "0xa")
        };
        let state = |kind, address: u64, slot: Option<u64>, what: &str| LedgerItem {
            address: Some(Felt::from(address)),
            slot: slot.map(Felt::from),
            ours: None,
            theirs: Some("0x5".to_owned()),
            ..item(kind, 7, what)
        };
        let fee = || item(ItemKind::ActualFee, 7, "0xa");
        let block_hash = LedgerItem { block: 3, ..item(ItemKind::BlockHash, 3, "block_hash") };
        let storage = state(ItemKind::Storage, 9, Some(4), "0x9/0x4");
        let cases = [
            ("a slot that a missing transaction may have written", missing(9), storage.clone(), Role::Consequence),
            ("the nonce of its sender", missing(9), state(ItemKind::Nonce, 9, None, "0x9"), Role::Consequence),
            ("the nonce of somebody else", missing(8), state(ItemKind::Nonce, 9, None, "0x9"), Role::Cause),
            (
                "a class of Cairo 0 that no invocation declares",
                missing(9),
                state(ItemKind::ClassDeclaration, 9, None, "cairo0/0x9"),
                Role::Cause,
            ),
            ("the block-hash contract", missing(9), state(ItemKind::Storage, 1, Some(3), "0x1/0x3"), Role::Cause),
            ("the hash that it holds", block_hash, state(ItemKind::Storage, 1, Some(3), "0x1/0x3"), Role::Consequence),
            ("a slot that only one side wrote does not follow from a fee", fee(), storage.clone(), Role::Cause),
            ("a balance does", fee(), LedgerItem { ours: Some("0x6".to_owned()), ..storage }, Role::Consequence),
            ("a contract's class does not", fee(), state(ItemKind::ContractClass, 9, None, "0x9"), Role::Cause),
        ];
        for (name, cause, entry, role) in cases {
            let mut items = [cause, entry];
            link(&mut items, &BTreeMap::new());
            assert_eq!(items[1].role, role, "{name}: follows {:?}", items[1].follows);
        }
    }

    #[test]
    fn a_parent_hash_without_our_earlier_block_stays_a_cause() {
        let mut items = vec![item(ItemKind::ParentHash, 8, "parent_block_hash"), item(ItemKind::BlockHash, 7, "block_hash")];
        link(&mut items, &BTreeMap::new());
        assert_eq!(items.first().map(|it| it.role), Some(Role::Cause));
    }
}
