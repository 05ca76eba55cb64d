//! Open questions: divergences that nobody claims, evidence that was not seen, and undecided rules.

use maud::{Markup, html};

use super::table::head;
use super::{HtmlPage, left_out};
use crate::findings::{Consistency, Divergence};
use crate::render::outline::{Gap, OpenItem, RULES};
use crate::render::phrases;

/// How many steps are printed too.
const PRINTED_STEPS: usize = 1;

impl HtmlPage<'_> {
    pub(super) fn unexplained(&self) -> Markup {
        let diagnosis = self.outline.diagnosis;
        let open = self.outline.open();
        let shown = open.len().min(self.values.limits.items.min(50));
        let (isolations, left) = self.values.items(&diagnosis.isolations);
        let differing: Vec<&Divergence> = open.iter().take(shown).filter_map(OpenItem::divergence).collect();
        let shifts = open.iter().take(shown).filter_map(OpenItem::shift);
        html! {
            @if !open.is_empty() {
                section #unexplained aria-labelledby="unexplained-title" {
                    h2 #unexplained-title { "Unexplained" }
                    article {
                        p {
                            "No finding explains " (phrases::these(open.len(), "divergence")) "."
                            @if let Some(name) = &diagnosis.fingerprint { " Fingerprint: " code { (self.values.text(name)) } "." }
                        }
                        // Where findings name the class of all of it, paper has shown it with them.
                        div.leads[differing.iter().all(|it| !it.claimed_by.is_empty())] {
                            h3 { "What differs" }
                            (self.differences(&differing))
                        }
                        @for shift in shifts { div.difference { p { (shift.words()) (self.outline.of_episode(shift.episode)) "." } } }
                        (left_out(open.len().saturating_sub(shown), "in the ledger below"))
                        @for isolation in isolations {
                            p { strong { (self.prose(&phrases::isolation(isolation, &self.outline))) } }
                            (self.proof(&isolation.proof))
                        }
                        (left_out(left, "proofs"))
                        (self.payloads_of_unexplained())
                        @let steps = phrases::next_steps(&self.outline);
                        @if !steps.is_empty() {
                            h4 { "Next" }
                            @let (first, more) = steps.split_at(steps.len().min(PRINTED_STEPS));
                            @for step in first { (self.next_step(step)) }
                            // What is followed on a screen.
                            @if !more.is_empty() { div.leads { @for step in more { (self.next_step(step)) } } }
                        }
                    }
                }
            }
        }
    }

    pub(super) fn unseen(&self) -> Markup {
        let (deciding, others) = (self.outline.deciding_gaps(), self.outline.other_gaps());
        let (undecided, uncounted) = self.outline.undecided();
        let most = if self.values.limits == crate::render::lens::LensLimits::NONE { usize::MAX } else { RULES };
        let counted = undecided.len().saturating_sub(most).saturating_add(uncounted);
        html! {
            @if !deciding.is_empty() || !others.is_empty() || !undecided.is_empty() || 0 < uncounted {
                section #unseen aria-labelledby="unseen-title" {
                    h2 #unseen-title { "Not seen" }
                    @if !deciding.is_empty() {
                        h3 { "Would decide a rule" }
                        (self.gaps(&deciding))
                    }
                    @if !others.is_empty() {
                        details {
                            summary { "Not needed by any open rule: " (phrases::count(others.len(), "gap")) }
                            (self.gaps(&others))
                        }
                    }
                    @if !undecided.is_empty() || 0 < counted {
                        h3 { "Undecided rules" }
                        ul {
                            @for open in undecided.iter().take(most) {
                                li {
                                    code { (self.values.text(open.rule)) } " "
                                    @match open.broken {
                                        Some(why) => { "failed: " (self.prose(why)) },
                                        None => {
                                            "needs "
                                            @for name in open.missing.iter().take(self.values.limits.items) {
                                                code { (self.values.text(name)) } " "
                                            }
                                        }
                                    }
                                }
                            }
                            @if 0 < counted { li.faint { (phrases::undecided(counted, undecided.len())) } }
                        }
                    }
                }
            }
        }
    }

    /// Whether the evidence of both sides is what it states: if not, no comparison of the two says much.
    pub(super) fn side_checks(&self) -> Markup {
        let checks = &self.outline.diagnosis.consistency;
        let (agree, doubts) = self.outline.side_checks();
        let (shown, left) = self.values.items(&doubts);
        html! {
            @if !checks.is_empty() {
                section #sides aria-labelledby="sides-title" {
                    h2 #sides-title { (phrases::SIDE_CHECKS) }
                    article {
                        @if 0 < agree { p { span.badge.good { "✓ consistent" } " " (phrases::agreeing(agree, checks.len())) "." } }
                        @if let Some(made_by) = &self.outline.diagnosis.made_by { p { (self.prose(&phrases::hashed_with(&made_by.oracle))) "." } }
                        @if !doubts.is_empty() {
                            ul.clauses {
                                @for doubt in shown {
                                    li {
                                        @if doubt.result == Consistency::Inconsistent {
                                            span.badge.bad { "✗ " (phrases::consistency(doubt.result)) }
                                        } @else {
                                            span.badge.doubt { "? " (phrases::consistency(doubt.result)) }
                                        }
                                        " " strong { (self.words.text(&doubt.name)) } ": " (self.prose(doubt.words))
                                    }
                                }
                            }
                            (left_out(left, "doubts"))
                        }
                    }
                }
            }
        }
    }

    fn gaps(&self, gaps: &[Gap<'_>]) -> Markup {
        let (shown, left) = self.values.items(gaps);
        let decide = gaps.iter().any(|it| !it.would_decide.is_empty());
        let columns: &[&str] =
            if decide { &["Evidence", "Why", "How to get it", "Would decide"] } else { &["Evidence", "Why", "How to get it"] };
        html! {
            table.stacked role="table" {
                (head("Evidence that was not seen", columns))
                tbody role="rowgroup" {
                    @for gap in shown {
                        tr role="row" {
                            td role="cell" data-label="Evidence" { code { (self.values.text(gap.evidence)) } }
                            td role="cell" data-label="Why" { (self.prose(gap.why)) }
                            td role="cell" data-label="How to get it" { code { (self.values.text(gap.how)) } }
                            @if decide {
                                td role="cell" data-label="Would decide" {
                                    @let (rules, more) = gap.rules();
                                    div { @for rule in rules { code { (self.values.text(rule)) } " " } @if 0 < more { "and " (more) " more" } }
                                }
                            }
                        }
                    }
                }
            }
            (left_out(left, "gaps"))
        }
    }
}
