//! Log lines of one source, as they were written.

use std::collections::BTreeMap;

use super::{SharedText, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The lines of one source in the order of time (of the file, where lines carry no time).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogStream {
    /// The Kubernetes namespace that the lines come from, where the platform or a line says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Lines without their line ends. Records of several lines are several lines here; the log index joins them.
    pub lines: Vec<LogLine>,
}

/// A log line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogLine {
    /// When the platform received it; Echonet's own lines carry no time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Which stream of the container it came from.
    #[serde(default, skip_serializing_if = "is_unknown")]
    pub stream: Stream,
    /// The pod's name, where the source names it.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub pod: SharedText,
    /// Its text, after redaction.
    pub text: SharedText,
}

impl LogLine {
    /// A line of which nothing is known but its text.
    #[must_use]
    pub fn plain(text: impl Into<SharedText>) -> Self {
        Self { at: None, stream: Stream::Unknown, pod: SharedText::default(), text: text.into() }
    }
}

/// A stream of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Both streams as one, or not known.
    #[default]
    Unknown,
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

fn is_empty(text: &SharedText) -> bool {
    text.is_empty()
}

fn is_unknown(stream: &Stream) -> bool {
    *stream == Stream::Unknown
}

/// The namespaces that Echonet says it runs in, in the order of its lines.
pub(crate) fn stated_namespaces(lines: &[LogLine]) -> impl Iterator<Item = &str> {
    const STATED: &str = "[INFO] [echonet.sequencer_manager] Auto-detected namespace: ";
    lines.iter().filter_map(|it| it.text.strip_prefix(STATED)?.split_whitespace().next())
}

/// Takes a text apart into lines, as a program printed them. What somebody saved in any form is read by [`super::log_forms`].
#[must_use]
pub fn parse_text(body: &str) -> LogStream {
    let body = SharedText::from(body);
    LogStream { namespace: None, lines: body.lines().map(|it| LogLine::plain(body.part(it))).collect() }
}

/// Lines of a saved log or an answer, split by the program that wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CloudEntries {
    /// Lines of Echonet by the namespace that is stated with them; under an empty name where none is.
    pub echonet: BTreeMap<String, LogStream>,
    /// Lines of the sequencer, likewise.
    pub sequencer: BTreeMap<String, LogStream>,
    /// Whether the answer named a further page that is not here.
    pub more_pages: bool,
    /// Entries of other containers, or without text.
    pub passed_over: u64,
}
