//! Colours in texts that were saved from a terminal.

use std::borrow::Cow;

/// A text without the sequences that tell a terminal colours and the like.
pub(super) fn stripped(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split('\u{1b}');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        plain.push_str(after_sequence(part));
    }
    Cow::Owned(plain)
}

/// What follows a sequence `[…m`; all of it if there is none.
fn after_sequence(part: &str) -> &str {
    let Some(rest) = part.strip_prefix('[') else { return part };
    let parameters = rest.bytes().take_while(|it| (0x20..0x40).contains(it)).count();
    match rest.as_bytes().get(parameters) {
        Some(0x40..=0x7e) => rest.get(parameters.saturating_add(1)..).unwrap_or_default(),
        _ => part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_and_all_else_stays() {
        let line = "\u{1b}[2m2025-09-01T08:38:15.123Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m \u{1b}[2mcrates/a.rs\u{1b}[0m\u{1b}[2m:\u{1b}[0m\u{1b}[2m62\u{1b}[0m: ok";
        assert_eq!(stripped(line), "2025-09-01T08:38:15.123Z  INFO crates/a.rs:62: ok");
        assert_eq!(stripped("\u{1b}[38;5;9mé\u{1b}[0m[0m"), "é[0m");
        assert_eq!(stripped("\u{1b}\u{1b}["), "[");
        assert_eq!(stripped("a"), "a");
    }
}
