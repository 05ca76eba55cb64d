//! What is open: divergences that nobody explains, evidence that was not seen, rules that could not be decided.

use super::TextWriter;
use super::page::{Ink, LongWords};
use crate::findings::Witness;
use crate::render::outline::{Gap, OpenItem, Outline, RULES};
use crate::render::{Detail, fix_line, phrases};

impl TextWriter {
    pub(super) fn unexplained(&mut self, outline: &Outline<'_>) {
        let diagnosis = outline.diagnosis;
        // Where a finding leads, its fixes stand with it.
        let fixed = if outline.leading().is_none() { fix_line::fixed_here(outline) } else { Vec::new() };
        let open = outline.open();
        if open.is_empty() {
            return self.next(outline);
        }
        let known_as = diagnosis.fingerprint.as_ref().map(|it| format!(", fingerprint {it}")).unwrap_or_default();
        self.title(&format!("Unexplained: {}{known_as}", phrases::count(open.len(), "divergence")));
        let (shown, left) = self.lens.items(&open);
        for it in shown {
            match it {
                OpenItem::Divergence(divergence) => self.divergence("", divergence, outline),
                OpenItem::Shift(shift) => {
                    let text = self.lens.text(&format!("{}{}", shift.words(), outline.of_episode(shift.episode)));
                    self.page.labelled(3, ("", Ink::Label), &text, LongWords::Broken);
                }
            }
        }
        self.left_out(3, left, "divergences");
        let (shown, left) = self.lens.items(&diagnosis.isolations);
        for isolation in shown {
            self.entry("Alone    ", &phrases::isolation(isolation, outline));
            if self.detail == Detail::Full {
                self.proof(&isolation.proof);
            }
        }
        self.left_out(12, left, "items");
        self.entries("Fixed    ", fixed.into_iter().map(|it| it.line).collect());
        self.next(outline);
    }

    /// What to do, with commands that can be copied: each on a line of its own that is not wrapped.
    fn next(&mut self, outline: &Outline<'_>) {
        let steps = phrases::next_steps(outline);
        if outline.open().is_empty() && !steps.is_empty() {
            self.page.gap();
        }
        for (place, step) in steps.iter().enumerate() {
            self.entry(if place == 0 { "Next     " } else { "         " }, &phrases::action(step));
            match phrases::command(step) {
                Some(Ok(command)) => self.page.verbatim(12, command),
                Some(Err(why)) => self.page.paragraph(12, Ink::Faint, why),
                None => {}
            }
        }
    }

    /// What speaks of a divergence that nothing explains.
    pub(super) fn witnesses(&mut self, witnesses: &[Witness]) {
        let (shown, left) = self.lens.items(witnesses);
        for witness in shown {
            let place = self.lens.text(&phrases::witness(witness));
            self.page.labelled(5, (&format!("{place}: "), Ink::Label), "", LongWords::Broken);
            let (lines, left) = self.lens.lines(&witness.text);
            for line in &lines {
                self.page.labelled(7, ("", Ink::Plain), line, self.long_words());
            }
            self.left_out(7, left, "lines");
        }
        self.left_out(5, left, "witnesses");
    }

    pub(super) fn unseen(&mut self, outline: &Outline<'_>) {
        let (deciding, others) = (outline.deciding_gaps(), outline.other_gaps());
        if deciding.is_empty() && others.is_empty() {
            return;
        }
        self.title("Not seen");
        let (shown, left) = self.lens.items(&deciding);
        for gap in shown {
            let why = self.lens.text(gap.why);
            self.page.labelled(3, (&format!("{}: ", self.lens.text(gap.evidence)), Ink::Doubt), &why, LongWords::Broken);
            let how = self.lens.text(gap.how);
            self.page.labelled(5, ("get it: ", Ink::Label), &how, LongWords::Whole);
            let (named, more) = self.rules_of(gap);
            let rules = self.lens.text(&format!("{}{more}", named.join(", ")));
            self.page.labelled(5, ("would decide: ", Ink::Label), &rules, LongWords::Whole);
        }
        self.left_out(3, left, "gaps that would decide a rule");
        self.other_gaps(&others);
    }

    fn rules_of<'g>(&self, gap: &'g Gap<'_>) -> (Vec<&'g str>, String) {
        if self.detail == Detail::Full {
            return (gap.would_decide.iter().copied().collect(), String::new());
        }
        let (named, others) = gap.rules();
        (named, if others == 0 { String::new() } else { format!(" and {others} more") })
    }

    fn other_gaps(&mut self, gaps: &[Gap<'_>]) {
        if self.detail == Detail::Full {
            for gap in gaps {
                let name = format!("{}: ", self.lens.text(gap.evidence));
                self.page.labelled(3, (&name, Ink::Plain), &self.lens.text(gap.why), LongWords::Whole);
                self.page.labelled(5, ("get it: ", Ink::Label), &self.lens.text(gap.how), LongWords::Whole);
            }
        } else if !gaps.is_empty() {
            let mut names: Vec<&str> = gaps.iter().map(|it| it.evidence).collect();
            names.sort_unstable();
            names.dedup();
            let names = self.lens.text(&names.join(", "));
            self.page.labelled(3, ("also: ", Ink::Plain), &format!("{names} (not needed by any open rule)"), LongWords::Broken);
        }
    }

    pub(super) fn undecided(&mut self, outline: &Outline<'_>) {
        let (rules, others) = outline.undecided();
        if rules.is_empty() && others == 0 {
            return;
        }
        self.title("Undecided rules");
        let most = if self.detail == Detail::Full { usize::MAX } else { RULES };
        for open in rules.iter().take(most) {
            let why = match open.broken {
                Some(why) => format!("the rule failed: {why}"),
                None if open.missing.is_empty() => "the evidence does not tell".to_owned(),
                None => format!("needs {}", open.missing.iter().copied().collect::<Vec<_>>().join(", ")),
            };
            let why = self.lens.text(&why);
            self.page.labelled(3, (&format!("{}: ", self.lens.text(open.rule)), Ink::Plain), &why, LongWords::Broken);
        }
        self.left_out(3, rules.len().saturating_sub(most), "rules that could explain what is unexplained");
        if 0 < others {
            self.page.paragraph(3, Ink::Faint, &phrases::undecided(others, rules.len()));
        }
    }
}
