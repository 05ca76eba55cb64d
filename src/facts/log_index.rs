//! Log lines joined into records.
//!
//! Every source delivers single lines, while Echonet logs tracebacks and whole reports as one message. The severity of the platform says
//! only which stream a line came from, so the level is read from the line itself.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use crate::evidence::level::Level;
use crate::evidence::logs::{LogLine, Stream};
use crate::evidence::{LogStream, Timestamp};

/// The records of one log source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct LogIndex {
    /// In the order of their first lines.
    pub records: Vec<LogRecord>,
}

/// What a program wrote at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogRecord {
    /// Its place in [`LogIndex::records`], from 0.
    pub number: usize,
    /// The place of its first line in the source, from 0.
    pub first_line: usize,
    /// How many lines it has, at least 1; lines of other records may lie between them.
    pub lines: usize,
    /// When the platform received its first line, else the time that the line itself states, else unknown.
    pub at: Option<Timestamp>,
    /// Which stream of the container it came from.
    pub stream: Stream,
    /// The pod's name; empty where the source does not name it.
    pub pod: String,
    /// How serious its author found it.
    pub level: Option<Level>,
    /// Who wrote it: the whole name of Echonet's logger (`echonet.l1_client`), or the sequencer's source file.
    pub logger: Option<String>,
    /// The height that one of the sequencer's spans names beside the message.
    pub height: Option<u64>,
    /// What wrote it.
    pub kind: RecordKind,
    /// The message without its prefix, lines joined by line feeds. Of a sequencer's event the message and, if that has an error beside it,
    /// a further line `error: ..`; of an access-log line all of it.
    pub text: String,
}

/// What wrote a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// Echonet's own logging: `[LEVEL] [echonet.name] message`.
    Echonet,
    /// The web server's notices, and the line with which the start script announces it.
    Gunicorn,
    /// A request that the web server answered.
    AccessLog,
    /// An event of the sequencer: one JSON object.
    SequencerJson,
    /// Lines that follow no record of theirs: installation output, panics of the sequencer.
    Other,
}

impl LogRecord {
    /// Whether gunicorn says here that Echonet's process starts: everything that Echonet counts begins at zero.
    #[must_use]
    pub fn starts_process(&self) -> bool {
        self.kind == RecordKind::Gunicorn && self.text.starts_with("Starting gunicorn ")
    }

    /// Whether the start script announces gunicorn here.
    #[must_use]
    pub fn announces_process(&self) -> bool {
        self.kind == RecordKind::Gunicorn && self.text.starts_with("[echonet] starting gunicorn on ")
    }
}

impl LogIndex {
    /// Joins the lines of one source.
    ///
    /// A line without a prefix continues the last record of its pod and stream that can have several lines; access-log lines and the
    /// sequencer's events cannot. A record whose first line repeats the line before it, time included, was delivered twice and counts
    /// once. Total; takes time in proportion to the lines.
    #[must_use]
    pub fn new(stream: &LogStream) -> Self {
        let mut records: Vec<LogRecord> = Vec::new();
        // By pod and stream, the record that a line without a prefix continues.
        let mut open: BTreeMap<(&str, Stream), usize> = BTreeMap::new();
        let mut before = None;
        for (first_line, line) in stream.lines.iter().enumerate() {
            let previous = before.replace(line);
            let key = (line.pod.as_str(), line.stream);
            let number = records.len();
            let Some(start) = Start::read(&line.text) else {
                let begins = is_panic(&line.text) || [THREAD_ENDED, TASK_ENDED].iter().any(|it| line.text.starts_with(it));
                match open.get(&key).and_then(|it| records.get_mut(*it)).filter(|_| !begins) {
                    Some(record) => {
                        record.text.push('\n');
                        record.text.push_str(&line.text);
                        record.lines += 1;
                    }
                    None => {
                        open.insert(key, number);
                        records.push(Start::other(&line.text).record(number, first_line, line));
                    }
                }
                continue;
            };
            // The platform may deliver an entry twice; two equal records of one moment would otherwise look like two events.
            if line.at.is_some() && previous == Some(line) {
                continue;
            }
            match start.continuation {
                Continuation::Mine => drop(open.insert(key, number)),
                Continuation::Nobodys => drop(open.remove(&key)),
                Continuation::ThePrevious => {}
            }
            records.push(start.record(number, first_line, line));
        }
        Self { records }
    }

