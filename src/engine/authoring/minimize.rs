//! The smallest bundle on which the same clauses of a rule hold: for tests of rules, not for diagnosis, since what was taken out is no
//! longer there to be seen.

use std::collections::BTreeSet;

use crate::engine::decide::evaluate::{Outcome, Trial};
use crate::engine::decide::prepared::Prepared;
use crate::engine::language::compiled::Rule;
use crate::engine::language::log_hits::Patterns;
use crate::engine::language::script::Interpreter;
use crate::evidence::{Block, Bundle, EchonetPages, Felt, Gathered, OurBlock, Program, StateUpdate, TheirBlock};
use crate::facts::{EvidenceName, TriggerKind};
use crate::findings::Ternary;

/// Why a bundle cannot be made smaller for a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotMinimal {
    /// The rule is decided for no element of any episode.
    #[error("the rule has nothing to decide here: there is nothing whose clauses could stay the same")]
    NothingDecided,
    /// The rule's patterns cannot be compiled together.
    #[error("the rule's log patterns together are too large")]
    Patterns,
}

/// Takes away everything without which the clauses of the rule come out the same, for one episode: the first for which the rule holds, or
/// else the first for which it was decided. Episodes keep their numbers.
///
/// # Errors
/// When the rule is decided for no element.
pub(crate) fn minimize(bundle: &Bundle, rule: &Rule, interpreter: &Interpreter) -> Result<Bundle, NotMinimal> {
    let patterns = Patterns::new(std::iter::once(rule)).map_err(|_| NotMinimal::Patterns)?;
    let prepared = Prepared::new(bundle, &patterns);
    let outcomes = prepared.decide(rule, interpreter, Trial::WithExperimental);
    let decided = |outcome: &Outcome, wanted: Option<Ternary>| match outcome {
        Outcome::Evaluated(it) => !it.elements.is_empty() && wanted.is_none_or(|wanted| it.truth() == wanted),
        Outcome::NotApplicable | Outcome::Broken(_) => false,
    };
    let focus =
        outcomes.iter().find(|(_, it)| decided(it, Some(Ternary::True))).or_else(|| outcomes.iter().find(|(_, it)| decided(it, None)));
    let (episode, outcome) = focus.ok_or(NotMinimal::NothingDecided)?;
    let wanted = (signature(outcome), setting(&prepared, rule, *episode));
    let holds = |candidate: &Bundle| {
        let prepared = Prepared::new(candidate, &patterns);
        let outcomes = prepared.decide(rule, interpreter, Trial::WithExperimental);
        let same = |(number, it): &(u32, Outcome)| number == episode && signature(it) == wanted.0;
        outcomes.iter().any(same) && setting(&prepared, rule, *episode) == wanted.1
    };
    let mut reduction = Reduction { bundle: bundle.clone(), holds: &holds };
    // Later resyncs and their lines go at once: either alone would move the other's part of the log.
    let window = prepared.facts.cases.iter().find(|it| it.episode.number == *episode).and_then(|it| it.window.as_ref());
    let next_line = window.zip(prepared.facts.echonet_log.as_ref()).and_then(|(window, index)| index.records.get(window.end));
    if let Some(end) = next_line.map(|it| it.first_line) {
        reduction.attempt(|it| {
            it.episodes.retain(|it| it.number <= *episode);
            observed(&mut it.logs.echonet).into_iter().for_each(|it| it.lines.truncate(end));
        });
    }
    // The largest parts first: every later trial is then a small one.
    reduction.log();
    reduction.episodes(*episode);
    reduction.heights();
    reduction.evidence();
    reduction.transactions();
    reduction.contracts();
    reduction.log();
    Ok(reduction.bundle)
}

/// An element, how the rule comes out for it, and how each clause does.
type ElementSignature = (Option<String>, Ternary, Vec<(String, Ternary)>);

/// What must stay the same: which elements there are, and how every clause comes out for each.
fn signature(outcome: &Outcome) -> Option<Vec<ElementSignature>> {
    let Outcome::Evaluated(evaluated) = outcome else { return None };
    let clauses = |it: &crate::engine::decide::evaluate::Element| it.clauses.iter().map(|it| (it.clause.clone(), it.truth)).collect();
    Some(evaluated.elements.iter().map(|it| (it.item.clone(), it.truth, clauses(it))).collect())
}

/// What must stay the same besides: the trigger, and which of the evidence that the rule requires was wholly seen, so that a test can
/// still show the rule saying no.
fn setting(prepared: &Prepared<'_>, rule: &Rule, episode: u32) -> (Option<TriggerKind>, BTreeSet<EvidenceName>) {
    let case = prepared.facts.cases.iter().find(|it| it.episode.number == episode);
    let required = |name: EvidenceName| rule.file.requires.iter().any(|it| it.evidence == name);
    let coverage = case.into_iter().flat_map(|it| &it.document.coverage);
    let seen = coverage.filter(|it| it.gap.is_none() && required(it.evidence)).map(|it| it.evidence).collect();
    (case.and_then(|it| it.document.trigger.as_ref()).map(|it| it.kind), seen)
}

