//! A mainnet block's time and prices as Echonet knows them. May cost Echonet one call to mainnet.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bound::Bound;
use super::mark::Mark;
use super::page::Page;
use super::situation::Situation;
use super::source::{DiesWith, PageQueue, Place, RefusalMeaning, Saved, Source, Wire};
use crate::evidence::{EvidenceName, Felt, Gathered, ParseError, parse_json};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet {
        page: "/echonet/get_block_metadata?block_number={block}",
        turn: PageQueue::Small,
        refusal: RefusalMeaning::CostsMainnet,
    },
    saved: Saved::At(&[Place::at("http/get_block_metadata_{block}.json")]),
    recognised: &[Mark::Fields(&["timestamp", "l1_gas_price_wei"])],
    reads: &[&Here::ANSWER],
    gives: &[EvidenceName::Echonet],
    best_for: &[EvidenceName::Echonet],
    dies_with: DiesWith::Clear,
    limits: &[Bound::Answer, Bound::Together],
    says: "for the block of the trigger alone. It says what Echonet knows of mainnet's block; where it keeps no copy, that costs one call to mainnet, so it is not asked again when it fails. Echonet notes the question in its log",
};

/// The page.
#[derive(Debug)]
pub struct Here;

impl Page for Here {
    type Slot = BTreeMap<u64, Gathered<BlockMetadata>>;
    const SAYS: &'static str = "Mainnet's blocks as Echonet knows them: its copy from the replay, or else mainnet's answer of now; which of both, it does not say.";

    fn parse(body: &str) -> Result<BlockMetadata, ParseError> {
        parse_json(body)
    }

    fn worth(seen: &Situation) -> Vec<u64> {
        seen.trigger.map(|it| it.block).into_iter().collect()
    }

    fn called(block: &u64) -> String {
        format!("the metadata of block {block}")
    }

    fn listed(block: &u64) -> String {
        format!("mainnet block {block}")
    }
}

/// What a mainnet block says of its time and prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BlockMetadata {
    /// Time of the block, in whole seconds since the Unix epoch (UTC).
    pub timestamp: u64,
    /// Price of L1 gas, in wei.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l1_gas_price_wei: Option<Felt>,
    /// Price of L1 gas, in fri.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l1_gas_price_fri: Option<Felt>,
    /// Price of L1 data gas, in wei.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l1_data_gas_price_wei: Option<Felt>,
    /// Price of L1 data gas, in fri.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l1_data_gas_price_fri: Option<Felt>,
    /// Price of L2 gas, in fri.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l2_gas_price_fri: Option<Felt>,
}
