//! All log patterns of all rules in one automaton per source: each record is read once, however many rules there are.

use std::collections::BTreeMap;

use regex::RegexSet;

use super::compiled::{ClauseKind, Rule};
use super::rule::LogSource;
use crate::facts::LogIndex;

/// The patterns of one source, compiled together.
#[derive(Debug, Clone)]
pub struct Patterns {
    by_source: BTreeMap<LogSource, (Vec<String>, RegexSet)>,
}

/// Which records each pattern hit, by source and pattern.
#[derive(Debug, Default)]
pub struct LogHits {
    records: BTreeMap<(LogSource, String), Vec<usize>>,
}

impl Patterns {
    /// Compiles the patterns of all rules.
    ///
    /// # Errors
    /// When together they are larger than the automaton may be.
    pub fn new<'r>(rules: impl Iterator<Item = &'r Rule>) -> Result<Self, regex::Error> {
        let mut texts: BTreeMap<LogSource, Vec<String>> = BTreeMap::new();
        for clause in rules.flat_map(|it| &it.clauses) {
            if let ClauseKind::Log(log) = &clause.kind {
                texts.entry(log.source).or_default().push(log.pattern.as_str().to_owned());
            }
        }
        let mut by_source = BTreeMap::new();
        for (source, mut patterns) in texts {
            patterns.sort();
            patterns.dedup();
            let set = regex::RegexSetBuilder::new(&patterns).size_limit(256 << 20).dfa_size_limit(64 << 20).build()?;
            by_source.insert(source, (patterns, set));
        }
        Ok(Self { by_source })
    }

    /// The patterns of all sources, each once a source.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.by_source.values().flat_map(|(patterns, _)| patterns.iter().map(String::as_str))
    }

    /// Reads every record of every source once.
    #[must_use]
    pub fn scan(&self, echonet: Option<&LogIndex>, sequencer: Option<&LogIndex>) -> LogHits {
        let mut hits = LogHits::default();
        for (source, index) in [(LogSource::Echonet, echonet), (LogSource::Sequencer, sequencer)] {
            let (Some(index), Some((patterns, set))) = (index, self.by_source.get(&source)) else { continue };
            let mut found: Vec<Vec<usize>> = vec![Vec::new(); patterns.len()];
            for record in &index.records {
                for pattern in set.matches(&record.text) {
                    if let Some(records) = found.get_mut(pattern) {
                        records.push(record.number);
                    }
                }
            }
            hits.records.extend(patterns.iter().zip(found).map(|(pattern, records)| ((source, pattern.clone()), records)));
        }
        hits
    }
}

impl LogHits {
    /// Records that a pattern hit, in order.
    #[must_use]
    pub fn of(&self, source: LogSource, pattern: &str) -> &[usize] {
        self.records.get(&(source, pattern.to_owned())).map(Vec::as_slice).unwrap_or_default()
    }
}
