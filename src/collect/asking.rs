//! From an answer to evidence: what it says, how much of it was seen, and whether it is what was asked for.

use super::{Access, Answer, Body, redact};
use crate::evidence::{
    BlobDigest, Block, Coverage, Extent, Gathered, Missing, Observed, ParseError, Provenance, ReportText, Request, RevertComparison,
    Snapshot, StateUpdate, blob, block, pre_resync, report_text, reverts, state_update,
};

/// Asks once and reads the answer.
pub(super) fn ask<T>(access: &dyn Access, request: &Request, parse: impl Fn(&str) -> Result<T, ParseError>) -> Gathered<T> {
    ask_whole(access, request, parse, |_, _| None)
}

/// Asks once and reads the answer; `gap` says of what was read why it is not all.
fn ask_whole<T>(
    access: &dyn Access,
    request: &Request,
    parse: impl Fn(&str) -> Result<T, ParseError>,
    gap: impl Fn(&T, &str) -> Option<String>,
) -> Gathered<T> {
    let missing = |reason: String| Missing::new(request.to_string(), redact::redact(&reason).text);
    match access.ask(request) {
        Answer::Body(mut body) => match parse(&body.text) {
            Ok(value) => {
                let gaps = [body.partial.take(), gap(&value, &body.text)].into_iter().flatten().collect::<Vec<_>>();
                body.partial = (!gaps.is_empty()).then(|| redact::redact(&gaps.join("; ")).text.into_owned());
                observed(value, &body)
            }
            Err(err) => Gathered::Failed(Missing::new(body.asked, redact::redact(&err.to_string()).text)),
        },
        Answer::Failed { reason } => Gathered::Failed(missing(reason)),
        Answer::Absent { reason } => Gathered::Absent(missing(reason)),
        Answer::NotAsked => Gathered::NotAsked,
    }
}

fn observed<T>(value: T, body: &Body) -> Gathered<T> {
    let extent = body.partial.clone().map_or(Extent::Complete, Extent::Partial);
    let source =
        Provenance { asked: body.asked.clone(), at: body.at, took_ms: body.took_ms, bytes: body.bytes, sha256: body.sha256.clone() };
    Gathered::Observed(Observed { value, coverage: Coverage { extent, redacted: body.redacted }, source })
}

/// A block, unless the answer is another one.
pub(super) fn block_at(access: &dyn Access, request: &Request, height: u64) -> Gathered<Block> {
    ask(access, request, |body| block::parse(body).and_then(|it| of_height(it.block_number, height).map(|()| it)))
}

/// Mainnet's block, unless the answer is another one. That mainnet has none, the feeder says with a code of its own: then there is nothing
/// to miss.
pub(super) fn mainnet_block(access: &dyn Access, height: u64) -> Gathered<Block> {
    let request = Request::MainnetBlock { block: height };
    let never = || Gathered::Absent(Missing::never_stored(request.to_string(), format!("the feeder answers {NO_SUCH_BLOCK}")));
    match access.ask(&request) {
        Answer::Body(body) if says_no_such_block(&body.text) => never(),
        Answer::Absent { reason } if reason.contains(NO_SUCH_BLOCK) => never(),
        _ => block_at(access, &request, height),
    }
}

/// The feeder's code for a height that it has no block of.
const NO_SUCH_BLOCK: &str = "StarknetErrorCode.BLOCK_NOT_FOUND";

/// Whether this is the feeder's error document for a height that it has no block of.
fn says_no_such_block(body: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Refusal<'a> {
        #[serde(borrow)]
        code: std::borrow::Cow<'a, str>,
    }
    serde_json::from_str::<Refusal<'_>>(body).is_ok_and(|it| it.code == NO_SUCH_BLOCK)
}

/// A digest of a blob, unless the answer is another one.
pub(super) fn blob_at(access: &dyn Access, request: &Request, height: u64) -> Gathered<BlobDigest> {
    ask(access, request, |body| blob::parse(body).and_then(|it| of_height(it.block_number, height).map(|()| it)))
}

/// A state update. It states no height, but the hash of its block: [`crate::evidence::identity`] holds that against the block.
pub(super) fn state_update(access: &dyn Access, request: &Request) -> Gathered<StateUpdate> {
    ask(access, request, state_update::parse)
}

fn of_height(stated: u64, asked: u64) -> Result<(), ParseError> {
    match stated == asked {
        true => Ok(()),
        false => Err(ParseError::new(format!("it says that it is block {stated}, but block {asked} was requested"))),
    }
}

/// A snapshot, with what is not there of it.
pub(super) fn snapshot(access: &dyn Access, request: &Request) -> Gathered<Snapshot> {
    ask_whole(access, request, pre_resync::parse, |it, _| it.gap())
}

/// The report as text, with what is not there of it.
pub(super) fn report_text(access: &dyn Access, request: &Request) -> Gathered<ReportText> {
    ask_whole(access, request, report_text::parse, |it, _| it.gap())
}

/// A comparison of reverts from its file, with what is not there of it.
pub(super) fn comparison(access: &dyn Access, request: &Request) -> Gathered<RevertComparison> {
    ask_whole(access, request, reverts::parse, |it, body| it.gap().or_else(|| reverts::cut(body)))
}
