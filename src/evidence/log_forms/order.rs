//! The order of the lines of a saved log.
//!
//! Echonet's own lines carry no time, but the web server's between them do.

use super::form::SavedLine;
use crate::evidence::Timestamp;
use crate::evidence::record_start::stated_by_server;

/// How the times that lines of the web server state follow one another, once the order is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The times are ascending, or there are none.
    Rising,
    /// Neither they rise nor did they fall.
    Mixed,
}

/// Puts lines into the order of time, where there is time. A line without one stays behind the line before it; what shares a time keeps
/// its order, unless the newest came first.
pub(super) fn restored(mut lines: Vec<SavedLine<'_>>) -> (Vec<SavedLine<'_>>, Order) {
    let order = if lines.iter().any(|it| it.at.is_some()) { Order::Rising } else { turned_round(&mut lines) };
    (by_time(lines), order)
}

/// Turns lines round that carry no time and came with the newest first, as those that state one show.
fn turned_round(lines: &mut [SavedLine<'_>]) -> Order {
    /// A request states when it came, and its line follows when it was answered.
    const SLACK_MS: i64 = 60_000;
    let steps_of =
        |times: &[Timestamp]| -> Vec<i64> { times.iter().zip(times.iter().skip(1)).map(|(one, next)| next.millis_since(*one)).collect() };
    let of_server: Vec<Timestamp> = lines.iter().filter_map(server_time).collect();
    let of_events: Vec<Timestamp> = lines.iter().filter_map(|it| it.begins?.stated_by_event()).collect();
    let (of_server, of_events) = (steps_of(&of_server), steps_of(&of_events));
    let all = || of_server.iter().chain(&of_events);
    let (rising, falling) = (all().filter(|it| 0 < **it).count(), all().filter(|it| **it < 0).count());
    // One line that states an earlier time is a request that took long.
    let is_turned = rising.saturating_add(1) < falling;
    let against = |it: i64| SLACK_MS < if is_turned { it } else { it.saturating_neg() };
    if of_server.iter().any(|it| against(*it)) {
        return Order::Mixed;
    }
    if is_turned {
        lines.reverse();
    }
    Order::Rising
}

/// The time that a line of the web server states.
fn server_time(line: &SavedLine<'_>) -> Option<Timestamp> {
    match &line.begins {
        Some(begins) => begins.stated_by_server(),
        None => stated_by_server(&line.text),
    }
}

/// Sorts by the time of each line that has one, and of events that state one; lines without stay behind the line before them.
fn by_time(lines: Vec<SavedLine<'_>>) -> Vec<SavedLine<'_>> {
    let time = |it: &SavedLine<'_>| if it.continues { None } else { it.at.or(it.begins.and_then(|it| it.stated_by_event())) };
    let (mut rising, mut falling, mut before) = (0_usize, 0_usize, None);
    for at in lines.iter().filter_map(time) {
        rising = rising.saturating_add(usize::from(before.is_some_and(|it| it < at)));
        falling = falling.saturating_add(usize::from(before.is_some_and(|it| at < it)));
        before = Some(at);
    }
    if falling == 0 {
        return lines;
    }
    // With the newest first, of what shares a time the last came first.
    let step: i64 = if rising < falling { -1 } else { 1 };
    let (mut key, mut place) = (None, 0_i64);
    let mut keyed: Vec<(Option<Timestamp>, i64, SavedLine<'_>)> = Vec::with_capacity(lines.len());
    for line in lines {
        if let Some(at) = time(&line) {
            (key, place) = (Some(at), place.saturating_add(step));
        }
        keyed.push((key, place, line));
    }
    keyed.sort_by_key(|it| (it.0, it.1));
    keyed.into_iter().map(|it| it.2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let (lines, order) = restored(text.lines().map(SavedLine::plain).collect());
            (order, lines.into_iter().map(|it| format!("{}\n", it.text)).collect::<String>())
        };
        assert_eq!(of(&rising), (Order::Rising, rising.clone()));
        assert_eq!(of(&falling), (Order::Rising, rising.clone()));
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
