//! What Echonet says of itself beside its report, when the evidence was collected.

use schemars::JsonSchema;
use serde::Serialize;

use super::premises::Premises;
use super::trigger::Trigger;
use crate::evidence::block::GasPrice;
use crate::evidence::sources::block_metadata::BlockMetadata;
use crate::evidence::{Block, Bundle, EvidenceName, Felt, Gathered};

/// Evidence that these facts are derived from.
pub(crate) const READS: &[EvidenceName] = &[EvidenceName::Echonet];

/// What Echonet said of itself when the evidence was collected: after the last resync, so during the replay.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct EchonetFacts {
    /// Mainnet's protocol version at the first block of the configured run, such as `0.14.3`.
    pub starknet_version: Option<String>,
    /// The newest block that the sequencer posted; the block before the epoch's first one where it posted none yet.
    pub latest_received_block: Option<u64>,
    /// The newest block whose state commitment Echonet stored; absent also where it stored none.
    pub last_stored_commitment: Option<u64>,
    /// What Echonet knows of mainnet's blocks, by height.
    pub mainnet_blocks: Vec<MainnetCopy>,
    /// Transactions that Echonet was asked about.
    pub transactions: Vec<TransactionState>,
}

/// What Echonet knows of a mainnet block: its copy from the replay, or what mainnet answered it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MainnetCopy {
    /// Height.
    pub block: u64,
    /// Time of the block, in whole seconds since the Unix epoch (UTC).
    pub timestamp: u64,
    /// Names of the fields (time and prices) in which it is not what mainnet says itself: mainnet's answer has changed. An empty list proves nothing:
    /// Echonet may have fetched the block anew. Absent if mainnet's block was not seen.
    pub differing: Option<Vec<String>>,
}

/// A transaction that Echonet was asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TransactionState {
    /// The transaction.
    pub tx_hash: Felt,
    /// Whether it was sent and is not yet committed. If not, it was never sent, was committed, or a resync cleared it.
    pub is_on_its_way: bool,
    /// Its mainnet block, if it is on its way.
    pub block: Option<u64>,
}

/// What Echonet says of itself. What it was not asked, or did not answer, is left out.
pub(super) fn derive(premises: &Premises<'_>) -> EchonetFacts {
    let bundle = premises.bundle;
    let pages = &bundle.echonet;
    let copy = |(block, metadata): (&u64, &Gathered<BlockMetadata>)| {
        let metadata = metadata.value()?;
        let theirs = bundle.theirs.get(block).and_then(|it| it.block.value());
        Some(MainnetCopy { block: *block, timestamp: metadata.timestamp, differing: theirs.map(|it| differing(metadata, it)) })
    };
    let transactions = pages.transactions.iter().filter_map(|(tx_hash, it)| match it {
        Gathered::Observed(it) => Some(TransactionState { tx_hash: *tx_hash, is_on_its_way: true, block: Some(it.value.block_number) }),
        Gathered::Absent(_) => Some(TransactionState { tx_hash: *tx_hash, is_on_its_way: false, block: None }),
        Gathered::Failed(_) | Gathered::NotAsked => None,
    });
    EchonetFacts {
        starknet_version: pages.starknet_version.value().cloned(),
        latest_received_block: pages.latest_received_block.value().copied(),
        last_stored_commitment: pages.last_stored_commitment.value().copied().flatten(),
        mainnet_blocks: pages.block_metadata.iter().filter_map(copy).collect(),
        transactions: transactions.collect(),
    }
}

/// Why not everything is known that Echonet could say of itself and of the trigger; none if it is.
#[must_use]
pub(crate) fn gap(bundle: &Bundle, trigger: Option<&Trigger>) -> Option<String> {
    let pages = &bundle.echonet;
    let of_trigger = || {
        let trigger = trigger?;
        // Another resync's trigger may have been asked about.
        match trigger.tx_hash.filter(|it| !pages.transactions.contains_key(it)) {
            Some(hash) => Some(format!("transaction {hash} was not collected")),
            None if pages.block_metadata.contains_key(&trigger.block) => None,
            None => Some(format!("the metadata of block {} was not collected", trigger.block)),
        }
    };
    pages.gap().or_else(of_trigger)
}

/// Names of the fields that both sides have and that differ.
fn differing(copy: &BlockMetadata, theirs: &Block) -> Vec<String> {
    let wei = |it: &Option<GasPrice>| it.as_ref().map(|it| it.price_in_wei);
    let fri = |it: &Option<GasPrice>| it.as_ref().map(|it| it.price_in_fri);
    let prices = [
        ("l1_gas_price.price_in_wei", copy.l1_gas_price_wei, wei(&theirs.l1_gas_price)),
        ("l1_gas_price.price_in_fri", copy.l1_gas_price_fri, fri(&theirs.l1_gas_price)),
        ("l1_data_gas_price.price_in_wei", copy.l1_data_gas_price_wei, wei(&theirs.l1_data_gas_price)),
        ("l1_data_gas_price.price_in_fri", copy.l1_data_gas_price_fri, fri(&theirs.l1_data_gas_price)),
        ("l2_gas_price.price_in_fri", copy.l2_gas_price_fri, fri(&theirs.l2_gas_price)),
    ];
    let differ = |left: Option<Felt>, right: Option<Felt>| left.zip(right).is_some_and(|(left, right)| left != right);
    let timestamp = (copy.timestamp != theirs.timestamp).then_some("timestamp");
    timestamp
        .into_iter()
        .chain(prices.into_iter().filter(|(_, copy, theirs)| differ(*copy, *theirs)).map(|(name, ..)| name))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_of_the_trigger_is_a_gap() {
        use crate::facts::trigger;
        use crate::simulate::{Scenario, simulate};

        let mut bundle = simulate(Scenario::EchonetOnlyRevert, 1).bundle;
        let (trigger, _) = trigger::find_trigger(&bundle, bundle.episodes.last().expect("an episode")).expect("a trigger");
        let hash = trigger.tx_hash.expect("a transaction");
        assert_eq!(gap(&bundle, Some(&trigger)), None);
        bundle.echonet.block_metadata.clear();
        assert_eq!(gap(&bundle, Some(&trigger)), Some(format!("the metadata of block {} was not collected", trigger.block)));
        bundle.echonet.transactions.clear();
        assert_eq!(gap(&bundle, Some(&trigger)), Some(format!("transaction {hash} was not collected")));
        assert_eq!(gap(&bundle, None), None);
    }

    #[test]
    fn a_copy_that_is_not_what_mainnet_says_now_names_the_fields() {
        let theirs: Block = serde_json::from_value(serde_json::json!({
            "block_number": 7, "block_hash": "0x7", "parent_block_hash": "0x6", "timestamp": 5, "transactions": [], "transaction_receipts": [],
            "l1_gas_price": {"price_in_wei": "0x1", "price_in_fri": "0x2"}, "l2_gas_price": {"price_in_wei": "0x3", "price_in_fri": "0x4"},
        }))
        .expect("a block");
        let copy = |timestamp: u64, wei: &str| -> BlockMetadata {
            serde_json::from_value(serde_json::json!({
                "timestamp": timestamp, "l1_gas_price_wei": wei, "l1_gas_price_fri": "0x2", "l1_data_gas_price_wei": "0x9", "l2_gas_price_fri": "0x4",
            }))
            .expect("metadata")
        };
        assert_eq!(differing(&copy(5, "0x01"), &theirs), [""; 0]);
        assert_eq!(differing(&copy(6, "0x2"), &theirs), ["timestamp", "l1_gas_price.price_in_wei"]);
    }
}
