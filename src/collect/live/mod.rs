//! A live deployment as evidence: what to ask when, until nothing more is worth asking.
//!
//! Invariant: what leaves is a [`question::Question`], of which no variant changes anything, and what leaves for the cluster passes
//! [`guard`] besides. All that can be asked is asked at the same time; one answer that fails loses no other.

mod answers;
pub mod cluster;
mod echonet_page;
mod exchange;
pub mod fault;
pub mod guard;
mod known_pods;
mod lines;
mod log_time;
mod logs;
mod opening;
mod options;
pub mod progress;
pub mod question;
pub mod rbac;
mod record;
mod replay;
mod session;
mod surroundings;
pub mod survey;
mod throttle;
pub mod volume_command;
mod web;
pub mod what_runs;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use self::answers::{Answers, Choice};
use self::cluster::ContextError;
use self::fault::{Fault, FaultKind};
use self::known_pods::{KnownPods, ask_pod, of_echonet};
use self::logs::{Program, Window};
use self::opening::{open, reopen};
pub use self::options::Options;
use self::progress::{Event, Progress};
use self::question::{EchonetPage, FeederPage, ObjectKind, Question, Way};
pub use self::record::RecordError;
pub use self::replay::ReplayError;
use self::session::Session;
use self::surroundings::{Surroundings, surroundings};
use self::volume_command::{VolumeCommand, VolumePath};
use super::import::{Asked, Reach, assemble};
use super::{Answer, Body};
use crate::evidence::collection::{Collection, FurtherRound, LogQuery};
use crate::evidence::{Bundle, Extent, Gathered, Logs, Origin, Pod, Request, Timestamp, pods};

/// Why nothing at all can be collected.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum CollectError {
    /// No context.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Context(#[from] ContextError),
    /// The name is none.
    #[error("`{0}` is no name of a namespace")]
    #[diagnostic(code(whysync::collect::namespace), help("names are lower-case letters, digits and hyphens"))]
    Name(String),
    /// The cluster says that there is no such namespace.
    #[error("there is no namespace `{name}` in the context `{context}`")]
    #[diagnostic(code(whysync::collect::namespace), help("{known}"))]
    Namespace {
        /// As named.
        name: String,
        /// The context that was asked.
        context: String,
        /// Those that there are, in a sentence.
        known: String,
    },
    /// No snapshot has that time in its name.
    #[error("no resync left a snapshot of {at}")]
    #[diagnostic(code(whysync::collect::episode), help("{known}"))]
    Episode {
        /// The time as the names of files carry it.
        at: String,
        /// Those that there are, in a sentence.
        known: String,
    },
    /// What was given as Echonet is not it, or another one.
    #[error("the URL given for Echonet cannot be used: {0}")]
    #[diagnostic(code(whysync::collect::echonet_url), help("leave --echonet-url out: Echonet is then reached through the cluster"))]
    Echonet(String),
    /// It cannot be recorded.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Record(#[from] RecordError),
    /// There is no recording to answer from.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Replay(#[from] ReplayError),
    /// No client could be built.
    #[error("no HTTP client: {0}")]
    Client(Fault),
}

/// What one task found out.
enum Found {
    Answer(Request, Answer),
    Archive(String, Result<Vec<String>, String>),
    /// The last is the time before the lines, where more of them may be asked for.
    Logs(Box<Logs>, Vec<LogQuery>, Option<Window>),
    Surroundings(Box<Surroundings>),
}

/// Who collects: what only the caller knows, and what the caller is told.
pub struct Caller<'c> {
    /// The time.
    pub clock: fn() -> Timestamp,
    /// Ends the collection early, with what was gathered by then.
    pub stop: watch::Receiver<bool>,
    /// Is told how it goes.
    pub progress: Arc<dyn Progress>,
    /// What else a bundle shows to be worth asking for. Asked for once more, until nothing new comes, and no more than [`ROUNDS`] times.
    pub more: &'c mut (dyn FnMut(&Bundle) -> BTreeSet<Request> + Send),
}

/// How often a collection asks at most: first for what is known to be needed, then for what the answers show to be needed.
pub const ROUNDS: usize = 4;

