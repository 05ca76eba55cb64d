//! A mainnet state update from the feeder gateway.

use serde::Deserialize;

use super::bound::Bound;
use super::mark::Mark;
use super::reader::Reader;
use super::situation::Situation;
use super::source::{DiesWith, Place, Saved, Source, Wire};
use crate::evidence::{EvidenceName, ParseError, Request, StateUpdate, parse_json};

/// How this evidence is asked for, recognised under any name, and read.
pub const SOURCE: Source = Source {
    wire: Wire::Mainnet { page: "/feeder_gateway/get_state_update?blockNumber={block}" },
    saved: Saved::At(&[Place::at("mainnet/get_state_update_{block}.json")]),
    recognised: &[Mark::STATE_UPDATE, Mark::WITH_BLOCK],
    reads: &[&ANSWER],
    gives: &[EvidenceName::TheirsStateUpdate],
    best_for: &[EvidenceName::TheirsStateUpdate],
    dies_with: DiesWith::Never,
    limits: &[Bound::Answer, Bound::Together],
    says: "for the blocks that are looked at",
};

/// A state update in the feeder gateway's form, in which Echonet keeps and serves its own as well. It states no height.
pub const ANSWER: Reader<StateUpdate> = Reader::new(state_update);

/// What of it is worth asking for.
pub(crate) fn worth(seen: &Situation) -> Vec<Request> {
    seen.heights.iter().map(|block| Request::MainnetStateUpdate { block: *block }).collect()
}

fn state_update(body: &str) -> Result<StateUpdate, ParseError> {
    /// The answer to `includeBlock=true`: the block beside its state update.
    #[derive(Deserialize)]
    struct WithBlock {
        state_update: StateUpdate,
    }
    parse_json(body).or_else(|err| parse_json(body).map(|it: WithBlock| it.state_update).map_err(|_| err))
}
