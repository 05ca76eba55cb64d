//! Texts of `format!` and its like.

use std::collections::BTreeMap;

use super::arguments::{Argument, arguments};
use crate::evidence::statement::template::{LONGEST_NAMED, NotFitting, Template};
use crate::evidence::statement::{HoleForm, WhyUnread, braces, escapes};
use crate::evidence::syntax::{Node, Syntax};
use crate::limits::MACRO_TEXT_DEPTH;

/// What a number between braces names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fields {
    /// A value that follows the text.
    None,
    /// A field of the type whose words it is.
    Numbered,
}

/// Texts that names stand for.
#[derive(Default)]
pub(super) struct Constants<'s> {
    texts: BTreeMap<&'s str, Option<String>>,
}

impl<'s> Constants<'s> {
    pub(super) fn from_syntax(syntax: &'s Syntax<'s>) -> Self {
        let mut texts: BTreeMap<&str, Option<String>> = BTreeMap::new();
        for node in syntax.nodes().filter(|it| matches!(it.kind(), "const_item" | "static_item")) {
            let Some((name, value)) = node.child("name").zip(node.child("value")) else { continue };
            // Of two that bear the name, the statement does not tell which it means.
            texts.entry(name.text()).and_modify(|it| *it = None).or_insert_with(|| literal(value).filter(|it| it.len() <= LONGEST_NAMED));
        }
        Self { texts }
    }

    /// Whether an argument is a text as macros of `format!` take it.
    pub(super) fn is_text(&self, argument: &Argument<'_>) -> bool {
        matches!(self.format(argument, MACRO_TEXT_DEPTH), Some(Ok(_)))
    }

    /// The text of `"…", values`.
    pub(super) fn message(&self, given: &[Argument<'_>], fields: Fields) -> Result<Template, WhyUnread> {
        self.message_within(given, fields, MACRO_TEXT_DEPTH)
    }

    fn message_within(&self, given: &[Argument<'_>], fields: Fields, depth: usize) -> Result<Template, WhyUnread> {
        let (text, values) = given.split_first().ok_or(WhyUnread::NotStated)?;
        let text = self.format(text, depth).ok_or(WhyUnread::NotStated)??;
        filled(&text, values, fields).map_err(|NotFitting| WhyUnread::NotFitting)
    }

    /// A text that is yet to be filled: a literal, or `concat!` of some.
    fn format(&self, argument: &Argument<'_>, depth: usize) -> Option<Result<String, WhyUnread>> {
        match argument.words.as_slice() {
            [only] => literal(*only).map(Ok),
            [name, mark, given] if name.text() == "concat" && mark.kind() == "!" => {
                let depth = depth.checked_sub(1)?;
                arguments(*given).iter().map(|it| self.format(it, depth)).collect()
            }
            _ => None,
        }
    }

    /// The text that an expression states: a literal, a constant, `format!`.
    pub(super) fn text(&self, argument: &Argument<'_>) -> Result<Template, WhyUnread> {
        let unstated = Err(WhyUnread::NotStated);
        let mut words = argument.words.as_slice();
        // Of a call, the grammar tells more than of what a macro is given.
        if let [only] = words
            && only.kind() == "reference_expression"
        {
            let Some(value) = only.child("value") else { return unstated };
            return self.text(&Argument { words: vec![value] });
        }
        while let [mark, rest @ ..] = words
            && mark.kind() == "&"
        {
            words = rest;
        }
        match words {
            [only] if only.kind() == "macro_invocation" => {
                let called = only.child("macro").zip(only.children().find(|it| it.kind() == "token_tree"));
                match called {
                    Some((name, given)) if name.text() == "format" => self.message(&arguments(given), Fields::None),
                    _ => unstated,
                }
            }
            [name, mark, given] if name.text() == "format" && mark.kind() == "!" => self.message(&arguments(*given), Fields::None),
            [only] => match literal(*only).or_else(|| self.texts.get(only.text()).cloned().flatten()) {
                Some(text) => Ok(text.as_str().into()),
                None => unstated,
            },
            _ => unstated,
        }
    }
}

/// The text of a literal.
fn literal(node: Node<'_>) -> Option<String> {
    let text = node.text();
    match node.kind() {
        "string_literal" => Some(escapes::in_rust(text.strip_prefix('"')?.strip_suffix('"')?)),
        "raw_string_literal" => {
            let hashed = text.strip_prefix('r')?;
            let hashes = hashed.len().saturating_sub(hashed.trim_start_matches('#').len());
            let content = hashed.get(hashes..hashed.len().checked_sub(hashes)?)?;
            Some(content.strip_prefix('"')?.strip_suffix('"')?.to_owned())
        }
        _ => None,
    }
}

fn filled(text: &str, values: &[Argument<'_>], fields: Fields) -> Result<Template, NotFitting> {
    let mut whole = Template::default();
    let in_order: Vec<&str> = values.iter().filter(|it| it.name().is_none()).map(Argument::text).collect();
    // A value with a name counts in the order too, after those without.
    let named: Vec<(&str, &str)> = values.iter().filter_map(|it| Some((it.name()?.0, it.value().text()))).collect();
    let mut next = 0_usize;
    for part in braces::parts(text)? {
        let (name, spec) = match part {
            braces::BracePart::Text(text) => {
                whole.literal(text);
                continue;
            }
            braces::BracePart::Field { name, spec } => (name, spec),
        };
        // `{:.*}` takes its precision before its value.
        if spec.contains(".*") {
            next = next.saturating_add(1);
        }
        let at = |place: usize| in_order.get(place).copied().or_else(|| named.get(place.checked_sub(in_order.len())?).map(|(_, it)| *it));
        let value = if name.is_empty() {
            next = next.saturating_add(1);
            at(next.saturating_sub(1)).ok_or(NotFitting)?
        } else if name.bytes().all(|it| it.is_ascii_digit()) {
            match fields {
                Fields::Numbered => name,
                Fields::None => name.parse().ok().and_then(at).ok_or(NotFitting)?,
            }
        } else {
            named.iter().find(|(it, _)| *it == name).map_or(name, |(_, value)| *value)
        };
        let form: HoleForm = braces::form_in_rust(spec);
        whole.hole(value, form);
    }
    Ok(whole)
}
