//! What the cases of a bundle are about: the resyncs that the evidence shows, and the epoch that still runs.
//!
//! That epoch can be a divergence, a stall, both, or neither. Its ledger always holds an item of kind `stall`: a cause where the epoch was
//! seen to stop, and otherwise one that counts only if a rule claims it (`Role::Potential`). So a rule whose decisive lines are there needs
//! no silence, and a healthy epoch leaves nothing to explain.

use std::borrow::Cow;
use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::account::{self, EpisodeAccount};
use super::basis::{BasisKind, CaseBasis};
use super::later;
use super::ledger::ItemKind;
use super::log_index::LogIndex;
use super::log_window::{self, LogWindow};
use super::mismatches::{self, MismatchRows, Mismatches};
use super::progress;
use super::resyncs::{self, LogPairing, LoggedTrigger, StatedResync};
use super::stall::{self, Stall};
use super::trigger::{self, Trigger, TriggerKind};
use super::{coverage, running};
use crate::evidence::{Bundle, Episode};

/// What a case is about. An epoch without a resync can be several of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EpochKind {
    /// Echonet resynced.
    Resync,
    /// Something differs from mainnet, and Echonet did not resync, or not yet.
    Divergence,
    /// Progress stopped, and Echonet did not resync.
    Stall,
    /// An epoch that is still running, as far as can be told.
    Running,
}

/// What each case is about: the resyncs, earliest first, and the epoch that still runs.
pub(super) fn bases<'b>(bundle: &'b Bundle, log: Option<&LogIndex>) -> Vec<CaseBasis<'b>> {
    let logged = log.map(resyncs::logged).unwrap_or_default();
    let extent = coverage::extent(&bundle.logs.echonet);
    let of_documents: Vec<Option<(Trigger, StatedResync)>> = bundle.episodes.iter().map(|it| trigger::find_trigger(bundle, it)).collect();
    let own: Vec<Option<StatedResync>> = of_documents.iter().map(|it| it.as_ref().map(|it| it.1.clone())).collect();
    let told = later::told(bundle, &own, &logged);
    let stated: Vec<Option<StatedResync>> =
        own.into_iter().zip(&told).map(|(own, told)| own.or_else(|| Some(told.as_ref()?.stated()))).collect();
    let pairs = resyncs::pair(&logged, &stated);
    let windows = match log {
        Some(index) => log_window::windows(index, &extent, &logged, &pairs),
        None => vec![None; pairs.len()],
    };
    let mut bases: Vec<CaseBasis<'b>> = Vec::new();
    for ((((episode, document), told), pair), window) in bundle.episodes.iter().zip(of_documents).zip(told).zip(&pairs).zip(windows) {
        let of_later = || told.as_ref().map(|it| trigger::build(bundle, episode, &it.key, it.block, &it.reason, it.count));
        let trigger = document.map(|it| it.0).or_else(of_later).or_else(|| of_line(bundle, episode, &logged, *pair));
        let later = told.map(|it| it.mismatches).unwrap_or_default();
        let mismatches = of_resync(bundle, episode, log.zip(window.as_ref()), later);
        bases.push(CaseBasis { episode: Cow::Borrowed(episode), kind: BasisKind::Resync, trigger, window, mismatches });
    }
    let running = running::derive_running(bundle, log.map(|it| (it, &extent)), &logged);
    let grounds = progress::assess_progress(bundle, &running, log);
    bases.push(CaseBasis {
        kind: BasisKind::Running { stall: running.stall, block: running.block, grounds },
        episode: Cow::Owned(running.episode),
        trigger: None,
        window: running.window,
        mismatches: running.mismatches,
    });
    bases
}

/// The trigger as the log names it, for an episode whose own documents do not.
fn of_line(bundle: &Bundle, episode: &Episode, logged: &[LoggedTrigger], pair: LogPairing) -> Option<Trigger> {
    let LogPairing::Line(position) = pair else { return None };
    let line = logged.get(position)?;
    Some(trigger::build(bundle, episode, &line.key, line.block, &line.reason, line.count))
}

/// What Echonet says of the blocks of an epoch that a resync ended.
fn of_resync(bundle: &Bundle, episode: &Episode, log: Option<(&LogIndex, &LogWindow)>, later: Mismatches) -> Mismatches {
    let mut said = log.map(|(index, window)| mismatches::of_log(window.records(index))).unwrap_or_default();
    let snapshot = episode.snapshot.value();
    let start = snapshot.and_then(|it| it.current_start_block).or_else(|| episode.report.value()?.current_start_block);
    let before = bundle.episodes.iter().rfind(|it| it.number < episode.number);
    let is_first = snapshot.is_some_and(|it| it.initial_start_block.is_some() && it.initial_start_block == it.current_start_block);
    // Without what came before, nobody can tell which rows are this epoch's.
    let earlier = match before {
        None if is_first => MismatchRows::NONE,
        None => MismatchRows::default(),
        Some(before) => MismatchRows::whole(before),
    };
    let list = if snapshot.is_some() { "snapshot" } else { "report" };
    mismatches::join(
        &mut said,
        MismatchRows::from_episode(episode).fresh(earlier, start.unwrap_or(0), &format!("episodes.{}.{list}", episode.number)),
    );
    mismatches::join(&mut said, later);
    said
}

/// Derives the differences of a case.
pub(super) fn account(bundle: &Bundle, basis: &CaseBasis<'_>, log: Option<&LogIndex>) -> EpisodeAccount {
    let mut account = account::account_for_episode(bundle, basis, log.zip(basis.window.as_ref()));
    if let BasisKind::Running { stall, .. } = &basis.kind {
        account.items.push(stall.as_ref().map_or_else(stall::potential, Stall::item));
    }
    account
}

/// What a case is about, by what was seen of it.
pub(super) fn kinds(basis: &CaseBasis<'_>, account: &EpisodeAccount) -> BTreeSet<EpochKind> {
    let BasisKind::Running { stall, .. } = &basis.kind else { return [EpochKind::Resync].into() };
    let mut kinds = BTreeSet::from([EpochKind::Running]);
    kinds.extend(stall.as_ref().map(|_| EpochKind::Stall));
    let differs = account.items.iter().any(|it| it.kind != ItemKind::Stall && it.role.is_difference());
    kinds.extend(differs.then_some(EpochKind::Divergence));
    kinds
}

/// The first diverging block, if there is one, and the block that a diagnosis is about, if any is named.
pub(super) fn subject(account: &EpisodeAccount, basis: &CaseBasis<'_>) -> (Option<u64>, Option<u64>) {
    let counts = |it: &&super::LedgerItem| it.role.is_difference();
    let is_block = |it: &&super::LedgerItem| !it.kind.is_trigger() || it.kind == ItemKind::HashMismatch;
    let seen = account.items.iter().filter(counts).filter(is_block).map(|it| it.block).min();
    // Echonet itself says that this block diverged, whether its payload was seen or not.
    let stated = basis.trigger.as_ref().filter(|it| it.kind == TriggerKind::BlockHashMismatch).map(|it| it.block);
    let first_diverging_block = seen.into_iter().chain(stated).min();
    let standing = match &basis.kind {
        BasisKind::Resync => None,
        BasisKind::Running { block, .. } => {
            let refused = account.items.iter().filter(counts).filter(|it| it.kind != ItemKind::Stall).map(|it| it.block).min();
            refused.or(*block)
        }
    };
    (first_diverging_block, first_diverging_block.or(basis.trigger.as_ref().map(|it| it.block)).or(standing))
}
