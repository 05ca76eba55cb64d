//! The resyncs that Echonet's log names, and which episode each of them is.
//!
//! The same key can trigger again and again, so a key alone names no resync. Two statements of one resync agree in everything that both
//! make: key, blocks, how often the key had triggered, and the order of time.
//!
//! Where several lines agree and nothing tells which is meant, none is taken.

use super::log_index::LogIndex;
use crate::evidence::report::ReportTrigger as Recorded;
use crate::evidence::{Episode, Timestamp};

/// A line `Resync triggered by tx <key>: failure_block_number=<n> revert_target_block_number=<n>: <reason>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoggedTrigger {
    /// The record's number.
    pub record: usize,
    /// Transaction hash or synthetic key.
    pub key: String,
    /// Block of the trigger.
    pub block: u64,
    /// Reason text; may span lines.
    pub reason: String,
    /// How often this key had triggered in its process by then, this time included, as far as the log goes back.
    pub count: u64,
    /// Whether the log holds the beginning of the process, so that the count is known.
    counts_from_start: bool,
    at: Option<Timestamp>,
}

/// How the line of a trigger begins.
pub(crate) const TRIGGER: &str = "Resync triggered by tx ";

/// The triggers of a log, in its order. A line that is cut names no resync.
#[must_use]
pub(crate) fn logged(index: &LogIndex) -> Vec<LoggedTrigger> {
    let mut found: Vec<LoggedTrigger> = Vec::new();
    let mut process = 0;
    let mut counts_from_start = false;
    for record in &index.records {
        if record.starts_process() {
            process = found.len();
            counts_from_start = true;
        }
        let Some((key, block, reason)) = read(&record.text) else { continue };
        let earlier = found.iter().skip(process).filter(|it| it.key == key).count() as u64;
        found.push(LoggedTrigger {
            record: record.number,
            key: key.to_owned(),
            block,
            reason: reason.to_owned(),
            count: earlier.saturating_add(1),
            counts_from_start,
            at: record.at,
        });
    }
    found
}

/// Reads key, block and reason. The block from which the replay starts again is left out: where the key triggered before, the line names an
/// earlier one than Echonet then takes.
fn read(text: &str) -> Option<(&str, u64, &str)> {
    let (key, rest) = text.strip_prefix(TRIGGER)?.split_once(": failure_block_number=")?;
    let (block, rest) = rest.split_once(" revert_target_block_number=")?;
    let (target, reason) = rest.split_once(": ").or_else(|| Some((rest.strip_suffix(':')?, "")))?;
    target.parse::<u64>().ok()?;
    Some((key, block.parse().ok()?, reason))
}

/// What an episode's own documents state of its resync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatedResync {
    /// Transaction hash or synthetic key.
    pub key: String,
    /// Block of the trigger.
    pub block: u64,
    /// How often the key had triggered by then, if stated.
    pub count: Option<u64>,
    /// Time of the snapshot.
    pub at: Option<Timestamp>,
}

impl StatedResync {
    /// What a row of a report states.
    #[must_use]
    pub(crate) fn of_row(row: &Recorded) -> Self {
        Self { key: row.tx_hash.clone(), block: row.failure_block_number, count: Some(row.count), at: None }
    }

    /// What an episode's snapshot states, if it was seen.
    #[must_use]
    pub(crate) fn of_snapshot(episode: &Episode) -> Option<Self> {
        let snapshot = episode.snapshot.value()?;
        let rows = || snapshot.certain_failures.iter().chain(&snapshot.resync_causes);
        let row = rows().find(|it| it.tx_hash == snapshot.trigger_key && it.failure_block_number == snapshot.trigger_block);
        Some(Self {
            key: snapshot.trigger_key.clone(),
            block: snapshot.trigger_block,
            count: row.map(|it| it.count),
            at: Some(snapshot.taken_at),
        })
    }

    fn agrees(&self, logged: &LoggedTrigger) -> bool {
        let counts = self.count.is_none_or(|it| if logged.counts_from_start { it == logged.count } else { it >= logged.count });
        // The snapshot is written after the line, when the sequencer is down.
        let times = self.at.zip(logged.at).is_none_or(|(written, line)| line <= written);
        self.key == logged.key && self.block == logged.block && counts && times
    }
}

/// Which line of the log is an episode's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogPairing {
    /// The one at this position among the logged triggers.
    Line(usize),
    /// The log holds none that agrees.
    NoLine,
    /// Several agree, and nothing tells which it is.
    Ambiguous,
}

/// Finds the line of each episode; `stated` is what the episodes state, earliest first. An episode that states nothing is the line that is
/// left where nothing else can be.
#[must_use]
pub(crate) fn pair(logged: &[LoggedTrigger], stated: &[Option<StatedResync>]) -> Vec<LogPairing> {
    let mut pairs = vec![LogPairing::NoLine; stated.len()];
    for (slot, stated_here) in pairs.iter_mut().zip(stated) {
        let Some(it) = stated_here else { continue };
        let fits: Vec<usize> = (0..logged.len()).filter(|position| logged.get(*position).is_some_and(|line| it.agrees(line))).collect();
        // The line of the next resync can lie before the moment at which this snapshot was written only if it is another's.
        let latest = fits.iter().copied().rfind(|position| logged.get(*position).is_some_and(|line| line.at.is_some()));
        *slot = match (fits.as_slice(), it.at.and(latest)) {
            ([], _) => LogPairing::NoLine,
            ([only], _) => LogPairing::Line(*only),
            (_, Some(latest)) => LogPairing::Line(latest),
            _ => LogPairing::Ambiguous,
        };
    }
    settle_twins(logged, stated, &mut pairs);
    fill_gaps(logged.len(), stated, &mut pairs);
    let mut taken = std::collections::BTreeSet::new();
    let mut before = None;
    for pair in &mut pairs {
        if let LogPairing::Line(position) = *pair {
            if before > Some(position) || !taken.insert(position) {
                *pair = LogPairing::Ambiguous;
            } else {
                before = Some(position);
            }
        }
    }
    pairs
}

