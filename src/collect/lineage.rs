//! Asks a clone what the images of a bundle were built from, and what that contains.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::contents;
use super::copies::{Landed, MainBranch};
use super::git::{GitError, GitQuestion, Repo, lines, short};
use super::image_commit::{Depth, NoCommit, resolve};
use super::known_commits::KnownCommits;
use super::listings::Listings;
use super::patches::{self, Patches};
use super::source_match;
use crate::evidence::commit::{self, Commit, Reversal};
use crate::evidence::content::{UnreadCommit, UnreadCommits};
use crate::evidence::history::{Contained, History, ShortId};
use crate::evidence::image;
use crate::evidence::lineage::{DeployedCode, Note, NotedReversal, PatchIdExtent, Probe, Resolution, SoughtPatch, SourceChanges};
use crate::evidence::pods::{Component, Pod};
use crate::evidence::source::EchonetSource;
use crate::evidence::{Gathered, Lineage, Timestamp};
use crate::limits::{IMAGES, MERGED_COMMITS};

/// For which commits patch ids are computed: for all, they take longer than all else together.
#[derive(Clone, Copy)]
pub enum PatchIds<'n> {
    /// For every commit that is no merge.
    All,
    /// For those that can be what the rules of now need, and those that can be a copy of what a later rule names.
    Lasting(&'n dyn Fn(&Lineage) -> Vec<SoughtPatch>),
    /// For those that can be what the rules of now need: these are told, once, what deployed code contains by surer signs.
    Needed(&'n dyn Fn(&Lineage) -> Vec<SoughtPatch>),
    /// For none.
    Nothing,
}

/// Asks a clone for the lineage of what these pods run, and of Echonet's source: its history, the lines that `probes` look for, and what
/// it holds of the lines that `commits`, named in full, change.
///
/// # Errors
/// When git cannot be run, or cannot read the clone. An image that cannot be told is part of the answer.
pub fn gather(
    clone: &Repo,
    pods: &[Pod],
    source: &Gathered<EchonetSource>,
    probes: &BTreeSet<Probe>,
    commits: &BTreeSet<String>,
    patch_ids: PatchIds<'_>,
) -> Result<Lineage, GitError> {
    let depth = if clone.ask(GitQuestion::Depth, b"")?.starts_with(b"true") { Depth::Shallow } else { Depth::Full };
    let mut deployed = deployed(clone, pods, depth)?;
    // Both take as long, and neither needs the other.
    let (of_source, of_images) = std::thread::scope(|scope| {
        let images = tips(&deployed);
        let of_images = images.clone();
        let of_source = scope.spawn(move || of_source(clone, pods, source, &images));
        let of_images = walk(clone, &of_images, &[]);
        (of_source.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), of_images)
    });
    let (of_source, source_changes) = of_source.unzip();
    let beside = of_source.as_ref().map(|it| walk(clone, &tips(std::slice::from_ref(it)), &tips(&deployed))).transpose()?;
    deployed.extend(of_source);
    let tips = tips(&deployed);
    let walked = merged_walks(of_images?, beside.unwrap_or_default());
    let (contained, cut) = membership(&walked, &tips);
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
    let nothing = |why: String| Patches { ids: HashMap::new(), extent: PatchIdExtent::Nothing(why), unread: Vec::new() };
    let (mut listings, mut known) = (Listings::new(clone), KnownCommits::default());
    known.ask(clone, commits)?;
    let mut lineage = Lineage {
        history: packed(&walked, &contained, &HashMap::new()),
        notes: notes(&walked),
        patch_ids: PatchIdExtent::Nothing("they were not collected".to_owned()),
        unread: None,
        content: super::content_signs::signs(clone, &mut listings, &deployed, commits, &known)?,
        probes: super::probes::answers(clone, &mut listings, &deployed, probes)?,
        anchors: Vec::new(),
        deployed,
        source_changes: source_changes.flatten(),
    };
    let patches = match patch_ids {
        PatchIds::All => patches::of_all(clone, &walked),
        PatchIds::Needed(needed) => patches::of_sought(clone, &mut known, &walked, &lineage.notes, &needed(&lineage), None),
        PatchIds::Lasting(needed) => match beside_main(clone, &tips)? {
            None => patches::of_all(clone, &walked),
            Some(main) => {
                let landed = Landed { deployed: &walked, by: &contained, notes: &lineage.notes, main: &main };
                patches::of_sought(clone, &mut known, &walked, &lineage.notes, &needed(&lineage), Some(&landed))
            }
        },
        PatchIds::Nothing => return Ok(lineage),
    };
    let patches = match patches {
        // A clone without all files still has its commits and their messages.
        Err(GitError::Refused { said, .. }) => nothing(format!("git says: {said}")),
        other => other?,
    };
    lineage.history = packed(&walked, &contained, &patches.ids);
    // Where no patch id could be computed, that is the answer, and no list of all commits.
    lineage.patch_ids = match patches.unread.first().filter(|_| patches.ids.is_empty()) {
        Some(first) => PatchIdExtent::Nothing(first.why.clone()),
        None => patches.extent,
    };
    lineage.unread = unread(&patches.unread).filter(|_| !patches.ids.is_empty());
    Ok(lineage)
}

