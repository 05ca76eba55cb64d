//! Arguments as they are typed. Parsing validates and does nothing else.

mod bundles;
mod units;
#[cfg(feature = "live")]
mod live;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

pub(super) use bundles::*;
#[cfg(feature = "live")]
pub(super) use live::*;
use units::Size;

use crate::investigate::limits::MEMORY;
use crate::investigate::{CasePlace, CodeAt, DraftOptions, EpisodeName, LEAST_COVERAGE, RuleSet};
#[cfg(feature = "proof")]
use crate::investigate::{EvaluationOptions, NUMBER, SEED};
use crate::render::FORMATS;

/// Why did this Echonet resync trigger, is it a known failure, and is the fix deployed?
///
/// whysync reads evidence of a resync (a bundle, or whatever files, folders and archives there are), accounts for every divergence between Echonet's
/// blocks and mainnet's, and says which known failure explains which divergence, with proof where recomputed commitments give one. What
/// it cannot explain or could not see, it says too.
///
/// Exit codes: 0 explained (or nothing diverged), 1 not fully explained or contradicted, 2 wrong usage, 3 inconclusive, 4 unusable input.
#[derive(Debug, Parser)]
#[command(name = "whysync", version, max_term_width = 100)]
pub(super) struct Arguments {
    /// Mask what this file lists, too: one a line, a text as it is or a regular expression between slashes
    ///
    /// `#` begins a comment. What is listed becomes a token wherever it stands in evidence, in whichever encoding, like the secrets that are
    /// known anyway.
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) redact: Vec<PathBuf>,
    /// Memory that the structure of a document may take, beyond four times its size
    ///
    /// A small file can hold millions of values that take a hundred times its size. What would take more is refused.
    #[arg(long, value_name = "SIZE", global = true, default_value_t = Size(MEMORY))]
    pub(super) memory: Size,
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say why a resync triggered
    Diagnose(DiagnoseArguments),
    /// Turn files, folders and archives into a bundle
    ///
    /// Whatever you have, give it: files under any names, folders of any shape, a copy of /data/echonet, .tar, .tar.gz, .zip, .zst. Files
    /// are recognised by their content; whysync's own layout is report.json, during_resync_K/, http/ with http_index.json, pvc/, mainnet/,
    /// logs/ and k8s/. What is missing or unreadable becomes part of the bundle, with its reason. Files that can hold keys
    /// (*keys.json and its copies, *secret*, .env*, *.env) are never opened; secrets in the rest are replaced by tokens.
    Import(ImportArguments),
    /// Collect the evidence of a resync from a live deployment
    ///
    /// Nothing is changed there: only GET requests, the query of the logs, and the commands ls, stat and cat below Echonet's data
    /// directory can be expressed.
    /// What cannot be had becomes part of the bundle, with its reason. Ctrl-C writes what was gathered by then.
    #[cfg(feature = "live")]
    Collect(CollectArguments),
    /// Collect, save the bundle, and say why the resync triggered
    #[cfg(feature = "live")]
    Investigate(InvestigateArguments),
    /// List the past resyncs of a live deployment, so that one can be chosen
    ///
    /// From Echonet's report and the snapshots on its volume: when, at which block, why, what is left of it on the volume, and the
    /// command that collects it. With --block, only those whose epochs came near that block.
    #[cfg(feature = "live")]
    Episodes(EpisodesArguments),
    /// Print the minimal Kubernetes Role that whysync needs
    #[cfg(feature = "live")]
    Rbac(RbacArguments),
    /// List, check and test rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Work on bundles
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// Show for every known fix whether the deployed code contains it
    ///
    /// One row for each fix, with an answer for each image that runs and for Echonet's source. With --namespace and no bundle, a live
    /// deployment is asked for its pods and the ConfigMap with Echonet's source, and for nothing else.
    Deployed(DeployedArguments),
    /// Show how each clause of a rule came out, or how close every rule came
    ///
    /// With a rule: each of its clauses true, false or unknown, with the values or the log line that decided it, and for what is
    /// unknown, the evidence that would decide it and how to get it. With --why-not: the rules that hold and the five that came closest, with what they missed; --all shows the rest.
    #[command(allow_missing_positional = true)]
    Explain(ExplainArguments),
    /// Say whether two incidents are the same, and what differs between them
    ///
    /// Two bundles, or two episodes of one: `whysync compare incident.json.zst --episodes 1,2`.
    Compare(CompareArguments),
    /// Make a synthetic incident with known truth
    #[cfg(feature = "proof")]
    Simulate(SimulateArguments),
    /// Measure the diagnosis on synthetic incidents with known truth
    ///
    /// Exit code 1 if an answer is calmer, surer or more doubtful than the evidence, a cause is called established wrongly, a difference is
    /// missed, a healthy epoch raises an alarm, or less than 99 % of the causes are named.
    #[cfg(feature = "proof")]
    Evaluate(EvaluateArguments),
    /// Print a JSON Schema, or every path that a rule may use
    Schema(SchemaArguments),
    /// Show how much is read of anything, how deep it may nest and how long it may take, and what becomes of the rest
    Limits(LimitsArguments),
    /// Print a script that completes commands, options, rules and files in a shell
    ///
    /// bash: `whysync completions bash > ~/.local/share/bash-completion/completions/whysync`; zsh: into a file `_whysync` in a folder of
    /// `$fpath`; fish: `whysync completions fish > ~/.config/fish/completions/whysync.fish`. The rules that it completes are those of this
    /// build; elvish and PowerShell complete commands and options only.
    Completions(CompletionsArguments),
    /// Write the manual: one page for each command
    ///
    /// `whysync man ~/.local/share/man/man1`, then `man whysync-diagnose`.
    Man(ManArguments),
}

