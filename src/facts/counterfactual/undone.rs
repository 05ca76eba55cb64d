//! Our block with claims undone.

use std::collections::{BTreeMap, BTreeSet};

use super::{Claim, CommitmentRow, Counterfactual, Undo};
use crate::evidence::block::{Receipt, Transaction};
use crate::evidence::state_update::StateDiff;
use crate::evidence::{Block, Bundle, Felt};
use crate::facts::commitments::{
    CannotRecompute, Commitments, Counts, Protocol, block_hash, event_commitment, receipt_commitment, state_diff_commitment,
    transaction_commitment,
};
use crate::facts::consistency::{BlockSide, SideCheck, VERSION};
use crate::facts::hashes::{Hashed, HashedContent, Hashes};
use crate::facts::state_diff::MergedStateDiff;
use crate::facts::{Case, ItemKind, LedgerItem, Role};

/// Undoes claims together in the blocks of a case and hashes again what they touch. A move of a transaction touches two blocks: both must have
/// been seen, unless an epoch ended before the second.
#[must_use]
pub fn attempt(bundle: &Bundle, case: &Case<'_>, claims: &[Claim<'_>]) -> Counterfactual {
    let items = claims.iter().flat_map(|it| &it.items);
    let heights: BTreeSet<u64> = items.flat_map(|it| [Some(it.block), it.elsewhere]).flatten().collect();
    let mut counterfactual = Counterfactual::default();
    for height in heights {
        if case.episode.ours.get(&height).is_some_and(|it| it.block.was_never_stored()) {
            continue;
        }
        match undone(bundle, case, height, claims).and_then(|it| it.rows()) {
            Ok(rows) => counterfactual.rows.extend(rows),
            Err(err) => counterfactual.obstacle = Some(format!("block {height}: {err}")),
        }
    }
    if counterfactual.rows.is_empty() && counterfactual.obstacle.is_none() {
        counterfactual.obstacle = Some("no claimed block was seen on both sides".to_owned());
    }
    counterfactual
}

/// Undoes claims together in one block, and hashes all of it again. A parent hash that only follows from the block before is taken as given.
#[must_use]
pub fn isolate(bundle: &Bundle, case: &Case<'_>, block: u64, claims: &[Claim<'_>]) -> Counterfactual {
    let follows = |it: &&LedgerItem| it.kind == ItemKind::ParentHash && it.block == block && it.role == Role::Consequence;
    let parent = case.document.ledger.iter().find(follows);
    let with_parent: Vec<Claim<'_>> =
        claims.iter().cloned().chain(parent.map(|it| Claim { undo: Undo::RestoreHeader, items: vec![it] })).collect();
    let rows = undone(bundle, case, block, &with_parent).and_then(|mut it| {
        it.touched.insert(Hashed::Block);
        it.rows()
    });
    match rows {
        Ok(rows) => Counterfactual { rows, obstacle: None },
        Err(err) => Counterfactual { rows: Vec::new(), obstacle: Some(format!("block {block}: {err}")) },
    }
}

