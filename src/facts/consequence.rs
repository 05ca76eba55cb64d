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

use super::header::is_at_least;
use super::ledger::{ItemKind, LedgerItem, Role};
use crate::evidence::block::TransactionType;
use crate::evidence::{Block, Felt};

/// So many links of an item are kept where execution makes them: a slot may follow from every transaction of its block.
const LINKS_BY_EXECUTION: usize = 16;

/// Turns every item that follows from others into a consequence and names what it follows from.
///
/// `ours` and `theirs` are the blocks by height: a parent hash follows from the block before only if our chain really leads there, and a hash
/// follows from what it covers also where a side states no commitment in between.
pub(crate) fn link(items: &mut [LedgerItem], ours: &BTreeMap<u64, &Block>, theirs: &BTreeMap<u64, &Block>) {
    let blocks = Blocks { ours, theirs };
    // Leaves first: what a later pass links to must have its final role.
    for pass in [triggers, execution, arithmetic] {
        let ledger = Ledger::new(items);
        let links: Vec<Vec<String>> = (0..items.len()).map(|position| pass(&ledger, position, &blocks)).collect();
        for (item, follows) in items.iter_mut().zip(links) {
            if !follows.is_empty() && item.role.is_difference() {
                item.role = Role::Consequence;
                item.follows.extend(follows);
                item.follows.sort();
                item.follows.dedup();
            }
        }
    }
}

/// The blocks of both sides that were seen, by height.
struct Blocks<'b> {
    ours: &'b BTreeMap<u64, &'b Block>,
    theirs: &'b BTreeMap<u64, &'b Block>,
}

impl Blocks<'_> {
    /// Whether a side of a block that was seen states no such commitment.
    fn leaves_unstated(&self, height: u64, commitment: impl Fn(&Block) -> Option<Felt>) -> bool {
        [self.ours, self.theirs].iter().any(|side| side.get(&height).is_some_and(|it| commitment(it).is_none()))
    }
}

/// The items, and where to look for those that an item can follow from: a ledger may hold ten thousand.
struct Ledger<'i> {
    items: &'i [LedgerItem],
    /// Positions of what touches a height, without state entries: those are many, and only a commitment follows from them.
    by_block: BTreeMap<u64, Vec<usize>>,
    /// Positions of state entries, by height.
    state: BTreeMap<u64, Vec<usize>>,
    by_tx: BTreeMap<Felt, Vec<usize>>,
}

impl<'i> Ledger<'i> {
    fn new(items: &'i [LedgerItem]) -> Self {
        let mut ledger = Self { items, by_block: BTreeMap::new(), state: BTreeMap::new(), by_tx: BTreeMap::new() };
        for (position, item) in items.iter().enumerate() {
            let of_kind = if item.kind.is_state() { &mut ledger.state } else { &mut ledger.by_block };
            for height in [Some(item.block), item.elsewhere.filter(|it| *it != item.block)].into_iter().flatten() {
                of_kind.entry(height).or_default().push(position);
            }
            if let Some(tx) = item.tx_hash {
                ledger.by_tx.entry(tx).or_default().push(position);
            }
        }
        ledger
    }

    /// Items that touch a height, without state entries.
    fn at(&self, height: u64) -> impl Iterator<Item = &'i LedgerItem> {
        self.among(self.by_block.get(&height))
    }

    /// State entries of a height.
    fn state_at(&self, height: u64) -> impl Iterator<Item = &'i LedgerItem> {
        self.among(self.state.get(&height))
    }

    /// Items about the transaction that `item` is about.
    fn of_same_tx(&self, item: &LedgerItem) -> impl Iterator<Item = &'i LedgerItem> {
        self.among(item.tx_hash.and_then(|it| self.by_tx.get(&it)))
    }

    /// The hash mismatch of the nearest earlier block: after one, every later block of the epoch differs by its parent.
    fn mismatch_before(&self, height: u64) -> Option<String> {
        let earlier = self.by_block.range(..height).rev();
        let mut mismatches = earlier.flat_map(|(_, positions)| self.among(Some(positions)));
        mismatches.find(|it| it.kind == ItemKind::HashMismatch && it.block < height).map(|it| it.id.clone())
    }

    fn among(&self, positions: Option<&Vec<usize>>) -> impl Iterator<Item = &'i LedgerItem> {
        positions.into_iter().flatten().filter_map(|it| self.items.get(*it))
    }
}

/// Ids of the items that `matches` accepts.
fn ids<'i>(items: impl Iterator<Item = &'i LedgerItem>, matches: impl Fn(&LedgerItem) -> bool) -> Vec<String> {
    items.filter(|it| matches(it)).map(|it| it.id.clone()).collect()
}

