//! The newest block whose state commitment Echonet stored.

use super::bound::Bound;
use super::mark::Mark;
use super::page::{Page, height};
use super::situation::Situation;
use super::source::{DiesWith, PageQueue, Place, RefusalMeaning, Saved, Source, Wire};
use crate::evidence::{EvidenceName, Gathered, ParseError};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet {
        page: "/cende_recorder/get_last_stored_commitment_height",
        turn: PageQueue::Small,
        refusal: RefusalMeaning::AsStated,
    },
    saved: Saved::At(&[Place::at("http/get_last_stored_commitment_height.json")]),
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
    type Slot = Gathered<Option<u64>>;
    const SAYS: &'static str = "The newest block whose state commitment Echonet stored; null if it stored none.";

    fn parse(body: &str) -> Result<Option<u64>, ParseError> {
        height(body)
    }

    fn worth(_: &Situation) -> Vec<()> {
        vec![()]
    }

    fn called((): &()) -> String {
        "the last stored commitment".to_owned()
    }

    fn shown(block: &Option<u64>) -> String {
        block.map_or("none".to_owned(), |it| it.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::super::latest_received_block;
    use super::*;

    #[test]
    fn a_height_that_is_null_is_told_from_one_that_is_missing() {
        let latest = latest_received_block::Here::parse;
        assert_eq!(Here::parse("{\"block_number\": 7}"), Ok(Some(7)));
        assert_eq!(Here::parse("{\"block_number\": null}"), Ok(None));
        assert_eq!(latest("{\"block_number\": 7}"), Ok(7));
        for body in ["{}", "{\"block_number\": -1}", "{\"block_number\": \"7\"}", "", "7", "<html>"] {
            assert!(Here::parse(body).is_err() && latest(body).is_err(), "{body}");
        }
        assert!(latest("{\"block_number\": null}").is_err());
    }
}
