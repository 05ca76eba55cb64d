//! What literals write with a backslash.

/// Decodes the content of a Rust string literal.
pub(super) fn in_rust(content: &str) -> String {
    read(content, |rest| {
        Some(match rest.chars().next()? {
            '0' => Escape::one('\0', 1),
            // A line that goes on: all blanks up to the next text are left out.
            '\n' | '\r' => Escape { text: None, taken: rest.len().saturating_sub(rest.trim_start_matches([' ', '\t', '\n', '\r']).len()) },
            'u' => {
                let digits = rest.strip_prefix("u{")?.split_once('}')?.0;
                coded(&digits.replace('_', ""), digits.len().saturating_add(3))?
            }
            _ => return None,
        })
    })
}

/// Decodes the content of a Python string literal.
pub(super) fn in_python(content: &str) -> String {
    read(content, |rest| {
        Some(match rest.chars().next()? {
            'a' => Escape::one('\x07', 1),
            'b' => Escape::one('\x08', 1),
            'f' => Escape::one('\x0c', 1),
            'v' => Escape::one('\x0b', 1),
            '\n' => Escape { text: None, taken: 1 },
            '\r' => Escape { text: None, taken: if rest.starts_with("\r\n") { 2 } else { 1 } },
            '0'..='7' => {
                let taken = rest.bytes().take(3).take_while(|it| matches!(it, b'0'..=b'7')).count();
                Escape::one(char::from_u32(u32::from_str_radix(rest.get(..taken)?, 8).ok()?)?, taken)
            }
            'u' => coded(rest.get(1..5)?, 5)?,
            'U' => coded(rest.get(1..9)?, 9)?,
            _ => return None,
        })
    })
}

/// What an escape stands for, and how much of the text after the backslash belongs to it.
struct Escape {
    text: Option<char>,
    taken: usize,
}

impl Escape {
    fn one(text: char, taken: usize) -> Self {
        Self { text: Some(text), taken }
    }
}

fn coded(digits: &str, taken: usize) -> Option<Escape> {
    Some(Escape::one(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, taken))
}

/// Decodes the escapes that both languages share.
fn common(rest: &str) -> Option<Escape> {
    let letter = rest.chars().next()?;
    Some(match letter {
        'n' => Escape::one('\n', 1),
        'r' => Escape::one('\r', 1),
        't' => Escape::one('\t', 1),
        '\\' | '\'' | '"' => Escape::one(letter, 1),
        'x' => coded(rest.get(1..3)?, 3)?,
        _ => return None,
    })
}

/// Reads a text; a backslash that begins no escape is left as it stands.
fn read(content: &str, escape: impl Fn(&str) -> Option<Escape>) -> String {
    let mut text = String::with_capacity(content.len());
    let mut rest = content;
    while let Some((before, from)) = rest.split_once('\\') {
        text.push_str(before);
        match common(from).or_else(|| escape(from)) {
            Some(escape) => {
                text.extend(escape.text);
                rest = from.get(escape.taken..).unwrap_or_default();
            }
            None => {
                text.push('\\');
                rest = from;
            }
        }
    }
    text.push_str(rest);
    text
}
