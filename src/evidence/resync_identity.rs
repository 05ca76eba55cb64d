//! Whether documents are of the resync that they stand under, and so of their block and of their side.
//!
//! Resyncs stand in the order of time, each counts one trigger up, and what was read on the volume says where. So a snapshot that is older than
//! that of the resync before it, a report that counts what another resync's snapshot counts, and a file of another archive are of another
//! resync. `collect` pairs what it reads by the same; this holds bundles that somebody edited.

use std::collections::BTreeMap;

use super::identity::{self, fail};
use super::report::ReportTrigger;
use super::sections::Section;
use super::sources::volume_file::{VolumeDocument, dump_name, epoch_of, path_in};
use super::{Bundle, DumpKind, Episode, Gathered, Report, Snapshot, Timestamp};

/// How often each trigger has been counted, by trigger key. Each resync counts one of them up, so this names the resync.
pub(crate) type Tally = BTreeMap<String, u64>;

/// Takes out of a bundle the documents that are not those of their block, of their side or of their resync.
pub(crate) fn hold(bundle: &mut Bundle) {
    identity::hold(bundle);
    let counted: Vec<(u32, Tally)> =
        bundle.episodes.iter().filter_map(|it| Some((it.number, tally_of_snapshot(it.snapshot.value()?)?))).collect();
    let stamped: Vec<(u32, Timestamp)> = bundle.episodes.iter().filter_map(|it| Some((it.number, written_at(&it.snapshot)?))).collect();
    for episode in &mut bundle.episodes {
        misplaced_report(episode, &counted);
        misplaced_reverts(episode, &stamped);
        misplaced_files(episode);
    }
    misplaced_snapshots(&mut bundle.episodes);
}

/// Takes out the snapshots that are not in the order of time, with those that they contradict.
fn misplaced_snapshots(episodes: &mut [Episode]) {
    let taken: Vec<_> = episodes.iter().map(|it| (it.number, it.snapshot.value().map(|it| it.taken_at))).collect();
    for (at, episode) in episodes.iter_mut().enumerate() {
        let Some(own) = episode.snapshot.value().map(|it| it.taken_at) else { continue };
        let other = taken.iter().enumerate().find_map(|(place, (number, of))| {
            let of = (*of)?;
            ((place < at && own < of) || (at < place && of < own)).then_some((place, *number, of))
        });
        if let Some((place, number, of)) = other {
            let order = if place < at { "before" } else { "after" };
            fail(
                &mut episode.snapshot,
                format!(
                    "it was taken at {own}, and that of resync {number}, which stands {order} this one, at {of}: they are not each of its resync"
                ),
            );
        }
    }
}

/// Takes out a report that counts what the snapshot of another resync counts, and not what that of its own does.
fn misplaced_report(episode: &mut Episode, counted: &[(u32, Tally)]) {
    let Some(own) = episode.report.value().map(tally_of_report) else { return };
    let is_own = counted.iter().any(|(number, it)| *number == episode.number && *it == own);
    if let Some((number, _)) = counted.iter().filter(|_| !is_own && !own.is_empty()).find(|(_, it)| *it == own) {
        let reason = format!(
            "it counts the triggers that the snapshot of resync {number} counts, so it is of that one and not of resync {}",
            episode.number
        );
        fail(&mut episode.report, reason);
    }
}

/// Takes out the comparison of reverts that was written with the snapshot of another resync.
fn misplaced_reverts(episode: &mut Episode, stamped: &[(u32, Timestamp)]) {
    let Some(own) = written_at(&episode.reverts) else { return };
    let is_own = stamped.iter().any(|(number, it)| *number == episode.number && *it == own);
    if let Some((number, _)) = stamped.iter().filter(|_| !is_own).find(|(_, it)| *it == own) {
        let own = own.to_file_name();
        let reason = format!("it was written at {own} with the snapshot of resync {number}, and not of resync {}", episode.number);
        fail(&mut episode.reverts, reason);
    }
}

/// Takes out what was read in another file than that of its block in the archive of the resync.
fn misplaced_files(episode: &mut Episode) {
    fn hold<T>(document: &mut Gathered<T>, kind: DumpKind, height: u64, (number, own): (u32, Option<&str>)) {
        let Some(path) = document.as_observed().and_then(|it| path_in(&it.source.asked)) else { return };
        let reason = match (VolumeDocument::from_path(path), own) {
            (Some(VolumeDocument::Dump { archive, .. }), Some(own)) if Some(archive) != epoch_of(own) => {
                let (other, _) = path.split_once('/').unwrap_or((path, ""));
                format!("it is of block {height} in the archive {other}, and that of resync {number} is {own}")
            }
            (Some(VolumeDocument::Dump { kind: stated, block, .. }), _) if stated == kind && block == height => return,
            _ => format!("it was read in {path}, and not in {}", dump_name(kind, height)),
        };
        fail(document, reason);
    }
    let archive = episode.archive.value().cloned();
    let resync = (episode.number, archive.as_deref());
    for (height, ours) in &mut episode.ours {
        hold(&mut ours.block, DumpKind::Block, *height, resync);
        hold(&mut ours.state_update, DumpKind::StateUpdate, *height, resync);
        hold(&mut ours.blob, DumpKind::Blob, *height, resync);
    }
}

/// The time in the name of the file that a document was read in.
fn written_at<T>(document: &Gathered<T>) -> Option<Timestamp> {
    match VolumeDocument::from_asked(&document.as_observed()?.source.asked)? {
        VolumeDocument::Snapshot(at) | VolumeDocument::Reverts(at) => Some(at),
        VolumeDocument::Dump { .. } => None,
    }
}

/// What a report counts.
pub(crate) fn tally_of_report(report: &Report) -> Tally {
    tally(report.resync_causes.iter().chain(&report.certain_failures))
}

/// None where the lists are not whole: the snapshot's own trigger is always in one of them.
pub(crate) fn tally_of_snapshot(snapshot: &Snapshot) -> Option<Tally> {
    let tally = tally(snapshot.resync_causes.iter().chain(&snapshot.certain_failures).map(|trigger| (&trigger.tx_hash, trigger)));
    let is_whole = snapshot.unreadable_rows == 0 && snapshot.saw(Section::ResyncCauses) && snapshot.saw(Section::CertainFailures);
    (is_whole && tally.contains_key(&snapshot.trigger_key)).then_some(tally)
}

/// Of triggers, each with its key.
pub(crate) fn tally<'a>(triggers: impl Iterator<Item = (&'a String, &'a ReportTrigger)>) -> Tally {
    triggers.map(|(key, trigger)| (key.clone(), trigger.count)).collect()
}
