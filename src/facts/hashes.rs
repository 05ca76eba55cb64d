//! What was hashed already.
//!
//! A Patricia root costs thousands of permutations. Within a case nothing is hashed twice: not for the check of a side and for a proof,
//! not for the proofs of two findings that claim the same, and not for proofs that are tried together.

/// The hashes of a case that somebody asked for: none, for this build cannot make any.
#[cfg(not(feature = "proof"))]
#[derive(Debug, Default)]
pub struct Hashes {}

#[cfg(feature = "proof")]
pub(crate) use known::Hashes;
#[cfg(feature = "proof")]
pub(super) use known::{HashedContent, Hashed};

#[cfg(feature = "proof")]
mod known;
