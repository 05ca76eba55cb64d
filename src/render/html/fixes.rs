//! Every fix that a finding names, compared with everything that is deployed, in one table.

use maud::{Markup, html};

use super::table::head;
use super::{HtmlPage, left_out};
use crate::findings::{Contradiction, FixStatus, Standing};
use crate::render::{fix_line, phrases};

impl HtmlPage<'_> {
    pub(super) fn fixes(&self) -> Markup {
        let fixes = self.known_fixes();
        let (shown, left) = self.values.items(&fixes);
        html! {
            @if !shown.is_empty() {
                section #fixes aria-labelledby="fixes-title" {
                    h2 #fixes-title { "Deployed fixes" }
                    table.stacked role="table" {
                        (head(
                            "Every fix that a finding knows, against what is deployed",
                            &["Fix", "Of rule", "Fixed here", "Why"]
                        ))
                        tbody role="rowgroup" { @for (status, rules) in shown { (self.fix_row(status, rules)) } }
                    }
                    (left_out(left, "fixes"))
                }
            }
        }
    }

    /// Each fix once, with the rules that know it.
    pub(super) fn known_fixes(&self) -> Vec<(&FixStatus, Vec<&str>)> {
        let mut fixes: Vec<(&FixStatus, Vec<&str>)> = Vec::new();
        for finding in &self.outline.diagnosis.findings {
            for status in &finding.fix {
                match fixes.iter_mut().find(|(it, _)| *it == status) {
                    Some((_, rules)) if rules.contains(&finding.rule.as_str()) => {}
                    Some((_, rules)) => rules.push(&finding.rule),
                    None => fixes.push((status, vec![&finding.rule])),
                }
            }
        }
        fixes
    }

    fn fix_row(&self, status: &FixStatus, rules: &[&str]) -> Markup {
        let (tone, sign) = match (status.contradiction(), status.standing()) {
            (Some(Contradiction::Certain), _) => ("bad", "≠"),
            (Some(Contradiction::Likely), _) => ("doubt", "≠"),
            (None, Standing::Effective) => ("good", "✓"),
            (None, Standing::NotEffective | Standing::NotContained) => ("bad", "✗"),
            (None, Standing::EffectUnknown | Standing::Unknown) => ("doubt", "?"),
        };
        html! {
            tr role="row" {
                td role="cell" data-label="Fix" {
                    div { (phrases::component(status.fix.component)) " " (self.fix_links(&status.fix)) }
                }
                td role="cell" data-label="Of rule" { div { @for rule in self.values.items(rules).0 { code { (self.words.text(rule)) } " " } } }
                td role="cell" data-label="Fixed here" { span.badge.(tone) { (sign) " " (fix_line::word(status)) } }
                td role="cell" data-label="Why" { div { (self.fixed_here(&fix_line::answer_of(status))) } }
            }
        }
    }
}
