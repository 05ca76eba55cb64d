//! How many of the lines that a commit changes are in the deployed code: evidence for a fix that needs no history.
//!
//! Only meaningful lines count: those that are in a product file after the commit but not before it, and the reverse.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::anchor::SourcePlace;

/// Most places that are named for lines that are missing.
pub(crate) const MOST_MISSING: usize = 8;

/// For which commits the lines were looked up, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentSigns {
    /// Commits whose lines were looked up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signs: Vec<ContentSign>,
    /// Commits that were asked for and that the clone does not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<String>,
    /// Commits that the clone has and that could not be compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadCommit>,
}

/// The lines of one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentSign {
    /// The commit, as it was asked for.
    pub commit: String,
    /// What is there: one entry for each distinct outcome. What could not be read is in none.
    pub found: Vec<LinesFound>,
}

/// What some deployed codes hold of the lines that a commit changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinesFound {
    /// Places of these deployed codes in [`super::Lineage::deployed`].
    pub deployed: Vec<usize>,
    /// How many lines the commit adds.
    pub added: u32,
    /// How many of them are there.
    pub added_there: u32,
    /// How many lines the commit removes.
    pub removed: u32,
    /// How many of them are still there.
    pub removed_there: u32,
    /// Where the missing lines begin, at the commit: at most `MOST_MISSING`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<SourcePlace>,
    /// How many more such places there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub missing_more: u32,
}

/// A commit that could not be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnreadCommit {
    /// The commit.
    pub commit: String,
    /// The reason, worded to follow "because".
    pub why: String,
}

/// Commits whose patch ids could not be computed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnreadCommits {
    /// The first five bytes of each, packed by [`ShortId::pack`](super::history::ShortId::pack).
    pub commits: String,
    /// Why, for the first of them, fit to follow "because".
    pub why: String,
}

/// What lines say of the commit that changes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinesSay {
    /// The code is as before the commit.
    Nothing,
    /// A part is there.
    Part,
    /// All but single lines of many are there.
    Nearly,
    /// The code is as after the commit.
    All,
}

/// Of so many lines one may be there, or be missing, by accident.
const ACCIDENT: u32 = 20;

impl LinesFound {
    /// What it says of the commit.
    #[must_use]
    pub fn say(&self) -> LinesSay {
        let is_few = |count: u32, of: u32| count.saturating_mul(ACCIDENT) <= of;
        let missing = self.added.saturating_sub(self.added_there);
        match (self.added, self.removed_there) {
            (0, 0) => LinesSay::All,
            (0, there) if there == self.removed => LinesSay::Nothing,
            (0, _) => LinesSay::Part,
            (_, 0) if missing == 0 => LinesSay::All,
            (_, 0) if is_few(missing, self.added) => LinesSay::Nearly,
            (added, _) if is_few(self.added_there, added) => LinesSay::Nothing,
            _ => LinesSay::Part,
        }
    }

    /// Whether nothing was changed since before the commit: what it adds is not there, and all that it removes is. Where both are gone,
    /// somebody changed the code again. A commit that removes nothing leaves no sign of that.
    #[must_use]
    pub(crate) fn is_as_before(&self) -> bool {
        self.say() == LinesSay::Nothing && 0 < self.removed && self.removed_there == self.removed
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_say_all_nothing_or_a_part() {
        use LinesSay::{All, Nearly, Nothing, Part};
        // Added, of them there, removed, of them still there.
        let cases = [
            ((41, 41, 12, 0), All),
            ((41, 41, 0, 0), All),
            ((0, 0, 3, 0), All),
            ((41, 0, 12, 12), Nothing),
            ((41, 0, 12, 0), Nothing),
            ((0, 0, 3, 3), Nothing),
            ((48, 1, 0, 0), Nothing),
            ((215, 214, 71, 0), Nearly),
            ((215, 214, 71, 1), Part),
            ((41, 41, 12, 1), Part),
            ((21, 2, 9, 6), Part),
            ((5, 4, 2, 0), Part),
            ((3, 1, 0, 0), Part),
            ((0, 0, 3, 1), Part),
        ];
        for ((added, added_there, removed, removed_there), expected) in cases {
            let found = LinesFound { added, added_there, removed, removed_there, ..LinesFound::default() };
            assert_eq!(found.say(), expected, "{found:?}");
        }
    }

    #[test]
    fn code_that_holds_neither_side_was_changed_again() {
        let found = |removed_there| LinesFound { added: 8, removed: 6, removed_there, ..LinesFound::default() };
        assert!(found(6).is_as_before());
        assert!(!found(0).is_as_before() && !found(5).is_as_before());
        // Lines that were only added may have been moved.
        assert!(!LinesFound { added: 8, ..LinesFound::default() }.is_as_before());
    }
}
