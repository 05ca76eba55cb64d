//! The names on Echonet's volume, and what they show not to exist.

use std::collections::{BTreeMap, BTreeSet};

use super::Access;
use super::asking::ask;
use crate::evidence::sources::report_text::reverts;
use crate::evidence::sources::volume_file::{VolumeDocument, epoch_of};
use crate::evidence::sources::volume_listing;
use crate::evidence::{Extent, Gathered, Missing, Observed, Request, RevertComparison, Snapshot, Timestamp};

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
    pub(super) name: String,
    pub(super) files: BTreeSet<String>,
    /// What a name that is not among them means.
    pub(super) names: KnownNames,
}

/// How many of the names in a folder are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KnownNames {
    All,
    Some,
}

impl Volume {
    pub(super) fn list(access: &dyn Access) -> Self {
        let mut volume =
            Self { listing: Gathered::NotAsked, snapshots: BTreeMap::new(), reverts: BTreeMap::new(), archives: BTreeMap::new() };
        let listing = ask(access, &Request::VolumeListing, &volume_listing::ANSWER);
        for path in listing.value().into_iter().flatten() {
            match (VolumeDocument::from_path(path), path.split_once('/')) {
                (Some(VolumeDocument::Snapshot(at)), _) => _ = volume.snapshots.insert(at, path.to_owned()),
                (Some(VolumeDocument::Reverts(at)), _) => _ = volume.reverts.insert(at, path.to_owned()),
                (_, Some((folder, file))) => {
                    let Some(began) = epoch_of(folder) else { continue };
                    let archive = volume.archives.entry(began).or_insert_with(|| Archive {
                        name: folder.to_owned(),
                        files: BTreeSet::new(),
                        names: if access.knows_all_of(folder) { KnownNames::All } else { KnownNames::Some },
                    });
                    archive.files.insert(file.to_owned());
                }
                _ => {}
            }
        }
        volume.listing = listing.map(|_| ());
        volume
    }

    /// Paths of the files that are known.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let archived = self.archives.values().flat_map(|it| it.files.iter().map(|file| format!("{}/{file}", it.name)));
        self.snapshots.values().chain(self.reverts.values()).cloned().chain(archived).collect()
    }

    /// Whether its file names were requested, even if the request failed.
    pub(super) fn was_asked(&self) -> bool {
        !self.listing.is_not_asked()
    }

    /// What there is of something that is not among the names: nothing, if the names are all; else it was not looked for.
    fn unnamed<T>(&self, reason: &str) -> Gathered<T> {
        match &self.listing {
            Gathered::Observed(Observed { coverage, .. }) if coverage.extent == Extent::Complete => {
                Gathered::Absent(Missing::new(Request::VolumeListing.to_string(), reason))
            }
            Gathered::Failed(missing) => Gathered::Failed(missing.clone()),
            Gathered::Absent(missing) => Gathered::Absent(missing.clone()),
            Gathered::Observed(_) | Gathered::NotAsked => Gathered::NotAsked,
        }
    }

    /// The comparison of reverts that was written beside a snapshot.
    pub(super) fn reverts(&self, access: &dyn Access, at: Timestamp) -> Gathered<RevertComparison> {
        match self.reverts.get(&at) {
            Some(path) => ask(access, &Request::VolumeFile { path: path.clone() }, &reverts::ANSWER),
            None => self.unnamed(&format!("the volume holds no report_reverts_{}.log", at.to_file_name())),
        }
    }

    /// The snapshot of a resync that no file on the volume is of.
    pub(super) fn no_snapshot(&self, reason: &str) -> Gathered<Snapshot> {
        self.unnamed(reason)
    }

    /// The archive as evidence, or `reason` why there is none.
    pub(super) fn archive(&self, at: Option<Timestamp>, reason: &str) -> Gathered<String> {
        match (&self.listing, at.and_then(|at| self.archives.get(&at))) {
            (Gathered::Observed(listing), Some(archive)) => Gathered::Observed(Observed {
                value: archive.name.clone(),
                coverage: listing.coverage.clone(),
                source: listing.source.clone(),
            }),
            _ => self.unnamed(reason),
        }
    }
}
