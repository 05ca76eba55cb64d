//! What to collect, and how patiently.

use std::path::PathBuf;
use std::time::Duration;

use super::exchange::Manifest;
use crate::evidence::Timestamp;
use crate::evidence::sources::{Bound, EchonetWay};

/// What to collect, and how patiently.
#[derive(Debug, Clone)]
pub struct CollectOptions {
    /// Kubernetes namespace.
    pub namespace: String,
    /// The block to look at; the last resync otherwise.
    pub block: Option<u64>,
    /// The one resync to look at, by the time in the name of its snapshot.
    pub episode: Option<Timestamp>,
    /// Kubernetes context; the only one whose name holds `sequencer-dev` otherwise.
    pub context: Option<String>,
    /// Google Cloud project; that of the context otherwise.
    pub project: Option<String>,
    /// An Echonet that is reachable already.
    pub echonet_url: Option<String>,
    /// Mainnet's feeder gateway.
    pub feeder_url: String,
    /// Cloud Logging.
    pub logging_url: String,
    /// Give up on a source after this long without data.
    pub idle_timeout: Duration,
    /// How long one answer may take to its end, each time that it is asked for.
    pub request_timeout: Duration,
    /// How long the whole collection may take.
    pub deadline: Duration,
    /// How often to ask for the same at most.
    pub attempts: u32,
    /// The first pause before asking again.
    pub backoff: Duration,
    /// The pause between pages of log entries.
    pub log_pause: Duration,
    /// Size above which an answer is refused, in bytes.
    pub max_answer_bytes: u64,
    /// Size of all answers together above which a further one is refused, in bytes. Logs have a limit of their own.
    pub max_total_bytes: u64,
    /// Size at which no more log lines of a program are taken in, in bytes: as received, and as held in memory.
    pub max_log_bytes: u64,
    /// A new or empty folder to which everything is recorded, for [`replay`](crate::investigate::replay).
    pub record: Option<PathBuf>,
}

impl CollectOptions {
    /// How much a limit of a source allows: as much as the table says, or the user.
    pub(super) fn most(&self, bound: Bound) -> u64 {
        match bound {
            Bound::Answer => self.max_answer_bytes,
            Bound::Together => self.max_total_bytes,
            Bound::Log => self.max_log_bytes,
            Bound::Line
            | Bound::SnapshotsAtOnce
            | Bound::SourceAnswer
            | Bound::SourceUnpacked
            | Bound::SourceFiles
            | Bound::SourceName
            | Bound::File => bound.limit().most.number(),
        }
    }

    /// How many bytes of lines a source with these limits may give of one program: none where it names no such limit.
    pub(super) fn log_bytes(&self, limits: &[Bound]) -> u64 {
        if limits.contains(&Bound::Log) { self.most(Bound::Log) } else { 0 }
    }

    /// Those with which a recorded collection asks the same again.
    pub(super) fn from_manifest(recorded: &Manifest) -> Self {
        Self {
            namespace: recorded.namespace.clone(),
            block: recorded.block,
            episode: recorded.episode,
            context: Some(recorded.context.clone()),
            project: recorded.project.clone(),
            // Only that there was one matters: nothing is sent.
            echonet_url: (recorded.way == EchonetWay::Url).then(String::new),
            feeder_url: String::new(),
            logging_url: String::new(),
            idle_timeout: Duration::ZERO,
            request_timeout: Duration::MAX,
            deadline: Duration::from_secs(24 * 60 * 60),
            attempts: recorded.attempts,
            backoff: Duration::ZERO,
            log_pause: Duration::ZERO,
            max_answer_bytes: u64::MAX,
            max_total_bytes: u64::MAX,
            max_log_bytes: recorded.max_log_bytes,
            record: None,
        }
    }
}
