//! What Echonet's log tells of an episode in time: which kind of event each record is, and the moments that matter.

mod sequencer;

use std::ops::Range;

pub(crate) use sequencer::SequencerEvent;

use super::log_index::{Level, LogIndex, LogRecord};
use super::log_window::{ComparedHash, LogWindow, compared_block};
use super::resyncs::TRIGGER;

/// A kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EventKind {
    /// A transaction was forwarded to the sequencer.
    Forwarded,
    /// The gateway refused a transaction.
    Refused,
    /// The sequencer posted a block.
    Posted,
    /// A block's hash is mainnet's.
    Matched,
    /// A block's hash is not mainnet's.
    Mismatched,
    /// A look-up at the L1 provider.
    L1,
    /// The sequencer was scaled or configured.
    Restart,
    /// Any other warning.
    Warning,
    /// Any other error.
    Error,
}

impl EventKind {
    /// Every kind, in the order in which they are shown.
    pub(crate) const ALL: [Self; 9] = [
        Self::Forwarded,
        Self::Posted,
        Self::Matched,
        Self::Mismatched,
        Self::Refused,
        Self::L1,
        Self::Warning,
        Self::Error,
        Self::Restart,
    ];

    /// The kind of a record; none if it is not worth a place in a picture.
    #[must_use]
    pub(crate) fn from_record(record: &LogRecord) -> Option<Self> {
        let text = record.text.as_str();
        let logger = record.logger.as_deref().unwrap_or_default();
        if text.starts_with("Forwarded tx") || text.starts_with("Observed L1_HANDLER") {
            Some(Self::Forwarded)
        } else if text.starts_with("Forward failed") {
            Some(Self::Refused)
        } else if text.starts_with("WRITE_BLOB ") {
            Some(Self::Posted)
        } else if compared_block(text).is_some() {
            Some(if text.contains("block hash MATCH ") { Self::Matched } else { Self::Mismatched })
        } else if record.level >= Some(Level::Error) {
            Some(Self::Error)
        } else if logger.contains(".l1_") {
            Some(Self::L1)
        } else if record.level == Some(Level::Warning) {
            Some(Self::Warning)
        } else if logger.ends_with(".sequencer_manager") {
            Some(Self::Restart)
        } else {
            None
        }
    }
}

/// A moment that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    /// Echonet's process started.
    ProcessStarts,
    /// The epoch began to replay.
    ReplayStarts,
    /// A block came out unlike mainnet's.
    Mismatch(u64),
    /// The resync's trigger, or the stall if there was no resync.
    Trigger,
    /// Echonet cleared its state.
    Cleared,
    /// The sequencer is being rewound.
    ResyncStarts,
    /// The sequencer is ready again.
    ResyncEnds,
    /// The replay after the resync came to the block of the trigger: it matches now.
    ReplayMatches(u64),
    /// The replay came to the block of the trigger, which differs again.
    ReplayDiffers(u64),
}

/// Mismatches that are shown one by one.
const MISMATCHES: usize = 3;

/// The moments of an episode with the records that tell them, in order, and the records that the picture covers: the epoch, the resync, and
/// the replay up to the block of the trigger.
#[must_use]
#[expect(clippy::arithmetic_side_effects, reason = "places in a list in memory")]
pub(crate) fn moments(index: &LogIndex, window: &LogWindow, block: Option<u64>) -> (Vec<(usize, Moment)>, Range<usize>) {
    let mut moments = Vec::new();
    let mut mismatches = 0;
    let epoch = window.records(index);
    for record in epoch {
        let text = record.text.as_str();
        if text.contains("tarting gunicorn ") && !moments.iter().any(|(_, it)| *it == Moment::ProcessStarts) {
            moments.push((record.number, Moment::ProcessStarts));
        } else if text.starts_with("Initialized deterministic base") {
            moments.push((record.number, Moment::ReplayStarts));
        } else if text.contains("block hash MISMATCH") && mismatches < MISMATCHES {
            mismatches += 1;
            moments.extend(compared_block(text).map(|(it, _)| (record.number, Moment::Mismatch(it))));
        }
        if record.number == window.trigger {
            moments.push((record.number, Moment::Trigger));
        }
        moments.extend(resync(text).map(|it| (record.number, it)));
    }
    let mut end = window.end;
    for record in index.records.get(window.end..).unwrap_or_default() {
        let text = record.text.as_str();
        if text.starts_with(TRIGGER) {
            break;
        }
        if let Some(moment) = resync(text) {
            moments.push((record.number, moment));
            end = record.number + 1;
        } else if text.starts_with("Initialized deterministic base") {
            moments.push((record.number, Moment::ReplayStarts));
            end = record.number + 1;
        } else if let Some((number, hash)) = compared_block(text).filter(|(it, _)| Some(*it) == block) {
            moments.push((
                record.number,
                if hash == ComparedHash::Match { Moment::ReplayMatches(number) } else { Moment::ReplayDiffers(number) },
            ));
            end = record.number + 1;
            break;
        }
    }
    (moments, window.first..end)
}

fn resync(text: &str) -> Option<Moment> {
    if text.starts_with("Cleared all stored L1 blocks") {
        Some(Moment::Cleared)
    } else if text.starts_with("Starting resync workflow") {
        Some(Moment::ResyncStarts)
    } else if text.starts_with("Resync workflow complete") {
        Some(Moment::ResyncEnds)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Extent;
    use crate::evidence::logs::parse_text;

    #[test]
    fn the_moments_of_a_resync_and_its_replay_are_found_in_order() {
        let log = "[2026-01-02 03:00:00 +0000] [7] [INFO] Starting gunicorn 27.0.1\n\
            [INFO] [echonet.echo_center] Initialized deterministic base: base_block_number=6 base_block_hash=0x1\n\
            [INFO] [echonet.transaction_sender] Forwarded tx: 0x1\n\
            [WARNING] [echonet.echo_center] Block 7: block hash MISMATCH. echonet=0x1, mainnet=0x2\n\
            [WARNING] [echonet.transaction_sender] Resync triggered by tx block_hash_mismatch:7: failure_block_number=7\n\
            [DEBUG] [echonet.l1_manager] Cleared all stored L1 blocks\n\
            [INFO] [echonet.sequencer_manager] Starting resync workflow around block 7...\n\
            [INFO] [echonet.sequencer_manager] Resync workflow complete.\n\
            [INFO] [echonet.echo_center] Block 7: block hash MATCH with mainnet: 0x2\n\
            [INFO] [echonet.transaction_sender] Forwarded tx: 0x2";
        let index = LogIndex::new(&parse_text(log));
        let window = LogWindow { first: 0, end: 6, trigger: 4, extent: Extent::Complete };
        let (moments, records) = moments(&index, &window, Some(7));
        let names: Vec<Moment> = moments.into_iter().map(|it| it.1).collect();
        use Moment::{Cleared, Mismatch, ProcessStarts, ReplayMatches, ReplayStarts, ResyncEnds, ResyncStarts, Trigger};
        assert_eq!(names, [ProcessStarts, ReplayStarts, Mismatch(7), Trigger, Cleared, ResyncStarts, ResyncEnds, ReplayMatches(7)]);
        assert_eq!(records, 0..9);
        let kinds: Vec<_> = index.records.iter().map(EventKind::from_record).collect();
        assert_eq!(kinds[2..5], [Some(EventKind::Forwarded), Some(EventKind::Mismatched), Some(EventKind::Warning)]);
    }
}
