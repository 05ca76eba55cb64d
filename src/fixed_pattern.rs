//! A pattern that stands in the code.

use regex::Regex;

/// A pattern that stands in the code, and so can be read in every run or in none: the tests come to each.
#[expect(clippy::expect_used, reason = "nothing that is read decides whether it is a pattern")]
pub(crate) fn fixed_pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a fixed pattern")
}
