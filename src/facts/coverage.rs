//! Which evidence an episode has, by the names that rules use.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::ledger::ItemKind;
use super::log_index::{Level, LogIndex};
use super::log_window::LogWindow;
use super::premises::Premises;
use super::trigger::Trigger;
use super::{echonet, refusals, reverts};
pub use crate::evidence::EvidenceName;
use crate::evidence::sources::{self, Known};
use crate::evidence::{Bundle, Coverage, DumpKind, Episode, Extent, Gathered, Provenance, Request};

/// What it reads: nothing, for it says itself what is missing.
pub(crate) const READS: &[EvidenceName] = &[];

/// How much of one piece of evidence an episode has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EvidenceState {
    /// Name of the evidence.
    pub evidence: EvidenceName,
    /// Why it was not, or not wholly, seen; absent if all of it was seen.
    pub gap: Option<String>,
    /// What to ask to get it.
    pub how: String,
    /// The one request that gets it, where it can be named: of a block whose place is known, or of log lines from further back.
    #[serde(skip)]
    #[schemars(skip)]
    pub request: Option<Request>,
}

/// Whether a log holds lines of level DEBUG at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DebugLines {
    /// The log contains DEBUG lines.
    Seen,
    /// It does not: it may have been collected without them.
    NotSeen,
}

/// What of an episode was seen besides what its documents say.
pub(crate) struct SeenBesides<'s> {
    /// Its trigger, if any evidence names it.
    pub trigger: Option<&'s Trigger>,
    /// Its part of Echonet's log.
    pub window: Option<&'s LogWindow>,
    /// Whether that part has lines of level DEBUG.
    pub debug: DebugLines,
    /// Heights of which the two sides state one hash and hold unlike content.
    pub contradictory: &'s BTreeSet<u64>,
}

/// The state of every piece of evidence about the subject.
pub(super) fn derive(premises: &Premises<'_>) -> Vec<EvidenceState> {
    assess_coverage(premises.bundle, premises.episode, premises.subject.block, &SeenBesides::from_premises(premises))
}

/// Which evidence there is where another block of the ledger takes the subject's place, by its height.
pub(super) fn elsewhere(premises: &Premises<'_>) -> BTreeMap<u64, Vec<EvidenceState>> {
    // Where progress stopped tells of no payload.
    let of_blocks = premises.account.items.iter().filter(|it| it.kind != ItemKind::Stall);
    let others: BTreeSet<u64> = of_blocks.map(|it| it.block).filter(|it| Some(*it) != premises.subject.block).collect();
    let seen = SeenBesides::from_premises(premises);
    others.into_iter().map(|it| (it, assess_coverage(premises.bundle, premises.episode, Some(it), &seen))).collect()
}

impl<'s> SeenBesides<'s> {
    fn from_premises(premises: &'s Premises<'_>) -> Self {
        let is_debug = |(index, window): (&LogIndex, &LogWindow)| window.records(index).iter().any(|it| it.level == Some(Level::Debug));
        let debug = if premises.lines().is_some_and(is_debug) { DebugLines::Seen } else { DebugLines::NotSeen };
        Self { trigger: premises.trigger.as_ref(), window: premises.window, debug, contradictory: &premises.account.contradictory }
    }
}

