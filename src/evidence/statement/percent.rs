//! Python texts whose holes begin with a percent sign: those of the `%` operator and of `logging`.

use super::template::{NotFitting, Template};
use super::{HoleForm, TextPiece};

/// Fills a text with expressions, in order; `%(name)s` takes none.
pub(super) fn filled(text: &Template, values: &[&str]) -> Result<Template, NotFitting> {
    let mut filled = Template::default();
    let mut left = values.iter();
    let mut by_name = false;
    for piece in &text.pieces {
        let TextPiece::Literal(literal) = piece else {
            filled.pieces.push(piece.clone());
            continue;
        };
        let mut rest = literal.as_str();
        while let Some((before, from)) = rest.split_once('%') {
            filled.literal(before);
            let spec = Spec::parse(from)?;
            rest = spec.rest;
            if spec.letter == '%' {
                filled.literal("%");
                continue;
            }
            for _ in 0..spec.starred {
                left.next().ok_or(NotFitting)?;
            }
            let value = match spec.name {
                Some(name) => {
                    by_name = true;
                    name
                }
                None => left.next().ok_or(NotFitting)?,
            };
            filled.hole(value, spec.form());
        }
        filled.literal(rest);
    }
    let is_spent = by_name || left.all(|it| it.starts_with('*'));
    if is_spent { Ok(filled) } else { Err(NotFitting) }
}

/// What stands between a percent sign and its letter.
struct Spec<'t> {
    name: Option<&'t str>,
    flags: &'t str,
    width: &'t str,
    starred: usize,
    letter: char,
    rest: &'t str,
}

impl<'t> Spec<'t> {
    fn parse(from: &'t str) -> Result<Self, NotFitting> {
        let (name, from) = match from.strip_prefix('(') {
            Some(named) => named.split_once(')').map(|(name, from)| (Some(name), from)).ok_or(NotFitting)?,
            None => (None, from),
        };
        let cut = |text: &'t str, marks: &[char]| text.split_at(text.find(|it| !marks.contains(&it)).unwrap_or(text.len()));
        let (flags, from) = cut(from, &['#', '0', '-', ' ', '+']);
        let (width, from) = cut(from, &['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*']);
        let (precision, from) = cut(from, &['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '.']);
        let from = from.trim_start_matches(['h', 'l', 'L']);
        let mut rest = from.chars();
        let letter = rest.next().filter(|it| "diouxXeEfFgGcrsa%".contains(*it)).ok_or(NotFitting)?;
        let starred = width.matches('*').count().saturating_add(precision.matches('*').count());
        Ok(Self { name, flags, width, starred, letter, rest: rest.as_str() })
    }

    fn form(&self) -> HoleForm {
        // Blanks that fill a width, and signs, are in no plain number.
        let is_filled = !self.width.is_empty() && (!self.flags.contains('0') || self.flags.contains('-'));
        let is_padded = is_filled || self.flags.contains([' ', '+']);
        match self.letter {
            'r' | 'a' => HoleForm::Debug,
            _ if is_padded => HoleForm::Padded,
            'd' | 'i' | 'u' => HoleForm::Decimal,
            'x' => HoleForm::Hex,
            'X' => HoleForm::UpperHex,
            'f' | 'F' => HoleForm::Fraction,
            _ => HoleForm::Display,
        }
    }
}
