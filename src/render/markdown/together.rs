//! What findings prove, and dispute, together.

use super::MarkdownWriter;
use crate::findings::Rival;
use crate::render::outline::Outline;
use crate::render::phrases;

impl MarkdownWriter {
    pub(super) fn joint_proofs(&mut self, outline: &Outline<'_>) {
        let diagnosis = outline.diagnosis;
        if diagnosis.joint_proofs.is_empty() {
            return;
        }
        self.heading(phrases::JOINT_PROOFS);
        let (shown, left) = self.values.items(&diagnosis.joint_proofs);
        for joint in shown {
            let rules = self.codes(&joint.rules, " and ");
            self.line(&format!("{rules}{}\n", outline.of_episode(joint.episode)));
            self.proof(&joint.proof);
        }
        self.left_out(left, "proofs");
    }

    pub(super) fn rivalries(&mut self, outline: &Outline<'_>) {
        let diagnosis = outline.diagnosis;
        if diagnosis.rivalries.is_empty() {
            return;
        }
        self.heading(phrases::RIVALRIES);
        let (shown, left) = self.values.items(&diagnosis.rivalries);
        for rivalry in shown {
            let [one, other] = &rivalry.rivals;
            let items = format!("{}{}", self.codes(&rivalry.items, ", "), outline.of_episode(rivalry.episode));
            self.line(&format!("- {}", phrases::both_claim([&self.code(&one.rule), &self.code(&other.rule)], &items)));
            for rival in &rivalry.rivals {
                let grounds = self.grounds(rival);
                self.line(&format!("  - {}", phrases::only_rests_on(&self.code(&rival.rule), &grounds)));
            }
        }
        self.left_out(left, "pairs");
    }

    fn grounds(&self, rival: &Rival) -> String {
        let (shown, left) = self.values.items(&rival.rests_on);
        if shown.is_empty() {
            return phrases::NO_GROUND.to_owned();
        }
        let mut grounds: Vec<String> = shown.iter().map(|it| format!("{} ({})", self.code(&it.clause), self.prose(&it.because))).collect();
        grounds.extend((0 < left).then(|| format!("… ({left} more)")));
        grounds.join("; ")
    }

    /// Names, each as code.
    fn codes(&self, names: &[String], between: &str) -> String {
        let (shown, left) = self.values.items(names);
        let names: Vec<String> = shown.iter().map(|it| self.code(it)).collect();
        let more = if 0 < left { format!(" … ({left} more)") } else { String::new() };
        format!("{}{more}", names.join(between))
    }
}
