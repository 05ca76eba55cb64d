//! The checklist and the loop: every rule over every episode, then what is explained, what is not, and what could not be seen.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::catalog::Catalog;
use super::compiled::Rule;
use super::evaluate::{Evaluated, Outcome, Scene, Trial, evaluate};
use super::exhibits::Gathering;
use super::prepared::Prepared;
use super::script::Interpreter;
use super::{evidence_gaps, finding, joint_proof, relations, rivalry, side_checks, words};
use crate::evidence::{Bundle, Origin, Request};
use crate::facts::consequence::is_unseen_inside;
use crate::facts::coverage::{self, EvidenceState};
use crate::facts::{self, Case, LedgerItem, Role, SubjectMatter, trace};
use crate::findings::{
    CaseKind, Contradiction, Diagnosis, Divergence, DivergenceRole, EpisodeSummary, Explains, Finding, FixStatus, Image, IncidentSummary,
    JointProof, NO_EPISODE, Proof, Relevance, Rivalry, Scope, TriggerSummary, Truth, Undecided, Unseen, Verdict, named_block,
};

/// Diagnoses a bundle: same bundle, same rules, same diagnosis.
#[must_use]
pub fn diagnose(bundle: &Bundle, catalog: &Catalog, trial: Trial) -> Diagnosis {
    diagnose_prepared(&Prepared::new(bundle, &catalog.patterns), &catalog.rules, &catalog.interpreter, trial)
}

/// Diagnoses a bundle that has been made ready. The patterns that it was read with must hold those of the rules.
#[must_use]
pub fn diagnose_prepared(prepared: &Prepared<'_>, rules: &BTreeMap<String, Rule>, interpreter: &Interpreter, trial: Trial) -> Diagnosis {
    let facts = &prepared.facts;
    let bundle = facts.bundle;
    let in_scope = in_scope(facts);
    let mut episodes = Vec::new();
    let mut findings = Vec::new();
    let mut joint_proofs = Vec::new();
    let mut rivalries = Vec::new();
    let mut unexplained = Vec::new();
    let mut unseen = Vec::new();
    let mut consistency = Vec::new();
    let mut undecided = Vec::new();
    let mut fingerprint = Vec::new();
    let mut gathering = Gathering::default();
    for scene in prepared.scenes(interpreter).filter(|it| in_scope.contains(&it.case.episode.number)) {
        let case = scene.case;
        let judged = judge(&scene, rules, trial, &mut gathering);
        gathering.episode(&scene, bundle);
        fingerprint.extend(marks(case, &judged.unclaimed));
        let claimants = claimants(&judged.findings);
        unexplained.extend(judged.unclaimed.iter().map(|it| divergence(case, it, &claimants)));
        consistency.extend(side_checks::of(case));
        if case.subject_matter != SubjectMatter::Unseen {
            unseen.extend(unseen_evidence(case, &judged));
        }
        episodes.push(summary(case, &judged, &claimants));
        undecided.extend(judged.undecided);
        joint_proofs.extend(judged.joint_proofs);
        rivalries.extend(judged.rivalries);
        findings.extend(judged.findings);
    }
    findings.sort_by(|left, right| rank(left).cmp(&rank(right)));
    let verdict = combine(bundle, &episodes);
    let no_case_seen = facts.cases.iter().all(|it| it.subject_matter == SubjectMatter::Unseen);
    if no_case_seen && verdict == Verdict::Inconclusive {
        let states = coverage::without_episode(bundle).into_iter();
        unseen.extend(states.filter_map(|it| {
            let would_decide = would_decide(&undecided, it.evidence.name());
            unseen_as(NO_EPISODE, it, would_decide)
        }));
    }
    let mut diagnosis = Diagnosis {
        verdict,
        headline: String::new(),
        set_aside: Vec::new(),
        grounds: None,
        missing_grounds: Vec::new(),
        next: Vec::new(),
        isolations: Vec::new(),
        shifts: Vec::new(),
        incident: IncidentSummary {
            namespace: bundle.incident.namespace.clone(),
            asked_block: bundle.incident.block,
            observed_until: bundle.incident.observed_until,
            simulated: match &bundle.incident.origin {
                Origin::Imported | Origin::Collected => None,
                Origin::Simulated { scenario, seed } => Some(format!("{scenario}, seed {seed}")),
            },
        },
        fingerprint: name_of(fingerprint),
        exhibits: gathering.finish(&findings),
        episodes,
        findings,
        joint_proofs,
        rivalries,
        unexplained,
        consistency,
        unseen,
        undecided,
        images: images(facts),
    };
    diagnosis.headline = words::headline(&diagnosis);
    diagnosis
}

