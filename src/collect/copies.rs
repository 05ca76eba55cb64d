//! Which deployed commits can be a copy of a change that a rule names under another commit, whichever rule will be written.
//!
//! A patch id is of use only where it finds more than the commit itself does: where one deployed code has the change under another commit
//! than the one that is known, and not under that one. Both change the same files, and which files a commit changes is told without reading
//! any. So of a history of many thousands of commits, patch ids of some hundreds tell all that those of all would.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::changed_files::ChangedFiles;
use crate::evidence::commit::Commit;
use crate::evidence::history::ShortId;
use crate::evidence::lineage::Note;

/// How much older than all known forms of a change a copy of it may be, in seconds: half a year. A day would do for clocks, but a squash
/// bears the date of its merge, and images are built from the branch before that.
pub(super) const OLDEST_COPY: i64 = 180 * 24 * 60 * 60;

/// What is deployed, and what has landed beside it.
pub(super) struct Landed<'w> {
    /// The deployed commits, and for each which deployed codes contain it: a bit for each.
    pub(super) deployed: &'w [Commit],
    pub(super) by: &'w [u64],
    /// What the commits' messages say about other commits.
    pub(super) notes: &'w [Note],
    pub(super) main: &'w MainBranch,
}

/// The main branch of the repository beside what is deployed.
#[derive(Debug, Default)]
pub(super) struct MainBranch {
    /// Its commits that nothing deployed contains.
    pub(super) beside: Vec<Commit>,
    /// The deployed commits that it does not contain.
    pub(super) ahead: HashSet<String>,
}

/// What the commits have in common that change the same files and that the same deployed codes contain.
#[derive(Debug, Clone, Copy)]
struct Alike {
    by: u64,
    /// The earliest time that one of them was made.
    first: i64,
    /// The latest time that one of them was committed.
    last: i64,
    /// The same of those that others take back.
    last_reverted: Option<i64>,
}

/// The deployed commits that can be such copies, and those that they can be copies of, in the order of the history.
///
/// - What the main branch does not contain may land there later under another commit, by which rules name it.
/// - What has landed beside what is deployed, or is in one deployed code and not in another, may be in the other as a copy.
/// - What is taken back may be a copy of what is contained by its own commit as well.
pub(super) fn possible<'w>(landed: &Landed<'w>, files: &ChangedFiles) -> Vec<&'w str> {
    let reverted = reverted(landed.notes);
    let is_reverted = |it: &Commit| ShortId::from_digest(&it.sha).is_some_and(|it| reverted.contains(&it));
    let deployed = || landed.deployed.iter().zip(landed.by.iter().copied());
    let mut by_files: HashMap<&[u8], BTreeMap<u64, Alike>> = HashMap::new();
    for (commit, by) in deployed().chain(landed.main.beside.iter().map(|it| (it, 0))) {
        let Some(files) = files.paths_of(&commit.sha) else { continue };
        let (first, last) = (made(commit), commit.committed_at);
        let last_reverted = is_reverted(commit).then_some(last);
        let alike = by_files.entry(files).or_default().entry(by).or_insert(Alike { by, first, last, last_reverted });
        alike.first = alike.first.min(first);
        alike.last = alike.last.max(last);
        alike.last_reverted = alike.last_reverted.max(last_reverted);
    }
    let is_possible = |commit: &Commit, by: u64| {
        let Some(alike) = files.paths_of(&commit.sha).and_then(|it| by_files.get(it)) else { return false };
        landed.main.ahead.contains(&commit.sha)
            || alike.values().any(|other| {
                let is_copy = can_copy(commit.committed_at, other.first) && (by & !other.by != 0 || is_reverted(commit));
                let is_copied = can_copy(other.last, made(commit)) && other.by & !by != 0;
                is_copy || is_copied || other.last_reverted.is_some_and(|it| can_copy(it, made(commit)))
            })
    };
    deployed().filter(|(commit, by)| is_possible(commit, *by)).map(|(commit, _)| commit.sha.as_str()).collect()
}

