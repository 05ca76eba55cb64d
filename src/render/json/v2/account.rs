//! What became of the files that a diagnosis was made of.

use schemars::JsonSchema;
use serde::Serialize;

use crate::findings::{Account, AccountedFile, Fate};

/// What became of the files that the evidence was taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Account {
    /// Number of files in the input.
    pub given: u64,
    /// In one sentence: how many were read, and each that was not, with why.
    pub words: String,
    /// Each file, by fate and path.
    pub files: Vec<V2AccountedFile>,
}

/// A file, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2AccountedFile {
    /// Its path, with archives as folders.
    pub path: String,
    /// How the file was used.
    pub fate: V2Fate,
    /// As what it was read, or why it was not.
    pub why: String,
}

/// How a file was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum V2Fate {
    /// The file was read.
    Read,
    /// It was recognised and is not used.
    Unused,
    /// It is nothing that evidence could be taken from.
    NotRecognised,
    /// The file was never opened.
    Refused,
}

impl From<&Account> for V2Account {
    fn from(it: &Account) -> Self {
        Self { given: it.given, words: it.words.clone(), files: it.files.iter().map(V2AccountedFile::from).collect() }
    }
}

impl From<&AccountedFile> for V2AccountedFile {
    fn from(it: &AccountedFile) -> Self {
        let fate = match it.fate {
            Fate::Read => V2Fate::Read,
            Fate::Unused => V2Fate::Unused,
            Fate::NotRecognised => V2Fate::NotRecognised,
            Fate::Refused => V2Fate::Refused,
        };
        Self { path: it.path.clone(), fate, why: it.why.clone() }
    }
}
