//! Undoes what is unexplained and nothing else: whatever its cause is, this much of the difference can be proved.

use std::collections::BTreeMap;

use super::finding::of_counterfactual;
use crate::engine::decide::evaluate::CaseContext;
use crate::facts::counterfactual::{self, Claim};
use crate::facts::{LedgerItem, Undo};
use crate::findings::Isolation;

/// So many blocks of a case are tried at most: each is one to hash.
const BLOCKS_AT_MOST: usize = 4;

/// One isolation a block with unexplained items that can be undone, lowest height first.
pub(super) fn isolate_blocks(context: &CaseContext<'_>, unclaimed: &[&LedgerItem]) -> Vec<Isolation> {
    let mut by_block: BTreeMap<u64, Vec<&LedgerItem>> = BTreeMap::new();
    for item in unclaimed {
        by_block.entry(item.block).or_default().push(item);
    }
    let isolated = by_block.into_iter().take(BLOCKS_AT_MOST).filter_map(|(block, items)| {
        let mut by_undo: BTreeMap<Undo, Vec<&LedgerItem>> = BTreeMap::new();
        for item in &items {
            by_undo.entry(Undo::of_kind(item.kind)?).or_default().push(item);
        }
        let claims: Vec<Claim<'_>> = by_undo.into_iter().map(|(undo, items)| Claim { undo, items }).collect();
        let undo: Vec<String> = claims.iter().map(|it| it.undo.words()).collect();
        let proof = of_counterfactual(undo.join(", "), counterfactual::isolate(context.facts.bundle, context.case, block, &claims));
        let items = items.iter().map(|it| it.id.clone()).collect();
        (!proof.rows.is_empty()).then_some(Isolation { episode: context.case.episode.number, block, items, proof })
    });
    isolated.collect()
}