/// Where the main branch of the repository is in a clone, under the usual names of remotes.
const MAIN_BRANCHES: [&str; 3] = ["refs/heads/main^{commit}", "refs/remotes/origin/main^{commit}", "refs/remotes/upstream/main^{commit}"];

/// The main branch beside what these contain; nothing if the clone has none, or not enough of it.
fn beside_main(clone: &Repo, tips: &[Option<String>]) -> Result<Option<MainBranch>, GitError> {
    let main = contents::named(clone, &MAIN_BRANCHES.map(str::to_owned), "commit")?;
    if main.iter().flatten().next().is_none() {
        return Ok(None);
    }
    match (walk(clone, &main, tips), walk(clone, tips, &main)) {
        (Ok(beside), Ok(ahead)) => Ok(Some(MainBranch { beside, ahead: ahead.into_iter().map(|it| it.sha).collect() })),
        (Err(GitError::Refused { .. }), _) | (_, Err(GitError::Refused { .. })) => Ok(None),
        (Err(err), _) | (_, Err(err)) => Err(err),
    }
}

fn unread(all: &[UnreadCommit]) -> Option<UnreadCommits> {
    let why = all.first()?.why.clone();
    let commits: BTreeSet<ShortId> = all.iter().filter_map(|it| ShortId::from_digest(&it.commit)).collect();
    Some(UnreadCommits { commits: ShortId::pack(commits), why })
}

fn packed(walked: &[Commit], contained: &[u64], patches: &HashMap<String, ShortId>) -> History {
    let one = |(commit, by): (&Commit, &u64)| {
        Some(Contained {
            id: ShortId::from_digest(&commit.sha)?,
            by: *by,
            pull_requests: commit.said.pull_requests.clone(),
            patch_id: patches.get(&commit.sha).copied(),
        })
    };
    History::pack(&walked.iter().zip(contained).filter_map(one).collect::<Vec<_>>())
}

/// Echonet's source with the nearest commit; nothing if nobody asked for it. What git cannot tell of it is no reason to tell nothing of the
/// images.
fn of_source(
    clone: &Repo,
    pods: &[Pod],
    source: &Gathered<EchonetSource>,
    images: &[Option<String>],
) -> Option<(DeployedCode, Option<SourceChanges>)> {
    let unknown = |why: String| (Resolution::Unknown(why), Vec::new(), None);
    let (reference, (commit, modified, changes)) = match source {
        Gathered::NotAsked => return None,
        Gathered::Observed(source) => {
            let found = match source_match::nearest(clone, &source.value, images) {
                Ok(found) => (Resolution::Commit(found.commit), found.modified, Some(found.changes)),
                Err(why) => unknown(why.to_string()),
            };
            (source.value.config_map.clone(), found)
        }
        other => (String::new(), unknown(format!("Echonet's source {}", other.gap().unwrap_or_default()))),
    };
    let pods = pods.iter().filter(|it| it.component == Component::Echonet).map(|it| it.name.clone()).collect();
    Some((DeployedCode { component: Component::Echonet, reference, pods, commit, modified }, changes))
}

fn tips(deployed: &[DeployedCode]) -> Vec<Option<String>> {
    deployed.iter().map(|it| it.tip().map(|it| it.sha.clone())).collect()
}

/// Whether a program's image says what code runs.
fn is_told_by_its_image(component: Component) -> bool {
    match component {
        Component::Sequencer => true,
        // What has its code from a ConfigMap is told by that.
        Component::Echonet | Component::Other => false,
    }
}

/// What runs under one image reference.
#[derive(Default)]
struct RunningImage<'p> {
    pods: BTreeSet<&'p str>,
    digests: BTreeSet<&'p str>,
}

