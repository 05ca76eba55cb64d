//! A mainnet state update from the feeder gateway.

use super::mark::Mark;
use super::situation::Situation;
use super::source::{DiesWith, Place, Saved, Source, Wire};
use crate::evidence::{EvidenceName, Request};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Mainnet { page: "/feeder_gateway/get_state_update?blockNumber={block}" },
    saved: Saved::At(&[Place::at("mainnet/get_state_update_{block}.json")]),
    recognised: &[Mark::STATE_UPDATE, Mark::WITH_BLOCK],
    gives: &[EvidenceName::TheirsStateUpdate],
    dies_with: DiesWith::Never,
    says: "for the blocks that are looked at",
};

/// What of it is worth asking for.
pub(crate) fn worth(seen: &Situation) -> Vec<Request> {
    seen.heights.iter().map(|block| Request::MainnetStateUpdate { block: *block }).collect()
}
