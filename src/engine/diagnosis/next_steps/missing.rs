//! Which evidence is missing for what is open, and what hangs on it.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::blocks::is_unseen_inside;
use crate::facts::{Case, EpochKind, EvidenceName, EvidenceState, Facts, ItemKind, LedgerItem};
use crate::findings::{self, Diagnosis, EpisodeSummary, Relevance, Undecided, Verdict};

/// A piece of evidence that an answer waits for.
pub(super) struct Want<'f> {
    pub(super) case: &'f Case<'f>,
    pub(super) evidence: EvidenceName,
    /// The height that takes the subject's place, if one is named.
    pub(super) block: Option<u64>,
    /// Rules that it helps to decide, with their episode.
    pub(super) rules: BTreeSet<(u32, String)>,
    /// Those of them that wait for nothing else.
    pub(super) alone: BTreeSet<(u32, String)>,
    /// What is unexplained and would be seen better, with its episode.
    pub(super) items: BTreeSet<(u32, String)>,
}

impl Want<'_> {
    pub(super) fn is_log(&self) -> bool {
        self.evidence.is_log()
    }
}

/// What is wanted, by episode and evidence.
pub(super) fn missing_evidence<'f>(facts: &'f Facts<'f>, diagnosis: &Diagnosis) -> Vec<Want<'f>> {
    let mut wanted = WantedEvidence::default();
    for case in &facts.cases {
        let number = case.episode.number;
        let undecided = || diagnosis.undecided.iter().filter(move |it| it.episode == number && it.broken.is_none());
        match diagnosis.episodes.iter().find(|it| it.number == number) {
            Some(episode) => {
                let items = open_items(case, diagnosis);
                undecided().filter(|it| it.matters == Relevance::CouldExplain).for_each(|it| wanted.rule(case, it, &items));
                items.iter().for_each(|it| wanted.item(case, it));
                wanted.cause(case, episode);
            }
            // Nothing was seen to go wrong, and nobody can say that nothing did.
            None if diagnosis.episodes.is_empty()
                && case.kinds.contains(&EpochKind::Running)
                && diagnosis.verdict == Verdict::Inconclusive =>
            {
                let grounds = [EvidenceName::LogsEchonet, EvidenceName::Report];
                grounds.into_iter().for_each(|it| wanted.ground(case, it));
                undecided().for_each(|it| wanted.rule(case, it, &[]));
            }
            None => {}
        }
    }
    wanted.0.into_values().collect()
}

fn open_items<'f>(case: &'f Case<'f>, diagnosis: &Diagnosis) -> Vec<&'f LedgerItem> {
    let open: BTreeSet<&str> =
        diagnosis.unexplained.iter().filter(|it| it.episode == case.episode.number).map(|it| it.id.as_str()).collect();
    case.document.ledger.iter().filter(|it| open.contains(it.id.as_str())).collect()
}

#[derive(Default)]
struct WantedEvidence<'f>(BTreeMap<(u32, EvidenceName, Option<u64>), Want<'f>>);

impl<'f> WantedEvidence<'f> {
    fn at(&mut self, case: &'f Case<'f>, evidence: EvidenceName, block: Option<u64>) -> &mut Want<'f> {
        let nothing = || Want { case, evidence, block, rules: BTreeSet::new(), alone: BTreeSet::new(), items: BTreeSet::new() };
        self.0.entry((case.episode.number, evidence, block)).or_insert_with(nothing)
    }

    /// What an undecided rule waits for.
    fn rule(&mut self, case: &'f Case<'f>, undecided: &Undecided, items: &[&LedgerItem]) {
        let named = EvidenceName::ALL.into_iter().filter(|it| undecided.missing.iter().any(|name| name == it.name()));
        let places: Vec<(EvidenceName, Option<u64>)> = named.filter_map(|it| Some((it, lacking(case, it)?))).collect();
        let rule = (undecided.episode, undecided.rule.clone());
        for (name, block) in &places {
            let want = self.at(case, *name, *block);
            want.rules.insert(rule.clone());
            want.alone.extend((undecided.missing.len() == 1).then(|| rule.clone()));
            want.items.extend(items.iter().map(|it| (undecided.episode, it.id.clone())));
        }
    }

    /// What is hidden inside something unexplained, whichever rule may know it.
    fn item(&mut self, case: &'f Case<'f>, item: &LedgerItem) {
        use EvidenceName as E;

        let names: &[E] = match item.kind {
            ItemKind::Stall => &[E::Pods, E::LogsSequencer, E::LogsEchonet],
            _ if !is_unseen_inside(item, &case.document.blocks) => &[],
            ItemKind::HashMismatch => &[E::OursBlock, E::TheirsBlock, E::OursStateUpdate, E::TheirsStateUpdate],
            ItemKind::Commitment | ItemKind::Count if item.field.starts_with("state_diff_") => &[E::OursStateUpdate, E::TheirsStateUpdate],
            _ => &[E::OursBlock, E::TheirsBlock],
        };
        let is_block = item.kind != ItemKind::Stall && Some(item.block) != case.document.subject.block;
        let block = if is_block { Some(item.block) } else { case.document.subject.block };
        let states = if is_block { case.evidence_elsewhere.get(&item.block) } else { Some(&case.document.coverage) };
        for name in names.iter().filter(|name| states.is_some_and(|it| has_gap(it, **name))) {
            self.at(case, *name, block).items.insert((case.episode.number, item.id.clone()));
        }
    }

    /// Adds the evidence that would explain why a resync began, if nothing seen so far does.
    fn cause(&mut self, case: &'f Case<'f>, episode: &EpisodeSummary) {
        use EvidenceName as E;

        let is_without_cause = !episode.divergences.iter().any(|it| it.role == findings::DivergenceRole::Cause);
        if !case.kinds.contains(&EpochKind::Resync) || episode.verdict != Verdict::Inconclusive || !is_without_cause {
            return;
        }
        let names = [E::Report, E::Snapshot, E::OursBlock, E::OursStateUpdate, E::TheirsBlock, E::TheirsStateUpdate, E::LogsEchonet];
        for name in names.into_iter().filter(|it| has_gap(&case.document.coverage, *it)) {
            self.ground(case, name);
        }
    }

    /// What an answer rests on, if it is missing.
    fn ground(&mut self, case: &'f Case<'f>, name: EvidenceName) {
        if has_gap(&case.document.coverage, name) {
            self.at(case, name, case.document.subject.block).items.insert((case.episode.number, String::new()));
        }
    }
}

fn has_gap(states: &[EvidenceState], name: EvidenceName) -> bool {
    states.iter().any(|it| it.evidence == name && it.gap.is_some())
}

/// Where a piece of evidence is missing: at the subject, or else at the first other block, as rules count it.
fn lacking(case: &Case<'_>, name: EvidenceName) -> Option<Option<u64>> {
    if has_gap(&case.document.coverage, name) {
        return Some(case.document.subject.block);
    }
    case.evidence_elsewhere.iter().find(|(_, states)| has_gap(states, name)).map(|(block, _)| Some(*block))
}
