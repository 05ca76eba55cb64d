//! The table of sources: one file a source, which says all that is true of it, and one line here that registers it.
//!
//! What is asked, how it goes over the wire, under which name it is saved and read back, what may leave the machine, what a cluster must
//! grant, what a dry run prints, and the book's table: all of that follows from the files below, and is written nowhere else.

mod any_json;
mod best;
mod bound;
pub mod by_hand;
mod echonet_pages;
mod pattern;
pub mod mark;
pub mod glimpse;
mod glimpse_json;
mod glimpse_text;
mod look;
mod objects;
pub mod part;
pub mod page;
pub mod reader;
mod situation;
pub mod source;

use std::collections::BTreeSet;
use std::fmt;

pub use best::{Known, how};
pub use bound::Bound;
pub use glimpse::{Glimpse, Look};
pub use glimpse_text::is_utf16;
pub use mark::Mark;
pub use page::{Doubt, Fill, Page, See, Slot};
pub use part::{DumpKind, NodeConfig};
pub use pattern::filled;
pub use reader::{Reader, Reads};
pub use situation::{EchonetWay, Situation, TriggerSeen, Unanswered};
pub use source::{ApiGroup, DiesWith, ListSelection, PageQueue, Place, RefusalMeaning, Saved, Source, Wire};

use super::{Felt, Gathered, ReportText};
use page::Asked;
use part::KeyPart;

/// Mainnet's feeder gateway.
pub const FEEDER_URL: &str = "https://feeder.alpha-mainnet.starknet.io";

/// A source with what its line says of it.
#[derive(Debug, Clone, Copy)]
pub struct Listed {
    /// Its name: that of its file.
    pub name: &'static str,
    /// All else.
    pub source: &'static Source,
    /// What tells its answers apart: the names that stand in braces in its patterns.
    pub parts: &'static [&'static str],
    /// What of it is worth asking for, by what is known so far.
    pub worth: fn(&Situation) -> Vec<Request>,
}

impl Listed {
    /// The question to it with these values for its parts.
    ///
    /// # Errors
    /// When a part has no value, or one that it cannot have.
    pub fn question(&self, value: &dyn Fn(&str) -> Option<String>) -> Result<Request, NoPart> {
        let mut parts = Vec::new();
        for part in self.parts {
            parts.push((*part, value(part).ok_or(NoPart(part))?));
        }
        let parts: Vec<(&str, &str)> = parts.iter().map(|(part, value)| (*part, value.as_str())).collect();
        Request::of_parts(self.name, &parts).ok_or(NoPart(self.parts.first().unwrap_or(&self.name)))
    }
}

