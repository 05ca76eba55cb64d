//! Values that stand on the lines behind their names: in a document that was printed over several lines they are of the pair, and where a
//! program begins to say something else it is over.

#![expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]

use std::ops::Range;

use super::steps::walked;
use crate::evidence::log_forms::{NextLine, next_line};

/// The most spaces between a name and its value.
pub(super) const SPACES: usize = 64;

/// Where the value of a name that ends at `name` starts: at `start`, or, where that is on a line behind, after what a tool put before both
/// lines. None if a record begins before it.
pub(super) fn value_start(text: &str, name: usize, start: usize) -> Option<usize> {
    let mut line = name;
    let mut before = 0;
    while let Some(feed) = text.get(line..start)?.find('\n') {
        line += feed + 1;
        match next_line(line_at(text, line)) {
            NextLine::Record => return None,
            NextLine::More(of_tool) => before = of_tool,
        }
    }
    // A time is a value, too.
    if before == 0 || start < line || line + before <= start || of_tool(text, name) == 0 {
        return Some(start);
    }
    let start = line + before;
    Some(start + text.bytes().skip(start).take(SPACES).take_while(|it| matches!(it, b' ' | b'\t')).count())
}

/// Whether the line that starts here begins a record.
pub(super) fn begins_record(text: &str, start: usize) -> bool {
    next_line(line_at(text, start)) == NextLine::Record
}

/// How much of the line that a place is in a tool put before it.
fn of_tool(text: &str, place: usize) -> usize {
    match next_line(line_at(text, line_start(text, place))) {
        NextLine::More(before) => before,
        // What says so stands behind what a tool puts before it.
        NextLine::Record => 1,
    }
}

/// Whether the line that begins at `next` is of the brackets that a line opened which is indented so far: it is indented further, or it
/// closes them.
pub(super) fn goes_on(text: &str, next: usize, indent: usize) -> bool {
    let line = line_at(text, next);
    let further = spaces(line);
    let closes = matches!(line.as_bytes().get(further), Some(b')' | b']' | b'}'));
    (indent < further && further < line.len()) || (indent <= further && closes)
}

/// How far the line is indented that a place is in.
pub(super) fn indent(text: &str, place: usize) -> usize {
    spaces(line_at(text, line_start(text, place)))
}

/// The lines of a block of YAML.
pub(super) fn block(text: &str, start: usize) -> Option<Range<usize>> {
    /// Of what may stand between the mark of a block and its lines: how it ends, how far it is indented, and spaces.
    const LONGEST_HEAD: usize = 16;
    let rest = text.get(start..)?;
    let is_of_head = |it: &u8| it.is_ascii_digit() || matches!(it, b'-' | b'+' | b' ' | b'\t' | b'\r');
    let head = 1 + rest.bytes().skip(1).take(LONGEST_HEAD).take_while(is_of_head).count();
    if rest.as_bytes().get(head) != Some(&b'\n') {
        return None;
    }
    indented(text, start + head + 1, 0)
}

/// What stands below a name of YAML whose line ends behind its colon.
pub(super) fn below(text: &str, name: usize, start: usize) -> Option<Range<usize>> {
    let line = line_start(text, name);
    let before = text.get(line..name)?;
    // Where a name is not the first of its line, it is one of a sentence.
    if !before.bytes().all(|it| matches!(it, b' ' | b'-')) {
        return None;
    }
    let feed = text.get(start..)?.bytes().take(SPACES).position(|it| it == b'\n')?;
    text.get(start..start + feed)?.trim().is_empty().then_some(())?;
    indented(text, start + feed + 1, before.len())
}

/// The lines from `start` on that are indented as the first of them is, further than so far.
fn indented(text: &str, start: usize, than: usize) -> Option<Range<usize>> {
    let lines = text.get(start..)?;
    let indent = lines.bytes().take_while(|it| *it == b' ').count();
    if indent <= than {
        return None;
    }
    let mut length = 0;
    for line in lines.split_inclusive('\n') {
        if line.bytes().take_while(|it| *it == b' ').count() < indent && !line.trim().is_empty() {
            break;
        }
        length += line.len();
    }
    walked(length);
    let begin = start + indent;
    Some(begin..(start + lines.get(..length)?.trim_end().len()).max(begin))
}

fn line_start(text: &str, place: usize) -> usize {
    let before = text.as_bytes().get(..place).unwrap_or_default();
    let start = memchr::memrchr(b'\n', before).map_or(0, |it| it + 1);
    walked(place - start);
    start
}

/// The line that begins here, without its end.
fn line_at(text: &str, start: usize) -> &str {
    let rest = text.get(start..).unwrap_or_default();
    let line = memchr::memchr(b'\n', rest.as_bytes()).and_then(|end| rest.get(..end)).unwrap_or(rest);
    walked(line.len());
    line
}

fn spaces(line: &str) -> usize {
    line.bytes().take_while(|it| matches!(it, b' ' | b'\t')).count()
}
