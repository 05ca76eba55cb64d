//! Echonet's report while a resync was scaling the sequencer down.

use super::bound::Bound;
use super::mark::Mark;
use super::report;
use super::situation::Situation;
use super::source::{DiesWith, Place, Saved, Source, Wire};
use crate::evidence::{EvidenceName, Request};

/// How this evidence is asked for, recognised under any name, and read.
pub const SOURCE: Source = Source {
    wire: Wire::Captured { words: "GET /echonet/report (during resync {episode})" },
    saved: Saved::At(&[Place::at("during_resync_{episode}/report.json")]),
    recognised: &[Mark::REPORT],
    reads: &[&report::ANSWER],
    gives: &[EvidenceName::Report, EvidenceName::Reverts],
    best_for: &[EvidenceName::Report],
    dies_with: DiesWith::Clear,
    limits: &[Bound::File],
    says: "never by whysync: somebody must save it while the resync is running",
};

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    // It was saved, or it is lost.
    Vec::new()
}
