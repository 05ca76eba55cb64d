//! The documentation of a rule as a page: for a terminal, and for the book.

use crate::engine::language::clause::{Clause, LogClause, Pick, Test};
use crate::engine::language::rule::{Condition, RuleFile};
use crate::engine::language::value::word;
use crate::facts::EpochKind;
use crate::findings::{BringingChange, ChangeForm, FixReference, FixRole, REPOSITORY, RemediationSafety};

/// A page: a title and sections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulePage {
    /// Title.
    pub title: String,
    /// Sections that have something to say.
    pub sections: Vec<PageSection>,
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageSection {
    /// Heading.
    pub heading: &'static str,
    /// Paragraphs.
    pub paragraphs: Vec<String>,
    /// A list behind them.
    pub points: Vec<String>,
}

/// The page of a rule.
#[must_use]
pub fn page(rule: &RuleFile) -> RulePage {
    let list = |heading, points: Vec<String>| PageSection { heading, paragraphs: Vec::new(), points };
    let description = rule.description.trim().split("\n\n").map(|it| it.replace('\n', " ")).collect();
    let code = rule
        .code
        .iter()
        .map(|it| &it.value)
        .map(|it| if it.symbol.is_empty() { it.path.clone() } else { format!("{}: {}", it.path, it.symbol) });
    let remediation = rule.remediation.iter().map(|it| match it.safety {
        RemediationSafety::ReadOnly => format!("read-only: {}", it.action),
        RemediationSafety::NeedsApproval => format!("needs approval: {}", it.action),
    });
    let mut sections = vec![
        list("At a glance", glance(rule)),
        PageSection { heading: "What happens", paragraphs: description, points: Vec::new() },
        list("What it looks at", rule.clauses.iter().map(|(name, it)| clause(name, &it.value)).collect()),
        list("When it holds", conditions(rule)),
        list("Evidence that it needs", rule.requires.iter().map(|it| format!("{}: {}", it.evidence.name(), it.why)).collect()),
        list("Look-alikes", rule.false_positives.clone()),
        list("What to do", remediation.collect()),
        list("Fixes", rule.fix.iter().map(fix).collect()),
        list("What brings it", rule.brought_by.iter().map(brought).collect()),
        list("Where the fault lives", code.collect()),
        list("References", references(rule)),
    ];
    sections.retain(|it| !it.paragraphs.is_empty() || !it.points.is_empty());
    RulePage { title: format!("{}: {}", rule.slug.value, rule.title), sections }
}

impl RulePage {
    /// As Markdown, with the title as a heading of this level.
    #[must_use]
    pub fn markdown(&self, level: usize) -> String {
        let mut text = format!("{} {}\n", "#".repeat(level), escaped(&self.title));
        for section in &self.sections {
            text.push_str(&format!("\n{} {}\n\n", "#".repeat(level.saturating_add(1)), section.heading));
            text.push_str(&section.paragraphs.iter().map(|it| format!("{}\n", escaped(it))).collect::<Vec<_>>().join("\n"));
            text.extend(section.points.iter().map(|it| format!("- {}\n", escaped(it))));
        }
        text
    }

    /// As text for a terminal of this width.
    #[must_use]
    pub(crate) fn text(&self, width: usize) -> String {
        let mut text = textwrap::fill(&shown(&self.title), width);
        text.push('\n');
        for section in &self.sections {
            text.push_str(&format!("\n{}\n", section.heading.to_uppercase()));
            for paragraph in &section.paragraphs {
                let options = textwrap::Options::new(width).initial_indent("  ").subsequent_indent("  ");
                text.push_str(&format!("{}\n", textwrap::fill(&shown(paragraph), options)));
            }
            for point in &section.points {
                let options = textwrap::Options::new(width).initial_indent("  - ").subsequent_indent("    ");
                text.push_str(&format!("{}\n", textwrap::fill(&shown(point), options)));
            }
        }
        text
    }
}

/// A rule can come from anybody: nothing in it may steer a terminal.
fn shown(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}

