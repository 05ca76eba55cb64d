//! All log patterns of all rules in one automaton per source: each record is read once, however many rules there are.
//!
//! The automaton looks for literals: nearly every pattern needs one in any text that it matches. Only where it is there, the pattern
//! itself is tried. A set of whole patterns would do the same in one step, but its states grow with the number of patterns.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::RegexSet;

use super::clause::LogSource;
use super::compiled::Rule;
use super::pattern::Pattern;
use crate::facts::LogIndex;
use crate::limits::{PATTERNS_BYTES, PATTERNS_CACHE_BYTES};

/// The patterns of one source, compiled together.
#[derive(Debug, Clone)]
pub struct Patterns {
    by_source: BTreeMap<LogSource, SourcePatterns>,
}

/// The patterns of one source, and their automaton once a log was read.
#[derive(Debug, Clone)]
struct SourcePatterns {
    patterns: Vec<Pattern>,
    automaton: OnceLock<Option<Automaton>>,
}

/// Which records each pattern hit, by source and pattern.
#[derive(Debug, Default)]
pub struct LogHits {
    records: BTreeMap<(LogSource, String), Vec<usize>>,
}

/// How a text finds the patterns, by number, that may match it.
#[derive(Debug, Clone)]
struct Automaton {
    literals: AhoCorasick,
    /// Numbers of the patterns that need each literal.
    needed_by: Vec<Vec<usize>>,
    /// Patterns that guarantee no literal, matched as a whole, and their numbers.
    others: RegexSet,
    others_are: Vec<usize>,
}

impl Patterns {
    /// Compiles the patterns of all rules.
    ///
    /// # Errors
    /// When the literals, or the patterns that guarantee none, are together larger than an automaton may be.
    pub(crate) fn new<'r>(rules: impl Iterator<Item = &'r Rule>) -> Result<Self, regex::Error> {
        let patterns = Self::of_build(rules);
        for source in patterns.by_source.values() {
            let automaton = Automaton::new(&source.patterns)?;
            source.automaton.get_or_init(|| Some(automaton));
        }
        Ok(patterns)
    }

    /// The patterns of rules of this build: they are known to fit into one automaton, which is made when there is a log.
    pub(super) fn of_build<'r>(rules: impl Iterator<Item = &'r Rule>) -> Self {
        let mut texts: BTreeMap<LogSource, BTreeMap<String, Pattern>> = BTreeMap::new();
        for (source, pattern) in rules.flat_map(Rule::log_patterns) {
            texts.entry(source).or_default().insert(pattern.as_str().to_owned(), pattern);
        }
        let of_source = |it: BTreeMap<String, Pattern>| SourcePatterns { patterns: it.into_values().collect(), automaton: OnceLock::new() };
        Self { by_source: texts.into_iter().map(|(source, it)| (source, of_source(it))).collect() }
    }

    /// The patterns of all sources, each once a source.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.by_source.values().flat_map(|it| it.patterns.iter().map(Pattern::as_str))
    }

    /// Reads every record of every source that has a log once.
    #[must_use]
    pub fn scan<'i>(&self, log_of: impl Fn(LogSource) -> Option<&'i LogIndex>) -> LogHits {
        let mut hits = LogHits::default();
        for source in LogSource::ALL {
            let (Some(index), Some(compiled)) = (log_of(source), self.by_source.get(&source)) else { continue };
            let Some(automaton) = compiled.automaton() else { continue };
            let mut found: Vec<Vec<usize>> = vec![Vec::new(); compiled.patterns.len()];
            let mut tried = vec![false; compiled.patterns.len()];
            for record in &index.records {
                for pattern in automaton.matching(&compiled.patterns, &record.text, &mut tried) {
                    if let Some(records) = found.get_mut(pattern) {
                        records.push(record.number);
                    }
                }
            }
            hits.records.extend(compiled.patterns.iter().zip(found).map(|(it, records)| ((source, it.as_str().to_owned()), records)));
        }
        hits
    }
}

impl SourcePatterns {
    fn automaton(&self) -> Option<&Automaton> {
        self.automaton.get_or_init(|| Automaton::new(&self.patterns).ok()).as_ref()
    }
}

