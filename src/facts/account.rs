//! Accounts for an episode: puts every observed divergence into the ledger and links what follows from what.

use std::collections::BTreeMap;

use super::ledger::{ItemKind, LedgerItem, Role};
use super::log_index::LogIndex;
use super::log_window::{LogWindow, transaction_order};
use super::refusals::{self, Refusal};
use super::transactions::{ListRelation, Placement, SideBlock};
use super::trigger::{Trigger, TriggerKind, gateway_answer};
use super::{TraceFacts, consequence, header, phases, receipt, state_diff, transactions};
use crate::evidence::{Block, Bundle, Episode, Extent, Felt};

/// The ledger of an episode, and the comparison of its revert texts.
#[derive(Debug, Default)]
pub struct Account {
    /// Items: the trigger first, then by height.
    pub items: Vec<LedgerItem>,
    /// Revert texts that differ, by height and position.
    pub traces: Vec<TraceFacts>,
    /// How our list of transactions stands to mainnet's, by height.
    pub lists: BTreeMap<u64, ListRelation>,
}

/// Accounts for an episode. Heights that one side was not observed at give no items.
#[must_use]
pub fn of(bundle: &Bundle, episode: &Episode, trigger: Option<&Trigger>, log: Option<(&LogIndex, &LogWindow)>) -> Account {
    let ours: BTreeMap<u64, &Block> = episode.ours.iter().filter_map(|(height, it)| Some((*height, it.block.value()?))).collect();
    let theirs: BTreeMap<u64, &Block> = bundle.theirs.iter().filter_map(|(height, it)| Some((*height, it.block.value()?))).collect();

    let mut account = Account::default();
    account.items.extend(trigger.map(|it| trigger_item(episode, it)));
    account.items.extend(gateway_errors(bundle, episode, trigger));
    let placement = placement(episode, &ours, &theirs, log);
    account.items.extend(transactions::compare(&placement).into_iter().map(|it| with_report(episode, it)));
    account.lists = transactions::relations(&placement);
    for (height, our) in &ours {
        let Some(their) = theirs.get(height) else { continue };
        receipts(&mut account, *height, our, their);
        let our_state = episode.ours.get(height).and_then(|it| it.state_update.value());
        let their_state = bundle.theirs.get(height).and_then(|it| it.state_update.value());
        if let (Some(our), Some(their)) = (our_state, their_state) {
            account.items.extend(state_diff::compare(*height, &our.state_diff, &their.state_diff));
        }
        account.items.extend(header::compare(our, their));
    }
    for item in &mut account.items {
        if item.evidence.is_empty() {
            item.evidence = vec![place(episode, item.block, item.kind), format!("theirs.{}", item.block)];
        }
    }
    consequence::link(&mut account.items, &ours);
    account
}

fn place(episode: &Episode, height: u64, kind: ItemKind) -> String {
    let document = if kind.is_state() { "state_update" } else { "block" };
    format!("episodes.{}.ours.{height}.{document}", episode.number)
}

fn trigger_item(episode: &Episode, trigger: &Trigger) -> LedgerItem {
    let kind = match trigger.kind {
        TriggerKind::GatewayError => ItemKind::GatewayError,
        TriggerKind::EchonetOnlyRevert => ItemKind::EchonetOnlyRevert,
        TriggerKind::StillPending => ItemKind::StillPending,
        TriggerKind::BlockHashMismatch => ItemKind::HashMismatch,
        TriggerKind::Other => ItemKind::UnknownTrigger,
    };
    let what = trigger.tx_hash.map(|it| it.to_string()).unwrap_or_default();
    let mut item = LedgerItem::new(kind, Role::Cause, trigger.block, &what);
    item.tx_hash = trigger.tx_hash;
    item.evidence = vec![format!("episodes.{}.snapshot.trigger_reason", episode.number)];
    match trigger.kind {
        TriggerKind::BlockHashMismatch => {
            let rows = episode.snapshot.value().map(|it| it.block_hash_mismatches.as_slice()).unwrap_or_default();
            let row = rows.iter().rev().find(|it| it.block_number == trigger.block);
            item = item.values(row.map(|it| it.echonet), row.map(|it| it.mainnet));
        }
        TriggerKind::GatewayError => {
            item.code = trigger.gateway.as_ref().and_then(|it| it.code.clone());
            item.status = trigger.gateway.as_ref().and_then(|it| it.status);
            item = item.values(trigger.gateway.as_ref().map(|it| &it.message), None::<String>);
        }
        TriggerKind::EchonetOnlyRevert | TriggerKind::StillPending | TriggerKind::Other => {
            item = item.values(Some(&trigger.reason), None::<String>);
        }
    }
    item
}

