//! A hash as people name it: whole, or as a report shortens it.

use std::fmt;
use std::str::FromStr;

use crate::evidence::Felt;

/// A hash as people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HashName {
    /// The hash.
    Whole(Felt),
    /// How it begins and how it ends, such as `0x30d506…cee2`: each in lower-case hexadecimal.
    Short {
        /// The digits at its beginning, without `0x`. Never empty.
        head: String,
        /// The digits at its end. May be empty.
        tail: String,
    },
}

/// A text that names no hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no hash: expected one such as 0x30d5067049e0…, whole or with its middle left out as in 0x30d506…cee2")]
pub struct HashNameError(String);

/// The signs with which a middle is left out: that of reports, and what is easier to type.
const ELLIPSES: [&str; 3] = ["…", "...", ".."];

impl FromStr for HashName {
    type Err = HashNameError;

    fn from_str(text: &str) -> Result<Self, HashNameError> {
        let refuse = || HashNameError(text.chars().take(80).collect());
        let Some((head, tail)) = ELLIPSES.iter().find_map(|it| text.split_once(it)) else {
            return text.parse().map(Self::Whole).map_err(|_| refuse());
        };
        let head = head.strip_prefix("0x").or_else(|| head.strip_prefix("0X")).ok_or_else(refuse)?;
        let is_hex = |it: &str| it.bytes().all(|it| it.is_ascii_hexdigit());
        if head.is_empty() || !is_hex(head) || !is_hex(tail) {
            return Err(refuse());
        }
        Ok(Self::Short { head: head.to_ascii_lowercase(), tail: tail.to_ascii_lowercase() })
    }
}

impl fmt::Display for HashName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(hash) => hash.fmt(f),
            Self::Short { head, tail } => write!(f, "0x{head}…{tail}"),
        }
    }
}

impl HashName {
    /// Whether it can be this hash. A report shortens hashes as it has them: with or without the zeros in front.
    #[must_use]
    pub fn is(&self, hash: Felt) -> bool {
        match self {
            Self::Whole(it) => *it == hash,
            Self::Short { head, tail } => {
                let plain = format!("{hash}");
                let digits = plain.trim_start_matches("0x");
                let padded = format!("{digits:0>64}");
                let fits = |it: &str| {
                    head.len().saturating_add(tail.len()) <= it.len() && it.starts_with(head.as_str()) && it.ends_with(tail.as_str())
                };
                fits(digits) || fits(&padded)
            }
        }
    }
}

/// A pattern for log lines in which shortened hashes stand for what they leave out.
#[must_use]
pub fn with_whole_hashes(pattern: &str) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('…') {
        let is_hex = |it: char| it.is_ascii_hexdigit();
        let digits = before.trim_end_matches(is_hex);
        let is_short = digits.ends_with("0x") && digits.len() < before.len();
        text += before;
        text += if is_short { "[0-9a-f]*" } else { "…" };
        rest = after;
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_named_whole_or_as_a_report_shortens_it() {
        let hash: Felt = "0x30d5067049e029214aaacb3fb59278b1959ac08f19bfa18d8aa2b6f22eccee2".parse().expect("a hash");
        let other: Felt = "0x30d5067049e029214aaacb3fb59278b1959ac08f19bfa18d8aa2b6f22eccee3".parse().expect("a hash");
        for name in ["0x30d506…cee2", "0x30D506...CEE2", "0x30d506..cee2", "0x030d50…cee2", &hash.to_string()] {
            let it: HashName = name.parse().unwrap_or_else(|err| panic!("{name}: {err}"));
            assert!(it.is(hash) && !it.is(other), "{name}");
        }
        for name in ["", "30d506…cee2", "0x…cee2", "0xzz…cee2", "0x30…g", "cee2", "0x30d506…cee2…"] {
            assert!(name.parse::<HashName>().is_err(), "{name}");
        }
        // No digit is both at the beginning and at the end.
        let short = |it: &str| it.parse::<HashName>().expect("a name");
        assert!(short("0x1234…4321").is("0x12344321".parse().expect("a hash")));
        assert!(!short("0x1234…4321").is("0x1234321".parse().expect("a hash")));
    }

    #[test]
    fn a_shortened_hash_in_a_pattern_matches_the_whole_one() {
        assert_eq!(with_whole_hashes("tx 0x30d506…cee2 and 0x1…2"), "tx 0x30d506[0-9a-f]*cee2 and 0x1[0-9a-f]*2");
        assert_eq!(with_whole_hashes("more … 0x…"), "more … 0x…");
    }
}
