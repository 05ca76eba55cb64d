//! Resyncs that left no document of their own, and that a later one names: a report or a snapshot counts every trigger of its process.
//!
//! A list is in no order of time, so of several resyncs that it names nobody can tell which came first. What is told of each is right whatever
//! their order; they come in that of the log, or else of their blocks, for a replay goes on from where it failed.

use std::collections::{BTreeMap, BTreeSet};

use super::mismatches::{MismatchRows, Mismatches};
use super::resyncs::{LoggedTrigger, StatedResync};
use crate::evidence::report::ReportTrigger as Recorded;
use crate::evidence::sections::Section;
use crate::evidence::{Bundle, Episode};

/// What a later document says of a resync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LaterStatement {
    /// Transaction hash or synthetic key.
    pub(super) key: String,
    /// Block of the trigger.
    pub(super) block: u64,
    /// Reason text.
    pub(super) reason: String,
    /// How often the key had triggered by then.
    pub(super) count: u64,
    /// What the document says of blocks that differed by then and by no earlier resync.
    pub(super) mismatches: Mismatches,
}

impl LaterStatement {
    /// What is stated of the resync.
    pub(super) fn stated(&self) -> StatedResync {
        StatedResync { key: self.key.clone(), block: self.block, count: Some(self.count), at: None }
    }

    fn of_row(row: &Recorded, count: u64) -> Self {
        Self { key: row.tx_hash.clone(), block: row.failure_block_number, reason: row.reason.clone(), count, mismatches: Mismatches::new() }
    }

    fn of_line(line: &LoggedTrigger) -> Self {
        Self { key: line.key.clone(), block: line.block, reason: line.reason.clone(), count: line.count, mismatches: Mismatches::new() }
    }
}

/// A document that counts triggers.
struct Count<'b> {
    rows: Vec<&'b Recorded>,
    mismatches: MismatchRows<'b>,
    place: String,
}

impl<'b> Count<'b> {
    /// That of an episode; none where a list of it is not whole.
    fn of_episode(episode: &'b Episode) -> Option<Self> {
        let of_snapshot = || {
            let snapshot = episode.snapshot.value()?;
            let rows: Vec<&Recorded> = snapshot.resync_causes.iter().chain(&snapshot.certain_failures).collect();
            let is_whole = snapshot.unreadable_rows == 0 && snapshot.saw(Section::ResyncCauses) && snapshot.saw(Section::CertainFailures);
            (is_whole && rows.iter().any(|it| it.tx_hash == snapshot.trigger_key)).then_some((rows, "snapshot"))
        };
        let of_report = || {
            let report = episode.report.value()?;
            Some((report.resync_causes.values().chain(report.certain_failures.values()).collect(), "report"))
        };
        let (rows, document) = of_snapshot().or_else(of_report)?;
        Some(Self { rows, mismatches: MismatchRows::whole(episode), place: format!("episodes.{}.{document}", episode.number) })
    }

    /// That of the report after the last resync.
    fn of_end(bundle: &'b Bundle) -> Option<Self> {
        let of_report = bundle.report.value().map(|it| Self {
            rows: it.resync_causes.values().chain(it.certain_failures.values()).collect(),
            mismatches: MismatchRows::of_report(it),
            place: "report".to_owned(),
        });
        let of_text = || {
            bundle.echonet.report_text.value().map(|it| Self {
                rows: it.resync_causes.iter().chain(&it.certain_failures).collect(),
                mismatches: MismatchRows::of_text(it),
                place: "echonet.report_text".to_owned(),
            })
        };
        of_report.or_else(of_text)
    }

    fn of_key(&self, key: &str) -> u64 {
        self.rows.iter().filter(|it| it.tx_hash == key).map(|it| it.count).fold(0, u64::saturating_add)
    }

    /// Whether `later` can be of the same process: no count is lower in it.
    fn goes_on_in(&self, later: &Self) -> bool {
        self.rows.iter().all(|it| it.count <= later.of_key(&it.tx_hash))
    }
}

