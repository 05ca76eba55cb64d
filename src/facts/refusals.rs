//! What the gateway refused in an episode: from the report during its resync, else from the snapshot.

use std::collections::BTreeSet;

use super::trigger::{TriggerKind, kind_of};
use crate::evidence::pre_resync::gateway_error;
use crate::evidence::report::GatewayError;
use crate::evidence::{Bundle, Episode, Felt, Snapshot};

/// A transaction that the gateway refused.
pub(super) struct Refusal {
    pub(super) tx: Felt,
    pub(super) error: GatewayError,
    /// Where the evidence says so.
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
/// what the one before had, only a snapshot tells what cannot be older: its trigger's own, and all of a process's first epoch.
pub(super) fn of(bundle: &Bundle, episode: &Episode) -> Refusals {
    let earlier = || bundle.episodes.iter().filter(|it| it.number < episode.number);
    let known = earlier().filter_map(known).next_back().unwrap_or_default();
    let still_runs = bundle.episodes.iter().all(|it| it.number != episode.number);
    if still_runs && earlier().next_back().is_some_and(|it| self::known(it).is_none()) {
        // Without what the last resync had on record, nobody can tell which are the running epoch's own.
        return Refusals::default();
    }
    if let Some(report) = episode.report.value() {
        let place = |tx: &Felt| format!("episodes.{}.report.gateway_errors.{tx}", episode.number);
        let rows = report.gateway_errors.iter().filter(|(tx, _)| !known.contains(tx));
        let of_epoch = rows.map(|(tx, error)| Refusal { tx: *tx, error: error.clone(), seen_in: place(tx) }).collect();
        return Refusals { of_epoch, ..Refusals::default() };
    }
    let Some(snapshot) = episode.snapshot.value() else { return Refusals::default() };
    let before = earlier().next_back().filter(|it| it.number + 1 == episode.number);
    let is_first = snapshot.initial_start_block.is_some() && snapshot.initial_start_block == snapshot.current_start_block;
    let is_told = is_first || before.is_some_and(|it| self::known(it).is_some());
    let is_gateway_error = kind_of(&snapshot.trigger_reason) == TriggerKind::GatewayError;
    let trigger: Option<Felt> = snapshot.trigger_key.parse().ok().filter(|_| is_gateway_error);
    let mut all = Refusals::default();
    for (number, row) in snapshot.gateway_errors.iter().enumerate() {
        let Some((tx, error)) = gateway_error(row) else {
            all.unreadable += 1;
            continue;
        };
        let is_older = known.contains(&tx) || snapshot.current_start_block.is_some_and(|it| error.block_number < it);
        if trigger == Some(tx) || (is_told && !is_older) {
            all.of_epoch.push(Refusal { tx, error, seen_in: format!("episodes.{}.snapshot.gateway_errors.{number}", episode.number) });
        } else if !is_older {
            all.undecided += 1;
        }
    }
    all
}

/// Every transaction that had been refused by the end of an episode, if that was observed.
fn known(episode: &Episode) -> Option<BTreeSet<Felt>> {
    let of_snapshot = |it: &Snapshot| it.gateway_errors.iter().filter_map(|row| row.split_once(':')?.0.parse().ok()).collect();
    let of_report = episode.report.value().map(|it| it.gateway_errors.keys().copied().collect());
    of_report.or_else(|| episode.snapshot.value().map(of_snapshot))
}

/// Why what the snapshot says of refusals is not all, if it is not and nothing else says it.
pub(super) fn gap(bundle: &Bundle, episode: &Episode) -> Option<String> {
    let Refusals { undecided, unreadable, .. } = of(bundle, episode);
    let reasons = [
        (0 < undecided).then(|| format!("{undecided} gateway errors that may be of an earlier epoch")),
        (0 < unreadable).then(|| format!("{unreadable} gateway errors that could not be read")),
    ];
    let reasons: Vec<String> = reasons.into_iter().flatten().collect();
    (!reasons.is_empty()).then(|| format!("holds {}", reasons.join(" and ")))
}

#[cfg(all(test, feature = "proof"))]
mod tests;
