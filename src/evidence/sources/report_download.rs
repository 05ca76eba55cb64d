//! Echonet's report for people in one file.

use super::source::{DiesWith, Refusal, Saved, Source, Turn, Wire};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet { page: "/echonet/report/ui/download", turn: Turn::Large, refusal: Refusal::AsStated },
    saved: Saved::Nowhere,
    recognised: &[],
    gives: &[],
    dies_with: DiesWith::PodEnd,
    says: "with `--echonet-url` alone, where the page for people fails",
};
