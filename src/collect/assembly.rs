//! The questions whose answers make a bundle, in the order in which one answer leads to the next.
//!
//! Wherever the answers come from: a saved folder, a recording, or what a live collection has by now, which learns from here what it would
//! ask next. So a live bundle and an imported one cannot differ in how they are put together.

use std::collections::{BTreeMap, BTreeSet};

use super::archive_check::{self, ArchiveVerdict};
use super::asked::{Reach, Selection};
use super::asking::{self, ask, blob_at, block_at};
use super::episodes::{EpisodeDraft, FinalReport, Witnesses, episodes};
use super::log_intake::tie;
use super::masked_log::MaskedLogs;
use super::ours::{fill_from, ours, without_unasked};
use super::pages::{self, pages};
use super::surroundings::surroundings;
use super::volume::Volume;
use super::wanted::Wanted;
use super::{Access, Answer, namespace, redact};
use crate::evidence::sources::{
    Situation, TriggerSeen, block_dump, config_map_names, echonet_source, mainnet_block, mainnet_state_update, pods, report, served_block,
    served_state_update,
};
use crate::evidence::{
    Bundle, BundleSchema, Deployment, DumpKind, Episode, Gathered, Incident, Logs, Missing, Origin, OurBlock, Pod, Report, Request,
    Snapshot, TheirBlock, Timestamp, identity, resync_identity,
};
use crate::evidence::{EchonetSource, source::is_source_config_map};

/// Asks for everything but the logs, which were read before, and puts it together.
pub(super) fn assemble(access: &dyn Access, asked: Selection, logs: MaskedLogs) -> Bundle {
    let logs = Logs::from(logs);
    let mut seen = Situation::default();
    let volume = Volume::list(access);
    seen.names = volume.names();
    let report = ask(access, &Request::Report, &report::ANSWER);
    seen.note(Request::Report, &report);
    seen.start = report.value().and_then(|it| it.current_start_block);
    let held: BTreeSet<Request> = access.held().into_iter().collect();
    let text = pages::text(access, &held, &seen, &report);
    let mut deployment = Deployment {
        pods: ask(access, &Request::Pods, &pods::ANSWER),
        config_maps: ask(access, &Request::ConfigMapNames, &config_map_names::ANSWER),
        ..Deployment::default()
    };
    let of_logs = || logs.each().find_map(namespace::of_log);
    let namespace = asked.namespace.clone().or_else(|| namespace::of_pods(&deployment.pods)).or_else(of_logs);
    surroundings(access, &held, &mut seen, namespace.as_deref(), &mut deployment);
    let set_aside = namespace.as_deref().map(|it| namespace::only_of(it, &mut deployment)).unwrap_or_default();
    namespace::doubt_empty_lists(&mut deployment);
    deployment.source = that_runs(ask(access, &Request::EchonetSource, &echonet_source::ANSWER), &deployment.pods);

    let witnesses = Witnesses { volume: &volume, held: &held, told: FinalReport { report: &report, text: &text }, logs: &logs };
    let mut episodes = episodes(access, &witnesses, asked.reach);
    let chosen = chosen(&asked, &episodes);
    seen.heights = wanted_blocks(&asked, &report, &episodes, &chosen);
    seen.trigger = trigger(&asked, &report, &episodes, &chosen).filter(|_| volume.was_asked());
    seen.resyncs = episodes.iter().zip(&chosen).filter(|(_, is_chosen)| **is_chosen).filter_map(|(it, _)| it.at).collect();
    let wanted = Wanted { seen: &seen, held: &held };
    let files = wanted.files();
    let mut before: Option<Snapshot> = None;
    for (EpisodeDraft { episode, capture, at, pairing }, is_chosen) in episodes.iter_mut().zip(chosen) {
        episode.ours = ours(access, &volume, wanted, &files, episode, *capture);
        if archive_check::hold(episode, before.as_ref(), *pairing) == ArchiveVerdict::TakenOut {
            episode.ours = ours(access, &volume, wanted, &files, episode, *capture);
        }
        if let (true, Some(at)) = (is_chosen, *at) {
            episode.reverts = volume.reverts(access, at);
        }
        before = episode.snapshot.value().cloned();
    }
    let theirs = theirs(access, wanted);
    let after_resync = after_resync(access, &held, &mut seen);
    let echonet = pages(access, &held, &seen, text);
    let episodes: Vec<Episode> = episodes.into_iter().map(|it| it.episode).collect();

    let mut bundle = Bundle {
        schema: BundleSchema::V1,
        incident: Incident { namespace, block: asked.block, observed_until: None, origin: Origin::Imported },
        report,
        echonet,
        episodes,
        theirs,
        after_resync,
        logs,
        deployment,
        lineage: Gathered::NotAsked,
        set_aside,
        ambiguous: Vec::new(),
        collection: None,
        files: None,
    };
    resync_identity::hold(&mut bundle);
    tie(&mut bundle);
    bundle.incident.observed_until = newest_moment(&bundle, &volume);
    bundle
}