/// A trigger that names a block or a transaction follows from what was seen there; a transaction that the gateway refused is missing
/// because of that.
fn triggers(ledger: &Ledger<'_>, position: usize, _: &Blocks<'_>) -> Vec<String> {
    let Some(item) = ledger.items.get(position) else { return Vec::new() };
    let same_tx = |kinds: &[ItemKind]| ids(ledger.of_same_tx(item), |it| kinds.contains(&it.kind) && it.id != item.id);
    match item.kind {
        ItemKind::HashMismatch => {
            let of_block = |kinds: &[ItemKind]| ids(ledger.at(item.block), |it| kinds.contains(&it.kind) && it.block == item.block);
            let hash = of_block(&[ItemKind::BlockHash]);
            // Where the payload was not seen, Echonet's log may still name the fields.
            let fields = || of_block(&[ItemKind::Commitment, ItemKind::ParentHash, ItemKind::UnseenHeader]);
            let known = if hash.is_empty() { fields() } else { hash };
            if known.is_empty() { ledger.mismatch_before(item.block).into_iter().collect() } else { known }
        }
        ItemKind::EchonetOnlyRevert => same_tx(&[ItemKind::ExecutionStatus, ItemKind::RevertReason]),
        ItemKind::MainnetOnlyRevert => same_tx(&[ItemKind::ExecutionStatus, ItemKind::RevertReason, ItemKind::TxMissing, ItemKind::TxLate]),
        ItemKind::StillPending => same_tx(&[ItemKind::TxMissing, ItemKind::TxLate, ItemKind::GatewayError]),
        ItemKind::TxMissing | ItemKind::TxLate => same_tx(&[ItemKind::GatewayError]),
        _ => Vec::new(),
    }
}

/// What execution makes of other transactions, another outcome, other prices or another version.
fn execution(ledger: &Ledger<'_>, position: usize, blocks: &Blocks<'_>) -> Vec<String> {
    let Some(item) = ledger.items.get(position) else { return Vec::new() };
    let header = |it: &LedgerItem, field: &str| it.block == item.block && it.kind == ItemKind::Header && it.field.contains(field);
    let is_version = |it: &LedgerItem| header(it, "starknet_version");
    let here = || ledger.at(item.block);
    match item.kind {
        kind if kind.is_state() => {
            let protocol = blocks.ours.get(&item.block).copied();
            let causes: Box<dyn Iterator<Item = &LedgerItem>> = match hash_held(item) {
                Some(height) => Box::new(height.into_iter().flat_map(|it| ledger.at(it))),
                None => Box::new(here()),
            };
            ids(causes.filter(|it| may_change(it, item, protocol)).take(LINKS_BY_EXECUTION), |_| true)
        }
        ItemKind::ActualFee => ids(here(), |it| header(it, "gas_price") || is_version(it)),
        ItemKind::EventContent => ids(here(), |it| {
            // The fee is paid by a transfer, and the transfer is an event.
            let own_fee = it.kind == ItemKind::ActualFee && it.block == item.block && it.tx_hash == item.tx_hash;
            own_fee || (header(it, "sequencer_address") && names_recipient(item, it))
        }),
        ItemKind::RevertReason => ids(here(), |it| is_version(it) || (it.tx_hash == item.tx_hash && tells_gas(ledger, item, it))),
        ItemKind::L1Gas | ItemKind::L1DataGas => ids(here(), is_version),
        _ => Vec::new(),
    }
}

/// Whether the events differ in that each side's names the sequencer's address of that side: the fee is paid to it.
fn names_recipient(events: &LedgerItem, address: &LedgerItem) -> bool {
    let names = |text: &Option<String>, address: &Option<String>| {
        text.as_ref()
            .zip(address.as_ref())
            .is_some_and(|(text, address)| text.split(|it: char| !it.is_ascii_alphanumeric()).any(|it| it == address))
    };
    names(&events.ours, &address.ours) && names(&events.theirs, &address.theirs)
}

/// Whether two revert texts differ in nothing but the gas that was used, by as much as the receipts' L2 gas: then the text says once more what
/// the fee says, `cause`. The number in the text leaves out what the transaction cost beside its execution.
fn tells_gas(ledger: &Ledger<'_>, revert: &LedgerItem, cause: &LedgerItem) -> bool {
    let split = |text: &Option<String>| {
        let (before, rest) = text.as_deref()?.split_once("actual used: ")?;
        Some((before.to_owned(), rest.trim_end().trim_end_matches('.').parse::<i128>().ok()?))
    };
    let number = |text: &Option<String>| text.as_deref()?.parse::<i128>().ok();
    let (Some((ours, our_gas)), Some((theirs, their_gas))) = (split(&revert.ours), split(&revert.theirs)) else { return false };
    let gas = ledger.of_same_tx(revert).find(|it| it.kind == ItemKind::L2Gas && it.block == revert.block);
    let more = gas.and_then(|it| number(&it.ours)?.checked_sub(number(&it.theirs)?));
    cause.kind == ItemKind::ActualFee
        && cause.block == revert.block
        && ours == theirs
        && ours.contains("L2Gas")
        && more.is_some()
        && more == our_gas.checked_sub(their_gas)
}

