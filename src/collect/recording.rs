//! A folder of saved answers, laid out as somebody who works through an incident by hand would save them.
//!
//! | path | request |
//! |---|---|
//! | `report.json`, `during_resync_<K>/report.json` | [`Request::Report`], [`Request::ReportDuringResync`] |
//! | `during_resync_<K>/echonet_get_{block,state_update}_<N>.json` | [`Request::BlockDuringResync`], [`Request::StateUpdateDuringResync`] |
//! | `http/block_dump_<kind>_<N>.json`, else `http/echonet_get_{block,state_update}_<N>.json` | [`Request::BlockDump`] |
//! | `report.txt` | [`Request::ReportText`] |
//! | `http/echonet_get_signature_<N>.json` | [`Request::Signature`] |
//! | `http/get_block_metadata_<N>.json`, `http/get_tx_block_metadata_<hash>.json` | [`Request::BlockMetadata`], [`Request::TxBlockMetadata`] |
//! | `http/get_starknet_version.txt` | [`Request::StarknetVersion`] |
//! | `http/get_latest_received_block.json` | [`Request::LatestReceivedBlock`] |
//! | `http/get_last_stored_commitment_height.json` | [`Request::LastStoredCommitment`] |
//! | `pvc/`, `pvc_listing.json` | [`Request::VolumeListing`], [`Request::VolumeFile`] |
//! | `mainnet/get_{block,state_update}_<N>.json` | [`Request::MainnetBlock`], [`Request::MainnetStateUpdate`] |
//! | `logs/gcp_entries.json`, `logs/echonet.log` | [`Request::CloudLogEntries`], [`Request::EchonetOutput`] |
//! | `k8s/pods.json`, `k8s/configmaps.json` | [`Request::Pods`], [`Request::ConfigMapNames`] |
//! | `k8s/echonet-src-<suffix>.json`, or `.tgz`, `.tar.gz`, `.tgz.b64`, or in `k8s/configmaps.json` | [`Request::EchonetSource`] |
//!
//! `http_index.json`, also inside `during_resync_<K>`, says with which status and when an answer came.

#![expect(clippy::disallowed_methods, reason = "an edge: this is where saved answers are read")]

mod saved_source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::names::check_names;
use super::{Access, Answer, Body};
use crate::evidence::{DumpKind, Felt, Request, Timestamp};

/// Size above which a file is not read, in bytes: well above a full page of log entries or the largest blob.
pub const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;

/// A folder that cannot be read at all.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum OpenError {
    /// It is not there, or not readable.
    #[error("cannot read the folder {}", path.display())]
    #[diagnostic(code(whysync::import::unreadable), help("name a folder of saved answers; its layout is described under `import`"))]
    Unreadable {
        /// The folder as named.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is there but no folder.
    #[error("{} is not a folder", path.display())]
    #[diagnostic(code(whysync::import::not_a_folder), help("a bundle file is not imported but read directly, for example by `diagnose`"))]
    NotAFolder {
        /// The path as named.
        path: PathBuf,
    },
    /// It holds nothing that this program knows.
    #[error("nothing in {} is a saved answer", path.display())]
    #[diagnostic(
        code(whysync::import::nothing_known),
        help(
            "expected at least one of report.json, pvc/, during_resync_1/, logs/echonet.log, logs/gcp_entries.json, mainnet/, http/ or k8s/ in it"
        )
    )]
    NothingKnown {
        /// The folder as named.
        path: PathBuf,
    },
}

/// Saved answers. Names are checked when the folder is listed; only then is anything opened.
#[derive(Debug)]
pub struct Recording {
    root: PathBuf,
    /// Size in bytes by path relative to the root, with `/` between names.
    files: BTreeMap<String, u64>,
    refused: BTreeMap<String, String>,
    index: BTreeMap<String, Received>,
    /// The listing of the volume that somebody saved.
    listed: Option<Listed>,
}

/// A listing of the volume.
#[derive(Debug)]
struct Listed {
    body: Body,
    names: BTreeSet<String>,
    /// Folders in which a file is empty: whoever wrote it did not come to an end.
    torn: BTreeSet<String>,
}

/// What an index says of an answer.
#[derive(Debug, Clone, Copy)]
struct Received {
    status: Option<u16>,
    at: Option<Timestamp>,
}