/// Our block at a height with the claims undone that touch it.
fn undone<'u>(bundle: &'u Bundle, case: &'u Case<'_>, height: u64, claims: &[Claim<'_>]) -> Result<Undone<'u>, CannotRecompute> {
    let our = case.episode.ours.get(&height);
    let their = bundle.theirs.get(&height);
    let blocks = our.and_then(|it| it.block.value()).zip(their.and_then(|it| it.block.value()));
    let (ours, theirs) = blocks.ok_or(CannotRecompute::Unseen)?;
    let mut undone = Undone {
        hashes: &case.hashes,
        ours,
        theirs,
        our_state: our.and_then(|it| it.state_update.value()).map(|it| &it.state_diff),
        their_state: their.and_then(|it| it.state_update.value()).map(|it| &it.state_diff),
        block: ours.clone(),
        state: None,
        touched: BTreeSet::new(),
        applied: BTreeMap::new(),
        again: BTreeSet::new(),
    };
    // In one order whatever the order of the claims: first what a block holds, then what is in it.
    let mut claims: Vec<&Claim<'_>> = claims.iter().collect();
    claims.sort_by_key(|it| it.undo);
    for claim in claims {
        let claimed: Vec<&LedgerItem> = claim.items.iter().copied().filter(|it| it.touches(height)).collect();
        if !claimed.is_empty() {
            undone.apply(claim.undo, &claimed)?;
        }
    }
    undone.trust(&case.document.consistency)?;
    Ok(undone)
}

struct Undone<'u> {
    hashes: &'u Hashes,
    ours: &'u Block,
    theirs: &'u Block,
    our_state: Option<&'u StateDiff>,
    their_state: Option<&'u StateDiff>,
    /// Our block as far as it is undone; what it states of itself is still ours.
    block: Block,
    /// Our state diff as far as it is undone; none while nobody claims it.
    state: Option<StateDiff>,
    touched: BTreeSet<Hashed>,
    /// The claims that were undone, by their ids, with the field that an item is about.
    applied: BTreeMap<(Undo, String), String>,
    /// Fields that a claim says our block states incorrectly.
    again: BTreeSet<String>,
}

