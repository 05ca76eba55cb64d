//! Which archive and which capture belong to which resync.

use crate::evidence::resync_identity::tally;
pub(super) use crate::evidence::resync_identity::{Tally, tally_of_report, tally_of_snapshot};
use crate::evidence::sections::Section;
use crate::evidence::{ReportText, Timestamp};

/// How it is known which archive is a resync's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pairing {
    /// Paired by their times.
    Told,
    /// By their times, but a resync of which the time is not known lies between them: only what it holds can tell.
    Doubtful,
}

pub(super) fn tally_of_text(text: &ReportText) -> Option<Tally> {
    let lists = [Section::ResyncCauses, Section::CertainFailures];
    let is_whole = text.unreadable_rows == 0 && lists.iter().all(|it| text.saw(*it));
    is_whole.then(|| tally_of_text_rows(text))
}

/// What can be read of the lists.
pub(super) fn tally_of_text_rows(text: &ReportText) -> Tally {
    tally(text.resync_causes.iter().chain(&text.certain_failures).map(|trigger| (&trigger.tx_hash, trigger)))
}

/// What a resync is known by.
#[derive(Debug, Clone, Default)]
pub(super) struct ResyncMark {
    /// The key of its trigger.
    pub(super) key: Option<String>,
    /// All triggers counted by then, its own included.
    pub(super) tally: Option<Tally>,
    /// How many resyncs the process had counted by then, this one included.
    pub(super) number: Option<u64>,
}

impl ResyncMark {
    pub(super) fn of_capture(tally: Option<Tally>) -> Self {
        Self { key: None, number: tally.as_ref().map(total), tally }
    }
}

/// How many resyncs a tally counts.
pub(super) fn total(tally: &Tally) -> u64 {
    tally.values().fold(0, |sum, it| sum.saturating_add(*it))
}

/// The keys that `later` counts higher than `earlier`.
fn counted_up<'a>(earlier: Option<&'a Tally>, later: &'a Tally) -> impl Iterator<Item = &'a String> {
    let before = move |key: &String| earlier.and_then(|it| it.get(key)).copied().unwrap_or(0);
    later.iter().filter(move |(key, count)| before(key) < **count).map(|(key, _)| key)
}

/// For each capture, in order, the snapshot of the same resync; both run in the order of time.
///
/// Equal tallies name the same resync; else the key that the capture counts higher than the capture before it, unless the snapshot counts it
/// otherwise; else the number of resyncs; else, where one side names no key, their order. A capture that fits no snapshot belongs to a resync
/// that left none.
pub(super) fn captures_to_snapshots(captures: &[ResyncMark], snapshots: &[ResyncMark]) -> Vec<Option<usize>> {
    let mut next = 0;
    let mut pairs = Vec::new();
    for (number, capture) in captures.iter().enumerate() {
        let previous = number.checked_sub(1).and_then(|it| captures.get(it)).and_then(|it| it.tally.as_ref());
        let find = |fits: &dyn Fn(&ResyncMark) -> bool| snapshots.iter().enumerate().skip(next).find(|(_, it)| fits(it)).map(|(at, _)| at);
        let pair = match &capture.tally {
            Some(tally) => find(&|it| it.tally.as_ref() == Some(tally) && it.key.is_some())
                .or_else(|| {
                    find(&|it| {
                        let counts_alike = |key: &String| it.tally.as_ref().is_none_or(|of| of.get(key) == tally.get(key));
                        it.key.as_ref().is_some_and(|key| counts_alike(key) && counted_up(previous, tally).any(|it| it == key))
                    })
                })
                .or_else(|| find(&|it| it.key.is_none() && it.number.is_some() && it.number == capture.number))
                .or_else(|| {
                    let is_any = |it: &&ResyncMark| next <= number && it.key.is_none() && (it.number.is_none() || capture.number.is_none());
                    snapshots.get(number).filter(is_any).map(|_| number)
                }),
            None => (next <= number && number < snapshots.len()).then_some(number),
        };
        next = pair.map_or(next, |it| it.saturating_add(1));
        pairs.push(pair);
    }
    pairs
}