/// What one rule makes of each episode, by episode number: for explanations and for the tests of rules.
#[must_use]
pub fn decide(bundle: &Bundle, catalog: &Catalog, slug: &str, trial: Trial) -> Vec<(u32, Outcome)> {
    let Some(rule) = catalog.rules.get(slug) else { return Vec::new() };
    Prepared::new(bundle, &catalog.patterns).decide(rule, &catalog.interpreter, trial)
}

/// What to ask for, because a rule that could explain what is unexplained cannot be decided without it.
#[must_use]
pub fn further(bundle: &Bundle, catalog: &Catalog, trial: Trial) -> BTreeSet<Request> {
    let prepared = Prepared::new(bundle, &catalog.patterns);
    let in_scope = in_scope(&prepared.facts);
    let mut requests = BTreeSet::new();
    for scene in prepared.scenes(&catalog.interpreter).filter(|it| in_scope.contains(&it.case.episode.number)) {
        let judged = judge(&scene, &catalog.rules, trial, &mut Gathering::default());
        let missing: BTreeSet<&str> = judged.undecided.iter().flat_map(|it| &it.missing).map(String::as_str).collect();
        let gaps = evidence_gaps::states(scene.case).into_iter().filter(|it| it.gap.is_some() && missing.contains(it.evidence.name()));
        requests.extend(gaps.filter_map(|it| it.request));
    }
    requests
}

/// What the rules make of one episode.
struct Judged<'c> {
    findings: Vec<Finding>,
    joint_proofs: Vec<JointProof>,
    rivalries: Vec<Rivalry>,
    undecided: Vec<Undecided>,
    unclaimed: Vec<&'c LedgerItem>,
    verdict: Verdict,
}