/// The source, unless it is another one than the pod mounts: old ones stay in the namespace.
fn that_runs(source: Gathered<EchonetSource>, pods: &Gathered<Vec<Pod>>) -> Gathered<EchonetSource> {
    let mounted: BTreeSet<&str> = pods.value().into_iter().flatten().filter_map(|it| it.source_config_map.as_deref()).collect();
    match source {
        Gathered::Observed(found)
            if is_source_config_map(&found.value.config_map)
                && !mounted.is_empty()
                && !mounted.contains(found.value.config_map.as_str()) =>
        {
            let mounted = mounted.into_iter().collect::<Vec<_>>().join(", ");
            let reason = format!("the source of {} was read, but {mounted} is what runs", found.value.config_map);
            Gathered::Failed(Missing::new(found.source.asked, redact::redact(&reason).text.into_owned()))
        }
        other => other,
    }
}

/// The heights that evidence or the user names, each with its neighbours.
fn wanted_blocks(asked: &Selection, report: &Gathered<Report>, episodes: &[EpisodeDraft], chosen: &[bool]) -> BTreeSet<u64> {
    let mut named: BTreeSet<u64> = asked.block.into_iter().chain(asked.also.iter().copied()).collect();
    match asked.reach {
        Reach::Everything => {
            let reports = episodes.iter().map(|it| &it.episode.report).chain([report]).filter_map(Gathered::value);
            named.extend(episodes.iter().filter_map(|it| it.episode.snapshot.value()).map(|it| it.trigger_block));
            for report in reports {
                named.extend(report.resync_causes.values().chain(report.certain_failures.values()).map(|it| it.failure_block_number));
                named.extend(report.block_hash_mismatches.iter().flatten().map(|it| it.block_number).min());
            }
        }
        Reach::Incident => {
            let snapshots = episodes.iter().zip(chosen).filter(|(_, is_chosen)| **is_chosen);
            for snapshot in snapshots.filter_map(|(it, _)| it.episode.snapshot.value()) {
                named.insert(snapshot.trigger_block);
                let start = snapshot.current_start_block.unwrap_or(0);
                named.extend(snapshot.block_hash_mismatches.iter().map(|it| it.block_number).filter(|it| start <= *it).min());
            }
        }
    }
    named.into_iter().flat_map(|it| it.saturating_sub(1)..=it.saturating_add(1)).collect()
}

/// Which of the resyncs are looked at. One whose snapshot cannot be read is not.
fn chosen(asked: &Selection, episodes: &[EpisodeDraft]) -> Vec<bool> {
    if asked.reach == Reach::Everything {
        return vec![true; episodes.len()];
    }
    let snapshots: Vec<&Snapshot> = episodes.iter().filter_map(|it| it.episode.snapshot.value()).collect();
    let mut of_block = incident(&snapshots, asked.block).into_iter();
    episodes.iter().map(|it| it.episode.snapshot.value().is_some() && of_block.next().unwrap_or(false)).collect()
}

/// The trigger of the last resync that is looked at.
fn trigger(asked: &Selection, report: &Gathered<Report>, episodes: &[EpisodeDraft], chosen: &[bool]) -> Option<TriggerSeen> {
    if asked.reach == Reach::Everything {
        // What was saved was chosen by whoever saved it.
        return None;
    }
    let last = episodes.iter().zip(chosen).rev().find(|(_, is_chosen)| **is_chosen);
    let of_snapshot = last.and_then(|(it, _)| it.episode.snapshot.value()).map(TriggerSeen::of_snapshot);
    of_snapshot.or_else(|| report.value().and_then(TriggerSeen::of_report))
}

