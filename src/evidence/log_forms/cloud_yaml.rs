//! Entries of Cloud Logging as `gcloud logging read --format=yaml` prints them: a document each, between lines `---`.

use super::cloud_entry::{self, CloudEntry, NAMES};
use super::form::{Form, LogDocument, ReadingMethod, Sight};
use super::not_a_log::{FirstLine, NotALog};
use crate::limits::{YAML_ENTRY_BYTES, YAML_ENTRY_DEPTH, YAML_ENTRY_NODES};

/// The form.
pub(super) const FORM: Form = Form { words: "Cloud Logging entries (YAML)", reads: ReadingMethod::Document { is_it, read } };

fn is_it(sight: &Sight<'_>) -> bool {
    const NAMES_THERE: [&str; 6] = ["labels", "receiveTimestamp", "resource", "severity", "timestamp", "httpRequest"];
    let mut lines = sight.body.lines().map(str::trim_end).filter(|it| !it.is_empty());
    let first = lines.next().unwrap_or_default();
    let first = if first == "---" { lines.next().unwrap_or_default() } else { first };
    first
        .split_once(':')
        .is_some_and(|(name, rest)| (NAMES.contains(&name) || NAMES_THERE.contains(&name)) && (rest.is_empty() || rest.starts_with(' ')))
}

fn read(body: &str) -> Result<LogDocument<'_>, NotALog> {
    let mut entries: Vec<CloudEntry> = Vec::new();
    let mut damaged = 0_u64;
    let mut why = None;
    for document in documents(body).filter(|it| !it.trim().is_empty()) {
        match entry(document) {
            Ok(entry) => entries.push(entry),
            Err(err) => {
                damaged = damaged.saturating_add(1);
                why.get_or_insert(err);
            }
        }
    }
    if !entries.iter().any(CloudEntry::is_one) {
        let what = why.map_or_else(|| "no entry of it can be read".to_owned(), |it| format!("no entry of it can be read: {it}"));
        return Err(NotALog::Unreadable { form: FORM.words, what, first: FirstLine::from_text(body) });
    }
    Ok(LogDocument { damaged, ..cloud_entry::document(entries) })
}

/// Why an entry cannot be read.
#[derive(Debug, thiserror::Error)]
enum BadEntry {
    #[error("an entry has {0} bytes")]
    TooLarge(usize),
    #[error("{}", .0.to_string().lines().next().unwrap_or_default())]
    Yaml(#[from] serde_saphyr::Error),
}

fn entry(document: &str) -> Result<CloudEntry, BadEntry> {
    if YAML_ENTRY_BYTES < document.len() {
        return Err(BadEntry::TooLarge(document.len()));
    }
    // Nothing that gcloud prints refers to something else in it.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_aliases: 0, max_anchors: 0, max_nodes: YAML_ENTRY_NODES, max_depth: YAML_ENTRY_DEPTH },
    };
    Ok(serde_saphyr::from_str_with_options(document, options)?)
}

/// Takes a text apart at the lines `---`.
fn documents(body: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(body);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut from = 0_usize;
        for line in text.split_inclusive('\n') {
            if line.trim_end() == "---" {
                rest = text.get(from.saturating_add(line.len())..);
                return text.get(..from);
            }
            from = from.saturating_add(line.len());
        }
        rest = None;
        Some(text)
    })
}
