//! How the text of an answer becomes a type. Each source says it in its file.

use std::fmt;

use crate::evidence::{ParseError, SharedText};

/// Reads the answers of a source.
#[derive(Debug)]
pub struct Reader<T> {
    read: ReadMethod<T>,
    gap: fn(&T, &str) -> Option<String>,
}

/// What a reader is given.
#[derive(Debug)]
enum ReadMethod<T> {
    /// A text, of which it copies what it keeps.
    Copying(fn(&str) -> Result<T, ParseError>),
    /// A text, of which it keeps parts.
    Sharing(fn(&SharedText) -> Result<T, ParseError>),
}

/// A [`Reader`], whatever it reads answers into.
pub trait Reads: Sync + fmt::Debug {
    /// Why a text is no answer of the source; none if it is one.
    fn refusal(&self, body: &str) -> Option<ParseError>;
}

impl<T> Reader<T> {
    /// Of a document that is read whole or not at all.
    pub(super) const fn new(read: fn(&str) -> Result<T, ParseError>) -> Self {
        Self { read: ReadMethod::Copying(read), gap: |_, _| None }
    }

    /// Of a long text, parts of which are what it is read into.
    pub(super) const fn sharing(read: fn(&SharedText) -> Result<T, ParseError>) -> Self {
        Self { read: ReadMethod::Sharing(read), gap: |_, _| None }
    }

    /// Of a text that can be read in part; `gap` says of what was read why it is not all.
    pub(super) const fn in_part(read: fn(&str) -> Result<T, ParseError>, gap: fn(&T, &str) -> Option<String>) -> Self {
        Self { read: ReadMethod::Copying(read), gap }
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// When the text is no answer of the source.
    pub fn read(&self, body: &str) -> Result<T, ParseError> {
        match self.read {
            ReadMethod::Copying(read) => read(body),
            ReadMethod::Sharing(read) => read(&SharedText::from(body)),
        }
    }

    /// As [`Reader::read`], of a text that what is read may keep parts of.
    ///
    /// # Errors
    /// When the text is no answer of the source.
    pub fn read_shared(&self, body: &SharedText) -> Result<T, ParseError> {
        match self.read {
            ReadMethod::Copying(read) => read(body),
            ReadMethod::Sharing(read) => read(body),
        }
    }

    /// Why what was read of a text is not all of it, if it is not.
    #[must_use]
    pub fn gap(&self, value: &T, body: &str) -> Option<String> {
        (self.gap)(value, body)
    }
}

impl<T: fmt::Debug> Reads for Reader<T> {
    fn refusal(&self, body: &str) -> Option<ParseError> {
        self.read(body).err()
    }
}