/// What a command takes that reads whatever there is.
const ANYTHING: &str = "Whatever you have: a bundle, a file, a folder or an archive of any shape, or - for standard input";

/// Where evidence comes from.
#[derive(Debug, Args)]
pub(super) struct EvidenceArguments {
    /// Whatever you have: a bundle, files, folders or archives of any shape, or - for standard input
    #[arg(value_name = "ANYTHING", required = true, num_args = 1..)]
    pub(super) evidence: Vec<PathBuf>,
    /// Of several incidents in one folder, the folder of the one to look at
    #[arg(long, value_name = "NAME")]
    pub(super) incident: Option<String>,
    /// The block to look at: narrows the diagnosis to the resyncs that it belongs to
    #[arg(long, value_name = "N")]
    pub(super) block: Option<u64>,
    /// The Kubernetes namespace; taken from the evidence otherwise
    #[arg(long, value_name = "NS")]
    pub(super) namespace: Option<String>,
}

/// Which rules run.
#[derive(Debug, Args)]
pub(super) struct RuleSetArguments {
    /// A folder of rules, besides those of this build; a rule that names one of theirs under `replaces` takes its place
    #[arg(long = "rules", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) folders: Vec<PathBuf>,
}

impl RuleSetArguments {
    /// The rules for the front door.
    pub(super) fn set(&self) -> RuleSet {
        RuleSet { folders: self.folders.clone() }
    }
}

/// Arguments of `diagnose`.
#[derive(Debug, Args)]
pub(super) struct DiagnoseArguments {
    #[command(flatten)]
    pub(super) evidence: EvidenceArguments,
    /// Diagnose this episode alone: its number in the report, or the time in the name of its snapshot, such as 20261122T083832Z
    #[arg(long, value_name = "K|TIME")]
    pub(super) episode: Option<EpisodeName>,
    #[command(flatten)]
    pub(super) rules: RuleSetArguments,
    #[command(flatten)]
    pub(super) diagnosis: DiagnosisArguments,
}

/// How a diagnosis is made and written.
#[derive(Debug, Args)]
pub(super) struct DiagnosisArguments {
    /// Run experimental rules too
    #[arg(long)]
    pub(super) experimental: bool,
    /// How to write the diagnosis; several at once with commas between them, which needs -o
    #[arg(long, value_name = "FORMAT", default_value = FORMATS[0].name, value_delimiter = ',', value_parser = clap::builder::PossibleValuesParser::new(whysync_formats()))]
    pub(super) format: Vec<String>,
    /// Show everything in full: whole hashes, informational differences, long texts
    #[arg(long)]
    pub(super) full: bool,
    /// Say it in at most eight lines: what happened, what differs, whether it is known and fixed here, and what to do next
    #[arg(long, conflicts_with = "full")]
    pub(super) brief: bool,
    /// Write to a file instead of standard output; with several formats, the beginning of the files' names
    ///
    /// `--format html,markdown -o incident` writes incident.html and incident.md. Each format has the ending that its description names.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

fn whysync_formats() -> Vec<clap::builder::PossibleValue> {
    let described = |it: &crate::render::Format| format!("{} (.{})", it.description, it.extension);
    FORMATS.iter().map(|it| clap::builder::PossibleValue::new(it.name).help(described(it))).collect()
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    #[command(flatten)]
    pub(super) evidence: EvidenceArguments,
    /// The bundle to write; compressed if it ends in .zst
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: PathBuf,
}

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// List the rules
    List(ListArguments),
    /// Write a first rule and its tests from a saved bundle
    ///
    /// The rule claims the first divergence that no known rule explains, and looks for the log lines that speak of it. What was written
    /// loads and its tests pass before any edit. Beside it: the smallest bundle on which the same clauses hold, and the schemas that
    /// let an editor complete and check both files.
    /// With --copy instead: a rule of this build with its tests, to be changed, which says that it replaces the one of the build.
    New(NewArguments),
    /// Show the documentation of a rule
    Show(ShowArguments),
    /// Check rules and their test files without running them
    ///
    /// Exit code 1 if anything is wrong.
    Check(CheckArguments),
    /// Run the tests of rules
    ///
    /// Exit code 1 if a test fails, or if anything that was asked for beside it is left open: a clause that no case covers, a mutant
    /// that survives without a reason, a rule that holds where nobody said so.
    Test(TestArguments),
}

