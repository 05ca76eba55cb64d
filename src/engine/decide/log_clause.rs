//! Decides a clause that looks for log records.
//!
//! It binds the first record that matches in the episode's window, or the last; with `per`, one of the densest stretch. Other clauses are
//! placed by that record. Echonet's lines carry no time, so within one log their order is time, and distances are counted in lines there.

use std::collections::BTreeMap;
use std::ops::Range;

use super::evaluate::{Decided, RecordPlace, RuleEvaluation, shorten};
use super::predicate::any_same;
use crate::engine::language::clause::{Distance, LogSource, Pick};
use crate::engine::language::compiled::{Bounds, CompiledClause, CompiledLogClause};
use crate::engine::language::value::{Scalar, Unlike};
use crate::evidence::{Extent, Timestamp};
use crate::facts::coverage::extent;
use crate::facts::log_index::LogRecord;
use crate::facts::log_window::hole;
use crate::facts::{EvidenceName, LogIndex};
use crate::findings::Ternary;

/// Where a matching record may be.
struct Bounded<'a> {
    records: Range<usize>,
    /// Records of other clauses that it must lie behind, or ahead of.
    references: Vec<(RecordPlace, TimeSide)>,
    /// How far from each of them.
    within: Option<Distance>,
    index: &'a LogIndex,
    source: LogSource,
    /// Whether every record of the range was seen, even if others of the epoch were not.
    is_seen: bool,
}

/// Before or after another record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TimeSide {
    After,
    Before,
}

/// Whether a record may be where it is.
enum Admission {
    Admitted,
    /// It, or the record that it is placed by, carries no time.
    Timeless,
    Elsewhere,
    /// It is on the right side, and this far away.
    TooFar(Distance),
}

impl Bounded<'_> {
    fn admits(&self, record: &LogRecord) -> Admission {
        let mut admission = Admission::Admitted;
        for (place, side) in &self.references {
            // Within one log the range has seen to the order already.
            let in_order = (place.source == self.source).then_some(true).or_else(|| {
                let (at, of) = (record.at?, place.at?);
                Some(if *side == TimeSide::After { of <= at } else { at <= of })
            });
            let apart = self.within.map(|within| (within, self.apart(place, record, within)));
            match (in_order, apart) {
                (Some(false), _) => return Admission::Elsewhere,
                (_, Some((within, Some(apart)))) if exceeds(apart, within) => return Admission::TooFar(apart),
                (None, _) | (_, Some((_, None))) => admission = Admission::Timeless,
                (Some(true), _) => {}
            }
        }
        admission
    }

    /// How far a record is from another; seconds are rounded up. Unknown if that would need a time that one of them does not carry.
    fn apart(&self, place: &RecordPlace, record: &LogRecord, unit: Distance) -> Option<Distance> {
        match unit {
            Distance::Lines(_) => {
                let other = self.index.records.get(place.number)?;
                Some(Distance::Lines(record.first_line.abs_diff(other.first_line) as u64))
            }
            Distance::Seconds(_) => Some(seconds(record.at?, place.at?)),
        }
    }
}

fn seconds(one: Timestamp, other: Timestamp) -> Distance {
    Distance::Seconds(one.millis_since(other).unsigned_abs().div_ceil(1_000))
}

/// Whether a distance is more than another of the same unit.
fn exceeds(apart: Distance, most: Distance) -> bool {
    match (apart, most) {
        (Distance::Lines(apart), Distance::Lines(most)) | (Distance::Seconds(apart), Distance::Seconds(most)) => apart > most,
        (Distance::Lines(_), Distance::Seconds(_)) | (Distance::Seconds(_), Distance::Lines(_)) => false,
    }
}

/// Records that match, and how many more would if it were known when they were written.
#[derive(Default)]
struct FoundRecords<'r> {
    records: Vec<&'r LogRecord>,
    timeless: usize,
    /// The nearest record that is only too far away.
    nearest: Option<(Distance, &'r LogRecord)>,
}

impl<'r> FoundRecords<'r> {
    #[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
    fn put(&mut self, record: &'r LogRecord, admission: &Admission, per: Option<Distance>) {
        match admission {
            Admission::Admitted if record.at.is_none() && matches!(per, Some(Distance::Seconds(_))) => self.timeless += 1,
            Admission::Admitted => self.records.push(record),
            Admission::Timeless => self.timeless += 1,
            Admission::Elsewhere => {}
            Admission::TooFar(apart) => {
                if self.nearest.is_none_or(|(nearest, _)| exceeds(nearest, *apart)) {
                    self.nearest = Some((*apart, record));
                }
            }
        }
    }

