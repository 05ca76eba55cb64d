//! `kubectl logs --prefix`, with `--timestamps` or without: `[pod/NAME/CONTAINER] line`.

use super::form::{Form, ReadingMethod, SavedLine, word_and_rest};

/// How this form is named, recognised and read.
pub(super) const FORM: Form = Form { words: "kubectl logs --prefix", reads: ReadingMethod::Lines(frame) };

fn frame(line: &str) -> Option<SavedLine<'_>> {
    let (before, text) = word_and_rest(line).or_else(|| line.ends_with(']').then_some((line, "")))?;
    let (pod, container) = before.strip_prefix("[pod/")?.strip_suffix(']')?.split_once('/')?;
    Some(SavedLine::from_origin("", pod, container, text).with_time_of_tool())
}
