//! Asks a clone about many commits in parts, at the same time. What the clone lacks costs the commits that need it, and no others.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::git::{GitError, lines};
use crate::evidence::content::UnreadCommit;
use crate::limits::GIT_RETRIES;

/// Most git programs that look at changes at the same time.
const AT_ONCE: usize = 8;
/// Most commits that one program is asked about: what it cannot read costs the answers of all of them.
const OF_ONE: usize = 2_000;

/// What is done where git cannot answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retry {
    /// Nothing: none of the part has an answer.
    Never,
    /// The halves are asked alone, until single commits are left.
    InHalves,
}

/// What git answered, in order, and the commits of which it could not.
#[derive(Debug, Default)]
pub(super) struct GitAnswers {
    pub(super) all: Vec<Vec<u8>>,
    pub(super) unread: Vec<UnreadCommit>,
}

/// Asks of commits.
///
/// # Errors
/// When git cannot be run.
pub(super) fn ask(
    commits: &[&str],
    retry: Retry,
    question: impl Fn(&[u8]) -> Result<Vec<u8>, GitError> + Sync,
) -> Result<GitAnswers, GitError> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(AT_ONCE);
    let retries = AtomicUsize::new(match retry {
        Retry::Never => 0,
        Retry::InHalves => GIT_RETRIES,
    });
    std::thread::scope(|scope| {
        let (question, retries) = (&question, &retries);
        let slice = move |slice: &[&str]| {
            let mut answers = GitAnswers::default();
            slice.chunks(OF_ONE).try_for_each(|part| one(part, question, retries, &mut answers)).map(|()| answers)
        };
        let asked: Vec<_> = commits.chunks(commits.len().div_ceil(threads).max(1)).map(|it| scope.spawn(move || slice(it))).collect();
        let mut answers = GitAnswers::default();
        for it in asked {
            let part = it.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            answers.all.extend(part.all);
            answers.unread.extend(part.unread);
        }
        Ok(answers)
    })
}

fn one(
    part: &[&str],
    question: &(impl Fn(&[u8]) -> Result<Vec<u8>, GitError> + Sync),
    retries: &AtomicUsize,
    answers: &mut GitAnswers,
) -> Result<(), GitError> {
    let said = match question(lines(part.iter().copied()).as_bytes()) {
        Ok(answer) => {
            answers.all.push(answer);
            return Ok(());
        }
        Err(GitError::Refused { said, .. }) => said,
        Err(other) => return Err(other),
    };
    let may_retry = || retries.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(2)).is_ok();
    if part.len() > 1 && may_retry() {
        let (left, right) = part.split_at(part.len() / 2);
        one(left, question, retries, answers)?;
        return one(right, question, retries, answers);
    }
    let why = format!("git says: {said}");
    answers.unread.extend(part.iter().map(|it| UnreadCommit { commit: (*it).to_owned(), why: why.clone() }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusing(bad: &'static [&'static str]) -> impl Fn(&[u8]) -> Result<Vec<u8>, GitError> + Sync {
        move |input| {
            let text = String::from_utf8_lossy(input).into_owned();
            match text.lines().find(|it| bad.contains(it)) {
                Some(bad) => Err(GitError::Refused { clone: "c".to_owned(), said: format!("cannot read {bad}") }),
                None => Ok(input.to_owned()),
            }
        }
    }

    #[test]
    fn what_git_cannot_read_costs_itself_alone() {
        let commits: Vec<String> = (0..5_000).map(|it| it.to_string()).collect();
        let commits: Vec<&str> = commits.iter().map(String::as_str).collect();
        let answers = ask(&commits, Retry::InHalves, refusing(&["7", "4321"])).expect("answers");
        let unread: Vec<&str> = answers.unread.iter().map(|it| it.commit.as_str()).collect();
        assert_eq!(unread, ["7", "4321"]);
        assert_eq!(answers.unread[0].why, "git says: cannot read 7");
        let answered = String::from_utf8_lossy(&answers.all.concat()).lines().map(str::to_owned).collect::<Vec<_>>();
        assert!(answered.len() == 4_998 && answered.is_sorted_by_key(|it| it.parse::<u32>().ok()), "{}", answered.len());
    }

    #[test]
    fn a_clone_that_can_read_nothing_is_not_asked_forever() {
        let commits = vec!["7"; 5_000];
        let asked = AtomicUsize::new(0);
        let refuse = refusing(&["7"]);
        let answers = ask(&commits, Retry::InHalves, |part| {
            asked.fetch_add(1, Ordering::Relaxed);
            refuse(part)
        });
        assert_eq!(answers.expect("answers").unread.len(), 5_000);
        assert!(asked.into_inner() <= GIT_RETRIES + 5_000_usize.div_ceil(OF_ONE) + AT_ONCE);
    }
}
