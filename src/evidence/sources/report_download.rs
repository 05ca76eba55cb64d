//! Echonet's report for people in one file.

use super::bound::Bound;
use super::report_ui;
use super::situation::{EchonetWay, Situation};
use super::source::{DiesWith, PageQueue, RefusalMeaning, Saved, Source, Wire};
use crate::evidence::Request;

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet { page: "/echonet/report/ui/download", turn: PageQueue::Large, refusal: RefusalMeaning::AsStated },
    saved: Saved::Nowhere,
    recognised: &[],
    reads: &[&report_ui::ANSWER],
    gives: &[],
    best_for: &[],
    dies_with: DiesWith::PodEnd,
    limits: &[Bound::Answer, Bound::Together],
    says: "with `--echonet-url` alone, where the page for people fails",
};

/// What of it is worth asking for.
pub(crate) fn worth(seen: &Situation) -> Vec<Request> {
    match seen.way {
        EchonetWay::Url => vec![Request::ReportDownload],
        EchonetWay::PortForward => Vec::new(),
    }
}
