//! Log lines of one source, as they were written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ParseError, Timestamp, parse_json};

/// The lines of one source in the order of time (of the file, where lines carry no time).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogStream {
    /// Lines without their line ends. Records of several lines are several lines here; the log index joins them.
    pub lines: Vec<LogLine>,
}

/// One line.
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
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pod: String,
    /// Its text, after redaction.
    pub text: String,
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

fn is_unknown(stream: &Stream) -> bool {
    *stream == Stream::Unknown
}

/// Reads a container's output as text.
#[must_use]
pub fn parse_text(body: &str) -> LogStream {
    let line = |text: &str| LogLine { at: None, stream: Stream::Unknown, pod: String::new(), text: text.to_owned() };
    LogStream { lines: body.lines().map(line).collect() }
}

/// Entries of Cloud Logging, split by the container that wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CloudEntries {
    /// Lines of the container `echonet`.
    pub echonet: LogStream,
    /// Lines of the containers whose names start with `sequencer`.
    pub sequencer: LogStream,
    /// Whether the answer named a further page that is not here.
    pub more_pages: bool,
    /// Entries of other containers, or without text.
    pub passed_over: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    entries: Vec<Entry>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(default)]
    log_name: String,
    #[serde(default)]
    text_payload: Option<String>,
    // The sequencer's lines are JSON objects of its own; rules look at them as text.
    #[serde(default)]
    json_payload: Option<Value>,
    timestamp: Timestamp,
    #[serde(default)]
    resource: Resource,
}

#[derive(Deserialize, Default)]
struct Resource {
    #[serde(default)]
    labels: Labels,
}

#[derive(Deserialize, Default)]
struct Labels {
    #[serde(default)]
    container_name: String,
    #[serde(default)]
    pod_name: String,
}

/// Reads the body of `entries:list`, or the bare list that `gcloud logging read --format=json` prints (newest first or not).
///
/// # Errors
/// When the body is neither.
pub fn parse_cloud_entries(body: &str) -> Result<CloudEntries, ParseError> {
    let page =
        if body.trim_start().starts_with('[') { Page { entries: parse_json(body)?, next_page_token: None } } else { parse_json(body)? };
    let mut entries = page.entries;
    // A stable sort keeps the order of entries that share a time, unless the list runs backwards.
    if let (Some(first), Some(last)) = (entries.first(), entries.last())
        && first.timestamp > last.timestamp
    {
        entries.reverse();
    }
    entries.sort_by_key(|it| it.timestamp);
    let mut read = CloudEntries { more_pages: page.next_page_token.is_some_and(|it| !it.is_empty()), ..CloudEntries::default() };
    for entry in entries {
        let stream = match entry.log_name.rsplit(['/', '%']).next() {
            Some(name) if name.ends_with("stdout") => Stream::Stdout,
            Some(name) if name.ends_with("stderr") => Stream::Stderr,
            _ => Stream::Unknown,
        };
        let text = match (entry.text_payload, entry.json_payload) {
            (Some(text), _) => text,
            (None, Some(json)) => json.to_string(),
            (None, None) => {
                read.passed_over += 1;
                continue;
            }
        };
        let container = entry.resource.labels.container_name.as_str();
        let target = if container == "echonet" {
            &mut read.echonet
        } else if container.starts_with("sequencer") {
            &mut read.sequencer
        } else {
            read.passed_over += 1;
            continue;
        };
        for text in text.lines() {
            target.lines.push(LogLine {
                at: Some(entry.timestamp),
                stream,
                pod: entry.resource.labels.pod_name.clone(),
                text: text.to_owned(),
            });
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(second: u32, container: &str, stream: &str, text: &str) -> String {
        format!(
            r#"{{"logName":"projects/p/logs/{stream}","textPayload":"{text}","timestamp":"2026-01-02T03:04:{second:02}Z","severity":"INFO","resource":{{"labels":{{"container_name":"{container}","pod_name":"p"}}}}}}"#
        )
    }

    #[test]
    fn a_list_with_the_newest_first_is_turned_round() {
        let body = format!(
            "[{},{},{}]",
            entry(9, "echonet", "stdout", "c"),
            entry(5, "echonet", "stderr", "b"),
            entry(5, "echonet", "stdout", "a")
        );
        let texts: Vec<_> = parse_cloud_entries(&body).expect("entries").echonet.lines.into_iter().map(|it| (it.text, it.stream)).collect();
        assert_eq!(texts, [("a".to_owned(), Stream::Stdout), ("b".to_owned(), Stream::Stderr), ("c".to_owned(), Stream::Stdout)]);
    }

    #[test]
    fn containers_are_told_apart_and_a_further_page_is_noticed() {
        let body = format!(
            r#"{{"entries":[{},{},{}],"nextPageToken":"x"}}"#,
            entry(1, "echonet", "stdout", "e"),
            entry(2, "sequencer-node", "stdout", "s"),
            entry(3, "extract-echonet-src", "stdout", "i")
        );
        let read = parse_cloud_entries(&body).expect("entries");
        assert_eq!((read.echonet.lines.len(), read.sequencer.lines.len(), read.passed_over, read.more_pages), (1, 1, 1, true));
    }
}
