//! Turns a rule that holds into a finding: claims, how sure it is, words and fixes.
//!
//! Whether a cause is established is computed from corroboration and coverage, and no rule can state it. Suspected at most, whatever its
//! clauses say, is a claim that arithmetic refutes, a pattern that matches although its fix is deployed, and one of which nothing that
//! brings it is deployed.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::decide::evaluate::{CaseContext, Element, Evaluated, truth_of};
use crate::engine::decide::evidence_gaps;
use crate::engine::fixes::anchors;
use crate::engine::language::compiled::{Basis, BlockPart, BlockReach, Rule};
use crate::engine::language::summary;
use crate::facts::consequence;
use crate::facts::consistency::CheckResult;
use crate::facts::counterfactual::{self, Claim, Counterfactual};
use crate::facts::timeline::{self, Moment};
use crate::facts::{EvidenceName, ItemKind, LedgerItem, Role, Undo, trace};
use crate::findings::{
    Bringing, CauseCertainty, ClaimExtent, Contradiction, Explains, Finding, FixRole, FixStatus, Overall, Proof, ProofRow, Remediation,
    RemediationKind, RemediationSafety, Scope, Ternary, bringing,
};

/// The finding of a rule, if it holds for any element.
#[must_use]
pub(crate) fn build_finding(rule: &Rule, scene: &CaseContext<'_>, evaluated: &Evaluated) -> Option<Finding> {
    let holding: Vec<&Element> = evaluated.elements.iter().filter(|it| it.truth == Ternary::True).collect();
    let first = holding.first()?;
    let explains = rule.file.explains;
    let claims = claims(rule, &holding);
    let items: Vec<&LedgerItem> = scene.case.document.ledger.iter().filter(|it| claims.contains(&it.id)).collect();
    let at = items.iter().map(|it| it.block).min();
    let block = if explains == Explains::Nothing { at.or(scene.case.document.subject.block).unwrap_or_default() } else { at? };
    let proof = rule.file.claims.undo.map(|undo| proof(scene, undo, &items));
    let (cause, because) = cause(rule, scene, &holding, &items);
    let (extent, mut extent_because) = extent(explains, proof.as_ref());
    extent_because.push_str(&by_execution(scene, &claims));
    let captures = captures(&holding, &items);
    let instead = rule.file.finding.instead.iter().find(|it| truth_of(first, &it.clause.value) == Ternary::True);
    let title = instead.map_or_else(|| rule.file.title.clone(), |it| it.title.clone());
    let summary = instead.map_or(&rule.file.finding.summary.value, |it| &it.summary.value);
    let version = scene.case.document.subject.starknet_version.as_deref();
    let mut fixes: Vec<FixStatus> = rule.file.fix.iter().map(|it| scene.fixes.status(it, version)).collect();
    // What contradicts the finding comes first, then cures: short forms show the first fix only.
    fixes.sort_by_key(|it| (it.contradiction().is_none(), it.contradiction(), it.fix.role));
    Some(Finding {
        rule: rule.file.slug.value.clone(),
        rule_id: rule.file.id.value.clone(),
        title,
        category: rule.file.category,
        severity: rule.file.severity,
        cause,
        because,
        extent,
        extent_because,
        scope: match explains {
            Explains::Cause | Explains::Class if items.iter().any(|it| matches!(it.role, Role::Cause | Role::Potential)) => {
                Scope::RootCause
            }
            _ => Scope::Consequence,
        },
        explains,
        episode: scene.case.episode.number,
        block,
        summary: summary::fill(summary, block, items.len(), &captures),
        claims: if explains == Explains::Nothing { Vec::new() } else { items.iter().map(|it| it.id.clone()).collect() },
        captures: captures.into_iter().map(|(name, values)| (name, values.into_iter().collect::<Vec<_>>().join(", "))).collect(),
        clauses: first.clauses.clone(),
        proof,
        remediation: steps(&rule.file.slug.value, &rule.file.remediation, &fixes, || tells_of_replay(scene)),
        code: rule.file.code.iter().map(|it| anchors::status(scene.facts.bundle, &it.value, &fixes)).collect(),
        fix: fixes,
        brought_by: rule.file.brought_by.iter().map(|it| scene.fixes.brought(it)).collect(),
        references: rule.file.references.clone(),
    })
}

