//! Log lines of one source, as they were written.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ParseError, Timestamp, parse_json};

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

/// The namespaces that Echonet says it runs in, in the order of its lines.
pub fn stated_namespaces(lines: &[LogLine]) -> impl Iterator<Item = &str> {
    const STATED: &str = "[INFO] [echonet.sequencer_manager] Auto-detected namespace: ";
    lines.iter().filter_map(|it| it.text.strip_prefix(STATED)?.split_whitespace().next())
}

/// Reads a container's output that somebody saved.
///
/// # Errors
/// When it is no log: nothing, a page of a web server, or a JSON document.
pub fn parse_output(body: &str) -> Result<LogStream, ParseError> {
    let text = body.trim();
    if text.is_empty() {
        return Err(ParseError::new("there is no line in it"));
    }
    if text.starts_with('<') {
        return Err(ParseError::new("it is an HTML page, not a log"));
    }
    if serde_json::from_str::<IgnoredAny>(text).is_ok() {
        return Err(ParseError::new("it is a JSON document, not a log"));
    }
    Ok(parse_text(body))
}

/// Takes a text apart into lines. Where every line begins with a time, as `kubectl logs --timestamps` and `gcloud logging read
/// --format=value(..)` print it, the lines come in the order of time.
#[must_use]
pub fn parse_text(body: &str) -> LogStream {
    let plain = |text: &str| LogLine { at: None, stream: Stream::Unknown, pod: String::new(), text: text.to_owned() };
    let lines = timed(body).unwrap_or_else(|| body.lines().map(plain).collect());
    LogStream { namespace: None, lines }
}

/// The lines in the order of time; none unless every line begins with one.
fn timed(body: &str) -> Option<Vec<LogLine>> {
    let one = |line: &str| {
        let (time, text) = line.split_once([' ', '\t'])?;
        let at: Timestamp = time.parse().ok()?;
        Some(LogLine { at: Some(at), stream: Stream::Unknown, pod: String::new(), text: text.trim_start_matches('\t').to_owned() })
    };
    let lines: Option<Vec<LogLine>> = body.lines().filter(|it| !it.trim().is_empty()).map(one).collect();
    let mut lines = lines?;
    in_order(&mut lines, |it| it.at);
    Some(lines)
}

/// Sorts by time. A stable sort keeps the order of what shares a time, unless the list runs backwards.
fn in_order<T, K: Ord>(list: &mut [T], time: impl Fn(&T) -> K) {
    if let (Some(first), Some(last)) = (list.first(), list.last())
        && time(first) > time(last)
    {
        list.reverse();
    }
    list.sort_by_key(time);
}

/// Entries of Cloud Logging, split by the container that wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CloudEntries {
    /// Lines of the container `echonet` by the namespace that the entries name; under an empty name where they name none.
    pub echonet: BTreeMap<String, LogStream>,
    /// Lines of the containers whose names start with `sequencer`, likewise.
    pub sequencer: BTreeMap<String, LogStream>,
    /// Whether the answer named a further page that is not here.
    pub more_pages: bool,
    /// Entries of other containers, or without text.
    pub passed_over: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    entries: Option<Vec<Entry>>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(default)]
    log_name: String,
    #[serde(default)]
    insert_id: String,
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
    namespace_name: String,
    #[serde(default)]
    pod_name: String,
}

/// Reads the body of `entries:list`, or the bare list that `gcloud logging read --format=json` prints (newest first or not).
///
/// # Errors
/// When the body is neither. A document without `entries` is none: an empty answer says so in that way too, but so does any other document.
pub fn parse_cloud_entries(body: &str) -> Result<CloudEntries, ParseError> {
    let page = page(body)?;
    if page.entries.is_none() {
        return Err(ParseError::new("not the expected JSON: `entries` is missing"));
    }
    Ok(read(page))
}

/// Reads a page that `entries:list` was asked for and answered: one without `entries` has none.
///
/// # Errors
/// When the body is no page.
pub fn parse_cloud_page(body: &str) -> Result<CloudEntries, ParseError> {
    page(body).map(read)
}

fn page(body: &str) -> Result<Page, ParseError> {
    match body.trim_start().starts_with('[') {
        true => Ok(Page { entries: Some(parse_json(body)?), next_page_token: None }),
        false => parse_json(body),
    }
}

fn read(page: Page) -> CloudEntries {
    let mut entries = page.entries.unwrap_or_default();
    in_order(&mut entries, |it| it.timestamp);
    let mut read = CloudEntries { more_pages: page.next_page_token.is_some_and(|it| !it.is_empty()), ..CloudEntries::default() };
    let mut known = BTreeSet::new();
    for entry in entries {
        // What has one of each in common is one entry, however often it was listed.
        if !entry.insert_id.is_empty() && !known.insert((entry.timestamp, entry.log_name.clone(), entry.insert_id)) {
            continue;
        }
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
        let Labels { container_name, namespace_name, pod_name } = entry.resource.labels;
        let target = if container_name == "echonet" {
            &mut read.echonet
        } else if container_name.starts_with("sequencer") {
            &mut read.sequencer
        } else {
            read.passed_over += 1;
            continue;
        };
        let namespace = Some(namespace_name.clone()).filter(|it| !it.is_empty());
        let target = target.entry(namespace_name).or_insert_with(|| LogStream { namespace, lines: Vec::new() });
        for text in text.lines() {
            target.lines.push(LogLine { at: Some(entry.timestamp), stream, pod: pod_name.clone(), text: text.to_owned() });
        }
    }
    read
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
        let read = parse_cloud_entries(&body).expect("entries");
        let texts: Vec<_> = read.echonet.into_values().flat_map(|it| it.lines).map(|it| (it.text, it.stream)).collect();
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
        let count = |streams: &BTreeMap<String, LogStream>| streams.values().map(|it| it.lines.len()).sum::<usize>();
        assert_eq!((count(&read.echonet), count(&read.sequencer), read.passed_over, read.more_pages), (1, 1, 1, true));
    }

    #[test]
    fn an_entry_that_is_listed_twice_is_one() {
        let one = entry(1, "echonet", "stdout", "e").replacen('{', r#"{"insertId":"a","#, 1);
        let read = parse_cloud_entries(&format!("[{one},{one}]")).expect("entries");
        assert_eq!(read.echonet.values().map(|it| it.lines.len()).sum::<usize>(), 1);
    }

    #[test]
    fn what_is_no_log_is_not_read_as_one() {
        for body in ["", "\n", "<html>502</html>", "{}", "[]", "null", "0", "\"x\"", r#"{"detail":"Not Found"}"#] {
            assert!(parse_output(body).is_err(), "{body}");
        }
        for body in ["", "{}", "null", "0", r#"{"kind":"Status","status":"Failure","code":403}"#, r#"{"error":"x"}"#] {
            assert!(parse_cloud_entries(body).is_err(), "{body}");
        }
        assert_eq!(parse_cloud_page("{}"), Ok(CloudEntries::default()));
    }

    #[test]
    fn lines_that_all_have_a_time_come_in_its_order() {
        let texts = |body: &str| parse_text(body).lines.into_iter().map(|it| it.text).collect::<Vec<_>>();
        assert_eq!(texts("2026-01-02T03:04:06Z\t\tb\n2026-01-02T03:04:05Z\t\ta\n"), ["a", "b"]);
        assert_eq!(texts("2026-01-02T03:04:05Z   File\n"), ["  File"]);
        assert_eq!(texts("2026-01-02T03:04:06Z b\na\n"), ["2026-01-02T03:04:06Z b", "a"]);
    }
}
