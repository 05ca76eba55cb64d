//! Answers from a recorded collection, as they came.

#![expect(clippy::disallowed_methods, reason = "an edge: this is where a recording is read")]

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::exchange::{Exchange, INDEX, IndexLine, Manifest, SavedBody, key};
use super::fault::{AskFault, FaultKind};
use super::question::{EchonetRoute, Question};
use crate::collect::names::check_names;
use crate::collect::redact::redact;
use crate::collect::{Body, hexadecimal, sha256};
use crate::evidence::CollectionEnd;

/// Why a recording cannot be replayed.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ReplayError {
    /// The folder holds no recording.
    #[error("{} is not a recorded collection", path.display())]
    #[diagnostic(code(whysync::collect::replay), help("name a folder that --record wrote; a folder of saved answers is read by `import`"))]
    None {
        /// The folder as named.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// A line is not what it should be.
    #[error("{}:{line}: not a line of a recording: {reason}", path.display())]
    #[diagnostic(code(whysync::collect::replay), help("the recording was changed, or is of another version of whysync: record again"))]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// What is wrong with the line.
        reason: String,
    },
}

/// A recorded collection.
#[derive(Debug)]
pub(super) struct Replay {
    root: PathBuf,
    pub(super) manifest: Manifest,
    pub(super) end: CollectionEnd,
    /// How a port-forward was last refused.
    shut: Option<AskFault>,
    exchanges: Mutex<BTreeMap<String, VecDeque<Exchange>>>,
}

impl Replay {
    pub(super) fn open(path: &Path) -> Result<Self, ReplayError> {
        let none = |source| ReplayError::None { path: path.to_owned(), source };
        let root = fs::canonicalize(path).map_err(none)?;
        let index = path.join(INDEX);
        let lines = BufReader::new(plain(&index).map_err(none)?).lines();
        let mut manifest = None;
        // Without a last line, the recording ended by force.
        let mut end = CollectionEnd::Interrupted;
        let mut shut = None;
        let mut exchanges: BTreeMap<String, VecDeque<Exchange>> = BTreeMap::new();
        for (number, line) in (1..).zip(lines) {
            let malformed = |reason: &dyn std::fmt::Display| {
                let reason = redact(&reason.to_string()).text.into_owned();
                ReplayError::Malformed { path: index.clone(), line: number, reason }
            };
            let line = line.map_err(|err| malformed(&err))?;
            match (serde_json::from_str(&line).map_err(|err| malformed(&err))?, &manifest) {
                (IndexLine::Began(it), None) => manifest = Some(it),
                (IndexLine::Exchange(it), Some(_)) => {
                    shut = it.fault.clone().map(AskFault::from).filter(|it| it.kind == FaultKind::Shut).or(shut);
                    exchanges.entry(it.question.clone()).or_default().push_back(*it);
                }
                (IndexLine::Ended(it), Some(_)) => end = it,
                (_, None) => return Err(malformed(&"the first line does not say how the recording began")),
                (IndexLine::Began(_), Some(_)) => return Err(malformed(&"it begins a second time")),
            }
        }
        let empty = || ReplayError::Malformed { path: index.clone(), line: 1, reason: "the file is empty".to_owned() };
        Ok(Self { root, manifest: manifest.ok_or_else(empty)?, end, shut, exchanges: Mutex::new(exchanges) })
    }

