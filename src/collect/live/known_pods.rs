//! Which pods there are, and which of them is Echonet's by now.

use std::time::Duration;

use tokio::sync::{Mutex, SetOnce};

use super::fault::{AskFault, FaultKind};
use super::question::{ObjectKind, Question};
use super::session::Session;
use crate::collect::Body;
use crate::evidence::pods::Component;
use crate::evidence::sources::by_hand::is_name;
use crate::evidence::sources::pods;
use crate::evidence::{ParseError, Pod, Request};
use crate::limits::PODS_FOLLOWED;

/// Why the pods are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoPods {
    /// The pods could not be listed.
    #[error(transparent)]
    NotListed(#[from] AskFault),
    /// What came is no list of pods.
    #[error(transparent)]
    NotRead(#[from] ParseError),
}

/// Why Echonet's pod is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoEchonet {
    /// The pods are not known.
    #[error("the pods are not known: {0}")]
    NoPods(#[from] NoPods),
    /// None of the pods runs Echonet.
    #[error("the namespace has no pod of Echonet")]
    NotThere,
}

/// The pods as they were listed first, and those that took the place of Echonet's since.
#[derive(Debug, Default)]
pub(super) struct KnownPods {
    first: SetOnce<Result<Vec<Pod>, NoPods>>,
    since: Mutex<Since>,
}

#[derive(Debug, Default)]
struct Since {
    /// The name of each that was gone, and its successor.
    replaced: Vec<(String, Pod)>,
    /// One that was gone, and whose successor was not found or is not followed.
    lost: Option<String>,
}

impl KnownPods {
    /// Notes the first list. Later ones are ignored.
    pub(super) fn set(&self, read: Result<Vec<Pod>, NoPods>) {
        let _ = self.first.set(read);
    }

    /// Waits for the first list of pods.
    pub(super) async fn wait(&self) -> &Result<Vec<Pod>, NoPods> {
        self.first.wait().await
    }

    /// What took the place of the Echonet in the first list, if anything had to.
    pub(super) async fn newest(&self) -> Option<Pod> {
        self.since.lock().await.replaced.last().map(|(_, it)| it.clone())
    }

    /// That Echonet's pod was replaced, in a sentence, if it was.
    pub(super) async fn replacement(&self) -> Option<String> {
        let since = self.since.lock().await;
        let ((first, _), last) = (since.replaced.first()?, since.replaced.last()?.1.name.as_str());
        let successors: Vec<&str> = since.replaced.iter().map(|(_, it)| it.name.as_str()).collect();
        let is_lost = since.lost.as_deref() == Some(last);
        let lost = if is_lost { ", and what took the place of the last was not followed" } else { "" };
        Some(format!("Echonet's pod {first} was replaced by {} while the evidence was collected{lost}", successors.join(", then by ")))
    }

    /// What took the place of `gone`, asked for once for all who miss it.
    async fn successor(&self, session: &Session, gone: &str) -> Option<Pod> {
        let mut since = self.since.lock().await;
        if since.lost.as_deref() == Some(gone) {
            return None;
        }
        let question = Question::Objects { namespace: session.options.namespace.clone(), kind: ObjectKind::from_request(&Request::Pods)? };
        // A replay may know the newest pod before it comes to where an older one was gone.
        let is_last = || session.replayed().is_some_and(|it| !it.holds(&question));
        if let Some((_, newest)) = since.replaced.last()
            && (newest.name != gone || is_last())
        {
            return Some(newest.clone());
        }
        let attempts = if since.replaced.len() < PODS_FOLLOWED { session.options.attempts } else { 0 };
        for attempt in 1..=attempts {
            let listed = session.ask(&question).await.ok().and_then(|it| pods::ANSWER.read(&it.text).ok());
            let is_new = |it: &Pod| it.name != gone && since.replaced.iter().all(|(gone, _)| *gone != it.name);
            if let Some(next) = listed.and_then(of_echonet).filter(is_new) {
                since.replaced.push((gone.to_owned(), next.clone()));
                return Some(next);
            }
            let fault = AskFault::new(FaultKind::Transient, "no pod has taken its place yet");
            session.pause(attempt, &fault, Duration::ZERO).await.ok()?;
        }
        since.lost = Some(gone.to_owned());
        None
    }
}

/// Echonet's pod among these.
pub(super) fn of_echonet(all: Vec<Pod>) -> Option<Pod> {
    let mut echonet: Vec<Pod> = all.into_iter().filter(|it| it.component == Component::Echonet && is_name(&it.name)).collect();
    // While one goes, the next may be there already.
    echonet.sort_by_key(|it| (it.phase == "Running", it.started_at));
    echonet.pop()
}

/// Asks something of the pod, and of its successor if it is gone by then.
pub(super) async fn ask_pod(
    session: &Session,
    pods: &KnownPods,
    mut pod: String,
    question: impl Fn(String) -> Question,
) -> Result<Body, AskFault> {
    loop {
        match session.ask(&question(pod.clone())).await {
            Err(fault) if fault.kind == FaultKind::Gone => match pods.successor(session, &pod).await {
                Some(next) => pod = next.name,
                None => return Err(fault),
            },
            answer => return answer,
        }
    }
}
