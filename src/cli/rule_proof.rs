//! `whysync rules check --repo`: rules held against the code that they are about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::args::CheckArguments;
use super::{Failure, write_output};
use crate::collect::anchors::locate_at;
use crate::collect::git::Clone;
use crate::collect::introduced;
use crate::collect::named_files;
use crate::engine::fixes::anchors;
use crate::engine::printed::catalogue::Catalogue;
use crate::engine::printed::{self, FileTexts, Found, Tally};
use crate::engine::{Problem, Text};
use crate::evidence::anchor::Anchor;
use crate::findings::Whereabouts;
use crate::render::visible;

/// What is wrong with rules, seen from a commit of a clone.
pub(super) fn against(repo: &Path, arguments: &CheckArguments, rules: &[&Text]) -> Result<Vec<Problem>, Failure> {
    let clone = super::deployed::open(repo)?;
    let commit = named_files::commit(&clone, &arguments.at).map_err(Failure::unusable)?;
    let wanted = printed::named_in(rules);
    let sighted = locate_at(&clone, &commit, &wanted);
    let mut whereabouts: BTreeMap<Anchor, Whereabouts> = wanted.into_iter().zip(sighted.iter().map(anchors::whereabouts)).collect();
    tell_added(&clone, &commit, rules, &mut whereabouts)?;
    for (anchor, whereabouts) in &whereabouts {
        if let Whereabouts::Unknown(why) = whereabouts {
            eprintln!("{}", visible(&format!("{} {}: not checked, {why}", anchor.path, anchor.symbol)));
        }
    }
    let mut problems = printed::stale(rules, &whereabouts, &commit);
    let places = printed::places(rules);
    let paths: BTreeSet<String> = places.iter().map(|it| it.path.clone()).collect();
    let read = named_files::read(&clone, &commit, &paths).map_err(Failure::unusable)?;
    let files = read.into_iter().map(|(path, read)| {
        let texts = read.and_then(|source| FileTexts::read(&path, &source));
        (path, texts)
    });
    let found = Found { commit, files: files.collect() };
    let (more, tally) = printed::check(rules, &found);
    problems.extend(more);
    told(&tally, &found.commit).iter().for_each(|it| eprintln!("{}", visible(it)));
    if let Some(path) = &arguments.write_catalogue {
        let text = Catalogue::of(&found, &places).printed().map_err(|err| Failure::usage(err.to_string()))?;
        write_output(&text, Some(path))?;
    }
    Ok(problems)
}

/// Tells what a fix that the commit lacks brings from what is gone or moved.
fn tell_added(clone: &Clone, commit: &str, rules: &[&Text], found: &mut BTreeMap<Anchor, Whereabouts>) -> Result<(), Failure> {
    let is_stale = |it: &Whereabouts| matches!(it, Whereabouts::Gone(_) | Whereabouts::Moved(_));
    let mut commits = anchors::fix_commits_in(rules);
    commits.retain(|anchor, _| found.get(anchor).is_some_and(is_stale));
    for (anchor, bringing) in introduced::by(clone, &commits).map_err(Failure::unusable)? {
        // What such a commit brought and was taken out later is stale all the same.
        let missing = introduced::not_in(clone, commit, &bringing.iter().cloned().collect()).map_err(Failure::unusable)?;
        if missing.len() == bringing.len() {
            found.insert(anchor, Whereabouts::AddedByFix(bringing.into_iter().take(1).collect()));
        }
    }
    Ok(())
}

/// How the log clauses came out, in a line or two.
fn told(tally: &Tally, commit: &str) -> Vec<String> {
    let Tally { clauses, matches, cannot_match, cannot_tell, external, unnamed } = tally;
    let commit = commit.get(..10).unwrap_or(commit);
    let mut lines = vec![format!(
        "{clauses} log clauses against {commit}: {matches} places match, {cannot_match} cannot match, {cannot_tell} cannot be told; {unnamed} \
         clauses name no place"
    )];
    if !external.is_empty() {
        let all: Vec<String> = external.iter().map(|(name, clauses)| format!("{name} ({clauses})")).collect();
        lines.push(format!("not looked up, with how many clauses name it: {}", all.join(", ")));
    }
    lines
}
