//! Text that many pieces of evidence share: a log is one text, of which its lines are parts.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use arcstr::{ArcStr, Substr};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// A part of a text, which copies neither when it is made nor when it is cloned. It keeps the whole text in memory, which may be 4 GiB long:
/// the limits on what is read are lower.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SharedText(Substr);

impl SharedText {
    /// A part of this text where `part` was borrowed from it, else a text of its own.
    #[must_use]
    pub fn part(&self, part: &str) -> Self {
        self.0.parent().try_substr_from(part).map_or_else(|| Self::from(part), Self)
    }

    /// As [`SharedText::part`], of what may have been changed.
    #[must_use]
    pub(crate) fn part_or_own(&self, part: Cow<'_, str>) -> Self {
        match part {
            Cow::Borrowed(part) => self.part(part),
            Cow::Owned(own) => Self::from(own),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for SharedText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SharedText {
    fn from(text: &str) -> Self {
        // An empty text takes no memory.
        if text.is_empty() { Self::default() } else { Self(Substr::full(ArcStr::from(text))) }
    }
}

impl From<String> for SharedText {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&String> for SharedText {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl PartialEq<str> for SharedText {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for SharedText {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

/// A document says of it what it says of any text.
impl JsonSchema for SharedText {
    fn inline_schema() -> bool {
        String::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

impl fmt::Display for SharedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for SharedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_shared_where_it_was_borrowed_and_a_text_of_its_own_elsewhere() {
        let whole = SharedText::from("one\ntwo\nthree");
        let lines: Vec<SharedText> = whole.lines().map(|it| whole.part(it)).collect();
        assert_eq!(lines, ["one", "two", "three"].map(SharedText::from));
        assert!(lines.iter().all(|it| ArcStr::ptr_eq(it.0.parent(), whole.0.parent())));
        let of_line = lines[2].part(&lines[2][1..]);
        assert!(of_line == *"hree" && ArcStr::ptr_eq(of_line.0.parent(), whole.0.parent()));
        let other = whole.part("two");
        assert!(other == lines[1] && !ArcStr::ptr_eq(other.0.parent(), whole.0.parent()));
    }
}
