//! One collection's way to ask: limits, timeouts, repetition, and a row in the audit log for everything that was sent.
//!
//! A collection is recorded and replayed here too: at each attempt to send, below repetition, so that a replay repeats what was repeated.

#![expect(clippy::disallowed_methods, reason = "an edge: this is where waiting is measured")]

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};

use super::caller::Caller;
use super::cluster::{Cluster, Flow, Sink};
use super::collect_error::CollectError;
use super::exchange::{Exchange, Manifest, RecordingSchema};
use super::fault::{AskFault, FaultKind};
use super::options::CollectOptions;
use super::overdue::overdue;
use super::progress::{AskedHost, Progress, ProgressEvent};
use super::proxies::Proxies;
use super::question::{EchonetRoute, Question};
use super::record::Record;
use super::replay::Replay;
use super::taken::{Allowed, AnswerBytes};
use super::ways::Ways;
use super::web::Web;
use crate::collect::Body;
use crate::collect::weight::{self, Weighed};
use crate::evidence::sources::EchonetWay;
use crate::evidence::{AuditRow, CollectionEnd, Host, Timestamp};
use crate::limits::PAUSE_MILLIS;

/// How many questions each of those asked answers at the same time.
struct ConcurrencyLimits {
    cluster: Semaphore,
    commands: Semaphore,
    echonet: Semaphore,
    /// Echonet's pages of a few bytes, which would else wait behind blobs of many megabytes.
    echonet_pages: Semaphore,
    mainnet: Semaphore,
    logs: Semaphore,
}

/// The source of answers: a live deployment or a recording.
enum AnswerSource {
    /// The deployment.
    Live { cluster: Cluster, web: Web },
    /// A recorded collection.
    Replay(Replay),
}

/// Changes a body when it has come and before anybody else sees it, a recording included.
pub(super) type Settle<'a> = &'a mut (dyn FnMut(Body) -> Body + Send);

/// A running collection.
pub(super) struct Session {
    pub(super) options: CollectOptions,
    /// The Kubernetes context.
    pub(super) context: String,
    /// When it began: the collection's own "now".
    pub(super) began: Timestamp,
    clock: fn() -> Timestamp,
    wire: AnswerSource,
    pub(super) record: Option<Record>,
    progress: Arc<dyn Progress>,
    limits: ConcurrencyLimits,
    stop: watch::Receiver<bool>,
    deadline: Option<tokio::time::Instant>,
    ended: OnceLock<CollectionEnd>,
    /// Whether the collection was to end some time ago; a recording has no such time.
    overdue: Option<watch::Receiver<bool>>,
    ways: Ways,
    /// Bytes of the answers that are kept.
    kept: AtomicU64,
    /// What the answers hold that are kept.
    weighed: Weighed,
    audit: Mutex<Vec<(usize, AuditRow)>>,
}

/// What was sent: its row in the audit log with its number there, if it was sent at all, and what came of it.
pub(super) type Sent = (Option<(usize, AuditRow)>, Result<u16, AskFault>);

impl Session {
    pub(super) fn live(options: CollectOptions, cluster: Cluster, proxies: &Proxies, caller: &Caller<'_>) -> Result<Self, CollectError> {
        let web = Web::new(options.idle_timeout, proxies).map_err(CollectError::Client)?;
        let (context, began) = (cluster.context.clone(), (caller.clock)());
        let record = match &options.record {
            Some(path) => Some(Record::create(path, &manifest(&options, &context, began))?),
            None => None,
        };
        let overdue = Some(overdue(caller.stop.clone(), options.deadline));
        Ok(Self { overdue, ..Self::new(options, context, began, AnswerSource::Live { cluster, web }, caller, record) })
    }

    pub(super) fn replay(replay: Replay, caller: &Caller<'_>) -> Self {
        let Manifest { context, began, .. } = replay.manifest.clone();
        Self::new(CollectOptions::from_manifest(&replay.manifest), context, began, AnswerSource::Replay(replay), caller, None)
    }

