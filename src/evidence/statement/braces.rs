//! Texts whose holes stand in braces: those of `format!` and of `str.format`.

use super::HoleForm;
use super::template::NotFitting;

/// A part of such a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BracePart<'t> {
    /// Literal text.
    Text(&'t str),
    /// A value stands here: what names it, and how it is to be written.
    Field { name: &'t str, spec: &'t str },
}

/// Takes a text apart at its braces.
pub(super) fn parts(text: &str) -> Result<Vec<BracePart<'_>>, NotFitting> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(place) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(place);
        parts.push(BracePart::Text(before));
        if let Some(brace) = ["{{", "}}"].into_iter().find(|it| from.starts_with(it)) {
            let (one, after) = from.split_at_checked(1).ok_or(NotFitting)?;
            parts.push(BracePart::Text(one));
            rest = after.get(brace.len().saturating_sub(1)..).unwrap_or_default();
            continue;
        }
        let end = closed(from).ok_or(NotFitting)?;
        let field = from.get(1..end).ok_or(NotFitting)?;
        let (name, spec) = field.split_once(':').unwrap_or((field, ""));
        parts.push(BracePart::Field { name: name.trim(), spec: spec.trim_end() });
        rest = from.get(end.saturating_add(1)..).unwrap_or_default();
    }
    parts.push(BracePart::Text(rest));
    Ok(parts)
}

/// Where the brace that a text begins with is closed.
fn closed(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (place, it) in text.char_indices() {
        match it {
            '{' => open = open.saturating_add(1),
            '}' if open <= 1 => return (open == 1).then_some(place),
            '}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// How `format!` writes a value for what follows the colon.
pub(super) fn form_in_rust(spec: &str) -> HoleForm {
    let spec = unfilled(spec);
    match spec.chars().last() {
        Some('?') if spec.contains('#') => HoleForm::DebugLines,
        Some('?') => HoleForm::Debug,
        _ if is_padded(spec) => HoleForm::Padded,
        Some('x') => HoleForm::Hex,
        Some('X') => HoleForm::UpperHex,
        _ => HoleForm::Display,
    }
}

/// How Python writes a value for what follows the exclamation mark and the colon.
pub(super) fn form_in_python(conversion: &str, spec: &str) -> HoleForm {
    if matches!(conversion.trim_start_matches('!'), "r" | "a") {
        return HoleForm::Debug;
    }
    let spec = unfilled(spec);
    match spec.chars().last() {
        _ if is_padded(spec) => HoleForm::Padded,
        _ if spec.contains([',', '_']) => HoleForm::Grouped,
        Some('d') => HoleForm::Decimal,
        Some('x') => HoleForm::Hex,
        Some('X') => HoleForm::UpperHex,
        Some('f' | 'F' | '%') => HoleForm::Fraction,
        _ => HoleForm::Display,
    }
}

/// Without the sign that fills a width, which may be any, such as `?` in `{:?>8}`.
fn unfilled(spec: &str) -> &str {
    let is_filled = spec.chars().nth(1).is_some_and(|it| matches!(it, '<' | '^' | '>' | '='));
    if is_filled { spec.char_indices().nth(1).and_then(|(place, _)| spec.get(place..)).unwrap_or_default() } else { spec }
}

/// Whether blanks or a sign may stand around a value: a width that is not filled with zeros, `+`, or a place that is not stated.
fn is_padded(spec: &str) -> bool {
    let before = spec.split('.').next().unwrap_or_default();
    let width = before.trim_start_matches(['<', '^', '>', '=', '-', '#']);
    before.contains(['<', '^', '>', '=', '+', ' ', '$', '{']) || width.starts_with(|it: char| it.is_ascii_digit() && it != '0')
}
