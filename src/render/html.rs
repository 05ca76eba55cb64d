//! One self-contained page: it loads nothing, runs only its own script, and works as a mail attachment.
//!
//! The template engine escapes every text. The page's content security policy allows its style and script by their hashes, so even a text
//! that slipped through could do nothing.

mod chain;
mod coverage;
mod finding;
mod fixes;
mod grounds;
mod ledger;
mod open;
mod payloads;
mod rules;
mod table;
mod timeline;
mod together;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::hashes::{Digits, ShortHashes};
use super::lens::{Lens, LensLimits};
use super::outline::{OpenItem, Outline};
use super::{Detail, Options, fix_line, glance, phrases};
use crate::counted::counted;
use crate::findings::{Diagnosis, Divergence, EpisodeSummary, Image, ReportSection, Verdict};

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// Writes a diagnosis as an HTML page.
pub(super) fn write(diagnosis: &Diagnosis, options: &Options) -> String {
    let whole = |limits| Lens { hashes: ShortHashes::whole(), limits };
    let page = match options.detail {
        Detail::Full => HtmlPage {
            outline: Outline::new(diagnosis),
            words: whole(LensLimits::NONE),
            values: whole(LensLimits::NONE),
            labels: whole(LensLimits::NONE),
        },
        Detail::Short | Detail::Brief => {
            let limits = LensLimits { chars: 2_000, lines: 200, items: 200 };
            HtmlPage {
                outline: Outline::new(diagnosis),
                words: Lens {
                    hashes: ShortHashes::from_diagnosis(diagnosis, Digits { head: 8, tail: 6 }),
                    limits: LensLimits { chars: 600, ..limits },
                },
                values: whole(limits),
                labels: whole(LensLimits { chars: 160, ..limits }),
            }
        }
    };
    page.document().into_string() + "\n"
}

/// What every part of the page is made from.
struct HtmlPage<'d> {
    outline: Outline<'d>,
    /// For sentences: hashes are short.
    words: Lens,
    /// For values: hashes are whole.
    values: Lens,
    /// For names beside the answer: they must not push it away.
    labels: Lens,
}