/// Ids of what the rule explains: the elements for which it holds, or, of the names that it claims, what its clauses bound for those.
fn claims(rule: &Rule, holding: &[&Element]) -> BTreeSet<String> {
    let held = || holding.iter().filter_map(|it| it.item.clone());
    if rule.file.claims.items.is_empty() {
        return held().collect();
    }
    let mut claims = BTreeSet::new();
    for name in rule.file.claims.items.iter().map(|it| &it.value) {
        if rule.file.for_each.as_ref().is_some_and(|it| it.value == *name) {
            claims.extend(held());
        }
        let each = |clause: &str| rule.file.clauses.get(clause).and_then(|it| it.value.as_each());
        let counts = |clause: &str| each(clause).is_some_and(|it| it.each.value == *name);
        let bound = holding.iter().flat_map(|it| &it.bound).filter(|(clause, _)| counts(clause));
        claims.extend(bound.flat_map(|(_, ids)| ids.iter().cloned()));
    }
    claims
}

fn proof(scene: &CaseContext<'_>, undo: Undo, items: &[&LedgerItem]) -> Proof {
    let claims = [Claim { undo, items: items.to_vec() }];
    of_counterfactual(undo.words(), counterfactual::attempt(scene.facts.bundle, scene.case, &claims))
}

/// A counterfactual in the form in which people see it.
pub(super) fn of_counterfactual(undo: String, counterfactual: Counterfactual) -> Proof {
    let row = |it: counterfactual::CommitmentRow| ProofRow {
        block: it.block,
        commitment: it.commitment.to_owned(),
        ours: it.ours,
        undone: it.undone,
        theirs: it.theirs,
    };
    Proof { undo, rows: counterfactual.rows.into_iter().map(row).collect(), obstacle: counterfactual.obstacle }
}

/// How many state entries are attributed to the claims by execution, which nothing repeats; empty if none is.
fn by_execution(scene: &CaseContext<'_>, claims: &BTreeSet<String>) -> String {
    let ledger = &scene.case.document.ledger;
    let claimed: Vec<&LedgerItem> = ledger.iter().filter(|it| claims.contains(&it.id)).collect();
    let rests = |it: &&LedgerItem| {
        let ours = scene.case.episode.ours.get(&it.block).and_then(|it| it.block.value());
        it.kind.is_state() && it.role == Role::Consequence && claimed.iter().any(|cause| consequence::may_change(cause, it, ours))
    };
    match scene.case.document.ledger.iter().filter(rests).count() {
        0 => String::new(),
        1 => "; 1 state entry is attributed to executing these transactions, which whysync does not re-execute".to_owned(),
        count => format!("; {count} state entries are attributed to executing these transactions, which whysync does not re-execute"),
    }
}

/// How sure the cause is, and why: from corroboration and coverage alone.
fn cause(rule: &Rule, scene: &CaseContext<'_>, holding: &[&Element], items: &[&LedgerItem]) -> (CauseCertainty, String) {
    if let Some(why) = unreliable(rule, scene, items) {
        return (CauseCertainty::Suspected, why);
    }
    let uncorroborated: BTreeSet<&str> = holding.iter().flat_map(|it| &it.uncorroborated).map(String::as_str).collect();
    if !uncorroborated.is_empty() {
        return (CauseCertainty::Suspected, format!("not corroborated: {}", uncorroborated.into_iter().collect::<Vec<_>>().join(", ")));
    }
    let required: BTreeSet<EvidenceName> = rule.file.requires.iter().map(|it| it.evidence).collect();
    let basis = Basis { names: required, reach: BlockReach::ItsBlockToo, part: BlockPart::Whole };
    let missing: BTreeSet<EvidenceName> = holding.iter().flat_map(|it| evidence_gaps::find_gaps(scene.case, &basis, &it.fields)).collect();
    let gaps: Vec<&str> = missing.into_iter().map(EvidenceName::name).collect();
    if gaps.is_empty() {
        (CauseCertainty::Established, "every clause is true, on complete evidence".to_owned())
    } else {
        (CauseCertainty::Suspected, format!("not wholly seen: {}", gaps.join(", ")))
    }
}

/// Which version the conditions of fixes are held against, where the two sides state different ones; empty where that does not matter.
pub(super) fn acting_version(rule: &Rule, scene: &CaseContext<'_>) -> String {
    let subject = &scene.case.document.subject;
    let depends = rule.file.fix.iter().any(|it| it.effective_when.as_ref().is_some_and(|it| it.contains("starknet_version")));
    match (&subject.starknet_version, &subject.mainnet_starknet_version) {
        (Some(ours), Some(theirs)) if depends && ours != theirs => {
            format!("; its fixes are judged by protocol {ours}, which Echonet ran, not by mainnet's {theirs}")
        }
        _ => String::new(),
    }
}

