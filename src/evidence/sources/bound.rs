//! Which lines of the table of limits hold for a source. Each source lists its own, and who asks it takes no more in than they say.

use crate::limits::{Limit, lines};

/// A line of the table of limits that holds for a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// Size of one answer.
    Answer,
    /// Size of all answers together that are kept.
    Together,
    /// Size of the lines of one program.
    Log,
    /// Size of one line.
    Line,
    /// How many snapshots are read in one round.
    SnapshotsAtOnce,
    /// Size of the ConfigMap with Echonet's source.
    SourceAnswer,
    /// Size of the files in it.
    SourceUnpacked,
    /// How many files it holds.
    SourceFiles,
    /// Length of a name in it.
    SourceName,
    /// Size of a file, of what nobody asks for. It holds for all that is read of a folder.
    File,
}

impl Bound {
    /// Every bound that can hold for an answer.
    pub const ALL: [Self; 10] = [
        Self::Answer,
        Self::Together,
        Self::Log,
        Self::Line,
        Self::SnapshotsAtOnce,
        Self::SourceAnswer,
        Self::SourceUnpacked,
        Self::SourceFiles,
        Self::SourceName,
        Self::File,
    ];

    /// The line of the table.
    #[must_use]
    pub const fn limit(self) -> Limit {
        match self {
            Self::Answer => lines::ANSWER_BYTES,
            Self::Together => lines::ANSWERS_IN_ALL,
            Self::Log => lines::LOG_BYTES,
            Self::Line => lines::LINE_BYTES,
            Self::SnapshotsAtOnce => lines::SNAPSHOTS_AT_ONCE,
            Self::SourceAnswer => lines::SOURCE_ANSWER_BYTES,
            Self::SourceUnpacked => lines::SOURCE_UNPACKED_BYTES,
            Self::SourceFiles => lines::SOURCE_FILES,
            Self::SourceName => lines::SOURCE_NAME_BYTES,
            Self::File => lines::FILE_BYTES,
        }
    }

    /// Whether it is the most bytes of one answer.
    #[must_use]
    pub const fn is_of_one_answer(self) -> bool {
        match self {
            Self::Answer | Self::SourceAnswer => true,
            Self::Together
            | Self::Log
            | Self::Line
            | Self::SnapshotsAtOnce
            | Self::SourceUnpacked
            | Self::SourceFiles
            | Self::SourceName
            | Self::File => false,
        }
    }

    /// In a few words, with its number.
    #[must_use]
    pub fn says(self) -> String {
        let most = self.limit().most;
        match self {
            Self::Answer | Self::SourceAnswer => format!("{most} an answer"),
            Self::Together => format!("{most} times that for all answers together"),
            Self::Log => format!("{most} of lines of a program"),
            Self::Line => format!("{most} a line"),
            Self::SnapshotsAtOnce => format!("{most} snapshots a round"),
            Self::SourceUnpacked => format!("{most} unpacked"),
            Self::SourceFiles => format!("{most} files"),
            Self::SourceName => format!("{most} a name"),
            Self::File => format!("{most} a file"),
        }
    }
}
