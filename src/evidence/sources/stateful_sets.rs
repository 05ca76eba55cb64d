//! StatefulSets of the namespace: what should run, which is there also while nothing does.

use super::bound::Bound;
use super::deployments;
use super::mark::Mark;
use super::reader::Reader;
use super::situation::Situation;
use super::source::{ApiGroup, DiesWith, ListSelection, Place, Saved, Source, Wire};
use crate::evidence::cluster::WorkloadKind;
use crate::evidence::{Request, Workload};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Objects { group: ApiGroup::Apps, plural: "statefulsets", taken: ListSelection::Objects, read: deployments::READ },
    saved: Saved::At(&[Place::at("k8s/statefulsets.json")]),
    recognised: &[Mark::Kind("StatefulSet")],
    reads: &[&ANSWER],
    gives: &[],
    best_for: &[],
    dies_with: DiesWith::Never,
    limits: &[Bound::Answer, Bound::Together],
    says: "once",
};

/// A list of StatefulSets as the Kubernetes API gives it.
pub const ANSWER: Reader<Vec<Workload>> = Reader::new(|body| deployments::workloads(WorkloadKind::StatefulSet, body));

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::StatefulSets]
}