/// A collection that is over.
pub struct Collected {
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
pub async fn collect(options: Options, caller: Caller<'_>) -> Result<Collected, CollectError> {
    run(&open(options, &caller).await?, caller).await
}

/// Collects from a folder that [`Options::record`] named before: the same questions, and the answers that came then.
///
/// # Errors
/// When the folder is none, or the collection failed then.
pub async fn replay(folder: &Path, caller: Caller<'_>) -> Result<Collected, CollectError> {
    run(&reopen(folder, &caller).await?, caller).await
}

async fn run(session: &Arc<Session>, caller: Caller<'_>) -> Result<Collected, CollectError> {
    let Options { namespace, block, episode, .. } = &session.options;
    let asked = Asked { block: *block, namespace: Some(namespace.clone()), reach: Reach::Incident, also: BTreeSet::default() };
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
        let Some((reason, asked)) = round.take_up(&mut bundle, caller.more) else { break };
        rounds.push(FurtherRound { reason, asked, after });
        bundle = round.finish().await;
    }
    if let Some(collection) = &mut bundle.collection {
        collection.rounds = rounds;
    }
    Ok(ended(session, bundle))
}

/// Ends a collection with what it gathered.
fn ended(session: &Session, mut bundle: Bundle) -> Collected {
    bundle.incident.origin = Origin::Collected;
    session.tell(Event::Ended(session.end()));
    let unrecorded = session.record.as_ref().and_then(|it| it.finish(session.end()).err());
    Collected { bundle, unrecorded }
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
    asked: Asked,
    answers: Answers,
    pods: Arc<KnownPods>,
    begun: BTreeSet<Request>,
    begun_archives: BTreeSet<String>,
    logs: LogState,
    /// The time before the lines that are there, until they are asked for.
    earlier: Option<Window>,
    surroundings: Option<Surroundings>,
    tasks: JoinSet<Found>,
}

enum LogState {
    Waiting,
    Asking,
    Done(Box<Logs>, Vec<LogQuery>),
    /// They went into a bundle.
    Given(Vec<LogQuery>),
}

impl Round {
    fn start(session: Arc<Session>, asked: Asked) -> Self {
        let mut tasks = JoinSet::new();
        let of_cluster = Arc::clone(&session);
        tasks.spawn(async move { Found::Surroundings(Box::new(surroundings(&of_cluster).await)) });
        let choice = session.options.episode.map_or(Choice::Block(asked.block), Choice::At);
        Self {
            session,
            asked,
            answers: Answers::new(choice),
            pods: Arc::default(),
            begun: BTreeSet::new(),
            begun_archives: BTreeSet::new(),
            logs: LogState::Waiting,
            earlier: None,
            surroundings: None,
            tasks,
        }
    }

