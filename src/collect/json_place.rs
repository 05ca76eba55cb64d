//! Where in a JSON document a byte lies.

use crate::limits::JSON_DEPTH;

/// The byte that a JSON parser means by `line` (from 1) and `column` (from 1, in bytes).
pub(super) fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let line_start = match line {
        0 | 1 => 0,
        _ => text.match_indices('\n').nth(line.saturating_sub(2)).map_or(text.len(), |(at, _)| at.saturating_add(1)),
    };
    text.floor_char_boundary(line_start.saturating_add(column.saturating_sub(1)))
}

/// The path of the value at or just before `offset`, such as `$.episodes[0].report`; `None` where nesting leaves all reason.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
pub(super) fn path_at(text: &str, offset: usize) -> Option<String> {
    enum Frame<'a> {
        Object { key: Option<&'a str>, awaits_key: bool },
        List { index: usize },
    }

    let mut frames: Vec<Frame<'_>> = Vec::new();
    let bytes = text.as_bytes().get(..offset)?;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' => frames.push(Frame::Object { key: None, awaits_key: true }),
            b'[' => frames.push(Frame::List { index: 0 }),
            b'}' | b']' => {
                frames.pop();
            }
            b',' => match frames.last_mut() {
                Some(Frame::Object { awaits_key, .. }) => *awaits_key = true,
                Some(Frame::List { index }) => *index += 1,
                None => {}
            },
            b'"' => {
                let start = at;
                while let Some(byte) = bytes.get(at).filter(|it| **it != b'"') {
                    at += if *byte == b'\\' { 2 } else { 1 };
                }
                if let Some(Frame::Object { key, awaits_key: awaits_key @ true }) = frames.last_mut() {
                    *key = text.get(start..at.min(offset));
                    *awaits_key = false;
                }
                at += 1;
            }
            _ => {}
        }
        if JSON_DEPTH < frames.len() {
            return None;
        }
    }
    let mut path = "$".to_owned();
    for frame in frames {
        match frame {
            Frame::Object { key: Some(key), .. } => {
                let is_plain = !key.is_empty() && key.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
                let shown: String = key.chars().filter(|it| !it.is_control()).take(80).collect();
                path += &if is_plain { format!(".{shown}") } else { format!("['{shown}']") };
            }
            Frame::Object { key: None, .. } => {}
            Frame::List { index } => path += &format!("[{index}]"),
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_the_value_at_the_place() {
        for (text, expected) in [
            (r#"{"a":{"b":[1,{"c-d":2"#, Some("$.a.b[1]['c-d']")),
            (r#"{"a":"x,]\"{","b":"#, Some("$.b")),
            (r#"[[1],["#, Some("$[1][0]")),
            ("", Some("$")),
            (r#"{"cut"#, Some("$.cut")),
            (&"[".repeat(200), None),
        ] {
            assert_eq!(path_at(text, text.len()).as_deref(), expected, "{text}");
        }
    }
}
