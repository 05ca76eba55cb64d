//! Files of a clone, as one commit has them.

use std::collections::{BTreeMap, BTreeSet};

use super::anchors::{Tree, tree};
use super::contents;
pub(crate) use super::contents::NoContent;
use super::git::{GitError, GitQuestion, Repo};
use crate::limits::CODE_FILE_BYTES;

/// What a file of a commit says, or why it cannot be read.
pub(crate) type Read = Result<String, NoContent>;

/// The whole SHA of the commit that a name stands for.
///
/// # Errors
/// When the clone cannot be read, or has no such commit.
pub(crate) fn commit(clone: &Repo, revision: &str) -> Result<String, GitError> {
    let nothing = || clone.refused(&format!("`{}` names no commit", revision.escape_default()));
    // One name is one line of what git is asked, and nothing of it may be read as another name.
    if revision.is_empty() || revision.len() > 200 || revision.chars().any(|it| it.is_control() || it == ' ') {
        return Err(nothing());
    }
    let answer = clone.ask(GitQuestion::Kinds, format!("{revision}^{{commit}}\n").as_bytes())?;
    let answer = String::from_utf8_lossy(&answer);
    let mut words = answer.split_whitespace();
    match (words.next(), words.next()) {
        (Some(sha), Some("commit")) => Ok(sha.to_owned()),
        _ => Err(nothing()),
    }
}

/// What these files of a commit say.
///
/// # Errors
/// When the clone cannot be read.
pub(crate) fn read(clone: &Repo, commit: &str, paths: &BTreeSet<String>) -> Result<BTreeMap<String, Read>, GitError> {
    let tree: Tree = tree(clone, commit).map_err(|why| clone.refused(&why.to_string()))?;
    let objects: BTreeSet<&str> =
        paths.iter().filter_map(|it| tree.get(it)).filter(|it| it.size <= CODE_FILE_BYTES).map(|it| it.object.as_str()).collect();
    let texts = if objects.is_empty() { std::collections::HashMap::new() } else { contents::read_contents(clone, &objects)? };
    let one = |path: &String| {
        let read = match tree.get(path) {
            None => Err(NoContent::NoFile),
            Some(file) if file.size > CODE_FILE_BYTES => Err(NoContent::TooLarge),
            Some(file) => texts.get(&file.object).cloned().ok_or(NoContent::Lacking),
        };
        (path.clone(), read)
    };
    Ok(paths.iter().map(one).collect())
}
