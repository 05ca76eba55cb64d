//! The texts that a statement can print, as a small automaton: literal pieces in a row, and in each hole the values that occur there.

use super::text::PrintedText;
use crate::evidence::statement::{Attached, Hole, HoleForm, Piece, StatementKind};

/// All texts that one statement can print. From each state the end can be reached.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    states: Vec<State>,
    end: usize,
}

/// One state, and where it goes.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    /// For any of these bytes, to that state.
    pub(super) takes: Vec<(Bytes, usize)>,
    /// Without a byte.
    pub(super) free: Vec<usize>,
}

/// A set of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bytes {
    /// This one.
    One(u8),
    /// `0` to `9`.
    Digit,
    /// `0` to `9` and `a` to `f`.
    HexDigit,
    /// What names, numbers, paths and moments are made of.
    Name,
    /// Any.
    Any,
}

impl Bytes {
    /// Whether the byte is one of them. Names hold letters that are not ASCII too.
    pub(super) fn holds(self, byte: u8) -> bool {
        match self {
            Self::One(one) => byte == one,
            Self::Digit => byte.is_ascii_digit(),
            Self::HexDigit => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
            Self::Name => byte.is_ascii_alphanumeric() || b"_.:/-".contains(&byte) || !byte.is_ascii(),
            Self::Any => true,
        }
    }

    /// Those that are ASCII, in order; and the one, whatever it is.
    pub(super) fn each(self) -> impl Iterator<Item = u8> {
        let (first, last) = match self {
            Self::One(one) => (one, one),
            Self::Digit | Self::HexDigit | Self::Name | Self::Any => (0, 127),
        };
        (first..=last).filter(move |it| self.holds(*it))
    }
}

/// What may stand in a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// Nothing that a pattern could look for: only what the text spells out counts.
    Nothing,
    /// Values of the kinds that occur: numbers, hashes, names, and samples of texts with spaces, of nested values and of several lines.
    OfKind,
    /// Any text, where the form is no number; and any lines behind the text, as of a traceback.
    AnyText,
}

/// Texts that stand in holes and are no name and no number.
const SAMPLES: [&str; 7] = [
    "",
    "several words of text",
    "a first line\nand a second",
    "{'a': 1, 'b': ['c']}",
    "Foo { a: ClassHash(0x1f), b: [1, 2], c: Some(\"d\") }",
    "[1, 2, 3]",
    "('a', 1)",
];

impl Shape {
    /// What a statement prints.
    pub(super) fn of(text: &PrintedText, values: Values) -> Self {
        Self::around_others(text, values, &[])
    }

    /// What a statement prints, where its values can be the words of these errors and exceptions too.
    pub(super) fn around_others(text: &PrintedText, values: Values, others: &[&PrintedText]) -> Self {
        let mut shape = Self { states: vec![State::default()], end: 0 };
        let start = shape.around(text);
        let end = text.statement.template.iter().fold(start, |at, piece| match piece {
            Piece::Literal(literal) => shape.literal(at, literal),
            Piece::Hole(hole) => {
                let end = shape.hole(at, hole, values);
                if !matches!(hole.form, HoleForm::Decimal | HoleForm::Hex | HoleForm::Fraction) {
                    others.iter().for_each(|it| shape.words(at, it, values, end));
                }
                end
            }
        });
        shape.end = shape.behind(end, text, values, others);
        shape
    }

    pub(super) fn state(&self, number: usize) -> Option<&State> {
        self.states.get(number)
    }

    pub(super) fn is_end(&self, number: usize) -> bool {
        self.end == number
    }

    /// What stands before a text in its record. An exception's words follow its traceback, a panic's its place.
    fn around(&mut self, printed: &PrintedText) -> usize {
        let kind = &printed.statement.kind;
        let text = self.add();
        self.free(0, text);
        match kind {
            StatementKind::Raise(_) if printed.is_python() => {
                let traceback = self.add();
                self.free(0, traceback);
                self.thread(traceback);
                self.request(traceback);
                self.frames(traceback, text);
                self.type_name(text, kind)
            }
            StatementKind::Raise(_) => {
                let mut at = self.literal(0, "thread '");
                at = self.some(at, Bytes::Name);
                at = self.literal(at, "' ");
                let mut numbered = self.literal(at, "(");
                numbered = self.some(numbered, Bytes::Digit);
                numbered = self.literal(numbered, ") ");
                let panicked = self.literal(at, "panicked at ");
                let also = self.literal(numbered, "panicked at ");
                self.free(also, panicked);
                let place = self.some(panicked, Bytes::Name);
                let end = self.literal(place, ":\n");
                self.free(end, text);
                text
            }
            StatementKind::Log { .. } | StatementKind::Message(_) => text,
        }
    }

