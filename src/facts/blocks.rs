//! Both sides of each observed height.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::ledger::{ItemKind, LedgerItem, Role};
use super::premises::Premises;
use super::sender_counts;
use super::transactions::ListRelation;
use crate::evidence::block::TransactionType;
use crate::evidence::{EvidenceName, Felt};

/// Evidence that these facts are derived from.
pub(crate) const READS: &[EvidenceName] = &[EvidenceName::OursBlock, EvidenceName::TheirsBlock];

/// Both sides of one block height.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BlockFacts {
    /// Height.
    pub number: u64,
    /// Height minus the subject's height; 0 if no evidence names a subject.
    pub offset: i64,
    /// Our side, if it was seen.
    pub ours: Option<SideFacts>,
    /// Mainnet's side, if it was seen.
    pub theirs: Option<SideFacts>,
    /// Whether the state updates of both sides were seen.
    pub state_updates_seen: bool,
    /// Names of the hashed fields that differ.
    pub differing: Vec<String>,
    /// How our list of transactions stands to mainnet's; absent if either was not seen.
    pub transaction_list: Option<ListRelation>,
    /// How many of mainnet's transactions the sender left out before it forwarded the rest; absent if its line was not seen.
    pub left_out: Option<u64>,
    /// How many of mainnet's transactions we have in no observed block, messages from L1 not counted; absent if our list was not seen.
    pub missing: Option<u64>,
    /// Whether mainnet's next block has the same timestamp; absent if either was not seen.
    pub next_shares_timestamp: Option<bool>,
}

/// One side of one block height.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SideFacts {
    /// Hash.
    pub block_hash: Felt,
    /// Hash of the block before.
    pub parent_block_hash: Felt,
    /// Time, in whole seconds since the Unix epoch (UTC).
    pub timestamp: u64,
    /// Protocol version.
    pub starknet_version: Option<String>,
    /// Number of transactions.
    pub transaction_count: usize,
}

/// Both sides of each observed height, lowest first.
pub(super) fn derive(premises: &Premises<'_>) -> Vec<BlockFacts> {
    let Premises { bundle, episode, account, .. } = premises;
    let left_out = sender_counts::left_out(premises.lines());
    let is_missing = |it: &&LedgerItem| it.kind == ItemKind::TxMissing && it.tx_type != Some(TransactionType::L1Handler);
    let side = |block: &crate::evidence::Block| SideFacts {
        block_hash: block.block_hash,
        parent_block_hash: block.parent_block_hash,
        timestamp: block.timestamp,
        starknet_version: block.starknet_version.clone(),
        transaction_count: block.transactions.len(),
    };
    let is_evidence = |height: &u64| !account.contradictory.contains(height);
    let timestamp =
        |height: u64| bundle.theirs.get(&height).filter(|_| is_evidence(&height)).and_then(|it| it.block.value()).map(|it| it.timestamp);
    let heights: BTreeSet<u64> = episode.ours.keys().chain(bundle.theirs.keys()).copied().collect();
    let signed = |height: u64| i64::try_from(height).unwrap_or(i64::MAX);
    heights
        .into_iter()
        .map(|number| BlockFacts {
            number,
            offset: signed(number).saturating_sub(signed(premises.subject.block.unwrap_or(number))),
            ours: episode.ours.get(&number).filter(|_| is_evidence(&number)).and_then(|it| it.block.value()).map(side),
            theirs: bundle.theirs.get(&number).filter(|_| is_evidence(&number)).and_then(|it| it.block.value()).map(side),
            state_updates_seen: is_evidence(&number)
                && episode.ours.get(&number).is_some_and(|it| it.state_update.value().is_some())
                && bundle.theirs.get(&number).is_some_and(|it| it.state_update.value().is_some()),
            differing: account
                .items
                .iter()
                .filter(|it| it.block == number && !it.field.is_empty() && it.kind != ItemKind::TxChanged)
                .filter(|it| it.role.is_difference())
                .map(|it| it.field.clone())
                .collect(),
            transaction_list: account.lists.get(&number).copied(),
            left_out: left_out.get(&number).copied(),
            missing: account
                .lists
                .contains_key(&number)
                .then(|| account.items.iter().filter(|it| it.block == number).filter(is_missing).count() as u64),
            next_shares_timestamp: timestamp(number).zip(number.checked_add(1).and_then(&timestamp)).map(|(this, next)| this == next),
        })
        .collect()
}

/// Whether an item is only known by its digest: Echonet says that a hash differs and the block was not seen, or the state differs and the
/// state updates were not seen. Such an item stays a cause, and no rule could have seen what is inside.
#[must_use]
pub(crate) fn is_unseen_inside(item: &LedgerItem, blocks: &[BlockFacts]) -> bool {
    let block = || blocks.iter().find(|it| it.number == item.block);
    let blocks_seen = || block().is_some_and(|it| it.ours.is_some() && it.theirs.is_some());
    let state_seen = || block().is_some_and(|it| it.state_updates_seen);
    // Where only Echonet says that a commitment differs, payloads that were seen do not show it.
    let is_of_payloads = || item.evidence.iter().any(|it| it.starts_with("theirs."));
    item.role == Role::Cause
        && match item.kind {
            ItemKind::HashMismatch => true,
            ItemKind::Commitment | ItemKind::Count if item.field.starts_with("state_diff_") => !state_seen(),
            ItemKind::Commitment => !blocks_seen() || !is_of_payloads(),
            ItemKind::Count | ItemKind::BlockHash | ItemKind::ParentHash => !blocks_seen(),
            ItemKind::UnseenHeader => true,
            _ => false,
        }
}
