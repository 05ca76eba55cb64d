//! How good the diagnosis is: a population of incidents with known truth, diagnosed and counted.
//!
//! Invariant: pure, like all below the edges; the same catalog, number and seed give the same scores, however many threads work on them.

mod answer;
mod fair;
mod score;

use std::collections::BTreeMap;

use serde::Serialize;

pub use answer::CauseAnswer;
pub use score::Scored;

use crate::engine::{Catalog, Trial, diagnose};
use crate::simulate::member;

/// Result of evaluating a population.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Evaluation {
    /// Number of incidents.
    pub members: u64,
    /// Confusion matrix: injected causes and the answers they received.
    pub confusion: BTreeMap<String, BTreeMap<CauseAnswer, u64>>,
    /// Causes whose pattern has a rule and whose evidence suffices.
    pub decidable: u64,
    /// Those of them that a finding of the right rule claims.
    pub right: u64,
    /// Causes that no rule knows and whose evidence is there.
    pub unknown: u64,
    /// Those of them that are shown as unexplained.
    pub unknown_shown: u64,
    /// Causes whose evidence does not suffice.
    pub undecidable: u64,
    /// Undecidable causes that were handled correctly: named correctly, shown as unexplained, or not mentioned.
    pub undecidable_right: u64,
    /// Findings whose cause is called established and whose rule is not part of the truth.
    pub wrong_established: u64,
    /// Findings of rules that are not part of the truth, established or suspected.
    pub wrong_findings: u64,
    /// Injected differences that the ledger lacks although the evidence of both sides shows them.
    pub silent_misses: u64,
    /// Items that the ledger calls causes but that were not injected.
    pub invented: u64,
    /// Causes that the ledger shows as a consequence of the other fault: no evidence tells them apart.
    pub masked: u64,
    /// Incidents of which it was said that nothing diverged, or that all is explained, although the evidence shows more; or that nothing
    /// diverged where what would show it is missing.
    pub false_calm: u64,
    /// Incidents of which it was said that the evidence does not suffice, although it does: to name a cause, or to call it novel.
    pub false_doubt: u64,
    /// Findings that are surer than the evidence: of a root cause that is none, or with a cause or an extent that the evidence does not give.
    pub false_certainty: u64,
    /// Healthy epochs in which a root cause or something novel was seen.
    pub false_alarms: u64,
    /// Number of incidents by the kind of story that they tell.
    pub stories: BTreeMap<String, u64>,
    /// What to look at, by number of the member: at most [`Evaluation::SHOWN`] remarks.
    pub remarks: Vec<String>,
}

impl Evaluation {
    /// Maximum number of remarks to keep.
    pub const SHOWN: usize = 100;

    /// Right causes among the decidable ones; 1 if there is none.
    #[must_use]
    pub fn rate(&self) -> f64 {
        if self.decidable == 0 { 1.0 } else { self.right as f64 / self.decidable as f64 }
    }

    /// Whether the first sentence was never calmer, surer or more doubtful than the evidence.
    #[must_use]
    pub fn is_fair(&self) -> bool {
        [self.false_calm, self.false_doubt, self.false_certainty, self.false_alarms] == [0; 4]
    }

    #[expect(clippy::arithmetic_side_effects, reason = "tallies of what is in memory")]
    fn add(&mut self, scored: Scored) {
        self.members += 1;
        for (name, answer) in &scored.answers {
            *self.confusion.entry(name.clone()).or_default().entry(answer.clone()).or_default() += 1;
        }
        self.decidable += scored.decidable;
        self.right += scored.right;
        self.unknown += scored.unknown;
        self.unknown_shown += scored.unknown_shown;
        self.undecidable += scored.undecidable;
        self.undecidable_right += scored.undecidable_right;
        self.wrong_established += scored.wrong_established;
        self.wrong_findings += scored.wrong_findings;
        self.silent_misses += scored.silent_misses;
        self.invented += scored.invented;
        self.masked += scored.masked;
        self.false_calm += scored.false_calm;
        self.false_doubt += scored.false_doubt;
        self.false_certainty += scored.false_certainty;
        self.false_alarms += scored.false_alarms;
        *self.stories.entry(scored.story.to_owned()).or_default() += 1;
        self.remarks.extend(scored.remarks);
    }
}

/// Diagnoses the first `members` incidents of the population of `seed` with `threads` threads (at least one).
///
/// # Panics
/// When a thread panics, which is a defect.
#[must_use]
pub fn evaluate(catalog: &Catalog, members: u64, seed: u64, threads: u64) -> Evaluation {
    let threads = threads.max(1);
    let part = |first: u64| -> Vec<(u64, Scored)> {
        let numbers = (first..members).step_by(usize::try_from(threads).unwrap_or(1));
        numbers.map(|number| (number, score_member(catalog, number, seed))).collect()
    };
    let mut scored: Vec<(u64, Scored)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|first| scope.spawn(move || part(first))).collect();
        workers.into_iter().flat_map(|it| it.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    scored.sort_by_key(|(number, _)| *number);
    let mut evaluation = Evaluation::default();
    for (_, it) in scored {
        evaluation.add(it);
    }
    evaluation.remarks.truncate(Evaluation::SHOWN);
    evaluation
}

fn score_member(catalog: &Catalog, number: u64, seed: u64) -> Scored {
    let member = member(number, seed);
    let diagnosis = diagnose(&member.bundle, catalog, Trial::StableOnly);
    score::score(&member, &diagnosis, catalog)
}
