//! What runs in a live deployment: its pods and Echonet's source, and nothing else.

use std::collections::BTreeSet;

use super::answers::{Answers, SnapshotChoice};
use super::asking::answer;
use super::known_pods::KnownPods;
use super::opening::open;
use super::{Caller, CollectError, CollectOptions, LiveCollection, ended};
use crate::collect::asked::{Reach, Selection};
use crate::collect::assembly::assemble;
use crate::collect::masked_log::MaskedLogs;
use crate::evidence::Request;

/// Asks the cluster for pods and for the ConfigMap with Echonet's source. Whatever [`Caller::more`] would ask for is not asked for.
///
/// # Errors
/// When there is no cluster to ask, no such namespace, or no folder to record to. What fails after that is part of the bundle.
pub(crate) async fn what_runs(options: CollectOptions, caller: Caller<'_>) -> Result<LiveCollection, CollectError> {
    let asked = Selection { block: None, namespace: Some(options.namespace.clone()), reach: Reach::Incident, also: BTreeSet::default() };
    let session = open(options, &caller).await?;
    let pods = KnownPods::default();
    let mut answers = Answers::new(SnapshotChoice::All);
    // The pods first: they tell which ConfigMap is mounted.
    for request in [Request::Pods, Request::EchonetSource] {
        let answered = answer(&session, &pods, &request).await;
        answers.insert(request, answered);
    }
    let unasked = MaskedLogs::not_asked();
    Ok(ended(&session, assemble(&answers, asked, unasked)))
}
