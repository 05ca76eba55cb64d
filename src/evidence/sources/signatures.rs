//! The signature that Echonet serves for a block. Never below the first block of the epoch.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bound::Bound;
use super::mark::Mark;
use super::page::{Doubt, Page};
use super::situation::Situation;
use super::source::{DiesWith, PageQueue, Place, RefusalMeaning, Saved, Source, Wire};
use crate::evidence::{EvidenceName, Extra, Felt, Gathered, ParseError, parse_json};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet {
        page: "/feeder_gateway/get_signature?blockNumber={block}",
        turn: PageQueue::Small,
        refusal: RefusalMeaning::AsStated,
    },
    saved: Saved::At(&[Place::at("http/echonet_get_signature_{block}.json")]),
    recognised: &[Mark::Fields(&["block_hash", "signature"])],
    reads: &[&Here::ANSWER],
    gives: &[EvidenceName::Echonet],
    best_for: &[EvidenceName::Echonet],
    dies_with: DiesWith::Clear,
    limits: &[Bound::Answer, Bound::Together],
    says: "for the block of the trigger, from the report's `current_start_block` on",
};

/// The page.
#[derive(Debug)]
pub struct Here;

impl Page for Here {
    type Slot = BTreeMap<u64, Gathered<Signature>>;
    const SAYS: &'static str =
        "Signatures of blocks that Echonet holds in memory. It signs nothing: each is that of the configured run's first block.";
    const DOUBT: Doubt = Doubt::Never;

    fn parse(body: &str) -> Result<Signature, ParseError> {
        parse_json(body)
    }

    /// Below the epoch's first block, Echonet would pass on what mainnet says.
    fn worth(seen: &Situation) -> Vec<u64> {
        seen.trigger.map(|it| it.block).filter(|it| seen.start.is_some_and(|start| start <= *it)).into_iter().collect()
    }

    fn called(block: &u64) -> String {
        format!("the signature of block {block}")
    }

    fn listed(block: &u64) -> String {
        format!("signature {block}")
    }
}

/// A signature of a block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Signature {
    /// Hash of the block that was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_hash: Option<Felt>,
    /// The signature.
    pub signature: Vec<Felt>,
    /// Everything else in the payload.
    #[serde(flatten)]
    pub other: Extra,
}
