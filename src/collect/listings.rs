//! The paths of the files of deployed commits, listed once each.

use std::collections::{BTreeSet, HashMap};

use super::git::Repo;

/// Paths by commit.
pub(super) struct Listings<'c> {
    clone: &'c Repo,
    read: HashMap<String, Option<BTreeSet<String>>>,
}

impl<'c> Listings<'c> {
    pub(super) fn new(clone: &'c Repo) -> Self {
        Self { clone, read: HashMap::new() }
    }

    /// The paths of a commit, which is named by its whole SHA, without those that are no UTF-8. Nothing if the clone cannot list them.
    pub(super) fn paths_of(&mut self, sha: &str) -> Option<&BTreeSet<String>> {
        if !self.read.contains_key(sha) {
            let listed = self.clone.paths(sha).ok().map(|it| {
                let paths = it.split(|it| *it == 0).filter_map(|it| std::str::from_utf8(it).ok());
                paths.filter(|it| !it.is_empty()).map(str::to_owned).collect()
            });
            self.read.insert(sha.to_owned(), listed);
        }
        self.read.get(sha)?.as_ref()
    }
}
