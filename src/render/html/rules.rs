//! Why rules hold or not: their conditions with every clause, and the log lines that decided them.

use maud::{Markup, html};

use super::{HtmlPage, left_out};
use crate::findings::{
    ConditionOutcome, ConditionPart, ExcerptLine, Finding, Joined, LinePlace, LogExcerpt, RuleOutcome, RuleTree, Ternary,
};
use crate::render::phrases;

impl HtmlPage<'_> {
    /// Rules that are no findings but came close.
    pub(super) fn close_rules(&self) -> Markup {
        let close: Vec<&RuleTree> = self.outline.close_rules();
        html! {
            @if !close.is_empty() {
                section.appendix #close aria-labelledby="close-title" {
                    h2 #close-title { "Rules that came close" }
                    @for tree in close {
                        details.card {
                            summary {
                                code { (self.words.text(&tree.rule)) } " " (self.prose(&tree.title)) " "
                                span.badge.(outcome_tone(tree.outcome)) { (phrases::rule_outcome(tree.outcome)) } " "
                                span.faint { (tree.met[0]) " of " (tree.met[1]) " requirements met" }
                            }
                            (self.tree(tree))
                        }
                    }
                }
            }
        }
    }

    /// The tree of a finding's rule.
    pub(super) fn tree_of(&self, finding: &Finding) -> Option<&RuleTree> {
        let trees = &self.outline.diagnosis.exhibits.rules;
        trees.iter().find(|it| it.outcome == RuleOutcome::Holds && it.episode == finding.episode && it.rule == finding.rule)
    }

    pub(super) fn tree(&self, tree: &RuleTree) -> Markup {
        html! {
            @if let Some(item) = &tree.item {
                p { "Tried on " code { (self.words.text(item)) } ", episode " (tree.episode) "." }
            }
            @for condition in &tree.conditions { (self.condition(condition)) }
        }
    }

    fn condition(&self, condition: &ConditionOutcome) -> Markup {
        let part = match condition.part {
            ConditionPart::When => "when",
            ConditionPart::Unless => "unless",
            ConditionPart::Corroborate => "corroborated by",
        };
        let joined = match condition.joined {
            Joined::All => "all of",
            Joined::Any => "any of",
            Joined::NoneOf => "none of",
        };
        html! {
            div.condition {
                p { strong { (part) } " " (joined) " " span.faint { "(together " (phrases::truth(condition.truth)) ")" } }
                ul.clauses { @for clause in self.values.items(&condition.clauses).0 { (self.clause(clause, clause_tone(condition, clause.truth))) } }
            }
        }
    }

    /// The log lines that decided a finding's clauses.
    pub(super) fn excerpts(&self, finding: &Finding) -> Markup {
        let all: Vec<&LogExcerpt> =
            self.outline.diagnosis.exhibits.excerpts.iter().filter(|it| it.episode == finding.episode && it.rule == finding.rule).collect();
        let (shown, left) = self.values.items(&all);
        html! {
            @if !shown.is_empty() {
                details {
                    summary { "Raw log lines that decided it: " (phrases::count(all.len(), "excerpt")) }
                    @for excerpt in shown { (self.excerpt(excerpt)) }
                    (left_out(left, "excerpts"))
                }
            }
        }
    }

    fn excerpt(&self, excerpt: &LogExcerpt) -> Markup {
        html! {
            div.excerpt {
                p {
                    code { (self.words.text(&excerpt.clause)) } " in " code { (self.words.text(&excerpt.log)) }
                    (self.log_source(excerpt.episode, &excerpt.log))
                }
                (self.log_lines(&excerpt.lines))
            }
        }
    }

    /// Where a log came from, and what of it is missing.
    pub(super) fn log_source(&self, episode: u32, log: &str) -> Markup {
        let seen = self.outline.diagnosis.exhibits.coverage.iter().find(|it| it.episode == episode && it.evidence == log);
        html! {
            @if let Some(source) = seen.and_then(|it| it.source.as_ref()) { ", from " (self.source(source)) }
            @if let Some(gap) = seen.and_then(|it| it.gap.as_ref()) { " " span.badge.doubt { (self.words.text(gap)) } }
            @if let Some(seen) = seen.filter(|it| 0 < it.redacted) { " " span.badge.plain { (seen.redacted) " redacted in it" } }
        }
    }

    pub(super) fn log_lines(&self, lines: &[ExcerptLine]) -> Markup {
        html! {
            ol.lines tabindex="0" aria-label="Log lines" {
                @for line in lines {
                    li.hit[line.place == LinePlace::Hit] {
                        span.number { (line.number) } " "
                        span.faint {
                            @if let Some(at) = line.at { (at) " " }
                            (self.words.text(&line.stream))
                        }
                        " " span.text { (self.words.text(&line.text)) }
                    }
                }
            }
        }
    }
}

/// What is good for a rule: a true clause, or a false one where none may hold.
fn clause_tone(condition: &ConditionOutcome, truth: Ternary) -> &'static str {
    let is_wanted = match (condition.part, condition.joined) {
        (ConditionPart::Unless, Joined::NoneOf) => Ternary::True,
        (ConditionPart::Unless, _) | (_, Joined::NoneOf) => Ternary::False,
        _ => Ternary::True,
    };
    match truth {
        Ternary::Unknown => "doubt",
        it if it == is_wanted => "good",
        _ => "bad",
    }
}

fn outcome_tone(outcome: RuleOutcome) -> &'static str {
    match outcome {
        RuleOutcome::Holds => "good",
        RuleOutcome::Dropped | RuleOutcome::Open => "doubt",
        RuleOutcome::Missed => "plain",
    }
}
