//! Where the value of a name is in a text that is no JSON: `password=...`, `'password': '...'`, `("password", "...")`, `--password ...`,
//! `Password("...")`, `password: Some("...")`, `<password>...</password>`.
//!
//! The text is a decoded one: a quote that belongs to a string around it has no backslash any more.

#![expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]

use std::ops::Range;

use super::armour::{key_end, kind_of_key};
use super::edit::{SecretKind, TOKEN_START, is_token};
use super::lines_behind::{SPACES, begins_record, below, block, goes_on, indent, value_start};
use super::looks::{is_hex_number, is_path, looks_random};
use super::secret_names::{Certainty, Secret};
use super::steps::walked;

/// A value that is a secret.
#[derive(Debug)]
pub(super) struct SecretValue {
    /// Byte range in the text.
    pub(super) range: Range<usize>,
    pub(super) kind: SecretKind,
    /// Whether the token must be a string where the value was none, for the text around to stay what it is.
    pub(super) form: ValueForm,
}

/// What a value is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueForm {
    /// Between quotes, which stay.
    Quoted,
    /// A value without quotes.
    Bare,
    /// In brackets, or a bare word where strings have quotes.
    Structure(char),
}

/// How a name and its value are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    Colon,
    Assignment,
    /// Only a string can follow: a pair in brackets, or a name as that of a type.
    Pair,
    /// An option of a command, or a header without its colon.
    Space,
    /// XML or HTML elements.
    Element,
}

/// The secret that follows a name, if one does.
pub(super) fn value(text: &str, name: Range<usize>, secret: Secret) -> Option<SecretValue> {
    let (joint, quote, start) = joint(text, &name)?;
    let mut start = behind_wrappers(text, start);
    let bytes = text.as_bytes();
    let scheme = if secret.kind == SecretKind::Header { scheme(text.get(start..)?).map_or(0, |(_, it)| it) } else { 0 };
    // Another option, whose own end is not looked for.
    if joint == Joint::Space && bytes.get(start + scheme) == Some(&b'-') {
        return None;
    }
    let strong = secret.certainty == Certainty::Strong;
    if !strong && (bytes.get(start) == Some(&b'[') || (quote.is_some() && bytes.get(start) == Some(&b'('))) {
        // The first of a list.
        start += 1 + bytes.iter().skip(start + 1).take(SPACES).take_while(|it| it.is_ascii_whitespace()).count();
    }
    start = value_start(text, name.end, start)?;
    let opening = match bytes.get(start..).unwrap_or_default() {
        [quote @ (b'"' | b'\'' | b'`'), ..] => Some((*quote, 1)),
        [b'b' | b'r' | b'u' | b'f', quote @ (b'"' | b'\''), ..] => Some((*quote, 2)),
        [b'r', b'b', quote @ (b'"' | b'\''), ..] | [b'b', b'r', quote @ (b'"' | b'\''), ..] => Some((*quote, 3)),
        _ => None,
    };
    let (range, form) = match (opening, bytes.get(start)?) {
        // What looks like a quote around name and value ends them.
        (Some((opening, _)), _) if quote.is_none() && is_around(text, name.start, (opening, start)) => return None,
        (Some((quote, length)), _) => (start + length..string_end(text, start + length, quote), ValueForm::Quoted),
        (None, _) if joint == Joint::Pair => return None,
        (None, b'[' | b'{' | b'(') if strong && joint != Joint::Space => {
            (start..group_end(text, name.start, start), quote.map_or(ValueForm::Bare, |it| ValueForm::Structure(char::from(it))))
        }
        (None, b'|' | b'>') if strong && joint == Joint::Colon && block(text, start).is_some() => (block(text, start)?, ValueForm::Bare),
        (None, b'\n' | b'\r') if strong && joint == Joint::Colon && quote.is_none() => (below(text, name.start, start)?, ValueForm::Bare),
        _ => {
            let form = quote.map_or(ValueForm::Bare, |it| ValueForm::Structure(char::from(it)));
            (start..bare_end(text, start, joint, quote, secret), form)
        }
    };
    walked(range.len());
    let (range, kind) = without_scheme(text, range, secret.kind);
    let masked = text.get(range.clone())?;
    let kind = kind_of_key(masked).unwrap_or(kind);
    let is_prose = quote.is_none() && joint == Joint::Colon;
    let setting = if is_prose { Setting::Prose } else { Setting::Field };
    let is_plain = joint == Joint::Space && (masked.starts_with('-') || (!is_option(text, name.start) && !looks_random(masked)));
    (!is_plain && is_secret(masked, secret, setting)).then_some(SecretValue { range, kind, form })
}