/// What later documents tell of the episodes that state nothing themselves, earliest first.
#[expect(clippy::arithmetic_side_effects, reason = "places in a list in memory")]
pub(super) fn told(bundle: &Bundle, own: &[Option<StatedResync>], logged: &[LoggedTrigger]) -> Vec<Option<LaterStatement>> {
    let mut all: Vec<Option<LaterStatement>> = own.iter().map(|_| None).collect();
    let mut before: Option<(usize, Count<'_>)> = None;
    let counts = bundle.episodes.iter().enumerate().filter_map(|(at, it)| Some((at, Count::of_episode(it)?)));
    for (at, count) in counts.chain(Count::of_end(bundle).map(|it| (own.len(), it))) {
        let first = before.as_ref().map_or(0, |it| it.0 + 1);
        // An episode that counts without saying which of the counts is its own is one of those that state nothing.
        let end = if own.get(at).is_some_and(Option::is_none) { at + 1 } else { at };
        let open: Vec<usize> = (first..end.min(own.len())).filter(|it| own.get(*it).is_some_and(Option::is_none)).collect();
        if !open.is_empty() {
            let earlier = before.as_ref().map(|it| &it.1).filter(|it| it.goes_on_in(&count));
            let is_restarted = before.is_some() && earlier.is_none();
            // The counts of another process include resyncs that are known from elsewhere.
            let stated = own.iter().take(at + 1).skip(if is_restarted { 0 } else { first }).flatten();
            let left = left(earlier, &count, stated);
            let named = in_order(left, unpaired(own, logged), open.len());
            let named = with_mismatches(named, earlier, &count, own.get(at).and_then(Option::as_ref));
            // Of a key that triggered more than once, the last time is on record: what is left open came before.
            let unnamed = open.len().saturating_sub(named.len());
            for (slot, it) in open.into_iter().skip(unnamed).zip(named) {
                if let Some(slot) = all.get_mut(slot) {
                    *slot = Some(it);
                }
            }
        }
        before = Some((at, count));
    }
    all
}

/// The triggers that `count` counts beyond `earlier` and those that are `stated`, with how many of each.
fn left<'b, 's>(
    earlier: Option<&Count<'_>>,
    count: &Count<'b>,
    stated: impl Iterator<Item = &'s StatedResync>,
) -> Vec<(&'b Recorded, u64)> {
    let mut known: BTreeMap<&str, u64> = BTreeMap::new();
    for it in stated {
        let times = known.entry(it.key.as_str()).or_default();
        *times = times.saturating_add(1);
    }
    let further = |row: &&'b Recorded| {
        let known = known.get(row.tx_hash.as_str()).copied().unwrap_or(0);
        let before = earlier.map_or(0, |it| it.of_key(&row.tx_hash)).saturating_add(known);
        row.count.checked_sub(before).filter(|it| 0 < *it).map(|it| (*row, it))
    };
    count.rows.iter().filter_map(further).collect()
}

/// The lines of the log that no episode's own documents state.
#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
fn unpaired<'l>(own: &[Option<StatedResync>], logged: &'l [LoggedTrigger]) -> Vec<&'l LoggedTrigger> {
    let mut known: BTreeMap<(&str, u64), usize> = BTreeMap::new();
    for it in own.iter().flatten() {
        *known.entry((it.key.as_str(), it.block)).or_default() += 1;
    }
    let mut lines = Vec::new();
    for line in logged {
        match known.get_mut(&(line.key.as_str(), line.block)) {
            Some(count) if 0 < *count => *count -= 1,
            _ => lines.push(line),
        }
    }
    lines
}

/// What is left, in order, for so many resyncs; nothing where the log alone names them all.
fn in_order(left: Vec<(&Recorded, u64)>, lines: Vec<&LoggedTrigger>, wanted: usize) -> Vec<LaterStatement> {
    let keys: BTreeSet<&str> = lines.iter().map(|it| it.key.as_str()).collect();
    let mut unlogged: Vec<(&Recorded, u64)> = left.into_iter().filter(|it| !keys.contains(it.0.tx_hash.as_str())).collect();
    if unlogged.is_empty() {
        return Vec::new();
    }
    unlogged.sort_by(|left, right| (left.0.failure_block_number, &left.0.tx_hash).cmp(&(right.0.failure_block_number, &right.0.tx_hash)));
    let mut named: Vec<LaterStatement> = lines.into_iter().map(LaterStatement::of_line).collect();
    let spare = |named: &[LaterStatement], unlogged: &[(&Recorded, u64)]| wanted.saturating_sub(named.len()).saturating_sub(unlogged.len());
    for number in 0..unlogged.len() {
        let Some((row, times)) = unlogged.get(number).copied() else { continue };
        let at = named.iter().position(|it| row.failure_block_number < it.block).unwrap_or(named.len());
        // Only the last time is on record; what the synthetic key names is the same each time.
        let is_same = row.tx_hash.starts_with("block_hash_mismatch:");
        let more = spare(&named, unlogged.get(number..).unwrap_or_default()).min(usize::try_from(times.saturating_sub(1)).unwrap_or(0));
        let more = if is_same { more as u64 } else { 0 };
        let times = (0..=more).rev().map(|back| LaterStatement::of_row(row, row.count.saturating_sub(back)));
        named.splice(at..at, times);
    }
    named
}

