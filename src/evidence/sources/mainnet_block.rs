//! A mainnet block from the feeder gateway.

use serde::Deserialize;

use super::bound::Bound;
use super::mark::Mark;
use super::reader::Reader;
use super::situation::Situation;
use super::source::{DiesWith, Place, Saved, Source, Wire};
use crate::evidence::block::{ExecutionStatus, Receipt};
use crate::evidence::{Block, EvidenceName, ParseError, Request, parse_json};

/// How this evidence is asked for, recognised under any name, and read.
pub const SOURCE: Source = Source {
    wire: Wire::Mainnet { page: "/feeder_gateway/get_block?blockNumber={block}&withFeeMarketInfo=true" },
    saved: Saved::At(&[Place::at("mainnet/get_block_{block}.json")]),
    recognised: &[Mark::BLOCK, Mark::WITH_BLOCK],
    reads: &[&ANSWER],
    gives: &[EvidenceName::TheirsBlock, EvidenceName::TheirsPreviousBlock, EvidenceName::TheirsNextBlock],
    best_for: &[EvidenceName::TheirsBlock, EvidenceName::TheirsPreviousBlock, EvidenceName::TheirsNextBlock],
    dies_with: DiesWith::Never,
    limits: &[Bound::Answer, Bound::Together],
    says: "for the blocks that are looked at",
};

/// A block in the feeder gateway's form, in which Echonet keeps and serves its own as well.
pub const ANSWER: Reader<Block> = Reader::new(block);

/// What of it is worth asking for.
pub(crate) fn worth(seen: &Situation) -> Vec<Request> {
    seen.heights.iter().map(|block| Request::MainnetBlock { block: *block }).collect()
}

fn block(body: &str) -> Result<Block, ParseError> {
    let block: Block = parse_json(body).map_err(|err| if is_pending(body) { ParseError::new(PENDING) } else { err })?;
    let hashes = (block.transactions.iter().map(|it| it.transaction_hash), block.transaction_receipts.iter().map(|it| it.transaction_hash));
    if !hashes.0.eq(hashes.1) {
        return Err(ParseError::new("its receipts are not those of its transactions"));
    }
    let is_torn = |it: &&Receipt| it.revert_error.is_some() && it.execution_status == ExecutionStatus::Succeeded;
    if let Some(receipt) = block.transaction_receipts.iter().find(is_torn) {
        return Err(ParseError::new(format!(
            "the receipt of {} has a revert error and does not say that it reverted",
            receipt.transaction_hash
        )));
    }
    Ok(block)
}

/// Why a block that is not closed is none yet.
const PENDING: &str = "it is a pending block, which has neither a number nor a hash yet: ask for it again once it is accepted";

fn is_pending(body: &str) -> bool {
    #[derive(Deserialize)]
    struct Stated {
        status: String,
    }
    serde_json::from_str::<Stated>(body).is_ok_and(|it| matches!(it.status.as_str(), "PENDING" | "PRE_CONFIRMED"))
}