impl Recording {
    /// Lists the folder and reads its indexes.
    ///
    /// # Errors
    /// When the folder itself cannot be listed or holds nothing known. One bad file is never an error: it becomes a failed answer.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let unreadable = |source| OpenError::Unreadable { path: path.to_owned(), source };
        let root = fs::canonicalize(path).map_err(unreadable)?;
        if !root.is_dir() {
            return Err(OpenError::NotAFolder { path: path.to_owned() });
        }
        fs::read_dir(&root).map_err(unreadable)?;
        let mut recording = Self { root, files: BTreeMap::new(), refused: BTreeMap::new(), index: BTreeMap::new(), listed: None };
        recording.list("");
        if recording.files.is_empty() && recording.refused.is_empty() {
            return Err(OpenError::NothingKnown { path: path.to_owned() });
        }
        recording.read_indexes();
        recording.read_listing();
        Ok(recording)
    }

    /// Names that were refused, each with the reason: never opened.
    pub fn refused(&self) -> impl Iterator<Item = (&str, &str)> {
        self.refused.iter().map(|(path, reason)| (path.as_str(), reason.as_str()))
    }

    /// Lists one folder, and those below it that can hold answers.
    fn list(&mut self, folder: &str) {
        let entries = match fs::read_dir(self.root.join(folder)) {
            Ok(entries) => entries,
            Err(err) => {
                self.refused.insert(folder.to_owned(), format!("the folder cannot be listed: {err}"));
                return;
            }
        };
        let mut names: Vec<String> = entries.filter_map(|it| it.ok()?.file_name().into_string().ok()).collect();
        names.sort_unstable();
        for name in names {
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let is_known_folder = match folder {
                "" => matches!(name.as_str(), "http" | "pvc" | "mainnet" | "logs" | "k8s") || name.starts_with("during_resync_"),
                "pvc" => name.starts_with("blocks_"),
                _ => false,
            };
            let is_wanted = is_known_folder || request_of(&path).is_some() || name == "http_index.json" || path == "pvc_listing.json";
            match self.permitted(&path) {
                Err(reason) => {
                    self.refused.insert(path, reason);
                }
                Ok(Kind::Folder) if is_known_folder => self.list(&path),
                Ok(Kind::File(size)) if is_wanted => {
                    self.files.insert(path, size);
                }
                Ok(_) => {}
            }
        }
    }

    /// Whether the file at `path` may be opened; decided from names and metadata alone.
    fn permitted(&self, path: &str) -> Result<Kind, String> {
        check_names(path)?;
        let full = self.root.join(path);
        let real = fs::canonicalize(&full).map_err(|err| format!("it cannot be reached: {err}"))?;
        let inside = real.strip_prefix(&self.root).map_err(|_| "it is a link that leads out of the folder".to_owned())?;
        check_names(&inside.to_string_lossy())?;
        let metadata = fs::metadata(&real).map_err(|err| format!("it cannot be reached: {err}"))?;
        if metadata.is_dir() {
            Ok(Kind::Folder)
        } else if metadata.is_file() {
            Ok(Kind::File(metadata.len()))
        } else {
            Err("it is neither a file nor a folder".to_owned())
        }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        // Once more: the folder may have changed since it was listed.
        let Kind::File(size) = self.permitted(path)? else { return Err(format!("{path} is a folder")) };
        let too_large = || format!("{path} is larger than {} MiB, the most that is read of one file", MAX_FILE_BYTES / 1024 / 1024);
        if MAX_FILE_BYTES < size {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        let file = File::open(self.root.join(path)).map_err(|err| format!("{path} cannot be opened: {err}"))?;
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|err| format!("{path} cannot be read: {err}"))?;
        if MAX_FILE_BYTES < bytes.len() as u64 {
            return Err(too_large());
        }
        Ok(bytes)
    }

    fn read_indexes(&mut self) {
        #[derive(Deserialize)]
        struct Row {
            #[serde(default)]
            file: Option<String>,
            #[serde(default)]
            status: Option<u16>,
            #[serde(default)]
            fetched_at: Option<String>,
        }

        let indexes: Vec<String> = self.files.keys().filter(|it| it.rsplit('/').next() == Some("http_index.json")).cloned().collect();
        for path in indexes {
            let rows = self.read(&path).and_then(|bytes| {
                let body = Body::from_bytes(path.clone(), &bytes);
                serde_json::from_str::<Vec<Row>>(&body.text).map_err(|err| format!("it is no index: {err}"))
            });
            match rows {
                Ok(rows) => {
                    let folder = path.strip_suffix("http_index.json").unwrap_or_default();
                    for row in rows {
                        let Some(file) = row.file else { continue };
                        // Files are named from the root, or from where the index is.
                        let file = if file.starts_with(folder) { file } else { format!("{folder}{file}") };
                        self.index.insert(file, Received { status: row.status, at: row.fetched_at.and_then(|it| it.parse().ok()) });
                    }
                }
                Err(reason) => {
                    self.refused.insert(path, reason);
                }
            }
        }
    }

    fn read_listing(&mut self) {
        #[derive(Deserialize)]
        struct Row {
            path: String,
            #[serde(default)]
            size: Option<u64>,
        }

        const PATH: &str = "pvc_listing.json";
        if !self.files.contains_key(PATH) {
            return;
        }
        let listed = self.read(PATH).and_then(|bytes| {
            let body = Body::from_bytes(Request::VolumeListing.to_string(), &bytes);
            let rows: Vec<Row> = serde_json::from_str(&body.text).map_err(|err| format!("it is no listing: {err}"))?;
            if rows.is_empty() {
                // The volume holds Echonet's keys and programs before anything is written to it.
                return Err("it names nothing".to_owned());
            }
            let named = |it: &Row| it.path.trim_start_matches("/data/echonet/").to_owned();
            let torn = rows.iter().filter(|it| it.size == Some(0)).filter_map(|it| Some(named(it).split_once('/')?.0.to_owned())).collect();
            let names: BTreeSet<String> = rows.iter().map(named).filter(|it| check_names(it).is_ok()).collect();
            let unlisted: Vec<&str> =
                self.files.keys().filter_map(|it| it.strip_prefix("pvc/")).filter(|it| !names.contains(*it)).collect();
            let partial = unlisted.first().map(|first| {
                format!(
                    "the listing of the volume is not whole: it does not name {first}, which was saved, and {} others",
                    unlisted.len() - 1
                )
            });
            Ok(Listed { body: Body { partial: body.partial.clone().or(partial), ..body }, names, torn })
        });
        match listed {
            Ok(listed) => self.listed = Some(listed),
            Err(reason) => {
                self.refused.insert(PATH.to_owned(), reason);
            }
        }
    }

    /// The names on the volume, one a line: those that a full listing names, and those that were saved.
    fn listing(&self) -> Answer {
        let saved = self.files.keys().filter_map(|it| it.strip_prefix("pvc/"));
        let lines = |names: BTreeSet<&str>| names.into_iter().flat_map(|it| [it, "\n"]).collect::<String>();
        match &self.listed {
            Some(Listed { body, names, .. }) => {
                Answer::Body(Body { text: lines(names.iter().map(String::as_str).chain(saved).collect()), ..body.clone() })
            }
            None if saved.clone().next().is_none() => match self.refused.get("pvc_listing.json") {
                Some(reason) => Answer::Failed { reason: format!("pvc_listing.json could not be read: {reason}") },
                None => Answer::NotAsked,
            },
            None => {
                let body = Body::from_bytes(Request::VolumeListing.to_string(), lines(saved.collect()).as_bytes());
                let partial = match self.refused.get("pvc_listing.json") {
                    Some(reason) => format!("the listing of the volume could not be used, and only some of its files were saved: {reason}"),
                    None => "no full listing of the volume was saved, only some of its files".to_owned(),
                };
                Answer::Body(Body { partial: Some(partial), ..body })
            }
        }
    }

    fn answer(&self, request: &Request, path: &str) -> Answer {
        if let Some(reason) = self.refused.get(path) {
            return Answer::Failed { reason: format!("{path} was refused: {reason}") };
        }
        let received = self.index.get(path).copied().unwrap_or(Received { status: None, at: None });
        match received.status {
            Some(status @ (404 | 410)) if !matches!(request, Request::TxBlockMetadata { .. }) => {
                return Answer::Absent { reason: format!("Echonet answered {status}") };
            }
            // The look-up of a hash that is not there is not caught.
            Some(500) if matches!(request, Request::TxBlockMetadata { .. }) => {
                return Answer::Absent { reason: "Echonet answered 500: it does not know the transaction now".to_owned() };
            }
            Some(status) if !(200..300).contains(&status) => return Answer::Failed { reason: format!("Echonet answered {status}") },
            _ => {}
        }
        if !self.files.contains_key(path) {
            return match (request, &self.listed) {
                (Request::VolumeFile { path }, Some(Listed { body, names, .. })) if body.partial.is_none() && !names.contains(path) => {
                    Answer::Absent { reason: format!("the listing of the volume does not name {path}") }
                }
                _ => Answer::NotAsked,
            };
        }
        match self.read(path) {
            Ok(bytes) if bytes.is_empty() => Answer::Failed { reason: format!("{path} is empty") },
            Ok(bytes) => {
                let body = Body::from_bytes(asked(request, path), &bytes);
                Answer::Body(Body { status: received.status, at: received.at, ..body })
            }
            Err(reason) => Answer::Failed { reason },
        }
    }
}

