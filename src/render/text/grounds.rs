//! What the answer rests on, and what was left out of it.

use super::TextWriter;
use super::page::{Ink, LongWords};
use crate::findings::Diagnosis;
use crate::render::{Detail, phrases};

impl TextWriter {
    /// What must be known before anything else is read: it is of another deployment.
    pub(super) fn set_aside(&mut self, diagnosis: &Diagnosis) {
        let (shown, left) = self.lens.items(&diagnosis.set_aside);
        for it in shown {
            let text = self.lens.text(&phrases::set_aside(it));
            self.page.paragraph(0, Ink::Doubt, &text);
        }
        self.left_out(0, left, "left out");
    }

    /// What became of the files that were given: only numbers, for names are long.
    pub(super) fn files(&mut self, diagnosis: &Diagnosis) {
        if let Some(account) = &diagnosis.files {
            let text = phrases::file_counts(account);
            self.page.paragraph(0, Ink::Faint, &text);
        }
    }

    /// Each file that was given, where everything is shown.
    pub(super) fn named_files(&mut self, diagnosis: &Diagnosis) {
        let Some(account) = diagnosis.files.as_ref().filter(|it| self.detail == Detail::Full && !it.files.is_empty()) else { return };
        self.title(phrases::FILES);
        for file in &account.files {
            let label = self.lens.text(&format!("{}: {}: ", phrases::fate(file.fate), file.path));
            let why = self.lens.text(&file.why);
            self.page.labelled(3, (&label, Ink::Label), &why, LongWords::Whole);
        }
    }

    pub(super) fn grounds(&mut self, diagnosis: &Diagnosis) {
        if let Some(grounds) = &diagnosis.grounds {
            self.sentences(phrases::seen_title(diagnosis.verdict), &phrases::seen(grounds));
        }
        self.sentences(phrases::MISSING_GROUNDS, &diagnosis.missing_grounds);
    }

    fn sentences(&mut self, title: &str, sentences: &[String]) {
        if sentences.is_empty() {
            return;
        }
        self.title(title);
        let (shown, left) = self.lens.items(sentences);
        for sentence in shown {
            let sentence = self.lens.text(sentence);
            self.page.labelled(3, ("- ", Ink::Label), &sentence, LongWords::Broken);
        }
        self.left_out(3, left, "items");
    }
}
