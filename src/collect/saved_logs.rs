//! Logs that somebody saved under any name and in any form: whose lines they are is told by what they say.

use std::collections::BTreeMap;

use super::Body;
use super::log_order::{Order, in_order, without_copies};
use crate::evidence::logs::{self, CloudEntries, LogLine, LogStream, Stream};
use crate::evidence::sources::Glimpse;
use crate::evidence::sources::glimpse::{Extent as Seen, Writer};
use crate::evidence::{Coverage, Extent, Observed, ParseError, Provenance, Request, Timestamp};

/// A file with a log.
#[derive(Debug, Clone)]
pub struct SavedLogFile {
    log: SavedLog,
    /// Without its text.
    body: Body,
}

/// What a saved log says.
#[derive(Debug, Clone)]
struct SavedLog {
    form: LogForm,
    entries: CloudEntries,
    /// Lines of which nothing could be made.
    unrecognised: u64,
}

/// The form of a saved log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogForm {
    /// Entries of Cloud Logging, which carry times and say whose they are.
    Entries,
    /// Lines of text, or of the sequencer's own JSON.
    Lines,
}

/// Reads a saved log.
///
/// # Errors
/// When it is none that can be read.
pub(super) fn read_saved(path: &str, body: Body) -> Result<SavedLogFile, ParseError> {
    let log = read(path, &body.text)?;
    Ok(SavedLogFile { log, body: Body { text: String::new(), ..body } })
}

fn read(path: &str, text: &str) -> Result<SavedLog, ParseError> {
    let begins_like_json = text.trim_start().starts_with(['{', '[']);
    let writer = Glimpse::of(text.as_bytes(), Seen::Whole).writer;
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    if text.starts_with("insertId,") {
        return Err(ParseError::new("it is a table of log entries: save it as JSON"));
    }
    if begins_like_json && writer.is_none() {
        if let Ok(entries) = logs::parse_cloud_entries(text) {
            return Ok(SavedLog { form: LogForm::Entries, entries, unrecognised: 0 });
        }
        let objects: Vec<&str> = text.lines().filter(|it| !it.trim().is_empty()).collect();
        let entries = logs::parse_cloud_entries(&format!("[{}]", objects.join(",")))?;
        return Ok(SavedLog { form: LogForm::Entries, entries, unrecognised: 0 });
    }
    if writer == Some(Writer::Sequencer) {
        let stream = LogStream { namespace: None, lines: text.lines().filter(|it| !it.trim().is_empty()).map(json_line).collect() };
        return Ok(SavedLog { form: LogForm::Lines, entries: of_sequencer(stream), unrecognised: 0 });
    }
    let stream = logs::parse_output(text)?;
    let entries = match writer {
        Some(Writer::Echonet) => CloudEntries { echonet: BTreeMap::from([(String::new(), stream)]), ..CloudEntries::default() },
        _ if name.contains("sequencer") => of_sequencer(stream),
        _ => return Err(ParseError::new("whose log it is cannot be told: put `echonet` or `sequencer` into its name")),
    };
    Ok(SavedLog { form: LogForm::Lines, entries, unrecognised: 0 })
}

fn of_sequencer(stream: LogStream) -> CloudEntries {
    CloudEntries { sequencer: BTreeMap::from([(String::new(), stream)]), ..CloudEntries::default() }
}

/// A line of the sequencer's own JSON.
fn json_line(line: &str) -> LogLine {
    #[derive(serde::Deserialize)]
    struct Stamped {
        timestamp: Option<Timestamp>,
    }
    let at = serde_json::from_str::<Stamped>(line).ok().and_then(|it| it.timestamp);
    LogLine { at, stream: Stream::Unknown, pod: String::new(), text: line.to_owned() }
}

impl SavedLogFile {
    /// What was read of it.
    pub(super) fn what(&self) -> String {
        let count = |streams: &BTreeMap<String, LogStream>| streams.values().map(|it| it.lines.len()).sum::<usize>();
        match (count(&self.log.entries.echonet), count(&self.log.entries.sequencer)) {
            (_, 0) => "Echonet's log".to_owned(),
            (0, _) => "the sequencer's log".to_owned(),
            _ => "the logs of Echonet and of the sequencer".to_owned(),
        }
    }
}

/// All logs of a form as one; none if there is none.
pub(super) fn merged(files: &[SavedLogFile], form: LogForm) -> Option<Observed<CloudEntries>> {
    let mut files = files.iter().filter(|it| it.log.form == form);
    let first = files.next()?;
    let mut entries = first.log.entries.clone();
    let mut coverage = Coverage { extent: Extent::Complete, redacted: first.body.redacted };
    let mut gaps: Vec<String> = first.body.partial.iter().cloned().collect();
    let mut unrecognised = first.log.unrecognised;
    let asked = match form {
        LogForm::Entries => Request::CloudLogEntries,
        LogForm::Lines => Request::EchonetOutput,
    };
    let mut source =
        Provenance { asked: asked.to_string(), at: None, took_ms: None, bytes: first.body.bytes, sha256: first.body.sha256.clone() };
    let mut count = 1;
    for file in files {
        count += 1;
        add(&mut entries.echonet, &file.log.entries.echonet);
        add(&mut entries.sequencer, &file.log.entries.sequencer);
        entries.more_pages |= file.log.entries.more_pages;
        entries.passed_over += file.log.entries.passed_over;
        coverage.redacted += file.body.redacted;
        gaps.extend(file.body.partial.iter().cloned());
        unrecognised += file.log.unrecognised;
        source.bytes += file.body.bytes;
        source.sha256 = String::new();
    }
    if 0 < unrecognised {
        gaps.push(format!("{unrecognised} lines could not be read"));
    }
    for stream in entries.echonet.values_mut().chain(entries.sequencer.values_mut()) {
        gaps.extend(settled(stream, form, count));
    }
    if form == LogForm::Lines && entries.sequencer.values().flat_map(|it| &it.lines).any(|it| !it.text.starts_with('{')) {
        gaps.push("lines of the sequencer are messages alone, without level and place".to_owned());
    }
    gaps.dedup();
    if !gaps.is_empty() {
        coverage.extent = Extent::Partial(gaps.join("; "));
    }
    Some(Observed { value: entries, coverage, source })
}

fn add(streams: &mut BTreeMap<String, LogStream>, more: &BTreeMap<String, LogStream>) {
    for (namespace, stream) in more {
        let kept = streams.entry(namespace.clone()).or_default();
        kept.lines.extend(stream.lines.iter().cloned());
        kept.namespace = kept.namespace.clone().or_else(|| stream.namespace.clone());
    }
}

/// Brings lines into order, and says why they may not be all.
fn settled(stream: &mut LogStream, form: LogForm, files: usize) -> Option<String> {
    let lines = &mut stream.lines;
    if lines.iter().all(|it| it.at.is_some()) {
        lines.sort_by_key(|it| it.at);
        if 1 < files {
            lines.dedup();
        }
        return None;
    }
    if form == LogForm::Entries {
        return None;
    }
    let order = in_order(lines);
    let twice = without_copies(lines);
    match (order, twice) {
        (Order::Mixed, _) => Some("the times that its lines state are not in order".to_owned()),
        (_, 0) if 1 < files => Some("it is put together from files whose lines carry no time".to_owned()),
        (_, 0) => None,
        (_, twice) => Some(format!("{twice} lines that were there already, in the same order, are left out")),
    }
}
