//! Two revert texts side by side, and what kind of difference is between them.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::parse::{CUT, parse};
use super::windows::{self, Windows};
use super::{CallKind, Segment, SummaryFrame, Trace, VmFrame};

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

/// The kind of difference between two revert texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TraceClass {
    /// The same text, or no text on either side.
    Identical,
    /// Equal after removing VM frames that one side has and the other lacks, none of them certainly of a Cairo 0 contract. One side
    /// ran natively, or its protocol version strips them.
    VmFramesOnly,
    /// Equal but for VM frames, and not only by their absence: other program counters or traceback on both sides, or VM frames of a
    /// Cairo 0 contract missing on one. The classes were compiled differently.
    PcValues,
    /// Other frames: number, kind, address, class or selector.
    FrameSet,
    /// The same frames, another panic; VM frames may differ beside it.
    PanicData,
    /// At least one side could not pay its fee or gas.
    FeeError,
    /// A text was truncated, and what is left does not show that VM frames are all that differs.
    Truncated,
    /// Only blank lines or white space at the ends of lines.
    Whitespace,
    /// Anything else, also texts that do not follow the grammar.
    ReasonDiffers,
    /// Only one side has a text: only one reverted.
    OneSided,
}

/// A side, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sides {
    /// Echonet.
    Ours,
    /// Mainnet.
    Theirs,
    /// Each in another place.
    Both,
}

/// A line of one text beside the line of the other that it corresponds to. At least one side is present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FrameDiff {
    /// How the two differ.
    pub change: Change,
    /// Echonet's line.
    pub ours: Option<Row>,
    /// Mainnet's line.
    pub theirs: Option<Row>,
}

/// How two lines differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Not at all.
    Same,
    /// One has VM frames under it and the other has none.
    VmFrames,
    /// Both have VM frames under them, and these differ.
    PcValues,
    /// In their own text.
    Text,
    /// Only Echonet has it.
    OursOnly,
    /// Only mainnet has it.
    TheirsOnly,
}

/// A line of a trace with what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// What it is.
    pub part: Part,
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

/// What a line of a trace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The phase that failed.
    Header,
    /// An entry point that was called.
    Call,
    /// An entry point of a library call.
    LibraryCall,
    /// A constructor.
    Constructor,
    /// The first line of a Cairo 1 summary.
    SummaryHeader,
    /// A frame of a Cairo 1 summary.
    Contract,
    /// Frames that a summary leaves out.
    Elided,
    /// Panic data.
    Panic,
    /// A failed fee check.
    Fee,
    /// Free text.
    Text,
    /// The place where the middle was cut out.
    Truncation,
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

impl Sides {
    fn and(self, other: Self) -> Self {
        if self == other { self } else { Self::Both }
    }
}

/// A line that is not a VM frame's, with the VM frames under it.
pub(super) struct Line<'a> {
    pub(super) part: Part,
    pub(super) text: Cow<'a, str>,
    pub(super) place: Option<[&'a str; 3]>,
    pub(super) vm: Vec<&'a VmFrame>,
}

fn lines(trace: &Trace) -> Vec<Line<'_>> {
    let header = trace.header.map_or("", |it| it.line());
    let mut lines = vec![Line::new(Part::Header, header)];
    extend_lines(&mut lines, &trace.segments);
    lines
}

/// The lines of a piece of a text; the first stands for what precedes it and is empty.
pub(super) fn window_lines(segments: &[Segment]) -> Vec<Line<'_>> {
    let mut lines = vec![Line::new(Part::Header, "")];
    extend_lines(&mut lines, segments);
    lines
}

impl<'a> Line<'a> {
    pub(super) fn new(part: Part, text: impl Into<Cow<'a, str>>) -> Self {
        Self { part, text: text.into(), place: None, vm: Vec::new() }
    }

    /// Lines with the same key may be the same line with another content.
    pub(super) fn key(&self) -> (Part, Option<[&'a str; 3]>) {
        (self.part, self.place)
    }

    fn row(&self) -> Row {
        let [address, class, selector] = self.place.map_or([None; 3], |it| it.map(Some)).map(|it| it.map(str::to_owned));
        let vm = self.vm.iter().flat_map(|it| it.to_string().lines().map(str::to_owned).collect::<Vec<_>>());
        Row {
            part: self.part,
            text: self.text.clone().into_owned(),
            address,
            class,
            selector,
            vm: vm.filter(|it| !it.is_empty()).collect(),
        }
    }
}

fn extend_lines<'a>(lines: &mut Vec<Line<'a>>, segments: &'a [Segment]) {
    for segment in segments {
        match segment {
            Segment::Fee(it) => lines.push(Line::new(Part::Fee, it.to_string())),
            Segment::EntryPoint(it) => {
                let part = match it.kind {
                    CallKind::Call => Part::Call,
                    CallKind::LibraryCall => Part::LibraryCall,
                    CallKind::Constructor => Part::Constructor,
                };
                let place = Some([it.address.as_str(), it.class.as_str(), it.selector.as_str()]);
                lines.push(Line { part, text: it.line().into(), place, vm: it.vm.iter().collect() });
            }
            Segment::Vm(it) => lines.iter_mut().last().into_iter().for_each(|line| line.vm.push(it)),
            Segment::Summary(it) => {
                lines.extend(it.header.map(|it| Line::new(Part::SummaryHeader, it.line())));
                lines.extend(it.frames.iter().map(|frame| match frame {
                    SummaryFrame::Contract { address, class, selector } => {
                        Line { place: Some([address, class, selector]), ..Line::new(Part::Contract, frame.to_string()) }
                    }
                    SummaryFrame::Elided => Line::new(Part::Elided, "..."),
                }));
                lines.extend(it.panic.iter().map(|it| Line::new(Part::Panic, it.as_str())));
            }
            Segment::Text(it) => lines.push(Line::new(Part::Text, it.as_str())),
            Segment::Truncation => lines.push(Line::new(Part::Truncation, "...")),
        }
    }
}

