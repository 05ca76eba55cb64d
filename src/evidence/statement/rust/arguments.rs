//! What a macro or a method is given, taken apart at its commas.

use crate::evidence::statement::template::hole;
use crate::evidence::statement::{Attached, HoleForm};
use crate::evidence::syntax::Node;

/// One argument: the words and marks that it is, of which there is at least one.
#[derive(Debug, Clone)]
pub(super) struct Argument<'s> {
    pub(super) words: Vec<Node<'s>>,
}

/// The arguments between the brackets of a node.
pub(super) fn arguments(given: Node<'_>) -> Vec<Argument<'_>> {
    let mut all = Vec::new();
    let mut words: Vec<Node<'_>> = Vec::new();
    // Commas between the angle brackets of `::<A, B>` part no arguments.
    let mut angles = 0_usize;
    let is_bracket = |it: &Node<'_>| matches!(it.kind(), "(" | ")" | "[" | "]" | "{" | "}");
    for word in given.children().filter(|it| !is_bracket(it) && !matches!(it.kind(), "line_comment" | "block_comment")) {
        match word.kind() {
            "," | ";" if angles == 0 => {
                all.push(Argument { words: std::mem::take(&mut words) });
                continue;
            }
            "<" if angles > 0 || words.last().is_some_and(|it| it.kind() == "::") => angles = angles.saturating_add(1),
            ">" => angles = angles.saturating_sub(1),
            ">>" => angles = angles.saturating_sub(2),
            _ => {}
        }
        words.push(word);
    }
    all.push(Argument { words });
    all.retain(|it| !it.words.is_empty());
    all
}

impl<'s> Argument<'s> {
    /// The words from one place on, as an argument of its own.
    fn from(&self, place: usize) -> Self {
        Self { words: self.words.get(place..).unwrap_or_default().to_vec() }
    }

    pub(super) fn text(&self) -> &'s str {
        match (self.words.first(), self.words.last()) {
            (Some(first), Some(last)) => first.text_to(*last),
            _ => "",
        }
    }

    /// The last word of it, if that is a name.
    pub(super) fn last_name(&self) -> &'s str {
        self.words.last().map_or("", |it| it.text().rsplit("::").next().unwrap_or_default())
    }

    fn is(&self, place: usize, kind: &str) -> bool {
        self.words.get(place).is_some_and(|it| it.kind() == kind)
    }

    /// Whether it only says how the record is made: `target: "a"`.
    pub(super) fn is_setting(&self) -> bool {
        self.is(1, ":") && self.words.first().is_some_and(|it| matches!(it.text(), "target" | "parent" | "name" | "logger"))
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self.words.as_slice(), [only] if matches!(only.kind(), "integer_literal" | "float_literal"))
    }

    /// The name that a value is given under, and where the value begins: `name = value`, `a.b = value`.
    pub(super) fn name(&self) -> Option<(&'s str, usize)> {
        let place = self.words.iter().position(|it| it.kind() == "=").filter(|it| *it > 0)?;
        let (names, _) = self.words.split_at(place);
        let is_name = |it: &Node<'_>| matches!(it.kind(), "identifier" | "." | "string_literal" | "type" | "self");
        let (first, last) = (names.first()?, names.last()?);
        names.iter().all(is_name).then(|| (first.text_to(*last).trim_matches('"'), place.saturating_add(1)))
    }

    /// The value of what has a name, and otherwise all of it.
    pub(super) fn value(&self) -> Self {
        self.from(self.name().map_or(0, |(_, place)| place))
    }

    /// The fields that it states: itself, or those within its braces.
    pub(super) fn fields(&self) -> Vec<Attached> {
        match self.words.as_slice() {
            [only] if only.kind() == "token_tree" && only.text().starts_with('{') => arguments(*only).iter().map(Self::field).collect(),
            _ => vec![self.field()],
        }
    }

    fn field(&self) -> Attached {
        let value = self.value();
        let (form, from) = match value.words.first().map(|it| it.kind()) {
            Some("?") => (HoleForm::Debug, 1),
            Some("%") => (HoleForm::Display, 1),
            _ => (HoleForm::Display, 0),
        };
        let value = value.from(from);
        let name = self.name().map_or(value.text(), |(name, _)| name);
        Attached::Field { name: name.to_owned(), value: hole(value.text(), form) }
    }
}
