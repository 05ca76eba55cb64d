//! Echonet's report as text.

use super::mark::Mark;
use super::situation::Situation;
use super::source::{DiesWith, Place, Refusal, Saved, Source, Turn, Wire};
use crate::evidence::{EvidenceName, Request};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet { page: "/echonet/report/text", turn: Turn::Large, refusal: Refusal::AsStated },
    saved: Saved::At(&[Place::at("report.txt")]),
    recognised: &[Mark::SNAPSHOT],
    gives: &[EvidenceName::Report],
    dies_with: DiesWith::PodEnd,
    says: "where the report cannot be fetched or read: it says most of the same",
};

/// What of it is worth asking for.
pub(crate) fn worth(seen: &Situation) -> Vec<Request> {
    seen.unanswered.contains_key(&Request::Report).then_some(Request::ReportText).into_iter().collect()
}
