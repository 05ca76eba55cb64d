//! Compares two diagnoses: whether they are the same incident, and why.

use std::collections::BTreeSet;

use super::{Diagnosis, DivergenceRole, Scope, Verdict};

/// What two diagnoses have in common, and what only one has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Whether it is the same again.
    pub likeness: Likeness,
    /// The reason, in one sentence.
    pub because: String,
    /// Verdicts.
    pub verdicts: [Verdict; 2],
    /// Fingerprints of the unexplained differences.
    pub fingerprints: [Option<String>; 2],
    /// What was compared, in a fixed order.
    pub aspects: Vec<Aspect>,
}

/// Whether two incidents are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// The same rules explain the same kinds of causes, and what is unexplained has the same fingerprint.
    Same,
    /// They share a rule, the name of what is unexplained, or a transaction that is a cause in both, and not everything.
    Related,
    /// They have none of these in common.
    Different,
    /// At least one shows no cause at all.
    Unknown,
}

/// An aspect that was compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aspect {
    /// Name of the aspect.
    pub name: String,
    /// Values that both incidents have.
    pub both: Vec<String>,
    /// Values that only the first incident has.
    pub first: Vec<String>,
    /// Values that only the second incident has.
    pub second: Vec<String>,
}

/// Compares two diagnoses. Heights, hashes and times differ from incident to incident: only captures are compared with their values.
#[must_use]
pub fn compare(first: &Diagnosis, second: &Diagnosis) -> Comparison {
    let of = |name: &str, set: fn(&Diagnosis) -> BTreeSet<String>| aspect(name, &set(first), &set(second));
    let rules = of("rules that explain causes", causing_rules);
    let causes = of("kinds of causes", |it| kinds(it, DivergenceRole::Cause));
    let transactions = of("transactions that are a cause", causing_transactions);
    let fingerprints = [first.fingerprint.clone(), second.fingerprint.clone()];
    let nothing = |it: &Diagnosis| causing_rules(it).is_empty() && it.unexplained.is_empty();
    let same_name = fingerprints[0] == fingerprints[1];
    let shared_name = same_name && fingerprints[0].is_some();
    let (likeness, because) = if nothing(first) || nothing(second) {
        (Likeness::Unknown, "at least one of them shows no cause".to_owned())
    } else if rules.is_common() && same_name && causes.is_common() {
        (Likeness::Same, "the same rules explain the same kinds of causes, and what is left unexplained is the same".to_owned())
    } else if shared_name || !rules.both.is_empty() || !transactions.both.is_empty() {
        let mut reasons = Vec::new();
        reasons.extend((!rules.both.is_empty()).then(|| format!("both are explained by {}", rules.both.join(", "))));
        reasons.extend((!transactions.both.is_empty()).then(|| format!("in both {} is a cause", transactions.both.join(", "))));
        reasons.extend(shared_name.then(|| "what is unexplained has the same fingerprint".to_owned()));
        reasons.extend((!rules.is_common()).then(|| "other rules explain them".to_owned()));
        reasons.extend((!same_name).then(|| "what is unexplained differs".to_owned()));
        reasons.extend((!causes.is_common()).then(|| "other kinds of causes were seen".to_owned()));
        (Likeness::Related, reasons.join("; "))
    } else {
        (
            Likeness::Different,
            "they share no rule that explains a cause, no fingerprint of what is unexplained, and no transaction".to_owned(),
        )
    };
    let aspects = vec![
        of("triggers", |it| it.episodes.iter().filter_map(|it| it.trigger.as_ref()).map(|it| it.kind.replace('_', " ")).collect()),
        rules,
        of("other findings", |it| it.findings.iter().filter(|it| it.scope != Scope::RootCause).map(|it| it.rule.clone()).collect()),
        causes,
        transactions,
        of("kinds of consequences", |it| kinds(it, DivergenceRole::Consequence)),
        of("captures", captures),
        of("images", |it| it.images.iter().map(|it| format!("{} {}", it.component, it.image)).collect()),
        of("evidence not wholly seen", |it| it.unseen.iter().map(|it| it.evidence.clone()).collect()),
    ];
    Comparison { likeness, because, verdicts: [first.verdict, second.verdict], fingerprints, aspects }
}

