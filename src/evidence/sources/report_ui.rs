//! Echonet's report for people, which names the namespace.

use std::collections::BTreeSet;

use super::bound::Bound;
use super::reader::Reader;
use super::situation::{EchonetWay, Situation};
use super::source::{DiesWith, PageQueue, RefusalMeaning, Saved, Source, Wire};
use crate::evidence::Request;

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet { page: "/echonet/report/ui", turn: PageQueue::Large, refusal: RefusalMeaning::AsStated },
    saved: Saved::Nowhere,
    recognised: &[],
    reads: &[&ANSWER],
    gives: &[],
    best_for: &[],
    dies_with: DiesWith::PodEnd,
    limits: &[Bound::Answer, Bound::Together],
    says: "with `--echonet-url` alone, to see which namespace it belongs to",
};

/// The namespaces that a page names. Any text is one.
pub const ANSWER: Reader<BTreeSet<String>> = Reader::new(|body| {
    let is_name = |it: char| it.is_ascii_alphanumeric() || it == '-';
    Ok(body.split(|it| !is_name(it)).filter(|it| it.starts_with("echonet-")).map(str::to_owned).collect())
});

/// What of it is worth asking for.
pub(crate) fn worth(seen: &Situation) -> Vec<Request> {
    match seen.way {
        EchonetWay::Url => vec![Request::ReportUi],
        EchonetWay::PortForward => Vec::new(),
    }
}
