//! Blocks of ours that hold what another block of mainnet holds: one fact instead of a line for each of its transactions.

use std::collections::BTreeSet;

use crate::facts::{Case, ItemKind, LedgerItem, ListRelation};
use crate::findings::Shift;

/// The shifts of a case, with the unexplained items that each of them stands for.
pub(super) fn find_shifts(case: &Case<'_>, unclaimed: &[&LedgerItem]) -> Vec<Shift> {
    let shifted = case.document.blocks.iter().filter_map(|it| {
        let theirs = match it.transaction_list? {
            ListRelation::OfNext => it.number.checked_add(1)?,
            ListRelation::OfPrevious => it.number.checked_sub(1)?,
            _ => return None,
        };
        Some((it, theirs))
    });
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut shifts = Vec::new();
    for (block, theirs) in shifted {
        let is_moved = |it: &LedgerItem| it.kind.is_tx_set() && it.touches(block.number);
        // The header of such a block is that of the block whose transactions it holds.
        let is_header = |it: &LedgerItem| it.kind == ItemKind::Header && it.block == block.number && it.field != "block_number";
        let items: Vec<&LedgerItem> = unclaimed.iter().copied().filter(|it| is_moved(it) || is_header(it)).collect();
        let items: Vec<String> = items.into_iter().filter(|it| taken.insert(&it.id)).map(|it| it.id.clone()).collect();
        if !items.is_empty() {
            let transactions = block.ours.as_ref().map_or(0, |it| it.transaction_count as u64);
            shifts.push(Shift { episode: case.episode.number, ours: block.number, theirs, transactions, items });
        }
    }
    shifts
}
