//! A file below Echonet's data directory, by its path there.

pub mod snapshot;

use super::bound::Bound;
use super::mark::Mark;
use super::part::{DumpKind, KeyPart, find};
use super::pattern::{self, filled};
use super::situation::Situation;
use super::source::{DiesWith, Place, ROOT, Saved, Source, Wire};
use super::{block_dump, mainnet_block, mainnet_state_update, report_text};
use crate::evidence::{EvidenceName, Request, Timestamp};

/// How this evidence is asked for, recognised under any name, and read.
pub const SOURCE: Source = Source {
    wire: Wire::VolumeFile,
    saved: Saved::At(&[Place::at("pvc/{path}")]),
    recognised: &[Mark::BEFORE_RESYNC, Mark::SNAPSHOT, Mark::BLOCK, Mark::STATE_UPDATE, Mark::BLOB],
    reads: &[&snapshot::ANSWER, &report_text::reverts::ANSWER, &mainnet_block::ANSWER, &mainnet_state_update::ANSWER, &block_dump::BLOB],
    gives: DOCUMENTS,
    best_for: DOCUMENTS,
    dies_with: DiesWith::Never,
    limits: &[Bound::Answer, Bound::Together, Bound::SnapshotsAtOnce],
    says: "for snapshots, for comparisons of reverts beside those that are looked at, and for the blocks that are looked at",
};

/// What the files hold, and so what a listing of them says whether it is there.
pub(super) const DOCUMENTS: &[EvidenceName] = &[
    EvidenceName::Snapshot,
    EvidenceName::Reverts,
    EvidenceName::OursBlock,
    EvidenceName::OursStateUpdate,
    EvidenceName::OursPreviousBlock,
    EvidenceName::OursNextBlock,
];

/// What of it is worth asking for.
pub(crate) fn worth(seen: &Situation) -> Vec<Request> {
    let is_worth = |path: &&String| match VolumeDocument::from_path(path) {
        Some(VolumeDocument::Snapshot(_)) => true,
        Some(VolumeDocument::Reverts(at)) => seen.resyncs.contains(&at),
        Some(VolumeDocument::Dump { block, .. }) => seen.heights.contains(&block),
        None => false,
    };
    seen.names.iter().filter(is_worth).map(|path| Request::VolumeFile { path: path.clone() }).collect()
}

/// The files that hold evidence, by patterns of their paths: `{at}` is a time as names of files carry it.
pub const FILES: [&str; 3] = [SNAPSHOT, REVERTS, "blocks_{at}/{name}.json"];

const SNAPSHOT: &str = "report_snapshot_{at}.log";
const REVERTS: &str = "report_reverts_{at}.log";
const ARCHIVE: &str = "blocks_{at}";
const DUMP: &str = "{kind}_{block}.json";

/// Whether a file at this path holds evidence.
#[must_use]
pub fn is_one(path: &str) -> bool {
    let is_flat = |parts: &[(&str, &str)]| parts.iter().all(|(_, it)| !it.contains('/')).then_some(());
    FILES.iter().any(|it| pattern::read(it, path, &is_flat).is_some())
}

/// A path below Echonet's data directory.
impl KeyPart for String {
    fn text(&self) -> String {
        self.clone()
    }

    fn read(text: &str) -> Option<Self> {
        is_one(text).then(|| text.to_owned())
    }
}

/// What a file holds, as its path says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VolumeDocument {
    /// The snapshot of the resync at this time.
    Snapshot(Timestamp),
    /// The comparison of reverts that was written beside the snapshot of this time.
    Reverts(Timestamp),
    /// A document of a block, in the archive of the epoch that began at this time.
    Dump {
        /// Start of the epoch.
        archive: Timestamp,
        /// Which document of the block.
        kind: DumpKind,
        /// Height of the block.
        block: u64,
    },
}

impl VolumeDocument {
    /// What the file at this path holds, if it is evidence.
    pub(crate) fn from_path(path: &str) -> Option<Self> {
        match path.split_once('/') {
            Some((folder, name)) => {
                let archive = epoch_of(folder)?;
                pattern::read(DUMP, name, &|parts| Some((find(parts, "kind")?, find(parts, "block")?))).map(|(kind, block)| Self::Dump {
                    archive,
                    kind,
                    block,
                })
            }
            None => at(SNAPSHOT, path).map(Self::Snapshot).or_else(|| at(REVERTS, path).map(Self::Reverts)),
        }
    }

    /// What the file holds that was asked for, in the words of a request or of what was sent for it. What Echonet or mainnet was asked for is no
    /// file.
    pub(crate) fn from_asked(asked: &str) -> Option<Self> {
        Self::from_path(path_in(asked)?)
    }

    /// The path of the file below Echonet's data directory.
    pub(crate) fn path(self) -> String {
        let at = |pattern: &str, at: Timestamp| filled(pattern, |_| Some(at.to_file_name()));
        let path = match self {
            Self::Snapshot(taken) => at(SNAPSHOT, taken),
            Self::Reverts(taken) => at(REVERTS, taken),
            Self::Dump { archive, kind, block } => at(ARCHIVE, archive).map(|folder| format!("{folder}/{}", dump_name(kind, block))),
        };
        path.unwrap_or_default()
    }
}

