//! Writes a collection down as it happens, after redaction: whoever has the folder can run the collection again without the deployment.

#![expect(clippy::disallowed_methods, reason = "an edge: what is appended to is opened once")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::exchange::{ENTRIES, Exchange, INDEX, IndexLine, Manifest, SavedBody, SavedFault, kept, key, place};
use super::fault::AskFault;
use super::question::Question;
use crate::collect::redact::redact;
use crate::collect::store::SaveError;
use crate::collect::{Body, hexadecimal, sha256, store};
use crate::evidence::{AuditRow, CollectionEnd};

/// Why a collection cannot be recorded.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum RecordError {
    /// Something is there.
    #[error("cannot record to {}: it is not an empty folder", path.display())]
    #[diagnostic(code(whysync::collect::record), help("name a new folder with --record; nothing that is there is written over"))]
    NotEmpty {
        /// The folder as named.
        path: PathBuf,
    },
    /// It cannot be written.
    #[error("cannot record to {}", path.display())]
    #[diagnostic(
        code(whysync::collect::record),
        help("the recording is not whole: record again to a folder with room that you may write to")
    )]
    Unwritable {
        /// The folder as named.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
}

/// A recording that is being written.
#[derive(Debug)]
pub(super) struct Record {
    root: PathBuf,
    state: Mutex<RecordState>,
}

#[derive(Debug)]
struct RecordState {
    index: File,
    entries: BufWriter<File>,
    entries_bytes: u64,
    used: BTreeSet<String>,
    received: Vec<Value>,
    /// The first thing that could not be written. Nothing is written after it: the collection itself goes on.
    failure: Option<io::Error>,
}

/// The lines of a stream on their way to a file.
pub(super) struct LineWriter {
    file: String,
    out: BufWriter<File>,
    sum: Sha256,
    failure: Option<io::Error>,
}

impl Record {
    pub(super) fn create(path: &Path, manifest: &Manifest) -> Result<Self, RecordError> {
        let unwritable = |source| RecordError::Unwritable { path: path.to_owned(), source };
        match fs::read_dir(path).map(|mut it| it.next().is_some()) {
            Ok(false) => {}
            Ok(true) => return Err(RecordError::NotEmpty { path: path.to_owned() }),
            Err(_) if path.exists() => return Err(RecordError::NotEmpty { path: path.to_owned() }),
            Err(_) => fs::create_dir_all(path).map_err(unwritable)?,
        }
        fs::create_dir_all(path.join("logs")).map_err(unwritable)?;
        let index = File::create(path.join(INDEX)).map_err(unwritable)?;
        let entries = BufWriter::new(File::create(path.join(ENTRIES)).map_err(unwritable)?);
        let mut state = RecordState { index, entries, entries_bytes: 0, used: BTreeSet::new(), received: Vec::new(), failure: None };
        state.append(b"[\n").and_then(|_| state.line(&IndexLine::Began(manifest.clone()))).map_err(unwritable)?;
        Ok(Self { root: path.to_owned(), state: Mutex::new(state) })
    }

    /// Records the outcome of a question.
    pub(super) fn note(&self, question: &Question, (number, row): (usize, AuditRow), outcome: Result<&Body, &AskFault>) {
        self.attempt(|state| {
            let mut exchange = Exchange { number, question: key(question), row, body: None, fault: outcome.err().map(SavedFault::from) };
            if let Ok(body) = outcome {
                match self.body(state, question, number, body)? {
                    Some(saved) => exchange.body = Some(saved),
                    None => {
                        let reason = "the answer was not recorded: it could not be looked through for secrets";
                        exchange.fault = Some((&AskFault::new(super::fault::FaultKind::Permanent, reason)).into());
                    }
                }
            }
            if let (Some(file), Some(status @ 100..)) = (place(question), exchange.row.status) {
                state.received.push(json!({"file": file, "status": status, "fetched_at": exchange.row.at}));
            }
            state.line(&IndexLine::Exchange(Box::new(exchange)))
        });
    }

    /// Where the lines of a stream go.
    pub(super) fn stream(&self, question: &Question) -> Option<LineWriter> {
        let mut writer = None;
        self.attempt(|state| {
            let file = state.unused(place(question), state.used.len());
            let out = BufWriter::new(File::create(self.root.join(&file))?);
            writer = Some(LineWriter { out, file, sum: Sha256::new(), failure: None });
            Ok(())
        });
        writer
    }

    /// Records the outcome of a stream.
    pub(super) fn note_stream(
        &self,
        question: &Question,
        (number, row): (usize, AuditRow),
        writer: Option<LineWriter>,
        known: SavedBody,
        fault: Option<&AskFault>,
    ) {
        self.attempt(|state| {
            let Some(mut writer) = writer else { return Ok(()) };
            match writer.failure.take() {
                Some(err) => return Err(err),
                None => writer.out.flush()?,
            }
            let kept_sha256 = hexadecimal(&writer.sum.finalize());
            let body = Some(SavedBody { file: writer.file, kept_sha256, ..known });
            let exchange = Exchange { number, question: key(question), row, body, fault: fault.map(SavedFault::from) };
            state.line(&IndexLine::Exchange(Box::new(exchange)))
        });
    }

