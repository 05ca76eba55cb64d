//! Echonet's report for people, which names the namespace.

use super::situation::{EchonetWay, Situation};
use super::source::{DiesWith, Refusal, Saved, Source, Turn, Wire};
use crate::evidence::Request;

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet { page: "/echonet/report/ui", turn: Turn::Large, refusal: Refusal::AsStated },
    saved: Saved::Nowhere,
    recognised: &[],
    gives: &[],
    dies_with: DiesWith::PodEnd,
    says: "with `--echonet-url` alone, to see which namespace it belongs to",
};

/// What of it is worth asking for.
pub(crate) fn worth(seen: &Situation) -> Vec<Request> {
    match seen.way {
        EchonetWay::Url => vec![Request::ReportUi],
        EchonetWay::PortForward => Vec::new(),
    }
}
