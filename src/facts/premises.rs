//! What a case has before its document: all that facts are derived from.

use super::account::EpisodeAccount;
use super::episode::EpisodeFacts;
use super::hashes::Hashes;
use super::log_index::LogIndex;
use super::log_window::LogWindow;
use super::stall::Stall;
use super::subject::Subject;
use super::trigger::Trigger;
use crate::evidence::{Bundle, Episode};

/// What facts are derived from. Some of it stands in the document as it is: the table in `facts` says which.
pub(super) struct Premises<'c> {
    /// The bundle.
    pub(super) bundle: &'c Bundle,
    /// What was observed of the episode.
    pub(super) episode: &'c Episode,
    /// Which episode it is.
    pub(super) in_time: EpisodeFacts,
    /// Whether its epoch is over.
    pub(super) epoch: EpochState,
    /// What triggered its resync, if any evidence names it.
    pub(super) trigger: Option<Trigger>,
    /// How progress stopped, if it was seen to.
    pub(super) stall: Option<Stall>,
    /// The block to look at.
    pub(super) subject: Subject,
    /// The differences between both sides.
    pub(super) account: EpisodeAccount,
    /// Records of Echonet's log, if there is one.
    pub(super) log: Option<&'c LogIndex>,
    /// The part of it that belongs to the episode.
    pub(super) window: Option<&'c LogWindow>,
    /// What was hashed so far.
    pub(super) hashes: &'c Hashes,
}

/// Whether an epoch is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EpochState {
    /// A resync ended it.
    Over,
    /// It still runs.
    Running,
}

impl Premises<'_> {
    /// Echonet's log with the episode's part of it, if both are known.
    pub(super) fn lines(&self) -> Option<(&LogIndex, &LogWindow)> {
        self.log.zip(self.window)
    }
}
