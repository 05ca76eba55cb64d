//! What the gateway refused in an episode: from the report during its resync, else from the snapshot.

use std::collections::BTreeSet;

use super::trigger::{self, TriggerKind};
use crate::evidence::pre_resync::gateway_error;
use crate::evidence::report::GatewayError;
use crate::evidence::{Bundle, Episode, Felt, Snapshot};

/// A transaction that the gateway refused.
pub(super) struct Refusal {
    pub(super) tx: Felt,
    pub(super) error: GatewayError,
    /// Path of the evidence that states it.
    pub(super) seen_in: String,
}

/// What is known of an episode's refusals.
#[derive(Default)]
pub(super) struct Refusals {
    /// Those of the episode's epoch, the trigger's own included.
    pub(super) of_epoch: Vec<Refusal>,
    /// Rows that may be of an earlier epoch as well.
    pub(super) undecided: usize,
    /// Rows that cannot be read.
    pub(super) unreadable: usize,
}

/// The refusals of an episode. Both lists are cumulative: what an earlier episode already had is not this episode's. Where it is not known
/// what the one before had, only what cannot be older is this one's: its trigger's own, and all of a process's first epoch.
#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
pub(super) fn find_refusals(bundle: &Bundle, episode: &Episode) -> Refusals {
    let earlier = || bundle.episodes.iter().filter(|it| it.number < episode.number);
    let known = earlier().filter_map(known).next_back().unwrap_or_default();
    let before = earlier().next_back();
    let still_runs = bundle.episodes.iter().all(|it| it.number != episode.number);
    if still_runs && before.is_some_and(|it| self::known(it).is_none()) {
        // Without what the last resync had on record, nobody can tell which are the running epoch's own.
        return Refusals::default();
    }
    let Some(Recorded { rows, start, is_first, mut all }) = recorded(episode) else { return Refusals::default() };
    let follows_known = before.is_some_and(|it| it.number.checked_add(1) == Some(episode.number) && self::known(it).is_some());
    let is_told = is_first || follows_known || still_runs;
    let trigger = trigger::find_trigger(bundle, episode).map(|it| it.0).filter(|it| it.kind == TriggerKind::GatewayError);
    let trigger = trigger.and_then(|it| it.tx_hash);
    for refusal in rows {
        let is_older = known.contains(&refusal.tx) || start.is_some_and(|it| refusal.error.block_number < it);
        if trigger == Some(refusal.tx) || (is_told && !is_older) {
            all.of_epoch.push(refusal);
        } else if !is_older {
            all.undecided += 1;
        }
    }
    all
}

/// What an episode's own document has on record.
struct Recorded {
    rows: Vec<Refusal>,
    /// The epoch's first block.
    start: Option<u64>,
    /// Whether the epoch is its process's first.
    is_first: bool,
    /// Rows that could not be read.
    all: Refusals,
}

#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
fn recorded(episode: &Episode) -> Option<Recorded> {
    let is_first = |initial: Option<u64>, current: Option<u64>| initial.is_some() && initial == current;
    if let Some(report) = episode.report.value() {
        let place = |tx: &Felt| format!("episodes.{}.report.gateway_errors.{tx}", episode.number);
        let rows = report.gateway_errors.iter().map(|(tx, error)| Refusal { tx: *tx, error: error.clone(), seen_in: place(tx) });
        return Some(Recorded {
            rows: rows.collect(),
            start: report.current_start_block,
            is_first: is_first(report.initial_start_block, report.current_start_block),
            all: Refusals::default(),
        });
    }
    let snapshot = episode.snapshot.value()?;
    let mut all = Refusals::default();
    let mut rows = Vec::new();
    for (number, row) in snapshot.gateway_errors.iter().enumerate() {
        let seen_in = format!("episodes.{}.snapshot.gateway_errors.{number}", episode.number);
        match gateway_error(row) {
            Some((tx, error)) => rows.push(Refusal { tx, error, seen_in }),
            None => all.unreadable += 1,
        }
    }
    let start = snapshot.current_start_block;
    Some(Recorded { rows, start, is_first: is_first(snapshot.initial_start_block, start), all })
}

/// Every transaction that had been refused by the end of an episode, if that was observed.
fn known(episode: &Episode) -> Option<BTreeSet<Felt>> {
    let of_snapshot = |it: &Snapshot| it.gateway_errors.iter().filter_map(|row| row.split_once(':')?.0.parse().ok()).collect();
    let of_report = episode.report.value().map(|it| it.gateway_errors.keys().copied().collect());
    of_report.or_else(|| episode.snapshot.value().map(of_snapshot))
}

/// Why what the snapshot says of refusals is not all, if it is not and nothing else says it.
pub(super) fn gap(bundle: &Bundle, episode: &Episode) -> Option<String> {
    let Refusals { undecided, unreadable, .. } = find_refusals(bundle, episode);
    let reasons = [
        (0 < undecided).then(|| format!("{undecided} gateway errors that may be of an earlier epoch")),
        (0 < unreadable).then(|| format!("{unreadable} gateway errors that could not be read")),
    ];
    let reasons: Vec<String> = reasons.into_iter().flatten().collect();
    (!reasons.is_empty()).then(|| format!("holds {}", reasons.join(" and ")))
}

#[cfg(test)]
mod tests;
