//! What the answer rests on, what was set aside, and what to do.

use maud::{Markup, html};

use super::HtmlPage;
use crate::findings::{NextStep, Witness};
use crate::render::phrases;

/// Sentences of one kind that stand beside the answer.
const SENTENCES: usize = 6;

impl HtmlPage<'_> {
    /// Rows of the answer at a glance.
    pub(super) fn grounds(&self) -> Markup {
        let diagnosis = self.outline.diagnosis;
        let aside: Vec<String> = diagnosis.set_aside.iter().map(phrases::set_aside).collect();
        let seen = diagnosis.grounds.as_ref().map(phrases::seen).unwrap_or_default();
        html! {
            (self.sentences(phrases::SET_ASIDE, &aside))
            (self.sentences(phrases::seen_title(diagnosis.verdict), &seen))
            (self.sentences(phrases::MISSING_GROUNDS, &diagnosis.missing_grounds))
            @if let Some(account) = &diagnosis.files {
                dt { (phrases::FILES) }
                dd { details { summary { (phrases::file_sums(account)) } p { (self.prose(&phrases::files(account))) } } }
            }
        }
    }

    fn sentences(&self, title: &str, sentences: &[String]) -> Markup {
        html! {
            @if !sentences.is_empty() {
                dt { (title) }
                dd {
                    @for sentence in sentences.iter().take(SENTENCES) { p { (self.prose(sentence)) } }
                    (super::left_out(sentences.len().saturating_sub(SENTENCES), "items"))
                }
            }
        }
    }

    /// A step with its command, which is copied as a whole.
    pub(super) fn next_step(&self, step: &NextStep) -> Markup {
        html! {
            p { (self.prose(&phrases::action(step))) }
            @match phrases::command(step) {
                Some(Ok(command)) => pre tabindex="0" { (command) },
                Some(Err(why)) => p.faint { (why) },
                None => {},
            }
        }
    }

    /// What speaks of a divergence that nothing explains.
    pub(super) fn witnesses(&self, witnesses: &[Witness]) -> Markup {
        let (shown, left) = self.values.items(witnesses);
        html! {
            @if !shown.is_empty() {
                dl.glance {
                    @for witness in shown {
                        dt { (self.labels.text(&phrases::witness(witness))) }
                        dd { (self.lines(&witness.text)) }
                    }
                }
                (super::left_out(left, "witnesses"))
            }
        }
    }
}
