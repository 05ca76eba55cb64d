//! Log lines joined into records.
//!
//! Every source delivers single lines, while Echonet logs tracebacks and whole reports as one message. The severity of the platform says
//! only which stream a line came from, so the level is read from the line itself.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use crate::evidence::level::Level;
use crate::evidence::logs::{LogLine, Stream};
pub(crate) use crate::evidence::record_start::RecordKind;
use crate::evidence::record_start::{Continuation, Start};
pub(super) use crate::evidence::record_start::{TASK_ENDED, THREAD_ENDED, is_panic};
use crate::evidence::{LogStream, SharedText, Timestamp};

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
    pub pod: SharedText,
    /// How serious its author found it.
    pub level: Option<Level>,
    /// Who wrote it: the whole name of Echonet's logger (`echonet.l1_client`), or the sequencer's source file.
    pub logger: Option<SharedText>,
    /// The height that one of the sequencer's spans names beside the message.
    pub height: Option<u64>,
    /// Kind of the record.
    pub kind: RecordKind,
    /// The message without its prefix, lines joined by line feeds. Of a sequencer's event the message and, if that has an error beside it,
    /// a further line `error: ..`; of an access-log line all of it.
    pub text: SharedText,
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
    #[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
    pub fn new(stream: &LogStream) -> Self {
        let mut records: Vec<LogRecord> = Vec::new();
        // By pod and stream, the record that a line without a prefix continues.
        let mut open: BTreeMap<(&str, Stream), usize> = BTreeMap::new();
        // By record, the lines that continue it.
        let mut further: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        let mut before = None;
        for (first_line, line) in stream.lines.iter().enumerate() {
            let previous = before.replace(line);
            let key = (line.pod.as_str(), line.stream);
            let number = records.len();
            let Some(start) = Start::read(&line.text) else {
                let begins = is_panic(&line.text) || [THREAD_ENDED, TASK_ENDED].iter().any(|it| line.text.starts_with(it));
                match open.get(&key).copied().filter(|_| !begins) {
                    Some(number) => further.entry(number).or_default().push(&line.text),
                    None => {
                        open.insert(key, number);
                        records.push(LogRecord::begun(Start::other(line.text.as_str()), number, first_line, line));
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
            records.push(LogRecord::begun(start, number, first_line, line));
        }
        for (number, lines) in further {
            let Some(record) = records.get_mut(number) else { continue };
            record.lines += lines.len();
            record.text = [record.text.as_str()].into_iter().chain(lines).collect::<Vec<_>>().join("\n").into();
        }
        Self { records }
    }

    /// The levels that occur, with how many records have each. A source without `debug` was probably filtered.
    #[must_use]
    #[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
    pub fn levels(&self) -> BTreeMap<Level, usize> {
        let mut levels = BTreeMap::new();
        for level in self.records.iter().filter_map(|it| it.level) {
            *levels.entry(level).or_default() += 1;
        }
        levels
    }
}

impl LogRecord {
    /// The record that a line begins.
    fn begun(start: Start<'_>, number: usize, first_line: usize, line: &LogLine) -> Self {
        Self {
            number,
            first_line,
            lines: 1,
            at: line.at.or(start.at),
            stream: line.stream,
            pod: line.pod.clone(),
            level: start.level,
            logger: start.logger.map(|it| line.text.part_or_own(it)),
            height: start.height,
            kind: start.kind,
            text: line.text.part_or_own(start.text),
        }
    }
}

#[cfg(test)]
mod tests;
