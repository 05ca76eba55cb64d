//! The diagnosis in at most eight lines: what happened, whether it is known, whether it is fixed here, and what to do next.

use super::page::{Ink, LongWords, Page};
use super::{Writer, lens, verdict_ink};
use crate::findings::{CauseCertainty, Diagnosis, Divergence, DivergenceRole, named_block};
use crate::render::outline::{Open, Outline};
use crate::render::{Options, fix_line, phrases};

/// Columns of a line: it is pasted elsewhere.
const WIDTH: usize = 80;
/// Lines of the whole.
const LINES: usize = 8;
/// Lines of the headline.
const HEADLINE: usize = 2;
/// Columns of a label, with the blank behind it.
const LABEL: usize = 9;

/// What is said under a label.
struct Entry {
    label: &'static str,
    text: String,
}

/// Who gets a further line first, of those that there are to spare.
const URGENT: [&str; 3] = ["Known", "Next", "Fixed"];

/// Writes a diagnosis in at most eight lines. Only a command is longer than a line of a terminal: one that was cut would do something else.
pub(super) fn write(diagnosis: &Diagnosis, options: &Options) -> String {
    let options = Options { width: options.width.min(WIDTH), ..*options };
    let mut writer = Writer { page: Page::new(&options), lens: lens(diagnosis, &options), detail: options.detail };
    let outline = Outline::new(diagnosis);
    let headline = writer.lens.text(&diagnosis.headline);
    let used = writer.page.cut_paragraph(verdict_ink(diagnosis.verdict), &headline, HEADLINE);
    let (next, command) = next(&outline);
    let entries: Vec<Entry> = happened(diagnosis)
        .into_iter()
        .chain(differs(&outline, &writer))
        .chain([known(&outline), fixed(&outline)])
        .chain(next)
        .map(|it| Entry { text: writer.lens.text(&it.text), ..it })
        .collect();
    let spare = LINES.saturating_sub(used).saturating_sub(entries.len()).saturating_sub(usize::from(command.is_some()));
    for (entry, lines) in entries.iter().zip(writer.page.shares(&entries, spare)) {
        writer.page.cut_entry((&format!("{:<LABEL$}", entry.label), Ink::Label), &entry.text, lines);
    }
    match command {
        Some(Ok(command)) => writer.page.verbatim(LABEL, command),
        Some(Err(why)) => writer.page.labelled(LABEL, ("", Ink::Faint), why, LongWords::Broken),
        None => {}
    }
    writer.page.finish()
}

impl Page {
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

/// What triggered it.
fn happened(diagnosis: &Diagnosis) -> Option<Entry> {
    let episode = diagnosis.episodes.iter().find(|it| it.trigger.is_some()).or(diagnosis.episodes.first())?;
    let others = match diagnosis.episodes.len().saturating_sub(1) {
        0 => String::new(),
        others => format!("; {others} more: --episode K"),
    };
    Some(Entry { label: phrases::happened_label(episode), text: format!("{}{others}", phrases::happened(episode)) })
}

fn differs(outline: &Outline<'_>, writer: &Writer) -> Option<Entry> {
    let differing = differing(outline, writer);
    (!differing.is_empty()).then(|| Entry { label: "Differs", text: differing.join("; ") })
}

/// Whether the causes are known, and how sure the first of them is where it is not established: the words for the verdict come first, for a
/// rule alone would say that it is the cause.
fn known(outline: &Outline<'_>) -> Entry {
    let verdict = outline.diagnosis.verdict;
    let rule = outline.leading().map(|it| {
        let doubt = if it.cause == CauseCertainty::Suspected { format!(" ({})", phrases::cause(it)) } else { String::new() };
        format!("{}{}{doubt}", phrases::by_rules(verdict), it.rule)
    });
    Entry { label: "Known", text: format!("{}{}", phrases::known(verdict), rule.unwrap_or_default()) }
}

fn fixed(outline: &Outline<'_>) -> Entry {
    let lines: Vec<String> = fix_line::fixed_here_by_name(outline).into_iter().map(|it| it.line).collect();
    Entry { label: "Fixed", text: lines.join("; ") }
}

/// The first step, and its command or why that cannot be shown.
fn next<'d>(outline: &Outline<'d>) -> (Option<Entry>, Option<Result<&'d str, &'static str>>) {
    let advised = outline.leading().and_then(|it| it.remediation.first());
    match (advised, phrases::next_steps(outline).first()) {
        (Some(advised), _) => (Some(Entry { label: "Next", text: advised.action.clone() }), None),
        (None, Some(step)) => (Some(Entry { label: "Next", text: phrases::action(step) }), phrases::command(step)),
        (None, None) => (None, None),
    }
}

/// What differs as a cause: what is unexplained first, then what findings claim.
fn differing(outline: &Outline<'_>, writer: &Writer) -> Vec<String> {
    let causes = outline.root_causes();
    let claimed = causes.iter().flat_map(|it| outline.claims(it)).filter(|it| it.role == DivergenceRole::Cause);
    let is_at_trigger = |it: &Divergence| {
        let episode = outline.diagnosis.episodes.iter().find(|episode| episode.number == it.episode);
        episode.and_then(|it| it.trigger.as_ref()?.block) == named_block(it.block)
    };
    // Where the trigger is, stands above.
    let in_words = |it: &Divergence| {
        let place = named_block(it.block).filter(|_| !is_at_trigger(it));
        format!("{}{}", it.subject, place.map(|it| format!(" at block {it}")).unwrap_or_default())
    };
    let open = outline.open();
    let open = open.iter().map(|it| match it {
        Open::Divergence(it) => in_words(it),
        Open::Shift(it) => it.words(),
    });
    let mut all: Vec<String> = Vec::new();
    for words in open.chain(claimed.map(in_words)) {
        if !all.contains(&words) {
            all.push(words);
        }
    }
    let (shown, left) = writer.lens.items(&all);
    let more = (0 < left).then(|| format!("{left} more"));
    shown.iter().cloned().chain(more).collect()
}
