//! Facts: what follows from a bundle.
//!
//! Invariant: nothing here knows about rules or findings, and nothing does I/O or reads a clock. One [`Case`] an episode: a normalised
//! document that rules look at, and the log records that belong to it.

pub(crate) mod trigger;
pub(crate) mod ledger;
pub(crate) mod transactions;
pub(crate) mod receipt;
pub(crate) mod phases;
pub(crate) mod os_runs;
pub(crate) mod sender_counts;
pub mod trace;
pub(crate) mod state_diff;
pub(crate) mod header;
pub(crate) mod consequence;
pub(crate) mod account;
mod refusals;
pub(crate) mod resyncs;
mod later;
pub(crate) mod mismatches;
pub(crate) mod running;
pub(crate) mod grounds;
mod progress;
mod objections;
mod posts;
mod basis;
mod cases;
pub(crate) mod coverage;
pub(crate) mod log_index;
pub(crate) mod log_window;
pub(crate) mod stall;
pub mod unfetched;
pub(crate) mod node_ends;
pub mod reverts;
pub(crate) mod echonet;
pub(crate) mod layout;
pub(crate) mod timeline;
#[cfg(feature = "proof")]
pub mod commitments;
mod undo;
pub(crate) mod hashes;
pub mod counterfactual;
pub mod consistency;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

pub use cases::CaseKind;
pub use coverage::{EvidenceName, EvidenceState};
pub use ledger::{ItemKind, LedgerItem, Role};
pub use log_index::LogIndex;
pub use log_window::LogWindow;
pub use stall::Stall;
pub use trace::TraceClass;
pub use transactions::ListRelation;
pub use trigger::{Trigger, TriggerKind};
pub use undo::Undo;

use crate::evidence::block::TransactionType;
use crate::evidence::pods::{Component, Pod};
use crate::evidence::{Bundle, Episode, Felt};
use basis::{Basis, BasisKind};
use coverage::DebugLines;
use log_index::Level;

/// Everything that follows from one bundle.
#[derive(Debug)]
pub struct Facts<'b> {
    /// The bundle.
    pub bundle: &'b Bundle,
    /// Records of Echonet's log, if there is one.
    pub echonet_log: Option<LogIndex>,
    /// Records of the sequencer's log, if there is one.
    pub sequencer_log: Option<LogIndex>,
    /// One case a resync, earliest first; then one of the epoch that still runs.
    pub cases: Vec<Case<'b>>,
}

/// What follows from one epoch.
#[derive(Debug)]
pub struct Case<'b> {
    /// The episode; for an epoch that still runs, one without a resync.
    pub episode: Cow<'b, Episode>,
    /// What the case is about; never empty.
    pub kinds: BTreeSet<CaseKind>,
    /// What "no divergence" would rest on; only for the epoch that still runs.
    pub grounds: Option<grounds::Grounds>,
    /// The document that rules look at.
    pub document: CaseDocument,
    /// The part of Echonet's log that belongs to the episode.
    pub window: Option<LogWindow>,
    /// What was hashed of the episode's blocks so far.
    pub hashes: hashes::Hashes,
    /// Which evidence there is where another block of the ledger takes the subject's place, by its height.
    pub evidence_elsewhere: BTreeMap<u64, Vec<EvidenceState>>,
}

impl Case<'_> {
    /// What the case is about in the first place: a resync, else a divergence, else a stall.
    #[must_use]
    pub fn kind(&self) -> CaseKind {
        self.kinds.first().copied().unwrap_or(CaseKind::Running)
    }
}

/// The document that rules look at: one episode, without block numbers to know or texts to parse.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CaseDocument {
    /// The episode.
    pub episode: EpisodeFacts,
    /// What triggered its resync; absent if no evidence names it.
    pub trigger: Option<Trigger>,
    /// How progress stopped; only for an epoch that still runs, and only if it was seen to stop.
    pub stall: Option<Stall>,
    /// The block to look at.
    pub subject: Subject,
    /// Both sides of each observed height, lowest first.
    pub blocks: Vec<BlockFacts>,
    /// Every observed divergence.
    pub ledger: Vec<LedgerItem>,
    /// Whether the sides of each diverging block are what they state, lowest height and our side first.
    pub consistency: Vec<consistency::SideCheck>,
    /// Revert texts that differ.
    pub traces: Vec<TraceFacts>,
    /// What runs.
    pub deployment: DeploymentFacts,
    /// Containers of the node that ended and were started again; only for an epoch that still runs: a resync makes a new pod.
    pub node_ends: Vec<node_ends::NodeEnd>,
    /// How the sender ended, where it was seen to end with an exception; only for an epoch that still runs.
    pub sender_end: Option<unfetched::SenderEnd>,
    /// The block that the sender asked for in vain before it ended; only for an epoch that still runs.
    pub unfetched: Option<unfetched::Unfetched>,
    /// What the cluster noted about the namespace's objects, earliest first.
    pub events: Vec<EventFacts>,
    /// Transactions that reverted on one side only, as Echonet itself counts them.
    pub reverts: reverts::RevertFacts,
    /// Runs of the Starknet OS, as the report of that moment counts them; absent if it does not.
    pub os_runs: Option<os_runs::OsRunFacts>,
    /// What Echonet said of itself when the evidence was collected, after the last resync.
    pub echonet: echonet::EchonetFacts,
    /// Which evidence there is.
    pub coverage: Vec<EvidenceState>,
}