impl Access for Recording {
    fn ask(&self, request: &Request) -> Answer {
        let paths = match request {
            Request::VolumeListing => return self.listing(),
            Request::EchonetSource => return self.source(),
            Request::VolumeFile { path } => {
                if let Err(reason) = check_names(path) {
                    return Answer::Failed { reason: format!("{path} is never read: {reason}") };
                }
                vec![format!("pvc/{path}")]
            }
            Request::BlockDump { block, kind } => {
                let dump = format!("http/block_dump_{}_{block}.json", kind.name());
                // What the node posted is only dumped; the other two are served as well.
                let served = (*kind != DumpKind::Blob).then(|| format!("http/echonet_get_{}_{block}.json", kind.name()));
                [Some(dump), served].into_iter().flatten().collect()
            }
            Request::ServedBlock { block } => vec![format!("http/echonet_get_block_{block}.json")],
            Request::ServedStateUpdate { block } => vec![format!("http/echonet_get_state_update_{block}.json")],
            Request::Signature { block } => vec![format!("http/echonet_get_signature_{block}.json")],
            Request::BlockMetadata { block } => vec![format!("http/get_block_metadata_{block}.json")],
            Request::TxBlockMetadata { tx_hash } => vec![format!("http/get_tx_block_metadata_{tx_hash}.json")],
            Request::StarknetVersion => vec!["http/get_starknet_version.txt".to_owned()],
            Request::LatestReceivedBlock => vec!["http/get_latest_received_block.json".to_owned()],
            Request::LastStoredCommitment => vec!["http/get_last_stored_commitment_height.json".to_owned()],
            Request::ReportText => vec!["report.txt".to_owned()],
            Request::Report => vec!["report.json".to_owned()],
            Request::ReportDuringResync { episode } => vec![format!("during_resync_{episode}/report.json")],
            Request::BlockDuringResync { episode, block } => vec![format!("during_resync_{episode}/echonet_get_block_{block}.json")],
            Request::StateUpdateDuringResync { episode, block } => {
                vec![format!("during_resync_{episode}/echonet_get_state_update_{block}.json")]
            }
            Request::MainnetBlock { block } => vec![format!("mainnet/get_block_{block}.json")],
            Request::MainnetStateUpdate { block } => vec![format!("mainnet/get_state_update_{block}.json")],
            Request::CloudLogEntries => vec!["logs/gcp_entries.json".to_owned()],
            Request::EchonetOutput => vec!["logs/echonet.log".to_owned()],
            Request::Pods => vec!["k8s/pods.json".to_owned()],
            Request::ConfigMapNames => vec![CONFIG_MAPS.to_owned()],
        };
        let mut answers = paths.iter().map(|path| self.answer(request, path));
        let first = answers.next().unwrap_or(Answer::NotAsked);
        match first {
            Answer::Body(_) => first,
            _ => answers.find(|it| matches!(it, Answer::Body(_))).unwrap_or(first),
        }
    }

