//! A live deployment as evidence: what to ask when, until nothing more is worth asking.
//!
//! Invariant: what leaves is a [`question::Question`], of which no variant changes anything, and what leaves for the cluster passes
//! [`guard`] besides. All that can be asked is asked at the same time; one answer that fails loses no other.
//!
//! `assemble` runs over the answers so far, and what it asks for in vain is asked; after each answer it runs again. When nothing is left,
//! the caller may name more (`Caller`): so rules ask for evidence, and nothing here knows them. Logs go their own way, for their time
//! follows from the snapshots.
//!
//! Memory is bounded: there is a limit for one answer, for all of them together and for the log lines of a program, and what containers
//! write is taken apart line by line as it comes. A task that panics is a defect of this program: what it was to find is failed, with the
//! reason, and whoever waits for it waits no longer.

pub(super) mod answers;
mod asking;
mod caller;
pub(crate) mod cluster;
mod collect_error;
mod exchange;
pub(crate) mod fault;
pub mod guard;
pub(crate) mod kubeconfig;
mod known_pods;
mod lines;
pub(super) mod log_time;
pub(super) mod logs;
mod opening;
mod options;
mod overdue;
mod page;
pub mod progress;
pub(crate) mod proxies;
pub mod question;
pub(crate) mod rbac;
mod record;
mod replay;
mod session;
pub(crate) mod survey;
mod taken;
mod throttle;
pub(crate) mod volume_command;
mod ways;
mod web;
pub(crate) mod what_runs;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use tokio::task::{Id, JoinSet};

use self::answers::{Answers, SnapshotChoice};
use self::asking::{NotListed, answer, archive, pods_of};
pub use self::caller::Caller;
pub use self::collect_error::CollectError;
use self::fault::{AskFault, FaultKind};
use self::known_pods::KnownPods;
use self::logs::TimeWindow;
use self::opening::{open, reopen};
pub use self::options::CollectOptions;
use self::progress::ProgressEvent;
pub use self::record::RecordError;
pub use self::replay::ReplayError;
use self::session::Session;
use super::Answer;
use super::asked::{Reach, Selection};
use super::assembly::assemble;
use super::masked_log::MaskedLogs;
use crate::evidence::collection::{Collection, FurtherRound, LogQuery};
use crate::evidence::{Bundle, Extent, Gathered, Logs, Missing, Origin, Program, Request, Timestamp};
use crate::limits::ROUNDS;

/// The result of one task.
enum TaskResult {
    Answer(Request, Answer),
    Archive(String, Result<Vec<String>, NotListed>),
    /// The last is the time before the lines, where more of them may be asked for.
    Logs(Box<MaskedLogs>, Vec<LogQuery>, Option<TimeWindow>),
}

/// What a task is to find out.
enum TaskGoal {
    Answer(Request),
    Archive(String),
    Logs,
}

impl TaskGoal {
    /// What it means that its task did not come to its end, through a defect of this program.
    fn lost(self, fault: AskFault) -> TaskResult {
        match self {
            Self::Answer(request) => TaskResult::Answer(request, Answer::Failed { reason: fault.reason }),
            Self::Archive(name) => TaskResult::Archive(name, Err(fault.into())),
            Self::Logs => {
                let missing = || Gathered::Failed(Missing::new(Request::CloudLogEntries.to_string(), &fault.reason));
                TaskResult::Logs(Box::new(MaskedLogs::new(Logs { echonet: missing(), sequencer: missing() })), Vec::new(), None)
            }
        }
    }
}

/// Why a task has no result: what it panicked with; none if it was ended on purpose.
pub(super) fn defect(err: tokio::task::JoinError) -> Option<AskFault> {
    let panic = err.try_into_panic().ok()?;
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let reason = format!("whysync itself failed while it asked ({})", said.unwrap_or("it did not say why"));
    Some(AskFault::new(FaultKind::Permanent, &reason))
}

