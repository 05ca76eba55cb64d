//! The resyncs that a deployment has behind it: its report and the snapshots on its volume, and no blocks.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::answers::{Answers, SnapshotChoice};
use super::asking::answer;
use super::known_pods::KnownPods;
use super::opening::{open, reopen};
use super::session::Session;
use super::{Caller, CollectError, CollectOptions, LiveCollection, defect, ended};
use crate::collect::Answer;
use crate::collect::asked::{Reach, Selection};
use crate::collect::assembly::assemble;
use crate::collect::masked_log::MaskedLogs;
use crate::evidence::Request;

/// Asks for the report and for the newest `limit` snapshots. The bundle has an episode for each snapshot on the volume, also for those
/// that were not read, and nothing else. Whatever [`Caller::more`] would ask for is not asked for.
///
/// # Errors
/// When there is no cluster to ask, no such namespace, a wrong Echonet, or no folder to record to. What fails after that is part of the
/// bundle.
pub(crate) async fn survey(options: CollectOptions, limit: usize, caller: Caller<'_>) -> Result<LiveCollection, CollectError> {
    let session = open(options, &caller).await?;
    Ok(surveyed(&session, limit).await)
}

/// The same from a folder that [`CollectOptions::record`] named before.
///
/// # Errors
/// When the folder is none, or nothing could be asked then.
pub(crate) async fn replay(folder: &Path, limit: usize, caller: Caller<'_>) -> Result<LiveCollection, CollectError> {
    let session = reopen(folder, &caller).await?;
    Ok(surveyed(&session, limit).await)
}

/// What is asked for a list of resyncs, beside snapshots.
pub(in crate::collect) const OF_RESYNCS: [Request; 3] = [Request::Pods, Request::Report, Request::VolumeListing];

async fn surveyed(session: &Arc<Session>, limit: usize) -> LiveCollection {
    let pods: Arc<KnownPods> = Arc::default();
    let mut answers = Answers::new(SnapshotChoice::All);
    let mut tasks = JoinSet::new();
    let mut sought = HashMap::new();
    let mut waiting = OF_RESYNCS.to_vec();
    loop {
        for request in waiting.drain(..) {
            let (session, pods) = (Arc::clone(session), Arc::clone(&pods));
            let asked = request.clone();
            let id = tasks.spawn(async move { answer(&session, &pods, &asked).await }).id();
            sought.insert(id, request);
        }
        let Some(ended) = tasks.join_next_with_id().await else { break };
        let (request, answer) = match ended {
            Ok((id, answer)) => match sought.remove(&id) {
                Some(request) => (request, answer),
                None => continue,
            },
            Err(err) => {
                let request = sought.remove(&err.id());
                match request.zip(defect(err)) {
                    Some((request, fault)) => {
                        if request == Request::Pods {
                            pods.set(Err(fault.clone().into()));
                        }
                        (request, Answer::Failed { reason: fault.reason })
                    }
                    None => continue,
                }
            }
        };
        let is_listing = request == Request::VolumeListing;
        answers.insert(request, answer);
        if is_listing {
            for (number, request) in answers.snapshots().into_values().rev().enumerate() {
                match number < limit {
                    true => waiting.push(request),
                    false => answers.insert(request, Answer::Failed { reason: format!("only the newest {limit} are read") }),
                }
            }
        }
    }
    let unasked = MaskedLogs::not_asked();
    let asked = Selection { namespace: Some(session.options.namespace.clone()), reach: Reach::Incident, ..Selection::default() };
    ended(session, assemble(&answers, asked, unasked))
}
