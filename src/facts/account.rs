//! Accounts for an episode: puts every observed divergence into the ledger and links what follows from what.
//!
//! What follows from nothing is a *cause*, and somebody must explain it: findings claim causes, and what none of them claims is
//! unexplained, which decides the verdict. So a decoy in a log can claim nothing, and two faults in one block are two findings.

use std::collections::{BTreeMap, BTreeSet};

use super::basis::CaseBasis;
use super::ledger::{ItemKind, LedgerItem, Role};
use super::log_index::LogIndex;
use super::log_window::{LogWindow, transaction_order};
use super::mismatches::{self, MismatchRows};
use super::refusals::{self, Refusal};
use super::transactions::{ListRelation, Placement, SideBlock};
use super::trigger::{Trigger, TriggerKind, gateway_answer};
use super::{TraceFacts, consequence, header, phases, receipt, state_diff, transactions};
use crate::evidence::report::RevertError;
use crate::evidence::{Block, Bundle, Episode, Extent, Felt, Report};

/// The ledger of an episode, and the comparison of its revert texts.
#[derive(Debug, Default)]
pub(crate) struct EpisodeAccount {
    /// Items: the trigger first, then by height.
    pub items: Vec<LedgerItem>,
    /// Revert texts that differ, by height and position.
    pub traces: Vec<TraceFacts>,
    /// How our list of transactions stands to mainnet's, by height.
    pub lists: BTreeMap<u64, ListRelation>,
    /// Heights of which the two sides state one hash and hold unlike content: one of the documents was altered, and neither is evidence.
    pub contradictory: BTreeSet<u64>,
}

/// Accounts for an epoch. Heights that one side was not observed at give no items but what Echonet itself says of them.
#[must_use]
pub(super) fn account_for_episode(bundle: &Bundle, basis: &CaseBasis<'_>, log: Option<(&LogIndex, &LogWindow)>) -> EpisodeAccount {
    let episode = &*basis.episode;
    let trigger = basis.trigger.as_ref();
    let mut ours: BTreeMap<u64, &Block> = episode.ours.iter().filter_map(|(height, it)| Some((*height, it.block.value()?))).collect();
    let mut theirs: BTreeMap<u64, &Block> = bundle.theirs.iter().filter_map(|(height, it)| Some((*height, it.block.value()?))).collect();
    let contradictory: BTreeSet<u64> = ours
        .iter()
        .filter(|(height, our)| theirs.get(height).is_some_and(|their| contradict(our, their)))
        .map(|(height, _)| *height)
        .collect();
    ours.retain(|height, _| !contradictory.contains(height));
    theirs.retain(|height, _| !contradictory.contains(height));

    let mut account = EpisodeAccount::default();
    account.items.extend(trigger.map(|it| trigger_item(bundle, basis, it)));
    account.items.extend(gateway_errors(bundle, episode, trigger));
    let is_triggers_own =
        |it: &LedgerItem| trigger.is_some_and(|trigger| trigger.kind == TriggerKind::BlockHashMismatch && trigger.block == it.block);
    let is_seen = |height: u64| ours.contains_key(&height) && theirs.contains_key(&height);
    let said = mismatches::items(&basis.mismatches, is_seen);
    account.items.extend(said.filter(|it| it.kind != ItemKind::HashMismatch || !is_triggers_own(it)));
    account.items.extend(one_sided_reverts(bundle, basis, &ours, &theirs));
    let placement = placement(episode, &ours, &theirs, log);
    account.items.extend(transactions::compare(&placement).into_iter().map(|it| with_report(episode, it)));
    account.lists = transactions::relations(&placement);
    for (height, our) in &ours {
        let Some(their) = theirs.get(height) else { continue };
        receipts(&mut account, *height, our, their);
        let our_state = episode.ours.get(height).and_then(|it| it.state_update.value());
        let their_state = bundle.theirs.get(height).and_then(|it| it.state_update.value());
        if let (Some(our_state), Some(their_state)) = (our_state, their_state) {
            let differing = state_diff::compare(*height, &our_state.state_diff, &their_state.state_diff);
            // Where the hashes agree, so do the states: then one of the updates is not what it says.
            let agree = our.block_hash == their.block_hash;
            account.items.extend(if agree { unserved_classes(differing) } else { differing });
        }
        account.items.extend(header::compare(our, their));
    }
    // What the payloads show themselves comes before what a row says of it.
    account.items.extend(mismatches::contested(&basis.mismatches, is_seen));
    for item in &mut account.items {
        if item.evidence.is_empty() {
            item.evidence = vec![place(episode, item.block, item.kind), format!("theirs.{}", item.block)];
        }
    }
    let mut seen = BTreeSet::new();
    account.items.retain(|it| seen.insert(it.id.clone()));
    consequence::link(&mut account.items, &ours, &theirs);
    for item in &mut account.items {
        if let Some(parent) = earlier_parent(bundle, episode, item) {
            item.role = Role::Consequence;
            item.follows.push(parent);
        }
    }
    account.contradictory = contradictory;
    account
}

