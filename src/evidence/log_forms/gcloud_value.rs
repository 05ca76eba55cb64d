//! `gcloud logging read --format='value(timestamp,jsonPayload.message,textPayload)'`: columns between tabs.
//!
//! An entry has one of the two texts, so one column is empty. A text of several lines is printed as it is, over several lines. Of what the
//! sequencer says there is the message alone.

use std::borrow::Cow;

use super::begins::LineStart;
use super::form::{Form, ReadingMethod, SavedLine, TextKind, time_and_rest};

/// The form.
pub(super) const FORM: Form = Form { words: "gcloud's columns between tabs (value)", reads: ReadingMethod::Lines(frame) };

/// What Cloud Logging calls how serious an entry is, where somebody asked for that column too.
const SEVERITIES: [&str; 9] = ["DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"];

fn frame(line: &str) -> Option<SavedLine<'_>> {
    let (at, rest) = time_and_rest(line, '\t')?;
    let line = |text, kind| Some(SavedLine { at: Some(at), kind, ..SavedLine::plain(text) });
    if let Some(text) = rest.strip_prefix('\t') {
        return line(text, TextKind::Printed);
    }
    if let Some(message) = rest.strip_suffix('\t') {
        return line(message, TextKind::Message);
    }
    match rest.split_once('\t') {
        Some((column, text)) if SEVERITIES.contains(&column) || LineStart::parse(text).is_some() => {
            line(text.strip_prefix('\t').unwrap_or(text), TextKind::Printed)
        }
        Some(_) => line(rest, TextKind::Message),
        None => line(rest, TextKind::Opening),
    }
}

/// The event that a message alone makes, as the sequencer would have written it.
pub(super) fn event(message: &str) -> Cow<'static, str> {
    let alone = crate::evidence::record_start::MessageAlone { message: Cow::Borrowed(message) };
    Cow::Owned(serde_json::to_string(&alone).unwrap_or_default())
}
