//! What to do about what is not explained.

use crate::findings::{NextStep, Verdict};
use crate::render::outline::Outline;
use crate::render::visible::visible;

/// So many steps are shown.
const STEPS: usize = 5;

/// What to do about what is not explained, the most telling first; empty if there is nothing to do.
pub(in crate::render) fn next_steps(outline: &Outline<'_>) -> Vec<NextStep> {
    let steps: Vec<NextStep> = outline.diagnosis.next.iter().take(STEPS).cloned().collect();
    let step = |action: String| NextStep { action, command: None, saved_as: None };
    if steps.is_empty() { open_step(outline).map(step).into_iter().collect() } else { steps }
}

/// A command longer than this is not shown: one that was cut would do something else.
const COMMAND: usize = 1_000;

/// The command of a step, whole and on one line; words instead of one that cannot be shown as it is.
pub(in crate::render) fn command(step: &NextStep) -> Option<Result<&str, &'static str>> {
    let command = step.command.as_deref()?;
    let is_shown = command.chars().count() <= COMMAND && visible(command) == command;
    Some(if is_shown { Ok(command) } else { Err("The command cannot be shown here as it is; the JSON form has it.") })
}

/// The words of a step, with where its answer belongs.
pub(in crate::render) fn action(step: &NextStep) -> String {
    match &step.saved_as {
        Some(name) => format!("{}. Save the answer as `{name}`.", step.action.trim_end_matches('.')),
        None => step.action.clone(),
    }
}

/// What to do about what is not explained where nothing better is known; none if everything is explained.
fn open_step(outline: &Outline<'_>) -> Option<String> {
    let diagnosis = outline.diagnosis;
    let gap = outline.deciding_gaps().into_iter().next();
    match (diagnosis.verdict, gap) {
        (Verdict::Explained | Verdict::NoDivergence, _) => None,
        (Verdict::Contradicted, _) if diagnosis.unexplained.is_empty() => None,
        (_, Some(gap)) => Some(format!("get {} and diagnose again: {}", gap.evidence, gap.how)),
        (Verdict::Inconclusive, None) => Some("collect more of the evidence that is named as not seen, and diagnose again".to_owned()),
        (Verdict::Novel | Verdict::PartlyExplained | Verdict::Contradicted, None) => {
            let name = diagnosis.fingerprint.as_ref().map(|it| format!(" under {it}")).unwrap_or_default();
            Some(format!("no rule knows this: report it{name} with both values, and write a rule once its cause is found"))
        }
    }
}
