//! One collection's way to ask: limits, patience, repetition, and a row in the audit log for everything that was sent.

#![expect(clippy::disallowed_methods, reason = "an edge: this is where waiting is measured")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};

use super::Options;
use super::cluster::{Cluster, Flow, Sink};
use super::fault::{Fault, FaultKind};
use super::guard::WebHost;
use super::question::{Question, Way};
use super::web::Web;
use crate::collect::Body;
use crate::evidence::{AuditRow, CollectionEnd, Timestamp};

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
    deadline: tokio::time::Instant,
    ended: OnceLock<CollectionEnd>,
    /// Bytes of the answers that are kept.
    kept: AtomicU64,
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
        let deadline = tokio::time::Instant::now() + options.time_limit;
        let (ended, kept, audit) = (OnceLock::new(), AtomicU64::new(0), Mutex::default());
        Ok(Self { options, cluster, clock, web, limits, stop, deadline, ended, kept, audit })
    }

    /// Whether the collection is to end now; whoever asks leaves something unasked then.
    pub(super) fn is_stopped(&self) -> bool {
        if *self.stop.borrow() {
            let _ = self.ended.set(CollectionEnd::Interrupted);
        } else if self.deadline <= tokio::time::Instant::now() {
            let _ = self.ended.set(CollectionEnd::OutOfTime);
        }
        self.ended.get().is_some()
    }

    /// Why something was left unasked, if something was.
    pub(super) fn end(&self) -> CollectionEnd {
        self.ended.get().copied().unwrap_or(CollectionEnd::Finished)
    }

    /// Returns when the collection is to end, with what that means for an answer that is awaited.
    pub(super) async fn stopped(&self) -> Fault {
        let mut stop = self.stop.clone();
        let by_user = async {
            if stop.wait_for(|it| *it).await.is_err() {
                // Nobody can stop it any more.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = by_user => {
                let _ = self.ended.set(CollectionEnd::Interrupted);
            }
            () = tokio::time::sleep_until(self.deadline) => {
                let _ = self.ended.set(CollectionEnd::OutOfTime);
            }
        }
        ended_before_an_answer(self.end())
    }

    pub(super) fn audit(&self) -> Vec<AuditRow> {
        self.audit.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks, again if that may help, and takes the whole body in, redacted. What was cut off goes on where it broke off, if its source can
    /// do that, and else begins anew.
    pub(super) async fn ask(&self, question: &Question) -> Result<Body, Fault> {
        let mut taken = Taken { bytes: Vec::new(), kept: &self.kept };
        let mut attempt = 1;
        loop {
            let started = Instant::now();
            let fault = match self.attempt(question, &mut taken).await {
                Ok(body) => return Ok(body),
                Err(fault) => fault,
            };
            if fault.kind != FaultKind::Passing || self.options.attempts <= attempt {
                return Err(fault);
            }
            self.pause(attempt, &fault, started.elapsed()).await?;
            attempt += 1;
        }
    }

    async fn attempt(&self, question: &Question, taken: &mut Taken<'_>) -> Result<Body, Fault> {
        let started = Instant::now();
        let rest = question.rest(taken.bytes.len() as u64);
        if rest.is_none() {
            taken.clear();
        }
        let options = &self.options;
        // Pages of logs are not kept, and what is kept of them has a limit of its own.
        let together = if matches!(question, Question::LogEntries { .. }) { u64::MAX } else { options.max_total_bytes };
        let mut over = None;
        let sent = self
            .send(rest.as_ref().unwrap_or(question), &mut |part| {
                over = taken.add(part, options.max_answer_bytes, together).err();
                if over.is_some() { Flow::Enough } else { Flow::On }
            })
            .await;
        let status = match (sent, over) {
            (Ok(_), Some(over)) => return Err(Fault::new(FaultKind::Lasting, &over)),
            (sent, _) => sent?,
        };
        if rest.is_some() && !self.is_whole(question, taken.bytes.len()).await? {
            taken.clear();
            return Err(Fault::new(FaultKind::Passing, "the file changed while it was read in parts"));
        }
        let body = Body::from_bytes(question.to_string(), &taken.bytes);
        if !matches!(question, Question::LogEntries { .. }) {
            taken.keep();
        }
        let took_ms = u64::try_from(started.elapsed().as_millis()).ok();
        Ok(Body { status: Some(status).filter(|it| *it != 0), at: Some((self.clock)()), took_ms, ..body })
    }

    /// Whether a file that was read in parts still has the size of those parts: files on the volume are written once, so one that has not
    /// grown or shrunk is the same.
    async fn is_whole(&self, question: &Question, bytes: usize) -> Result<bool, Fault> {
        const LINE: usize = 4096;
        let Some(size) = question.size() else { return Ok(true) };
        let mut line = Vec::new();
        self.send(&size, &mut |part| {
            line.extend_from_slice(part);
            if line.len() < LINE { Flow::On } else { Flow::Enough }
        })
        .await?;
        let line = String::from_utf8_lossy(&line).into_owned();
        Ok(line.split_whitespace().next().is_some_and(|it| it == bytes.to_string()))
    }

    /// Sends once, and notes it.
    pub(super) async fn send(&self, question: &Question, sink: Sink<'_>) -> Result<u16, Fault> {
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
        let longest = self.options.request_limit;
        let answer = async {
            let _permit = limit.acquire().await.map_err(|_| ended_before_an_answer(self.end()))?;
            sent_at = Some(((self.clock)(), Instant::now()));
            // What goes on where it broke off comes to its end that way; all else would only take as long again.
            let kind = if question.size().is_some() { FaultKind::Passing } else { FaultKind::Lasting };
            let endless = || Err(Fault::new(kind, &format!("the answer had not ended after {} s", longest.as_secs_f32())));
            tokio::time::timeout(longest, self.transmit(question, &mut count)).await.unwrap_or_else(|_| endless())
        };
        let answer = tokio::select! {
            answer = answer => answer,
            fault = self.stopped() => Err(fault),
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
        self.rest(wait).await
    }

    /// Leaves those asked alone for a while.
    pub(super) async fn rest(&self, time: Duration) -> Result<(), Fault> {
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            fault = self.stopped() => Err(fault),
        }
    }
}

