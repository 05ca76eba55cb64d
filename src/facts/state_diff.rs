//! State differences of one block, after both sides are brought to one form.

use std::collections::{BTreeMap, BTreeSet};

use super::ledger::{ItemKind, LedgerItem, Role};
use crate::evidence::Felt;
use crate::evidence::state_update::{ContractClass, DeclaredClass, StateDiff, StorageEntry};

/// A state diff in a form in which order, the split of deployed and replaced contracts and the split of declared and migrated
/// classes carry no meaning: exactly what the commitment hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MergedStateDiff {
    /// Storage values by contract and slot.
    pub storage: BTreeMap<(Felt, Felt), Felt>,
    /// Nonces by contract.
    pub nonces: BTreeMap<Felt, Felt>,
    /// Classes by contract, deployed and replaced together.
    pub contracts: BTreeMap<Felt, Felt>,
    /// Compiled class hashes by class, declared and migrated together.
    pub classes: BTreeMap<Felt, Felt>,
    /// Classes of Cairo 0.
    pub old_classes: BTreeSet<Felt>,
}

impl From<&StateDiff> for MergedStateDiff {
    fn from(diff: &StateDiff) -> Self {
        Self {
            storage: diff
                .storage_diffs
                .iter()
                .flat_map(|(contract, entries)| entries.iter().map(|it| ((*contract, it.key), it.value)))
                .collect(),
            nonces: diff.nonces.clone(),
            contracts: diff.deployed_contracts.iter().chain(&diff.replaced_classes).map(|it| (it.address, it.class_hash)).collect(),
            classes: diff
                .declared_classes
                .iter()
                .chain(&diff.migrated_compiled_classes)
                .map(|it| (it.class_hash, it.compiled_class_hash))
                .collect(),
            old_classes: diff.old_declared_contracts.iter().copied().collect(),
        }
    }
}

impl From<MergedStateDiff> for StateDiff {
    fn from(merged: MergedStateDiff) -> Self {
        let mut diff = Self { nonces: merged.nonces, old_declared_contracts: merged.old_classes.into_iter().collect(), ..Self::default() };
        for ((contract, key), value) in merged.storage {
            diff.storage_diffs.entry(contract).or_default().push(StorageEntry { key, value });
        }
        diff.deployed_contracts = merged.contracts.into_iter().map(|(address, class_hash)| ContractClass { address, class_hash }).collect();
        let class = |(class_hash, compiled_class_hash)| DeclaredClass { class_hash, compiled_class_hash };
        diff.declared_classes = merged.classes.into_iter().map(class).collect();
        diff
    }
}

/// Every entry in which the two sides of block `height` differ, in the order of kind, contract and slot.
#[must_use]
pub(crate) fn compare(height: u64, ours: &StateDiff, theirs: &StateDiff) -> Vec<LedgerItem> {
    let (ours, theirs) = (MergedStateDiff::from(ours), MergedStateDiff::from(theirs));
    let mut items = Vec::new();
    for ((contract, slot), our, their) in differing(&ours.storage, &theirs.storage) {
        let mut item = LedgerItem::new(ItemKind::Storage, Role::Cause, height, &format!("{contract}/{slot}")).values(our, their);
        item.address = Some(contract);
        item.slot = Some(slot);
        items.push(item);
    }
    let maps = [
        (ItemKind::Nonce, &ours.nonces, &theirs.nonces),
        (ItemKind::ContractClass, &ours.contracts, &theirs.contracts),
        (ItemKind::ClassDeclaration, &ours.classes, &theirs.classes),
    ];
    for (kind, our_map, their_map) in maps {
        for (address, our, their) in differing(our_map, their_map) {
            let mut item = LedgerItem::new(kind, Role::Cause, height, &address.to_string()).values(our, their);
            item.address = Some(address);
            items.push(item);
        }
    }
    for class in ours.old_classes.symmetric_difference(&theirs.old_classes) {
        let declared = |side: &MergedStateDiff| side.old_classes.contains(class).then_some("declared");
        let mut item = LedgerItem::new(ItemKind::ClassDeclaration, Role::Cause, height, &format!("cairo0/{class}"))
            .values(declared(&ours), declared(&theirs));
        item.address = Some(*class);
        items.push(item);
    }
    items
}

/// Keys at which two maps differ, in order, with the value of each side.
fn differing<'m, K: Ord + Copy, V: PartialEq>(
    ours: &'m BTreeMap<K, V>,
    theirs: &'m BTreeMap<K, V>,
) -> impl Iterator<Item = (K, Option<&'m V>, Option<&'m V>)> {
    let keys: BTreeSet<K> = ours.keys().chain(theirs.keys()).copied().collect();
    keys.into_iter().map(|key| (key, ours.get(&key), theirs.get(&key))).filter(|(_, our, their)| our != their)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn felt(number: u64) -> Felt {
        Felt::from(number)
    }

    #[test]
    fn a_replaced_class_among_the_deployed_ones_is_no_difference() {
        let pair = ContractClass { address: felt(1), class_hash: felt(2) };
        let class = DeclaredClass { class_hash: felt(3), compiled_class_hash: felt(4) };
        let ours = StateDiff { deployed_contracts: vec![pair], declared_classes: vec![class], ..StateDiff::default() };
        let theirs = StateDiff { replaced_classes: vec![pair], migrated_compiled_classes: vec![class], ..StateDiff::default() };
        assert_eq!(compare(7, &ours, &theirs), []);
    }

    #[test]
    fn each_differing_entry_is_one_item_with_both_values() {
        let entry = |value| vec![StorageEntry { key: felt(5), value: felt(value) }];
        let ours = StateDiff { storage_diffs: [(felt(1), entry(8))].into(), nonces: [(felt(9), felt(1))].into(), ..StateDiff::default() };
        let theirs = StateDiff { storage_diffs: [(felt(1), entry(6))].into(), ..StateDiff::default() };
        let items = compare(7, &ours, &theirs);
        let seen: Vec<_> = items.iter().map(|it| (it.id.as_str(), it.ours.as_deref(), it.theirs.as_deref())).collect();
        assert_eq!(seen, [("7/storage/0x1/0x5", Some("0x8"), Some("0x6")), ("7/nonce/0x9", Some("0x1"), None)]);
    }
}
