//! Patch ids of the commits that deployed code contains: of all of them, of those that can be a patch that is sought, and of those that can be
//! a copy of anything.
//!
//! A patch id is a digest of a patch, and the names of files are part of it: only commits that change the same files can have the same.
//!
//! They take longer than all else and a copy is rare: for the rules of now, they are computed only for what the surer signs leave open.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::changed_files::{ChangeField, ChangedFiles, fields};
use super::copies::{self, Landed, OLDEST_COPY};
use super::git::{GitError, GitQuestion, Repo, lines};
use super::known_commits::KnownCommits;
use super::parted::{self, Retry};
use crate::evidence::commit::{self, Commit};
use crate::evidence::content::UnreadCommit;
use crate::evidence::history::ShortId;
use crate::evidence::lineage::{Among, Note, PatchIdExtent, SoughtPatch};

/// Patch ids by SHA, and for which commits they were computed.
#[derive(Debug)]
pub(super) struct Patches {
    pub(super) ids: HashMap<String, ShortId>,
    pub(super) extent: PatchIdExtent,
    /// Commits whose patch id could not be computed.
    pub(super) unread: Vec<UnreadCommit>,
}

/// The patch ids of all commits that are no merges.
pub(super) fn of_all(clone: &Repo, walked: &[Commit]) -> Result<Patches, GitError> {
    let single: Vec<&str> = walked.iter().filter(|it| is_single(it)).map(|it| it.sha.as_str()).collect();
    let (ids, unread) = computed(clone, &single)?;
    Ok(Patches { ids: ids.into_iter().collect(), extent: PatchIdExtent::All, unread })
}

/// The patch ids of those commits that can be one of these changes, and with `landed` of those that can be a copy of anything. The patch ids
/// of all, if the clone has no commit that would tell which files one of the changes touches: the answer is worth the time, for a clone often
/// is older than the fix.
pub(super) fn of_sought(
    clone: &Repo,
    known: &mut KnownCommits,
    walked: &[Commit],
    notes: &[Note],
    sought: &[SoughtPatch],
    landed: Option<&Landed<'_>>,
) -> Result<Patches, GitError> {
    let forms = forms(clone, known, sought)?;
    let shas: Vec<&str> =
        forms.values().filter(|it| is_single(it)).map(|it| it.sha.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let (of_forms, mut unread) = computed(clone, &shas)?;
    let mut ids: HashMap<String, ShortId> = of_forms.into_iter().collect();
    let of_form = |it: &String| forms.get(it).and_then(|it| ids.get(&it.sha)).copied();
    let everywhere = || sought.iter().filter(|it| it.among == Among::All);
    let compared: BTreeSet<ShortId> = everywhere().flat_map(|it| &it.commits).filter_map(of_form).collect();
    if everywhere().flat_map(|it| &it.patch_ids).filter_map(|it| ShortId::from_digest(it)).any(|it| !compared.contains(&it)) {
        return of_all(clone, walked);
    }
    let search = PatchSearch::new(notes, sought, &forms);
    let deployed = walked.iter().filter(|it| is_single(it) && (landed.is_some() || search.includes(it)));
    let beside = landed.into_iter().flat_map(|it| &it.main.beside).filter(|it| is_single(it));
    let shas: Vec<&str> = deployed.chain(beside).map(|it| it.sha.as_str()).collect();
    let files = ChangedFiles::ask(clone, &shas)?;
    let candidates = search.candidates(clone, walked, &files)?;
    let copies = landed.map(|it| copies::possible(it, &files)).unwrap_or_default();
    let candidates: BTreeSet<&str> = candidates.into_iter().chain(copies).filter(|it| !ids.contains_key(*it)).collect();
    // In the order of the walk, as they were listed: neighbours are stored as differences from each other.
    let candidates: Vec<&str> = shas.into_iter().filter(|it| candidates.contains(it)).collect();
    let (of_candidates, of_none) = computed(clone, &candidates)?;
    ids.extend(of_candidates);
    unread.extend(files.unread.into_iter().chain(of_none));
    // Neither a form nor what landed elsewhere need be deployed: only what is contained matters.
    let contained: HashSet<&str> = walked.iter().map(|it| it.sha.as_str()).collect();
    unread.retain(|it| contained.contains(it.commit.as_str()));
    Ok(Patches { ids, extent: PatchIdExtent::Sought(ShortId::pack(compared)), unread })
}

fn is_single(commit: &Commit) -> bool {
    commit.parents.len() < 2
}

/// The commits that are named as forms of what is sought, by the name, as far as the clone has them: on whichever branch, or on none.
fn forms(clone: &Repo, known: &mut KnownCommits, sought: &[SoughtPatch]) -> Result<BTreeMap<String, Commit>, GitError> {
    let named: BTreeSet<&String> = sought.iter().flat_map(|it| &it.commits).collect();
    known.ask(clone, named.iter().copied())?;
    let shas: BTreeMap<&String, &str> = named.into_iter().filter_map(|it| Some((it, known.sha(it)?))).collect();
    if shas.is_empty() {
        return Ok(BTreeMap::new());
    }
    let answer = clone.ask(GitQuestion::Headers, lines(shas.values().copied()).as_bytes())?;
    let answer = String::from_utf8_lossy(&answer);
    let commits: HashMap<String, Commit> = answer.split('\0').filter_map(commit::parse).map(|it| (it.sha.clone(), it)).collect();
    Ok(shas.into_iter().filter_map(|(name, sha)| Some((name.clone(), commits.get(sha)?.clone()))).collect())
}

/// Where to look for each form of the wanted patches.
struct PatchSearch<'f> {
    /// By SHA, since when and among which commits.
    forms: BTreeMap<&'f str, Vec<SearchSpan>>,
    spans: BTreeSet<SearchSpan>,
    /// Commits that others take back.
    reverted: HashSet<ShortId>,
}

