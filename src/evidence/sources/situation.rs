//! What is known when it is decided what else is worth asking for.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::part::DumpKind;
use crate::evidence::{Felt, Gathered, Report, Request, Snapshot, Timestamp};

/// What is known so far. Each source says by it what of it is worth asking for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Situation {
    /// The route to Echonet.
    pub way: EchonetWay,
    /// Heights of the blocks that are looked at.
    pub heights: BTreeSet<u64>,
    /// What triggered the resync that is looked at; none where what was saved was chosen by whoever saved it.
    pub trigger: Option<TriggerSeen>,
    /// The first block of the epoch, as the report says it. Below it, Echonet would pass on what mainnet says.
    pub start: Option<u64>,
    /// Names below Echonet's data directory, as far as they are known.
    pub names: BTreeSet<String>,
    /// The resyncs that are looked at, by the times in the names of their snapshots.
    pub resyncs: BTreeSet<Timestamp>,
    /// Names of the workloads.
    pub workloads: BTreeSet<String>,
    /// What was asked for and not had.
    pub unanswered: BTreeMap<Request, Unanswered>,
}

/// The route to Echonet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EchonetWay {
    /// Through the cluster.
    #[default]
    PortForward,
    /// At a URL of the user's, which is looked at first.
    Url,
}

/// Why something that was asked for was not had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// It could not be read.
    Failed,
    /// The workload does not exist.
    Absent,
}

impl Situation {
    /// Notes what became of a question.
    pub fn note<T>(&mut self, request: Request, answer: &Gathered<T>) {
        let unanswered = match answer {
            Gathered::Failed(_) => Unanswered::Failed,
            Gathered::Absent(_) => Unanswered::Absent,
            Gathered::Observed(_) | Gathered::NotAsked => return,
        };
        self.unanswered.insert(request, unanswered);
    }

    /// Heights of the epoch that runs of which Echonet has no such dump.
    pub(super) fn not_dumped(&self, kind: DumpKind) -> impl Iterator<Item = u64> {
        let absent = self.unanswered.iter().filter(|(_, it)| **it == Unanswered::Absent);
        absent.filter_map(move |(request, _)| match request {
            Request::BlockDump { block, kind: of } if *of == kind => Some(*block).filter(|it| self.start.is_some_and(|start| start <= *it)),
            _ => None,
        })
    }
}

/// The trigger of a resync, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TriggerSeen {
    /// Block of the trigger.
    pub block: u64,
    /// The transaction, where one triggered it.
    pub tx_hash: Option<Felt>,
}

impl TriggerSeen {
    /// The trigger of a snapshot.
    #[must_use]
    pub fn of_snapshot(snapshot: &Snapshot) -> Self {
        Self { block: snapshot.trigger_block, tx_hash: tx_hash(&snapshot.trigger_key) }
    }

    /// The only trigger that a report names.
    #[must_use]
    pub fn of_report(report: &Report) -> Option<Self> {
        let mut all = report.certain_failures.values().chain(report.resync_causes.values());
        let (trigger, other) = (all.next()?, all.next());
        other.is_none().then(|| Self { block: trigger.failure_block_number, tx_hash: tx_hash(&trigger.tx_hash) })
    }
}

fn tx_hash(key: &str) -> Option<Felt> {
    key.starts_with("0x").then(|| key.parse().ok()).flatten()
}