/// What a name and its value stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setting {
    /// `a = b`, `"a": "b"`.
    Field,
    /// A sentence may have the name as a word.
    Prose,
}

/// Whether what stands under the name of a secret is one.
pub(super) fn is_secret(text: &str, name: Secret, setting: Setting) -> bool {
    const NOTHING: [&str; 10] = ["none", "null", "nil", "true", "false", "undefined", "sensitive", "redacted", "masked", "hidden"];
    const SHORTEST_WEAK: usize = 3;
    const SHORTEST_PARAMETER: usize = 6;
    let bare = text.trim_matches(|it: char| !it.is_alphanumeric());
    if bare.is_empty() || is_token(text.trim()) || NOTHING.iter().any(|it| it.eq_ignore_ascii_case(bare)) {
        return false;
    }
    let is_symbol = text.len() <= 5 && text.bytes().all(|it| it.is_ascii_uppercase());
    let is_number = is_hex_number(text) || text.bytes().all(|it| it.is_ascii_digit());
    match name.certainty {
        Certainty::Strong => true,
        Certainty::Weak => {
            SHORTEST_WEAK <= text.len()
                && !is_path(text)
                && !is_number
                && !is_symbol
                && (setting == Setting::Field || looks_random(text.split('«').next().unwrap_or_default()))
        }
        Certainty::Parameter => !is_number && SHORTEST_PARAMETER <= text.len() && looks_random(text),
    }
}

/// How the name goes on, the quote that ends it, and where the value begins.
fn joint(text: &str, name: &Range<usize>) -> Option<(Joint, Option<u8>, usize)> {
    let bytes = text.as_bytes();
    let mut at = name.end;
    let quote = bytes.get(at).copied().filter(|it| matches!(it, b'"' | b'\'' | b'`'));
    at += usize::from(quote.is_some());
    // environ['TOKEN'] = ...
    let is_indexed = quote.is_some() && bytes.get(at) == Some(&b']');
    at += usize::from(is_indexed);
    let is_space = |it: &u8| it.is_ascii_whitespace() && (quote.is_some() || !matches!(it, b'\n' | b'\r'));
    let spaces = |at: usize| bytes.iter().skip(at).take(SPACES).take_while(|it| is_space(it)).count();
    let behind_name = at;
    at += spaces(at);
    match bytes.get(at)? {
        b'$' if text.get(at..)?.starts_with("$^$") => Some((Joint::Assignment, quote, at + 3)),
        it @ (b':' | b'=') => {
            // The path of a type.
            if text.get(at..)?.starts_with("::") {
                return None;
            }
            let joint = if *it == b'=' { Joint::Assignment } else { Joint::Colon };
            at += bytes.iter().skip(at).take(4).take_while(|it| matches!(it, b':' | b'=' | b'>' | b'~')).count();
            Some((joint, quote, at + spaces(at)))
        }
        b'-' if bytes.get(at + 1) == Some(&b'>') => Some((Joint::Assignment, quote, at + 2 + spaces(at + 2))),
        b',' if quote.is_some() && !is_indexed => {
            at += 1;
            at += spaces(at);
            // {"name": "TOKEN", "value": "..."}
            for quote in ["\"", "'"] {
                let rest =
                    text.get(at..)?.strip_prefix(quote).and_then(|it| it.strip_prefix("value")).and_then(|it| it.strip_prefix(quote));
                if let Some(rest) = rest {
                    let start = text.len() - rest.len();
                    let colon = start + spaces(start);
                    let is_named = bytes.get(colon) == Some(&b':');
                    return is_named.then(|| (Joint::Colon, quote.bytes().next(), colon + 1 + spaces(colon + 1)));
                }
            }
            Some((Joint::Pair, quote, at))
        }
        // <add key="password" value="..."/>
        b'v' if quote.is_some() && text.get(at..)?.starts_with("value=") => Some((Joint::Assignment, quote, at + 6)),
        b'(' if quote.is_none() && at == behind_name => Some((Joint::Pair, quote, at + 1)),
        b'<' | b'>' => element(text, at).map(|it| (Joint::Element, None, it)),
        _ if behind_name < at && quote.is_none() => {
            let is_header = text.get(name.clone())?.get(..2).is_some_and(|it| it.eq_ignore_ascii_case("x-"));
            (is_header || is_option(text, name.start)).then_some((Joint::Space, None, at))
        }
        _ => None,
    }
}

