//! Which commits bring a symbol that others lack.
//!
//! What a deployed commit lacks and a commit of the rule's own fixes brings is no stale place: the fix is not deployed.

use std::collections::{BTreeMap, BTreeSet};

use super::contents;
use super::git::{GitError, GitQuestion, Repo, lines};
use crate::evidence::anchor::Anchor;
use crate::evidence::symbol::{SymbolSeen, look};

/// The object of a file at a commit and at its parent, where there is one.
type AtAndBefore = (Option<String>, Option<String>);

/// For each anchor, those of the commits beside it that bring it: it is in its file there, and was not before. A commit that the clone lacks,
/// or whose parent it lacks, is left out.
///
/// # Errors
/// When git cannot be run, or cannot read the clone.
pub fn by(clone: &Repo, wanted: &BTreeMap<Anchor, BTreeSet<String>>) -> Result<BTreeMap<Anchor, Vec<String>>, GitError> {
    let commits: BTreeSet<&String> = wanted.values().flatten().filter(|it| is_sha(it)).collect();
    let files: BTreeSet<(&str, &str)> = wanted
        .iter()
        .flat_map(|(anchor, commits)| commits.iter().map(|it| (it.as_str(), anchor.path.as_str())))
        .filter(|(commit, path)| is_sha(commit) && !path.contains('\n'))
        .collect();
    let parents: Vec<String> = commits.iter().map(|it| format!("{it}^1")).collect();
    let known: BTreeSet<&String> = commits
        .iter()
        .zip(contents::named(clone, &parents.iter().map(|it| format!("{it}^{{commit}}")).collect::<Vec<_>>(), "commit")?)
        .filter_map(|(commit, parent)| parent.map(|_| *commit))
        .collect();
    let names = |before: &str| files.iter().map(|(commit, path)| format!("{commit}{before}:{path}")).collect::<Vec<_>>();
    let (at, before) = (contents::named(clone, &names(""), "blob")?, contents::named(clone, &names("^1"), "blob")?);
    let texts = contents::read_contents(clone, &at.iter().chain(&before).flatten().map(String::as_str).collect())?;
    let files: BTreeMap<(&str, &str), AtAndBefore> = files.into_iter().zip(at.into_iter().zip(before)).collect();
    let defines = |object: &Option<String>, anchor: &Anchor| match object {
        None => Some(false),
        Some(_) if anchor.symbol.is_empty() => Some(true),
        Some(object) => Some(matches!(look(&anchor.path, texts.get(object)?, &anchor.symbol), SymbolSeen::Defined(_))),
    };
    let brings = |anchor: &Anchor, commit: &String| {
        let (at, before) = files.get(&(commit.as_str(), anchor.path.as_str()))?;
        Some(known.contains(commit) && defines(at, anchor)? && !defines(before, anchor)?)
    };
    let of = |(anchor, commits): (&Anchor, &BTreeSet<String>)| {
        let bringing: Vec<String> = commits.iter().filter(|it| brings(anchor, it).unwrap_or(false)).cloned().collect();
        (!bringing.is_empty()).then(|| (anchor.clone(), bringing))
    };
    Ok(wanted.iter().filter_map(of).collect())
}

/// Those of the commits that this one does not contain.
///
/// # Errors
/// When git cannot be run, or cannot read the clone.
pub fn not_in(clone: &Repo, head: &str, commits: &BTreeSet<String>) -> Result<BTreeSet<String>, GitError> {
    let mut lacking = BTreeSet::new();
    for commit in commits.iter().filter(|it| is_sha(it) && is_sha(head)) {
        match clone.ask(GitQuestion::Walk, lines([commit.as_str(), &format!("^{head}")]).as_bytes()) {
            Ok(walked) if walked.is_empty() => {}
            Ok(_) => drop(lacking.insert(commit.clone())),
            // The clone lacks it, so nothing that is checked out there contains it.
            Err(GitError::Refused { .. }) => {}
            Err(err) => return Err(err),
        }
    }
    Ok(lacking)
}

fn is_sha(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|it| it.is_ascii_hexdigit())
}
