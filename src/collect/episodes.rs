//! The resyncs, and Echonet's side of each.

use std::collections::{BTreeMap, BTreeSet};

use super::Access;
use super::import::ask;
use super::pairing::{Mark, archives_of_snapshots, captures_to_snapshots, tally_of_report, tally_of_snapshot};
use crate::evidence::{
    DumpKind, Episode, Extent, Gathered, Logs, Missing, Observed, OurBlock, Report, ReportText, Request, RevertComparison, Snapshot,
    Timestamp, blob, block, pre_resync, report, reverts, state_update,
};

/// An episode, and the number of the capture that was taken during it.
pub(super) struct Draft {
    pub(super) episode: Episode,
    pub(super) capture: Option<u32>,
    /// The time in the name of its snapshot.
    pub(super) at: Option<Timestamp>,
}

/// The resyncs, earliest first: those that left a snapshot or were captured; else those in the log; else one for each key in the report.
pub(super) fn episodes(access: &dyn Access, volume: &Volume, held: &BTreeSet<Request>, told: Told<'_>, logs: &Logs) -> Vec<Draft> {
    let numbers: BTreeSet<u32> = held.iter().filter_map(capture_number).collect();
    let captures: BTreeMap<u32, Gathered<Report>> =
        numbers.into_iter().map(|episode| (episode, ask(access, &Request::ReportDuringResync { episode }, report::parse))).collect();
    let mut drafts = match volume.snapshots.is_empty() {
        true => without_snapshots(volume, captures, told, logs),
        false => with_snapshots(access, volume, captures),
    };
    for (draft, number) in drafts.iter_mut().zip(1..) {
        draft.episode.number = number;
    }
    drafts
}

/// Echonet's report after the last resync, in whichever form it could be read.
#[derive(Clone, Copy)]
pub(super) struct Told<'t> {
    pub(super) report: &'t Gathered<Report>,
    pub(super) text: &'t Gathered<ReportText>,
}

impl Told<'_> {
    /// How many triggers it names.
    fn triggers(self) -> usize {
        let of_report = self.report.value().map(|it| it.resync_causes.len() + it.certain_failures.len());
        let of_text = || self.text.value().map(|it| it.resync_causes.len() + it.certain_failures.len());
        of_report.or_else(of_text).unwrap_or(0)
    }
}

fn capture_number(request: &Request) -> Option<u32> {
    match request {
        Request::ReportDuringResync { episode }
        | Request::BlockDuringResync { episode, .. }
        | Request::StateUpdateDuringResync { episode, .. } => Some(*episode),
        _ => None,
    }
}

fn with_snapshots(access: &dyn Access, volume: &Volume, captures: BTreeMap<u32, Gathered<Report>>) -> Vec<Draft> {
    let times: Vec<Timestamp> = volume.snapshots.keys().copied().collect();
    let began: Vec<Timestamp> = volume.archives.keys().copied().collect();
    let archives = archives_of_snapshots(&times, &began);
    let snapshots: Vec<Gathered<Snapshot>> =
        volume.snapshots.values().map(|path| ask(access, &Request::VolumeFile { path: path.clone() }, pre_resync::parse)).collect();
    let snapshot_marks: Vec<Mark> = snapshots
        .iter()
        .map(|it| Mark { key: it.value().map(|it| it.trigger_key.clone()), tally: it.value().map(tally_of_snapshot) })
        .collect();
    let capture_marks: Vec<Mark> = captures.values().map(|it| Mark { key: None, tally: it.value().map(tally_of_report) }).collect();
    let pairs = captures_to_snapshots(&capture_marks, &snapshot_marks);

    const NO_ARCHIVE: &str = "no archive began between the resync before this one and this one";
    let mut drafts: Vec<Draft> = snapshots
        .into_iter()
        .zip(archives)
        .zip(times)
        .map(|((snapshot, archive), at)| Draft {
            at: Some(at),
            ..draft(Gathered::NotAsked, snapshot, volume.archive(archive, NO_ARCHIVE), None)
        })
        .collect();
    let mut inserted = 0;
    let mut after = 0;
    for ((number, report), pair) in captures.into_iter().zip(pairs) {
        match pair.and_then(|it| drafts.get_mut(it + inserted)) {
            Some(draft) => {
                draft.episode.report = report;
                draft.capture = Some(number);
                after = pair.unwrap_or_default() + inserted + 1;
            }
            None => {
                let missing = || "this resync was captured, but no snapshot on the volume names its trigger".to_owned();
                let snapshot = Gathered::Absent(Missing { asked: Request::VolumeListing.to_string(), reason: missing() });
                drafts.insert(after, draft(report, snapshot, volume.archive(None, &missing()), Some(number)));
                inserted += 1;
                after += 1;
            }
        }
    }
    drafts
}

