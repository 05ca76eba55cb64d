//! Why an operation of the front door failed.

mod reasons;

use miette::Diagnostic;

use super::base_bundle::BaseError;
use crate::collect::git::GitError;
use crate::collect::listed::ListError;
use crate::collect::recording::OpenError;
use crate::collect::store::{LoadError, SaveError};
use crate::engine::Problem;
use crate::engine::authoring::minimize;
use crate::engine::printed::catalogue::NoCatalogue;
pub use reasons::SyntheticError;
#[cfg(feature = "live")]
pub use reasons::{AuditError, RoleError};
pub use reasons::{DraftError, PagesError, RuleFolderError, SkippedRuleEntry};

/// Why something that was asked could not be done: the input, the place in it, and the way out where there is one.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// Rules or their tests are wrong, with everything that is wrong with them. Never empty.
    #[error("{} problems in rules or their tests", .0.len())]
    Wrong(#[related] Vec<Problem>),
    /// A folder of rules cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    RuleFolder(#[from] RuleFolderError),
    /// There is no rule with this slug.
    #[error("there is no rule `{slug}`; {suggestion}")]
    NoRule {
        /// The slug that was given.
        slug: String,
        /// What may have been meant, or where all names are shown.
        suggestion: String,
    },
    /// No case of a test stands there.
    #[error("there is no case of a test at {place}")]
    #[diagnostic(code(whysync::rules::case), help("{help}"))]
    NoCase {
        /// As named.
        place: String,
        /// What may have been meant, in a sentence.
        help: String,
    },
    /// Standard input is named beside something else.
    #[error("standard input (`-`) is read alone, and {others} more {} named", if *others == 1 { "input is" } else { "inputs are" })]
    #[diagnostic(
        code(whysync::evidence::standard_input),
        help("save what comes on standard input as a file, and name that among the others")
    )]
    StdinAmongOthers {
        /// Number of other inputs.
        others: usize,
    },
    /// A saved bundle cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Bundle(#[from] LoadError),
    /// A folder of saved answers cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Folder(#[from] OpenError),
    /// The evidence has no episode of this name.
    #[error("the bundle has no episode {name}: it has {}", list(known))]
    #[diagnostic(code(whysync::diagnose::episode), help("`whysync bundle episodes BUNDLE` lists them"))]
    NoEpisode {
        /// The name that was given.
        name: String,
        /// Those that there are, each with its time if that is known.
        known: Vec<String>,
    },
    /// The evidence does not say what runs, so nothing can be asked about it.
    #[error("the bundle does not say what runs: the list of pods {0}")]
    NothingRuns(String),
    /// A clone cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Clone(#[from] GitError),
    /// No place that rules name can be read in a clone, so nothing about them is checked.
    #[error("none of the {places} places that the rules name can be read at {commit}: {why}")]
    #[diagnostic(
        code(whysync::rules::nothing_read),
        help("a clone that leaves out the contents of files proves nothing: make a whole one, or fetch what it lacks")
    )]
    NothingRead {
        /// Number of places.
        places: usize,
        /// The commit, in full.
        commit: String,
        /// Why the first of them cannot be read.
        why: String,
    },
    /// Texts that a clone prints cannot be written as a catalogue.
    #[error(transparent)]
    Catalogue(#[from] NoCatalogue),
    /// A bundle cannot be made smaller for a rule.
    #[error(transparent)]
    Minimize(#[from] minimize::NotMinimal),
    /// The rule could not be drafted.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Draft(#[from] DraftError),
    /// The bundle that a test of a rule starts from cannot be had.
    #[error("a base bundle cannot be made: {0}")]
    Base(BaseError),
    /// An output cannot be written, or would hold a secret.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Output(#[from] SaveError),
    /// A folder of pages cannot be made.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Pages(#[from] PagesError),
    /// The list of values to mask cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Masked(#[from] ListError),
    /// Nothing can be asked of a deployment.
    #[cfg(feature = "live")]
    #[error(transparent)]
    #[diagnostic(transparent)]
    Collect(#[from] crate::collect::live::CollectError),
    /// The system gives no threads to ask a deployment with.
    #[cfg(feature = "live")]
    #[error("the system gives no threads to ask a deployment with")]
    Threads(#[source] std::io::Error),
    /// The audit log cannot be begun.
    #[cfg(feature = "live")]
    #[error(transparent)]
    #[diagnostic(transparent)]
    Audit(#[from] AuditError),
    /// No script can be written for this.
    #[cfg(feature = "live")]
    #[error(transparent)]
    #[diagnostic(transparent)]
    ByHand(#[from] crate::collect::by_hand::NoScript),
    /// No role can be written for this.
    #[cfg(feature = "live")]
    #[error(transparent)]
    Role(#[from] RoleError),
    /// No synthetic incident can be made or kept.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Synthetic(#[from] SyntheticError),
}

fn list(known: &[String]) -> String {
    if known.is_empty() { "none".to_owned() } else { known.join(", ") }
}
