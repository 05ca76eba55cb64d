//! What to do about what is not explained.

use crate::findings::NextStep;
use crate::render::outline::Outline;
use crate::visible::visible;

/// So many steps are shown.
const STEPS: usize = 5;

/// What to do about what is not explained, the most telling first; empty if there is nothing to do.
pub(in crate::render) fn next_steps<'d>(outline: &Outline<'d>) -> &'d [NextStep] {
    let next = &outline.diagnosis.next;
    next.get(..STEPS).unwrap_or(next)
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
        Some(name) => format!("{}. Save the output as `{name}`.", step.action.trim_end_matches('.')),
        None => step.action.clone(),
    }
}
