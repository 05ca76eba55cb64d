//! Services of the namespace.

use serde::Deserialize;

use super::bound::Bound;
use super::mark::Mark;
use super::objects::{List, ObjectName};
use super::reader::Reader;
use super::situation::Situation;
use super::source::{ApiGroup, DiesWith, ListSelection, Place, Saved, Source, Wire};
use crate::evidence::cluster::ServicePort;
use crate::evidence::{ParseError, Request, Service, parse_json};

/// Fields that are read of it: a recording keeps no others.
const READ: &[&str] = &["items", "kind", "metadata", "name", "namespace", "port", "ports", "spec"];

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Objects { group: ApiGroup::Core, plural: "services", taken: ListSelection::Objects, read: READ },
    saved: Saved::At(&[Place::at("k8s/services.json")]),
    recognised: &[Mark::Kind("Service")],
    reads: &[&ANSWER],
    gives: &[],
    best_for: &[],
    dies_with: DiesWith::Never,
    limits: &[Bound::Answer, Bound::Together],
    says: "once",
};

/// A list of Services as the Kubernetes API gives it.
pub const ANSWER: Reader<Vec<Service>> = Reader::new(services);

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::Services]
}

fn services(body: &str) -> Result<Vec<Service>, ParseError> {
    let list: List<RawService> = parse_json(body)?;
    let port = |it: RawPort| ServicePort { name: it.name, port: it.port };
    let service = |it: RawService| Service {
        name: it.metadata.name,
        namespace: it.metadata.namespace,
        ports: it.spec.ports.into_iter().map(port).collect(),
    };
    Ok(list.items.into_iter().map(service).collect())
}

#[derive(Deserialize)]
struct RawService {
    metadata: ObjectName,
    #[serde(default)]
    spec: RawServiceSpec,
}

#[derive(Deserialize, Default)]
struct RawServiceSpec {
    #[serde(default)]
    ports: Vec<RawPort>,
}

#[derive(Deserialize)]
struct RawPort {
    #[serde(default)]
    name: String,
    port: u16,
}
