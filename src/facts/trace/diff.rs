//! Two revert texts side by side, and what kind of difference is between them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::class::{Sides, TraceClass, extra, vm_class};
use super::line::{TraceLine, TracePart, lines};
use super::parse::{CUT, parse};
use super::windows::{self, Windows};

/// How two revert texts of one transaction differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TraceDiff {
    /// The kind of difference.
    pub class: TraceClass,
    /// Which side has VM frames under lines where the other has none; counts lines that both sides have. With
    /// [`TraceClass::Truncated`] what the windows show may be incomplete.
    pub extra_vm_frames_on: Option<Sides>,
    /// What the windows say, where a text was truncated; absent where the whole texts were compared.
    pub windows: Option<Windows>,
    /// The lines of both sides in the order of the texts, VM frames under the line that they belong to; empty if the texts are equal.
    pub frames: Vec<FrameDiff>,
    /// The first line that differs; absent if the texts are equal.
    pub first_difference: Option<FirstDifference>,
}

/// A line of one text beside the line of the other that it corresponds to. At least one side is present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FrameDiff {
    /// The difference between the two.
    pub change: Change,
    /// Echonet's line.
    pub ours: Option<DiffRow>,
    /// Mainnet's line.
    pub theirs: Option<DiffRow>,
}

/// The kind of difference between two lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Not at all.
    Same,
    /// One has VM frames under it and the other has none.
    VmFrames,
    /// Both have VM frames under them, and these differ.
    PcValues,
    /// Their own texts differ.
    Text,
    /// Only Echonet has it.
    OursOnly,
    /// Only mainnet has it.
    TheirsOnly,
}

/// A line of a trace with what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiffRow {
    /// The kind of line.
    pub part: TracePart,
    /// Its text without the last line feed; several lines for free text and for some panic data. Empty for a header that is absent.
    pub text: String,
    /// Address of the contract, for frames.
    pub address: Option<String>,
    /// Class, for frames; `_` if the frame does not name it.
    pub class: Option<String>,
    /// Selector, for frames; `UNKNOWN` if the frame does not know it.
    pub selector: Option<String>,
    /// The lines of the VM frames that belong to it, without blank lines.
    pub vm: Vec<String>,
}

/// The first line in which two texts differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FirstDifference {
    /// Its number, from 1, the same on both sides.
    pub line: usize,
    /// Echonet's line without its line feed; absent where its text is over.
    pub ours: Option<String>,
    /// Mainnet's.
    pub theirs: Option<String>,
}

/// Compares Echonet's revert text of a transaction with mainnet's; `None` stands for a side that did not revert.
///
/// Pure and total; takes time in proportion to the texts.
#[must_use]
pub fn compare(ours: Option<&str>, theirs: Option<&str>) -> TraceDiff {
    let mut diff = TraceDiff {
        class: TraceClass::Identical,
        extra_vm_frames_on: None,
        windows: None,
        frames: Vec::new(),
        first_difference: first_difference(ours, theirs),
    };
    if ours == theirs {
        return diff;
    }
    let (our_trace, their_trace) = (ours.map(parse), theirs.map(parse));
    let (our_lines, their_lines) = (our_trace.as_ref().map_or_else(Vec::new, lines), their_trace.as_ref().map_or_else(Vec::new, lines));
    let pairs = super::align::align(&our_lines, &their_lines);
    diff.frames = pairs.iter().filter_map(|(ours, theirs)| frame_diff(*ours, *theirs)).collect();
    diff.extra_vm_frames_on = pairs.iter().filter_map(|(ours, theirs)| extra((*ours)?, (*theirs)?)).reduce(Sides::and);
    let (Some(ours), Some(theirs)) = (ours, theirs) else {
        diff.class = TraceClass::OneSided;
        return diff;
    };
    if same_but_for_whitespace(ours, theirs) {
        diff.class = TraceClass::Whitespace;
    } else if ours.contains(CUT) || theirs.contains(CUT) {
        let windows = windows::compare_windows(ours, theirs);
        diff.windows = Some(windows);
        diff.class = windows.class();
    } else {
        diff.class = classify(&our_lines, &their_lines);
    }
    diff
}