    /// What came of a question the next time that it was sent; none if it was not.
    pub(super) fn next(&self, question: &Question) -> Option<Exchange> {
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&key(question))?.pop_front()
    }

    /// Whether this was sent once more.
    pub(super) fn holds(&self, question: &Question) -> bool {
        let exchanges = self.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
        exchanges.get(&key(question)).is_some_and(|it| !it.is_empty())
    }

    /// The refusal that kept a question from being sent: the last that came of one that went the same way.
    pub(super) fn closed(&self, question: &Question) -> Option<AskFault> {
        let Question::Echonet { way: EchonetRoute::PortForward { .. }, .. } = question else { return None };
        self.shut.clone()
    }

    /// Whether everything that was recorded was asked for again.
    pub(super) fn is_used_up(&self) -> bool {
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).values().all(VecDeque::is_empty)
    }

    /// Reads a body. It is looked through for secrets again: somebody may have changed the file.
    pub(super) fn body(&self, question: &Question, saved: &SavedBody) -> Result<Body, AskFault> {
        let mut bytes = Vec::new();
        let read = match saved.part {
            // Where no page has an entry, there is no file.
            Some((_, 0)) => Ok(0),
            Some((from, length)) => self.file(&saved.file).and_then(|mut file| {
                file.seek(SeekFrom::Start(from))?;
                file.take(length).read_to_end(&mut bytes)
            }),
            None => self.file(&saved.file).and_then(|mut file| file.read_to_end(&mut bytes)),
        };
        read.map_err(|err| unreadable(&saved.file, &err))?;
        as_recorded(saved, &sha256(&bytes))?;
        if saved.part.is_some() {
            let next = serde_json::Value::from(saved.next_page.clone());
            bytes = [b"{\"entries\":[", bytes.as_slice(), format!("],\"nextPageToken\":{next}}}").as_bytes()].concat();
        }
        let body = Body::from_bytes(question.to_string(), &bytes);
        Ok(Body {
            redacted: body.redacted.saturating_add(saved.redacted),
            partial: saved.partial.clone().or(body.partial.clone()),
            status: saved.status,
            at: saved.at,
            took_ms: saved.took_ms,
            bytes: saved.bytes,
            sha256: saved.sha256.clone(),
            ..body
        })
    }

    /// Hands over each line of a recorded stream; how many secrets were replaced besides those that were already.
    pub(super) fn lines(&self, saved: &SavedBody, push: &mut (dyn FnMut(&str) + Send)) -> Result<u64, AskFault> {
        let open = || self.file(&saved.file).map_err(|err| unreadable(&saved.file, &err));
        let sum = sum_of_stream(open()?).map_err(|err| unreadable(&saved.file, &err))?;
        as_recorded(saved, &sum)?;
        let file = open()?;
        let mut count = 0_u64;
        // A carriage return belongs to its line.
        for line in BufReader::new(file).split(b'\n') {
            let line = line.and_then(|it| String::from_utf8(it).map_err(io::Error::other)).map_err(|err| unreadable(&saved.file, &err))?;
            let redacted = redact(&line);
            count = count.saturating_add(redacted.count);
            push(&redacted.text);
        }
        Ok(count)
    }

    fn file(&self, name: &str) -> io::Result<File> {
        check_names(name).map_err(io::Error::other)?;
        let path = fs::canonicalize(self.root.join(name))?;
        if !path.starts_with(&self.root) {
            return Err(io::Error::other("it leads out of the recording"));
        }
        plain(&path)
    }
}

/// Opens a file, and nothing that is waited for or has no end.
fn plain(path: &Path) -> io::Result<File> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is a device, a pipe or a folder, and no file"));
    }
    File::open(path)
}

/// SHA-256 of everything that `reader` gives, without holding it.
fn sum_of_stream(reader: impl Read) -> io::Result<String> {
    let mut reader = BufReader::new(reader);
    let mut sum = Sha256::new();
    loop {
        let part = reader.fill_buf()?;
        if part.is_empty() {
            return Ok(hexadecimal(&sum.finalize()));
        }
        sum.update(part);
        let length = part.len();
        reader.consume(length);
    }
}

/// Whether what is kept of an answer is what was written then. What somebody changed since, or what was cut off, is no evidence; older
/// recordings do not tell.
fn as_recorded(saved: &SavedBody, sum: &str) -> Result<(), AskFault> {
    if saved.kept_sha256.is_empty() || saved.kept_sha256 == sum {
        return Ok(());
    }
    let reason = format!("{} of the recording is not what was recorded: its SHA-256 is another", saved.file);
    Err(AskFault::new(FaultKind::Permanent, &reason))
}

fn unreadable(file: &str, err: &io::Error) -> AskFault {
    AskFault::new(FaultKind::Permanent, &format!("{file} of the recording cannot be read: {err}"))
}