/// Transactions that the gateway refused in this episode, besides the trigger's own.
fn gateway_errors(bundle: &Bundle, episode: &Episode, trigger: Option<&Trigger>) -> Vec<LedgerItem> {
    let is_trigger = |tx: &Felt| trigger.is_some_and(|it| it.kind == TriggerKind::GatewayError && it.tx_hash == Some(*tx));
    let refused = refusals::of(bundle, episode).of_epoch.into_iter().filter(|it| !is_trigger(&it.tx));
    refused
        .map(|Refusal { tx, error, seen_in }| {
            let answer = gateway_answer(Some(error.status), &error.response);
            let mut item = LedgerItem::new(ItemKind::GatewayError, Role::Cause, error.block_number, &tx.to_string());
            item.tx_hash = Some(tx);
            item.code = answer.code;
            item.status = answer.status;
            item.evidence = vec![seen_in];
            item.values(Some(answer.message), None::<String>)
        })
        .collect()
}

/// Where each transaction stands. Our order comes from the block, else from the blob, else from the line that Echonet logs for each block.
fn placement<'b>(
    episode: &'b Episode,
    ours: &BTreeMap<u64, &'b Block>,
    theirs: &BTreeMap<u64, &'b Block>,
    log: Option<(&LogIndex, &LogWindow)>,
) -> Placement<'b> {
    let side = |block: &'b Block, seen_in: String| SideBlock {
        order: block.transactions.iter().map(|it| it.transaction_hash).collect(),
        payloads: block.transactions.iter().map(|it| (it.transaction_hash, it)).collect(),
        seen_in,
    };
    let mut placement = Placement::default();
    for (height, block) in theirs {
        placement.theirs.insert(*height, side(block, format!("theirs.{height}.block")));
        let our = if let Some(block) = ours.get(height) {
            Some(side(block, format!("episodes.{}.ours.{height}.block", episode.number)))
        } else if let Some(blob) = episode.ours.get(height).and_then(|it| it.blob.value()) {
            let seen_in = format!("episodes.{}.ours.{height}.blob", episode.number);
            Some(SideBlock { order: blob.transactions.clone(), payloads: BTreeMap::new(), seen_in })
        } else {
            log.and_then(|(index, window)| transaction_order(index, window, *height)).map(|(record, order)| SideBlock {
                order,
                payloads: BTreeMap::new(),
                seen_in: format!("logs.echonet record {record}"),
            })
        };
        placement.ours.extend(our.map(|it| (*height, it)));
    }
    for (height, block) in ours {
        placement.ours.entry(*height).or_insert_with(|| side(block, format!("episodes.{}.ours.{height}.block", episode.number)));
    }
    placement
}

/// The item with what the report of the resync says of its transaction, if it is missing.
fn with_report(episode: &Episode, item: LedgerItem) -> LedgerItem {
    let sent = item.tx_hash.filter(|_| item.kind == ItemKind::TxMissing).and_then(|tx| {
        let report = episode.report.as_observed()?;
        let is_listed = report.value.sent_tx_hashes.contains_key(&tx);
        (is_listed || report.coverage.extent == Extent::Complete).then_some(is_listed)
    });
    LedgerItem { sent, ..item }
}

fn receipts(account: &mut Account, height: u64, ours: &Block, theirs: &Block) {
    let their_receipts: BTreeMap<Felt, _> = theirs.transaction_receipts.iter().map(|it| (it.transaction_hash, it)).collect();
    let payloads: BTreeMap<Felt, _> = theirs.transactions.iter().map(|it| (it.transaction_hash, it)).collect();
    for our in &ours.transaction_receipts {
        let Some(their) = their_receipts.get(&our.transaction_hash) else { continue };
        let diff = receipt::compare(height, our, their);
        let payload = payloads.get(&our.transaction_hash);
        account.items.extend(diff.items.into_iter().map(|mut item| {
            item.tx_type = payload.map(|it| it.kind);
            item.sender = payload.and_then(|it| it.sender_address);
            item.reordered = (item.kind == ItemKind::EventOrder).then(|| phases::reordering(&our.events, their, item.tx_type));
            item
        }));
        account.traces.extend(diff.trace.map(|trace| TraceFacts {
            block: height,
            tx_hash: our.transaction_hash,
            class: trace.class,
            extra_vm_frames_on: trace.extra_vm_frames_on,
        }));
    }
}
