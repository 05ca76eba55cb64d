//! The raw evidence behind an answer, for people who want to look themselves. Every part is limited in size.

use super::{ClauseOutcome, Ternary};
use crate::evidence::{BlockSide, Timestamp};

/// The evidence behind a diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exhibits {
    /// How much of each piece of evidence was seen, by episode.
    pub coverage: Vec<EvidenceSeen>,
    /// Episodes in time, by episode; none for an episode that no log shows.
    pub timelines: Vec<Timeline>,
    /// Both sides of the blocks around the first divergence, by episode and height.
    pub chain: Vec<BlockPair>,
    /// Revert texts that differ and are a cause, frame by frame, by episode and height.
    pub traces: Vec<TraceSides>,
    /// How rules came out: those that hold, then the nearest few that do not.
    pub rules: Vec<RuleTree>,
    /// Log lines that decided clauses of findings, with what stands around them, in the order of the findings.
    pub excerpts: Vec<LogExcerpt>,
    /// Log lines that tell of the trigger or the stall, with what stands around them, by episode.
    pub trigger_lines: Vec<TriggerLines>,
    /// Pieces of payloads, by episode: the trigger, the counters at that moment, then what differs and is a cause.
    pub payloads: Vec<PayloadExcerpt>,
    /// How many pieces of payloads were left out.
    pub payloads_left_out: usize,
}

/// How much of one piece of evidence was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceSeen {
    /// Episode.
    pub episode: u32,
    /// Name of the evidence, or its place in the bundle.
    pub evidence: String,
    /// How much of it was seen.
    pub extent: SeenExtent,
    /// Why it was not, or not wholly, seen.
    pub gap: Option<String>,
    /// How many secrets were replaced by tokens in it.
    pub redacted: u64,
    /// Where it came from; absent if it was not seen.
    pub source: Option<EvidenceSource>,
}

/// How much of a piece of evidence was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SeenExtent {
    /// All of it.
    Whole,
    /// A part.
    Part,
    /// Nothing was seen.
    Nothing,
}

/// Where a piece of evidence came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceSource {
    /// What was requested.
    pub asked: String,
    /// When the answer was received, if that is known.
    pub at: Option<Timestamp>,
    /// Size of the answer as received, in bytes.
    pub bytes: u64,
    /// SHA-256 of the answer as received, in lower-case hexadecimal; empty for synthetic evidence.
    pub sha256: String,
}

/// An episode in time: how many events of each kind fell into each of [`Timeline::BINS`] equal parts of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// Episode.
    pub episode: u32,
    /// Its beginning and end; absent if no line of the log carries a time, then the parts count lines instead.
    pub span: Option<[Timestamp; 2]>,
    /// Kinds of events that occurred, in a fixed order: those of Echonet's log, then those of the sequencer's in the same time.
    pub lanes: Vec<Lane>,
    /// Moments that matter, in order.
    pub marks: Vec<TimelineMark>,
}

impl Timeline {
    /// Parts of a timeline.
    pub const BINS: usize = 96;
}

/// Events of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// Name of the log, as evidence is named: `logs.echonet` or `logs.sequencer`.
    pub log: String,
    /// The kind, in words.
    pub kind: String,
    /// How the events are to be taken.
    pub tone: Tone,
    /// Total number of events.
    pub total: u64,
    /// How many in each part; as many numbers as there are parts.
    pub counts: Vec<u64>,
}

/// How an event is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// As expected.
    Good,
    /// Neither good nor bad.
    Plain,
    /// Worth a look.
    Doubt,
    /// A failure.
    Bad,
}

/// A moment that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineMark {
    /// Its place on the timeline, in thousandths.
    pub place: u16,
    /// When it was, if the log tells.
    pub at: Option<Timestamp>,
    /// How it is to be taken.
    pub tone: Tone,
    /// Description of the event.
    pub words: String,
}

/// Both blocks at one height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockPair {
    /// Episode.
    pub episode: u32,
    /// Height.
    pub block: u64,
    /// Echonet's block, if it was seen.
    pub ours: Option<BlockHead>,
    /// Mainnet's block, if it was seen.
    pub theirs: Option<BlockHead>,
}

/// The head of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockHead {
    /// Hash.
    pub hash: String,
    /// Hash of the block before it.
    pub parent: String,
    /// Number of transactions.
    pub transactions: usize,
    /// Time, in whole seconds since the Unix epoch (UTC).
    pub timestamp: u64,
}

/// Two revert texts of one transaction, frame by frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceSides {
    /// Episode.
    pub episode: u32,
    /// Id of the divergence.
    pub divergence: String,
    /// What kind of difference it is, in words.
    pub class: String,
    /// Frames and other lines in the order of the texts.
    pub rows: Vec<TraceRow>,
    /// How many rows were left out at the end.
    pub left_out: usize,
}

