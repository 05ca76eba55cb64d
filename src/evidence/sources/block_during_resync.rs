//! Echonet's block while a resync was scaling the sequencer down.

use super::bound::Bound;
use super::mainnet_block;
use super::mark::Mark;
use super::situation::Situation;
use super::source::{DiesWith, Place, Saved, Source, Wire};
use crate::evidence::{EvidenceName, Request};

/// How this evidence is asked for, recognised under any name, and read.
pub const SOURCE: Source = Source {
    wire: Wire::Captured { words: "GET /feeder_gateway/get_block?blockNumber={block} (Echonet, during resync {episode})" },
    saved: Saved::At(&[Place::at("during_resync_{episode}/echonet_get_block_{block}.json")]),
    recognised: &[Mark::BLOCK],
    reads: &[&mainnet_block::ANSWER],
    gives: &[EvidenceName::OursBlock, EvidenceName::OursPreviousBlock, EvidenceName::OursNextBlock],
    best_for: &[],
    dies_with: DiesWith::Clear,
    limits: &[Bound::File],
    says: "never by whysync: somebody must save it while the resync is running",
};

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    // It was saved, or it is lost.
    Vec::new()
}
