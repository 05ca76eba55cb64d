//! Whether each side is what it states: its payload hashed again and compared with its own commitments and hash.
//!
//! A side that is not consistent cannot be compared at face value: its payload is incomplete, or whoever computed its commitments is
//! wrong. Where the node's own commitments are at hand, three values stand beside each other (the node's, the stated one, and the one of
//! Echonet's payload), and the odd one out is at fault.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::commitments::{
    CannotRecompute, Commitments, Counts, Protocol, block_hash, event_commitment, is_known, receipt_commitment, state_diff_commitment,
    transaction_commitment,
};
use super::hashes::{Hashed, HashedContent, Hashes};
use super::ledger::{ItemKind, LedgerItem, Role};
use super::premises::Premises;
pub use crate::evidence::BlockSide;
use crate::evidence::block::version;
use crate::evidence::state_update::StateDiff;
use crate::evidence::{Block, EvidenceName, Felt};

/// Evidence that these facts are derived from.
pub(crate) const READS: &[EvidenceName] =
    &[EvidenceName::OursBlock, EvidenceName::OursStateUpdate, EvidenceName::TheirsBlock, EvidenceName::TheirsStateUpdate];

/// One side of one diverging block, hashed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SideCheck {
    /// Height.
    pub block: u64,
    /// The side that the block belongs to.
    pub side: BlockSide,
    /// The result of hashing it again.
    pub result: CheckResult,
    /// What is stated and not reproduced, in the order of the header; empty unless the result is `inconsistent`.
    pub wrong: Vec<WrongValue>,
    /// Why something could not be recomputed; absent if all of it could.
    pub gap: Option<String>,
}

/// The result of hashing one side again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// Everything that could be recomputed is what is stated, and the block's hash is among it.
    Consistent,
    /// Something is not.
    Inconsistent,
    /// The block's hash could not be recomputed; everything that could be matches.
    Unknown,
}

/// A stated value that the payload does not give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WrongValue {
    /// Name of the field.
    pub field: String,
    /// The value that the block states.
    pub stated: String,
    /// As recomputed; absent where only the node contradicts.
    pub recomputed: Option<String>,
    /// As the node computed it, where its blob says so.
    pub node: Option<String>,
    /// Who is at fault, where three values tell.
    pub fault: Option<Fault>,
    /// What other blocks say against it, fit to follow "but", where the value itself was not hashed again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<String>,
}

impl WrongValue {
    /// Whether more than the node speaks against it: then the side is not what it states.
    #[must_use]
    pub fn is_of_its_side(&self) -> bool {
        self.recomputed.is_some() || self.beside.is_some()
    }
}

/// Who is at fault where the node, the stated value and the payload disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The payload gives the node's value and the block states another: whoever computed the stated one, Echonet's block-hash CLI.
    Calculator,
    /// The payload gives the stated value and the node had another: Echonet's transformation of the blob.
    Transform,
    /// The node's value is stated, and the payload gives another: the payload that was kept is incomplete.
    Payload,
}

/// Checks both sides of every block whose content differs. A block that differs by its parent alone is left out: what it holds is equal
/// on both sides, and the block that it follows from is checked.
pub(super) fn derive(premises: &Premises<'_>) -> Vec<SideCheck> {
    let Premises { bundle, episode, hashes, .. } = premises;
    let mut checks = Vec::new();
    // Mainnet's version at the first block of the run, as Echonet fetched it.
    let known = bundle.echonet.starknet_version.value().map(String::as_str);
    for height in diverging(&premises.account.items) {
        let our = episode.ours.get(&height);
        let their = bundle.theirs.get(&height);
        let node = our.and_then(|it| it.blob.value()).map(|it| &it.block_hash_commitments);
        if let Some(block) = our.and_then(|it| it.block.value()) {
            let update = our.and_then(|it| it.state_update.value()).map(|it| &it.state_diff);
            let check = check(BlockSide::Ours, block, update, node.unwrap_or(&BTreeMap::new()), hashes);
            checks.push(of_its_time(check, block, their.and_then(|it| it.block.value()), known, |it| episode.ours.get(&it)?.block.value()));
        }
        if let Some(block) = their.and_then(|it| it.block.value()) {
            let update = their.and_then(|it| it.state_update.value()).map(|it| &it.state_diff);
            let check = check(BlockSide::Theirs, block, update, &BTreeMap::new(), hashes);
            checks.push(of_its_time(check, block, our.and_then(|it| it.block.value()), known, |it| bundle.theirs.get(&it)?.block.value()));
        }
    }
    checks
}

