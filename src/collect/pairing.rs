//! Which archive and which capture belong to which resync.

use std::collections::BTreeMap;

use crate::evidence::report::Trigger;
use crate::evidence::{Report, Snapshot, Timestamp};

/// How often each trigger has been counted, by trigger key. Each resync counts one of them up, so this names the resync.
pub(super) type Tally = BTreeMap<String, u64>;

pub(super) fn tally_of_report(report: &Report) -> Tally {
    tally(report.resync_causes.iter().chain(&report.certain_failures))
}

pub(super) fn tally_of_snapshot(snapshot: &Snapshot) -> Tally {
    tally(snapshot.resync_causes.iter().chain(&snapshot.certain_failures).map(|trigger| (&trigger.tx_hash, trigger)))
}

fn tally<'a>(triggers: impl Iterator<Item = (&'a String, &'a Trigger)>) -> Tally {
    triggers.map(|(key, trigger)| (key.clone(), trigger.count)).collect()
}

/// What a resync is known by.
#[derive(Debug, Default)]
pub(super) struct Mark {
    /// The key of its trigger.
    pub(super) key: Option<String>,
    /// All triggers counted by then, its own included.
    pub(super) tally: Option<Tally>,
}

/// The keys that `later` counts higher than `earlier`.
fn counted_up<'a>(earlier: Option<&'a Tally>, later: &'a Tally) -> impl Iterator<Item = &'a String> {
    let before = move |key: &String| earlier.and_then(|it| it.get(key)).copied().unwrap_or(0);
    later.iter().filter(move |(key, count)| before(key) < **count).map(|(key, _)| key)
}

/// For each capture, in order, the snapshot of the same resync; both run in the order of time.
///
/// Equal tallies name the same resync; else the key that the capture counts higher than the capture before it; else, where one side names
/// no key, their order. A capture that fits no snapshot belongs to a resync that left none.
pub(super) fn captures_to_snapshots(captures: &[Mark], snapshots: &[Mark]) -> Vec<Option<usize>> {
    let mut next = 0;
    let mut pairs = Vec::new();
    for (number, capture) in captures.iter().enumerate() {
        let previous = number.checked_sub(1).and_then(|it| captures.get(it)).and_then(|it| it.tally.as_ref());
        let find = |fits: &dyn Fn(&Mark) -> bool| snapshots.iter().enumerate().skip(next).find(|(_, it)| fits(it)).map(|(at, _)| at);
        let pair = match &capture.tally {
            Some(tally) => find(&|it| it.tally.as_ref() == Some(tally) && it.key.is_some())
                .or_else(|| find(&|it| it.key.as_ref().is_some_and(|key| counted_up(previous, tally).any(|it| it == key))))
                .or_else(|| snapshots.get(number).filter(|it| next <= number && it.key.is_none()).map(|_| number)),
            None => (next <= number && number < snapshots.len()).then_some(number),
        };
        next = pair.map_or(next, |it| it + 1);
        pairs.push(pair);
    }
    pairs
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

    fn mark(key: &str, tally: &[(&str, u64)]) -> Mark {
        let tally = tally.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect();
        Mark { key: Some(key.to_owned()), tally: Some(tally) }
    }

    fn capture(tally: &[(&str, u64)]) -> Mark {
        Mark { key: None, ..mark("", tally) }
    }

    #[test]
    fn captures_find_the_snapshot_of_their_resync() {
        let snapshots = || vec![mark("a", &[("a", 1)]), mark("b", &[("a", 1), ("b", 1)]), mark("a", &[("a", 2), ("b", 1)])];
        let unreadable = || vec![mark("a", &[("a", 1)]), Mark::default(), mark("c", &[])];
        let cases = [
            (vec![capture(&[("a", 1)]), capture(&[("a", 1), ("b", 1)])], snapshots(), vec![Some(0), Some(1)]),
            // The first capture is missing, and the key alone would name the first resync.
            (vec![capture(&[("a", 2), ("b", 1)])], snapshots(), vec![Some(2)]),
            (vec![Mark::default(), Mark::default()], snapshots(), vec![Some(0), Some(1)]),
            (vec![capture(&[("z", 1)])], snapshots(), vec![None]),
            (
                vec![capture(&[("a", 1)]), capture(&[("a", 1), ("x", 1)]), capture(&[("a", 1), ("c", 1)])],
                unreadable(),
                vec![Some(0), Some(1), Some(2)],
            ),
            (vec![capture(&[("a", 1)])], vec![], vec![None]),
        ];
        for (captures, snapshots, expected) in cases {
            assert_eq!(captures_to_snapshots(&captures, &snapshots), expected, "{captures:?}");
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
