//! Lines that begin a record: how Echonet, its web server and the sequencer begin what they log.
//!
//! Which program printed a line, and where one record ends and the next begins, is told by this and by nothing else.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::level::Level;

/// A line that begins a record.
pub(crate) struct Start<'a> {
    pub(crate) kind: RecordKind,
    pub(crate) level: Option<Level>,
    pub(crate) logger: Option<Cow<'a, str>>,
    pub(crate) height: Option<u64>,
    pub(crate) text: Cow<'a, str>,
    /// The time that the line itself states.
    pub(crate) at: Option<Timestamp>,
    pub(crate) continuation: Continuation,
}

/// Whose record a line without a prefix continues, if it follows.
#[derive(Clone, Copy)]
pub(crate) enum Continuation {
    Mine,
    ThePrevious,
    Nobodys,
}

impl<'a> Start<'a> {
    /// Reads a line; none if it begins no record.
    pub(crate) fn read(line: &'a str) -> Option<Self> {
        match line.as_bytes().first()? {
            b'[' => Self::echonet(line).or_else(|| Self::gunicorn(line)).or_else(|| Self::script(line)),
            b'{' => Self::sequencer(line).or_else(|| Self::message_alone(line)),
            _ => Self::tracing_text(line).or_else(|| Self::access_log(line)),
        }
    }

    /// A line that no record of theirs comes before.
    pub(crate) fn other(line: impl Into<Cow<'a, str>>) -> Self {
        Self {
            kind: RecordKind::Other,
            level: None,
            logger: None,
            height: None,
            text: line.into(),
            at: None,
            continuation: Continuation::Mine,
        }
    }

    fn echonet(line: &'a str) -> Option<Self> {
        let (level, rest) = line.strip_prefix('[')?.split_once("] [")?;
        let level = Level::read(level)?;
        let (logger, text) = rest.split_once(']')?;
        let name = logger.strip_prefix("echonet")?;
        let is_name = name.is_empty() || (name.starts_with('.') && name.chars().all(|it| it.is_alphanumeric() || matches!(it, '.' | '_')));
        let text = if text.is_empty() { text } else { text.strip_prefix(' ')? };
        is_name.then(|| Self { kind: RecordKind::Echonet, level: Some(level), logger: Some(logger.into()), ..Self::other(text) })
    }

    /// Reads `[2026-11-22 08:29:13 +0000] [16686] [INFO] Starting gunicorn 27.0.1`.
    fn gunicorn(line: &'a str) -> Option<Self> {
        let (time, rest) = line.strip_prefix('[')?.split_once("] [")?;
        let (process, rest) = rest.split_once("] [")?;
        let (level, text) = rest.split_once("] ")?;
        let level = Level::read(level)?;
        // Tools put the pod in brackets before a line.
        if process.is_empty() || !process.bytes().all(|it| it.is_ascii_digit()) || time.contains(']') {
            return None;
        }
        let at = || {
            let (date, rest) = time.split_once(' ')?;
            let (clock, offset) = rest.split_once(' ')?;
            moment(date, clock, offset)
        };
        Some(Self { kind: RecordKind::Gunicorn, level: Some(level), at: at(), ..Self::other(text) })
    }

    fn script(line: &'a str) -> Option<Self> {
        let is_script = line.starts_with("[echonet] ");
        is_script.then(|| Self { kind: RecordKind::Gunicorn, continuation: Continuation::Nobodys, ..Self::other(line) })
    }

    /// Reads `127.0.0.1 - - [22/Nov/2026:08:29:15 +0000] "GET /echonet/report HTTP/1.1" 200 0 "-" "-"`.
    fn access_log(line: &'a str) -> Option<Self> {
        let (who, rest) = line.split_once(" [")?;
        let (time, rest) = rest.split_once("] \"")?;
        // A request may hold quotation marks; the status follows the first that a number follows.
        let is_status = |it: &str| it.as_bytes().get(..3).is_some_and(|it| it.iter().all(u8::is_ascii_digit));
        let (request, _) = rest.split_once("\" ").filter(|(_, after)| is_status(after))?;
        let is_access = who.split(' ').count() == 3 && !who.contains('\t') && (request.contains(" HTTP/") || request == "-");
        let at = || {
            let (date, rest) = time.split_once(':')?;
            let (clock, offset) = rest.split_once(' ')?;
            let mut date = date.split('/');
            let (day, month, year) = (date.next()?, date.next()?, date.next()?);
            let month = MONTHS.iter().position(|it| *it == month)?.saturating_add(1);
            moment(&format!("{year}-{month:02}-{day}"), clock, offset)
        };
        let continuation = Continuation::ThePrevious;
        is_access.then(|| Self { kind: RecordKind::AccessLog, at: at(), continuation, ..Self::other(line) })
    }

    /// Reads `2025-09-01T08:38:15.123Z  INFO run_height: crates/apollo_batcher/src/batcher.rs:62: Some text height=7`, as images of before
    /// October 2025 print it.
    fn tracing_text(line: &'a str) -> Option<Self> {
        let (time, rest) = line.split_once(' ')?;
        let at: Timestamp = time.parse().ok()?;
        let (level, rest) = rest.trim_start_matches(' ').split_once(' ')?;
        let level = Level::read(level)?;
        let (before, rest) = rest.split_once(".rs:")?;
        let (number, text) = rest.split_once(": ")?;
        if number.is_empty() || !number.bytes().all(|it| it.is_ascii_digit()) {
            return None;
        }
        let file = before.rsplit(' ').next()?;
        // The fields of the spans stand behind those of the event.
        let height = text.rsplit(' ').find_map(|it| it.strip_prefix("height="));
        Some(Self {
            kind: RecordKind::SequencerJson,
            level: Some(level),
            height: height.and_then(number_in),
            logger: Some(format!("{file}.rs").into()),
            at: Some(at),
            ..Self::other(text)
        })
    }

