//! Counterfactuals: our block with only a claim undone, hashed again.
//!
//! Equal to mainnet's commitment means that the claim is the whole difference of what that commitment covers, byte for byte.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a claim is undone for the counterfactual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// Put the claimed transactions where mainnet has them, with mainnet's receipts.
    InsertMissingTransactions,
    /// Take the claimed transactions out, or put them where mainnet has them.
    RemoveExtraTransactions,
    /// Put the shared transactions into mainnet's order.
    RestoreOrder,
    /// Take mainnet's revert text for the claimed receipts.
    TakeMainnetRevertReason,
    /// Take mainnet's receipt for the claimed transactions.
    TakeMainnetReceipt,
    /// Take mainnet's value for the claimed header fields.
    RestoreHeader,
    /// Take mainnet's value for the claimed state entries.
    RestoreState,
    /// Undo nothing: hash again what our block holds.
    HashAgain,
}

impl Undo {
    /// The name in rules and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InsertMissingTransactions => "insert_missing_transactions",
            Self::RemoveExtraTransactions => "remove_extra_transactions",
            Self::RestoreOrder => "restore_order",
            Self::TakeMainnetRevertReason => "take_mainnet_revert_reason",
            Self::TakeMainnetReceipt => "take_mainnet_receipt",
            Self::RestoreHeader => "restore_header",
            Self::RestoreState => "restore_state",
            Self::HashAgain => "hash_again",
        }
    }
}

/// What came of a counterfactual.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counterfactual {
    /// One row a commitment that the claim touches, by height.
    pub rows: Vec<Row>,
    /// Why something could not be recomputed, if so.
    pub obstacle: Option<String>,
}

/// One commitment of a counterfactual; values as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Height.
    pub block: u64,
    /// Name of the commitment.
    pub commitment: &'static str,
    /// Ours as observed.
    pub ours: String,
    /// Ours with the claim undone.
    pub undone: String,
    /// Mainnet's.
    pub theirs: String,
}

/// Undoes a claim in an episode's blocks and hashes again what it touches.
#[cfg(not(feature = "proof"))]
#[must_use]
pub fn attempt(_: &crate::evidence::Bundle, _: &crate::evidence::Episode, _: Undo, _: &[&super::LedgerItem]) -> Counterfactual {
    let obstacle = "this build cannot recompute commitments: it was made without the feature `proof`".to_owned();
    Counterfactual { rows: Vec::new(), obstacle: Some(obstacle) }
}

#[cfg(feature = "proof")]
pub use recomputed::attempt;

