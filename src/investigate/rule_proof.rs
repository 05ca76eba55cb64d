//! Checks rules against the code that they are about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::Error;
use super::lineage::open_clone;
use crate::collect::anchors::locate_at;
use crate::collect::git::Repo;
use crate::collect::introduced;
use crate::collect::named_files::{self, NoContent};
use crate::engine::fixes::anchors;
use crate::engine::printed::catalogue::Catalogue;
use crate::engine::printed::{self, FileTexts, FoundTexts, PlaceTally, TextNotRead};
use crate::engine::{FileText, Problem};
use crate::evidence::anchor::Anchor;
use crate::findings::Whereabouts;

/// The commit of a clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeAt {
    /// The clone.
    pub clone: PathBuf,
    /// Commit, branch or tag.
    pub revision: String,
}

impl CodeAt {
    /// The usual revision: what is checked out.
    pub const REVISION: &str = "HEAD";

    /// The usual revision of a clone.
    #[must_use]
    pub fn from_clone(clone: PathBuf) -> Self {
        Self { clone, revision: Self::REVISION.to_owned() }
    }
}

/// What a commit of a clone says of rules, beside what is wrong with them.
#[derive(Debug)]
pub struct RuleProof {
    /// The commit, in full.
    pub commit: String,
    /// Places that were not checked, each with the reason.
    pub unchecked: Vec<(Anchor, String)>,
    /// How the log clauses came out.
    pub tally: PlaceTally,
    found: FoundTexts,
    places: BTreeSet<Anchor>,
}

impl RuleProof {
    /// The texts that the named places print, as a catalogue that tests take lines from.
    ///
    /// # Errors
    /// When they have no form as JSON.
    pub fn catalogue(&self) -> Result<String, Error> {
        Ok(Catalogue::from_found(&self.found, &self.places).printed()?)
    }
}

/// What is wrong with rules, seen from a commit of a clone, and what else it says.
pub(super) fn against(code: &CodeAt, rules: &[&FileText]) -> Result<(Vec<Problem>, RuleProof), Error> {
    let clone = open_clone(&code.clone)?;
    let commit = named_files::commit(&clone, &code.revision)?;
    let wanted = printed::named_in(rules);
    let sighted = locate_at(&clone, &commit, &wanted);
    let mut whereabouts: BTreeMap<Anchor, Whereabouts> = wanted.into_iter().zip(sighted.iter().map(anchors::whereabouts)).collect();
    tell_added(&clone, &commit, rules, &mut whereabouts)?;
    let unchecked = |(anchor, is): (&Anchor, &Whereabouts)| match is {
        Whereabouts::Unknown(why) => Some((anchor.clone(), why.clone())),
        _ => None,
    };
    let unchecked: Vec<(Anchor, String)> = whereabouts.iter().filter_map(unchecked).collect();
    let files: BTreeSet<&String> = whereabouts.keys().map(|it| &it.path).collect();
    // One file may be too large or damaged; that of several none can be read is for the clone.
    if let (Some((_, why)), true, 2..) = (unchecked.first(), unchecked.len() == whereabouts.len(), files.len()) {
        return Err(Error::NothingRead { places: unchecked.len(), commit, why: why.clone() });
    }
    let mut problems = printed::stale(rules, &whereabouts, &commit);
    let places = printed::places(rules);
    let paths: BTreeSet<String> = places.iter().map(|it| it.path.clone()).collect();
    let read = named_files::read(&clone, &commit, &paths)?;
    let files = read.into_iter().map(|(path, read)| {
        let texts = read.map_err(not_read).and_then(|source| FileTexts::read(&path, &source));
        (path, texts)
    });
    let found = FoundTexts { commit: commit.clone(), files: files.collect() };
    let (more, tally) = printed::check(rules, &found, &Catalogue::builtin().found());
    problems.extend(more);
    Ok((problems, RuleProof { commit, unchecked, tally, found, places }))
}

fn not_read(why: NoContent) -> TextNotRead {
    match why {
        NoContent::NoFile => TextNotRead::NoFile,
        NoContent::TooLarge => TextNotRead::TooLarge,
        NoContent::Lacking => TextNotRead::NoContent,
    }
}

/// Tells what a fix that the commit lacks brings from what is gone or moved.
fn tell_added(clone: &Repo, commit: &str, rules: &[&FileText], found: &mut BTreeMap<Anchor, Whereabouts>) -> Result<(), Error> {
    let is_stale = |it: &Whereabouts| matches!(it, Whereabouts::Gone(_) | Whereabouts::Moved(_));
    let mut commits = anchors::fix_commits_in(rules);
    commits.retain(|anchor, _| found.get(anchor).is_some_and(is_stale));
    for (anchor, bringing) in introduced::by(clone, &commits)? {
        // What such a commit brought and was taken out later is stale all the same.
        let missing = introduced::not_in(clone, commit, &bringing.iter().cloned().collect())?;
        if missing.len() == bringing.len() {
            found.insert(anchor, Whereabouts::AddedByFix(bringing.into_iter().take(1).collect()));
        }
    }
    Ok(())
}
