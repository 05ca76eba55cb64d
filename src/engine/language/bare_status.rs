//! Status numbers in patterns that would also match within hashes.

/// An HTTP status in a pattern with nothing in front that tells it from the digits of a hash.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
pub(super) fn bare_status(pattern: &str) -> Option<&str> {
    let bytes = pattern.as_bytes();
    (0..bytes.len().saturating_sub(2)).find_map(|at| {
        let number = pattern.get(at..at + 3)?;
        let is_status = number.bytes().all(|it| it.is_ascii_digit()) && matches!(number.as_bytes().first(), Some(b'1'..=b'5'));
        let joined = |it: Option<&u8>| it.is_some_and(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'{' | b','));
        let escaped = pattern.get(..at).is_some_and(|before| before.ends_with("\\b"));
        let separated = at.checked_sub(1).and_then(|it| bytes.get(it)).is_some_and(|it| matches!(it, b'=' | b' ' | b'"' | b':'));
        let embedded = joined(at.checked_sub(1).and_then(|it| bytes.get(it))) && !escaped;
        (is_status && !escaped && !separated && !embedded && !joined(bytes.get(at + 3))).then_some(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_without_a_border_is_found() {
        for (pattern, found) in [
            ("429", Some("429")),
            ("(429|500)", Some("429")),
            (r"\b429 Client Error", None),
            ("status=400 ", None),
            ("0x429a", None),
            (r"\d{400}", None),
            ("after 2 attempts", None),
        ] {
            assert_eq!(bare_status(pattern), found, "{pattern}");
        }
    }
}
