//! The hashes of a build that can make them.

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
    pub(in crate::facts) fn get_or_compute(
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
    pub(in crate::facts) fn computed(&self) -> usize {
        self.known.borrow().len()
    }
}

/// The content that a hash covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::facts) struct HashedContent {
    pub(in crate::facts) side: BlockSide,
    pub(in crate::facts) block: u64,
    pub(in crate::facts) hashed: Hashed,
    /// The claims that are undone in it, as far as they concern it: how, and the id of the ledger item.
    pub(in crate::facts) undone: BTreeSet<(Undo, String)>,
}

/// A part of a block that has a hash, in the order of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::facts) enum Hashed {
    Transactions,
    Events,
    Receipts,
    State,
    Block,
}

impl Hashed {
    pub(in crate::facts) const ALL: [Self; 5] = [Self::Transactions, Self::Events, Self::Receipts, Self::State, Self::Block];

    /// Name of the field that states it.
    pub(in crate::facts) fn field(self) -> &'static str {
        match self {
            Self::Transactions => "transaction_commitment",
            Self::Events => "event_commitment",
            Self::Receipts => "receipt_commitment",
            Self::State => "state_diff_commitment",
            Self::Block => "block_hash",
        }
    }

    /// What the block states of itself.
    pub(in crate::facts) fn stated(self, block: &Block) -> Option<Felt> {
        match self {
            Self::Transactions => block.transaction_commitment,
            Self::Events => block.event_commitment,
            Self::Receipts => block.receipt_commitment,
            Self::State => block.state_diff_commitment,
            Self::Block => Some(block.block_hash),
        }
    }
}
