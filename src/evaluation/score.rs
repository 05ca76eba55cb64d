//! One diagnosis against the truth.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{CauseAnswer, has_rule};
use super::fair;
use crate::engine::Catalog;
use crate::findings::{CauseCertainty, Diagnosis, Divergence, DivergenceRole, Explains, Finding, Scope, Verdict};
use crate::simulate::{Calm, Cause, LosableEvidence, Member};

/// What a truth calls the item of a stall, whichever block it is filed under.
const STALL: &str = "stall";

/// The counts of one member; see [`super::Evaluation`] for what they mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scored {
    /// Each cause by its own name, with what it was taken for.
    pub answers: Vec<(String, CauseAnswer)>,
    pub(super) decidable: u64,
    pub(super) right: u64,
    pub(super) unknown: u64,
    pub(super) unknown_shown: u64,
    pub(super) undecidable: u64,
    pub(super) undecidable_right: u64,
    pub(super) wrong_established: u64,
    pub(super) wrong_findings: u64,
    pub(super) silent_misses: u64,
    pub(super) invented: u64,
    pub(super) masked: u64,
    pub(super) false_calm: u64,
    pub(super) false_doubt: u64,
    pub(super) false_certainty: u64,
    pub(super) false_alarms: u64,
    pub(super) story: &'static str,
    pub(super) remarks: Vec<String>,
}

/// Compares a diagnosis with what is true.
#[must_use]
#[expect(clippy::arithmetic_side_effects, reason = "tallies of what is in memory")]
pub(super) fn score(member: &Member, diagnosis: &Diagnosis, catalog: &Catalog) -> Scored {
    let truth = &member.truth;
    let ledger: BTreeMap<&str, &Divergence> =
        diagnosis.episodes.iter().flat_map(|it| &it.divergences).map(|it| (it.id.as_str(), it)).collect();
    let mut scored = Scored { story: truth.story, ..Scored::default() };
    let names: Vec<&str> = truth.causes.iter().filter_map(|it| it.names.first().copied()).collect();
    let place = format!(
        "member {} ({}: {}; {})",
        member.number,
        truth.story,
        if names.is_empty() { "nothing".to_owned() } else { names.join(" + ") },
        truth.version
    );
    let mut remark = |text: String| scored.remarks.push(format!("{place}: {text}"));

    for difference in truth.differences.iter().filter(|it| it.visible) {
        let moved = |tx: &crate::evidence::Felt| ledger.keys().any(|it| it.contains("/tx_") && it.ends_with(&tx.to_string()));
        if !ledger.contains_key(difference.id.as_str()) && !difference.moved.as_ref().is_some_and(moved) {
            scored.silent_misses += 1;
            remark(format!("the ledger lacks {}", difference.id));
        }
    }
    let known: BTreeSet<&str> = truth.differences.iter().map(|it| it.id.as_str()).collect();
    // The middle of a text decides what a difference means, not which there are.
    let is_stalled = truth.causes.iter().flat_map(|it| &it.items).any(|it| it == STALL);
    let is_exact =
        truth.lost.iter().all(|it| it.evidence == LosableEvidence::RevertMiddle) && truth.causes.iter().all(|it| !it.items.is_empty());
    let is_invented =
        |it: &Divergence| it.role == DivergenceRole::Cause && !(is_stalled && it.kind == STALL) && !known.contains(it.id.as_str());
    for item in ledger.values().filter(|it| is_exact && is_invented(it)) {
        scored.invented += 1;
        remark(format!("nothing injected {}", item.id));
    }
    let true_names: BTreeSet<&str> = truth.causes.iter().flat_map(|it| &it.names).chain(&truth.also).copied().collect();
    let claims = |it: &&Finding| it.explains != Explains::Nothing;
    for finding in diagnosis.findings.iter().filter(claims).filter(|it| !true_names.contains(it.rule.as_str())) {
        scored.wrong_findings += 1;
        scored.wrong_established += u64::from(finding.cause == CauseCertainty::Established);
        remark(format!("{} holds ({:?})", finding.rule, finding.cause));
    }
    let is_named = |answer: &CauseAnswer, cause: &Cause| {
        // A stall is one item, so what else may be said of it is a name of it as well.
        let is_stall = cause.items.iter().any(|it| it == STALL);
        let is_of = |slug: &str| cause.names.contains(&slug) || (is_stall && truth.also.contains(&slug));
        match answer {
            CauseAnswer::Rule(slug) => is_of(slug),
            CauseAnswer::Nothing => true,
            _ => false,
        }
    };
    for cause in &truth.causes {
        // What harmed no block may be passed over.
        let is_calm = truth.calm == Calm::Fair && diagnosis.verdict == Verdict::NoDivergence;
        let answer = if is_calm { CauseAnswer::Nothing } else { answer(cause, diagnosis, &ledger) };
        let has_rule = has_rule(cause, catalog);
        let named = is_named(&answer, cause);
        match (cause.sufficient, has_rule) {
            (true, true) => {
                scored.decidable += 1;
                scored.right += u64::from(named);
            }
            (true, false) => {
                scored.unknown += 1;
                scored.unknown_shown += u64::from(named || answer == CauseAnswer::Unexplained);
            }
            (false, _) => {
                scored.undecidable += 1;
                scored.undecidable_right +=
                    u64::from(named || matches!(answer, CauseAnswer::Unexplained | CauseAnswer::CannotTell | CauseAnswer::Masked));
            }
        }
        scored.masked += u64::from(cause.sufficient && answer == CauseAnswer::Masked);
        let is_right = if !cause.sufficient {
            named || matches!(answer, CauseAnswer::Unexplained | CauseAnswer::CannotTell | CauseAnswer::Masked)
        } else if has_rule {
            named
        } else {
            named || answer == CauseAnswer::Unexplained
        };
        if !is_right {
            remark(format!("{} was taken for {answer}; verdict {}", cause.names.first().copied().unwrap_or_default(), diagnosis.verdict));
        }
        scored.answers.push((cause.names.first().copied().unwrap_or_default().to_owned(), answer));
    }
    for (fault, text) in fair::faults(member, diagnosis, catalog, &scored.answers) {
        match fault {
            fair::Misstatement::Calm => scored.false_calm += 1,
            fair::Misstatement::Doubt => scored.false_doubt += 1,
            fair::Misstatement::Certainty => scored.false_certainty += 1,
            fair::Misstatement::Alarm => scored.false_alarms += 1,
        }
        scored.remarks.push(format!("{place}: {text}"));
    }
    if truth.causes.is_empty() {
        let answer = if diagnosis.verdict == Verdict::NoDivergence { CauseAnswer::Nothing } else { CauseAnswer::Unexplained };
        scored.answers.push(("(nothing)".to_owned(), answer));
    }
    scored
}

