//! Findings: what differs, the proof, the fix, and how each clause came out.

use maud::{Markup, html};

use super::table::head;
use super::{HtmlPage, left_out};
use crate::findings::{
    CauseCertainty, ClaimExtent, ClauseOutcome, Contradiction, Divergence, Equality, Finding, FixReference, FixStatus, Proof, ProofRow,
    Remediation, RemediationSafety, Scope, Severity, Ternary, TraceFrame, TraceSides,
};
use crate::render::anchors::{self, Spot};
use crate::render::fix_line::{self, ToldFix};
use crate::render::lens::{Lens, LensLimits};
use crate::render::phrases;
use crate::render::side_by_side::{LineRun, side_by_side};

/// Claims that a finding shows; the ledger holds all of them.
const SHOWN_CLAIMS: usize = 12;

/// From so many differences of one line each on they are rows of a table.
const TABLE: usize = 3;

/// Lines of a comparison that are not folded away, among them the first that differs.
const OPEN_LINES: usize = 12;

/// Lines above the first that differs, so that its place is seen.
const LINES_BEFORE: usize = 3;

/// One line of both sides, side by side.
struct ComparedLine {
    equality: Equality,
    ours: Markup,
    theirs: Markup,
}

impl HtmlPage<'_> {
    pub(super) fn findings(&self) -> Markup {
        let (shown, left) = self.values.items(&self.outline.diagnosis.findings);
        html! {
            @if !shown.is_empty() {
                section #findings aria-labelledby="findings-title" {
                    h2 #findings-title { "Findings" }
                    @for (number, finding) in (1..).zip(shown) { (self.finding(number, finding)) }
                    (left_out(left, "findings"))
                }
            }
        }
    }

    fn finding(&self, number: usize, finding: &Finding) -> Markup {
        let claims = self.outline.claims(finding);
        let cause = match finding.cause {
            CauseCertainty::Established => "plain",
            CauseCertainty::Suspected => "doubt",
        };
        let extent = match finding.extent {
            ClaimExtent::Proved => "plain",
            ClaimExtent::Partial => "doubt",
            ClaimExtent::NotRecomputed => "plain",
        };
        let grave = match finding.severity {
            Severity::High => "bad",
            Severity::Medium => "doubt",
            Severity::Low => "plain",
        };
        html! {
            article.follows[finding.scope == Scope::Consequence].again[self.is_repeat(number, finding)] id={ "finding-" (number) } {
                h3 { a.here href={ "#finding-" (number) } { (number) "." } " " (self.prose(&finding.title)) }
                ul.badges {
                    li.badge.(cause) { (phrases::cause(finding)) }
                    li.badge.(extent) { (phrases::extent(finding.extent)) }
                    li.badge.(grave) { (phrases::severity(finding.severity)) " severity" }
                    @for kind in phrases::kinds(finding) { li.badge.plain { (kind) } }
                    li.badge.plain { (phrases::place(finding)) }
                    li.badge.plain { (self.words.text(&finding.rule_id)) " " code { (self.words.text(&finding.rule)) } }
                }
                p.summary { (self.prose(&finding.summary)) }
                p { strong { (phrases::cause(finding)) } ": " (self.prose(&finding.because)) }
                p { strong { (phrases::extent(finding.extent)) } ": " (self.prose(&finding.extent_because)) }
                @if !claims.is_empty() { h4 { "What differs" } }
                (self.differences(claims.get(..SHOWN_CLAIMS).unwrap_or(&claims)))
                (left_out(claims.len().saturating_sub(SHOWN_CLAIMS), "in the ledger below"))
                @if let Some(proof) = &finding.proof { (self.proof(proof)) }
                @if !finding.remediation.is_empty() {
                    h4 { "Next" }
                    ol { @for step in self.values.items(&finding.remediation).0 { li { (self.step(step)) } } }
                }
                @if !finding.fix.is_empty() {
                    h4 { "Known fixes" }
                    @for fix in self.values.items(&finding.fix).0 { (self.fix(fix)) }
                }
                @if !finding.brought_by.is_empty() {
                    h4 { "What brings it" }
                    ul { @for line in fix_line::brought(finding) { li { (self.prose(&line)) } } }
                }
                // What is followed on a screen.
                div.leads {
                    @if !finding.code.is_empty() {
                        h4 { "Where the fault lives" }
                        ul {
                            @for anchor in self.values.items(&finding.code).0 {
                                @for spot in anchors::spots(anchor) { li { (self.spot(&spot)) } }
                            }
                        }
                        @for gap in anchors::gaps(&finding.code) { p.faint { (self.prose(&gap)) } }
                    }
                    @if !finding.references.is_empty() {
                        h4 { "See" }
                        ul { @for reference in self.values.items(&finding.references).0 { li { (self.link(reference)) } } }
                    }
                }
                (self.clauses(finding))
                (self.excerpts(finding))
                (self.payloads_of_finding(finding))
            }
        }
    }

    /// Whether the same rule explains the same of an earlier episode: paper shows only the first in full.
    fn is_repeat(&self, number: usize, finding: &Finding) -> bool {
        let mut earlier = self.outline.diagnosis.findings.iter().take(number.saturating_sub(1));
        let is_of_it = |it: &Finding| it.block == finding.block || finding.scope == Scope::Consequence;
        earlier.any(|it| it.rule == finding.rule && it.scope == finding.scope && it.episode != finding.episode && is_of_it(it))
    }

    /// Divergences with both values: a table where many are of one line each.
    pub(super) fn differences(&self, all: &[&Divergence]) -> Markup {
        html! {
            @for run in all.chunk_by(|one, next| self.is_row(one) == self.is_row(next)) {
                @if TABLE <= run.len() && run.iter().all(|it| self.is_row(it)) {
                    table.compact role="table" {
                        (head("What differs", &["What", "Echonet", "mainnet"]))
                        tbody role="rowgroup" {
                            @for (at, it) in run.iter().enumerate() { (self.difference_row(it, run.get(..at).unwrap_or_default())) }
                        }
                    }
                } @else {
                    @for it in run { (self.difference(it)) }
                }
            }
        }
    }

    /// Whether both values fit into a row of a table.
    fn is_row(&self, it: &Divergence) -> bool {
        let is_short = |it: &Option<String>| it.as_ref().is_none_or(|it| it.len() <= 80 && it.lines().nth(1).is_none());
        is_short(&it.ours) && is_short(&it.theirs) && it.witnesses.is_empty() && self.trace(it).is_none()
    }

    fn difference_row(&self, it: &Divergence, earlier: &[&Divergence]) -> Markup {
        html! {
            tr.again[repeats(it, earlier)] role="row" {
                td role="cell" data-label="What" { span { (self.prose(&it.subject)) span.faint { (self.outline.place(it)) } } }
                td role="cell" data-label="Echonet" { (self.value_of(it, it.ours.as_ref())) }
                td role="cell" data-label="mainnet" { @if it.is_of_us_alone() { "–" } @else { (self.value_of(it, it.theirs.as_ref())) } }
            }
        }
    }

    /// One divergence with both values, side by side if they are long.
    fn difference(&self, it: &Divergence) -> Markup {
        let long = |it: &Option<String>| it.as_ref().is_some_and(|it| it.lines().nth(1).is_some());
        html! {
            div.difference {
                p { (self.prose(&it.subject)) span.faint { (self.outline.place(it)) } }
                @match (&it.ours, &it.theirs) {
                    (Some(ours), Some(theirs)) if let Some(trace) = self.trace(it) => (self.frames(trace, ours, theirs)),
                    (Some(ours), Some(theirs)) if long(&it.ours) || long(&it.theirs) => {
                        (self.side_by_side(ours, theirs, &self.words))
                        (self.whole_values(ours, theirs))
                    },
                    (ours, theirs) => {
                        dl.sides {
                            @if ours.is_none() && theirs.is_none() {
                                div { dt { "values" } dd { span.faint { "not seen" } } }
                            } @else {
                                div.ours { dt { "Echonet" } dd { (self.value(ours.as_ref())) } }
                                @if !it.is_of_us_alone() { div.theirs { dt { "mainnet" } dd { (self.value(theirs.as_ref())) } } }
                            }
                        }
                    }
                }
                (self.witnesses(&it.witnesses))
            }
        }
    }

    /// Two texts of many lines, line by line.
    pub(super) fn side_by_side(&self, ours: &str, theirs: &str, lens: &Lens) -> Markup {
        let mut lines: Vec<(Equality, Option<&str>, Option<&str>)> = Vec::new();
        for run in side_by_side(ours, theirs) {
            match run {
                LineRun::Both(both) => lines.extend(both.into_iter().map(|it| (Equality::Equal, Some(it), Some(it)))),
                LineRun::Differ { ours, theirs } => {
                    let longest = ours.len().max(theirs.len());
                    lines.extend((0..longest).map(|it| (Equality::Different, ours.get(it).copied(), theirs.get(it).copied())));
                }
            }
        }
        let shown = lines.len().min(self.values.limits.lines);
        let side = |line: &Option<&str>| html! { @if let Some(line) = line { (lens.text(line)) } };
        let rows = lines.iter().take(shown).map(|(equality, ours, theirs)| ComparedLine {
            equality: *equality,
            ours: side(ours),
            theirs: side(theirs),
        });
        html! {
            (self.compared(rows.collect()))
            (left_out(lines.len().saturating_sub(shown), "lines"))
        }
    }

    /// Lines side by side: some around the first that differs, and folds with those above and below.
    fn compared(&self, mut above: Vec<ComparedLine>) -> Markup {
        let first = above.iter().position(|it| it.equality == Equality::Different).unwrap_or_default();
        let is_whole = above.len() <= OPEN_LINES || self.values.limits == LensLimits::NONE;
        let mut shown = above.split_off(if is_whole { 0 } else { first.saturating_sub(LINES_BEFORE).min(above.len()) });
        let below = if is_whole || shown.len() <= OPEN_LINES { Vec::new() } else { shown.split_off(OPEN_LINES) };
        html! {
            (folded(&above, "above"))
            (comparison(&shown))
            (folded(&below, "below"))
        }
    }

    fn trace(&self, it: &Divergence) -> Option<&TraceSides> {
        let traces = &self.outline.diagnosis.exhibits.traces;
        traces.iter().find(|trace| trace.episode == it.episode && trace.divergence == it.id && !trace.rows.is_empty())
    }

    /// Two revert texts, frame by frame: what the virtual machine wrote under a frame stands under it.
    fn frames(&self, trace: &TraceSides, ours: &str, theirs: &str) -> Markup {
        let (shown, left) = self.values.items(&trace.rows);
        let frame = |side: Option<&TraceFrame>| {
            html! {
                @if let Some(frame) = side {
                    div { (self.words.text(&frame.text)) }
                    @for line in &frame.vm { div.vm { (self.words.text(line)) } }
                }
            }
        };
        let rows =
            shown.iter().map(|it| ComparedLine { equality: it.equality, ours: frame(it.ours.as_ref()), theirs: frame(it.theirs.as_ref()) });
        html! {
            (self.compared(rows.collect()))
            (left_out(left.saturating_add(trace.left_out), "frames"))
            (self.whole_values(ours, theirs))
        }
    }

    fn whole_values(&self, ours: &str, theirs: &str) -> Markup {
        html! {
            details {
                summary { "Whole values" }
                dl.sides {
                    div.ours { dt { "Echonet" } dd { (self.lines(ours)) } }
                    div.theirs { dt { "mainnet" } dd { (self.lines(theirs)) } }
                }
            }
        }
    }

    pub(super) fn proof(&self, proof: &Proof) -> Markup {
        let (rows, left) = self.values.items(&proof.rows);
        html! {
            h4 { "Proof" }
            p { "Our block, hashed again with only this undone: " (self.prose(&proof.undo)) "." }
            @if !rows.is_empty() {
                (hashed_again(rows, &self.words))
                @if self.words.limits != LensLimits::NONE { details { summary { "Whole hashes" } (hashed_again(rows, &self.values)) } }
                (left_out(left, "commitments"))
            }
            @if let Some(obstacle) = &proof.obstacle { p { strong { "Not closed" } ": " (self.prose(obstacle)) } }
        }
    }

    pub(super) fn step(&self, step: &Remediation) -> Markup {
        html! {
            @if step.safety == RemediationSafety::NeedsApproval {
                span.badge.doubt { (phrases::safety(step.safety)) } " "
            }
            (self.prose(&step.action))
        }
    }

    fn fix(&self, status: &FixStatus) -> Markup {
        let fix = &status.fix;
        html! {
            dl.glance.remedy {
                dt { (phrases::component(fix.component)) }
                dd {
                    (self.fix_links(fix))
                    @if !fix.note.is_empty() { p.note { (self.prose(&fix.note)) } }
                }
                dt { "Here" }
                dd { (self.fixed_here(&fix_line::answer_of(status))) }
            }
        }
    }

    /// Where a fix can be read.
    pub(super) fn fix_links(&self, fix: &FixReference) -> Markup {
        html! {
            ul.inline {
                @for pr in self.values.items(&fix.all_prs()).0 { li { a href=(phrases::pull_request(*pr)) rel="noreferrer" { "#" (pr) } } }
                @for commit in self.values.items(&fix.all_commits()).0 {
                    li {
                        @match phrases::commit(commit) {
                            Some(page) => a href=(page) rel="noreferrer" { code { (phrases::short_commit(commit)) } },
                            None => code { (self.values.text(commit)) },
                        }
                    }
                }
            }
        }
    }

    /// Whether it is fixed here; what surely contradicts the finding stands out.
    pub(super) fn fixed_here(&self, fixed: &ToldFix) -> Markup {
        let line = self.prose(&fixed.line);
        html! { @if fixed.contradiction == Some(Contradiction::Certain) { strong { (line) } } @else { (line) } }
    }

    fn spot(&self, spot: &Spot<'_>) -> Markup {
        let place = html! { code { (self.values.text(&spot.place())) } };
        html! {
            @if let Some(link) = &spot.link { a href=(link) rel="noreferrer" { (place) } } @else { (place) }
            @if !spot.symbol.is_empty() { ", " code { (self.values.text(spot.symbol)) } }
            @if !spot.note.is_empty() { " (" (self.prose(&spot.note)) ")" }
        }
    }

    /// A reference: a link only if it is an ordinary address.
    fn link(&self, reference: &str) -> Markup {
        let shown = self.values.text(reference);
        html! {
            @if reference.starts_with("https://") && shown == reference {
                a href=(reference) rel="noreferrer" { (shown) }
            } @else {
                code { (shown) }
            }
        }
    }

    /// Why the rule holds: each clause, and what was captured.
    fn clauses(&self, finding: &Finding) -> Markup {
        html! {
            @if !finding.clauses.is_empty() || !finding.captures.is_empty() {
                details {
                    summary { "Why this rule holds: " (phrases::count(finding.clauses.len(), "clause")) }
                    @if let Some(tree) = self.tree_of(finding) {
                        (self.tree(tree))
                    } @else if !finding.clauses.is_empty() {
                        ul.clauses { @for clause in self.values.items(&finding.clauses).0 { (self.clause(clause, usual_tone(clause.truth))) } }
                    }
                    @if !finding.captures.is_empty() {
                        dl.glance {
                            @for (name, value) in self.values.items(&finding.captures).0 {
                                dt { (self.values.text(name)) }
                                dd { (self.lines(value)) }
                            }
                        }
                    }
                }
            }
        }
    }

    pub(super) fn clause(&self, clause: &ClauseOutcome, tone: &str) -> Markup {
        let sign = match clause.truth {
            Ternary::True => "✓ ",
            Ternary::False => "✗ ",
            Ternary::Unknown => "? ",
        };
        html! {
            li {
                span.badge.(tone) { (sign) (phrases::truth(clause.truth)) } " "
                code { (self.values.text(&clause.clause)) } " "
                span { (self.prose(&clause.because)) }
            }
        }
    }
}