/// Why the claimed items are no firm ground: a text was cut, or a side of their block is not what it states.
fn unreliable(rule: &Rule, scene: &CaseContext<'_>, items: &[&LedgerItem]) -> Option<String> {
    let is_cut = |text: &Option<String>| text.as_ref().is_some_and(|it| it.contains(trace::CUT));
    if let Some(item) = items.iter().find(|it| it.kind == ItemKind::RevertReason && (is_cut(&it.ours) || is_cut(&it.theirs))) {
        let tx = item.tx_hash.map(|it| it.to_string()).unwrap_or_default();
        return Some(format!("the node cut the middle out of the revert text of {tx}, and a difference may be hidden there"));
    }
    // A version that nobody can hash with is one that nobody can check.
    let is_version = |it: &&&LedgerItem| it.kind == ItemKind::Header && it.field == "starknet_version";
    let unchecked = scene
        .case
        .document
        .consistency
        .iter()
        .find(|check| check.result == CheckResult::Unknown && items.iter().filter(is_version).any(|it| it.block == check.block));
    if let Some(check) = unchecked {
        return Some(format!(
            "the hash of {} block {} could not be recomputed, so its protocol version is not verified",
            check.side.whose(),
            check.block
        ));
    }
    // Rules that look at the checks themselves are about just that.
    let is_about_checks = rule.file.claims.undo == Some(Undo::HashAgain) || rule.lets.values().any(|it| it.root() == "consistency");
    let inconsistent = scene.case.document.consistency.iter().find(|check| {
        check.result == CheckResult::Inconsistent && items.iter().any(|it| it.touches(check.block) && !it.kind.is_trigger())
    })?;
    let whose = inconsistent.side.whose();
    (!is_about_checks)
        .then(|| format!("{whose} block {} does not match the hashes it states, so it is not firm evidence", inconsistent.block))
}

/// Whether the claims are the whole difference, and why.
fn extent(explains: Explains, proof: Option<&Proof>) -> (ClaimExtent, String) {
    let Some(proof) = proof else {
        let why = match explains {
            Explains::Nothing => "it claims no difference",
            Explains::Cause | Explains::Class => "none of what this rule claims can be undone and hashed again",
        };
        return (ClaimExtent::NotRecomputed, why.to_owned());
    };
    match &proof.obstacle {
        _ if proof.is_closed() => {
            (ClaimExtent::Proved, format!("undoing only the claims reproduces mainnet's {}", proof.commitments().join(", ")))
        }
        Some(obstacle) if proof.rows.is_empty() => (ClaimExtent::NotRecomputed, obstacle.clone()),
        Some(obstacle) => (ClaimExtent::Partial, format!("not everything could be recomputed: {obstacle}")),
        None if proof.differing().is_empty() => {
            (ClaimExtent::Partial, "every commitment that the claims touch was mainnet's before anything was undone".to_owned())
        }
        None => (ClaimExtent::Partial, format!("with only the claims undone, {} is still not mainnet's", proof.differing().join(", "))),
    }
}

/// Makes findings suspected that something speaks against although every clause is true: a deployed fix, the absence of every change that
/// brings the fault, or claims that do not make mainnet's commitments, neither alone nor with others. To be called once
/// the proofs of several findings are known.
pub(super) fn cap_contradicted(findings: &mut [Finding]) {
    for finding in findings.iter_mut().filter(|it| it.cause == CauseCertainty::Established) {
        let against = if finding.fix.iter().any(|it| it.contradiction() == Some(Contradiction::Certain)) {
            "an effective fix of it is deployed".to_owned()
        } else if bringing(&finding.brought_by) == Bringing::NowhereDeployed {
            let names = finding.brought_by.iter().map(|it| it.fix.name()).collect::<Vec<_>>().join(", ");
            format!("none of the changes known to bring it ({names}) is deployed")
        } else if let Some(proof) = finding.refuted() {
            let commitments = proof.differing().join(", ");
            format!("undoing what it claims does not give mainnet's {commitments}, so more differs there than it explains")
        } else {
            continue;
        };
        finding.because = format!("every clause is true, but {against}");
        finding.cause = CauseCertainty::Suspected;
    }
}

/// What to do. Nobody is told to deploy what is deployed, nor to look up what stands in the evidence.
fn steps(slug: &str, authored: &[Remediation], fixes: &[FixStatus], replay_is_told: impl Fn() -> bool) -> Vec<Remediation> {
    let cures: Vec<&FixStatus> = fixes.iter().filter(|it| it.fix.role == FixRole::Cure).collect();
    let all = |fixes: &[&FixStatus]| !fixes.is_empty() && fixes.iter().all(|it| it.overall() == Overall::Contained);
    let is_deployed = if cures.is_empty() { all(&fixes.iter().collect::<Vec<_>>()) } else { all(&cures) };
    let contradicted = fixes.iter().any(|it| it.contradiction() == Some(Contradiction::Certain));
    let report = contradicted.then(|| Remediation {
        safety: RemediationSafety::ReadOnly,
        kind: RemediationKind::Other,
        action: format!("An effective fix is deployed already: find out whether the fix misses this case or `{slug}` matches wrongly."),
    });
    let useful = |it: &&Remediation| match it.kind {
        RemediationKind::DeployFix => !(is_deployed || contradicted),
        RemediationKind::SeeReplay => !replay_is_told(),
        RemediationKind::Other => true,
    };
    report.into_iter().chain(authored.iter().filter(useful).cloned()).collect()
}

