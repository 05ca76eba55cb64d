//! How texts look: like hashes and numbers, like words, or like keys.

/// Whether this is `0x` and up to 64 hexadecimal digits: a hash, an address, a number.
pub(in crate::collect) fn is_hex_number(text: &str) -> bool {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    digits.is_some_and(|it| !it.is_empty() && it.len() <= 64 && it.bytes().all(|it| it.is_ascii_hexdigit()))
}

/// Whether this is a hash or an address, or a word that holds one: no key in base64 looks like it.
pub(in crate::collect) fn is_hash(text: &str) -> bool {
    /// Of a hash without `0x`, in bytes: what is shorter may be of a key.
    const SHORTEST: usize = 32;
    /// Digits behind `0x` within a word.
    const DIGITS: usize = 8;
    let is_digest = SHORTEST <= text.len() && text.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it));
    let begins_hash = |it: &[u8]| matches!(it, [b'0', b'x' | b'X', digits @ ..] if digits.iter().all(u8::is_ascii_hexdigit));
    is_digest || is_hex_number(text) || text.as_bytes().windows(2 + DIGITS).any(begins_hash)
}

/// Whether these are words in lower case, joined.
pub(super) fn is_words(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_lowercase() || matches!(it, b'-' | b'_'))
}

/// Whether this looks unlike a word of a sentence.
pub(super) fn looks_random(text: &str) -> bool {
    let has = |is: fn(&u8) -> bool| text.as_bytes().iter().skip(1).any(is);
    20 <= text.len() || has(u8::is_ascii_digit) || (has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase))
}

/// Whether this can only be a key: letters and digits, mixed, without the breaks that words have.
#[expect(clippy::arithmetic_side_effects, reason = "counts of the bytes of a text in memory")]
pub(super) fn is_key(text: &str) -> bool {
    let count = |is: fn(&u8) -> bool| text.as_bytes().iter().filter(|it| is(it)).count();
    let (digits, letters) = (count(u8::is_ascii_digit), count(u8::is_ascii_alphabetic));
    let breaks = text.len() - digits - letters;
    let is_plain = text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-'));
    let class = |it: u8| (it.is_ascii_digit(), it.is_ascii_uppercase());
    // Of words that are joined by capitals, fewer letters are of another kind than the one before.
    let changes = text.as_bytes().windows(2).filter(|it| matches!(it, [left, right] if class(*left) != class(*right))).count();
    let is_mixed = (3 <= digits && 3 <= letters) || text.len() <= 2 * changes;
    is_plain && is_mixed && breaks * 16 <= text.len() && !is_hex_number(text)
}

/// Whether this is the path of a file.
pub(super) fn is_path(text: &str) -> bool {
    const LONGEST: usize = 24;
    let is_part = |it: &str| it.len() <= LONGEST && it.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'_' | b'-'));
    text.strip_prefix('/').is_some_and(|it| !it.is_empty() && it.split('/').all(is_part))
}
