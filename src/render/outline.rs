//! Groups the parts of a diagnosis that belong together, in the same way for every format.

use std::collections::{BTreeMap, BTreeSet};

use crate::findings::{
    Consistency, Diagnosis, Divergence, DivergenceRole, EpisodeSummary, Finding, JointProof, NO_EPISODE, PayloadExcerpt, Relevance,
    Rivalry, RuleOutcome, RuleTree, Scope, Shift, TriggerLines, Unseen, named_block,
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
    /// Why it is missing.
    pub(super) why: &'d str,
    /// How to collect it.
    pub(super) how: &'d str,
    /// Episodes.
    pub(super) episodes: BTreeSet<u32>,
    /// Slugs of the rules that it would help to decide.
    pub(super) would_decide: BTreeSet<&'d str>,
}

/// A rule that could not be decided.
pub(super) struct OpenRule<'d> {
    /// Slug of the rule.
    pub(super) rule: &'d str,
    /// Names of the evidence that would decide it.
    pub(super) missing: BTreeSet<&'d str>,
    /// The rule's own error, if it failed.
    pub(super) broken: Option<&'d str>,
}

/// Something that nothing explains.
#[derive(Clone, Copy)]
pub(super) enum OpenItem<'d> {
    /// A divergence.
    Divergence(&'d Divergence),
    /// Divergences that are one fact.
    Shift(&'d Shift),
}

impl<'d> OpenItem<'d> {
    /// Episode of the item.
    pub(super) fn episode(&self) -> u32 {
        match self {
            Self::Divergence(it) => it.episode,
            Self::Shift(it) => it.episode,
        }
    }

    /// The divergence, if it is one.
    pub(super) fn divergence(&self) -> Option<&'d Divergence> {
        match self {
            Self::Divergence(it) => Some(it),
            Self::Shift(_) => None,
        }
    }

    /// The shift, if it is one.
    pub(super) fn shift(&self) -> Option<&'d Shift> {
        match self {
            Self::Divergence(_) => None,
            Self::Shift(it) => Some(it),
        }
    }

    /// Ids of the divergences that the item covers.
    pub(super) fn ids(&self) -> Vec<&'d str> {
        match self {
            Self::Divergence(it) => vec![&it.id],
            Self::Shift(it) => it.items.iter().map(String::as_str).collect(),
        }
    }
}

/// So many names of rules are told before the others are only counted.
pub(super) const RULES: usize = 5;

impl Gap<'_> {
    /// The rules that it would help to decide that are named, and how many others there are.
    pub(super) fn rules(&self) -> (Vec<&str>, usize) {
        let named: Vec<&str> = self.would_decide.iter().copied().take(RULES).collect();
        let others = self.would_decide.len().saturating_sub(named.len());
        (named, others)
    }
}

