//! Arguments of the commands that ask a live deployment.
//!
//! Invariant: no command takes what it ignores. Where options become settings they are taken apart whole, so that the compiler sees one
//! that nobody reads.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::units::{Size, Time};
use super::{DiagnosisArguments, RuleSetArguments, TableFormat};
use crate::evidence::Timestamp;
use crate::investigate::limits::{ANSWER_BYTES, LOG_BYTES, SNAPSHOTS};
use crate::investigate::{
    DEADLINE, DeploymentOptions, FEEDER_URL, IDLE_TIMEOUT, IncidentOptions, LOG_PAUSE, LOGGING_URL, REQUEST_TIMEOUT, USUAL_FILE,
};

/// A text that names no snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time as in 20261122T083832Z")]
struct NoEpisodeTime;

fn episode_time(text: &str) -> Result<Timestamp, NoEpisodeTime> {
    Timestamp::from_file_name(text).ok_or(NoEpisodeTime)
}

/// Which deployment to ask, and how patiently.
#[derive(Debug, Args)]
pub(in crate::cli) struct DeploymentArguments {
    /// The Kubernetes namespace
    #[arg(long, value_name = "NS", required_unless_present = "replay")]
    pub(in crate::cli) namespace: Option<String>,
    /// The Kubernetes context [default: the only one with `sequencer-dev` in its name]
    #[arg(long, value_name = "CONTEXT")]
    pub(in crate::cli) context: Option<String>,
    /// URL of an Echonet that is already port-forwarded; whysync checks that it belongs to the namespace
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) echonet_url: Option<String>,
    /// Give up on a source after this long without data
    #[arg(long, value_name = "TIMESPAN", default_value_t = Time(IDLE_TIMEOUT))]
    pub(in crate::cli) idle_timeout: Time,
    /// Give up on one answer after this long, even if data still comes
    #[arg(long, value_name = "TIMESPAN", default_value_t = Time(REQUEST_TIMEOUT))]
    pub(in crate::cli) request_timeout: Time,
    /// End the whole collection after this long, and write what has been gathered
    #[arg(long, value_name = "TIMESPAN", default_value_t = Time(DEADLINE))]
    pub(in crate::cli) deadline: Time,
    /// Largest answer that is accepted; all answers together, without the logs, may be four times as large
    #[arg(long, value_name = "SIZE", default_value_t = Size(ANSWER_BYTES))]
    pub(in crate::cli) max_answer: Size,
    /// Print every request without sending any
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Show no progress (it is only shown if standard error is a terminal)
    #[arg(long)]
    pub(in crate::cli) quiet: bool,
    /// Log each finished request to this file, one line of JSON each, even if no bundle is written
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub(in crate::cli) audit: Option<PathBuf>,
    /// Also keep every answer, redacted, in this new folder, for --replay
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "dry_run")]
    pub(in crate::cli) record: Option<PathBuf>,
    /// Send nothing: repeat the collection that was recorded in this folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with_all = ["namespace", "context", "echonet_url", "idle_timeout", "request_timeout", "deadline", "max_answer", "dry_run", "audit", "record"])]
    pub(in crate::cli) replay: Option<PathBuf>,
}

impl DeploymentArguments {
    /// The options of the front door.
    pub(in crate::cli) fn options(&self) -> DeploymentOptions {
        let Self {
            namespace,
            context,
            echonet_url,
            idle_timeout,
            request_timeout,
            deadline,
            max_answer,
            record,
            // Whether anybody is asked, and who is told, is decided elsewhere.
            dry_run: _,
            quiet: _,
            audit: _,
            replay: _,
        } = self;
        DeploymentOptions {
            namespace: namespace.clone().unwrap_or_default(),
            context: context.clone(),
            echonet_url: echonet_url.clone(),
            idle_timeout: idle_timeout.0,
            request_timeout: request_timeout.0,
            deadline: deadline.0,
            max_answer_bytes: max_answer.0,
            record: record.clone(),
        }
    }
}

