//! `kubectl logs --timestamps`: a time, a space, the line.

use super::form::{Form, ReadingMethod, SavedLine, time_and_rest};

/// The form.
pub(super) const FORM: Form = Form { words: "kubectl logs --timestamps", reads: ReadingMethod::Lines(frame) };

fn frame(line: &str) -> Option<SavedLine<'_>> {
    let (at, text) = time_and_rest(line, ' ')?;
    Some(SavedLine { at: Some(at), ..SavedLine::plain(text) })
}