fn frame_diff(ours: Option<&TraceLine<'_>>, theirs: Option<&TraceLine<'_>>) -> Option<FrameDiff> {
    let change = match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours.text != theirs.text => Change::Text,
        (Some(ours), Some(theirs)) if ours.vm == theirs.vm => Change::Same,
        (Some(ours), Some(theirs)) if extra(ours, theirs).is_some() => Change::VmFrames,
        (Some(_), Some(_)) => Change::PcValues,
        (Some(_), None) => Change::OursOnly,
        (None, _) => Change::TheirsOnly,
    };
    let shows = |line: &&TraceLine<'_>| !line.text.is_empty() || !line.vm.is_empty() || line.part != TracePart::Header;
    let any = ours.filter(shows).or(theirs.filter(shows)).is_some();
    any.then(|| FrameDiff { change, ours: ours.map(row), theirs: theirs.map(row) })
}

fn classify(ours: &[TraceLine<'_>], theirs: &[TraceLine<'_>]) -> TraceClass {
    let has = |part: TracePart| ours.iter().chain(theirs).any(|it| it.part == part);
    let equal = |of: fn(&TraceLine<'_>) -> bool| texts(ours, of).eq(texts(theirs, of));
    if has(TracePart::Fee) {
        return TraceClass::FeeError;
    }
    if equal(|_| true) {
        return vm_class(ours.iter().zip(theirs));
    }
    let opaque = |lines: &[TraceLine<'_>]| lines.iter().all(|it| it.text.is_empty() || it.part == TracePart::Text);
    if opaque(ours) || opaque(theirs) {
        TraceClass::ReasonDiffers
    } else if !equal(|it| it.place.is_some()) {
        TraceClass::FrameSet
    } else if has(TracePart::Panic) && equal(|it| it.part != TracePart::Panic) {
        TraceClass::PanicData
    } else {
        TraceClass::ReasonDiffers
    }
}

fn texts<'a>(lines: &'a [TraceLine<'_>], of: fn(&TraceLine<'_>) -> bool) -> impl Iterator<Item = &'a str> {
    lines.iter().filter(move |it| of(it)).map(|it| &*it.text)
}

fn same_but_for_whitespace(ours: &str, theirs: &str) -> bool {
    fn ends_trimmed(text: &str) -> impl Iterator<Item = &str> {
        text.split('\n').map(str::trim_end).filter(|it| !it.is_empty())
    }
    ends_trimmed(ours).eq(ends_trimmed(theirs))
}

fn first_difference(ours: Option<&str>, theirs: Option<&str>) -> Option<FirstDifference> {
    let (mut ours, mut theirs) = (ours.into_iter().flat_map(|it| it.split('\n')), theirs.into_iter().flat_map(|it| it.split('\n')));
    for line in 1.. {
        match (ours.next(), theirs.next()) {
            (None, None) => break,
            (ours, theirs) if ours == theirs => {}
            (ours, theirs) => {
                return Some(FirstDifference { line, ours: ours.map(str::to_owned), theirs: theirs.map(str::to_owned) });
            }
        }
    }
    None
}

fn row(line: &TraceLine<'_>) -> DiffRow {
    let [address, class, selector] = line.place.map_or([None; 3], |it| it.map(Some)).map(|it| it.map(str::to_owned));
    let vm = line.vm.iter().flat_map(|it| it.to_string().lines().map(str::to_owned).collect::<Vec<_>>());
    DiffRow {
        part: line.part,
        text: line.text.clone().into_owned(),
        address,
        class,
        selector,
        vm: vm.filter(|it| !it.is_empty()).collect(),
    }
}
