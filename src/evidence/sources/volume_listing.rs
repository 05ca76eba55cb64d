//! Names below Echonet's data directory.

use serde::Deserialize;

use super::bound::Bound;
use super::mark::Mark;
use super::reader::Reader;
use super::situation::Situation;
use super::source::{DiesWith, Saved, Source, Wire};
use super::volume_file;
use crate::evidence::Request;

/// How this evidence is asked for, recognised under any name, and read.
pub const SOURCE: Source = Source {
    wire: Wire::VolumeNames,
    saved: Saved::Apart("pvc_listing.json"),
    recognised: &[Mark::Rows(&["path", "size"])],
    reads: &[&ANSWER],
    gives: volume_file::DOCUMENTS,
    best_for: &[],
    dies_with: DiesWith::Never,
    limits: &[Bound::Answer, Bound::Together],
    says: "once, and once for each archive that is looked at",
};

/// Names, one a line. Any text is one.
pub const ANSWER: Reader<Vec<String>> = Reader::new(|body| Ok(body.lines().map(str::to_owned).collect()));

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::VolumeListing]
}

/// A file as somebody saved the listing: with more than its name.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) size: Option<u64>,
}

/// Reads the listing as somebody saved it.
pub(crate) fn saved(body: &str) -> serde_json::Result<Vec<Row>> {
    serde_json::from_str(body)
}
