//! The diagnosis in at most eight lines: what happened, whether it is known, whether it is fixed here, and what to do next.

use super::page::{Ink, LongWords, Page};
use super::{Writer, lens, verdict_ink};
use crate::findings::{Diagnosis, Divergence, DivergenceRole, named_block};
use crate::render::outline::{Open, Outline};
use crate::render::{Options, fix_line, phrases};

/// Columns of a line: it is pasted elsewhere.
const WIDTH: usize = 80;
/// Lines of the headline; six further ones follow at most.
const HEADLINE: usize = 2;

/// Writes a diagnosis in at most eight lines. Only a command is longer than a line of a terminal: one that was cut would do something else.
pub(super) fn write(diagnosis: &Diagnosis, options: &Options) -> String {
    let options = Options { width: options.width.min(WIDTH), ..*options };
    let mut writer = Writer { page: Page::new(&options), lens: lens(diagnosis, &options), detail: options.detail };
    let outline = Outline::new(diagnosis);
    let headline = writer.lens.text(&diagnosis.headline);
    writer.page.cut_paragraph(verdict_ink(diagnosis.verdict), &headline, HEADLINE);
    if let Some(episode) = diagnosis.episodes.iter().find(|it| it.trigger.is_some()).or(diagnosis.episodes.first()) {
        let others = match diagnosis.episodes.len() - 1 {
            0 => String::new(),
            others => format!("; {others} more: --episode K"),
        };
        writer.brief(phrases::happened_label(episode), &format!("{}{others}", phrases::happened(episode)));
    }
    let differing = differing(&outline, &writer);
    if !differing.is_empty() {
        writer.brief("Differs", &differing.join("; "));
    }
    let lead = outline.leading();
    let known = phrases::known(diagnosis.verdict);
    writer.brief("Known", &lead.map_or_else(|| known.to_owned(), |it| format!("{} {} ({known})", it.rule_id, it.rule)));
    let fixed: Vec<String> = fix_line::fixed_here(&outline).into_iter().map(|it| it.line).collect();
    writer.brief("Fixed", &fixed.join("; "));
    writer.brief_next(&outline);
    writer.page.finish()
}

/// What differs as a cause: what is unexplained first, then what findings claim.
fn differing(outline: &Outline<'_>, writer: &Writer) -> Vec<String> {
    let causes = outline.root_causes();
    let claimed = causes.iter().flat_map(|it| outline.claims(it)).filter(|it| it.role == DivergenceRole::Cause);
    let is_at_trigger = |it: &Divergence| {
        let episode = outline.diagnosis.episodes.iter().find(|episode| episode.number == it.episode);
        episode.and_then(|it| it.trigger.as_ref()?.block) == named_block(it.block)
    };
    // Where the trigger is, stands above.
    let in_words = |it: &Divergence| {
        let place = named_block(it.block).filter(|_| !is_at_trigger(it));
        format!("{}{}", it.subject, place.map(|it| format!(" at block {it}")).unwrap_or_default())
    };
    let open = outline.open();
    let open = open.iter().map(|it| match it {
        Open::Divergence(it) => in_words(it),
        Open::Shift(it) => it.words(),
    });
    let mut all: Vec<String> = Vec::new();
    for words in open.chain(claimed.map(in_words)) {
        if !all.contains(&words) {
            all.push(words);
        }
    }
    let (shown, left) = writer.lens.items(&all);
    let more = (0 < left).then(|| format!("{left} more"));
    shown.iter().cloned().chain(more).collect()
}

impl Writer {
    fn brief(&mut self, label: &str, text: &str) {
        let text = self.lens.text(text);
        self.page.cut_line((&format!("{label:<9}"), Ink::Label), &text);
    }

    /// The first step, with its command.
    fn brief_next(&mut self, outline: &Outline<'_>) {
        let steps = phrases::next_steps(outline);
        let advised = outline.leading().and_then(|it| it.remediation.first()).map(|it| it.action.clone());
        match (advised, steps.first()) {
            (Some(action), _) => self.brief("Next", &action),
            (None, Some(step)) => {
                self.brief("Next", &phrases::action(step));
                match phrases::command(step) {
                    Some(Ok(command)) => self.page.verbatim(9, command),
                    Some(Err(why)) => self.page.labelled(9, ("", Ink::Faint), why, LongWords::Broken),
                    None => {}
                }
            }
            (None, None) => {}
        }
    }
}