/// Which incident of a deployment to collect, and whom else to ask.
#[derive(Debug, Args)]
pub(in crate::cli) struct IncidentArguments {
    #[command(flatten)]
    pub(in crate::cli) deployment: DeploymentArguments,
    /// The block to look at [default: that of the last resync]
    #[arg(long, value_name = "N", conflicts_with = "replay")]
    pub(in crate::cli) block: Option<u64>,
    /// The resync to look at, by the time in the name of its snapshot, such as 20261122T083832Z; `whysync episodes` lists them
    #[arg(long, value_name = "TIME", value_parser = episode_time, conflicts_with = "replay")]
    pub(in crate::cli) episode: Option<Timestamp>,
    /// The Google Cloud project of the logs [default: that of the Kubernetes context]
    #[arg(long, value_name = "PROJECT", conflicts_with = "replay")]
    pub(in crate::cli) project: Option<String>,
    /// URL of mainnet's feeder gateway
    #[arg(long, value_name = "URL", default_value = FEEDER_URL, conflicts_with = "replay")]
    pub(in crate::cli) feeder_url: String,
    /// URL of Cloud Logging
    #[arg(long, value_name = "URL", default_value = LOGGING_URL, conflicts_with = "replay")]
    pub(in crate::cli) logging_url: String,
    /// Pause between pages of log entries: the whole project shares one quota
    #[arg(long, value_name = "TIMESPAN", default_value_t = Time(LOG_PAUSE), conflicts_with = "replay")]
    pub(in crate::cli) log_pause: Time,
    /// Most log data per program; the rest counts as not seen
    #[arg(long, value_name = "SIZE", default_value_t = Size(LOG_BYTES), conflicts_with = "replay")]
    pub(in crate::cli) max_log: Size,
    /// A clone of the repository: also keep in the bundle which commits the deployed code contains, as `whysync bundle lineage` does
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "dry_run")]
    pub(in crate::cli) repo: Option<PathBuf>,
}

impl IncidentArguments {
    /// The options of the front door.
    pub(in crate::cli) fn options(&self) -> IncidentOptions {
        // The clone is opened by the command.
        let Self { deployment, block, episode, project, feeder_url, logging_url, log_pause, max_log, repo: _ } = self;
        IncidentOptions {
            deployment: deployment.options(),
            block: *block,
            episode: *episode,
            project: project.clone(),
            feeder_url: feeder_url.clone(),
            logging_url: logging_url.clone(),
            log_pause: log_pause.0,
            max_log_bytes: max_log.0,
        }
    }
}

/// Arguments of `episodes`.
#[derive(Debug, Args)]
pub(in crate::cli) struct EpisodesArguments {
    #[command(flatten)]
    pub(in crate::cli) deployment: DeploymentArguments,
    /// Only the resyncs whose epochs came near this block
    #[arg(long, value_name = "N")]
    pub(in crate::cli) block: Option<u64>,
    /// Read at most this many snapshots, newest first; of older ones only the time is shown
    #[arg(long, value_name = "N", default_value_t = SNAPSHOTS)]
    pub(in crate::cli) limit: usize,
    /// Output format
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    pub(in crate::cli) format: TableFormat,
}

/// Arguments of `collect`.
#[derive(Debug, Args)]
pub(in crate::cli) struct CollectArguments {
    #[command(flatten)]
    pub(in crate::cli) incident: IncidentArguments,
    #[command(flatten)]
    pub(in crate::cli) rules: RuleSetArguments,
    /// Send nothing: print a script of kubectl, gcloud and curl commands that collects the same into a new folder, for `whysync diagnose`
    ///
    /// For people who may not run a new program against the cluster. The namespace and block are written into the script, and the context
    /// and project if you name them.
    #[arg(long, requires = "block", conflicts_with_all = ["echonet_url", "idle_timeout", "request_timeout", "deadline", "max_answer", "dry_run", "quiet", "audit", "record", "replay", "episode", "feeder_url", "logging_url", "log_pause", "max_log", "repo", "folders", "output"])]
    pub(in crate::cli) by_hand: bool,
    /// The bundle to write; compressed if the name ends in .zst
    #[arg(short, long, value_name = "FILE", default_value = USUAL_FILE)]
    pub(in crate::cli) output: PathBuf,
}

/// Arguments of `investigate`.
#[derive(Debug, Args)]
pub(in crate::cli) struct InvestigateArguments {
    #[command(flatten)]
    pub(in crate::cli) incident: IncidentArguments,
    /// The bundle to write [default: a new file whysync-NAMESPACE-BLOCK-TIME.json.zst, with the time of the resync]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) bundle: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) rules: RuleSetArguments,
    #[command(flatten)]
    pub(in crate::cli) diagnosis: DiagnosisArguments,
}

/// Arguments of `rbac`.
#[derive(Debug, Args)]
pub(in crate::cli) struct RbacArguments {
    /// The Kubernetes namespace
    #[arg(long, value_name = "NS")]
    pub(in crate::cli) namespace: String,
    /// Also grant reading this ConfigMap, which holds Echonet's source; its name changes with each deployment
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) config_map: Option<String>,
}