/// Nothing in a rule may become markup, but what it says in back-ticks stays so.
fn escaped(text: &str) -> String {
    let mut in_code = false;
    let mut escaped = String::new();
    for character in shown(text).chars() {
        match character {
            '`' => {
                in_code = !in_code;
                escaped.push(character);
            }
            '<' if !in_code => escaped.push_str("&lt;"),
            '*' | '_' | '[' | ']' | '|' | '#' | '\\' if !in_code => escaped.extend(['\\', character]),
            other => escaped.push(other),
        }
    }
    escaped
}

/// What the rule names, and the pull requests of its fixes.
fn references(rule: &RuleFile) -> Vec<String> {
    let mut all = rule.references.clone();
    let brought = rule.brought_by.iter().flat_map(|it| it.sought().all_prs());
    for pr in rule.fix.iter().flat_map(FixReference::all_prs).chain(brought) {
        let link = format!("{REPOSITORY}/pull/{pr}");
        if !all.contains(&link) {
            all.push(link);
        }
    }
    all
}

fn case_words(kind: EpochKind) -> &'static str {
    match kind {
        EpochKind::Resync => "a resync",
        EpochKind::Divergence => "a divergence without a resync",
        EpochKind::Stall => "a stall",
        EpochKind::Running => "an epoch that still runs",
    }
}

fn glance(rule: &RuleFile) -> Vec<String> {
    let triggers: Vec<&str> = rule.applies_to.trigger.iter().map(|it| it.name()).collect();
    let mut points = vec![
        format!("id: {}", rule.id.value),
        format!("status: {}, severity: {}, category: {}", word(&rule.status), word(&rule.severity), word(&rule.category)),
        format!("owner: {}", rule.owner),
        format!("tried on: {}", rule.applies_to.case.iter().map(|it| case_words(*it)).collect::<Vec<_>>().join(", ")),
        format!("triggers: {}", if triggers.is_empty() { "any".to_owned() } else { triggers.join(", ").replace('_', " ") }),
    ];
    if let Some(path) = rule.for_each.as_ref().and_then(|it| rule.lets.get(&it.value)) {
        points.push(format!("explains each of: `{}`", path.value));
    }
    if let Some(undo) = rule.claims.undo {
        points.push(format!("proof: {} in our block, and mainnet's commitments come out", undo.name().replace('_', " ")));
    }
    points.push(format!("says: {}", rule.finding.summary.value));
    for other in &rule.finding.instead {
        points.push(format!("says where `{}` holds: {}. {}", other.clause.value, other.title, other.summary.value));
    }
    points
}

fn clause(name: &str, clause: &Clause) -> String {
    let mut words = Vec::new();
    match clause {
        Clause::Each(it) => {
            words.push(format!("elements of `{}`", it.each.value));
            let wheres: Vec<String> = it.wheres.iter().map(|(field, it)| format!("`{field}` {}", test(&it.value))).collect();
            if !wheres.is_empty() {
                words.push(format!("in which {}", wheres.join(" and ")));
            }
            words.extend(bounds(it.at_least, it.at_most));
            if it.every {
                words.push("every one".to_owned());
            }
        }
        Clause::Value(it) => words.push(format!("`{}` {}", it.path.value, test(&it.is.value))),
        Clause::Log(it) => words.extend(log_words(it)),
        Clause::Script(it) => words.push(format!("`{}`", it.rhai.value)),
    }
    let why = clause.why().map(|it| format!(" ({it})")).unwrap_or_default();
    format!("`{name}`: {}{why}", words.join(", "))
}

fn log_words(clause: &LogClause) -> Vec<String> {
    let log = &clause.log;
    let logger = log.logger.as_ref().map(|it| format!(" of `{}`", it.value)).unwrap_or_default();
    let which = if log.pick == Pick::Last { "the last" } else { "a" };
    let mut words = vec![format!("{which} line{logger} in the log of {} that matches `{}`", word(&log.source), log.regex.value)];
    words.extend(clause.join.iter().map(|(group, it)| format!("whose `{group}` is `{}`", it.value)));
    words.extend(clause.after.iter().map(|it| format!("after `{}`", it.value)));
    words.extend(clause.before.iter().map(|it| format!("before `{}`", it.value)));
    words.extend(clause.before_next.iter().map(|it| format!("before the next line of `{}`", it.value)));
    words.extend(clause.within.iter().map(|it| format!("no farther than {} away", it.value)));
    words.extend(bounds(clause.at_least, clause.at_most));
    words.extend(clause.per.iter().map(|it| format!("in {}", it.value)));
    words
}

