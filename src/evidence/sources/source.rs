//! What there is to say of a source.

use super::bound::Bound;
use super::mark::Mark;
use super::reader::Reads;
use crate::evidence::EvidenceName;
use crate::evidence::host::{LOG_ENTRIES, TO_ECHONET, TO_MAINNET};

/// Echonet's data directory.
pub const ROOT: &str = "/data/echonet";

/// All that is true of one source.
#[derive(Debug)]
pub struct Source {
    /// How to request it.
    pub wire: Wire,
    /// Its name in a saved folder.
    pub saved: Saved,
    /// Marks by which its answers are recognised under any file name; none if only the name identifies them.
    pub recognised: &'static [Mark],
    /// Into what its answers are read: one for each kind of document that it answers with.
    pub reads: &'static [&'static dyn Reads],
    /// The evidence that it can give.
    pub gives: &'static [EvidenceName],
    /// That of it for which people are sent here: each piece of evidence to one source, or to several that say it together.
    pub best_for: &'static [EvidenceName],
    /// The event after which the source is lost.
    pub dies_with: DiesWith,
    /// What bounds it: lines of the table of limits.
    pub limits: &'static [Bound],
    /// When it is asked, for the book.
    pub says: &'static str,
}

/// How to request a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// A GET of one of Echonet's own pages, which only shows.
    Echonet {
        /// Path and query.
        page: &'static str,
        /// The queue in which Echonet's pages of this size wait.
        turn: PageQueue,
        /// What it means that it is refused.
        refusal: RefusalMeaning,
    },
    /// A GET at mainnet's feeder gateway.
    Mainnet {
        /// Path and query.
        page: &'static str,
    },
    /// A list of objects of the namespace.
    Objects {
        /// API group of the objects.
        group: ApiGroup,
        /// Plural of the kind in URLs.
        plural: &'static str,
        /// The part of each object that is kept.
        taken: ListSelection,
        /// Names of the fields that are read of them, at any depth.
        read: &'static [&'static str],
    },
    /// One of the ConfigMaps with the node's settings.
    NodeConfigMap,
    /// The ConfigMap with Echonet's source, which its pod mounts; files are hashed, never kept.
    SourceConfigMap,
    /// Names below Echonet's data directory.
    VolumeNames,
    /// A file below Echonet's data directory.
    VolumeFile,
    /// A query of the logs.
    LogEntries,
    /// Output of Echonet's container.
    Output,
    /// Not requested: somebody saved it during a resync.
    Captured {
        /// What was requested at that time, in words.
        words: &'static str,
    },
}

/// Which of Echonet's turns a page takes: small ones would else wait behind blobs of many megabytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageQueue {
    /// A few bytes, however large the blocks are.
    Small,
    /// As large as a block, or larger.
    Large,
}

/// What it means that Echonet refuses a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalMeaning {
    /// Its HTTP status can be taken literally.
    AsStated,
    /// 500 says that Echonet does not know it now, for the look-up of what is not there is not caught. 404 says only that this Echonet lacks
    /// the page.
    UnknownIs500,
    /// Each answer may cost a call to mainnet: it is not asked again unless it was turned away before it was looked at.
    CostsMainnet,
}

/// An API group of the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ApiGroup {
    /// The core group.
    Core,
    /// `apps`.
    Apps,
}

/// What is taken of a list of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListSelection {
    /// The objects.
    Objects,
    /// Their names: the cluster is asked for nothing else.
    NamesOnly,
}

/// The name of an answer in a saved folder.
#[derive(Debug, Clone, Copy)]
pub enum Saved {
    /// In one of these; in the first where whysync saves it.
    At(&'static [Place]),
    /// In a file with a name of its own, which this accepts.
    ByName(fn(&str) -> bool),
    /// In a form that is not the answer's own, which only its reader knows.
    Apart(&'static str),
    /// It is not saved: it is only looked at before anything is collected.
    Nowhere,
}

/// A file of a saved folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Path below the folder.
    pub path: &'static str,
    /// What was asked for it, where that is not what the source is asked.
    pub asked: Option<&'static str>,
}

/// What ends a source: from then on it has nothing to say of the incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DiesWith {
    /// The end of the pod: its memory.
    PodEnd,
    /// A resync, which clears Echonet's state.
    Clear,
    /// The rotation of a container's output.
    Rotation,
    /// The time for which a service keeps it.
    Retention,
    /// The source is never lost.
    Never,
}

impl DiesWith {
    /// In words, fit to follow "lost with".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::PodEnd => "the pod",
            Self::Clear => "the next resync",
            Self::Rotation => "rotation of the container's output",
            Self::Retention => "the time for which it is kept",
            Self::Never => "nothing",
        }
    }
}

impl Place {
    /// The source's own answer at this path.
    #[must_use]
    pub const fn at(path: &'static str) -> Self {
        Self { path, asked: None }
    }
}

impl Saved {
    /// Patterns of the paths, as far as there are any.
    #[must_use]
    pub fn paths(&self) -> Vec<&'static str> {
        match self {
            Self::At(places) => places.iter().map(|it| it.path).collect(),
            Self::Apart(path) => vec![path],
            Self::ByName(_) | Self::Nowhere => Vec::new(),
        }
    }
}

impl ApiGroup {
    /// All groups.
    pub const ALL: [Self; 2] = [Self::Core, Self::Apps];

    /// Its name, as a Role has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Core => "",
            Self::Apps => "apps",
        }
    }

    /// Prefix of its URLs.
    #[must_use]
    pub fn root(self) -> &'static str {
        match self {
            Self::Core => "/api/v1",
            Self::Apps => "/apis/apps/v1",
        }
    }
}

impl Source {
    /// Path and query at Echonet.
    pub(super) fn echonet_page(&self) -> Option<&'static str> {
        match self.wire {
            Wire::Echonet { page, .. } => Some(page),
            _ => None,
        }
    }

    /// Path and query at mainnet's feeder gateway.
    pub(super) fn mainnet_page(&self) -> Option<&'static str> {
        match self.wire {
            Wire::Mainnet { page } => Some(page),
            _ => None,
        }
    }

    /// What is asked, in words, with the parts' places in them.
    #[must_use]
    pub fn words(&self) -> String {
        match self.wire {
            // Echonet has pages under the names of mainnet's.
            Wire::Echonet { page, .. } if page.starts_with("/feeder_gateway/") => format!("GET {page} {TO_ECHONET}"),
            Wire::Echonet { page, .. } => format!("GET {page}"),
            Wire::Mainnet { page } => format!("GET {page} {TO_MAINNET}"),
            Wire::Objects { plural, taken: ListSelection::NamesOnly, .. } => format!("GET {plural} (names)"),
            Wire::Objects { plural, taken: ListSelection::Objects, .. } => format!("GET {plural}"),
            Wire::NodeConfigMap => "GET configmap {config}".to_owned(),
            Wire::SourceConfigMap => "GET configmap echonet-src-* (hashes of its files)".to_owned(),
            Wire::VolumeNames => format!("ls {ROOT}"),
            Wire::VolumeFile => format!("cat {ROOT}/{{path}}"),
            Wire::LogEntries => format!("{LOG_ENTRIES} (Cloud Logging)"),
            Wire::Output => "logs of container echonet".to_owned(),
            Wire::Captured { words } => words.to_owned(),
        }
    }
}
