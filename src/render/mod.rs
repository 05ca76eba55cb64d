//! Render: writes a diagnosis, one file per format.
//!
//! Invariant: a renderer sees a [`Diagnosis`] and nothing else: no bundle, no rules, no clock, no terminal. Whatever the evidence contains,
//! no output has a character that could control a terminal, a browser or a chat.

pub mod comparison;
pub mod deployed;
pub mod json;
mod anchors;
mod fix_line;
mod glance;
mod hashes;
mod html;
mod junit;
mod lens;
mod markdown;
mod outline;
mod phrases;
mod sarif;
mod side_by_side;
mod slack;
mod text;

pub use crate::visible::{visible, visible_json};

use crate::findings::Diagnosis;

/// Writes a diagnosis in a format. The same diagnosis and options give the same bytes; the text ends with one line feed.
#[must_use]
pub fn write(format: &Format, diagnosis: &Diagnosis, options: &Options) -> String {
    (format.write)(diagnosis, options)
}

/// A form in which a diagnosis can be written.
#[derive(Debug)]
pub struct Format {
    /// Name on the command line, in lower case.
    pub name: &'static str,
    /// What it is for, in one line.
    pub description: &'static str,
    /// Usual ending of a file's name, without the dot.
    pub extension: &'static str,
    /// Media type, as in HTTP's `Content-Type`.
    pub media: &'static str,
    write: fn(&Diagnosis, &Options) -> String,
}

/// Every format; the first is the default.
pub const FORMATS: &[Format] = &[
    it("text", "for people at a terminal", "txt", "text/plain; charset=utf-8", text::write),
    it("json", "for programs: versioned, with a schema", "json", "application/json", json::write),
    it("markdown", "for an issue or a chat message", "md", "text/markdown; charset=utf-8", markdown::write),
    it("html", "for a browser: one file that loads nothing", "html", "text/html; charset=utf-8", html::write),
    it("sarif", "for code scanning (SARIF 2.1.0)", "sarif", "application/sarif+json", sarif::write),
    it("junit", "for CI: one test result a finding, and a failure for what nothing explains", "xml", "application/xml", junit::write),
    it("slack", "for a Slack message (Block Kit)", "slack.json", "application/json", slack::write),
];

const fn it(
    name: &'static str,
    description: &'static str,
    extension: &'static str,
    media: &'static str,
    write: fn(&Diagnosis, &Options) -> String,
) -> Format {
    Format { name, description, extension, media, write }
}

/// The format with this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|it| it.name == name)
}

/// How to write; a format ignores what does not concern it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Width of the terminal, in columns. Less than 40 counts as 40.
    pub width: usize,
    /// Whether colours support the words. They never replace them.
    pub colour: Colour,
    /// Level of detail.
    pub detail: Detail,
}

impl Options {
    /// The usual width, where no terminal tells its own.
    pub const WIDTH: usize = 100;
}

impl Default for Options {
    fn default() -> Self {
        Self { width: Self::WIDTH, colour: Colour::Plain, detail: Detail::Short }
    }
}

/// Whether colours support the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Plain text without colours.
    Plain,
    /// ANSI escape sequences.
    Ansi,
}

/// Level of detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// A few lines, of the text: what happened, whether it is known and fixed here, and what to do next. Another format writes
    /// what it writes for [`Short`](Self::Short).
    Brief,
    /// What people read: hashes are shortened so that no two look alike, long texts and lists are cut with a word on what is missing, and
    /// what follows from a cause is only counted.
    Short,
    /// Everything, with full values.
    Full,
}
