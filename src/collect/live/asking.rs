//! Asks for one piece of evidence, over the way that its source names.

use super::fault::{AskFault, FaultKind};
use super::known_pods::{KnownPods, NoEchonet, NoPods, ask_pod, of_echonet};
use super::question::{EchonetPage, EchonetRoute, FeederPage, ObjectKind, Question};
use super::session::Session;
use super::volume_command::{NoPath, VolumeCommand, VolumePath};
use crate::collect::{Answer, Body};
use crate::evidence::sources::{self, Wire};
use crate::evidence::{Pod, Request};

/// Why the names in an archive are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotListed {
    /// There is no Echonet pod to ask.
    #[error(transparent)]
    NoEchonet(#[from] NoEchonet),
    /// The archive is not one that may be opened.
    #[error(transparent)]
    NoPath(#[from] NoPath),
    /// The question got no answer.
    #[error(transparent)]
    NotAnswered(#[from] AskFault),
    /// Only some of them came.
    #[error("{0}")]
    Partly(String),
}

fn failed(why: &dyn std::error::Error) -> Answer {
    Answer::Failed { reason: why.to_string() }
}

fn answer_of(outcome: Result<Body, AskFault>, request: &Request) -> Answer {
    match outcome {
        Ok(body) => Answer::Body(Body { asked: request.to_string(), ..body }),
        Err(AskFault { kind: FaultKind::Absent, reason, .. }) => Answer::Absent { reason },
        Err(AskFault { reason, .. }) => Answer::Failed { reason },
    }
}

/// Asks for one piece of evidence, as its source says that it is asked.
pub(super) async fn answer(session: &Session, pods: &KnownPods, request: &Request) -> Answer {
    let namespace = session.options.namespace.clone();
    match request.source().wire {
        Wire::Echonet { .. } => match EchonetPage::from_request(request) {
            Some(page) => of_echonet_page(session, pods, request, page).await,
            None => Answer::NotAsked,
        },
        Wire::Mainnet { .. } => match FeederPage::from_request(request) {
            Some(page) => answer_of(session.ask(&Question::Mainnet(page)).await, request),
            None => Answer::NotAsked,
        },
        Wire::Objects { .. } => match ObjectKind::from_request(request) {
            Some(kind) => {
                let body = session.ask(&Question::Objects { namespace, kind }).await;
                if *request == Request::Pods {
                    let read = match &body {
                        Ok(body) => sources::pods::ANSWER.read(&body.text).map_err(NoPods::from),
                        Err(fault) => Err(fault.clone().into()),
                    };
                    // Asked for once only.
                    pods.set(read);
                }
                answer_of(body, request)
            }
            None => Answer::NotAsked,
        },
        Wire::NodeConfigMap => match request.part("config") {
            Some(name) => answer_of(session.ask(&Question::NodeConfig { namespace, name }).await, request),
            None => Answer::NotAsked,
        },
        Wire::SourceConfigMap => match echonet_pod(session, pods).await {
            Err(why) => failed(&why),
            Ok(Pod { source_config_map: None, .. }) => {
                Answer::Absent { reason: "Echonet's pod mounts no ConfigMap that holds its source".to_owned() }
            }
            Ok(Pod { source_config_map: Some(name), .. }) => {
                answer_of(session.ask(&Question::EchonetSource { namespace, name }).await, request)
            }
        },
        Wire::VolumeNames => of_volume(session, pods, request, Ok(VolumeCommand::ListRoot)).await,
        Wire::VolumeFile => {
            let path = request.part("path").unwrap_or_default();
            of_volume(session, pods, request, VolumePath::new(&path).map(VolumeCommand::Read)).await
        }
        // Logs have their own way, and nobody captured anything during a resync.
        Wire::LogEntries | Wire::Output | Wire::Captured { .. } => Answer::NotAsked,
    }
}

async fn of_echonet_page(session: &Session, pods: &KnownPods, request: &Request, page: EchonetPage) -> Answer {
    match way(session, pods).await {
        Ok(EchonetRoute::PortForward { namespace, pod, port }) => {
            let way = |pod| EchonetRoute::PortForward { namespace: namespace.clone(), pod, port };
            answer_of(ask_pod(session, pods, pod, |pod| Question::Echonet { way: way(pod), page: page.clone() }).await, request)
        }
        Ok(way @ EchonetRoute::Url) => answer_of(session.ask(&Question::Echonet { way, page }).await, request),
        Err(why) => failed(&why),
    }
}

async fn of_volume(session: &Session, pods: &KnownPods, request: &Request, command: Result<VolumeCommand, NoPath>) -> Answer {
    match (command, echonet_pod(session, pods).await) {
        (Err(why), _) => failed(&why),
        (_, Err(why)) => failed(&why),
        (Ok(command), Ok(pod)) => {
            let namespace = session.options.namespace.clone();
            let question = |pod| Question::Volume { namespace: namespace.clone(), pod, command: command.clone() };
            answer_of(ask_pod(session, pods, pod.name, question).await, request)
        }
    }
}

/// The names in one archive.
pub(super) async fn archive(session: &Session, pods: &KnownPods, name: &str) -> Result<Vec<String>, NotListed> {
    let pod = echonet_pod(session, pods).await?.name;
    let command = VolumeCommand::List(VolumePath::new(name)?);
    let namespace = session.options.namespace.clone();
    let question = |pod| Question::Volume { namespace: namespace.clone(), pod, command: command.clone() };
    let body = ask_pod(session, pods, pod, question).await?;
    match body.partial {
        None => Ok(body.text.lines().map(str::to_owned).collect()),
        Some(gap) => Err(NotListed::Partly(gap)),
    }
}

/// The list of pods, available once the first request for it has finished.
pub(super) async fn pods_of(session: &Session, pods: &KnownPods) -> Result<Vec<Pod>, NoPods> {
    tokio::select! {
        read = pods.wait() => read.clone(),
        fault = session.stopped() => Err(fault.into()),
    }
}

async fn echonet_pod(session: &Session, pods: &KnownPods) -> Result<Pod, NoEchonet> {
    if let Some(newest) = pods.newest().await {
        return Ok(newest);
    }
    of_echonet(pods_of(session, pods).await?).ok_or(NoEchonet::NotThere)
}

async fn way(session: &Session, pods: &KnownPods) -> Result<EchonetRoute, NoEchonet> {
    /// The port that Echonet listens on.
    const PORT: u16 = 80;
    if session.options.echonet_url.is_some() {
        return Ok(EchonetRoute::Url);
    }
    let pod = echonet_pod(session, pods).await?;
    Ok(EchonetRoute::PortForward { namespace: session.options.namespace.clone(), pod: pod.name, port: PORT })
}
