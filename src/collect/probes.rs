//! Whether deployed commits hold the lines that fixes should leave, or should have removed.

use std::collections::BTreeSet;

use super::contents;
use super::git::{GitError, Repo};
use super::listings::Listings;
use crate::evidence::lineage::{DeployedCode, ModifiedFile, Probe, ProbeAnswer, Probed};
use crate::evidence::source::below_source;

/// Whether the deployed commits hold lines. What the clone cannot tell has no answer.
///
/// # Errors
/// When git cannot be run, or cannot read the clone.
pub(super) fn answers(
    clone: &Repo,
    listings: &mut Listings<'_>,
    deployed: &[DeployedCode],
    probes: &BTreeSet<Probe>,
) -> Result<Vec<ProbeAnswer>, GitError> {
    let commits = deployed.iter().enumerate().filter_map(|(place, it)| Some((place, it.tip()?.sha.as_str(), it.modified.as_slice())));
    let asked = |(place, sha, modified)| probes.iter().filter(move |it| can_be_asked(it, modified)).map(move |it| (place, sha, it));
    let asked: Vec<(usize, &str, &Probe)> = commits.flat_map(asked).collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = asked.iter().map(|(_, sha, probe)| format!("{sha}:{}", probe.path)).collect();
    let objects = contents::named(clone, &names, "blob")?;
    let contents = contents::read_contents(clone, &objects.iter().flatten().map(String::as_str).collect())?;
    let mut all = Vec::new();
    for ((deployed, sha, probe), object) in asked.into_iter().zip(objects) {
        let found = match object.map(|it| contents.get(&it)) {
            Some(Some(content)) if content.lines().any(|it| it.contains(&probe.text)) => Probed::Present,
            Some(Some(_)) => Probed::Absent,
            Some(None) => continue,
            // The clone may lack the content of a file that the commit has, or the list of its files: that is no answer.
            None => match listings.paths_of(sha) {
                Some(paths) if !paths.contains(&probe.path) => Probed::NoFile,
                _ => continue,
            },
        };
        all.push(ProbeAnswer { deployed, probe: probe.clone(), found });
    }
    Ok(all)
}

/// Whether git can be asked for a line: its path is one, and the deployed file is that of the commit. Of an edited one only the hash is known.
fn can_be_asked(probe: &Probe, modified: &[ModifiedFile]) -> bool {
    let is_modified = || below_source(&probe.path).is_some_and(|below| modified.iter().any(|it| it.path == below));
    !probe.path.contains(['\n', '\r', '\0']) && !is_modified()
}
