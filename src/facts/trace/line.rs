//! A revert text as lines, each with the VM frames that belong to it.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CallKind, Segment, SummaryFrame, Trace, VmFrame};

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

/// A line that is not a VM frame's, with the VM frames under it.
pub(super) struct Line<'a> {
    pub(super) part: Part,
    pub(super) text: Cow<'a, str>,
    pub(super) place: Option<[&'a str; 3]>,
    pub(super) vm: Vec<&'a VmFrame>,
}

pub(super) fn lines(trace: &Trace) -> Vec<Line<'_>> {
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