    /// The name of an exception's type and what parts it from the words.
    fn type_name(&mut self, from: usize, kind: &StatementKind) -> usize {
        let mut named = self.any(from, Bytes::Name);
        if let StatementKind::Raise(Some(name)) = kind {
            named = self.literal(named, name);
        }
        let with_words = self.literal(named, ": ");
        // What was raised without words is shown by its name alone.
        self.free(named, with_words);
        with_words
    }

    /// The words of an error or an exception, as a value of another text.
    fn words(&mut self, from: usize, other: &PrintedText, values: Values, to: usize) {
        let begin = self.add();
        self.free(from, begin);
        let end = other.statement.template.iter().fold(begin, |at, piece| match piece {
            Piece::Literal(literal) => self.literal(at, literal),
            Piece::Hole(hole) => self.hole(at, hole, values),
        });
        self.free(end, to);
    }

    /// `Traceback (most recent call last):` and the calls below it.
    fn frames(&mut self, from: usize, to: usize) {
        let calls = self.literal(from, "Traceback (most recent call last):\n");
        let mut at = self.literal(calls, "  File \"");
        at = self.some(at, Bytes::Name);
        at = self.literal(at, "\", line ");
        at = self.some(at, Bytes::Digit);
        at = self.literal(at, ", in ");
        at = self.some(at, Bytes::Name);
        at = self.literal(at, "\n    call(value)\n");
        self.free(at, calls);
        self.free(at, to);
    }

    /// `Exception in thread NAME (TARGET):`, as Python's threads say it.
    fn thread(&mut self, to: usize) {
        let mut at = self.literal(0, "Exception in thread ");
        at = self.some(at, Bytes::Name);
        at = self.literal(at, " (");
        at = self.some(at, Bytes::Name);
        at = self.literal(at, "):\n");
        self.free(at, to);
    }

    /// `Exception on PATH [METHOD]`, as Flask says it.
    fn request(&mut self, to: usize) {
        let mut at = self.literal(0, "Exception on ");
        at = self.some(at, Bytes::Name);
        at = self.literal(at, " [");
        at = self.some(at, Bytes::Name);
        at = self.literal(at, "]\n");
        self.free(at, to);
    }

    /// What stands behind a text in its record.
    fn behind(&mut self, end: usize, text: &PrintedText, values: Values, others: &[&PrintedText]) -> usize {
        let last = self.add();
        self.free(end, last);
        let unnamed = Hole { name: String::new(), form: HoleForm::Debug };
        if !text.is_python() && matches!(text.statement.kind, StatementKind::Raise(_)) {
            // `expect` shows the error behind its words.
            let cause = self.literal(end, ": ");
            let shown = self.hole(cause, &unnamed, values);
            self.free(shown, last);
        }
        for attached in &text.statement.attached {
            match attached {
                Attached::Traceback => {
                    let line = self.literal(end, "\n");
                    let raised = self.add();
                    self.frames(line, raised);
                    for other in others {
                        let words = self.type_name(raised, &other.statement.kind);
                        self.words(words, other, values, last);
                    }
                    let named = self.some(raised, Bytes::Name);
                    self.free(named, last);
                    let words = self.literal(named, ": ");
                    let shown = self.hole(words, &unnamed, values);
                    self.free(shown, last);
                }
                // The other fields are no part of a record's text.
                Attached::Field { name, value } if name == "error" => {
                    let line = self.literal(end, "\nerror: ");
                    let shown = self.hole(line, value, values);
                    self.free(shown, last);
                    others.iter().for_each(|it| self.words(line, it, values, last));
                }
                Attached::Field { .. } => {}
            }
        }
        if values == Values::AnyText {
            let line = self.literal(end, "\n");
            let more = self.any(line, Bytes::Any);
            self.free(more, last);
        }
        last
    }

