//! What the answer rests on, what is open, and what to do about it.

use super::MarkdownWriter;
use super::escape::fence;
use crate::findings::{Diagnosis, Witness};
use crate::render::outline::{OpenItem, Outline, RULES};
use crate::render::phrases;

/// Witnesses of a divergence; all of them are in the JSON form.
const WITNESSES: usize = 2;
/// Lines of a witness.
const WITNESS_LINES: usize = 3;

impl MarkdownWriter {
    /// What was left out, what the answer rests on, and what is missing for a better one.
    pub(super) fn basis(&mut self, diagnosis: &Diagnosis) {
        let files = diagnosis.files.iter().map(|it| self.prose(&phrases::files(it))).collect();
        self.point(phrases::FILES, files);
        let aside = diagnosis.set_aside.iter().map(|it| self.prose(&phrases::set_aside(it))).collect();
        self.point(phrases::SET_ASIDE, aside);
        if let Some(grounds) = &diagnosis.grounds {
            let seen = phrases::seen(grounds).iter().map(|it| self.prose(it)).collect();
            self.point(phrases::seen_title(diagnosis.verdict), seen);
        }
        let missing = diagnosis.missing_grounds.iter().map(|it| self.prose(it)).collect();
        self.point(phrases::MISSING_GROUNDS, missing);
    }

    /// Something that nothing explains, on one line.
    pub(super) fn open_item(&self, it: &OpenItem<'_>, outline: &Outline<'_>) -> String {
        match it {
            OpenItem::Divergence(divergence) => self.difference(divergence, outline),
            OpenItem::Shift(shift) => self.prose(&format!("{}{}", shift.words(), outline.of_episode(shift.episode))),
        }
    }

    /// What to do: the steps of the leading finding, then what is to be done about what is not explained. A command is a block of code.
    pub(super) fn next(&mut self, steps: Vec<String>, outline: &Outline<'_>) {
        let open = phrases::next_steps(outline);
        if open.iter().all(|it| it.command.is_none()) {
            let open = open.iter().map(|it| self.prose(&phrases::action(it)));
            return self.point("Next", steps.into_iter().chain(open.collect::<Vec<_>>()).collect());
        }
        self.line("- **Next:**");
        for step in steps.iter().take(self.words.limits.items) {
            self.line(&format!("  - {step}"));
        }
        for step in open {
            let action = self.prose(&phrases::action(step));
            self.line(&format!("  - {action}"));
            match phrases::command(step) {
                Some(Ok(command)) => {
                    let block = fence("sh", &[command.to_owned()]);
                    self.line("");
                    block.lines().for_each(|it| self.line(&format!("    {it}")));
                    self.line("");
                }
                Some(Err(why)) => self.line(&format!("    {why}")),
                None => {}
            }
        }
    }

    /// What speaks of a divergence that nothing explains, as it stands in the evidence.
    pub(super) fn witnesses(&mut self, witnesses: &[Witness]) {
        let (shown, left) = witnesses.split_at_checked(WITNESSES).unwrap_or((witnesses, &[]));
        let left = left.len();
        for witness in shown {
            let place = self.code(&phrases::witness(witness));
            let (mut lines, left) = self.words.lines(&witness.text);
            let left = left.saturating_add(lines.len().saturating_sub(WITNESS_LINES));
            lines.truncate(WITNESS_LINES);
            lines.extend((0 < left).then(|| format!("… ({left} more lines)")));
            self.line(&format!("  {place}:"));
            self.line("");
            fence("text", &lines).lines().for_each(|it| self.line(&format!("  {it}")));
            self.line("");
        }
        self.left_out(left, "witnesses");
    }

    pub(super) fn unexplained(&mut self, outline: &Outline<'_>) {
        let diagnosis = outline.diagnosis;
        let open = outline.open();
        if open.is_empty() {
            return;
        }
        self.heading(&format!("Unexplained: {}", phrases::count(open.len(), "divergence")));
        let (shown, left) = self.values.items(&open);
        for it in shown {
            match it {
                OpenItem::Divergence(divergence) => self.divergence(divergence, outline),
                OpenItem::Shift(_) => {
                    let line = self.open_item(it, outline);
                    self.line(&format!("- {line}"));
                    self.line("");
                }
            }
        }
        self.left_out(left, "divergences");
        let (shown, left) = self.values.items(&diagnosis.isolations);
        for isolation in shown {
            let sentence = self.prose(&phrases::isolation(isolation, outline));
            self.line(&format!("- {sentence}"));
        }
        self.left_out(left, "proofs");
    }

    pub(super) fn unseen(&mut self, outline: &Outline<'_>) {
        let (deciding, others) = (outline.deciding_gaps(), outline.other_gaps());
        let (undecided, uncounted) = outline.undecided();
        if deciding.is_empty() && others.is_empty() && undecided.is_empty() && uncounted == 0 {
            return;
        }
        self.heading("Not seen");
        let (shown, left) = self.words.items(&deciding);
        for gap in shown {
            let (named, more) = gap.rules();
            let mut rules = named.iter().map(|it| self.code(it)).collect::<Vec<_>>().join(", ");
            if 0 < more {
                rules.push_str(&format!(" and {more} more"));
            }
            let (evidence, why, how) = (self.code(gap.evidence), self.prose(gap.why), self.code(gap.how));
            self.line(&format!("- {evidence} {why}; it would decide {rules}; to get it: {how}"));
        }
        self.left_out(left, "gaps that would decide a rule");
        let mut names: Vec<&str> = others.iter().map(|it| it.evidence).collect();
        names.sort_unstable();
        names.dedup();
        let shown = self.words.items(&names).0.to_vec();
        if !shown.is_empty() {
            let list: Vec<String> = shown.iter().map(|it| self.code(it)).collect();
            self.line(&format!("- also, though not needed by any open rule: {}", list.join(", ")));
        }
        for open in undecided.iter().take(RULES) {
            let rule = self.code(open.rule);
            match open.broken {
                Some(why) => self.line(&format!("- the rule {rule} failed: {}", self.prose(why))),
                None => {
                    let missing: Vec<String> = open.missing.iter().take(RULES).map(|it| self.code(it)).collect();
                    let needs = if missing.is_empty() { String::new() } else { format!("; it needs {}", missing.join(", ")) };
                    self.line(&format!("- undecided, and could explain what is unexplained: {rule}{needs}"));
                }
            }
        }
        let counted = undecided.len().saturating_sub(RULES).saturating_add(uncounted);
        if 0 < counted {
            self.line(&format!("- {}", phrases::undecided(counted, undecided.len())));
        }
    }
}
