//! What a case is built on besides the bundle.

use std::borrow::Cow;

use super::grounds::EpochGrounds;
use super::log_window::LogWindow;
use super::mismatches::Mismatches;
use super::stall::Stall;
use super::trigger::Trigger;
use crate::evidence::Episode;

/// What a case is built on besides the bundle.
pub(super) struct CaseBasis<'b> {
    pub(super) episode: Cow<'b, Episode>,
    pub(super) kind: BasisKind,
    pub(super) trigger: Option<Trigger>,
    pub(super) window: Option<LogWindow>,
    pub(super) mismatches: Mismatches,
}

/// The two kinds of epochs.
pub(super) enum BasisKind {
    /// An epoch that ended in a resync.
    Resync,
    /// The one that still runs.
    Running {
        stall: Option<Stall>,
        /// The block that it stands at.
        block: Option<u64>,
        grounds: EpochGrounds,
    },
}
