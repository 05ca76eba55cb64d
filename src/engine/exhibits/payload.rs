//! Pieces of the payloads that an answer rests on: what differs and is a cause, the trigger, and the counters at that moment.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::json_piece;
use crate::evidence::state_update::StateDiff;
use crate::evidence::{Block, BlockSide, Bundle, Episode, Felt, Gathered, Report, Snapshot};
use crate::facts::{Case, ItemKind, LedgerItem, Role};
use crate::findings::{EvidenceSeen, PayloadExcerpt, PayloadPiece, PieceContent, SeenExtent};

/// Things of one episode that are shown besides its trigger and its counters.
const MOST: usize = 16;

/// The pieces of an episode, and how many were left out.
pub(super) fn excerpt_payloads(case: &Case<'_>, bundle: &Bundle) -> (Vec<PayloadExcerpt>, usize) {
    let desk = Desk { bundle, episode: &case.episode };
    let mut excerpts = Vec::new();
    if case.document.stall.is_none() {
        excerpts.push(desk.trigger(case));
    }
    excerpts.push(desk.counters());
    let first = case.document.subject.first_diverging_block;
    let mut subjects: Vec<(PayloadSubject, Vec<&LedgerItem>)> = Vec::new();
    let mut places: BTreeMap<(u64, PayloadSubject), usize> = BTreeMap::new();
    for item in &case.document.ledger {
        // A hash that differs is no cause, and still what one looks at first.
        let is_first_header = Some(item.block) == first && item.role.is_difference();
        let Some(subject) =
            PayloadSubject::from_item(item).filter(|it| item.role == Role::Cause || (is_first_header && *it == PayloadSubject::Header))
        else {
            continue;
        };
        let place = *places.entry((item.block, subject)).or_insert(subjects.len());
        match subjects.get_mut(place) {
            Some((_, items)) => items.push(item),
            None => subjects.push((subject, vec![item])),
        }
    }
    let left_out = subjects.len().saturating_sub(MOST);
    excerpts.extend(subjects.iter().take(MOST).filter_map(|(subject, items)| desk.differing(*subject, items)));
    (excerpts, left_out)
}

/// Which thing of a block a ledger item is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PayloadSubject {
    Transaction(Felt),
    Order,
    Receipt(Felt),
    State(ItemKind, Felt, Option<Felt>),
    Header,
}

impl PayloadSubject {
    fn from_item(item: &LedgerItem) -> Option<Self> {
        match item.kind {
            ItemKind::TxMissing | ItemKind::TxExtra | ItemKind::TxEarly | ItemKind::TxLate | ItemKind::TxChanged => {
                item.tx_hash.map(Self::Transaction)
            }
            ItemKind::TxOrder => Some(Self::Order),
            it if it.is_receipt() => item.tx_hash.map(Self::Receipt),
            it if it.is_state() => item.address.map(|address| Self::State(it, address, item.slot)),
            ItemKind::Header | ItemKind::ParentHash | ItemKind::Commitment | ItemKind::Count | ItemKind::BlockHash => Some(Self::Header),
            _ => None,
        }
    }
}

/// A value with its place in a payload.
type PlacedValue = Option<(String, Value)>;

/// The payloads of one episode.
struct Desk<'c> {
    bundle: &'c Bundle,
    episode: &'c Episode,
}

