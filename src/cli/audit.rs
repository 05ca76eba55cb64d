//! The audit log as a file that grows while a deployment is asked: it tells what was asked whatever happens afterwards.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::Failure;
use super::progress::Lines;
use crate::collect::live::progress::{Event, Progress};
use crate::collect::redact::redact;
use crate::evidence::AuditRow;

/// Writes each row, and tells everything on.
pub(super) struct Audit {
    lines: Lines,
    path: PathBuf,
    out: Mutex<Out>,
}

struct Out {
    file: File,
    /// Nothing is written after it: the collection itself goes on.
    failure: Option<io::Error>,
}

/// An audit log that could not be written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("cannot write the audit log to {}", path.display())]
#[diagnostic(code(whysync::audit), help("name a file that you may write to with --audit; a bundle holds the same rows"))]
struct AuditError {
    path: PathBuf,
    source: io::Error,
}

impl Audit {
    /// Begins the file anew.
    pub(super) fn create(path: &Path, lines: Lines) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|source| Failure::unusable(AuditError { path: path.to_owned(), source }))?;
        Ok(Self { lines, path: path.to_owned(), out: Mutex::new(Out { file, failure: None }) })
    }

    /// Why rows are missing, if some are.
    pub(super) fn failure(&self) -> Option<miette::Report> {
        let source = self.out.lock().unwrap_or_else(PoisonError::into_inner).failure.take()?;
        Some(AuditError { path: self.path.clone(), source }.into())
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

impl Progress for Audit {
    fn see(&self, event: Event<'_>) {
        match event {
            Event::Noted(row) => self.note(row),
            event => self.lines.see(event),
        }
    }
}