impl Undone<'_> {
    fn apply(&mut self, undo: Undo, claimed: &[&LedgerItem]) -> Result<(), CannotRecompute> {
        self.applied.extend(claimed.iter().map(|it| ((undo, it.id.clone()), it.field.clone())));
        match undo {
            Undo::InsertMissingTransactions | Undo::RemoveExtraTransactions | Undo::RestoreOrder => {
                self.place(undo, claimed);
                self.touched.extend([Hashed::Transactions, Hashed::Events, Hashed::Receipts]);
            }
            Undo::TakeMainnetRevertReason => {
                self.receipts(claimed, |our, their| our.revert_error.clone_from(&their.revert_error));
                self.touched.insert(Hashed::Receipts);
            }
            Undo::TakeMainnetReceipt => {
                self.receipts(claimed, Clone::clone_from);
                self.touched.extend([Hashed::Events, Hashed::Receipts]);
            }
            Undo::TakeMainnetReceiptFields => {
                let kinds: BTreeMap<Felt, BTreeSet<ItemKind>> = claimed.iter().filter_map(|it| Some((it.tx_hash?, it.kind))).fold(
                    BTreeMap::new(),
                    |mut all: BTreeMap<Felt, BTreeSet<ItemKind>>, (tx, kind)| {
                        all.entry(tx).or_default().insert(kind);
                        all
                    },
                );
                self.receipts(claimed, |our, their| {
                    for kind in kinds.get(&our.transaction_hash).into_iter().flatten() {
                        take_field(our, their, *kind);
                    }
                });
                self.touched.extend([Hashed::Events, Hashed::Receipts]);
            }
            Undo::RestoreState => {
                let both = self.our_state.zip(self.their_state);
                let (ours, theirs) = both.ok_or(CannotRecompute::MissingField("state_diff"))?;
                self.state = Some(restored(self.state.as_ref().unwrap_or(ours), theirs, claimed));
                self.touched.insert(Hashed::State);
            }
            Undo::RestoreHeader => {
                for item in claimed {
                    restore_field(&mut self.block, self.theirs, &item.field);
                }
                self.touched.insert(Hashed::Block);
            }
            // Only the commitments that are claimed: the others need not be mainnet's.
            Undo::HashAgain => {
                self.states_what_is_claimed(claimed)?;
                let named = |it: &Hashed| claimed.iter().any(|item| item.field == it.field());
                self.touched.extend(Hashed::ALL.into_iter().filter(named));
                self.again.extend(claimed.iter().map(|it| it.field.clone()));
            }
        }
        Ok(())
    }

    /// Refuses what somebody else says of a commitment where the payloads that were seen state other values.
    fn states_what_is_claimed(&self, claimed: &[&LedgerItem]) -> Result<(), CannotRecompute> {
        for (item, hashed) in claimed.iter().filter_map(|it| Some((it, Hashed::ALL.into_iter().find(|hashed| hashed.field() == it.field)?)))
        {
            for (side, said, block) in [(BlockSide::Ours, &item.ours, self.ours), (BlockSide::Theirs, &item.theirs, self.theirs)] {
                let stated = hashed.stated(block).map(|it| it.to_string());
                if said.is_some() && *said != stated {
                    return Err(CannotRecompute::OtherThanClaimed { side: side.name(), field: hashed.field() });
                }
            }
        }
        Ok(())
    }

    /// Refuses to prove anything from a side that is not what it states, but for what is claimed to be stated wrongly.
    fn trust(&self, checks: &[SideCheck]) -> Result<(), CannotRecompute> {
        let of_block = checks.iter().filter(|it| it.block == self.ours.block_number);
        for check in of_block {
            let is_claimed = |field: &String| check.side == BlockSide::Ours && self.again.contains(field);
            if let Some(wrong) = check.wrong.iter().find(|it| it.is_of_its_side() && !is_claimed(&it.field)) {
                return Err(CannotRecompute::NotWhatItStates { side: check.side.name(), field: wrong.field.clone() });
            }
        }
        Ok(())
    }

    fn rows(&self) -> Result<Vec<CommitmentRow>, CannotRecompute> {
        let mut commitments: BTreeMap<Hashed, Felt> = BTreeMap::new();
        for touched in &self.touched {
            let content =
                HashedContent { side: BlockSide::Ours, block: self.ours.block_number, hashed: *touched, undone: self.concerning(*touched) };
            let hash = self.hashes.get_or_compute(content, || self.hashed(*touched, &commitments))?;
            commitments.insert(*touched, hash);
        }
        let stated = |it: Hashed, block| it.stated(block).ok_or(CannotRecompute::MissingField(it.field()));
        let row = |(hashed, undone): (&Hashed, &Felt)| {
            Ok(CommitmentRow {
                block: self.ours.block_number,
                commitment: hashed.field(),
                ours: stated(*hashed, self.ours)?.to_string(),
                undone: undone.to_string(),
                theirs: stated(*hashed, self.theirs)?.to_string(),
            })
        };
        commitments.iter().map(row).collect()
    }

    /// The claims on which a hash depends: two sets of claims that agree in these give the same hash.
    fn concerning(&self, hashed: Hashed) -> BTreeSet<(Undo, String)> {
        let concerns = |undo: Undo, field: &str| match undo {
            Undo::InsertMissingTransactions | Undo::RemoveExtraTransactions | Undo::RestoreOrder => hashed != Hashed::State,
            Undo::TakeMainnetRevertReason => matches!(hashed, Hashed::Receipts | Hashed::Block),
            Undo::TakeMainnetReceipt | Undo::TakeMainnetReceiptFields => {
                matches!(hashed, Hashed::Events | Hashed::Receipts | Hashed::Block)
            }
            Undo::RestoreState => matches!(hashed, Hashed::State | Hashed::Block),
            // How a transaction is hashed depends on the version.
            Undo::RestoreHeader => hashed == Hashed::Block || (hashed == Hashed::Transactions && field == VERSION),
            // What is hashed again enters the block's hash in the place of what is stated.
            Undo::HashAgain => hashed == Hashed::Block && field != Hashed::Block.field(),
        };
        self.applied.iter().filter(|((undo, _), field)| concerns(*undo, field)).map(|(it, _)| it.clone()).collect()
    }

    /// `before` holds what was hashed already; a block is hashed last, over that and over what nobody claims as our block states it.
    fn hashed(&self, hashed: Hashed, before: &BTreeMap<Hashed, Felt>) -> Result<Felt, CannotRecompute> {
        let (transactions, receipts) = (&self.block.transactions, &self.block.transaction_receipts);
        match hashed {
            Hashed::Transactions => Ok(transaction_commitment(transactions, Protocol::from_block(&self.block)?)),
            Hashed::Events => event_commitment(transactions, receipts),
            Hashed::Receipts => receipt_commitment(transactions, receipts),
            Hashed::State => {
                let state = self.state.as_ref().or(self.our_state).ok_or(CannotRecompute::MissingField("state_diff"))?;
                state_diff_commitment(state)
            }
            Hashed::Block => {
                let commitment = |it: Hashed| {
                    let stated = || it.stated(&self.block);
                    before.get(&it).copied().or_else(stated).ok_or(CannotRecompute::MissingField(it.field()))
                };
                let commitments = Commitments {
                    transaction: commitment(Hashed::Transactions)?,
                    event: commitment(Hashed::Events)?,
                    receipt: commitment(Hashed::Receipts)?,
                    state_diff: Some(commitment(Hashed::State)?),
                };
                block_hash(&self.block, &commitments, Counts::from_receipts(receipts, self.state.as_ref().or(self.our_state), &self.block)?)
            }
        }
    }

    /// Puts the claimed transactions where mainnet has them, with mainnet's receipts, or takes them out where it has none.
    fn place(&mut self, undo: Undo, claimed: &[&LedgerItem]) {
        let Block { transactions, transaction_receipts: receipts, .. } = &mut self.block;
        let their_position: BTreeMap<Felt, usize> =
            self.theirs.transactions.iter().enumerate().map(|(position, it)| (it.transaction_hash, position)).collect();
        let claimed: BTreeSet<Felt> = claimed.iter().filter_map(|it| it.tx_hash).collect();
        transactions.retain(|it| !claimed.contains(&it.transaction_hash) || their_position.contains_key(&it.transaction_hash));
        let kept: BTreeMap<Felt, usize> = transactions.iter().enumerate().map(|(position, it)| (it.transaction_hash, position)).collect();
        receipts.retain(|it| kept.contains_key(&it.transaction_hash));
        // Each behind the last of mainnet's earlier transactions that we have; nothing else changes its place.
        let mut missing: BTreeMap<Option<usize>, Vec<Transaction>> = BTreeMap::new();
        let mut behind = None;
        let mut inserted: BTreeSet<Felt> = BTreeSet::new();
        for their in &self.theirs.transactions {
            match kept.get(&their.transaction_hash) {
                Some(position) => behind = behind.max(Some(*position)),
                None if claimed.contains(&their.transaction_hash) && inserted.insert(their.transaction_hash) => {
                    missing.entry(behind).or_default().push(their.clone());
                }
                None => {}
            }
        }
        let ours = std::mem::take(transactions);
        transactions.extend(missing.remove(&None).into_iter().flatten());
        for (position, our) in ours.into_iter().enumerate() {
            transactions.push(our);
            transactions.extend(missing.remove(&Some(position)).into_iter().flatten());
        }
        receipts.extend(self.theirs.transaction_receipts.iter().filter(|it| inserted.contains(&it.transaction_hash)).cloned());
        if undo == Undo::RestoreOrder {
            transactions.sort_by_key(|it| their_position.get(&it.transaction_hash).copied().unwrap_or(usize::MAX));
        }
    }

    fn receipts(&mut self, claimed: &[&LedgerItem], take: impl Fn(&mut Receipt, &Receipt)) {
        let claimed: BTreeSet<Felt> = claimed.iter().filter_map(|it| it.tx_hash).collect();
        let theirs: BTreeMap<Felt, &Receipt> = self.theirs.transaction_receipts.iter().map(|it| (it.transaction_hash, it)).collect();
        for receipt in self.block.transaction_receipts.iter_mut().filter(|it| claimed.contains(&it.transaction_hash)) {
            if let Some(their) = theirs.get(&receipt.transaction_hash) {
                take(receipt, their);
            }
        }
    }
}

