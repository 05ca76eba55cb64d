//! Truncated texts: only a head and a tail are left, and a line more in the head shifts what the tail shows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::class::{TraceClass, vm_class};
use super::line::{TraceLine, TracePart, window_lines};
use super::parse::{CUT, parse_window};
use super::{MESSAGE, Segment, TRACEBACK};

/// How the two ends of truncated texts compare, over the lines that both sides show. Each is `identical`, `vm_frames_only`,
/// `pc_values` or, for any other difference and for windows that show nothing to compare, `reason_differs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Windows {
    /// From the beginning to the first cut.
    pub head: TraceClass,
    /// From the last cut to the end.
    pub tail: TraceClass,
}

impl Windows {
    /// The class of the whole: a difference in VM frames only if both ends agree with that and at least one shows it.
    pub(super) fn class(self) -> TraceClass {
        use TraceClass::{Identical, PcValues, Truncated, VmFramesOnly};
        match (self.head, self.tail) {
            (VmFramesOnly, Identical | VmFramesOnly) | (Identical, VmFramesOnly) => VmFramesOnly,
            (PcValues, Identical | VmFramesOnly | PcValues) | (Identical | VmFramesOnly, PcValues) => PcValues,
            _ => Truncated,
        }
    }
}

pub(super) fn compare_windows(ours: &str, theirs: &str) -> Windows {
    let (ours, theirs) = (CutText::new(ours), CutText::new(theirs));
    let (our_head, their_head) = (parse_window(ours.head), parse_window(theirs.head));
    let (our_tail, their_tail) = (parse_window(ours.tail), parse_window(theirs.tail));
    Windows {
        head: common(&head_lines(&our_head, ours.cut), ours.cut, &head_lines(&their_head, theirs.cut), theirs.cut, TextWindow::Head),
        tail: common(&tail_lines(&our_tail, ours.cut), ours.cut, &tail_lines(&their_tail, theirs.cut), theirs.cut, TextWindow::Tail),
    }
}

/// What is left of a text; both are the whole of it if it was not cut.
struct CutText<'a> {
    head: &'a str,
    tail: &'a str,
    cut: Cut,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    Whole,
    Cut,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TextWindow {
    Head,
    Tail,
}

impl<'a> CutText<'a> {
    fn new(text: &'a str) -> Self {
        match text.split_once(CUT) {
            Some((head, tail)) => Self { head, tail, cut: Cut::Cut },
            None => Self { head: text, tail: text, cut: Cut::Whole },
        }
    }
}

/// Without a last line that may be the beginning of a VM frame's.
fn head_lines(segments: &[Segment], cut: Cut) -> Vec<TraceLine<'_>> {
    let mut lines = window_lines(segments);
    if cut == Cut::Cut
        && let Some(last) = lines.last_mut()
        && matches!(last.part, TracePart::Text | TracePart::Panic)
    {
        let (before, line) = last.text.rsplit_once('\n').map_or((None, &*last.text), |(before, line)| (Some(before.to_owned()), line));
        if line.starts_with(MESSAGE) || VM_LINES.iter().any(|it| it.starts_with(&digits_as_zero(line))) {
            match before {
                Some(before) => last.text = before.into(),
                None => drop(lines.pop()),
            }
        }
    }
    lines
}

/// Last line first, without what stands for the text before the window and without the first lines if they may be a VM frame's rest.
fn tail_lines(segments: &[Segment], cut: Cut) -> Vec<TraceLine<'_>> {
    let mut lines = window_lines(segments);
    lines.reverse();
    lines.pop();
    if cut == Cut::Cut
        && let Some(first) = lines.last_mut()
        && first.part == TracePart::Text
    {
        let mut rest = Some(&*first.text);
        while let Some(text) = rest {
            let (line, after) = text.split_once('\n').map_or((text, None), |(line, after)| (line, Some(after)));
            if !line.starts_with(MESSAGE) && !VM_LINES.iter().any(|it| it.ends_with(&digits_as_zero(line))) {
                break;
            }
            rest = after;
        }
        match rest.map(str::to_owned) {
            Some(rest) => first.text = rest.into(),
            None => drop(lines.pop()),
        }
    }
    lines
}

/// The lines of VM frames that a cut may split, with `0` for every number.
const VM_LINES: [&str; 4] = ["Error at pc=0:0:", TRACEBACK, "Unknown location (pc=0:0)", MESSAGE];

fn digits_as_zero(line: &str) -> String {
    // Longer ones are no VM frame's, so there is no need to look at all of a long line.
    let mut out = String::new();
    for letter in line.chars().take(100) {
        let letter = if letter.is_ascii_digit() { '0' } else { letter };
        if letter != '0' || !out.ends_with('0') {
            out.push(letter);
        }
    }
    out
}

/// Compares the lines that both sides show, both given from the outer end inwards.
fn common(ours: &[TraceLine<'_>], our_cut: Cut, theirs: &[TraceLine<'_>], their_cut: Cut, window: TextWindow) -> TraceClass {
    let pairs: Vec<_> = ours.iter().zip(theirs).collect();
    // A head always shows the line that stands for what precedes it.
    let nothing = if window == TextWindow::Head { 1 } else { 0 };
    let Some((&(our_last, their_last), rest)) = pairs.split_last().filter(|(_, rest)| nothing <= rest.len()) else {
        return TraceClass::ReasonDiffers;
    };
    let continues = |short: &TraceLine<'_>, long: &TraceLine<'_>| match window {
        TextWindow::Head => long.text.starts_with(&*short.text),
        TextWindow::Tail => long.text.ends_with(&*short.text),
    };
    // The innermost line of a window may be a part of the line that the other side shows whole.
    let ends_alike = (ours.len() == theirs.len() && our_last.text == their_last.text)
        || (our_cut == Cut::Cut && ours.len() <= theirs.len() && continues(our_last, their_last))
        || (their_cut == Cut::Cut && theirs.len() <= ours.len() && continues(their_last, our_last));
    if !ends_alike || rest.iter().any(|(ours, theirs)| ours.text != theirs.text) {
        return TraceClass::ReasonDiffers;
    }
    match window {
        TextWindow::Head => {
            // VM frames follow their line: those of a head's innermost line may be cut off.
            let (ours, theirs) = (TraceLine::new(our_last.part, &*our_last.text), TraceLine::new(their_last.part, &*their_last.text));
            vm_class(rest.iter().copied().chain([(&ours, &theirs)]))
        }
        TextWindow::Tail => vm_class(pairs.iter().copied().rev()),
    }
}