    /// The levels that occur, with how many records have each. A source without `debug` was probably filtered.
    #[must_use]
    pub fn levels(&self) -> BTreeMap<Level, usize> {
        let mut levels = BTreeMap::new();
        for level in self.records.iter().filter_map(|it| it.level) {
            *levels.entry(level).or_default() += 1;
        }
        levels
    }
}

/// A line that begins a record.
struct Start<'a> {
    kind: RecordKind,
    level: Option<Level>,
    logger: Option<Cow<'a, str>>,
    height: Option<u64>,
    text: Cow<'a, str>,
    /// The time that the line itself states.
    at: Option<Timestamp>,
    continuation: Continuation,
}

/// Whose record a line without a prefix continues, if it follows.
#[derive(Clone, Copy)]
enum Continuation {
    Mine,
    ThePrevious,
    Nobodys,
}

impl<'a> Start<'a> {
    fn read(line: &'a str) -> Option<Self> {
        match line.as_bytes().first()? {
            b'[' => Self::echonet(line).or_else(|| Self::gunicorn(line)).or_else(|| Self::script(line)),
            b'{' => Self::sequencer(line),
            _ => Self::access_log(line),
        }
    }

    fn other(line: impl Into<Cow<'a, str>>) -> Self {
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
        if process.is_empty() || !process.bytes().all(|it| it.is_ascii_digit()) {
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
        let is_access = who.split(' ').count() == 3 && (request.contains(" HTTP/") || request == "-");
        let at = || {
            let (date, rest) = time.split_once(':')?;
            let (clock, offset) = rest.split_once(' ')?;
            let mut date = date.split('/');
            let (day, month, year) = (date.next()?, date.next()?, date.next()?);
            let month = MONTHS.iter().position(|it| *it == month)? + 1;
            moment(&format!("{year}-{month:02}-{day}"), clock, offset)
        };
        let continuation = Continuation::ThePrevious;
        is_access.then(|| Self { kind: RecordKind::AccessLog, at: at(), continuation, ..Self::other(line) })
    }

    fn sequencer(line: &'a str) -> Option<Self> {
        let event: Event<'_> = serde_json::from_str(line).ok()?;
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

    fn record(self, number: usize, first_line: usize, line: &LogLine) -> LogRecord {
        LogRecord {
            number,
            first_line,
            lines: 1,
            at: line.at.or(self.at),
            stream: line.stream,
            pod: line.pod.clone(),
            level: self.level,
            logger: self.logger.map(Cow::into_owned),
            height: self.height,
            kind: self.kind,
            text: self.text.into_owned(),
        }
    }
}

/// What is read of the sequencer's events (`crates/apollo_infra/src/trace_util.rs`).
#[derive(Deserialize)]
struct Event<'a> {
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
    let text = || value.as_str()?.trim_start_matches("BlockNumber(").trim_end_matches(')').parse().ok();
    value.as_u64().or_else(text)
}

/// How Python begins to say that a thread ended; nothing that was logged before belongs to it.
const THREAD_ENDED: &str = "Exception in thread ";

/// What asyncio says in the end of a task that nobody waits for; its logger has no form of its own.
pub(super) const TASK_ENDED: &str = "Task exception was never retrieved";

/// Whether the line begins what a Rust program says when a thread of it panics.
pub(super) fn is_panic(line: &str) -> bool {
    line.starts_with("thread '") && line.contains(" panicked at ")
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The moment of a date `2026-11-22`, a time of day `08:29:13` and an offset `+0000`.
fn moment(date: &str, clock: &str, offset: &str) -> Option<Timestamp> {
    let (hours, minutes) = offset.split_at_checked(3)?;
    format!("{date}T{clock}{hours}:{minutes}").parse().ok()
}

#[cfg(test)]
mod tests;
