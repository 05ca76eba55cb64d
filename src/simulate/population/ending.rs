//! How an epoch with a fault in it ends.

use std::collections::BTreeMap;

use super::fault::{InjectedFault, Placing};
use super::loss::{How, missing};
use super::stall::STALL;
use super::truth::{Cause, Surest};
use super::{LosableEvidence, Lost, lines, loss, texts};
use crate::evidence::{Bundle, Gathered};
use crate::simulate::faults::{Epoch, RunPlan};
use crate::simulate::random::Random;

/// How an epoch with a fault in it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// In a resync; the next epoch runs.
    Resync,
    /// In a resync, and the next epoch in another one for the same reason.
    Twice,
    /// In a resync that is under way.
    Resyncing,
    /// In a resync that dies half-way.
    ResyncRaises,
    /// In a resync that dies before it clears anything: its report finds no room.
    VolumeFull,
    /// It has not ended: Echonet has not looked at what differs yet.
    Running,
    /// It never will: the sender, which would look, died.
    SenderDied,
}

impl Ending {
    pub(super) fn story(self) -> &'static str {
        match self {
            Self::Resync => "resync",
            Self::Twice => "two-resyncs",
            Self::Resyncing => "resyncing",
            Self::ResyncRaises => "resync-dies",
            Self::VolumeFull => "volume-full",
            Self::Running => "divergence-without-resync",
            Self::SenderDied => "divergence-and-dead-sender",
        }
    }

    /// Whether a fault can end so.
    pub(super) fn suits(self, fault: &InjectedFault) -> bool {
        // What a replay loses of a message from L1 it loses for another reason than the epoch before it.
        let is_message = fault.names.iter().any(|it| it.starts_with("alchemy-") || it.starts_with("l1-handler-"));
        match self {
            Self::Resync | Self::Resyncing | Self::ResyncRaises => true,
            Self::Twice => fault.placing != Placing::Alone && !is_message,
            Self::VolumeFull | Self::Running | Self::SenderDied => fault.placing != Placing::Alone,
        }
    }

    /// Whether another epoch is seen to run after it.
    pub(super) fn goes_on(self) -> bool {
        matches!(self, Self::Resync | Self::Twice)
    }

    /// The epochs that ended in a resync, and the one that runs, of an epoch with a fault in block `n`.
    pub(super) fn epochs(self, epoch: Epoch, n: u64) -> (Vec<Epoch>, Option<Epoch>) {
        match self {
            Self::Running | Self::SenderDied => (Vec::new(), Some(epoch)),
            Self::Twice => {
                let again = Epoch {
                    from: n,
                    ours: epoch.ours.range(n..).map(|(height, it)| (*height, it.clone())).collect(),
                    lookups: epoch.lookups.clone(),
                    refused: None,
                    filtered: epoch.filtered,
                    reverted: epoch.reverted,
                    patience: epoch.patience,
                };
                (vec![epoch, again], None)
            }
            Self::Resync | Self::Resyncing | Self::ResyncRaises | Self::VolumeFull => (vec![epoch], None),
        }
    }

    /// Applies the ending to the evidence, and returns what an investigator would be missing.
    #[expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]
    pub(super) fn happens(self, bundle: &mut Bundle, plan: &RunPlan, random: &mut Random) -> Vec<Lost> {
        match self {
            Self::Resync | Self::Running => Vec::new(),
            Self::Twice if random.between(0, 1) == 0 => vec![loss::lose_a_snapshot(bundle, random)],
            Self::Twice => Vec::new(),
            Self::Resyncing => {
                ends_after(bundle, "Starting resync workflow around block ", &[]);
                report_stays(bundle);
                Vec::new()
            }
            Self::ResyncRaises => {
                let last_words = random.pick(&[texts::ETCD, texts::NO_REPLICAS]);
                ends_after(bundle, "Starting resync workflow around block ", &texts::resync_raises(last_words));
                report_stays(bundle);
                Vec::new()
            }
            Self::VolumeFull => {
                if let Some(place) = lines::first(bundle, |it| it.contains("Cleared all stored L1 blocks")) {
                    lines::end_at(bundle, place);
                    lines::append(bundle, 0, &texts::no_space());
                }
                nothing_written(bundle, plan)
            }
            Self::SenderDied => {
                let Some(block) = bundle.report.value().and_then(|it| it.current_block) else { return Vec::new() };
                if let Some(place) = lines::after_last(bundle, |it| it.contains("[echonet.transaction_sender]")) {
                    let why = texts::feeder_says(random.pick::<&str>(&["429 Too Many Requests", "502 Bad Gateway"]), block + 1);
                    lines::insert(bundle, place, &texts::fetch_in_vain(block + 1, "HTTPError", &why));
                }
                Vec::new()
            }
        }
    }

    /// What went wrong besides the fault.
    pub(super) fn cause(self, lost: &[Lost]) -> Option<Cause> {
        let name = match self {
            Self::ResyncRaises => "resync-workflow-failure",
            Self::VolumeFull => "full-volume-ended-sender",
            Self::SenderDied => "feeder-429-5xx-sender-death",
            Self::Resync | Self::Twice | Self::Resyncing | Self::Running => return None,
        };
        let sufficient = !lost.iter().any(|it| it.evidence == LosableEvidence::Log);
        let surest = if loss::is_gone(lost, LosableEvidence::Log, 0) { Surest::Suspected } else { Surest::Established };
        Some(Cause { items: vec![STALL.to_owned()], sufficient, surest, ..Cause::certain(vec![name]) })
    }

    /// Slugs of rules that may hold because of it.
    pub(super) fn also(self) -> &'static [&'static str] {
        match self {
            Self::Twice => &["certain-failure-repeat"],
            Self::VolumeFull => &["sender-exception"],
            Self::Resync | Self::Resyncing | Self::ResyncRaises | Self::Running | Self::SenderDied => &[],
        }
    }
}

