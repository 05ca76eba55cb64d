//! The document that rules look at, and what each part of it reads. A line here registers a part; what it reads, its own file says.

use schemars::JsonSchema;
use serde::Serialize;

use super::coverage::EvidenceState;
use super::ledger::LedgerItem;
use super::stall::Stall;
use super::trigger::Trigger;
use super::{
    blocks, consistency, coverage, deployment, echonet, events, ledger, node_ends, os_runs, reverts, stall, trace, trigger, unfetched,
};
use crate::evidence::EvidenceName;

/// Makes of the lines: the document, and [`READS`].
macro_rules! document {
    ($($(#[doc = $doc:literal])+ $field:ident: $type:ty, reads $reads:expr;)+) => {
        /// The document that rules look at: one episode, without block numbers to know or texts to parse.
        #[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
        pub struct CaseDocument {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        /// What each part of the document is made of: without that evidence, nothing there means nothing.
        pub const READS: &[(&str, &[EvidenceName])] = &[$((stringify!($field), $reads)),+];
    };
}

document! {
    /// The episode.
    episode: EpisodeFacts, reads EPISODE_READS;
    /// What triggered its resync; absent if no evidence names it.
    trigger: Option<Trigger>, reads trigger::READS;
    /// How progress stopped; only for an epoch that still runs, and only if it was seen to stop.
    stall: Option<Stall>, reads stall::READS;
    /// The block to look at.
    subject: Subject, reads SUBJECT_READS;
    /// Both sides of each observed height, lowest first.
    blocks: Vec<blocks::BlockFacts>, reads blocks::READS;
    /// Every observed divergence.
    ledger: Vec<LedgerItem>, reads ledger::READS;
    /// Whether the sides of each diverging block match the hashes they state, lowest height and our side first.
    consistency: Vec<consistency::SideCheck>, reads consistency::READS;
    /// Revert texts that differ.
    traces: Vec<trace::TraceFacts>, reads trace::READS;
    /// The deployed programs.
    deployment: deployment::DeploymentFacts, reads deployment::READS;
    /// Containers of the node that ended and were started again; only for an epoch that still runs: a resync makes a new pod.
    node_ends: Vec<node_ends::NodeEnd>, reads node_ends::READS;
    /// How the sender ended, where it was seen to end with an exception; only for an epoch that still runs.
    sender_end: Option<unfetched::SenderEnd>, reads unfetched::SENDER_END_READS;
    /// The block that the sender asked for in vain before it ended; only for an epoch that still runs.
    unfetched: Option<unfetched::Unfetched>, reads unfetched::READS;
    /// What the cluster noted about the namespace's objects, earliest first.
    events: Vec<events::EventFacts>, reads events::READS;
    /// Transactions that reverted on one side only, as Echonet itself counts them.
    reverts: reverts::RevertFacts, reads reverts::READS;
    /// Runs of the Starknet OS, as the report of that moment counts them; absent if it does not.
    os_runs: Option<os_runs::OsRunFacts>, reads os_runs::READS;
    /// What Echonet said of itself when the evidence was collected, after the last resync.
    echonet: echonet::EchonetFacts, reads echonet::READS;
    /// The state of each piece of evidence.
    coverage: Vec<EvidenceState>, reads coverage::READS;
}

/// Evidence that identifies the epoch.
const EPISODE_READS: &[EvidenceName] = &[EvidenceName::Snapshot];

/// An episode in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EpisodeFacts {
    /// Number in the bundle, from 1, earliest first.
    pub number: u32,
    /// First block of the epoch; absent if no evidence names it.
    pub start_block: Option<u64>,
}

/// What tells which block to look at.
const SUBJECT_READS: &[EvidenceName] = &[EvidenceName::Snapshot, EvidenceName::OursBlock, EvidenceName::TheirsBlock];

/// The block to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Subject {
    /// Height of the first diverging block, or of the trigger where no block was seen to diverge, or else at which the epoch stands; absent if
    /// no evidence names one.
    pub block: Option<u64>,
    /// Height of the first block that diverged, as far as the payloads or Echonet's own trigger tell.
    pub first_diverging_block: Option<u64>,
    /// Whether the subject is the epoch's first block.
    pub is_first_of_epoch: Option<bool>,
    /// Protocol version that acted on our side, such as `0.14.3`: the one that our block states, else mainnet's.
    pub starknet_version: Option<String>,
    /// Protocol version that mainnet's block states.
    pub mainnet_starknet_version: Option<String>,
}
