//! Arguments as they are typed. Parsing validates and does nothing else.

mod bundles;
mod units;
#[cfg(feature = "live")]
mod live;

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum, ValueHint};

pub(super) use bundles::*;
#[cfg(feature = "live")]
pub(super) use live::*;
use units::Size;

use crate::investigate::limits::MEMORY;
use crate::investigate::{CasePlace, CodeAt, DraftOptions, EpisodeName, LEAST_COVERAGE, RuleSet};
use crate::investigate::{EvaluationOptions, NUMBER, SEED};
use crate::render::FORMATS;

/// Why did this Echonet resync trigger, is it a known failure, and is the fix deployed?
///
/// whysync reads the evidence of a resync (a bundle, or any files, folders and archives), lists every divergence between Echonet's
/// blocks and mainnet's, and names the known failure that explains each one, with proof where recomputed commitments give one. It also
/// says what it cannot explain and what it could not see.
///
/// Exit codes: 0 explained (or nothing diverged), 1 not fully explained or contradicted, 2 wrong usage, 3 inconclusive, 4 unusable input.
#[derive(Debug, Parser)]
#[command(name = "whysync", version, max_term_width = 100)]
pub(super) struct Arguments {
    /// Also mask what this file lists: one text per line, or a regular expression between slashes
    ///
    /// `#` begins a comment. Each match is replaced by a token wherever it occurs in the evidence, in any encoding, like the secrets that
    /// whysync recognises by itself.
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) redact: Vec<PathBuf>,
    /// Memory limit for the structure of one document, on top of four times its size
    ///
    /// A small file can hold millions of values that take a hundred times its size in memory. Larger documents are refused.
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
    /// Give it whatever you have: files under any names, folders of any shape, a copy of /data/echonet, .tar, .tar.gz, .zip, .zst. Files
    /// are recognised by their content; whysync's own layout is report.json, during_resync_K/, http/ with http_index.json, pvc/, mainnet/,
    /// logs/ and k8s/. The bundle records what is missing or unreadable, with the reason. Files that can hold keys
    /// (*keys.json and its copies, *secret*, .env*, *.env) are never opened; secrets in the rest are replaced by tokens.
    Import(ImportArguments),
    /// Collect the evidence of a resync from a live deployment
    ///
    /// Nothing is changed there: whysync can only send GET requests and the log query, and run ls, stat and cat below Echonet's data
    /// directory. The bundle records what could not be collected, with the reason. Ctrl-C writes what has been gathered so far.
    #[cfg(feature = "live")]
    Collect(CollectArguments),
    /// Collect, save the bundle, and say why the resync triggered
    #[cfg(feature = "live")]
    Investigate(InvestigateArguments),
    /// List the past resyncs of a live deployment, so that one can be chosen
    ///
    /// From Echonet's report and the snapshots on its volume: when and at which block each happened, why, what is left of it on the volume,
    /// and the command that collects it. With --block, only those whose epochs came near that block.
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
    /// One row per fix, with an answer for each running image and for Echonet's source. With --namespace and no bundle, whysync reads the
    /// pods and the ConfigMap with Echonet's source from the live deployment, and nothing else.
    Deployed(DeployedArguments),
    /// Show how each clause of a rule was decided, or how close every rule came
    ///
    /// With a rule, it shows whether each clause is true, false or unknown, with the values or the log line that decided it; for an unknown
    /// clause, the evidence that would decide it and how to get it. With --why-not, it shows the rules that hold and the five that came
    /// closest, with what they missed; --all shows the rest.
    #[command(allow_missing_positional = true)]
    Explain(ExplainArguments),
    /// Say whether two incidents are the same, and what differs between them
    ///
    /// Compares two bundles, or two episodes of one: `whysync compare incident.json.zst --episodes 1,2`.
    Compare(CompareArguments),
    /// Make a synthetic incident whose cause is known
    Simulate(SimulateArguments),
    /// Measure the diagnosis on synthetic incidents whose causes are known
    ///
    /// Exit code 1 if an answer is calmer, surer or more doubtful than the evidence justifies, a cause is wrongly called established, a difference is
    /// missed, a healthy epoch raises an alarm, or fewer than 99 % of the causes are named.
    Evaluate(EvaluateArguments),
    /// Print a JSON Schema, or every path that a rule may use
    Schema(SchemaArguments),
    /// Show every limit on size, nesting and time, and what happens beyond it
    Limits(LimitsArguments),
    /// Print a script that completes commands, options, rules and files in a shell
    ///
    /// bash: `whysync completions bash > ~/.local/share/bash-completion/completions/whysync`; zsh: into a file `_whysync` in a folder of
    /// `$fpath`; fish: `whysync completions fish > ~/.config/fish/completions/whysync.fish`. Only built-in rules are completed; in elvish
    /// and PowerShell only directly after the command, and without values of options.
    Completions(CompletionsArguments),
    /// Write the man pages: one for each command
    ///
    /// `whysync man ~/.local/share/man/man1`, then `man whysync-diagnose`.
    Man(ManArguments),
}