/// Whether a question is being asked on this thread just now. Who waits for its answer takes a panic for a failure, by [`defect`].
pub(crate) fn is_asking() -> bool {
    tokio::task::try_id().is_some()
}

/// A collection that is over.
pub struct LiveCollection {
    /// The evidence.
    pub bundle: Bundle,
    /// Why the recording of it is not whole, if it was recorded and is not.
    pub unrecorded: Option<RecordError>,
}

/// Collects the evidence of one incident.
///
/// # Errors
/// When there is no cluster to ask, no such namespace, a wrong Echonet, no such resync, or no folder to record to. What fails after that is
/// part of the bundle.
pub async fn collect(options: CollectOptions, caller: Caller<'_>) -> Result<LiveCollection, CollectError> {
    run(&open(options, &caller).await?, caller).await
}

/// Collects from a folder that [`CollectOptions::record`] named before: the same questions, and the answers that came then.
///
/// # Errors
/// When the folder is none, or the collection failed then.
pub async fn replay(folder: &Path, caller: Caller<'_>) -> Result<LiveCollection, CollectError> {
    run(&reopen(folder, &caller).await?, caller).await
}

async fn run(session: &Arc<Session>, caller: Caller<'_>) -> Result<LiveCollection, CollectError> {
    let CollectOptions { namespace, block, episode, .. } = &session.options;
    let asked = Selection { block: *block, namespace: Some(namespace.clone()), reach: Reach::Incident, also: BTreeSet::default() };
    let mut round = Round::start(Arc::clone(session), asked);
    let mut bundle = round.finish().await;
    if let (Some(at), Some(known)) = (episode, round.answers.lacks_episode()) {
        ended(session, bundle);
        let known: Vec<String> = known.into_iter().rev().take(10).map(Timestamp::to_file_name).collect();
        let known = format!("`whysync episodes` lists them all; the newest are: {}", known.join(", "));
        return Err(CollectError::Episode { at: at.to_file_name(), known });
    }
    let mut rounds = Vec::new();
    for _ in 1..ROUNDS {
        let after = session.audit().len();
        let Some((reason, asked)) = round.schedule_follow_ups(&mut bundle, caller.more) else { break };
        rounds.push(FurtherRound { reason, asked, after });
        bundle = round.finish().await;
    }
    if let Some(collection) = &mut bundle.collection {
        collection.rounds = rounds;
    }
    Ok(ended(session, bundle))
}

/// Ends a collection with what it gathered.
fn ended(session: &Session, mut bundle: Bundle) -> LiveCollection {
    bundle.incident.origin = Origin::Collected;
    bundle.collection.get_or_insert_with(|| collection(session, Vec::new()));
    session.tell(ProgressEvent::Ended(session.end()));
    let unrecorded = session.record.as_ref().and_then(|it| it.finish(session.end()).err());
    LiveCollection { bundle, unrecorded }
}

/// How it was collected, as far as it went.
fn collection(session: &Session, log_queries: Vec<LogQuery>) -> Collection {
    let (end, requests) = (session.end(), session.audit());
    Collection { context: session.context.clone(), end, log_queries, requests, rounds: Vec::new() }
}

/// Heights beside those collected that the bundle shows to be needed: below a lowest block that already differs, its neighbours.
fn neighbours(bundle: &Bundle) -> BTreeSet<u64> {
    let differs = |(height, ours): (&u64, &crate::evidence::OurBlock)| {
        let ours = ours.block.value()?.block_hash;
        let theirs = bundle.theirs.get(height)?.block.value()?.block_hash;
        Some((*height, ours != theirs))
    };
    let lowest = bundle.episodes.iter().filter_map(|it| it.ours.iter().find_map(differs));
    lowest.filter(|(_, differs)| *differs).map(|(height, _)| height.saturating_sub(1)).collect()
}