    /// Ends the recording, or says what could not be written of it.
    pub(super) fn finish(&self, end: CollectionEnd) -> Result<(), RecordError> {
        self.attempt(|state| {
            state.append(b"\n]\n")?;
            state.entries.flush()?;
            if state.entries_bytes == NOTHING {
                // An empty list would say that there were no lines.
                fs::remove_file(self.root.join(ENTRIES))?;
            }
            self.write("http_index.json", &Value::Array(std::mem::take(&mut state.received)).to_string())?;
            state.line(&IndexLine::Ended(end))?;
            state.index.sync_all()
        });
        let failure = self.state.lock().unwrap_or_else(PoisonError::into_inner).failure.take();
        failure.map_or(Ok(()), |source| Err(RecordError::Unwritable { path: self.root.clone(), source }))
    }

    fn attempt(&self, write: impl FnOnce(&mut RecordState) -> io::Result<()>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.failure.is_none() {
            state.failure = write(&mut state).err();
        }
    }

    /// Writes a body. None if it cannot be kept.
    fn body(&self, state: &mut RecordState, question: &Question, number: usize, body: &Body) -> io::Result<Option<SavedBody>> {
        let known = SavedBody {
            partial: body.partial.clone(),
            status: body.status,
            at: body.at,
            took_ms: body.took_ms,
            bytes: body.bytes,
            sha256: body.sha256.clone(),
            redacted: body.redacted,
            ..SavedBody::default()
        };
        if let Some((entries, next_page)) = page(question, &body.text) {
            let mut text = String::new();
            for entry in &entries {
                let first = text.is_empty() && state.entries_bytes == NOTHING - END;
                text += &format!("{}{entry}", if first { "" } else { ",\n" });
            }
            // What stands between two pages belongs to neither.
            let separator = if text.starts_with(',') { 2 } else { 0 };
            let from = state.append(text.as_bytes())?.saturating_add(separator);
            let part = Some((from, (text.len() as u64).saturating_sub(separator)));
            let kept_sha256 = sha256(text.as_bytes().get(separator as usize..).unwrap_or_default());
            return Ok(Some(SavedBody { file: ENTRIES.to_owned(), part, next_page, kept_sha256, ..known }));
        }
        let Some(text) = kept(question, &body.text) else { return Ok(None) };
        let file = state.unused(place(question), number);
        self.write(&file, &text)?;
        Ok(Some(SavedBody { file, kept_sha256: sha256(text.as_bytes()), ..known }))
    }

    fn write(&self, file: &str, text: &str) -> io::Result<()> {
        let path = self.root.join(file);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        store::write(&path, text.as_bytes()).map_err(|err| match err {
            SaveError::Unwritable { source, .. } => source,
            secret => io::Error::other(secret),
        })
    }
}

/// Bytes of the end of the list of entries.
const END: u64 = 3;
/// Bytes of a list of no entries.
const NOTHING: u64 = 2 + END;

/// The entries of a page of logs, and the name of the next page.
fn page(question: &Question, text: &str) -> Option<(Vec<Value>, Option<String>)> {
    if !matches!(question, Question::LogEntries { .. }) {
        return None;
    }
    let Ok(Value::Object(mut page)) = serde_json::from_str(text) else { return None };
    let next = page.remove("nextPageToken").and_then(|it| it.as_str().map(str::to_owned));
    match page.remove("entries") {
        Some(Value::Array(entries)) => Some((entries, next)),
        None => Some((Vec::new(), next)),
        Some(_) => None,
    }
}

impl RecordState {
    fn line(&mut self, line: &IndexLine) -> io::Result<()> {
        let text = serde_json::to_string(line)?;
        writeln!(self.index, "{}", redact(&text).text)
    }

    /// Appends to the entries, and says where that begins.
    fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let from = self.entries_bytes;
        self.entries.write_all(bytes)?;
        self.entries_bytes = self.entries_bytes.saturating_add(bytes.len() as u64);
        Ok(from)
    }

    /// The natural file if nothing is there yet, else one by number.
    fn unused(&mut self, natural: Option<String>, number: usize) -> String {
        let numbered = |it: usize| format!("logs/answer-{it:05}.txt");
        let mut all = natural.into_iter().chain((number..).map(numbered));
        all.find(|it| self.used.insert(it.clone())).unwrap_or_default()
    }
}

impl LineWriter {
    /// Writes a line that has been redacted.
    pub(super) fn line(&mut self, text: &str) {
        if self.failure.is_none() {
            [text.as_bytes(), b"\n"].into_iter().for_each(|it| self.sum.update(it));
            self.failure = writeln!(self.out, "{text}").err();
        }
    }
}