fn answer(cause: &Cause, diagnosis: &Diagnosis, ledger: &BTreeMap<&str, &Divergence>) -> CauseAnswer {
    // A moved transaction stands under another kind where the neighbour block was not seen.
    let tx = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
    let found = |id: &String| {
        if id == STALL {
            return ledger.values().find(|it| it.kind == STALL).copied();
        }
        let moved = || ledger.iter().find(|(it, _)| id.contains("/tx_") && it.contains("/tx_") && tx(it) == tx(id)).map(|(_, it)| *it);
        ledger.get(id.as_str()).copied().or_else(moved)
    };
    let items: Vec<&Divergence> = cause.items.iter().filter_map(found).collect();
    // Blocks show what differs, and the log shows what stopped.
    let is_stall = cause.items.iter().any(|it| it == STALL);
    let claimed: BTreeSet<&str> = if cause.items.is_empty() {
        diagnosis.findings.iter().filter(|it| it.scope == Scope::RootCause).map(|it| it.rule.as_str()).collect()
    } else {
        items.iter().flat_map(|it| &it.claimed_by).map(String::as_str).collect()
    };
    let right = claimed.iter().find(|it| cause.names.contains(it)).or(claimed.iter().next());
    if let Some(slug) = right {
        return CauseAnswer::Rule((*slug).to_owned());
    }
    // Echonet itself says that the block differs, where no payload shows in what.
    let is_told = |it: &&Divergence| it.kind == "hash_mismatch" && it.role == DivergenceRole::Cause;
    let of_block = |it: &&Divergence| cause.items.iter().any(|id| id.starts_with(&format!("{}/", it.block)));
    let is_told = items.is_empty() && ledger.values().copied().filter(of_block).any(|it| is_told(&it));
    if is_told || items.iter().any(|it| it.role == DivergenceRole::Cause) || (cause.items.is_empty() && diagnosis.verdict == Verdict::Novel)
    {
        CauseAnswer::Unexplained
    } else if !items.is_empty() {
        CauseAnswer::Masked
    } else if diagnosis.verdict == Verdict::Inconclusive
        || diagnosis.unseen.iter().any(|it| {
            // The sequencer's log alone shows no stall.
            if is_stall { it.evidence.starts_with("logs.echonet") } else { it.evidence.contains('.') && !it.evidence.starts_with("logs") }
        })
    {
        CauseAnswer::CannotTell
    } else {
        CauseAnswer::Unseen
    }
}
