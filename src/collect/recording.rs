//! A folder of saved answers, laid out as somebody who works through an incident by hand would save them.
//!
//! Which file is whose answer, each source says itself: [`crate::evidence::sources`] is the table.
//!
//! `http_index.json`, also inside `during_resync_<K>`, says with which status and when an answer came, and why one did not come or is not
//! whole.

#![expect(clippy::disallowed_methods, reason = "an edge: this is where saved answers are read")]

mod saved_source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::names::check_names;
use super::{Access, Answer, Body};
use crate::evidence::sources::source::{Refusal, Wire};
use crate::evidence::sources::{config_map_names, is_saved_folder};
use crate::evidence::{Request, Timestamp};

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
#[derive(Debug, Clone, Default)]
struct Received {
    status: Option<u16>,
    at: Option<Timestamp>,
    /// Why there is none.
    failed: Option<String>,
    /// Why it is not the whole answer.
    partial: Option<String>,
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
                "" => is_saved_folder(&name),
                "pvc" => name.starts_with("blocks_"),
                _ => false,
            };
            let is_wanted =
                is_known_folder || Request::of_saved(&path).is_some() || name == "http_index.json" || path == "pvc_listing.json";
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
            #[serde(default)]
            failed: Option<String>,
            #[serde(default)]
            partial: Option<String>,
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
                        let at = row.fetched_at.and_then(|it| it.parse().ok());
                        self.index.insert(file, Received { status: row.status, at, failed: row.failed, partial: row.partial });
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
                None => self.noted("pvc_listing.json"),
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

    /// What an index says of a file that is not there.
    fn noted(&self, path: &str) -> Answer {
        let failed = self.index.get(path).and_then(|it| it.failed.clone());
        failed.map_or(Answer::NotAsked, |reason| Answer::Failed { reason })
    }

    /// The answer in the file at `path`, which is that to `asked`.
    fn answer(&self, request: &Request, path: &str, asked: &str) -> Answer {
        if let Some(reason) = self.refused.get(path) {
            return Answer::Failed { reason: format!("{path} was refused: {reason}") };
        }
        let received = self.index.get(path).cloned().unwrap_or_default();
        let is_unknown_by_500 = matches!(request.source().wire, Wire::Echonet { refusal: Refusal::UnknownIs500, .. });
        match received.status {
            Some(500) if is_unknown_by_500 => {
                return Answer::Absent { reason: "Echonet answered 500: it does not know the transaction now".to_owned() };
            }
            Some(status @ (404 | 410)) if !is_unknown_by_500 => {
                return Answer::Absent { reason: format!("Echonet answered {status}") };
            }
            Some(status) if !(200..300).contains(&status) => return Answer::Failed { reason: format!("Echonet answered {status}") },
            _ => {}
        }
        if !self.files.contains_key(path) {
            return match (request, &self.listed) {
                (Request::VolumeFile { path }, Some(Listed { body, names, .. })) if body.partial.is_none() && !names.contains(path) => {
                    Answer::Absent { reason: format!("the listing of the volume does not name {path}") }
                }
                _ => self.noted(path),
            };
        }
        match self.read(path) {
            Ok(bytes) if bytes.is_empty() => Answer::Failed { reason: format!("{path} is empty") },
            Ok(bytes) => {
                let body = Body::from_bytes(asked.to_owned(), &bytes);
                let partial = body.partial.clone().or(received.partial);
                Answer::Body(Body { status: received.status, at: received.at, partial, ..body })
            }
            Err(reason) => Answer::Failed { reason },
        }
    }
}

impl Access for Recording {
    fn ask(&self, request: &Request) -> Answer {
        match request {
            Request::VolumeListing => return self.listing(),
            Request::EchonetSource => return self.source(),
            Request::VolumeFile { path } => {
                if let Err(reason) = check_names(path) {
                    return Answer::Failed { reason: format!("{path} is never read: {reason}") };
                }
            }
            _ => {}
        }
        let mut answers = request.saved().map(|(path, asked)| self.answer(request, &path, &asked));
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
        let mut saved = request.saved();
        match (saved.next(), saved.next()) {
            (Some((first, _)), Some((other, asked))) if self.files.contains_key(&first) => self.answer(request, &other, &asked),
            _ => Answer::NotAsked,
        }
    }

    fn held(&self) -> Vec<Request> {
        self.files.keys().chain(self.index.keys()).filter_map(|it| Request::of_saved(it)).collect()
    }
}

enum Kind {
    File(u64),
    Folder,
}

/// The list of ConfigMaps: with what they hold if they were saved whole.
const CONFIG_MAPS: &str = config_map_names::FILE;