/// Asking until nothing more is worth asking.
struct Round {
    session: Arc<Session>,
    asked: Selection,
    answers: Answers,
    pods: Arc<KnownPods>,
    begun: BTreeSet<Request>,
    begun_archives: BTreeSet<String>,
    logs: LogState,
    /// The time before the lines that are there, until they are asked for.
    earlier: Option<TimeWindow>,
    tasks: JoinSet<TaskResult>,
    sought: HashMap<Id, TaskGoal>,
}

enum LogState {
    Waiting,
    Asking,
    Done(Box<MaskedLogs>, Vec<LogQuery>),
    /// Their lines are already in a bundle.
    Given(Vec<LogQuery>),
}

impl Round {
    fn start(session: Arc<Session>, asked: Selection) -> Self {
        let choice = session.options.episode.map_or(SnapshotChoice::Block(asked.block), SnapshotChoice::At);
        Self {
            session,
            asked,
            answers: Answers::new(choice),
            pods: Arc::default(),
            begun: BTreeSet::new(),
            begun_archives: BTreeSet::new(),
            logs: LogState::Waiting,
            earlier: None,
            tasks: JoinSet::new(),
            sought: HashMap::new(),
        }
    }

    fn spawn(&mut self, sought: TaskGoal, task: impl Future<Output = TaskResult> + Send + 'static) {
        let id = self.tasks.spawn(task).id();
        self.sought.insert(id, sought);
    }

    /// Takes up what a bundle shows to be worth asking for: why, and what. None if there is nothing new, or no time for it.
    fn schedule_follow_ups(
        &mut self,
        bundle: &mut Bundle,
        more: &mut (dyn FnMut(&Bundle) -> BTreeSet<Request> + Send),
    ) -> Option<(String, Vec<String>)> {
        let blocks: Vec<u64> = neighbours(bundle).difference(&self.asked.also).copied().collect();
        let wanted = more(bundle);
        let earlier = self.earlier.filter(|_| wanted.contains(&Request::CloudLogEntries));
        let further = self.answers.schedule_follow_ups(wanted);
        if (blocks.is_empty() && further.is_empty() && earlier.is_none()) || self.session.is_stopped() {
            return None;
        }
        let because = [
            (!blocks.is_empty()).then_some("the lowest block that was read differs already"),
            (!further.is_empty() || earlier.is_some()).then_some("rules cannot be decided without it"),
        ];
        let asked = blocks.iter().map(|it| format!("block {it} and its neighbours")).chain(further.iter().map(Request::to_string));
        let asked = asked.chain(earlier.map(|it| format!("log lines from {} on", it.from))).collect();
        self.asked.also.extend(blocks);
        if let LogState::Given(queries) = &mut self.logs {
            let queries = std::mem::take(queries);
            let logs = Box::new(MaskedLogs::out_of(bundle));
            self.logs = match earlier {
                None => LogState::Done(logs, queries),
                Some(window) => {
                    self.extend(logs, queries, window);
                    LogState::Asking
                }
            };
        }
        Some((because.into_iter().flatten().collect::<Vec<_>>().join("; "), asked))
    }

    /// Asks for the lines before those that are there.
    fn extend(&mut self, mut logs: Box<MaskedLogs>, mut queries: Vec<LogQuery>, window: TimeWindow) {
        self.earlier = None;
        let session = Arc::clone(&self.session);
        self.spawn(TaskGoal::Logs, async move {
            let MaskedLogs { echonet, sequencer } = logs.as_mut();
            let (first, second) = tokio::join!(
                logs::extend(&session, echonet, Program::Echonet, window),
                logs::extend(&session, sequencer, Program::Sequencer, window)
            );
            queries.extend(first.into_iter().chain(second));
            TaskResult::Logs(logs, queries, None)
        });
    }

