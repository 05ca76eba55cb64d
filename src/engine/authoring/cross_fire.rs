//! Every rule over every base bundle: which rules hold where nobody said that they would.

use std::collections::BTreeMap;

use crate::engine::decide::evaluate::{Outcome, Trial};
use crate::engine::decide::prepared::Prepared;
use crate::engine::language::catalog::Catalog;
use crate::engine::language::compiled::Rule;
use crate::evidence::Bundle;
use crate::findings::{Explains, Ternary};

/// A bundle to try every rule on.
pub struct TrialBundle {
    /// Name of the bundle in reports.
    pub name: String,
    /// The bundle.
    pub bundle: Bundle,
    /// Rules that are known to hold for it, by slug, with who says so.
    pub known: BTreeMap<String, String>,
}

/// A rule that holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleHit {
    /// Name of the bundle.
    pub ground: String,
    /// Slug of the rule.
    pub rule: String,
    /// Episodes.
    pub episodes: Vec<u32>,
    /// The rule or test that expects the match; none if the match is unexpected.
    pub known: Option<String>,
}

/// Tries every rule on one bundle. The logs are read once for all of them.
#[must_use]
pub fn fire(catalog: &Catalog, ground: &TrialBundle) -> Vec<RuleHit> {
    let prepared = Prepared::new(&ground.bundle, &catalog.patterns);
    let holds = |outcome: &Outcome| matches!(outcome, Outcome::Evaluated(it) if it.truth() == Ternary::True);
    // A rule may hold where a rule holds that it wins over, or that wins over it; one that only notes something claims nothing anywhere.
    let related = |slug: &String, rule: &Rule| {
        if rule.file.explains == Explains::Nothing {
            return Some("it is only a note and claims nothing".to_owned());
        }
        let wins = |winner: &Rule, loser: &str| winner.file.related.supersedes.iter().any(|it| it.value == loser);
        let other = ground.known.keys().find(|it| wins(rule, it) || catalog.rules.get(*it).is_some_and(|known| wins(known, slug)))?;
        Some(format!("one of it and `{other}` wins over the other"))
    };
    let hit = |slug: &String, rule: &Rule| {
        let outcomes = prepared.decide(rule, &catalog.interpreter, Trial::WithExperimental);
        let episodes: Vec<u32> = outcomes.iter().filter(|(_, it)| holds(it)).map(|(episode, _)| *episode).collect();
        (!episodes.is_empty()).then(|| RuleHit {
            ground: ground.name.clone(),
            rule: slug.clone(),
            episodes,
            known: ground.known.get(slug).cloned().or_else(|| related(slug, rule)),
        })
    };
    catalog.rules.iter().filter_map(|(slug, rule)| hit(slug, rule)).collect()
}
