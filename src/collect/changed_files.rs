//! Which files commits change, by their paths alone: git tells that without reading any of them.
//!
//! All candidates are asked about without naming a path: git would hold every name against every path, which takes ten times as long.

use std::collections::HashMap;

use super::git::{GitError, GitQuestion, Repo};
use super::parted::{self, Retry};
use crate::evidence::content::UnreadCommit;

/// The sorted paths that each commit changes, each ended by a zero byte. A commit that changes none is not in it.
#[derive(Debug, Default)]
pub(super) struct ChangedFiles {
    paths: HashMap<String, Vec<u8>>,
    /// Commits of which the clone could not tell.
    pub(super) unread: Vec<UnreadCommit>,
}

impl ChangedFiles {
    /// Asks about commits, best in the order of a walk: neighbours share most folders, which git keeps.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(super) fn ask(clone: &Repo, commits: &[&str]) -> Result<Self, GitError> {
        let answers = parted::ask(commits, Retry::InHalves, |part| clone.ask(GitQuestion::Changes, part))?;
        let paths = answers.all.iter().flat_map(|it| changes(it)).collect();
        Ok(Self { paths, unread: answers.unread })
    }

    pub(super) fn paths_of(&self, sha: &str) -> Option<&[u8]> {
        self.paths.get(sha).map(Vec::as_slice)
    }
}

impl FromIterator<(String, Vec<u8>)> for ChangedFiles {
    fn from_iter<I: IntoIterator<Item = (String, Vec<u8>)>>(all: I) -> Self {
        Self { paths: all.into_iter().collect(), unread: Vec::new() }
    }
}

/// One field of an answer about changes.
pub(super) enum ChangeField<'a> {
    Commit(&'a str),
    File(&'a str, &'a [u8]),
}

/// Reads which files commits change: a SHA, then a record that begins with a colon and a path for each file, all ended by zero bytes.
pub(super) fn fields(answer: &[u8]) -> impl Iterator<Item = ChangeField<'_>> {
    let mut parts = answer.split(|it| *it == 0);
    std::iter::from_fn(move || {
        let text = parts.by_ref().find_map(|it| std::str::from_utf8(it).ok().filter(|it| !it.is_empty()))?;
        // What follows a record is a path, whatever it looks like.
        Some(if text.starts_with(':') { ChangeField::File(text, parts.next().unwrap_or_default()) } else { ChangeField::Commit(text) })
    })
}

/// The files of each commit that changes any.
fn changes(answer: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(&str, Vec<&[u8]>)> = Vec::new();
    for field in fields(answer) {
        match field {
            ChangeField::Commit(sha) => all.push((sha, Vec::new())),
            ChangeField::File(_, path) => all.last_mut().into_iter().for_each(|(_, files)| files.push(path)),
        }
    }
    let joined = |(sha, mut files): (&str, Vec<&[u8]>)| {
        files.sort_unstable();
        let paths: Vec<u8> = files.into_iter().flat_map(|it| [it, b"\0"]).flatten().copied().collect();
        (!paths.is_empty()).then(|| (sha.to_owned(), paths))
    };
    all.into_iter().filter_map(joined).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_looks_like_a_commit_or_a_record_is_a_path() {
        let (left, right, none) = ("a".repeat(40), "b".repeat(40), "c".repeat(40));
        let answer =
            format!("{left}\0:100644 100644 1 2 M\0{right}\0:000000 100644 0 1 A\0:a\0{none}\0{right}\0:100644 000000 1 0 D\0x\ny\0");
        let left_files = format!(":a\0{right}\0").into_bytes();
        assert_eq!(changes(answer.as_bytes()), [(left, left_files), (right, b"x\ny\0".to_vec())]);
    }
}