/// Each with the rows of the document from its own block up to the next one's.
fn with_mismatches(
    mut named: Vec<LaterStatement>,
    earlier: Option<&Count<'_>>,
    count: &Count<'_>,
    after: Option<&StatedResync>,
) -> Vec<LaterStatement> {
    let rows = count.mismatches.fresh(earlier.map_or(MismatchRows::NONE, |it| it.mismatches), 0, &count.place);
    let blocks: Vec<u64> = named.iter().map(|it| it.block).collect();
    let last = after.map(|it| it.block);
    for (number, it) in named.iter_mut().enumerate() {
        let from = it.block;
        let until = blocks.iter().skip(number.saturating_add(1)).copied().chain(last).filter(|next| from < *next).min();
        it.mismatches = rows.range(from..until.unwrap_or(u64::MAX)).map(|(number, it)| (*number, it.clone())).collect();
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    // Triggers of a deployment with two blocked senders, as its report names them.
    const CERTAIN: &str = r#"[{"tx_hash": "block_hash_mismatch:7118107", "failure_block_number": 7118107, "revert_target_block_number": 7118108,
        "reason": "Block hash mismatch at block 7118107", "count": 2},
        {"tx_hash": "block_hash_mismatch:7118112", "failure_block_number": 7118112, "revert_target_block_number": 7118113,
        "reason": "Block hash mismatch at block 7118112", "count": 2}]"#;

    fn named(wanted: usize) -> Vec<(u64, u64)> {
        let rows: Vec<Recorded> = serde_json::from_str(CERTAIN).expect("triggers");
        let count = Count { rows: rows.iter().rev().collect(), mismatches: MismatchRows::default(), place: String::new() };
        let told = in_order(left(None, &count, std::iter::empty()), Vec::new(), wanted);
        told.into_iter().map(|it| (it.block, it.count)).collect()
    }

    #[test]
    fn each_trigger_of_a_report_is_a_resync_in_the_order_of_blocks() {
        assert_eq!(named(2), [(7118107, 2), (7118112, 2)]);
        assert_eq!(named(4), [(7118107, 1), (7118107, 2), (7118112, 1), (7118112, 2)], "as often as it triggered");
        assert_eq!(named(3).len(), 3);
    }

    #[test]
    fn a_count_that_fills_its_type_leaves_nothing_to_tell() {
        let mut rows: Vec<Recorded> = serde_json::from_str(CERTAIN).expect("triggers");
        rows.iter_mut().for_each(|it| it.count = u64::MAX);
        let count = || Count { rows: rows.iter().collect(), mismatches: MismatchRows::default(), place: String::new() };
        let own = rows.first().map(StatedResync::of_row).expect("a trigger");
        // What was counted before and what an episode states are more than can be counted, which panicked.
        assert!(left(Some(&count()), &count(), [own].iter()).is_empty());
    }

    #[test]
    fn what_episodes_state_themselves_is_not_told_again() {
        let rows: Vec<Recorded> = serde_json::from_str(CERTAIN).expect("triggers");
        let count = Count { rows: rows.iter().collect(), mismatches: MismatchRows::default(), place: String::new() };
        let own = rows.first().map(StatedResync::of_row).expect("a trigger");
        let left: Vec<_> = left(None, &count, [own.clone(), own].iter()).into_iter().map(|it| (it.0.failure_block_number, it.1)).collect();
        assert_eq!(left, [(7118112, 2)]);
    }
}
