//! Which deployment to query, for what, and with which timeouts. The command line takes its defaults from here.

use std::path::PathBuf;
use std::time::Duration;

use crate::collect::live::CollectOptions;
use crate::evidence::Timestamp;
pub use crate::evidence::sources::FEEDER_URL;
use crate::limits::{ANSWER_BYTES, ANSWERS_IN_ALL, ATTEMPTS, COLLECTION_MILLIS, IDLE_MILLIS, LOG_BYTES, REQUEST_MILLIS};

/// Give up on a source after this long without data.
pub const IDLE_TIMEOUT: Duration = Duration::from_millis(IDLE_MILLIS);
/// How long one answer may take to its end.
pub const REQUEST_TIMEOUT: Duration = Duration::from_millis(REQUEST_MILLIS);
/// How long a whole collection may take.
pub const DEADLINE: Duration = Duration::from_millis(COLLECTION_MILLIS);
/// The pause between pages of log entries: the quota is everybody's in the project.
pub const LOG_PAUSE: Duration = Duration::from_millis(2_000);
/// Cloud Logging.
pub const LOGGING_URL: &str = "https://logging.googleapis.com";

/// Which deployment to ask, and how patiently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentOptions {
    /// The Kubernetes namespace.
    pub namespace: String,
    /// The Kubernetes context [default: the only one with `sequencer-dev` in its name].
    pub context: Option<String>,
    /// An Echonet that is reachable already; it is checked to be that of the namespace.
    pub echonet_url: Option<String>,
    /// Give up on a source after this long without data.
    pub idle_timeout: Duration,
    /// How long one answer may take to its end, each time that it is asked for.
    pub request_timeout: Duration,
    /// How long the whole collection may take; what was gathered by then is the collection.
    pub deadline: Duration,
    /// Size above which an answer is refused, in bytes. All together may be four times as large, without the logs.
    pub max_answer_bytes: u64,
    /// A new or empty folder in which every answer is kept too, after redaction, so that the collection can be replayed.
    pub record: Option<PathBuf>,
}

impl DeploymentOptions {
    /// The deployment of a namespace, asked with the usual limits.
    #[must_use]
    pub fn new(namespace: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            context: None,
            echonet_url: None,
            idle_timeout: IDLE_TIMEOUT,
            request_timeout: REQUEST_TIMEOUT,
            deadline: DEADLINE,
            max_answer_bytes: ANSWER_BYTES,
            record: None,
        }
    }

    pub(super) fn settings(&self) -> CollectOptions {
        CollectOptions {
            namespace: self.namespace.clone(),
            block: None,
            episode: None,
            context: self.context.clone(),
            project: None,
            echonet_url: self.echonet_url.clone(),
            feeder_url: String::new(),
            logging_url: String::new(),
            idle_timeout: self.idle_timeout,
            request_timeout: self.request_timeout,
            deadline: self.deadline,
            attempts: ATTEMPTS,
            // Who waits longer for data is no less in a hurry to ask again.
            backoff: self.idle_timeout.min(IDLE_TIMEOUT).checked_div(60).unwrap_or_default(),
            log_pause: Duration::ZERO,
            max_answer_bytes: self.max_answer_bytes,
            max_total_bytes: self.max_answer_bytes.saturating_mul(ANSWERS_IN_ALL),
            max_log_bytes: 0,
            record: self.record.clone(),
        }
    }
}

/// Which incident of a deployment to collect, and whom else to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentOptions {
    /// The deployment.
    pub deployment: DeploymentOptions,
    /// The block to look at [default: that of the last resync].
    pub block: Option<u64>,
    /// The one resync to look at, by the time in the name of its snapshot.
    pub episode: Option<Timestamp>,
    /// The Google Cloud project of the logs [default: that of the Kubernetes context].
    pub project: Option<String>,
    /// Mainnet's feeder gateway.
    pub feeder_url: String,
    /// Cloud Logging.
    pub logging_url: String,
    /// The pause between pages of log entries.
    pub log_pause: Duration,
    /// Size at which no more log lines of a program are taken in, in bytes; the rest counts as not seen.
    pub max_log_bytes: u64,
}

impl IncidentOptions {
    /// The last resync of the deployment of a namespace.
    #[must_use]
    pub fn new(namespace: impl Into<String>) -> Self {
        Self::from_deployment(DeploymentOptions::new(namespace))
    }

    /// The last resync of a deployment.
    #[must_use]
    pub fn from_deployment(deployment: DeploymentOptions) -> Self {
        Self {
            deployment,
            block: None,
            episode: None,
            project: None,
            feeder_url: FEEDER_URL.to_owned(),
            logging_url: LOGGING_URL.to_owned(),
            log_pause: LOG_PAUSE,
            max_log_bytes: LOG_BYTES,
        }
    }

    pub(super) fn settings(&self) -> CollectOptions {
        // Taken apart whole, so that the compiler sees an option that nobody reads.
        let Self { deployment, block, episode, project, feeder_url, logging_url, log_pause, max_log_bytes } = self;
        CollectOptions {
            block: *block,
            episode: *episode,
            project: project.clone(),
            feeder_url: feeder_url.clone(),
            logging_url: logging_url.clone(),
            log_pause: *log_pause,
            max_log_bytes: *max_log_bytes,
            ..deployment.settings()
        }
    }
}
