//! Which kinds of difference two revert texts can have.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::VmFrame;
use super::line::{TraceLine, TracePart};

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

impl Sides {
    pub(super) fn and(self, other: Self) -> Self {
        if self == other { self } else { Self::Both }
    }
}

pub(super) fn extra(ours: &TraceLine<'_>, theirs: &TraceLine<'_>) -> Option<Sides> {
    match (ours.vm.is_empty(), theirs.vm.is_empty()) {
        (false, true) => Some(Sides::Ours),
        (true, false) => Some(Sides::Theirs),
        _ => None,
    }
}

/// The class of texts whose lines are equal but for VM frames, from the pairs of lines in the order of the texts.
pub(super) fn vm_class<'l, 'a: 'l>(pairs: impl Iterator<Item = (&'l TraceLine<'a>, &'l TraceLine<'a>)>) -> TraceClass {
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
fn is_cairo_0(line: &TraceLine<'_>, next: Option<&TraceLine<'_>>) -> bool {
    let messages =
        |it: &&VmFrame| !it.messages.is_empty() || it.traceback.iter().flat_map(|it| &it.locations).any(|it| !it.messages.is_empty());
    let fails = |it: &TraceLine<'_>| {
        it.part == TracePart::Text
            && (it.text.starts_with("An ASSERT_EQ instruction failed") || it.text.starts_with("Couldn't compute operand"))
    };
    line.vm.iter().any(messages) || (!line.vm.is_empty() && next.is_some_and(fails))
}