/// A frame of one text beside that of the other which it corresponds to. At least one side is present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceRow {
    /// Whether the two are equal.
    pub equality: Equality,
    /// Echonet's.
    pub ours: Option<TraceFrame>,
    /// Mainnet's.
    pub theirs: Option<TraceFrame>,
}

/// Whether two things are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Equality {
    /// The lines are equal.
    Equal,
    /// They are not, or one is missing.
    Different,
}

/// A frame of a revert text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceFrame {
    /// Its text, cut where it is endless.
    pub text: String,
    /// Lines of the virtual machine under it.
    pub vm: Vec<String>,
}

/// How a rule came out for what it came closest to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTree {
    /// Episode.
    pub episode: u32,
    /// Slug of the rule.
    pub rule: String,
    /// Title of the rule.
    pub title: String,
    /// Id of the divergence that it was tried on; absent if it is about the episode.
    pub item: Option<String>,
    /// Outcome of the rule.
    pub outcome: RuleOutcome,
    /// How many of its requirements are met, and of how many.
    pub met: [usize; 2],
    /// Conditions of the rule.
    pub conditions: Vec<ConditionOutcome>,
}

/// What came out of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleOutcome {
    /// It holds and is a finding.
    Holds,
    /// Its clauses hold, but it is no finding: another rule takes its place, it claims nothing, or its proof did not close.
    Dropped,
    /// The evidence does not tell.
    Open,
    /// The rule does not hold.
    Missed,
}

/// A condition of a rule with the clauses that it joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionOutcome {
    /// The purpose of the condition.
    pub part: ConditionPart,
    /// How the clauses are combined.
    pub joined: Joined,
    /// Outcome of the condition.
    pub truth: Ternary,
    /// Clauses of the condition.
    pub clauses: Vec<ClauseOutcome>,
}

/// The purpose of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConditionPart {
    /// The rule holds only when this does.
    When,
    /// The rule does not hold when this does.
    Unless,
    /// If this does not hold, the rule is only suspected.
    Corroborate,
}

/// How a condition joins its clauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Joined {
    /// All must hold.
    All,
    /// At least one clause must hold.
    Any,
    /// No clause may hold.
    NoneOf,
}

/// Lines of a log around one that decided a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogExcerpt {
    /// Episode.
    pub episode: u32,
    /// Slug of the rule.
    pub rule: String,
    /// Name of the clause.
    pub clause: String,
    /// Name of the log, as evidence is named.
    pub log: String,
    /// Lines in order.
    pub lines: Vec<ExcerptLine>,
}

/// Lines of a log around the one that tells of the trigger, or of the stall where there was none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerLines {
    /// Episode.
    pub episode: u32,
    /// Name of the log, as evidence is named.
    pub log: String,
    /// Lines in order.
    pub lines: Vec<ExcerptLine>,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcerptLine {
    /// Its number in the log, from 1.
    pub number: usize,
    /// When the platform received it, if that is known.
    pub at: Option<Timestamp>,
    /// Which stream of the container it came from: `stdout`, `stderr`, or empty if not known.
    pub stream: String,
    /// Whether it is the line that decided, or stands around it.
    pub place: LinePlace,
    /// Its text, cut where it is endless.
    pub text: String,
}

/// Whether a line decided a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinePlace {
    /// The line matched the clause.
    Hit,
    /// It stands around the one that did.
    Around,
}

/// The same thing in the payloads of both sides, or a thing that only Echonet has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadExcerpt {
    /// Episode.
    pub episode: u32,
    /// Subject of the excerpt, in words.
    pub subject: String,
    /// Ids of the divergences that it shows; empty for what belongs to the episode.
    pub divergences: Vec<String>,
    /// The pieces, Echonet's first. Never empty.
    pub pieces: Vec<PayloadPiece>,
}

/// A piece of one payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadPiece {
    /// Side that the payload belongs to.
    pub side: BlockSide,
    /// The payload by its place in the bundle, how much of it was seen, and where it came from.
    pub payload: EvidenceSeen,
    /// Place in the payload, such as `transaction_receipts[3]`; empty where the payload holds nothing of it.
    pub place: String,
    /// Content at that place.
    pub content: PieceContent,
}

/// What stands in a payload at the place of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PieceContent {
    /// Indented JSON, its fields by name.
    Json {
        /// The text; where it is cut, it says so.
        text: String,
        /// Number of values left out.
        cut: usize,
    },
    /// Nothing: the payload was seen and holds no such thing.
    Nothing,
    /// It cannot be told: the payload was not seen.
    NotSeen,
}
