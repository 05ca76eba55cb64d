//! The epoch that still runs: what belongs to it of what Echonet says now.
//!
//! That is the report without what the last resync had on record, the log after the clearing of that resync, and the dumps that can be this
//! epoch's own.

use std::collections::{BTreeMap, BTreeSet};

use super::log_index::{LogIndex, LogRecord};
use super::log_window::{BEGINS_LATER, ComparedHash, LogWindow, compared_block, epoch_end, hole, sender_block};
use super::mismatches::{self, MismatchRows, Mismatches};
use super::posts::posted_block;
use super::resyncs::LoggedTrigger;
use super::stall::{self, Around, EpochStart, Stall};
use crate::evidence::{Bundle, Episode, Extent, Gathered, Missing, Observed, OurBlock, Report, RevertComparison, Timestamp};

/// The epoch that still runs.
#[derive(Debug)]
pub(crate) struct RunningEpoch {
    /// It, as an episode without a resync.
    pub episode: Episode,
    /// Its part of Echonet's log, with the resync that began it.
    pub window: Option<LogWindow>,
    /// The first record that is its own, after that resync cleared Echonet's state; none where that did not happen, or without a log.
    pub own: Option<usize>,
    /// How it stopped, if it did.
    pub stall: Option<Stall>,
    /// The block that it stands at: of a stall the one that failed, else that of the sender as the log or the report tells, else the newest
    /// that the sequencer posted.
    pub block: Option<u64>,
    /// What Echonet says of its blocks.
    pub mismatches: Mismatches,
}

/// Puts together what is known of the epoch that still runs; `extent` is that of Echonet's log.
#[must_use]
pub(crate) fn derive_running(bundle: &Bundle, log: Option<(&LogIndex, &Extent)>, triggers: &[LoggedTrigger]) -> RunningEpoch {
    let (window, own) = log.map(|(index, extent)| window(index, extent, triggers)).unzip();
    let own = own.flatten();
    let records = log.zip(window.as_ref()).map(|((index, _), window)| window.records(index)).unwrap_or_default();
    let own_records = log.zip(own).and_then(|((index, _), own)| index.records.get(own..)).unwrap_or_default();
    let begins = if window.as_ref().is_some_and(|it| it.extent == Extent::Complete) { EpochStart::Seen } else { EpochStart::NotSeen };
    let start = start(bundle, own_records);
    let still_at = log.and_then(|(index, _)| still_at(bundle, index, records));
    let resynced_for = triggers.last().map(|it| it.block);
    let stall = stall::detect_stall(records, Around { begins, still_at, start, resynced_for });
    let logged = records.iter().rev().find_map(|it| sender_block(&it.text));
    let mut said = mismatches::of_log(own_records);
    mismatches::join(&mut said, rows(bundle, start));
    let ours = blocks(bundle, start, own_records);
    let window = window.map(|it| LogWindow { trigger: stall.as_ref().map_or(it.trigger, |stall| stall.record), ..it });
    let block = match &stall {
        Some(stall) => stall.block,
        None => logged.or_else(|| reported_block(bundle)),
    };
    RunningEpoch { episode: episode(bundle, ours), window, own, stall, block, mismatches: said }
}

/// The records of the epoch, and the first that is its own.
fn window(index: &LogIndex, extent: &Extent, triggers: &[LoggedTrigger]) -> (LogWindow, Option<usize>) {
    let end = index.records.len();
    let resync = triggers.last().map(|it| it.record);
    let first = resync.unwrap_or(0);
    let own = match resync {
        Some(resync) => epoch_end(index, resync, end),
        None => Some(0),
    };
    let records = index.records.get(first..).unwrap_or_default();
    let begins = resync.is_some() || records.iter().any(|it| it.starts_process() || it.announces_process());
    let extent = match (extent, begins) {
        (Extent::Partial(reason), _) => Extent::Partial(reason.clone()),
        (Extent::Complete, false) => Extent::Partial(BEGINS_LATER.to_owned()),
        (Extent::Complete, true) => {
            let own_records = index.records.get(own.unwrap_or(end)..).unwrap_or_default();
            hole(own_records).map_or(Extent::Complete, Extent::Partial)
        }
    };
    (LogWindow { first, end, trigger: end.saturating_sub(1), extent }, own)
}

/// It, as an episode without a resync.
fn episode(bundle: &Bundle, ours: BTreeMap<u64, OurBlock>) -> Episode {
    let absent = || Missing::new("nothing", "there was no resync");
    Episode {
        number: bundle.episodes.iter().map(|it| it.number).max().unwrap_or(0).saturating_add(1),
        report: bundle.report.clone(),
        snapshot: Gathered::Absent(absent()),
        reverts: reverts_of_text(bundle),
        archive: Gathered::Absent(absent()),
        ours,
    }
}

/// The reverts in the report as text.
fn reverts_of_text(bundle: &Bundle) -> Gathered<RevertComparison> {
    let Some(text) = bundle.echonet.report_text.as_observed() else { return Gathered::NotAsked };
    match &text.value.reverts {
        Some(reverts) => {
            Gathered::Observed(Observed { value: reverts.clone(), coverage: text.coverage.clone(), source: text.source.clone() })
        }
        None => Gathered::NotAsked,
    }
}

/// First block of the epoch, as far as the report or the log tells.
fn start(bundle: &Bundle, own: &[LogRecord]) -> Option<u64> {
    let of_text = || bundle.echonet.report_text.value()?.current_start_block;
    let based = |text: &str| {
        let (_, rest) = text.strip_prefix("Initialized deterministic base: ")?.split_once("base_block_number=")?;
        rest.split(' ').next()?.parse().ok()
    };
    let of_log = || own.iter().rev().find_map(|it| based(&it.text));
    bundle.report.value().and_then(|it| it.current_start_block).or_else(of_text).or_else(of_log)
}