    fn new(
        options: CollectOptions,
        context: String,
        began: Timestamp,
        wire: AnswerSource,
        caller: &Caller<'_>,
        record: Option<Record>,
    ) -> Self {
        // Echonet serves with one process, and mainnet is everybody's.
        let limits = ConcurrencyLimits {
            cluster: Semaphore::new(8),
            commands: Semaphore::new(4),
            echonet: Semaphore::new(2),
            echonet_pages: Semaphore::new(2),
            mainnet: Semaphore::new(4),
            logs: Semaphore::new(1),
        };
        let deadline = tokio::time::Instant::now().checked_add(options.deadline);
        Self {
            options,
            context,
            began,
            clock: caller.clock,
            wire,
            record,
            progress: Arc::clone(&caller.progress),
            limits,
            stop: caller.stop.clone(),
            deadline,
            ended: OnceLock::new(),
            overdue: None,
            ways: Ways::default(),
            kept: AtomicU64::new(0),
            weighed: Weighed::default(),
            audit: Mutex::default(),
        }
    }

    /// The present time, or that of the recording.
    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub(super) fn tell(&self, event: ProgressEvent<'_>) {
        self.progress.see(event);
    }

    /// Whether the collection is to end now; whoever asks leaves something unasked then.
    pub(super) fn is_stopped(&self) -> bool {
        if let AnswerSource::Replay(replay) = &self.wire {
            return replay.end != CollectionEnd::Finished && replay.is_used_up();
        }
        if *self.stop.borrow() {
            let _ = self.ended.set(CollectionEnd::Interrupted);
        } else if self.deadline.is_some_and(|it| it <= tokio::time::Instant::now()) {
            let _ = self.ended.set(CollectionEnd::OutOfTime);
        }
        self.ended.get().is_some()
    }

    /// Why something was left unasked, if something was.
    pub(super) fn end(&self) -> CollectionEnd {
        if let AnswerSource::Replay(replay) = &self.wire {
            return replay.end;
        }
        self.ended.get().copied().unwrap_or(CollectionEnd::Finished)
    }