fn ended_before_an_answer(end: CollectionEnd) -> Fault {
    let reason = match end {
        CollectionEnd::OutOfTime => "the time for the whole collection was over before an answer came",
        CollectionEnd::Finished | CollectionEnd::Interrupted => "the collection was stopped before an answer came",
    };
    Fault::new(FaultKind::Interrupted, reason)
}

/// The bytes of an answer as they come in, counted with all others that are kept.
struct Taken<'s> {
    bytes: Vec<u8>,
    kept: &'s AtomicU64,
}

impl Taken<'_> {
    /// Takes a part in, or says which limit it would break.
    fn add(&mut self, part: &[u8], of_one: u64, together: u64) -> Result<(), String> {
        if of_one < (self.bytes.len() + part.len()) as u64 {
            return Err(format!("the answer is larger than {of_one} bytes, the most that is taken in"));
        }
        if together < self.kept.fetch_add(part.len() as u64, Ordering::Relaxed) {
            self.kept.fetch_sub(part.len() as u64, Ordering::Relaxed);
            return Err(format!("all answers together are larger than {together} bytes, the most that is taken in"));
        }
        self.bytes.extend_from_slice(part);
        Ok(())
    }

    /// Forgets what came so far.
    fn clear(&mut self) {
        self.kept.fetch_sub(self.bytes.len() as u64, Ordering::Relaxed);
        self.bytes.clear();
    }

    /// Counts what came for as long as the collection lasts.
    fn keep(&mut self) {
        self.bytes = Vec::new();
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}