/// An episode in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EpisodeFacts {
    /// Number in the bundle, from 1, earliest first.
    pub number: u32,
    /// First block of the epoch; absent if no evidence names it.
    pub start_block: Option<u64>,
}

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

/// Both sides of one height.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BlockFacts {
    /// Height.
    pub number: u64,
    /// Height minus the subject's height; 0 if no evidence names a subject.
    pub offset: i64,
    /// Our side, if it was seen.
    pub ours: Option<SideFacts>,
    /// Mainnet's side, if it was seen.
    pub theirs: Option<SideFacts>,
    /// Whether the state updates of both sides were seen.
    pub state_updates_seen: bool,
    /// Names of the hashed fields that differ.
    pub differing: Vec<String>,
    /// How our list of transactions stands to mainnet's; absent if either was not seen.
    pub transaction_list: Option<ListRelation>,
    /// How many of mainnet's transactions the sender left out before it forwarded the rest; absent if its line was not seen.
    pub left_out: Option<u64>,
    /// How many of mainnet's transactions we have in no observed block, messages from L1 not counted; absent if our list was not seen.
    pub missing: Option<u64>,
    /// Whether mainnet's next block has the same timestamp; absent if either was not seen.
    pub next_shares_timestamp: Option<bool>,
}

/// One side of one height.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SideFacts {
    /// Hash.
    pub block_hash: Felt,
    /// Hash of the block before.
    pub parent_block_hash: Felt,
    /// Time, in whole seconds since the Unix epoch (UTC).
    pub timestamp: u64,
    /// Protocol version.
    pub starknet_version: Option<String>,
    /// Number of transactions.
    pub transaction_count: usize,
}

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
    pub extra_vm_frames_on: Option<trace::Sides>,
}

/// What runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct DeploymentFacts {
    /// Images of the sequencer's containers, each once.
    pub images: Vec<ImageFacts>,
    /// Containers of both programs that ran before and ended.
    pub restarts: Vec<RestartFacts>,
}

/// A container that ran before and ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct RestartFacts {
    /// Program.
    pub component: Component,
    /// Pod.
    pub pod: String,
    /// How often the container was started again.
    pub count: u64,
    /// Why its last run ended, such as `OOMKilled`; absent if the cluster does not say.
    pub reason: Option<String>,
}

/// Something that the cluster noted about an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EventFacts {
    /// Kind and name of the object, such as `Pod/echonet-0`.
    pub object: String,
    /// Reason in one word, such as `FailedAttachVolume`.
    pub reason: String,
    /// What happened.
    pub message: String,
    /// How often it was seen.
    pub count: u64,
}

/// An image that runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct ImageFacts {
    /// Program.
    pub component: Component,
    /// Image reference as the pod asks for it.
    pub image: String,
    /// Digest as it runs; empty if not known.
    pub image_id: String,
}

/// Derives the facts of a bundle.
#[must_use]
pub fn derive(bundle: &Bundle) -> Facts<'_> {
    let echonet_log = bundle.logs.echonet.value().map(LogIndex::new);
    let sequencer_log = bundle.logs.sequencer.value().map(LogIndex::new);
    let log = echonet_log.as_ref();
    let cases = cases::bases(bundle, log).into_iter().map(|basis| case(bundle, basis, log)).collect();
    Facts { bundle, echonet_log, sequencer_log, cases }
}

/// The protocol version that acted on the block that a diagnosis is about, of the first case in which it was seen: what [`derive()`] says of
/// it, without what costs most.
#[must_use]
pub fn starknet_version(bundle: &Bundle) -> Option<String> {
    let echonet_log = bundle.logs.echonet.value().map(LogIndex::new);
    let log = echonet_log.as_ref();
    cases::bases(bundle, log).into_iter().find_map(|basis| {
        let (_, subject) = cases::subject(&cases::account(bundle, &basis, log), &basis);
        version_at(bundle, &basis.episode, subject?)
    })
}

/// What a build without recomputation says where something would have to be computed.
#[cfg(not(feature = "proof"))]
const WITHOUT_PROOF: &str = "this build cannot recompute commitments: it was made without the feature `proof`";