    /// Reads an event of the sequencer of which only the message was saved: no level, no file, no height.
    fn message_alone(line: &'a str) -> Option<Self> {
        let MessageAlone { message } = serde_json::from_str(line).ok()?;
        Some(Self { kind: RecordKind::SequencerJson, continuation: Continuation::Nobodys, ..Self::other(message) })
    }

    fn sequencer(line: &'a str) -> Option<Self> {
        let event: SequencerJsonEvent<'_> = serde_json::from_str(line).ok()?;
        let level = Level::read(&event.level)?;
        let error = event.error.map(|it| Cow::Owned(it.as_str().map_or_else(|| it.to_string(), str::to_owned)));
        let text = match (event.message, error) {
            (Some(message), Some(error)) => Cow::Owned(format!("{message}\nerror: {error}")),
            (Some(text), None) | (None, Some(text)) => text,
            (None, None) => line.into(),
        };
        Some(Self {
            kind: RecordKind::SequencerJson,
            level: Some(level),
            height: event.spans.as_ref().and_then(height).or_else(|| event.height.as_ref().and_then(number)),
            logger: event.filename,
            at: event.timestamp.and_then(|it| it.parse().ok()),
            continuation: Continuation::Nobodys,
            ..Self::other(text)
        })
    }
}

/// The time that a line of the web server states.
pub(crate) fn stated_by_server(line: &str) -> Option<Timestamp> {
    Start::gunicorn(line).or_else(|| Start::access_log(line))?.at
}

/// The kind of a log record, by its writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// Echonet's own logging: `[LEVEL] [echonet.name] message`.
    Echonet,
    /// The web server's notices, and the line with which the start script announces it.
    Gunicorn,
    /// A request that the web server answered.
    AccessLog,
    /// An event of the sequencer: one JSON object, or the line of text that older images print.
    SequencerJson,
    /// Lines that follow no record of theirs: installation output, panics of the sequencer.
    Other,
}

/// What is read of the sequencer's events (`crates/apollo_infra/src/trace_util.rs`).
#[derive(Deserialize)]
struct SequencerJsonEvent<'a> {
    #[serde(borrow)]
    level: Cow<'a, str>,
    #[serde(borrow, default)]
    message: Option<Cow<'a, str>>,
    // Events hold whatever their author logged under this name.
    #[serde(default)]
    error: Option<serde_json::Value>,
    #[serde(borrow, default)]
    filename: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    timestamp: Option<Cow<'a, str>>,
    #[serde(default)]
    height: Option<serde_json::Value>,
    #[serde(default)]
    spans: Option<serde_json::Value>,
}

/// A sequencer event of which only the message was saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageAlone<'a> {
    /// The message.
    #[serde(borrow)]
    pub(crate) message: Cow<'a, str>,
}

/// The height of the innermost span that has one; Cloud Logging shows a single span as an object.
fn height(spans: &serde_json::Value) -> Option<u64> {
    match spans {
        serde_json::Value::Array(spans) => spans.iter().rev().find_map(height),
        span => span.get("height").and_then(number).or_else(|| BUILDS.iter().find_map(|it| built(span.get(it)?.as_str()?))),
    }
}

/// What the batcher's spans hold of the block that is built, as Rust prints it for debugging.
const BUILDS: [&str; 2] = ["propose_block_input", "validate_block_input"];

/// The number in `ProposeBlockInput { .. block_info: BlockInfo { block_number: BlockNumber(7), .. } }`.
fn built(input: &str) -> Option<u64> {
    let (_, rest) = input.split_once("block_info: BlockInfo { block_number: BlockNumber(")?;
    rest.split_once(')')?.0.parse().ok()
}

/// A number, also where it is written as text: `7`, `"7"` or `"BlockNumber(7)"`.
fn number(value: &serde_json::Value) -> Option<u64> {
    value.as_u64().or_else(|| number_in(value.as_str()?))
}

fn number_in(text: &str) -> Option<u64> {
    text.trim_start_matches("BlockNumber(").trim_end_matches(')').parse().ok()
}

/// How Python begins to say that a thread ended; nothing that was logged before belongs to it.
pub(crate) const THREAD_ENDED: &str = "Exception in thread ";

/// What asyncio says in the end of a task that nobody waits for; its logger has no form of its own.
pub(crate) const TASK_ENDED: &str = "Task exception was never retrieved";

/// Whether the line begins what a Rust program says when a thread of it panics.
pub(crate) fn is_panic(line: &str) -> bool {
    line.starts_with("thread '") && line.contains(" panicked at ")
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The moment of a date `2026-11-22`, a time of day `08:29:13` and an offset `+0000`.
fn moment(date: &str, clock: &str, offset: &str) -> Option<Timestamp> {
    let (hours, minutes) = offset.split_at_checked(3)?;
    format!("{date}T{clock}{hours}:{minutes}").parse().ok()
}
