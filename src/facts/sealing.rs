//! Blocks that state what they hold, and blocks with the hash over what they state: for the tests of rules.

use super::commitments::{self, CannotRecompute};
use super::consistency::hash_of_stated;
use crate::evidence::{Block, StateUpdate};

/// A block that states what it holds: with its commitments, counts and hash computed again.
///
/// # Errors
/// When something cannot be computed.
pub fn sealed(block: Block, state: Option<&StateUpdate>) -> Result<Block, CannotRecompute> {
    commitments::sealed(block, state.map(|it| &it.state_diff))
}

/// A block with the hash over what it states, whatever it holds.
///
/// # Errors
/// When something is not stated.
pub fn hashed_as_stated(block: Block, state: Option<&StateUpdate>) -> Result<Block, CannotRecompute> {
    let block_hash = hash_of_stated(&block, state.map(|it| &it.state_diff))?;
    Ok(Block { block_hash, ..block })
}
