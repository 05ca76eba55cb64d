//! A statement of a program that prints text: a line of a log, an exception, an error's words.
//!
//! What a program prints otherwise is not read: `print` and `println!` write at no level and into no log, and what `write!` writes is known
//! only to whoever reads what it writes to. Nor are the words of `unwrap` and of failed indexing, which the standard library states, nor what
//! only tests run.

mod braces;
mod escapes;
mod numbers;
mod percent;
mod python;
mod rust;
mod template;

use serde::{Deserialize, Serialize};

use super::level::Level;
use super::syntax::{Language, Node, NotParsed, Syntax, within};
use super::test_code::Tests;
use numbers::Numbers;

/// The statements of a file that print text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statements {
    /// Those that could be read, in the order of the file. A statement whose text is one of several stands here once for each.
    pub all: Vec<Statement>,
    /// What could not be read, in the order of the file.
    pub unread: Vec<UnreadPlace>,
}

/// What a statement prints: one of some texts.
struct PrintedAlternatives {
    kind: StatementKind,
    texts: Vec<template::Template>,
    attached: Vec<Attached>,
}

/// The statements of a file, while it is read.
struct Reading<'s> {
    tests: Tests,
    numbers: Numbers<'s>,
    found: Statements,
}

impl<'s> Reading<'s> {
    fn new(syntax: &'s Syntax<'s>) -> Self {
        Self { tests: Tests::from_syntax(syntax), numbers: Numbers::from_syntax(syntax), found: Statements::default() }
    }

    /// Adds what a statement prints, if it is one that prints and no test.
    fn take(&mut self, node: Node<'s>, printed: Option<Result<PrintedAlternatives, WhyUnread>>) {
        match printed.filter(|_| !self.tests.hold(node)) {
            Some(Ok(PrintedAlternatives { kind, texts, attached })) => {
                let within = within(node);
                let statement = |text: template::Template| Statement {
                    within: within.clone(),
                    line: node.line(),
                    kind: kind.clone(),
                    template: self.numbers.marked(node, text.pieces),
                    attached: attached.clone(),
                };
                self.found.all.extend(texts.into_iter().map(statement));
            }
            Some(Err(why)) => self.found.unread.push(UnreadPlace { line: Some(node.line()), why }),
            None => {}
        }
    }
}

/// A place of a file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadPlace {
    /// Its first line, from 1. None if it is the whole file.
    pub line: Option<u32>,
    /// Why it could not be read.
    pub why: WhyUnread,
}

/// Why something could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyUnread {
    /// Files of this kind are not read.
    OtherKind,
    /// The file is too large.
    TooLarge,
    /// Reading the file takes more work than one of its length may take.
    TooMuchWork,
    /// It is nested too deep.
    TooDeep,
    /// The grammar does not know what stands there; what stands around it is read.
    NotKnown,
    /// The statement is there, and its text is nowhere stated in the file: it comes from a variable or a call.
    NotStated,
    /// The statement is there, and its text and its values do not fit together.
    NotFitting,
    /// The statement is there, and it prints only fields and no text of its own.
    NoText,
}

/// Reads the statements of a file. The kind of the file is told by the end of its path.
#[must_use]
pub fn statements(path: &str, source: &str) -> Statements {
    let whole = |why| Statements { all: Vec::new(), unread: vec![UnreadPlace { line: None, why }] };
    let Some(language) = Language::from_path(path) else { return whole(WhyUnread::OtherKind) };
    let syntax = match Syntax::read(language, source, None) {
        Ok(syntax) => syntax,
        Err(NotParsed::TooLarge) => return whole(WhyUnread::TooLarge),
        Err(NotParsed::TooMuchWork) => return whole(WhyUnread::TooMuchWork),
    };
    let mut read = match language {
        Language::Python => python::read(&syntax),
        Language::Rust => rust::read(&syntax),
    };
    read.unread.extend(syntax.left_out.iter().map(|line| UnreadPlace { line: Some(*line), why: WhyUnread::TooDeep }));
    read.unread.extend(syntax.unknown.iter().map(|line| UnreadPlace { line: Some(*line), why: WhyUnread::NotKnown }));
    read.all.sort_by_key(|it| it.line);
    read.unread.sort_by_key(|it| it.line);
    read
}

/// One statement, and the text that it prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Names of what it stands in, outermost first, such as `["TransactionSenderRunner", "_run"]`. Empty at the top of a file.
    pub within: Vec<String>,
    /// Its first line, from 1.
    pub line: u32,
    /// What it does with the text.
    pub kind: StatementKind,
    /// The text, in order.
    pub template: Vec<TextPiece>,
    /// What a log's record carries beside its text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached: Vec<Attached>,
}

/// What a log's record carries beside its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attached {
    /// A field with a value of its own: `height = %height`, `?error`.
    Field {
        /// The field's name.
        name: String,
        /// Value of the field.
        value: Hole,
    },
    /// The traceback of the exception that is being handled: `logger.exception`, `exc_info=True`.
    Traceback,
}

/// What a statement does with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementKind {
    /// It writes a log record.
    Log {
        /// The level that it writes at.
        level: Level,
        /// In Python, the logger as its records name it, where the file states it: `echonet.text` for `get_logger("text")`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        logger: Option<String>,
    },
    /// It raises an exception or panics; whoever catches it prints the text, if anybody does. With the type's name, if it is stated.
    Raise(Option<String>),
    /// It says how a type or one of its variants reads as text: `#[error("...")]`, with the variant's or the type's name.
    Message(String),
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TextPiece {
    /// Literal text.
    Literal(String),
    /// A value stands here.
    Hole(Hole),
}

/// A place of a text that a value fills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hole {
    /// The expression that gives the value, as the source states it.
    pub name: String,
    /// Format of the value.
    pub form: HoleForm,
}

/// Format of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoleForm {
    /// As its own text: `{}`, `%s`, an f-string's braces.
    Display,
    /// As a debugger shows it, on one line: `{:?}`, `%r`, `!r`.
    Debug,
    /// As a debugger shows it, on several lines: `{:#?}`.
    DebugLines,
    /// As its own text or as a number, with blanks around it or a sign before it: `{:>8}`, `%5d`, `{:+}`.
    Padded,
    /// As a whole number: `%d`, `:d`, and what its declaration calls one.
    Decimal,
    /// As a whole number with commas between thousands: `{:,}`.
    Grouped,
    /// As a hexadecimal number: `{:x}`, `{:#x}`, `%x`.
    Hex,
    /// As a hexadecimal number in capitals: `{:X}`, `%X`.
    UpperHex,
    /// As a number with a fraction: `%.1f`, `:.2f`.
    Fraction,
}

#[cfg(test)]
mod tests;
