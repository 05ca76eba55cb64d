//! stern's own form, with `--timestamps` or without: `POD CONTAINER line`, and the namespace before it where several were asked for.

use super::begins::of_container;
use super::form::{Form, ReadingMethod, SavedLine, word_and_rest};

/// How this form is named, recognised and read.
pub(super) const FORM: Form = Form { words: "stern", reads: ReadingMethod::Lines(frame) };

fn frame(line: &str) -> Option<SavedLine<'_>> {
    let (first, rest) = word_and_rest(line).filter(|(it, _)| is_name(it))?;
    let (second, rest) = word_and_rest(rest)?;
    let (namespace, pod, container, text) = if is_ours(second) {
        ("", first, second, rest)
    } else {
        let (third, rest) = word_and_rest(rest).filter(|_| is_name(second))?;
        (first, second, third, rest)
    };
    if !is_ours(container) || !pod.contains('-') {
        return None;
    }
    Some(SavedLine::from_origin(namespace, pod, container, without_short_time(text)).with_time_of_tool())
}

/// What stern says itself when it begins or ends to follow a container: `+ POD › CONTAINER`.
pub(super) fn is_noise(line: &str) -> bool {
    line.strip_prefix(['+', '-']).is_some_and(|it| it.starts_with(' ') && it.contains(" › "))
}

/// Whether it can be the name of an object of the cluster.
fn is_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'-' | b'.'))
}

/// Whether a container of this name is in a pod of ours.
fn is_ours(container: &str) -> bool {
    is_name(container) && (of_container(container).is_some() || ["extract-echonet-src", "sync-echonet-keys"].contains(&container))
}

/// Takes off what `--timestamps=short` prints, `01-02 15:04:05`: without a year it is no time.
fn without_short_time(text: &str) -> &str {
    const FORM: &[u8] = b"00-00 00:00:00 ";
    let is_digit_or = |(it, form): (&u8, &u8)| if *form == b'0' { it.is_ascii_digit() } else { it == form };
    match text.as_bytes().get(..FORM.len()) {
        Some(begin) if begin.iter().zip(FORM).all(is_digit_or) => text.get(FORM.len()..).unwrap_or_default(),
        _ => text,
    }
}
