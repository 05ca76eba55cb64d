//! Names below Echonet's data directory.

use super::mark::Mark;
use super::situation::Situation;
use super::source::{DiesWith, Saved, Source, Wire};
use crate::evidence::{EvidenceName, Request};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::VolumeNames,
    saved: Saved::Apart("pvc_listing.json"),
    recognised: &[Mark::Rows(&["path", "size"])],
    gives: &[
        EvidenceName::Snapshot,
        EvidenceName::Reverts,
        EvidenceName::OursBlock,
        EvidenceName::OursStateUpdate,
        EvidenceName::OursPreviousBlock,
        EvidenceName::OursNextBlock,
    ],
    dies_with: DiesWith::Never,
    says: "once, and once for each archive that is looked at",
};

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::VolumeListing]
}
