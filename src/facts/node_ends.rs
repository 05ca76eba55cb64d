//! Ends of the node's containers within an epoch, as the pods tell them: what a process held in memory is lost with it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::log_index::{LogIndex, LogRecord};
use super::log_window::LogWindow;
use super::posts::posted_block;
use super::premises::{EpochState, Premises};
use super::stall::{Sign, Stall};
use crate::evidence::pods::{Component, Pod};
use crate::evidence::{Bundle, EvidenceName, Timestamp};

/// Evidence that these facts are derived from.
pub(crate) const READS: &[EvidenceName] = &[EvidenceName::Pods, EvidenceName::LogsEchonet];

/// A container of the node that ended and was started again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct NodeEnd {
    /// Pod.
    pub pod: String,
    /// Why its last run ended, such as `OOMKilled`; absent if the cluster does not say.
    pub reason: Option<String>,
    /// Where in the epoch it ended; absent where that cannot be told.
    pub place: Option<EndPlace>,
}

/// Where in an epoch a process ended, by its moment in the cluster and those of Echonet's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndPlace {
    /// The node ended, and blocks came from it afterwards.
    BlocksCame,
    /// After the epoch had stopped for another reason.
    AfterStop,
    /// After the last block that the node posted, in the same epoch.
    SinceLastBlock,
}

/// The ends of the node's containers, in the order of the pods. Of an epoch that is over the pods tell nothing: a resync makes new ones.
pub(super) fn derive(premises: &Premises<'_>) -> Vec<NodeEnd> {
    match premises.epoch {
        EpochState::Over => Vec::new(),
        EpochState::Running => find_ends(premises.bundle, premises.lines(), premises.stall.as_ref()),
    }
}

fn find_ends(bundle: &Bundle, log: Option<(&LogIndex, &LogWindow)>, stall: Option<&Stall>) -> Vec<NodeEnd> {
    let pods = bundle.deployment.pods.value().into_iter().flatten().filter(|it| it.component == Component::Sequencer);
    let ends = |pod: &Pod| {
        let ended = pod.containers.iter().filter_map(|it| it.last_termination.as_ref());
        let last = ended.max_by_key(|it| it.ended_at)?;
        Some(NodeEnd {
            pod: pod.name.clone(),
            reason: Some(last.reason.clone()).filter(|it| !it.is_empty()),
            place: last.ended_at.zip(log).and_then(|(at, (index, window))| place(at, window.records(index), stall)),
        })
    };
    pods.filter_map(ends).collect()
}

fn place(ended_at: Timestamp, records: &[LogRecord], stall: Option<&Stall>) -> Option<EndPlace> {
    // The cluster tells whole seconds.
    let until = ended_at.plus_millis(999);
    let (last, posted_at) = records.iter().rev().find_map(|it| posted_block(&it.text).and(it.at).map(|at| (it.number, at)))?;
    if until < posted_at {
        return Some(EndPlace::BlocksCame);
    }
    // A resync ends the process of its own accord, and what the new one posts is of the next epoch.
    if records.iter().any(|it| last < it.number && it.text.starts_with("Starting resync workflow around block ")) {
        return None;
    }
    let stopped = stall.filter(|it| matches!(it.sign, Some(Sign::SenderEnded | Sign::BlockRefused)));
    let stopped_at = stopped.and_then(|stall| records.iter().find(|it| it.number == stall.record)?.at);
    Some(if stopped_at.is_some_and(|it| it < ended_at) { EndPlace::AfterStop } else { EndPlace::SinceLastBlock })
}
