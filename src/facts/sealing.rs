//! Blocks that state what they hold, and blocks with the hash over what they state: for the tests of rules.

#[cfg(feature = "proof")]
use super::commitments::{self, CannotRecompute};
#[cfg(feature = "proof")]
use super::consistency::hash_of_stated;
use crate::evidence::{Block, StateUpdate};

/// Why a block cannot be made to state what it holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotSeal {
    /// Something cannot be computed.
    #[cfg(feature = "proof")]
    #[error(transparent)]
    Recompute(#[from] CannotRecompute),
    /// This build computes nothing.
    #[cfg(not(feature = "proof"))]
    #[error("{}", super::WITHOUT_PROOF)]
    WithoutProof,
}

/// A block that states what it holds: with its commitments, counts and hash computed again.
///
/// # Errors
/// When something cannot be computed, or this build computes nothing.
#[cfg(feature = "proof")]
pub fn sealed(block: Block, state: Option<&StateUpdate>) -> Result<Block, CannotSeal> {
    Ok(commitments::sealed(block, state.map(|it| &it.state_diff))?)
}

/// A block with the hash over what it states, whatever it holds.
///
/// # Errors
/// When something is not stated, or this build computes nothing.
#[cfg(feature = "proof")]
pub fn hashed_as_stated(block: Block, state: Option<&StateUpdate>) -> Result<Block, CannotSeal> {
    let block_hash = hash_of_stated(&block, state.map(|it| &it.state_diff))?;
    Ok(Block { block_hash, ..block })
}

/// A block that states what it holds: not in this build.
///
/// # Errors
/// Always.
#[cfg(not(feature = "proof"))]
pub fn sealed(_: Block, _: Option<&StateUpdate>) -> Result<Block, CannotSeal> {
    Err(CannotSeal::WithoutProof)
}

/// A block with the hash over what it states: not in this build.
///
/// # Errors
/// Always.
#[cfg(not(feature = "proof"))]
pub fn hashed_as_stated(_: Block, _: Option<&StateUpdate>) -> Result<Block, CannotSeal> {
    Err(CannotSeal::WithoutProof)
}
