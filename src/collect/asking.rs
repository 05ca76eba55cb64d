//! From an answer to evidence: what it says, how much of it was seen, and whether it is what was asked for.

use super::{Access, Answer, Body, redact};
use crate::evidence::sources::{Reader, block_dump, mainnet_block as feeder_block};
use crate::evidence::{BlobDigest, Block, Coverage, Extent, Gathered, Missing, Observed, ParseError, Provenance, Request};

/// Asks once and reads the answer.
pub(super) fn ask<T>(access: &dyn Access, request: &Request, reader: &Reader<T>) -> Gathered<T> {
    ask_for(access, request, reader, |_| Ok(()))
}

/// Asks once and reads the answer, unless it is not the one that was asked for.
pub(super) fn ask_for<T>(
    access: &dyn Access,
    request: &Request,
    reader: &Reader<T>,
    is_it: impl Fn(&T) -> Result<(), ParseError>,
) -> Gathered<T> {
    let missing = |reason: String| Missing::new(request.to_string(), redact::redact(&reason).text);
    match access.ask(request) {
        Answer::Body(mut body) => match reader.read_shared(&body.text).and_then(|it| is_it(&it).map(|()| it)) {
            Ok(value) => {
                let gaps = [body.partial.take(), reader.gap(&value, &body.text)].into_iter().flatten().collect::<Vec<_>>();
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
    ask_for(access, request, &feeder_block::ANSWER, |it| of_height(it.block_number, height))
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
    struct FeederError<'a> {
        #[serde(borrow)]
        code: std::borrow::Cow<'a, str>,
    }
    serde_json::from_str::<FeederError<'_>>(body).is_ok_and(|it| it.code == NO_SUCH_BLOCK)
}

/// A digest of a blob, unless the answer is another one.
pub(super) fn blob_at(access: &dyn Access, request: &Request, height: u64) -> Gathered<BlobDigest> {
    ask_for(access, request, &block_dump::BLOB, |it| of_height(it.block_number, height))
}

fn of_height(stated: u64, asked: u64) -> Result<(), ParseError> {
    match stated == asked {
        true => Ok(()),
        false => Err(ParseError::new(format!("it says that it is block {stated}, but block {asked} was requested"))),
    }
}