/// Ends the log after the first line that holds `words`, with `texts` after it.
fn ends_after(bundle: &mut Bundle, words: &str, texts: &[String]) {
    if let Some(place) = lines::first(bundle, |it| it.contains(words)) {
        lines::end_at(bundle, place.saturating_add(1));
        lines::append(bundle, 0, texts);
    }
}

/// What Echonet's report says after it cleared its state and before the next epoch begins.
fn report_stays(bundle: &mut Bundle) {
    let before = bundle.episodes.first().and_then(|it| it.report.value()).cloned();
    if let (Gathered::Observed(report), Some(mut before)) = (&mut bundle.report, before) {
        before.current_block = None;
        before.sent_tx_hashes.clear();
        report.value = before;
    }
}

/// Nothing was written before the resync died, and nothing was cleared: Echonet still hands out the blocks of the epoch.
#[expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]
fn nothing_written(bundle: &mut Bundle, plan: &RunPlan) -> Vec<Lost> {
    let n = plan.block;
    let Some(episode) = bundle.episodes.first_mut() else { return Vec::new() };
    episode.snapshot = Gathered::Failed(missing(&episode.snapshot, "it is empty"));
    episode.reverts = Gathered::NotAsked;
    episode.archive = Gathered::Absent(missing(&episode.archive, "no archive began between the previous resync and this one"));
    bundle.after_resync.extend(episode.ours.iter().map(|(height, it)| (*height, it.clone())));
    episode.ours = episode.ours.remove(&n).into_iter().map(|it| (n, it)).collect::<BTreeMap<_, _>>();
    let report = episode.report.value().cloned();
    if let (Gathered::Observed(last), Some(report)) = (&mut bundle.report, report) {
        last.value = report;
    }
    let gone = |evidence, height| Lost { evidence, height, how: How::Gone };
    let neighbours =
        [n - 1, n + 1].into_iter().flat_map(|it| [LosableEvidence::OurBlock, LosableEvidence::OurState].map(|kind| gone(kind, Some(it))));
    neighbours.chain([gone(LosableEvidence::Snapshot, None)]).collect()
}