fn bounds(at_least: Option<u64>, at_most: Option<u64>) -> impl Iterator<Item = String> {
    at_least.map(|it| format!("at least {it}")).into_iter().chain(at_most.map(|it| format!("at most {it}")))
}

fn test(test: &Test) -> String {
    let mut words = Vec::new();
    words.extend(test.equals.iter().map(|it| format!("is {it}")));
    words.extend(test.not_equals.iter().map(|it| format!("is not {it}")));
    words.extend(test.one_of.iter().map(|all| format!("is one of {}", all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))));
    words.extend(test.same_as.iter().map(|it| format!("is `{}`", it.value)));
    words.extend(test.differs_from.iter().map(|it| format!("is not `{}`", it.value)));
    words.extend(test.less_than.iter().map(|it| format!("is less than {it}")));
    words.extend(test.at_least.iter().map(|it| format!("is {it} or more")));
    words.extend(test.matches.iter().map(|it| format!("matches `{}`", it.value)));
    words.extend(test.exists.map(|it| if it { "is there".to_owned() } else { "is not there".to_owned() }));
    words.join(" and ")
}

fn conditions(rule: &RuleFile) -> Vec<String> {
    let mut points = vec![format!("when {}", condition(&rule.when))];
    points.extend(rule.unless.iter().map(|it| format!("unless {}", condition(it))));
    if !rule.corroborate.is_empty() {
        let names: Vec<String> = rule.corroborate.iter().map(|it| format!("`{}`", it.value)).collect();
        points.push(format!("only suspected without {}", names.join(", ")));
    }
    points
}

fn condition(condition: &Condition) -> String {
    let names: Vec<String> = condition.clauses().iter().map(|it| format!("`{}`", it.value)).collect();
    match condition {
        Condition::All(_) => names.join(" and "),
        Condition::Any(_) => names.join(" or "),
        Condition::NoneOf(_) => format!("none of {}", names.join(", ")),
    }
}

fn fix(fix: &FixReference) -> String {
    let mut words = change(fix);
    words.extend(fix.effective_when.iter().map(|it| format!("takes effect when {it}")));
    words.extend(match fix.role {
        FixRole::Cure => None,
        FixRole::Mitigation => Some("mitigates only".to_owned()),
        FixRole::Prerequisite => Some("another fix needs it".to_owned()),
    });
    words.push(fix.note.clone());
    words.retain(|it| !it.is_empty());
    words.join("; ")
}

fn brought(it: &BringingChange) -> String {
    let mut words = change(&it.sought());
    words.push(it.note.clone());
    words.retain(|it| !it.is_empty());
    words.join("; ")
}

/// What a change is found by: the whole, then its other forms, then its parts.
fn change(fix: &FixReference) -> Vec<String> {
    let named = |prs: &[u64], commits: &[String]| {
        let prs = prs.iter().map(|it| format!("PR {it}"));
        prs.chain(commits.iter().filter_map(|it| it.get(..10)).map(str::to_owned)).collect::<Vec<_>>().join(", ")
    };
    let form = |it: &ChangeForm| {
        let note = if it.note.is_empty() { String::new() } else { format!(" ({})", it.note) };
        format!("{}{note}", named(&it.prs, &it.commits))
    };
    let mut words = vec![word(&fix.component), named(&fix.prs, &fix.commits)];
    words.extend(fix.any_of.iter().map(|it| format!("or as {}", form(it))));
    let parts: Vec<String> = fix.all_of.iter().map(form).collect();
    words.push(if parts.is_empty() { String::new() } else { format!("only all of: {}", parts.join(" and ")) });
    words
}
