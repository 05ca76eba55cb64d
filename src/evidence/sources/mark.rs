//! By what the answers of a source are recognised, whatever their files are called.

use super::SOURCES;

/// A mark of content. A source lists those by which its answers are recognised; what bears one of them is a candidate.
///
/// Several sources answer with the same document: which of them a file answers, and of which block, its place and its name tell, or what
/// else it states ([`Glimpse`](super::glimpse::Glimpse)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A JSON object that has all of these fields, and may have more.
    Fields(&'static [&'static str]),
    /// A JSON object that has exactly these fields.
    OnlyFields(&'static [&'static str]),
    /// A JSON list whose first item is an object with all of these fields.
    Rows(&'static [&'static str]),
    /// One object of the cluster of this kind, a list of them, or a list that has some among others.
    Kind(&'static str),
    /// A text in which a line, one of the first, is this.
    Line(&'static str),
    /// A text that is a protocol version and nothing else.
    Version,
    /// Lines that Echonet or its web server writes, with or without times before them.
    EchonetLines,
}

impl Mark {
    /// A block as the feeder gateway gives it.
    pub const BLOCK: Self = Self::Fields(&["block_hash", "parent_block_hash", "transactions"]);
    /// A state update as the feeder gateway gives it.
    pub const STATE_UPDATE: Self = Self::Fields(&["state_diff", "old_root"]);
    /// A block beside its state update, as the feeder gateway answers `includeBlock=true`.
    pub const WITH_BLOCK: Self = Self::OnlyFields(&["block", "state_update"]);
    /// What the node posts of a block.
    pub const BLOB: Self = Self::Fields(&["block_number", "execution_infos", "state_diff"]);
    /// Echonet's report.
    pub const REPORT: Self = Self::Fields(&["sent_tx_hashes", "resync_causes", "certain_failures"]);
    /// Echonet's state as it wrote it down before a resync.
    pub const SNAPSHOT: Self = Self::Line("=== Echonet snapshot ===");
    /// How a snapshot and a comparison of reverts on the volume begin.
    pub const BEFORE_RESYNC: Self = Self::Line("===== Echonet reports before resync =====");
    /// Which transactions reverted on one side only.
    pub const REVERTS: Self = Self::Line("=== Revert counts ===");

    /// A page of entries of Cloud Logging.
    pub const ENTRIES: Self = Self::Fields(&["entries"]);
    /// A bundle.
    pub const BUNDLE: Self = Self::Fields(&["schema", "incident", "episodes"]);
    /// What somebody noted of what was asked: with which status and when each answer came. It is no answer itself.
    pub const INDEX: Self = Self::Rows(&["url", "status"]);

    /// All that anything is recognised by.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        SOURCES.iter().flat_map(|it| it.source.recognised).copied().chain([Self::REVERTS, Self::INDEX, Self::BUNDLE])
    }

    /// The line by which it is recognised in a text.
    pub(super) fn line(self) -> Option<&'static str> {
        match self {
            Self::Line(line) => Some(line),
            _ => None,
        }
    }

    /// The words by which it is recognised in a document.
    #[must_use]
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Fields(words) | Self::OnlyFields(words) | Self::Rows(words) => words,
            Self::Kind(_) | Self::Line(_) | Self::Version | Self::EchonetLines => &[],
        }
    }

    /// In words, fit to follow "recognised by".
    #[must_use]
    pub fn says(self) -> String {
        let listed = |words: &[&str]| words.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
        match self {
            Self::Fields(words) => format!("the fields {}", listed(words)),
            Self::OnlyFields(words) => format!("the fields {} alone", listed(words)),
            Self::Rows(words) => format!("rows with {}", listed(words)),
            Self::Kind(kind) => format!("objects of kind `{kind}`"),
            Self::Line(line) => format!("the line `{line}`"),
            Self::Version => "a protocol version alone".to_owned(),
            Self::EchonetLines => "lines of Echonet".to_owned(),
        }
    }
}