impl Automaton {
    fn new(patterns: &[Pattern]) -> Result<Self, regex::Error> {
        let mut by_literal: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
        let mut others_are = Vec::new();
        for (number, pattern) in patterns.iter().enumerate() {
            match pattern.literals() {
                Some(literals) => literals.iter().for_each(|it| by_literal.entry(it.clone()).or_default().push(number)),
                None => others_are.push(number),
            }
        }
        let literals = AhoCorasick::builder().match_kind(MatchKind::Standard).build(by_literal.keys());
        let literals = literals.map_err(|err| regex::Error::Syntax(err.to_string()))?;
        let texts = others_are.iter().filter_map(|it| patterns.get(*it)).map(Pattern::as_str);
        let others = regex::RegexSetBuilder::new(texts).size_limit(PATTERNS_BYTES).dfa_size_limit(PATTERNS_CACHE_BYTES).build()?;
        Ok(Self { literals, needed_by: by_literal.into_values().collect(), others, others_are })
    }

    /// Numbers of the patterns that the text matches, each once. `tried` is all false, and is left so.
    fn matching(&self, patterns: &[Pattern], text: &str, tried: &mut [bool]) -> Vec<usize> {
        // A line may hold a literal a thousand times: each pattern is tried once all the same.
        let mut candidates = Vec::new();
        for literal in self.literals.find_overlapping_iter(text) {
            for number in self.needed_by.get(literal.pattern().as_usize()).into_iter().flatten() {
                if let Some(tried) = tried.get_mut(*number).filter(|it| !**it) {
                    *tried = true;
                    candidates.push(*number);
                }
            }
        }
        for number in &candidates {
            if let Some(tried) = tried.get_mut(*number) {
                *tried = false;
            }
        }
        candidates.retain(|it| patterns.get(*it).and_then(Pattern::regex).is_some_and(|it| it.is_match(text)));
        candidates.extend(self.others.matches(text).into_iter().filter_map(|it| self.others_are.get(it)));
        candidates
    }
}

impl LogHits {
    /// Records that a pattern hit, in order.
    #[must_use]
    pub(crate) fn records_matching(&self, source: LogSource, pattern: &str) -> &[usize] {
        self.records.get(&(source, pattern.to_owned())).map(Vec::as_slice).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Catalog;
    use crate::engine::language::catalog::builtin;
    use crate::evidence::logs::parse_text;

    fn patterns(catalog: &Catalog) -> impl Iterator<Item = &Pattern> {
        catalog.patterns().by_source.values().flat_map(|it| &it.patterns)
    }

    /// Lines that come close to every pattern of this build: its literals, whole and cut, alone and together.
    fn lines(catalog: &Catalog) -> Vec<String> {
        let literals = patterns(catalog).filter_map(Pattern::literals).flatten().map(|it| String::from_utf8_lossy(it).into_owned());
        let literals: Vec<String> = literals.collect();
        let pairs = literals.iter().zip(literals.iter().skip(1)).map(|(one, other)| format!("{one}7 0x5 {other}0x6: 8"));
        let cut = literals.iter().map(|it| it.chars().skip(1).collect::<String>());
        pairs.chain(cut).chain(literals.iter().map(|it| format!("{it}{it}"))).map(|it| format!("[INFO] [echonet.any] {it}")).collect()
    }

    #[test]
    fn the_automaton_finds_what_each_pattern_alone_finds() {
        let catalog = Catalog::new(&[builtin()]).unwrap_or_else(|problems| panic!("{problems:?}"));
        let index = LogIndex::new(&parse_text(&lines(&catalog).join("\n")));
        let hits = catalog.patterns().scan(|_| Some(&index));
        let mut total = 0;
        for (source, compiled) in &catalog.patterns().by_source {
            for pattern in &compiled.patterns {
                let regex = pattern.regex().expect("it builds");
                let alone: Vec<usize> = index.records.iter().filter(|it| regex.is_match(&it.text)).map(|it| it.number).collect();
                assert_eq!(hits.records_matching(*source, pattern.as_str()), alone, "{}", pattern.as_str());
                total += alone.len();
            }
        }
        assert!(total > 20, "the lines come close to nothing: {total}");
    }
}
