//! Lines for a terminal: indented, wrapped, coloured.

use textwrap::{WordSeparator, WordSplitter, WrapAlgorithm};
use unicode_width::UnicodeWidthStr;

use crate::render::{Colour, Options};

/// Text that grows line by line.
pub(super) struct TextPage {
    text: String,
    width: usize,
    colour: Colour,
}

/// The role of a piece of text, which decides its colour.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Strong,
    Faint,
    Good,
    Bad,
    Doubt,
    Label,
}

/// What may happen to a word that is longer than a line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LongWords {
    /// It stays whole, so that it can be copied.
    Whole,
    /// It is broken, so that the page keeps its shape.
    Broken,
}

impl TextPage {
    pub(super) fn new(options: &Options) -> Self {
        Self { text: String::new(), width: options.width.max(40), colour: options.colour }
    }

    /// An empty line, unless there is one already.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A paragraph in one ink.
    pub(super) fn paragraph(&mut self, indent: usize, ink: Ink, text: &str) {
        for line in self.wrapped(indent, indent, text, LongWords::Whole) {
            self.text.push_str(&" ".repeat(indent));
            self.ink(ink, &line);
            self.end_line();
        }
    }

    /// A line that is copied as it is: never wrapped.
    pub(super) fn verbatim(&mut self, indent: usize, text: &str) {
        self.text.push_str(&" ".repeat(indent));
        self.text.push_str(text);
        self.end_line();
    }

    /// A label in its ink, with the text behind it; further lines stand below the text, or below the label if that is long. A label
    /// that takes most of the line is a paragraph of its own.
    #[expect(clippy::arithmetic_side_effects, reason = "widths of texts in memory")]
    pub(super) fn labelled(&mut self, indent: usize, (label, ink): (&str, Ink), text: &str, words: LongWords) {
        let behind = indent + label.width();
        if self.width.saturating_mul(3) / 4 < behind {
            self.paragraph(indent, ink, label);
            return self.labelled(indent + 2, ("", Ink::Plain), text, words);
        }
        let hang = if self.width.saturating_mul(2) / 5 < behind { indent + 2 } else { behind };
        self.text.push_str(&" ".repeat(indent));
        let (bare, pad) = label.split_at(label.trim_end().len());
        self.ink(ink, bare);
        self.text.push_str(pad);
        for (place, line) in self.wrapped(behind, hang, text, words).into_iter().enumerate() {
            if 0 < place {
                self.text.push_str(&" ".repeat(hang));
            }
            self.text.push_str(&line);
            self.end_line();
        }
    }

    /// A paragraph of at most so many lines; the last one ends with an ellipsis if it does not say all. Returns how many there are.
    pub(super) fn cut_paragraph(&mut self, ink: Ink, text: &str, lines: usize) -> usize {
        let shown = self.cut(0, text, lines);
        for line in &shown {
            self.ink(ink, line);
            self.end_line();
        }
        shown.len()
    }

    /// A label with a text behind it on at most so many lines, the last of which ends with an ellipsis if it does not say all.
    pub(super) fn cut_entry(&mut self, (label, ink): (&str, Ink), text: &str, lines: usize) {
        let (bare, pad) = label.split_at(label.trim_end().len());
        self.ink(ink, bare);
        self.text.push_str(pad);
        for (place, line) in self.cut(label.width(), text, lines).iter().enumerate() {
            if 0 < place {
                self.text.push_str(&" ".repeat(label.width()));
            }
            self.text.push_str(line);
            self.end_line();
        }
    }

    /// How many lines a text takes behind so many columns.
    pub(super) fn lines_behind(&self, columns: usize, text: &str) -> usize {
        self.wrapped(columns, columns, text, LongWords::Broken).len()
    }

    fn cut(&self, columns: usize, text: &str, lines: usize) -> Vec<String> {
        let mut all = self.wrapped(columns, columns, text, LongWords::Broken);
        if lines < all.len() {
            let rest = all.split_off(lines.saturating_sub(1)).join(" ");
            all.push(fitting(&rest, self.width.saturating_sub(columns)));
        }
        all
    }

    pub(super) fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text.push('\n');
        self.text
    }

    fn end_line(&mut self) {
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
    }

    fn ink(&mut self, ink: Ink, text: &str) {
        let code = match (self.colour, ink) {
            (Colour::Plain, _) | (_, Ink::Plain) => None,
            (Colour::Ansi, Ink::Strong) => Some("1"),
            (Colour::Ansi, Ink::Faint) => Some("2"),
            (Colour::Ansi, Ink::Good) => Some("1;32"),
            (Colour::Ansi, Ink::Bad) => Some("1;31"),
            (Colour::Ansi, Ink::Doubt) => Some("1;33"),
            (Colour::Ansi, Ink::Label) => Some("36"),
        };
        match code.filter(|_| !text.is_empty()) {
            Some(code) => self.text.extend(["\x1b[", code, "m", text, "\x1b[0m"]),
            None => self.text.push_str(text),
        }
    }

    /// The text in lines, the first of which stands behind `first` columns and the others behind `rest`; at least one, which may be empty.
    fn wrapped(&self, first: usize, rest: usize, text: &str, words: LongWords) -> Vec<String> {
        let indent = " ".repeat(first.saturating_sub(rest));
        let options = textwrap::Options::new(self.width.saturating_sub(rest).max(20))
            .initial_indent(&indent)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .wrap_algorithm(WrapAlgorithm::FirstFit)
            .break_words(words == LongWords::Broken);
        let lines = textwrap::wrap(text, options).into_iter().enumerate();
        lines.map(|(place, it)| if place == 0 { it.get(indent.len()..).unwrap_or_default().to_owned() } else { it.into_owned() }).collect()
    }
}

/// The text, cut with an ellipsis to what fits into so many columns.
fn fitting(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut shown = String::new();
    for it in text.chars() {
        shown.push(it);
        if columns <= shown.width() {
            shown.pop();
            break;
        }
    }
    let is_between_words = text.get(shown.len()..).is_some_and(|it| it.starts_with(' '));
    // Half a number reads as another number; a word that is most of the line is cut all the same.
    if let Some(whole) = shown.rfind(' ').filter(|it| !is_between_words && shown.len() / 2 < *it) {
        shown.truncate(whole);
        shown.push(' ');
    } else {
        shown.truncate(shown.trim_end().len());
    }
    shown.push('…');
    shown
}
