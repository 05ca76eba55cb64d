//! The wire form of [`CheckedSide`].

use schemars::JsonSchema;
use serde::Serialize;

use crate::findings::{CheckedSide, Consistency};

/// One side of one diverging block, hashed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2SideCheck {
    /// Number of the episode.
    pub episode: u32,
    /// Height.
    pub block: u64,
    /// Side that the block belongs to: `Echonet` or `mainnet`.
    pub side: String,
    /// Result of the check.
    pub result: V2Consistency,
    /// What is stated and not reproduced, one sentence each; empty unless inconsistent.
    pub wrong: Vec<String>,
    /// Why something could not be recomputed; null if all of it could.
    pub gap: Option<String>,
}

/// Whether a side is what it states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum V2Consistency {
    /// Its payload gives the hash that it states.
    Consistent,
    /// Its payload gives something else.
    Inconsistent,
    /// Its hash could not be recomputed.
    Unknown,
}

impl From<&CheckedSide> for V2SideCheck {
    fn from(it: &CheckedSide) -> Self {
        Self {
            episode: it.episode,
            block: it.block,
            side: it.side.clone(),
            result: match it.result {
                Consistency::Consistent => V2Consistency::Consistent,
                Consistency::Inconsistent => V2Consistency::Inconsistent,
                Consistency::Unknown => V2Consistency::Unknown,
            },
            wrong: it.wrong.clone(),
            gap: it.gap.clone(),
        }
    }
}
