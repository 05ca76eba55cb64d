//! What a block changed in the state: `get_state_update`, or Echonet's `state_update_<N>.json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Extra, Felt, lenient};

/// A state update in the feeder gateway's form.
///
/// Echonet's roots are synthetic, its replaced classes are among `deployed_contracts` and its migrated ones among
/// `declared_classes`; the facts merges both sides before it compares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StateUpdate {
    /// Hash of the block that made the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_hash: Option<Felt>,
    /// State root after the block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_root: Option<Felt>,
    /// State root before the block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_root: Option<Felt>,
    /// The change.
    pub state_diff: StateDiff,
    /// Everything else in the payload.
    #[serde(flatten)]
    pub other: Extra,
}

/// A change of the state. The order of entries carries no meaning. A list that is missing was lost, and is not read as empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct StateDiff {
    /// New storage values by contract.
    #[serde(deserialize_with = "lenient::list")]
    pub storage_diffs: BTreeMap<Felt, Vec<StorageEntry>>,
    /// New nonces by contract.
    #[serde(deserialize_with = "lenient::list")]
    pub nonces: BTreeMap<Felt, Felt>,
    /// New contracts.
    #[serde(deserialize_with = "lenient::list")]
    pub deployed_contracts: Vec<ContractClass>,
    /// New classes.
    #[serde(deserialize_with = "lenient::list")]
    pub declared_classes: Vec<DeclaredClass>,
    /// New classes of Cairo 0.
    #[serde(deserialize_with = "lenient::list")]
    pub old_declared_contracts: Vec<Felt>,
    /// Contracts that changed their class.
    #[serde(deserialize_with = "lenient::list")]
    pub replaced_classes: Vec<ContractClass>,
    /// Classes that changed their compiled hash; from 0.14.1.
    #[serde(default, deserialize_with = "lenient::list")]
    pub migrated_compiled_classes: Vec<DeclaredClass>,
}

/// One storage slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StorageEntry {
    /// Slot.
    pub key: Felt,
    /// New value.
    pub value: Felt,
}

/// A contract and its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContractClass {
    /// Contract.
    pub address: Felt,
    /// Class.
    pub class_hash: Felt,
}

/// A class and the hash of its compiled form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeclaredClass {
    /// Class.
    pub class_hash: Felt,
    /// Hash of the compiled class.
    pub compiled_class_hash: Felt,
}
