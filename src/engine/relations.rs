//! Who wins where two rules explain the same.

use std::collections::{BTreeMap, BTreeSet};

use super::compiled::Rule;
use super::path::suggestion;
use crate::findings::Finding;

/// What is wrong with how rules stand to each other: the rule, and the message with a way out.
pub(super) fn problems(rules: &BTreeMap<String, Rule>) -> Vec<(String, String, Option<String>)> {
    let mut found = Vec::new();
    let known: Vec<String> = rules.keys().cloned().collect();
    for (slug, rule) in rules {
        let related = &rule.file.related;
        for other in related.supersedes.iter().chain(&related.differential).map(|it| &it.value) {
            if !rules.contains_key(other) {
                found.push((slug.clone(), format!("`related` names `{other}`, which is no rule"), suggestion(other, &known)));
            }
        }
        if reaches(rules, slug, slug) {
            let help = Some("two rules cannot each win over the other".to_owned());
            found.push((slug.clone(), format!("`{slug}` supersedes itself, if only through others"), help));
        }
    }
    found
}

/// Whether `from` supersedes `to`, if only through others.
fn reaches(rules: &BTreeMap<String, Rule>, from: &str, to: &str) -> bool {
    let mut open = vec![from];
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    while let Some(slug) = open.pop() {
        let Some(rule) = rules.get(slug) else { continue };
        for next in rule.file.related.supersedes.iter().map(|it| it.value.as_str()) {
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

/// Drops each finding whose every claim is also claimed by a finding of a rule that supersedes its rule.
pub(super) fn drop_superseded(findings: &mut Vec<Finding>, rules: &BTreeMap<String, Rule>) {
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
