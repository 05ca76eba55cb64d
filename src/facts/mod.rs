//! Facts: what follows from a bundle.
//!
//! Invariant: nothing here knows about rules or findings, and nothing does I/O or reads a clock. One [`Case`] an episode: a normalised
//! document that rules look at, and the log records that belong to it.

pub mod trigger;
pub mod ledger;
pub mod transactions;
pub mod receipt;
pub mod phases;
pub mod os_runs;
pub mod sender_counts;
pub mod trace;
pub mod state_diff;
pub mod header;
pub mod consequence;
pub mod account;
mod refusals;
pub mod coverage;
pub mod log_index;
pub mod log_window;
pub mod stall;
pub mod reverts;
pub mod echonet;
pub mod layout;
pub mod timeline;
#[cfg(feature = "proof")]
pub mod commitments;
pub mod hashes;
pub mod counterfactual;
pub mod consistency;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

pub use counterfactual::Undo;
pub use coverage::{EvidenceName, EvidenceState};
pub use ledger::{ItemKind, LedgerItem, Role};
pub use log_index::LogIndex;
pub use log_window::LogWindow;
pub use stall::Stall;
pub use trace::TraceClass;
pub use transactions::ListRelation;
pub use trigger::{Trigger, TriggerKind};

use crate::evidence::block::TransactionType;
use crate::evidence::pods::{Component, Pod};
use crate::evidence::{Bundle, Episode, Felt};
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
    /// One case an episode, earliest first; then one of the epoch that still runs, if it makes no progress, or if there is nothing else and
    /// no log that would tell.
    pub cases: Vec<Case<'b>>,
}

/// What follows from one episode.
#[derive(Debug)]
pub struct Case<'b> {
    /// The episode; for an epoch that still runs, one without a resync.
    pub episode: Cow<'b, Episode>,
    /// What the case is about.
    pub subject_matter: SubjectMatter,
    /// The document that rules look at.
    pub document: CaseDocument,
    /// The part of Echonet's log that belongs to the episode.
    pub window: Option<LogWindow>,
    /// What was hashed of the episode's blocks so far.
    pub hashes: hashes::Hashes,
    /// Which evidence there is where another block of the ledger takes the subject's place, by its height.
    pub evidence_elsewhere: BTreeMap<u64, Vec<EvidenceState>>,
}

/// What a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectMatter {
    /// Echonet resynced.
    Resync,
    /// Progress stopped, and Echonet did not resync.
    Stall,
    /// There was no resync, and whether the epoch makes progress cannot be told without Echonet's log.
    Unseen,
}

/// The document that rules look at: one episode, without block numbers to know or texts to parse.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CaseDocument {
    /// The episode.
    pub episode: EpisodeFacts,
    /// What triggered its resync; absent if no evidence names it.
    pub trigger: Option<Trigger>,
    /// How progress stopped; only for an epoch that still runs.
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
    /// Height of the first diverging block, or of the trigger where no block was seen to diverge.
    pub block: u64,
    /// Height of the first block that diverged, as far as the payloads or Echonet's own trigger tell.
    pub first_diverging_block: Option<u64>,
    /// Whether the subject is the epoch's first block.
    pub is_first_of_epoch: Option<bool>,
    /// Protocol version of mainnet's block, such as `0.14.3`.
    pub starknet_version: Option<String>,
}

/// Both sides of one height.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BlockFacts {
    /// Height.
    pub number: u64,
    /// Height minus the subject's height.
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
    let cases = grounds(bundle, log).into_iter().map(|(episode, basis)| case(bundle, episode, basis, log)).collect();
    Facts { bundle, echonet_log, sequencer_log, cases }
}

/// The protocol version of the block that a diagnosis is about, of the first case in which it was seen: what [`derive()`] says of it, without
/// what costs most.
#[must_use]
pub fn starknet_version(bundle: &Bundle) -> Option<String> {
    let echonet_log = bundle.logs.echonet.value().map(LogIndex::new);
    let log = echonet_log.as_ref();
    grounds(bundle, log)
        .into_iter()
        .find_map(|(episode, basis)| version_at(bundle, subject(&account(bundle, &episode, &basis, log), &basis).1))
}

/// What each case is about: the resyncs, and the epoch that still runs.
fn grounds<'b>(bundle: &'b Bundle, log: Option<&LogIndex>) -> Vec<(Cow<'b, Episode>, Basis)> {
    let triggers: Vec<Option<Trigger>> = bundle.episodes.iter().map(|it| trigger::of(bundle, it)).collect();
    let keys: Vec<Option<&str>> = triggers.iter().map(|it| it.as_ref().map(|it| it.key.as_str())).collect();
    let windows = match log {
        Some(index) => log_window::windows(index, &coverage::extent(&bundle.logs.echonet), &keys),
        None => vec![None; keys.len()],
    };
    let resync = |(trigger, window)| Basis { subject_matter: SubjectMatter::Resync, trigger, window, stall: None };
    let resyncs = bundle.episodes.iter().map(Cow::Borrowed).zip(triggers.into_iter().zip(windows).map(resync));
    resyncs.chain(stalled(bundle, log)).collect()
}

/// What a case is built on besides the bundle.
struct Basis {
    subject_matter: SubjectMatter,
    trigger: Option<Trigger>,
    window: Option<LogWindow>,
    stall: Option<Stall>,
}

