//! Arguments of the commands that work on bundles.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

#[cfg(feature = "live")]
use super::units::Time;
use super::{ANYTHING, EvidenceArguments, RuleSetArguments};
use crate::investigate::inspect::{HashName, Limits, with_whole_hashes};
#[cfg(feature = "live")]
use crate::investigate::{DeploymentOptions, IDLE_TIMEOUT};

/// What to do with a bundle.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum BundleCommand {
    /// Write the smallest bundle on which the same clauses of a rule hold
    ///
    /// For rule tests only: the rest of the evidence is gone, so do not diagnose the result.
    Minimize(MinimizeArguments),
    /// Show what a bundle holds: sections, a block, a transaction, or log lines
    ///
    /// Without an option: each section with its size, how much of it was seen, and where it came from.
    Show(ShowBundleArguments),
    /// Read from a clone which commits the deployed code was built from (its lineage), and keep them in the bundle
    ///
    /// Reads the clone with git, changes nothing in it and fetches nothing. Afterwards `diagnose` and `deployed` need no clone: the
    /// bundle holds every commit that the images contain, with its pull requests and its patch id, so that fixes named by later rules
    /// can be checked too.
    Lineage(LineageArguments),
    /// Mask the secrets in an old bundle as in a new one
    Redact(RedactArguments),
    /// List the resyncs that a bundle knows of
    Episodes(BundleEpisodesArguments),
}

/// Arguments of `bundle episodes`.
#[derive(Debug, Args)]
pub(in crate::cli) struct BundleEpisodesArguments {
    /// A bundle (.json or .json.zst), or - for a bundle on standard input
    #[arg(value_name = "BUNDLE|-")]
    pub(in crate::cli) bundle: PathBuf,
    /// Only the resyncs whose epochs came near this block
    #[arg(long, value_name = "N")]
    pub(in crate::cli) block: Option<u64>,
    /// Output format
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    pub(in crate::cli) format: TableFormat,
}

fn log_pattern(text: &str) -> Result<regex::Regex, regex::Error> {
    regex::Regex::new(&with_whole_hashes(text))
}

/// Arguments of `bundle show`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ShowBundleArguments {
    #[arg(value_name = "ANYTHING", help = ANYTHING)]
    pub(in crate::cli) evidence: PathBuf,
    /// Show both sides of the block at this height
    #[arg(long, value_name = "N", conflicts_with_all = ["tx", "log"])]
    pub(in crate::cli) block: Option<u64>,
    /// Show both sides of a transaction with its receipt; the hash whole, or as reports shorten it (0x30d506…cee2, 0x30d506..cee2)
    #[arg(long, value_name = "HASH", conflicts_with = "log")]
    pub(in crate::cli) tx: Option<HashName>,
    /// Show the log lines that a regular expression matches, with their log, number, time and stream; 0x30d506…cee2 matches the whole hash
    #[arg(long, value_name = "REGEX", value_parser = log_pattern)]
    pub(in crate::cli) log: Option<regex::Regex>,
    /// Show the audit log of a live collection: a line of JSON for each request, with time, status and bytes
    #[arg(long, conflicts_with_all = ["block", "tx", "log", "limit"])]
    pub(in crate::cli) audit: bool,
    /// Show at most this many transactions, fields or lines
    #[arg(long, value_name = "N", default_value_t = Limits::ITEMS)]
    pub(in crate::cli) limit: usize,
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub(in crate::cli) struct CompareArguments {
    #[arg(value_name = "ANYTHING", help = ANYTHING)]
    pub(in crate::cli) first: PathBuf,
    /// The other one
    #[arg(value_name = "ANYTHING")]
    pub(in crate::cli) second: Option<PathBuf>,
    /// Two episodes of the first, instead of another bundle
    #[arg(long, value_name = "N,N", value_delimiter = ',', conflicts_with = "second")]
    pub(in crate::cli) episodes: Vec<u32>,
    #[command(flatten)]
    pub(in crate::cli) rules: RuleSetArguments,
    /// Output format
    #[arg(long, value_enum, default_value_t = ComparisonFormat::Text)]
    pub(in crate::cli) format: ComparisonFormat,
}

/// How a comparison is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ComparisonFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Arguments of `bundle lineage`.
#[derive(Debug, Args)]
pub(in crate::cli) struct LineageArguments {
    #[command(flatten)]
    pub(in crate::cli) evidence: EvidenceArguments,
    #[command(flatten)]
    pub(in crate::cli) rules: RuleSetArguments,
    /// A clone of the repository that the images were built from
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) repo: PathBuf,
    /// The bundle to write, compressed if the name ends in .zst [default: the bundle that was read]
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
}

/// Arguments of `deployed`.
#[derive(Debug, Args)]
pub(in crate::cli) struct DeployedArguments {
    #[arg(value_name = "ANYTHING", help = ANYTHING, required_unless_present = "namespace")]
    pub(in crate::cli) evidence: Option<PathBuf>,
    /// The block to look at: its protocol version decides whether a fix takes effect
    #[arg(long, value_name = "N", requires = "evidence")]
    pub(in crate::cli) block: Option<u64>,
    /// The Kubernetes namespace; without a bundle, of the live deployment to read
    #[arg(long, value_name = "NS")]
    pub(in crate::cli) namespace: Option<String>,
    /// The Kubernetes context [default: the only one with `sequencer-dev` in its name]
    #[cfg(feature = "live")]
    #[arg(long, value_name = "CONTEXT", conflicts_with = "evidence")]
    pub(in crate::cli) context: Option<String>,
    /// Give up on the cluster after this long without data
    #[cfg(feature = "live")]
    #[arg(long, value_name = "TIMESPAN", default_value_t = Time(IDLE_TIMEOUT), conflicts_with = "evidence")]
    pub(in crate::cli) idle_timeout: Time,
    #[command(flatten)]
    pub(in crate::cli) rules: RuleSetArguments,
    /// A clone of the repository that the images were built from [default: the history in the bundle]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, required_unless_present = "evidence")]
    pub(in crate::cli) repo: Option<PathBuf>,
    /// Only this pull request: the fixes, parts of fixes and fault-bringing changes with its number, or the pull request itself if no rule
    /// names it
    #[arg(long, value_name = "N")]
    pub(in crate::cli) pr: Option<u64>,
    /// Output format
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    pub(in crate::cli) format: TableFormat,
}

#[cfg(feature = "live")]
impl DeployedArguments {
    /// The options of the front door, for the deployment of a namespace.
    pub(in crate::cli) fn options(&self, namespace: String) -> DeploymentOptions {
        DeploymentOptions { context: self.context.clone(), idle_timeout: self.idle_timeout.0, ..DeploymentOptions::new(namespace) }
    }
}

/// A format for a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TableFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Arguments of `bundle redact`.
#[derive(Debug, Args)]
pub(in crate::cli) struct RedactArguments {
    /// A bundle (.json or .json.zst), or - for a bundle on standard input
    #[arg(value_name = "BUNDLE|-")]
    pub(in crate::cli) bundle: PathBuf,
    /// The bundle to write; compressed if the name ends in .zst
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: PathBuf,
}

/// Arguments of `bundle minimize`.
#[derive(Debug, Args)]
pub(in crate::cli) struct MinimizeArguments {
    #[command(flatten)]
    pub(in crate::cli) evidence: EvidenceArguments,
    #[command(flatten)]
    pub(in crate::cli) rules: RuleSetArguments,
    /// Slug or id of the rule
    #[arg(long, value_name = "SLUG")]
    pub(in crate::cli) rule: String,
    /// The bundle to write; compressed if the name ends in .zst
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: PathBuf,
}
