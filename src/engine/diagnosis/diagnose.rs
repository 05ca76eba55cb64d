//! The checklist and the loop: every rule over every episode, then what is explained, what is not, and what could not be seen.

use std::collections::{BTreeMap, BTreeSet};

use super::fingerprint::{marks, name_of};
use super::judge::{Judged, judge};
use super::{account, grounds, isolation, next_steps, shifts, side_checks, witnesses, words};
use crate::engine::decide::evaluate::{Outcome, Trial};
use crate::engine::decide::evidence_gaps;
use crate::engine::decide::prepared::Prepared;
use crate::engine::exhibits::Gathering;
use crate::engine::language::catalog::Catalog;
use crate::engine::language::compiled::Rule;
use crate::engine::language::script::Interpreter;
use crate::evidence::{Ambiguity, Bundle, Origin, Request};
use crate::facts::coverage::{self, EvidenceState};
use crate::facts::log_window::{ComparedHash, compared_block};
use crate::facts::{self, Case, EpochKind, LedgerItem, Role};
use crate::findings::{
    self, Ambiguous, AskedBlock, Diagnosis, Divergence, DivergenceRole, EpisodeSummary, Finding, ForeignEvidence, Image, IncidentSummary,
    NO_EPISODE, Scope, TriggerSummary, Undecided, Unseen, Verdict, named_block,
};

/// Diagnoses a bundle: same bundle, same rules, same diagnosis.
#[must_use]
pub fn diagnose(bundle: &Bundle, catalog: &Catalog, trial: Trial) -> Diagnosis {
    diagnose_prepared(&Prepared::new(bundle, &catalog.patterns), &catalog.rules, &catalog.interpreter, trial)
}

/// Diagnoses one episode of a bundle; none if the bundle has none of that number. What the others show of it still counts.
#[must_use]
pub fn diagnose_episode(bundle: &Bundle, catalog: &Catalog, trial: Trial, number: u32) -> Option<Diagnosis> {
    let prepared = Prepared::new(bundle, &catalog.patterns);
    let cases = &prepared.facts.cases;
    let is_there = cases.iter().any(|it| it.episode.number == number);
    let diagnosis = is_there.then(|| diagnose_in_scope(&prepared, &catalog.rules, &catalog.interpreter, trial, &[number].into()))?;
    // What runs after the last resync is an episode only if something went wrong in it: a number too high is not answered by "no divergence".
    let is_listed = diagnosis.episodes.iter().any(|it| it.number == number);
    (is_listed || cases.len() == 1).then_some(diagnosis)
}

/// Diagnoses a bundle that has been made ready. The patterns that it was read with must hold those of the rules.
#[must_use]
pub(crate) fn diagnose_prepared(
    prepared: &Prepared<'_>,
    rules: &BTreeMap<String, Rule>,
    interpreter: &Interpreter,
    trial: Trial,
) -> Diagnosis {
    diagnose_in_scope(prepared, rules, interpreter, trial, &in_scope(&prepared.facts))
}

