//! Which part of Echonet's log belongs to which resync.
//!
//! Echonet's lines carry no time of their own: their order is time. An epoch ends where Echonet clears its state after a trigger, and the
//! next one begins there.

use super::log_index::LogIndex;
use crate::evidence::{Extent, Felt};

/// The records of one epoch: from its first to the clearing of its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogWindow {
    /// First record of the epoch.
    pub first: usize,
    /// One past the epoch's last record.
    pub end: usize,
    /// The record that names the trigger.
    pub trigger: usize,
    /// Whether all of the epoch was seen.
    pub extent: Extent,
}

const TRIGGER: &str = "Resync triggered by tx ";

/// Finds the window of each trigger key. `keys` are those of the episodes, earliest first; an episode without a key, or whose trigger
/// line is not in the log, has no window.
#[must_use]
pub fn windows(index: &LogIndex, extent: &Extent, keys: &[Option<&str>]) -> Vec<Option<LogWindow>> {
    let triggers: Vec<(usize, &str)> =
        index.records.iter().filter_map(|it| Some((it.number, it.text.strip_prefix(TRIGGER)?.split(": ").next()?))).collect();
    let ends: Vec<usize> = triggers
        .iter()
        .enumerate()
        .map(|(position, (record, _))| {
            let next = triggers.get(position + 1).map_or(index.records.len(), |(next, _)| *next);
            epoch_end(index, *record, next)
        })
        .collect();
    let mut found = vec![None; keys.len()];
    // The log is most likely to hold the newest resyncs: match from the end.
    let mut before = triggers.len();
    for (slot, key) in found.iter_mut().zip(keys).rev() {
        let Some(key) = key else { continue };
        let Some(position) = triggers.iter().take(before).rposition(|(_, it)| it == key) else { continue };
        before = position;
        let (Some((trigger, _)), Some(end)) = (triggers.get(position), ends.get(position)) else { continue };
        let previous_end = position.checked_sub(1).and_then(|it| ends.get(it)).copied();
        let first = previous_end.unwrap_or(0);
        let begins = previous_end.is_some() || process_start(index, *trigger);
        let extent = match extent {
            Extent::Complete if begins => Extent::Complete,
            Extent::Complete => Extent::Partial("the log begins in the middle of this epoch".to_owned()),
            Extent::Partial(reason) => Extent::Partial(reason.clone()),
        };
        *slot = Some(LogWindow { first, end: *end, trigger: *trigger, extent });
    }
    found
}

/// One past the record that clears the epoch's state.
fn epoch_end(index: &LogIndex, trigger: usize, limit: usize) -> usize {
    let clears =
        |text: &str| text.starts_with("Cleared all stored L1 blocks") || text.starts_with("Starting resync workflow around block ");
    (trigger..limit).find(|it| index.records.get(*it).is_some_and(|record| clears(&record.text))).map_or(limit, |it| it + 1)
}

/// Whether the log holds the process's first lines before the trigger.
fn process_start(index: &LogIndex, trigger: usize) -> bool {
    let starts = |text: &str| {
        text.contains("Starting gunicorn ") || text.contains("starting gunicorn on ") || text.starts_with("Initialized deterministic base")
    };
    index.records.iter().take(trigger).any(|it| starts(&it.text))
}

/// The order of transactions of our block at `height`, as the last `block N tx hashes:` line of the window gives it.
#[must_use]
pub fn transaction_order(index: &LogIndex, window: &LogWindow, height: u64) -> Option<(usize, Vec<Felt>)> {
    let prefix = format!("block {height} tx hashes:");
    let records = index.records.get(window.first..window.end)?;
    records.iter().rev().find_map(|record| {
        let hashes = record.text.strip_prefix(&prefix)?;
        let order: Result<Vec<Felt>, _> = hashes.split_whitespace().map(str::parse).collect();
        Some((record.number, order.ok()?))
    })
}
