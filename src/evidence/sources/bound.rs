//! Which lines of the table of limits hold for a source. Each source lists its own, and who asks it takes no more in than they say.

use crate::limits::{Limit, lines};

/// Makes of the lines: the type, the list of its values, and which line of the table each one is.
macro_rules! bounds {
    ($(#[doc = $doc:literal] $name:ident = $line:ident;)+) => {
        /// A line of the table of limits that holds for a source.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Bound {
            $(#[doc = $doc] $name,)+
        }

        impl Bound {
            /// All of them, in the order of the type.
            pub const ALL: [Self; [$(Bound::$name),+].len()] = [$(Self::$name),+];

            /// The line of the table.
            #[must_use]
            pub const fn limit(self) -> Limit {
                match self {
                    $(Self::$name => lines::$line,)+
                }
            }
        }
    };
}

bounds! {
    /// Size of one answer.
    Answer = ANSWER_BYTES;
    /// Size of all answers together that are kept.
    Together = ANSWERS_IN_ALL;
    /// Size of the lines of one program.
    Log = LOG_BYTES;
    /// Size of one line.
    Line = LINE_BYTES;
    /// How many snapshots are read in one round.
    SnapshotsAtOnce = SNAPSHOTS_AT_ONCE;
    /// Size of the ConfigMap with Echonet's source.
    SourceAnswer = SOURCE_ANSWER_BYTES;
    /// Size of the files in it.
    SourceUnpacked = SOURCE_UNPACKED_BYTES;
    /// How many files it holds.
    SourceFiles = SOURCE_FILES;
    /// Length of a name in it.
    SourceName = SOURCE_NAME_BYTES;
    /// Size of a file, of what nobody asks for. It holds for all that is read of a folder.
    File = FILE_BYTES;
}

impl Bound {
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
