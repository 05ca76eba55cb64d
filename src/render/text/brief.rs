//! The diagnosis in at most eight lines: what happened, whether it is known, whether it is fixed here, and what to do next.

use super::page::{Ink, LongWords, TextPage};
use super::{TextWriter, lens, verdict_ink};
use crate::findings::Diagnosis;
use crate::render::glance::{self, Entry, FirstStep};
use crate::render::outline::Outline;
use crate::render::{Options, phrases};

/// Columns of a line: it is pasted elsewhere.
const WIDTH: usize = 80;
/// Lines of the whole.
const LINES: usize = 8;
/// Lines of the headline.
const HEADLINE: usize = 2;
/// Columns of a label, with the blank behind it.
const LABEL: usize = 9;

/// Who gets a further line first, of those that there are to spare.
const URGENT: [&str; 3] = ["Known", "Next", "Fixed"];

/// Writes a diagnosis in at most eight lines. Only a command is longer than a line of a terminal: one that was cut would do something else.
pub(super) fn write(diagnosis: &Diagnosis, options: &Options) -> String {
    let options = Options { width: options.width.min(WIDTH), ..*options };
    let mut writer = TextWriter { page: TextPage::new(&options), lens: lens(diagnosis, &options), detail: options.detail };
    let outline = Outline::new(diagnosis);
    let headline = writer.lens.text(&diagnosis.headline);
    let used = writer.page.cut_paragraph(verdict_ink(diagnosis.verdict), &headline, HEADLINE);
    let entries = glance::entries(&outline, &writer.lens);
    let command = match glance::next(&outline) {
        Some(FirstStep::Open(step)) => phrases::command(step),
        Some(FirstStep::Advised(_)) | None => None,
    };
    let spare = LINES.saturating_sub(used).saturating_sub(entries.len()).saturating_sub(usize::from(command.is_some()));
    writer.page.entries(&entries, spare);
    match command {
        Some(Ok(command)) => writer.page.verbatim(LABEL, command),
        Some(Err(why)) => writer.page.labelled(LABEL, ("", Ink::Faint), why, LongWords::Broken),
        None => {}
    }
    writer.page.finish()
}

impl TextPage {
    /// The entries, with so many lines to share between those that need a further one.
    pub(super) fn entries(&mut self, entries: &[Entry], spare: usize) {
        for (entry, lines) in entries.iter().zip(self.shares(entries, spare)) {
            self.cut_entry((&format!("{:<LABEL$}", entry.label), Ink::Label), &entry.text, lines);
        }
    }

    /// How many lines each entry gets: one, and of those to spare as many as it needs, the most urgent first.
    #[expect(clippy::arithmetic_side_effects, reason = "no more is taken than is to spare")]
    fn shares(&self, entries: &[Entry], mut spare: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..entries.len()).collect();
        let urgency = |it: &Entry| URGENT.iter().position(|label| *label == it.label).unwrap_or(URGENT.len());
        order.sort_by_key(|place| entries.get(*place).map(urgency));
        let mut shares = vec![1; entries.len()];
        for place in order {
            if let (Some(entry), Some(share)) = (entries.get(place), shares.get_mut(place)) {
                let further = self.lines_behind(LABEL, &entry.text).saturating_sub(1).min(spare);
                *share += further;
                spare -= further;
            }
        }
        shares
    }
}
