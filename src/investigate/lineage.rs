//! Reads from a clone what the deployed code contains, and keeps it in the bundle.

use std::path::Path;

use super::{Error, Rules};
use crate::collect;
use crate::collect::git::Repo;
use crate::collect::lineage::{self, PatchIds};
use crate::engine::fixes::{anchors, fix_table};
#[cfg(feature = "live")]
use crate::evidence::Missing;
use crate::evidence::anchor::{AnchorSighting, Sighted};
use crate::evidence::{Bundle, Gathered, Lineage, Provenance};

/// How much of a clone goes into a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineageExtent {
    /// All that any rule may want later, with the places in the code that rules name: for a bundle that is kept.
    #[default]
    Lasting,
    /// What the fixes of these rules need: for an answer now.
    Now,
}

/// Opens a clone for questions. Nothing in it is changed, and nothing is fetched.
///
/// # Errors
/// When the folder is no clone.
pub fn open_clone(folder: &Path) -> Result<Repo, Error> {
    Ok(Repo::open(folder)?)
}

/// Asks a clone what the images of a bundle were built from, and keeps the answer in the bundle.
///
/// # Errors
/// When the bundle does not say what runs, or the clone cannot be read. The bundle is then as it was.
pub fn add_lineage(bundle: &mut Bundle, clone: &Repo, rules: &Rules, extent: LineageExtent) -> Result<(), Error> {
    let pods = match &bundle.deployment.pods {
        Gathered::Observed(pods) => pods.value.as_slice(),
        other => return Err(Error::NothingRuns(other.gap().unwrap_or_default())),
    };
    let catalog = &rules.catalog;
    let needed = |lineage: &Lineage| fix_table::sought(lineage, catalog);
    let patch_ids = match extent {
        LineageExtent::Lasting => PatchIds::Lasting(&needed),
        LineageExtent::Now => PatchIds::Needed(&needed),
    };
    let (probes, commits) = (fix_table::probes(catalog), fix_table::commits(catalog));
    let mut lineage = lineage::gather(clone, pods, &bundle.deployment.source, &probes, &commits, patch_ids)?;
    if extent == LineageExtent::Lasting {
        add_places(&mut lineage, clone, rules)?;
    }
    let source = Provenance { asked: ASKED.to_owned(), at: None, took_ms: None, bytes: 0, sha256: String::new() };
    bundle.lineage = Gathered::observed(lineage, source);
    Ok(())
}

/// What is asked of a clone, for the bundle.
const ASKED: &str = "git (what the deployed code contains)";

/// Keeps why there is no lineage.
#[cfg(feature = "live")]
pub(super) fn put_failure(bundle: &mut Bundle, why: &Error) {
    bundle.lineage = Gathered::Failed(Missing::new(ASKED.to_owned(), why.to_string()));
}

/// Adds where the places are that rules name, and which commits bring those that are not there.
fn add_places(lineage: &mut Lineage, clone: &Repo, rules: &Rules) -> Result<(), Error> {
    lineage.anchors = collect::anchors::locate(clone, &lineage.deployed, &anchors::wanted(&rules.catalog));
    let is_here = |it: &AnchorSighting| matches!(it.is, Sighted::Here(_) | Sighted::Unknown(_));
    let mut commits = anchors::fix_commits(&rules.catalog);
    commits.retain(|anchor, _| lineage.anchors.iter().any(|it| it.anchor == *anchor && !it.found.iter().all(is_here)));
    let mut introduced = collect::introduced::by(clone, &commits)?;
    for answer in &mut lineage.anchors {
        answer.introduced_by = introduced.remove(&answer.anchor).unwrap_or_default();
    }
    Ok(())
}
