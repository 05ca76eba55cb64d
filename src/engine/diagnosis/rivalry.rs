//! Finds findings that claim the same, and what each of them rests on that the other does not.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::decide::evaluate::{Element, Evaluated};
use crate::findings::{Explains, Finding, Ground, Rival, Rivalry, Ternary};

/// Every pair of findings of an episode that claim the same items and say the same kind of thing of them. A finding that names only the
/// class of an item is no rival of one that says why. `held` are the rules that hold, by slug.
pub(super) fn find_rivalries(findings: &[Finding], held: &BTreeMap<String, Evaluated>) -> Vec<Rivalry> {
    let mut rivalries = Vec::new();
    for (position, one) in findings.iter().enumerate() {
        let claims: BTreeSet<&String> = one.claims.iter().collect();
        for other in findings.iter().skip(position.saturating_add(1)) {
            let items: Vec<String> = other.claims.iter().filter(|it| claims.contains(it)).cloned().collect();
            let Some(item) = items.first() else { continue };
            if one.explains != other.explains || one.explains == Explains::Nothing || one.scope != other.scope {
                continue;
            }
            let [ours, theirs] = [one, other].map(|it| grounds(it, held, item));
            let only = |mine: &[Ground], against: &[Ground]| {
                let shared: BTreeSet<&str> = against.iter().map(|it| it.because.as_str()).collect();
                mine.iter().filter(|it| !shared.contains(it.because.as_str())).cloned().collect()
            };
            let rivals = [
                Rival { rule: one.rule.clone(), rests_on: only(&ours, &theirs) },
                Rival { rule: other.rule.clone(), rests_on: only(&theirs, &ours) },
            ];
            rivalries.push(Rivalry { episode: one.episode, items, rivals });
        }
    }
    rivalries
}

/// The clauses that hold for an item, with what decided them.
fn grounds(finding: &Finding, held: &BTreeMap<String, Evaluated>, item: &str) -> Vec<Ground> {
    let elements = held.get(&finding.rule).map(|it| it.elements.as_slice()).unwrap_or_default();
    let of_item = |it: &&Element| it.truth == Ternary::True && it.item.as_deref() == Some(item);
    let clauses = elements.iter().find(of_item).map_or(&finding.clauses, |it| &it.clauses);
    let holds = clauses.iter().filter(|it| it.truth == Ternary::True);
    holds.map(|it| Ground { clause: it.clause.clone(), because: it.because.clone() }).collect()
}