fn without_snapshots(volume: &Volume, captures: BTreeMap<u32, Gathered<Report>>, told: Told<'_>, logs: &Logs) -> Vec<Draft> {
    const TRIGGER: &str = "Resync triggered by tx ";
    let logged = logs.echonet.value().map_or(0, |it| it.lines.iter().filter(|it| it.text.contains(TRIGGER)).count());
    let seen: Vec<(Option<u32>, Gathered<Report>)> = if !captures.is_empty() {
        captures.into_iter().map(|(number, report)| (Some(number), report)).collect()
    } else {
        let count = if 0 < logged { logged } else { told.triggers() };
        (0..count).map(|_| (None, Gathered::NotAsked)).collect()
    };
    // Without times of the resyncs only equal numbers tell which archive is whose.
    let archives: Vec<Option<Timestamp>> =
        if volume.archives.len() == seen.len() { volume.archives.keys().copied().map(Some).collect() } else { vec![None; seen.len()] };
    let reason = if volume.archives.is_empty() {
        "the volume holds no archive"
    } else {
        "no snapshot gives the time of this resync, and there are not as many archives as resyncs"
    };
    let no_snapshot = || match &volume.listing {
        Gathered::Observed(_) => {
            let reason = "the volume holds no report_snapshot file".to_owned();
            Gathered::Absent(Missing { asked: Request::VolumeListing.to_string(), reason })
        }
        Gathered::Failed(missing) => Gathered::Failed(missing.clone()),
        Gathered::Absent(missing) => Gathered::Absent(missing.clone()),
        Gathered::NotAsked => Gathered::NotAsked,
    };
    seen.into_iter()
        .zip(archives)
        .map(|((capture, report), at)| draft(report, no_snapshot(), volume.archive(at, reason), capture))
        .collect()
}

fn draft(report: Gathered<Report>, snapshot: Gathered<Snapshot>, archive: Gathered<String>, capture: Option<u32>) -> Draft {
    let episode = Episode { number: 0, report, snapshot, reverts: Gathered::NotAsked, archive, ours: BTreeMap::new() };
    Draft { episode, capture, at: None }
}

/// Echonet's side before the resync: from the archive, and what the archive lacks from the capture.
pub(super) fn ours(
    access: &dyn Access,
    volume: &Volume,
    held: &BTreeSet<Request>,
    wanted: &BTreeSet<u64>,
    episode: &Episode,
    capture: Option<u32>,
) -> BTreeMap<u64, OurBlock> {
    let mut blocks = BTreeMap::new();
    let archive = episode.archive.value().and_then(|name| volume.archives.values().find(|it| it.name == *name));
    if let Some(archive) = archive {
        let path = |kind: DumpKind, height: u64| format!("{}_{height}.json", kind.name());
        let file = |kind, height| Request::VolumeFile { path: format!("{}/{}", archive.name, path(kind, height)) };
        for height in archive.files.iter().filter_map(|it| height_of(it)).collect::<BTreeSet<u64>>() {
            if !wanted.contains(&height) && !DumpKind::ALL.iter().any(|kind| held.contains(&file(*kind, height))) {
                continue;
            }
            let absent = |kind: DumpKind| Missing {
                asked: file(kind, height).to_string(),
                reason: format!("the archive {} holds no {} of block {height}", archive.name, kind.name()),
            };
            let is_listed = |kind: DumpKind| archive.files.contains(&path(kind, height));
            let block = OurBlock {
                block: match is_listed(DumpKind::Block) {
                    true => ask(access, &file(DumpKind::Block, height), block::parse),
                    false => Gathered::Absent(absent(DumpKind::Block)),
                },
                state_update: match is_listed(DumpKind::StateUpdate) {
                    true => ask(access, &file(DumpKind::StateUpdate, height), state_update::parse),
                    false => Gathered::Absent(absent(DumpKind::StateUpdate)),
                },
                blob: match is_listed(DumpKind::Blob) {
                    true => ask(access, &file(DumpKind::Blob, height), blob::parse),
                    false => Gathered::Absent(absent(DumpKind::Blob)),
                },
            };
            blocks.insert(height, block);
        }
    }
    let Some(number) = capture else { return without_unasked(blocks) };
    // Below its start block, Echonet passes on mainnet's own block.
    let start = episode.report.value().and_then(|it| it.current_start_block).unwrap_or(0);
    for request in held {
        let height = match request {
            Request::BlockDuringResync { episode, block } | Request::StateUpdateDuringResync { episode, block } if *episode == number => {
                *block
            }
            _ => continue,
        };
        if height < start {
            continue;
        }
        let nothing = OurBlock { block: Gathered::NotAsked, state_update: Gathered::NotAsked, blob: Gathered::NotAsked };
        let ours = blocks.entry(height).or_insert(nothing);
        match request {
            Request::BlockDuringResync { .. } => prefer(&mut ours.block, || ask(access, request, block::parse)),
            _ => prefer(&mut ours.state_update, || ask(access, request, state_update::parse)),
        }
    }
    without_unasked(blocks)
}

