//! JSON as it is written, byte for byte: where its values are, and no more. Nothing here recurses: a document may nest as deep as it likes.

#![expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]

use std::ops::Range;

use super::steps::walked;

/// What comes next in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// `{` or `[`.
    Open(u8),
    /// `}` or `]`.
    Close,
    /// A string without its quotes.
    Text(Range<usize>),
    /// A number, `true`, `false` or `null`.
    Scalar(Range<usize>),
    /// `:`: the string before it is a name.
    Colon,
    /// `,`.
    Comma,
}

/// Reads the token that starts at or after `at`, with where it ends. What is not JSON is an error that says where.
pub(super) fn token(bytes: &[u8], at: usize) -> Result<(Token, usize), usize> {
    let spaces = bytes.get(at..).unwrap_or_default().iter().take_while(|it| matches!(it, b' ' | b'\t' | b'\r' | b'\n')).count();
    let at = at + spaces;
    let next = *bytes.get(at).ok_or(at)?;
    let (token, end) = match next {
        b'{' | b'[' => (Token::Open(next), at + 1),
        b'}' | b']' => (Token::Close, at + 1),
        b':' => (Token::Colon, at + 1),
        b',' => (Token::Comma, at + 1),
        b'"' => {
            let end = string_end(bytes, at + 1)?;
            (Token::Text(at + 1..end), end + 1)
        }
        b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
            let is_of = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'-' | b'.');
            let length = bytes.get(at..).unwrap_or_default().iter().take_while(|it| is_of(it)).count();
            let scalar = bytes.get(at..at + length).unwrap_or_default();
            let is_number = scalar.iter().all(|it| it.is_ascii_digit() || matches!(it, b'+' | b'-' | b'.' | b'e' | b'E'));
            if !is_number && !matches!(scalar, b"true" | b"false" | b"null") {
                return Err(at);
            }
            (Token::Scalar(at..at + length), at + length)
        }
        _ => return Err(at),
    };
    Ok((token, end))
}

/// Where the string ends that is open at `at`: the place of its quote.
fn string_end(bytes: &[u8], mut at: usize) -> Result<usize, usize> {
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let length = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
        if let Some(control) = rest.get(..length).unwrap_or_default().iter().position(|it| *it < b' ') {
            return Err(at + control);
        }
        at += length;
        match bytes.get(at) {
            Some(b'"') => return Ok(at),
            Some(_) => at += 2,
            None => return Err(bytes.len()),
        }
    }
}

/// Where the value ends that starts at `start`, if it is well formed; else where it stops being so.
pub(super) fn value_end(bytes: &[u8], start: usize) -> Result<usize, usize> {
    enum NextToken {
        Value,
        /// A name, or the end of the object that was just opened.
        FirstName,
        /// A value, or the end of the list that was just opened.
        FirstItem,
        Name,
        Colon,
        /// A comma, or the end.
        More,
    }
    let mut open: Vec<u8> = Vec::new();
    let mut next = NextToken::Value;
    let mut at = start;
    let result = loop {
        let (token, end) = match token(bytes, at) {
            Ok(it) => it,
            Err(place) => break Err(place),
        };
        next = match (next, token) {
            (NextToken::Value | NextToken::FirstItem, Token::Open(bracket)) => {
                open.push(bracket);
                if bracket == b'{' { NextToken::FirstName } else { NextToken::FirstItem }
            }
            (NextToken::FirstName | NextToken::FirstItem | NextToken::More, Token::Close) => {
                let closes = if open.pop() == Some(b'{') { b'}' } else { b']' };
                if bytes.get(end - 1) != Some(&closes) {
                    break Err(end - 1);
                }
                NextToken::More
            }
            (NextToken::FirstName | NextToken::Name, Token::Text(_)) => NextToken::Colon,
            (NextToken::Value | NextToken::FirstItem, Token::Text(_) | Token::Scalar(_)) => NextToken::More,
            (NextToken::Colon, Token::Colon) => NextToken::Value,
            (NextToken::More, Token::Comma) if open.last() == Some(&b'{') => NextToken::Name,
            (NextToken::More, Token::Comma) => NextToken::Value,
            _ => break Err(end - 1),
        };
        at = end;
        if open.is_empty() {
            break Ok(end);
        }
    };
    let (Ok(end) | Err(end)) = result;
    walked(end.saturating_sub(start));
    result
}
