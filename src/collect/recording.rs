//! Saved answers by canonical names, whatever they were saved as: [`super::intake`] finds, recognises and arranges them.
//!
//! Which file is whose answer, each source says itself: [`crate::evidence::sources`] is the table.
//!
//! `http_index.json`, also inside `during_resync_<K>`, says with which status and when an answer came, and why one did not come or is not
//! whole.

mod open_error;
mod saved_source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use super::intake::{self, Arranged, Given, IncidentChoice, IntakeAccount, Kept, LISTING, Recognised, SeenPiece, UnreadPiece};
use super::names::check_names;
use super::saved_logs::{SavedLogFile, read_saved};
use super::weight::Weighed;
use super::{Access, Answer, Body};
use crate::evidence::files::Files;
use crate::evidence::sources::source::{RefusalMeaning, Wire};
use crate::evidence::sources::{config_map_names, volume_listing};
use crate::evidence::{Request, Timestamp};

pub use open_error::OpenError;

/// Saved answers. Names are checked when they are found; only then is anything opened.
#[derive(Debug)]
pub struct Recording {
    /// What answers each question, by canonical paths.
    files: BTreeMap<String, Kept>,
    /// What was refused, by the canonical path that it would have had; else by its own.
    refused: BTreeMap<String, String>,
    index: BTreeMap<String, Received>,
    /// A saved listing of the volume.
    listed: Option<ListedVolume>,
    logs: Vec<SavedLogFile>,
    account: Files,
    weighed: Weighed,
}

/// A listing of the volume.
#[derive(Debug)]
struct ListedVolume {
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
    /// Why the request failed.
    failed: Option<String>,
    /// Why it is not the whole answer.
    partial: Option<String>,
}

impl Recording {
    /// Opens a folder, an archive or a file.
    ///
    /// # Errors
    /// As [`Recording::open_given`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_given(&Given::Paths(vec![path.to_owned()]), None)
    }

    /// Opens whatever was given. Of several incidents, `incident` names the folder of one.
    ///
    /// # Errors
    /// When a path cannot be read at all, nothing in it is evidence, or it holds several incidents and none was chosen. One bad file is never
    /// an error: it becomes a failed answer.
    pub fn open_given(given: &Given, incident: Option<&str>) -> Result<Self, OpenError> {
        match Opened::open_given(given, incident)? {
            Opened::Files(recording) => Ok(*recording),
            Opened::Bundle { name, .. } => Err(OpenError::OnlyBundle { name }),
        }
    }
}

/// The input, opened.
#[derive(Debug)]
pub enum Opened {
    /// Saved answers.
    Files(Box<Recording>),
    /// One bundle, and nothing else that is evidence.
    Bundle {
        /// Path of the bundle.
        name: String,
        /// Contents of the bundle, decompressed.
        bytes: Vec<u8>,
        /// How each file was used.
        files: Files,
    },
}

impl Opened {
    /// Opens whatever was given. Of several incidents, `incident` names the folder of one.
    ///
    /// # Errors
    /// As [`Recording::open_given`]; a bundle alone is none.
    pub fn open_given(given: &Given, incident: Option<&str>) -> Result<Self, OpenError> {
        let found = intake::find(given).map_err(|(path, source)| OpenError::Unreadable { path, source })?;
        let refused = found.refused;
        let pieces: Vec<SeenPiece> = found.pieces.into_iter().map(intake::recognise).collect();
        let pieces = match intake::choose(pieces, incident) {
            IncidentChoice::One(pieces) => pieces,
            IncidentChoice::Several(folders) => return Err(OpenError::Several { folders }),
            IncidentChoice::NoSuch(folders) => {
                return Err(OpenError::NoSuchIncident { named: incident.unwrap_or_default().to_owned(), folders });
            }
        };
        if let Some(bundle) = only_bundle(&pieces, &refused) {
            return Ok(bundle);
        }
        let is_left = |it: &SeenPiece| matches!(it.recognised, Recognised::Left(_) | Recognised::Bundle);
        let is_nothing = match pieces.as_slice() {
            // One block says what is in it, and nothing of what went wrong.
            [only] => is_left(only) || only.is_block_alone(),
            all => all.iter().all(is_left),
        };
        if is_nothing && (pieces.is_empty() || !refused.keys().any(|it| intake::canonical(it).is_some())) {
            return Err(OpenError::nothing(given, &pieces, &refused));
        }
        let Arranged { files, logs, indexes, mut account } = intake::arrange(pieces, &refused);
        let refused = refused.into_iter().map(|(path, why)| (intake::canonical(&path).unwrap_or(path), why)).collect();
        let mut recording = Recording {
            files,
            refused,
            index: BTreeMap::new(),
            listed: None,
            logs: Vec::new(),
            account: Files::default(),
            weighed: Weighed::default(),
        };
        recording.read_indexes(indexes, &mut account);
        recording.read_listing();
        recording.read_logs(logs, &mut account);
        recording.account = account.into_files();
        Ok(Self::Files(Box::new(recording)))
    }
}

