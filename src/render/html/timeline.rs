//! An episode over time as a picture: events by kind, and the moments that matter.
//!
//! Positions are percentages and heights are pixels, so that bars scale with the page but numbers do not.

use maud::{Markup, html};

use super::HtmlPage;
use crate::findings::{EpisodeSummary, Lane, Timeline, TimelineMark, Tone};
use crate::render::phrases;

/// Height of a lane, in pixels.
const LANE: u64 = 22;
/// Height of a row of numbers, in pixels.
const ROW: usize = 15;
/// Rows of numbers, so that close ones do not cover each other.
const ROWS: usize = 8;
/// Parts into which the scale is divided.
const QUARTERS: i64 = 4;
/// Thousandths that a number takes on a narrow screen.
const NUMBER: u16 = 55;

impl HtmlPage<'_> {
    pub(super) fn timeline(&self, episode: &EpisodeSummary) -> Markup {
        let timeline = self.outline.diagnosis.exhibits.timelines.iter().find(|it| it.episode == episode.number);
        html! {
            @if let Some(timeline) = timeline {
                figure.timeline {
                    figcaption {
                        "The episode in time: the epoch, the resync and the replay"
                        @if let Some([from, to]) = timeline.span {
                            ", " (from) " to " (to) " (" (phrases::duration(to.millis_since(from))) ")"
                        }
                    }
                    (self.numbers(timeline))
                    (self.log("Echonet's log", "logs.echonet", timeline))
                    (self.log("The sequencer's log", "logs.sequencer", timeline))
                    p.axis {
                        @match timeline.span {
                            Some([from, to]) => {
                                @for quarter in 0..=QUARTERS { span { (tick(to.millis_since(from), quarter)) } " " }
                            },
                            None => span { "the lines carry no times, so they are shown in order" },
                        }
                    }
                    ol.moments { @for mark in &timeline.marks { (self.mark(mark, timeline)) } }
                }
            }
        }
    }

    /// The lanes of one log; where there are none, why.
    fn log(&self, title: &str, name: &str, timeline: &Timeline) -> Markup {
        let lanes: Vec<&Lane> = timeline.lanes.iter().filter(|it| it.log == name).collect();
        let seen = self.outline.diagnosis.exhibits.coverage.iter().find(|it| it.episode == timeline.episode && it.evidence == name);
        html! {
            p.log {
                (title)
                @if let Some(gap) = seen.and_then(|it| it.gap.as_ref()) { " " span.faint { (self.words.text(gap)) } }
                @else if lanes.is_empty() && timeline.span.is_none() { " " span.faint { "cannot be placed: Echonet's lines carry no times" } }
                @else if lanes.is_empty() { " " span.faint { "has no event in this time" } }
            }
            @if !lanes.is_empty() { ul.lanes { @for lane in lanes { (self.lane(lane, &timeline.marks)) } } }
        }
    }

    #[expect(clippy::arithmetic_side_effects, reason = "rows and marks are few")]
    fn numbers(&self, timeline: &Timeline) -> Markup {
        let mut ends = [None::<u16>; ROWS];
        let rows: Vec<usize> = timeline
            .marks
            .iter()
            .map(|mark| {
                let free = ends.iter().position(|end| end.is_none_or(|end| end <= mark.place)).unwrap_or(ROWS - 1);
                if let Some(end) = ends.get_mut(free) {
                    *end = Some(mark.place.saturating_add(NUMBER));
                }
                free
            })
            .collect();
        let height = (rows.iter().max().copied().unwrap_or_default() + 1) * ROW;
        html! {
            div.strip {
                span.label {}
                svg aria-hidden="true" width="100%" height=(height) {
                    @for (mark, row) in timeline.marks.iter().zip(&rows) {
                        line.(tone(mark.tone)) x1=(percent(mark.place)) x2=(percent(mark.place)) y1=((row + 1) * ROW) y2=(height) {}
                    }
                    // Over all lines, so that none crosses a number.
                    @for (number, (mark, row)) in timeline.marks.iter().zip(&rows).enumerate() {
                        text.(tone(mark.tone)) x=(percent(mark.place)) y=((row + 1) * ROW - 3) text-anchor=(anchor(mark.place)) {
                            (number + 1)
                        }
                    }
                }
            }
        }
    }

    #[expect(clippy::arithmetic_side_effects, reason = "no count is above the most, and bins are few")]
    fn lane(&self, lane: &Lane, marks: &[TimelineMark]) -> Markup {
        let most = lane.counts.iter().copied().max().unwrap_or_default().max(1);
        let name = self.words.text(&lane.kind);
        html! {
            li.strip {
                span.label { (name) " " span.count { (lane.total) } }
                svg role="img" aria-label={ (name) ": " (lane.total) } width="100%" height=(LANE) {
                    @for mark in marks {
                        line.faint x1=(percent(mark.place)) x2=(percent(mark.place)) y1="0" y2=(LANE) {}
                    }
                    @for (bin, count) in lane.counts.iter().enumerate().filter(|it| 0 < *it.1) {
                        @let height = 3 + (LANE - 4) * count / most;
                        rect.(tone(lane.tone)) x={ (hundredths(bin)) "%" } y=(LANE - height) width="0.9%" height=(height) {}
                    }
                }
            }
        }
    }

    fn mark(&self, mark: &TimelineMark, timeline: &Timeline) -> Markup {
        let since = mark.at.zip(timeline.span).map(|(at, [from, _])| phrases::duration(at.millis_since(from)));
        html! {
            li {
                span.(tone(mark.tone)) { (self.words.text(&mark.words)) }
                @if let Some(since) = since { " " span.faint { "after " (since) } }
            }
        }
    }
}

/// How long after the beginning a quarter of the picture ends.
fn tick(whole: i64, quarter: i64) -> String {
    if quarter == 0 { "0".to_owned() } else { format!("+{}", phrases::duration(whole.saturating_mul(quarter) / QUARTERS)) }
}

fn percent(place: u16) -> String {
    format!("{}.{}%", place / 10, place % 10)
}

/// Where a part of the timeline begins, in percent.
#[expect(clippy::arithmetic_side_effects, reason = "bins are few")]
fn hundredths(bin: usize) -> String {
    let exact = bin * 10_000 / Timeline::BINS;
    format!("{}.{:02}", exact / 100, exact % 100)
}

/// Numbers at the ends stay inside the picture.
fn anchor(place: u16) -> &'static str {
    match place {
        ..30 => "start",
        30..970 => "middle",
        970.. => "end",
    }
}

fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Plain => "plain",
        Tone::Doubt => "doubt",
        Tone::Bad => "bad",
    }
}
