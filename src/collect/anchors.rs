//! Asks a clone where the places that rules name are in deployed commits.
//!
//! The places are handed in, for nothing here knows rules. A symbol that is not in its file is searched in all files of the same kind and
//! crate.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::contents::{self, NoContent};
use super::definitions::{can_have_moved_to, differences, home};
use super::git::{GitError, Repo};
use crate::evidence::anchor::{Anchor, AnchorAnswer, AnchorSighting, MOST_MOVED, Sighted, SourcePlace};
use crate::evidence::lineage::{DeployedCode, Resolution};
use crate::evidence::symbol::{SymbolSeen, look};
use crate::evidence::test_code::is_test_file;
use crate::limits::{CODE_FILE_BYTES, CODE_SEARCHED_BYTES};

/// Most definitions of one name that are kept.
const MOST_LINES: usize = 8;

/// The files of one commit: object and size by path.
pub(super) type Tree = BTreeMap<String, File>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) object: String,
    pub(super) size: u64,
}

/// The files of a commit, or why they cannot be told.
type CommitFiles = Result<Tree, Unlisted>;

/// The files of a commit cannot be listed. Where the clone lies is left out: the bundle is read elsewhere.
#[derive(Debug, thiserror::Error)]
#[error("the files of the commit cannot be listed: {}", without_clone(.0))]
pub(super) struct Unlisted(GitError);

fn without_clone(err: &GitError) -> String {
    match err {
        GitError::Refused { said, .. } => said.clone(),
        other => other.to_string(),
    }
}

/// Where anchors are in the commits of what is deployed. What cannot be told is part of the answer.
#[must_use]
pub fn locate(clone: &Repo, deployed: &[DeployedCode], anchors: &BTreeSet<Anchor>) -> Vec<AnchorAnswer> {
    let commits: BTreeMap<&str, Vec<usize>> =
        deployed.iter().enumerate().fold(BTreeMap::new(), |mut commits: BTreeMap<&str, Vec<usize>>, (place, code)| {
            if let Resolution::Commit(commit) = &code.commit {
                commits.entry(&commit.sha).or_default().push(place);
            }
            commits
        });
    let found: Vec<(&Vec<usize>, Vec<SeenAnchor>)> =
        commits.values().zip(locate_in(clone, &commits.keys().copied().collect::<Vec<_>>(), anchors)).collect();
    let answer = |(number, anchor): (usize, &Anchor)| {
        let mut sightings: Vec<AnchorSighting> = Vec::new();
        for (deployed, all) in &found {
            let Some(SeenAnchor { is, differences }) = all.get(number) else { continue };
            match sightings.iter_mut().find(|it| it.is == *is && it.differences == *differences) {
                Some(same) => {
                    same.deployed.extend(deployed.iter());
                    same.deployed.sort_unstable();
                }
                None => {
                    sightings.push(AnchorSighting { deployed: (*deployed).clone(), is: is.clone(), differences: differences.clone() });
                }
            }
        }
        AnchorAnswer { anchor: anchor.clone(), found: sightings, introduced_by: Vec::new() }
    };
    anchors.iter().enumerate().map(answer).filter(|it| !it.found.is_empty()).collect()
}

/// Where anchors are in one commit, which is named by its whole SHA; in the order of the anchors.
#[must_use]
pub fn locate_at(clone: &Repo, commit: &str, anchors: &BTreeSet<Anchor>) -> Vec<Sighted> {
    locate_in(clone, &[commit], anchors).into_iter().next().unwrap_or_default().into_iter().map(|it| it.is).collect()
}

/// Where an anchor is in one commit, and what tells several definitions apart.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SeenAnchor {
    is: Sighted,
    differences: Vec<String>,
}

