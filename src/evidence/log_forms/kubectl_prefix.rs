//! `kubectl logs --prefix`, with `--timestamps` or without: `[pod/NAME/CONTAINER] line`.

use std::borrow::Cow;

use super::form::{Form, ReadingMethod, SavedLine, word_and_rest};

/// The form.
pub(super) const FORM: Form = Form { words: "kubectl logs --prefix", reads: ReadingMethod::Lines(frame) };

fn frame(line: &str) -> Option<SavedLine<'_>> {
    let (before, text) = word_and_rest(line).or_else(|| line.ends_with(']').then_some((line, "")))?;
    let (pod, container) = before.strip_prefix("[pod/")?.strip_suffix(']')?.split_once('/')?;
    let line = SavedLine { pod: Cow::Borrowed(pod), container: Cow::Borrowed(container), ..SavedLine::plain(text) };
    Some(line.with_time_of_tool())
}