    fn hole(&mut self, from: usize, hole: &Hole, values: Values) -> usize {
        let end = self.add();
        match (hole.form, values) {
            (_, Values::Nothing) => self.take(from, Bytes::One(0), end),
            (HoleForm::Decimal, _) => self.number(from, end),
            (HoleForm::Hex, _) => self.hex(from, end),
            (HoleForm::Fraction, _) => self.fraction(from, end),
            (HoleForm::Display | HoleForm::Debug | HoleForm::DebugLines, Values::AnyText) => {
                let any = self.any(from, Bytes::Any);
                self.free(any, end);
            }
            (HoleForm::Display | HoleForm::Debug | HoleForm::DebugLines, Values::OfKind) => {
                self.number(from, end);
                self.fraction(from, end);
                self.hex(from, end);
                self.name(from, end);
                for sample in SAMPLES {
                    let shown = self.literal(from, sample);
                    self.free(shown, end);
                }
                if hole.form != HoleForm::Display {
                    self.nested(from, end);
                    for quote in ["\"", "'"] {
                        let open = self.literal(from, quote);
                        let inside = self.add();
                        self.name(open, inside);
                        let close = self.literal(inside, quote);
                        self.free(close, end);
                    }
                }
                if hole.form == HoleForm::DebugLines {
                    let shown = self.literal(from, "Foo {\n    a: ClassHash(\n        0x1f,\n    ),\n}");
                    self.free(shown, end);
                }
            }
        }
        end
    }

    fn number(&mut self, from: usize, to: usize) {
        let minus = self.literal(from, "-");
        self.free(minus, from);
        let digits = self.some(from, Bytes::Digit);
        self.free(digits, to);
    }

    fn fraction(&mut self, from: usize, to: usize) {
        let whole = self.some(from, Bytes::Digit);
        let point = self.literal(whole, ".");
        let digits = self.some(point, Bytes::Digit);
        self.free(digits, to);
    }

    /// With and without `0x` in front: the source's form says which, and a rule's captures mostly take either.
    fn hex(&mut self, from: usize, to: usize) {
        let marked = self.literal(from, "0x");
        for begin in [from, marked] {
            let digits = self.some(begin, Bytes::HexDigit);
            self.free(digits, to);
        }
    }

    /// What a derived `Debug` shows: names and numbers between the marks that part them. No words with a bare space between them.
    fn nested(&mut self, from: usize, to: usize) {
        let begin = self.add();
        self.free(from, begin);
        self.free(begin, to);
        let name = self.some(begin, Bytes::Name);
        self.free(name, to);
        for mark in ["(", ")", " { ", " }", ": ", ", ", "[", "]", "\""] {
            for at in [begin, name] {
                let next = self.literal(at, mark);
                self.free(next, begin);
            }
        }
    }

    fn name(&mut self, from: usize, to: usize) {
        let name = self.some(from, Bytes::Name);
        self.free(name, to);
    }

    fn add(&mut self) -> usize {
        self.states.push(State::default());
        self.states.len() - 1
    }

    fn free(&mut self, from: usize, to: usize) {
        if let Some(state) = self.states.get_mut(from) {
            state.free.push(to);
        }
    }

    fn take(&mut self, from: usize, bytes: Bytes, to: usize) {
        if let Some(state) = self.states.get_mut(from) {
            state.takes.push((bytes, to));
        }
    }

    fn literal(&mut self, from: usize, text: &str) -> usize {
        text.bytes().fold(from, |at, byte| {
            let next = self.add();
            self.take(at, Bytes::One(byte), next);
            next
        })
    }

    /// At least one of them.
    fn some(&mut self, from: usize, bytes: Bytes) -> usize {
        let next = self.add();
        self.take(from, bytes, next);
        self.take(next, bytes, next);
        next
    }

    /// Any number of them.
    fn any(&mut self, from: usize, bytes: Bytes) -> usize {
        let begin = self.add();
        self.free(from, begin);
        self.take(begin, bytes, begin);
        begin
    }
}