/// The blocks of the epoch among those that Echonet hands out now. Below its first block Echonet passes on mainnet's own; of a height that
/// it has not come to yet it hands out what an earlier epoch left in its archive.
fn blocks(bundle: &Bundle, start: Option<u64>, own: &[LogRecord]) -> BTreeMap<u64, OurBlock> {
    let is_first_epoch = bundle.episodes.is_empty();
    let mut told = BTreeSet::new();
    let mut matched = BTreeSet::new();
    for record in own {
        if let Some((height, hash)) = compared_block(&record.text) {
            told.insert(height);
            matched.extend((hash == ComparedHash::Match).then_some(height));
        } else if let Some(rest) = record.text.strip_prefix("block ").filter(|it| it.contains(" tx hashes:")) {
            told.extend(rest.split(' ').next().and_then(|it| it.parse::<u64>().ok()));
        }
    }
    let archived = |height: u64, block: &OurBlock| {
        let hash = block.block.value().map(|it| it.block_hash);
        let earlier = bundle.episodes.iter().filter_map(|it| it.ours.get(&height)?.block.value());
        hash.is_some() && earlier.into_iter().any(|it| Some(it.block_hash) == hash)
    };
    let differs = |height: u64, block: &OurBlock| {
        let theirs = bundle.theirs.get(&height).and_then(|it| it.block.value());
        block.block.value().zip(theirs).is_some_and(|(our, their)| our.block_hash != their.block_hash)
    };
    let posted = bundle.echonet.latest_received_block.value().copied();
    let is_own = |height: u64, block: &OurBlock| {
        let reached = is_first_epoch || told.contains(&height) || (posted.is_some_and(|it| height <= it) && !archived(height, block));
        let is_older = differs(height, block) && matched.contains(&height);
        start.is_none_or(|it| it <= height) && reached && !is_older
    };
    bundle.after_resync.iter().filter(|(height, it)| is_own(**height, it)).map(|(height, it)| (*height, it.clone())).collect()
}

/// The rows of the report that no resync before it had.
fn rows(bundle: &Bundle, start: Option<u64>) -> Mismatches {
    let report = bundle.report.value().map(|it| ("report", MismatchRows::of_report(it)));
    let text = || bundle.echonet.report_text.value().map(|it| ("echonet.report_text", MismatchRows::of_text(it)));
    let Some((place, rows)) = report.or_else(text) else { return Mismatches::new() };
    let earlier = match bundle.episodes.last() {
        // Archives of earlier resyncs may be missing; a process in its first epoch had none.
        None if is_first_epoch(bundle) => MismatchRows::NONE,
        None => return Mismatches::new(),
        // Where its rows were not seen, nobody can tell which are the resync's own.
        Some(last) => MismatchRows::whole(last),
    };
    rows.fresh(earlier, start.unwrap_or(0), place)
}

/// Whether the process is in its first epoch, as its report says.
fn is_first_epoch(bundle: &Bundle) -> bool {
    let of_report = bundle.report.value().map(|it| (it.initial_start_block, it.current_start_block));
    let of_text = || bundle.echonet.report_text.value().map(|it| (it.initial_start_block, it.current_start_block));
    of_report.or_else(of_text).is_some_and(|(initial, current)| initial.is_some() && initial == current)
}

/// Where Echonet itself says that it stands: the block that the sender is at, or else the newest that the sequencer posted.
#[must_use]
pub(crate) fn reported_block(bundle: &Bundle) -> Option<u64> {
    let of_text = || bundle.echonet.report_text.value()?.current_block;
    let posted = || bundle.echonet.latest_received_block.value().copied();
    bundle.report.value().and_then(|it| it.current_block).or_else(of_text).or_else(posted)
}

/// When the process began that a report is of, by its own count.
pub(super) fn process_began(report: &Observed<Report>) -> Option<Timestamp> {
    let uptime = i64::try_from(report.value.uptime_seconds?).ok()?.saturating_mul(1_000);
    Some(report.source.at?.plus_millis(uptime.saturating_neg()))
}

/// Whether two statements of when a process began can be of one: it counts from its first line of code, and the log from gunicorn's.
pub(super) fn is_one_process(one: Timestamp, other: Timestamp) -> bool {
    const SLACK_MS: i64 = 10 * 60_000;
    one.millis_since(other).saturating_abs() <= SLACK_MS
}

/// The moment until which Echonet itself says that nothing moved since the last line: its report and its page of the newest block were read
/// then, and name what the log names last. The report must be of the process whose log this is: as old as the log says.
fn still_at(bundle: &Bundle, index: &LogIndex, records: &[LogRecord]) -> Option<Timestamp> {
    let report = bundle.report.as_observed()?;
    let at = report.source.at?;
    let logged = index.records.iter().rev().find(|it| it.starts_process())?.at?;
    if !is_one_process(process_began(report)?, logged) {
        return None;
    }
    let sender = records.iter().rev().find_map(|it| sender_block(&it.text))?;
    let posted = records.iter().rev().find_map(|it| posted_block(&it.text));
    let page = bundle.echonet.latest_received_block.value().copied();
    let stands = report.value.current_block == Some(sender);
    let has_not_posted = page.is_none_or(|page| posted.is_none_or(|posted| page <= posted));
    (stands && has_not_posted).then_some(at)
}