/// Copies mainnet's value for the item's field into our receipt.
fn take_field(our: &mut Receipt, their: &Receipt, kind: ItemKind) {
    match kind {
        ItemKind::ActualFee => our.actual_fee = their.actual_fee,
        ItemKind::EventContent | ItemKind::EventOrder => our.events.clone_from(&their.events),
        ItemKind::MessageContent | ItemKind::MessageOrder => our.l2_to_l1_messages.clone_from(&their.l2_to_l1_messages),
        ItemKind::L1Gas | ItemKind::L1DataGas => {
            if let (Some(our), Some(their)) =
                (&mut our.execution_resources.total_gas_consumed, &their.execution_resources.total_gas_consumed)
            {
                match kind {
                    ItemKind::L1Gas => our.l1_gas = their.l1_gas,
                    _ => our.l1_data_gas = their.l1_data_gas,
                }
            }
        }
        // The outcome decides everything else in a receipt.
        _ => our.clone_from(their),
    }
}

/// Our state diff with mainnet's values of the claimed entries.
fn restored(ours: &StateDiff, theirs: &StateDiff, claimed: &[&LedgerItem]) -> StateDiff {
    let their = MergedStateDiff::from(theirs);
    let mut undone = MergedStateDiff::from(ours);
    for item in claimed {
        let Some(address) = item.address else { continue };
        match (item.kind, item.slot) {
            (ItemKind::Storage, Some(slot)) => restore(&mut undone.storage, &their.storage, (address, slot)),
            (ItemKind::Nonce, _) => restore(&mut undone.nonces, &their.nonces, address),
            (ItemKind::ContractClass, _) => restore(&mut undone.contracts, &their.contracts, address),
            (ItemKind::ClassDeclaration, _) => {
                restore(&mut undone.classes, &their.classes, address);
                if their.old_classes.contains(&address) {
                    undone.old_classes.insert(address);
                } else {
                    undone.old_classes.remove(&address);
                }
            }
            _ => {}
        }
    }
    undone.into()
}

