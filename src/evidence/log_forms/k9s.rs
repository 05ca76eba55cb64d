//! What k9s saves of its view of logs: the time if it is shown, the pod where there are several, the container where there are several.

use super::begins::{LineStart, of_container, of_pod};
use super::form::{Form, ReadingMethod, SavedLine, time_and_rest, word_and_rest};

/// How this form is named, recognised and read.
pub(super) const FORM: Form = Form { words: "k9s", reads: ReadingMethod::Lines(frame) };

fn frame(line: &str) -> Option<SavedLine<'_>> {
    let (at, rest) = time_and_rest(line, ' ').map_or((None, line), |(at, rest)| (Some(at), rest));
    let (first, after) = word_and_rest(rest)?;
    let framed = |pod, container, text| Some(SavedLine { at, ..SavedLine::from_origin("", pod, container, text) });
    if is_pod(first) {
        return match word_and_rest(after) {
            Some((second, text)) if of_container(second).is_some() => framed(first, second, text),
            _ => framed(first, "", after),
        };
    }
    // A container alone could be a word of a traceback.
    if of_container(first).is_some() && LineStart::parse(after).is_some() { framed("", first, after) } else { None }
}

/// What k9s says itself in its view.
pub(super) fn is_noise(line: &str) -> bool {
    line.contains("Stream exited! No more logs...") || line == "Waiting for logs..."
}

/// Whether it is the name of a pod of ours: of a deployment (`echonet-6c9f7d-x2x4z`) or of a stateful set (`sequencer-node-statefulset-0`).
fn is_pod(word: &str) -> bool {
    let is_letter = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    let Some((_, last)) = word.rsplit_once('-').filter(|_| of_pod(word).is_some() && word.bytes().all(is_letter)) else { return false };
    let is_number = !last.is_empty() && last.bytes().all(|it| it.is_ascii_digit());
    is_number || last.len() == 5
}