    /// Takes up what a bundle shows to be worth asking for: why, and what. None if there is nothing new, or no time for it.
    fn take_up(
        &mut self,
        bundle: &mut Bundle,
        more: &mut (dyn FnMut(&Bundle) -> BTreeSet<Request> + Send),
    ) -> Option<(String, Vec<String>)> {
        let blocks: Vec<u64> = neighbours(bundle).difference(&self.asked.also).copied().collect();
        let wanted = more(bundle);
        let earlier = self.earlier.filter(|_| wanted.contains(&Request::CloudLogEntries));
        let further = self.answers.take_up(wanted);
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
        let nothing = Logs { echonet: Gathered::NotAsked, sequencer: Gathered::NotAsked };
        if let LogState::Given(queries) = &mut self.logs {
            let queries = std::mem::take(queries);
            let logs = Box::new(std::mem::replace(&mut bundle.logs, nothing));
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
    fn extend(&mut self, mut logs: Box<Logs>, mut queries: Vec<LogQuery>, window: Window) {
        self.earlier = None;
        let session = Arc::clone(&self.session);
        self.tasks.spawn(async move {
            let Logs { echonet, sequencer } = logs.as_mut();
            let (first, second) = tokio::join!(
                logs::extend(&session, echonet, Program::Echonet, window),
                logs::extend(&session, sequencer, Program::Sequencer, window)
            );
            queries.extend(first.into_iter().chain(second));
            Found::Logs(logs, queries, None)
        });
    }

    async fn finish(&mut self) -> Bundle {
        loop {
            self.begin();
            match self.tasks.join_next().await {
                None => break,
                Some(Ok(found)) => self.take(found),
                // A task that panicked is a defect of this program; what it was to find stays unasked.
                Some(Err(_)) => {}
            }
        }
        let none = || Logs { echonet: Gathered::NotAsked, sequencer: Gathered::NotAsked };
        // There may be hundreds of megabytes of them: they are in one place only.
        let (logs, log_queries) = match std::mem::replace(&mut self.logs, LogState::Given(Vec::new())) {
            LogState::Done(logs, queries) => (*logs, queries),
            LogState::Waiting | LogState::Asking | LogState::Given(_) => (none(), Vec::new()),
        };
        self.logs = LogState::Given(log_queries.clone());
        let mut bundle = assemble(&self.answers, self.asked.clone(), logs);
        if let (Some(gap), Gathered::Observed(pods)) = (self.pods.replacement().await, &mut bundle.deployment.pods) {
            pods.coverage.extent = Extent::Partial(gap);
        }
        let Some(surroundings) = &self.surroundings else { return bundle };
        bundle.collection = Some(Collection {
            context: self.session.context.clone(),
            end: self.session.end(),
            workloads: surroundings.workloads.clone(),
            services: surroundings.services.clone(),
            events: surroundings.events.clone(),
            node_settings: surroundings.node_settings.clone(),
            log_queries,
            requests: self.session.audit(),
            rounds: Vec::new(),
        });
        bundle
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
                self.tasks.spawn(async move {
                    let answer = answer(&session, &pods, &request).await;
                    Found::Answer(request, answer)
                });
            }
        }
        let focus = self.answers.focus(self.asked.block);
        for name in focus.archives {
            if self.begun_archives.insert(name.clone()) {
                let (session, pods) = (Arc::clone(&self.session), Arc::clone(&self.pods));
                self.tasks.spawn(async move {
                    let names = archive(&session, &pods, &name).await;
                    Found::Archive(name, names)
                });
            }
        }
        if focus.is_final && matches!(self.logs, LogState::Waiting) {
            self.logs = LogState::Asking;
            let (session, pods) = (Arc::clone(&self.session), Arc::clone(&self.pods));
            self.tasks.spawn(async move {
                let pods = pods_of(&session, &pods).await.unwrap_or_default();
                let window = log_time::usual(&session, &pods, focus.span);
                let ((echonet, first), (sequencer, second)) = tokio::join!(
                    logs::collect(&session, &pods, Program::Echonet, window),
                    logs::collect(&session, &pods, Program::Sequencer, window)
                );
                let earlier = log_time::earlier(&session, &pods, focus.span);
                Found::Logs(Box::new(Logs { echonet, sequencer }), vec![first, second], earlier)
            });
        }
    }

    fn take(&mut self, found: Found) {
        match found {
            Found::Answer(request, answer) => self.answers.insert(request, answer),
            Found::Archive(name, names) => self.answers.insert_archive(name, names),
            Found::Logs(logs, queries, earlier) => (self.logs, self.earlier) = (LogState::Done(logs, queries), earlier),
            Found::Surroundings(found) => self.surroundings = Some(*found),
        }
    }
}

fn answer_of(outcome: Result<Body, Fault>, request: &Request) -> Answer {
    match outcome {
        Ok(body) => Answer::Body(Body { asked: request.to_string(), ..body }),
        Err(Fault { kind: FaultKind::Absent, reason, .. }) => Answer::Absent { reason },
        Err(Fault { reason, .. }) => Answer::Failed { reason },
    }
}