/// Whether both sides differed in the same way in an earlier episode.
fn repeats(it: &Divergence, earlier: &[&Divergence]) -> bool {
    let values = |it: &Divergence| (it.block, it.subject.clone(), it.ours.clone(), it.theirs.clone());
    earlier.iter().any(|before| before.episode != it.episode && values(before) == values(it))
}

/// The hashes of a proof; two that are equal say that the difference is whole.
fn hashed_again(rows: &[ProofRow], lens: &Lens) -> Markup {
    html! {
        table.stacked role="table" {
            (head("What was hashed again", &["Block", "Commitment", "Echonet", "Undone", "mainnet", "Equal"]))
            tbody role="rowgroup" {
                @for row in rows {
                    tr role="row" {
                        td.number role="cell" data-label="Block" { (row.block) }
                        td role="cell" data-label="Commitment" { code { (lens.text(&row.commitment)) } }
                        td role="cell" data-label="Echonet" { code { (lens.text(&row.ours)) } }
                        td role="cell" data-label="Undone" { code { (lens.text(&row.undone)) } }
                        td role="cell" data-label="mainnet" { code { (lens.text(&row.theirs)) } }
                        td role="cell" data-label="Equal" {
                            @if row.undone == row.theirs { span.badge.good { "✓ equal" } } @else { span.badge.bad { "✗ differs" } }
                        }
                    }
                }
            }
        }
    }
}

/// Lines of both sides as a table.
fn comparison(rows: &[ComparedLine]) -> Markup {
    html! {
        table.diff role="table" {
            (head("Both sides, line by line", &["Echonet", "Same", "mainnet"]))
            tbody role="rowgroup" {
                @for row in rows {
                    @let differs = row.equality == Equality::Different;
                    tr.differs[differs] role="row" {
                        td.ours role="cell" data-label="Echonet" { (row.ours) }
                        td.sign role="cell" { @if differs { "≠" } @else { "=" } }
                        td.theirs role="cell" data-label="mainnet" { (row.theirs) }
                    }
                }
            }
        }
    }
}

/// Lines of both sides in a fold; nothing if there are none.
fn folded(rows: &[ComparedLine], place: &str) -> Markup {
    html! {
        @if !rows.is_empty() {
            details { summary { (phrases::count(rows.len(), "line")) " " (place) } (comparison(rows)) }
        }
    }
}

/// The tone of a clause that should hold.
fn usual_tone(truth: Ternary) -> &'static str {
    match truth {
        Ternary::True => "good",
        Ternary::False => "bad",
        Ternary::Unknown => "doubt",
    }
}