impl HtmlPage<'_> {
    fn document(&self) -> Markup {
        let diagnosis = self.outline.diagnosis;
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy());
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="referrer" content="no-referrer";
                    title { (phrases::verdict(diagnosis.verdict)) ": " (self.subject()) }
                    style { (PreEscaped(STYLE)) }
                    script { (PreEscaped(SCRIPT)) }
                }
                body.(tone(diagnosis.verdict)) {
                    a.skip href="#content" { "Skip to the content" }
                    (self.head())
                    (self.contents())
                    main #content tabindex="-1" {
                        @for section in self.outline.diagnosis.sections() {
                            @match section {
                                ReportSection::Findings => { (self.findings()) (self.joint_proofs()) (self.rivalries()) },
                                ReportSection::Unexplained => (self.unexplained()),
                            }
                        }
                        (self.fixes())
                        (self.episodes())
                        (self.ledger())
                        (self.side_checks())
                        (self.unseen())
                        (self.close_rules())
                        (self.coverage())
                        (self.images())
                    }
                    footer {
                        "Everything on this page comes from one diagnosis; nothing is loaded from elsewhere."
                        span.paper { " The print is a summary: it shows repeats once, and appendices only if you followed a link to them first." }
                    }
                }
            }
        }
    }

    /// What the page is about, for the title bar.
    fn subject(&self) -> String {
        let incident = &self.outline.diagnosis.incident;
        let block = self.outline.diagnosis.episodes.iter().find_map(|it| it.first_diverging_block).or(incident.asked_block);
        let block = block.map(|it| format!("block {it}"));
        let parts: Vec<String> = block.into_iter().chain(incident.namespace.clone()).collect();
        if parts.is_empty() { "whysync".to_owned() } else { self.words.text(&parts.join(", ")) }
    }

    fn head(&self) -> Markup {
        let diagnosis = self.outline.diagnosis;
        let incident = phrases::incident(&diagnosis.incident);
        html! {
            header.(tone(diagnosis.verdict)) {
                p.verdict { (sign(diagnosis.verdict)) " " (phrases::verdict(diagnosis.verdict)) }
                h1 { (self.prose(&diagnosis.headline)) }
                (self.glance())
                @if !incident.is_empty() {
                    ul.facts { @for fact in &incident { li { (self.labels.text(fact)) } } }
                }
            }
        }
    }

    /// What happened, whether it is known, whether it is fixed here, and what to do: one line each.
    fn glance(&self) -> Markup {
        let diagnosis = self.outline.diagnosis;
        let causes = self.outline.root_causes();
        let open_steps = phrases::next_steps(&self.outline);
        let (differences, left) = glance::differences(&self.outline);
        html! {
            dl.glance {
                @if let Some(episode) = diagnosis.leading_episode() {
                    dt { (phrases::happened_label(episode)) }
                    dd { (self.words.text(&phrases::happened(episode))) }
                }
                @if !differences.is_empty() {
                    dt { "Differs" }
                    dd {
                        @for it in &differences { p { (self.words.text(&self.difference_in_words(it))) } }
                        (left_out(left, "in the ledger below"))
                    }
                }
                dt { "Known" }
                dd {
                    (phrases::known(diagnosis.verdict))
                    @for (place, finding) in causes.iter().take(4).enumerate() {
                        @if place == 0 { (phrases::by_rules(diagnosis.verdict)) } @else { "; " }
                        code { (self.words.text(&finding.rule)) } ", " (phrases::cause(finding)) ", " (phrases::extent(finding.extent))
                    }
                }
                dt { "Fixed here" }
                dd { @for fixed in fix_line::fixed_here_by_name(&self.outline).iter().take(4) { p { (self.fixed_here(fixed)) } } }
                @let steps: Vec<_> = causes.iter().filter_map(|it| it.remediation.first()).take(4).collect();
                @if !steps.is_empty() || !open_steps.is_empty() {
                    dt { "Next" }
                    dd {
                        // The answer is to fit on one screen.
                        @let leads_with_open = steps.is_empty() || matches!(diagnosis.sections(), [ReportSection::Unexplained, _]);
                        @let (first, others) = open_steps.split_at_checked(usize::from(leads_with_open)).unwrap_or((&[], open_steps));
                        @for step in first { (self.next_step(step)) }
                        @for step in &steps { p { (self.step(step)) } }
                        @if !others.is_empty() {
                            details { summary { (counted(others.len(), "more step")) } @for step in others { (self.next_step(step)) } }
                        }
                    }
                }
                (self.grounds())
            }
        }
    }

    /// One thing that differs, with the first line of both values.
    fn difference_in_words(&self, it: &OpenItem<'_>) -> String {
        match it {
            OpenItem::Divergence(it) => format!("{}{}: {}", it.subject, self.outline.place(it), phrases::values(it, &self.words)),
            OpenItem::Shift(it) => format!("{}{}", it.words(), self.outline.of_episode(it.episode)),
        }
    }

    fn contents(&self) -> Markup {
        let diagnosis = self.outline.diagnosis;
        let items: usize = diagnosis.episodes.iter().map(|it| it.divergences.len()).sum();
        let findings = [
            ("findings", "Findings", diagnosis.findings.len()),
            ("together", phrases::JOINT_PROOFS, diagnosis.joint_proofs.len()),
            ("rivals", "Rivals", diagnosis.rivalries.len()),
        ];
        let unexplained = [("unexplained", "Unexplained", self.outline.open().len())];
        let first = self.outline.diagnosis.sections().into_iter().flat_map(|it| match it {
            ReportSection::Findings => findings.to_vec(),
            ReportSection::Unexplained => unexplained.to_vec(),
        });
        let others = [
            ("fixes", "Fixes", self.known_fixes().len()),
            ("episodes", "Episodes", diagnosis.episodes.len()),
            ("ledger", "Ledger", items),
            ("sides", "Sides", diagnosis.consistency.len()),
            ("unseen", "Not seen", diagnosis.unseen.len().saturating_add(diagnosis.undecided.len())),
            ("close", "Close rules", self.outline.close_rules().len()),
            ("evidence", "Evidence", diagnosis.exhibits.coverage.len()),
            ("images", "Images", diagnosis.images.len()),
        ];
        let present: Vec<_> = first.chain(others).filter(|it| 0 < it.2).collect();
        html! {
            @if !present.is_empty() {
                nav aria-label="Sections" {
                    ul { @for (id, name, count) in present { li { a href={ "#" (id) } { (name) " " span.count { (count) } } } } }
                }
            }
        }
    }

    fn episodes(&self) -> Markup {
        let (shown, left) = self.values.items(&self.outline.diagnosis.episodes);
        html! {
            @if !shown.is_empty() {
                section #episodes aria-labelledby="episodes-title" {
                    h2 #episodes-title { "Episodes" }
                    @for episode in shown { (self.episode(episode)) }
                    (left_out(left, "episodes"))
                }
            }
        }
    }

    fn episode(&self, episode: &EpisodeSummary) -> Markup {
        html! {
            article id={ "episode-" (episode.number) } {
                h3 {
                    "Episode " (episode.number) ": " (phrases::case(episode.kind)) " "
                    span.badge.(tone(episode.verdict)) { (phrases::verdict(episode.verdict).to_lowercase()) }
                }
                p { (phrases::span(episode)) "." }
                dl.glance {
                    dt { (phrases::happened_label(episode)) }
                    dd { (self.words.text(&phrases::happened(episode))) }
                    @if let Some(trigger) = &episode.trigger {
                        @if !trigger.key.is_empty() {
                            dt { "Key" }
                            dd { code { (self.values.text(&trigger.key)) } }
                        }
                        dt { "Reason" }
                        dd { (self.lines(&trigger.reason)) }
                    }
                }
                (self.timeline(episode))
                (self.chain(episode))
                (self.payloads_of_episode(episode))
            }
        }
    }

    fn images(&self) -> Markup {
        let (shown, left) = self.values.items(&self.outline.diagnosis.images);
        html! {
            @if !shown.is_empty() {
                section #images aria-labelledby="images-title" {
                    h2 #images-title { "Deployed images" }
                    table.stacked role="table" {
                        (table::head("What runs", &["Program", "Image", "Digest"]))
                        tbody role="rowgroup" { @for image in shown { (self.image(image)) } }
                    }
                    (left_out(left, "images"))
                }
            }
        }
    }

    fn image(&self, image: &Image) -> Markup {
        html! {
            tr role="row" {
                td role="cell" data-label="Program" { (self.values.text(&image.component)) }
                td role="cell" data-label="Image" { code { (self.values.text(&image.image)) } }
                td role="cell" data-label="Digest" {
                    @if image.image_id.is_empty() { "not known" } @else { code { (self.values.text(&image.image_id)) } }
                }
            }
        }
    }

    /// A sentence; what it marks with backticks is code.
    fn prose(&self, text: &str) -> Markup {
        let text = self.words.text(text);
        let marked = text.matches('`').count().is_multiple_of(2) && !text.contains("``");
        html! {
            @if marked {
                @for (place, part) in text.split('`').enumerate() {
                    @if place.is_multiple_of(2) { (part) } @else { code { (part) } }
                }
            } @else {
                (text)
            }
        }
    }

    /// A text of one or many lines, as it is.
    fn lines(&self, text: &str) -> Markup {
        let (lines, left) = self.values.lines(text);
        html! {
            @if lines.is_empty() {
                span.faint { "(an empty text)" }
            } @else if let ([line], 0) = (lines.as_slice(), left) {
                code { (line) }
            } @else {
                pre tabindex="0" { (lines.join("\n")) @if 0 < left { "\n… (" (left) " more lines)" } }
            }
        }
    }

    /// One side's value of a divergence: what was not seen on either side is not nothing.
    fn value_of(&self, it: &Divergence, value: Option<&String>) -> Markup {
        html! {
            @if it.ours.is_none() && it.theirs.is_none() { span.faint { "not seen" } } @else { (self.value(value)) }
        }
    }

    /// One side's value, where the other was seen.
    fn value(&self, value: Option<&String>) -> Markup {
        html! {
            @match value {
                Some(text) => (self.lines(text)),
                None => span.faint { "nothing" },
            }
        }
    }
}

/// The policy that the page states about itself. `style` attributes and anything loaded are forbidden by it, too.
fn policy() -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// The class of a verdict's colours.
fn tone(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Explained | Verdict::NoDivergence => "good",
        Verdict::Novel | Verdict::Contradicted => "bad",
        Verdict::PartlyExplained | Verdict::Inconclusive => "doubt",
    }
}

/// A sign that tells verdicts apart without colour.
fn sign(verdict: Verdict) -> Markup {
    let sign = match verdict {
        Verdict::Explained => "✓",
        Verdict::PartlyExplained => "◐",
        Verdict::Novel => "✗",
        Verdict::Inconclusive => "?",
        Verdict::NoDivergence => "=",
        Verdict::Contradicted => "≠",
    };
    html! { span.sign aria-hidden="true" { (sign) } }
}

/// A word on what a list leaves out.
fn left_out(count: usize, what: &str) -> Markup {
    html! { @if 0 < count { p.faint { "… (" (count) " more " (what) ")" } } }
}

#[cfg(test)]
mod tests;
