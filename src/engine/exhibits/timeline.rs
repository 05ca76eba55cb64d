//! An episode in time, from Echonet's log.

use std::collections::BTreeMap;

use crate::engine::evaluate::Scene;
use crate::evidence::Timestamp;
use crate::facts::Stall;
use crate::facts::timeline::{EventKind, Moment, moments};
use crate::findings::{Lane, Mark, Timeline, Tone};

pub(super) fn of(scene: &Scene<'_>) -> Option<Timeline> {
    let case = scene.case;
    let (index, window) = (scene.facts.echonet_log.as_ref()?, case.window.as_ref()?);
    let block = case.document.trigger.as_ref().map(|it| it.block);
    let (found, range) = moments(index, window, block);
    let records = index.records.get(range.clone())?;
    let first = records.iter().find_map(|it| it.at);
    let last = records.iter().filter_map(|it| it.at).max();
    let span = first.zip(last).map(|(first, last)| [first, last]);
    // A record without a time happened when the last one with a time did.
    let mut now = first;
    let times: Vec<Option<Timestamp>> = records
        .iter()
        .map(|it| {
            now = it.at.max(now);
            now
        })
        .collect();
    let place = |number: usize| {
        let at = number.checked_sub(range.start)?;
        Some(match (span, times.get(at)?) {
            (Some([first, last]), Some(time)) => thousandth(time.millis_since(first), last.millis_since(first)),
            _ => thousandth(i64::try_from(at).ok()?, i64::try_from(records.len()).ok()?),
        })
    };
    let mut counts: BTreeMap<EventKind, Vec<u64>> = BTreeMap::new();
    for record in records {
        let (Some(kind), Some(place)) = (EventKind::of(record), place(record.number)) else { continue };
        let bin = usize::from(place) * Timeline::BINS / 1001;
        if let Some(count) = counts.entry(kind).or_insert_with(|| vec![0; Timeline::BINS]).get_mut(bin) {
            *count += 1;
        }
    }
    let lane = |kind: &EventKind| {
        let counts = counts.get(kind)?.clone();
        let (words, tone) = told(*kind);
        Some(Lane { kind: words.to_owned(), tone, total: counts.iter().sum(), counts })
    };
    let marks = found.into_iter().filter_map(|(number, moment)| {
        let (words, tone) = words(moment, case.document.stall.as_ref());
        Some(Mark { place: place(number)?, at: index.records.get(number)?.at, tone, words })
    });
    Some(Timeline { episode: case.episode.number, span, lanes: EventKind::ALL.iter().filter_map(lane).collect(), marks: marks.collect() })
}

fn thousandth(part: i64, whole: i64) -> u16 {
    let exact = i128::from(part.max(0)) * 1000 / i128::from(whole.max(1));
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