struct Reduction<'r> {
    bundle: Bundle,
    holds: &'r dyn Fn(&Bundle) -> bool,
}

impl Reduction<'_> {
    /// Keeps a change if the clauses stay the same.
    fn attempt(&mut self, change: impl FnOnce(&mut Bundle)) {
        let mut candidate = self.bundle.clone();
        change(&mut candidate);
        if candidate != self.bundle && (self.holds)(&candidate) {
            self.bundle = candidate;
        }
    }

    fn log(&mut self) {
        for program in Program::ALL.into_iter().rev() {
            self.attempt(|it| *it.logs.for_program_mut(program) = Gathered::NotAsked);
        }
        for program in Program::ALL {
            let Gathered::Observed(stream) = self.bundle.logs.for_program_mut(program) else { continue };
            let lines = std::mem::take(&mut stream.value.lines);
            let mut candidate = self.bundle.clone();
            let mut with = |lines: &[crate::evidence::logs::LogLine]| {
                if let Gathered::Observed(stream) = candidate.logs.for_program_mut(program) {
                    stream.value.lines = lines.to_vec();
                }
                (self.holds)(&candidate)
            };
            let kept = smallest(lines, &mut with);
            if let Gathered::Observed(stream) = self.bundle.logs.for_program_mut(program) {
                stream.value.lines = kept;
            }
        }
    }

    fn episodes(&mut self, focus: u32) {
        let others: Vec<u32> = self.bundle.episodes.iter().map(|it| it.number).filter(|it| *it != focus).collect();
        for number in others {
            self.attempt(|it| it.episodes.retain(|it| it.number != number));
        }
    }

    fn heights(&mut self) {
        self.attempt(|it| it.after_resync.clear());
        let ours = self.bundle.episodes.iter().flat_map(|it| it.ours.keys());
        let heights: BTreeSet<u64> = ours.chain(self.bundle.theirs.keys()).chain(self.bundle.after_resync.keys()).copied().collect();
        for height in heights {
            self.attempt(|it| {
                it.theirs.remove(&height);
                it.after_resync.remove(&height);
                it.episodes.iter_mut().for_each(|it| drop(it.ours.remove(&height)));
            });
            self.attempt(|it| drop(it.theirs.remove(&height)));
            self.attempt(|it| drop(it.after_resync.remove(&height)));
            self.attempt(|it| it.episodes.iter_mut().for_each(|it| drop(it.ours.remove(&height))));
        }
    }

    /// Whole pieces of evidence that the rule does not look at.
    fn evidence(&mut self) {
        self.attempt(|it| it.report = Gathered::NotAsked);
        self.attempt(|it| it.echonet = EchonetPages::default());
        self.attempt(|it| it.deployment.pods = Gathered::NotAsked);
        self.attempt(|it| it.deployment.config_maps = Gathered::NotAsked);
        self.attempt(|it| it.deployment.source = Gathered::NotAsked);
        self.attempt(|it| it.episodes.iter_mut().for_each(|it| it.report = Gathered::NotAsked));
        self.attempt(|it| it.episodes.iter_mut().for_each(|it| it.snapshot = Gathered::NotAsked));
        self.attempt(|it| it.episodes.iter_mut().for_each(|it| it.reverts = Gathered::NotAsked));
        self.attempt(|it| it.episodes.iter_mut().for_each(|it| it.archive = Gathered::NotAsked));
        self.attempt(|it| ours(it).for_each(|it| it.blob = Gathered::NotAsked));
        self.attempt(|it| {
            ours(it).for_each(|it| it.state_update = Gathered::NotAsked);
            theirs(it).for_each(|it| it.state_update = Gathered::NotAsked);
        });
        let heights: Vec<u64> = self.bundle.theirs.keys().copied().collect();
        for height in heights {
            self.attempt(|it| {
                it.theirs.get_mut(&height).into_iter().for_each(|it| it.state_update = Gathered::NotAsked);
                let ours = it.episodes.iter_mut().filter_map(|it| it.ours.get_mut(&height));
                ours.for_each(|it| it.state_update = Gathered::NotAsked);
            });
        }
    }

    /// Transactions go from both sides at once: one side alone would be a divergence of its own.
    fn transactions(&mut self) {
        let all = |bundle: &mut Bundle| {
            let hashes = blocks(bundle).flat_map(|it| it.transactions.iter().map(|it| it.transaction_hash).collect::<Vec<_>>());
            hashes.collect::<BTreeSet<Felt>>().into_iter().collect::<Vec<Felt>>()
        };
        let hashes = all(&mut self.bundle.clone());
        let keep = |bundle: &mut Bundle, kept: &BTreeSet<Felt>| {
            blocks(bundle).for_each(|block| {
                block.transactions.retain(|it| kept.contains(&it.transaction_hash));
                block.transaction_receipts.retain(|it| kept.contains(&it.transaction_hash));
            });
        };
        let (whole, holds) = (&self.bundle, self.holds);
        let kept = smallest(hashes, &mut |kept| {
            let mut candidate = whole.clone();
            keep(&mut candidate, &kept.iter().copied().collect());
            holds(&candidate)
        });
        self.attempt(|it| keep(it, &kept.into_iter().collect()));
        let bulk: [fn(&mut Block); 4] = [
            |it| it.transactions.iter_mut().for_each(|it| it.other.clear()),
            |it| it.transactions.iter_mut().for_each(|it| it.signature.clear()),
            |it| it.transaction_receipts.iter_mut().for_each(|it| it.events.clear()),
            |it| it.transaction_receipts.iter_mut().for_each(|it| it.other.clear()),
        ];
        for part in bulk {
            self.attempt(|it| blocks(it).for_each(part));
        }
        self.attempt(|it| blocks(it).for_each(|it| it.other.clear()));
    }

    fn contracts(&mut self) {
        let addresses: BTreeSet<Felt> =
            states(&mut self.bundle.clone()).flat_map(|it| it.state_diff.storage_diffs.keys().copied().collect::<Vec<_>>()).collect();
        let (whole, holds) = (&self.bundle, self.holds);
        let keep = |bundle: &mut Bundle, kept: &BTreeSet<Felt>| {
            states(bundle).for_each(|it| it.state_diff.storage_diffs.retain(|address, _| kept.contains(address)));
        };
        let kept = smallest(addresses.into_iter().collect(), &mut |kept| {
            let mut candidate = whole.clone();
            keep(&mut candidate, &kept.iter().copied().collect());
            holds(&candidate)
        });
        self.attempt(|it| keep(it, &kept.into_iter().collect()));
    }
}

