//! Revert traces: the text in a receipt's `revert_error`, read without loss, and compared between the two sides.
//!
//! The text is hashed verbatim into the receipt commitment, so one line more on one side is another block hash. The grammar is
//! blockifier's (`crates/blockifier/src/execution/stack_trace.rs`).

mod parse;
mod line;
mod class;
mod align;
mod windows;
mod diff;
mod fingerprint;
#[cfg(test)]
mod tests;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use class::{Sides, TraceClass};
pub use diff::{Change, DiffRow, FirstDifference, FrameDiff, TraceDiff, compare};
pub use fingerprint::normalised;
pub use line::TracePart;
pub use parse::{CUT, parse};
pub use windows::Windows;

use crate::evidence::{EvidenceName, Felt};

/// What the comparison of revert texts reads.
pub(crate) const READS: &[EvidenceName] = &[EvidenceName::OursBlock, EvidenceName::TheirsBlock];

/// How the revert texts of one transaction differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TraceFacts {
    /// Height.
    pub block: u64,
    /// Transaction.
    pub tx_hash: Felt,
    /// Class of the difference.
    pub class: TraceClass,
    /// Which side shows frames of the virtual machine that the other does not.
    pub extra_vm_frames_on: Option<Sides>,
}

/// One revert text by its parts, in the order of the text.
///
/// Lossless: `parse(text).to_string() == text` for every text. The header and the segments are joined by one line feed each, so the
/// final line feed of a text shows as an empty last [`Segment::Text`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Trace {
    /// Its first line, where that says which phase failed.
    pub header: Option<Header>,
    /// What follows; empty only for a header without a line feed.
    pub segments: Vec<Segment>,
}

/// The phase of the transaction that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Header {
    /// `Transaction execution has failed:`
    Execution,
    /// `Transaction validation has failed:`
    Validation,
    /// `Contract constructor execution has failed:`
    Constructor,
}

/// A part of a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Segment {
    /// The transaction could not pay.
    Fee(FeeError),
    /// A call that did not return, with the VM frames that belong to it.
    EntryPoint(EntryPoint),
    /// A VM frame that follows no entry point, as under the header of a Cairo 0 account's constructor.
    Vm(VmFrame),
    /// The panic of a Cairo 1 contract.
    Summary(Summary),
    /// Lines that the grammar does not describe, without the last one's line feed: an error's own words, a blank line, text of old
    /// versions, a line that truncation cut.
    Text(String),
    /// `\n\n...\n\n`: here the middle of the text was cut out.
    Truncation,
}

/// A fee check that failed. Amounts are decimal digits, in the unit that the variant names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeeError {
    /// More gas was used than the transaction allows; in units of gas.
    MaxGas {
        /// The gas resource.
        resource: GasResource,
        /// The limit.
        max: String,
        /// The amount that was used.
        used: String,
    },
    /// The fee is above the limit of a transaction before version 3; in wei.
    MaxFee {
        /// The limit.
        max: String,
        /// The fee.
        actual: String,
    },
    /// The account holds less than the fee; in wei or fri by the transaction's version.
    Balance {
        /// The fee.
        fee: String,
        /// Lower 128 bits of the balance.
        low: String,
        /// Upper 128 bits of the balance.
        high: String,
    },
}

/// A gas that has its own limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GasResource {
    /// `L1Gas`
    L1Gas,
    /// `L2Gas`
    L2Gas,
    /// `L1DataGas`
    L1DataGas,
}

/// A numbered frame of the call stack. Hashes are kept as written: `0x` and up to 64 lower-case digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EntryPoint {
    /// Its number, from 0, outermost first; a constructor's callees repeat the constructor's number.
    pub depth: u64,
    /// How the entry point was called.
    pub kind: CallKind,
    /// Address of the contract.
    pub address: String,
    /// Class that ran.
    pub class: String,
    /// Selector of the entry point, or `UNKNOWN`.
    pub selector: String,
    /// The VM frames under it, in order; none where it ran natively or where the protocol version strips them.
    pub vm: Vec<VmFrame>,
}

/// How an entry point was entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// `Error in the called contract`
    Call,
    /// `Error in a library call`
    LibraryCall,
    /// `Error in the contract class constructor`
    Constructor,
}

/// A position in the Cairo VM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VmFrame {
    /// The program's own error messages (Cairo 0 only), each of one line, without their prefix.
    pub messages: Vec<String>,
    /// The instruction.
    pub pc: Pc,
    /// The callers inside the same program, if the VM named them.
    pub traceback: Option<Traceback>,
}

/// A place in the VM's memory, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pc {
    /// The memory segment.
    pub segment: u64,
    /// The offset in it.
    pub offset: u64,
}

/// The callers inside one program, outermost first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Traceback {
    /// One a caller; empty only where the text was cut.
    pub locations: Vec<Location>,
    /// What follows the last frame.
    pub end: TracebackEnd,
}

/// A caller in a traceback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// The program's own error messages (Cairo 0 only), each of one line, without their prefix.
    pub messages: Vec<String>,
    /// The instruction.
    pub pc: Pc,
}

/// What follows a traceback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TracebackEnd {
    /// The line feed that ends every whole traceback: a blank line, or the end of the text.
    BlankLine,
    /// Something else; the text was cut or is not blockifier's.
    Cut,
}