/// A check of a block whose hash could not be made again, with what other blocks say of its version: none is older than that of an earlier
/// block, and one that this build does not know is stated by a block `beside` it too, by the `other` side, or by whoever `known` comes from.
fn of_its_time<'b>(
    check: SideCheck,
    block: &Block,
    other: Option<&Block>,
    known: Option<&str>,
    beside: impl Fn(u64) -> Option<&'b Block>,
) -> SideCheck {
    let Some(stated) = block.starknet_version.as_deref().filter(|_| check.result == CheckResult::Unknown) else { return check };
    let earlier = block.block_number.checked_sub(1).and_then(&beside).and_then(|it| it.starknet_version.as_deref());
    let later = block.block_number.checked_add(1).and_then(&beside).and_then(|it| it.starknet_version.as_deref());
    let goes_back =
        |from: Option<&str>, to: Option<&str>| from.and_then(version).zip(to.and_then(version)).is_some_and(|(from, to)| to < from);
    let others = [earlier, later, other.and_then(|it| it.starknet_version.as_deref()), known];
    let against = if goes_back(earlier, Some(stated)) || goes_back(Some(stated), later) {
        let beside = others.iter().take(2).flatten().copied().collect::<Vec<_>>().join(" and ");
        format!("versions never go back, and the blocks beside it state {beside}")
    } else if !is_known(stated) && !others.contains(&Some(stated)) {
        "this build does not know that version, and no other block states it".to_owned()
    } else {
        return check;
    };
    let wrong = WrongValue {
        field: VERSION.to_owned(),
        stated: stated.to_owned(),
        recomputed: None,
        node: None,
        fault: None,
        beside: Some(against),
    };
    SideCheck { result: CheckResult::Inconsistent, wrong: vec![wrong], ..check }
}

/// The field of a block that holds its protocol version.
pub const VERSION: &str = "starknet_version";

impl SideCheck {
    /// Whether this copy of a block is not the block: one of mainnet that is not what it states, or a header of ours that is not the one
    /// whose hash it states.
    #[must_use]
    pub fn shows_altered(&self, item: &LedgerItem) -> bool {
        let of_header = || self.wrong.iter().any(|it| it.beside.is_some() || (it.field == "block_hash" && it.recomputed.is_some()));
        let altered = match self.side {
            BlockSide::Theirs => !item.kind.is_trigger(),
            BlockSide::Ours => item.kind == ItemKind::Header && of_header(),
        };
        self.result == CheckResult::Inconsistent && item.touches(self.block) && altered
    }
}

fn diverging(items: &[LedgerItem]) -> BTreeSet<u64> {
    let follows = |it: &&LedgerItem| matches!(it.kind, ItemKind::ParentHash | ItemKind::BlockHash) && it.role == Role::Consequence;
    let differs = |it: &&LedgerItem| it.role.is_difference() && !it.kind.is_trigger();
    items.iter().filter(differs).filter(|it| !follows(it)).map(|it| it.block).collect()
}

/// The odd one out of three.
fn fault(node: Option<Felt>, stated: Felt, recomputed: Option<Felt>) -> Option<Fault> {
    let (node, recomputed) = (node?, recomputed?);
    match (node == stated, node == recomputed, stated == recomputed) {
        (false, true, _) => Some(Fault::Calculator),
        (false, _, true) => Some(Fault::Transform),
        (true, false, _) => Some(Fault::Payload),
        _ => None,
    }
}

