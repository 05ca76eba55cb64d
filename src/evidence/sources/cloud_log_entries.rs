//! Log lines of the containers, from Cloud Logging.

use super::bound::Bound;
use super::mark::Mark;
use super::reader::Reader;
use super::situation::Situation;
use super::source::{DiesWith, Place, Saved, Source, Wire};
use crate::evidence::log_forms::{self, SavedLog};
use crate::evidence::logs::CloudEntries;
use crate::evidence::{EvidenceName, Request};

/// How this evidence is asked for, recognised under any name, and read.
pub const SOURCE: Source = Source {
    wire: Wire::LogEntries,
    saved: Saved::At(&[Place::at(FILE)]),
    recognised: &[Mark::ENTRIES, Mark::Rows(&["logName", "timestamp"]), Mark::Fields(&["logName", "timestamp"])],
    reads: &[&ANSWER],
    gives: &[EvidenceName::LogsEchonet, EvidenceName::LogsEchonetDebug, EvidenceName::LogsSequencer],
    best_for: &[EvidenceName::LogsSequencer],
    dies_with: DiesWith::Retention,
    limits: &[Bound::Answer, Bound::Log],
    says: "for the time of the incident, and once more for the time before it where rules need that",
};

/// Entries in whatever form somebody saved them.
pub const ANSWER: Reader<SavedLog> = Reader::sharing(|body| Ok(log_forms::read_shared("gcp_entries.json", body)?));
/// A page of entries as Cloud Logging answers.
pub const PAGE: Reader<CloudEntries> = Reader::new(log_forms::cloud_page);

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::CloudLogEntries]
}

/// The file of a saved folder.
pub const FILE: &str = "logs/gcp_entries.json";
