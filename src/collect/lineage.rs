//! Asks a clone what the images of a bundle were built from, and what that contains.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::git::{Clone, GitError, Question};
use crate::evidence::commit::{self, Commit, Turn};
use crate::evidence::history::{Contained, History, ShortId};
use crate::evidence::image::{ImageReference, Moves, readings};
use crate::evidence::lineage::{DeployedCode, Note, NotedTurn, PatchIdExtent, Probe, ProbeAnswer, Probed, Resolution, ResolvedCommit};
use crate::evidence::pods::{Component, Pod};
use crate::evidence::{Lineage, Timestamp};

/// Most images that are told apart: one bit each.
const MAX_DEPLOYED: usize = 64;
/// Most commits of a reverted merge that are looked at.
const MAX_MERGED: usize = 10_000;

/// Whether patch ids are computed: they take longer than all else together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchIds {
    /// For every commit that is no merge, so that any rule can be checked later.
    All,
    /// For none.
    Nothing,
}

/// Whether the clone has all of its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Full,
    Shallow,
}

/// A commit, or why it cannot be told.
type Told = Result<ResolvedCommit, String>;

/// Asks a clone for the lineage of what these pods run.
///
/// # Errors
/// When git cannot be run, or cannot read the clone. An image that cannot be told is part of the answer.
pub fn gather(clone: &Clone, pods: &[Pod], probes: &BTreeSet<Probe>, patch_ids: PatchIds) -> Result<Lineage, GitError> {
    let depth = if clone.ask(Question::Depth, b"")?.starts_with(b"true") { Depth::Shallow } else { Depth::Full };
    let deployed = deployed(clone, pods, depth)?;
    let tips: Vec<Option<&str>> = deployed.iter().map(|it| tip(it).map(|it| it.sha.as_str())).collect();
    let walked = walk(clone, &tips)?;
    let (contained, cut) = membership(&walked, &tips);
    let mut deployed = deployed;
    for (code, cut) in deployed.iter_mut().zip(cut) {
        if let Resolution::Commit(commit) = &mut code.commit {
            let made = walked.iter().find(|it| it.sha == commit.sha).map(|it| it.committed_at);
            commit.committed_at = made.and_then(Timestamp::from_unix);
            commit.cut = cut.then(|| match depth {
                Depth::Shallow => "the clone is shallow: it lacks older commits".to_owned(),
                Depth::Full => "objects are missing in the clone".to_owned(),
            });
        }
    }
    let (patches, extent) = match patch_ids {
        PatchIds::All => match computed(clone, &walked) {
            Ok(patches) => (patches, PatchIdExtent::All),
            // A clone without all files still has its commits and their messages.
            Err(GitError::Refused { said, .. }) => (HashMap::new(), PatchIdExtent::Nothing(format!("git says: {said}"))),
            Err(err) => return Err(err),
        },
        PatchIds::Nothing => (HashMap::new(), PatchIdExtent::Nothing("they were not asked for".to_owned())),
    };
    let packed: Vec<Contained> = walked
        .iter()
        .zip(contained)
        .filter_map(|(commit, by)| {
            Some(Contained {
                id: ShortId::of(&commit.sha)?,
                by,
                pull_requests: commit.said.pull_requests.clone(),
                patch_id: patches.get(commit.sha.as_str()).copied(),
            })
        })
        .collect();
    let probes = probed(clone, &deployed, probes)?;
    Ok(Lineage { history: History::pack(&packed), notes: notes(&walked), patch_ids: extent, probes, anchors: Vec::new(), deployed })
}

fn tip(code: &DeployedCode) -> Option<&ResolvedCommit> {
    match &code.commit {
        Resolution::Commit(commit) => Some(commit),
        Resolution::Unknown(_) => None,
    }
}

/// Each image of the sequencer once, with its commit or why it cannot be told.
fn deployed(clone: &Clone, pods: &[Pod], depth: Depth) -> Result<Vec<DeployedCode>, GitError> {
    let mut images: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for pod in pods.iter().filter(|it| it.component == Component::Sequencer) {
        for container in &pod.containers {
            images.entry(&container.image).or_default().insert(&pod.name);
        }
    }
    let mut all = Vec::new();
    for (image, pods) in images.into_iter().take(MAX_DEPLOYED) {
        all.push(DeployedCode {
            component: Component::Sequencer,
            reference: image.to_owned(),
            pods: pods.into_iter().map(str::to_owned).collect(),
            commit: match resolve(clone, image, depth)? {
                Ok(commit) => Resolution::Commit(commit),
                Err(why) => Resolution::Unknown(why),
            },
        });
    }
    Ok(all)
}

