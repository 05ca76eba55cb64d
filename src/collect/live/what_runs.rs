//! What runs in a live deployment: its pods and Echonet's source, and nothing else.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::answers::{Answers, Choice};
use super::opening::open;
use super::{CollectError, KnownPods, Options, answer};
use crate::collect::import::{Asked, Reach, assemble};
use crate::evidence::{Bundle, Gathered, Logs, Origin, Request, Timestamp};

impl Options {
    /// For questions to the cluster alone.
    #[must_use]
    pub fn of_cluster(namespace: String, context: Option<String>, patience: Duration) -> Self {
        const MAX_ANSWER_BYTES: u64 = 256 * 1024 * 1024;
        Self {
            namespace,
            block: None,
            episode: None,
            context,
            project: None,
            echonet_url: None,
            feeder_url: String::new(),
            logging_url: String::new(),
            patience,
            attempts: 4,
            backoff: patience / 60,
            log_pause: Duration::ZERO,
            max_answer_bytes: MAX_ANSWER_BYTES,
            max_log_bytes: 0,
        }
    }
}

/// Asks the cluster for pods and for the ConfigMap with Echonet's source. `tell` is told the chosen context before anything is sent.
///
/// # Errors
/// When there is no cluster to ask or no such namespace. What fails after that is part of the bundle.
pub async fn what_runs(
    options: Options,
    clock: fn() -> Timestamp,
    stop: watch::Receiver<bool>,
    tell: impl FnOnce(&str),
) -> Result<Bundle, CollectError> {
    let asked = Asked { block: None, namespace: Some(options.namespace.clone()), reach: Reach::Incident, also: BTreeSet::default() };
    let session = open(options, clock, stop, tell).await?;
    let pods = Arc::<KnownPods>::default();
    let mut answers = Answers::new(Choice::All);
    // The pods first: they tell which ConfigMap is mounted.
    for request in [Request::Pods, Request::EchonetSource] {
        let answered = answer(&session, &pods, &request).await;
        answers.insert(request, answered);
    }
    let mut bundle = assemble(&answers, asked, Logs { echonet: Gathered::NotAsked, sequencer: Gathered::NotAsked });
    bundle.incident.origin = Origin::Collected;
    Ok(bundle)
}
