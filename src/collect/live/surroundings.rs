//! What the cluster says beside the pods.

use std::collections::BTreeMap;

use super::fault::{Fault, FaultKind};
use super::question::{NODE_CONFIGS, ObjectKind, Question};
use super::session::Session;
use crate::evidence::collection::{
    ClusterEvent, Service, Workload, WorkloadKind, parse_events, parse_node_settings, parse_services, parse_workloads,
};
use crate::evidence::{Coverage, Extent, Gathered, Missing, Observed, ParseError, Provenance};

/// What the cluster says beside the pods.
pub(super) struct Surroundings {
    pub(super) workloads: Gathered<Vec<Workload>>,
    pub(super) services: Gathered<Vec<Service>>,
    pub(super) events: Gathered<Vec<ClusterEvent>>,
    pub(super) node_settings: Gathered<BTreeMap<String, String>>,
}

pub(super) async fn surroundings(session: &Session) -> Surroundings {
    let namespace = session.options.namespace.clone();
    let objects = |kind| Question::Objects { namespace: namespace.clone(), kind };
    let (stateful_sets, deployments, services, events) = tokio::join!(
        read(session, objects(ObjectKind::StatefulSets), |body| parse_workloads(WorkloadKind::StatefulSet, body)),
        read(session, objects(ObjectKind::Deployments), |body| parse_workloads(WorkloadKind::Deployment, body)),
        read(session, objects(ObjectKind::Services), parse_services),
        read(session, objects(ObjectKind::Events), parse_events),
    );
    let workloads = match (stateful_sets, deployments) {
        (Gathered::Observed(mut all), Gathered::Observed(more)) => {
            all.value.extend(more.value);
            Gathered::Observed(all)
        }
        (failed @ (Gathered::Failed(_) | Gathered::Absent(_) | Gathered::NotAsked), _) | (_, failed) => failed,
    };
    let runs = |config: &str| {
        let service = config.strip_suffix("-config").unwrap_or(config);
        let names = ["statefulset", "deployment"].map(|kind| format!("{service}-{kind}"));
        workloads.value().into_iter().flatten().any(|it| names.contains(&it.name))
    };
    let name = NODE_CONFIGS.into_iter().find(|it| runs(it)).map(str::to_owned);
    let node_settings = match name {
        Some(name) => read(session, Question::NodeConfig { namespace, name }, parse_node_settings).await,
        None => Gathered::NotAsked,
    };
    Surroundings { workloads, services, events, node_settings }
}

async fn read<T>(session: &Session, question: Question, parse: impl Fn(&str) -> Result<T, ParseError>) -> Gathered<T> {
    let missing = |reason: String| Missing::new(question.to_string(), reason);
    match session.ask(&question).await {
        Err(fault) if fault.kind == FaultKind::Absent => Gathered::Absent(missing(fault.reason)),
        Err(fault) => Gathered::Failed(missing(fault.reason)),
        Ok(body) => match parse(&body.text) {
            Err(err) => Gathered::Failed(missing(Fault::new(FaultKind::Lasting, &err.to_string()).reason)),
            Ok(value) => Gathered::Observed(Observed {
                value,
                coverage: Coverage { extent: body.partial.map_or(Extent::Complete, Extent::Partial), redacted: body.redacted },
                source: Provenance { asked: body.asked, at: body.at, took_ms: body.took_ms, bytes: body.bytes, sha256: body.sha256 },
            }),
        },
    }
}