/// Several episodes that state the same of themselves are the lines that agree, in order, where there are as many.
fn settle_twins(logged: &[LoggedTrigger], stated: &[Option<StatedResync>], pairs: &mut [LogPairing]) {
    for number in 0..pairs.len() {
        let (Some(LogPairing::Ambiguous), Some(Some(it))) = (pairs.get(number), stated.get(number)) else { continue };
        let lines: Vec<usize> = (0..logged.len()).filter(|at| logged.get(*at).is_some_and(|line| it.agrees(line))).collect();
        let is_twin = |other: &Option<StatedResync>| other.as_ref().is_some_and(|other| other.key == it.key && other.block == it.block);
        let twins: Vec<usize> = stated.iter().enumerate().filter(|(_, other)| is_twin(other)).map(|(at, _)| at).collect();
        if lines.len() == twins.len() {
            for (twin, line) in twins.into_iter().zip(lines) {
                if let Some(slot) = pairs.get_mut(twin) {
                    *slot = LogPairing::Line(line);
                }
            }
        }
    }
}

/// Episodes that state nothing take the lines between their neighbours', where there are as many.
#[expect(clippy::arithmetic_side_effects, reason = "places in a list in memory")]
fn fill_gaps(lines: usize, stated: &[Option<StatedResync>], pairs: &mut [LogPairing]) {
    let mut number = 0;
    while number < pairs.len() {
        let run = stated.iter().skip(number).take_while(|it| it.is_none()).count();
        if run == 0 {
            number += 1;
            continue;
        }
        let before = match number.checked_sub(1).and_then(|it| pairs.get(it)) {
            None => Some(0),
            Some(LogPairing::Line(position)) => Some(position + 1),
            Some(_) => None,
        };
        let after = match pairs.get(number + run) {
            None => Some(lines),
            Some(LogPairing::Line(position)) => Some(*position),
            Some(_) => None,
        };
        if let (Some(before), Some(after)) = (before, after)
            && before + run == after
        {
            for (slot, line) in pairs.iter_mut().skip(number).take(run).zip(before..) {
                *slot = LogPairing::Line(line);
            }
        }
        number += run;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::logs::parse_text;

    fn line(key: &str, block: u64) -> String {
        format!(
            "[WARNING] [echonet.transaction_sender] Resync triggered by tx {key}: failure_block_number={block} \
             revert_target_block_number={block}: Block hash mismatch at block {block}"
        )
    }

    const START: &str = "[2026-11-27 22:12:14 +0000] [21808] [INFO] Starting gunicorn 27.0.1";

    fn stated(key: &str, block: u64, count: u64) -> Option<StatedResync> {
        Some(StatedResync { key: key.to_owned(), block, count: Some(count), at: None })
    }

    #[test]
    fn a_line_is_an_episode_s_where_everything_that_both_state_agrees() {
        use LogPairing::{Ambiguous, Line, NoLine};
        let twice = [START.to_owned(), line("a", 7), line("a", 7)];
        let thrice = [START.to_owned(), line("a", 7), line("b", 9), line("a", 7), line("a", 7)];
        type Case<'l> = (&'static str, &'l [String], Vec<Option<StatedResync>>, Vec<LogPairing>);
        let cases: Vec<Case<'_>> = vec![
            ("both were seen", &twice, vec![stated("a", 7, 1), stated("a", 7, 2)], vec![Line(0), Line(1)]),
            ("the second snapshot is missing", &twice, vec![stated("a", 7, 1)], vec![Line(0)]),
            ("the first is missing", &twice, vec![stated("a", 7, 2)], vec![Line(1)]),
            ("nothing is stated", &twice, vec![None, None], vec![Line(0), Line(1)]),
            ("nothing is stated of one, and there are two", &twice, vec![None], vec![NoLine]),
            ("what is not stated is what is left", &twice, vec![None, stated("a", 7, 2)], vec![Line(0), Line(1)]),
            ("a third time in the same process", &thrice, vec![stated("a", 7, 3)], vec![Line(3)]),
            ("another block", &twice, vec![stated("a", 6, 1)], vec![NoLine]),
            ("without the beginning the count is not known", &thrice[1..], vec![stated("a", 7, 4)], vec![Ambiguous]),
        ];
        for (name, lines, episodes, expected) in cases {
            let index = LogIndex::new(&parse_text(&lines.join("\n")));
            assert_eq!(pair(&logged(&index), &episodes), expected, "{name}");
        }
    }

    #[test]
    fn a_reason_of_many_lines_belongs_to_the_trigger_and_a_cut_line_names_none() {
        let text = "[WARNING] [echonet.transaction_sender] Resync triggered by tx 0x5: failure_block_number=7 revert_target_block_number=6: \
                    Echonet-only revert: one\ntwo";
        let found = logged(&LogIndex::new(&parse_text(text)));
        let read: Vec<_> = found.iter().map(|it| (it.key.as_str(), it.block, it.reason.as_str())).collect();
        assert_eq!(read, [("0x5", 7, "Echonet-only revert: one\ntwo")]);
        assert_eq!(logged(&LogIndex::new(&parse_text("[WARNING] [echonet.x] Resync triggered by tx 0x5: failure_block_nu"))), []);
    }
}