/// The bundle among pieces of which no other is evidence.
fn only_bundle(pieces: &[SeenPiece], refused: &BTreeMap<String, String>) -> Option<Opened> {
    let mut account = IntakeAccount::from_pieces(pieces.iter().map(|it| it.piece.path.as_str()), refused);
    let mut bundle = None;
    for seen in pieces {
        match &seen.recognised {
            Recognised::Left(why) => account.not_recognised(&seen.piece.path, why.clone()),
            Recognised::Bundle if bundle.is_none() => bundle = Some(&seen.piece),
            _ => return None,
        }
    }
    let bundle = bundle?;
    account.read(&bundle.path, "a bundle of whysync".to_owned(), None);
    Some(Opened::Bundle { name: bundle.path.clone(), bytes: bundle.read().ok()?, files: account.into_files() })
}

impl Recording {
    /// How each file was used.
    #[must_use]
    pub fn account(&self) -> &Files {
        &self.account
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, UnreadPiece> {
        let kept = self.files.get(path).ok_or_else(|| UnreadPiece::NotThere(path.to_owned()))?;
        let bytes = kept.read()?;
        self.weighed.take_once(path, &bytes).map_err(|source| UnreadPiece::TooHeavy { path: kept.path().to_owned(), source })?;
        Ok(bytes)
    }

    fn read_logs(&mut self, logs: Vec<intake::Piece>, account: &mut IntakeAccount) {
        for piece in logs {
            let read = piece.read_within(&self.weighed).and_then(|bytes| {
                let body = Body::from_bytes(format!("the log {}", piece.path), bytes);
                Ok(read_saved(&piece.path, body)?)
            });
            match read {
                Ok(log) => {
                    account.read(&piece.path, log.what(), None);
                    self.logs.push(log);
                }
                Err(why) => account.not_recognised(&piece.path, why.to_string()),
            }
        }
    }

    fn read_indexes(&mut self, indexes: Vec<(String, intake::Piece)>, account: &mut IntakeAccount) {
        #[derive(Deserialize)]
        struct ListingRowexRow {
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

        for (folder, piece) in indexes {
            let rows = piece.read_within(&self.weighed).and_then(|bytes| {
                let body = Body::from_bytes(piece.path.clone(), &bytes);
                serde_json::from_str::<Vec<ListingRowexRow>>(&body.text).map_err(UnreadPiece::NoIndex)
            });
            match rows {
                Ok(rows) => {
                    for row in rows {
                        let Some(file) = row.file else { continue };
                        // Files are named from the root, or from where the index is.
                        let file = if file.starts_with(&folder) { file } else { format!("{folder}{file}") };
                        let file = intake::canonical(&file).unwrap_or(file);
                        let at = row.fetched_at.and_then(|it| it.parse().ok());
                        self.index.insert(file, Received { status: row.status, at, failed: row.failed, partial: row.partial });
                    }
                }
                Err(reason) => account.not_recognised(&piece.path, reason.to_string()),
            }
        }
    }

    fn read_listing(&mut self) {
        if !self.files.contains_key(LISTING) {
            return;
        }
        let listed = self.read(LISTING).and_then(|bytes| {
            let body = Body::from_bytes(Request::VolumeListing.to_string(), &bytes);
            let rows = volume_listing::saved(&body.text).map_err(UnreadPiece::NoListing)?;
            if rows.is_empty() {
                // The volume holds Echonet's keys and programs before anything is written to it.
                return Err(UnreadPiece::NamesNothing);
            }
            let named = |it: &volume_listing::Row| it.path.trim_start_matches("/data/echonet/").to_owned();
            let torn = rows.iter().filter(|it| it.size == Some(0)).filter_map(|it| Some(named(it).split_once('/')?.0.to_owned())).collect();
            let names: BTreeSet<String> = rows.iter().map(named).filter(|it| check_names(it).is_ok()).collect();
            let unlisted: Vec<&str> =
                self.files.keys().filter_map(|it| it.strip_prefix("pvc/")).filter(|it| !names.contains(*it)).collect();
            let partial = unlisted.first().map(|first| {
                format!(
                    "the listing of the volume is not whole: it does not name {first}, which was saved, and {} others",
                    unlisted.len().saturating_sub(1)
                )
            });
            Ok(ListedVolume { body: Body { partial: body.partial.clone().or(partial), ..body }, names, torn })
        });
        match listed {
            Ok(listed) => self.listed = Some(listed),
            Err(reason) => {
                self.refused.insert(LISTING.to_owned(), reason.to_string());
            }
        }
    }

    /// The names on the volume, one a line: those that a full listing names, and those that were saved.
    fn listing(&self) -> Answer {
        let saved = self.files.keys().filter_map(|it| it.strip_prefix("pvc/"));
        let lines = |names: BTreeSet<&str>| names.into_iter().flat_map(|it| [it, "\n"]).collect::<String>();
        match &self.listed {
            Some(ListedVolume { body, names, .. }) => {
                Answer::Body(Body { text: lines(names.iter().map(String::as_str).chain(saved).collect()).into(), ..body.clone() })
            }
            None if saved.clone().next().is_none() => match self.refused.get(LISTING) {
                Some(reason) => Answer::Failed { reason: format!("pvc_listing.json could not be read: {reason}") },
                None => self.noted("pvc_listing.json"),
            },
            None => {
                let body = Body::from_bytes(Request::VolumeListing.to_string(), lines(saved.collect()).as_bytes());
                let partial = match self.refused.get(LISTING) {
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
        // What an index says of a file that was not answered says nothing of another one that has the same answer.
        let is_anothers = |it: &Kept| intake::canonical(it.path()).is_none_or(|it| it != path);
        let is_refusal = |it: &&Received| it.status.is_some_and(|it| !(200..300).contains(&it));
        let received = self.index.get(path).filter(|it| !(is_refusal(it) && self.files.get(path).is_some_and(is_anothers)));
        let received = received.cloned().unwrap_or_default();
        let is_unknown_by_500 = matches!(request.source().wire, Wire::Echonet { refusal: RefusalMeaning::UnknownIs500, .. });
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
                (Request::VolumeFile { path }, Some(ListedVolume { body, names, .. }))
                    if body.partial.is_none() && !names.contains(path) =>
                {
                    Answer::Absent { reason: format!("the listing of the volume does not name {path}") }
                }
                _ => self.noted(path),
            };
        }
        match self.read(path) {
            Ok(bytes) if bytes.is_empty() => {
                Answer::Failed { reason: format!("{} is empty", self.files.get(path).map_or(path, Kept::path)) }
            }
            Ok(bytes) => {
                let body = Body::from_bytes(asked.to_owned(), bytes);
                let partial = body.partial.clone().or(received.partial);
                Answer::Body(Body { status: received.status, at: received.at, partial, ..body })
            }
            Err(reason) => Answer::Failed { reason: reason.to_string() },
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

    fn account(&self) -> Option<Files> {
        Some(self.account.clone())
    }

    fn logs(&self) -> &[SavedLogFile] {
        &self.logs
    }

    fn held(&self) -> Vec<Request> {
        self.files.keys().chain(self.index.keys()).filter_map(|it| Request::of_saved(it)).collect()
    }
}

/// The list of ConfigMaps: with what they hold if they were saved whole.
const CONFIG_MAPS: &str = config_map_names::FILE;