    /// Keeps the most records that lie no farther apart than `per`; the first such stretch if there are several, and as soon as one
    /// holds `enough`.
    #[expect(clippy::arithmetic_side_effects, reason = "places in a list in memory")]
    fn densest(&mut self, per: Distance, enough: Option<usize>) {
        if matches!(per, Distance::Seconds(_)) {
            self.records.sort_by_key(|it| it.at);
        }
        let apart = |first: &LogRecord, last: &LogRecord| match per {
            Distance::Lines(_) => Distance::Lines(first.first_line.abs_diff(last.first_line) as u64),
            Distance::Seconds(_) => first.at.zip(last.at).map_or(Distance::Seconds(u64::MAX), |(first, last)| seconds(first, last)),
        };
        let (mut best, mut begin) = (0..0, 0);
        for (end, last) in self.records.iter().enumerate() {
            while self.records.get(begin).is_some_and(|first| exceeds(apart(first, last), per)) {
                begin += 1;
            }
            if end + 1 - begin > best.len() {
                best = begin..end + 1;
            }
            if enough.is_some_and(|it| best.len() >= it) {
                break;
            }
        }
        self.records = self.records.get(best).unwrap_or_default().to_vec();
    }
}

impl RuleEvaluation<'_, '_> {
    pub(super) fn log(&self, clause: &CompiledClause, log: &CompiledLogClause) -> Result<Decided, Unlike> {
        let Some((index, records)) = self.context.facts.log(log.source).and_then(|index| Some((index, self.range(log.source, index)?)))
        else {
            return Ok(self.unless_seen(clause, Ternary::False, "no log".to_owned()));
        };
        let mut bounded = Bounded { records, references: Vec::new(), within: log.within, index, source: log.source, is_seen: false };
        for (reference, side) in [(&log.after, TimeSide::After), (&log.before, TimeSide::Before)] {
            let Some(reference) = reference else { continue };
            let Some(other) = self.decided.get(reference.as_str()) else { continue };
            let Some(place) = other.record else { return Ok(self.unplaced(other, clause, reference, log.bounds)) };
            match (place.source == log.source, side) {
                (true, TimeSide::After) => {
                    bounded.records.start = bounded.records.start.max(place.number.saturating_add(1));
                    // Lines of level DEBUG may have been left out all along.
                    let wants_debug = clause.rests_on.names.contains(&EvidenceName::LogsEchonetDebug);
                    let behind = index.records.get(bounded.records.clone()).unwrap_or_default();
                    bounded.is_seen = !wants_debug && self.is_seen_to_its_end(log.source) && hole(behind).is_none();
                }
                (true, TimeSide::Before) => bounded.records.end = bounded.records.end.min(place.number),
                (false, _) => {}
            }
            bounded.references.push((place, side));
        }
        if let Some(logger) = &log.before_next {
            let within = bounded.records.clone();
            let next = within.into_iter().find(|it| index.records.get(*it).is_some_and(|record| is_logger(record, logger)));
            bounded.records.end = next.unwrap_or(bounded.records.end);
        }
        // A lower bound is decided by the records that reach it: a pattern may hit thousands.
        let enough = log.bounds.at_most.is_none().then(|| usize::try_from(log.bounds.at_least.max(1)).unwrap_or(usize::MAX));
        let mut found = self.matching(log, &bounded, enough.filter(|_| log.per.is_none() && log.pick == Pick::First))?;
        if let Some(per) = log.per {
            found.densest(per, enough);
        }
        let in_a_stretch = log.per.map(|per| format!("{} in {per}, ", found.records.len())).unwrap_or_default();
        let picked = if log.pick == Pick::Last { found.records.last() } else { found.records.first() };
        let because = match (picked, found.nearest) {
            (Some(record), _) => format!("{in_a_stretch}{}", shown(log, record)),
            (None, Some((apart, record))) => format!("none near enough; the nearest is {apart} away, {}", shown(log, record)),
            (None, None) => "no such record".to_owned(),
        };
        let count = found.records.len();
        let count_of = |count: usize, because: String| {
            let decided = self.counted(clause, count, count, log.bounds, because.clone());
            let truth = if (count as u64) < log.bounds.at_least { Ternary::False } else { Ternary::True };
            if bounded.is_seen && decided.truth == Ternary::Unknown { Decided::new(truth, because) } else { decided }
        };
        let mut decided = count_of(count, because);
        let at_best = count_of(count.saturating_add(found.timeless), String::new());
        if decided.truth != Ternary::Unknown && at_best.truth != decided.truth {
            let because = format!("{}; {} more without a time", decided.because, found.timeless);
            decided = Decided::new(Ternary::Unknown, because);
        }
        if let Some(record) = picked {
            decided.record = Some(RecordPlace { source: log.source, number: record.number, at: record.at });
            decided.captures = captures(log, record);
        }
        Ok(decided)
    }