/// Whether the name that starts here is an option of a command.
fn is_option(text: &str, name: usize) -> bool {
    let before = text.as_bytes().get(..name).unwrap_or_default();
    matches!(before, [.., b' ' | b'"' | b'\'' | b'=', b'-'] | [b'-'] | [.., b'-', b'-'])
}

/// Behind the tags that start here, if there are any.
fn element(text: &str, start: usize) -> Option<usize> {
    const TAGS: usize = 4;
    const LONGEST_TAG: usize = 64;
    let bytes = text.as_bytes();
    // <password>
    let mut at = start + usize::from(bytes.get(start) == Some(&b'>'));
    for _ in 0..TAGS {
        if bytes.get(at) != Some(&b'<') {
            break;
        }
        at += 1 + bytes.iter().skip(at).take(LONGEST_TAG).position(|it| *it == b'>')?;
    }
    (start < at && bytes.get(at).is_some_and(|it| !matches!(it, b'\n' | b' '))).then_some(at)
}

/// Behind `Some(` and the like.
fn behind_wrappers(text: &str, mut start: usize) -> usize {
    const NESTED: usize = 4;
    const LONGEST_NAME: usize = 48;
    let bytes = text.as_bytes();
    for _ in 0..NESTED {
        let is_of_name = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b':');
        let length = bytes.iter().skip(start).take(LONGEST_NAME).take_while(|it| is_of_name(it)).count();
        let name = bytes.get(start..start + length).unwrap_or_default();
        let is_camel = name.first().is_some_and(u8::is_ascii_uppercase) && name.iter().any(u8::is_ascii_lowercase);
        let is_type = is_camel && bytes.get(start + length) == Some(&b'(');
        if !is_type {
            break;
        }
        start += length + 1;
        // What is printed with `{:#?}` has a line of its own.
        start += bytes.iter().skip(start).take(SPACES).take_while(|it| it.is_ascii_whitespace()).count();
    }
    start
}

/// Whether a quote behind name and separator ends a string that both stand in.
fn is_around(text: &str, name: usize, (quote, at): (u8, usize)) -> bool {
    const NEAR: usize = 48;
    let bytes = text.as_bytes();
    let before = bytes.get(name.saturating_sub(NEAR)..name).unwrap_or_default();
    let is_odd = before.iter().rev().take_while(|it| **it != b'\n').filter(|it| **it == quote).count() % 2 == 1;
    let line_is_near = name < NEAR || before.contains(&b'\n');
    match bytes.get(at + 1) {
        None | Some(b',' | b'}' | b']' | b')' | b'\n') => true,
        Some(b' ') => is_odd && line_is_near,
        _ => false,
    }
}

/// Where the string ends that is open at `start`: at its quote, else with the line, else with the text.
fn string_end(text: &str, start: usize, quote: u8) -> usize {
    let bytes = text.as_bytes();
    let mut at = key_end(text, start).map_or(start, |(end, _)| end);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if is_cut(text, at, quote) => return at + 1,
            b'\\' => at += 1,
            b'\n' => break,
            it if *it == quote => break,
            _ => {}
        }
        at += 1;
    }
    text.ceil_char_boundary(at)
}

/// Whether a line was cut behind the backslash at this place. A string that a shell lets go on in the next line ends there, in one word.
fn is_cut(text: &str, at: usize, quote: u8) -> bool {
    let bytes = text.as_bytes();
    let is_of_word = |it: &&u8| !it.is_ascii_whitespace() && **it != quote;
    let next_line = || bytes.get(at + 2..).unwrap_or_default();
    let goes_on = || next_line().get(next_line().iter().take_while(is_of_word).count()) == Some(&quote);
    bytes.get(at + 1) == Some(&b'\n') && (!goes_on() || begins_record(text, at + 2))
}