/// The archive of one resync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OfArchive {
    /// The one that began at this time, or none.
    Told(Option<Timestamp>),
    /// This one, unless it is that of a resync of which the time is not known.
    Doubtful(Option<Timestamp>),
    /// It cannot be told.
    Unknown,
}

/// For each resync, given the times of their snapshots in order as far as they are known, its archive.
///
/// One whose time is not known may have left an archive as well. So between two times there must be as many archives as resyncs, or what
/// follows one without a time is in doubt. Without any time, only equal numbers tell.
#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
pub(super) fn archives_of_resyncs(times: &[Option<Timestamp>], archives: &[Timestamp]) -> Vec<OfArchive> {
    const SLACK_MS: i64 = 1000;
    let known: Vec<Timestamp> = times.iter().flatten().copied().collect();
    if known.is_empty() {
        let all = || archives.iter().copied().map(|it| OfArchive::Told(Some(it))).collect();
        return if archives.len() == times.len() { all() } else { vec![OfArchive::Told(None); times.len()] };
    }
    let mut paired = known.iter().copied().zip(archives_of_snapshots(&known, archives));
    let mut all = Vec::new();
    let mut until: Option<Timestamp> = None;
    let mut timeless = 0;
    for time in times {
        let Some(at) = time else {
            timeless += 1;
            continue;
        };
        let archive = paired.next().and_then(|(_, archive)| archive);
        if timeless == 0 {
            all.push(OfArchive::Told(archive));
        } else {
            let end = at.plus_millis(SLACK_MS);
            let between: Vec<Timestamp> =
                archives.iter().copied().filter(|it| until.is_none_or(|until| until < *it) && *it <= end).collect();
            if between.len() == timeless + 1 {
                all.extend(between.into_iter().map(|it| OfArchive::Told(Some(it))));
            } else {
                all.extend(vec![OfArchive::Unknown; timeless]);
                all.push(OfArchive::Doubtful(archive));
            }
        }
        timeless = 0;
        until = until.max(archive).max(Some(*at));
    }
    let rest: Vec<Timestamp> = archives.iter().copied().filter(|it| until.is_none_or(|until| until < *it)).collect();
    if rest.len() == timeless {
        all.extend(rest.into_iter().map(|it| OfArchive::Told(Some(it))));
    } else {
        all.extend(vec![OfArchive::Unknown; timeless]);
    }
    all
}