/// A block that states what it holds: with its commitments, counts and hash computed again.
///
/// # Errors
/// When something cannot be computed, or this build computes nothing.
pub fn sealed(block: crate::evidence::Block, state: Option<&crate::evidence::StateUpdate>) -> Result<crate::evidence::Block, String> {
    #[cfg(feature = "proof")]
    return commitments::sealed(block, state.map(|it| &it.state_diff)).map_err(|err| err.to_string());
    #[cfg(not(feature = "proof"))]
    {
        let _ = (block, state);
        Err(WITHOUT_PROOF.to_owned())
    }
}

/// A block with the hash over what it states, whatever it holds.
///
/// # Errors
/// When something is not stated, or this build computes nothing.
pub fn hashed_as_stated(
    block: crate::evidence::Block,
    state: Option<&crate::evidence::StateUpdate>,
) -> Result<crate::evidence::Block, String> {
    #[cfg(feature = "proof")]
    {
        let block_hash = consistency::hash_of_stated(&block, state.map(|it| &it.state_diff)).map_err(|err| err.to_string())?;
        Ok(crate::evidence::Block { block_hash, ..block })
    }
    #[cfg(not(feature = "proof"))]
    {
        let _ = (block, state);
        Err(WITHOUT_PROOF.to_owned())
    }
}

fn version_at(bundle: &Bundle, episode: &Episode, block: u64) -> Option<String> {
    let ours = episode.ours.get(&block).and_then(|it| it.block.value()).and_then(|it| it.starknet_version.clone());
    ours.or_else(|| bundle.theirs.get(&block)?.block.value()?.starknet_version.clone())
}

fn case<'b>(bundle: &'b Bundle, basis: Basis<'b>, log: Option<&LogIndex>) -> Case<'b> {
    let account = cases::account(bundle, &basis, log);
    let (first_diverging_block, subject) = cases::subject(&account, &basis);
    let kinds = cases::kinds(&basis, &account);
    let Basis { episode, kind, trigger, window, .. } = basis;
    let (node_ends, sender_end, unfetched) = match kind {
        BasisKind::Resync => (Vec::new(), None, None),
        BasisKind::Running { ref stall, .. } => {
            let stall = stall.as_ref();
            (node_ends::of(bundle, log.zip(window.as_ref()), stall), unfetched::sender_end(log, stall), unfetched::of(bundle, log, stall))
        }
    };
    let (stall, grounds) = match kind {
        BasisKind::Resync => (None, None),
        BasisKind::Running { stall, grounds, .. } => (stall, Some(grounds.without(&account.contradictory))),
    };
    let start_block = episode
        .snapshot
        .value()
        .and_then(|it| it.current_start_block)
        .or_else(|| episode.report.value().and_then(|it| it.current_start_block));
    let has_debug =
        log.zip(window.as_ref()).is_some_and(|(index, window)| window.records(index).iter().any(|it| it.level == Some(Level::Debug)));
    let hashes = hashes::Hashes::default();
    let debug = if has_debug { DebugLines::Seen } else { DebugLines::NotSeen };
    let seen = coverage::Seen { trigger: trigger.as_ref(), window: window.as_ref(), debug, contradictory: &account.contradictory };
    let evidence = |block: Option<u64>| coverage::of(bundle, &episode, block, &seen);
    // Where progress stopped tells of no payload.
    let of_blocks = account.items.iter().filter(|it| it.kind != ItemKind::Stall);
    let others: BTreeSet<u64> = of_blocks.map(|it| it.block).filter(|it| Some(*it) != subject).collect();
    let evidence_elsewhere = others.into_iter().map(|it| (it, evidence(Some(it)))).collect();
    let coverage = evidence(subject);
    let document = CaseDocument {
        episode: EpisodeFacts { number: episode.number, start_block },
        subject: Subject {
            block: subject,
            first_diverging_block,
            is_first_of_epoch: start_block.zip(subject).map(|(start, subject)| start == subject),
            starknet_version: subject.and_then(|it| version_at(bundle, &episode, it)),
            mainnet_starknet_version: subject.and_then(|it| bundle.theirs.get(&it)?.block.value()?.starknet_version.clone()),
        },
        blocks: blocks(bundle, &episode, subject, &account, &sender_counts::left_out(log.zip(window.as_ref()))),
        traces: account.traces,
        consistency: consistency::of(bundle, &episode, &account.items, &hashes),
        ledger: account.items,
        deployment: deployment(bundle),
        node_ends,
        sender_end,
        unfetched,
        events: events(bundle),
        reverts: reverts::of(&episode),
        os_runs: os_runs::of(episode.report.value()),
        echonet: echonet::of(bundle),
        coverage,
        trigger,
        stall,
    };
    Case { episode, kinds, grounds, document, window, hashes, evidence_elsewhere }
}