fn check(side: BlockSide, block: &Block, update: Option<&StateDiff>, node: &BTreeMap<String, Felt>, hashes: &Hashes) -> SideCheck {
    let (transactions, receipts) = (&block.transactions, &block.transaction_receipts);
    let compute = |hashed| match hashed {
        Hashed::Transactions => Protocol::from_block(block).map(|it| transaction_commitment(transactions, it)),
        // Before 0.13.2, and in versions to come, the formulas are others: nothing may be concluded from these.
        Hashed::Events => Protocol::from_block(block).and_then(|_| event_commitment(transactions, receipts)),
        Hashed::Receipts => Protocol::from_block(block).and_then(|_| receipt_commitment(transactions, receipts)),
        Hashed::State => {
            Protocol::from_block(block).and_then(|_| update.map_or(Err(CannotRecompute::MissingField("state_diff")), state_diff_commitment))
        }
        Hashed::Block => hash_of_stated(block, update),
    };
    let hash = |hashed| {
        let content = HashedContent { side, block: block.block_number, hashed, undone: BTreeSet::new() };
        hashes.get_or_compute(content, || compute(hashed))
    };
    let counts = || Protocol::from_block(block).and_then(|_| Counts::from_receipts(receipts, update, block));
    let length = update.map(|_| counts().map(|it| Felt::from(it.state_diff as u64)));
    let mut wrong = Vec::new();
    let mut gaps = Vec::new();
    let mut compare = |field: &str, stated: Option<Felt>, recomputed: Result<Felt, CannotRecompute>| {
        let node = node.get(field).copied();
        let recomputed = recomputed.map_err(|err| gaps.push(format!("{field}: {err}"))).ok();
        let Some(stated) = stated else { return gaps.push(format!("{field}: the block states none")) };
        if recomputed.is_some_and(|it| it != stated) || node.is_some_and(|it| it != stated) {
            let text = |it: Felt| it.to_string();
            let (fault, recomputed) = (fault(node, stated, recomputed), recomputed.map(text));
            wrong.push(WrongValue { field: field.to_owned(), stated: text(stated), recomputed, node: node.map(text), fault, beside: None });
        }
    };
    for hashed in Hashed::ALL.into_iter().filter(|it| *it != Hashed::Block) {
        compare(hashed.field(), hashed.stated(block), hash(hashed));
    }
    if let Some(length) = length {
        compare("state_diff_length", block.state_diff_length.map(Felt::from), length);
    }
    let of_block = hash(Hashed::Block);
    let hashed = of_block.is_ok();
    compare(Hashed::Block.field(), Some(block.block_hash), of_block);
    let result = match (wrong.is_empty(), hashed) {
        (false, _) => CheckResult::Inconsistent,
        (true, true) => CheckResult::Consistent,
        (true, false) => CheckResult::Unknown,
    };
    let gap = (!gaps.is_empty()).then(|| gaps.join("; "));
    SideCheck { block: block.block_number, side, result, wrong, gap }
}

/// The hash over the commitments as stated, so that a wrong commitment does not make the hash look wrong too.
pub(super) fn hash_of_stated(block: &Block, update: Option<&StateDiff>) -> Result<Felt, CannotRecompute> {
    let stated = |it: Hashed| it.stated(block).ok_or(CannotRecompute::MissingField(it.field()));
    let commitments = Commitments {
        transaction: stated(Hashed::Transactions)?,
        event: stated(Hashed::Events)?,
        receipt: stated(Hashed::Receipts)?,
        state_diff: Some(stated(Hashed::State)?),
    };
    let counts = Counts::from_receipts(&block.transaction_receipts, update, block)?;
    block_hash(block, &commitments, counts)
}

#[cfg(test)]
mod tests;
