//! The order of the lines of a saved log, and lines that are there twice.
//!
//! Echonet's own lines carry no time, but the web server's between them do.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use regex::Regex;

use crate::evidence::Timestamp;
use crate::evidence::logs::LogLine;

static GUNICORN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\[(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)\] \[").expect("a fixed pattern"));
static ACCESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^\S+ \S+ \S+ \[(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)\] ""#).expect("a fixed pattern")
});

/// The time that a line of the web server states.
fn stated(line: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    if let Some(it) = GUNICORN.captures(line) {
        let (_, [date, clock, hours, minutes]) = it.extract();
        return format!("{date}T{clock}{hours}:{minutes}").parse().ok();
    }
    let (_, [day, month, year, clock, hours, minutes]) = ACCESS.captures(line)?.extract();
    let month = MONTHS.iter().position(|it| *it == month)? + 1;
    format!("{year}-{month:02}-{day}T{clock}{hours}:{minutes}").parse().ok()
}

/// How the times that lines state follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// They rise, or there are none.
    Rising,
    /// They fell: the newest line came first, and the lines were turned round.
    Turned,
    /// Neither.
    Mixed,
}

/// Turns lines round that came with the newest first.
pub(super) fn in_order(lines: &mut [LogLine]) -> Order {
    /// A request states when it came, and its line follows when it was answered.
    const SLACK_MS: i64 = 60_000;
    if lines.iter().any(|it| it.at.is_some()) {
        return Order::Rising;
    }
    let times: Vec<Timestamp> = lines.iter().filter_map(|it| stated(&it.text)).collect();
    let steps = || times.iter().zip(times.iter().skip(1)).map(|(one, next)| next.millis_since(*one));
    let (rising, falling) = (steps().filter(|it| 0 < *it).count(), steps().filter(|it| *it < 0).count());
    // One line that states an earlier time is a request that took long.
    let is_turned = rising + 1 < falling;
    let against = |it: i64| SLACK_MS < if is_turned { it } else { -it };
    if steps().any(against) {
        return Order::Mixed;
    }
    if is_turned {
        lines.reverse();
        return Order::Turned;
    }
    Order::Rising
}

static CLOCK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d\d:\d\d:\d\d").expect("a fixed pattern"));

/// Leaves out long runs of lines that were there already, and says how many lines that were. Time does not repeat itself, so a run with a
/// line that states a time was saved twice; a text without such lines only if it is the same from beginning to end.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::logs::parse_text;

    fn access(second: u32) -> String {
        format!("127.0.0.1 - - [22/Nov/2026:08:29:{second:02} +0000] \"GET /echonet/report HTTP/1.1\" 200 0 \"-\" \"-\"\n")
    }

    #[test]
    fn lines_that_came_with_the_newest_first_are_turned_round_and_mixed_ones_are_not() {
        let start = "[2026-11-22 08:29:01 +0000] [1] [INFO] Starting gunicorn 27.0.1\n";
        let far = "[2026-11-22 09:29:01 +0000] [1] [INFO] Booting worker\n";
        let rising = format!("{start}[INFO] [echonet.x] a\n{}[INFO] [echonet.x] b\n{}", access(2), access(9));
        let falling: String = rising.lines().rev().map(|it| format!("{it}\n")).collect();
        let of = |text: &str| {
            let mut lines = parse_text(text).lines;
            let order = in_order(&mut lines);
            (order, lines.into_iter().map(|it| it.text + "\n").collect::<String>())
        };
        assert_eq!(of(&rising), (Order::Rising, rising.clone()));
        assert_eq!(of(&falling), (Order::Turned, rising.clone()));
        let mixed = format!("{start}{far}{}{}", access(2), access(9));
        assert_eq!(of(&mixed), (Order::Mixed, mixed.clone()));
        // A request that took long states an earlier time than the line before it.
        let late = format!("{start}{}{}{}", access(9), access(5), access(11));
        assert_eq!(of(&late), (Order::Rising, late.clone()));
        let alone = format!("[INFO] [echonet.x] a\n{}{}[INFO] [echonet.x] b\n", access(9), access(5));
        assert_eq!(of(&alone), (Order::Rising, alone.clone()));
        assert_eq!(of("[INFO] [echonet.x] a\n").0, Order::Rising);
    }
}