/// For each commit, in order, where each anchor is, in order.
fn locate_in(clone: &Repo, commits: &[&str], anchors: &BTreeSet<Anchor>) -> Vec<Vec<SeenAnchor>> {
    if anchors.is_empty() {
        return commits.iter().map(|_| Vec::new()).collect();
    }
    let trees: Vec<CommitFiles> = commits.iter().map(|it| tree(clone, it)).collect();
    let mut sources = Sources { clone, read: HashMap::new(), seen: RefCell::default() };
    let own = trees.iter().flatten().flat_map(|tree| anchors.iter().filter_map(|it| tree.get(&it.path)));
    sources.fetch(own.filter(|it| it.size <= CODE_FILE_BYTES).map(|it| it.object.as_str()).collect());
    let near: Vec<Vec<Near>> = trees.iter().map(|tree| anchors.iter().map(|it| in_its_file(tree, &sources, it)).collect()).collect();
    // Only what is missing from its file is searched for elsewhere, and each version of a file is read once for all commits.
    let searched: BTreeSet<&Anchor> =
        near.iter().flat_map(|it| anchors.iter().zip(it)).filter(|(_, it)| it.wants_search()).map(|(it, _)| it).collect();
    let homes: BTreeSet<(&str, &str)> =
        searched.iter().filter(|it| !it.symbol.is_empty()).filter_map(|it| Some((home(&it.path), end(&it.path)?))).collect();
    let mut room = CODE_SEARCHED_BYTES;
    let mut wanted = BTreeSet::new();
    let mut is_whole = true;
    let alike = trees.iter().flatten().flatten().filter(|(path, _)| end(path).is_some_and(|it| homes.contains(&(home(path), it))));
    for file in alike.map(|(_, file)| file) {
        let is_new = file.size <= CODE_FILE_BYTES && !sources.read.contains_key(&file.object) && !wanted.contains(file.object.as_str());
        match room.checked_sub(file.size).filter(|_| is_new) {
            Some(left) => {
                room = left;
                wanted.insert(file.object.as_str());
            }
            None if is_new => is_whole = false,
            None => {}
        }
    }
    sources.fetch(wanted);
    let search = if is_whole { SearchExtent::Whole } else { SearchExtent::Cut };
    let seen = |tree: &CommitFiles, anchor: &Anchor, near: Near| {
        let is = settled(tree, &sources, anchor, near, search);
        let text = || sources.text(tree.as_ref().ok()?.get(&anchor.path)?);
        let differences = match &is {
            Sighted::Here(lines) if lines.len() > 1 => text().map(|it| differences(it, lines)).unwrap_or_default(),
            _ => Vec::new(),
        };
        SeenAnchor { is, differences }
    };
    let sighted = |tree: &CommitFiles, near: Vec<Near>| -> Vec<SeenAnchor> {
        anchors.iter().zip(near).map(|(anchor, near)| seen(tree, anchor, near)).collect()
    };
    trees.iter().zip(near).map(|(tree, near)| sighted(tree, near)).collect()
}

/// Whether all other files could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SearchExtent {
    Whole,
    Cut,
}

/// What an anchor's own file says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Near {
    Sighted(Sighted),
    NoFile,
    NoSymbol,
    /// The file names the symbol, and could not be read whole.
    Unread,
}

impl Near {
    fn wants_search(&self) -> bool {
        !matches!(self, Self::Sighted(_))
    }
}

fn in_its_file(tree: &CommitFiles, sources: &Sources<'_>, anchor: &Anchor) -> Near {
    let tree = match tree {
        Ok(tree) => tree,
        Err(why) => return Near::Sighted(Sighted::Unknown(why.to_string())),
    };
    let Some(file) = tree.get(&anchor.path) else { return Near::NoFile };
    if anchor.symbol.is_empty() {
        return Near::Sighted(Sighted::Here(Vec::new()));
    }
    let Some(seen) = sources.look(&anchor.path, file, &anchor.symbol) else {
        return Near::Sighted(Sighted::Unknown(unread(file).to_string()));
    };
    match seen {
        SymbolSeen::Defined(mut lines) => {
            lines.truncate(MOST_LINES);
            Near::Sighted(Sighted::Here(lines))
        }
        SymbolSeen::Unread => Near::Unread,
        SymbolSeen::Named | SymbolSeen::Absent => Near::NoSymbol,
        SymbolSeen::NotRead => Near::Sighted(Sighted::Unknown("definitions in files of this kind are not recognised".to_owned())),
    }
}

fn unread(file: &File) -> NoContent {
    if file.size > CODE_FILE_BYTES { NoContent::TooLarge } else { NoContent::Lacking }
}

/// The answer, with other files looked at where the anchor's own does not have it.
fn settled(tree: &CommitFiles, sources: &Sources<'_>, anchor: &Anchor, near: Near, search: SearchExtent) -> Sighted {
    let elsewhere = || match tree {
        Ok(tree) if anchor.symbol.is_empty() => namesakes(tree, anchor),
        Ok(tree) => defined_elsewhere(tree, sources, anchor),
        Err(_) => OtherPlaces::default(),
    };
    let gone = match near {
        Near::Sighted(told) => return told,
        Near::NoFile => Sighted::NoFile,
        Near::NoSymbol => Sighted::NoSymbol,
        Near::Unread => {
            let why = "the file mentions it, but could not be parsed in full: it is too large, nested too deep or uses unknown syntax";
            Sighted::Unknown(why.to_owned())
        }
    };
    let elsewhere = elsewhere();
    match elsewhere.places.len() {
        0 if elsewhere.unread > 0 => {
            Sighted::Unknown(format!("it is not in its file, and the clone lacks {} other files", elsewhere.unread))
        }
        0 if search == SearchExtent::Cut && !anchor.symbol.is_empty() => {
            Sighted::Unknown("it is not in its file, and there are too many others to read".to_owned())
        }
        1..=MOST_MOVED => Sighted::Moved(elsewhere.places),
        _ => gone,
    }
}

