//! A log pattern: read when its rule is, built when a record needs it.
//!
//! One automaton says which records a pattern hits, so most patterns of a pack are never needed alone. Building them all at every start
//! would cost more than reading the evidence.

use std::fmt;
use std::sync::{Arc, OnceLock};

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Hir, HirKind};

use super::regex_impossible;
use super::required_literals::required;
use crate::limits::PATTERN_BYTES;

/// A pattern that has been read. Clones share what was built.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    parts: Arc<OnceLock<PatternParts>>,
    built: Arc<OnceLock<Option<Regex>>>,
}

/// What the text of a pattern says before anything is built.
struct PatternParts {
    groups: Vec<String>,
    literals: Option<Vec<Vec<u8>>>,
}

/// A pattern that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PatternError {
    /// It is no regular expression, or too large a one, with the reason.
    Unreadable(String),
    /// It matches every text.
    MatchesEverything,
    /// It matches no text, with the reason.
    MatchesNothing(&'static str),
}

/// Texts up to this length without counted repetition are small when built, whatever they say; in bytes.
const SMALL: usize = 1024;

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it is none, or matches everything or nothing.
    pub(crate) fn read(text: &str) -> Result<Self, PatternError> {
        let unreadable =
            |reason: String| PatternError::Unreadable(reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned());
        let syntax = regex_syntax::parse(text).map_err(|err| unreadable(err.to_string()))?;
        let pattern = Self::of_build(text);
        pattern.parts.get_or_init(|| PatternParts::new(&syntax));
        let can_be_large = text.len() > SMALL || text.contains('{');
        let can_be_empty = syntax.properties().minimum_len() == Some(0);
        if can_be_large || can_be_empty {
            let built = pattern.build().map_err(|err| unreadable(err.to_string()))?;
            if built.is_match("") {
                return Err(PatternError::MatchesEverything);
            }
        }
        match regex_impossible::reason(text) {
            Some(reason) => Err(PatternError::MatchesNothing(reason)),
            None => Ok(pattern),
        }
    }

    /// A pattern of this build, which is known to be one: it is read when it is needed.
    pub(super) fn of_build(text: &str) -> Self {
        Self { text: text.to_owned(), parts: Arc::default(), built: Arc::default() }
    }

    fn parts(&self) -> &PatternParts {
        self.parts.get_or_init(|| PatternParts::new(&regex_syntax::parse(&self.text).unwrap_or_else(|_| Hir::fail())))
    }

    /// The pattern as it was written.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Names of its captures, in order.
    #[must_use]
    pub(crate) fn groups(&self) -> &[String] {
        &self.parts().groups
    }

    /// Literals of which every text that it matches holds at least one; none where it guarantees no literal of use.
    #[must_use]
    pub(crate) fn literals(&self) -> Option<&[Vec<u8>]> {
        self.parts().literals.as_deref()
    }

    /// The expression, built on first use. What was read can be built: a pattern that might be too large was built when it was read.
    #[must_use]
    pub(crate) fn regex(&self) -> Option<&Regex> {
        self.built.get_or_init(|| self.build().ok()).as_ref()
    }

    fn build(&self) -> Result<Regex, regex::Error> {
        RegexBuilder::new(&self.text).size_limit(PATTERN_BYTES).build()
    }
}

// What was read or built of it by now is no part of what it is.
impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}

impl PatternParts {
    fn new(syntax: &Hir) -> Self {
        Self { groups: groups(syntax), literals: required(syntax) }
    }
}

/// Names of captures, in order. The parser limits how deep an expression can be.
fn groups(syntax: &Hir) -> Vec<String> {
    match syntax.kind() {
        HirKind::Capture(capture) => capture.name.as_deref().map(str::to_owned).into_iter().chain(groups(&capture.sub)).collect(),
        HirKind::Repetition(repetition) => groups(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().flat_map(groups).collect(),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_read_with_the_names_of_its_captures() {
        let pattern = Pattern::read(r"^Gated (?P<block>\d+)(?: for (?P<tx>0x[0-9a-f]+))?").expect("a pattern");
        assert_eq!(pattern.groups(), ["block", "tx"]);
        assert!(pattern.regex().expect("it builds").is_match("Gated 7 for 0x1"));
    }

    #[test]
    fn what_is_no_pattern_or_says_nothing_is_refused() {
        for text in ["", "a*", "(?:)", "x?|y"] {
            assert_eq!(Pattern::read(text).expect_err(text), PatternError::MatchesEverything, "{text}");
        }
        for text in ["(", r"(?P<a>", r"(?:\w{500}){500}", "[", r"\"] {
            assert!(matches!(Pattern::read(text), Err(PatternError::Unreadable(reason)) if !reason.is_empty()), "{text}");
        }
        assert!(matches!(Pattern::read("a^b"), Err(PatternError::MatchesNothing(_))));
    }
}
