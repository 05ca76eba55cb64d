//! The test file of a drafted rule: what it says now of its base, and near misses that the evaluator has been asked about.

use super::coverage_report::word;
use super::draft_rule::quoted;
use super::test_patch::{Patch, patched};
use crate::engine::decide::evaluate::{Evaluated, Outcome, Trial};
use crate::engine::decide::prepared::Prepared;
use crate::engine::language::compiled::{ClauseKind, Rule};
use crate::engine::language::log_hits::Patterns;
use crate::engine::language::script::Interpreter;
use crate::evidence::Bundle;
use crate::findings::Ternary;

const FIRST_LINE: &str = "# yaml-language-server: $schema=schemas/rule-test.schema.json";

/// Writes the test file. `base_name` is the base's path beside it; `elsewhere` are bundles of scenarios by name, made with seed 1, of which
/// the first for which the rule does not hold becomes a near miss.
#[must_use]
pub(crate) fn test_file(rule: &Rule, base: &Bundle, base_name: &str, elsewhere: &[(&str, Bundle)], interpreter: &Interpreter) -> String {
    let Ok(patterns) = Patterns::new(std::iter::once(rule)) else { return String::new() };
    let decide = |bundle: &Bundle| Prepared::new(bundle, &patterns).decide(rule, interpreter, Trial::WithExperimental);
    let slug = &rule.file.slug.value;
    let mut body = format!("{FIRST_LINE}\nschema: whysync.rule-test/v1\nrule: {slug}\nbase: {{bundle: {base_name}}}\ncases:\n");
    let outcomes = decide(base);
    let holds = |outcome: &Outcome| matches!(outcome, Outcome::Evaluated(it) if it.truth() == Ternary::True);
    let Some((episode, Outcome::Evaluated(evaluated))) = outcomes.iter().find(|(_, it)| holds(it)) else { return body };
    let place = base.episodes.iter().position(|it| it.number == *episode).unwrap_or_default();
    body.push_str(&format!(
        "  - name: the saved incident\n    expect:\n      episode: {episode}\n      holds: yes\n      claims: [{}]\n      clauses: {{{}}}\n",
        claims(evaluated).join(", "),
        clauses(evaluated).join(", ")
    ));
    let near = |outcomes: &[(u32, Outcome)], episode: u32| {
        let outcome = outcomes.iter().find(|(number, _)| *number == episode).map(|(_, it)| it)?;
        match outcome {
            Outcome::NotApplicable => Some("not_applicable".to_owned()),
            Outcome::Evaluated(it) if it.truth() == Ternary::False => Some("no".to_owned()),
            Outcome::Evaluated(it) if it.truth() == Ternary::Unknown => {
                let missing: Vec<&str> = it.missing().iter().map(|it| it.name()).collect();
                Some(format!("unknown, missing: [{}]", missing.join(", ")))
            }
            Outcome::Evaluated(_) | Outcome::Broken(_) => None,
        }
    };
    for (scenario, bundle) in elsewhere {
        if let Some(answer) = near(&decide(bundle), 1).filter(|it| !it.starts_with("unknown")) {
            body.push_str(&format!("  - name: {scenario} is another pattern\n    base: {{simulate: {{scenario: {scenario}, seed: 1}}}}\n"));
            body.push_str(&format!("    expect: {{holds: {answer}}}\n"));
            break;
        }
    }
    for (name, text, patch) in misses(rule, place) {
        let changed = serde_json::to_value(base).ok().and_then(|it| patched(it, &[patch], *episode).ok());
        if let Some(answer) = changed.and_then(|it| near(&decide(&it), *episode)) {
            body.push_str(&format!("  - name: {name}\n    patch: [{{{text}}}]\n    expect: {{episode: {episode}, holds: {answer}}}\n"));
        }
    }
    body
}

/// Kinds of the ledger items that the rule claims.
fn claims(evaluated: &Evaluated) -> Vec<String> {
    let holding = evaluated.elements.iter().filter(|it| it.truth == Ternary::True).filter_map(|it| it.item.as_ref());
    holding.map(|it| it.split('/').nth(1).unwrap_or_default().to_owned()).collect()
}

/// How the clauses come out for the first element.
fn clauses(evaluated: &Evaluated) -> Vec<String> {
    let first = evaluated.elements.iter().take(1).flat_map(|it| &it.clauses);
    first.map(|it| format!("{}: {}", it.clause, word(it.truth))).collect()
}

/// Changes after which the rule should no longer hold: name, text, and patch of each.
fn misses(rule: &Rule, place: usize) -> Vec<(String, String, Patch)> {
    let mut found = Vec::new();
    for clause in rule.clauses() {
        let ClauseKind::Log(log) = &clause.kind else { continue };
        let pattern = log.pattern.as_str().trim_start_matches('^').to_owned();
        found.push((
            format!("without the line of {}", clause.name),
            format!("drop_log_lines: {}", quoted(&pattern)),
            Patch::DropLogLines(pattern),
        ));
    }
    for (name, pointer) in [
        ("without our block", format!("/episodes/{place}/ours/{{subject}}/block")),
        ("without mainnet's block", "/theirs/{subject}/block".to_owned()),
        ("without the log", "/logs/echonet".to_owned()),
    ] {
        found.push((name.to_owned(), format!("forget: \"{pointer}\""), Patch::Forget(pointer)));
    }
    found
}