/// A part of a request whose value is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nothing says which {0} is meant")]
pub struct NoPart(pub &'static str);

/// Makes of the lines: the modules, [`Request`] with a variant a source, [`SOURCES`], and a field of [`EchonetPages`] for each page.
macro_rules! sources {
    (
        documents { $(mod $doc:ident: $Doc:ident $({ $($dpart:ident: $DPart:ty),+ })?;)+ }
        pages { $(mod $page:ident: $Page:ident $({ $ppart:ident: $PPart:ty })?;)+ }
    ) => {
        $(pub mod $doc;)+
        $(pub mod $page;)+

        /// One question. The list is closed, and no variant mutates: read-only is a property of this type.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Request {
            $(
                #[doc = concat!("The source [`", stringify!($doc), "`].")]
                $Doc $({ $(#[doc = concat!("Which ", stringify!($dpart), ".")] $dpart: $DPart),+ })?,
            )+
            $(
                #[doc = concat!("The page [`", stringify!($page), "`].")]
                $Page $({ #[doc = concat!("Which ", stringify!($ppart), ".")] $ppart: $PPart })?,
            )+
        }

        /// Every source, in the order of the lines.
        pub const SOURCES: &[Listed] = &[
            $(Listed { name: stringify!($doc), source: &$doc::SOURCE, parts: &[$($(stringify!($dpart)),+)?], worth: $doc::worth },)+
            $(Listed { name: stringify!($page), source: &$page::SOURCE, parts: &[$(stringify!($ppart))?], worth: page::worth::<$page::Here> },)+
        ];

        impl Request {
            /// What is true of the source that is asked.
            #[must_use]
            pub fn source(&self) -> &'static Source {
                match self {
                    $(Self::$Doc $({ $($dpart: _),+ })? => &$doc::SOURCE,)+
                    $(Self::$Page $({ $ppart: _ })? => &$page::SOURCE,)+
                }
            }

            /// The name of the source that is asked.
            #[must_use]
            pub fn source_name(&self) -> &'static str {
                match self {
                    $(Self::$Doc $({ $($dpart: _),+ })? => stringify!($doc),)+
                    $(Self::$Page $({ $ppart: _ })? => stringify!($page),)+
                }
            }

            /// The value of a part in the source's patterns.
            #[must_use]
            pub fn part(&self, name: &str) -> Option<String> {
                match self {
                    $(Self::$Doc $({ $($dpart),+ })? => { $($(if name == stringify!($dpart) { return Some($dpart.text()); })+)? })+
                    $(Self::$Page $({ $ppart })? => { $(if name == stringify!($ppart) { return Some($ppart.text()); })? })+
                }
                None
            }

            /// The question to a source with these parts.
            fn of_parts(source: &str, parts: &[(&str, &str)]) -> Option<Self> {
                match source {
                    $(stringify!($doc) => Some(Self::$Doc $({ $($dpart: part::find(parts, stringify!($dpart))?),+ })?),)+
                    $(stringify!($page) => Some(Self::$Page $({ $ppart: part::find(parts, stringify!($ppart))? })?),)+
                    _ => None,
                }
            }
        }

        $(
            impl Asked<key!($($PPart)?)> for $page::Here {
                fn request(key: key!($($PPart)?)) -> Request {
                    question!(key $Page $($ppart)?)
                }

                fn key(request: &Request) -> Option<key!($($PPart)?)> {
                    key_of!(request $Page $($ppart)?)
                }
            }
        )+

        echonet_pages::echonet_pages! { $($page)+ }
    };
}

/// What tells one answer of a page from another.
macro_rules! key {
    () => {
        ()
    };
    ($type:ty) => {
        $type
    };
}

/// The question with a key.
macro_rules! question {
    ($key:ident $Page:ident) => {{
        let () = $key;
        Request::$Page
    }};
    ($key:ident $Page:ident $part:ident) => {
        Request::$Page { $part: $key }
    };
}

/// The key of a question.
macro_rules! key_of {
    ($request:ident $Page:ident) => {
        matches!($request, Request::$Page).then_some(())
    };
    ($request:ident $Page:ident $part:ident) => {
        match $request {
            Request::$Page { $part } => Some(*$part),
            _ => None,
        }
    };
}

sources! {
    documents {
        mod report: Report;
        mod report_during_resync: ReportDuringResync { episode: u32 };
        mod block_dump: BlockDump { block: u64, kind: DumpKind };
        mod block_during_resync: BlockDuringResync { episode: u32, block: u64 };
        mod state_update_during_resync: StateUpdateDuringResync { episode: u32, block: u64 };
        mod volume_listing: VolumeListing;
        mod volume_file: VolumeFile { path: String };
        mod mainnet_block: MainnetBlock { block: u64 };
        mod mainnet_state_update: MainnetStateUpdate { block: u64 };
        mod cloud_log_entries: CloudLogEntries;
        mod echonet_output: EchonetOutput;
        mod pods: Pods;
        mod services: Services;
        mod config_map_names: ConfigMapNames;
        mod events: Events;
        mod deployments: Deployments;
        mod stateful_sets: StatefulSets;
        mod node_settings: NodeSettings { config: NodeConfig };
        mod echonet_source: EchonetSource;
        mod report_text: ReportText;
        mod report_ui: ReportUi;
        mod report_download: ReportDownload;
        mod served_block: ServedBlock { block: u64 };
        mod served_state_update: ServedStateUpdate { block: u64 };
    }
    pages {
        mod starknet_version: StarknetVersion;
        mod latest_received_block: LatestReceivedBlock;
        mod last_stored_commitment: LastStoredCommitment;
        mod block_metadata: BlockMetadata { block: u64 };
        mod transactions: TxBlockMetadata { tx_hash: Felt };
        mod signatures: Signature { block: u64 };
    }
}

impl Request {
    /// A pattern of the source with the question's parts in their places; none if it lacks one.
    fn fill(&self, pattern: &str) -> Option<String> {
        filled(pattern, |name| self.part(name))
    }

    /// The one question to a source that gives exactly this text in the place of a pattern. A number and a hash have other spellings; only
    /// one is ever sent or saved.
    fn of_text(listed: &Listed, pattern: &str, text: &str) -> Option<Self> {
        let exactly = |parts: &[(&str, &str)]| Self::of_parts(listed.name, parts).filter(|it| it.fill(pattern).as_deref() == Some(text));
        pattern::read(pattern, text, &exactly)
    }

    /// Path and query at Echonet, for what is asked there.
    #[must_use]
    pub fn echonet_path(&self) -> Option<String> {
        self.fill(self.source().echonet_page()?)
    }

    /// Path and query at mainnet's feeder gateway, for what is asked there.
    #[must_use]
    pub fn mainnet_path(&self) -> Option<String> {
        self.fill(self.source().mainnet_page()?)
    }

    /// The question whose path and query at Echonet this is, if it is one that may be asked.
    #[must_use]
    pub fn of_echonet_path(target: &str) -> Option<Self> {
        SOURCES.iter().find_map(|it| Self::of_text(it, it.source.echonet_page()?, target))
    }

    /// The question whose path and query at mainnet's feeder gateway this is, if it is one that may be asked.
    #[must_use]
    pub fn of_mainnet_path(target: &str) -> Option<Self> {
        SOURCES.iter().find_map(|it| Self::of_text(it, it.source.mainnet_page()?, target))
    }

    /// The files in a saved folder that can hold the answer, each with what was asked for it. The first is where it is written.
    pub fn saved(&self) -> impl Iterator<Item = (String, String)> {
        let places = match self.source().saved {
            Saved::At(places) => places,
            Saved::ByName(_) | Saved::Apart(_) | Saved::Nowhere => &[],
        };
        places.iter().filter_map(|it| Some((self.fill(it.path)?, it.asked.map_or_else(|| Some(self.to_string()), |it| self.fill(it))?)))
    }

    /// The question that the file at `path` of a saved folder answers, if it is laid out as such.
    #[must_use]
    pub fn of_saved(path: &str) -> Option<Self> {
        SOURCES.iter().find_map(|it| match it.source.saved {
            Saved::At(places) => places.iter().find_map(|place| Self::of_text(it, place.path, path)),
            Saved::ByName(is_it) => is_it(path).then(|| Self::of_parts(it.name, &[])).flatten(),
            Saved::Apart(_) | Saved::Nowhere => None,
        })
    }

    /// The question for the objects of a kind.
    #[must_use]
    pub fn of_kind(kind: &'static str) -> Option<Self> {
        let lists = |it: &&Listed| matches!(it.source.wire, Wire::Objects { .. }) && it.source.recognised.contains(&Mark::Kind(kind));
        Self::of_parts(SOURCES.iter().find(lists)?.name, &[])
    }

    /// All questions with these values for the parts, by the parts' names.
    #[must_use]
    pub fn all(values: &dyn Fn(&str) -> Vec<String>) -> Vec<Self> {
        let of_source = |listed: &Listed| {
            let mut choices: Vec<Vec<(&str, String)>> = vec![Vec::new()];
            for part in listed.parts {
                let with = |begun: Vec<(&'static str, String)>| {
                    values(part).into_iter().map(move |it| begun.iter().cloned().chain([(*part, it)]).collect())
                };
                choices = choices.into_iter().flat_map(with).collect();
            }
            let question = |parts: Vec<(&str, String)>| {
                let parts: Vec<(&str, &str)> = parts.iter().map(|(name, it)| (*name, it.as_str())).collect();
                Self::of_parts(listed.name, &parts)
            };
            choices.into_iter().filter_map(question).collect::<Vec<Self>>()
        };
        SOURCES.iter().flat_map(of_source).collect()
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fill(&self.source().words()).unwrap_or_default())
    }
}

/// The folders that a saved folder can have, by how their names begin, and whether that is all of the name.
#[must_use]
pub fn is_saved_folder(name: &str) -> bool {
    let folders: BTreeSet<&str> =
        SOURCES.iter().flat_map(|it| it.source.saved.paths()).filter_map(|it| it.split_once('/')).map(|(it, _)| it).collect();
    folders.into_iter().any(|it| pattern::read(it, name, &|_| Some(())).is_some())
}

#[cfg(test)]
mod tests;
