//! An episode in time, from Echonet's log and the sequencer's.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::engine::decide::evaluate::CaseContext;
use crate::evidence::Timestamp;
use crate::facts::log_index::LogRecord;
use crate::facts::timeline::{EventKind, Moment, SequencerEvent, moments};
use crate::facts::{EvidenceName, Stall};
use crate::findings::{Lane, Timeline, TimelineMark, Tone};

/// Echonet's part of the picture; where its log does not show the episode, all of the sequencer's log.
pub(super) fn build_timeline(scene: &CaseContext<'_>) -> Option<Timeline> {
    let episode = scene.case.episode.number;
    if let Some((axis, mut lanes, marks)) = echonet(scene) {
        lanes.extend(axis.span.map(|span| sequencer(scene, span)).unwrap_or_default());
        return Some(Timeline { episode, span: axis.span, lanes, marks });
    }
    let records = &scene.facts.sequencer_log.as_ref()?.records;
    let span = [records.iter().find_map(|it| it.at)?, records.iter().filter_map(|it| it.at).max()?];
    Some(Timeline { episode, span: Some(span), lanes: sequencer(scene, span), marks: Vec::new() })
}

fn echonet(scene: &CaseContext<'_>) -> Option<(Axis, Vec<Lane>, Vec<TimelineMark>)> {
    let case = scene.case;
    let (index, window) = (scene.facts.echonet_log.as_ref()?, case.window.as_ref()?);
    let block = case.document.trigger.as_ref().map(|it| it.block);
    let (found, range) = moments(index, window, block);
    let records = index.records.get(range.clone())?;
    let axis = Axis::new(records, range);
    let mut counts: EventCounts<EventKind> = BTreeMap::new();
    for record in records {
        if let (Some(kind), Some(place)) = (EventKind::from_record(record), axis.place(record.number)) {
            count(&mut counts, kind, place);
        }
    }
    let lanes = EventKind::ALL.iter().filter_map(|it| Some(lane(EvidenceName::LogsEchonet, told(*it), counts.get(it)?)));
    let marks = found.into_iter().filter_map(|(number, moment)| {
        let (words, tone) = words(moment, case.document.stall.as_ref());
        Some(TimelineMark { place: axis.place(number)?, at: index.records.get(number)?.at, tone, words })
    });
    let (lanes, marks) = (lanes.collect(), marks.collect());
    Some((axis, lanes, marks))
}

/// What the sequencer's log holds of a span of time.
fn sequencer(scene: &CaseContext<'_>, [first, last]: [Timestamp; 2]) -> Vec<Lane> {
    let records = scene.facts.sequencer_log.as_ref().map(|it| it.records.as_slice()).unwrap_or_default();
    let mut counts: EventCounts<SequencerEvent> = BTreeMap::new();
    for (record, at) in records.iter().zip(times(records)) {
        let Some(at) = at.filter(|it| first <= *it && *it <= last) else { continue };
        if let Some(kind) = SequencerEvent::from_record(record) {
            count(&mut counts, kind, thousandth(at.millis_since(first), last.millis_since(first)));
        }
    }
    let lane = |it: &SequencerEvent| Some(lane(EvidenceName::LogsSequencer, told_of_sequencer(*it), counts.get(it)?));
    SequencerEvent::ALL.iter().filter_map(lane).collect()
}

/// Where records stand in time, or in order where no line carries a time.
struct Axis {
    span: Option<[Timestamp; 2]>,
    range: Range<usize>,
    times: Vec<Option<Timestamp>>,
}

impl Axis {
    fn new(records: &[LogRecord], range: Range<usize>) -> Self {
        let first = records.iter().find_map(|it| it.at);
        let last = records.iter().filter_map(|it| it.at).max();
        let span = first.zip(last).map(|(first, last)| [first, last]);
        Self { span, range, times: times(records).into_iter().map(|it| it.or(first)).collect() }
    }

