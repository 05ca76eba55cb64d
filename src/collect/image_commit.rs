//! Asks a clone which commit an image was built from.

use std::collections::BTreeSet;

use super::contents;
use super::git::{GitError, GitQuestion, Repo, short};
use crate::evidence::ParseError;
use crate::evidence::image::{ImageReference, Moves, readings};
use crate::evidence::lineage::ResolvedCommit;

/// Why the commit of an image is not told.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoCommit {
    /// It is no image reference.
    #[error("the image reference cannot be read: {0}")]
    Unreadable(#[from] ParseError),
    /// It is the image of something else.
    #[error("this is not a sequencer image")]
    OtherProgram,
    /// It has at most a digest.
    #[error("the image has no tag; {NO_REVISION}")]
    NoTag,
    /// One patch release after another is given the tag.
    #[error("the tag {0} moves from one patch release to the next; {NO_REVISION}")]
    OfMinorVersion(String),
    /// One build after another is given the tag.
    #[error("the tag {0} moves with the newest build; {NO_REVISION}")]
    OfNewest(String),
    /// Several images run under the tag.
    #[error("the tag {tag} was moved: pods run {first} and {last} under it; {NO_REVISION}")]
    Moved {
        /// The tag.
        tag: String,
        /// The digest of one image.
        first: String,
        /// The commit of the other image.
        last: String,
    },
    /// Several commits begin as the tag ends.
    #[error("the short SHA {prefix} is ambiguous: {commits} commits begin with it")]
    AmbiguousSha {
        /// The prefix they share.
        prefix: String,
        /// Number of commits that match.
        commits: usize,
    },
    /// The tag is read in two ways, and both have a commit.
    #[error("the tag {tag} is ambiguous: as a git tag it is {as_tag}, as a short SHA {as_sha}")]
    AmbiguousTag {
        /// The tag.
        tag: String,
        /// The one commit, short.
        as_tag: String,
        /// The other.
        as_sha: String,
    },
    /// The clone does not have the commit that the tag ends in.
    #[error("no commit that begins with {prefix} is in the clone{depth}")]
    NoSuchSha {
        /// The prefix that was looked for.
        prefix: String,
        /// Whether that is to be expected.
        depth: Depth,
    },
    /// The clone does not have the git tag.
    #[error("no git tag {tag} is in the clone{depth}")]
    NoSuchTag {
        /// The tag.
        tag: String,
        /// Whether that is to be expected.
        depth: Depth,
    },
    /// Git cannot be run, or cannot read the clone.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// Why a digest does not help.
const NO_REVISION: &str =
    "a digest names no commit, and the label org.opencontainers.image.revision is kept by the registry, which is not asked";

/// Whether the clone has all of its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Full,
    Shallow,
}

impl std::fmt::Display for Depth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Shallow => ", which is shallow",
            Self::Full => "",
        })
    }
}

/// The commit of an image. `digests` are those that run under the reference.
pub(super) fn resolve(clone: &Repo, image: &str, digests: &BTreeSet<&str>, depth: Depth) -> Result<ResolvedCommit, NoCommit> {
    let reference = ImageReference::parse(image)?;
    if !reference.is_of_sequencer() {
        return Err(NoCommit::OtherProgram);
    }
    let tag = reference.tag.ok_or(NoCommit::NoTag)?;
    let read = readings(&tag);
    match read.moves {
        Some(Moves::MinorVersion) => return Err(NoCommit::OfMinorVersion(tag)),
        Some(Moves::Newest) => return Err(NoCommit::OfNewest(tag)),
        None => {}
    }
    // Full names: a branch or an object that is called like a tag is never meant.
    let names: Vec<String> = read.git_tags.iter().map(|it| format!("refs/tags/{it}^{{commit}}")).collect();
    let tagged = contents::named(clone, &names, "commit")?
        .into_iter()
        .zip(&read.git_tags)
        .find_map(|(sha, tag)| Some((sha?, format!("git tag {tag}"))));
    if let (Some(_), Some(first), Some(last)) = (&tagged, digests.first(), digests.last().filter(|_| digests.len() > 1)) {
        return Err(NoCommit::Moved { tag, first: (*first).to_owned(), last: (*last).to_owned() });
    }
    let mut found: Vec<(String, String)> = tagged.into_iter().collect();
    if let Some(prefix) = &read.commit {
        let objects = clone.ask(GitQuestion::Disambiguate, prefix.as_bytes())?;
        let objects: Vec<String> = String::from_utf8_lossy(&objects).lines().map(str::to_owned).collect();
        let commits: BTreeSet<String> = contents::named(clone, &objects, "commit")?
            .into_iter()
            .zip(&objects)
            .filter_map(|(sha, it)| sha.filter(|sha| sha == it))
            .collect();
        if commits.len() > 1 {
            return Err(NoCommit::AmbiguousSha { prefix: prefix.clone(), commits: commits.len() });
        }
        found.extend(commits.into_iter().map(|sha| (sha, format!("short SHA {prefix}"))));
    }
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some((left, _)), Some((right, _))) if left != right => {
            Err(NoCommit::AmbiguousTag { tag, as_tag: short(&left).to_owned(), as_sha: short(&right).to_owned() })
        }
        (Some((sha, by)), _) => Ok(ResolvedCommit { sha, committed_at: None, by, cut: None, nearer: None }),
        (None, _) => Err(match read.commit {
            Some(prefix) => NoCommit::NoSuchSha { prefix, depth },
            None => NoCommit::NoSuchTag { tag, depth },
        }),
    }
}
