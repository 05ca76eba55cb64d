//! Patch ids of the commits that deployed code contains: of all of them, or of those that can be a patch that is sought.
//!
//! A patch id is a digest of a patch, and the names of files are part of it: only commits that change the same files can have the same.
//! Which files a commit changes is told without reading any of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::contents;
use super::git::{Clone, GitError, Question, lines};
use super::parted::{self, Retry};
use crate::evidence::commit::{self, Commit};
use crate::evidence::content::UnreadCommit;
use crate::evidence::history::ShortId;
use crate::evidence::image::is_hex;
use crate::evidence::lineage::{Among, Note, PatchIdExtent, SoughtPatch};

/// How much older than all known forms of a change a copy of it may be, in seconds: half a year. A day would do for clocks, but a squash
/// bears the date of its merge, and images are built from the branch before that.
const OLDEST_COPY: i64 = 180 * 24 * 60 * 60;

/// Patch ids by SHA, and for which commits they were computed.
#[derive(Debug)]
pub(super) struct Patches {
    pub(super) ids: HashMap<String, ShortId>,
    pub(super) extent: PatchIdExtent,
    /// Commits whose patch id could not be computed.
    pub(super) unread: Vec<UnreadCommit>,
}

/// The patch ids of all commits that are no merges.
pub(super) fn of_all(clone: &Clone, walked: &[Commit]) -> Result<Patches, GitError> {
    let single: Vec<&str> = walked.iter().filter(|it| is_single(it)).map(|it| it.sha.as_str()).collect();
    let (ids, unread) = computed(clone, &single)?;
    Ok(Patches { ids: ids.into_iter().collect(), extent: PatchIdExtent::All, unread })
}

/// The patch ids of those commits that can be one of these changes. The patch ids of all, if the clone has no commit that would tell which
/// files one of the changes touches: the answer is worth the time, for a clone often is older than the fix.
pub(super) fn of_sought(clone: &Clone, walked: &[Commit], notes: &[Note], sought: &[SoughtPatch]) -> Result<Patches, GitError> {
    let forms = forms(clone, sought)?;
    let shas: Vec<&str> =
        forms.values().filter(|it| is_single(it)).map(|it| it.sha.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let (of_forms, mut unread) = computed(clone, &shas)?;
    let mut ids: HashMap<String, ShortId> = of_forms.into_iter().collect();
    let of_form = |it: &String| forms.get(it).and_then(|it| ids.get(&it.sha)).copied();
    let everywhere = || sought.iter().filter(|it| it.among == Among::All);
    let compared: BTreeSet<ShortId> = everywhere().flat_map(|it| &it.commits).filter_map(of_form).collect();
    if everywhere().flat_map(|it| &it.patch_ids).filter_map(|it| ShortId::of(it)).any(|it| !compared.contains(&it)) {
        return of_all(clone, walked);
    }
    let (candidates, unlisted) = candidates(clone, walked, notes, sought, &forms)?;
    let candidates: Vec<&str> = candidates.iter().map(String::as_str).filter(|it| !ids.contains_key(*it)).collect();
    let (of_candidates, of_none) = computed(clone, &candidates)?;
    ids.extend(of_candidates);
    unread.extend(unlisted.into_iter().chain(of_none));
    // A form need not be deployed: only what is contained matters.
    let contained: HashSet<&str> = walked.iter().map(|it| it.sha.as_str()).collect();
    unread.retain(|it| contained.contains(it.commit.as_str()));
    Ok(Patches { ids, extent: PatchIdExtent::Sought(ShortId::pack(compared)), unread })
}

fn is_single(commit: &Commit) -> bool {
    commit.parents.len() < 2
}

/// The commits that are named as forms of what is sought, by the name, as far as the clone has them: on whichever branch, or on none.
fn forms(clone: &Clone, sought: &[SoughtPatch]) -> Result<BTreeMap<String, Commit>, GitError> {
    let is_name = |it: &&String| (10..=64).contains(&it.len()) && is_hex(it);
    let named: Vec<&String> = sought.iter().flat_map(|it| &it.commits).filter(is_name).collect::<BTreeSet<_>>().into_iter().collect();
    let names: Vec<String> = named.iter().map(|it| format!("{it}^{{commit}}")).collect();
    let shas = contents::named(clone, &names, "commit")?;
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
) -> Result<(BTreeSet<String>, Vec<UnreadCommit>), GitError> {
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
    for answer in parted::ask(&own, Retry::InHalves, |part| clone.ask(Question::Changes, part))?.all {
        for (sha, files) in changes(&answer) {
            by_files.entry(files).or_default().extend(wanted.get(sha).into_iter().flatten());
        }
    }
    // In the order of the walk: neighbours share most folders, which git keeps.
    let others: Vec<&str> = walked.iter().map(|it| it.sha.as_str()).filter(|it| eligible.contains_key(it)).collect();
    let mut found = BTreeSet::new();
    let listed = parted::ask(&others, Retry::InHalves, |part| clone.ask(Question::Changes, part))?;
    for answer in &listed.all {
        let fits = |(sha, files): &(&str, Files)| {
            let commit = eligible.get(sha);
            commit.is_some_and(|commit| by_files.get(files).is_some_and(|it| it.iter().any(|it| can_be(commit, it))))
        };
        found.extend(changes(answer).into_iter().filter(fits).map(|(sha, _)| sha.to_owned()));
    }
    Ok((found, listed.unread))
}

/// One field of an answer about changes.
enum Field<'a> {
    Commit(&'a str),
    File(&'a str, &'a [u8]),
}

/// Reads which files commits change: a SHA, then a record that begins with a colon and a path for each file, all ended by zero bytes.
fn fields(answer: &[u8]) -> Vec<Field<'_>> {
    let mut all = Vec::new();
    let mut parts = answer.split(|it| *it == 0);
    while let Some(part) = parts.next() {
        let Some(text) = std::str::from_utf8(part).ok().filter(|it| !it.is_empty()) else { continue };
        // What follows a record is a path, whatever it looks like.
        all.push(if text.starts_with(':') { Field::File(text, parts.next().unwrap_or_default()) } else { Field::Commit(text) });
    }
    all
}

