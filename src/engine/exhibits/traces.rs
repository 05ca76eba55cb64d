//! Revert texts that differ, frame by frame.

use super::excerpt::cut;
use crate::facts::{Case, ItemKind, LedgerItem, Role, trace};
use crate::findings::{Equality, TraceFrame, TraceRow, TraceSides};

/// Texts compared in an episode.
const TEXTS: usize = 12;
/// Rows of one comparison.
const ROWS: usize = 120;
/// Lines of the virtual machine under one frame.
const VM_LINES: usize = 12;

pub(super) fn compare_traces(case: &Case<'_>) -> Vec<TraceSides> {
    let differs =
        |it: &&LedgerItem| it.kind == ItemKind::RevertReason && it.role == Role::Cause && it.ours.is_some() && it.theirs.is_some();
    case.document.ledger.iter().filter(differs).take(TEXTS).map(|it| sides(case.episode.number, it)).collect()
}

fn sides(episode: u32, item: &LedgerItem) -> TraceSides {
    let diff = trace::compare(item.ours.as_deref(), item.theirs.as_deref());
    let frame = |it: &trace::DiffRow| TraceFrame { text: cut(&it.text), vm: it.vm.iter().take(VM_LINES).map(|it| cut(it)).collect() };
    let row = |it: &trace::FrameDiff| TraceRow {
        equality: if it.change == trace::Change::Same { Equality::Equal } else { Equality::Different },
        ours: it.ours.as_ref().map(frame),
        theirs: it.theirs.as_ref().map(frame),
    };
    // The line feed at the end of both texts is an empty line of its own.
    let says = |it: &&trace::FrameDiff| {
        it.change != trace::Change::Same || [&it.ours, &it.theirs].into_iter().flatten().any(|it| !it.text.is_empty() || !it.vm.is_empty())
    };
    let frames: Vec<&trace::FrameDiff> = diff.frames.iter().filter(says).collect();
    TraceSides {
        episode,
        divergence: item.id.clone(),
        class: crate::engine::language::value::word(&diff.class).replace('_', " "),
        rows: frames.iter().take(ROWS).map(|it| row(it)).collect(),
        left_out: frames.len().saturating_sub(ROWS),
    }
}