/// Since when, and among which commits, something is looked for.
type SearchSpan = (i64, Among);

impl<'f> PatchSearch<'f> {
    fn new(notes: &[Note], sought: &[SoughtPatch], forms: &'f BTreeMap<String, Commit>) -> Self {
        let mut wanted: BTreeMap<&str, Vec<SearchSpan>> = BTreeMap::new();
        for it in sought {
            let known = || it.commits.iter().filter_map(|it| forms.get(it));
            let Some(first) = known().map(copies::made).min() else { continue };
            for form in known().filter(|it| is_single(it)) {
                wanted.entry(&form.sha).or_default().push((first.saturating_sub(OLDEST_COPY), it.among));
            }
        }
        let spans = wanted.values().flatten().copied().collect();
        Self { forms: wanted, spans, reverted: copies::reverted(notes) }
    }

    fn is_in(&self, commit: &Commit, (since, among): &SearchSpan) -> bool {
        *since <= commit.committed_at
            && match among {
                Among::All => true,
                Among::Reverted => ShortId::from_digest(&commit.sha).is_some_and(|it| self.reverted.contains(&it)),
            }
    }

    fn includes(&self, commit: &Commit) -> bool {
        self.spans.iter().any(|it| self.is_in(commit, it))
    }

    /// The commits that change the same files as a form of what is sought and are not too old for it.
    fn candidates<'w>(&self, clone: &Repo, walked: &'w [Commit], files: &ChangedFiles) -> Result<Vec<&'w str>, GitError> {
        // A form need not be deployed.
        let elsewhere: Vec<&str> = self.forms.keys().copied().filter(|it| files.paths_of(it).is_none()).collect();
        let of_elsewhere = ChangedFiles::ask(clone, &elsewhere)?;
        let mut by_files: HashMap<&[u8], Vec<&SearchSpan>> = HashMap::new();
        for (form, spans) in &self.forms {
            if let Some(changed) = files.paths_of(form).or_else(|| of_elsewhere.paths_of(form)) {
                by_files.entry(changed).or_default().extend(spans);
            }
        }
        let spans = |it: &Commit| files.paths_of(&it.sha).and_then(|it| by_files.get(it)).into_iter().flatten();
        let candidates = walked.iter().filter(|commit| spans(commit).any(|it| self.is_in(commit, it)));
        Ok(candidates.map(|it| it.sha.as_str()).collect())
    }
}

/// SHAs with their patch ids, and the commits that have none because git could not read them.
type Computed = (Vec<(String, ShortId)>, Vec<UnreadCommit>);

/// Patch ids with their SHAs. Commits of which the clone lacks files are found first by the objects that they name; what git cannot read for
/// another reason, by trying.
fn computed(clone: &Repo, commits: &[&str]) -> Result<Computed, GitError> {
    let asked: HashSet<&str> = commits.iter().copied().collect();
    let pair = |line: &[u8]| {
        let (patch, sha) = std::str::from_utf8(line).ok()?.split_once(' ')?;
        Some(((*asked.get(sha)?).to_owned(), ShortId::from_digest(patch)?))
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
fn whole<'c>(clone: &Repo, commits: &[&'c str]) -> Result<(Vec<&'c str>, Vec<UnreadCommit>), GitError> {
    let listed = parted::ask(commits, Retry::InHalves, |part| clone.ask(GitQuestion::Changes, part))?;
    let mut objects: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut sha = "";
    for part in listed.all.iter().flat_map(|it| fields(it)) {
        match part {
            ChangeField::Commit(it) => sha = it,
            ChangeField::File(record, _) => objects.entry(sha).or_default().extend(files_of(record)),
        }
    }
    let named: BTreeSet<&str> = objects.values().flatten().copied().collect();
    let answer = clone.ask(GitQuestion::Kinds, lines(named).as_bytes())?;
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
