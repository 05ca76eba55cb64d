//! Exit codes: a closed list, never renumbered.

use std::process::ExitCode;

use crate::findings::Verdict;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Explained, nothing diverged, or the command did what it was asked.
    Success,
    /// Not fully explained, or contradicted; or a rule is wrong, or a test failed.
    NotFully,
    /// The command was used wrongly.
    Usage,
    /// The evidence does not suffice.
    Inconclusive,
    /// The input cannot be used, or the output cannot be written.
    Unusable,
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Explained | Verdict::NoDivergence => Self::Success,
            Verdict::PartlyExplained | Verdict::Novel | Verdict::Contradicted => Self::NotFully,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0,
            Exit::NotFully => 1,
            Exit::Usage => 2,
            Exit::Inconclusive => 3,
            Exit::Unusable => 4,
        })
    }
}
