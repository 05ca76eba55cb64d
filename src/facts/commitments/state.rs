//! A state diff in the order in which it is hashed.

use std::collections::BTreeMap;

use starknet_types_core::felt::Felt as Field;
use starknet_types_core::hash::{Poseidon, StarkHash as _};

use super::protocol::short_string;
use super::{CannotRecompute, address, patricia_key};
use crate::evidence::Felt;
use crate::evidence::state_update::StateDiff;

/// What a state diff changes, once per thing that is changed: of two entries for one thing, the later counts.
pub(super) struct SortedDiff {
    deployed: BTreeMap<Felt, Felt>,
    declared: BTreeMap<Felt, Felt>,
    declared_without_compiled: Vec<Felt>,
    storage: BTreeMap<Felt, BTreeMap<Felt, Felt>>,
    nonces: BTreeMap<Felt, Felt>,
}

impl SortedDiff {
    /// Sorts a state diff. Replaced classes count as deployed and migrated ones as declared, as the protocol has it.
    ///
    /// # Errors
    /// When an address or a slot is out of range.
    pub(super) fn from_diff(diff: &StateDiff) -> Result<Self, CannotRecompute> {
        let deployed = diff.deployed_contracts.iter().chain(&diff.replaced_classes);
        let declared = diff.declared_classes.iter().chain(&diff.migrated_compiled_classes);
        let mut declared_without_compiled = diff.old_declared_contracts.clone();
        declared_without_compiled.sort_unstable();
        let mut storage = BTreeMap::new();
        for (contract, entries) in &diff.storage_diffs {
            let slots = entries.iter().map(|it| Ok((patricia_key("storage_diffs[].key", it.key)?, it.value)));
            storage.insert(address("storage_diffs", *contract)?, slots.collect::<Result<_, CannotRecompute>>()?);
        }
        let deployed = deployed.map(|it| Ok((address("deployed_contracts[].address", it.address)?, it.class_hash)));
        let nonces = diff.nonces.iter().map(|(contract, nonce)| Ok((address("nonces", *contract)?, *nonce)));
        Ok(Self {
            deployed: deployed.collect::<Result<_, CannotRecompute>>()?,
            declared: declared.map(|it| (it.class_hash, it.compiled_class_hash)).collect(),
            declared_without_compiled,
            storage,
            nonces: nonces.collect::<Result<_, CannotRecompute>>()?,
        })
    }

    /// Number of changes, as a block states it in `state_diff_length`.
    pub(super) fn len(&self) -> usize {
        let slots: usize = self.storage.values().map(BTreeMap::len).sum();
        [self.deployed.len(), self.declared.len(), self.declared_without_compiled.len(), self.nonces.len(), slots].into_iter().sum()
    }

    /// Poseidon over everything: the numbers of deployed contracts, declared classes, classes without a compiled one, contracts whose
    /// storage changed and nonces, each before its entries.
    pub(super) fn hash(&self) -> Field {
        let mut chain = vec![short_string("STARKNET_STATE_DIFF0")];
        push_pairs(&mut chain, &self.deployed);
        push_pairs(&mut chain, &self.declared);
        chain.push(Field::from(self.declared_without_compiled.len()));
        chain.extend(self.declared_without_compiled.iter().map(|it| it.0));
        // Two placeholders, for the data availability modes that there may be one day.
        chain.extend([Field::ONE, Field::ZERO]);
        let written = || self.storage.iter().filter(|(_, slots)| !slots.is_empty());
        chain.push(Field::from(written().count()));
        for (contract, slots) in written() {
            chain.push(contract.0);
            push_pairs(&mut chain, slots);
        }
        push_pairs(&mut chain, &self.nonces);
        Poseidon::hash_array(&chain)
    }
}

fn push_pairs(chain: &mut Vec<Field>, pairs: &BTreeMap<Felt, Felt>) {
    chain.push(Field::from(pairs.len()));
    chain.extend(pairs.iter().flat_map(|(key, value)| [key.0, value.0]));
}
