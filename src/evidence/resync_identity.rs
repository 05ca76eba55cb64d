//! Whether documents are of the resync that they stand under, and so of their block and of their side.
//!
//! Resyncs stand in the order of time, each counts one trigger up, and what was read on the volume says where. So a snapshot that is older than
//! that of the resync before it, a report that counts what another resync's snapshot counts, and a file of another archive are of another
//! resync. `collect` pairs what it reads by the same; this holds bundles that somebody edited.

use std::collections::BTreeMap;

use super::identity::{self, fail};
use super::report::ReportTrigger;
use super::sections::Section;
use super::{Bundle, Episode, Gathered, Report, Snapshot};

/// How often each trigger has been counted, by trigger key. Each resync counts one of them up, so this names the resync.
pub(crate) type Tally = BTreeMap<String, u64>;

/// Takes out of a bundle the documents that are not those of their block, of their side or of their resync.
pub(crate) fn hold(bundle: &mut Bundle) {
    identity::hold(bundle);
    let counted: Vec<(u32, Tally)> =
        bundle.episodes.iter().filter_map(|it| Some((it.number, tally_of_snapshot(it.snapshot.value()?)?))).collect();
    let stamped: Vec<(u32, String)> =
        bundle.episodes.iter().filter_map(|it| Some((it.number, stamp(&it.snapshot, SNAPSHOT)?.to_owned()))).collect();
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

const SNAPSHOT: &str = "report_snapshot_";
const REVERTS: &str = "report_reverts_";

/// Takes out the comparison of reverts that was written with the snapshot of another resync.
fn misplaced_reverts(episode: &mut Episode, stamped: &[(u32, String)]) {
    let Some(own) = stamp(&episode.reverts, REVERTS).map(str::to_owned) else { return };
    let is_own = stamped.iter().any(|(number, it)| *number == episode.number && *it == own);
    if let Some((number, _)) = stamped.iter().filter(|_| !is_own).find(|(_, it)| *it == own) {
        let reason = format!("it was written at {own} with the snapshot of resync {number}, and not of resync {}", episode.number);
        fail(&mut episode.reverts, reason);
    }
}

/// Takes out what was read in another archive than that of the resync.
fn misplaced_files(episode: &mut Episode) {
    fn hold<T>(document: &mut Gathered<T>, height: u64, archive: &str, number: u32) {
        let asked = document.as_observed().and_then(|it| folder(&it.source.asked)).filter(|it| *it != archive).map(str::to_owned);
        if let Some(other) = asked {
            fail(document, format!("it is of block {height} in the archive {other}, and that of resync {number} is {archive}"));
        }
    }
    let Some(archive) = episode.archive.value().cloned() else { return };
    for (height, ours) in &mut episode.ours {
        hold(&mut ours.block, *height, &archive, episode.number);
        hold(&mut ours.state_update, *height, &archive, episode.number);
        hold(&mut ours.blob, *height, &archive, episode.number);
    }
}

/// The archive that a file was read in, as what was asked names it.
fn folder(asked: &str) -> Option<&str> {
    let (place, _) = asked.match_indices("blocks_").next()?;
    let (name, _) = asked.get(place..)?.split_once('/')?;
    Some(name)
}

/// The time in the name of the file that a document was read in.
fn stamp<'a, T>(document: &'a Gathered<T>, name: &str) -> Option<&'a str> {
    let (_, rest) = document.as_observed()?.source.asked.split_once(name)?;
    Some(rest.split_once('.')?.0)
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
