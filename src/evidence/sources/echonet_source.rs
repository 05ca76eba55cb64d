//! The ConfigMap with Echonet's source, which its pod mounts; files are hashed, never kept.

use super::bound::Bound;
use super::mark::Mark;
use super::reader::Reader;
use super::situation::Situation;
use super::source::{DiesWith, Saved, Source, Wire};
use crate::evidence::source::is_source_config_map;
use crate::evidence::{EchonetSource, Request, parse_json};

/// How this evidence is asked for, recognised under any name, and read.
pub const SOURCE: Source = Source {
    wire: Wire::SourceConfigMap,
    saved: Saved::ByName(|path| path.strip_prefix("k8s/").and_then(name).is_some()),
    recognised: &[Mark::Kind("ConfigMap")],
    reads: &[&ANSWER],
    gives: &[],
    best_for: &[],
    dies_with: DiesWith::Never,
    limits: &[Bound::SourceAnswer, Bound::Answer, Bound::Together, Bound::SourceUnpacked, Bound::SourceFiles, Bound::SourceName],
    says: "once, of the ConfigMap that Echonet's pod mounts",
};

/// The list of files with their hashes, which the edge makes of the ConfigMap as it comes in.
pub const ANSWER: Reader<EchonetSource> = Reader::new(parse_json);

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::EchonetSource]
}

/// The file in which a recording keeps the list of its files.
#[must_use]
pub fn file(config_map: &str) -> String {
    format!("k8s/{config_map}.json")
}

/// The name of the ConfigMap whose source a file of the folder `k8s` holds.
#[must_use]
pub fn name(file: &str) -> Option<&str> {
    let name = [".json", ".tgz.b64", ".tgz", ".tar.gz"].iter().find_map(|it| file.strip_suffix(it))?;
    (name == "echonet-src" || is_source_config_map(name)).then_some(name)
}
