//! Logs that somebody saved under any name and in any form: whose lines they are is told by what they say.

use super::Body;
use super::redact::redact;
use crate::evidence::log_forms::{self, Merged, NotALog, SavedLog};
use crate::evidence::{Coverage, Extent, Observed, Program, Provenance, Request, SharedText};

/// A file with a log.
#[derive(Debug, Clone)]
pub struct SavedLogFile {
    /// Path of the file, after redaction.
    path: String,
    log: SavedLog,
    /// The body's metadata; its text is left out.
    body: Body,
}

/// What carries the lines of a saved log: it decides which logs are put together, and which are taken first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    /// Entries of Cloud Logging, which carry times and say whose they are.
    Entries,
    /// Lines of text.
    Lines,
}

/// Reads a saved log.
///
/// # Errors
/// When it is none that can be read.
pub(super) fn read_saved(path: &str, body: Body) -> Result<SavedLogFile, NotALog> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let log = log_forms::read_shared(name, &body.text)?;
    Ok(SavedLogFile { path: redact(path).text.into_owned(), log, body: Body { text: SharedText::default(), ..body } })
}

impl SavedLogFile {
    /// Describes what was read from the file.
    pub(super) fn what(&self) -> String {
        let has_lines = |it: &Program| self.log.entries.streams(*it).values().any(|it| !it.lines.is_empty());
        let programs: Vec<&str> = Program::ALL.into_iter().filter(has_lines).map(Program::words).collect();
        match programs.as_slice() {
            [] => format!("{}'s log", Program::Echonet.words()),
            [only] => format!("{only}'s log"),
            all => format!("the logs of {}", all.join(" and of ")),
        }
    }

    fn observed(&self) -> Observed<SavedLog> {
        let extent = self.body.partial.clone().map_or(Extent::Complete, Extent::Partial);
        let source = Provenance {
            asked: self.body.asked.clone(),
            at: None,
            took_ms: None,
            bytes: self.body.bytes,
            sha256: self.body.sha256.clone(),
        };
        Observed { value: self.log.clone(), coverage: Coverage { extent, redacted: self.body.redacted }, source }
    }

    pub(super) fn is_of(&self, carrier: Carrier) -> bool {
        self.carrier() == carrier
    }

    /// Where it was found, as the account has it.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    fn carrier(&self) -> Carrier {
        if self.log.form.is_of_lines() { Carrier::Lines } else { Carrier::Entries }
    }
}

/// All logs of a carrier as one; none if there is none.
pub(super) fn merged(files: &[SavedLogFile], carrier: Carrier) -> Option<Observed<Merged>> {
    let mut of_carrier = files.iter().filter(|it| it.is_of(carrier)).map(SavedLogFile::observed);
    let first = of_carrier.next()?;
    let asked = match carrier {
        Carrier::Entries => Request::CloudLogEntries,
        Carrier::Lines => Request::EchonetOutput,
    };
    Some(Observed { source: Provenance { asked: asked.to_string(), ..first.source.clone() }, ..together(first, of_carrier) })
}

/// A log with all further ones of its carrier.
pub(super) fn with_further(log: Observed<SavedLog>, files: &[SavedLogFile], carrier: Carrier) -> Observed<Merged> {
    together(log, files.iter().filter(|it| it.is_of(carrier)).map(SavedLogFile::observed))
}

fn together(first: Observed<SavedLog>, further: impl Iterator<Item = Observed<SavedLog>>) -> Observed<Merged> {
    let Observed { value, mut coverage, mut source } = first;
    let mut logs = vec![value];
    let mut gaps: Vec<String> = gap(&coverage.extent).into_iter().collect();
    for Observed { value, coverage: of_it, source: from } in further {
        logs.push(value);
        gaps.extend(gap(&of_it.extent).filter(|it| !gaps.contains(it)));
        coverage.redacted = coverage.redacted.saturating_add(of_it.redacted);
        source = Provenance { at: None, took_ms: None, bytes: source.bytes.saturating_add(from.bytes), sha256: String::new(), ..source };
    }
    coverage.extent = if gaps.is_empty() { Extent::Complete } else { Extent::Partial(gaps.join("; ")) };
    let value = match <[SavedLog; 1]>::try_from(logs) {
        Ok([only]) => only.into(),
        Err(several) => log_forms::merged(several),
    };
    Observed { value, coverage, source }
}

fn gap(extent: &Extent) -> Option<String> {
    match extent {
        Extent::Complete => None,
        Extent::Partial(reason) => Some(reason.clone()),
    }
}