/// Which files each commit changes.
fn changes(answer: &[u8]) -> Vec<(&str, Files)> {
    let mut all: Vec<(&str, Files)> = Vec::new();
    for field in fields(answer) {
        match field {
            Field::Commit(sha) => all.push((sha, Files::new())),
            Field::File(_, path) => all.last_mut().into_iter().for_each(|(_, files)| files.push(path.to_owned())),
        }
    }
    all.iter_mut().for_each(|(_, files)| files.sort_unstable());
    all
}

/// SHAs with their patch ids, and the commits that have none because git could not read them.
type Computed = (Vec<(String, ShortId)>, Vec<UnreadCommit>);

/// Patch ids with their SHAs. Commits of which the clone lacks files are found first by the objects that they name; what git cannot read for
/// another reason, by trying.
fn computed(clone: &Clone, commits: &[&str]) -> Result<Computed, GitError> {
    let asked: HashSet<&str> = commits.iter().copied().collect();
    let pair = |line: &[u8]| {
        let (patch, sha) = std::str::from_utf8(line).ok()?.split_once(' ')?;
        Some(((*asked.get(sha)?).to_owned(), ShortId::of(patch)?))
    };
    let mut answers = parted::ask(commits, Retry::Never, |part| clone.patch_ids(part))?;
    let mut unread = Vec::new();
    if !answers.unread.is_empty() {
        let refused: Vec<&str> = answers.unread.iter().map(|it| it.commit.as_str()).collect();
        let (whole, lacking) = whole(clone, &refused)?;
        let again = parted::ask(&whole, Retry::InHalves, |part| clone.patch_ids(part))?;
        answers.all.extend(again.all);
        unread = [lacking, again.unread].concat();
    }
    Ok((answers.all.iter().flat_map(|it| it.split(|it| *it == b'\n')).filter_map(pair).collect(), unread))
}

/// The commits of which the clone has all files that they change, and the others.
fn whole<'c>(clone: &Clone, commits: &[&'c str]) -> Result<(Vec<&'c str>, Vec<UnreadCommit>), GitError> {
    let listed = parted::ask(commits, Retry::InHalves, |part| clone.ask(Question::Changes, part))?;
    let mut objects: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut sha = "";
    for part in listed.all.iter().flat_map(|it| fields(it)) {
        match part {
            Field::Commit(it) => sha = it,
            Field::File(record, _) => objects.entry(sha).or_default().extend(files_of(record)),
        }
    }
    let named: BTreeSet<&str> = objects.values().flatten().copied().collect();
    let answer = clone.ask(Question::Kinds, lines(named).as_bytes())?;
    let answer = String::from_utf8_lossy(&answer);
    let missing: HashSet<&str> = answer.lines().filter_map(|it| it.strip_suffix(" missing")).collect();
    let mut unread = listed.unread;
    let refused: HashSet<String> = unread.iter().map(|it| it.commit.clone()).collect();
    let mut whole = Vec::new();
    for commit in commits.iter().copied().filter(|it| !refused.contains(*it)) {
        match objects.get(commit).into_iter().flatten().filter(|it| missing.contains(*it)).count() {
            0 => whole.push(commit),
            count => unread.push(UnreadCommit { commit: commit.to_owned(), why: format!("the clone lacks {count} of its files") }),
        }
    }
    Ok((whole, unread))
}

/// The objects of a record `:<mode> <mode> <object> <object> <status>` that are files: not of what is not there, and not of submodules.
fn files_of(record: &str) -> Vec<&str> {
    let mut words = record.trim_start_matches(':').split(' ');
    let modes = [words.next(), words.next()];
    let is_file = |mode: &&str| mode.starts_with("100") || mode.starts_with("120");
    modes.into_iter().zip(words).filter(|(mode, _)| mode.as_ref().is_some_and(is_file)).map(|(_, object)| object).collect()
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
