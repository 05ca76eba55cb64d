//! Deployments of the namespace: what should run, which is there also while nothing does.

use serde::Deserialize;

use super::bound::Bound;
use super::mark::Mark;
use super::objects::{List, ObjectName, RawContainer};
use super::reader::Reader;
use super::situation::Situation;
use super::source::{ApiGroup, DiesWith, ListSelection, Place, Saved, Source, Wire};
use crate::evidence::cluster::WorkloadKind;
use crate::evidence::{ParseError, Request, Workload, parse_json};

/// Fields that are read of a workload: a recording keeps no others.
pub(super) const READ: &[&str] =
    &["containers", "image", "items", "kind", "metadata", "name", "namespace", "readyReplicas", "replicas", "spec", "status", "template"];

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Objects { group: ApiGroup::Apps, plural: "deployments", taken: ListSelection::Objects, read: READ },
    saved: Saved::At(&[Place::at("k8s/deployments.json")]),
    recognised: &[Mark::Kind("Deployment")],
    reads: &[&ANSWER],
    gives: &[],
    best_for: &[],
    dies_with: DiesWith::Never,
    limits: &[Bound::Answer, Bound::Together],
    says: "once",
};

/// A list of Deployments as the Kubernetes API gives it.
pub const ANSWER: Reader<Vec<Workload>> = Reader::new(|body| workloads(WorkloadKind::Deployment, body));

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::Deployments]
}

/// Reads a list of workloads of one kind.
pub(super) fn workloads(kind: WorkloadKind, body: &str) -> Result<Vec<Workload>, ParseError> {
    let list: List<RawWorkload> = parse_json(body)?;
    let workload = |it: RawWorkload| Workload {
        kind,
        name: it.metadata.name,
        namespace: it.metadata.namespace,
        // The API leaves out the default.
        replicas: it.spec.replicas.unwrap_or(1),
        ready: it.status.ready_replicas,
        images: it.spec.template.spec.containers.into_iter().map(|it| (it.name, it.image)).collect(),
    };
    Ok(list.items.into_iter().map(workload).collect())
}

#[derive(Deserialize)]
struct RawWorkload {
    metadata: ObjectName,
    #[serde(default)]
    spec: RawWorkloadSpec,
    #[serde(default)]
    status: RawWorkloadStatus,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawWorkloadSpec {
    replicas: Option<u64>,
    template: RawTemplate,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawTemplate {
    spec: RawTemplateSpec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawTemplateSpec {
    containers: Vec<RawContainer>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct RawWorkloadStatus {
    ready_replicas: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workload_without_pods_still_says_which_image_it_would_run() {
        let body = r#"{"items":[{"metadata":{"name":"s"},"spec":{"replicas":0,"template":{"spec":{"containers":[
            {"name":"sequencer-node","image":"i:1","env":[{"name":"K","value":"hush"}]}]}}},"status":{"replicas":0}}]}"#;
        let workloads = workloads(WorkloadKind::StatefulSet, body).expect("workloads");
        let it = workloads.first().expect("one");
        assert_eq!((it.replicas, it.ready, it.images.get("sequencer-node").map(String::as_str)), (0, 0, Some("i:1")));
        assert!(!format!("{workloads:?}").contains("hush"));
    }
}