fn restore<K: Ord, V: Copy>(ours: &mut BTreeMap<K, V>, theirs: &BTreeMap<K, V>, key: K) {
    match theirs.get(&key) {
        Some(value) => {
            ours.insert(key, *value);
        }
        None => {
            ours.remove(&key);
        }
    }
}

/// Takes mainnet's value of one header field, by the name that [`crate::facts::header`] gives it.
fn restore_field(ours: &mut Block, theirs: &Block, field: &str) {
    match field {
        "block_number" => ours.block_number = theirs.block_number,
        "timestamp" => ours.timestamp = theirs.timestamp,
        "starknet_version" => ours.starknet_version.clone_from(&theirs.starknet_version),
        "sequencer_address" => ours.sequencer_address = theirs.sequencer_address,
        "l1_da_mode" => ours.l1_da_mode = theirs.l1_da_mode,
        "parent_block_hash" => ours.parent_block_hash = theirs.parent_block_hash,
        _ => {
            let Some((price, token)) = field.split_once('.') else { return };
            let (ours, theirs) = match price {
                "l1_gas_price" => (&mut ours.l1_gas_price, theirs.l1_gas_price),
                "l1_data_gas_price" => (&mut ours.l1_data_gas_price, theirs.l1_data_gas_price),
                "l2_gas_price" => (&mut ours.l2_gas_price, theirs.l2_gas_price),
                _ => return,
            };
            if let (Some(ours), Some(theirs)) = (ours.as_mut(), theirs) {
                match token {
                    "price_in_wei" => ours.price_in_wei = theirs.price_in_wei,
                    "price_in_fri" => ours.price_in_fri = theirs.price_in_fri,
                    _ => {}
                }
            }
        }
    }
}
