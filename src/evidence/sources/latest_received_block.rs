//! The newest block that the sequencer posted to Echonet.

use super::bound::Bound;
use super::mark::Mark;
use super::page::{Page, height};
use super::situation::Situation;
use super::source::{DiesWith, PageQueue, Place, RefusalMeaning, Saved, Source, Wire};
use crate::evidence::{EvidenceName, Gathered, ParseError};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet { page: "/cende_recorder/get_latest_received_block", turn: PageQueue::Small, refusal: RefusalMeaning::AsStated },
    saved: Saved::At(&[Place::at("http/get_latest_received_block.json")]),
    recognised: &[Mark::OnlyFields(&["block_number"])],
    reads: &[&Here::ANSWER],
    gives: &[EvidenceName::Echonet],
    best_for: &[EvidenceName::Echonet],
    dies_with: DiesWith::Clear,
    limits: &[Bound::Answer, Bound::Together],
    says: "once",
};

/// The page.
#[derive(Debug)]
pub struct Here;

impl Page for Here {
    type Slot = Gathered<u64>;
    const SAYS: &'static str =
        "The newest block that the sequencer posted; the block before the epoch's first one where it posted none yet.";

    fn parse(body: &str) -> Result<u64, ParseError> {
        height(body)?.ok_or_else(|| ParseError::new("`block_number` is null"))
    }

    fn worth(_: &Situation) -> Vec<()> {
        vec![()]
    }

    fn called((): &()) -> String {
        "the latest received block".to_owned()
    }

    fn shown(block: &u64) -> String {
        block.to_string()
    }
}