/// Arguments of `rules list`.
#[derive(Debug, Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    pub(super) rules: RuleSetArguments,
    /// How to write the list
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    pub(super) format: TableFormat,
}

/// Arguments of `rules new`.
#[derive(Debug, Args)]
pub(super) struct NewArguments {
    #[arg(long, value_name = "ANYTHING", help = ANYTHING, required_unless_present = "copy")]
    pub(super) from: Option<PathBuf>,
    /// Copy this rule of the build with its tests, instead of drafting one
    #[arg(long, value_name = "SLUG", conflicts_with_all = ["from", "slug", "folders"])]
    pub(super) copy: Option<String>,
    #[command(flatten)]
    pub(super) rules: RuleSetArguments,
    /// Slug of the rule; from what diverged otherwise
    #[arg(long, value_name = "SLUG")]
    pub(super) slug: Option<String>,
    /// The folder to write to
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath, default_value = DraftOptions::FOLDER)]
    pub(super) output: PathBuf,
}

/// Arguments of `rules show`.
#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// Slug or id of the rule
    #[arg(value_name = "SLUG")]
    pub(super) rule: String,
    #[command(flatten)]
    pub(super) rules: RuleSetArguments,
    /// How to write the page
    #[arg(long, value_enum, default_value_t = PageFormat::Text)]
    pub(super) format: PageFormat,
    /// Print the rule's file instead of a page about it
    #[arg(long, conflicts_with = "format")]
    pub(super) source: bool,
}

/// Arguments of `limits`.
#[derive(Debug, Args)]
pub(super) struct LimitsArguments {
    /// How to write the page
    #[arg(long, value_enum, default_value_t = PageFormat::Text)]
    pub(super) format: PageFormat,
}

/// A format for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PageFormat {
    /// For a terminal
    Text,
    /// Markdown
    Markdown,
}

/// Arguments of `rules check`.
#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    pub(super) rules: RuleSetArguments,
    /// How to write what is wrong; `text` goes to standard error, the others to standard output
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(super) format: CheckFormat,
    /// A clone of the repository of the programs: prove that each log pattern can match what the code prints, and look whether the places
    /// that rules name are there
    ///
    /// What cannot be told is a note, and no reason for exit code 1. Reads the clone with git and changes nothing in it.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) repo: Option<PathBuf>,
    /// The commit, branch or tag of the clone to look at
    #[arg(long, value_name = "REV", default_value = CodeAt::REVISION, requires = "repo")]
    pub(super) at: String,
    /// Write the texts that the named places print, as a catalogue that tests take lines from
    #[arg(long, value_name = "FILE", requires = "repo")]
    pub(super) write_catalogue: Option<PathBuf>,
    /// Mend the files of --rules where what is meant is certain: each word for which a "did you mean" is said
    ///
    /// What was changed is said with its place, and what is left is said as without it. Only the words are changed, and no file of the build.
    #[arg(long, requires = "folders")]
    pub(super) fix: bool,
}

/// A format for what is wrong with rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    /// For people: excerpt, place and way out
    Text,
    /// A list of objects
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands that GitHub shows beside the lines of a pull request
    Github,
}

