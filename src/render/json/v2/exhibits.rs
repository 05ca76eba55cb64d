//! The wire form of [`Exhibits`]: what stands behind an answer.

use schemars::JsonSchema;
use serde::Serialize;

use super::payload::V2PayloadExcerpt;
use super::seen::V2EvidenceSeen;
use super::{V2Clause, V2ConditionPart, V2Equality, V2Joined, V2LinePlace, V2RuleOutcome, V2Tone, V2Truth, all};
use crate::findings::{
    BlockHead, BlockPair, ConditionOutcome, ExcerptLine, Exhibits, Lane, LogExcerpt, RuleTree, Timeline, TimelineMark, TraceFrame,
    TraceRow, TraceSides, TriggerLines,
};

/// The evidence behind a diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Exhibits {
    /// How much of each piece of evidence was seen, by episode.
    pub coverage: Vec<V2EvidenceSeen>,
    /// Episodes in time, by episode; none for an episode that no log shows.
    pub timelines: Vec<V2Timeline>,
    /// Both sides of the blocks around the first divergence, by episode and height.
    pub chain: Vec<V2BlockPair>,
    /// Revert texts that differ and are a cause, frame by frame, by episode and height.
    pub traces: Vec<V2TraceSides>,
    /// How rules came out: those that hold, then the nearest few that do not.
    pub rules: Vec<V2RuleTree>,
    /// Log lines that decided clauses of findings, with what stands around them, in the order of the findings.
    pub excerpts: Vec<V2LogExcerpt>,
    /// Log lines that tell of the trigger or the stall, with what stands around them, by episode.
    pub trigger_lines: Vec<V2TriggerLines>,
    /// Pieces of payloads, by episode: the trigger, the counters at that moment, then what differs and is a cause.
    pub payloads: Vec<V2PayloadExcerpt>,
    /// How many pieces of payloads were left out.
    pub payloads_left_out: usize,
}

/// An episode in time: how many events of each kind fell into each of its equal parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Timeline {
    /// Episode.
    pub episode: u32,
    /// Its beginning and end; absent if no line of the log carries a time, then the parts count lines instead.
    pub span: Option<[String; 2]>,
    /// Kinds of events that occurred, in a fixed order: those of Echonet's log, then those of the sequencer's in the same time.
    pub lanes: Vec<V2Lane>,
    /// Moments that matter, in order.
    pub marks: Vec<V2Mark>,
}

/// Events of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Lane {
    /// Name of the log, as evidence is named: `logs.echonet` or `logs.sequencer`.
    pub log: String,
    /// The kind, in words.
    pub kind: String,
    /// How the events are to be taken.
    pub tone: V2Tone,
    /// Total number of events.
    pub total: u64,
    /// How many in each part; as many numbers as there are parts.
    pub counts: Vec<u64>,
}

/// A moment that matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Mark {
    /// Its place on the timeline, in thousandths.
    pub place: u16,
    /// When it was, if the log tells.
    pub at: Option<String>,
    /// How it is to be taken.
    pub tone: V2Tone,
    /// Description of the event.
    pub words: String,
}

/// Both blocks at one height.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2BlockPair {
    /// Episode.
    pub episode: u32,
    /// Height.
    pub block: u64,
    /// Echonet's block, if it was seen.
    pub ours: Option<V2BlockHead>,
    /// Mainnet's block, if it was seen.
    pub theirs: Option<V2BlockHead>,
}

/// The head of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2BlockHead {
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2TraceSides {
    /// Episode.
    pub episode: u32,
    /// Id of the divergence.
    pub divergence: String,
    /// What kind of difference it is, in words.
    pub class: String,
    /// Frames and other lines in the order of the texts.
    pub rows: Vec<V2TraceRow>,
    /// How many rows were left out at the end.
    pub left_out: usize,
}

/// A frame of one text beside that of the other which it corresponds to. At least one side is present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2TraceRow {
    /// Whether the two are equal.
    pub equality: V2Equality,
    /// Echonet's.
    pub ours: Option<V2TraceFrame>,
    /// Mainnet's.
    pub theirs: Option<V2TraceFrame>,
}

/// A frame of a revert text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2TraceFrame {
    /// Its text, cut where it is endless.
    pub text: String,
    /// Lines of the virtual machine under it.
    pub vm: Vec<String>,
}

/// How a rule came out for what it came closest to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2RuleTree {
    /// Episode.
    pub episode: u32,
    /// Slug of the rule.
    pub rule: String,
    /// Title of the rule.
    pub title: String,
    /// Id of the divergence that it was tried on; absent if it is about the episode.
    pub item: Option<String>,
    /// Outcome of the rule.
    pub outcome: V2RuleOutcome,
    /// How many of its requirements are met, and of how many.
    pub met: [usize; 2],
    /// Conditions of the rule.
    pub conditions: Vec<V2ConditionOutcome>,
}

/// A condition of a rule with the clauses that it joins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2ConditionOutcome {
    /// The purpose of the condition.
    pub part: V2ConditionPart,
    /// How the clauses are combined.
    pub joined: V2Joined,
    /// Outcome of the condition.
    pub truth: V2Truth,
    /// Clauses of the condition.
    pub clauses: Vec<V2Clause>,
}