/// The path of a piece of evidence, in this archive if it is known.
pub(super) fn path_of(name: EvidenceName, archive: Option<&str>, height: &str) -> Option<String> {
    let of_some_time = |pattern: &str| filled(pattern, |_| Some("<time>".to_owned()));
    let dump = |kind: DumpKind| {
        let folder = archive.map(str::to_owned).or_else(|| of_some_time(ARCHIVE))?;
        let parts = |part: &str| if part == "kind" { kind.name().to_owned() } else { height.to_owned() };
        Some(format!("{folder}/{}", filled(DUMP, |part| Some(parts(part)))?))
    };
    match name {
        EvidenceName::Snapshot => of_some_time(SNAPSHOT),
        EvidenceName::Reverts => of_some_time(REVERTS),
        EvidenceName::OursBlock | EvidenceName::OursPreviousBlock | EvidenceName::OursNextBlock => dump(DumpKind::Block),
        EvidenceName::OursStateUpdate => dump(DumpKind::StateUpdate),
        EvidenceName::Report
        | EvidenceName::TheirsBlock
        | EvidenceName::TheirsStateUpdate
        | EvidenceName::TheirsPreviousBlock
        | EvidenceName::TheirsNextBlock
        | EvidenceName::LogsEchonet
        | EvidenceName::LogsEchonetDebug
        | EvidenceName::LogsSequencer
        | EvidenceName::Pods
        | EvidenceName::Events
        | EvidenceName::Echonet => None,
    }
}

/// The path of the file that was asked for; a live collection says first in which pod.
pub(crate) fn path_in(asked: &str) -> Option<&str> {
    let (place, command) = asked.rsplit_once("cat ")?;
    let is_command = place.is_empty() || place.ends_with(": ");
    command.strip_prefix(ROOT)?.strip_prefix('/').filter(|_| is_command)
}

/// When the epoch began of which this folder is the archive, if it is one.
pub(crate) fn epoch_of(folder: &str) -> Option<Timestamp> {
    at(ARCHIVE, folder)
}

/// The name of a document of a block, in an archive.
pub(crate) fn dump_name(kind: DumpKind, block: u64) -> String {
    format!("{}_{block}.json", kind.name())
}

fn at(pattern: &str, path: &str) -> Option<Timestamp> {
    pattern::read(pattern, path, &|parts| parts.iter().find_map(|(_, it)| Timestamp::from_file_name(it)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_told_by_its_path_and_written_at_the_same() {
        for path in [
            "report_snapshot_20261122T083817Z.log",
            "report_reverts_20261122T083817Z.log",
            "blocks_20261122T083832Z/state_update_7.json",
            "blocks_20261122T083832Z/block_7.json",
            "blocks_20261122T083832Z/blob_7.json",
        ] {
            assert_eq!(VolumeDocument::from_path(path).map(VolumeDocument::path).as_deref(), Some(path));
        }
        for path in ["report_snapshot_x.log", "blocks_20261122T083832Z", "blocks_x/block_7.json", "blocks_20261122T083832Z/a/block_7.json"]
        {
            assert_eq!(VolumeDocument::from_path(path), None, "{path}");
        }
    }

    #[test]
    fn a_document_is_told_by_what_was_asked_for_wherever_it_was_asked() {
        for path in ["report_reverts_20261122T083817Z.log", "blocks_20261122T083832Z/blob_7.json"] {
            let words = Request::VolumeFile { path: path.to_owned() }.to_string();
            for asked in [words.clone(), format!("exec in echonet-a/echonet-0: {words}")] {
                assert_eq!(VolumeDocument::from_asked(&asked).map(VolumeDocument::path).as_deref(), Some(path), "{asked}");
            }
        }
        for asked in [
            "ls /data/echonet",
            "GET /echonet/block_dump?blockNumber=7&kind=blob",
            "concat /data/echonet/report_reverts_20261122T083817Z.log",
            "cat /data/echonet/x/report_reverts_20261122T083817Z.log",
            "cat /data/echonetreport_reverts_20261122T083817Z.log",
        ] {
            assert_eq!(VolumeDocument::from_asked(asked), None, "{asked}");
        }
    }

    #[test]
    fn of_the_volume_only_what_concerns_the_resyncs_and_heights_that_are_looked_at_is_worth_asking() {
        let names = ["report_snapshot_20261122T083817Z.log", "report_reverts_20261122T083817Z.log", "report_reverts_20261121T083817Z.log"];
        let dumps = ["blocks_20261122T083832Z/block_7.json", "blocks_20261122T083832Z/block_9.json", "blocks_20261122T083832Z/notes.json"];
        let seen = Situation {
            names: names.into_iter().chain(dumps).map(str::to_owned).collect(),
            heights: [7].into(),
            resyncs: Timestamp::from_file_name("20261122T083817Z").into_iter().collect(),
            ..Situation::default()
        };
        let paths: Vec<String> = worth(&seen).iter().filter_map(|it| it.part("path")).collect();
        assert_eq!(paths, [dumps[0], names[1], names[0]]);
    }
}
