//! The lines that say whether both sides are what they state.

use super::TextWriter;
use super::page::{Ink, LongWords};
use crate::findings::Consistency;
use crate::render::outline::Outline;
use crate::render::phrases;

impl TextWriter {
    pub(super) fn side_checks(&mut self, outline: &Outline<'_>) {
        let checks = &outline.diagnosis.consistency;
        if checks.is_empty() {
            return;
        }
        self.title(phrases::SIDE_CHECKS);
        let (agree, doubts) = outline.side_checks();
        if 0 < agree {
            self.page.paragraph(3, Ink::Good, &phrases::agreeing(agree, checks.len()));
        }
        if let Some(made_by) = &outline.diagnosis.made_by {
            self.page.paragraph(3, Ink::Plain, &self.lens.text(&phrases::hashed_with(&made_by.oracle)));
        }
        let (shown, left) = self.lens.items(&doubts);
        for doubt in shown {
            let ink = if doubt.result == Consistency::Inconsistent { Ink::Bad } else { Ink::Doubt };
            let words = self.lens.text(doubt.words);
            self.page.labelled(3, (&format!("{}: ", self.lens.text(&doubt.name)), ink), &words, LongWords::Broken);
        }
        self.left_out(3, left, "doubts");
    }
}
