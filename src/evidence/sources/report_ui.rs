//! Echonet's report for people, which names the namespace.

use super::source::{DiesWith, Refusal, Saved, Source, Turn, Wire};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet { page: "/echonet/report/ui", turn: Turn::Large, refusal: Refusal::AsStated },
    saved: Saved::Nowhere,
    recognised: &[],
    gives: &[],
    dies_with: DiesWith::PodEnd,
    says: "with `--echonet-url` alone, to see which namespace it belongs to",
};
