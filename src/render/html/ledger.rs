//! The ledger: everything that was seen to differ, claimed or unclaimed, as a table with a filter.

use maud::{Markup, html};

use super::{HtmlPage, left_out};
use crate::findings::{Divergence, DivergenceRole, named_block};
use crate::render::phrases;

/// Rows of the table if the page is short.
const ROWS: usize = 20_000;

impl HtmlPage<'_> {
    pub(super) fn ledger(&self) -> Markup {
        let all: Vec<&Divergence> = self.outline.diagnosis.episodes.iter().flat_map(|it| &it.divergences).collect();
        let shown = all.len().min(self.values.limits.lines.max(ROWS));
        html! {
            @if !all.is_empty() {
                section.appendix #ledger aria-labelledby="ledger-title" {
                    h2 #ledger-title { "Ledger" }
                    p { "Everything that was seen to differ. A finding must explain each cause; what follows from a cause needs no explanation of its own." }
                    (self.filter())
                    // Not a `table`: on a narrow screen a row becomes a card, which would take a table's meaning away.
                    div.ledger.episodes[self.has_episodes()] role="table" aria-labelledby="ledger-title" {
                        div role="rowgroup" {
                            div.row.head role="row" {
                                span role="columnheader" { "Block" }
                                @if self.has_episodes() { span role="columnheader" { "Episode" } }
                                @for name in ["Role", "What", "Echonet", "mainnet", "Claimed by"] { span role="columnheader" { (name) } }
                            }
                        }
                        div.rows role="rowgroup" { @for divergence in all.iter().take(shown) { (self.row(divergence)) } }
                    }
                    (left_out(all.len().saturating_sub(shown), "divergences"))
                }
            }
        }
    }

    fn has_episodes(&self) -> bool {
        1 < self.outline.diagnosis.episodes.len()
    }

    /// Shown by the script, because without it the controls would do nothing.
    fn filter(&self) -> Markup {
        let episodes: Vec<u32> = self.outline.diagnosis.episodes.iter().map(|it| it.number).collect();
        html! {
            form #filter hidden role="search" aria-label="Ledger" {
                label { "Search " input type="search" name="text" autocomplete="off" placeholder="hash, block, field"; }
                label {
                    "Role "
                    select name="role" {
                        option value="" { "any" }
                        @for role in [DivergenceRole::Cause, DivergenceRole::Consequence, DivergenceRole::Informational] {
                            option value=(phrases::role(role)) { (phrases::role(role)) }
                        }
                    }
                }
                label {
                    "Claimed "
                    select name="claimed" {
                        option value="" { "or not" }
                        option value="yes" { "claimed" }
                        option value="no" { "unclaimed" }
                    }
                }
                @if 1 < episodes.len() {
                    label {
                        "Episode "
                        select name="episode" {
                            option value="" { "any" }
                            @for number in episodes.iter().take(200) { option value=(number) { (number) } }
                        }
                    }
                }
                output aria-live="polite" {}
                button type="button" hidden { "Show all" }
            }
        }
    }

    fn row(&self, it: &Divergence) -> Markup {
        let claimed = if it.claimed_by.is_empty() { "no" } else { "yes" };
        let tone = match (it.role, it.claimed_by.is_empty()) {
            (DivergenceRole::Cause, true) => "bad",
            (DivergenceRole::Cause, false) => "doubt",
            (DivergenceRole::Consequence | DivergenceRole::Informational, _) => "plain",
        };
        html! {
            div.row role="row" data-role=(phrases::role(it.role)) data-claimed=(claimed) data-episode=(it.episode) {
                div.number role="cell" data-label="Block" { @if let Some(block) = named_block(it.block) { (block) } @else { "–" } }
                @if self.has_episodes() { div role="cell" data-label="Episode" { (it.episode) } }
                div role="cell" data-label="Role" { span.badge.(tone) { (phrases::role(it.role)) } }
                div role="cell" data-label="What" { (self.words.text(&it.subject)) }
                div role="cell" data-label="Echonet" { (self.short_value(it, it.ours.as_ref())) }
                div role="cell" data-label="mainnet" {
                    @if it.is_of_us_alone() { "–" } @else { (self.short_value(it, it.theirs.as_ref())) }
                }
                div role="cell" data-label="Claimed by" {
                    @if !it.claimed_by.is_empty() {
                        @for rule in self.values.items(&it.claimed_by).0 { code { (self.words.text(rule)) } " " }
                    } @else if it.role == DivergenceRole::Cause {
                        "no finding"
                    } @else {
                        "–"
                    }
                }
            }
        }
    }

    /// A value in a cell: long ones are folded.
    fn short_value(&self, it: &Divergence, value: Option<&String>) -> Markup {
        let first = value.and_then(|it| it.lines().next()).unwrap_or_default();
        let long = value.is_some_and(|it| it.len() > 160 || it.lines().nth(1).is_some());
        html! {
            @if long {
                details {
                    summary { (self.words.text(&first.chars().take(60).collect::<String>())) "…" }
                    (self.value(value))
                }
            } @else {
                (self.value_of(it, value))
            }
        }
    }
}