fn judge<'c>(scene: &Scene<'c>, rules: &BTreeMap<String, Rule>, trial: Trial, gathering: &mut Gathering) -> Judged<'c> {
    let case = scene.case;
    let number = case.episode.number;
    let mut findings = Vec::new();
    let mut open: Vec<(String, Evaluated)> = Vec::new();
    let mut held: BTreeMap<String, Evaluated> = BTreeMap::new();
    let mut undecided = Vec::new();
    for (slug, rule) in rules {
        match evaluate(rule, scene, trial) {
            Outcome::NotApplicable => {}
            Outcome::Broken(why) => {
                undecided.push(Undecided {
                    episode: number,
                    rule: slug.clone(),
                    missing: Vec::new(),
                    broken: Some(why),
                    matters: Relevance::Other,
                });
            }
            Outcome::Evaluated(evaluated) => {
                findings.extend(finding::of(rule, scene, &evaluated));
                gathering.rule(rule, scene, &evaluated);
                // A rule that explains nothing decides nothing either.
                if evaluated.truth() == Truth::Unknown && rule.file.explains != Explains::Nothing {
                    open.push((slug.clone(), evaluated));
                } else if evaluated.truth() == Truth::True {
                    held.insert(slug.clone(), evaluated);
                }
            }
        }
    }
    let joint_proofs = settle(scene, &mut findings, rules);
    let rivalries = rivalry::of(&findings, &held);
    // What is only given a name still needs somebody to say why.
    let explaining = findings.iter().filter(|it: &&Finding| it.explains == Explains::Cause);
    let claimed: BTreeSet<&str> = explaining.flat_map(|it| &it.claims).map(String::as_str).collect();
    let causes: Vec<&LedgerItem> = case.document.ledger.iter().filter(|it| it.role == Role::Cause).collect();
    let unclaimed: Vec<&LedgerItem> = causes.iter().copied().filter(|it| !claimed.contains(it.id.as_str())).collect();
    // An undecided rule matters only if what it could explain is not explained already.
    let could_claim = |evaluated: &Evaluated| {
        evaluated.elements.iter().any(|it| {
            it.truth == Truth::Unknown && it.item.as_ref().is_none_or(|item| unclaimed.iter().any(|unclaimed| unclaimed.id == *item))
        }) || (evaluated.elements.is_empty() && (!unclaimed.is_empty() || case.subject_matter == SubjectMatter::Unseen))
    };
    undecided.extend(open.iter().filter(|(_, it)| could_claim(it)).map(|(slug, it)| Undecided {
        episode: number,
        rule: slug.clone(),
        missing: it.missing().iter().map(|it| it.name().to_owned()).collect(),
        broken: None,
        matters: if unclaimed.is_empty() { Relevance::Other } else { Relevance::CouldExplain },
    }));
    // To name the class of a failure is not to explain it.
    let explains = findings.iter().any(|it| it.scope == Scope::RootCause && it.explains == Explains::Cause);
    // What has a name is known as far as the payloads tell; evidence that was never asked for does not make it unknown again.
    let named: BTreeSet<&str> = findings.iter().flat_map(|it| &it.claims).map(String::as_str).collect();
    let nameless = unclaimed.iter().any(|it| !named.contains(it.id.as_str()));
    let unseen_inside = unclaimed.iter().any(|it| is_unseen_inside(it, &case.document.blocks));
    let doubt = (nameless && undecided.iter().any(|it| it.broken.is_none())) || unseen_inside;
    let verdict = match (causes.is_empty(), unclaimed.is_empty()) {
        // There was a resync, and nothing that was seen says why.
        (true, _) => Verdict::Inconclusive,
        (false, _) if (explains || unclaimed.is_empty()) && findings.iter().any(is_contradicted) => Verdict::Contradicted,
        (false, true) => Verdict::Explained,
        (false, false) if explains => Verdict::PartlyExplained,
        (false, false) if doubt => Verdict::Inconclusive,
        (false, false) => Verdict::Novel,
    };
    Judged { findings, joint_proofs, rivalries, undecided, unclaimed, verdict }
}

/// Whether an effective fix of a cause is deployed for certain: then one of the two is wrong.
fn is_contradicted(finding: &Finding) -> bool {
    finding.scope == Scope::RootCause && finding.fix.iter().filter_map(FixStatus::contradiction).any(|it| it == Contradiction::Certain)
}

/// Decides which findings stand: those that must be proved and are not fall, and those that another rule supersedes.
fn settle(scene: &Scene<'_>, findings: &mut Vec<Finding>, rules: &BTreeMap<String, Rule>) -> Vec<JointProof> {
    let must_prove = |it: &Finding| rules.get(&it.rule).is_some_and(|rule| rule.file.claims.must_prove);
    let mut joint = joint_proof::compose(scene, findings, rules);
    let before = findings.len();
    let proved_together = |it: &Finding| joint.iter().any(|joint| joint.rules.contains(&it.rule));
    findings.retain(|it| !must_prove(it) || it.proof.as_ref().is_some_and(Proof::is_closed) || proved_together(it));
    relations::drop_superseded(findings, rules);
    if findings.len() < before && !joint.is_empty() {
        // What fell may have been part of a proof.
        joint = joint_proof::compose(scene, findings, rules);
    }
    joint_proof::raise(findings, &joint);
    finding::cap_contradicted(findings);
    relations::mark_cascades(findings, rules);
    joint
}