    async fn finish(&mut self) -> Bundle {
        loop {
            self.begin();
            let session = Arc::clone(&self.session);
            let next = tokio::select! {
                next = self.tasks.join_next_with_id() => next,
                fault = session.overdue() => {
                    self.leave(&fault);
                    None
                }
            };
            match next {
                None => break,
                Some(Ok((id, found))) => {
                    self.sought.remove(&id);
                    self.take(found);
                }
                Some(Err(err)) => {
                    let sought = self.sought.remove(&err.id());
                    if let Some((sought, fault)) = sought.zip(defect(err)) {
                        // Whoever waits for the pods waits no longer, if they were what was to be found.
                        if matches!(sought, TaskGoal::Answer(Request::Pods)) {
                            self.pods.set(Err(fault.clone().into()));
                        }
                        self.take(sought.lost(fault));
                    }
                }
            }
        }
        // There may be hundreds of megabytes of them: they are in one place only.
        let (logs, log_queries) = match std::mem::replace(&mut self.logs, LogState::Given(Vec::new())) {
            LogState::Done(logs, queries) => (*logs, queries),
            LogState::Waiting | LogState::Asking | LogState::Given(_) => (MaskedLogs::not_asked(), Vec::new()),
        };
        self.logs = LogState::Given(log_queries.clone());
        let mut bundle = assemble(&self.answers, self.asked.clone(), logs);
        if let (Some(gap), Gathered::Observed(pods)) = (self.pods.replacement().await, &mut bundle.deployment.pods) {
            pods.coverage.extent = Extent::Partial(gap);
        }
        bundle.collection = Some(collection(&self.session, log_queries));
        bundle
    }

    /// Waits no longer for what is still under way.
    fn leave(&mut self, fault: &AskFault) {
        self.tasks.abort_all();
        self.pods.set(Err(fault.clone().into()));
        let left: Vec<TaskGoal> = std::mem::take(&mut self.sought).into_values().collect();
        left.into_iter().for_each(|it| self.take(it.lost(fault.clone())));
    }

    /// Starts everything that is worth asking by now.
    fn begin(&mut self) {
        if self.answers.lacks_episode().is_some() {
            self.tasks.abort_all();
            return;
        }
        for request in self.answers.wanted(&self.asked) {
            if self.begun.insert(request.clone()) {
                let (session, pods) = (Arc::clone(&self.session), Arc::clone(&self.pods));
                self.spawn(TaskGoal::Answer(request.clone()), async move {
                    let answer = answer(&session, &pods, &request).await;
                    TaskResult::Answer(request, answer)
                });
            }
        }
        let focus = self.answers.focus(self.asked.block);
        for name in focus.archives {
            if self.begun_archives.insert(name.clone()) {
                let (session, pods) = (Arc::clone(&self.session), Arc::clone(&self.pods));
                self.spawn(TaskGoal::Archive(name.clone()), async move {
                    let names = archive(&session, &pods, &name).await;
                    TaskResult::Archive(name, names)
                });
            }
        }
        if focus.is_final && matches!(self.logs, LogState::Waiting) {
            self.logs = LogState::Asking;
            let (session, pods) = (Arc::clone(&self.session), Arc::clone(&self.pods));
            self.spawn(TaskGoal::Logs, async move {
                let pods = pods_of(&session, &pods).await.unwrap_or_default();
                let window = log_time::usual(&session, &pods, focus.span);
                let ((echonet, first), (sequencer, second)) = tokio::join!(
                    logs::collect(&session, &pods, Program::Echonet, window),
                    logs::collect(&session, &pods, Program::Sequencer, window)
                );
                let earlier = log_time::earlier(&session, &pods, focus.span);
                TaskResult::Logs(Box::new(MaskedLogs { echonet, sequencer }), vec![first, second], earlier)
            });
        }
    }

    fn take(&mut self, found: TaskResult) {
        match found {
            TaskResult::Answer(request, answer) => self.answers.insert(request, answer),
            TaskResult::Archive(name, names) => self.answers.insert_archive(name, names),
            TaskResult::Logs(logs, queries, earlier) => (self.logs, self.earlier) = (LogState::Done(logs, queries), earlier),
        }
    }
}

#[cfg(test)]
mod tests;