impl Desk<'_> {
    fn trigger(&self, case: &Case<'_>) -> PayloadExcerpt {
        let key = case.document.trigger.as_ref().map(|it| it.key.as_str()).unwrap_or_default();
        let snapshot = |it: &Snapshot| {
            let value = json!({"trigger_key": it.trigger_key, "trigger_block": it.trigger_block, "trigger_reason": it.trigger_reason});
            Some(("its head".to_owned(), value))
        };
        let report = |it: &Report| {
            let lists = [("certain_failures", it.certain_failures.get(key)), ("resync_causes", it.resync_causes.get(key))];
            let mut fields: Map<String, Value> = lists.into_iter().filter_map(|(name, it)| Some((name.to_owned(), plain(it?)))).collect();
            let refused = case.document.trigger.as_ref().and_then(|it| it.gateway.as_ref().and(it.tx_hash));
            fields.extend(refused.and_then(|tx| it.gateway_errors.get(&tx)).map(|it| ("gateway_errors".to_owned(), plain(it))));
            (!fields.is_empty()).then(|| (format!("what it has under {key}"), fields.into()))
        };
        PayloadExcerpt {
            episode: self.episode.number,
            subject: "what Echonet says of the trigger".to_owned(),
            divergences: Vec::new(),
            pieces: vec![self.snapshot(snapshot), self.report(report)],
        }
    }

    fn counters(&self) -> PayloadExcerpt {
        let snapshot = |it: &Snapshot| {
            let value = json!({
                "taken_at": it.taken_at,
                "initial_start_block": it.initial_start_block,
                "current_start_block": it.current_start_block,
                "current_block": it.current_block,
                "rows": {
                    "resync_causes": it.resync_causes.len(),
                    "certain_failures": it.certain_failures.len(),
                    "block_hash_mismatches": it.block_hash_mismatches.len(),
                    "transaction_commitment_mismatches": it.transaction_commitment_mismatches.len(),
                    "gateway_errors": it.gateway_errors.len(),
                },
            });
            Some(("its counters, and how many rows its lists have".to_owned(), value))
        };
        let report = |it: &Report| {
            let mut fields: Map<String, Value> =
                it.other.iter().filter(|(_, value)| value.is_number()).map(|(name, value)| (name.clone(), value.clone())).collect();
            let numbers = [
                ("initial_start_block", it.initial_start_block),
                ("current_start_block", it.current_start_block),
                ("current_block", it.current_block),
                ("uptime_seconds", it.uptime_seconds),
            ];
            fields.extend(numbers.into_iter().map(|(name, number)| (name.to_owned(), plain(&number))));
            let rows = json!({
                "sent_tx_hashes": it.sent_tx_hashes.len(),
                "revert_errors_mainnet": it.revert_errors_mainnet.len(),
                "revert_errors_echonet": it.revert_errors_echonet.len(),
                "gateway_errors": it.gateway_errors.len(),
                "resync_causes": it.resync_causes.len(),
                "certain_failures": it.certain_failures.len(),
                "l2_gas_mismatches": it.l2_gas_mismatches.as_ref().map(Vec::len),
                "block_hash_mismatches": it.block_hash_mismatches.as_ref().map(Vec::len),
                "transaction_commitment_mismatches": it.transaction_commitment_mismatches.as_ref().map(Vec::len),
            });
            fields.insert("rows".to_owned(), rows);
            Some(("its counters, and how many rows its lists have".to_owned(), fields.into()))
        };
        PayloadExcerpt {
            episode: self.episode.number,
            subject: "Echonet's counters at that moment".to_owned(),
            divergences: Vec::new(),
            pieces: vec![self.snapshot(snapshot), self.report(report)],
        }
    }

    fn snapshot(&self, take: impl Fn(&Snapshot) -> PlacedValue) -> PayloadPiece {
        self.piece(BlockSide::Ours, format!("episodes.{}.snapshot", self.episode.number), Some(&self.episode.snapshot), take)
    }

    /// The report during the resync; where there was none, the one after it.
    fn report(&self, take: impl Fn(&Report) -> PlacedValue) -> PayloadPiece {
        match self.episode.report.value() {
            Some(_) => self.piece(BlockSide::Ours, format!("episodes.{}.report", self.episode.number), Some(&self.episode.report), take),
            None => self.piece(BlockSide::Ours, "report".to_owned(), Some(&self.bundle.report), take),
        }
    }

    /// The thing that ledger items are about, on both sides.
    fn differing(&self, subject: PayloadSubject, items: &[&LedgerItem]) -> Option<PayloadExcerpt> {
        let item = items.first()?;
        let height = item.block;
        let (words, pieces) = match subject {
            PayloadSubject::Transaction(tx) => {
                let take = |block: &Block| {
                    let place = block.transactions.iter().position(|it| it.transaction_hash == tx)?;
                    Some((format!("transactions[{place}]"), plain(block.transactions.get(place)?)))
                };
                (format!("transaction {tx}"), self.blocks(item, take))
            }
            PayloadSubject::Order => {
                let take = |block: &Block| {
                    let hashes: Vec<String> = block.transactions.iter().map(|it| it.transaction_hash.to_string()).collect();
                    Some(("transactions[*].transaction_hash".to_owned(), hashes.into()))
                };
                (format!("transactions of block {height}, in order"), self.blocks(item, take))
            }
            PayloadSubject::Receipt(tx) => {
                let take = |block: &Block| {
                    let place = block.transaction_receipts.iter().position(|it| it.transaction_hash == tx)?;
                    Some((format!("transaction_receipts[{place}]"), plain(block.transaction_receipts.get(place)?)))
                };
                (format!("receipt of {tx}"), self.blocks(item, take))
            }
            PayloadSubject::State(kind, address, slot) => {
                let take = |diff: &StateDiff| state_entry(diff, kind, address, slot);
                let place = slot.map(|it| format!(" slot {it}")).unwrap_or_default();
                (format!("state entry of {address}{place}"), self.state_updates(height, take))
            }
            PayloadSubject::Header => {
                let names: BTreeSet<&str> = items.iter().filter_map(|it| it.field.split('.').next()).collect();
                let take = |block: &Block| {
                    let fields: Map<String, Value> =
                        names.iter().filter_map(|name| Some(((*name).to_owned(), header_field(block, name)?))).collect();
                    let found: Vec<&str> = fields.keys().map(String::as_str).collect();
                    Some((found.join(", "), fields.into()))
                };
                (format!("header of block {height}"), self.blocks(item, take))
            }
        };
        Some(PayloadExcerpt {
            episode: self.episode.number,
            subject: words,
            divergences: items.iter().map(|it| it.id.clone()).collect(),
            pieces,
        })
    }

    /// Our block and mainnet's at the item's height; where it has nothing of the thing, the block that the item names besides.
    fn blocks(&self, item: &LedgerItem, take: impl Fn(&Block) -> PlacedValue) -> Vec<PayloadPiece> {
        let heights = || [Some(item.block), item.elsewhere].into_iter().flatten();
        let ours = |height: u64| self.episode.ours.get(&height).map(|it| &it.block);
        let theirs = |height: u64| self.bundle.theirs.get(&height).map(|it| &it.block);
        let has = |it: Option<&Gathered<Block>>| it.and_then(Gathered::value).and_then(&take).is_some();
        let our_height = heights().find(|it| has(ours(*it))).unwrap_or(item.block);
        let their_height = heights().find(|it| has(theirs(*it))).unwrap_or(item.block);
        let our_place = format!("episodes.{}.ours.{our_height}.block", self.episode.number);
        vec![
            self.piece(BlockSide::Ours, our_place, ours(our_height), &take),
            self.piece(BlockSide::Theirs, format!("theirs.{their_height}.block"), theirs(their_height), &take),
        ]
    }

    fn state_updates(&self, height: u64, take: impl Fn(&StateDiff) -> PlacedValue) -> Vec<PayloadPiece> {
        let ours = self.episode.ours.get(&height).map(|it| &it.state_update);
        let theirs = self.bundle.theirs.get(&height).map(|it| &it.state_update);
        let our_place = format!("episodes.{}.ours.{height}.state_update", self.episode.number);
        vec![
            self.piece(BlockSide::Ours, our_place, ours, |it| take(&it.state_diff)),
            self.piece(BlockSide::Theirs, format!("theirs.{height}.state_update"), theirs, |it| take(&it.state_diff)),
        ]
    }

    fn piece<T>(&self, side: BlockSide, name: String, payload: Option<&Gathered<T>>, take: impl Fn(&T) -> PlacedValue) -> PayloadPiece {
        let seen = payload.and_then(Gathered::as_observed);
        let gap = payload.map_or_else(|| Some("was not collected".to_owned()), Gathered::gap);
        let (place, content) = match seen.map(|it| take(&it.value)) {
            Some(Some((place, value))) => {
                let (text, cut) = json_piece::text(value);
                (place, PieceContent::Json { text, cut })
            }
            // What a part lacks may stand in the rest.
            Some(None) if gap.is_none() => (String::new(), PieceContent::Nothing),
            Some(None) | None => (String::new(), PieceContent::NotSeen),
        };
        let extent = match (seen, &gap) {
            (Some(_), None) => SeenExtent::Whole,
            (Some(_), Some(_)) => SeenExtent::Part,
            (None, _) => SeenExtent::Nothing,
        };
        let payload = EvidenceSeen {
            episode: self.episode.number,
            evidence: name,
            extent,
            gap,
            redacted: seen.map_or(0, |it| it.coverage.redacted),
            source: seen.map(|it| super::source(&it.source)),
        };
        PayloadPiece { side, payload, place, content }
    }
}

