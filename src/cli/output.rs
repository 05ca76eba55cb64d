//! Where a command writes: data to standard output or a file, messages to standard error.
//!
//! Invariant: if data is lost, the exit code says so; if a message is lost, nothing else fails. Text from elsewhere never controls the
//! terminal.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use miette::{GraphicalReportHandler, GraphicalTheme, Report};
use terminal_size::terminal_size_of;

use super::Failure;
use super::shown::Shown;
use crate::investigate;
use crate::render::{Options, visible};

/// Standard output that takes no more.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("cannot write to standard output")]
#[diagnostic(code(whysync::output::standard), help("what was printed before is not whole: see whether the disk behind it is full"))]
pub(super) struct OutputError {
    /// The operating system's error.
    source: io::Error,
}

/// Writes data to a file, whole or not at all, or to standard output.
pub(super) fn write_output(text: &str, file: Option<&Path>) -> Result<(), Failure> {
    match file {
        Some(path) => Ok(investigate::write(path, text.as_bytes())?),
        None => {
            investigate::check_output("standard output", text)?;
            print(|out| out.write_all(text.as_bytes()))
        }
    }
}

/// Writes a page for people to standard output; nothing in it acts on a terminal.
pub(super) fn write_page(text: &str) -> Result<(), Failure> {
    write_output(&visible_lines(text), None)
}

/// Fills standard output. A reader that closes the pipe early has what it wanted.
pub(super) fn print(fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match fill(&mut out).and_then(|()| out.flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => Err(OutputError { source }.into()),
        _ => Ok(()),
    }
}

/// Says a line on standard error. Whoever closed that wants no words, and what was asked for is done all the same.
pub(super) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", visible(line));
}

/// Writes a report to standard error; colour and box lines only for a terminal that wants them.
pub(super) fn print_report(report: &Report) {
    let plain = std::env::var_os("NO_COLOR").is_some() || !io::stderr().is_terminal();
    let theme = if plain { GraphicalTheme::unicode_nocolor() } else { GraphicalTheme::unicode() };
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(width(OutputStream::Error));
    // A slug that is broken at a hyphen cannot be copied.
    let handler = handler.with_word_splitter(textwrap::WordSplitter::NoHyphenation);
    if handler.render_report(&mut text, &Shown::new(report.as_ref())).is_err() {
        text = format!("{}\n", visible(&report.to_string()));
    }
    // What somebody else said is quoted in it.
    let _ = io::stderr().lock().write_all(investigate::without_secrets(&text).as_bytes());
}

/// One of the two streams that a command writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputStream {
    /// Data.
    Output,
    /// Words.
    Error,
}

/// Columns of a stream: as the user says (`COLUMNS`), else as its terminal does, else the usual ones.
pub(super) fn width(stream: OutputStream) -> usize {
    const LEAST: usize = 40;
    let named = std::env::var("COLUMNS").ok().and_then(|it| it.parse().ok());
    let size = || match stream {
        OutputStream::Output => terminal_size_of(io::stdout()),
        OutputStream::Error => terminal_size_of(io::stderr()),
    };
    let of_terminal = || size().map(|(width, _)| usize::from(width.0));
    named.or_else(of_terminal).filter(|it| LEAST <= *it).unwrap_or(Options::WIDTH)
}

/// The text with nothing in it that acts; its lines stay.
pub(super) fn visible_lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(visible).collect();
    lines.join("\n")
}
