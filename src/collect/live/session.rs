//! One collection's way to ask: limits, patience, repetition, and a row in the audit log for everything that was sent.

#![expect(clippy::disallowed_methods, reason = "an edge: this is where waiting is measured")]

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};

use super::Options;
use super::cluster::{Cluster, Flow, Sink};
use super::fault::{Fault, FaultKind};
use super::guard::WebHost;
use super::question::{Question, Way};
use super::web::Web;
use crate::collect::Body;
use crate::evidence::{AuditRow, Timestamp};

/// How many questions each of those asked answers at the same time.
struct Limits {
    cluster: Semaphore,
    commands: Semaphore,
    echonet: Semaphore,
    mainnet: Semaphore,
    logs: Semaphore,
}

/// A running collection.
pub(super) struct Session {
    pub(super) options: Options,
    pub(super) cluster: Cluster,
    pub(super) clock: fn() -> Timestamp,
    web: Web,
    limits: Limits,
    stop: watch::Receiver<bool>,
    audit: Mutex<Vec<AuditRow>>,
}

impl Session {
    pub(super) fn new(options: Options, cluster: Cluster, clock: fn() -> Timestamp, stop: watch::Receiver<bool>) -> Result<Self, Fault> {
        // Echonet serves with one process, and mainnet is everybody's.
        let limits = Limits {
            cluster: Semaphore::new(8),
            commands: Semaphore::new(4),
            echonet: Semaphore::new(2),
            mainnet: Semaphore::new(4),
            logs: Semaphore::new(1),
        };
        let web = Web::new(options.patience)?;
        Ok(Self { options, cluster, clock, web, limits, stop, audit: Mutex::default() })
    }

    pub(super) fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// Returns when the collection is stopped; never if nobody can stop it any more.
    pub(super) async fn stopped(&self) {
        if self.stop.clone().wait_for(|it| *it).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    pub(super) fn audit(&self) -> Vec<AuditRow> {
        self.audit.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks, again if that may help, and takes the whole body in, redacted.
    pub(super) async fn ask(&self, question: &Question) -> Result<Body, Fault> {
        let mut attempt = 1;
        loop {
            let started = Instant::now();
            let mut bytes = Vec::new();
            let cap = self.options.max_answer_bytes;
            let mut is_over = false;
            let sent = self
                .send(question, &mut |part| {
                    is_over = cap < (bytes.len() + part.len()) as u64;
                    if is_over {
                        return Flow::Enough;
                    }
                    bytes.extend_from_slice(part);
                    Flow::On
                })
                .await;
            let fault = match sent {
                Ok(_) if is_over => {
                    Fault::new(FaultKind::Lasting, &format!("the answer is larger than {cap} bytes, the most that is taken in"))
                }
                Ok(status) => {
                    let body = Body::from_bytes(question.to_string(), &bytes);
                    let took_ms = u64::try_from(started.elapsed().as_millis()).ok();
                    return Ok(Body { status: Some(status).filter(|it| *it != 0), at: Some((self.clock)()), took_ms, ..body });
                }
                Err(fault) => fault,
            };
            if fault.kind != FaultKind::Passing || self.options.attempts <= attempt {
                return Err(fault);
            }
            self.pause(attempt, &fault, started.elapsed()).await?;
            attempt += 1;
        }
    }

    /// Sends once, and notes it.
    pub(super) async fn send(&self, question: &Question, sink: Sink<'_>) -> Result<u16, Fault> {
        let interrupted = || Fault::new(FaultKind::Interrupted, "the collection was stopped before an answer came");
        let limit = match question {
            Question::Volume { .. } => &self.limits.commands,
            Question::Echonet { .. } => &self.limits.echonet,
            Question::Mainnet(_) => &self.limits.mainnet,
            Question::LogEntries { .. } => &self.limits.logs,
            _ => &self.limits.cluster,
        };
        let mut received = 0_u64;
        let mut count = |part: &[u8]| {
            received += part.len() as u64;
            sink(part)
        };
        let mut sent_at = None;
        let answer = async {
            let _permit = limit.acquire().await.map_err(|_| interrupted())?;
            sent_at = Some(((self.clock)(), Instant::now()));
            self.transmit(question, &mut count).await
        };
        let answer = tokio::select! {
            answer = answer => answer,
            () = self.stopped() => Err(interrupted()),
        };
        if let Some((at, started)) = sent_at {
            let (status, failure) = match &answer {
                Ok(status) => (Some(*status), None),
                Err(fault) => (fault.status, Some(fault.reason.clone())),
            };
            let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            let row = AuditRow { asked: question.to_string(), at, took_ms, status, bytes: received, failure };
            self.audit.lock().unwrap_or_else(PoisonError::into_inner).push(row);
        }
        answer
    }

    async fn transmit(&self, question: &Question, sink: Sink<'_>) -> Result<u16, Fault> {
        let options = &self.options;
        let patience = options.patience;
        match question {
            Question::Volume { namespace, pod, command } => self.cluster.run(namespace, pod, command, patience, sink).await,
            Question::Echonet { way: Way::PortForward { namespace, pod, port }, page } => {
                self.cluster.forward((namespace, pod, *port), *page, patience, sink).await
            }
            Question::Echonet { way: Way::Url, page } => {
                let base = options.echonet_url.as_deref().unwrap_or_default().trim_end_matches('/');
                self.web.get((WebHost::Echonet, base), &page.path(), patience, sink).await
            }
            Question::Mainnet(page) => {
                let base = options.feeder_url.trim_end_matches('/');
                self.web.get((WebHost::Mainnet, base), &page.path(), patience, sink).await
            }
            Question::LogEntries { project, filter, page_token } => {
                let base = options.logging_url.trim_end_matches('/');
                self.web.log_entries(base, (project, filter, page_token.as_deref()), patience, sink).await
            }
            _ => self.cluster.get(question, patience, sink).await,
        }
    }

    /// Waits before the next attempt: as long as asked for, else longer each time, and never for everybody the same.
    pub(super) async fn pause(&self, attempt: u32, fault: &Fault, spent: Duration) -> Result<(), Fault> {
        const LONGEST: Duration = Duration::from_secs(60);
        let step = self.options.backoff.saturating_mul(1 << attempt.min(5));
        // The low digits of how long the last attempt took are as good as drawn.
        let jitter = step.mul_f64(f64::from(spent.subsec_nanos() % 1000) / 2000.0);
        let wait = fault.retry_after.unwrap_or(step + jitter).min(LONGEST);
        tokio::select! {
            () = tokio::time::sleep(wait) => Ok(()),
            () = self.stopped() => Err(Fault::new(FaultKind::Interrupted, "the collection was stopped")),
        }
    }
}
