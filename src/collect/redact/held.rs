//! What is masked by its value: what the program itself signs in with, and what the user lists in a file.

use std::ops::Range;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use aho_corasick::AhoCorasick;
use regex::Regex;

use super::edit::{Edit, SecretKind, TOKEN_START, token_end};
use super::steps::walked;
use crate::limits::{MASKED_PATTERN_BYTES, MASKED_RULES};

/// A value that is shorter is not masked: too much would be.
pub const SHORTEST: usize = 6;

static HELD: LazyLock<RwLock<Arc<MaskedValues>>> = LazyLock::new(RwLock::default);

/// All that is masked by its value.
#[derive(Debug, Default, Clone)]
pub(super) struct MaskedValues {
    literals: Vec<(String, SecretKind)>,
    finder: Option<AhoCorasick>,
    patterns: Vec<Regex>,
}

/// In which strings something may stand that the search of the text around them does not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hides {
    /// In no string.
    Nowhere,
    /// In strings that contain escapes.
    Escaped,
    /// In any string.
    Anywhere,
}

/// Why a file of what is to be masked cannot be used. No text of it is shown.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{name}:{line}: {reason}")]
#[diagnostic(
    code(whysync::redact::rules),
    help(
        "one per line: a text to mask as it is, or a regular expression between slashes, `/.../`; `#` begins a comment; no text of the file is shown"
    )
)]
pub struct RulesError {
    /// The file.
    pub name: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong with the rule.
    pub reason: String,
}

/// What a user lists to be masked.
#[derive(Debug, Clone, Default)]
pub struct MaskRules {
    literals: Vec<String>,
    patterns: Vec<Regex>,
}

impl MaskRules {
    /// Reads one rule a line; `name` is what messages call the text.
    ///
    /// # Errors
    /// When a line is no rule; the error says which and why, and shows nothing of it.
    pub fn parse(name: &str, text: &str) -> Result<Self, RulesError> {
        let mut rules = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let refused = |reason: String| RulesError { name: name.to_owned(), line: number, reason };
            if MASKED_RULES <= rules.literals.len().saturating_add(rules.patterns.len()) {
                return Err(refused(format!("there are more than {MASKED_RULES} rules")));
            }
            match line.strip_prefix('/').and_then(|it| it.strip_suffix('/')).filter(|it| !it.is_empty()) {
                Some(pattern) => {
                    let compiled = regex::RegexBuilder::new(pattern).size_limit(MASKED_PATTERN_BYTES).build();
                    // The library's message quotes the pattern.
                    let compiled = compiled.map_err(|err| match err {
                        regex::Error::CompiledTooBig(_) => refused("the regular expression is too large".to_owned()),
                        _ => refused("this is not a regular expression".to_owned()),
                    })?;
                    if compiled.is_match("") {
                        return Err(refused("the regular expression matches the empty text, so it would mask everything".to_owned()));
                    }
                    rules.patterns.push(compiled);
                }
                None if line.len() < SHORTEST => {
                    return Err(refused(format!("the text is shorter than {SHORTEST} bytes, so it would mask too much")));
                }
                None => rules.literals.push(line.to_owned()),
            }
        }
        Ok(rules)
    }
}

/// From now on masks what these rules say, too, wherever [`super::redact`] looks.
pub fn also_mask(rules: MaskRules) {
    add(rules.literals.into_iter().map(|it| (it, SecretKind::Listed)).collect(), rules.patterns);
}

/// From now on masks a value that the program itself holds, such as the token it signs in with.
pub fn hold(value: &str) {
    let value = value.trim();
    if SHORTEST <= value.len() {
        add(vec![(value.to_owned(), SecretKind::Held)], Vec::new());
    }
}

fn add(literals: Vec<(String, SecretKind)>, patterns: Vec<Regex>) {
    let mut all = HELD.write().unwrap_or_else(PoisonError::into_inner);
    let mut next = MaskedValues::clone(&all);
    next.literals.extend(literals);
    next.literals.sort_by(|(left, _), (right, _)| left.cmp(right));
    next.literals.dedup_by(|(left, _), (right, _)| left == right);
    next.patterns.extend(patterns);
    let texts = next.literals.iter().map(|(it, _)| it);
    next.finder = AhoCorasick::builder().match_kind(aho_corasick::MatchKind::LeftmostLongest).build(texts).ok();
    *all = Arc::new(next);
}

impl MaskedValues {
    /// All there is now.
    pub(super) fn now() -> Arc<Self> {
        Arc::clone(&HELD.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// In which strings it may stand that the search of the text around them does not see.
    pub(super) const fn hides(&self) -> Hides {
        match (self.literals.is_empty(), self.patterns.is_empty()) {
            (true, true) => Hides::Nowhere,
            (false, true) => Hides::Escaped,
            // A pattern can ask for the beginning of a string.
            (_, false) => Hides::Anywhere,
        }
    }

    /// Where any of it stands in a text.
    pub(super) fn edits(&self, text: &str) -> Vec<Edit> {
        if self.hides() == Hides::Nowhere {
            return Vec::new();
        }
        walked(text.len());
        let literals = self.finder.iter().flat_map(|it| it.find_iter(text)).filter_map(|it| {
            let (_, kind) = self.literals.get(it.pattern().as_usize())?;
            Some((it.range(), *kind))
        });
        let patterns = self.patterns.iter().flat_map(|it| it.find_iter(text)).map(|it| (it.range(), SecretKind::Listed));
        let tokens: Vec<Range<usize>> = text.match_indices(TOKEN_START).filter_map(|(at, _)| Some(at..token_end(text, at)?)).collect();
        let is_in_token = |range: &Range<usize>| {
            let next = tokens.partition_point(|it| it.end <= range.start);
            tokens.get(next).is_some_and(|it| it.start < range.end)
        };
        let found = literals.chain(patterns).filter(|(range, _)| !range.is_empty() && !is_in_token(range));
        found.map(|(range, kind)| Edit::new(kind, range.clone(), text.get(range).unwrap_or_default())).collect()
    }
}