/// The state of every piece of evidence for an episode whose first diverging block is at height `subject`, if one is named.
#[must_use]
pub(crate) fn assess_coverage(bundle: &Bundle, episode: &Episode, subject: Option<u64>, seen: &SeenBesides<'_>) -> Vec<EvidenceState> {
    let window = seen.window;
    let mut states = Vec::new();
    let mut push = |evidence: EvidenceName, gap: Option<String>| {
        let request = match evidence {
            EvidenceName::LogsEchonet | EvidenceName::LogsEchonetDebug => earlier_lines(bundle, window),
            _ => request(bundle, episode, subject, evidence),
        };
        states.push(EvidenceState { evidence, gap, how: how(episode, subject, evidence), request });
    };
    let is_told_later = bundle.report.value().is_some() || bundle.echonet.report_text.value().is_some();
    let report_gap = match &episode.report {
        Gathered::NotAsked if is_told_later => {
            Some("as it was during this resync, was not collected; only a later one was seen".to_owned())
        }
        other => other.gap(),
    };
    push(EvidenceName::Report, report_gap);
    let snapshot_gap = episode.snapshot.gap().or_else(|| refusals::gap(bundle, episode));
    push(EvidenceName::Snapshot, snapshot_gap);

    let unnamed = || Some("not looked for: no block is named".to_owned());
    let altered = |height: u64| {
        let reason = "seen in part only: both sides have the same hash but different content, so one of them was altered";
        seen.contradictory.contains(&height).then(|| reason.to_owned())
    };
    let our_block = |height: Option<u64>| {
        let Some(height) = height else { return unnamed() };
        match episode.ours.get(&height) {
            Some(ours) => gap_unless_never_stored(&ours.block).or_else(|| altered(height)),
            None => Some(no_archive(episode)),
        }
    };
    let our_state = subject.map_or_else(unnamed, |height| match episode.ours.get(&height) {
        Some(ours) => gap_unless_never_stored(&ours.state_update).or_else(|| altered(height)),
        None => Some(no_archive(episode)),
    });
    let not_asked = || Gathered::<()>::NotAsked.gap();
    let their_block = |height: Option<u64>| {
        let Some(height) = height else { return unnamed() };
        bundle.theirs.get(&height).map_or_else(not_asked, |it| it.block.gap()).or_else(|| altered(height))
    };
    let their_state = subject.map_or_else(unnamed, |height| {
        bundle.theirs.get(&height).map_or_else(not_asked, |it| it.state_update.gap()).or_else(|| altered(height))
    });
    let (previous, next) = (subject.and_then(|it| it.checked_sub(1)), subject.and_then(|it| it.checked_add(1)));
    push(EvidenceName::OursBlock, our_block(subject));
    push(EvidenceName::OursStateUpdate, our_state);
    push(EvidenceName::OursPreviousBlock, our_block(previous));
    push(EvidenceName::OursNextBlock, our_block(next));
    push(EvidenceName::TheirsBlock, their_block(subject));
    push(EvidenceName::TheirsStateUpdate, their_state);
    push(EvidenceName::TheirsPreviousBlock, their_block(previous));
    push(EvidenceName::TheirsNextBlock, their_block(next));

    let log_gap = bundle.logs.echonet.gap().or_else(|| match window {
        None => Some("does not hold this resync's trigger line".to_owned()),
        Some(window) => match &window.extent {
            Extent::Complete => None,
            Extent::Partial(reason) => Some(reason.clone()),
        },
    });
    let debug_gap = log_gap.clone().or_else(|| (seen.debug == DebugLines::NotSeen).then(|| "was collected without DEBUG lines".to_owned()));
    push(EvidenceName::LogsEchonet, log_gap);
    push(EvidenceName::LogsEchonetDebug, debug_gap);
    push(EvidenceName::LogsSequencer, bundle.logs.sequencer.gap());
    push(EvidenceName::Pods, bundle.deployment.pods.gap());
    push(EvidenceName::Events, bundle.deployment.events.gap());
    push(EvidenceName::Reverts, reverts::gap(episode));
    push(EvidenceName::Echonet, echonet::gap(bundle, seen.trigger));
    states
}

/// What to ask to get a piece of evidence, as its source says it.
fn how(episode: &Episode, subject: Option<u64>, name: EvidenceName) -> String {
    let block = match name {
        EvidenceName::OursPreviousBlock | EvidenceName::TheirsPreviousBlock => subject.and_then(|it| it.checked_sub(1)),
        EvidenceName::OursNextBlock | EvidenceName::TheirsNextBlock => subject.and_then(|it| it.checked_add(1)),
        _ => subject,
    };
    let known = Known { episode: episode.number, archive: episode.archive.value().map(String::as_str), block };
    let levels = if name == EvidenceName::LogsEchonetDebug { ", all levels" } else { "" };
    format!("{}{levels}", sources::how(name, known))
}

/// Why nothing was seen; none also where a complete listing shows that there never was anything to see.
fn gap_unless_never_stored<T>(evidence: &Gathered<T>) -> Option<String> {
    evidence.gap().filter(|_| !evidence.was_never_stored())
}

/// The state of the evidence that would show a resync, for a bundle that shows none.
#[must_use]
pub(crate) fn without_episode(bundle: &Bundle) -> Vec<EvidenceState> {
    let state = |evidence, gap, request: Request| EvidenceState { evidence, gap, how: request.to_string(), request: Some(request) };
    vec![
        state(EvidenceName::Report, bundle.report.gap(), Request::Report),
        state(EvidenceName::LogsEchonet, bundle.logs.echonet.gap(), Request::EchonetOutput),
        state(EvidenceName::Pods, bundle.deployment.pods.gap(), Request::Pods),
    ]
}

/// What to ask for more lines, where all that were asked for are there and the epoch's beginning is not among them.
fn earlier_lines(bundle: &Bundle, window: Option<&LogWindow>) -> Option<Request> {
    let is_all_that_was_asked_for = match &bundle.logs.echonet {
        Gathered::Observed(lines) => lines.coverage.extent == Extent::Complete,
        Gathered::Absent(_) => true,
        Gathered::Failed(_) | Gathered::NotAsked => false,
    };
    let is_short = window.is_none_or(|it| it.extent != Extent::Complete);
    (is_all_that_was_asked_for && is_short).then_some(Request::CloudLogEntries)
}

