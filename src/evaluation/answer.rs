//! What a cause of a known incident was taken for.

use serde::{Serialize, Serializer};

use crate::engine::Catalog;
use crate::findings::Explains;
use crate::simulate::Cause;

/// What a cause was taken for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CauseAnswer {
    /// A finding of this rule claims it.
    Rule(String),
    /// It is in the ledger as a cause, and no finding claims it.
    Unexplained,
    /// It is in the ledger as a consequence of something else.
    Masked,
    /// It is not in the ledger, and the diagnosis says that it cannot tell.
    CannotTell,
    /// It is not in the ledger, and the diagnosis does not say so.
    Unseen,
    /// There was nothing to find, and nothing was found.
    Nothing,
}

impl Serialize for CauseAnswer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl std::fmt::Display for CauseAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Rule(slug) => slug,
            Self::Unexplained => "(unexplained)",
            Self::Masked => "(masked)",
            Self::CannotTell => "(cannot tell)",
            Self::Unseen => "(unseen)",
            Self::Nothing => "(nothing)",
        })
    }
}

/// Whether a rule says why this happened. One that only names the class of a difference leaves its cause unknown.
pub(super) fn has_rule(cause: &Cause, catalog: &Catalog) -> bool {
    let explains = |slug: &&str| catalog.rules.get(*slug).is_some_and(|it| it.file.explains == Explains::Cause);
    cause.names.iter().any(explains)
}
