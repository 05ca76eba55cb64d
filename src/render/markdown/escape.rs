//! Text inside Markdown that stays text: no tag, link, mention, reference or heading can come out of evidence.

/// Words of a sentence. What is not plainly a word becomes code, where nothing is interpreted; code that the text itself marks stays.
pub(super) fn prose(text: &str) -> String {
    let balanced = !text.contains("``") && text.matches('`').count().is_multiple_of(2);
    if !balanced {
        return plain(text);
    }
    let parts = text.split('`').enumerate();
    parts.map(|(place, part)| if place.is_multiple_of(2) { plain(part) } else { code(part) }).collect()
}

fn plain(text: &str) -> String {
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn word(word: &str) -> String {
    let from = word.trim_start_matches(['(', '"', '\'', '«']);
    let lead = word.strip_suffix(from).unwrap_or_default();
    let trimmed = from.trim_end_matches(['.', ',', ';', ':', ')', '"', '\'', '!', '?', '»']);
    // The bracket of `f()` belongs to the word, that of `(see f)` does not.
    let after = from.strip_prefix(trimmed).unwrap_or_default();
    let closed = usize::from(trimmed.contains('(') && after.starts_with(')'));
    let (core, tail) = from.split_at_checked(trimmed.len().saturating_add(closed)).unwrap_or((from, ""));
    if core.is_empty() || is_plain(core) {
        // Alone at the start of a line these would begin a list.
        return if matches!(word, "-" | "+") || !word.chars().all(is_harmless) { code(word) } else { word.to_owned() };
    }
    format!("{lead}{}{tail}", code(core))
}

/// Whether a word means itself: letters, digits, and marks that Markdown leaves alone inside a word.
fn is_plain(core: &str) -> bool {
    let long_hex = core.len() > 12 && core.chars().all(|it| it.is_ascii_hexdigit() || it == '…');
    core.chars().all(is_harmless)
        && core.starts_with(|it: char| it.is_alphanumeric() || "…×≠=·—".contains(it))
        && !core.starts_with("0x")
        && !core.contains("://")
        && !core.to_ascii_lowercase().starts_with("www.")
        && !long_hex
}

fn is_harmless(it: char) -> bool {
    it.is_alphanumeric() || "-'’….,:/%×≠=·—+()\"«»;?!".contains(it)
}

/// Code on one line: the fence is longer than any run of backticks inside.
pub(super) fn code(text: &str) -> String {
    if text.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let fence = "`".repeat(longest_run(text, '`').saturating_add(1));
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Lines of code, in a language for colours.
pub(super) fn fence(language: &str, lines: &[String]) -> String {
    let longest = lines.iter().map(|it| longest_run(it, '`')).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2).saturating_add(1));
    format!("{fence}{language}\n{}\n{fence}", lines.join("\n"))
}

/// Code inside a table, where a bar would end the cell even inside code.
pub(super) fn cell(code: &str) -> String {
    code.replace('|', "\\|")
}

/// A link if the text is an ordinary address, else code.
pub(super) fn link(text: &str) -> String {
    let ordinary = |it: char| it.is_ascii_alphanumeric() || "-._~:/?#=&%+,".contains(it);
    if text.starts_with("https://") && text.chars().all(ordinary) { format!("<{text}>") } else { code(text) }
}

fn longest_run(text: &str, wanted: char) -> usize {
    text.split(|it| it != wanted).map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_stay_sentences_and_the_rest_becomes_code() {
        let cases = [
            ("Both sides reverted it (for 3.5 seconds), and/or not.", "Both sides reverted it (for 3.5 seconds), and/or not."),
            ("the receipt_commitment, too", "the `receipt_commitment`, too"),
            ("lines with `Error at pc` in them", "lines with `Error at pc` in them"),
            ("ask @everyone or #12", "ask `@everyone` or `#12`"),
            ("<script>alert(1)</script>", "`<script>alert(1)</script>`"),
            (
                "[click](javascript:x) www.evil.example https://evil.example",
                "`[click](javascript:x)` `www.evil.example` `https://evil.example`",
            ),
            ("of 0x123456…cdef.", "of `0x123456…cdef`."),
            ("needs starknet_version >= 0.14.3", "needs `starknet_version` `>=` 0.14.3"),
            ("- no list", "`-` no list"),
            ("(see set_new_tx())", "(see `set_new_tx()`)"),
            ("un`balanced", "``un`balanced``"),
            ("*bold* | bar", "`*bold*` `|` bar"),
            ("key «redacted:url-key:7f3a», gone", "key «redacted:url-key:7f3a», gone"),
        ];
        for (text, expected) in cases {
            assert_eq!(prose(text), expected);
        }
    }

    #[test]
    fn code_cannot_be_left() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("```"), "```` ``` ````");
        assert_eq!(code(" "), "(empty)");
        assert_eq!(fence("diff", &["- ````".to_owned()]), "`````diff\n- ````\n`````");
        assert_eq!(cell(&code("a|b")), "`a\\|b`");
        assert_eq!(link("https://example.org/a?b=1"), "<https://example.org/a?b=1>");
        assert_eq!(link("javascript:alert(1)"), "`javascript:alert(1)`");
    }
}
