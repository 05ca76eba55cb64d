//! A number with its noun, in the singular or the plural.

use std::fmt::Display;

/// A number with its noun, whose plural ends in `s`.
pub(crate) fn counted<N: Display + From<u8> + PartialEq>(number: N, noun: &str) -> String {
    counted_as(number, noun, &format!("{noun}s"))
}

/// A number with its noun, by both forms.
pub(crate) fn counted_as<N: Display + From<u8> + PartialEq>(number: N, one: &str, several: &str) -> String {
    format!("{number} {}", if number == N::from(1) { one } else { several })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_all_else_is_plural() {
        assert_eq!([0_u64, 1, 2].map(|it| counted(it, "pod")), ["0 pods", "1 pod", "2 pods"]);
        assert_eq!(counted_as(1_usize, "rule of yours", "rules of yours"), "1 rule of yours");
    }
}