/// For each resync, given the times of their snapshots in order, its archive: the newest that began after the snapshot before it and no
/// later than its own; if there is none, one that began within the next second.
///
/// Echonet names an archive by the first block that left memory, in a long run hours before the resync that completed it, so the times
/// are never equal by rule. In a short run the archive begins right after the snapshot, and names have whole seconds. The time of the
/// snapshot goes before the second after it: the next resync's archive can begin in that second.
pub(super) fn archives_of_snapshots(snapshots: &[Timestamp], archives: &[Timestamp]) -> Vec<Option<Timestamp>> {
    const SLACK_MS: i64 = 1000;
    let mut taken_until: Option<Timestamp> = None;
    let mut pairs = Vec::new();
    for snapshot in snapshots {
        let newest_until =
            |end: Timestamp| archives.iter().copied().filter(|it| taken_until.is_none_or(|until| until < *it) && *it <= end).max();
        let archive = newest_until(*snapshot).or_else(|| newest_until(snapshot.plus_millis(SLACK_MS)));
        taken_until = taken_until.max(archive).max(Some(*snapshot));
        pairs.push(archive);
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(key: &str, tally: &[(&str, u64)]) -> ResyncMark {
        let tally = tally.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect();
        ResyncMark { key: Some(key.to_owned()), ..ResyncMark::of_capture(Some(tally)) }
    }

    fn capture(tally: &[(&str, u64)]) -> ResyncMark {
        ResyncMark { key: None, ..mark("", tally) }
    }

    #[test]
    fn captures_find_the_snapshot_of_their_resync() {
        let snapshots = || vec![mark("a", &[("a", 1)]), mark("b", &[("a", 1), ("b", 1)]), mark("a", &[("a", 2), ("b", 1)])];
        let unreadable =
            || vec![mark("a", &[("a", 1)]), ResyncMark::default(), ResyncMark { key: Some("c".to_owned()), ..ResyncMark::default() }];
        let lost = || vec![ResyncMark { number: Some(1), ..ResyncMark::default() }, mark("a", &[("a", 2)])];
        let cases = [
            (vec![capture(&[("a", 1)]), capture(&[("a", 1), ("b", 1)])], snapshots(), vec![Some(0), Some(1)]),
            // The first capture is missing, and the key alone would name the first resync.
            (vec![capture(&[("a", 2), ("b", 1)])], snapshots(), vec![Some(2)]),
            (vec![ResyncMark::default(), ResyncMark::default()], snapshots(), vec![Some(0), Some(1)]),
            (vec![capture(&[("z", 1)])], snapshots(), vec![None]),
            (
                vec![capture(&[("a", 1)]), capture(&[("a", 1), ("x", 1)]), capture(&[("a", 1), ("c", 1)])],
                unreadable(),
                vec![Some(0), Some(1), Some(2)],
            ),
            (vec![capture(&[("a", 1)])], vec![], vec![None]),
            // The snapshot of the first resync is lost, and the key alone would name the second.
            (vec![capture(&[("a", 1)]), capture(&[("a", 2)])], lost(), vec![Some(0), Some(1)]),
            (vec![capture(&[("a", 2)])], lost(), vec![Some(1)]),
        ];
        for (captures, snapshots, expected) in cases {
            assert_eq!(captures_to_snapshots(&captures, &snapshots), expected, "{captures:?}");
        }
    }

    #[test]
    fn a_resync_without_a_time_leaves_in_doubt_which_archive_is_whose() {
        use OfArchive::{Doubtful, Told, Unknown};
        let at = |second: i64| Timestamp::from_unix(second).expect("a moment");
        let told = |second: i64| Told(Some(at(second)));
        let cases = [
            (vec![None, Some(200)], vec![100, 200], vec![told(100), told(200)]),
            (vec![None, Some(200)], vec![150], vec![Unknown, Doubtful(Some(at(150)))]),
            (vec![Some(100), None], vec![100, 200], vec![told(100), told(200)]),
            (vec![Some(100), None], vec![100], vec![told(100), Unknown]),
            (vec![Some(100), None], vec![100, 200, 300], vec![told(100), Unknown]),
            (vec![None, None], vec![100, 200], vec![told(100), told(200)]),
            (vec![None, None], vec![100], vec![Told(None), Told(None)]),
        ];
        for (times, archives, expected) in cases {
            let times: Vec<_> = times.into_iter().map(|it: Option<i64>| it.map(at)).collect();
            let archives: Vec<_> = archives.into_iter().map(at).collect();
            assert_eq!(archives_of_resyncs(&times, &archives), expected, "{times:?} {archives:?}");
        }
    }

    #[test]
    fn an_archive_belongs_to_the_resync_that_completed_it() {
        let at = |second: i64| Timestamp::from_unix(second).expect("a moment");
        let cases = [
            (vec![100, 200], vec![100, 200], vec![Some(100), Some(200)]),
            // Long runs: the archive began long before.
            (vec![10_000, 20_000], vec![50, 10_500], vec![Some(50), Some(10_500)]),
            (vec![100], vec![101], vec![Some(101)]),
            (vec![100], vec![102], vec![None]),
            // Resyncs a second apart.
            (vec![100, 101], vec![100, 101], vec![Some(100), Some(101)]),
            (vec![100, 101], vec![101, 102], vec![Some(101), Some(102)]),
            // What the resync before it took is not taken twice.
            (vec![100, 200], vec![101], vec![Some(101), None]),
            (vec![100, 200], vec![150], vec![None, Some(150)]),
        ];
        for (snapshots, archives, expected) in cases {
            let times = |of: &[i64]| of.iter().map(|it| at(*it)).collect::<Vec<_>>();
            let expected: Vec<_> = expected.iter().map(|it| it.map(at)).collect();
            assert_eq!(archives_of_snapshots(&times(&snapshots), &times(&archives)), expected, "{snapshots:?} {archives:?}");
        }
    }
}
