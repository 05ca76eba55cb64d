//! The lines that say whether both sides are what they state.

use super::Writer;
use super::page::{Ink, LongWords};
use crate::findings::{Consistency, Diagnosis};

impl Writer {
    pub(super) fn side_checks(&mut self, diagnosis: &Diagnosis) {
        let checks = &diagnosis.consistency;
        if checks.is_empty() {
            return;
        }
        self.title("Hashed again, as each side states it");
        let agree = checks.iter().filter(|it| it.result == Consistency::Consistent).count();
        if agree > 0 {
            self.page.paragraph(3, Ink::Good, &format!("{agree} of {} blocks are what they state", checks.len()));
        }
        for check in checks {
            let name = format!("{} block {}: ", check.side, check.block);
            for wrong in &check.wrong {
                let wrong = self.lens.text(wrong);
                self.page.labelled(3, (&name, Ink::Bad), &wrong, LongWords::Broken);
            }
            if let (Consistency::Unknown, Some(gap)) = (check.result, &check.gap) {
                let gap = self.lens.text(gap);
                self.page.labelled(3, (&name, Ink::Doubt), &gap, LongWords::Broken);
            }
        }
    }
}
