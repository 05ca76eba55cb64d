//! Which part of Echonet's log belongs to which resync.
//!
//! Echonet's lines carry no time of their own: their order is time. An epoch ends where Echonet clears its state after a trigger, and the
//! next one begins there.
//!
//! A window that passes over a block is not complete.

use super::log_index::{LogIndex, LogRecord};
use super::posts;
use super::resyncs::{LogPairing, LoggedTrigger};
use crate::evidence::{Extent, Felt};

/// The records of one epoch: from its first to the clearing of its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogWindow {
    /// First record of the epoch.
    pub first: usize,
    /// Index one past the epoch's last record.
    pub end: usize,
    /// The record that names the trigger.
    pub trigger: usize,
    /// Whether all of the epoch was seen.
    pub extent: Extent,
}

impl LogWindow {
    /// The records of the window.
    #[must_use]
    pub fn records<'i>(&self, index: &'i LogIndex) -> &'i [LogRecord] {
        index.records.get(self.first..self.end).unwrap_or_default()
    }
}

/// The window of each episode, by the line of its trigger; an episode whose line is not in the log, or of which several could be it, has
/// none.
#[must_use]
pub(crate) fn windows(index: &LogIndex, extent: &Extent, triggers: &[LoggedTrigger], pairs: &[LogPairing]) -> Vec<Option<LogWindow>> {
    let window = |pair: &LogPairing| {
        let LogPairing::Line(position) = *pair else { return None };
        let trigger = triggers.get(position)?.record;
        let next = triggers.get(position.saturating_add(1)).map_or(index.records.len(), |it| it.record);
        let end = epoch_end(index, trigger, next).unwrap_or(next);
        let previous =
            position.checked_sub(1).and_then(|it| triggers.get(it)).map(|it| epoch_end(index, it.record, trigger).unwrap_or(it.record));
        let first = previous.unwrap_or(0);
        let begins = previous.is_some() || process_start(index, trigger);
        let window = LogWindow { first, end, trigger, extent: Extent::Complete };
        let extent = match (extent, begins) {
            (Extent::Partial(reason), _) => Extent::Partial(reason.clone()),
            (Extent::Complete, false) => Extent::Partial(BEGINS_LATER.to_owned()),
            (Extent::Complete, true) => hole(window.records(index)).map_or(Extent::Complete, Extent::Partial),
        };
        Some(LogWindow { extent, ..window })
    };
    pairs.iter().map(window).collect()
}

/// What is missing of a log that does not hold the first lines of an epoch.
pub(crate) const BEGINS_LATER: &str = "the log begins in the middle of this epoch";

/// What is missing of a log that holds the first lines of an epoch, and not all that follow.
pub(crate) const LACKS_LINES: &str = "the log lacks lines";

/// One past the record that clears the epoch's state; none if that is not reached before `limit`.
#[must_use]
pub(crate) fn epoch_end(index: &LogIndex, trigger: usize, limit: usize) -> Option<usize> {
    let clears =
        |text: &str| text.starts_with("Cleared all stored L1 blocks") || text.starts_with("Starting resync workflow around block ");
    (trigger..limit).find(|it| index.records.get(*it).is_some_and(|record| clears(&record.text))).map(|it| it.saturating_add(1))
}

/// Whether the log holds the process's first lines before the trigger.
fn process_start(index: &LogIndex, trigger: usize) -> bool {
    let starts = |it: &LogRecord| it.starts_process() || it.announces_process() || it.text.starts_with("Initialized deterministic base");
    index.records.iter().take(trigger).any(starts)
}

