//! Where a transaction comes from that Echonet sent and that was not yet committed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bound::Bound;
use super::mark::Mark;
use super::page::{Doubt, Page};
use super::situation::Situation;
use super::source::{DiesWith, PageQueue, Place, RefusalMeaning, Saved, Source, Wire};
use crate::evidence::{EvidenceName, Felt, Gathered, ParseError, parse_json};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet {
        page: "/echonet/get_tx_block_metadata?tx_hash={tx_hash}",
        turn: PageQueue::Small,
        refusal: RefusalMeaning::UnknownIs500,
    },
    saved: Saved::At(&[Place::at("http/get_tx_block_metadata_{tx_hash}.json")]),
    recognised: &[Mark::OnlyFields(&["timestamp", "block_number"])],
    reads: &[&Here::ANSWER],
    gives: &[EvidenceName::Echonet],
    best_for: &[EvidenceName::Echonet],
    dies_with: DiesWith::Clear,
    limits: &[Bound::Answer, Bound::Together],
    says: "for the transaction of the trigger, where one triggered. HTTP 500 is an answer: Echonet does not know it now",
};

/// The page.
#[derive(Debug)]
pub struct Here;

impl Page for Here {
    type Slot = BTreeMap<Felt, Gathered<SentTransaction>>;
    const SAYS: &'static str = "Transactions that were sent and not yet committed. Absent: Echonet does not know it now, for it was never sent, or was committed, or a\nresync cleared it.";
    const DOUBT: Doubt = Doubt::UnlessAbsent;

    fn parse(body: &str) -> Result<SentTransaction, ParseError> {
        parse_json(body)
    }

    fn worth(seen: &Situation) -> Vec<Felt> {
        seen.trigger.and_then(|it| it.tx_hash).into_iter().collect()
    }

    fn called(tx_hash: &Felt) -> String {
        format!("transaction {tx_hash}")
    }

    fn shown(sent: &SentTransaction) -> String {
        format!("of block {}", sent.block_number)
    }
}

/// Where a transaction that was sent and not yet committed comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SentTransaction {
    /// Height of the mainnet block that it was taken from.
    pub block_number: u64,
    /// Time of that block, in whole seconds since the Unix epoch (UTC).
    pub timestamp: u64,
}
