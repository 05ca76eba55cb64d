//! Contents of files of a clone, read as text.

use std::collections::{BTreeSet, HashMap};

use super::git::{GitError, GitQuestion, Repo, lines};
use crate::evidence::image::is_hex;

/// Why it is not known what a file of a commit says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoContent {
    /// The commit has no such file.
    #[error("there is no such file")]
    NoFile,
    /// It is larger than what is taken from a clone.
    #[error("the file is too large to be read")]
    TooLarge,
    /// The clone does not have it.
    #[error("the clone lacks the content of the file")]
    Lacking,
}

/// The contents of these objects, by object, as far as they are files that the clone has. What is no UTF-8 becomes U+FFFD.
///
/// # Errors
/// When git cannot be run, or cannot read the clone.
pub(super) fn read_contents(clone: &Repo, objects: &BTreeSet<&str>) -> Result<HashMap<String, String>, GitError> {
    let answer = clone.ask(GitQuestion::Contents, lines(objects.iter().copied()).as_bytes())?;
    let mut answer = answer.as_slice();
    // An object that is missing has a line in the answer too.
    let one = |object: &&str| Some(((*object).to_owned(), content(&mut answer, object)?));
    Ok(objects.iter().filter_map(one).collect())
}

/// The next content of an answer: `<object> blob <size>`, a new line, the content and another; or a line that says that it is missing.
fn content(answer: &mut &[u8], object: &str) -> Option<String> {
    let end = answer.iter().position(|it| *it == b'\n')?;
    let (head, rest) = answer.split_at(end);
    *answer = rest.get(1..).unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    let mut words = head.split(' ');
    if words.next() != Some(object) || words.next() != Some("blob") {
        return None;
    }
    let size: usize = words.next()?.parse().ok()?;
    let (text, after) = answer.split_at_checked(size)?;
    *answer = after.get(1..).unwrap_or_default();
    Some(String::from_utf8_lossy(text).into_owned())
}

/// The object that each name stands for, if it is of this kind and the clone has it. A name that stands for nothing is repeated by git, and
/// is no object.
pub(super) fn named(clone: &Repo, names: &[String], kind: &str) -> Result<Vec<Option<String>>, GitError> {
    let answer = clone.ask(GitQuestion::Kinds, lines(names.iter().map(String::as_str)).as_bytes())?;
    let object = |line: &str| {
        let mut words = line.split(' ');
        let (object, found) = (words.next()?, words.next()?);
        (is_hex(object) && found == kind).then(|| object.to_owned())
    };
    let mut all: Vec<Option<String>> = String::from_utf8_lossy(&answer).lines().map(object).collect();
    all.resize(names.len(), None);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_read_one_after_another_and_a_missing_one_is_none() {
        let answer = b"aa blob 3\nx\ny\nbb missing\ncc blob 0\n\ndd blob 99\nshort".to_vec();
        let mut rest = answer.as_slice();
        let read: Vec<Option<String>> = ["aa", "bb", "cc", "dd", "ee"].iter().map(|it| content(&mut rest, it)).collect();
        assert_eq!(read, [Some("x\ny".to_owned()), None, Some(String::new()), None, None]);
    }
}
