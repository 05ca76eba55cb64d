//! What findings prove, and dispute, together.

use super::TextWriter;
use super::page::{Ink, LongWords};
use crate::render::outline::Outline;
use crate::render::phrases;

impl TextWriter {
    pub(super) fn joint_proofs(&mut self, outline: &Outline<'_>) {
        let diagnosis = outline.diagnosis;
        if diagnosis.joint_proofs.is_empty() {
            return;
        }
        self.title(phrases::JOINT_PROOFS);
        let (shown, left) = self.lens.items(&diagnosis.joint_proofs);
        for joint in shown {
            let rules = format!("{}{}", joint.rules.join(" and "), outline.of_episode(joint.episode));
            let rules = self.lens.text(&rules);
            self.page.labelled(3, ("", Ink::Plain), &rules, LongWords::Broken);
            self.proof(&joint.proof);
        }
        self.left_out(3, left, "proofs");
    }

    pub(super) fn rivalries(&mut self, outline: &Outline<'_>) {
        let diagnosis = outline.diagnosis;
        if diagnosis.rivalries.is_empty() {
            return;
        }
        self.title(phrases::RIVALRIES);
        let (shown, left) = self.lens.items(&diagnosis.rivalries);
        for rivalry in shown {
            let [one, other] = &rivalry.rivals;
            let items = format!("{}{}", rivalry.items.join(", "), outline.of_episode(rivalry.episode));
            let pair = self.lens.text(&phrases::both_claim([&one.rule, &other.rule], &items));
            self.page.labelled(3, ("", Ink::Plain), &pair, LongWords::Broken);
            for rival in &rivalry.rivals {
                let label = phrases::only_rests_on(&self.lens.text(&rival.rule), "");
                let grounds = self.lens.text(&phrases::grounds(rival));
                self.page.labelled(5, (&label, Ink::Label), &grounds, LongWords::Broken);
            }
        }
        self.left_out(3, left, "pairs");
    }
}