/// Lines of a log around one that decided a clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2LogExcerpt {
    /// Episode.
    pub episode: u32,
    /// Slug of the rule.
    pub rule: String,
    /// Name of the clause.
    pub clause: String,
    /// Name of the log, as evidence is named.
    pub log: String,
    /// Lines in order.
    pub lines: Vec<V2ExcerptLine>,
}

/// Lines of a log around the one that tells of the trigger, or of the stall where there was none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2TriggerLines {
    /// Episode.
    pub episode: u32,
    /// Name of the log, as evidence is named.
    pub log: String,
    /// Lines in order.
    pub lines: Vec<V2ExcerptLine>,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2ExcerptLine {
    /// Its number in the log, from 1.
    pub number: usize,
    /// When the platform received it, if that is known.
    pub at: Option<String>,
    /// Which stream of the container it came from: `stdout`, `stderr`, or empty if not known.
    pub stream: String,
    /// Whether it is the line that decided, or stands around it.
    pub place: V2LinePlace,
    /// Its text, cut where it is endless.
    pub text: String,
}

impl From<&Exhibits> for V2Exhibits {
    fn from(it: &Exhibits) -> Self {
        Self {
            coverage: all(&it.coverage),
            timelines: all(&it.timelines),
            chain: all(&it.chain),
            traces: all(&it.traces),
            rules: all(&it.rules),
            excerpts: all(&it.excerpts),
            trigger_lines: all(&it.trigger_lines),
            payloads: all(&it.payloads),
            payloads_left_out: it.payloads_left_out,
        }
    }
}

impl From<&Timeline> for V2Timeline {
    fn from(it: &Timeline) -> Self {
        Self { episode: it.episode, span: it.span.map(|it| it.map(|it| it.to_string())), lanes: all(&it.lanes), marks: all(&it.marks) }
    }
}

impl From<&Lane> for V2Lane {
    fn from(it: &Lane) -> Self {
        Self { log: it.log.clone(), kind: it.kind.clone(), tone: it.tone.into(), total: it.total, counts: it.counts.clone() }
    }
}

impl From<&TimelineMark> for V2Mark {
    fn from(it: &TimelineMark) -> Self {
        Self { place: it.place, at: it.at.map(|it| it.to_string()), tone: it.tone.into(), words: it.words.clone() }
    }
}

impl From<&BlockPair> for V2BlockPair {
    fn from(it: &BlockPair) -> Self {
        Self {
            episode: it.episode,
            block: it.block,
            ours: it.ours.as_ref().map(V2BlockHead::from),
            theirs: it.theirs.as_ref().map(V2BlockHead::from),
        }
    }
}

impl From<&BlockHead> for V2BlockHead {
    fn from(it: &BlockHead) -> Self {
        Self { hash: it.hash.clone(), parent: it.parent.clone(), transactions: it.transactions, timestamp: it.timestamp }
    }
}

impl From<&TraceSides> for V2TraceSides {
    fn from(it: &TraceSides) -> Self {
        Self { episode: it.episode, divergence: it.divergence.clone(), class: it.class.clone(), rows: all(&it.rows), left_out: it.left_out }
    }
}

impl From<&TraceRow> for V2TraceRow {
    fn from(it: &TraceRow) -> Self {
        Self {
            equality: it.equality.into(),
            ours: it.ours.as_ref().map(V2TraceFrame::from),
            theirs: it.theirs.as_ref().map(V2TraceFrame::from),
        }
    }
}

impl From<&TraceFrame> for V2TraceFrame {
    fn from(it: &TraceFrame) -> Self {
        Self { text: it.text.clone(), vm: it.vm.clone() }
    }
}

impl From<&RuleTree> for V2RuleTree {
    fn from(it: &RuleTree) -> Self {
        Self {
            episode: it.episode,
            rule: it.rule.clone(),
            title: it.title.clone(),
            item: it.item.clone(),
            outcome: it.outcome.into(),
            met: it.met,
            conditions: all(&it.conditions),
        }
    }
}

impl From<&ConditionOutcome> for V2ConditionOutcome {
    fn from(it: &ConditionOutcome) -> Self {
        Self { part: it.part.into(), joined: it.joined.into(), truth: it.truth.into(), clauses: all(&it.clauses) }
    }
}

impl From<&LogExcerpt> for V2LogExcerpt {
    fn from(it: &LogExcerpt) -> Self {
        Self { episode: it.episode, rule: it.rule.clone(), clause: it.clause.clone(), log: it.log.clone(), lines: all(&it.lines) }
    }
}

impl From<&TriggerLines> for V2TriggerLines {
    fn from(it: &TriggerLines) -> Self {
        Self { episode: it.episode, log: it.log.clone(), lines: all(&it.lines) }
    }
}

impl From<&ExcerptLine> for V2ExcerptLine {
    fn from(it: &ExcerptLine) -> Self {
        Self {
            number: it.number,
            at: it.at.map(|it| it.to_string()),
            stream: it.stream.clone(),
            place: it.place.into(),
            text: it.text.clone(),
        }
    }
}
