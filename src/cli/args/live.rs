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
    /// The Kubernetes context; the only one whose name holds `sequencer-dev` otherwise
    #[arg(long, value_name = "CONTEXT")]
    pub(in crate::cli) context: Option<String>,
    /// An Echonet that is forwarded already; it is checked to be that of the namespace
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) echonet_url: Option<String>,
    /// Give up on a source after this long without data
    #[arg(long, value_name = "TIMESPAN", default_value_t = Time(IDLE_TIMEOUT))]
    pub(in crate::cli) idle_timeout: Time,
    /// Give up on one answer after this long, even if data still comes
    #[arg(long, value_name = "TIMESPAN", default_value_t = Time(REQUEST_TIMEOUT))]
    pub(in crate::cli) request_timeout: Time,
    /// End the whole collection after this long, and write what was gathered by then
    #[arg(long, value_name = "TIMESPAN", default_value_t = Time(DEADLINE))]
    pub(in crate::cli) deadline: Time,
    /// Refuse an answer that is larger than this; all together may be four times as large, without the logs
    #[arg(long, value_name = "SIZE", default_value_t = Size(ANSWER_BYTES))]
    pub(in crate::cli) max_answer: Size,
    /// Print what would be asked, and ask nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Draw no progress; none is drawn either where standard error is no terminal
    #[arg(long)]
    pub(in crate::cli) quiet: bool,
    /// Write each request to this file as soon as it has ended, as a line of JSON: also where no bundle comes of it
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub(in crate::cli) audit: Option<PathBuf>,
    /// Keep every answer in this new folder too, after redaction, for --replay
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "dry_run")]
    pub(in crate::cli) record: Option<PathBuf>,
    /// Ask nobody: run the collection that was recorded in this folder once more
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
    /// The block to look at; that of the last resync otherwise
    #[arg(long, value_name = "N", conflicts_with = "replay")]
    pub(in crate::cli) block: Option<u64>,
    /// The one resync to look at, by the time in the name of its snapshot, such as 20261122T083832Z; `whysync episodes` lists them
    #[arg(long, value_name = "TIME", value_parser = episode_time, conflicts_with = "replay")]
    pub(in crate::cli) episode: Option<Timestamp>,
    /// The Google Cloud project of the logs; that of the context otherwise
    #[arg(long, value_name = "PROJECT", conflicts_with = "replay")]
    pub(in crate::cli) project: Option<String>,
    /// Mainnet's feeder gateway
    #[arg(long, value_name = "URL", default_value = FEEDER_URL, conflicts_with = "replay")]
    pub(in crate::cli) feeder_url: String,
    /// Cloud Logging
    #[arg(long, value_name = "URL", default_value = LOGGING_URL, conflicts_with = "replay")]
    pub(in crate::cli) logging_url: String,
    /// Wait this long between pages of log entries: the whole project shares the quota
    #[arg(long, value_name = "TIMESPAN", default_value_t = Time(LOG_PAUSE), conflicts_with = "replay")]
    pub(in crate::cli) log_pause: Time,
    /// Take in no more log lines of a program than this; the rest counts as not seen
    #[arg(long, value_name = "SIZE", default_value_t = Size(LOG_BYTES), conflicts_with = "replay")]
    pub(in crate::cli) max_log: Size,
    /// A clone of the repository: keeps in the bundle what the deployed code contains, as `whysync bundle lineage` does
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
    /// How many snapshots are read, newest first; of older ones only the time is known
    #[arg(long, value_name = "N", default_value_t = SNAPSHOTS)]
    pub(in crate::cli) limit: usize,
    /// How to write the list
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
    /// Ask nobody: print a script of kubectl, gcloud and curl that collects the same into a new folder, for `whysync diagnose`
    ///
    /// For people who may not run a new program against the cluster. The namespace and the block are written into it, and the context and
    /// the project where they are named.
    #[arg(long, requires = "block", conflicts_with_all = ["echonet_url", "idle_timeout", "request_timeout", "deadline", "max_answer", "dry_run", "quiet", "audit", "record", "replay", "episode", "feeder_url", "logging_url", "log_pause", "max_log", "repo", "folders", "output"])]
    pub(in crate::cli) by_hand: bool,
    /// The bundle to write; compressed if it ends in .zst
    #[arg(short, long, value_name = "FILE", default_value = USUAL_FILE)]
    pub(in crate::cli) output: PathBuf,
}

/// Arguments of `investigate`.
#[derive(Debug, Args)]
pub(in crate::cli) struct InvestigateArguments {
    #[command(flatten)]
    pub(in crate::cli) incident: IncidentArguments,
    /// The bundle to keep; a new file whysync-NAMESPACE-BLOCK-TIME.json.zst otherwise, with the time of the resync
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
    /// The ConfigMap with Echonet's source, to be read too; its name changes with each deployment
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) config_map: Option<String>,
}
