//! What findings prove, and dispute, together.

use super::Writer;
use super::page::{Ink, LongWords};
use crate::findings::Diagnosis;
use crate::render::phrases;

impl Writer {
    pub(super) fn joint_proofs(&mut self, diagnosis: &Diagnosis) {
        if diagnosis.joint_proofs.is_empty() {
            return;
        }
        self.title(phrases::JOINT_PROOFS);
        let (shown, left) = self.lens.items(&diagnosis.joint_proofs);
        for joint in shown {
            let rules = self.lens.text(&joint.rules.join(" and "));
            self.page.labelled(3, ("", Ink::Plain), &rules, LongWords::Broken);
            self.proof(&joint.proof);
        }
        self.left_out(3, left, "proofs");
    }

    pub(super) fn rivalries(&mut self, diagnosis: &Diagnosis) {
        if diagnosis.rivalries.is_empty() {
            return;
        }
        self.title(phrases::RIVALRIES);
        let (shown, left) = self.lens.items(&diagnosis.rivalries);
        for rivalry in shown {
            let [one, other] = &rivalry.rivals;
            let pair = self.lens.text(&format!("{} and {} both claim {}", one.rule, other.rule, rivalry.items.join(", ")));
            self.page.labelled(3, ("", Ink::Plain), &pair, LongWords::Broken);
            for rival in &rivalry.rivals {
                let label = format!("only {} rests on: ", self.lens.text(&rival.rule));
                let grounds: Vec<String> = rival.rests_on.iter().map(|it| format!("{} ({})", it.clause, it.because)).collect();
                let grounds = if grounds.is_empty() { phrases::NO_GROUND.to_owned() } else { grounds.join("; ") };
                let grounds = self.lens.text(&grounds);
                self.page.labelled(5, (&label, Ink::Label), &grounds, LongWords::Broken);
            }
        }
        self.left_out(3, left, "pairs");
    }
}
