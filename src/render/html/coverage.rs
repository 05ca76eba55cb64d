//! The evidence: which pieces were seen, partly seen, missing or redacted, and where they came from.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::HtmlPage;
use super::table::head;
use crate::findings::{EvidenceSeen, EvidenceSource, SeenExtent};

impl HtmlPage<'_> {
    pub(super) fn coverage(&self) -> Markup {
        let mut episodes: BTreeMap<u32, Vec<&EvidenceSeen>> = BTreeMap::new();
        for seen in &self.outline.diagnosis.exhibits.coverage {
            episodes.entry(seen.episode).or_default().push(seen);
        }
        let several = 1 < episodes.len();
        html! {
            @if !episodes.is_empty() {
                section.appendix #evidence aria-labelledby="evidence-title" {
                    h2 #evidence-title { "Evidence" }
                    @for (episode, all) in episodes.iter().take(self.values.limits.items) {
                        @let whole = all.iter().filter(|it| it.extent == SeenExtent::Whole).count();
                        details.card open[!several] {
                            summary {
                                @if several { "Episode " (episode) ": " }
                                (whole) " of " (all.len()) " pieces of evidence were wholly seen"
                            }
                            table.stacked role="table" {
                                (head("Evidence, and how much of it was seen", &["Evidence", "Seen", "Where it came from"]))
                                tbody role="rowgroup" { @for seen in all { (self.seen(seen)) } }
                            }
                        }
                    }
                }
            }
        }
    }

    /// What was asked, and what came back.
    pub(super) fn source(&self, source: &EvidenceSource) -> Markup {
        html! {
            (self.words.text(&source.asked)) " "
            span.faint {
                (source.bytes) " bytes"
                @if let Some(at) = source.at { ", " (at) }
                @if !source.sha256.is_empty() { ", SHA-256 " code { (self.words.text(&source.sha256)) } }
            }
        }
    }

    fn seen(&self, seen: &EvidenceSeen) -> Markup {
        let (tone, word) = match seen.extent {
            SeenExtent::Whole => ("good", "✓ seen"),
            SeenExtent::Part => ("doubt", "◐ in part"),
            // Nothing is wrong with a deployment of which something was not collected.
            SeenExtent::Nothing => ("plain", "✗ missing"),
        };
        html! {
            tr role="row" {
                td role="cell" data-label="Evidence" { code { (self.words.text(&seen.evidence)) } }
                td role="cell" data-label="Seen" {
                    div {
                        span.badge.(tone) { (word) } " "
                        @if 0 < seen.redacted { span.badge.plain { (seen.redacted) " redacted" } " " }
                        @if let Some(gap) = &seen.gap { span { (self.prose(gap)) } }
                    }
                }
                td role="cell" data-label="Where it came from" {
                    div {
                        @if let Some(source) = &seen.source { (self.source(source)) } @else { span.faint { "–" } }
                    }
                }
            }
        }
    }
}