/// Where lines are missing from the middle of an epoch: the sender fetches block after block and the node posts block after block, and each
/// of them says so in a line. And an exception ends a request that is answered 500.
#[must_use]
pub(crate) fn hole(records: &[LogRecord]) -> Option<String> {
    let sequences: [fn(&str) -> Option<u64>; 2] = [sender_block, posts::posted_block];
    let lost = sequences.into_iter().find_map(|number_of| {
        let mut before: Option<u64> = None;
        for record in records {
            if record.starts_process() {
                before = None;
            }
            let Some(number) = number_of(&record.text) else { continue };
            if let Some(before) = before.filter(|it| it.saturating_add(1) < number) {
                return Some(format!("{LACKS_LINES}: block {number} follows on block {before}"));
            }
            before = Some(number);
        }
        None
    });
    let unsaid = || posts::lacks_exception(records).then(|| format!("{LACKS_LINES}: no exception is logged with an answer 500"));
    lost.or_else(unsaid)
}

/// The block of a line `Block 7: total=3 valid=3`: the sender has fetched it.
#[must_use]
pub(crate) fn sender_block(text: &str) -> Option<u64> {
    let (number, rest) = text.strip_prefix("Block ")?.split_once(": ")?;
    rest.starts_with("total=").then(|| number.parse().ok()).flatten()
}

/// What Echonet found when it compared the hash of a block with mainnet's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ComparedHash {
    /// The two are equal.
    Match,
    /// The hashes differ.
    Mismatch,
}

/// The block of a line `Block 7: block hash MATCH ..` or `Block 7: block hash MISMATCH..`, and which of the two it is.
#[must_use]
pub(crate) fn compared_block(text: &str) -> Option<(u64, ComparedHash)> {
    let (number, said) = text.strip_prefix("Block ")?.split_once(": block hash ")?;
    let hash = match said.split([' ', '.']).next()? {
        "MATCH" => ComparedHash::Match,
        "MISMATCH" => ComparedHash::Mismatch,
        _ => return None,
    };
    Some((number.parse().ok()?, hash))
}

/// The order of transactions of our block at `height`, as the last `block N tx hashes:` line of the window gives it.
#[must_use]
pub(crate) fn transaction_order(index: &LogIndex, window: &LogWindow, height: u64) -> Option<(usize, Vec<Felt>)> {
    let prefix = format!("block {height} tx hashes:");
    window.records(index).iter().rev().find_map(|record| {
        let hashes = record.text.strip_prefix(&prefix)?;
        let order: Result<Vec<Felt>, _> = hashes.split_whitespace().map(str::parse).collect();
        Some((record.number, order.ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::logs::parse_text;

    #[test]
    fn a_block_that_is_passed_over_shows_that_lines_are_missing() {
        let sender = |block: u64| format!("[INFO] [echonet.transaction_sender] Block {block}: total=3 valid=3");
        let posted = |block: u64| format!("[INFO] [echonet.flask] last_block={block}");
        let start = || "[2026-11-27 22:12:14 +0000] [21808] [INFO] Starting gunicorn 27.0.1".to_owned();
        let told = "[WARNING] [echonet.transaction_sender] Forward failed: tx=0x1 type=INVOKE src_bn=1 attempt=1/30 status=400 response=[2026-11-27 22:12:14 +0000] [21808] [INFO] Starting gunicorn 27.0.1".to_owned();
        let cases = [
            ("one after the other", vec![sender(1), sender(2), posted(1), posted(1), sender(3), posted(2)], None),
            ("the sender's third is missing", vec![sender(1), sender(2), sender(4)], Some("block 4 follows on block 2")),
            ("a posted one is missing", vec![sender(1), posted(1), posted(3)], Some("block 3 follows on block 1")),
            ("a new process begins at its first block", vec![sender(1), start(), sender(8)], None),
            ("what somebody else says begins no process", vec![sender(1), told, sender(8)], Some("block 8 follows on block 1")),
        ];
        for (name, lines, expected) in cases {
            let found = hole(&LogIndex::new(&parse_text(&lines.join("\n"))).records);
            assert_eq!(found.is_some(), expected.is_some(), "{name}: {found:?}");
            assert!(expected.is_none_or(|it| found.unwrap_or_default().contains(it)), "{name}");
        }
    }
}
