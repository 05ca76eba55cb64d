//! Echonet's side of one resync: from its archive, and what that lacks from the capture.

use std::collections::{BTreeMap, BTreeSet};

use super::Access;
use super::asking::{ask, blob_at, block_at};
use super::volume::{Archive, KnownNames, Volume};
use super::wanted::Wanted;
use crate::evidence::sources::mainnet_state_update;
use crate::evidence::sources::volume_file::dump_name;
use crate::evidence::{DumpKind, Episode, Gathered, Missing, OurBlock, Request};

/// Echonet's side before the resync.
pub(super) fn ours(
    access: &dyn Access,
    volume: &Volume,
    wanted: Wanted<'_>,
    files: &BTreeSet<String>,
    episode: &Episode,
    capture: Option<u32>,
) -> BTreeMap<u64, OurBlock> {
    let mut blocks = BTreeMap::new();
    let archive = episode.archive.value().and_then(|name| volume.archives.values().find(|it| it.name == *name));
    if let Some(archive) = archive {
        let heights: BTreeSet<u64> = archive.files.iter().filter_map(|it| height_of(it)).collect();
        for height in heights.iter().copied() {
            if DumpKind::ALL.iter().any(|kind| files.contains(&path(archive, *kind, height))) {
                blocks.insert(height, archived(access, archive, height));
            }
        }
        // Where one could not be read, the volume may have been full: what comes after it may be lost.
        let is_torn = blocks.values().any(|it: &OurBlock| it.could_not_be_read());
        if archive.names == KnownNames::All && !is_torn {
            blocks.extend(never_stored(&heights, &wanted.seen.heights, archive, start(episode)));
        }
    }
    let Some(number) = capture else { return without_unasked(blocks) };
    // Below its start block, Echonet passes on mainnet's own block.
    let start = episode.report.value().and_then(|it| it.current_start_block).unwrap_or(0);
    for request in wanted.held {
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
            Request::BlockDuringResync { .. } => fill_from(&mut ours.block, || block_at(access, request, height)),
            _ => fill_from(&mut ours.state_update, || ask(access, request, &mainnet_state_update::ANSWER)),
        }
    }
    without_unasked(blocks)
}

/// The first block of the epoch that a resync ended, if that is known.
fn start(episode: &Episode) -> Option<u64> {
    let of_snapshot = episode.snapshot.value().and_then(|it| it.current_start_block);
    of_snapshot.or_else(|| episode.report.value()?.current_start_block)
}

fn path(archive: &Archive, kind: DumpKind, height: u64) -> String {
    format!("{}/{}", archive.name, dump_name(kind, height))
}

fn file(archive: &Archive, kind: DumpKind, height: u64) -> Request {
    Request::VolumeFile { path: path(archive, kind, height) }
}

/// What an archive holds of one block.
fn archived(access: &dyn Access, archive: &Archive, height: u64) -> OurBlock {
    fn one<T>(archive: &Archive, kind: DumpKind, height: u64, ask: impl FnOnce(&Request) -> Gathered<T>) -> Gathered<T> {
        let request = file(archive, kind, height);
        match archive.names {
            _ if archive.files.contains(&dump_name(kind, height)) => ask(&request),
            KnownNames::All => {
                let reason = format!("the archive {} holds no {} of block {height}", archive.name, kind.name());
                Gathered::Absent(Missing::new(request.to_string(), reason))
            }
            KnownNames::Some => Gathered::NotAsked,
        }
    }
    OurBlock {
        block: one(archive, DumpKind::Block, height, |it| block_at(access, it, height)),
        state_update: one(archive, DumpKind::StateUpdate, height, |it| ask(access, it, &mainnet_state_update::ANSWER)),
        blob: one(archive, DumpKind::Blob, height, |it| blob_at(access, it, height)),
    }
}

/// Neighbours of an archive's blocks that its epoch never stored: what it stored is archived when it ends.
fn never_stored(heights: &BTreeSet<u64>, wanted: &BTreeSet<u64>, archive: &Archive, start: Option<u64>) -> BTreeMap<u64, OurBlock> {
    let (Some(first), Some(last)) = (heights.first().copied(), heights.last().copied()) else { return BTreeMap::new() };
    let before = first.checked_sub(1).filter(|it| start.is_some_and(|start| *it < start));
    let after = last.checked_add(1);
    let nothing = |height: u64, why: &str| {
        let missing = |kind| Missing::never_stored(file(archive, kind, height).to_string(), why);
        let ours = OurBlock {
            block: Gathered::Absent(missing(DumpKind::Block)),
            state_update: Gathered::Absent(missing(DumpKind::StateUpdate)),
            blob: Gathered::Absent(missing(DumpKind::Blob)),
        };
        (height, ours)
    };
    let after = after.map(|it| nothing(it, "the epoch ended before Echonet stored it"));
    let before = before.map(|it| nothing(it, "the epoch began after it"));
    [before, after].into_iter().flatten().filter(|(height, _)| wanted.contains(height)).collect()
}

/// Keeps what was observed; else takes the other answer, unless that says less.
pub(super) fn fill_from<T>(kept: &mut Gathered<T>, other: impl FnOnce() -> Gathered<T>) {
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

/// Drops blocks for which nothing was requested.
pub(super) fn without_unasked(mut blocks: BTreeMap<u64, OurBlock>) -> BTreeMap<u64, OurBlock> {
    let is_unasked =
        |it: &OurBlock| matches!(it, OurBlock { block: Gathered::NotAsked, state_update: Gathered::NotAsked, blob: Gathered::NotAsked });
    blocks.retain(|_, it| !is_unasked(it));
    blocks
}
