//! What became of the files that a diagnosis was made of.

/// What became of the files that a diagnosis was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// In one sentence.
    pub words: String,
    /// How many files there were.
    pub given: u64,
    /// Each file, by fate and path.
    pub files: Vec<AccountedFile>,
}

/// A file, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountedFile {
    /// Its path.
    pub path: String,
    /// What became of it.
    pub fate: Fate,
    /// As what it was read, or why it was not.
    pub why: String,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It was read.
    Read,
    /// It was recognised and is not used.
    Unused,
    /// It is nothing that evidence could be taken from.
    NotRecognised,
    /// It was never opened.
    Refused,
}
