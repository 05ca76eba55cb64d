//! What speaks against saying of an epoch that nothing diverged in it.

use super::grounds::{EpochGrounds, ReportSays};
use super::log_index::{LogRecord, TASK_ENDED, is_panic};
use super::log_window::sender_block;
use super::posts::Posts;
use super::running::{RunningEpoch, is_one_process, process_began};
use super::stall::{LONGEST_SILENCE_MS, SenderStop, sender_stop};
use crate::evidence::logs::Stream;
use crate::evidence::pods::Component;
use crate::evidence::{Bundle, Extent, Gathered, Program, Timestamp};

/// Each as a fragment of a sentence; empty if nothing does. `own` are the records of the epoch, without those of the resync before it, and
/// `posts` is what they tell of posted blocks.
pub(super) fn find_objections(
    bundle: &Bundle,
    running: &RunningEpoch,
    grounds: &EpochGrounds,
    own: &[LogRecord],
    posts: &Posts,
) -> Vec<String> {
    let mut all = Vec::new();
    all.extend(log(bundle, running));
    all.extend(compared(grounds, posts));
    all.extend(age(bundle, own, posts));
    all.extend(end_of_sender(own));
    all.extend(last_words(own, posts));
    all.extend(panic(bundle, posts));
    all.extend(report(bundle, grounds, own));
    all.extend(pods(bundle, posts));
    all
}

/// Whether all of the epoch's log was seen.
fn log(bundle: &Bundle, running: &RunningEpoch) -> Option<String> {
    match (&bundle.logs.echonet, running.window.as_ref().map(|it| &it.extent)) {
        (Gathered::Observed(seen), Some(Extent::Complete)) => {
            let has = |stream: Stream| seen.value.lines.iter().any(|it| it.stream == stream);
            let lacks_stderr = has(Stream::Stdout) && !has(Stream::Stderr) && !has(Stream::Unknown);
            lacks_stderr.then(|| "Echonet's log has no line from the container's stderr, where failures are logged".to_owned())
        }
        (Gathered::Observed(_), Some(Extent::Partial(reason))) => Some(format!("Echonet's log was not wholly seen: {reason}")),
        (other, _) => Some(format!("Echonet's log {}", other.gap().unwrap_or_else(|| "is empty".to_owned()))),
    }
}

/// Whether every block that Echonet received was held against mainnet's. Of the newest it may not be known yet.
fn compared(grounds: &EpochGrounds, posts: &Posts) -> Option<String> {
    if grounds.payloads.is_empty() && grounds.logged.is_empty() {
        return Some("no block of this epoch was seen to match mainnet's".to_owned());
    }
    let newest = posts.received.last().filter(|it| posts.stored.is_none_or(|stored| stored.block != **it));
    let is_compared = |it: &&u64| grounds.payloads.contains(it) || grounds.logged.contains(it) || newest == Some(*it);
    let rest: Vec<u64> = posts.received.iter().filter(|it| !is_compared(it)).copied().collect();
    let (first, last) = (rest.first()?, rest.last()?);
    Some(match rest.len() {
        1 => format!("Echonet received block {first}, and nothing says whether it matches mainnet's"),
        many => format!("Echonet received {many} blocks between {first} and {last} of which nothing says whether they match mainnet's"),
    })
}

/// Whether the log and the newest stored block are as new as the rest of the evidence.
fn age(bundle: &Bundle, own: &[LogRecord], posts: &Posts) -> Option<String> {
    let stored = match posts.stored {
        Some(stored) => stored,
        None if own.is_empty() => return None,
        None => return Some("Echonet's log names no block that was stored, so lines are missing or nothing was replayed".to_owned()),
    };
    let end = own.iter().rev().find_map(|it| it.at)?;
    let until = bundle.incident.observed_until.unwrap_or(end).max(end);
    let minutes = |from: Timestamp| until.millis_since(from) / 60_000;
    if LONGEST_SILENCE_MS < until.millis_since(end) {
        return Some(format!("Echonet's log ends {} minutes before the rest was gathered", minutes(end)));
    }
    let at = stored.at.filter(|at| LONGEST_SILENCE_MS < until.millis_since(*at) && sender_stop(own) != Some(SenderStop::AtItsEnd))?;
    Some(format!("no block was stored in the last {} minutes, after block {}", minutes(at), stored.block))
}

/// Whether the sender ended before it had sent all, for a reason that the log does not tell.
fn end_of_sender(own: &[LogRecord]) -> Option<String> {
    let is_early = sender_stop(own) == Some(SenderStop::Early);
    is_early.then(|| "Echonet's sender stopped before its last block, and no line says why".to_owned())
}