/// What a command takes that reads whatever there is.
const ANYTHING: &str = "Any evidence: a bundle, a file, a folder or an archive of any shape, or - for standard input";

/// Where evidence comes from.
#[derive(Debug, Args)]
pub(super) struct EvidenceArguments {
    /// Any evidence: a bundle, files, folders or archives of any shape, or - for standard input
    #[arg(value_name = "ANYTHING", required = true, num_args = 1..)]
    pub(super) evidence: Vec<PathBuf>,
    /// If the input holds several incidents: the folder of the one to diagnose
    #[arg(long, value_name = "NAME")]
    pub(super) incident: Option<String>,
    /// The block to look at: only the resyncs that it belongs to are diagnosed
    #[arg(long, value_name = "N")]
    pub(super) block: Option<u64>,
    /// The Kubernetes namespace [default: the one that the evidence names]
    #[arg(long, value_name = "NS")]
    pub(super) namespace: Option<String>,
}

/// Which rules run.
#[derive(Debug, Args)]
pub(super) struct RuleSetArguments {
    /// A folder of rules to add to the built-in ones; a rule that names a built-in one under `replaces` takes its place
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
    /// Output format; to write several, separate them by commas and name the files with -o
    #[arg(long, value_name = "FORMAT", default_value = FORMATS[0].name, value_delimiter = ',', value_parser = clap::builder::PossibleValuesParser::new(whysync_formats()))]
    pub(super) format: Vec<String>,
    /// Show everything: whole hashes, informational differences and long texts
    #[arg(long)]
    pub(super) full: bool,
    /// Only the answer, in a few lines: what happened, what differs, whether it is known and fixed here, and what to do next
    #[arg(long, conflicts_with = "full")]
    pub(super) brief: bool,
    /// Write to this file instead of standard output; with several formats, to files whose names begin with it
    ///
    /// `--format html,markdown -o incident` writes incident.html and incident.md. Each format has the extension that its description names.
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
    /// The bundle to write; compressed if the name ends in .zst
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
    /// The rule claims the first divergence that no known rule explains, and looks for the log lines that mention it. Both files load and
    /// the tests pass before you edit anything. Written beside them: the smallest bundle on which the same clauses hold, and the schemas
    /// with which an editor completes and checks both files.
    /// With --copy, it writes an editable copy of a built-in rule and its tests instead, which says that it replaces the built-in rule.
    New(NewArguments),
    /// Show the documentation of a rule
    Show(ShowArguments),
    /// Check rules and their test files without running them
    ///
    /// Exit code 1 if there is any problem.
    Check(CheckArguments),
    /// Run the tests of rules
    ///
    /// Exit code 1 if a test fails, or if one of the optional checks finds something: a clause that no case covers, a mutant that survives
    /// without a reason, a rule that holds where no test file says so.
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
    /// Copy this built-in rule with its tests instead of drafting a new one
    #[arg(long, value_name = "SLUG", conflicts_with_all = ["from", "slug", "folders"])]
    pub(super) copy: Option<String>,
    #[command(flatten)]
    pub(super) rules: RuleSetArguments,
    /// Slug of the rule [default: made from what diverged]
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
    /// Output format
    #[arg(long, value_enum, default_value_t = PageFormat::Text)]
    pub(super) format: PageFormat,
    /// Print the rule's file instead of a page about it
    #[arg(long, conflicts_with = "format")]
    pub(super) source: bool,
}

