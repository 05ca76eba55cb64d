//! The texts that a statement can print, as a small automaton: literal pieces in a row, and in each hole the values that occur there.

use super::text::PrintedText;
use crate::evidence::statement::{Attached, Hole, HoleForm, StatementKind, TextPiece};

/// All texts that one statement can print. From each state the end can be reached.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Shape {
    states: Vec<ShapeState>,
    end: usize,
}

/// A state of the automaton, with its transitions.
#[derive(Debug, Clone, Default)]
pub(super) struct ShapeState {
    /// For any of these signs, to that state.
    pub(super) takes: Vec<(CharSet, usize)>,
    /// Transitions that consume no character.
    pub(super) free: Vec<usize>,
}

/// A set of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum CharSet {
    /// This one.
    One(char),
    /// `0` to `9`.
    Digit,
    /// `0` to `9` and `a` to `f`.
    HexDigit,
    /// `0` to `9` and `A` to `F`.
    UpperHexDigit,
    /// Word characters.
    Word,
    /// What parts the words of names, fractions, paths and moments.
    Joint,
    /// What names, numbers, paths and moments are made of.
    Name,
    /// Any.
    Any,
}

impl CharSet {
    /// Whether the character is one of them. Words hold letters that are not ASCII too.
    pub(super) fn hold(self, letter: char) -> bool {
        match self {
            Self::One(one) => letter == one,
            Self::Digit => letter.is_ascii_digit(),
            Self::HexDigit => letter.is_ascii_digit() || matches!(letter, 'a'..='f'),
            Self::UpperHexDigit => letter.is_ascii_digit() || matches!(letter, 'A'..='F'),
            Self::Word => letter.is_ascii_alphanumeric() || letter == '_' || !letter.is_ascii(),
            Self::Joint => matches!(letter, '.' | ':' | '/' | '-' | '+'),
            Self::Name => Self::Word.hold(letter) || Self::Joint.hold(letter),
            Self::Any => true,
        }
    }
}

/// What may stand in a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Values {
    /// Nothing that a pattern could look for: only what the text spells out counts.
    Nothing,
    /// Values of the kinds that occur: numbers, hashes, names, and samples of texts with spaces, of nested values and of several lines. None
    /// begins or ends with a mark, but for what a debugger shows in brackets or quotes: else a mark that is gone from the text would be taken
    /// for a part of the value beside it.
    OfKind,
    /// Any text, where the form and the name are of no number; and any lines behind the text, as of a traceback.
    AnyText,
}

/// Texts that stand in holes and are no name and no number.
const SAMPLES: [&str; 3] = ["", "several words of text", "a first line\nand a second"];

/// The same as a debugger shows them.
const SHOWN: [&str; 4] = ["{'a': 1, 'b': ['c']}", "Foo { a: ClassHash(0x1f), b: [1, 2], c: Some(\"d\") }", "[1, 2, 3]", "('a', 1)"];

/// The language of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Code {
    Python,
    Rust,
}

impl Code {
    fn from_text(text: &PrintedText) -> Self {
        if text.is_python() { Self::Python } else { Self::Rust }
    }
}

/// Whether an expression gives a whole number, by its last name.
fn counts(expression: &str, code: Code) -> bool {
    let is_python = code == Code::Python;
    if expression.ends_with(".len()") || is_python && (expression.starts_with("len(") || expression.starts_with("int(")) {
        return true;
    }
    let path = expression.trim_start_matches(['&', '*']);
    let is_path = path.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '.' | ':'));
    let name = path.rsplit(['.', ':']).next().unwrap_or_default();
    let last = name.rsplit('_').next().unwrap_or_default();
    // Of Rust, a status is shown with its words.
    is_path && (matches!(last, "number" | "height" | "count" | "attempt" | "attempts" | "index" | "len") || is_python && last == "status")
}

impl Shape {
    /// Builds the shape of the text that a statement prints.
    pub(in crate::engine) fn from_text(text: &PrintedText, values: Values) -> Self {
        Self::around_others(text, values, &[])
    }

    /// What a statement prints, where its values can be the words of these errors and exceptions too.
    pub(in crate::engine) fn around_others(text: &PrintedText, values: Values, others: &[&PrintedText]) -> Self {
        let mut shape = Self { states: vec![ShapeState::default()], end: 0 };
        let start = shape.around(text);
        let end = text.statement.template.iter().fold(start, |at, piece| match piece {
            TextPiece::Literal(literal) => shape.literal(at, literal),
            TextPiece::Hole(hole) => {
                let end = shape.hole(at, hole, values, Code::from_text(text));
                if matches!(hole.form, HoleForm::Display | HoleForm::Debug | HoleForm::DebugLines) {
                    others.iter().for_each(|it| shape.words(at, it, values, end));
                }
                end
            }
        });
        shape.end = shape.behind(end, text, values, others);
        shape
    }

