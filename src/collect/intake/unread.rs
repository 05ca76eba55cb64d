//! Why a file gives no answer.

use std::io;

use crate::collect::weight::TooHeavy;
use crate::evidence::log_forms::NotALog;
use crate::limits::FILE_BYTES;

/// What is said of text in UTF-16.
pub(super) const UTF16: &str = "text in UTF-16, as PowerShell writes it: save it as UTF-8 (`... | Out-File -Encoding utf8 NAME`)";

/// Why a file, or what was put together of several, gives no answer.
#[derive(Debug, thiserror::Error)]
pub(in crate::collect) enum UnreadPiece {
    /// Its name may not be opened.
    #[error("{0}")]
    Name(&'static str),
    /// It cannot be reached.
    #[error("it cannot be reached: {0}")]
    Unreachable(io::Error),
    /// It is a link to a place that was not given.
    #[error("it is a link that leads out of the folder")]
    LeadsOut,
    /// It is a device, a pipe or a socket.
    #[error("it is neither a file nor a folder")]
    NoFile,
    /// It was there, and cannot be opened.
    #[error("{path} cannot be opened: {source}")]
    Unopened { path: String, source: io::Error },
    /// Reading it broke off.
    #[error("{path} cannot be read: {source}")]
    BrokenOff { path: String, source: io::Error },
    /// It is larger than what is read of one file.
    #[error("{path} is larger than {} MiB, the most that is read from one file", FILE_BYTES / 1024 / 1024)]
    TooLarge { path: String },
    /// It is light, and what it holds is not.
    #[error("{path} is not read: {source} (`--memory` allows more)")]
    TooHeavy { path: String, source: TooHeavy },
    /// It is text of another kind than what is read here.
    #[error("{path} is {UTF16}")]
    Utf16 { path: String },
    /// No such file exists.
    #[error("{0} does not exist")]
    NotThere(String),
    /// More files than one say what only one can.
    #[error("several files answer it")]
    Several,
    /// No file contains the answer.
    #[error("no file answers it")]
    NoAnswer,
    /// It is no JSON.
    #[error("not the expected JSON: {0}")]
    NotJson(serde_json::Error),
    /// The document lacks a field.
    #[error("it has no `{0}`")]
    NoField(&'static str),
    /// It is no index of answers.
    #[error("it is not an index: {0}")]
    NoIndex(serde_json::Error),
    /// It is no listing of the volume.
    #[error("it is not a listing: {0}")]
    NoListing(serde_json::Error),
    /// It is a listing of nothing.
    #[error("it names nothing")]
    NamesNothing,
    /// It is no log that can be read.
    #[error(transparent)]
    NotALog(#[from] NotALog),
}