impl Aspect {
    /// Whether both have the same.
    #[must_use]
    pub fn is_common(&self) -> bool {
        self.first.is_empty() && self.second.is_empty()
    }
}

impl Diagnosis {
    /// The part of a diagnosis that is about one episode; none if there is no such episode.
    #[must_use]
    pub fn of_episode(&self, number: u32) -> Option<Self> {
        let episode = self.episodes.iter().find(|it| it.number == number)?.clone();
        Some(Self {
            verdict: episode.verdict,
            headline: self.headline.clone(),
            set_aside: self.set_aside.clone(),
            files: self.files.clone(),
            ambiguous: self.ambiguous.clone(),
            grounds: self.grounds.clone(),
            missing_grounds: self.missing_grounds.clone(),
            next: self.next.clone(),
            incident: self.incident.clone(),
            fingerprint: episode.fingerprint.clone(),
            episodes: vec![episode],
            findings: self.findings.iter().filter(|it| it.episode == number).cloned().collect(),
            joint_proofs: self.joint_proofs.iter().filter(|it| it.episode == number).cloned().collect(),
            rivalries: self.rivalries.iter().filter(|it| it.episode == number).cloned().collect(),
            unexplained: self.unexplained.iter().filter(|it| it.episode == number).cloned().collect(),
            isolations: self.isolations.iter().filter(|it| it.episode == number).cloned().collect(),
            shifts: self.shifts.iter().filter(|it| it.episode == number).cloned().collect(),
            consistency: self.consistency.iter().filter(|it| it.episode == number).cloned().collect(),
            altered: self.altered.iter().filter(|it| it.episode == number).cloned().collect(),
            unseen: self.unseen.iter().filter(|it| it.episode == number).cloned().collect(),
            undecided: self.undecided.iter().filter(|it| it.episode == number).cloned().collect(),
            images: self.images.clone(),
            exhibits: super::Exhibits::default(),
            made_by: self.made_by.clone(),
        })
    }
}

fn aspect(name: &str, first: &BTreeSet<String>, second: &BTreeSet<String>) -> Aspect {
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect();
    Aspect {
        name: name.to_owned(),
        both: first.intersection(second).cloned().collect(),
        first: only(first, second),
        second: only(second, first),
    }
}

/// What was captured. The two values of what differs are those of one height, and never the same again.
fn captures(diagnosis: &Diagnosis) -> BTreeSet<String> {
    let all = diagnosis.findings.iter().flat_map(|it| &it.captures).filter(|(name, _)| name != "ours" && name != "theirs");
    all.map(|(name, value)| format!("{name} = {value}")).collect()
}

/// Hashes of transactions that a cause is about; addresses and slots are of contracts that everybody uses.
fn causing_transactions(diagnosis: &Diagnosis) -> BTreeSet<String> {
    let causes = diagnosis.episodes.iter().flat_map(|it| &it.divergences).filter(|it| it.role == DivergenceRole::Cause);
    let hash = |it: &super::Divergence| {
        let words: Vec<&str> = it.subject.split_whitespace().collect();
        let pair =
            words.windows(2).find(|it| matches!(it, [before, word] if word.starts_with("0x") && *before != "of" && *before != "slot"));
        pair.and_then(|it| it.last()).map(|it| (*it).to_owned())
    };
    causes.filter_map(hash).collect()
}

fn causing_rules(diagnosis: &Diagnosis) -> BTreeSet<String> {
    diagnosis.findings.iter().filter(|it| it.scope == Scope::RootCause).map(|it| it.rule.clone()).collect()
}

/// What differs, without the hashes and heights that change from incident to incident.
fn kinds(diagnosis: &Diagnosis, role: DivergenceRole) -> BTreeSet<String> {
    let all = diagnosis.episodes.iter().flat_map(|it| &it.divergences).filter(|it| it.role == role);
    all.map(|it| it.subject.split_whitespace().filter(|it| !it.starts_with("0x")).collect::<Vec<_>>().join(" ")).collect()
}