fn diagnose_in_scope(
    prepared: &Prepared<'_>,
    rules: &BTreeMap<String, Rule>,
    interpreter: &Interpreter,
    trial: Trial,
    in_scope: &BTreeSet<u32>,
) -> Diagnosis {
    let facts = &prepared.facts;
    let bundle = facts.bundle;
    let mut episodes = Vec::new();
    let mut findings = Vec::new();
    let mut joint_proofs = Vec::new();
    let mut rivalries = Vec::new();
    let mut unexplained = Vec::new();
    let mut unseen = Vec::new();
    let mut consistency = Vec::new();
    let mut altered = Vec::new();
    let mut undecided = Vec::new();
    let mut fingerprint = Vec::new();
    let mut gathering = Gathering::default();
    let mut quiet = None;
    let mut isolations = Vec::new();
    let mut shifts = Vec::new();
    for scene in prepared.scenes(interpreter).filter(|it| in_scope.contains(&it.case.episode.number)) {
        let case = scene.case;
        let judged = judge(&scene, rules, trial, &mut gathering);
        gathering.episode(&scene, bundle);
        let marks = marks(&scene, &judged.unclaimed);
        fingerprint.extend(marks.iter().cloned());
        let claimants = claimants(&judged.findings);
        let witnesses = witnesses::find_witnesses(&scene, &judged.unclaimed);
        let open = judged.unclaimed.iter().zip(witnesses);
        unexplained.extend(open.map(|(it, witnesses)| Divergence { witnesses, ..divergence(case, it, &claimants) }));
        isolations.extend(isolation::isolate_blocks(&scene, &judged.unclaimed));
        shifts.extend(shifts::find_shifts(case, &judged.unclaimed));
        consistency.extend(side_checks::report_side_checks(case));
        altered.extend(judged.altered.iter().map(|it| side_checks::altered(case, it)));
        let is_quiet = judged.causes.is_empty() && !case.kinds.contains(&EpochKind::Resync);
        if is_quiet {
            // An epoch in which nothing went wrong is worth words only where there is nothing else.
            let (broken, open): (Vec<_>, Vec<_>) = judged.undecided.into_iter().partition(|it| it.broken.is_some());
            undecided.extend(broken);
            quiet = Some((judged.verdict, case, open, judged.findings));
            continue;
        }
        unseen.extend(unseen_evidence(case, &judged));
        episodes.push(summary(case, &judged, name_of(marks), &claimants));
        undecided.extend(judged.undecided);
        joint_proofs.extend(judged.joint_proofs);
        rivalries.extend(judged.rivalries);
        findings.extend(judged.findings);
    }
    let asked = asked_block(facts);
    let verdict = match combine(&episodes, quiet.as_ref().map(|it| it.0)) {
        // What explains other blocks says nothing of one that is not in the evidence.
        Verdict::NoDivergence if asked == AskedBlock::Unseen => Verdict::Inconclusive,
        Verdict::Explained if asked == AskedBlock::Unseen && episodes.iter().any(|it| it.first_diverging_block.is_some()) => {
            Verdict::Inconclusive
        }
        verdict => verdict,
    };
    let ambiguous: Vec<Ambiguous> = bundle.ambiguous.iter().map(ambiguous).collect();
    let verdict = match verdict {
        // What is of one run explains nothing of the other.
        Verdict::Contradicted => Verdict::Contradicted,
        _ if ambiguous.iter().any(|it| matches!(it, Ambiguous::Runs(..))) => Verdict::Inconclusive,
        verdict => verdict,
    };
    let grounds = quiet.as_ref().filter(|_| episodes.is_empty()).and_then(|it| it.1.grounds.as_ref()).map(grounds::describe_grounds);
    if let (true, Some((verdict, _, open, notes))) = (episodes.is_empty(), quiet) {
        // What was noticed may be why nothing more was seen.
        findings.extend(notes);
        let is_open = verdict == Verdict::Inconclusive;
        undecided.extend(open.into_iter().filter(|_| is_open));
        let states = coverage::without_episode(bundle).into_iter().filter(|_| is_open);
        unseen.extend(states.filter_map(|it| {
            let would_decide = would_decide(&undecided, it.evidence.name());
            unseen_as(NO_EPISODE, it, would_decide)
        }));
    }
    findings.sort_by(|left, right| rank(left).cmp(&rank(right)));
    let mut diagnosis = Diagnosis {
        verdict,
        headline: String::new(),
        set_aside: bundle
            .set_aside
            .iter()
            .map(|it| ForeignEvidence { what: it.what.clone(), whose: it.whose.clone(), why: it.why.clone() })
            .collect(),
        files: bundle.files.as_ref().map(account::account_for_files),
        ambiguous,
        grounds: grounds.clone().map(|it| it.0),
        missing_grounds: grounds.map(|it| it.1).unwrap_or_default(),
        next: Vec::new(),
        isolations,
        shifts,
        incident: IncidentSummary {
            namespace: bundle.incident.namespace.clone(),
            asked_block: bundle.incident.block,
            asked,
            observed_until: bundle.incident.observed_until,
            simulated: match &bundle.incident.origin {
                Origin::Imported | Origin::Collected => None,
                Origin::Simulated { scenario, seed } => Some(format!("{scenario}, seed {seed}")),
            },
        },
        fingerprint: name_of(fingerprint),
        exhibits: gathering.finish(&findings),
        made_by: None,
        episodes,
        findings,
        joint_proofs,
        rivalries,
        unexplained,
        consistency,
        altered,
        unseen,
        undecided,
        images: images(facts),
    };
    diagnosis.headline = words::headline(&diagnosis);
    diagnosis.next = next_steps::plan_next_steps(facts, &diagnosis);
    diagnosis
}

fn ambiguous(it: &Ambiguity) -> Ambiguous {
    match it {
        Ambiguity::Namespaces(names) => Ambiguous::Namespaces(names.clone()),
        Ambiguity::Runs { one, other } => Ambiguous::Runs(one.clone(), other.clone()),
    }
}

/// What one rule makes of each episode, by episode number: for explanations and for the tests of rules.
#[must_use]
pub(crate) fn decide(bundle: &Bundle, catalog: &Catalog, slug: &str, trial: Trial) -> Vec<(u32, Outcome)> {
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

/// The episodes that the asked block belongs to; all of them if none was asked for or none belongs.
fn in_scope(facts: &facts::Facts<'_>) -> BTreeSet<u32> {
    let all = || facts.cases.iter().map(|it| it.episode.number).collect();
    let Some(block) = facts.bundle.incident.block else { return all() };
    let belongs = |case: &&Case<'_>| {
        let triggered = case.document.trigger.as_ref().is_some_and(|it| it.block == block);
        triggered
            || case.document.ledger.iter().any(|it| it.touches(block))
            || case.episode.ours.get(&block).is_some_and(|it| !it.block.was_never_stored())
    };
    let mut found: BTreeSet<u32> = facts.cases.iter().filter(belongs).map(|it| it.episode.number).collect();
    // What stopped while the last resync was under way, or right after it, belongs to it.
    if let Some(running) = facts.cases.iter().find(|it| it.kinds.contains(&EpochKind::Stall)) {
        let follows = running.episode.number.checked_sub(1).is_some_and(|it| found.contains(&it));
        found.extend(follows.then_some(running.episode.number));
    }
    if found.is_empty() { all() } else { found }
}

