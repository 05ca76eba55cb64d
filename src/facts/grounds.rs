//! What "no divergence" of a running epoch rests on, as data.

use std::collections::BTreeSet;

use crate::evidence::Timestamp;

/// What is known of an epoch in which nothing was seen to differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EpochGrounds {
    /// Heights at which the block's hash in Echonet's payload is the one in mainnet's, lowest first.
    pub payloads: Vec<u64>,
    /// Heights of which Echonet's log says that the hashes match, lowest first.
    pub logged: Vec<u64>,
    /// The part of the log that is the epoch's own; none without a log.
    pub log: Option<SeenSpan>,
    /// Whether that part begins with the epoch.
    pub log_begins: LogBegins,
    /// The newest block that Echonet stored, and when.
    pub progress: Option<(u64, Option<Timestamp>)>,
    /// Whether Echonet's report mentions a problem.
    pub report: ReportSays,
    /// Missing before one can say that nothing diverged, one sentence fragment each; empty if nothing is.
    pub missing: Vec<String>,
}

impl EpochGrounds {
    /// What is known where the payloads of some heights contradict themselves: nothing of those heights.
    #[must_use]
    pub fn without(mut self, contradictory: &BTreeSet<u64>) -> Self {
        self.payloads.retain(|it| !contradictory.contains(it));
        let heights: Vec<String> = contradictory.iter().map(u64::to_string).collect();
        if !heights.is_empty() {
            let heights = heights.join(", ");
            self.missing.push(format!("both sides have the same hash but different content at {heights}, so one of them was altered"));
        }
        self
    }
}

/// From when to when a log was seen; absent where its lines carry no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenSpan {
    /// Time of the first record.
    pub from: Option<Timestamp>,
    /// Time of the last record.
    pub until: Option<Timestamp>,
}

/// Whether a log holds the beginning of an epoch, and all of it from there on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogBegins {
    /// The log holds the beginning of the epoch and everything after it.
    WithEpoch,
    /// It holds the beginning, and lines are missing after it.
    WithEpochAndHole,
    /// It does not, or there is none.
    #[default]
    Later,
}

/// What a report says of divergences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReportSays {
    /// It was not seen.
    #[default]
    Unseen,
    /// It names no resync, no block that differs and nothing that was refused; as JSON, no revert on Echonet alone either.
    Quiet,
    /// The report mentions a problem.
    Something,
}