/// The episodes that the asked block belongs to; all of them if none was asked for or none belongs.
fn in_scope(facts: &facts::Facts<'_>) -> BTreeSet<u32> {
    let all = || facts.cases.iter().map(|it| it.episode.number).collect();
    let Some(block) = facts.bundle.incident.block else { return all() };
    let belongs = |case: &&Case<'_>| {
        let triggered = case.document.trigger.as_ref().is_some_and(|it| it.block == block);
        triggered || case.document.ledger.iter().any(|it| it.touches(block)) || case.episode.ours.contains_key(&block)
    };
    let found: BTreeSet<u32> = facts.cases.iter().filter(belongs).map(|it| it.episode.number).collect();
    if found.is_empty() { all() } else { found }
}

/// Causes before consequences, earliest episode and block first, then the gravest.
fn rank(finding: &Finding) -> (Scope, u32, u64, crate::findings::Severity, &str) {
    (finding.scope, finding.episode, finding.block, finding.severity, &finding.rule)
}

fn combine(bundle: &Bundle, episodes: &[EpisodeSummary]) -> Verdict {
    let any = |verdict| episodes.iter().any(|it| it.verdict == verdict);
    let diverging: Vec<Verdict> = episodes.iter().map(|it| it.verdict).filter(|it| *it != Verdict::NoDivergence).collect();
    if diverging.is_empty() {
        let quiet = |report: &crate::evidence::Report| report.resync_causes.is_empty() && report.certain_failures.is_empty();
        let nothing_happened = !episodes.is_empty() || bundle.report.value().is_some_and(quiet);
        return if nothing_happened { Verdict::NoDivergence } else { Verdict::Inconclusive };
    }
    if any(Verdict::Contradicted) {
        Verdict::Contradicted
    } else if diverging.iter().all(|it| *it == Verdict::Explained) {
        Verdict::Explained
    } else if any(Verdict::Explained) || any(Verdict::PartlyExplained) {
        Verdict::PartlyExplained
    } else if any(Verdict::Novel) {
        Verdict::Novel
    } else {
        Verdict::Inconclusive
    }
}

/// Slugs of the rules that claim each divergence, by its id.
type Claimants<'f> = BTreeMap<&'f str, Vec<&'f str>>;

fn claimants(findings: &[Finding]) -> Claimants<'_> {
    let mut claimants = Claimants::new();
    for finding in findings {
        for claim in &finding.claims {
            claimants.entry(claim).or_default().push(&finding.rule);
        }
    }
    claimants
}

fn summary(case: &Case<'_>, judged: &Judged<'_>, claimants: &Claimants<'_>) -> EpisodeSummary {
    let document = &case.document;
    EpisodeSummary {
        number: case.episode.number,
        kind: match case.subject_matter {
            SubjectMatter::Resync => CaseKind::Resync,
            SubjectMatter::Stall => CaseKind::Stall,
            SubjectMatter::Unseen => CaseKind::Running,
        },
        verdict: judged.verdict,
        trigger: stalled(case).or_else(|| {
            document.trigger.as_ref().map(|it| TriggerSummary {
                kind: it.kind.name().to_owned(),
                key: it.key.clone(),
                block: named_block(it.block),
                reason: it.reason.clone(),
                count: it.count,
            })
        }),
        start_block: document.episode.start_block,
        first_diverging_block: document.subject.first_diverging_block,
        fingerprint: name_of(marks(case, &judged.unclaimed)),
        divergences: document.ledger.iter().map(|it| divergence(case, it, claimants)).collect(),
    }
}

