//! What Echonet holds of a block: in memory first, then in the newest archive.

use super::mark::Mark;
use super::situation::Situation;
use super::source::{DiesWith, Place, Refusal, Saved, Source, Turn, Wire};
use crate::evidence::{DumpKind, EvidenceName, Request};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet { page: "/echonet/block_dump?blockNumber={block}&kind={kind}", turn: Turn::Large, refusal: Refusal::AsStated },
    saved: Saved::At(&[
        Place::at("http/block_dump_{kind}_{block}.json"),
        // What the node posted is only dumped; the other two are served as well.
        served("http/echonet_get_{kind=block}_{block}.json"),
        served("http/echonet_get_{kind=state_update}_{block}.json"),
    ]),
    recognised: &[Mark::BLOCK, Mark::STATE_UPDATE, Mark::BLOB],
    gives: &[EvidenceName::OursBlock, EvidenceName::OursStateUpdate, EvidenceName::OursPreviousBlock, EvidenceName::OursNextBlock],
    dies_with: DiesWith::Clear,
    says: "for the blocks that are looked at",
};

/// What of it is worth asking for.
pub(crate) fn worth(seen: &Situation) -> Vec<Request> {
    seen.heights.iter().flat_map(|block| DumpKind::ALL.map(|kind| Request::BlockDump { block: *block, kind })).collect()
}

/// The same document as Echonet serves it, at this path.
const fn served(path: &'static str) -> Place {
    Place { path, asked: Some("GET /feeder_gateway/get_{kind}?blockNumber={block} (Echonet)") }
}
