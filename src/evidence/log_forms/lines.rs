//! Texts that are read line by line.

use std::borrow::Cow;

use super::begins::{LineStart, of_container, of_pod};
use super::form::{LogDocument, SavedLine, TextKind};
use super::{gcloud_value, k9s, stern};
use crate::evidence::Program;

/// Takes off a line what its form puts around it; none if the line is not of that form.
pub(super) type LineReader = for<'a> fn(&'a str) -> Option<SavedLine<'a>>;

/// Reads each line in the first of these forms that it has, and says how many lines have each. The last form has every line.
///
/// A file may be put together of several, so a line is looked at by itself. What could be of a form by chance counts as that only in a file
/// in which another line is of it beyond doubt.
pub(super) fn read<'a>(body: &'a str, forms: &[LineReader], named: Option<Program>) -> (LogDocument<'a>, Vec<usize>) {
    let plain = u8::try_from(forms.len().saturating_sub(1)).unwrap_or(u8::MAX);
    let mut is_seen = vec![false; forms.len()];
    let mut lines: Vec<SavedLine<'a>> = Vec::new();
    // The form of each line.
    let mut numbers: Vec<u8> = Vec::new();
    let mut undecided = Vec::new();
    for text in body.lines() {
        if let Some(begins) = LineStart::parse(text) {
            lines.push(SavedLine { begins: Some(begins), ..SavedLine::plain(text) });
            numbers.push(plain);
            continue;
        }
        if is_noise(text) {
            continue;
        }
        let mut could_be = false;
        let framed = framing(forms).find_map(|(number, frame)| {
            let mut line = frame(text)?;
            line.begins = LineStart::parse(&line.text);
            could_be = true;
            (is_seen.get(usize::from(number)) == Some(&true) || is_sure(&line, named)).then_some((number, line))
        });
        if let Some((number, _)) = &framed {
            is_seen.iter_mut().skip(usize::from(*number)).take(1).for_each(|it| *it = true);
        } else if could_be {
            undecided.push(lines.len());
        }
        let (number, line) = framed.unwrap_or_else(|| (plain, SavedLine::plain(text)));
        lines.push(line);
        numbers.push(number);
    }
    for place in undecided {
        let (Some(line), Some(number)) = (lines.get_mut(place), numbers.get_mut(place)) else { continue };
        let Cow::Borrowed(text) = line.text else { continue };
        let seen = framing(forms).filter(|(number, _)| is_seen.get(usize::from(*number)) == Some(&true));
        if let Some((form, framed)) = seen.filter_map(|(number, frame)| Some((number, frame(text)?))).next() {
            (*number, *line) = (form, framed);
        }
    }
    let mut counts = vec![0_usize; forms.len()];
    // A line that only goes on with another has no form of its own.
    for (number, _) in numbers.iter().zip(&lines).filter(|(number, line)| **number != plain || line.begins.is_some()) {
        counts.iter_mut().skip(usize::from(*number)).take(1).for_each(|it| *it = it.saturating_add(1));
    }
    let mut lines = with_whole_messages(lines, named);
    if lines.iter().any(|it| it.at.is_some()) {
        lines.iter_mut().for_each(|it| it.continues = it.at.is_none() && it.begins.is_none_or(|it| it.stated_by_event().is_none()));
    }
    (LogDocument { lines, ..LogDocument::default() }, counts)
}

/// The forms that put something around a line, with their numbers.
fn framing(forms: &[LineReader]) -> impl Iterator<Item = (u8, &LineReader)> {
    (0..).zip(forms).take(forms.len().saturating_sub(1))
}

/// What the tools say themselves between the lines.
fn is_noise(line: &str) -> bool {
    stern::is_noise(line) || k9s::is_noise(line) || line.starts_with("Defaulted container \"")
}

/// Whether the events of a program can be shown by their messages alone.
fn prints_messages_alone(program: Program) -> bool {
    match program {
        Program::Echonet => false,
        Program::Sequencer => true,
    }
}

/// Whether a line is of a form beyond doubt.
fn is_sure(line: &SavedLine<'_>, named: Option<Program>) -> bool {
    line.begins.is_some()
        || line.kind == TextKind::Message
        || (of_container(line.container()).is_some() && of_pod(line.pod()).is_some())
        || (line.kind == TextKind::Opening && named.is_some_and(prints_messages_alone))
}

/// Joins the lines of each message that was printed over several: the last ends with the tab that stands before the next column.
fn with_whole_messages(lines: Vec<SavedLine<'_>>, named: Option<Program>) -> Vec<SavedLine<'_>> {
    if lines.iter().all(|it| matches!(it.kind, TextKind::Printed | TextKind::Event)) {
        return lines;
    }
    let mut whole: Vec<SavedLine<'_>> = Vec::new();
    // Where a message may have begun, and how many lines have followed.
    let mut open: Option<usize> = None;
    for line in lines {
        let goes_on = line.at.is_none() && line.begins.is_none();
        if !goes_on {
            open = (line.kind == TextKind::Opening).then_some(whole.len());
        }
        let ends = goes_on && line.text.ends_with('\t');
        whole.push(line);
        if let Some(first) = open.filter(|_| ends) {
            let parts: Vec<Cow<'_, str>> = whole.drain(first.saturating_add(1)..).map(|it| it.text).collect();
            if let Some(message) = whole.get_mut(first) {
                let rest = parts.join("\n");
                message.text = Cow::Owned(format!("{}\n{}", message.text, rest.strip_suffix('\t').unwrap_or(&rest)));
                message.kind = TextKind::Message;
                message.begins = None;
            }
            open = None;
        }
    }
    for line in &mut whole {
        if line.kind == TextKind::Opening {
            let is_message = line.begins.is_none() && named.is_some_and(prints_messages_alone);
            line.kind = if is_message { TextKind::Message } else { TextKind::Printed };
        }
        if line.kind == TextKind::Message {
            line.text = gcloud_value::event(&line.text);
        }
    }
    whole
}
