//! Lines of a log that are there twice.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use regex::Regex;

use crate::evidence::logs::LogLine;

#[expect(clippy::expect_used, reason = "a fixed pattern, which the tests build")]
static CLOCK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d\d:\d\d:\d\d").expect("a fixed pattern"));

/// Leaves out long runs of lines that were there already, and says how many lines that were. Time does not repeat itself, so a run with a
/// line that states a time was saved twice; a text without such lines only if it is the same from beginning to end.
#[expect(clippy::arithmetic_side_effects, reason = "places in a list that is in memory")]
pub(super) fn without_copies(lines: &mut Vec<LogLine>) -> usize {
    /// Shorter ones can be chance.
    const LONG: usize = 20;
    let before = lines.len();
    for parts in 2..=8 {
        let part = lines.len() / parts;
        if part >= LONG && lines.len().is_multiple_of(parts) && lines.chunks(part).all(|it| Some(it) == lines.get(..part)) {
            lines.truncate(part);
            return before - lines.len();
        }
    }
    let mut first: HashMap<&str, usize> = HashMap::new();
    let mut is_copy = vec![false; lines.len()];
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let known = CLOCK.is_match(&line.text).then(|| *first.entry(&line.text).or_insert(at)).filter(|it| *it < at);
        let Some(known) = known else {
            at += 1;
            continue;
        };
        let same = |one: usize, two: usize| lines.get(one).zip(lines.get(two)).is_some_and(|(one, two)| one.text == two.text);
        let back = (1..=known).take_while(|it| at - it > known && same(known - it, at - it)).count();
        let on = (0..at - known).take_while(|it| same(known + it, at + it)).count();
        let states_times = |from: usize, to: usize| {
            let times: BTreeSet<&str> =
                lines.get(from..to).into_iter().flatten().filter(|it| CLOCK.is_match(&it.text)).map(|it| it.text.as_str()).collect();
            times.len() > 1
        };
        if back + on >= LONG && states_times(at - back, at + on) {
            is_copy.iter_mut().take(at + on).skip(at - back).for_each(|it| *it = true);
        }
        at += on.max(1);
    }
    let mut copies = is_copy.into_iter();
    lines.retain(|_| !copies.next().unwrap_or(false));
    before - lines.len()
}
