//! Facts: what follows from a bundle.
//!
//! Invariant: nothing here knows about rules or findings, and nothing does I/O or reads a clock. One [`Case`] an episode: a normalised
//! document that rules look at, and the log records that belong to it.

mod premises;
mod episode;
mod subject;
pub(crate) mod trigger;
pub(crate) mod ledger;
pub(crate) mod transactions;
pub(crate) mod receipt;
pub(crate) mod phases;
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
pub(crate) mod log_index;
pub(crate) mod log_window;
pub(crate) mod stall;
pub(crate) mod layout;
pub(crate) mod timeline;
pub mod commitments;
mod undo;
pub(crate) mod hashes;
pub mod counterfactual;
mod sealing;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

pub use blocks::{BlockFacts, SideFacts};
pub use cases::EpochKind;
pub use coverage::{EvidenceName, EvidenceState};
pub use deployment::{DeploymentFacts, ImageFacts, RestartFacts};
pub use episode::EpisodeFacts;
pub use events::EventFacts;
pub use ledger::{ItemKind, LedgerItem, Role};
pub use log_index::LogIndex;
pub use log_window::LogWindow;
pub use sealing::{hashed_as_stated, sealed};
pub use stall::Stall;
pub use subject::Subject;
pub use trace::{TraceClass, TraceFacts};
pub use transactions::ListRelation;
pub use trigger::{Trigger, TriggerKind};
pub use undo::Undo;

use crate::evidence::{Bundle, Episode, Program};
use basis::{BasisKind, CaseBasis};
use premises::{EpochState, Premises};

/// Makes of the lines: the modules, [`CaseDocument`], [`READS`], and how the document is made.
macro_rules! facts {
    ($(
        $(pub $(($seen_by:ident))? mod $fact:ident: $Fact:ty,)?
        $(premise $part:ident: $Part:ty = $($from:ident).+, reads $reads:path,)?
        $says:literal;
    )+) => {
        $($(pub $(($seen_by))? mod $fact;)?)+

        /// The document that rules look at: one episode, without block numbers to know or texts to parse.
        #[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
        pub struct CaseDocument {
            $(#[doc = $says] $(pub $fact: $Fact,)? $(pub $part: $Part,)?)+
        }

        /// What each part of the document is made of: without that evidence, nothing there means nothing.
        pub const READS: &[(&str, &[EvidenceName])] = &[$($((stringify!($fact), $fact::READS))? $((stringify!($part), $reads))?),+];

        fn document(premises: Premises<'_>) -> CaseDocument {
            $($(let $fact = $fact::derive(&premises);)?)+
            CaseDocument { $($($fact,)? $($part: premises.$($from).+,)?)+ }
        }
    };
}

// A line registers a fact: its file, which derives it and says what it reads, its type, and its words in the schema. A `premise` is there
// before: facts are derived from it, and its line says which field of `Premises` it is.
facts! {
    premise episode: EpisodeFacts = in_time, reads episode::READS, "The episode.";
    premise trigger: Option<Trigger> = trigger, reads trigger::READS, "What triggered its resync; absent if no evidence names it.";
    premise stall: Option<Stall> = stall, reads stall::READS, "How progress stopped; only for an epoch that still runs, and only if it was seen to stop.";
    premise subject: Subject = subject, reads subject::READS, "The block to look at.";
    pub(crate) mod blocks: Vec<BlockFacts>, "Both sides of each observed height, lowest first.";
    premise ledger: Vec<LedgerItem> = account.items, reads ledger::READS, "Every observed divergence.";
    pub mod consistency: Vec<consistency::SideCheck>, "Whether the sides of each diverging block match the hashes they state, lowest height and our side first.";
    premise traces: Vec<TraceFacts> = account.traces, reads trace::READS, "Revert texts that differ.";
    pub(crate) mod deployment: DeploymentFacts, "The deployed programs.";
    pub(crate) mod node_ends: Vec<node_ends::NodeEnd>, "Containers of the node that ended and were started again; only for an epoch that still runs: a resync makes a new pod.";
    pub(crate) mod sender_end: Option<sender_end::SenderEnd>, "How the sender ended, where it was seen to end with an exception; only for an epoch that still runs.";
    pub(crate) mod unfetched: Option<unfetched::Unfetched>, "The block that the sender asked for in vain before it ended; only for an epoch that still runs.";
    pub(crate) mod events: Vec<EventFacts>, "What the cluster noted about the namespace's objects, earliest first.";
    pub mod reverts: reverts::RevertFacts, "Transactions that reverted on one side only, as Echonet itself counts them.";
    pub(crate) mod os_runs: Option<os_runs::OsRunFacts>, "Runs of the Starknet OS, as the report of that moment counts them; absent if it does not.";
    pub(crate) mod echonet: echonet::EchonetFacts, "What Echonet said of itself when the evidence was collected, after the last resync.";
    pub(crate) mod coverage: Vec<EvidenceState>, "The state of each piece of evidence.";
}

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
        subject::version_at(bundle, &basis.episode, subject?)
    })
}

fn case<'b>(bundle: &'b Bundle, basis: CaseBasis<'b>, log: Option<&LogIndex>) -> Case<'b> {
    let account = cases::account(bundle, &basis, log);
    let (first_diverging_block, block) = cases::subject(&account, &basis);
    let kinds = cases::kinds(&basis, &account);
    let CaseBasis { episode, kind, trigger, window, .. } = basis;
    let (epoch, stall, grounds) = match kind {
        BasisKind::Resync => (EpochState::Over, None, None),
        BasisKind::Running { stall, grounds, .. } => (EpochState::Running, stall, Some(grounds.without(&account.contradictory))),
    };
    let hashes = hashes::Hashes::default();
    let in_time = EpisodeFacts::from_episode(&episode);
    let subject = Subject::from_height(bundle, &episode, &in_time, first_diverging_block, block);
    let window_of = window.as_ref();
    let premises =
        Premises { bundle, episode: &episode, in_time, epoch, trigger, stall, subject, account, log, window: window_of, hashes: &hashes };
    let evidence_elsewhere = coverage::elsewhere(&premises);
    let document = document(premises);
    Case { episode, kinds, grounds, document, window, hashes, evidence_elsewhere }
}