fn blocks(
    bundle: &Bundle,
    episode: &Episode,
    subject: Option<u64>,
    account: &account::Account,
    left_out: &BTreeMap<u64, u64>,
) -> Vec<BlockFacts> {
    let is_missing = |it: &&LedgerItem| it.kind == ItemKind::TxMissing && it.tx_type != Some(TransactionType::L1Handler);
    let side = |block: &crate::evidence::Block| SideFacts {
        block_hash: block.block_hash,
        parent_block_hash: block.parent_block_hash,
        timestamp: block.timestamp,
        starknet_version: block.starknet_version.clone(),
        transaction_count: block.transactions.len(),
    };
    let is_evidence = |height: &u64| !account.contradictory.contains(height);
    let timestamp =
        |height: u64| bundle.theirs.get(&height).filter(|_| is_evidence(&height)).and_then(|it| it.block.value()).map(|it| it.timestamp);
    let heights: BTreeSet<u64> = episode.ours.keys().chain(bundle.theirs.keys()).copied().collect();
    let signed = |height: u64| i64::try_from(height).unwrap_or(i64::MAX);
    heights
        .into_iter()
        .map(|number| BlockFacts {
            number,
            offset: signed(number).saturating_sub(signed(subject.unwrap_or(number))),
            ours: episode.ours.get(&number).filter(|_| is_evidence(&number)).and_then(|it| it.block.value()).map(side),
            theirs: bundle.theirs.get(&number).filter(|_| is_evidence(&number)).and_then(|it| it.block.value()).map(side),
            state_updates_seen: is_evidence(&number)
                && episode.ours.get(&number).is_some_and(|it| it.state_update.value().is_some())
                && bundle.theirs.get(&number).is_some_and(|it| it.state_update.value().is_some()),
            differing: account
                .items
                .iter()
                .filter(|it| it.block == number && !it.field.is_empty() && it.kind != ItemKind::TxChanged)
                .filter(|it| it.role.is_difference())
                .map(|it| it.field.clone())
                .collect(),
            transaction_list: account.lists.get(&number).copied(),
            left_out: left_out.get(&number).copied(),
            missing: account
                .lists
                .contains_key(&number)
                .then(|| account.items.iter().filter(|it| it.block == number).filter(is_missing).count() as u64),
            next_shares_timestamp: timestamp(number).zip(number.checked_add(1).and_then(&timestamp)).map(|(this, next)| this == next),
        })
        .collect()
}

fn events(bundle: &Bundle) -> Vec<EventFacts> {
    let seen = bundle.collection.as_ref().and_then(|it| it.events.value()).map(Vec::as_slice).unwrap_or_default();
    let facts = |it: &crate::evidence::collection::ClusterEvent| EventFacts {
        object: it.object.clone(),
        reason: it.reason.clone(),
        message: it.message.clone(),
        count: it.count,
    };
    seen.iter().map(facts).collect()
}

/// What a sequencer without pods would run: a resync scales it down. Nothing else of the workloads is a fact: how many pods run, and with
/// which settings, is that of the moment of collecting, and a healthy resync passes through all of it.
fn scaled_down(bundle: &Bundle) -> Vec<ImageFacts> {
    let workloads = bundle.collection.iter().filter_map(|it| it.workloads.value()).flatten();
    let images = workloads.flat_map(|it| &it.images).filter(|(container, _)| container.starts_with("sequencer-"));
    images.map(|(_, image)| ImageFacts { component: Component::Sequencer, image: image.clone(), image_id: String::new() }).collect()
}

fn deployment(bundle: &Bundle) -> DeploymentFacts {
    let pods = bundle.deployment.pods.value().map(Vec::as_slice).unwrap_or_default();
    let mut images: Vec<ImageFacts> = pods
        .iter()
        .filter(|it| it.component != Component::Other)
        .flat_map(|pod| pod.containers.iter().map(|it| (pod.component, it)))
        .map(|(component, it)| ImageFacts { component, image: it.image.clone(), image_id: it.image_id.clone() })
        .collect();
    if bundle.deployment.pods.value().is_some() && images.iter().all(|it| it.component != Component::Sequencer) {
        images.extend(scaled_down(bundle));
    }
    images.sort();
    images.dedup();
    let restarts = |pod: &Pod| {
        let (component, name) = (pod.component, pod.name.clone());
        let ended = pod.containers.iter().filter(|it| it.restarts > 0).max_by_key(|it| it.restarts)?;
        let reason = ended.last_termination.as_ref().map(|it| it.reason.clone()).filter(|it| !it.is_empty());
        Some(RestartFacts { component, pod: name, count: ended.restarts, reason })
    };
    DeploymentFacts { images, restarts: pods.iter().filter(|it| it.component != Component::Other).filter_map(restarts).collect() }
}
