//! Whether each side's payloads match the hashes that they state.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::BlockSide;

/// One side of one diverging block, hashed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedSide {
    /// Episode.
    pub episode: u32,
    /// Height.
    pub block: u64,
    /// Side that the block belongs to: `Echonet` or `mainnet`.
    pub side: String,
    /// Result of the check.
    pub result: Consistency,
    /// What is stated and not reproduced, one sentence each; empty unless inconsistent.
    pub wrong: Vec<String>,
    /// Why something could not be recomputed; absent if all of it could.
    pub gap: Option<String>,
}

/// A copy of a block that is not the block, where something differs from it that nobody can judge therefore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlteredCopy {
    /// Episode.
    pub episode: u32,
    /// Height.
    pub block: u64,
    /// Side that the block belongs to.
    pub side: BlockSide,
    /// That it is not the block, and why: a sentence without its end.
    pub why: String,
}

/// Whether a side is what it states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Consistency {
    /// Its payload gives the hash that it states.
    Consistent,
    /// Its payload gives something else.
    Inconsistent,
    /// Its hash could not be recomputed.
    Unknown,
}
