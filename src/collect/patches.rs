//! Patch ids of the commits that deployed code contains: of all of them, or of those that can be a patch that is sought.
//!
//! A patch id is a digest of a patch, and the names of files are part of it: only commits that change the same files can have the same.
//! Which files a commit changes is told without reading any of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::num::NonZero;

use super::git::{Clone, GitError, Question, lines};
use super::lineage::kinds;
use crate::evidence::commit::{self, Commit};
use crate::evidence::history::ShortId;
use crate::evidence::image::is_hex;
use crate::evidence::lineage::{Among, Note, PatchIdExtent, SoughtPatch};

/// Most git programs that look at changes at the same time.
const MAX_AT_ONCE: usize = 8;
/// How much older than all known forms of a change a copy of it may be, in seconds: half a year. A day would do for clocks, but a squash
/// bears the date of its merge, and images are built from the branch before that.
const OLDEST_COPY: i64 = 180 * 24 * 60 * 60;

/// Patch ids by SHA, and for which commits they were computed.
#[derive(Debug)]
pub(super) struct Patches {
    pub(super) ids: HashMap<String, ShortId>,
    pub(super) extent: PatchIdExtent,
}

/// The patch ids of all commits that are no merges.
pub(super) fn of_all(clone: &Clone, walked: &[Commit]) -> Result<Patches, GitError> {
    let single: Vec<&str> = walked.iter().filter(|it| is_single(it)).map(|it| it.sha.as_str()).collect();
    Ok(Patches { ids: computed(clone, &single)?.into_iter().collect(), extent: PatchIdExtent::All })
}

