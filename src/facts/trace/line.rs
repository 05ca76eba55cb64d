//! A revert text as lines, each with the VM frames that belong to it.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CallKind, Segment, SummaryFrame, Trace, VmFrame};

/// What a line of a trace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TracePart {
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

/// A line that is not a VM frame's, with the VM frames under it.
pub(super) struct TraceLine<'a> {
    pub(super) part: TracePart,
    pub(super) text: Cow<'a, str>,
    pub(super) place: Option<[&'a str; 3]>,
    pub(super) vm: Vec<&'a VmFrame>,
}

pub(super) fn lines(trace: &Trace) -> Vec<TraceLine<'_>> {
    let header = trace.header.map_or("", |it| it.line());
    let mut lines = vec![TraceLine::new(TracePart::Header, header)];
    extend_lines(&mut lines, &trace.segments);
    lines
}

/// The lines of a piece of a text; the first stands for what precedes it and is empty.
pub(super) fn window_lines(segments: &[Segment]) -> Vec<TraceLine<'_>> {
    let mut lines = vec![TraceLine::new(TracePart::Header, "")];
    extend_lines(&mut lines, segments);
    lines
}

impl<'a> TraceLine<'a> {
    pub(super) fn new(part: TracePart, text: impl Into<Cow<'a, str>>) -> Self {
        Self { part, text: text.into(), place: None, vm: Vec::new() }
    }

    /// Lines with the same key may be the same line with another content.
    pub(super) fn key(&self) -> (TracePart, Option<[&'a str; 3]>) {
        (self.part, self.place)
    }
}

fn extend_lines<'a>(lines: &mut Vec<TraceLine<'a>>, segments: &'a [Segment]) {
    for segment in segments {
        match segment {
            Segment::Fee(it) => lines.push(TraceLine::new(TracePart::Fee, it.to_string())),
            Segment::EntryPoint(it) => {
                let part = match it.kind {
                    CallKind::Call => TracePart::Call,
                    CallKind::LibraryCall => TracePart::LibraryCall,
                    CallKind::Constructor => TracePart::Constructor,
                };
                let place = Some([it.address.as_str(), it.class.as_str(), it.selector.as_str()]);
                lines.push(TraceLine { part, text: it.line().into(), place, vm: it.vm.iter().collect() });
            }
            Segment::Vm(it) => lines.iter_mut().last().into_iter().for_each(|line| line.vm.push(it)),
            Segment::Summary(it) => {
                lines.extend(it.header.map(|it| TraceLine::new(TracePart::SummaryHeader, it.line())));
                lines.extend(it.frames.iter().map(|frame| match frame {
                    SummaryFrame::Contract { address, class, selector } => {
                        TraceLine { place: Some([address, class, selector]), ..TraceLine::new(TracePart::Contract, frame.to_string()) }
                    }
                    SummaryFrame::Elided => TraceLine::new(TracePart::Elided, "..."),
                }));
                lines.extend(it.panic.iter().map(|it| TraceLine::new(TracePart::Panic, it.as_str())));
            }
            Segment::Text(it) => lines.push(TraceLine::new(TracePart::Text, it.as_str())),
            Segment::Truncation => lines.push(TraceLine::new(TracePart::Truncation, "...")),
        }
    }
}
