//! Entries of Cloud Logging as a table: the Logs Explorer's download as CSV, `gcloud logging read --format='csv(..)'`.
//!
//! The first row names the columns: by their paths in an entry (`jsonPayload.message`), as the Logs Explorer does, or by the last name of
//! the path (`message`, `text_payload`), as gcloud does. A table has no types: a number in an event of the sequencer is a text here.

use serde_json::{Map, Value};

use super::cloud_entry::{self, CloudEntry};
use super::csv::CsvRows;
use super::form::{Form, LogDocument, ReadingMethod, Sight};
use super::not_a_log::{FirstLine, NotALog};
use crate::limits::CSV_HEADER_BYTES;

/// The form.
pub(super) const FORM: Form = Form { words: "Cloud Logging entries (CSV)", reads: ReadingMethod::Document { is_it, read } };

/// The content of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Time,
    InsertId,
    LogName,
    Text,
    /// The event of the sequencer as a whole, as JSON.
    Event,
    /// A value in it, by the names that lead to it.
    InEvent(Vec<String>),
    Container,
    Namespace,
    Pod,
    Other,
}

impl Column {
    fn named(name: &str) -> Self {
        match name.trim() {
            "timestamp" => Self::Time,
            "insertId" | "insert_id" => Self::InsertId,
            "logName" | "log_name" => Self::LogName,
            "textPayload" | "text_payload" => Self::Text,
            "jsonPayload" | "json_payload" => Self::Event,
            "resource.labels.container_name" | "container_name" => Self::Container,
            "resource.labels.namespace_name" | "namespace_name" => Self::Namespace,
            "resource.labels.pod_name" | "pod_name" => Self::Pod,
            "message" => Self::InEvent(vec!["message".to_owned()]),
            other => match other.strip_prefix("jsonPayload.") {
                Some(path) => Self::InEvent(path.split('.').map(str::to_owned).collect()),
                None => Self::Other,
            },
        }
    }

    fn has_text(&self) -> bool {
        matches!(self, Self::Text | Self::Event | Self::InEvent(_))
    }
}

/// The character between the columns, and what the columns are; none if the first line does not name what an entry has.
fn header(body: &str) -> Option<(u8, Vec<Column>)> {
    let end = body.bytes().take(CSV_HEADER_BYTES).position(|it| it == b'\n')?;
    let line = body.get(..end)?;
    [b',', b'\t', b';'].into_iter().find_map(|separator| {
        let names = CsvRows::new(line, separator).next()?;
        let columns: Vec<Column> = names.iter().map(|it| Column::named(it)).collect();
        let is_one =
            2 <= columns.len() && columns.iter().any(Column::has_text) && columns.iter().any(|it| !it.has_text() && *it != Column::Other);
        is_one.then_some((separator, columns))
    })
}

fn is_it(sight: &Sight<'_>) -> bool {
    header(sight.body.trim_start()).is_some()
}

fn read(body: &str) -> Result<LogDocument<'_>, NotALog> {
    let body = body.trim_start();
    let unreadable = |what: &str| NotALog::Unreadable { form: FORM.words, what: what.to_owned(), first: FirstLine::from_text(body) };
    let (separator, columns) = header(body).ok_or_else(|| unreadable("its first line does not name the columns"))?;
    let mut rows = CsvRows::new(body, separator);
    rows.next();
    let mut damaged = 0_u64;
    let mut entries = Vec::new();
    for row in rows.by_ref().filter(|it| it.iter().any(|it| !it.is_empty())) {
        match entry(&columns, row) {
            Some(entry) => entries.push(entry),
            None => damaged = damaged.saturating_add(1),
        }
    }
    if entries.is_empty() {
        return Err(unreadable("no row of it is an entry"));
    }
    damaged = damaged.saturating_add(rows.unclosed);
    Ok(LogDocument { damaged, ..cloud_entry::document(entries) })
}

/// None if the row has another number of fields, or a time that is none.
fn entry(columns: &[Column], row: Vec<String>) -> Option<CloudEntry> {
    if row.len() != columns.len() {
        return None;
    }
    let mut entry = CloudEntry::default();
    let mut event = Map::new();
    for (column, field) in columns.iter().zip(row).filter(|(_, field)| !field.is_empty()) {
        let labels = &mut entry.resource.labels;
        match column {
            Column::Time => entry.timestamp = Some(field.parse().ok()?),
            Column::InsertId => entry.insert_id = field,
            Column::LogName => entry.log_name = field,
            Column::Text => entry.text_payload = Some(field),
            Column::Event => entry.json_payload = Some(serde_json::from_str(&field).unwrap_or(Value::String(field))),
            Column::InEvent(path) => put(&mut event, path, field),
            Column::Container => labels.container_name = field,
            Column::Namespace => labels.namespace_name = field,
            Column::Pod => labels.pod_name = field,
            Column::Other => {}
        }
    }
    if entry.json_payload.is_none() && !event.is_empty() {
        entry.json_payload = Some(listed(Value::Object(event)));
    }
    Some(entry)
}

/// Puts a value where a path leads. What stands in its way stays.
fn put(event: &mut Map<String, Value>, path: &[String], field: String) {
    match path {
        [] => {}
        [name] => {
            let is_compound = name != "message" && field.starts_with(['[', '{']);
            let value = if is_compound { serde_json::from_str(&field).ok() } else { None };
            event.entry(name.clone()).or_insert_with(|| value.unwrap_or(Value::String(field)));
        }
        [name, rest @ ..] => {
            if let Value::Object(inner) = event.entry(name.clone()).or_insert_with(|| Value::Object(Map::new())) {
                put(inner, rest, field);
            }
        }
    }
}

/// Makes lists of what is numbered from 0 on: a column `spans.0.height` names a value in a list.
fn listed(value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let fields: Map<String, Value> = fields.into_iter().map(|(name, value)| (name, listed(value))).collect();
    let mut numbers: Vec<usize> = fields.keys().filter_map(|it| it.parse().ok()).collect();
    numbers.sort_unstable();
    if fields.is_empty() || numbers.len() != fields.len() || !numbers.iter().copied().eq(0..fields.len()) {
        return Value::Object(fields);
    }
    let mut numbered: Vec<(usize, Value)> = fields.into_iter().filter_map(|(name, value)| Some((name.parse().ok()?, value))).collect();
    numbered.sort_by_key(|it| it.0);
    Value::Array(numbered.into_iter().map(|it| it.1).collect())
}
