//! Which of the evidence that an answer rests on was not, or not wholly, seen.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::engine::language::compiled::{Basis, BlockPart, BlockReach};
use crate::facts::{Case, EvidenceName, EvidenceState};

/// What is missing for an answer about an element. Of the first diverging block everything is needed that the rule requires, for what
/// follows from a block that nobody saw cannot be told; of the element's own block too, where the answer is about that one.
pub(in crate::engine) fn find_gaps(case: &Case<'_>, basis: &Basis, item: &Value) -> BTreeSet<EvidenceName> {
    let subject = at(case, basis, case.document.subject.block, &case.document.coverage);
    let own = item.get("block").and_then(Value::as_u64).filter(|_| basis.reach == BlockReach::ItsBlockToo);
    let own = own.and_then(|it| Some((it, case.evidence_elsewhere.get(&it)?)));
    own.map(|(block, states)| &subject | &at(case, basis, Some(block), states)).unwrap_or(subject)
}

fn at(case: &Case<'_>, basis: &Basis, block: Option<u64>, states: &[EvidenceState]) -> BTreeSet<EvidenceName> {
    let lists_seen = || case.document.blocks.iter().any(|it| Some(it.number) == block && it.transaction_list.is_some());
    let matters = |name: EvidenceName| name != EvidenceName::OursBlock || basis.part == BlockPart::Whole || !lists_seen();
    let gaps = states.iter().filter(|it| it.gap.is_some()).map(|it| it.evidence);
    gaps.filter(|it| basis.names.contains(it) && matters(*it)).collect()
}

/// What each piece of evidence that a rule lacks is and how to get it: at the subject, or else at the first other block where it is
/// missing.
#[must_use]
pub(crate) fn states(case: &Case<'_>) -> Vec<EvidenceState> {
    let elsewhere = |name: EvidenceName| {
        let all = case.evidence_elsewhere.values().flatten();
        all.clone().find(|it| it.evidence == name && it.gap.is_some())
    };
    let state = |it: &EvidenceState| Some(it).filter(|it| it.gap.is_some()).or_else(|| elsewhere(it.evidence)).unwrap_or(it).clone();
    case.document.coverage.iter().map(state).collect()
}