/// What to ask for a block of an episode whose first diverging block is at height `subject`.
fn request(bundle: &Bundle, episode: &Episode, subject: Option<u64>, name: EvidenceName) -> Option<Request> {
    let subject = subject?;
    // A height that is near no block of the evidence is none that was derived from it.
    let near = subject.saturating_sub(1)..=subject.saturating_add(1);
    bundle.theirs.range(near.clone()).next().map(|_| ()).or_else(|| episode.ours.range(near).next().map(|_| ()))?;
    let ours = |kind: DumpKind, height: Option<u64>| {
        Some(Request::VolumeFile { path: format!("{}/{}_{}.json", episode.archive.value()?, kind.name(), height?) })
    };
    let (previous, next) = (subject.checked_sub(1), subject.checked_add(1));
    match name {
        EvidenceName::OursBlock => ours(DumpKind::Block, Some(subject)),
        EvidenceName::OursStateUpdate => ours(DumpKind::StateUpdate, Some(subject)),
        EvidenceName::OursPreviousBlock => ours(DumpKind::Block, previous),
        EvidenceName::OursNextBlock => ours(DumpKind::Block, next),
        EvidenceName::TheirsBlock => Some(Request::MainnetBlock { block: subject }),
        EvidenceName::TheirsStateUpdate => Some(Request::MainnetStateUpdate { block: subject }),
        EvidenceName::TheirsPreviousBlock => previous.map(|block| Request::MainnetBlock { block }),
        EvidenceName::TheirsNextBlock => next.map(|block| Request::MainnetBlock { block }),
        EvidenceName::Report
        | EvidenceName::Snapshot
        | EvidenceName::LogsEchonet
        | EvidenceName::LogsEchonetDebug
        | EvidenceName::LogsSequencer
        | EvidenceName::Pods
        | EvidenceName::Events
        | EvidenceName::Reverts
        | EvidenceName::Echonet => None,
    }
}

/// Where a piece of evidence came from and how much of it was seen; none if nothing was.
#[must_use]
pub(crate) fn source<'b>(
    bundle: &'b Bundle,
    episode: &'b Episode,
    subject: Option<u64>,
    name: EvidenceName,
) -> Option<(&'b Coverage, &'b Provenance)> {
    fn coverage_and_provenance<T>(evidence: &Gathered<T>) -> Option<(&Coverage, &Provenance)> {
        evidence.as_observed().map(|it| (&it.coverage, &it.source))
    }
    let (previous, next) = (subject.and_then(|it| it.checked_sub(1)), subject.and_then(|it| it.checked_add(1)));
    let ours = |height: Option<u64>| coverage_and_provenance(&episode.ours.get(&height?)?.block);
    let theirs = |height: Option<u64>| coverage_and_provenance(&bundle.theirs.get(&height?)?.block);
    match name {
        EvidenceName::Report => coverage_and_provenance(&episode.report),
        EvidenceName::Snapshot => coverage_and_provenance(&episode.snapshot),
        EvidenceName::OursBlock => ours(subject),
        EvidenceName::OursStateUpdate => coverage_and_provenance(&episode.ours.get(&subject?)?.state_update),
        EvidenceName::OursPreviousBlock => ours(previous),
        EvidenceName::OursNextBlock => ours(next),
        EvidenceName::TheirsBlock => theirs(subject),
        EvidenceName::TheirsStateUpdate => coverage_and_provenance(&bundle.theirs.get(&subject?)?.state_update),
        EvidenceName::TheirsPreviousBlock => theirs(previous),
        EvidenceName::TheirsNextBlock => theirs(next),
        EvidenceName::LogsEchonet | EvidenceName::LogsEchonetDebug => coverage_and_provenance(&bundle.logs.echonet),
        EvidenceName::LogsSequencer => coverage_and_provenance(&bundle.logs.sequencer),
        EvidenceName::Pods => coverage_and_provenance(&bundle.deployment.pods),
        EvidenceName::Events => coverage_and_provenance(&bundle.deployment.events),
        EvidenceName::Reverts => coverage_and_provenance(&episode.report).or_else(|| coverage_and_provenance(&episode.reverts)),
        EvidenceName::Echonet => coverage_and_provenance(&bundle.echonet.latest_received_block)
            .or_else(|| coverage_and_provenance(&bundle.echonet.starknet_version)),
    }
}

fn no_archive(episode: &Episode) -> String {
    match episode.archive.gap() {
        Some(gap) => format!("the epoch's archive {gap}"),
        None => "missing from the epoch's archive".to_owned(),
    }
}

/// How much of a stream was seen; all of nothing if there is none.
#[must_use]
pub(crate) fn extent<T>(evidence: &Gathered<T>) -> Extent {
    match evidence.as_observed().map(|it| &it.coverage) {
        Some(Coverage { extent, .. }) => extent.clone(),
        None => Extent::Partial("was not seen".to_owned()),
    }
}
