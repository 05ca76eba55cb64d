//! Which kind of event each record of the sequencer's log is.

use crate::facts::log_index::{Level, LogRecord};

/// A kind of event in the sequencer's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SequencerEvent {
    /// The node's process started.
    Start,
    /// A thread of the node panicked.
    Panic,
    /// A proposal is being built.
    Proposal,
    /// A height needed another round.
    AnotherRound,
    /// A transaction was reverted.
    Reverted,
    /// A transaction could not be executed and is in no block.
    Rejected,
    /// A class was compiled to native code.
    Compiled,
    /// A block could not be handed to Echonet, or a proposal failed.
    NotTaken,
    /// Any other warning.
    Warning,
    /// Any other error.
    Error,
}

impl SequencerEvent {
    /// Every kind, in the order in which they are shown.
    pub(crate) const ALL: [Self; 10] = [
        Self::Start,
        Self::Panic,
        Self::Proposal,
        Self::AnotherRound,
        Self::Reverted,
        Self::Rejected,
        Self::Compiled,
        Self::NotTaken,
        Self::Warning,
        Self::Error,
    ];

    /// The kind of a record; none if it is not worth a place in a picture.
    #[must_use]
    pub(crate) fn from_record(record: &LogRecord) -> Option<Self> {
        let text = record.text.as_str();
        let transaction = |words: &str| text.starts_with("Transaction 0x") && text.contains(words);
        if text.starts_with("START_UP: Starting components!") {
            Some(Self::Start)
        } else if text.starts_with("thread '") && text.contains(" panicked at ") {
            Some(Self::Panic)
        } else if text.starts_with("Building proposal for height ") {
            Some(Self::Proposal)
        } else if let Some(round) = text.strip_prefix("START_ROUND_PROPOSER: Starting round ") {
            (!round.starts_with("0 ")).then_some(Self::AnotherRound)
        } else if transaction(" is reverted during execution") {
            Some(Self::Reverted)
        } else if transaction(" failed to execute with error") {
            Some(Self::Rejected)
        } else if text.starts_with("Compiling to native contract with class hash") {
            Some(Self::Compiled)
        } else if text.starts_with("CENDE_FAILURE: ") || text.starts_with("PROPOSAL_FAILED: ") {
            Some(Self::NotTaken)
        } else if record.level >= Some(Level::Error) {
            Some(Self::Error)
        } else if record.level == Some(Level::Warning) {
            Some(Self::Warning)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::logs::parse_text;
    use crate::facts::LogIndex;

    #[test]
    fn each_record_has_its_kind_by_what_it_says_and_else_by_its_level() {
        use SequencerEvent::{AnotherRound, Compiled, Error, NotTaken, Panic, Proposal, Rejected, Reverted, Start, Warning};
        let cases = [
            ("INFO", "START_UP: Starting components!", Some(Start)),
            ("INFO", "Building proposal for height 7 from replayed block metadata: ReplayBlockMetadata {}", Some(Proposal)),
            ("INFO", "START_ROUND_PROPOSER: Starting round 0 as Proposer", None),
            ("INFO", "START_ROUND_PROPOSER: Starting round 2 as Proposer", Some(AnotherRound)),
            ("WARN", "Transaction 0x5 is reverted during execution while still accepted. Revert Error: x", Some(Reverted)),
            ("INFO", "Transaction 0x5 failed to execute with error: x.", Some(Rejected)),
            ("INFO", "Compiling to native contract with class hash: 0x1. Duration: 2 seconds", Some(Compiled)),
            ("WARN", "CENDE_FAILURE: The recorder failed to write blob with block number 7.", Some(NotTaken)),
            ("WARN", "Built an empty proposal.", Some(Warning)),
            ("ERROR", "Error compiling contract class", Some(Error)),
            ("INFO", "Returned 3 out of 3 transactions, ready for sequencing.", None),
        ];
        for (level, message, kind) in cases {
            let line = serde_json::json!({"level": level, "message": message, "filename": "x.rs"}).to_string();
            assert_eq!(LogIndex::new(&parse_text(&line)).records.first().map(SequencerEvent::from_record), Some(kind), "{message}");
        }
        let panic = LogIndex::new(&parse_text("thread 'tokio-runtime-worker' panicked at crates/x.rs:7:5:\nno"));
        assert_eq!(panic.records.first().map(SequencerEvent::from_record), Some(Some(Panic)));
    }
}
