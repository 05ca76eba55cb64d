//! The output of Echonet's container.

use super::bound::Bound;
use super::mark::Mark;
use super::reader::Reader;
use super::situation::Situation;
use super::source::{DiesWith, Place, Saved, Source, Wire};
use crate::evidence::log_forms::{self, SavedLog};
use crate::evidence::{EvidenceName, Request};

/// How this evidence is asked for, recognised under any name, and read.
pub const SOURCE: Source = Source {
    wire: Wire::Output,
    saved: Saved::At(&[Place::at("logs/echonet.log")]),
    recognised: &[Mark::EchonetLines],
    reads: &[&ANSWER],
    gives: &[EvidenceName::LogsEchonet, EvidenceName::LogsEchonetDebug],
    best_for: &[EvidenceName::LogsEchonet, EvidenceName::LogsEchonetDebug],
    dies_with: DiesWith::Rotation,
    limits: &[Bound::Log, Bound::Line],
    says: "where Cloud Logging fails",
};

/// Lines in whatever form somebody saved them.
pub const ANSWER: Reader<SavedLog> = Reader::sharing(|body| Ok(log_forms::read_shared("echonet.log", body)?));

/// What of it is worth asking for.
pub(crate) fn worth(seen: &Situation) -> Vec<Request> {
    seen.unanswered.contains_key(&Request::CloudLogEntries).then_some(Request::EchonetOutput).into_iter().collect()
}