/// Arguments of `limits`.
#[derive(Debug, Args)]
pub(super) struct LimitsArguments {
    /// Output format
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
#[command(group(ArgGroup::new("own").args(["folders", "named"]).multiple(true)))]
pub(super) struct CheckArguments {
    /// Folders of rules to check, the same as --rules
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    named: Vec<PathBuf>,
    #[command(flatten)]
    rules: RuleSetArguments,
    /// Output format; `text` goes to standard error, the others to standard output
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(super) format: CheckFormat,
    /// A clone of the sequencer repository: prove that each log pattern can match what the code prints, and that the places that rules name
    /// exist
    ///
    /// What cannot be decided is only noted and does not change the exit code. Reads the clone with git and changes nothing in it.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) repo: Option<PathBuf>,
    /// The commit, branch or tag of the clone to look at
    #[arg(long, value_name = "REV", default_value = CodeAt::REVISION, requires = "repo")]
    pub(super) at: String,
    /// Write a catalogue of the texts that the named places print; tests take their log lines from it
    #[arg(long, value_name = "FILE", requires = "repo")]
    pub(super) write_catalogue: Option<PathBuf>,
    /// Fix your rule files: replace each word for which a problem says "did you mean"
    ///
    /// Prints each change with its location, then checks as usual. It replaces single words only, and never changes built-in rules.
    #[arg(long, requires = "own")]
    pub(super) fix: bool,
}

impl CheckArguments {
    /// The rules to check, however their folders were named.
    pub(super) fn set(&self) -> RuleSet {
        RuleSet { folders: self.named.iter().chain(&self.rules.folders).cloned().collect() }
    }
}

/// A format for what is wrong with rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    /// For people: excerpt, place and hint
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
    /// Only the tests of the rule with this id, or of rules whose slugs contain this text
    #[arg(value_name = "SLUG")]
    pub(super) filter: Option<String>,
    /// Write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// Show which clauses no case has seen true, false or unknown
    ///
    /// A clause that rests on no evidence cannot be unknown. List what no case can show under `uncovered` in the test file, each with a
    /// reason.
    #[arg(long)]
    pub(super) coverage: bool,
    /// The least coverage to accept
    #[arg(long, value_name = "PERCENT", default_value_t = LEAST_COVERAGE, requires = "coverage", value_parser = clap::value_parser!(u8).range(..=100))]
    pub(super) min: u8,
    /// Make many small changes to each rule, and show those that no test case notices
    ///
    /// List what no case can notice under `survivors` in the test file, each with a reason.
    #[arg(long)]
    pub(super) mutate: bool,
    /// Try every rule on every base bundle and scenario, and show rules that hold where no test file expects it
    ///
    /// List rules that rightly hold as well under `also_fires` in the test file, each with a reason.
    #[arg(long)]
    pub(super) cross_fire: bool,
    /// Run the tests again whenever a file in --rules changes, until Ctrl-C
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
    /// With --why-not: show all rules instead of the five that came closest
    #[arg(long, requires = "why_not")]
    pub(super) all: bool,
    /// Instead of evidence, use the bundle of a test case; name it by the FILE:LINE that `rules test` prints
    #[arg(long, value_name = "FILE:LINE", conflicts_with_all = ["why_not", "incident", "block", "namespace"])]
    pub(super) case: Option<CasePlace>,
    #[command(flatten)]
    pub(super) evidence: EvidenceArguments,
    #[command(flatten)]
    pub(super) rules: RuleSetArguments,
}

/// Arguments of `simulate`.
#[derive(Debug, Args)]
pub(super) struct SimulateArguments {
    /// The scenario; `list` shows them all, `member` makes one incident of the population that `evaluate` diagnoses
    #[arg(value_name = "SCENARIO", required_unless_present = "population")]
    pub(super) scenario: Option<String>,
    /// For `member`: its number in the population
    #[arg(long, value_name = "N", default_value_t = NUMBER)]
    pub(super) number: u64,
    /// Write the first N incidents of the population and truth.json, with the true cause of each, to the new or empty folder given by -o
    #[arg(long, value_name = "N", conflicts_with_all = ["scenario", "number"], requires = "output", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) population: Option<u64>,
    /// The seed: the same scenario and seed give the same bytes
    #[arg(long, value_name = "N", default_value_t = SEED)]
    pub(super) seed: u64,
    /// The bundle to write (compressed if the name ends in .zst), or the folder of a population [default: standard output]
    #[arg(short, long, value_name = "FILE|DIR")]
    pub(super) output: Option<PathBuf>,
}

/// Arguments of `evaluate`.
#[derive(Debug, Args)]
pub(super) struct EvaluateArguments {
    /// Number of incidents
    #[arg(long, value_name = "N", default_value_t = EvaluationOptions::POPULATION)]
    pub(super) population: u64,
    /// The seed: the same number and seed give the same incidents
    #[arg(long, value_name = "N", default_value_t = SEED)]
    pub(super) seed: u64,
    #[command(flatten)]
    pub(super) rules: RuleSetArguments,
    /// Output format
    #[arg(long, value_enum, default_value_t = EvaluationFormat::Text)]
    pub(super) format: EvaluationFormat,
}

/// How scores are written.
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
    /// The folder to write the pages to, created if it does not exist
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) folder: PathBuf,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(super) struct SchemaArguments {
    /// Which document
    #[arg(value_enum)]
    pub(super) document: SchemaDocument,
}

/// A document that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaDocument {
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
