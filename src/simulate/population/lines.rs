//! Lines put into the log of a bundle, and the moment until which it was seen.

use crate::evidence::logs::{LogLine, Stream};
use crate::evidence::{Bundle, Gathered, LogStream};

/// Puts texts at the end of Echonet's log, so many minutes after its last line; each may be several lines of one record.
pub(super) fn append(bundle: &mut Bundle, minutes: i64, texts: &[String]) {
    let Some(log) = log(bundle) else { return };
    let at = log.lines.len();
    put(bundle, at, minutes, texts);
    asked_at_the_end(bundle);
}

/// Puts texts before the line at a place, at the time of the line in front of it.
pub(super) fn insert(bundle: &mut Bundle, place: usize, texts: &[String]) {
    put(bundle, place, 0, texts);
}

#[expect(clippy::arithmetic_side_effects, reason = "the simulator draws less than a day of minutes")]
fn put(bundle: &mut Bundle, place: usize, minutes: i64, texts: &[String]) {
    let Some(log) = log(bundle) else { return };
    let Some(before) = place.checked_sub(1).and_then(|it| log.lines.get(it)).cloned() else { return };
    let at = before.at.map(|it| it.plus_millis(minutes * 60_000));
    let line = |text: &str| {
        let stream = if text.starts_with("[INFO]") || text.starts_with("[DEBUG]") { Stream::Stdout } else { Stream::Stderr };
        LogLine { at, stream, text: text.into(), pod: before.pod.clone() }
    };
    let more: Vec<LogLine> = texts.iter().flat_map(|it| it.lines()).map(line).collect();
    log.lines.splice(place..place, more);
}

/// One past the last line that satisfies `wanted`.
pub(super) fn after_last(bundle: &mut Bundle, wanted: impl Fn(&str) -> bool) -> Option<usize> {
    log(bundle)?.lines.iter().rposition(|it| wanted(&it.text)).map(|it| it.saturating_add(1))
}

/// Place of the first line that satisfies `wanted`.
pub(super) fn first(bundle: &mut Bundle, wanted: impl Fn(&str) -> bool) -> Option<usize> {
    log(bundle)?.lines.iter().position(|it| wanted(&it.text))
}

/// Drops the lines from a place on.
pub(super) fn end_at(bundle: &mut Bundle, place: usize) {
    if let Some(log) = log(bundle) {
        log.lines.truncate(place);
    }
}

/// Lets so many minutes pass before each line from the place on that `wanted` names.
#[expect(clippy::arithmetic_side_effects, reason = "the simulator draws less than a day of minutes")]
pub(super) fn slow_down(bundle: &mut Bundle, minutes: i64, from: usize, wanted: impl Fn(&str) -> bool) {
    let Some(log) = log(bundle) else { return };
    let mut late = 0;
    for line in log.lines.iter_mut().skip(from) {
        late += if wanted(&line.text) { minutes * 60_000 } else { 0 };
        line.at = line.at.map(|it| it.plus_millis(late));
    }
    asked_at_the_end(bundle);
}

/// The sender was told to send this block and none after it.
pub(super) fn end_with(bundle: &mut Bundle, block: u64) {
    for line in log(bundle).into_iter().flat_map(|it| &mut it.lines) {
        if let Some((before, rest)) = line.text.split_once(" end_block=") {
            let after = rest.find(' ').and_then(|it| rest.get(it..)).unwrap_or_default();
            line.text = format!("{before} end_block={block}{after}").into();
        }
    }
}

/// The report was asked for when the log was.
fn asked_at_the_end(bundle: &mut Bundle) {
    let end = log(bundle).and_then(|it| it.lines.last()).and_then(|it| it.at);
    bundle.incident.observed_until = bundle.incident.observed_until.max(end);
    if let (Gathered::Observed(report), Some(end)) = (&mut bundle.report, end) {
        let later = report.source.at.map_or(0, |at| end.millis_since(at) / 1_000);
        report.value.uptime_seconds = report.value.uptime_seconds.map(|it| it.saturating_add_signed(later));
        report.source.at = Some(end);
    }
}

pub(super) fn log(bundle: &mut Bundle) -> Option<&mut LogStream> {
    match &mut bundle.logs.echonet {
        Gathered::Observed(log) => Some(&mut log.value),
        Gathered::Failed(_) | Gathered::Absent(_) | Gathered::NotAsked => None,
    }
}