    pub(super) fn state(&self, number: usize) -> Option<&ShapeState> {
        self.states.get(number)
    }

    /// Number of states.
    pub(super) fn size(&self) -> usize {
        self.states.len()
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
                at = self.some(at, CharSet::Name);
                at = self.literal(at, "' ");
                let mut numbered = self.literal(at, "(");
                numbered = self.some(numbered, CharSet::Digit);
                numbered = self.literal(numbered, ") ");
                let panicked = self.literal(at, "panicked at ");
                let also = self.literal(numbered, "panicked at ");
                self.free(also, panicked);
                let place = self.some(panicked, CharSet::Name);
                let end = self.literal(place, ":\n");
                self.free(end, text);
                text
            }
            StatementKind::Log { .. } | StatementKind::Message(_) => text,
        }
    }

    /// The name of an exception's type and what parts it from the words.
    fn type_name(&mut self, from: usize, kind: &StatementKind) -> usize {
        let mut named = self.any(from, CharSet::Name);
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
            TextPiece::Literal(literal) => self.literal(at, literal),
            TextPiece::Hole(hole) => self.hole(at, hole, values, Code::from_text(other)),
        });
        self.free(end, to);
    }

    /// `Traceback (most recent call last):` and the calls below it.
    fn frames(&mut self, from: usize, to: usize) {
        let calls = self.literal(from, "Traceback (most recent call last):\n");
        let mut at = self.literal(calls, "  File \"");
        at = self.some(at, CharSet::Name);
        at = self.literal(at, "\", line ");
        at = self.some(at, CharSet::Digit);
        at = self.literal(at, ", in ");
        at = self.some(at, CharSet::Name);
        at = self.literal(at, "\n    call(value)\n");
        self.free(at, calls);
        self.free(at, to);
    }

    /// `Exception in thread NAME (TARGET):`, as Python's threads say it.
    fn thread(&mut self, to: usize) {
        let mut at = self.literal(0, "Exception in thread ");
        at = self.some(at, CharSet::Name);
        at = self.literal(at, " (");
        at = self.some(at, CharSet::Name);
        at = self.literal(at, "):\n");
        self.free(at, to);
    }

    /// `Exception on PATH [METHOD]`, as Flask says it.
    fn request(&mut self, to: usize) {
        let mut at = self.literal(0, "Exception on ");
        at = self.some(at, CharSet::Name);
        at = self.literal(at, " [");
        at = self.some(at, CharSet::Name);
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
            let shown = self.hole(cause, &unnamed, values, Code::Rust);
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
                    let named = self.some(raised, CharSet::Name);
                    self.free(named, last);
                    let words = self.literal(named, ": ");
                    let shown = self.hole(words, &unnamed, values, Code::Python);
                    self.free(shown, last);
                }
                // The other fields are no part of a record's text.
                Attached::Field { name, value } if name == "error" => {
                    let line = self.literal(end, "\nerror: ");
                    let shown = self.hole(line, value, values, Code::from_text(text));
                    self.free(shown, last);
                    others.iter().for_each(|it| self.words(line, it, values, last));
                }
                Attached::Field { .. } => {}
            }
        }
        if values == Values::AnyText {
            let line = self.literal(end, "\n");
            let more = self.any(line, CharSet::Any);
            self.free(more, last);
        }
        last
    }

    fn hole(&mut self, from: usize, hole: &Hole, values: Values, code: Code) -> usize {
        let end = self.add();
        let is_shown = matches!(hole.form, HoleForm::Debug | HoleForm::DebugLines);
        match (hole.form, values) {
            (_, Values::Nothing) => self.take(from, CharSet::One('\0'), end),
            (HoleForm::Decimal, _) => self.number(from, values, end),
            (HoleForm::Grouped, _) => self.grouped(from, end),
            (HoleForm::Hex, _) => self.hex(from, &[CharSet::HexDigit], end),
            (HoleForm::UpperHex, _) => self.hex(from, &[CharSet::UpperHexDigit], end),
            (HoleForm::Fraction, _) => self.fraction(from, values, end),
            (HoleForm::Display, Values::OfKind) if counts(&hole.name, code) => self.number(from, values, end),
            // It may be said that there is none.
            (HoleForm::Display, Values::AnyText) if counts(&hole.name, code) => {
                self.number(from, values, end);
                let word = self.some(from, CharSet::Word);
                self.free(word, end);
            }
            (HoleForm::Padded, Values::OfKind) => {
                let begin = self.any(from, CharSet::One(' '));
                let signed = self.add();
                self.free(begin, signed);
                ['+', '-'].iter().for_each(|it| self.take(begin, CharSet::One(*it), signed));
                let value = self.add();
                self.kinds(signed, value);
                let rest = self.any(value, CharSet::One(' '));
                self.free(rest, end);
            }
            (HoleForm::Padded | HoleForm::Display | HoleForm::Debug | HoleForm::DebugLines, Values::AnyText) => {
                let any = self.any(from, CharSet::Any);
                self.free(any, end);
            }
            (HoleForm::Display | HoleForm::Debug | HoleForm::DebugLines, Values::OfKind) => {
                self.kinds(from, end);
                let samples = SAMPLES.iter().chain(if is_shown { SHOWN.as_slice() } else { &[] });
                for sample in samples {
                    let shown = self.literal(from, sample);
                    self.free(shown, end);
                }
                if is_shown {
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

    /// Numbers, hashes and names.
    fn kinds(&mut self, from: usize, to: usize) {
        self.number(from, Values::OfKind, to);
        self.fraction(from, Values::OfKind, to);
        self.hex(from, &[CharSet::HexDigit, CharSet::UpperHexDigit], to);
        self.name(from, to);
    }

    /// A sign before it is a mark like any other.
    fn number(&mut self, from: usize, values: Values, to: usize) {
        let begin = self.signed(from, values);
        let digits = self.some(begin, CharSet::Digit);
        self.free(digits, to);
    }

    fn signed(&mut self, from: usize, values: Values) -> usize {
        let begin = self.add();
        self.free(from, begin);
        if values == Values::AnyText {
            self.take(from, CharSet::One('-'), begin);
        }
        begin
    }

    fn grouped(&mut self, from: usize, to: usize) {
        let digits = self.some(from, CharSet::Digit);
        self.free(digits, to);
        for mark in [',', '_'] {
            self.take(digits, CharSet::One(mark), from);
        }
        self.fraction(from, Values::OfKind, to);
    }

    fn fraction(&mut self, from: usize, values: Values, to: usize) {
        let begin = self.signed(from, values);
        let whole = self.some(begin, CharSet::Digit);
        let point = self.literal(whole, ".");
        let digits = self.some(point, CharSet::Digit);
        self.free(digits, to);
    }

    /// With and without `0x` in front: the source's form says which, and a rule's captures mostly take either.
    fn hex(&mut self, from: usize, all: &[CharSet], to: usize) {
        let marked = self.literal(from, "0x");
        for (begin, digits) in [from, marked].into_iter().flat_map(|it| all.iter().map(move |digits| (it, *digits))) {
            let digits = self.some(begin, digits);
            self.free(digits, to);
        }
    }

    /// What a derived `Debug` shows: names and numbers between the marks that part them. No words with a bare space between them, and no mark
    /// at its ends but brackets and quotes.
    fn nested(&mut self, from: usize, to: usize) {
        let (begin, word) = (self.add(), self.add());
        for (at, signs) in [(from, CharSet::Word), (begin, CharSet::Name), (word, CharSet::Name)] {
            let named = self.some(at, signs);
            self.free(named, word);
            // A name that ends is one of words.
            let last = self.add();
            self.name(at, last);
            self.free(last, to);
        }
        for mark in ["(", "[", "{", " { ", "\""] {
            for at in [from, begin, word] {
                let next = self.literal(at, mark);
                self.free(next, begin);
            }
        }
        for mark in [")", "]", "}", " }", "\""] {
            for at in [begin, word] {
                let next = self.literal(at, mark);
                self.free(next, begin);
                self.free(next, to);
            }
        }
        for mark in [": ", ", "] {
            for at in [begin, word] {
                let next = self.literal(at, mark);
                self.free(next, begin);
            }
        }
    }

    /// Words, and what parts them where they are joined.
    fn name(&mut self, from: usize, to: usize) {
        let word = self.some(from, CharSet::Word);
        let joint = self.some(word, CharSet::Joint);
        self.take(joint, CharSet::Word, word);
        self.free(word, to);
    }

    fn add(&mut self) -> usize {
        self.states.push(ShapeState::default());
        self.states.len().saturating_sub(1)
    }

    fn free(&mut self, from: usize, to: usize) {
        if let Some(state) = self.states.get_mut(from) {
            state.free.push(to);
        }
    }

    fn take(&mut self, from: usize, signs: CharSet, to: usize) {
        if let Some(state) = self.states.get_mut(from) {
            state.takes.push((signs, to));
        }
    }

    fn literal(&mut self, from: usize, text: &str) -> usize {
        text.chars().fold(from, |at, letter| {
            let next = self.add();
            self.take(at, CharSet::One(letter), next);
            next
        })
    }

    /// Adds one or more of these characters.
    fn some(&mut self, from: usize, signs: CharSet) -> usize {
        let next = self.add();
        self.take(from, signs, next);
        self.take(next, signs, next);
        next
    }

    /// Any number of them.
    fn any(&mut self, from: usize, signs: CharSet) -> usize {
        let begin = self.add();
        self.free(from, begin);
        self.take(begin, signs, begin);
        begin
    }
}