/// Each image that says what code runs once, with its commit or why it cannot be told.
fn deployed(clone: &Repo, pods: &[Pod], depth: Depth) -> Result<Vec<DeployedCode>, GitError> {
    let mut images: BTreeMap<(&str, Component), RunningImage<'_>> = BTreeMap::new();
    for pod in pods.iter().filter(|it| is_told_by_its_image(it.component)) {
        for container in &pod.containers {
            let running = images.entry((&container.image, pod.component)).or_default();
            running.pods.insert(&pod.name);
            running.digests.extend(image::digest_of(&container.image_id));
        }
    }
    let mut all = Vec::new();
    for ((image, component), RunningImage { pods, digests }) in images.into_iter().take(IMAGES) {
        all.push(DeployedCode {
            component,
            reference: image.to_owned(),
            pods: pods.into_iter().map(str::to_owned).collect(),
            commit: match resolve(clone, image, &digests, depth) {
                Ok(commit) => Resolution::Commit(commit),
                Err(NoCommit::Git(err)) => return Err(err),
                Err(why) => Resolution::Unknown(why.to_string()),
            },
            modified: Vec::new(),
        });
    }
    Ok(all)
}

/// All commits that the tips contain and `without` does not, ancestors before descendants.
fn walk(clone: &Repo, tips: &[Option<String>], without: &[Option<String>]) -> Result<Vec<Commit>, GitError> {
    let tips: BTreeSet<&str> = tips.iter().flatten().map(String::as_str).collect();
    if tips.is_empty() {
        return Ok(Vec::new());
    }
    let without: BTreeSet<String> = without.iter().flatten().map(|it| format!("^{it}")).collect();
    let answer = clone.ask(GitQuestion::Walk, lines(tips.into_iter().chain(without.iter().map(String::as_str))).as_bytes())?;
    let mut all: Vec<Commit> = String::from_utf8_lossy(&answer).split('\0').filter_map(commit::parse).collect();
    all.reverse();
    Ok(all)
}

/// Two walks as one, by date as far as ancestors come first. No commit of the first descends from one of the second.
fn merged_walks(first: Vec<Commit>, second: Vec<Commit>) -> Vec<Commit> {
    if second.is_empty() {
        return first;
    }
    let places: HashMap<String, usize> = first.iter().zip(1..).map(|(it, number)| (it.sha.clone(), number)).collect();
    let mut merged = Vec::with_capacity(first.len().saturating_add(second.len()));
    let mut first = first.into_iter().enumerate().peekable();
    for commit in second {
        let parents = commit.parents.iter().filter_map(|it| places.get(it)).max().copied().unwrap_or_default();
        while let Some((_, earlier)) = first.next_if(|(place, it)| *place < parents || it.committed_at <= commit.committed_at) {
            merged.push(earlier);
        }
        merged.push(commit);
    }
    merged.extend(first.map(|(_, it)| it));
    merged
}

/// For each commit which tips contain it, and for each tip whether its history is cut.
#[expect(clippy::indexing_slicing, reason = "all places are those of `walked`, and `by` is as long")]
fn membership(walked: &[Commit], tips: &[Option<String>]) -> (Vec<u64>, Vec<bool>) {
    let places: HashMap<&str, usize> = walked.iter().enumerate().map(|(place, it)| (it.sha.as_str(), place)).collect();
    let mut by = vec![0_u64; walked.len()];
    for (bit, place) in tips.iter().enumerate().filter_map(|(bit, tip)| Some((bit, *places.get(tip.as_deref()?)?))) {
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

/// Reads from the commit messages which other commits they refer to.
fn notes(walked: &[Commit]) -> Vec<Note> {
    let places: HashMap<&str, usize> = walked.iter().enumerate().map(|(place, it)| (it.sha.as_str(), place)).collect();
    let says = walked.iter().enumerate().filter(|(_, it)| it.said.reversal.is_some() || !it.said.picked_from.is_empty());
    says.map(|(commit, it)| Note {
        commit,
        picked_from: it.said.picked_from.iter().map(|it| short(it).to_owned()).collect(),
        reversal: it.said.reversal.as_ref().map(|it| noted(it, walked, &places)),
    })
    .collect()
}

fn noted(turn: &Reversal, walked: &[Commit], places: &HashMap<&str, usize>) -> NotedReversal {
    let mut commits: Vec<String> = turn.commits.iter().map(|it| short(it).to_owned()).collect();
    if let Some((merge, back_to)) = &turn.merge {
        commits.extend(merged(merge, back_to, walked, places));
    }
    NotedReversal { kind: turn.kind, commits, pull_requests: turn.pull_requests.clone() }
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
    brought.into_iter().take(MERGED_COMMITS).filter_map(|it| walked.get(it)).map(|it| short(&it.sha).to_owned()).collect()
}
