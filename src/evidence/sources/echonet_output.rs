//! The output of Echonet's container.

use super::mark::Mark;
use super::source::{DiesWith, Place, Saved, Source, Wire};
use crate::evidence::EvidenceName;

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Output,
    saved: Saved::At(&[Place::at("logs/echonet.log")]),
    recognised: &[Mark::EchonetLines],
    gives: &[EvidenceName::LogsEchonet, EvidenceName::LogsEchonetDebug],
    dies_with: DiesWith::Rotation,
    says: "where Cloud Logging fails",
};
