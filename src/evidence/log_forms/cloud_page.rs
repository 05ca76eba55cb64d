//! Entries of Cloud Logging as one JSON document: `gcloud logging read --format=json`, the Logs Explorer's download, a page of `entries:list`.

use serde::Deserialize;

use super::cloud_entry::{self, CloudEntry};
use super::form::{Form, LogDocument, ReadingMethod, Sight};
use super::not_a_log::{FirstLine, NotALog};

/// The form.
pub(super) const FORM: Form = Form { words: "Cloud Logging entries (one JSON document)", reads: ReadingMethod::Document { is_it, read } };

fn is_it(sight: &Sight<'_>) -> bool {
    let after_bracket = sight.body.trim_start().strip_prefix('[').map(str::trim_start);
    after_bracket.map_or_else(|| sight.has_any(&["entries"]), |it| it.starts_with(['{', ']']))
}

fn read(body: &str) -> Result<LogDocument<'_>, NotALog> {
    let first = || FirstLine::from_text(body);
    let page = page(body).map_err(|err| NotALog::Json { what: format!("not the expected JSON: {err}"), first: first() })?;
    let entries = page.entries.ok_or_else(|| NotALog::Json { what: "`entries` is missing".to_owned(), first: first() })?;
    if !entries.is_empty() && !entries.iter().any(CloudEntry::is_one) {
        return Err(NotALog::Json { what: "a list of something else than log entries".to_owned(), first: first() });
    }
    Ok(LogDocument { more_pages: page.next_page_token.is_some_and(|it| !it.is_empty()), ..cloud_entry::document(entries) })
}

/// Reads a page that `entries:list` was asked for and answered: one without `entries` has none.
///
/// # Errors
/// When it is no page.
pub(super) fn answered(body: &str) -> Result<LogDocument<'_>, serde_json::Error> {
    let page = page(body)?;
    let more_pages = page.next_page_token.is_some_and(|it| !it.is_empty());
    Ok(LogDocument { more_pages, ..cloud_entry::document(page.entries.unwrap_or_default()) })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPage {
    #[serde(default)]
    entries: Option<Vec<CloudEntry>>,
    #[serde(default)]
    next_page_token: Option<String>,
}

fn page(body: &str) -> Result<RawPage, serde_json::Error> {
    match body.trim_start().starts_with('[') {
        true => Ok(RawPage { entries: Some(serde_json::from_str(body)?), next_page_token: None }),
        false => serde_json::from_str(body),
    }
}
