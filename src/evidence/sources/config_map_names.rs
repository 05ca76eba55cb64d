//! Names of the ConfigMaps of the namespace.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::bound::Bound;
use super::mark::Mark;
use super::objects::{List, ObjectName};
use super::reader::Reader;
use super::situation::Situation;
use super::source::{ApiGroup, DiesWith, ListSelection, Place, Saved, Source, Wire};
use crate::evidence::{ConfigMapName, ParseError, Request, parse_json};

/// Fields that are read of it: a recording keeps no others.
const READ: &[&str] = &["items", "kind", "metadata", "name", "namespace"];

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Objects { group: ApiGroup::Core, plural: "configmaps", taken: ListSelection::NamesOnly, read: READ },
    saved: Saved::At(&[Place::at(FILE)]),
    recognised: &[Mark::Kind("ConfigMap")],
    reads: &[&ANSWER],
    gives: &[],
    best_for: &[],
    dies_with: DiesWith::Never,
    limits: &[Bound::Answer, Bound::Together],
    says: "once",
};

/// A list of objects of which only the names are kept.
pub const ANSWER: Reader<Vec<ConfigMapName>> = Reader::new(names);

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::ConfigMapNames]
}

/// The file of a saved folder: with what the ConfigMaps hold, if they were saved whole.
pub const FILE: &str = "k8s/configmaps.json";

fn names(body: &str) -> Result<Vec<ConfigMapName>, ParseError> {
    let list: List<RawConfigMap> = parse_json(body)?;
    Ok(list.items.into_iter().map(|it| ConfigMapName { name: it.metadata.name, namespace: it.metadata.namespace }).collect())
}

#[derive(Deserialize)]
struct RawConfigMap {
    metadata: ObjectName,
    // Parsed past, never kept: the contents may be a file that nobody may open.
    #[serde(default, rename = "data")]
    _contents: IgnoredAny,
}
