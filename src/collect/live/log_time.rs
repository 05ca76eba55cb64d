//! Which time the logs are asked for.

use super::logs::{End, TimeWindow};
use super::session::Session;
use crate::evidence::pods::Component;
use crate::evidence::{Pod, Timestamp};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// How far back from the last resync the logs are asked for at first, in milliseconds.
pub(in crate::collect) const USUAL: i64 = 6 * HOUR;
/// How long after the last resync the logs are asked for, in milliseconds: the replay shows whether it happens again.
pub(in crate::collect) const AFTER: i64 = HOUR;
/// How much earlier than the moment that is known the logs are asked for, in milliseconds: clocks differ.
pub(in crate::collect) const MARGIN: i64 = MINUTE;
/// How far back they are asked for at most, where rules need more.
const WIDEST: i64 = 24 * HOUR;

/// The time of the incident's epochs by the snapshots around it, the beginning if it is known.
pub(super) type EpochSpan = Option<(Option<Timestamp>, Timestamp)>;

/// The time of the incident's epochs, and some time after: the replay shows whether it happens again.
pub(super) fn usual(session: &Session, pods: &[Pod], span: EpochSpan) -> TimeWindow {
    window(session, pods, span, USUAL)
}

/// The time before that, for epochs that lasted longer.
pub(super) fn earlier(session: &Session, pods: &[Pod], span: EpochSpan) -> Option<TimeWindow> {
    let (usual, widest) = (usual(session, pods, span), window(session, pods, span, WIDEST));
    (widest.from < usual.from).then_some(TimeWindow { from: widest.from, until: usual.from, end: End::Excluded })
}

fn window(session: &Session, pods: &[Pod], span: EpochSpan, longest: i64) -> TimeWindow {
    let now = session.began;
    let started = pods.iter().find(|it| it.component == Component::Echonet).and_then(|it| it.started_at);
    let (from, until) = match span {
        Some((before, last)) => {
            let earliest = last.plus_millis(longest.saturating_neg());
            let from = before.or(started.filter(|it| *it < last)).unwrap_or(earliest);
            (from.max(earliest).plus_millis(-MARGIN), last.plus_millis(AFTER).min(now.max(last)))
        }
        None => {
            let earliest = now.plus_millis(longest.saturating_neg());
            (started.map_or(earliest, |it| it.max(earliest)), now)
        }
    };
    TimeWindow { from, until, end: End::Included }
}
