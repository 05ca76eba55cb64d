//! The root of a Patricia tree of height 64 whose leaves have the keys 0, 1, 2 and so on.

use starknet_types_core::felt::Felt as Field;
use starknet_types_core::hash::{Poseidon, StarkHash as _};

const HEIGHT: u32 = 64;

/// Returns the root over `leaves` in their order, zero where there are none.
pub(super) fn root(leaves: &[Field]) -> Field {
    if leaves.is_empty() { Field::ZERO } else { node(leaves, HEIGHT) }
}

/// Hashes the subtree of `height` that holds `leaves` from its left end on.
fn node(leaves: &[Field], height: u32) -> Field {
    let full = full_height(leaves.len());
    let top = match leaves {
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            let below = full.saturating_sub(1);
            Poseidon::hash(&node(left, below), &node(right, below))
        }
    };
    match height.saturating_sub(full) {
        0 => top,
        length => edge(top, length),
    }
}

/// Height of the smallest subtree that has room for so many leaves.
fn full_height(leaves: usize) -> u32 {
    leaves.next_power_of_two().trailing_zeros()
}

/// An edge is the hash of the node below and of the path, here all zeros, plus the length of the path.
fn edge(below: Field, length: u32) -> Field {
    Poseidon::hash(&below, &Field::ZERO) + Field::from(length)
}