/// Keeps what was observed; else takes the other answer, unless that says less.
pub(super) fn prefer<T>(kept: &mut Gathered<T>, other: impl FnOnce() -> Gathered<T>) {
    if kept.value().is_some() {
        return;
    }
    let other = other();
    if other.value().is_some() || matches!(kept, Gathered::NotAsked) {
        *kept = other;
    }
}

fn height_of(file: &str) -> Option<u64> {
    let stem = file.strip_suffix(".json")?;
    DumpKind::ALL.iter().find_map(|kind| stem.strip_prefix(kind.name())?.strip_prefix('_')?.parse().ok())
}

/// Leaves out the blocks of which nothing was asked.
pub(super) fn without_unasked(mut blocks: BTreeMap<u64, OurBlock>) -> BTreeMap<u64, OurBlock> {
    let is_unasked =
        |it: &OurBlock| matches!(it, OurBlock { block: Gathered::NotAsked, state_update: Gathered::NotAsked, blob: Gathered::NotAsked });
    blocks.retain(|_, it| !is_unasked(it));
    blocks
}

/// The names on Echonet's volume.
pub(super) struct Volume {
    listing: Gathered<()>,
    pub(super) snapshots: BTreeMap<Timestamp, String>,
    /// Comparisons of reverts, by the time in their names, which is that of the snapshot.
    reverts: BTreeMap<Timestamp, String>,
    /// Files of each archive, by the time in its name.
    pub(super) archives: BTreeMap<Timestamp, Archive>,
}

pub(super) struct Archive {
    name: String,
    files: BTreeSet<String>,
}

impl Volume {
    pub(super) fn list(access: &dyn Access) -> Self {
        let mut volume =
            Self { listing: Gathered::NotAsked, snapshots: BTreeMap::new(), reverts: BTreeMap::new(), archives: BTreeMap::new() };
        let text = std::cell::RefCell::new(String::new());
        volume.listing = ask(access, &Request::VolumeListing, |body| {
            body.clone_into(&mut text.borrow_mut());
            Ok(())
        });
        for path in text.into_inner().lines() {
            if let Some((folder, file)) = path.split_once('/') {
                let Some(at) = folder.strip_prefix("blocks_").and_then(Timestamp::from_file_name) else { continue };
                let archive = volume.archives.entry(at).or_insert_with(|| Archive { name: folder.to_owned(), files: BTreeSet::new() });
                archive.files.insert(file.to_owned());
            } else if let Some(at) = path.strip_prefix("report_snapshot_").and_then(|it| it.strip_suffix(".log")) {
                volume.snapshots.extend(Timestamp::from_file_name(at).map(|at| (at, path.to_owned())));
            } else if let Some(at) = path.strip_prefix("report_reverts_").and_then(|it| it.strip_suffix(".log")) {
                volume.reverts.extend(Timestamp::from_file_name(at).map(|at| (at, path.to_owned())));
            }
        }
        volume
    }

    /// Whether it was asked for its names, be it in vain.
    pub(super) fn was_asked(&self) -> bool {
        !self.listing.is_not_asked()
    }

    /// The comparison of reverts that was written beside a snapshot.
    pub(super) fn reverts(&self, access: &dyn Access, at: Timestamp) -> Gathered<RevertComparison> {
        if let Some(path) = self.reverts.get(&at) {
            return ask(access, &Request::VolumeFile { path: path.clone() }, reverts::parse);
        }
        match &self.listing {
            Gathered::Observed(listing) if listing.coverage.extent == Extent::Complete => {
                let reason = format!("the volume holds no report_reverts_{}.log", at.to_file_name());
                Gathered::Absent(Missing { asked: Request::VolumeListing.to_string(), reason })
            }
            _ => Gathered::NotAsked,
        }
    }

    /// The archive as evidence, or `reason` why there is none.
    fn archive(&self, at: Option<Timestamp>, reason: &str) -> Gathered<String> {
        match (&self.listing, at.and_then(|at| self.archives.get(&at))) {
            (Gathered::Observed(listing), Some(archive)) => Gathered::Observed(Observed {
                value: archive.name.clone(),
                coverage: listing.coverage.clone(),
                source: listing.source.clone(),
            }),
            (Gathered::Observed(_), None) => {
                Gathered::Absent(Missing { asked: Request::VolumeListing.to_string(), reason: reason.to_owned() })
            }
            (Gathered::Failed(missing), _) => Gathered::Failed(missing.clone()),
            (Gathered::Absent(missing), _) => Gathered::Absent(missing.clone()),
            (Gathered::NotAsked, _) => Gathered::NotAsked,
        }
    }
}