/// The difference of an earlier epoch that a parent's hash comes from: the block before was seen there alone. So it is where a resync died and
/// Echonet went on with what it had.
fn earlier_parent(bundle: &Bundle, episode: &Episode, item: &LedgerItem) -> Option<String> {
    let height = item.block.checked_sub(1).filter(|_| item.kind == ItemKind::ParentHash && item.role == Role::Cause)?;
    let is_it = |hash: Felt| item.ours.as_ref() == Some(&hash.to_string());
    let has = |it: &Episode| it.ours.get(&height).and_then(|it| it.block.value()).is_some_and(|it| is_it(it.block_hash));
    let is_noted = |it: &Episode| {
        let rows = MismatchRows::from_episode(it).hashes.unwrap_or_default();
        rows.iter().any(|row| row.block_number == height && is_it(row.echonet))
    };
    let earlier = || bundle.episodes.iter().filter(|it| it.number < episode.number);
    let theirs = bundle.theirs.get(&height).and_then(|it| it.block.value());
    if episode.ours.get(&height).is_some_and(|it| it.block.value().is_some()) {
        None
    } else if theirs.is_some_and(|it| !is_it(it.block_hash)) && earlier().any(has) {
        Some(format!("{height}/{0}/{0}", ItemKind::BlockHash.name()))
    } else {
        earlier().any(is_noted).then(|| format!("{height}/{}", ItemKind::HashMismatch.name()))
    }
}

/// Classes that the node declared, as the hash shows, and that the state update which Echonet serves leaves out: nothing of this block
/// differs for it, and a later block may.
fn unserved_classes(differing: Vec<LedgerItem>) -> Vec<LedgerItem> {
    let unserved = differing.into_iter().filter(|it| it.kind == ItemKind::ClassDeclaration && it.ours.is_none());
    unserved.map(|it| LedgerItem { role: Role::Informational, ..it }).collect()
}

/// Whether two blocks state the same hash and hold unlike content that the hash covers.
fn contradict(ours: &Block, theirs: &Block) -> bool {
    let hashes = |it: &Block| it.transactions.iter().map(|it| it.transaction_hash).collect::<Vec<_>>();
    let is_cause = |it: &LedgerItem| it.role == Role::Cause;
    let receipts_differ = || {
        let theirs: BTreeMap<Felt, _> = theirs.transaction_receipts.iter().map(|it| (it.transaction_hash, it)).collect();
        let differ = |our: &crate::evidence::block::Receipt| {
            let their = theirs.get(&our.transaction_hash);
            their.is_some_and(|their| receipt::compare(ours.block_number, our, their).items.iter().any(is_cause))
        };
        ours.transaction_receipts.iter().any(differ)
    };
    ours.block_hash == theirs.block_hash
        && (hashes(ours) != hashes(theirs) || header::compare(ours, theirs).iter().any(is_cause) || receipts_differ())
}