    fn place(&self, number: usize) -> Option<u16> {
        let at = number.checked_sub(self.range.start)?;
        Some(match (self.span, self.times.get(at)?) {
            (Some([first, last]), Some(time)) => thousandth(time.millis_since(first), last.millis_since(first)),
            _ => thousandth(i64::try_from(at).ok()?, i64::try_from(self.times.len()).ok()?),
        })
    }
}

/// A record without a time happened when the last one with a time did.
fn times(records: &[LogRecord]) -> Vec<Option<Timestamp>> {
    let mut now = None;
    records
        .iter()
        .map(|it| {
            now = it.at.max(now);
            now
        })
        .collect()
}

/// How many events of each kind fell into each part.
type EventCounts<K> = BTreeMap<K, Vec<u64>>;

#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
fn count<K: Ord>(counts: &mut EventCounts<K>, kind: K, place: u16) {
    let bin = usize::from(place) * Timeline::BINS / 1001;
    if let Some(count) = counts.entry(kind).or_insert_with(|| vec![0; Timeline::BINS]).get_mut(bin) {
        *count += 1;
    }
}

fn lane(log: EvidenceName, (words, tone): (&str, Tone), counts: &[u64]) -> Lane {
    Lane { log: log.name().to_owned(), kind: words.to_owned(), tone, total: counts.iter().sum(), counts: counts.to_vec() }
}

fn thousandth(part: i64, whole: i64) -> u16 {
    let exact = i128::from(part.max(0)).saturating_mul(1000).checked_div(i128::from(whole.max(1))).unwrap_or_default();
    u16::try_from(exact.min(1000)).unwrap_or(1000)
}

fn told(kind: EventKind) -> (&'static str, Tone) {
    match kind {
        EventKind::Forwarded => ("transactions forwarded", Tone::Plain),
        EventKind::Posted => ("blocks posted by the sequencer", Tone::Plain),
        EventKind::Matched => ("block hash is mainnet's", Tone::Good),
        EventKind::Mismatched => ("block hash differs", Tone::Bad),
        EventKind::Refused => ("transactions refused", Tone::Bad),
        EventKind::L1 => ("L1 look-ups", Tone::Plain),
        EventKind::Warning => ("other warnings", Tone::Doubt),
        EventKind::Error => ("errors", Tone::Bad),
        EventKind::Restart => ("sequencer scaled or configured", Tone::Plain),
    }
}

fn told_of_sequencer(kind: SequencerEvent) -> (&'static str, Tone) {
    match kind {
        SequencerEvent::Start => ("node started", Tone::Plain),
        SequencerEvent::Panic => ("panics", Tone::Bad),
        SequencerEvent::Proposal => ("proposals begun", Tone::Plain),
        SequencerEvent::AnotherRound => ("heights that needed another round", Tone::Doubt),
        SequencerEvent::Reverted => ("transactions reverted", Tone::Plain),
        SequencerEvent::Rejected => ("transactions that failed to execute", Tone::Bad),
        SequencerEvent::Compiled => ("classes compiled to native code", Tone::Plain),
        SequencerEvent::NotTaken => ("failed proposals and blocks", Tone::Bad),
        SequencerEvent::Warning => ("other warnings", Tone::Doubt),
        SequencerEvent::Error => ("errors", Tone::Bad),
    }
}

fn words(moment: Moment, stall: Option<&Stall>) -> (String, Tone) {
    match moment {
        Moment::ProcessStarts => ("Echonet starts".to_owned(), Tone::Plain),
        Moment::ReplayStarts => ("replay starts".to_owned(), Tone::Plain),
        Moment::Mismatch(block) => (format!("block {block} differs"), Tone::Bad),
        Moment::Trigger => (stall.map_or("resync triggered", Stall::words).to_owned(), Tone::Bad),
        Moment::Cleared => ("state cleared".to_owned(), Tone::Plain),
        Moment::ResyncStarts => ("rewind starts".to_owned(), Tone::Plain),
        Moment::ResyncEnds => ("sequencer ready again".to_owned(), Tone::Plain),
        Moment::ReplayMatches(block) => (format!("replayed block {block} matches"), Tone::Good),
        Moment::ReplayDiffers(block) => (format!("replayed block {block} differs again"), Tone::Bad),
    }
}
