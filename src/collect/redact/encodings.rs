//! Texts that stand in other texts: what they say, and where each of their places is in the text around.

use super::edit::Edit;
use super::steps::walked;

/// How a text was written into the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// With backslashes, as JSON, Python and Rust do.
    Backslash,
    /// Percent-encoding, as in URLs: `%2F`.
    Percent,
    /// Character references, as in HTML and XML: `&quot;`.
    Entity,
    /// Not at all, but for backslashes that are left out: what is nested deeper than is followed.
    Flat,
}

/// A decoded text.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    encoding: Encoding,
    /// Places in the decoded text with those in the text around. Between two of them both go on alike.
    places: Vec<(usize, usize)>,
}

impl Decoded {
    /// Decodes a text, if there is anything to decode.
    #[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
    pub(super) fn decode(text: &str, encoding: Encoding) -> Option<Self> {
        let mark = if encoding == Encoding::Percent {
            b'%'
        } else if encoding == Encoding::Entity {
            b'&'
        } else {
            b'\\'
        };
        walked(text.len());
        let bytes = text.as_bytes();
        let mut decoded = Self { text: String::new(), encoding, places: vec![(0, 0)] };
        let (mut copied, mut at) = (0, 0);
        while let Some(found) = bytes.get(at..).and_then(|it| memchr::memchr(mark, it)) {
            let start = at + found;
            let rest = text.get(start..).unwrap_or_default();
            let escape = match encoding {
                Encoding::Backslash => backslash(rest),
                Encoding::Percent => percent(rest),
                Encoding::Entity => entity(rest),
                Encoding::Flat => Some((None, rest.bytes().take_while(|it| *it == b'\\').count())),
            };
            let Some((letter, length)) = escape else {
                at = start + 1;
                continue;
            };
            if copied == 0 && decoded.text.is_empty() {
                decoded.text.reserve(text.len());
            }
            decoded.text.push_str(text.get(copied..start).unwrap_or_default());
            decoded.places.push((decoded.text.len(), start));
            decoded.text.extend(letter);
            (copied, at) = (start + length, start + length);
            decoded.places.push((decoded.text.len(), at));
        }
        if decoded.places.len() == 1 {
            return None;
        }
        decoded.text.push_str(text.get(copied..).unwrap_or_default());
        Some(decoded)
    }

    /// Where a place of the decoded text is in the text around.
    #[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
    fn outer(&self, place: usize) -> usize {
        // Of several with one place in the decoded text, the first: what ends here ends before an escape.
        let next = self.places.partition_point(|(inner, _)| *inner < place);
        match self.places.get(next) {
            Some((inner, outer)) if *inner == place => *outer,
            _ => self.places.get(next.saturating_sub(1)).map_or(place, |(inner, outer)| outer + (place - inner)),
        }
    }

    /// Where what starts at a place of the decoded text starts in the text around.
    #[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
    fn outer_start(&self, place: usize) -> usize {
        if self.encoding != Encoding::Flat {
            return self.outer(place);
        }
        let next = self.places.partition_point(|(inner, _)| *inner <= place);
        self.places.get(next.saturating_sub(1)).map_or(place, |(inner, outer)| outer + (place - inner))
    }

    /// An edit of the decoded text as one of the text around.
    pub(super) fn outward(&self, edit: Edit) -> Edit {
        let token = match self.encoding {
            Encoding::Backslash if edit.token.contains(['"', '\'']) => edit.token.replace('\\', "\\\\").replace('"', "\\\""),
            Encoding::Percent if edit.token.contains('"') => edit.token.replace('"', "%22"),
            Encoding::Entity if edit.token.contains('"') => edit.token.replace('"', "&quot;"),
            _ => edit.token,
        };
        Edit { range: self.outer_start(edit.range.start)..self.outer(edit.range.end), token, ..edit }
    }
}

/// Whether a text can hold letters that no search for plain ones finds.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
pub(super) fn hides_letters(text: &str) -> bool {
    walked(text.len());
    let bytes = text.as_bytes();
    memchr::memchr3_iter(b'\\', b'%', b'&', bytes).any(|at| match bytes.get(at) {
        Some(b'\\') => matches!(bytes.get(at + 1), Some(b'u' | b'x')),
        Some(b'%') => bytes.get(at + 1..at + 3).is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit)),
        _ => bytes.get(at + 1) == Some(&b'#'),
    })
}

/// The letter that an escape at the start of the text stands for, and the escape's length.
type DecodedEscape = Option<(Option<char>, usize)>;

#[expect(clippy::arithmetic_side_effects, reason = "a few digits, and the two halves of a surrogate pair")]
fn backslash(text: &str) -> DecodedEscape {
    let letter = |it: char| Some((Some(it), 2));
    match text.as_bytes().get(1)? {
        b'n' => letter('\n'),
        b'r' => letter('\r'),
        b't' => letter('\t'),
        b'b' => letter('\u{8}'),
        b'f' => letter('\u{c}'),
        b'0' => letter('\0'),
        quoted @ (b'"' | b'\'' | b'\\' | b'/' | b'`') => letter(char::from(*quoted)),
        b'x' => Some((char::from_u32(hex(text.get(2..4)?)?), 4)),
        b'u' if text.as_bytes().get(2) == Some(&b'{') => {
            let digits = text.get(3..)?.bytes().take(7).position(|it| it == b'}')?;
            Some((Some(char::from_u32(hex(text.get(3..3 + digits)?)?)?), digits + 4))
        }
        b'u' => {
            let first = hex(text.get(2..6)?)?;
            if let Some(one) = char::from_u32(first) {
                return Some((Some(one), 6));
            }
            let second = text.get(6..12).and_then(|it| hex(it.strip_prefix("\\u")?));
            let pair = second.filter(|it| first < 0xdc00 && (0xdc00..0xe000).contains(it));
            match pair {
                Some(second) => Some((char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)), 12)),
                None => Some((Some('\u{fffd}'), 6)),
            }
        }
        _ => None,
    }
}

#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
fn percent(text: &str) -> DecodedEscape {
    let byte = |at: usize| text.get(at..at + 3).and_then(|it| it.strip_prefix('%')).and_then(hex);
    let first = byte(0)?;
    let length = match first {
        0..0x80 => return Some((char::from_u32(first), 3)),
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    };
    let all: Option<Vec<u8>> = (0..length).map(|it| byte(3 * it).and_then(|it| u8::try_from(it).ok())).collect();
    let letter = std::str::from_utf8(&all?).ok()?.chars().next()?;
    Some((Some(letter), 3 * length))
}

#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
fn entity(text: &str) -> DecodedEscape {
    const LONGEST: usize = 10;
    let end = text.bytes().take(LONGEST).position(|it| it == b';')?;
    let letter = match text.get(1..end)? {
        "quot" => '"',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "apos" => '\'',
        "nbsp" => ' ',
        number => {
            let number = number.strip_prefix('#')?;
            let hexadecimal = number.strip_prefix(['x', 'X']).map(hex);
            char::from_u32(hexadecimal.unwrap_or_else(|| number.parse().ok())?)?
        }
    };
    Some((Some(letter), end + 1))
}

fn hex(digits: &str) -> Option<u32> {
    if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}