/// What failed after the newest block was stored, and was not seen to be got over.
fn last_words(own: &[LogRecord], posts: &Posts) -> Option<String> {
    let stored = posts.stored?;
    own.iter().enumerate().filter(|(_, it)| stored.record < it.number).find_map(|(place, record)| {
        let failure = FAILURES.iter().find(|it| record.text.starts_with(it.text))?;
        let later = own.get(place.saturating_add(1)..).unwrap_or_default();
        let is_over = failure.over.is_some_and(|over| later.iter().any(over));
        let line = record.text.lines().next().unwrap_or_default();
        (!is_over).then(|| format!("after block {} was stored, Echonet's log tells of a failure: {line}", stored.block))
    })
}

/// A failure of what replays blocks, by how its record begins.
struct ReplayFailure {
    text: &'static str,
    /// Whether a later record shows that it is over; none if nothing in the epoch does.
    over: Option<fn(&LogRecord) -> bool>,
}

/// Not those of pages that people ask for, nor of what runs beside the replay.
const FAILURES: [ReplayFailure; 5] = [
    ReplayFailure { text: "Forward failed", over: Some(|it| it.text.starts_with("Forwarded tx")) },
    ReplayFailure { text: "Fetch block ", over: Some(|it| sender_block(&it.text).is_some()) },
    ReplayFailure { text: TASK_ENDED, over: None },
    ReplayFailure { text: "Exception in thread ", over: None },
    ReplayFailure { text: "Exception on /cende_recorder/", over: None },
];

/// What the node's log says of its end.
fn panic(bundle: &Bundle, posts: &Posts) -> Option<String> {
    let stored = posts.stored?.at?;
    let lines = &bundle.logs.sequencer.value()?.lines;
    let line = lines.iter().rev().take_while(|it| it.at.is_none_or(|at| stored <= at)).find(|it| is_panic(&it.text))?;
    Some(format!("the sequencer panicked after the last block was stored: {}", line.text))
}

fn report(bundle: &Bundle, grounds: &EpochGrounds, own: &[LogRecord]) -> Option<String> {
    if let Gathered::Failed(report) = &bundle.report {
        return Some(format!("Echonet's report could not be read: {}", report.reason));
    }
    if grounds.report == ReportSays::Something && bundle.episodes.is_empty() {
        return Some("Echonet's report lists something that went wrong, but not in which epoch".to_owned());
    }
    let logged = own.iter().rev().find(|it| it.starts_process())?.at?;
    let began = process_began(bundle.report.as_observed()?)?;
    let is_other = !is_one_process(began, logged);
    is_other.then(|| format!("Echonet's report is of a process that began at {began}, and the log of one that began at {logged}"))
}

/// Which program does not run, or why that cannot be told.
fn pods(bundle: &Bundle, posts: &Posts) -> Option<String> {
    let pods = match &bundle.deployment.pods {
        Gathered::NotAsked if both_ran_to_the_end(bundle, posts) => return None,
        Gathered::Observed(seen) if seen.value.is_empty() => return Some("the list of pods is empty".to_owned()),
        Gathered::Observed(seen) => &seen.value,
        other => return Some(format!("the list of pods {}", other.gap().unwrap_or_default())),
    };
    let ours = pods.iter().filter(|it| it.component != Component::Other);
    let waits = ours.clone().flat_map(|pod| pod.containers.iter().map(move |it| (pod, it)));
    let waiting = waits.filter_map(|(pod, it)| Some((pod, it, it.waiting.as_deref()?))).next();
    if let Some((pod, container, reason)) = waiting {
        return Some(format!("container {} of pod {} does not run: {reason}", container.name, pod.name));
    }
    let lacks = |it: &Program| pods.iter().all(|pod| pod.component != (*it).into());
    let lacking: Vec<&str> = Program::ALL.into_iter().filter(lacks).map(Program::words).collect();
    (!lacking.is_empty()).then(|| format!("no pod of {} runs", lacking.join(" or of ")))
}

/// Whether a block was stored so shortly before the end of what was seen that both programs ran until then: the sequencer makes it, and
/// Echonet stores it.
fn both_ran_to_the_end(bundle: &Bundle, posts: &Posts) -> bool {
    /// A few blocks.
    const SHORTLY_MS: i64 = 30_000;
    let stored = posts.stored.and_then(|it| it.at);
    stored.zip(bundle.incident.observed_until).is_some_and(|(stored, until)| until.millis_since(stored) <= SHORTLY_MS)
}

#[cfg(test)]
mod tests;
