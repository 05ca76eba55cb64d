//! Tries the proofs of several findings together: two causes in one block leave each other's difference over.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::of_counterfactual;
use crate::engine::decide::evaluate::CaseContext;
use crate::engine::language::compiled::Rule;
use crate::facts::LedgerItem;
use crate::facts::counterfactual::{self, Claim};
use crate::findings::{ClaimExtent, Finding, JointProof};

/// So many sets of findings are tried at most: each is a block to hash.
const TRIED_AT_MOST: usize = 32;

/// So many findings of an episode are looked at, in the order of their rules: sets of them grow fast.
const FINDINGS_AT_MOST: usize = 12;

/// So many findings at most are tried together.
const TOGETHER_AT_MOST: usize = 4;

/// The smallest sets of findings that together make mainnet's commitments where one of them alone does not.
#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
pub(super) fn compose(scene: &CaseContext<'_>, findings: &[Finding], rules: &BTreeMap<String, Rule>) -> Vec<JointProof> {
    let parts: Vec<ProofPart<'_>> =
        findings.iter().filter_map(|it| ProofPart::from_finding(scene, it, rules)).take(FINDINGS_AT_MOST).collect();
    let mut joint: Vec<JointProof> = Vec::new();
    let mut tried = 0;
    for together in 2..=TOGETHER_AT_MOST.min(parts.len()) {
        for set in subsets(parts.len(), together) {
            let set: Vec<&ProofPart<'_>> = set.into_iter().filter_map(|it| parts.get(it)).collect();
            let needless =
                !share_a_block(&set) || set.iter().all(|it| it.is_closed) || repeats_items(&set) || joint.iter().any(|it| covers(&set, it));
            if needless || tried == TRIED_AT_MOST {
                continue;
            }
            tried += 1;
            let claims: Vec<Claim<'_>> = set.iter().map(|it| it.claim.clone()).collect();
            let undo: Vec<String> = claims.iter().map(|it| it.undo.words()).collect();
            let proof = of_counterfactual(undo.join(", "), counterfactual::attempt(scene.facts.bundle, scene.case, &claims));
            if proof.is_closed() {
                let rules = set.iter().map(|it| it.slug.clone()).collect();
                joint.push(JointProof { episode: scene.case.episode.number, rules, proof });
            }
        }
    }
    joint
}

/// Raises the extent of the findings that are proved together to `proved`. What they know of the cause is no surer for it.
pub(super) fn raise(findings: &mut [Finding], joint: &[JointProof]) {
    for closed in joint {
        for finding in findings.iter_mut().filter(|it| closed.rules.contains(&it.rule) && it.extent != ClaimExtent::Proved) {
            let others: Vec<&str> = closed.rules.iter().map(String::as_str).filter(|it| *it != finding.rule).collect();
            finding.extent = ClaimExtent::Proved;
            finding.extent_because = format!(
                "undoing only the claims of this and of {} together reproduces mainnet's {}",
                others.join(" and "),
                closed.proof.commitments().join(", ")
            );
        }
    }
}

/// A finding whose claims can be undone.
struct ProofPart<'l> {
    slug: String,
    claim: Claim<'l>,
    blocks: BTreeSet<u64>,
    is_closed: bool,
}

impl<'l> ProofPart<'l> {
    fn from_finding(scene: &CaseContext<'l>, finding: &Finding, rules: &BTreeMap<String, Rule>) -> Option<Self> {
        let undo = rules.get(&finding.rule)?.file.claims.undo?;
        let proof = finding.proof.as_ref().filter(|it| !it.rows.is_empty())?;
        let claims: BTreeSet<&str> = finding.claims.iter().map(String::as_str).collect();
        let items: Vec<&LedgerItem> = scene.case.document.ledger.iter().filter(|it| claims.contains(it.id.as_str())).collect();
        Some(Self {
            slug: finding.rule.clone(),
            claim: Claim { undo, items },
            blocks: proof.rows.iter().map(|it| it.block).collect(),
            is_closed: proof.is_closed(),
        })
    }
}

/// Whether there is a block that all of them touch.
fn share_a_block(set: &[&ProofPart<'_>]) -> bool {
    let Some((first, others)) = set.split_first() else { return false };
    first.blocks.iter().any(|it| others.iter().all(|other| other.blocks.contains(it)))
}

/// Whether two of them claim the same item: then they are rivals, and undoing it twice adds nothing.
fn repeats_items(set: &[&ProofPart<'_>]) -> bool {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    !set.iter().flat_map(|it| &it.claim.items).all(|it| seen.insert(&it.id))
}

/// Whether a closed proof needs only findings of this set.
fn covers(set: &[&ProofPart<'_>], closed: &JointProof) -> bool {
    closed.rules.iter().all(|slug| set.iter().any(|it| it.slug == *slug))
}

/// Every subset of `size` of the numbers below `of`, in order.
fn subsets(of: usize, size: usize) -> Vec<Vec<usize>> {
    let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..size {
        let next = |set: &Vec<usize>| set.last().map_or(0, |it| it.saturating_add(1));
        sets = sets.iter().flat_map(|set| (next(set)..of).map(move |it| [set.as_slice(), &[it]].concat())).collect();
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::subsets;

    #[test]
    fn subsets_come_in_order_and_once() {
        assert_eq!(subsets(3, 2), [vec![0, 1], vec![0, 2], vec![1, 2]]);
        assert_eq!(subsets(2, 3), Vec::<Vec<usize>>::new());
    }
}
