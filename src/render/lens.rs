//! How values are shown: escaped, shortened or cut.

use std::borrow::Cow;

use super::hashes::ShortHashes;
use crate::visible::visible;

/// What a format does to every text that it did not write itself.
pub(super) struct Lens {
    /// Short forms of hashes.
    pub(super) hashes: ShortHashes,
    /// Limits on what is shown.
    pub(super) limits: LensLimits,
}

/// How much is shown before something is left out. What is left out is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LensLimits {
    /// Characters of a text.
    pub(super) chars: usize,
    /// Lines of a text.
    pub(super) lines: usize,
    /// Items of a list.
    pub(super) items: usize,
}

impl LensLimits {
    /// No limits: everything is shown.
    pub(super) const NONE: Self = Self { chars: usize::MAX, lines: usize::MAX, items: usize::MAX };
}

impl Lens {
    /// A text on one line.
    pub(super) fn text(&self, text: &str) -> String {
        // Shortening makes a hash of 66 characters one of at least 13: so much of the text is always enough.
        let enough = self.limits.chars.saturating_mul(6);
        let end = text.char_indices().nth(enough).map_or(text.len(), |(at, _)| at);
        let (shown, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        visible(&cut(&self.hashes.shorten(shown), self.limits.chars, rest.chars().count())).into_owned()
    }

    /// The lines of a text, and how many were left out.
    pub(super) fn lines(&self, text: &str) -> (Vec<String>, usize) {
        let shown = text.lines().take(self.limits.lines).map(|it| self.text(it)).collect();
        (shown, text.lines().skip(self.limits.lines).count())
    }

    /// The items of a list that are shown, and how many were left out.
    pub(super) fn items<'i, T>(&self, items: &'i [T]) -> (&'i [T], usize) {
        let (shown, left) = items.split_at_checked(self.limits.items).unwrap_or((items, &[]));
        (shown, left.len())
    }
}

/// The text, cut to so many characters with a word on what is missing; `beyond` more are missing already.
fn cut(text: &str, chars: usize, beyond: usize) -> Cow<'_, str> {
    let count = text.chars().count();
    // A few characters more take less room than the words that would stand for them.
    let slack = 24;
    if beyond == 0 && count <= chars.saturating_add(slack) {
        return Cow::Borrowed(text);
    }
    let end = text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
    let shown = text.get(..end).unwrap_or(text);
    Cow::Owned(format!("{shown}… ({} more characters)", count.saturating_sub(chars).saturating_add(beyond)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_counted() {
        let lens = Lens { hashes: ShortHashes::whole(), limits: LensLimits { chars: 3, lines: 2, items: 2 } };
        assert_eq!(lens.text(&"ü".repeat(40)), "üüü… (37 more characters)");
        assert_eq!(lens.text("hardly longer"), "hardly longer");
        assert_eq!(lens.lines("a\nb\nc\nd\n"), (vec!["a".to_owned(), "b".to_owned()], 2));
        assert_eq!(lens.items(&[1, 2, 3]), (&[1, 2][..], 1));
        assert_eq!(lens.items(&[1]), (&[1][..], 0));
    }
}
