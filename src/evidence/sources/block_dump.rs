//! What Echonet holds of a block: in memory first, then in the newest archive.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::bound::Bound;
use super::mark::Mark;
use super::reader::Reader;
use super::situation::Situation;
use super::source::{DiesWith, PageQueue, Place, RefusalMeaning, Saved, Source, Wire};
use super::{mainnet_block, mainnet_state_update};
use crate::evidence::blob::ClassRuns;
use crate::evidence::{BlobDigest, DumpKind, EvidenceName, Felt, ParseError, Request, parse_json};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet {
        page: "/echonet/block_dump?blockNumber={block}&kind={kind}",
        turn: PageQueue::Large,
        refusal: RefusalMeaning::AsStated,
    },
    saved: Saved::At(&[
        Place::at("http/block_dump_{kind}_{block}.json"),
        // What the node posted is only dumped; the other two are served as well.
        served("http/echonet_get_{kind=block}_{block}.json"),
        served("http/echonet_get_{kind=state_update}_{block}.json"),
    ]),
    recognised: &[Mark::BLOCK, Mark::STATE_UPDATE, Mark::BLOB],
    reads: &[&mainnet_block::ANSWER, &mainnet_state_update::ANSWER, &BLOB],
    gives: &[EvidenceName::OursBlock, EvidenceName::OursStateUpdate, EvidenceName::OursPreviousBlock, EvidenceName::OursNextBlock],
    best_for: &[],
    dies_with: DiesWith::Clear,
    limits: &[Bound::Answer, Bound::Together],
    says: "for the blocks that are looked at",
};

/// What the node posted; of the other two, the form is the feeder gateway's.
pub const BLOB: Reader<BlobDigest> = Reader::new(digest);

/// What of it is worth asking for.
pub(crate) fn worth(seen: &Situation) -> Vec<Request> {
    seen.heights.iter().flat_map(|block| DumpKind::ALL.map(|kind| Request::BlockDump { block: *block, kind })).collect()
}

/// The same document as Echonet serves it, at this path.
const fn served(path: &'static str) -> Place {
    Place { path, asked: Some("GET /feeder_gateway/get_{kind}?blockNumber={block} (Echonet)") }
}

/// Reads a blob, and keeps what diagnosis uses.
fn digest(body: &str) -> Result<BlobDigest, ParseError> {
    let blob: RawBlob = parse_json(body)?;
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
            (true, _) => runs.native = runs.native.saturating_add(1),
            (false, Some(TrackedResource::CairoSteps)) => runs.cairo_steps = runs.cairo_steps.saturating_add(1),
            (false, Some(TrackedResource::SierraGas) | None) => runs.casm = runs.casm.saturating_add(1),
        }
    }
    Ok(BlobDigest {
        block_number: blob.block_number,
        transactions: blob.transactions.iter().map(|it| it.tx.hash_value).collect(),
        classes,
        block_hash_commitments: blob.block_hash_commitments,
    })
}

#[derive(Deserialize)]
struct RawBlob {
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
        let digest = BLOB.read(&body).expect("a blob");
        assert_eq!(digest.transactions, [Felt::from(5_u64)]);
        assert_eq!(digest.classes.get(&Felt::from(10_u64)), Some(&ClassRuns { native: 1, casm: 0, cairo_steps: 0 }));
        assert_eq!(digest.classes.get(&Felt::from(11_u64)), Some(&ClassRuns { native: 0, casm: 1, cairo_steps: 0 }));
    }
}
