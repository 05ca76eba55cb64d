//! What was hashed already.
//!
//! A Patricia root costs thousands of permutations. Within a case nothing is hashed twice: not for the check of a side and for a proof,
//! not for the proofs of two findings that claim the same, and not for proofs that are tried together.

pub(crate) use known::Hashes;
pub(super) use known::{Hashed, HashedContent};

mod known;