/// The commit of an image, or why it cannot be told.
fn resolve(clone: &Clone, image: &str, depth: Depth) -> Result<Told, GitError> {
    let reference = match ImageReference::parse(image) {
        Ok(reference) => reference,
        Err(err) => return Ok(Err(format!("the image reference cannot be read: {err}"))),
    };
    if !reference.is_of_sequencer() {
        return Ok(Err("the image is not one of the sequencer".to_owned()));
    }
    let Some(tag) = reference.tag else {
        return Ok(Err("the image has no tag, and a digest names no commit".to_owned()));
    };
    let read = readings(&tag);
    match read.moves {
        Some(Moves::MinorVersion) => return Ok(Err(format!("the tag {tag} moves from one patch release to the next"))),
        Some(Moves::Newest) => return Ok(Err(format!("the tag {tag} moves with the newest build"))),
        None => {}
    }
    // Full names: a branch or an object that is called like a tag is never meant.
    let names: Vec<String> = read.git_tags.iter().map(|it| format!("refs/tags/{it}^{{commit}}")).collect();
    let tagged = kinds(clone, &names)?.into_iter().zip(&read.git_tags).find_map(|(sha, tag)| Some((sha?, format!("git tag {tag}"))));
    let mut found: Vec<(String, String)> = tagged.into_iter().collect();
    if let Some(prefix) = &read.commit {
        let objects = clone.ask(Question::Disambiguate, prefix.as_bytes())?;
        let objects: Vec<String> = String::from_utf8_lossy(&objects).lines().map(str::to_owned).collect();
        let commits: BTreeSet<String> =
            kinds(clone, &objects)?.into_iter().zip(&objects).filter_map(|(sha, it)| sha.filter(|sha| sha == it)).collect();
        if commits.len() > 1 {
            return Ok(Err(format!("the short SHA {prefix} is ambiguous: {} commits begin so", commits.len())));
        }
        found.extend(commits.into_iter().map(|sha| (sha, format!("short SHA {prefix}"))));
    }
    let depth = match depth {
        Depth::Shallow => ", which is shallow",
        Depth::Full => "",
    };
    let mut found = found.into_iter();
    Ok(match (found.next(), found.next()) {
        (Some((left, _)), Some((right, _))) if left != right => {
            Err(format!("the tag {tag} is ambiguous: as a git tag it is {}, as a short SHA {}", short(&left), short(&right)))
        }
        (Some((sha, by)), _) => Ok(ResolvedCommit { sha, committed_at: None, by, cut: None }),
        (None, _) => Err(match &read.commit {
            Some(prefix) => format!("no commit that begins with {prefix} is in the clone{depth}"),
            None => format!("no git tag {tag} is in the clone{depth}"),
        }),
    })
}

fn short(sha: &str) -> &str {
    sha.get(..10).unwrap_or(sha)
}

/// For each name the SHA, if it names a commit.
fn kinds(clone: &Clone, names: &[String]) -> Result<Vec<Option<String>>, GitError> {
    let answer = clone.ask(Question::Kinds, lines(names.iter().map(String::as_str)).as_bytes())?;
    let answer = String::from_utf8_lossy(&answer);
    let commit = |line: &str| {
        let mut words = line.split(' ');
        let (sha, kind) = (words.next()?, words.next()?);
        (kind == "commit").then(|| sha.to_owned())
    };
    let mut all: Vec<Option<String>> = answer.lines().map(commit).collect();
    all.resize(names.len(), None);
    Ok(all)
}

fn lines<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    all.into_iter().flat_map(|it| [it, "\n"]).collect()
}

/// All commits that the tips contain, ancestors before descendants.
fn walk(clone: &Clone, tips: &[Option<&str>]) -> Result<Vec<Commit>, GitError> {
    let tips: BTreeSet<&str> = tips.iter().flatten().copied().collect();
    if tips.is_empty() {
        return Ok(Vec::new());
    }
    let answer = clone.ask(Question::Walk, lines(tips).as_bytes())?;
    let mut all: Vec<Commit> = answer.split(|it| *it == 0).filter_map(|it| commit::parse(&String::from_utf8_lossy(it))).collect();
    all.reverse();
    Ok(all)
}

/// For each commit which tips contain it, and for each tip whether its history is cut.
fn membership(walked: &[Commit], tips: &[Option<&str>]) -> (Vec<u64>, Vec<bool>) {
    let places: HashMap<&str, usize> = walked.iter().enumerate().map(|(place, it)| (it.sha.as_str(), place)).collect();
    let mut by = vec![0_u64; walked.len()];
    for (bit, place) in tips.iter().enumerate().filter_map(|(bit, tip)| Some((bit, *places.get((*tip)?)?))) {
        by[place] |= 1 << bit;
    }
    let mut cut = 0;
    for (place, commit) in walked.iter().enumerate().rev() {
        for parent in &commit.parents {
            match places.get(parent.as_str()) {
                Some(parent) => by[*parent] |= by[place],
                None => cut |= by[place],
            }
        }
    }
    (by, (0..tips.len()).map(|bit| cut >> bit & 1 == 1).collect())
}

