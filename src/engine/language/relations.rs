//! Who wins where two rules explain the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::Spanned;

use super::compiled::Rule;
use super::path::suggestion;
use crate::findings::{Finding, Scope};

/// What is wrong with how a rule stands to others: where, and the message with a way out.
pub(super) struct Mistake<'r> {
    pub(in crate::engine) slug: &'r str,
    pub(in crate::engine) place: &'r Spanned<String>,
    pub(in crate::engine) message: String,
    pub(in crate::engine) help: Option<String>,
}

/// Every such mistake.
pub(super) fn problems(rules: &BTreeMap<String, Rule>) -> Vec<Mistake<'_>> {
    let mut found = Vec::new();
    let known: Vec<String> = rules.keys().cloned().collect();
    for (slug, rule) in rules {
        let related = &rule.file.related;
        for place in related.supersedes.iter().chain(&related.cascade).chain(&related.differential) {
            if !rules.contains_key(&place.value) {
                let message = format!("`related` names `{}`, which is not a rule", place.value);
                found.push(Mistake { slug, place, message, help: suggestion(&place.value, &known) });
            }
        }
        for (verb, list) in [("supersedes", supersedes as RelationList), ("follows from", cascade)] {
            if let Some(place) = list(rule).iter().find(|it| it.value == *slug || reaches(rules, &it.value, slug, list)) {
                let help = Some("of two rules only one can come before the other".to_owned());
                found.push(Mistake { slug, place, message: format!("`{slug}` {verb} itself, if only through others"), help });
            }
        }
    }
    found
}

type RelationList = fn(&Rule) -> &[Spanned<String>];

fn supersedes(rule: &Rule) -> &[Spanned<String>] {
    &rule.file.related.supersedes
}

fn cascade(rule: &Rule) -> &[Spanned<String>] {
    &rule.file.related.cascade
}

/// Whether one of these lists leads from `from` to `to`, if only through others.
fn reaches(rules: &BTreeMap<String, Rule>, from: &str, to: &str, list: RelationList) -> bool {
    let mut open = vec![from];
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    while let Some(slug) = open.pop() {
        let Some(rule) = rules.get(slug) else { continue };
        for next in list(rule).iter().map(|it| it.value.as_str()) {
            if next == to {
                return true;
            }
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    false
}

/// Makes a consequence of each finding whose rule another finding's rule names under `cascade`, at its block or later.
pub(in crate::engine) fn mark_cascades(findings: &mut [Finding], rules: &BTreeMap<String, Rule>) {
    let mut begins: BTreeMap<&str, u64> = BTreeMap::new();
    for finding in findings.iter().filter(|it| it.scope == Scope::RootCause) {
        for follower in rules.get(&finding.rule).map(cascade).unwrap_or_default() {
            let begin = begins.entry(&follower.value).or_insert(finding.block);
            *begin = finding.block.min(*begin);
        }
    }
    for finding in findings.iter_mut().filter(|it| begins.get(it.rule.as_str()).is_some_and(|begin| it.block >= *begin)) {
        finding.scope = Scope::Consequence;
    }
}

/// Drops each finding whose every claim is also claimed by a finding of a rule that supersedes its rule.
pub(in crate::engine) fn drop_superseded(findings: &mut Vec<Finding>, rules: &BTreeMap<String, Rule>) {
    let mut winning: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in findings.iter() {
        let Some(rule) = rules.get(&finding.rule) else { continue };
        for loser in &rule.file.related.supersedes {
            winning.entry(loser.value.clone()).or_default().extend(finding.claims.iter().cloned());
        }
    }
    findings.retain(|finding| {
        let won = winning.get(&finding.rule);
        finding.claims.is_empty() || !won.is_some_and(|won| finding.claims.iter().all(|it| won.contains(it)))
    });
}