/// The entry of a state diff, as it stands there.
fn state_entry(diff: &StateDiff, kind: ItemKind, address: Felt, slot: Option<Felt>) -> PlacedValue {
    let listed = |name: &str, entry: Option<Value>| Some((format!("state_diff.{name}"), entry?));
    match kind {
        ItemKind::Storage => {
            let entries = diff.storage_diffs.get(&address)?;
            let entry = entries.iter().find(|it| Some(it.key) == slot)?;
            Some((format!("state_diff.storage_diffs.{address}"), plain(entry)))
        }
        ItemKind::Nonce => Some((format!("state_diff.nonces.{address}"), plain(diff.nonces.get(&address)?))),
        ItemKind::ContractClass => {
            let lists = [("deployed_contracts", &diff.deployed_contracts), ("replaced_classes", &diff.replaced_classes)];
            lists.into_iter().find_map(|(name, all)| listed(name, all.iter().find(|it| it.address == address).map(plain)))
        }
        ItemKind::ClassDeclaration => {
            let lists = [("declared_classes", &diff.declared_classes), ("migrated_compiled_classes", &diff.migrated_compiled_classes)];
            let declared =
                lists.into_iter().find_map(|(name, all)| listed(name, all.iter().find(|it| it.class_hash == address).map(plain)));
            declared.or_else(|| listed("old_declared_contracts", diff.old_declared_contracts.iter().find(|it| **it == address).map(plain)))
        }
        _ => None,
    }
}

/// A field of a header, as the payload has it; none if it has none of that name.
fn header_field(block: &Block, name: &str) -> Option<Value> {
    let value = match name {
        "block_number" => plain(&block.block_number),
        "block_hash" => plain(&block.block_hash),
        "parent_block_hash" => plain(&block.parent_block_hash),
        "timestamp" => plain(&block.timestamp),
        "transaction_commitment" => plain(&block.transaction_commitment),
        "event_commitment" => plain(&block.event_commitment),
        "receipt_commitment" => plain(&block.receipt_commitment),
        "state_diff_commitment" => plain(&block.state_diff_commitment),
        "state_diff_length" => plain(&block.state_diff_length),
        "l1_da_mode" => plain(&block.l1_da_mode),
        "l1_gas_price" => plain(&block.l1_gas_price),
        "l1_data_gas_price" => plain(&block.l1_data_gas_price),
        "l2_gas_price" => plain(&block.l2_gas_price),
        "sequencer_address" => plain(&block.sequencer_address),
        "starknet_version" => plain(&block.starknet_version),
        other => block.other.get(other)?.clone(),
    };
    (!value.is_null()).then_some(value)
}

/// The JSON form of what is made of types with text keys.
fn plain(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
