//! The audit log as a file that is written during a collection, so that it exists whatever happens afterwards.

#![expect(clippy::disallowed_methods, reason = "a log is written as it grows, not whole or not at all")]

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::error::{AuditError, Error};
use crate::collect::live::progress::{Progress, ProgressEvent};
use crate::collect::redact::redact;
use crate::evidence::AuditRow;

/// Writes each row to a file as soon as its request has ended, and tells everything else on.
pub struct AuditLog<P> {
    beside: P,
    path: PathBuf,
    out: Mutex<Out>,
}

struct Out {
    file: File,
    /// Nothing is written after it: the collection itself goes on.
    failure: Option<io::Error>,
}

impl<P: Progress> AuditLog<P> {
    /// Begins the file anew. Whoever stands beside it is told of all but the rows.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(path: &Path, beside: P) -> Result<Self, Error> {
        let file = File::create(path).map_err(|source| AuditError { path: path.to_owned(), source })?;
        Ok(Self { beside, path: path.to_owned(), out: Mutex::new(Out { file, failure: None }) })
    }

    /// Why rows are missing, if some are.
    pub fn failure(&self) -> Option<AuditError> {
        let source = self.out.lock().unwrap_or_else(PoisonError::into_inner).failure.take()?;
        Some(AuditError { path: self.path.clone(), source })
    }

    fn note(&self, row: &AuditRow) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if out.failure.is_none() {
            let line = serde_json::to_string(row).map_err(io::Error::from);
            let written = line.and_then(|it| out.file.write_all(format!("{}\n", redact(&it).text).as_bytes()));
            out.failure = written.err();
        }
    }
}

impl<P: Progress> Progress for AuditLog<P> {
    fn see(&self, event: ProgressEvent<'_>) {
        match event {
            ProgressEvent::Noted(row) => self.note(row),
            event => self.beside.see(event),
        }
    }
}