/// Asks for one piece of evidence.
async fn answer(session: &Session, pods: &KnownPods, request: &Request) -> Answer {
    let namespace = session.options.namespace.clone();
    let objects = |kind| Question::Objects { namespace: namespace.clone(), kind };
    let echonet = |page| async move {
        match way(session, pods).await {
            Ok(Way::PortForward { namespace, pod, port }) => {
                let way = |pod| Way::PortForward { namespace: namespace.clone(), pod, port };
                answer_of(ask_pod(session, pods, pod, |pod| Question::Echonet { way: way(pod), page }).await, request)
            }
            Ok(way @ Way::Url) => answer_of(session.ask(&Question::Echonet { way, page }).await, request),
            Err(reason) => Answer::Failed { reason },
        }
    };
    let volume = |command: Result<VolumeCommand, String>| async move {
        match (command, echonet_pod(session, pods).await) {
            (Err(reason), _) | (_, Err(reason)) => Answer::Failed { reason },
            (Ok(command), Ok(pod)) => {
                let namespace = session.options.namespace.clone();
                let question = |pod| Question::Volume { namespace: namespace.clone(), pod, command: command.clone() };
                answer_of(ask_pod(session, pods, pod.name, question).await, request)
            }
        }
    };
    if let Some(page) = EchonetPage::of_request(request) {
        return echonet(page).await;
    }
    match request {
        Request::Pods => {
            let body = session.ask(&objects(ObjectKind::Pods)).await;
            let read = match &body {
                Ok(body) => pods::parse(&body.text).map_err(|err| err.to_string()),
                Err(fault) => Err(fault.reason.clone()),
            };
            // Asked for once only.
            pods.set(read);
            answer_of(body, request)
        }
        Request::ConfigMapNames => answer_of(session.ask(&objects(ObjectKind::ConfigMapNames)).await, request),
        Request::EchonetSource => match echonet_pod(session, pods).await {
            Err(reason) => Answer::Failed { reason },
            Ok(Pod { source_config_map: None, .. }) => {
                Answer::Absent { reason: "Echonet's pod mounts no ConfigMap that holds its source".to_owned() }
            }
            Ok(Pod { source_config_map: Some(name), .. }) => {
                answer_of(session.ask(&Question::EchonetSource { namespace, name }).await, request)
            }
        },
        Request::VolumeListing => volume(Ok(VolumeCommand::ListRoot)).await,
        Request::VolumeFile { path } => volume(VolumePath::new(path).map(VolumeCommand::Read)).await,
        Request::MainnetBlock { block } => answer_of(session.ask(&Question::Mainnet(FeederPage::Block(*block))).await, request),
        Request::MainnetStateUpdate { block } => answer_of(session.ask(&Question::Mainnet(FeederPage::StateUpdate(*block))).await, request),
        // Logs have their own way, and nobody captured anything during a resync.
        _ => Answer::NotAsked,
    }
}

/// The names in one archive.
async fn archive(session: &Session, pods: &KnownPods, name: &str) -> Result<Vec<String>, String> {
    let pod = echonet_pod(session, pods).await?.name;
    let command = VolumeCommand::List(VolumePath::new(name)?);
    let namespace = session.options.namespace.clone();
    let question = |pod| Question::Volume { namespace: namespace.clone(), pod, command: command.clone() };
    let body = ask_pod(session, pods, pod, question).await;
    let body = body.map_err(|fault| fault.reason)?;
    match body.partial {
        None => Ok(body.text.lines().map(str::to_owned).collect()),
        Some(gap) => Err(gap),
    }
}

/// The pods, once somebody has asked for them.
async fn pods_of(session: &Session, pods: &KnownPods) -> Result<Vec<Pod>, String> {
    tokio::select! {
        read = pods.wait() => read.clone(),
        fault = session.stopped() => Err(fault.reason),
    }
}

async fn echonet_pod(session: &Session, pods: &KnownPods) -> Result<Pod, String> {
    if let Some(newest) = pods.newest().await {
        return Ok(newest);
    }
    let all = pods_of(session, pods).await.map_err(|err| format!("the pods are not known: {err}"))?;
    of_echonet(all).ok_or_else(|| "the namespace has no pod of Echonet".to_owned())
}

async fn way(session: &Session, pods: &KnownPods) -> Result<Way, String> {
    /// The port that Echonet listens on.
    const PORT: u16 = 80;
    if session.options.echonet_url.is_some() {
        return Ok(Way::Url);
    }
    let pod = echonet_pod(session, pods).await?;
    Ok(Way::PortForward { namespace: session.options.namespace.clone(), pod: pod.name, port: PORT })
}
