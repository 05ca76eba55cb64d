//! A look at text: at its first lines.

use std::collections::BTreeSet;

use super::Mark;
use super::glimpse::{Glimpse, LogWriter, Look, VERSION};
use crate::evidence::block::is_protocol_version;
use crate::evidence::{Program, Timestamp};
use crate::limits::BEGINNING;

/// Lines that are looked at: a document says in its first ones what it is.
const LINES: usize = 400;

/// Looks at what begins like a page for a browser.
pub(super) fn page(text: &[u8]) -> Glimpse {
    let head = text.get(..text.len().min(2048)).unwrap_or_default();
    let says = |it: &[u8]| head.windows(it.len()).any(|at| at.eq_ignore_ascii_case(it));
    let is_error = [b"error".as_slice(), b"not found", b"forbidden", b"bad request", b"unauthorized"].iter().any(|it| says(it));
    Glimpse { look: if is_error { Look::ErrorPage } else { Look::WebPage }, ..Glimpse::default() }
}

/// Looks at a text.
pub(super) fn text(bytes: &[u8]) -> Glimpse {
    let start = bytes.get(..bytes.len().min(BEGINNING)).unwrap_or_default();
    if let Some(look) = no_text(start) {
        return Glimpse { look, ..Glimpse::default() };
    }
    let mut seen = Glimpse { look: Look::Text, ..Glimpse::default() };
    let known: BTreeSet<&'static str> = Mark::all().filter_map(Mark::line).collect();
    let (mut count, mut timed, mut images) = (0_usize, 0_usize, 0_usize);
    for line in start.split(|it| *it == b'\n').map(<[u8]>::trim_ascii).filter(|it| !it.is_empty()).take(LINES) {
        count = count.saturating_add(1);
        if count == 1 && line.starts_with(b"insertId,") {
            seen.look = Look::Table;
            return seen;
        }
        seen.lines.extend(known.iter().find(|it| it.as_bytes() == line));
        if seen.at.is_none()
            && let Some(stated) = line.strip_prefix(b"timestamp: ")
        {
            seen.at = moment(stated);
        }
        images = images.saturating_add(usize::from(is_image(line)));
        let (time, rest) = without_time(line);
        timed = timed.saturating_add(usize::from(time));
        if is_echonet_line(rest) {
            seen.writer = Some(LogWriter::Of(Program::Echonet));
        }
    }
    if 0 < count && images == count && start.contains(&b'/') {
        seen.look = Look::Images;
    }
    if count == 1 && std::str::from_utf8(start.trim_ascii()).is_ok_and(is_protocol_version) {
        seen.lines.insert(VERSION);
    }
    if seen.writer.is_none() && 0 < count && count < timed.saturating_mul(2) {
        seen.writer = Some(LogWriter::Unknown);
    }
    seen
}

/// A reference to an image, such as `python:3.11-slim`, and no address of a page.
fn is_image(line: &[u8]) -> bool {
    let is_address = line.windows(3).any(|it| it == b"://");
    line.contains(&b':') && !is_address && line.iter().all(|it| it.is_ascii_alphanumeric() || b"./:_@-".contains(it))
}

/// What bytes are that are no text.
fn no_text(start: &[u8]) -> Option<Look> {
    const PICTURES: [&[u8]; 4] = [b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF"];
    const PROGRAMS: [&[u8]; 4] = [b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"];
    let begins = |all: &[&[u8]]| all.iter().any(|it| start.starts_with(it));
    let head = start.get(..start.len().min(8192)).unwrap_or_default();
    match () {
        () if begins(&PICTURES) => Some(Look::Picture),
        () if begins(&PROGRAMS) && head.contains(&0) => Some(Look::Program),
        () if head.contains(&0) || head.starts_with(b"%PDF") => Some(Look::Binary),
        () => None,
    }
}

/// Whether it is text in UTF-16, as PowerShell writes what a command prints: with its mark, or every second byte of its beginning is none.
#[must_use]
pub fn is_utf16(bytes: &[u8]) -> bool {
    const LOOKED_AT: usize = 64;
    let begin = bytes.get(..bytes.len().min(LOOKED_AT)).unwrap_or_default();
    let is_every_second = |first: usize| {
        let (texts, nulls): (Vec<_>, Vec<_>) = begin.iter().enumerate().partition(|(at, _)| at % 2 == first);
        8 <= begin.len() && texts.iter().all(|it| *it.1 != 0) && nulls.iter().all(|it| *it.1 == 0)
    };
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || is_every_second(0) || is_every_second(1)
}

/// Whether a text that begins with a bracket is a log and no JSON: `[INFO] [echonet...`, `[2026-11-22 08:38:12 +0000] [9100] ...`,
/// `[pod/echonet-...`. Of the values in a JSON list, three begin with a letter.
pub(super) fn is_bracketed_line(text: &[u8]) -> bool {
    let line = text.split(|it| *it == b'\n').next().unwrap_or_default();
    let Some(inner) = line.strip_prefix(b"[") else { return false };
    let is_value = |it: &[u8]| inner.strip_prefix(it).is_some_and(|it| !it.first().is_some_and(u8::is_ascii_alphanumeric));
    let is_word =
        inner.first().is_some_and(u8::is_ascii_alphabetic) && ![b"true".as_slice(), b"false", b"null"].iter().any(|it| is_value(it));
    // A JSON list on one line quotes lines of Echonet as well.
    is_word || inner.first().is_some_and(u8::is_ascii_digit) && is_echonet_line(line)
}

/// A line as Echonet's logger or its web server writes it.
fn is_echonet_line(line: &[u8]) -> bool {
    const LEVELS: [&[u8]; 5] = [b"[DEBUG] ", b"[INFO] ", b"[WARNING] ", b"[ERROR] ", b"[CRITICAL] "];
    const PATHS: [&[u8]; 4] = [b" /cende_recorder/", b" /echonet/", b" /feeder_gateway/", b" /l1 HTTP/"];
    let logged = LEVELS.iter().find_map(|it| line.strip_prefix(*it)).is_some_and(|it| it.starts_with(b"[echonet"));
    // `[2026-11-22 08:38:12 +0000] [9100] [INFO] Starting gunicorn`.
    let of_server = line.first() == Some(&b'[')
        && line.get(1..5).is_some_and(|it| it.iter().all(u8::is_ascii_digit))
        && line.windows(9).any(|it| it == b" +0000] [");
    let says = |it: &&[u8]| line.windows(it.len()).any(|at| at == *it);
    logged || of_server || (line.windows(6).any(|it| it == b" HTTP/") && PATHS.iter().any(says))
}

/// Whether a line begins with a time, and what follows it.
fn without_time(line: &[u8]) -> (bool, &[u8]) {
    let end = line.iter().position(|it| matches!(it, b' ' | b'\t')).unwrap_or(line.len());
    let (first, rest) = line.split_at(end);
    match moment(first) {
        Some(_) => (true, rest.trim_ascii_start()),
        None => (false, line),
    }
}

fn moment(bytes: &[u8]) -> Option<Timestamp> {
    const LONGEST: usize = 40;
    let text = std::str::from_utf8(bytes).ok().filter(|it| it.len() <= LONGEST)?;
    text.parse().ok()
}
