//! The names of evidence, as rules and reports use them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Makes of the list: the type, the list of its values, and the names.
macro_rules! names {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// A piece of evidence as a rule names it. `subject` is the first diverging block.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum EvidenceName {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $name,)+
        }

        impl EvidenceName {
            /// Every name, in the order of the type.
            pub const ALL: [Self; [$(EvidenceName::$name),+].len()] = [$(Self::$name),+];

            /// The name in rules and reports.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

names! {
    /// Echonet's report while the resync scaled the sequencer down.
    Report = "report",
    /// The snapshot that Echonet wrote before it cleared its state.
    Snapshot = "snapshot",
    /// Our block at the subject's height.
    OursBlock = "ours.block",
    /// Our state update at the subject's height.
    OursStateUpdate = "ours.state_update",
    /// Our block before the subject.
    OursPreviousBlock = "ours.previous_block",
    /// Our block after the subject.
    OursNextBlock = "ours.next_block",
    /// Mainnet's block at the subject's height.
    TheirsBlock = "theirs.block",
    /// Mainnet's state update at the subject's height.
    TheirsStateUpdate = "theirs.state_update",
    /// Mainnet's block before the subject.
    TheirsPreviousBlock = "theirs.previous_block",
    /// Mainnet's block after the subject.
    TheirsNextBlock = "theirs.next_block",
    /// Echonet's log over the episode.
    LogsEchonet = "logs.echonet",
    /// Echonet's log over the episode, DEBUG lines included.
    LogsEchonetDebug = "logs.echonet.debug",
    /// The sequencer's log.
    LogsSequencer = "logs.sequencer",
    /// Pods with their images.
    Pods = "pods",
    /// What the cluster noted about the namespace's objects.
    Events = "events",
    /// Which transactions had reverted on one side only: in Echonet's report, or in what it wrote beside the snapshot.
    Reverts = "reverts",
    /// What Echonet's smaller pages said when the evidence was collected.
    Echonet = "echonet",
}

impl EvidenceName {
    /// Whether it is a log.
    #[must_use]
    pub(crate) fn is_log(self) -> bool {
        matches!(self, Self::LogsEchonet | Self::LogsEchonetDebug | Self::LogsSequencer)
    }
}
