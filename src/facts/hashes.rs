//! What was hashed already.
//!
//! A Patricia root costs thousands of permutations. Within a case nothing is hashed twice: not for the check of a side and for a proof,
//! not for the proofs of two findings that claim the same, and not for proofs that are tried together.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::{Block, BlockSide, Felt};
use crate::facts::commitments::CannotRecompute;
use crate::facts::undo::Undo;

/// Caches the hashes computed for a case.
#[derive(Debug, Default)]
pub struct Hashes {
    known: RefCell<BTreeMap<HashedContent, Result<Felt, CannotRecompute>>>,
}

impl Hashes {
    /// Returns the hash of `content`, computing it on first use.
    pub(super) fn get_or_compute(
        &self,
        content: HashedContent,
        compute: impl FnOnce() -> Result<Felt, CannotRecompute>,
    ) -> Result<Felt, CannotRecompute> {
        if let Some(known) = self.known.borrow().get(&content) {
            return known.clone();
        }
        let hash = compute();
        self.known.borrow_mut().insert(content, hash.clone());
        hash
    }

    /// Number of hashes computed so far, one per distinct content.
    #[cfg(test)]
    pub(super) fn computed(&self) -> usize {
        self.known.borrow().len()
    }
}

/// The content that a hash covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HashedContent {
    pub(super) side: BlockSide,
    pub(super) block: u64,
    pub(super) hashed: Hashed,
    /// The claims that are undone in it, as far as they concern it: how, and the id of the ledger item.
    pub(super) undone: BTreeSet<(Undo, String)>,
}

/// A part of a block that has a hash, in the order of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hashed {
    Transactions,
    Events,
    Receipts,
    State,
    Block,
}

impl Hashed {
    pub(super) const ALL: [Self; 5] = [Self::Transactions, Self::Events, Self::Receipts, Self::State, Self::Block];

    /// Name of the field that states it.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Transactions => "transaction_commitment",
            Self::Events => "event_commitment",
            Self::Receipts => "receipt_commitment",
            Self::State => "state_diff_commitment",
            Self::Block => "block_hash",
        }
    }

    /// What the block states of itself.
    pub(super) fn stated(self, block: &Block) -> Option<Felt> {
        match self {
            Self::Transactions => block.transaction_commitment,
            Self::Events => block.event_commitment,
            Self::Receipts => block.receipt_commitment,
            Self::State => block.state_diff_commitment,
            Self::Block => Some(block.block_hash),
        }
    }
}