    /// Returns when the collection is to end, with what that means for an answer that is awaited.
    pub(super) async fn stopped(&self) -> AskFault {
        let mut stop = self.stop.clone();
        let by_user = async {
            if stop.wait_for(|it| *it).await.is_err() {
                // Nobody can stop it any more.
                std::future::pending::<()>().await;
            }
        };
        let by_time = async {
            match self.deadline {
                Some(it) => tokio::time::sleep_until(it).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = by_user => {
                let _ = self.ended.set(CollectionEnd::Interrupted);
            }
            () = by_time => {
                let _ = self.ended.set(CollectionEnd::OutOfTime);
            }
        }
        ended_before_an_answer(self.end())
    }

    /// Waits until the collection's deadline, and returns the failure for requests that are still running.
    pub(super) async fn overdue(&self) -> AskFault {
        let waits = match self.overdue.clone() {
            Some(mut overdue) => overdue.wait_for(|it| *it).await.is_err(),
            None => true,
        };
        if waits {
            std::future::pending::<()>().await;
        }
        let _ = self.is_stopped();
        ended_before_an_answer(self.end())
    }

    pub(super) fn audit(&self) -> Vec<AuditRow> {
        let mut rows = self.audit.lock().unwrap_or_else(PoisonError::into_inner).clone();
        rows.sort_by_key(|(number, _)| *number);
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// Asks, again if that may help, and takes the whole body in, redacted. What was cut off begins anew; what came whole
    /// is not asked for twice.
    pub(super) async fn ask(&self, question: &Question) -> Result<Body, AskFault> {
        self.ask_settled(question, &mut |body| body).await
    }

    /// As [`Session::ask`], with a last change of the body.
    pub(super) async fn ask_settled(&self, question: &Question, settle: Settle<'_>) -> Result<Body, AskFault> {
        let source = AskedHost::from_question(question);
        self.tell(ProgressEvent::Asked(source));
        let mut taken = AnswerBytes::new(&self.kept);
        let mut attempt = 1_u32;
        let outcome = loop {
            let started = Instant::now();
            let fault = match self.attempt(question, &mut taken, settle).await {
                Ok(body) => break Ok(body),
                Err(fault) => fault,
            };
            let is_closed = fault.kind == FaultKind::Shut && self.ways.closed(question, self.options.attempts).is_some();
            let is_final = is_closed || !matches!(fault.kind, FaultKind::Transient | FaultKind::Shut);
            if is_final || self.options.attempts <= attempt {
                break Err(fault);
            }
            self.tell(ProgressEvent::Repeated { source, reason: &fault.reason });
            if let Err(stopped) = self.pause(attempt, &fault, started.elapsed()).await {
                break Err(stopped);
            }
            attempt = attempt.saturating_add(1);
        };
        match &outcome {
            Err(AskFault {
                kind: FaultKind::Gone | FaultKind::Shut | FaultKind::Permanent | FaultKind::Transient | FaultKind::Interrupted,
                reason,
                ..
            }) => {
                self.tell(ProgressEvent::Failed { source, reason });
            }
            Ok(_) | Err(AskFault { kind: FaultKind::Absent, .. }) => self.tell(ProgressEvent::Answered(source)),
        }
        outcome
    }

    /// Why a question need not be sent. A recording holds what was sent, and the refusal that kept all else from being sent.
    fn closed(&self, question: &Question) -> Option<AskFault> {
        match &self.wire {
            AnswerSource::Live { .. } => self.ways.closed(question, self.options.attempts),
            AnswerSource::Replay(replay) if replay.holds(question) => None,
            AnswerSource::Replay(replay) => replay.closed(question),
        }
    }

    async fn attempt(&self, question: &Question, taken: &mut AnswerBytes<'_>, settle: Settle<'_>) -> Result<Body, AskFault> {
        let broke_off = 0 < taken.count;
        taken.clear();
        let body = self.once(question, taken, settle).await?;
        if broke_off && !self.is_whole(question, taken.count).await? {
            return Err(AskFault::new(FaultKind::Transient, "the file changed while it was read"));
        }
        if !matches!(question, Question::LogEntries { .. }) {
            taken.keep();
        }
        Ok(body)
    }

    /// Sends once and takes the body in, or answers from the recording.
    async fn once(&self, question: &Question, taken: &mut AnswerBytes<'_>, settle: Settle<'_>) -> Result<Body, AskFault> {
        if let AnswerSource::Replay(replay) = &self.wire {
            if let Some(closed) = self.closed(question) {
                self.ways.note(question, &closed, self.options.attempts);
                return Err(closed);
            }
            let exchange = self.recorded(replay, question)?;
            taken.count = taken.count.saturating_add(exchange.row.bytes);
            return match (exchange.body, exchange.fault.map(AskFault::from)) {
                (_, Some(fault)) => {
                    self.ways.note(question, &fault, self.options.attempts);
                    Err(fault)
                }
                (Some(saved), None) => replay.body(question, &saved),
                (None, None) => Err(AskFault::new(FaultKind::Permanent, "the recording has neither an answer nor a fault")),
            };
        }
        let started = Instant::now();
        let options = &self.options;
        let allowed = Allowed::for_question(question, options);
        let mut over = None;
        let (row, sent) = self
            .send(question, &mut |part| {
                over = taken.add(part, allowed).err();
                if over.is_some() { Flow::Stop } else { Flow::Continue }
            })
            .await;
        let outcome = match (sent, over) {
            (Ok(_), Some(over)) => Err(AskFault::new(FaultKind::Permanent, &over.to_string())),
            (Ok(status), None) => {
                let took_ms = u64::try_from(started.elapsed().as_millis()).ok();
                self.read(question, &taken.bytes)
                    .map(|it| settle(Body { status: Some(status).filter(|it| *it != 0), at: Some((self.clock)()), took_ms, ..it }))
            }
            (Err(fault), _) => Err(fault),
        };
        if let (Some(record), Some(row)) = (&self.record, row) {
            record.note(question, row, outcome.as_ref());
        }
        outcome
    }

    /// The recorded outcome of a question.
    pub(super) fn recorded(&self, replay: &Replay, question: &Question) -> Result<Exchange, AskFault> {
        let Some(exchange) = replay.next(question) else {
            return Err(match replay.end {
                CollectionEnd::Finished => AskFault::new(FaultKind::Permanent, "the recording does not hold what comes of this question"),
                end => ended_before_an_answer(end),
            });
        };
        self.audit.lock().unwrap_or_else(PoisonError::into_inner).push((exchange.number, exchange.row.clone()));
        Ok(exchange)
    }

    /// The recording that answers, if one does.
    pub(super) fn replayed(&self) -> Option<&Replay> {
        match &self.wire {
            AnswerSource::Replay(replay) => Some(replay),
            AnswerSource::Live { .. } => None,
        }
    }

    /// Whether a file on the volume has the size of what came of it, after a read that broke off: where connections break, the end of a
    /// command is not taken for the end of its file.
    async fn is_whole(&self, question: &Question, bytes: u64) -> Result<bool, AskFault> {
        let Some(size) = question.size() else { return Ok(true) };
        let mut taken = AnswerBytes::new(&self.kept);
        let line = self.once(&size, &mut taken, &mut |body| body).await?.text;
        Ok(line.split_whitespace().next().is_some_and(|it| it == bytes.to_string()))
    }

    /// Sends once, and notes it.
    pub(super) async fn send(&self, question: &Question, sink: Sink<'_>) -> Sent {
        let source = AskedHost::from_question(question);
        let limit = match question {
            Question::Volume { .. } => &self.limits.commands,
            Question::Echonet { page, .. } if page.is_small() => &self.limits.echonet_pages,
            Question::Echonet { .. } => &self.limits.echonet,
            Question::Mainnet(_) => &self.limits.mainnet,
            Question::LogEntries { .. } => &self.limits.logs,
            _ => &self.limits.cluster,
        };
        let mut received = 0_u64;
        let mut count = |part: &[u8]| {
            received = received.saturating_add(part.len() as u64);
            self.tell(ProgressEvent::Received { source, bytes: part.len() as u64 });
            sink(part)
        };
        let mut sent_at = None;
        let longest = self.options.request_timeout;
        let answer = async {
            let _permit = limit.acquire().await.map_err(|_| ended_before_an_answer(self.end()))?;
            // While it waited for its turn, another may have been refused for good.
            if let Some(closed) = self.closed(question) {
                return Err(closed);
            }
            sent_at = Some(((self.clock)(), Instant::now()));
            // To ask again would only take as long again.
            let reason = format!("the answer had not ended after {} s", longest.as_secs_f32());
            let endless = || Err(AskFault::new(FaultKind::Permanent, &reason));
            let answer = tokio::time::timeout(longest, self.transmit(question, &mut count)).await.unwrap_or_else(|_| endless());
            // Before the next has its turn.
            answer.inspect_err(|fault| self.ways.note(question, fault, self.options.attempts))
        };
        let answer = tokio::select! {
            answer = answer => answer,
            fault = self.stopped() => Err(fault),
        };
        let row = sent_at.map(|(at, started)| {
            let (status, failure) = match &answer {
                Ok(status) => (Some(*status), None),
                Err(fault) => (fault.status, Some(fault.reason.clone())),
            };
            let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            let row = AuditRow { asked: question.to_string(), at, took_ms, status, bytes: received, failure };
            let mut audit = self.audit.lock().unwrap_or_else(PoisonError::into_inner);
            let number = audit.len();
            audit.push((number, row.clone()));
            // Before anybody else notes one: who is told has them in the same order.
            self.tell(ProgressEvent::Noted(&row));
            (number, row)
        });
        (row, answer)
    }

    async fn transmit(&self, question: &Question, sink: Sink<'_>) -> Result<u16, AskFault> {
        let AnswerSource::Live { cluster, web } = &self.wire else {
            return Err(AskFault::new(FaultKind::Permanent, "nothing is sent while a recording is replayed"));
        };
        let options = &self.options;
        let idle_timeout = options.idle_timeout;
        match question {
            Question::Volume { namespace, pod, command } => cluster.run(namespace, pod, command, idle_timeout, sink).await,
            Question::Echonet { way: EchonetRoute::PortForward { namespace, pod, port }, page } => {
                cluster.forward((namespace, pod, *port), page, idle_timeout, sink).await
            }
            Question::Echonet { way: EchonetRoute::Url, page } => {
                let base = options.echonet_url.as_deref().unwrap_or_default().trim_end_matches('/');
                web.get((Host::Echonet, base), page.path(), idle_timeout, sink).await.map_err(|it| page.meaning(it))
            }
            Question::Mainnet(page) => {
                let base = options.feeder_url.trim_end_matches('/');
                web.get((Host::Mainnet, base), page.path(), idle_timeout, sink).await
            }
            Question::LogEntries { project, filter, page_token } => {
                let base = options.logging_url.trim_end_matches('/');
                web.log_entries(base, (project, filter, page_token.as_deref()), idle_timeout, sink).await
            }
            _ => cluster.get(question, idle_timeout, sink).await,
        }
    }

    /// Waits before the next attempt: as long as asked for, else longer each time, and never for everybody the same.
    pub(super) async fn pause(&self, attempt: u32, fault: &AskFault, spent: Duration) -> Result<(), AskFault> {
        let step = self.options.backoff.saturating_mul(1 << attempt.min(5));
        // The low digits of how long the last attempt took are as good as drawn.
        let jitter = step.mul_f64(f64::from(spent.subsec_nanos() % 999) / 2000.0);
        let wait = fault.retry_after.unwrap_or(step.saturating_add(jitter)).min(Duration::from_millis(PAUSE_MILLIS));
        self.rest(wait).await
    }

    /// Of Echonet's source, only the list of its files gets any further.
    fn read(&self, question: &Question, bytes: &[u8]) -> Result<Body, AskFault> {
        let refused = |reason: String| AskFault::new(FaultKind::Permanent, &reason);
        match question {
            Question::EchonetSource { name, .. } => {
                return Body::of_source(question.to_string(), name, bytes).map_err(|it| refused(it.to_string()));
            }
            // Pages of logs are not kept.
            Question::LogEntries { .. } => weight::check(bytes),
            _ => self.weighed.take(bytes),
        }
        .map_err(|it| refused(format!("the answer is not read: {it} (`--memory` allows more)")))?;
        Ok(Body::from_bytes(question.to_string(), bytes))
    }

    /// Leaves those asked alone for a while.
    pub(super) async fn rest(&self, time: Duration) -> Result<(), AskFault> {
        if self.replayed().is_some() {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            fault = self.stopped() => Err(fault),
        }
    }
}

fn ended_before_an_answer(end: CollectionEnd) -> AskFault {
    let reason = match end {
        CollectionEnd::OutOfTime => "the time for the whole collection was over before an answer came",
        CollectionEnd::Finished | CollectionEnd::Interrupted => "the collection was stopped before an answer came",
    };
    AskFault::new(FaultKind::Interrupted, reason)
}

/// What decides which questions are asked.
fn manifest(options: &CollectOptions, context: &str, began: Timestamp) -> Manifest {
    Manifest {
        schema: RecordingSchema::V1,
        context: context.to_owned(),
        namespace: options.namespace.clone(),
        block: options.block,
        episode: options.episode,
        project: options.project.clone(),
        way: if options.echonet_url.is_some() { EchonetWay::Url } else { EchonetWay::PortForward },
        began,
        attempts: options.attempts,
        max_log_bytes: options.max_log_bytes,
    }
}