/// Where the brackets close that open at `start`; else the last line that is of them, or the text.
fn group_end(text: &str, name: usize, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut indented = None;
    let (mut depth, mut open, mut at) = (0_usize, None, start);
    while let Some(byte) = bytes.get(at) {
        match (byte, open) {
            (b'\\', Some(quote)) if is_cut(text, at, quote) => return at + 1,
            (b'\\', Some(_)) => at += 1,
            (it, Some(quote)) if *it == quote => open = None,
            (b'\n', None) if goes_on(text, at + 1, *indented.get_or_insert_with(|| indent(text, name))) => {}
            (b'\n', _) => break,
            (b'"' | b'\'', None) => open = Some(*byte),
            (b'[' | b'{' | b'(', None) => depth += 1,
            (b']' | b'}' | b')', None) => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    text.ceil_char_boundary(at)
}

/// Where a value without quotes ends.
fn bare_end(text: &str, start: usize, joint: Joint, quote: Option<u8>, secret: Secret) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    if let Some((end, _)) = key_end(text, start) {
        return end;
    }
    if joint == Joint::Element {
        return start + rest.find(['<', '\n']).unwrap_or(rest.len());
    }
    let is_header = secret.kind == SecretKind::Header;
    if is_header && has_parameters(rest) {
        return start + rest.find(['\n', '\r', '\'']).unwrap_or(rest.len());
    }
    let scheme = if is_header { scheme(rest).map_or(0, |(_, it)| it) } else { 0 };
    // A password may hold brackets; but after a quoted name, brackets are those around name and value.
    let is_strict = secret.certainty != Certainty::Strong || quote.is_some();
    // Of these only what stands before a quote is looked at.
    let is_prose = secret.certainty == Certainty::Weak && quote.is_none() && joint == Joint::Colon;
    let bytes = rest.as_bytes();
    let mut at = scheme;
    while let Some(byte) = bytes.get(at) {
        let is_end = match byte {
            b';' if is_header && bytes.get(at + 1) == Some(&b' ') && bytes.get(at + 2).is_some_and(u8::is_ascii_alphanumeric) => {
                // The next pair of a cookie.
                at += 2;
                false
            }
            b'"' | b'\'' | b',' | b';' | b'&' | b'`' => true,
            b'\\' => bytes.get(at + 1).is_none_or(|it| matches!(it, b'n' | b'r' | b't' | b'u' | b'x' | b'"' | b'\'' | b'\\' | b'/')),
            b'<' | b'>' | b'(' | b')' | b'{' | b'}' | b'[' | b']' => is_strict,
            it if it.is_ascii_whitespace() => true,
            it if 0x80 <= *it => {
                rest.get(at..).is_some_and(|it| it.starts_with(TOKEN_START) || it.starts_with('»') || (is_prose && it.starts_with('«')))
            }
            _ => false,
        };
        if is_end {
            break;
        }
        at += 1;
    }
    let bare = rest.get(scheme..rest.ceil_char_boundary(at)).unwrap_or_default();
    start + scheme + without_closers(bare).len()
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

/// The scheme that a header's value starts with, and its length with the spaces behind it.
fn scheme(text: &str) -> Option<(&'static str, usize)> {
    const SCHEMES: [&str; 9] = ["bearer", "basic", "token", "digest", "apikey", "negotiate", "hawk", "oauth", "aws4-hmac-sha256"];
    let length = text.bytes().take(20).take_while(|it| it.is_ascii_alphanumeric() || *it == b'-').count();
    let spaces = text.bytes().skip(length).take_while(|it| matches!(it, b' ' | b'\t')).count();
    let word = text.get(..length)?;
    let found = SCHEMES.into_iter().find(|it| it.eq_ignore_ascii_case(word))?;
    (0 < spaces).then_some((found, length + spaces))
}

/// Whether a header's value is a list of parameters, with spaces and quotes in it.
fn has_parameters(text: &str) -> bool {
    scheme(text).is_some_and(|(it, _)| matches!(it, "digest" | "hawk" | "oauth" | "aws4-hmac-sha256"))
}

/// The value without `Bearer ` and the like, which stay readable.
pub(super) fn without_scheme(text: &str, range: Range<usize>, kind: SecretKind) -> (Range<usize>, SecretKind) {
    if kind != SecretKind::Header {
        return (range, kind);
    }
    match scheme(text.get(range.clone()).unwrap_or_default()) {
        Some((scheme, length)) => (range.start + length..range.end, if scheme == "bearer" { SecretKind::Bearer } else { kind }),
        None => (range, kind),
    }
}