/// Where else something is, nearest first.
#[derive(Debug, Default)]
struct OtherPlaces {
    places: Vec<SourcePlace>,
    unread: usize,
}

impl OtherPlaces {
    fn sorted(mut self, from: &str) -> Self {
        let shared = |it: &SourcePlace| it.path.split('/').zip(from.split('/')).take_while(|(left, right)| left == right).count();
        self.places.sort_by_cached_key(|it| (std::cmp::Reverse(shared(it)), it.clone()));
        self
    }
}

/// Files of the same name.
fn namesakes(tree: &Tree, anchor: &Anchor) -> OtherPlaces {
    let name = anchor.path.rsplit('/').next();
    let alike = |it: &&String| it.rsplit('/').next() == name && is_near(it, &anchor.path);
    let places = tree.keys().filter(alike).map(|it| SourcePlace { path: it.clone(), line: None }).collect();
    OtherPlaces { places, unread: 0 }.sorted(&anchor.path)
}

/// Whether something of one file can have moved to another: within its crate, and never into a test.
fn is_near(path: &str, from: &str) -> bool {
    home(path) == home(from) && (is_test_file(from) || !is_test_file(path))
}

/// Definitions of the same symbol in other files of the same kind and crate.
#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
fn defined_elsewhere(tree: &Tree, sources: &Sources<'_>, anchor: &Anchor) -> OtherPlaces {
    let mut elsewhere = OtherPlaces::default();
    let is_alike = |path: &String| end(path) == end(&anchor.path) && *path != anchor.path && is_near(path, &anchor.path);
    let alike = tree.iter().filter(|(path, _)| is_alike(path));
    for (path, file) in alike {
        match sources.text(file) {
            None if file.size <= CODE_FILE_BYTES && sources.was_asked(file) => elsewhere.unread += 1,
            None => {}
            Some(text) => {
                if let Some(SymbolSeen::Defined(lines)) = sources.look(path, file, &anchor.symbol) {
                    let line = lines.into_iter().find(|it| can_have_moved_to(text, *it, &anchor.symbol));
                    elsewhere.places.extend(line.map(|it| SourcePlace { path: path.clone(), line: Some(it) }));
                }
            }
        }
    }
    elsewhere.sorted(&anchor.path)
}

/// The ending of a path, which tells the kind of a file.
pub(super) fn end(path: &str) -> Option<&str> {
    path.rsplit_once('.').map(|(_, end)| end)
}

/// The files of a commit, or why they cannot be told.
pub(super) fn tree(clone: &Repo, commit: &str) -> Result<Tree, Unlisted> {
    let answer = clone.tree(commit).map_err(Unlisted)?;
    let file = |row: &[u8]| {
        let row = String::from_utf8_lossy(row).into_owned();
        let (head, path) = row.split_once('\t')?;
        let mut head = head.split_whitespace();
        let (_mode, kind, object, size) = (head.next()?, head.next()?, head.next()?, head.next()?);
        // A size that cannot be told is that of an object that the clone lacks.
        (kind == "blob").then(|| (path.to_owned(), File { object: object.to_owned(), size: size.parse().unwrap_or_default() }))
    };
    Ok(answer.split(|it| *it == 0).filter_map(file).collect())
}

/// Contents of files by object.
struct Sources<'c> {
    clone: &'c Repo,
    read: HashMap<String, Option<String>>,
    /// What an object, under a path of this ending, says of a symbol.
    seen: RefCell<HashMap<(String, String, String), SymbolSeen>>,
}

impl Sources<'_> {
    /// Reads objects; what cannot be read is noted as missing.
    fn fetch(&mut self, objects: BTreeSet<&str>) {
        if objects.is_empty() {
            return;
        }
        let mut read = contents::read_contents(self.clone, &objects).unwrap_or_default();
        self.read.extend(objects.into_iter().map(|it| (it.to_owned(), read.remove(it))));
    }

    fn text(&self, file: &File) -> Option<&str> {
        self.read.get(&file.object)?.as_deref()
    }

    /// What a file says of a symbol; each version is parsed once for all commits that have it. None if the file was not read.
    fn look(&self, path: &str, file: &File, symbol: &str) -> Option<SymbolSeen> {
        let text = self.text(file)?;
        let key = (file.object.clone(), end(path).unwrap_or_default().to_owned(), symbol.to_owned());
        Some(self.seen.borrow_mut().entry(key).or_insert_with(|| look(path, text, symbol)).clone())
    }

    fn was_asked(&self, file: &File) -> bool {
        self.read.contains_key(&file.object)
    }
}
