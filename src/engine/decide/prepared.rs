//! A bundle made ready: its facts derived and its logs read once, for as many rules as may be tried on it.

use serde_json::Value;

use super::evaluate::{CaseContext, Outcome, Trial, evaluate};
use super::selections::Selections;
use crate::engine::fixes::fix::FixContext;
use crate::engine::language::compiled::Rule;
use crate::engine::language::log_hits::{LogHits, Patterns};
use crate::engine::language::script::Interpreter;
use crate::evidence::Bundle;
use crate::facts::{self, Facts};

/// A bundle with all that is derived from it once for all rules.
pub struct Prepared<'b> {
    /// The bundle's facts.
    pub facts: Facts<'b>,
    fixes: FixContext<'b>,
    documents: Vec<Value>,
    hits: LogHits,
}

impl<'b> Prepared<'b> {
    /// Derives the facts of a bundle and reads its logs with these patterns.
    #[must_use]
    pub fn new(bundle: &'b Bundle, patterns: &Patterns) -> Self {
        let facts = facts::derive(bundle);
        let hits = patterns.scan(|it| facts.log(it));
        // A case document is made of derived types: it always has a JSON form.
        let documents = facts.cases.iter().map(|it| serde_json::to_value(&it.document).unwrap_or_default()).collect();
        Self { facts, fixes: FixContext::new(bundle), documents, hits }
    }

    /// Builds one context per episode, earliest first.
    pub(crate) fn contexts<'s>(&'s self, interpreter: &'s Interpreter) -> impl Iterator<Item = CaseContext<'s>> {
        let cases = self.facts.cases.iter().zip(&self.documents);
        cases.map(move |(case, document)| CaseContext {
            facts: &self.facts,
            case,
            document,
            selections: Selections::default(),
            hits: &self.hits,
            fixes: &self.fixes,
            interpreter,
        })
    }

    /// What one rule makes of each episode, by episode number.
    #[must_use]
    pub fn decide(&self, rule: &Rule, interpreter: &Interpreter, trial: Trial) -> Vec<(u32, Outcome)> {
        self.contexts(interpreter).map(|it| (it.case.episode.number, evaluate(rule, &it, trial))).collect()
    }
}
