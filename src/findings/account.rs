//! What became of each file that a diagnosis was made from.

/// What became of the files that a diagnosis was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Summary in one sentence.
    pub words: String,
    /// Number of files in the input.
    pub given: u64,
    /// Each file, by fate and path.
    pub files: Vec<AccountedFile>,
}

/// A file, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountedFile {
    /// Path of the file.
    pub path: String,
    /// How the file was used.
    pub fate: Fate,
    /// As what it was read, or why it was not.
    pub why: String,
}

/// How a file was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The file was read.
    Read,
    /// It was recognised and is not used.
    Unused,
    /// It is nothing that evidence could be taken from.
    NotRecognised,
    /// The file was never opened.
    Refused,
}
