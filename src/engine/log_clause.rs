//! Decides a clause that looks for log records.

use std::collections::BTreeMap;
use std::ops::Range;

use super::compiled::{Bounds, CompiledClause, LogClause};
use super::evaluate::{Decided, Evaluation, Place, shorten};
use super::predicate::any_same;
use super::rule::LogSource;
use super::value::Scalar;
use crate::evidence::Timestamp;
use crate::facts::LogIndex;
use crate::facts::log_index::LogRecord;
use crate::findings::Truth;

/// Which records a clause may look at.
struct Bounded {
    records: Range<usize>,
    /// For a reference into another log: not before, not after.
    not_before: Option<Timestamp>,
    not_after: Option<Timestamp>,
}

impl Bounded {
    /// Whether a record is within the times; unknown if it carries none.
    fn admits(&self, record: &LogRecord) -> Option<bool> {
        if self.not_before.is_none() && self.not_after.is_none() {
            return Some(true);
        }
        let at = record.at?;
        Some(self.not_before.is_none_or(|it| it <= at) && self.not_after.is_none_or(|it| at <= it))
    }
}

impl Evaluation<'_, '_> {
    pub(super) fn log(&self, clause: &CompiledClause, log: &LogClause) -> Result<Decided, String> {
        let Some((index, records)) = self.index(log.source).and_then(|index| Some((index, self.range(log.source, index)?))) else {
            return Ok(self.unless_seen(clause, Truth::False, "no log".to_owned()));
        };
        let mut bounded = Bounded { records, not_before: None, not_after: None };
        for (reference, is_after) in [(&log.after, true), (&log.before, false)] {
            let Some(reference) = reference else { continue };
            let Some(other) = self.decided.get(reference.as_str()) else { continue };
            let Some(place) = other.record else { return Ok(self.unplaced(other, clause, reference, log.bounds)) };
            match (place.source == log.source, place.at) {
                (true, _) if is_after => bounded.records.start = bounded.records.start.max(place.number + 1),
                (true, _) => bounded.records.end = bounded.records.end.min(place.number),
                (false, Some(at)) if is_after => bounded.not_before = Some(at),
                (false, Some(at)) => bounded.not_after = Some(at),
                (false, None) => return Ok(Decided::new(Truth::Unknown, format!("`{reference}` carries no time"))),
            }
        }
        if let Some(logger) = &log.before_next {
            let within = bounded.records.clone();
            let next = within.into_iter().find(|it| index.records.get(*it).is_some_and(|record| is_logger(record, logger)));
            bounded.records.end = next.unwrap_or(bounded.records.end);
        }
        let hits = self.scene.hits.of(log.source, log.pattern.as_str());
        let from = hits.partition_point(|it| *it < bounded.records.start);
        let mut found: Vec<(&LogRecord, BTreeMap<String, String>)> = Vec::new();
        let mut timeless = false;
        // A lower bound is decided by the records that reach it: a pattern may hit thousands.
        let enough = log.bounds.at_most.is_none().then(|| usize::try_from(log.bounds.at_least.max(1)).unwrap_or(usize::MAX));
        for number in hits.iter().skip(from).take_while(|it| **it < bounded.records.end) {
            if enough.is_some_and(|it| found.len() >= it) {
                break;
            }
            let Some(record) = index.records.get(*number) else { continue };
            if log.level.is_some_and(|it| record.level != Some(it)) || log.logger.as_ref().is_some_and(|it| !is_logger(record, it)) {
                continue;
            }
            let captures = captures(log, record);
            if !self.joins(log, &captures)? {
                continue;
            }
            match bounded.admits(record) {
                Some(true) => found.push((record, captures)),
                Some(false) => {}
                None => timeless = true,
            }
        }
        let because = match found.first() {
            Some((record, _)) => format!("line {}: {}", record.first_line + 1, shorten(matching_line(log, record))),
            None if timeless => return Ok(Decided::new(Truth::Unknown, "the record carries no time".to_owned())),
            None => "no such record".to_owned(),
        };
        let mut decided = self.counted(clause, found.len(), found.len(), log.bounds, because);
        if let Some((record, captures)) = found.into_iter().next() {
            decided.record = Some(Place { source: log.source, number: record.number, at: record.at });
            decided.captures = captures;
        }
        Ok(decided)
    }

    /// Whether each capture that must equal something does.
    fn joins(&self, log: &LogClause, captures: &BTreeMap<String, String>) -> Result<bool, String> {
        for (group, operand) in &log.join {
            let Some(captured) = captures.get(group) else { return Ok(false) };
            let others = self.operand(operand).map_err(|err| err.to_string())?;
            if !any_same(&Scalar::Text(captured.clone()), &others).map_err(|err| err.to_string())? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A clause that is placed relative to a record that was not found: nothing can be there if the other clause is false.
    fn unplaced(&self, other: &Decided, clause: &CompiledClause, reference: &str, bounds: Bounds) -> Decided {
        let because = format!("`{reference}` was not found");
        if other.truth == Truth::Unknown {
            return Decided { missing: other.missing.clone(), ..Decided::new(Truth::Unknown, because) };
        }
        self.counted(clause, 0, 0, bounds, because)
    }

    fn index(&self, source: LogSource) -> Option<&LogIndex> {
        match source {
            LogSource::Echonet => self.scene.facts.echonet_log.as_ref(),
            LogSource::Sequencer => self.scene.facts.sequencer_log.as_ref(),
        }
    }

    /// The records that a source has for this episode. The sequencer's log knows no episodes: it is cut at the times of Echonet's, and
    /// taken whole where those are not known.
    fn range(&self, source: LogSource, index: &LogIndex) -> Option<Range<usize>> {
        let window = self.scene.case.window.as_ref();
        if source == LogSource::Echonet {
            return window.map(|it| it.first..it.end);
        }
        let whole = 0..index.records.len();
        let times = || {
            let (window, echonet) = (window?, self.scene.facts.echonet_log.as_ref()?);
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
    record.logger.as_deref().is_some_and(|it| it == name || it.strip_suffix(name).is_some_and(|rest| rest.ends_with(['.', '/'])))
}

fn captures(log: &LogClause, record: &LogRecord) -> BTreeMap<String, String> {
    let Some(found) = log.pattern.regex().and_then(|it| it.captures(&record.text)) else { return BTreeMap::new() };
    let names = log.pattern.groups().iter();
    let mut captures: BTreeMap<String, String> = names.filter_map(|it| Some((it.clone(), found.name(it)?.as_str().to_owned()))).collect();
    if let Some(height) = record.height {
        captures.entry(super::compiled::EVENT_HEIGHT.to_owned()).or_insert_with(|| height.to_string());
    }
    captures
}

/// The line of a record that holds the match.
fn matching_line<'r>(log: &LogClause, record: &'r LogRecord) -> &'r str {
    let start = log.pattern.regex().and_then(|it| it.find(&record.text)).map_or(0, |it| it.start());
    let line_start = record.text.get(..start).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1);
    record.text.get(line_start..).and_then(|it| it.lines().next()).unwrap_or_default()
}
