//! Commits by the names under which rules know them, each asked for once.

use std::collections::{BTreeSet, HashMap};

use super::contents;
use super::git::{GitError, Repo};
use crate::evidence::image::is_hex;

/// Whole SHAs by name; nothing for a name that the clone has no commit for.
#[derive(Debug, Default)]
pub(super) struct KnownCommits {
    shas: HashMap<String, Option<String>>,
}

impl KnownCommits {
    /// Asks for those of the names that were not collected yet. A name is at least ten digits of a SHA; others are never asked for.
    ///
    /// # Errors
    /// When git cannot be run, or cannot read the clone.
    pub(super) fn ask<'n>(&mut self, clone: &Repo, names: impl IntoIterator<Item = &'n String>) -> Result<(), GitError> {
        let is_new = |it: &&String| (10..=64).contains(&it.len()) && is_hex(it) && !self.shas.contains_key(*it);
        let new: Vec<&String> = names.into_iter().filter(is_new).collect::<BTreeSet<_>>().into_iter().collect();
        if new.is_empty() {
            return Ok(());
        }
        let asked: Vec<String> = new.iter().map(|it| format!("{it}^{{commit}}")).collect();
        let found = contents::named(clone, &asked, "commit")?;
        self.shas.extend(new.into_iter().cloned().zip(found));
        Ok(())
    }

    /// Whether a name was asked for.
    pub(super) fn was_asked(&self, name: &str) -> bool {
        self.shas.contains_key(name)
    }

    pub(super) fn sha(&self, name: &str) -> Option<&str> {
        self.shas.get(name)?.as_deref()
    }
}