/// Transactions of which Echonet says that they reverted on one side only, besides the trigger's own: what no earlier epoch had on record.
fn one_sided_reverts(
    bundle: &Bundle,
    basis: &CaseBasis<'_>,
    ours: &BTreeMap<u64, &Block>,
    theirs: &BTreeMap<u64, &Block>,
) -> Vec<LedgerItem> {
    let episode = &*basis.episode;
    let Some(report) = episode.report.value() else { return Vec::new() };
    let earlier = match bundle.episodes.iter().rfind(|it| it.number < episode.number) {
        None => None,
        // Without the report of the resync before, nobody can tell whose they are.
        Some(before) => match before.report.value() {
            Some(report) => Some(report),
            None => return Vec::new(),
        },
    };
    let start = report.current_start_block.unwrap_or(0);
    let is_trigger = |tx: &Felt| basis.trigger.as_ref().is_some_and(|it| it.tx_hash == Some(*tx));
    let is_older =
        |tx: &Felt| earlier.is_some_and(|it| it.revert_errors_echonet.contains_key(tx) || it.revert_errors_mainnet.contains_key(tx));
    let agree = |block: u64, tx: &Felt| {
        let status = |side: &BTreeMap<u64, &Block>| {
            side.get(&block)?.transaction_receipts.iter().find(|it| it.transaction_hash == *tx).map(|it| it.execution_status)
        };
        status(ours).is_some() && status(ours) == status(theirs)
    };
    let item = |kind: ItemKind, tx: &Felt, it: &RevertError, list: &str| {
        // Two copies of one block that Echonet takes in at the same time make it see a revert on one side only.
        let role = if agree(it.block_number, tx) { Role::Informational } else { Role::Cause };
        let mut item = LedgerItem::new(kind, role, it.block_number, &tx.to_string());
        item.tx_hash = Some(*tx);
        item.evidence = vec![format!("episodes.{}.report.{list}.{tx}", episode.number)];
        match kind {
            ItemKind::MainnetOnlyRevert => item.values(None::<&str>, Some(&it.error)),
            _ => item.values(Some(&it.error), None::<&str>),
        }
    };
    let counts = |tx: &Felt, it: &RevertError| !is_trigger(tx) && !is_older(tx) && start <= it.block_number;
    // What lies behind the oldest transaction on its way was only fetched ahead; without one nobody can tell.
    let oldest = report.oldest_sent().unwrap_or(0);
    let on_echonet = report.revert_errors_echonet.iter().filter(|(tx, it)| counts(tx, it));
    let on_mainnet = report.revert_errors_mainnet.iter().filter(|(tx, it)| counts(tx, it) && it.block_number < oldest);
    on_echonet
        .map(|(tx, it)| item(ItemKind::EchonetOnlyRevert, tx, it, "revert_errors_echonet"))
        .chain(on_mainnet.map(|(tx, it)| item(ItemKind::MainnetOnlyRevert, tx, it, "revert_errors_mainnet")))
        .collect()
}

fn place(episode: &Episode, height: u64, kind: ItemKind) -> String {
    let document = if kind.is_state() { "state_update" } else { "block" };
    format!("episodes.{}.ours.{height}.{document}", episode.number)
}

fn trigger_item(bundle: &Bundle, basis: &CaseBasis<'_>, trigger: &Trigger) -> LedgerItem {
    let (episode, said) = (&*basis.episode, &basis.mismatches);
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
    item.evidence = vec![trigger_place(bundle, basis, &trigger.key)];
    match trigger.kind {
        TriggerKind::BlockHashMismatch => {
            let rows = MismatchRows::from_episode(episode).hashes.unwrap_or_default();
            let row = rows.iter().rev().find(|it| it.block_number == trigger.block).map(|it| (it.echonet, it.mainnet));
            let hashes = row.or_else(|| said.get(&trigger.block)?.hashes);
            item = item.values(hashes.map(|it| it.0), hashes.map(|it| it.1));
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

/// Where the trigger is named: in the snapshot, else in the report during the resync or after it, else in the log.
fn trigger_place(bundle: &Bundle, basis: &CaseBasis<'_>, key: &str) -> String {
    let episode = &*basis.episode;
    let of_snapshot = || episode.snapshot.value().map(|_| format!("episodes.{}.snapshot.trigger_reason", episode.number));
    let row = |place: &str, report: &Report| {
        let lists = [("certain_failures", &report.certain_failures), ("resync_causes", &report.resync_causes)];
        lists.into_iter().find(|(_, it)| it.contains_key(key)).map(|(list, _)| format!("{place}.{list}.{key}"))
    };
    let of_report = || row(&format!("episodes.{}.report", episode.number), episode.report.value()?);
    let of_line = || basis.window.as_ref().map(|it| format!("logs.echonet record {}", it.trigger));
    let of_text = || {
        let text = bundle.echonet.report_text.value()?;
        let lists = [("certain_failures", &text.certain_failures), ("resync_causes", &text.resync_causes)];
        let (list, at) = lists.into_iter().find_map(|(list, it)| Some((list, it.iter().position(|it| it.tx_hash == key)?)))?;
        Some(format!("echonet.report_text.{list}.{at}"))
    };
    let later = || bundle.report.value().and_then(|it| row("report", it)).or_else(of_text);
    // A later snapshot counts it.
    let unnamed = || format!("episodes.{}", episode.number);
    of_snapshot().or_else(of_report).or_else(of_line).or_else(later).unwrap_or_else(unnamed)
}

/// Transactions that the gateway refused in this episode, besides the trigger's own.
fn gateway_errors(bundle: &Bundle, episode: &Episode, trigger: Option<&Trigger>) -> Vec<LedgerItem> {
    let is_trigger = |tx: &Felt| trigger.is_some_and(|it| it.kind == TriggerKind::GatewayError && it.tx_hash == Some(*tx));
    let refused = refusals::find_refusals(bundle, episode).of_epoch.into_iter().filter(|it| !is_trigger(&it.tx));
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

fn receipts(account: &mut EpisodeAccount, height: u64, ours: &Block, theirs: &Block) {
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