/// Patch ids by SHA.
fn computed<'w>(clone: &Clone, walked: &'w [Commit]) -> Result<HashMap<&'w str, ShortId>, GitError> {
    let single = walked.iter().filter(|it| it.parents.len() < 2);
    let by_sha: HashMap<&str, &str> = single.clone().map(|it| (it.sha.as_str(), it.sha.as_str())).collect();
    let answer = clone.patch_ids(lines(single.map(|it| it.sha.as_str())).as_bytes())?;
    let answer = String::from_utf8_lossy(&answer);
    Ok(answer
        .lines()
        .filter_map(|line| {
            let (patch, sha) = line.split_once(' ')?;
            Some((*by_sha.get(sha)?, ShortId::of(patch)?))
        })
        .collect())
}

/// What commits say of others.
fn notes(walked: &[Commit]) -> Vec<Note> {
    let places: HashMap<&str, usize> = walked.iter().enumerate().map(|(place, it)| (it.sha.as_str(), place)).collect();
    let says = walked.iter().enumerate().filter(|(_, it)| it.said.turn.is_some() || !it.said.picked_from.is_empty());
    says.map(|(commit, it)| Note {
        commit,
        picked_from: it.said.picked_from.iter().map(|it| short(it).to_owned()).collect(),
        turn: it.said.turn.as_ref().map(|it| noted(it, walked, &places)),
    })
    .collect()
}

fn noted(turn: &Turn, walked: &[Commit], places: &HashMap<&str, usize>) -> NotedTurn {
    let mut commits: Vec<String> = turn.commits.iter().map(|it| short(it).to_owned()).collect();
    if let Some((merge, back_to)) = &turn.merge {
        commits.extend(merged(merge, back_to, walked, places));
    }
    NotedTurn { way: turn.way, commits, pull_requests: turn.pull_requests.clone() }
}

/// The commits that a merge brought: those that it contains and the parent that a revert went back to does not.
fn merged(merge: &str, back_to: &str, walked: &[Commit], places: &HashMap<&str, usize>) -> Vec<String> {
    let reach = |from: &str, without: &BTreeSet<usize>| {
        let mut open: Vec<usize> = places.get(from).copied().into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(place) = open.pop() {
            if without.contains(&place) || !seen.insert(place) {
                continue;
            }
            open.extend(walked.get(place).into_iter().flat_map(|it| &it.parents).filter_map(|it| places.get(it.as_str())));
        }
        seen
    };
    let kept = reach(back_to, &BTreeSet::new());
    let brought = reach(merge, &kept);
    brought.into_iter().take(MAX_MERGED).filter_map(|it| walked.get(it)).map(|it| short(&it.sha).to_owned()).collect()
}

/// Whether the files of a commit, as `git ls-tree -z` lists them, have one of this path.
fn lists(tree: &[u8], path: &str) -> bool {
    tree.split(|it| *it == 0).any(|it| it.splitn(2, |it| *it == b'\t').nth(1) == Some(path.as_bytes()))
}

/// Whether the deployed commits hold lines.
fn probed(clone: &Clone, deployed: &[DeployedCode], probes: &BTreeSet<Probe>) -> Result<Vec<ProbeAnswer>, GitError> {
    let mut all = Vec::new();
    let named = probes.iter().filter(|it| !it.path.contains(['\n', '\r', '\0']));
    for (place, commit) in deployed.iter().enumerate().filter_map(|(place, it)| Some((place, tip(it)?))) {
        for probe in named.clone() {
            let answer = clone.ask(Question::Contents, format!("{}:{}\n", commit.sha, probe.path).as_bytes())?;
            let answer = String::from_utf8_lossy(&answer);
            let (head, content) = answer.split_once('\n').unwrap_or((&answer, ""));
            // The clone may lack the content of a file that the commit has: that is no answer.
            let is_listed = || clone.tree(&commit.sha).is_ok_and(|it| lists(&it, &probe.path));
            let found = match head.split(' ').nth(1) {
                Some("blob") if content.lines().any(|it| it.contains(&probe.text)) => Probed::Present,
                Some("blob") => Probed::Absent,
                _ if is_listed() => continue,
                _ => Probed::NoFile,
            };
            all.push(ProbeAnswer { deployed: place, probe: probe.clone(), found });
        }
    }
    Ok(all)
}
