//! A file below Echonet's data directory, by its path there.

use super::mark::Mark;
use super::pattern;
use super::source::{DiesWith, Place, Saved, Source, Wire};
use crate::evidence::EvidenceName;

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::VolumeFile,
    saved: Saved::At(&[Place::at("pvc/{path}")]),
    recognised: &[Mark::BEFORE_RESYNC, Mark::SNAPSHOT, Mark::BLOCK, Mark::STATE_UPDATE, Mark::BLOB],
    gives: &[
        EvidenceName::Snapshot,
        EvidenceName::Reverts,
        EvidenceName::OursBlock,
        EvidenceName::OursStateUpdate,
        EvidenceName::OursPreviousBlock,
        EvidenceName::OursNextBlock,
    ],
    dies_with: DiesWith::Never,
    says: "for snapshots, for comparisons of reverts beside those that are looked at, and for the blocks that are looked at",
};

/// The files that hold evidence, by patterns of their paths: `{at}` is a time as names of files carry it.
pub const FILES: [&str; 3] = ["report_snapshot_{at}.log", "report_reverts_{at}.log", "blocks_{at}/{name}.json"];

/// Whether a file at this path holds evidence.
#[must_use]
pub fn is_one(path: &str) -> bool {
    let is_flat = |parts: &[(&str, &str)]| parts.iter().all(|(_, it)| !it.contains('/')).then_some(());
    FILES.iter().any(|it| pattern::read(it, path, &is_flat).is_some())
}