/// The commits that others take back.
pub(super) fn reverted(notes: &[Note]) -> HashSet<ShortId> {
    notes.iter().flat_map(|it| &it.reversal).flat_map(|it| &it.commits).filter_map(|it| ShortId::from_digest(it)).collect()
}

/// When a change was made: a commit that was moved to another place keeps the time of its author.
pub(super) fn made(commit: &Commit) -> i64 {
    commit.authored_at.min(commit.committed_at)
}

/// Whether a change committed at `committed` can be a copy of one made at `first` or later.
fn can_copy(committed: i64, first: i64) -> bool {
    first.saturating_sub(OLDEST_COPY) <= committed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::commit::ReversalKind;
    use crate::evidence::lineage::NotedReversal;

    const DAY: i64 = 24 * 60 * 60;

    fn commit(digit: char, day: i64) -> Commit {
        Commit { sha: digit.to_string().repeat(40), committed_at: day * DAY, authored_at: day * DAY, ..Commit::default() }
    }

    /// The first digits of those of `a`, `b` and `c` that are possible, where all change the file that `files` names for each.
    fn possible_digits(
        deployed: &[(Commit, u64)],
        beside: &[Commit],
        ahead: &[&Commit],
        reverted: &[&Commit],
        files: &[(&Commit, &str)],
    ) -> String {
        let (commits, by): (Vec<Commit>, Vec<u64>) = deployed.iter().cloned().unzip();
        let turn = NotedReversal {
            kind: ReversalKind::Revert,
            commits: reverted.iter().map(|it| it.sha.clone()).collect(),
            pull_requests: Vec::new(),
        };
        let notes = [Note { commit: 0, picked_from: Vec::new(), reversal: Some(turn) }];
        let main = MainBranch { beside: beside.to_vec(), ahead: ahead.iter().map(|it| it.sha.clone()).collect() };
        let files: ChangedFiles = files.iter().map(|(commit, path)| (commit.sha.clone(), path.as_bytes().to_owned())).collect();
        let landed = Landed { deployed: &commits, by: &by, notes: &notes, main: &main };
        possible(&landed, &files).iter().filter_map(|it| it.chars().next()).collect()
    }

    #[test]
    fn a_commit_can_be_a_copy_of_what_changes_the_same_files_elsewhere() {
        let [a, b, c] = [commit('a', 1_000), commit('b', 1_010), commit('c', 1_020)];
        let files = [(&a, "x"), (&b, "x"), (&c, "y")];
        assert_eq!(possible_digits(&[(a.clone(), 1), (c.clone(), 1)], std::slice::from_ref(&b), &[], &[], &files), "a", "landed beside");
        assert_eq!(possible_digits(&[(a.clone(), 1), (b.clone(), 1), (c.clone(), 1)], &[], &[], &[], &files), "", "all in the same");
        assert_eq!(possible_digits(&[(a.clone(), 1), (b.clone(), 2), (c.clone(), 3)], &[], &[], &[], &files), "ab", "one in each");
        assert_eq!(possible_digits(&[(a.clone(), 3), (b.clone(), 2), (c.clone(), 3)], &[], &[], &[], &files), "ab", "one lacks the second");
        assert_eq!(possible_digits(&[(a.clone(), 1), (c.clone(), 1)], &[], &[&c], &[], &files), "c", "not on the main branch");
        assert_eq!(
            possible_digits(&[(a.clone(), 1), (b.clone(), 1), (c.clone(), 1)], &[], &[], &[&b], &files),
            "ab",
            "a copy is taken back"
        );
    }

    #[test]
    fn what_is_half_a_year_older_than_a_change_is_no_copy_of_it() {
        let [a, b] = [commit('a', 1_000), commit('b', 1_181)];
        let files = [(&a, "x"), (&b, "x")];
        assert_eq!(possible_digits(&[(a.clone(), 1)], std::slice::from_ref(&b), &[], &[], &files), "");
        let b = commit('b', 1_180);
        assert_eq!(possible_digits(&[(a.clone(), 1)], std::slice::from_ref(&b), &[], &[], &[(&a, "x"), (&b, "x")]), "a");
    }
}
