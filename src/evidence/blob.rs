//! What the node posted for a block: `block_dump?kind=blob`, `blob_<N>.json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Felt, ParseError, parse_json};

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

#[derive(Deserialize)]
struct Blob {
    block_number: u64,
    transactions: Vec<BlobTransaction>,
    execution_infos: Vec<ExecutionInfo>,
    #[serde(default)]
    block_hash_commitments: BTreeMap<String, Felt>,
}

#[derive(Deserialize)]
struct BlobTransaction {
    tx: BlobTransactionBody,
}

#[derive(Deserialize)]
struct BlobTransactionBody {
    hash_value: Felt,
}

#[derive(Deserialize)]
struct ExecutionInfo {
    #[serde(default)]
    validate_call_info: Option<CallInfo>,
    #[serde(default)]
    execute_call_info: Option<CallInfo>,
    #[serde(default)]
    fee_transfer_call_info: Option<CallInfo>,
}

#[derive(Deserialize)]
struct CallInfo {
    call: Call,
    execution: Execution,
    #[serde(default)]
    inner_calls: Vec<CallInfo>,
    #[serde(default)]
    tracked_resource: Option<TrackedResource>,
}

#[derive(Deserialize)]
struct Call {
    #[serde(default)]
    class_hash: Option<Felt>,
}

#[derive(Deserialize)]
struct Execution {
    #[serde(default)]
    cairo_native: bool,
}

#[derive(Clone, Copy, Deserialize)]
enum TrackedResource {
    SierraGas,
    CairoSteps,
}

/// Reads a blob and keeps its digest.
///
/// # Errors
/// When the body is no blob.
pub fn parse(body: &str) -> Result<BlobDigest, ParseError> {
    let blob: Blob = parse_json(body)?;
    let mut classes: BTreeMap<Felt, ClassRuns> = BTreeMap::new();
    let mut frames: Vec<&CallInfo> = blob
        .execution_infos
        .iter()
        .flat_map(|it| [&it.validate_call_info, &it.execute_call_info, &it.fee_transfer_call_info])
        .flatten()
        .collect();
    while let Some(frame) = frames.pop() {
        frames.extend(&frame.inner_calls);
        let Some(class_hash) = frame.call.class_hash else { continue };
        let runs = classes.entry(class_hash).or_default();
        match (frame.execution.cairo_native, frame.tracked_resource) {
            (true, _) => runs.native += 1,
            (false, Some(TrackedResource::CairoSteps)) => runs.cairo_steps += 1,
            (false, Some(TrackedResource::SierraGas) | None) => runs.casm += 1,
        }
    }
    Ok(BlobDigest {
        block_number: blob.block_number,
        transactions: blob.transactions.iter().map(|it| it.tx.hash_value).collect(),
        classes,
        block_hash_commitments: blob.block_hash_commitments,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_by_class_and_backend_at_every_depth() {
        let frame = |class: &str, native: bool, inner: &str| {
            format!(
                r#"{{"call":{{"class_hash":"{class}"}},"execution":{{"cairo_native":{native}}},"inner_calls":[{inner}],"tracked_resource":"SierraGas"}}"#
            )
        };
        let body = format!(
            r#"{{"block_number":7,"transactions":[{{"tx":{{"type":"INVOKE_FUNCTION","hash_value":"0x5"}},"time_created":1}}],"execution_infos":[{{"validate_call_info":{},"execute_call_info":null}}],"block_hash_commitments":{{}}}}"#,
            frame("0xa", true, &frame("0xb", false, ""))
        );
        let digest = parse(&body).expect("a blob");
        assert_eq!(digest.transactions, [Felt::from(5_u64)]);
        assert_eq!(digest.classes.get(&Felt::from(10_u64)), Some(&ClassRuns { native: 1, casm: 0, cairo_steps: 0 }));
        assert_eq!(digest.classes.get(&Felt::from(11_u64)), Some(&ClassRuns { native: 0, casm: 1, cairo_steps: 0 }));
    }
}
