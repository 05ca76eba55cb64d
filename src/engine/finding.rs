//! Turns a rule that holds into a finding: claims, certainty, words and fixes.

use std::collections::{BTreeMap, BTreeSet};

use super::anchors;
use super::compiled::{Basis, BlockPart, Reach, Rule};
use super::evaluate::{Element, Evaluated, Scene};
use super::evidence_gaps;
use super::words;
use crate::facts::consequence;
use crate::facts::counterfactual::{self, Claim, Counterfactual};
use crate::facts::{EvidenceName, LedgerItem, Role, Undo};
use crate::findings::{Certainty, Explains, Finding, FixStatus, Proof, ProofRow, Scope, Truth};

/// The finding of a rule, if it holds for any element.
#[must_use]
pub fn of(rule: &Rule, scene: &Scene<'_>, evaluated: &Evaluated) -> Option<Finding> {
    let holding: Vec<&Element> = evaluated.elements.iter().filter(|it| it.truth == Truth::True).collect();
    let first = holding.first()?;
    let explains = rule.file.explains;
    let claims = claims(rule, &holding);
    let items: Vec<&LedgerItem> = scene.case.document.ledger.iter().filter(|it| claims.contains(&it.id)).collect();
    let at = items.iter().map(|it| it.block).min();
    let block = if explains == Explains::Nothing { at.or(scene.case.document.subject.block).unwrap_or_default() } else { at? };
    let proof = rule.file.claims.undo.map(|undo| proof(scene, undo, &items));
    let (certainty, mut because) = certainty(rule, scene, &holding, proof.as_ref());
    because.push_str(&by_execution(scene, &claims));
    let captures = captures(&holding, &items);
    let version = scene.case.document.subject.starknet_version.as_deref();
    let mut fixes: Vec<FixStatus> = rule.file.fix.iter().map(|it| scene.fixes.status(it, version)).collect();
    // What contradicts the finding comes first, then cures: short forms show the first fix only.
    fixes.sort_by_key(|it| (it.contradiction().is_none(), it.contradiction(), it.fix.role));
    Some(Finding {
        rule: rule.file.slug.value.clone(),
        rule_id: rule.file.id.value.clone(),
        title: rule.file.title.clone(),
        category: rule.file.category,
        severity: rule.file.severity,
        certainty,
        because,
        scope: match explains {
            Explains::Cause | Explains::Class if items.iter().any(|it| matches!(it.role, Role::Cause | Role::Potential)) => {
                Scope::RootCause
            }
            _ => Scope::Consequence,
        },
        explains,
        episode: scene.case.episode.number,
        block,
        summary: words::fill(&rule.file.finding.summary.value, block, items.len(), &captures),
        claims: if explains == Explains::Nothing { Vec::new() } else { items.iter().map(|it| it.id.clone()).collect() },
        captures: captures.into_iter().map(|(name, values)| (name, values.into_iter().collect::<Vec<_>>().join(", "))).collect(),
        clauses: first.clauses.clone(),
        proof,
        fix: fixes,
        code: rule.file.code.iter().map(|it| anchors::status(scene.facts.bundle, &it.value)).collect(),
        remediation: rule.file.remediation.clone(),
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
        let counts = |clause: &str| rule.file.clauses.get(clause).and_then(|it| it.value.each.as_ref()).is_some_and(|it| it.value == *name);
        let bound = holding.iter().flat_map(|it| &it.bound).filter(|(clause, _)| counts(clause));
        claims.extend(bound.flat_map(|(_, ids)| ids.iter().cloned()));
    }
    claims
}

fn proof(scene: &Scene<'_>, undo: Undo, items: &[&LedgerItem]) -> Proof {
    let claims = [Claim { undo, items: items.to_vec() }];
    of_counterfactual(undo.words(), counterfactual::attempt(scene.facts.bundle, scene.case, &claims))
}

/// A counterfactual in the form in which people see it.
pub(super) fn of_counterfactual(undo: String, counterfactual: Counterfactual) -> Proof {
    let row = |it: counterfactual::Row| ProofRow {
        block: it.block,
        commitment: it.commitment.to_owned(),
        ours: it.ours,
        undone: it.undone,
        theirs: it.theirs,
    };
    Proof { undo, rows: counterfactual.rows.into_iter().map(row).collect(), obstacle: counterfactual.obstacle }
}

/// How many state entries are laid to the claims by execution, which nothing repeats; empty if none is.
fn by_execution(scene: &Scene<'_>, claims: &BTreeSet<String>) -> String {
    let ledger = &scene.case.document.ledger;
    let claimed: Vec<&LedgerItem> = ledger.iter().filter(|it| claims.contains(&it.id)).collect();
    let rests = |it: &&LedgerItem| {
        let ours = scene.case.episode.ours.get(&it.block).and_then(|it| it.block.value());
        it.kind.is_state() && it.role == Role::Consequence && claimed.iter().any(|cause| consequence::may_change(cause, it, ours))
    };
    match scene.case.document.ledger.iter().filter(rests).count() {
        0 => String::new(),
        1 => "; one state entry is laid to their execution, which is not repeated".to_owned(),
        count => format!("; {count} state entries are laid to their execution, which is not repeated"),
    }
}

/// How sure the finding is, and why.
fn certainty(rule: &Rule, scene: &Scene<'_>, holding: &[&Element], proof: Option<&Proof>) -> (Certainty, String) {
    if let Some(proof) = proof.filter(|it| it.is_closed()) {
        return (Certainty::Proved, format!("undoing only the claims reproduces mainnet's {}", proof.commitments().join(", ")));
    }
    let uncorroborated: BTreeSet<&str> = holding.iter().flat_map(|it| &it.uncorroborated).map(String::as_str).collect();
    if !uncorroborated.is_empty() {
        return (Certainty::Suspected, format!("not corroborated: {}", uncorroborated.into_iter().collect::<Vec<_>>().join(", ")));
    }
    let required: BTreeSet<EvidenceName> = rule.file.requires.iter().map(|it| it.evidence).collect();
    let basis = Basis { names: required, reach: Reach::ItsBlockToo, part: BlockPart::Whole };
    let missing: BTreeSet<EvidenceName> = holding.iter().flat_map(|it| evidence_gaps::of(scene.case, &basis, &it.fields)).collect();
    let gaps: Vec<&str> = missing.into_iter().map(EvidenceName::name).collect();
    if gaps.is_empty() {
        (Certainty::Established, "every clause is true on complete evidence".to_owned())
    } else {
        (Certainty::Suspected, format!("not wholly seen: {}", gaps.join(", ")))
    }
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

/// Names that a summary may use besides the captures of the rule's clauses.
pub(super) const SUMMARY_NAMES: [&str; 12] =
    ["block", "count", "tx_hash", "field", "code", "status", "sender", "address", "slot", "elsewhere", "ours", "theirs"];
