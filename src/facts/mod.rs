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
pub(crate) mod blocks;
pub(crate) mod deployment;
pub(crate) mod events;
mod document;
pub mod commitments;
mod undo;
pub(crate) mod hashes;
pub mod counterfactual;
pub mod consistency;
mod sealing;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

pub use blocks::{BlockFacts, SideFacts};
pub use cases::EpochKind;
pub use coverage::{EvidenceName, EvidenceState};
pub use deployment::{DeploymentFacts, ImageFacts, RestartFacts};
pub use document::{CaseDocument, EpisodeFacts, READS, Subject};
pub use events::EventFacts;
pub use ledger::{ItemKind, LedgerItem, Role};
pub use log_index::LogIndex;
pub use log_window::LogWindow;
pub use sealing::{hashed_as_stated, sealed};
pub use stall::Stall;
pub use trace::{TraceClass, TraceFacts};
pub use transactions::ListRelation;
pub use trigger::{Trigger, TriggerKind};
pub use undo::Undo;

use crate::evidence::{Bundle, Episode, Program};
use basis::{BasisKind, CaseBasis};
use coverage::DebugLines;
use log_index::Level;

/// All facts derived from a bundle.
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

/// The facts about one epoch.
#[derive(Debug)]
pub struct Case<'b> {
    /// The episode; for an epoch that still runs, one without a resync.
    pub episode: Cow<'b, Episode>,
    /// What the case is about; never empty.
    pub kinds: BTreeSet<EpochKind>,
    /// What "no divergence" would rest on; only for the epoch that still runs.
    pub grounds: Option<grounds::EpochGrounds>,
    /// The document that rules look at.
    pub document: CaseDocument,
    /// The part of Echonet's log that belongs to the episode.
    pub window: Option<LogWindow>,
    /// What was hashed of the episode's blocks so far.
    pub hashes: hashes::Hashes,
    /// Which evidence there is where another block of the ledger takes the subject's place, by its height.
    pub evidence_elsewhere: BTreeMap<u64, Vec<EvidenceState>>,
}

impl Facts<'_> {
    /// Records of a program's log, if there is one.
    #[must_use]
    pub fn log(&self, program: Program) -> Option<&LogIndex> {
        match program {
            Program::Echonet => self.echonet_log.as_ref(),
            Program::Sequencer => self.sequencer_log.as_ref(),
        }
    }
}

impl Case<'_> {
    /// What the case is about in the first place: a resync, else a divergence, else a stall.
    #[must_use]
    pub fn kind(&self) -> EpochKind {
        self.kinds.first().copied().unwrap_or(EpochKind::Running)
    }
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

fn version_at(bundle: &Bundle, episode: &Episode, block: u64) -> Option<String> {
    let ours = episode.ours.get(&block).and_then(|it| it.block.value()).and_then(|it| it.starknet_version.clone());
    ours.or_else(|| bundle.theirs.get(&block)?.block.value()?.starknet_version.clone())
}

fn case<'b>(bundle: &'b Bundle, basis: CaseBasis<'b>, log: Option<&LogIndex>) -> Case<'b> {
    let account = cases::account(bundle, &basis, log);
    let (first_diverging_block, subject) = cases::subject(&account, &basis);
    let kinds = cases::kinds(&basis, &account);
    let CaseBasis { episode, kind, trigger, window, .. } = basis;
    let (node_ends, sender_end, unfetched) = match kind {
        BasisKind::Resync => (Vec::new(), None, None),
        BasisKind::Running { ref stall, .. } => {
            let stall = stall.as_ref();
            (
                node_ends::find_node_ends(bundle, log.zip(window.as_ref()), stall),
                unfetched::sender_end(log, stall),
                unfetched::find_unfetched(bundle, log, stall),
            )
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
    let seen = coverage::SeenBesides { trigger: trigger.as_ref(), window: window.as_ref(), debug, contradictory: &account.contradictory };
    let evidence = |block: Option<u64>| coverage::assess_coverage(bundle, &episode, block, &seen);
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
        blocks: blocks::derive_blocks(bundle, &episode, subject, &account, &sender_counts::left_out(log.zip(window.as_ref()))),
        traces: account.traces,
        consistency: consistency::check_sides(bundle, &episode, &account.items, &hashes),
        ledger: account.items,
        deployment: deployment::derive_deployment(bundle),
        node_ends,
        sender_end,
        unfetched,
        events: events::derive_events(bundle),
        reverts: reverts::derive_reverts(&episode),
        os_runs: os_runs::derive_os_runs(episode.report.value()),
        echonet: echonet::derive_echonet(bundle),
        coverage,
        trigger,
        stall,
    };
    Case { episode, kinds, grounds, document, window, hashes, evidence_elsewhere }
}
