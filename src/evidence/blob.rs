//! What the node posted for a block: `block_dump?kind=blob`, `blob_<N>.json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Felt;

/// The parts of a cende blob that diagnosis uses; the blob itself is many megabytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlobDigest {
    /// Height.
    pub block_number: u64,
    /// Transaction hashes in the order of execution.
    pub transactions: Vec<Felt>,
    /// How the classes of the block ran, over all call frames that the blob shows (reverted execution shows none).
    pub classes: BTreeMap<Felt, ClassRuns>,
    /// The node's own commitments by name; empty on images that do not send them.
    #[serde(default)]
    pub block_hash_commitments: BTreeMap<String, Felt>,
}

/// How often the frames of one class ran on which backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassRuns {
    /// Frames that ran as native code.
    pub native: u64,
    /// Frames that ran on the virtual machine and were metered in Sierra gas.
    pub casm: u64,
    /// Frames that ran on the virtual machine and were metered in steps (Cairo 0 or old Sierra).
    pub cairo_steps: u64,
}
