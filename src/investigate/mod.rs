//! Front door: everything that whysync can do, one function per operation.
//!
//! Invariant: this layer prints nothing, never ends the process and knows no terminal. Results are returned as values, or as events while
//! an operation runs; failures are returned as an [`Error`]. The options here define the defaults. The command line only maps its arguments
//! to this layer, and other callers use the same functions.
//!
//! # Operations, in reading order
//! - [`Rules::load`]: which rules run.
//! - [`read`], [`read_all`], [`read_from`], [`import`]: read saved evidence; [`save`] writes it, and [`allow_memory`] sets how much memory it may take.
//! - `plan`, `by_hand`, `collect`, `replay`, `survey`, `what_runs`, `role` (feature `live`): evidence from a deployment, with progress.
//! - [`add_lineage`], [`fixes()`]: what the deployed code contains, and which fixes are in it.
//! - [`diagnose`], [`diagnose_episode`], [`explain`], [`why_not`], [`compare`]: what the evidence means.
//! - [`check_rules`], [`test()`], [`coverage`], [`mutations`], [`crossings()`]: whether rules are right.
//! - [`mask_listed`]: what to mask in addition; [`check_output`]: whether a finished output contains a secret.
//! - [`inspect`]: what the evidence holds, without a diagnosis.
//! - [`draft_rule`], [`minimize`]: a first rule from an incident.
//! - `simulate`, `write_population`, `evaluate`: incidents with a known cause.
//! - [`schemas`]: the documents that programs may rely on.
//! - [`version`], [`write_pages`]: the version of this program, and its manual.

mod error;
mod rules;
mod evidence;
mod masked;
#[cfg(feature = "live")]
mod deployment;
#[cfg(feature = "live")]
mod plan;
#[cfg(feature = "live")]
mod role;
#[cfg(feature = "live")]
mod clock;
#[cfg(feature = "live")]
mod collecting;
#[cfg(feature = "live")]
mod audit_log;
mod lineage;
mod fixes;
mod diagnosis;
mod explanation;
mod comparison;
mod rule_check;
mod rule_proof;
mod rule_copy;
mod rule_mending;
mod watched_files;
mod base_bundle;
mod threads;
mod trials;
mod crossings;
mod draft;
mod synthetic;
mod build;
mod pages;
pub mod inspect;
pub mod schemas;

pub use base_bundle::BaseError;
pub use build::version;
pub use comparison::{compare, compare_episodes};
pub use crossings::{Crossings, crossings};
pub use diagnosis::{DiagnosisOptions, EpisodeName, EpisodeNameError, diagnose, diagnose_episode};
pub use draft::{DraftOptions, Drafted, draft_rule};
pub use error::{DraftError, Error, PagesError, RuleFolderError, SkippedRuleEntry};
pub use evidence::{
    Evidence, Focus, abandon, allow_memory, check_writable, encode, import, is_asking, load, minimize, read, read_all, read_from, save,
    write,
};
pub use explanation::{EpisodeExplanation, Explanation, Ranking, closest, explain, why_not};
pub use fixes::{FixOptions, fixes};
pub use lineage::{LineageExtent, add_lineage, open_clone};
pub use masked::{check_output, mask_listed, without_secrets};
pub use pages::write_pages;
pub use rule_check::{CheckOptions, Checked, check_rules};
pub use rule_copy::copy_rule;
pub use rule_mending::{Mended, mend_rules};
pub use rule_proof::{CodeAt, RuleProof};
pub use rules::{RuleSet, Rules};
pub use trials::{CasePlace, CasePlaceError, ClauseStateCoverage, LEAST_COVERAGE, Mutations, case_bundle, coverage, mutations, test};
pub use watched_files::WatchedFolders;

#[cfg(feature = "live")]
pub use audit_log::AuditLog;
#[cfg(feature = "live")]
pub use collecting::{Collected, Purpose, Stop, USUAL_FILE, Watching, collect, replay, save_usual, survey, survey_replay, what_runs};
#[cfg(feature = "live")]
pub use deployment::{DEADLINE, DeploymentOptions, FEEDER_URL, IDLE_TIMEOUT, IncidentOptions, LOG_PAUSE, LOGGING_URL, REQUEST_TIMEOUT};
pub use error::SyntheticError;
#[cfg(feature = "live")]
pub use error::{AuditError, RoleError};
#[cfg(feature = "live")]
pub use plan::{Plan, by_hand, plan, survey_plan};
#[cfg(feature = "live")]
pub use role::role;
pub use synthetic::{EvaluationOptions, LEAST_RATE, NUMBER, SEED, evaluate, is_good, member, simulate, write_population};

// What the operations take and give, and why they fail, from the layers below.
#[cfg(feature = "live")]
pub use crate::collect::by_hand::NoScript;
pub use crate::collect::git::{GitError, Repo};
pub use crate::collect::listed::ListError;
#[cfg(feature = "live")]
pub use crate::collect::live::fault::{AskFault, FaultKind};
#[cfg(feature = "live")]
pub use crate::collect::live::kubeconfig::ContextError;
#[cfg(feature = "live")]
pub use crate::collect::live::proxies::ProxyError;
#[cfg(feature = "live")]
pub use crate::collect::live::{CollectError, RecordError, ReplayError, progress};
pub use crate::collect::recording::OpenError;
pub use crate::collect::redact::held::RulesError;
pub use crate::collect::store::{Input, LoadError, Malformed, SaveError};
pub use crate::engine::authoring::coverage_report::{ClauseCoverage, RuleCoverage, word as truth_word};
pub use crate::engine::authoring::cross_fire::RuleHit;
pub use crate::engine::authoring::draft_rule::NoDraft;
pub use crate::engine::authoring::minimize::NotMinimal;
pub use crate::engine::authoring::mutate::MutationReport;
pub use crate::engine::authoring::rule_test::CaseResult;
pub use crate::engine::decide::evaluate::{Element, Evaluated, Outcome};
pub use crate::engine::decide::fault::{BrokenClause, ClauseFault};
pub use crate::engine::decide::why_not::{Approach, Miss, Reached};
pub use crate::engine::language::check::Check;
pub use crate::engine::language::check_report;
pub use crate::engine::language::problem::Weight;
pub use crate::engine::language::script::ScriptError;
pub use crate::engine::language::value::Unlike;
pub use crate::engine::printed::PlaceTally;
pub use crate::engine::printed::catalogue::NoCatalogue;
pub use crate::engine::reference::rule_page::{PageSection, RulePage};
pub use crate::engine::{FileText, Problem, Trial};
pub use crate::evaluation::{CauseAnswer, Evaluation};
pub use crate::limits;
pub use crate::simulate::{DescribedScenario, SCENARIOS, Scenario, UnknownScenario};