/// Whether Echonet's log tells how the block of the trigger came out when it was replayed.
fn tells_of_replay(scene: &CaseContext<'_>) -> bool {
    let Some((index, window)) = scene.facts.echonet_log.as_ref().zip(scene.case.window.as_ref()) else { return false };
    let (moments, _) = timeline::moments(index, window, scene.case.document.trigger.as_ref().map(|it| it.block));
    moments.iter().any(|(_, it)| matches!(it, Moment::ReplayMatches(_) | Moment::ReplayDiffers(_)))
}

/// Captures by name and the fields of the claimed items, each value once.
fn captures(holding: &[&Element], items: &[&LedgerItem]) -> BTreeMap<String, BTreeSet<String>> {
    let mut captures: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, group, value) in holding.iter().flat_map(|it| &it.captures) {
        captures.entry(group.clone()).or_default().insert(value.clone());
    }
    for item in items {
        let fields = [
            ("tx_hash", item.tx_hash.map(|it| it.to_string())),
            ("field", Some(item.field.clone()).filter(|it| !it.is_empty())),
            ("code", item.code.clone()),
            ("status", item.status.map(|it| it.to_string())),
            ("sender", item.sender.map(|it| it.to_string())),
            ("address", item.address.map(|it| it.to_string())),
            ("slot", item.slot.map(|it| it.to_string())),
            ("elsewhere", item.elsewhere.map(|it| it.to_string())),
            ("ours", item.ours.clone()),
            ("theirs", item.theirs.clone()),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                captures.entry(name.to_owned()).or_default().insert(value);
            }
        }
    }
    captures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::language::catalog::{Catalog, builtin};
    use crate::findings::{Deployed, Effectiveness, FixAnswer, FixReference, FixSignal, Found};

    fn catalog() -> Catalog {
        Catalog::new(&[builtin()]).unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    fn contained(fix: &FixReference, effective: Effectiveness) -> FixStatus {
        let answer = FixAnswer::Contained(Found { rung: FixSignal::Commit, commit: "abc".to_owned(), doubt: None });
        let deployed = vec![Deployed { place: "sequencer:v1".to_owned(), answer, lines: None }];
        FixStatus { fix: fix.clone(), deployed, parts: Vec::new(), effective }
    }

    #[test]
    fn nobody_is_told_to_deploy_what_is_deployed() {
        let mut dropped = 0;
        for (slug, rule) in &catalog().rules {
            let steps_of = |fixes: &[FixStatus]| steps(slug, &rule.file.remediation, fixes, || false);
            let deploys = |steps: &[Remediation]| steps.iter().filter(|it| it.kind == RemediationKind::DeployFix).count();
            let authored = deploys(&rule.file.remediation);
            assert_eq!(deploys(&steps_of(&[])), authored, "{slug}: what is not known to be deployed is to be deployed");
            if rule.file.fix.is_empty() {
                continue;
            }
            for effective in [Effectiveness::Yes, Effectiveness::No("it acts later".to_owned())] {
                let fixes: Vec<FixStatus> = rule.file.fix.iter().map(|it| contained(it, effective.clone())).collect();
                let steps = steps_of(&fixes);
                assert_eq!(deploys(&steps), 0, "{slug}");
                assert!(steps.iter().all(|it| !it.action.starts_with("Deploy")), "{slug}: a step that deploys is marked: {steps:?}");
                let contradicts = fixes.iter().any(|it| it.contradiction().is_some());
                assert_eq!(steps.iter().any(|it| it.action.contains("deployed already")), contradicts, "{slug}");
            }
            dropped += authored;
        }
        assert!(3 < dropped, "some rules say to deploy their fix");
    }

    #[test]
    fn nobody_is_told_to_look_up_a_replay_that_the_log_tells_of() {
        let mut dropped = 0;
        for (slug, rule) in &catalog().rules {
            let asks = |is_told: bool| {
                let steps = steps(slug, &rule.file.remediation, &[], || is_told);
                steps.iter().filter(|it| it.kind == RemediationKind::SeeReplay).count()
            };
            assert_eq!(asks(true), 0, "{slug}");
            let said = rule.file.remediation.iter().filter(|it| it.action.contains("whether the replay")).count();
            assert_eq!(asks(false), said, "{slug}: a step that looks at the replay is marked");
            dropped += said;
        }
        assert!(0 < dropped, "some rule says to look at the replay");
    }
}