fn ours(bundle: &mut Bundle) -> impl Iterator<Item = &mut OurBlock> {
    bundle.episodes.iter_mut().flat_map(|it| it.ours.values_mut()).chain(bundle.after_resync.values_mut())
}

fn theirs(bundle: &mut Bundle) -> impl Iterator<Item = &mut TheirBlock> {
    bundle.theirs.values_mut()
}

fn blocks(bundle: &mut Bundle) -> impl Iterator<Item = &mut Block> {
    let ours = bundle.episodes.iter_mut().flat_map(|it| it.ours.values_mut()).map(|it| &mut it.block);
    let all = ours.chain(bundle.theirs.values_mut().map(|it| &mut it.block));
    all.filter_map(observed)
}

fn states(bundle: &mut Bundle) -> impl Iterator<Item = &mut StateUpdate> {
    let ours = bundle.episodes.iter_mut().flat_map(|it| it.ours.values_mut()).map(|it| &mut it.state_update);
    let all = ours.chain(bundle.theirs.values_mut().map(|it| &mut it.state_update));
    all.filter_map(observed)
}

fn observed<T>(evidence: &mut Gathered<T>) -> Option<&mut T> {
    match evidence {
        Gathered::Observed(observed) => Some(&mut observed.value),
        Gathered::Failed(_) | Gathered::Absent(_) | Gathered::NotAsked => None,
    }
}

/// Delta debugging: takes away ever smaller runs until no single element can go. All of them stay if nothing smaller will do.
fn smallest<T: Clone>(items: Vec<T>, holds: &mut dyn FnMut(&[T]) -> bool) -> Vec<T> {
    let mut kept = items;
    let mut run = kept.len();
    while run > 0 {
        let before = kept.len();
        let mut start = 0;
        while start < kept.len() {
            let end = start.saturating_add(run).min(kept.len());
            let without: Vec<T> = kept.iter().take(start).chain(kept.iter().skip(end)).cloned().collect();
            if holds(&without) {
                kept = without;
            } else {
                start = end;
            }
        }
        if run > 1 {
            run = run.div_ceil(2);
        } else if kept.len() == before {
            break;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_stays_and_nothing_else() {
        for needed in [vec![], vec![0], vec![3, 7], vec![0, 1, 98, 99], (0..100).collect::<Vec<u32>>()] {
            let mut trials = 0;
            let kept = smallest((0..100).collect(), &mut |it| {
                trials += 1;
                needed.iter().all(|needed| it.contains(needed))
            });
            assert_eq!(kept, needed);
            assert!(trials < 1_000, "{trials} trials");
        }
    }
}
