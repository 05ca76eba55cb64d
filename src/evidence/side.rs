//! The two sides whose blocks are compared.

use schemars::JsonSchema;
use serde::Serialize;

/// The side that a block belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BlockSide {
    /// The replay on Echonet.
    Ours,
    /// Mainnet.
    Theirs,
}

impl BlockSide {
    /// The side by name.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "Echonet",
            Self::Theirs => "mainnet",
        }
    }

    /// The owner's name, as in "Echonet's block".
    #[must_use]
    pub(crate) fn whose(self) -> &'static str {
        match self {
            Self::Ours => "Echonet's",
            Self::Theirs => "mainnet's",
        }
    }

    /// The opposite side.
    #[must_use]
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Ours => Self::Theirs,
            Self::Theirs => Self::Ours,
        }
    }
}
