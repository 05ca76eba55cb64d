//! Resyncs that left nothing, and that other evidence shows to have happened.
//!
//! Echonet counts each trigger as long as its process lives, and each resync counts one of them up by one. So between two resyncs whose
//! counts were read there were as many others as the counts differ by, less one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::pairing::{ResyncMark, Tally, total};
use crate::evidence::LogStream;
use crate::fixed_pattern::fixed_pattern;

/// More than these would bury the ones that can be looked at.
const MOST: u64 = 24;

/// How many resyncs are missing before each of those that are known, and after the last of them, whose counts were `until` in the end.
#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
pub(super) fn missing(known: &[ResyncMark], until: Option<&Tally>) -> Vec<u64> {
    let mut before: Option<&Tally> = None;
    let mut unread = 0;
    let mut missing = Vec::new();
    for mark in known {
        let Some(tally) = &mark.tally else {
            unread += 1;
            missing.push(0);
            continue;
        };
        missing.push(further(before, tally).saturating_sub(unread).saturating_sub(1).min(MOST));
        before = Some(tally);
        unread = 0;
    }
    // Counts that went down are those of another process, which started after the last one that is known, or before.
    let goes_on = |until: &&Tally| before.is_some_and(|before| grew(before, until));
    missing.push(until.filter(goes_on).map_or(0, |it| further(before, it).saturating_sub(unread).min(MOST)));
    missing
}

/// By how many resyncs `later` is later. A process that was started in between counts from nothing.
fn further(earlier: Option<&Tally>, later: &Tally) -> u64 {
    match earlier.filter(|it| grew(it, later)) {
        Some(earlier) => total(later).saturating_sub(total(earlier)),
        None => total(later),
    }
}

/// Whether no count of `earlier` is lower in `later`.
fn grew(earlier: &Tally, later: &Tally) -> bool {
    earlier.iter().all(|(key, count)| later.get(key).is_some_and(|it| count <= it))
}

/// Puts what `make` makes for each missing resync where it is missing.
pub(super) fn insert<T>(known: Vec<T>, missing: &[u64], mut make: impl FnMut() -> T) -> Vec<T> {
    let mut all = Vec::new();
    let mut missing = missing.iter().copied();
    for one in known {
        all.extend((0..missing.next().unwrap_or(0)).map(|_| make()));
        all.push(one);
    }
    all.extend((0..missing.next().unwrap_or(0)).map(|_| make()));
    all
}

static TRIGGER: LazyLock<Regex> = LazyLock::new(|| {
    fixed_pattern(r"^\[WARNING\] \[echonet\.transaction_sender\] Resync triggered by tx (\S+): failure_block_number=(\d+) ")
});

/// The key and the block of a line that names a trigger. One that was cut names none.
pub(super) fn named(line: &str) -> Option<(&str, u64)> {
    let found = TRIGGER.captures(line)?;
    Some((found.get(1)?.as_str(), found.get(2)?.as_str().parse().ok()?))
}

/// The keys of the triggers that a log names, in its order.
pub(super) fn logged(log: &LogStream) -> impl Iterator<Item = &str> {
    log.lines.iter().filter_map(|it| named(&it.text)).map(|(key, _)| key)
}

/// How many of the resyncs that a log names are missing before each of those that are known by the keys of their triggers, and after the
/// last. One whose key is not known can be any.
#[expect(clippy::arithmetic_side_effects, reason = "places in a list in memory")]
pub(super) fn missing_of_log<'l>(known: &[Option<&str>], logged: impl Iterator<Item = &'l str>) -> Vec<u64> {
    let mut next = 0;
    let mut missing: BTreeMap<usize, u64> = BTreeMap::new();
    for key in logged {
        match known.iter().enumerate().skip(next).find(|(_, it)| it.is_none_or(|it| it == key)) {
            Some((at, _)) => next = at + 1,
            None => *missing.entry(next).or_default() += 1,
        }
    }
    (0..=known.len()).map(|at| missing.get(&at).copied().unwrap_or(0).min(MOST)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(tally: &[(&str, u64)]) -> ResyncMark {
        ResyncMark { tally: Some(tally_from(tally)), ..ResyncMark::default() }
    }

    fn tally_from(tally: &[(&str, u64)]) -> Tally {
        tally.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect()
    }

    #[test]
    fn counts_tell_how_many_resyncs_left_nothing() {
        let cases = [
            (vec![mark(&[("a", 1)]), mark(&[("a", 2)])], None, vec![0, 0, 0]),
            (vec![mark(&[("a", 2)])], None, vec![1, 0]),
            (vec![mark(&[("a", 1), ("b", 1)])], None, vec![1, 0]),
            (vec![mark(&[("a", 1)]), mark(&[("a", 2), ("b", 2)])], None, vec![0, 2, 0]),
            // One of which the counts could not be read is not missing.
            (vec![ResyncMark::default(), mark(&[("a", 2)])], None, vec![0, 0, 0]),
            (vec![mark(&[("a", 1)]), ResyncMark::default(), mark(&[("a", 3)])], None, vec![0, 0, 0, 0]),
            // The process was started anew.
            (vec![mark(&[("a", 5)]), mark(&[("b", 1)])], None, vec![4, 0, 0]),
            (vec![mark(&[("a", 1)])], Some(tally_from(&[("a", 2)])), vec![0, 1]),
            (vec![mark(&[("a", 2)])], Some(tally_from(&[])), vec![1, 0]),
            (vec![mark(&[("a", 1)]), ResyncMark::default()], Some(tally_from(&[("a", 2)])), vec![0, 0, 0]),
            (vec![], Some(tally_from(&[("a", 2)])), vec![0]),
        ];
        for (known, until, expected) in cases {
            assert_eq!(missing(&known, until.as_ref()), expected, "{known:?} {until:?}");
        }
    }

    #[test]
    fn a_log_tells_which_resyncs_left_nothing() {
        type Case<'c> = (&'c [Option<&'c str>], &'c [&'c str], &'c [u64]);
        let cases: [Case<'_>; 6] = [
            (&[Some("a"), Some("b")], &["a", "b"], &[0, 0, 0]),
            (&[Some("b")], &["a", "b"], &[1, 0]),
            (&[Some("a")], &["a", "b"], &[0, 1]),
            (&[None, Some("b")], &["a", "b"], &[0, 0, 0]),
            // The log begins later.
            (&[Some("a"), Some("b")], &["b"], &[0, 0, 0]),
            (&[], &["a"], &[1]),
        ];
        for (known, logged, expected) in cases {
            assert_eq!(missing_of_log(known, logged.iter().copied()), expected, "{known:?} {logged:?}");
        }
    }
}