#[cfg(feature = "proof")]
mod recomputed {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Counterfactual, Row, Undo};
    use crate::evidence::block::{Receipt, Transaction};
    use crate::evidence::state_update::StateDiff;
    use crate::evidence::{Block, Bundle, Episode, Felt};
    use crate::facts::commitments::{
        CannotRecompute, Commitments, Counts, Protocol, block_hash, event_commitment, receipt_commitment, state_diff_commitment,
        transaction_commitment,
    };
    use crate::facts::state_diff::MergedStateDiff;
    use crate::facts::{ItemKind, LedgerItem};

    /// Undoes a claim in an episode's blocks and hashes again what it touches.
    #[must_use]
    pub fn attempt(bundle: &Bundle, episode: &Episode, undo: Undo, items: &[&LedgerItem]) -> Counterfactual {
        let heights: BTreeSet<u64> = items.iter().flat_map(|it| [Some(it.block), it.elsewhere]).flatten().collect();
        let mut counterfactual = Counterfactual::default();
        for height in heights {
            let our = episode.ours.get(&height);
            let their = bundle.theirs.get(&height);
            let blocks = our.and_then(|it| it.block.value()).zip(their.and_then(|it| it.block.value()));
            let Some((ours, theirs)) = blocks else {
                // The move of a transaction is proved where it shows; the block after need not have been observed.
                continue;
            };
            let states = our.and_then(|it| it.state_update.value()).zip(their.and_then(|it| it.state_update.value()));
            let claimed: Vec<&LedgerItem> = items.iter().copied().filter(|it| it.touches(height)).collect();
            let undoing = Undoing { height, ours, theirs, claimed: &claimed };
            let rows = match undo {
                Undo::RestoreState => match states {
                    Some((our, their)) => undoing.state(&our.state_diff, &their.state_diff),
                    None => Err(CannotRecompute::MissingField("state_diff")),
                },
                Undo::RestoreHeader => undoing.header(),
                Undo::HashAgain => undoing.again(states.map(|(our, _)| &our.state_diff)),
                Undo::InsertMissingTransactions | Undo::RemoveExtraTransactions | Undo::RestoreOrder => undoing.transactions(undo),
                Undo::TakeMainnetRevertReason | Undo::TakeMainnetReceipt => undoing.receipts(undo),
            };
            match rows {
                Ok(rows) => counterfactual.rows.extend(rows),
                Err(err) => counterfactual.obstacle = Some(format!("block {height}: {err}")),
            }
        }
        if counterfactual.rows.is_empty() && counterfactual.obstacle.is_none() {
            counterfactual.obstacle = Some("no claimed block was seen on both sides".to_owned());
        }
        counterfactual
    }

    struct Undoing<'u> {
        height: u64,
        ours: &'u Block,
        theirs: &'u Block,
        claimed: &'u [&'u LedgerItem],
    }

    type Rows = Result<Vec<Row>, CannotRecompute>;

    impl Undoing<'_> {
        fn row(&self, commitment: &'static str, get: impl Fn(&Block) -> Option<Felt>, undone: Felt) -> Result<Row, CannotRecompute> {
            let stated = |block: &Block| get(block).map(|it| it.to_string()).ok_or(CannotRecompute::MissingField(commitment));
            Ok(Row { block: self.height, commitment, ours: stated(self.ours)?, undone: undone.to_string(), theirs: stated(self.theirs)? })
        }

        fn claimed_transactions(&self) -> BTreeSet<Felt> {
            self.claimed.iter().filter_map(|it| it.tx_hash).collect()
        }

        fn transactions(&self, undo: Undo) -> Rows {
            let mut transactions: Vec<Transaction> = self.ours.transactions.clone();
            let mut receipts: Vec<Receipt> = self.ours.transaction_receipts.clone();
            let their_position: BTreeMap<Felt, usize> =
                self.theirs.transactions.iter().enumerate().map(|(position, it)| (it.transaction_hash, position)).collect();
            let claimed = self.claimed_transactions();
            transactions.retain(|it| !claimed.contains(&it.transaction_hash) || their_position.contains_key(&it.transaction_hash));
            let kept: BTreeSet<Felt> = transactions.iter().map(|it| it.transaction_hash).collect();
            receipts.retain(|it| kept.contains(&it.transaction_hash));
            for (position, missing) in self.theirs.transactions.iter().enumerate() {
                let here = transactions.iter().any(|it| it.transaction_hash == missing.transaction_hash);
                if here || !claimed.contains(&missing.transaction_hash) {
                    continue;
                }
                // Behind the nearest of mainnet's earlier transactions that we have; nothing else changes its place.
                let before: BTreeSet<Felt> = self.theirs.transactions.iter().take(position).map(|it| it.transaction_hash).collect();
                let place = transactions.iter().rposition(|it| before.contains(&it.transaction_hash)).map_or(0, |it| it + 1);
                transactions.insert(place, missing.clone());
                receipts
                    .extend(self.theirs.transaction_receipts.iter().filter(|it| it.transaction_hash == missing.transaction_hash).cloned());
            }
            if undo == Undo::RestoreOrder {
                transactions.sort_by_key(|it| their_position.get(&it.transaction_hash).copied().unwrap_or(usize::MAX));
            }
            Ok(vec![
                self.row(
                    "transaction_commitment",
                    |it| it.transaction_commitment,
                    transaction_commitment(&transactions, Protocol::of(self.ours)?),
                )?,
                self.row("event_commitment", |it| it.event_commitment, event_commitment(&transactions, &receipts)?)?,
                self.row("receipt_commitment", |it| it.receipt_commitment, receipt_commitment(&transactions, &receipts)?)?,
            ])
        }

        /// Only the commitments that are claimed: the others need not be mainnet's.
        fn again(&self, state: Option<&StateDiff>) -> Rows {
            let claimed: BTreeSet<&str> = self.claimed.iter().map(|it| it.field.as_str()).collect();
            let mut rows = self.transactions(Undo::HashAgain)?;
            if claimed.contains("state_diff_commitment") {
                let diff = state.ok_or(CannotRecompute::MissingField("state_diff"))?;
                let recomputed = state_diff_commitment(&MergedStateDiff::from(diff).into())?;
                rows.push(self.row("state_diff_commitment", |it| it.state_diff_commitment, recomputed)?);
            }
            rows.retain(|it| claimed.contains(it.commitment));
            Ok(rows)
        }

        fn receipts(&self, undo: Undo) -> Rows {
            let claimed = self.claimed_transactions();
            let theirs: BTreeMap<Felt, &Receipt> = self.theirs.transaction_receipts.iter().map(|it| (it.transaction_hash, it)).collect();
            let mut receipts = self.ours.transaction_receipts.clone();
            for receipt in receipts.iter_mut().filter(|it| claimed.contains(&it.transaction_hash)) {
                let Some(their) = theirs.get(&receipt.transaction_hash) else { continue };
                if undo == Undo::TakeMainnetRevertReason {
                    receipt.revert_error.clone_from(&their.revert_error);
                } else {
                    *receipt = (*their).clone();
                }
            }
            let transactions = &self.ours.transactions;
            let mut rows =
                vec![self.row("receipt_commitment", |it| it.receipt_commitment, receipt_commitment(transactions, &receipts)?)?];
            if undo == Undo::TakeMainnetReceipt {
                rows.push(self.row("event_commitment", |it| it.event_commitment, event_commitment(transactions, &receipts)?)?);
            }
            Ok(rows)
        }

        fn state(&self, ours: &StateDiff, theirs: &StateDiff) -> Rows {
            let their = MergedStateDiff::from(theirs);
            let mut undone = MergedStateDiff::from(ours);
            for item in self.claimed {
                let Some(address) = item.address else { continue };
                match (item.kind, item.slot) {
                    (ItemKind::Storage, Some(slot)) => restore(&mut undone.storage, &their.storage, (address, slot)),
                    (ItemKind::Nonce, _) => restore(&mut undone.nonces, &their.nonces, address),
                    (ItemKind::ContractClass, _) => restore(&mut undone.contracts, &their.contracts, address),
                    (ItemKind::ClassDeclaration, _) => {
                        restore(&mut undone.classes, &their.classes, address);
                        if their.old_classes.contains(&address) {
                            undone.old_classes.insert(address);
                        } else {
                            undone.old_classes.remove(&address);
                        }
                    }
                    _ => {}
                }
            }
            let recomputed = state_diff_commitment(&undone.into())?;
            Ok(vec![self.row("state_diff_commitment", |it| it.state_diff_commitment, recomputed)?])
        }

        fn header(&self) -> Rows {
            let mut undone = self.ours.clone();
            for item in self.claimed {
                restore_field(&mut undone, self.theirs, &item.field);
            }
            let commitment = |get: fn(&Block) -> Option<Felt>, name| get(&undone).ok_or(CannotRecompute::MissingField(name));
            let commitments = Commitments {
                transaction: commitment(|it| it.transaction_commitment, "transaction_commitment")?,
                event: commitment(|it| it.event_commitment, "event_commitment")?,
                receipt: commitment(|it| it.receipt_commitment, "receipt_commitment")?,
                state_diff: undone.state_diff_commitment,
            };
            let counts = Counts::of(&undone.transaction_receipts, None, &undone)?;
            Ok(vec![self.row("block_hash", |it| Some(it.block_hash), block_hash(&undone, &commitments, counts)?)?])
        }
    }

    fn restore<K: Ord, V: Copy>(ours: &mut BTreeMap<K, V>, theirs: &BTreeMap<K, V>, key: K) {
        match theirs.get(&key) {
            Some(value) => {
                ours.insert(key, *value);
            }
            None => {
                ours.remove(&key);
            }
        }
    }

    /// Takes mainnet's value of one header field, by the name that [`crate::facts::header`] gives it.
    fn restore_field(ours: &mut Block, theirs: &Block, field: &str) {
        match field {
            "block_number" => ours.block_number = theirs.block_number,
            "timestamp" => ours.timestamp = theirs.timestamp,
            "starknet_version" => ours.starknet_version.clone_from(&theirs.starknet_version),
            "sequencer_address" => ours.sequencer_address = theirs.sequencer_address,
            "l1_da_mode" => ours.l1_da_mode = theirs.l1_da_mode,
            "parent_block_hash" => ours.parent_block_hash = theirs.parent_block_hash,
            _ => {
                let Some((price, token)) = field.split_once('.') else { return };
                let (ours, theirs) = match price {
                    "l1_gas_price" => (&mut ours.l1_gas_price, theirs.l1_gas_price),
                    "l1_data_gas_price" => (&mut ours.l1_data_gas_price, theirs.l1_data_gas_price),
                    "l2_gas_price" => (&mut ours.l2_gas_price, theirs.l2_gas_price),
                    _ => return,
                };
                if let (Some(ours), Some(theirs)) = (ours.as_mut(), theirs) {
                    match token {
                        "price_in_wei" => ours.price_in_wei = theirs.price_in_wei,
                        "price_in_fri" => ours.price_in_fri = theirs.price_in_fri,
                        _ => {}
                    }
                }
            }
        }
    }
}
