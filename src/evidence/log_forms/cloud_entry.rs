//! An entry of Cloud Logging, whichever form it was saved in.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::form::{LineOrigin, LogDocument, SavedLine, TextKind};
use crate::evidence::Timestamp;
use crate::evidence::logs::Stream;

/// The names that tell an entry from other JSON objects.
pub(super) const NAMES: [&str; 5] = ["textPayload", "jsonPayload", "protoPayload", "logName", "insertId"];

/// What is read of an entry. A saved one may be a part of it, where only some fields were asked for.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct CloudEntry {
    #[serde(default)]
    pub(super) log_name: String,
    #[serde(default)]
    pub(super) insert_id: String,
    #[serde(default)]
    pub(super) text_payload: Option<String>,
    // The sequencer's lines are JSON objects of its own; rules look at them as text.
    #[serde(default)]
    pub(super) json_payload: Option<Value>,
    #[serde(default)]
    pub(super) timestamp: Option<Timestamp>,
    #[serde(default)]
    pub(super) resource: Resource,
}

/// The resource that wrote the entry.
#[derive(Deserialize, Default)]
pub(super) struct Resource {
    #[serde(default)]
    pub(super) labels: ContainerLabels,
}

/// The container.
#[derive(Deserialize, Default)]
pub(super) struct ContainerLabels {
    #[serde(default)]
    pub(super) container_name: String,
    #[serde(default)]
    pub(super) namespace_name: String,
    #[serde(default)]
    pub(super) pod_name: String,
}

impl CloudEntry {
    /// Whether it says anything that only an entry says.
    pub(super) fn is_one(&self) -> bool {
        self.text_payload.is_some() || self.json_payload.is_some() || !self.log_name.is_empty() || !self.insert_id.is_empty()
    }
}

/// The lines of entries, in their order. What has the time, the log and the id in common is one entry, however often it was listed.
pub(super) fn document<'a>(entries: impl IntoIterator<Item = CloudEntry>) -> LogDocument<'a> {
    let mut document = LogDocument::default();
    let mut known = BTreeSet::new();
    for mut entry in entries {
        if !entry.insert_id.is_empty() && !known.insert((entry.timestamp, entry.log_name.clone(), std::mem::take(&mut entry.insert_id))) {
            continue;
        }
        put(&mut document, entry);
    }
    document
}

fn put(document: &mut LogDocument<'_>, entry: CloudEntry) {
    let stream = match entry.log_name.rsplit(['/', '%']).next() {
        Some(name) if name.ends_with("stdout") => Stream::Stdout,
        Some(name) if name.ends_with("stderr") => Stream::Stderr,
        _ => Stream::Unknown,
    };
    let (text, kind) = match (entry.text_payload, entry.json_payload) {
        (Some(text), _) => (text, TextKind::Printed),
        (None, Some(json)) => (json.to_string(), TextKind::Event),
        (None, None) => {
            document.passed_over = document.passed_over.saturating_add(1);
            return;
        }
    };
    let ContainerLabels { container_name, namespace_name, pod_name } = entry.resource.labels;
    let origin = LineOrigin { namespace: namespace_name.into(), pod: pod_name.into(), container: container_name.into() };
    for (number, text) in text.lines().enumerate() {
        document.lines.push(SavedLine {
            at: entry.timestamp,
            stream,
            origin: Some(Box::new(origin.clone())),
            text: Cow::Owned(text.to_owned()),
            kind,
            begins: None,
            continues: 0 < number,
        });
    }
}
