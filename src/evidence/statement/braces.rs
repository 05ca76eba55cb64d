//! Texts whose holes stand in braces: those of `format!` and of `str.format`.

use super::HoleForm;
use super::template::NotFitting;

/// A part of such a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'t> {
    /// It reads so.
    Text(&'t str),
    /// A value stands here: what names it, and how it is to be written.
    Field { name: &'t str, spec: &'t str },
}

/// Takes a text apart at its braces.
pub(super) fn parts(text: &str) -> Result<Vec<Part<'_>>, NotFitting> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(place) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(place);
        parts.push(Part::Text(before));
        if let Some(brace) = ["{{", "}}"].into_iter().find(|it| from.starts_with(it)) {
            parts.push(Part::Text(&from[..1]));
            rest = &from[brace.len()..];
            continue;
        }
        let end = closed(from).ok_or(NotFitting)?;
        let field = &from[1..end];
        let (name, spec) = field.split_once(':').unwrap_or((field, ""));
        parts.push(Part::Field { name: name.trim(), spec: spec.trim_end() });
        rest = &from[end + 1..];
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

/// Where the brace that a text begins with is closed.
fn closed(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (place, it) in text.char_indices() {
        match it {
            '{' => open += 1,
            '}' if open <= 1 => return (open == 1).then_some(place),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

/// How `format!` writes a value for what follows the colon.
pub(super) fn form_in_rust(spec: &str) -> HoleForm {
    // A fill may be any character, such as `?` in `{:?>8}`.
    let filled = spec.chars().nth(1).is_some_and(|it| matches!(it, '<' | '^' | '>'));
    let spec = if filled { spec.char_indices().nth(1).map_or("", |(place, _)| &spec[place..]) } else { spec };
    match spec.chars().last() {
        Some('?') if spec.contains('#') => HoleForm::DebugLines,
        Some('?') => HoleForm::Debug,
        Some('x' | 'X') => HoleForm::Hex,
        _ => HoleForm::Display,
    }
}

/// How Python writes a value for what follows the exclamation mark and the colon.
pub(super) fn form_in_python(conversion: &str, spec: &str) -> HoleForm {
    if matches!(conversion.trim_start_matches('!'), "r" | "a") {
        return HoleForm::Debug;
    }
    let width = spec.trim_end_matches(|it: char| it.is_ascii_alphabetic() || it == '%');
    // Blanks that fill a width and commas between thousands are in no plain number.
    let is_plain = |width: &str| width.is_empty() || width.starts_with('0') && width.bytes().all(|it| it.is_ascii_digit());
    match spec.chars().last() {
        Some('d') if is_plain(width) => HoleForm::Decimal,
        Some('x' | 'X') if is_plain(width.trim_start_matches('#')) => HoleForm::Hex,
        Some('f' | 'F' | '%') if width.split_once('.').is_none_or(|(before, _)| is_plain(before)) => HoleForm::Fraction,
        _ => HoleForm::Display,
    }
}
