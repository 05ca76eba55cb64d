//! A commit as git stores it, and what its message says about other commits.

use std::ops::ControlFlow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::image::is_hex;

/// What is used of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Commit {
    /// SHA, in full.
    pub sha: String,
    /// SHAs of its parents, the first parent first.
    pub parents: Vec<String>,
    /// When it was committed, in seconds since the Unix epoch (UTC).
    pub committed_at: i64,
    /// When its change was made, likewise; a rebase keeps it.
    pub authored_at: i64,
    /// What its message says of other commits.
    pub said: CommitReferences,
}

/// What a message says of other commits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CommitReferences {
    /// Pull requests whose change it carries: `(#1234)` at the end of its subject, or a merge of one.
    pub pull_requests: Vec<u64>,
    /// Commits that it was cherry-picked from, as its trailers name them.
    pub picked_from: Vec<String>,
    /// Whether it takes something back, or brings back what was taken back.
    pub reversal: Option<Reversal>,
}

/// A commit that undoes another, or lands it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reversal {
    /// Whether it is a revert or a reland.
    pub kind: ReversalKind,
    /// The commits that it names: for a revert of a revert, that revert.
    pub commits: Vec<String>,
    /// The merge whose changes it takes back, and the parent that it goes back to.
    pub merge: Option<(String, String)>,
    /// Pull requests of the change, from the subject that it quotes.
    pub pull_requests: Vec<u64>,
}

/// The direction of a reversal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReversalKind {
    /// The change is taken back.
    #[serde(rename = "back")]
    Revert,
    /// The change is landed again.
    #[serde(rename = "again")]
    Reland,
}

