//! Echonet's report.

use super::mark::Mark;
use super::situation::Situation;
use super::source::{DiesWith, Place, Refusal, Saved, Source, Turn, Wire};
use crate::evidence::{EvidenceName, Request};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet { page: "/echonet/report", turn: Turn::Large, refusal: Refusal::AsStated },
    saved: Saved::At(&[Place::at("report.json")]),
    recognised: &[Mark::REPORT],
    gives: &[EvidenceName::Report],
    dies_with: DiesWith::PodEnd,
    says: "once",
};

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::Report]
}
