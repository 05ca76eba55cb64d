//! Entries of Cloud Logging one after another: JSON lines, a sink's files, `jq '.[]'`.

use super::cloud_entry::{self, CloudEntry, NAMES};
use super::form::{Form, LogDocument, ReadingMethod, Sight};
use super::json_stream;
use super::not_a_log::{FirstLine, NotALog};

/// The form.
pub(super) const FORM: Form = Form { words: "Cloud Logging entries (JSON lines)", reads: ReadingMethod::Document { is_it, read } };

fn is_it(sight: &Sight<'_>) -> bool {
    sight.has_any(&NAMES)
}

fn read(body: &str) -> Result<LogDocument<'_>, NotALog> {
    let mut entries: Vec<CloudEntry> = Vec::new();
    let damaged = json_stream::each(body, |_| false, |it| entries.push(it));
    if !entries.iter().any(CloudEntry::is_one) {
        return Err(NotALog::Unreadable {
            form: FORM.words,
            what: "no entry of it can be read".to_owned(),
            first: FirstLine::from_text(body),
        });
    }
    Ok(LogDocument { damaged, ..cloud_entry::document(entries) })
}