/// Reads one commit as `git rev-list --header` prints it: SHA, header lines, an empty line, and the message indented by four spaces.
#[must_use]
pub(crate) fn parse(text: &str) -> Option<Commit> {
    let (sha, rest) = text.split_once('\n')?;
    let sha = sha.split(' ').next().unwrap_or_default();
    if sha.len() < 40 || !is_hex(sha) {
        return None;
    }
    let mut commit = Commit { sha: sha.to_owned(), ..Commit::default() };
    // The name may hold anything; time and zone come last.
    let time = |who: &str| who.rsplit(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or_default();
    let mut lines = rest.lines();
    let read = lines.try_for_each(|line| match line.split_once(' ') {
        _ if line.is_empty() => ControlFlow::Break(()),
        Some(("parent", parent)) => {
            commit.parents.push(parent.to_owned());
            ControlFlow::Continue(())
        }
        Some(("committer", who)) => {
            commit.committed_at = time(who);
            ControlFlow::Continue(())
        }
        Some(("author", who)) => {
            commit.authored_at = time(who);
            ControlFlow::Continue(())
        }
        _ => ControlFlow::Continue(()),
    });
    if read.is_break() {
        let message: Vec<&str> = lines.map(|it| it.strip_prefix("    ").unwrap_or(it)).collect();
        commit.said = said(&message);
    }
    Some(commit)
}

/// Reads a message, line by line.
#[must_use]
pub(crate) fn said(message: &[&str]) -> CommitReferences {
    let subject = message.first().copied().unwrap_or_default().trim();
    let picked = |line: &&str| {
        let rest = line.trim().strip_prefix("(cherry picked from commit ")?;
        Some(rest.trim_end_matches(')').to_owned()).filter(|it| is_commit(it))
    };
    let picked_from: Vec<String> = message.iter().filter_map(picked).collect();
    let merged: Option<u64> = subject.strip_prefix("Merge pull request #").and_then(|it| it.split(' ').next()?.parse().ok());
    let (quoted, own) = quoted(subject);
    let mut pull_requests = numbers(own);
    pull_requests.extend(merged);
    let turn = quoted.and_then(|(way, quoted)| turn(way, quoted, message)).or_else(|| plain_turn(message));
    CommitReferences { pull_requests, picked_from, reversal: turn }
}

/// `Revert "…"` and `Reapply "…"`: the way, what is quoted, and what follows.
fn quoted(subject: &str) -> (Option<(ReversalKind, &str)>, &str) {
    let begin = [("Revert \"", ReversalKind::Revert), ("Reapply \"", ReversalKind::Reland)];
    let found = begin.iter().find_map(|(words, way)| Some((*way, subject.strip_prefix(words)?)));
    match found.and_then(|(way, rest)| Some((way, rest.rsplit_once('"')?))) {
        Some((way, (quoted, own))) => (Some((way, quoted)), own),
        None => (None, subject),
    }
}

/// A revert of a revert lands the change again; a revert of that takes it back.
fn turn(way: ReversalKind, mut inner: &str, message: &[&str]) -> Option<Reversal> {
    let named = named(message);
    let pull_requests = match quoted(inner).0 {
        // What is quoted is itself a revert: its own pull request is what is undone.
        Some(_) => numbers(quoted(inner).1),
        None => numbers(inner),
    };
    let mut way = way;
    let mut levels = 0_u8;
    while let (Some((deeper, rest)), true) = (quoted(inner).0, levels < 16) {
        if deeper == ReversalKind::Revert {
            way = if way == ReversalKind::Revert { ReversalKind::Reland } else { ReversalKind::Revert };
        }
        inner = rest;
        levels = levels.saturating_add(1);
    }
    let mut pull_requests = pull_requests;
    pull_requests.extend(numbers(inner));
    pull_requests.dedup();
    let NamedCommits { commits, merge } = named;
    Some(Reversal { kind: way, commits, merge, pull_requests })
}

/// A revert whose subject was rewritten, but whose body still says so.
fn plain_turn(message: &[&str]) -> Option<Reversal> {
    let NamedCommits { commits, merge } = named(message);
    (!commits.is_empty()).then_some(Reversal { kind: ReversalKind::Revert, commits, merge, pull_requests: Vec::new() })
}

struct NamedCommits {
    commits: Vec<String>,
    merge: Option<(String, String)>,
}

/// `This reverts commit <sha>.` and `…, reversing changes made to <sha>.`, which git wraps.
fn named(message: &[&str]) -> NamedCommits {
    const WORDS: &str = "This reverts commit ";
    let body = message.iter().skip(1).map(|it| it.trim()).collect::<Vec<_>>().join(" ");
    let mut commits = Vec::new();
    let mut merge = None;
    for part in body.split(WORDS).skip(1) {
        let end = part.find(|it: char| !it.is_ascii_hexdigit()).unwrap_or(part.len());
        let (sha, rest) = part.split_at(end);
        if !is_commit(sha) {
            continue;
        }
        commits.push(sha.to_owned());
        let back_to = rest.strip_prefix(", reversing changes made to ").map(|it| it.split(['.', ' ']).next().unwrap_or_default());
        if let Some(back_to) = back_to.filter(|it| is_commit(it)) {
            merge = Some((sha.to_owned(), back_to.to_owned()));
        }
    }
    NamedCommits { commits, merge }
}

/// The numbers of `(#1234)`.
fn numbers(text: &str) -> Vec<u64> {
    text.split("(#").skip(1).filter_map(|it| it.split_once(')')?.0.parse().ok()).collect()
}

fn is_commit(text: &str) -> bool {
    (10..=64).contains(&text.len()) && is_hex(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(way: ReversalKind, commits: &[&str], pull_requests: &[u64]) -> Option<Reversal> {
        Some(Reversal {
            kind: way,
            commits: commits.iter().map(|it| (*it).to_owned()).collect(),
            merge: None,
            pull_requests: pull_requests.to_vec(),
        })
    }

    #[test]
    fn a_message_tells_what_it_carries_from_what_it_takes_back() {
        let a = "a".repeat(40);
        let body = format!("This reverts commit {a}.");
        let cases: [(&str, &str, &[u64], Option<Reversal>); 9] = [
            ("mempool: stop at the boundary (#14722)", "", &[14722], None),
            ("mempool: stop (#14722) (#14800)", "", &[14722, 14800], None),
            ("mempool: see #14722", "as in (#14723)", &[], None),
            ("Merge pull request #14722 from o/branch", "", &[14722], None),
            ("Revert \"mempool: stop (#14722)\" (#14730)", &body, &[14730], turned(ReversalKind::Revert, &[&a], &[14722])),
            (
                "Revert \"Revert \"mempool: stop (#14722)\" (#14730)\" (#14740)",
                &body,
                &[14740],
                turned(ReversalKind::Reland, &[&a], &[14730, 14722]),
            ),
            ("Reapply \"mempool: stop (#14722)\"", &body, &[], turned(ReversalKind::Reland, &[&a], &[14722])),
            ("Revert \"Reapply \"mempool: stop (#14722)\"\"", &body, &[], turned(ReversalKind::Revert, &[&a], &[14722])),
            ("mempool: take the boundary back (#14731)", &body, &[14731], turned(ReversalKind::Revert, &[&a], &[])),
        ];
        for (subject, body, pull_requests, turn) in cases {
            let found = said(&[subject, "", body]);
            assert_eq!(found.pull_requests, pull_requests, "{subject}");
            assert_eq!(found.reversal, turn, "{subject}");
        }
    }

    #[test]
    fn trailers_and_reverted_merges_name_their_commits() {
        let [a, b] = ["a".repeat(40), "b".repeat(40)];
        let picked = said(&["x", "", &format!("(cherry picked from commit {a})")]);
        assert_eq!(picked.picked_from, std::slice::from_ref(&a));
        let merge =
            said(&["Revert \"Merge branch 'x'\"", "", &format!("This reverts commit {a}, reversing"), &format!("changes made to {b}.")]);
        assert_eq!(merge.reversal.and_then(|it| it.merge), Some((a, b)));
    }

    #[test]
    fn a_commit_is_read_with_its_parents_time_and_message() {
        let [sha, parent] = ["a".repeat(40), "b".repeat(40)];
        let text = format!(
            "{sha}\ntree {parent}\nparent {parent}\nauthor A <a@b> 1 +0000\ncommitter O 'x' 5 <c> 77 -0300\n\n    subject (#5)\n    \n    body\n"
        );
        let commit = parse(&text).expect("a commit");
        assert_eq!((commit.parents.as_slice(), commit.authored_at, commit.committed_at), ([parent].as_slice(), 1, 77));
        assert_eq!(commit.said.pull_requests, [5]);
        assert_eq!(parse("no commit"), None);
    }
}
