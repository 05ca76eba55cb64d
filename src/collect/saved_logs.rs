//! Logs that somebody saved under any name and in any form: whose lines they are is told by what they say.

use std::collections::BTreeMap;

use super::Body;
use crate::evidence::log_forms::{self, Merged, NotALog, SavedLog};
use crate::evidence::logs::LogStream;
use crate::evidence::{Coverage, Extent, Observed, Provenance, Request};

/// A file with a log.
#[derive(Debug, Clone)]
pub struct SavedLogFile {
    log: SavedLog,
    /// Without its text.
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
    let log = log_forms::read(name, &body.text)?;
    Ok(SavedLogFile { log, body: Body { text: String::new(), ..body } })
}

impl SavedLogFile {
    /// What was read of it.
    pub(super) fn what(&self) -> String {
        let count = |streams: &BTreeMap<String, LogStream>| streams.values().map(|it| it.lines.len()).sum::<usize>();
        match (count(&self.log.entries.echonet), count(&self.log.entries.sequencer)) {
            (_, 0) => "Echonet's log".to_owned(),
            (0, _) => "the sequencer's log".to_owned(),
            _ => "the logs of Echonet and of the sequencer".to_owned(),
        }
    }

    fn carrier(&self) -> Carrier {
        if self.log.form.is_of_lines() { Carrier::Lines } else { Carrier::Entries }
    }
}

/// All logs of a carrier as one; none if there is none.
pub(super) fn merged(files: &[SavedLogFile], carrier: Carrier) -> Option<Observed<Merged>> {
    let files: Vec<&SavedLogFile> = files.iter().filter(|it| it.carrier() == carrier).collect();
    let first = files.first()?;
    let value = log_forms::merged(files.iter().map(|it| it.log.clone()).collect());
    let asked = match carrier {
        Carrier::Entries => Request::CloudLogEntries,
        Carrier::Lines => Request::EchonetOutput,
    };
    let source = Provenance {
        asked: asked.to_string(),
        at: None,
        took_ms: None,
        bytes: files.iter().map(|it| it.body.bytes).sum(),
        sha256: if files.len() == 1 { first.body.sha256.clone() } else { String::new() },
    };
    let mut cut: Vec<&str> = files.iter().filter_map(|it| it.body.partial.as_deref()).collect();
    cut.dedup();
    let extent = if cut.is_empty() { Extent::Complete } else { Extent::Partial(cut.join("; ")) };
    let coverage = Coverage { extent, redacted: files.iter().map(|it| it.body.redacted).sum() };
    Some(Observed { value, coverage, source })
}
