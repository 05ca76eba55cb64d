//! What this binary is: its version, the commit it was built from, and its rules.

use crate::engine::language::catalog::{builtin, digest};

/// The version, with the commit that a release was built from and the digest of the rules in it, because verdicts depend on both.
#[must_use]
pub fn version() -> String {
    format!("{} ({}, rules {})", env!("CARGO_PKG_VERSION"), env!("WHYSYNC_BUILT_FROM"), digest(&builtin()))
}