/// What the evidence says of the block that the user named: the ledgers, the payloads of both sides, Echonet's log.
fn asked_block(facts: &facts::Facts<'_>) -> AskedBlock {
    let Some(block) = facts.bundle.incident.block else { return AskedBlock::NotAsked };
    let differs = |it: &LedgerItem| it.role.is_difference() && it.touches(block);
    let diverges =
        |case: &Case<'_>| case.document.trigger.as_ref().is_some_and(|it| it.block == block) || case.document.ledger.iter().any(differs);
    let agrees = |case: &Case<'_>| {
        let seen = case.document.blocks.iter().find(|it| it.number == block);
        seen.and_then(|it| it.ours.as_ref().zip(it.theirs.as_ref())).is_some_and(|(ours, theirs)| ours.block_hash == theirs.block_hash)
    };
    let records = facts.echonet_log.as_ref().map(|it| it.records.as_slice()).unwrap_or_default();
    let logged = |hash: ComparedHash| records.iter().any(|it| compared_block(&it.text) == Some((block, hash)));
    if facts.cases.iter().any(diverges) {
        AskedBlock::Diverges
    } else if facts.cases.iter().any(agrees) || (logged(ComparedHash::Match) && !logged(ComparedHash::Mismatch)) {
        AskedBlock::Matches
    } else {
        AskedBlock::Unseen
    }
}

/// Causes before consequences, earliest episode and block first, then the gravest.
fn rank(finding: &Finding) -> (Scope, u32, u64, crate::findings::Severity, &str) {
    (finding.scope, finding.episode, finding.block, finding.severity, &finding.rule)
}

/// The verdict of the whole; `quiet` is that of an epoch that still runs and in which nothing was seen to go wrong.
fn combine(episodes: &[EpisodeSummary], quiet: Option<Verdict>) -> Verdict {
    let any = |verdict| episodes.iter().any(|it| it.verdict == verdict);
    let diverging: Vec<Verdict> = episodes.iter().map(|it| it.verdict).collect();
    if diverging.is_empty() {
        return quiet.unwrap_or(Verdict::Inconclusive);
    }
    if any(Verdict::Contradicted) {
        Verdict::Contradicted
    } else if diverging.iter().all(|it| *it == Verdict::Explained) {
        Verdict::Explained
    } else if any(Verdict::Explained) || any(Verdict::PartlyExplained) {
        Verdict::PartlyExplained
    } else if any(Verdict::Inconclusive) {
        // What nobody can tell of one says that a pattern may match there.
        Verdict::Inconclusive
    } else {
        Verdict::Novel
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

fn summary(case: &Case<'_>, judged: &Judged<'_>, fingerprint: Option<String>, claimants: &Claimants<'_>) -> EpisodeSummary {
    let document = &case.document;
    EpisodeSummary {
        number: case.episode.number,
        kind: match case.kind() {
            EpochKind::Resync => findings::CaseKind::Resync,
            EpochKind::Divergence => findings::CaseKind::Divergence,
            EpochKind::Stall => findings::CaseKind::Stall,
            EpochKind::Running => findings::CaseKind::Running,
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
        fingerprint,
        divergences: document
            .ledger
            .iter()
            .filter(|it| it.role != Role::Potential || claimants.contains_key(it.id.as_str()))
            .map(|it| divergence(case, it, claimants))
            .collect(),
    }
}

fn divergence(case: &Case<'_>, item: &LedgerItem, claimants: &Claimants<'_>) -> Divergence {
    Divergence {
        episode: case.episode.number,
        id: item.id.clone(),
        kind: item.kind.name().to_owned(),
        role: match item.role {
            Role::Cause | Role::Potential => DivergenceRole::Cause,
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

/// The trigger summary for an episode without a resync.
fn stalled(case: &Case<'_>) -> Option<TriggerSummary> {
    let stall = case.document.stall.as_ref()?;
    let reason = format!("no resync: {}", stall.words());
    Some(TriggerSummary { kind: "stall".to_owned(), key: String::new(), block: stall.block, reason, count: 1 })
}

fn images(facts: &facts::Facts<'_>) -> Vec<Image> {
    let all = facts.cases.iter().flat_map(|it| &it.document.deployment.images);
    let distinct: BTreeMap<_, _> = all.map(|it| ((it.component, &it.image), it)).collect();
    distinct
        .into_values()
        .map(|it| Image { component: format!("{:?}", it.component).to_lowercase(), image: it.image.clone(), image_id: it.image_id.clone() })
        .collect()
}
