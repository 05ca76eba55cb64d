//! Private keys in armour, whole or cut.

use super::edit::SecretKind;
use super::lines_behind::begins_record;
use super::steps::walked;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
/// The longest line before a key, in bytes.
const LONGEST_LABEL: usize = 64;
/// After so many texts in a row that are no part of a key, one that was cut has ended.
pub(in crate::collect) const OTHERS: u32 = 64;

/// The end of the armoured key that starts at `at`, if one does, and whether it is whole.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
pub(super) fn key_end(text: &str, at: usize) -> Option<(usize, Armour)> {
    let label = text.get(at..)?.strip_prefix(BEGIN)?;
    let start = text.len() - label.len() + label_end(label)?;
    let bytes = text.as_bytes();
    let mut end = start;
    loop {
        let rest = text.get(end..).unwrap_or_default();
        if let Some(label) = rest.strip_prefix(END) {
            let Some(length) = label_end(label) else { break };
            walked(end - at);
            return Some((end + END.len() + length, Armour::Whole));
        }
        let length = match bytes.get(end) {
            Some(b'-') => usize::from(bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric)),
            Some(it) if it.is_ascii_alphanumeric() => header(rest).max(1),
            // What a program says next is no line of the key, though it may begin like one.
            Some(b'\n') if begins_record(text, end + 1) => 0,
            Some(it) => usize::from(it.is_ascii_whitespace() || matches!(it, b'+' | b'/' | b'=' | b':' | b',')),
            None => 0,
        };
        if length == 0 {
            break;
        }
        end += length;
    }
    walked(end - at);
    Some((end, Armour::Cut))
}

/// What a text is in which an armoured key begins, if one does.
pub(super) fn kind_of_key(text: &str) -> Option<SecretKind> {
    walked(text.len());
    let (_, armour) = key_end(text, text.find(BEGIN)?)?;
    Some(armour.kind())
}

/// How much of an armoured key there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Armour {
    Whole,
    Cut,
}

impl Armour {
    /// What the key is, as its token says.
    pub(super) const fn kind(self) -> SecretKind {
        match self {
            Self::Whole => SecretKind::PrivateKey,
            Self::Cut => SecretKind::PrivateKeyBegin,
        }
    }
}

/// Where the label that is open ends, if it is one of a private key.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
fn label_end(text: &str) -> Option<usize> {
    let is_of_label = |it: &u8| it.is_ascii_uppercase() || it.is_ascii_digit() || *it == b' ';
    let length = text.bytes().take(LONGEST_LABEL).take_while(|it| is_of_label(it)).count();
    let label = text.get(..length)?;
    let is_private = label.ends_with("PRIVATE KEY") || label.ends_with("PRIVATE KEY BLOCK");
    (is_private && text.get(length..)?.starts_with("-----")).then_some(length + 5)
}

/// The length of the line before the key's letters that starts here, if one does: a version may hold what a key may not.
fn header(rest: &str) -> usize {
    const HEADERS: [&str; 7] = ["Version: ", "Comment: ", "MessageID: ", "Hash: ", "Charset: ", "Proc-Type: ", "DEK-Info: "];
    if !HEADERS.iter().any(|it| rest.starts_with(it)) {
        return 0;
    }
    rest.bytes().position(|it| matches!(it, b'\n' | b'\r' | b'"' | b'\'' | b'\\') || 0x80 <= it).unwrap_or(rest.len())
}