    /// The records that the clause is about, in order; no more than `enough`.
    fn matching<'r>(&self, log: &CompiledLogClause, bounded: &Bounded<'r>, enough: Option<usize>) -> Result<FoundRecords<'r>, Unlike> {
        let hits = self.context.hits.records_matching(log.source, log.pattern.as_str());
        let from = hits.partition_point(|it| *it < bounded.records.start);
        let mut found = FoundRecords::default();
        for number in hits.iter().skip(from).take_while(|it| **it < bounded.records.end) {
            if enough.is_some_and(|it| found.records.len() >= it) {
                break;
            }
            let Some(record) = bounded.index.records.get(*number) else { continue };
            if log.level.is_some_and(|it| record.level != Some(it)) || log.logger.as_ref().is_some_and(|it| !is_logger(record, it)) {
                continue;
            }
            let admission = bounded.admits(record);
            if !matches!(admission, Admission::Elsewhere) && (log.join.is_empty() || self.joins(log, &captures(log, record))?) {
                found.put(record, &admission, log.per);
            }
        }
        Ok(found)
    }

    /// Whether each capture that must equal something does.
    fn joins(&self, log: &CompiledLogClause, captures: &BTreeMap<String, String>) -> Result<bool, Unlike> {
        for (group, operand) in &log.join {
            let Some(captured) = captures.get(group) else { return Ok(false) };
            let others = self.operand(operand)?;
            if !any_same(&Scalar::Text(captured.clone()), &others)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A clause that is placed relative to a record that was not found: nothing can be there if the other clause is false.
    fn unplaced(&self, other: &Decided, clause: &CompiledClause, reference: &str, bounds: Bounds) -> Decided {
        let because = format!("`{reference}` was not found");
        if other.truth == Ternary::Unknown {
            return Decided { missing: other.missing.clone(), ..Decided::new(Ternary::Unknown, because) };
        }
        self.counted(clause, 0, 0, bounds, because)
    }

    /// Whether nothing that was written behind a record is missing: a log of which everything was read that there was lacks at most its
    /// beginning.
    fn is_seen_to_its_end(&self, source: LogSource) -> bool {
        extent(self.context.facts.bundle.logs.for_program(source)) == Extent::Complete
    }

    /// The records that a source has for this episode. The sequencer's log knows no episodes: it is cut at the times of Echonet's, and
    /// taken whole where those are not known.
    fn range(&self, source: LogSource, index: &LogIndex) -> Option<Range<usize>> {
        let window = self.context.case.window.as_ref();
        match source {
            LogSource::Echonet => return window.map(|it| it.first..it.end),
            LogSource::Sequencer => {}
        }
        let whole = 0..index.records.len();
        let times = || {
            let (window, echonet) = (window?, self.context.facts.echonet_log.as_ref()?);
            let at = |number: usize| echonet.records.get(number).and_then(|it| it.at);
            Some((at(window.first)?, at(window.end.checked_sub(1)?)?))
        };
        let Some((begin, end)) = times() else { return Some(whole) };
        let place = |is_past: &dyn Fn(Timestamp) -> bool| index.records.iter().position(|it| it.at.is_some_and(is_past));
        let first = place(&|at| at >= begin).unwrap_or(index.records.len());
        Some(first..place(&|at| at > end).unwrap_or(index.records.len()).max(first))
    }
}

fn is_logger(record: &LogRecord, name: &str) -> bool {
    record.logger.as_deref().is_some_and(|it| names_logger(it, name))
}

/// Whether a logger is the one of this name: the whole name, or its last part.
pub(in crate::engine) fn names_logger(logger: &str, name: &str) -> bool {
    logger == name || logger.strip_suffix(name).is_some_and(|rest| rest.ends_with(['.', '/']))
}

fn captures(log: &CompiledLogClause, record: &LogRecord) -> BTreeMap<String, String> {
    let Some(found) = log.pattern.regex().and_then(|it| it.captures(&record.text)) else { return BTreeMap::new() };
    let names = log.pattern.groups().iter();
    let mut captures: BTreeMap<String, String> = names.filter_map(|it| Some((it.clone(), found.name(it)?.as_str().to_owned()))).collect();
    if let Some(height) = record.height {
        captures.entry(crate::engine::language::compiled::EVENT_HEIGHT.to_owned()).or_insert_with(|| height.to_string());
    }
    captures
}

/// Where a record begins, and the line of it that holds the match.
fn shown(log: &CompiledLogClause, record: &LogRecord) -> String {
    format!("line {}: {}", record.first_line.saturating_add(1), shorten(matching_line(log, record)))
}

/// The line of a record that holds the match.
fn matching_line<'r>(log: &CompiledLogClause, record: &'r LogRecord) -> &'r str {
    let start = log.pattern.regex().and_then(|it| it.find(&record.text)).map_or(0, |it| it.start());
    let line_start = record.text.get(..start).and_then(|it| it.rfind('\n')).map_or(0, |it| it.saturating_add(1));
    record.text.get(line_start..).and_then(|it| it.lines().next()).unwrap_or_default()
}
