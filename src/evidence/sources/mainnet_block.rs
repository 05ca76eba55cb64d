//! A mainnet block from the feeder gateway.

use super::mark::Mark;
use super::situation::Situation;
use super::source::{DiesWith, Place, Saved, Source, Wire};
use crate::evidence::{EvidenceName, Request};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Mainnet { page: "/feeder_gateway/get_block?blockNumber={block}&withFeeMarketInfo=true" },
    saved: Saved::At(&[Place::at("mainnet/get_block_{block}.json")]),
    recognised: &[Mark::BLOCK, Mark::WITH_BLOCK],
    gives: &[EvidenceName::TheirsBlock, EvidenceName::TheirsPreviousBlock, EvidenceName::TheirsNextBlock],
    dies_with: DiesWith::Never,
    says: "for the blocks that are looked at",
};

/// What of it is worth asking for.
pub(crate) fn worth(seen: &Situation) -> Vec<Request> {
    seen.heights.iter().map(|block| Request::MainnetBlock { block: *block }).collect()
}