/// Arguments of `rules test`.
#[derive(Debug, Args)]
pub(super) struct TestArguments {
    #[command(flatten)]
    pub(super) rules: RuleSetArguments,
    /// Only tests of the rule with this id, or of the rules whose slugs hold this
    #[arg(value_name = "SLUG")]
    pub(super) filter: Option<String>,
    /// Write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// Show which clauses no case saw true, false or unknown
    ///
    /// A clause that rests on no evidence cannot be unknown. What no case can show is listed in the test file under `uncovered`, each
    /// with a reason.
    #[arg(long)]
    pub(super) coverage: bool,
    /// The least coverage to accept
    #[arg(long, value_name = "PERCENT", default_value_t = LEAST_COVERAGE, requires = "coverage", value_parser = clap::value_parser!(u8).range(..=100))]
    pub(super) min: u8,
    /// Change each rule a little, in every way, and show which changes no case notices
    ///
    /// What no case can notice is listed in the test file under `survivors`, each with a reason.
    #[arg(long)]
    pub(super) mutate: bool,
    /// Try every rule on every base bundle and scenario, and show which rules hold where nobody said so
    ///
    /// Rules that rightly hold as well are listed in the test file under `also_fires`, each with a reason.
    #[arg(long)]
    pub(super) cross_fire: bool,
    /// Test again whenever a file of --rules changes, until Ctrl-C
    #[arg(long, requires = "folders")]
    pub(super) watch: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(mut_arg("evidence", |it| it.required(false).required_unless_present("case")))]
pub(super) struct ExplainArguments {
    /// Slug or id of the rule
    #[arg(value_name = "RULE", required_unless_present_any = ["why_not", "case"])]
    pub(super) rule: Option<String>,
    /// Rank the rules by how close they came: those that hold, and the five that came closest
    #[arg(long)]
    pub(super) why_not: bool,
    /// With --why-not: all rules, and not five
    #[arg(long, requires = "why_not")]
    pub(super) all: bool,
    /// Instead of evidence: the bundle of a case of a test, by the place that `rules test` prints
    #[arg(long, value_name = "FILE:LINE", conflicts_with_all = ["why_not", "incident", "block", "namespace"])]
    pub(super) case: Option<CasePlace>,
    #[command(flatten)]
    pub(super) evidence: EvidenceArguments,
    #[command(flatten)]
    pub(super) rules: RuleSetArguments,
}

/// Arguments of `simulate`.
#[cfg(feature = "proof")]
#[derive(Debug, Args)]
pub(super) struct SimulateArguments {
    /// The scenario; `list` shows them all, `member` makes one incident of the population that `evaluate` diagnoses
    #[arg(value_name = "SCENARIO", required_unless_present = "population")]
    pub(super) scenario: Option<String>,
    /// For `member`: its number in the population
    #[arg(long, value_name = "N", default_value_t = NUMBER)]
    pub(super) number: u64,
    /// Write the first N incidents of the population, and truth.json with what is true of each, to the empty or new folder of -o
    #[arg(long, value_name = "N", conflicts_with_all = ["scenario", "number"], requires = "output", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) population: Option<u64>,
    /// The seed: the same scenario and seed give the same bytes
    #[arg(long, value_name = "N", default_value_t = SEED)]
    pub(super) seed: u64,
    /// The bundle to write, compressed if it ends in .zst, or the folder of a population; standard output otherwise
    #[arg(short, long, value_name = "FILE|DIR")]
    pub(super) output: Option<PathBuf>,
}

/// Arguments of `evaluate`.
#[cfg(feature = "proof")]
#[derive(Debug, Args)]
pub(super) struct EvaluateArguments {
    /// How many incidents
    #[arg(long, value_name = "N", default_value_t = EvaluationOptions::POPULATION)]
    pub(super) population: u64,
    /// The seed: the same number and seed give the same incidents
    #[arg(long, value_name = "N", default_value_t = SEED)]
    pub(super) seed: u64,
    #[command(flatten)]
    pub(super) rules: RuleSetArguments,
    /// How to write the scores
    #[arg(long, value_enum, default_value_t = EvaluationFormat::Text)]
    pub(super) format: EvaluationFormat,
}

/// How scores are written.
#[cfg(feature = "proof")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum EvaluationFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(super) shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub(super) struct ManArguments {
    /// The folder to write the pages to; it is made if it is not there
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) folder: PathBuf,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(super) struct SchemaArguments {
    /// Which document
    #[arg(value_enum)]
    pub(super) document: Document,
}

/// A document that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Document {
    /// The evidence bundle
    Bundle,
    /// The document that rules look at
    Case,
    /// A rule file
    Rule,
    /// A rule test file
    RuleTest,
    /// The JSON form of a diagnosis
    Diagnosis,
    /// The JSON form of a comparison
    Comparison,
    /// The JSON form of the table of known fixes and what is deployed of them
    Deployed,
    /// Every path that a rule may use, with type, meaning, example and source: a list, no schema
    Paths,
}
