//! Where a secret ends that a name announces: `password=…`, `"password": "…"`, the same inside a JSON string, Python's `'password': '…'`.
//!
//! A pattern cannot decide this: the quote that ends the value is the one at the depth of escaping at which it began.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::redact_pattern::armoured_key_end;

/// What kind of text a value stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Valid JSON: a plain `"` always begins or ends one of its strings.
    Json,
    /// Anything else.
    Text,
}

/// A name and its separator, as found.
#[derive(Debug)]
pub(super) struct Head<'a> {
    /// Where the value begins, in bytes.
    pub(super) end: usize,
    /// The quote that ends the name, with the backslashes before it.
    pub(super) key_quote: Option<&'a str>,
    /// Whether the name may as well be an innocent word (`token`).
    pub(super) is_weak: bool,
    /// Whether the value may start with an authentication scheme.
    pub(super) is_header: bool,
    /// Whether the separator is `=`.
    pub(super) is_assignment: bool,
}

/// The extent of a secret.
#[derive(Debug)]
pub(super) struct Value<'a> {
    /// What is to be replaced, in bytes.
    pub(super) range: Range<usize>,
    /// What the token must be wrapped in to stay a string.
    pub(super) quote: &'a str,
    /// Whether it is a bearer token.
    pub(super) is_bearer: bool,
}

/// Finds the value after `head`, unless it is none, or no secret.
pub(super) fn value<'a>(text: &'a str, head: &Head<'a>, form: Form) -> Option<Value<'a>> {
    let rest = text.get(head.end..)?;
    let escapes = rest.bytes().take_while(|it| *it == b'\\').count();
    let opening = rest.as_bytes().get(escapes).copied();
    let place = Place { form, key_quote: head.key_quote };
    let value = match opening {
        Some(quote @ (b'"' | b'\'')) => {
            if place.ends_around(quote, escapes) || escapes < head.key_quote.map_or(0, |it| it.len() - 1) {
                return None;
            }
            let start = head.end + escapes + 1;
            let content = armoured_key_end(text, start).unwrap_or(start);
            Value { range: start..content + string_end(text.get(content..)?, quote, escapes, &place), quote: "", is_bearer: false }
        }
        Some(b'[' | b'{') if escapes == 0 && !head.is_weak => {
            Value { range: head.end..head.end + group_end(rest, &place), quote: head.key_quote.unwrap_or(""), is_bearer: false }
        }
        _ => {
            let start = armoured_key_end(text, head.end).unwrap_or(head.end);
            let end = start + bare_end(text.get(start..)?, head);
            // A bare value of a quoted name becomes a string: JSON has no bare words.
            Value { range: head.end..end, quote: head.key_quote.unwrap_or(""), is_bearer: false }
        }
    };
    let value = if head.is_header { without_scheme(text, value)? } else { value };
    let secret = text.get(value.range.clone())?;
    is_secret(secret, head).then_some(value)
}

/// Whether this is `0x` and up to 64 hexadecimal digits: a hash, an address, a number.
pub(super) fn is_hex_number(text: &str) -> bool {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    digits.is_some_and(|it| !it.is_empty() && it.len() <= 64 && it.bytes().all(|it| it.is_ascii_hexdigit()))
}

/// Whether this looks unlike a word of a sentence.
pub(super) fn looks_random(text: &str) -> bool {
    let has = |is: fn(&u8) -> bool| text.as_bytes().iter().skip(1).any(is);
    20 <= text.len() || has(u8::is_ascii_digit) || (has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase))
}

fn is_secret(secret: &str, head: &Head<'_>) -> bool {
    const NOTHING: [&str; 8] = ["none", "null", "nil", "true", "false", "undefined", "sensitive", "redacted"];
    let bare = secret.trim_matches(|it: char| !it.is_alphanumeric());
    if bare.is_empty() || NOTHING.iter().any(|it| it.eq_ignore_ascii_case(bare)) {
        return false;
    }
    if head.is_weak {
        let is_prose = head.key_quote.is_none() && !head.is_assignment && !looks_random(&without_tokens(secret));
        return !is_prose && !is_hex_number(secret);
    }
    true
}

/// The text without what earlier redaction put there, which looks random by itself.
fn without_tokens(text: &str) -> Cow<'_, str> {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| Regex::new("«redacted:[a-z-]+:[0-9a-f]{4}»").expect("a fixed pattern"));
    TOKEN.replace_all(text, "")
}

/// Where a value stands.
struct Place<'a> {
    form: Form,
    key_quote: Option<&'a str>,
}

impl Place<'_> {
    /// Whether `quote` after `run` backslashes ends the JSON string that name and value stand in.
    fn ends_around(&self, quote: u8, run: usize) -> bool {
        self.form == Form::Json && quote == b'"' && run.is_multiple_of(2) && self.key_quote != Some("\"")
    }
}