    fn knows_all_of(&self, archive: &str) -> bool {
        self.listed.as_ref().is_some_and(|it| it.body.partial.is_none() && !it.torn.contains(archive))
    }

    fn other_answer(&self, request: &Request) -> Answer {
        match request {
            Request::BlockDump { block, kind } if *kind != DumpKind::Blob => {
                let path = |name: &str| format!("http/{name}_{}_{block}.json", kind.name());
                match self.files.contains_key(&path("block_dump")) {
                    true => self.answer(request, &path("echonet_get")),
                    false => Answer::NotAsked,
                }
            }
            _ => Answer::NotAsked,
        }
    }

    fn held(&self) -> Vec<Request> {
        self.files.keys().chain(self.index.keys()).filter_map(|it| request_of(it)).collect()
    }
}

enum Kind {
    File(u64),
    Folder,
}

/// The request that the file at `path` answers, if it is laid out as such.
fn request_of(path: &str) -> Option<Request> {
    let number = |name: &str, prefix: &str| -> Option<u64> { name.strip_prefix(prefix)?.strip_suffix(".json")?.parse().ok() };
    let (folder, name) = path.split_once('/').unwrap_or(("", path));
    if let Some(episode) = folder.strip_prefix("during_resync_") {
        let episode = episode.parse().ok()?;
        let block = || number(name, "echonet_get_block_").map(|block| Request::BlockDuringResync { episode, block });
        let state_update = || number(name, "echonet_get_state_update_").map(|block| Request::StateUpdateDuringResync { episode, block });
        let report = (name == "report.json").then_some(Request::ReportDuringResync { episode });
        return report.or_else(block).or_else(state_update);
    }
    match (folder, name) {
        ("", "report.json") => Some(Request::Report),
        ("", "report.txt") => Some(Request::ReportText),
        ("logs", "gcp_entries.json") => Some(Request::CloudLogEntries),
        ("logs", "echonet.log") => Some(Request::EchonetOutput),
        ("k8s", "pods.json") => Some(Request::Pods),
        ("k8s", "configmaps.json") => Some(Request::ConfigMapNames),
        ("k8s", name) => saved_source::source_name(name).map(|_| Request::EchonetSource),
        ("pvc", path) => is_volume_file(path).then(|| Request::VolumeFile { path: path.to_owned() }),
        ("mainnet", name) => number(name, "get_block_")
            .map(|block| Request::MainnetBlock { block })
            .or_else(|| number(name, "get_state_update_").map(|block| Request::MainnetStateUpdate { block })),
        ("http", "get_starknet_version.txt") => Some(Request::StarknetVersion),
        ("http", "get_latest_received_block.json") => Some(Request::LatestReceivedBlock),
        ("http", "get_last_stored_commitment_height.json") => Some(Request::LastStoredCommitment),
        ("http", name) if name.starts_with("get_tx_block_metadata_") => {
            let tx_hash: Felt = name.strip_prefix("get_tx_block_metadata_")?.strip_suffix(".json")?.parse().ok()?;
            // A hash has other spellings; one of them names the file.
            (name == format!("get_tx_block_metadata_{tx_hash}.json")).then_some(Request::TxBlockMetadata { tx_hash })
        }
        ("http", name) if name.starts_with("get_block_metadata_") => {
            number(name, "get_block_metadata_").map(|block| Request::BlockMetadata { block })
        }
        ("http", name) if name.starts_with("echonet_get_signature_") => {
            number(name, "echonet_get_signature_").map(|block| Request::Signature { block })
        }
        ("http", name) => DumpKind::ALL.into_iter().find_map(|kind| {
            let dumped = || number(name, &format!("block_dump_{}_", kind.name()));
            let served = || number(name, &format!("echonet_get_{}_", kind.name())).filter(|_| kind != DumpKind::Blob);
            dumped().or_else(served).map(|block| Request::BlockDump { block, kind })
        }),
        _ => None,
    }
}

/// The list of ConfigMaps: with what they hold if they were saved whole.
const CONFIG_MAPS: &str = "k8s/configmaps.json";

fn is_volume_file(path: &str) -> bool {
    match path.split_once('/') {
        Some((folder, name)) => folder.starts_with("blocks_") && name.ends_with(".json") && !name.contains('/'),
        None => (path.starts_with("report_snapshot_") || path.starts_with("report_reverts_")) && path.ends_with(".log"),
    }
}

/// What the file at `path` is the answer to: an echo of the request, unless another route was saved in its place.
fn asked(request: &Request, path: &str) -> String {
    match request {
        Request::BlockDump { block, kind } if path.starts_with("http/echonet_get_") => {
            format!("GET /feeder_gateway/get_{}?blockNumber={block} (Echonet)", kind.name())
        }
        _ => request.to_string(),
    }
}
