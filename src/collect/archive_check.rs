//! Whether the blocks of an archive are those of the resync that it is taken for.
//!
//! Echonet notes the hash of each of its blocks that differs from mainnet's, and the snapshot of a resync lists the notes. So a block that
//! the epoch noted under another hash is not that epoch's.

use std::collections::{BTreeMap, BTreeSet};

use super::pairing::Pairing;
use crate::evidence::identity::fail;
use crate::evidence::sections::Section;
use crate::evidence::{Episode, Felt, Gathered, Missing, OurBlock, Request, Snapshot};

/// What an archive's blocks say of whose it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ArchiveVerdict {
    /// Nothing says otherwise; blocks that other evidence contradicts were taken out.
    Kept,
    /// It is not this resync's, and was taken out.
    TakenOut,
}

/// The hashes that Echonet noted as differing in the epoch that a resync ended, by height: all of them where the snapshot before it shows
/// which are new, else only that of the block that triggered it.
fn noted(snapshot: &Snapshot, before: Option<&Snapshot>) -> BTreeMap<u64, BTreeSet<Felt>> {
    let mut noted: BTreeMap<u64, BTreeSet<Felt>> = BTreeMap::new();
    if !snapshot.saw(Section::BlockHashMismatches) {
        return noted;
    }
    let rows = snapshot.block_hash_mismatches.as_slice();
    let is_first = snapshot.unreadable_rows == 0 && snapshot.certain_failures.is_empty() && snapshot.resync_causes.len() == 1;
    let known =
        before.filter(|it| it.unreadable_rows == 0 && it.saw(Section::BlockHashMismatches)).map(|it| it.block_hash_mismatches.as_slice());
    let new = match known.and_then(|it| rows.strip_prefix(it)) {
        _ if is_first => Some(rows),
        new if snapshot.unreadable_rows == 0 => new,
        _ => None,
    };
    let of_trigger = || {
        let is_trigger = snapshot.trigger_key == format!("block_hash_mismatch:{}", snapshot.trigger_block);
        rows.iter().rev().find(|it| is_trigger && it.block_number == snapshot.trigger_block).map_or(&[][..], std::slice::from_ref)
    };
    for row in new.unwrap_or_else(of_trigger) {
        noted.entry(row.block_number).or_default().insert(row.echonet);
    }
    noted
}

/// Holds an episode's archived blocks against its snapshot.
pub(super) fn hold(episode: &mut Episode, before: Option<&Snapshot>, pairing: Pairing) -> ArchiveVerdict {
    let Some(name) = episode.archive.value() else { return ArchiveVerdict::Kept };
    // What was captured during the resync says nothing of the archive.
    let of_archive = format!("{name}/");
    let is_archived = |it: &OurBlock| it.block.as_observed().is_some_and(|it| it.source.asked.contains(&of_archive));
    let snapshot = episode.snapshot.value();
    let noted = snapshot.map(|it| noted(it, before)).unwrap_or_default();
    let mut confirmed = false;
    let mut contradicted: Vec<(u64, String)> = Vec::new();
    for (height, ours) in episode.ours.iter().filter(|(_, it)| is_archived(it)) {
        let (Some(hash), Some(of_epoch)) = (ours.block.value().map(|it| it.block_hash), noted.get(height)) else { continue };
        if of_epoch.contains(&hash) {
            confirmed = true;
        } else {
            let stated = of_epoch.iter().map(Felt::to_string).collect::<Vec<_>>().join(" or ");
            contradicted.push((
                *height,
                format!("its block {height} has the hash {hash}, but this resync's snapshot says that Echonet's was {stated}"),
            ));
        }
    }
    let start = snapshot.and_then(|it| it.current_start_block);
    let is_of_epoch = || episode.ours.iter().all(|(height, it)| !is_archived(it) || start.is_none_or(|start| start <= *height));
    let reason = match (confirmed, contradicted.first(), pairing) {
        (false, Some((_, reason)), _) => Some(format!("the archive is not this resync's: {reason}")),
        (true, None, Pairing::Doubtful) if is_of_epoch() => None,
        (_, _, Pairing::Doubtful) => {
            let reason = "an earlier resync left no snapshot, so it is not known which archive belongs to which resync";
            episode.archive = Gathered::Absent(Missing::new(Request::VolumeListing.to_string(), reason));
            return ArchiveVerdict::TakenOut;
        }
        _ => None,
    };
    if let Some(reason) = reason {
        fail(&mut episode.archive, reason);
        return ArchiveVerdict::TakenOut;
    }
    for (height, reason) in contradicted {
        if let Some(ours) = episode.ours.get_mut(&height) {
            fail(&mut ours.state_update, reason.clone());
            fail(&mut ours.block, reason);
        }
    }
    ArchiveVerdict::Kept
}