/// Which of the snapshots, earliest first, an investigation of `block` is about: those of epochs that ran into it; else those of epochs
/// that ran over it; else the last one.
pub(super) fn incident(snapshots: &[&Snapshot], block: Option<u64>) -> Vec<bool> {
    /// A transaction that stays pending is blamed on its mainnet block, some blocks before Echonet's own.
    const NEAR: u64 = 20;
    let last = |at: usize| at.saturating_add(1) == snapshots.len();
    let Some(block) = block else { return (0..snapshots.len()).map(last).collect() };
    let runs_over = |it: &Snapshot| {
        let end = it.current_block.unwrap_or(it.trigger_block).max(it.trigger_block).saturating_add(1);
        (it.current_start_block.unwrap_or(0)..=end).contains(&block)
    };
    let ran_into: Vec<bool> = snapshots.iter().map(|it| runs_over(it) && it.trigger_block.abs_diff(block) <= NEAR).collect();
    let ran_over: Vec<bool> = snapshots.iter().map(|it| runs_over(it)).collect();
    [ran_into, ran_over].into_iter().find(|it| it.contains(&true)).unwrap_or_else(|| (0..snapshots.len()).map(last).collect())
}

fn theirs(access: &dyn Access, wanted: Wanted<'_>) -> BTreeMap<u64, TheirBlock> {
    let heights = wanted.requested_parts(&[mainnet_block::worth, mainnet_state_update::worth], |it| match it {
        Request::MainnetBlock { block } | Request::MainnetStateUpdate { block } => Some(*block),
        _ => None,
    });
    let answers = heights.into_iter().map(|block| {
        let theirs = TheirBlock {
            block: asking::mainnet_block(access, block),
            state_update: ask(access, &Request::MainnetStateUpdate { block }, &mainnet_state_update::ANSWER),
        };
        (block, theirs)
    });
    answers.filter(|(_, it)| !matches!(it, TheirBlock { block: Gathered::NotAsked, state_update: Gathered::NotAsked })).collect()
}

/// Answers with what was saved beside an answer.
struct Other<'a>(&'a dyn Access);

impl Access for Other<'_> {
    fn ask(&self, request: &Request) -> Answer {
        self.0.other_answer(request)
    }
}

/// What Echonet has of the blocks by now. What it has no dump of, it may serve from memory.
fn after_resync(access: &dyn Access, held: &BTreeSet<Request>, seen: &mut Situation) -> BTreeMap<u64, OurBlock> {
    let heights = Wanted { seen, held }.requested_parts(&[block_dump::worth], |it| match it {
        Request::BlockDump { block, .. } => Some(*block),
        _ => None,
    });
    let dump = |block, kind| Request::BlockDump { block, kind };
    let mut blocks = BTreeMap::new();
    for height in heights {
        let ours = OurBlock {
            block: block_at(access, &dump(height, DumpKind::Block), height),
            state_update: ask(access, &dump(height, DumpKind::StateUpdate), &mainnet_state_update::ANSWER),
            blob: blob_at(access, &dump(height, DumpKind::Blob), height),
        };
        seen.note(dump(height, DumpKind::Block), &ours.block);
        seen.note(dump(height, DumpKind::StateUpdate), &ours.state_update);
        blocks.insert(height, ours);
    }
    let served = |worth: fn(&Situation) -> Vec<Request>| worth(seen).into_iter().collect::<BTreeSet<Request>>();
    let (served_blocks, served_updates) = (served(served_block::worth), served(served_state_update::worth));
    for (height, ours) in &mut blocks {
        let (block, update) = (Request::ServedBlock { block: *height }, Request::ServedStateUpdate { block: *height });
        if served_blocks.contains(&block) {
            fill_from(&mut ours.block, || block_at(access, &block, *height));
        }
        if served_updates.contains(&update) {
            fill_from(&mut ours.state_update, || ask(access, &update, &mainnet_state_update::ANSWER));
        }
        // Below the first block of the epoch, Echonet serves mainnet's own.
        if seen.start.is_some_and(|start| start <= *height) {
            let served = block_at(&Other(access), &dump(*height, DumpKind::Block), *height);
            identity::contradict(&mut ours.block, &served, "the block that Echonet serves is");
        }
    }
    without_unasked(blocks)
}

/// The newest moment that any evidence carries.
fn newest_moment(bundle: &Bundle, volume: &Volume) -> Option<Timestamp> {
    let pieces = bundle.pieces();
    let received = pieces.iter().filter_map(|it| it.answer.seen()?.1.at);
    let stated = pieces.iter().filter_map(|it| it.answer.latest());
    let of_names = volume.archives.keys().chain(volume.snapshots.keys()).copied();
    received.chain(stated).chain(of_names).max()
}