fn frame_diff(ours: Option<&Line<'_>>, theirs: Option<&Line<'_>>) -> Option<FrameDiff> {
    let change = match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours.text != theirs.text => Change::Text,
        (Some(ours), Some(theirs)) if ours.vm == theirs.vm => Change::Same,
        (Some(ours), Some(theirs)) if extra(ours, theirs).is_some() => Change::VmFrames,
        (Some(_), Some(_)) => Change::PcValues,
        (Some(_), None) => Change::OursOnly,
        (None, _) => Change::TheirsOnly,
    };
    let shows = |line: &&Line<'_>| !line.text.is_empty() || !line.vm.is_empty() || line.part != Part::Header;
    let any = ours.filter(shows).or(theirs.filter(shows)).is_some();
    any.then(|| FrameDiff { change, ours: ours.map(Line::row), theirs: theirs.map(Line::row) })
}

fn extra(ours: &Line<'_>, theirs: &Line<'_>) -> Option<Sides> {
    match (ours.vm.is_empty(), theirs.vm.is_empty()) {
        (false, true) => Some(Sides::Ours),
        (true, false) => Some(Sides::Theirs),
        _ => None,
    }
}

fn classify(ours: &[Line<'_>], theirs: &[Line<'_>]) -> TraceClass {
    let has = |part: Part| ours.iter().chain(theirs).any(|it| it.part == part);
    let equal = |of: fn(&Line<'_>) -> bool| texts(ours, of).eq(texts(theirs, of));
    if has(Part::Fee) {
        return TraceClass::FeeError;
    }
    if equal(|_| true) {
        return vm_class(ours.iter().zip(theirs));
    }
    let opaque = |lines: &[Line<'_>]| lines.iter().all(|it| it.text.is_empty() || it.part == Part::Text);
    if opaque(ours) || opaque(theirs) {
        TraceClass::ReasonDiffers
    } else if !equal(|it| it.place.is_some()) {
        TraceClass::FrameSet
    } else if has(Part::Panic) && equal(|it| it.part != Part::Panic) {
        TraceClass::PanicData
    } else {
        TraceClass::ReasonDiffers
    }
}

fn texts<'a>(lines: &'a [Line<'_>], of: fn(&Line<'_>) -> bool) -> impl Iterator<Item = &'a str> {
    lines.iter().filter(move |it| of(it)).map(|it| &*it.text)
}

/// The class of texts whose lines are equal but for VM frames, from the pairs of lines in the order of the texts.
pub(super) fn vm_class<'l, 'a: 'l>(pairs: impl Iterator<Item = (&'l Line<'a>, &'l Line<'a>)>) -> TraceClass {
    let mut class = TraceClass::Identical;
    let mut pairs = pairs.peekable();
    while let Some((ours, theirs)) = pairs.next() {
        if ours.vm == theirs.vm {
            continue;
        }
        // The text under the frame is the same on both sides.
        let next = pairs.peek().map(|(ours, _)| *ours);
        if extra(ours, theirs).is_none() || is_cairo_0(ours, next) || is_cairo_0(theirs, next) {
            return TraceClass::PcValues;
        }
        class = TraceClass::VmFramesOnly;
    }
    class
}

/// Whether the VM frames under a line are certainly of a Cairo 0 program: only such a program has error messages or fails an
/// instruction of its own. It never runs natively, so its VM frames are always written.
fn is_cairo_0(line: &Line<'_>, next: Option<&Line<'_>>) -> bool {
    let messages =
        |it: &&VmFrame| !it.messages.is_empty() || it.traceback.iter().flat_map(|it| &it.locations).any(|it| !it.messages.is_empty());
    let fails = |it: &Line<'_>| {
        it.part == Part::Text && (it.text.starts_with("An ASSERT_EQ instruction failed") || it.text.starts_with("Couldn't compute operand"))
    };
    line.vm.iter().any(messages) || (!line.vm.is_empty() && next.is_some_and(fails))
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