/// The patch ids of those commits that can be one of these changes. The patch ids of all, if the clone has no commit that would tell which
/// files one of the changes touches: the answer is worth the time, for a clone often is older than the fix.
pub(super) fn of_sought(clone: &Clone, walked: &[Commit], notes: &[Note], sought: &[SoughtPatch]) -> Result<Patches, GitError> {
    let forms = forms(clone, sought)?;
    let shas: Vec<&str> =
        forms.values().filter(|it| is_single(it)).map(|it| it.sha.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let mut ids: HashMap<String, ShortId> = computed(clone, &shas)?.into_iter().collect();
    let of_form = |it: &String| forms.get(it).and_then(|it| ids.get(&it.sha)).copied();
    let everywhere = || sought.iter().filter(|it| it.among == Among::All);
    let compared: BTreeSet<ShortId> = everywhere().flat_map(|it| &it.commits).filter_map(of_form).collect();
    if everywhere().flat_map(|it| &it.patch_ids).filter_map(|it| ShortId::of(it)).any(|it| !compared.contains(&it)) {
        return of_all(clone, walked);
    }
    let candidates = candidates(clone, walked, notes, sought, &forms)?;
    let candidates: Vec<&str> = candidates.iter().map(String::as_str).filter(|it| !ids.contains_key(*it)).collect();
    ids.extend(computed(clone, &candidates)?);
    Ok(Patches { ids, extent: PatchIdExtent::Sought(ShortId::pack(compared)) })
}

fn is_single(commit: &Commit) -> bool {
    commit.parents.len() < 2
}

/// The commits that are named as forms of what is sought, by the name, as far as the clone has them: on whichever branch, or on none.
fn forms(clone: &Clone, sought: &[SoughtPatch]) -> Result<BTreeMap<String, Commit>, GitError> {
    let is_name = |it: &&String| (10..=64).contains(&it.len()) && is_hex(it);
    let named: Vec<&String> = sought.iter().flat_map(|it| &it.commits).filter(is_name).collect::<BTreeSet<_>>().into_iter().collect();
    let names: Vec<String> = named.iter().map(|it| format!("{it}^{{commit}}")).collect();
    let shas = kinds(clone, &names)?;
    if shas.iter().flatten().next().is_none() {
        return Ok(BTreeMap::new());
    }
    let answer = clone.ask(Question::Headers, lines(shas.iter().flatten().map(String::as_str)).as_bytes())?;
    let answer = String::from_utf8_lossy(&answer);
    let commits: HashMap<String, Commit> = answer.split('\0').filter_map(commit::parse).map(|it| (it.sha.clone(), it)).collect();
    let of_name = |(name, sha): (&String, Option<String>)| Some((name.clone(), commits.get(&sha?)?.clone()));
    Ok(named.into_iter().zip(shas).filter_map(of_name).collect())
}

/// The paths that a commit changes, sorted.
type Files = Vec<Vec<u8>>;

/// The commits that change the same files as a form of what is sought and are not too old for it.
fn candidates(
    clone: &Clone,
    walked: &[Commit],
    notes: &[Note],
    sought: &[SoughtPatch],
    forms: &BTreeMap<String, Commit>,
) -> Result<BTreeSet<String>, GitError> {
    let reverted: HashSet<ShortId> =
        notes.iter().flat_map(|it| &it.turn).flat_map(|it| &it.commits).filter_map(|it| ShortId::of(it)).collect();
    // For each form since when, and among which commits, it is looked for.
    let mut wanted: BTreeMap<&str, Vec<(i64, Among)>> = BTreeMap::new();
    for it in sought {
        let known = || it.commits.iter().filter_map(|it| forms.get(it));
        let Some(first) = known().map(|it| it.authored_at.min(it.committed_at)).min() else { continue };
        for form in known().filter(|it| is_single(it)) {
            wanted.entry(&form.sha).or_default().push((first.saturating_sub(OLDEST_COPY), it.among));
        }
    }
    let can_be = |commit: &Commit, (since, among): &(i64, Among)| {
        *since <= commit.committed_at
            && match among {
                Among::All => true,
                Among::Reverted => ShortId::of(&commit.sha).is_some_and(|it| reverted.contains(&it)),
            }
    };
    let asked: BTreeSet<(i64, Among)> = wanted.values().flatten().copied().collect();
    let eligible: HashMap<&str, &Commit> = walked
        .iter()
        .filter(|commit| is_single(commit) && asked.iter().any(|it| can_be(commit, it)))
        .map(|it| (it.sha.as_str(), it))
        .collect();
    let own: Vec<&str> = wanted.keys().copied().collect();
    let mut by_files: HashMap<Files, Vec<(i64, Among)>> = HashMap::new();
    for answer in parted(&own, |part| clone.ask(Question::Changes, part))? {
        for (sha, files) in changes(&answer) {
            by_files.entry(files).or_default().extend(wanted.get(sha).into_iter().flatten());
        }
    }
    // In the order of the walk: neighbours share most folders, which git keeps.
    let others: Vec<&str> = walked.iter().map(|it| it.sha.as_str()).filter(|it| eligible.contains_key(it)).collect();
    let mut found = BTreeSet::new();
    for answer in parted(&others, |part| clone.ask(Question::Changes, part))? {
        let fits = |(sha, files): &(&str, Files)| {
            let commit = eligible.get(sha);
            commit.is_some_and(|commit| by_files.get(files).is_some_and(|it| it.iter().any(|it| can_be(commit, it))))
        };
        found.extend(changes(&answer).into_iter().filter(fits).map(|(sha, _)| sha.to_owned()));
    }
    Ok(found)
}

/// Reads which files commits change: a SHA, then a record that begins with a colon and a path for each file, all ended by zero bytes.
fn changes(answer: &[u8]) -> Vec<(&str, Files)> {
    let mut all: Vec<(&str, Files)> = Vec::new();
    let mut parts = answer.split(|it| *it == 0);
    while let Some(part) = parts.next() {
        if part.starts_with(b":") {
            // What follows is a path, whatever it looks like.
            let path = parts.next().unwrap_or_default();
            all.last_mut().into_iter().for_each(|(_, files)| files.push(path.to_owned()));
        } else if let Some(sha) = std::str::from_utf8(part).ok().filter(|it| !it.is_empty()) {
            all.push((sha, Files::new()));
        }
    }
    all.iter_mut().for_each(|(_, files)| files.sort_unstable());
    all
}

/// Patch ids with their SHAs.
fn computed(clone: &Clone, commits: &[&str]) -> Result<Vec<(String, ShortId)>, GitError> {
    let asked: HashSet<&str> = commits.iter().copied().collect();
    let pair = |line: &[u8]| {
        let (patch, sha) = std::str::from_utf8(line).ok()?.split_once(' ')?;
        Some(((*asked.get(sha)?).to_owned(), ShortId::of(patch)?))
    };
    let answers = parted(commits, |part| clone.patch_ids(part))?;
    Ok(answers.iter().flat_map(|it| it.split(|it| *it == b'\n')).filter_map(pair).collect())
}

/// Asks of commits in parts, at the same time.
fn parted(commits: &[&str], ask: impl Fn(&[u8]) -> Result<Vec<u8>, GitError> + Sync) -> Result<Vec<Vec<u8>>, GitError> {
    let parts = std::thread::available_parallelism().map_or(1, NonZero::get).min(MAX_AT_ONCE);
    std::thread::scope(|scope| {
        let ask = &ask;
        let part = |part: &[&str]| ask(lines(part.iter().copied()).as_bytes());
        let asked: Vec<_> = commits.chunks(commits.len().div_ceil(parts).max(1)).map(|it| scope.spawn(move || part(it))).collect();
        asked.into_iter().map(|it| it.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_looks_like_a_commit_or_a_record_is_a_path() {
        let (left, right) = ("a".repeat(40), "b".repeat(40));
        let answer = format!("{left}\0:100644 100644 1 2 M\0{right}\0:000000 100644 0 1 A\0:a\0{right}\0:100644 000000 1 0 D\0x\ny\0");
        let files = |all: &[&str]| all.iter().map(|it| it.as_bytes().to_owned()).collect::<Files>();
        assert_eq!(changes(answer.as_bytes()), [(left.as_str(), files(&[":a", &right])), (&right, files(&["x\ny"]))]);
    }
}