/// For an entry of the block-hash contract, the height whose hash it holds, where its slot is one.
fn hash_held(entry: &LedgerItem) -> Option<Option<u64>> {
    let is_held = entry.kind == ItemKind::Storage && entry.address == Some(Felt::from(BLOCK_HASH_CONTRACT));
    is_held.then(|| entry.slot.and_then(Felt::to_u64))
}

/// The contract that maps heights to block hashes: the protocol writes it, no transaction can.
const BLOCK_HASH_CONTRACT: u64 = 1;

/// Whether `cause` can have made the state entry `entry` of our block `ours`, by the rules of the protocol.
#[must_use]
pub(crate) fn may_change(cause: &LedgerItem, entry: &LedgerItem, ours: Option<&Block>) -> bool {
    if let Some(height) = hash_held(entry) {
        return cause.kind == ItemKind::BlockHash && height == Some(cause.block);
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
            // The sequencer of each side is paid on that side alone.
            is_placed || is_status || is_header("starknet_version") || is_header("sequencer_address") || (reads && both_wrote)
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
fn arithmetic(ledger: &Ledger<'_>, position: usize, blocks: &Blocks<'_>) -> Vec<String> {
    let ours = blocks.ours;
    let Some(item) = ledger.items.get(position) else { return Vec::new() };
    let here = |matches: &dyn Fn(&LedgerItem) -> bool| ids(ledger.at(item.block), matches);
    let tx_set = |it: &LedgerItem| it.kind.is_tx_set();
    match (item.kind, item.field.as_str()) {
        (ItemKind::Commitment, "transaction_commitment") => here(&|it| tx_set(it) || it.kind == ItemKind::TxChanged),
        (ItemKind::Count, "transaction_count") => here(&tx_set),
        (ItemKind::Commitment | ItemKind::Count, "event_commitment" | "event_count") => {
            let events = [ItemKind::EventContent, ItemKind::EventOrder, ItemKind::ExecutionStatus];
            here(&|it| tx_set(it) || events.contains(&it.kind))
        }
        (ItemKind::Commitment, "receipt_commitment") => here(&|it| {
            let events = matches!(it.kind, ItemKind::EventContent | ItemKind::EventOrder);
            tx_set(it) || (it.kind.is_receipt() && !events)
        }),
        (ItemKind::Commitment | ItemKind::Count, "state_diff_commitment" | "state_diff_length") => {
            let state = ids(ledger.state_at(item.block), |_| true);
            // Without both state updates the entries are unseen; what ran differently still decides the commitment.
            if state.is_empty() { here(&|it| tx_set(it) || it.kind == ItemKind::ExecutionStatus) } else { state }
        }
        (ItemKind::ParentHash, _) => {
            let leads_there = || -> Option<bool> {
                let parent: &Block = ours.get(&item.block.checked_sub(1)?)?;
                let child: &Block = ours.get(&item.block)?;
                Some(parent.block_hash == child.parent_block_hash)
            };
            let Some(parent) = item.block.checked_sub(1) else { return Vec::new() };
            let before = |matches: &dyn Fn(&LedgerItem) -> bool| ids(ledger.at(parent).filter(|it| it.block == parent), matches);
            let leads_there = leads_there() == Some(true);
            let seen = if leads_there { before(&|it| it.kind == ItemKind::BlockHash) } else { Vec::new() };
            if seen.is_empty() {
                // Without one side's earlier block, Echonet's own row for it can still name the hash that the child builds on.
                before(&|it| it.kind == ItemKind::HashMismatch && (leads_there || it.ours == item.ours))
            } else {
                seen
            }
        }
        (ItemKind::BlockHash, _) => {
            let direct = here(&|it| {
                it.block == item.block
                    && matches!(it.kind, ItemKind::Header | ItemKind::Commitment | ItemKind::Count | ItemKind::ParentHash)
            });
            direct.into_iter().chain(unstated(ledger, item.block, blocks)).collect()
        }
        _ => Vec::new(),
    }
}

/// What a block's hash covers through commitments that a side does not state.
fn unstated(ledger: &Ledger<'_>, height: u64, blocks: &Blocks<'_>) -> Vec<String> {
    let is_event = |kind: ItemKind| matches!(kind, ItemKind::EventContent | ItemKind::EventOrder);
    let transactions = blocks.leaves_unstated(height, |it| it.transaction_commitment);
    let events = blocks.leaves_unstated(height, |it| it.event_commitment);
    let receipts = blocks.leaves_unstated(height, |it| it.receipt_commitment);
    let state = blocks.leaves_unstated(height, |it| it.state_diff_commitment);
    let leaves = ids(ledger.at(height).filter(|it| it.touches(height)), |it| {
        (transactions && (it.kind.is_tx_set() || it.kind == ItemKind::TxChanged))
            || (events && is_event(it.kind))
            || (receipts && it.kind.is_receipt() && !is_event(it.kind))
    });
    let entries = if state { ids(ledger.state_at(height), |_| true) } else { Vec::new() };
    leaves.into_iter().chain(entries).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::blocks::is_unseen_inside;

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
        link(&mut items, &BTreeMap::new(), &BTreeMap::new());
        let roles: Vec<_> = items.iter().map(|it| it.role).collect();
        assert_eq!(roles, [Role::Consequence, Role::Cause, Role::Consequence, Role::Consequence]);
        let follows: Vec<_> = items.iter().map(|it| it.follows.as_slice()).collect();
        let expected: [&[&str]; 4] = [&["7/block_hash/block_hash"], &[], &["7/storage/0x1/0x2"], &["7/commitment/state_diff_commitment"]];
        assert_eq!(follows, expected);
    }

    #[test]
    fn a_commitment_without_differing_leaves_stays_a_cause() {
        let mut items = vec![item(ItemKind::Commitment, 7, "receipt_commitment"), item(ItemKind::BlockHash, 7, "block_hash")];
        link(&mut items, &BTreeMap::new(), &BTreeMap::new());
        let receipts = items.first().expect("the commitment");
        assert_eq!(receipts.role, Role::Cause);
        assert!(is_unseen_inside(receipts, &[]), "without the blocks its leaves were not seen");
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
            link(&mut items, &BTreeMap::new(), &BTreeMap::new());
            assert_eq!(items[1].role, role, "{name}: follows {:?}", items[1].follows);
        }
    }

    #[test]
    fn a_revert_text_follows_from_the_fee_by_as_much_gas_as_it_tells_of_and_by_none_that_cannot_be_counted() {
        let both = |kind, ours: &str, theirs: &str| LedgerItem {
            tx_hash: Some(Felt::from(10_u64)),
            ours: Some(ours.to_owned()),
            theirs: Some(theirs.to_owned()),
            ..item(kind, 7, "0xa")
        };
        let told = |gas: &str| format!("Insufficient max L2Gas: max amount: 200000, actual used: {gas}.");
        let (most, least) = (i128::MAX.to_string(), i128::MIN.to_string());
        for (ours, theirs, role) in [("205", "200", Role::Consequence), ("206", "200", Role::Cause), (&most, &least, Role::Cause)] {
            let gas = if ours.len() < 4 { both(ItemKind::L2Gas, "1005", "1000") } else { both(ItemKind::L2Gas, ours, theirs) };
            let mut items = [both(ItemKind::ActualFee, "0x5", "0x4"), gas, both(ItemKind::RevertReason, &told(ours), &told(theirs))];
            link(&mut items, &BTreeMap::new(), &BTreeMap::new());
            // The last one panicked.
            assert_eq!(items[2].role, role, "{ours} and {theirs}: follows {:?}", items[2].follows);
        }
    }

    #[test]
    fn a_slot_of_an_emptied_block_names_a_few_of_the_transactions_that_it_may_follow_from() {
        let missing = |n: u64| LedgerItem { tx_hash: Some(Felt::from(n)), ..item(ItemKind::TxMissing, 7, &format!("{n:#x}")) };
        let slot = |n: u64| LedgerItem { slot: Some(Felt::from(n)), ..item(ItemKind::Storage, 7, &format!("0x9/{n:#x}")) };
        let mut items: Vec<LedgerItem> = (1..=300).map(missing).chain((1..=300).map(slot)).collect();
        items.push(item(ItemKind::Commitment, 7, "transaction_commitment"));
        link(&mut items, &BTreeMap::new(), &BTreeMap::new());
        let slots: Vec<_> = items.iter().filter(|it| it.kind == ItemKind::Storage).collect();
        assert!(slots.iter().all(|it| it.role == Role::Consequence && it.follows.len() == LINKS_BY_EXECUTION));
        let commitment = items.last().expect("the commitment");
        assert_eq!(commitment.follows.len(), 300, "what is arithmetic is named whole");
    }

    #[test]
    fn a_parent_hash_without_our_earlier_block_stays_a_cause() {
        let mut items = vec![item(ItemKind::ParentHash, 8, "parent_block_hash"), item(ItemKind::BlockHash, 7, "block_hash")];
        link(&mut items, &BTreeMap::new(), &BTreeMap::new());
        assert_eq!(items.first().map(|it| it.role), Some(Role::Cause));
    }
}
