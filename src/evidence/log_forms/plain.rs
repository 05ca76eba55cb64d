//! `kubectl logs`, and whatever else holds the lines as the programs printed them.

use super::form::{Form, ReadingMethod, SavedLine};

/// The form.
pub(super) const FORM: Form = Form { words: "plain lines (kubectl logs)", reads: ReadingMethod::Lines(frame) };

#[expect(clippy::unnecessary_wraps, reason = "every form of lines is one such function")]
fn frame(line: &str) -> Option<SavedLine<'_>> {
    Some(SavedLine::plain(line))
}
