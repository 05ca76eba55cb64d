//! How a text is put together.

use super::{Hole, HoleForm, TextPiece, escapes};

/// Longer expressions are cut, in characters: they only name a hole.
const LONGEST_NAME: usize = 200;
/// Longer texts that a name stands for are not followed, in bytes: each use would copy them.
pub(super) const LONGEST_NAMED: usize = 4096;

/// A text that does not fit what is to be filled into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotFitting;

/// A template that is being written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) pieces: Vec<TextPiece>,
}

impl Template {
    pub(super) fn literal(&mut self, text: &str) {
        match self.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(TextPiece::Literal(before)) => before.push_str(text),
            _ => self.pieces.push(TextPiece::Literal(text.to_owned())),
        }
    }

    pub(super) fn hole(&mut self, name: &str, form: HoleForm) {
        self.pieces.push(TextPiece::Hole(hole(name, form)));
    }

    /// What a literal of Python stands for: of a sign that is written by its name, only that one stands there is known.
    pub(super) fn python(&mut self, content: &str) {
        let mut rest = content;
        while let Some((before, from)) = rest.split_once("\\N{") {
            // What begins with two backslashes is no escape.
            let is_escaped = before.bytes().rev().take_while(|it| *it == b'\\').count() % 2 == 1;
            let Some((name, after)) = from.split_once('}').filter(|_| !is_escaped) else { break };
            self.literal(&escapes::in_python(before));
            self.hole(&format!("\\N{{{name}}}"), HoleForm::Display);
            rest = after;
        }
        self.literal(&escapes::in_python(rest));
    }

    pub(super) fn append(&mut self, other: &Self) {
        for piece in &other.pieces {
            match piece {
                TextPiece::Literal(text) => self.literal(text),
                hole @ TextPiece::Hole(_) => self.pieces.push(hole.clone()),
            }
        }
    }

    pub(super) fn followed_by(&self, other: &Self) -> Self {
        let mut whole = self.clone();
        whole.append(other);
        whole
    }

    /// Whether any of it is stated.
    pub(super) fn is_stated(&self) -> bool {
        self.pieces.iter().any(|it| matches!(it, TextPiece::Literal(_)))
    }
}

impl From<&str> for Template {
    fn from(text: &str) -> Self {
        let mut template = Self::default();
        template.literal(text);
        template
    }
}

/// A hole, with the expression on one line as the source states it.
pub(super) fn hole(name: &str, form: HoleForm) -> Hole {
    let name = name.char_indices().nth(LONGEST_NAME).map_or(name, |(end, _)| name.get(..end).unwrap_or_default());
    Hole { name: name.split_whitespace().collect::<Vec<_>>().join(" "), form }
}
