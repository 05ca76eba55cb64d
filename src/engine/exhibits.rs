//! Gathers what stands behind an answer: for people who look for themselves.

mod clause_tree;
mod excerpt;
mod json_piece;
mod payload;
mod timeline;
mod traces;

use crate::engine::decide::evaluate::{CaseContext, Evaluated};
use crate::engine::language::compiled::Rule;
use crate::facts::{Case, SideFacts, coverage};
use crate::findings::{BlockHead, BlockPair, EvidenceSeen, EvidenceSource, Exhibits, Finding, RuleOutcome, SeenExtent};
use clause_tree::Nearness;

/// Rules that do not hold and are shown: the nearest.
const NEAREST: usize = 5;

/// Things of payloads that are shown of a whole incident.
const PAYLOADS: usize = 60;

/// What is gathered while the rules are tried.
#[derive(Default)]
pub(super) struct Gathering {
    exhibits: Exhibits,
    trees: Vec<Nearness>,
}

impl Gathering {
    /// Takes in how one rule came out for one episode.
    pub(super) fn rule(&mut self, rule: &Rule, scene: &CaseContext<'_>, evaluated: &Evaluated) {
        self.trees.extend(clause_tree::build_clause_tree(rule, scene.case.episode.number, evaluated));
        self.exhibits.excerpts.extend(excerpt::excerpt_logs(rule, scene, evaluated));
    }

    /// Takes in what an episode itself has to show.
    #[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
    pub(super) fn episode(&mut self, scene: &CaseContext<'_>, bundle: &crate::evidence::Bundle) {
        let case = scene.case;
        self.exhibits.coverage.extend(seen(case, bundle));
        self.exhibits.timelines.extend(timeline::build_timeline(scene));
        self.exhibits.chain.extend(chain(case));
        self.exhibits.traces.extend(traces::compare_traces(case));
        self.exhibits.trigger_lines.extend(excerpt::of_trigger(scene));
        let (payloads, left_out) = payload::excerpt_payloads(case, bundle);
        let room = PAYLOADS.saturating_sub(self.exhibits.payloads.len());
        self.exhibits.payloads_left_out += left_out + payloads.len().saturating_sub(room);
        self.exhibits.payloads.extend(payloads.into_iter().take(room));
    }

    /// What was gathered, as far as it bears on the findings.
    pub(super) fn finish(self, findings: &[Finding]) -> Exhibits {
        let Self { mut exhibits, trees } = self;
        let is_found = |episode: u32, rule: &str| findings.iter().any(|it| it.episode == episode && it.rule == rule);
        let place = |episode: u32, rule: &str| findings.iter().position(|it| it.episode == episode && it.rule == rule);
        exhibits.excerpts.retain(|it| is_found(it.episode, &it.rule));
        exhibits.excerpts.sort_by_key(|it| place(it.episode, &it.rule));
        let (mut held, mut others): (Vec<Nearness>, Vec<Nearness>) =
            trees.into_iter().partition(|it| it.tree.outcome == RuleOutcome::Holds && is_found(it.tree.episode, &it.tree.rule));
        held.sort_by_key(|it| place(it.tree.episode, &it.tree.rule));
        for it in &mut others {
            if it.tree.outcome == RuleOutcome::Holds {
                it.tree.outcome = RuleOutcome::Dropped;
            }
        }
        others.retain(|it| 0 < it.tree.met[0]);
        others.sort_by(|left, right| left.key().cmp(&right.key()));
        let mut told = std::collections::BTreeSet::new();
        others.retain(|it| told.insert(it.tree.rule.clone()) && !findings.iter().any(|finding| finding.rule == it.tree.rule));
        others.truncate(NEAREST);
        exhibits.rules = held.into_iter().chain(others).map(|it| it.tree).collect();
        exhibits
    }
}

fn seen(case: &Case<'_>, bundle: &crate::evidence::Bundle) -> Vec<EvidenceSeen> {
    let state = |it: &crate::facts::EvidenceState| {
        let source = coverage::source(bundle, &case.episode, case.document.subject.block, it.evidence);
        EvidenceSeen {
            episode: case.episode.number,
            evidence: it.evidence.name().to_owned(),
            extent: match (source.is_some(), &it.gap) {
                (true, None) => SeenExtent::Whole,
                (true, Some(_)) => SeenExtent::Part,
                (false, _) => SeenExtent::Nothing,
            },
            gap: it.gap.clone(),
            redacted: source.map_or(0, |(coverage, _)| coverage.redacted),
            source: source.map(|(_, it)| self::source(it)),
        }
    };
    case.document.coverage.iter().map(state).collect()
}

fn source(it: &crate::evidence::Provenance) -> EvidenceSource {
    EvidenceSource { asked: it.asked.clone(), at: it.at, bytes: it.bytes, sha256: it.sha256.clone() }
}

/// The block before the subject, the subject, and the two after it.
fn chain(case: &Case<'_>) -> Vec<BlockPair> {
    let head = |it: &SideFacts| BlockHead {
        hash: it.block_hash.to_string(),
        parent: it.parent_block_hash.to_string(),
        transactions: it.transaction_count,
        timestamp: it.timestamp,
    };
    let near = case.document.blocks.iter().filter(|it| (-1..=2).contains(&it.offset));
    near.map(|it| BlockPair {
        episode: case.episode.number,
        block: it.number,
        ours: it.ours.as_ref().map(head),
        theirs: it.theirs.as_ref().map(head),
    })
    .collect()
}