fn divergence(case: &Case<'_>, item: &LedgerItem, claimants: &Claimants<'_>) -> Divergence {
    Divergence {
        episode: case.episode.number,
        id: item.id.clone(),
        kind: item.kind.name().to_owned(),
        role: match item.role {
            Role::Cause => DivergenceRole::Cause,
            Role::Consequence => DivergenceRole::Consequence,
            Role::Informational => DivergenceRole::Informational,
        },
        block: item.block,
        subject: words::subject(item),
        ours: item.ours.clone(),
        theirs: item.theirs.clone(),
        follows: item.follows.clone(),
        claimed_by: claimants.get(item.id.as_str()).into_iter().flatten().map(|it| (*it).to_owned()).collect(),
        evidence: item.evidence.clone(),
        witnesses: Vec::new(),
    }
}

fn unseen_evidence(case: &Case<'_>, judged: &Judged<'_>) -> Vec<Unseen> {
    let at_subject = |name| case.document.coverage.iter().any(|it| it.evidence == name && it.gap.is_some());
    // What is missing of another block is worth naming where a rule asks for it.
    let states = evidence_gaps::states(case).into_iter().map(|it| (would_decide(&judged.undecided, it.evidence.name()), it));
    let states = states.filter(|(would_decide, it)| at_subject(it.evidence) || !would_decide.is_empty());
    states.filter_map(|(would_decide, it)| unseen_as(case.episode.number, it, would_decide)).collect()
}

/// The rules that hang on a piece of evidence.
fn would_decide(undecided: &[Undecided], evidence: &str) -> Vec<String> {
    let hanging = undecided.iter().filter(|it| it.missing.iter().any(|it| it == evidence));
    hanging.map(|it| it.rule.clone()).collect()
}

fn unseen_as(episode: u32, state: EvidenceState, would_decide: Vec<String>) -> Option<Unseen> {
    Some(Unseen { episode, evidence: state.evidence.name().to_owned(), why: state.gap?, how: state.how, would_decide })
}

/// What stands for a trigger where there was no resync.
fn stalled(case: &Case<'_>) -> Option<TriggerSummary> {
    let stall = case.document.stall.as_ref()?;
    let reason = format!("no resync: {}", stall.words());
    Some(TriggerSummary { kind: "stall".to_owned(), key: String::new(), block: stall.block, reason, count: 1 })
}

/// What makes an unexplained item recognisable: nothing that changes from block to block or from account to account.
fn marks(case: &Case<'_>, unclaimed: &[&LedgerItem]) -> Vec<String> {
    let trigger = case.document.trigger.as_ref().map_or("none", |it| it.kind.name());
    let mark = |item: &&LedgerItem| {
        let texts = if item.kind == facts::ItemKind::RevertReason || item.kind.is_trigger() {
            [&item.ours, &item.theirs].map(|it| it.as_deref().map(trace::normalised).unwrap_or_default()).join("|")
        } else {
            String::new()
        };
        let class = item.trace.map(|it| format!("{it:?}")).unwrap_or_default();
        [trigger, item.kind.name(), &item.field, &class, item.code.as_deref().unwrap_or_default(), &texts].join("/")
    };
    unclaimed.iter().map(mark).collect()
}

/// A short stable name for a set of marks.
fn name_of(marks: Vec<String>) -> Option<String> {
    let distinct: BTreeSet<String> = marks.into_iter().collect();
    if distinct.is_empty() {
        return None;
    }
    let mut hash = Sha256::new();
    for mark in &distinct {
        hash.update(mark.as_bytes());
        hash.update([0]);
    }
    let digest: Vec<String> = hash.finalize().iter().take(6).map(|it| format!("{it:02x}")).collect();
    Some(format!("ws-{}", digest.concat()))
}

fn images(facts: &facts::Facts<'_>) -> Vec<Image> {
    let all = facts.cases.iter().flat_map(|it| &it.document.deployment.images);
    let distinct: BTreeMap<_, _> = all.map(|it| ((it.component, &it.image), it)).collect();
    distinct
        .into_values()
        .map(|it| Image { component: format!("{:?}", it.component).to_lowercase(), image: it.image.clone(), image_id: it.image_id.clone() })
        .collect()
}
