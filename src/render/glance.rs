//! The answer at a glance: what triggered the resync, what differs, whether it is a known failure, whether it is fixed here, and what to do
//! next.
//!
//! Every format begins with it, in the same words.

use super::lens::Lens;
use super::outline::{OpenItem, Outline};
use super::{fix_line, phrases};
use crate::findings::{
    CauseCertainty, Diagnosis, Divergence, DivergenceRole, EpisodeSummary, NextStep, Remediation, ReportSection, named_block,
};

/// Differences that are named; the others are counted.
const DIFFERENCES: usize = 3;

/// Characters of a headline in a chat.
const CHAT: usize = 160;

/// One line of the answer.
pub(super) struct Entry {
    /// What it is about.
    pub(super) label: &'static str,
    /// The text, escaped and shortened.
    pub(super) text: String,
}

/// What to do first.
pub(super) enum FirstStep<'d> {
    /// What the rule that leads advises.
    Advised(&'d Remediation),
    /// What to do about what nothing explains.
    Open(&'d NextStep),
}

impl FirstStep<'_> {
    /// What to do, in words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Advised(step) => step.action.clone(),
            Self::Open(step) => phrases::action(step),
        }
    }
}

/// The answer at a glance, without marks.
pub(super) fn entries(outline: &Outline<'_>, lens: &Lens) -> Vec<Entry> {
    let entry = |label, text: String| Entry { label, text };
    let trigger =
        outline.diagnosis.leading_episode().map(|it| entry(phrases::happened_label(it), lens.text(&trigger(outline.diagnosis, it))));
    let (named, left) = differences(outline);
    let mut differs: Vec<String> = named.iter().map(|it| in_words(it, outline, lens)).collect();
    differs.extend((0 < left).then(|| format!("{left} more")));
    let differs = (!differs.is_empty()).then(|| entry("Differs", differs.join("; ")));
    let fixed: Vec<String> = fix_line::fixed_here_by_name(outline).into_iter().map(|it| it.line).collect();
    let next = next(outline).map(|it| entry("Next", lens.text(&it.words())));
    let certain = [entry("Known", lens.text(&known(outline))), entry("Fixed", lens.text(&fixed.join("; ")))];
    trigger.into_iter().chain(differs).chain(certain).chain(next).collect()
}

/// What triggered it, and how many other episodes there are.
fn trigger(diagnosis: &Diagnosis, episode: &EpisodeSummary) -> String {
    let others = match diagnosis.episodes.len().saturating_sub(1) {
        0 => String::new(),
        others => format!("; {} (--episode K)", phrases::count(others, "more episode")),
    };
    format!("{}{others}", phrases::happened(episode))
}

/// What differs as a cause, and how much is left out: what findings claim and what is unexplained in the order of the
/// [sections](Outline::sections), and each once.
pub(super) fn differences<'d>(outline: &Outline<'d>) -> (Vec<OpenItem<'d>>, usize) {
    let is_cause = |it: &&'d Divergence| it.role == DivergenceRole::Cause;
    let mut all: Vec<OpenItem<'_>> = Vec::new();
    for section in outline.diagnosis.sections() {
        match section {
            ReportSection::Findings => {
                all.extend(outline.causes().flat_map(|it| outline.claims(it)).filter(is_cause).map(OpenItem::Divergence))
            }
            ReportSection::Unexplained => all.extend(outline.open()),
        }
    }
    let mut seen: Vec<(String, u64)> = Vec::new();
    all.retain(|it| {
        let (words, block) = match it {
            OpenItem::Divergence(it) => (it.subject.clone(), it.block),
            OpenItem::Shift(it) => (it.words(), 0),
        };
        let is_new = !seen.contains(&(words.clone(), block));
        seen.push((words, block));
        is_new
    });
    let left = all.len().saturating_sub(DIFFERENCES);
    all.truncate(DIFFERENCES);
    (all, left)
}

/// One thing that differs, with both values; where the trigger is, needs no word.
fn in_words(it: &OpenItem<'_>, outline: &Outline<'_>, lens: &Lens) -> String {
    match it {
        OpenItem::Shift(it) => lens.text(&it.words()),
        OpenItem::Divergence(it) => {
            let place = named_block(it.block).filter(|_| !is_at_trigger(it, outline)).map(|it| format!(" at block {it}"));
            format!("{}{}: {}", lens.text(&it.subject), place.unwrap_or_default(), phrases::values(it, lens))
        }
    }
}

fn is_at_trigger(it: &Divergence, outline: &Outline<'_>) -> bool {
    outline.diagnosis.leading_episode().and_then(|it| it.trigger.as_ref()?.block) == named_block(it.block)
}

/// Whether the causes are known, and how sure the first of them is where it is not established: the words for the verdict come first, for a
/// rule alone would say that it is the cause.
fn known(outline: &Outline<'_>) -> String {
    let verdict = outline.diagnosis.verdict;
    let rule = outline.leading().map(|it| {
        let doubt = if it.cause == CauseCertainty::Suspected { format!(" ({})", phrases::cause(it)) } else { String::new() };
        format!("{}{}{doubt}", phrases::by_rules(verdict), it.rule)
    });
    format!("{}{}", phrases::known(verdict), rule.unwrap_or_default())
}

/// What to do first; none if there is nothing to do.
pub(super) fn next<'d>(outline: &Outline<'d>) -> Option<FirstStep<'d>> {
    let advised = outline.leading().and_then(|it| it.remediation.first()).map(FirstStep::Advised);
    let open = || phrases::next_steps(outline).first().map(FirstStep::Open);
    match outline.diagnosis.sections() {
        [ReportSection::Findings, _] => advised.or_else(open),
        [ReportSection::Unexplained, _] => open().or(advised),
    }
}

/// A headline for a chat, cut between two sentences or, where the first is long, between two words; the same if it is short.
pub(super) fn chat_headline(text: &str) -> String {
    if text.chars().count() <= CHAT {
        return text.to_owned();
    }
    let end = text.char_indices().nth(CHAT - 2).map_or(text.len(), |(at, _)| at);
    let shown = text.get(..end).unwrap_or(text);
    // A whole sentence says more than a part of the next one.
    let sentence = shown.rfind(". ").filter(|it| end / 3 < *it).and_then(|it| shown.get(..=it));
    if let Some(sentence) = sentence {
        return format!("{sentence} …");
    }
    let shown = shown.rfind(' ').and_then(|it| shown.get(..it)).unwrap_or(shown);
    format!("{} …", shown.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headline_for_a_chat_ends_with_a_whole_word() {
        assert_eq!(chat_headline("Explained: short."), "Explained: short.");
        let long = chat_headline(&"twelve chars ".repeat(20));
        assert!(long.chars().count() <= CHAT && long.ends_with("twelve chars …"), "{long}");
        let first = format!("Explained: {}.", "x".repeat(100));
        assert_eq!(chat_headline(&format!("{first} {}", "twelve chars ".repeat(20))), format!("{first} …"));
    }
}
