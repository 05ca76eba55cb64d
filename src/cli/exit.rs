//! Exit codes: a closed list, never renumbered.

use std::process::ExitCode;

use crate::findings::{Ternary, Verdict};
use crate::investigate::SyntheticError;
use crate::investigate::{DraftError, Error, RuleFolderError};

/// The exit status of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Explained, nothing diverged, or the command did what it was asked.
    Success,
    /// Not fully explained, or contradicted; or a rule is wrong, or a test failed.
    NotExplained,
    /// The command was used wrongly.
    Usage,
    /// The evidence does not suffice.
    Inconclusive,
    /// The input cannot be used, or the output cannot be written.
    Unusable,
    /// The program itself is at fault.
    Fault,
}

impl Exit {
    /// The number that the shell sees.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::NotExplained => 1,
            Self::Usage => 2,
            Self::Inconclusive => 3,
            Self::Unusable => 4,
            // As sysexits.h numbers an internal error.
            Self::Fault => 70,
        }
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Explained | Verdict::NoDivergence => Self::Success,
            Verdict::PartlyExplained | Verdict::Novel | Verdict::Contradicted => Self::NotExplained,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

/// Whether a rule holds.
impl From<Ternary> for Exit {
    fn from(truth: Ternary) -> Self {
        match truth {
            Ternary::True => Self::Success,
            Ternary::Unknown => Self::Inconclusive,
            Ternary::False => Self::NotExplained,
        }
    }
}

/// Whether something else should have been asked, or something cannot be used.
impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        match error {
            Error::NoRule { .. }
            | Error::RuleFolder(RuleFolderError::NotARule { .. })
            | Error::NoCase { .. }
            | Error::NoEpisode { .. }
            | Error::StdinAmongOthers { .. }
            | Error::NothingRuns(_)
            | Error::Catalogue(_)
            | Error::Minimize(_)
            | Error::Draft(DraftError::Obstacle(_))
            | Error::Base(_) => Self::Usage,
            Error::Wrong(_)
            | Error::RuleFolder(_)
            | Error::Bundle(_)
            | Error::Folder(_)
            | Error::Clone(_)
            | Error::NothingRead { .. }
            | Error::Draft(DraftError::Exists { .. } | DraftError::Lost | DraftError::Unsound { .. } | DraftError::Folder { .. })
            | Error::Output(_)
            | Error::Pages(_)
            | Error::Masked(_) => Self::Unusable,
            #[cfg(feature = "live")]
            Error::Role(_) | Error::ByHand(_) => Self::Usage,
            #[cfg(feature = "live")]
            Error::Collect(_) | Error::Threads(_) | Error::Audit(_) => Self::Unusable,
            Error::Synthetic(SyntheticError::Scenario(_) | SyntheticError::Truth(_)) => Self::Usage,
            Error::Synthetic(SyntheticError::NotEmpty { .. } | SyntheticError::Unusable { .. }) => Self::Unusable,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
