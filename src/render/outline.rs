//! What belongs together in a diagnosis, for every format alike.

use std::collections::{BTreeMap, BTreeSet};

use crate::findings::{
    Consistency, Diagnosis, Divergence, DivergenceRole, EpisodeSummary, Finding, NO_EPISODE, RuleOutcome, RuleTree, Scope, Unseen,
};

/// A diagnosis with its cross-references resolved.
pub(super) struct Outline<'d> {
    /// The diagnosis.
    pub(super) diagnosis: &'d Diagnosis,
    divergences: BTreeMap<(u32, &'d str), &'d Divergence>,
}

/// A gap in the evidence, once for all episodes that have it.
pub(super) struct Gap<'d> {
    /// Name of the evidence.
    pub(super) evidence: &'d str,
    /// Why it was not seen.
    pub(super) why: &'d str,
    /// How to get it.
    pub(super) how: &'d str,
    /// Episodes.
    pub(super) episodes: BTreeSet<u32>,
    /// Slugs of the rules that it would help to decide.
    pub(super) would_decide: BTreeSet<&'d str>,
}

/// Why a side of a block is not, or may not be, what it states.
pub(super) struct SideDoubt<'d> {
    /// Whose block, and which.
    pub(super) name: String,
    /// Inconsistent or unknown.
    pub(super) result: Consistency,
    /// The reason.
    pub(super) words: &'d str,
}

impl<'d> Outline<'d> {
    /// Resolves the cross-references of a diagnosis.
    pub(super) fn new(diagnosis: &'d Diagnosis) -> Self {
        let all = diagnosis.episodes.iter().flat_map(|it| &it.divergences).chain(&diagnosis.unexplained);
        Self { diagnosis, divergences: all.map(|it| ((it.episode, it.id.as_str()), it)).collect() }
    }

    /// What a finding claims: causes first, then in the order of the claims. An id that no episode holds is left out.
    pub(super) fn claims(&self, finding: &'d Finding) -> Vec<&'d Divergence> {
        let mut claims: Vec<&Divergence> =
            finding.claims.iter().filter_map(|it| self.divergences.get(&(finding.episode, it.as_str())).copied()).collect();
        claims.sort_by_key(|it| it.role);
        claims
    }

    /// Where a divergence shows; the episode is named only if there are several.
    pub(super) fn place(&self, divergence: &Divergence) -> String {
        match self.diagnosis.episodes.len() {
            0 | 1 => format!("at block {}", divergence.block),
            _ => format!("at block {}, episode {}", divergence.block, divergence.episode),
        }
    }

    /// The commitments that differ in the first diverging block of an episode: what the block hash differs by.
    pub(super) fn commitments(episode: &EpisodeSummary) -> Vec<&Divergence> {
        let first = episode.first_diverging_block;
        episode.divergences.iter().filter(|it| it.kind == "commitment" && Some(it.block) == first).collect()
    }

    /// The finding to act on first; none if what was found only follows from what nothing explains.
    pub(super) fn leading(&self) -> Option<&'d Finding> {
        let first = self.diagnosis.findings.first().filter(|_| self.diagnosis.unexplained.is_empty());
        self.root_causes().into_iter().next().or(first)
    }

    /// Findings that claim causes, each rule once.
    pub(super) fn root_causes(&self) -> Vec<&'d Finding> {
        let mut told = BTreeSet::new();
        self.diagnosis.findings.iter().filter(|it| it.scope == Scope::RootCause && told.insert(it.rule.as_str())).collect()
    }

    /// Gaps that keep a rule from being decided, those that decide most first.
    pub(super) fn deciding_gaps(&self) -> Vec<Gap<'d>> {
        let mut gaps = self.gaps(|it| it.episode == NO_EPISODE || !it.would_decide.is_empty());
        for gap in gaps.iter_mut().filter(|it| it.would_decide.is_empty()) {
            gap.would_decide.extend(["every rule"]);
        }
        gaps.sort_by_key(|it| std::cmp::Reverse(it.would_decide.len()));
        gaps
    }

    /// Gaps that no rule hangs on.
    pub(super) fn other_gaps(&self) -> Vec<Gap<'d>> {
        self.gaps(|it| it.episode != NO_EPISODE && it.would_decide.is_empty())
    }

    fn gaps(&self, wanted: impl Fn(&Unseen) -> bool) -> Vec<Gap<'d>> {
        let mut gaps: Vec<Gap<'d>> = Vec::new();
        let mut places: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
        for unseen in self.diagnosis.unseen.iter().filter(|it| wanted(it)) {
            let place = *places.entry((&unseen.evidence, &unseen.why, &unseen.how)).or_insert_with(|| {
                gaps.push(Gap {
                    evidence: &unseen.evidence,
                    why: &unseen.why,
                    how: &unseen.how,
                    episodes: BTreeSet::new(),
                    would_decide: BTreeSet::new(),
                });
                gaps.len() - 1
            });
            gaps[place].episodes.insert(unseen.episode);
            gaps[place].would_decide.extend(unseen.would_decide.iter().map(String::as_str));
        }
        gaps
    }

    /// Rules that could not be decided, each once, with what is missing or why the rule itself failed.
    pub(super) fn undecided(&self) -> BTreeMap<&'d str, (BTreeSet<&'d str>, Option<&'d str>)> {
        let mut rules: BTreeMap<&str, (BTreeSet<&str>, Option<&str>)> = BTreeMap::new();
        for undecided in &self.diagnosis.undecided {
            let (missing, broken) = rules.entry(&undecided.rule).or_default();
            missing.extend(undecided.missing.iter().map(String::as_str));
            *broken = broken.or(undecided.broken.as_deref());
        }
        rules
    }

    /// Rules that are no findings but came close, closest first.
    pub(super) fn close_rules(&self) -> Vec<&'d RuleTree> {
        self.diagnosis.exhibits.rules.iter().filter(|it| it.outcome != RuleOutcome::Holds).collect()
    }

    /// How many sides of diverging blocks are what they state, and what is to be said of the others: one entry a sentence.
    pub(super) fn side_checks(&self) -> (usize, Vec<SideDoubt<'d>>) {
        let checks = &self.diagnosis.consistency;
        let doubts = checks.iter().flat_map(|check| {
            let name = match self.diagnosis.episodes.len() {
                0 | 1 => format!("{} block {}", check.side, check.block),
                _ => format!("{} block {}, episode {}", check.side, check.block, check.episode),
            };
            let gap = check.gap.as_deref().filter(|_| check.result == Consistency::Unknown);
            let sentences = check.wrong.iter().map(String::as_str).chain(gap);
            sentences.map(|words| SideDoubt { name: name.clone(), result: check.result, words }).collect::<Vec<_>>()
        });
        (checks.iter().filter(|it| it.result == Consistency::Consistent).count(), doubts.collect())
    }

    /// How many divergences follow from others in an episode, by kind in words; without its [commitments](Self::commitments).
    pub(super) fn consequences(episode: &EpisodeSummary) -> Vec<(usize, String)> {
        let told = Self::commitments(episode);
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        let follows = episode.divergences.iter().filter(|it| it.role == DivergenceRole::Consequence);
        for divergence in follows.filter(|it| told.iter().all(|told| !std::ptr::eq(*told, *it))) {
            *kinds.entry(&divergence.kind).or_default() += 1;
        }
        let mut kinds: Vec<(usize, String)> = kinds.into_iter().map(|(kind, count)| (count, kind.replace('_', " "))).collect();
        kinds.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        kinds
    }
}
