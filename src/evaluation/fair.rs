//! Whether what a diagnosis says is calmer, more doubtful or surer than the evidence.

use super::answer::{CauseAnswer, has_rule};
use crate::engine::Catalog;
use crate::findings::{CauseCertainty, ClaimExtent, Diagnosis, Explains, Finding, Scope, Verdict};
use crate::simulate::{AllowedDoubt, Calm, Cause, Member, Surest, Widest};

/// How a diagnosis says something else than the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Misstatement {
    /// It says that nothing diverged, or that all is explained, and the evidence shows more.
    Calm,
    /// It says that the evidence does not suffice, and it does.
    Doubt,
    /// It is surer than the evidence.
    Certainty,
    /// It sees a failure where nothing failed.
    Alarm,
}

/// What is wrong with what a diagnosis says, each with the words that tell it. `answers` are what the causes were taken for, in their order.
pub(super) fn faults(
    member: &Member,
    diagnosis: &Diagnosis,
    catalog: &Catalog,
    answers: &[(String, CauseAnswer)],
) -> Vec<(Misstatement, String)> {
    let truth = &member.truth;
    let verdict = diagnosis.verdict;
    let mut faults = Vec::new();

    let unseen = truth.causes.iter().zip(answers).find(|(cause, (_, answer))| cause.sufficient && *answer == CauseAnswer::Unseen);
    match (verdict, unseen) {
        (Verdict::NoDivergence, _) if truth.calm == Calm::False => {
            faults.push((Misstatement::Calm, "false calm: no divergence, it says".to_owned()));
        }
        (Verdict::Explained, Some((cause, _))) if truth.calm == Calm::False => {
            faults.push((Misstatement::Calm, format!("false calm: explained without {}", name(cause))));
        }
        _ => {}
    }
    if verdict == Verdict::Inconclusive {
        let known = truth.causes.iter().find(|it| it.sufficient && has_rule(it, catalog));
        if let Some(cause) = known {
            faults.push((Misstatement::Doubt, format!("false doubt: the evidence suffices to name {}", name(cause))));
        } else if truth.doubt == AllowedDoubt::False {
            let wanted = if truth.causes.is_empty() { "to say that nothing diverged" } else { "to call it novel" };
            faults.push((Misstatement::Doubt, format!("false doubt: the evidence suffices {wanted}")));
        }
    }
    for finding in diagnosis.findings.iter().filter(|it| it.explains != Explains::Nothing) {
        faults.extend(certainty(finding, member).map(|it| (Misstatement::Certainty, format!("false certainty: {it}"))));
    }
    let is_alarmed = matches!(verdict, Verdict::Novel | Verdict::Explained | Verdict::PartlyExplained | Verdict::Contradicted);
    let is_healthy = truth.causes.is_empty() || (truth.calm == Calm::Fair && truth.differences.is_empty() && verdict != Verdict::Explained);
    if is_healthy && is_alarmed {
        faults.push((Misstatement::Alarm, format!("false alarm: {verdict}")));
    }
    faults
}

fn certainty(finding: &Finding, member: &Member) -> Option<String> {
    let truth = &member.truth;
    let slug = finding.rule.as_str();
    if truth.also.contains(&slug) {
        return None;
    }
    let mut causes = truth.causes.iter().filter(|it| it.names.contains(&slug)).peekable();
    if causes.peek().is_none() {
        return (finding.scope == Scope::RootCause).then(|| format!("{slug} is not a root cause"));
    }
    let causes: Vec<&Cause> = causes.collect();
    if finding.cause == CauseCertainty::Established && causes.iter().all(|it| it.surest == Surest::Suspected) {
        return Some(format!("{slug} is called established"));
    }
    // A class says what differs, which the evidence shows or does not; why it differs it leaves open.
    let is_whole = finding.extent == ClaimExtent::Proved && causes.iter().all(|it| it.widest == Widest::Part);
    is_whole.then(|| format!("{slug} is called proved"))
}

fn name(cause: &Cause) -> &'static str {
    cause.names.first().copied().unwrap_or_default()
}
