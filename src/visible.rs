//! Characters that must not reach a terminal, a browser or a chat as they are.

use std::borrow::Cow;

/// The text on one line, with every character escaped that would move the cursor, hide something or turn the reading direction:
/// `\n`, `\x1b`, `\u{202e}`.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            it if is_hidden(it) => push_code(&mut shown, it),
            it => shown.push(it),
        }
    }
    Cow::Owned(shown)
}

/// JSON text with such characters as `\u` escapes, which mean the same; line feeds stay, because outside of strings they are layout.
#[must_use]
pub fn visible_json(json: String) -> String {
    let hidden = |it: char| it != '\n' && is_hidden(it);
    if !json.contains(hidden) {
        return json;
    }
    let mut shown = String::with_capacity(json.len());
    for it in json.chars() {
        if hidden(it) {
            let mut units = [0; 2];
            for unit in it.encode_utf16(&mut units) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(it);
        }
    }
    shown
}

/// Whether a character does something instead of showing something: controls, bidi controls, and what has no width.
#[must_use]
pub(crate) fn is_hidden(it: char) -> bool {
    it.is_control()
        || matches!(it,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

fn push_code(shown: &mut String, it: char) {
    let code = u32::from(it);
    shown.push_str(&if code < 0x80 { format!("\\x{code:02x}") } else { format!("\\u{{{code:x}}}") });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_act_is_shown_instead() {
        let cases = [
            ("plain, ünïcode, 中文 and … stay", "plain, ünïcode, 中文 and … stay"),
            ("\u{1b}[31mred\u{1b}[0m", "\\x1b[31mred\\x1b[0m"),
            ("a\u{202e}b\u{2066}c", "a\\u{202e}b\\u{2066}c"),
            ("one\ntwo\r\n\tthree", "one\\ntwo\\r\\n\\tthree"),
            ("\u{9b}2J\u{7f}\0", "\\u{9b}2J\\x7f\\x00"),
            ("zero\u{200b}width\u{feff}\u{e0041}", "zero\\u{200b}width\\u{feff}\\u{e0041}"),
        ];
        for (raw, shown) in cases {
            assert_eq!(visible(raw), shown);
        }
    }

    #[test]
    fn json_keeps_its_meaning() {
        let raw = "a\u{9b}b\u{202e}c\u{e0041}\u{7f}\nd";
        let json = visible_json(serde_json::to_string(&[raw]).expect("JSON"));
        assert!(!json.contains(is_hidden), "{json}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&json).expect("JSON"), [raw]);
    }
}