/// Why a side of a block is not, or may not be, what it states.
pub(super) struct SideDoubt<'d> {
    /// The block's side and height.
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

    /// What a finding claims that differs: causes first, then in the order of the claims. An id that no episode holds is left out.
    pub(super) fn claims(&self, finding: &'d Finding) -> Vec<&'d Divergence> {
        let claims = finding.claims.iter().filter_map(|it| self.divergences.get(&(finding.episode, it.as_str())).copied());
        let mut claims: Vec<&Divergence> = claims.filter(|it| !it.is_running_epoch()).collect();
        claims.sort_by_key(|it| it.role);
        claims
    }

    /// Where a divergence shows, after a blank; the episode is named only if there are several. Empty if there is nothing to name.
    pub(super) fn place(&self, divergence: &Divergence) -> String {
        let episode = self.of_episode(divergence.episode);
        match named_block(divergence.block) {
            Some(block) => format!(" at block {block}{episode}"),
            None => episode.replacen(',', " in", 1),
        }
    }

    /// The episode after a comma; nothing if there is only one.
    pub(super) fn of_episode(&self, number: u32) -> String {
        match self.diagnosis.episodes.len() {
            0 | 1 => String::new(),
            _ => format!(", episode {number}"),
        }
    }

    /// What a finding proves together with others.
    pub(super) fn proved_with(&self, finding: &Finding) -> Vec<&'d JointProof> {
        let all = self.diagnosis.joint_proofs.iter();
        all.filter(|it| it.episode == finding.episode && it.rules.contains(&finding.rule)).collect()
    }

    /// The findings and checks that dispute a finding.
    pub(super) fn disputed_by(&self, finding: &Finding) -> Vec<&'d Rivalry> {
        let all = self.diagnosis.rivalries.iter();
        all.filter(|it| it.episode == finding.episode && it.rivals.iter().any(|it| it.rule == finding.rule)).collect()
    }

    /// The commitments that differ in the first diverging block of an episode: what the block hash differs by.
    pub(super) fn commitments(episode: &EpisodeSummary) -> Vec<&Divergence> {
        let first = episode.first_diverging_block;
        episode.divergences.iter().filter(|it| it.kind == "commitment" && Some(it.block) == first).collect()
    }

    /// Findings that claim causes.
    pub(super) fn causes(&self) -> impl Iterator<Item = &'d Finding> {
        self.diagnosis.findings.iter().filter(|it| it.scope == Scope::RootCause)
    }

    /// The finding to act on first; none if what was found only follows from what nothing explains.
    pub(super) fn leading(&self) -> Option<&'d Finding> {
        let first = self.diagnosis.findings.first().filter(|_| self.diagnosis.unexplained.is_empty());
        self.root_causes().into_iter().next().or(first)
    }

    /// Findings that claim causes, each rule once.
    pub(super) fn root_causes(&self) -> Vec<&'d Finding> {
        let mut seen = BTreeSet::new();
        self.causes().filter(|it| seen.insert(it.rule.as_str())).collect()
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
                gaps.len().saturating_sub(1)
            });
            if let Some(gap) = gaps.get_mut(place) {
                gap.episodes.insert(unseen.episode);
                gap.would_decide.extend(unseen.would_decide.iter().map(String::as_str));
            }
        }
        gaps
    }

    /// Rules that could not be decided, each once: those that failed or could explain something that is unexplained, and how many others
    /// there are.
    pub(super) fn undecided(&self) -> (Vec<OpenRule<'d>>, usize) {
        let mut rules: BTreeMap<&str, (OpenRule<'_>, Relevance)> = BTreeMap::new();
        for undecided in &self.diagnosis.undecided {
            let open = OpenRule { rule: &undecided.rule, missing: BTreeSet::new(), broken: None };
            let (open, matters) = rules.entry(&undecided.rule).or_insert((open, undecided.matters));
            open.missing.extend(undecided.missing.iter().map(String::as_str));
            open.broken = open.broken.or(undecided.broken.as_deref());
            *matters = undecided.matters.min(*matters);
        }
        let all = rules.len();
        let named = rules.into_values().filter(|(open, matters)| open.broken.is_some() || *matters == Relevance::CouldExplain);
        let mut named: Vec<OpenRule<'_>> = named.map(|(open, _)| open).collect();
        named.sort_by_key(|it| it.broken.is_none());
        let others = all.saturating_sub(named.len());
        (named, others)
    }

    /// Everything unexplained, in order; divergences that a shift covers appear only with the shift.
    pub(super) fn open(&self) -> Vec<OpenItem<'d>> {
        let mut items: Vec<OpenItem<'d>> = Vec::new();
        let mut shown = BTreeSet::new();
        for divergence in &self.diagnosis.unexplained {
            let of = |shift: &&Shift| shift.episode == divergence.episode && shift.items.contains(&divergence.id);
            match self.diagnosis.shifts.iter().enumerate().find(|(_, it)| of(it)) {
                Some((place, shift)) if shown.insert(place) => items.push(OpenItem::Shift(shift)),
                Some(_) => {}
                None => items.push(OpenItem::Divergence(divergence)),
            }
        }
        items
    }

    /// Rules that are no findings but came close, closest first.
    pub(super) fn close_rules(&self) -> Vec<&'d RuleTree> {
        self.diagnosis.exhibits.rules.iter().filter(|it| it.outcome != RuleOutcome::Holds).collect()
    }

    /// Pieces of payloads that show some of these divergences of an episode.
    pub(super) fn payloads_of(&self, episode: u32, ids: &BTreeSet<&str>) -> Vec<&'d PayloadExcerpt> {
        let all = self.diagnosis.exhibits.payloads.iter();
        all.filter(|it| it.episode == episode && it.divergences.iter().any(|it| ids.contains(it.as_str()))).collect()
    }

    /// Pieces of payloads that belong to an episode and show nothing that a finding claims or that is unexplained.
    pub(super) fn payloads_of_episode(&self, episode: u32) -> Vec<&'d PayloadExcerpt> {
        let claims = self.diagnosis.findings.iter().filter(|it| it.episode == episode).flat_map(|it| &it.claims).map(String::as_str);
        let open = self.diagnosis.unexplained.iter().filter(|it| it.episode == episode).map(|it| it.id.as_str());
        let covered: BTreeSet<&str> = claims.chain(open).collect();
        let all = self.diagnosis.exhibits.payloads.iter();
        all.filter(|it| it.episode == episode && !it.divergences.iter().any(|it| covered.contains(it.as_str()))).collect()
    }

    /// The log lines that tell of an episode's trigger or stall.
    pub(super) fn trigger_lines(&self, episode: u32) -> Option<&'d TriggerLines> {
        self.diagnosis.exhibits.trigger_lines.iter().find(|it| it.episode == episode)
    }

    /// How many sides of diverging blocks are what they state, and what is to be said of the others: one entry a sentence.
    pub(super) fn side_checks(&self) -> (usize, Vec<SideDoubt<'d>>) {
        let checks = &self.diagnosis.consistency;
        let doubts = checks.iter().flat_map(|check| {
            let name = format!("{} block {}{}", check.side, check.block, self.of_episode(check.episode));
            let gap = check.gap.as_deref().filter(|_| check.result == Consistency::Unknown);
            let sentences = check.wrong.iter().map(String::as_str).chain(gap);
            sentences.map(|words| SideDoubt { name: name.clone(), result: check.result, words }).collect::<Vec<_>>()
        });
        (checks.iter().filter(|it| it.result == Consistency::Consistent).count(), doubts.collect())
    }

    /// How many divergences follow from others in an episode, by kind in words; without its [commitments](Self::commitments).
    #[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
    pub(super) fn consequences(episode: &EpisodeSummary) -> Vec<(usize, String)> {
        let commitments = Self::commitments(episode);
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        let follows = episode.divergences.iter().filter(|it| it.role == DivergenceRole::Consequence);
        for divergence in follows.filter(|it| commitments.iter().all(|commitments| !std::ptr::eq(*commitments, *it))) {
            *kinds.entry(&divergence.kind).or_default() += 1;
        }
        let mut kinds: Vec<(usize, String)> = kinds.into_iter().map(|(kind, count)| (count, kind.replace('_', " "))).collect();
        kinds.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        kinds
    }
}
