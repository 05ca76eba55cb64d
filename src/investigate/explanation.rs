//! Why a rule did or did not hold, clause by clause, and how close every rule came.

use super::{Error, Rules};
use crate::engine::Trial;
use crate::engine::decide::evaluate::Outcome;
use crate::engine::decide::prepared::Prepared;
use crate::engine::decide::why_not::{Approach, Reached};
use crate::engine::decide::{evidence_gaps, why_not};
use crate::evidence::Bundle;
use crate::findings::Ternary;

/// The outcome of one rule.
#[derive(Debug)]
pub struct Explanation {
    /// For each episode; none where the evidence shows no resync.
    pub episodes: Vec<EpisodeExplanation>,
}

/// How one rule came out for one episode.
#[derive(Debug)]
pub struct EpisodeExplanation {
    /// Number of the episode.
    pub episode: u32,
    /// The outcome, clause by clause.
    pub outcome: Outcome,
    /// The outcome as text, with the evidence that would decide unknown clauses and how to collect it.
    pub text: String,
}

impl Explanation {
    /// What the rule says of the evidence as a whole: it holds if it holds for any episode, and else it is unknown if it is for any.
    #[must_use]
    pub fn truth(&self) -> Ternary {
        let any = |truth| self.episodes.iter().any(|it| matches!(&it.outcome, Outcome::Evaluated(it) if it.truth() == truth));
        match (any(Ternary::True), any(Ternary::Unknown)) {
            (true, _) => Ternary::True,
            (false, true) => Ternary::Unknown,
            (false, false) => Ternary::False,
        }
    }
}

/// Shows how each clause of a rule came out, be the rule stable or not.
///
/// # Errors
/// When there is no such rule.
pub fn explain(bundle: &Bundle, rules: &Rules, slug: &str) -> Result<Explanation, Error> {
    let rule = rules.rule(slug)?;
    let prepared = Prepared::new(bundle, rules.catalog.patterns());
    let outcomes = prepared.decide(rule, &rules.catalog.interpreter, Trial::WithExperimental);
    let of_episode = |((episode, outcome), case): ((u32, Outcome), _)| {
        let text = why_not::explanation(rule, episode, &outcome, &evidence_gaps::states(case));
        EpisodeExplanation { episode, outcome, text }
    };
    Ok(Explanation { episodes: outcomes.into_iter().zip(&prepared.facts.cases).map(of_episode).collect() })
}

/// How close every rule came, closest first.
#[derive(Debug)]
pub struct Ranking {
    /// A rule and an episode each; none where the evidence shows no resync.
    pub approaches: Vec<Approach>,
    /// The ranking as text.
    pub text: String,
}

impl Ranking {
    /// How many rules that do not hold are shown, unless all are asked for.
    pub const SHOWN: usize = 5;

    /// How many the text leaves out.
    #[must_use]
    pub fn left_out(&self, most: usize) -> usize {
        self.approaches.iter().filter(|it| it.reached != Reached::Holds).count().saturating_sub(most)
    }
}

/// Ranks all rules by how close they came, with what they missed.
#[must_use]
pub fn why_not(bundle: &Bundle, rules: &Rules) -> Ranking {
    closest(bundle, rules, usize::MAX)
}

/// The same, and of the rules that do not hold the text shows at most so many.
#[must_use]
pub fn closest(bundle: &Bundle, rules: &Rules, most: usize) -> Ranking {
    let prepared = Prepared::new(bundle, rules.catalog.patterns());
    let approaches = why_not::ranked(&prepared, &rules.catalog);
    let text = why_not::text(&approaches, &prepared.facts.cases, most);
    Ranking { approaches, text }
}