/// The case of the epoch that still runs, if it makes no progress or nobody can tell.
fn stalled<'b>(bundle: &'b Bundle, log: Option<&LogIndex>) -> Option<(Cow<'b, Episode>, Basis)> {
    let running = Cow::Owned(stall::running(bundle));
    let Some(index) = log else {
        let basis = Basis { subject_matter: SubjectMatter::Unseen, trigger: None, window: None, stall: None };
        return bundle.episodes.is_empty().then_some((running, basis));
    };
    let (mut stall, window) = stall::of(index, &coverage::extent(&bundle.logs.echonet))?;
    stall.block = stall.block.or_else(|| stall::reported_block(bundle));
    let basis = Basis { subject_matter: SubjectMatter::Stall, trigger: None, window: Some(window), stall: Some(stall) };
    Some((running, basis))
}

/// What differs in an episode.
fn account(bundle: &Bundle, episode: &Episode, basis: &Basis, log: Option<&LogIndex>) -> account::Account {
    let mut account = account::of(bundle, episode, basis.trigger.as_ref(), log.zip(basis.window.as_ref()));
    if let Some(stall) = &basis.stall {
        // What this epoch wrote before it stopped is not what stopped it.
        account.items = vec![stall.item()];
        account.traces.clear();
    }
    account
}

/// The first diverging block, if there is one, and the block that a diagnosis is about.
fn subject(account: &account::Account, basis: &Basis) -> (Option<u64>, u64) {
    let seen = account.items.iter().filter(|it| it.role != Role::Informational && !it.kind.is_trigger()).map(|it| it.block).min();
    // Echonet itself says that this block diverged, whether its payload was seen or not.
    let stated = basis.trigger.as_ref().filter(|it| it.kind == TriggerKind::BlockHashMismatch).map(|it| it.block);
    let first_diverging_block = seen.into_iter().chain(stated).min();
    (first_diverging_block, first_diverging_block.or(basis.trigger.as_ref().map(|it| it.block)).unwrap_or_default())
}

fn version_at(bundle: &Bundle, block: u64) -> Option<String> {
    bundle.theirs.get(&block).and_then(|it| it.block.value()).and_then(|it| it.starknet_version.clone())
}

fn case<'b>(bundle: &'b Bundle, episode: Cow<'b, Episode>, basis: Basis, log: Option<&LogIndex>) -> Case<'b> {
    let account = account(bundle, &episode, &basis, log);
    let (first_diverging_block, subject) = subject(&account, &basis);
    let Basis { subject_matter, trigger, window, stall } = basis;
    let start_block = episode
        .snapshot
        .value()
        .and_then(|it| it.current_start_block)
        .or_else(|| episode.report.value().and_then(|it| it.current_start_block));
    let has_debug = log.zip(window.as_ref()).is_some_and(|(index, window)| {
        index.records.get(window.first..window.end).is_some_and(|records| records.iter().any(|it| it.level == Some(Level::Debug)))
    });
    let hashes = hashes::Hashes::default();
    let debug = if has_debug { DebugLines::Seen } else { DebugLines::NotSeen };
    let evidence = |block: u64| coverage::of(bundle, &episode, block, trigger.as_ref(), window.as_ref(), debug);
    let others: BTreeSet<u64> = account.items.iter().map(|it| it.block).filter(|it| *it != subject).collect();
    let evidence_elsewhere = others.into_iter().map(|it| (it, evidence(it))).collect();
    let document = CaseDocument {
        episode: EpisodeFacts { number: episode.number, start_block },
        subject: Subject {
            block: subject,
            first_diverging_block,
            is_first_of_epoch: start_block.map(|it| it == subject),
            starknet_version: version_at(bundle, subject),
        },
        blocks: blocks(bundle, &episode, subject, &account, &sender_counts::left_out(log.zip(window.as_ref()))),
        traces: account.traces,
        consistency: consistency::of(bundle, &episode, &account.items, &hashes),
        ledger: account.items,
        deployment: deployment(bundle),
        events: events(bundle),
        reverts: reverts::of(&episode),
        os_runs: os_runs::of(episode.report.value()),
        echonet: echonet::of(bundle),
        coverage: evidence(subject),
        trigger,
        stall,
    };
    Case { episode, subject_matter, document, window, hashes, evidence_elsewhere }
}

fn blocks(bundle: &Bundle, episode: &Episode, subject: u64, account: &account::Account, left_out: &BTreeMap<u64, u64>) -> Vec<BlockFacts> {
    let is_missing = |it: &&LedgerItem| it.kind == ItemKind::TxMissing && it.tx_type != Some(TransactionType::L1Handler);
    let side = |block: &crate::evidence::Block| SideFacts {
        block_hash: block.block_hash,
        parent_block_hash: block.parent_block_hash,
        timestamp: block.timestamp,
        starknet_version: block.starknet_version.clone(),
        transaction_count: block.transactions.len(),
    };
    let timestamp = |height: u64| bundle.theirs.get(&height).and_then(|it| it.block.value()).map(|it| it.timestamp);
    let heights: BTreeSet<u64> = episode.ours.keys().chain(bundle.theirs.keys()).copied().collect();
    heights
        .into_iter()
        .map(|number| BlockFacts {
            number,
            offset: i64::try_from(number).unwrap_or(i64::MAX).saturating_sub(i64::try_from(subject).unwrap_or(i64::MAX)),
            ours: episode.ours.get(&number).and_then(|it| it.block.value()).map(side),
            theirs: bundle.theirs.get(&number).and_then(|it| it.block.value()).map(side),
            state_updates_seen: episode.ours.get(&number).is_some_and(|it| it.state_update.value().is_some())
                && bundle.theirs.get(&number).is_some_and(|it| it.state_update.value().is_some()),
            differing: account
                .items
                .iter()
                .filter(|it| it.block == number && it.role != Role::Informational && !it.field.is_empty() && it.kind != ItemKind::TxChanged)
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