/// The panic of a Cairo 1 contract, through the frames that passed it on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Its first line; absent where the text begins after a cut.
    pub header: Option<SummaryHeader>,
    /// The frames, outermost first; empty where blockifier could not tell them.
    pub frames: Vec<SummaryFrame>,
    /// The panic data with its full stop; of several lines where a string in it has line feeds. Absent where the text was cut.
    pub panic: Option<String>,
}

/// The first line of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SummaryHeader {
    /// `Execution failed. Failure reason:`
    Execution,
    /// ``The `validate` entry point panicked with:``
    Validate,
}

/// A line of a summary between its header and its panic data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SummaryFrame {
    /// A contract that the panic passed through. Hashes are kept as written.
    Contract {
        /// Address of the contract.
        address: String,
        /// Class that ran, or `_`.
        class: String,
        /// Selector of the entry point.
        selector: String,
    },
    /// `...`: frames were left out to keep the summary short.
    Elided,
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut joint = "";
        if let Some(header) = self.header {
            f.write_str(header.line())?;
            joint = "\n";
        }
        for segment in &self.segments {
            write!(f, "{joint}{segment}")?;
            joint = "\n";
        }
        Ok(())
    }
}

impl Header {
    const ALL: [Self; 3] = [Self::Execution, Self::Validation, Self::Constructor];

    fn line(self) -> &'static str {
        match self {
            Self::Execution => "Transaction execution has failed:",
            Self::Validation => "Transaction validation has failed:",
            Self::Constructor => "Contract constructor execution has failed:",
        }
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fee(it) => it.fmt(f),
            Self::EntryPoint(it) => it.fmt(f),
            Self::Vm(it) => it.fmt(f),
            Self::Summary(it) => it.fmt(f),
            Self::Text(it) => f.write_str(it),
            Self::Truncation => f.write_str("\n...\n"),
        }
    }
}

impl fmt::Display for FeeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MaxGas { resource, max, used } => {
                write!(f, "Insufficient max {}: max amount: {max}, actual used: {used}.", resource.name())
            }
            Self::MaxFee { max, actual } => write!(f, "Insufficient max fee: max fee: {max}, actual fee: {actual}."),
            Self::Balance { fee, low, high } => {
                write!(f, "Insufficient fee token balance. Fee: {fee}, balance: low/high {low}/{high}.")
            }
        }
    }
}

impl GasResource {
    const ALL: [Self; 3] = [Self::L1Gas, Self::L2Gas, Self::L1DataGas];

    fn name(self) -> &'static str {
        match self {
            Self::L1Gas => "L1Gas",
            Self::L2Gas => "L2Gas",
            Self::L1DataGas => "L1DataGas",
        }
    }
}

impl EntryPoint {
    /// Its own line, without the VM frames under it.
    #[must_use]
    pub fn line(&self) -> String {
        let Self { depth, kind, address, class, selector, .. } = self;
        format!("{depth}: {} (contract address: {address}, class hash: {class}, selector: {selector}):", kind.words())
    }
}

impl fmt::Display for EntryPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())?;
        self.vm.iter().try_for_each(|it| write!(f, "\n{it}"))
    }
}

impl CallKind {
    const ALL: [Self; 3] = [Self::Call, Self::LibraryCall, Self::Constructor];

    fn words(self) -> &'static str {
        match self {
            Self::Call => "Error in the called contract",
            Self::LibraryCall => "Error in a library call",
            Self::Constructor => "Error in the contract class constructor",
        }
    }
}

const MESSAGE: &str = "Error message: ";
const TRACEBACK: &str = "Cairo traceback (most recent call last):";

impl fmt::Display for VmFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.messages.iter().try_for_each(|it| writeln!(f, "{MESSAGE}{it}"))?;
        write!(f, "Error at pc={}:", self.pc)?;
        self.traceback.iter().try_for_each(|it| write!(f, "\n{it}"))
    }
}

impl fmt::Display for Pc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.segment, self.offset)
    }
}

impl fmt::Display for Traceback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(TRACEBACK)?;
        for location in &self.locations {
            f.write_str("\n")?;
            location.messages.iter().try_for_each(|it| writeln!(f, "{MESSAGE}{it}"))?;
            write!(f, "Unknown location (pc={})", location.pc)?;
        }
        match self.end {
            TracebackEnd::BlankLine => f.write_str("\n"),
            TracebackEnd::Cut => Ok(()),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut joint = "";
        if let Some(header) = self.header {
            f.write_str(header.line())?;
            joint = "\n";
        }
        for frame in &self.frames {
            write!(f, "{joint}{frame}")?;
            joint = "\n";
        }
        self.panic.iter().try_for_each(|it| write!(f, "{joint}{it}"))
    }
}

impl SummaryHeader {
    const ALL: [Self; 2] = [Self::Execution, Self::Validate];

    fn line(self) -> &'static str {
        match self {
            Self::Execution => "Execution failed. Failure reason:",
            Self::Validate => "The `validate` entry point panicked with:",
        }
    }
}

impl fmt::Display for SummaryFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contract { address, class, selector } => {
                write!(f, "Error in contract (contract address: {address}, class hash: {class}, selector: {selector}):")
            }
            Self::Elided => f.write_str("..."),
        }
    }
}