/// What a quote means inside a string whose own quotes have `escapes` backslashes before them.
enum Role {
    Closes,
    Embedded,
    /// Closes a string around this one; the last so many backslashes belong to it.
    ClosesAround(usize),
}

/// Each depth of escaping doubles the backslashes, so the length of the run before a quote tells the depth of the quote.
fn role(run: usize, escapes: usize) -> Role {
    let is_at = |escapes: usize| run % (2 * (escapes + 1)) == escapes;
    if is_at(escapes) {
        return Role::Closes;
    }
    let mut around = 0;
    while around < escapes {
        if is_at(around) {
            return Role::ClosesAround(around);
        }
        around = 2 * around + 1;
    }
    Role::Embedded
}

/// The end of the string that `quote` with `escapes` backslashes before it opened.
fn string_end(content: &str, quote: u8, escapes: usize, place: &Place<'_>) -> usize {
    let mut run = 0;
    for (at, byte) in content.bytes().enumerate() {
        match byte {
            b'\\' => {
                run += 1;
                continue;
            }
            _ if place.ends_around(byte, run) => return at,
            _ if byte == quote => match role(run, escapes) {
                Role::Closes => return at - escapes,
                Role::ClosesAround(backslashes) => return at - backslashes,
                Role::Embedded => {}
            },
            b'\n' => return at,
            _ => {}
        }
        run = 0;
    }
    content.len()
}

/// The end of the list or object that `text` starts with; of the string around it, or of the line, if it is not closed.
fn group_end(text: &str, place: &Place<'_>) -> usize {
    let escapes = place.key_quote.map_or(0, |it| it.len() - 1);
    let mut depth = 0_usize;
    let mut open = None;
    let mut run = 0;
    for (at, byte) in text.bytes().enumerate() {
        match (byte, open) {
            (b'\\', _) => {
                run += 1;
                continue;
            }
            (b'"' | b'\'', _) if place.ends_around(byte, run) => return at,
            (b'"' | b'\'', _) => match (role(run, escapes), open) {
                (Role::Closes, None) => open = Some(byte),
                (Role::Closes, Some(quote)) if quote == byte => open = None,
                (Role::ClosesAround(backslashes), _) if byte == b'"' => return at - backslashes,
                _ => {}
            },
            (b'[' | b'{', None) => depth += 1,
            (b']' | b'}', None) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            (b'\n', _) if place.form == Form::Text && place.key_quote.is_none() => return at,
            _ => {}
        }
        run = 0;
    }
    text.len()
}

fn bare_end(text: &str, head: &Head<'_>) -> usize {
    // A password may hold brackets; but after a quoted name, brackets are those around name and value.
    static STRICT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"^(?:[^\s"'\\,;&<>(){}\[\]`«»]|\\u[0-9a-fA-F]{4}|\\{1,3}/)*"#).expect("a fixed pattern"));
    static LENIENT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"^(?:[^\s"'\\,;&`«»]|\\u[0-9a-fA-F]{4}|\\{1,3}/)*"#).expect("a fixed pattern"));
    let scheme = if head.is_header { SCHEME.find(text).map_or(0, |it| it.end()) } else { 0 };
    let rest = text.get(scheme..).unwrap_or_default();
    let is_strict = head.is_weak || head.key_quote.is_some();
    let found = if is_strict { STRICT.find(rest) } else { LENIENT.find(rest) };
    let found = found.map_or("", |it| it.as_str());
    scheme + without_closers(found).len()
}

/// A bracket that was opened before the value is not part of it.
fn without_closers(value: &str) -> &str {
    const PAIRS: [(u8, u8); 4] = [(b'(', b')'), (b'[', b']'), (b'{', b'}'), (b'<', b'>')];
    let count = |bracket: u8| value.bytes().filter(|it| *it == bracket).count();
    let mut surplus = PAIRS.map(|(open, close)| (close, count(close).saturating_sub(count(open))));
    let mut end = value.len();
    for byte in value.bytes().rev() {
        match surplus.iter_mut().find(|(close, surplus)| *close == byte && 0 < *surplus) {
            Some((_, surplus)) => *surplus -= 1,
            None => break,
        }
        end -= 1;
    }
    value.get(..end).unwrap_or(value)
}

static SCHEME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?i:(bearer)|basic|token|digest|apikey|negotiate)[ \t]+").expect("a fixed pattern"));

/// The value without `Bearer ` and the like, which stay readable.
fn without_scheme<'a>(text: &str, value: Value<'a>) -> Option<Value<'a>> {
    let Some(scheme) = SCHEME.captures(text.get(value.range.clone())?) else { return Some(value) };
    let start = value.range.start + scheme.get(0)?.end();
    Some(Value { range: start..value.range.end, is_bearer: scheme.get(1).is_some(), ..value })
}
