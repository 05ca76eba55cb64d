//! Echonet's own state update from its memory. Never below the first block of the epoch.

use super::bound::Bound;
use super::mainnet_state_update;
use super::mark::Mark;
use super::situation::Situation;
use super::source::{DiesWith, PageQueue, Place, RefusalMeaning, Saved, Source, Wire};
use crate::evidence::{DumpKind, EvidenceName, Request};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet {
        page: "/feeder_gateway/get_state_update?blockNumber={block}",
        turn: PageQueue::Large,
        refusal: RefusalMeaning::AsStated,
    },
    saved: Saved::At(&[Place::at("http/echonet_get_state_update_{block}.json")]),
    recognised: &[Mark::STATE_UPDATE],
    reads: &[&mainnet_state_update::ANSWER],
    gives: &[EvidenceName::OursStateUpdate],
    best_for: &[],
    dies_with: DiesWith::Clear,
    limits: &[Bound::Answer, Bound::Together],
    says: "where there is no dump of the block, and only from the report's `current_start_block` on: below it, or where the report was not seen, Echonet would pass on mainnet's",
};

/// What of it is worth asking for.
pub(crate) fn worth(seen: &Situation) -> Vec<Request> {
    seen.not_dumped(DumpKind::StateUpdate).map(|block| Request::ServedStateUpdate { block }).collect()
}
