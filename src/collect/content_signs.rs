//! What deployed commits hold of the lines that commits of fixes change, whatever their histories say.
//!
//! A line tells if it stands in a product file after the commit and not before it, or the other way round, and if it is no brace and no
//! comment. It is looked for in the deployed file of the same path, or of the path that it had before the commit; if neither is there, in the
//! one file of the same package that is most like it. So only the files that fixes touch are read.
//!
//! Contents are compared and not patches, which needs no algorithm for differences. Counts and places are kept by commit and not by fix, so
//! that a rule may combine commits as it likes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::anchors::end;
use super::contents;
use super::definitions::home;
use super::file_changes::{FileChange, file_changes};
use super::git::{GitError, GitQuestion, Repo};
use super::known_commits::KnownCommits;
use super::listings::Listings;
use super::parted::{self, Retry};
use super::product::{FileKind, kind};
use crate::evidence::anchor::SourcePlace;
use crate::evidence::content::{ContentSign, ContentSigns, LinesFound, MOST_MISSING, UnreadCommit};
use crate::evidence::lineage::DeployedCode;
use crate::evidence::pods::Component;
use crate::evidence::source::below_source;

/// A line with fewer letters and digits is a brace or a keyword, which stands everywhere.
const FEWEST_LETTERS: usize = 6;
/// Lines that are no farther apart are missing in one place.
const ONE_PLACE: u32 = 10;
/// Most files of a package in which one that was moved is looked for.
const MOST_ALIKE: usize = 200;
/// A file that has fewer lines is not recognised elsewhere.
const FEWEST_ALIKE: usize = 5;

/// What deployed commits hold of the lines that these commits change, of which it is known whether the clone has them; nothing if nobody asks
/// for any.
///
/// # Errors
/// When git cannot be run, or cannot read the clone.
pub(super) fn signs(
    clone: &Repo,
    listings: &mut Listings<'_>,
    deployed: &[DeployedCode],
    commits: &BTreeSet<String>,
    known: &KnownCommits,
) -> Result<Option<ContentSigns>, GitError> {
    let named: Vec<&String> = commits.iter().filter(|it| known.was_asked(it)).collect();
    if named.is_empty() {
        return Ok(None);
    }
    let mut all = ContentSigns::default();
    let mut asked: BTreeMap<String, &String> = BTreeMap::new();
    for name in named {
        match known.sha(name) {
            Some(sha) => drop(asked.insert(sha.to_owned(), name)),
            None => all.absent.push(name.clone()),
        }
    }
    let shas: Vec<&str> = asked.keys().map(String::as_str).collect();
    let listed = parted::ask(&shas, Retry::InHalves, |part| clone.ask(GitQuestion::Renames, part))?;
    let unread = |commit: &str, why: &str| UnreadCommit { commit: commit.to_owned(), why: why.to_owned() };
    all.unread.extend(listed.unread.iter().filter_map(|it| Some(unread(asked.get(&it.commit)?, &it.why))));
    let mut by_commit: HashMap<&str, Vec<FileChange<'_>>> = HashMap::new();
    for answer in &listed.all {
        for (sha, changes) in file_changes(answer) {
            by_commit.insert(sha, changes.into_iter().filter(|it| kind(it.path()) != FileKind::Beside).collect());
        }
    }
    let objects = by_commit.values().flatten().flat_map(FileChange::objects).collect();
    let texts = contents::read_contents(clone, &objects)?;
    let mut told: Vec<(&String, Vec<TellingLines<'_>>)> = Vec::new();
    for (sha, name) in &asked {
        let Some(changes) = by_commit.get(sha.as_str()) else { continue };
        match changes.iter().map(|it| TellingLines::from_change(it, &texts)).collect::<Option<Vec<_>>>() {
            Some(mut changes) => {
                // Versions of dependencies change with everything; they tell only a change of nothing else.
                if changes.iter().any(|it| it.kind == FileKind::Product && it.tells()) {
                    changes.retain(|it| it.kind == FileKind::Product);
                }
                changes.retain(TellingLines::tells);
                told.push((name, changes));
            }
            None => all.unread.push(unread(name, "the clone lacks files of it")),
        }
    }
    let trees = DeployedTrees::read(clone, listings, deployed, told.iter().flat_map(|(_, changes)| changes))?;
    let sets = trees.sets();
    for (name, changes) in &told {
        let mut found: Vec<LinesFound> = Vec::new();
        for (place, code) in deployed.iter().enumerate().filter(|(_, it)| it.tip().is_some()) {
            let Some(here) = trees.found(&sets, place, code, changes) else { continue };
            match found.iter_mut().find(|it| LinesFound { deployed: Vec::new(), ..(*it).clone() } == here) {
                Some(same) => same.deployed.push(place),
                None => found.push(LinesFound { deployed: vec![place], ..here }),
            }
        }
        match found.is_empty() {
            false => all.signs.push(ContentSign { commit: (*name).clone(), found }),
            true if changes.is_empty() => all.unread.push(unread(name, "it changes no line by which it could be recognised")),
            true => {}
        }
    }
    all.unread.sort_unstable();
    Ok(Some(all))
}

/// The lines of one file that tell whether a commit is there.
struct TellingLines<'t> {
    kind: FileKind,
    /// Paths of the file, at the commit first.
    paths: Vec<&'t str>,
    added: Vec<(u32, &'t str)>,
    removed: Vec<&'t str>,
    before: HashSet<&'t str>,
    after: HashSet<&'t str>,
}

impl<'t> TellingLines<'t> {
    /// Nothing if the clone lacks the file.
    fn from_change(change: &'t FileChange<'_>, texts: &'t HashMap<String, String>) -> Option<Self> {
        let text = |object: Option<&str>| object.map_or(Some(""), |it| texts.get(it).map(String::as_str));
        let (before, after) = (telling(text(change.before)?), telling(text(change.after)?));
        let set = |it: &[(u32, &'t str)]| it.iter().map(|(_, line)| *line).collect::<HashSet<_>>();
        let (old, new) = (set(&before), set(&after));
        Some(Self {
            kind: kind(change.path()),
            paths: change.paths.clone(),
            added: after.into_iter().filter(|(_, it)| !old.contains(it)).collect(),
            removed: before.into_iter().map(|(_, it)| it).filter(|it| !new.contains(it)).collect(),
            before: old,
            after: new,
        })
    }

    fn tells(&self) -> bool {
        !self.added.is_empty() || !self.removed.is_empty()
    }

    fn path(&self) -> &'t str {
        self.paths.first().copied().unwrap_or_default()
    }

    fn is_of(&self, component: Component) -> bool {
        match component {
            Component::Echonet => below_source(self.path()).is_some_and(|it| !it.starts_with("k8s/")),
            Component::Sequencer | Component::Other => below_source(self.path()).is_none(),
        }
    }

    /// How like a file is to this one, before or after the commit, in hundredths; nothing if it is another file.
    fn likeness(&self, file: &HashSet<&str>) -> Option<usize> {
        const LEAST: usize = 60;
        let share = |side: &HashSet<&str>| {
            let shared = side.iter().filter(|it| file.contains(**it)).count();
            shared.saturating_mul(100).checked_div(side.len().max(file.len())).filter(|_| side.len() >= FEWEST_ALIKE)
        };
        share(&self.before).max(share(&self.after)).filter(|it| *it >= LEAST)
    }
}

/// The lines of a text that can tell something, each once, with their numbers.
fn telling(text: &str) -> Vec<(u32, &str)> {
    let mut seen = HashSet::new();
    let numbered = (1..).zip(text.lines().map(str::trim));
    numbered.filter(|(_, line)| can_tell(line) && seen.insert(*line)).collect()
}

fn can_tell(line: &str) -> bool {
    let is_comment = line.starts_with("//") || line.starts_with("/*") || line.starts_with("* ") || {
        line.starts_with('#') && !line.starts_with("#[") && !line.starts_with("#!")
    };
    !is_comment && line.chars().filter(|it| it.is_alphanumeric()).nth(FEWEST_LETTERS - 1).is_some()
}

/// A file of a deployed commit.
#[derive(Debug, Clone, PartialEq, Eq)]
enum DeployedFile {
    Held(String),
    Absent,
    /// The clone lacks it, or the list of files.
    Unread,
}

/// The files of the deployed commits that commits of fixes touch.
struct DeployedTrees {
    files: HashMap<(usize, String), DeployedFile>,
    /// Files that may be one that is not at its path.
    alike: HashMap<(usize, String), Vec<String>>,
    texts: HashMap<String, String>,
}

impl DeployedTrees {
    fn read<'t>(
        clone: &Repo,
        listings: &mut Listings<'_>,
        deployed: &[DeployedCode],
        told: impl Iterator<Item = &'t TellingLines<'t>> + std::clone::Clone,
    ) -> Result<Self, GitError> {
        let mut asked: BTreeSet<(usize, &str)> = BTreeSet::new();
        for (place, code) in deployed.iter().enumerate().filter(|(_, it)| it.tip().is_some()) {
            asked.extend(told.clone().filter(|it| it.is_of(code.component)).flat_map(|it| &it.paths).map(|path| (place, *path)));
        }
        let sha = |place: usize| deployed.get(place).and_then(DeployedCode::tip).map(|it| it.sha.as_str()).unwrap_or_default();
        let asked: Vec<(usize, &str)> = asked.into_iter().collect();
        let mut files = HashMap::new();
        for ((place, path), object) in asked.iter().zip(objects(clone, asked.iter().map(|(place, path)| (sha(*place), *path)))?) {
            let file = match object {
                Some(object) => DeployedFile::Held(object),
                // The clone may lack the content of a file that the commit has.
                None => match listings.paths_of(sha(*place)) {
                    Some(paths) if !paths.contains(*path) => DeployedFile::Absent,
                    _ => DeployedFile::Unread,
                },
            };
            files.insert((*place, (*path).to_owned()), file);
        }
        let mut near: BTreeSet<(usize, &str, String)> = BTreeSet::new();
        for ((place, path), _) in files.iter().filter(|(_, it)| **it == DeployedFile::Absent) {
            let paths = listings.paths_of(sha(*place)).into_iter().flatten();
            let is_alike = |it: &&String| home(it) == home(path) && end(it) == end(path) && kind(it) == kind(path);
            near.extend(paths.filter(is_alike).take(MOST_ALIKE).map(|it| (*place, path.as_str(), it.clone())));
        }
        let mut alike: HashMap<(usize, String), Vec<String>> = HashMap::new();
        for ((place, path, _), object) in near.iter().zip(objects(clone, near.iter().map(|(place, _, it)| (sha(*place), it.as_str())))?) {
            alike.entry((*place, (*path).to_owned())).or_default().extend(object);
        }
        let held = files.values().filter_map(|it| if let DeployedFile::Held(object) = it { Some(object.as_str()) } else { None });
        let wanted = held.chain(alike.values().flatten().map(String::as_str)).collect();
        let texts = contents::read_contents(clone, &wanted)?;
        Ok(Self { files, alike, texts })
    }

    /// What one deployed code holds of a commit. Nothing if it cannot be told, or if there is nothing of it to look for.
    fn found(&self, sets: &LineSets<'_>, place: usize, code: &DeployedCode, changes: &[TellingLines<'_>]) -> Option<LinesFound> {
        let mut found = LinesFound::default();
        let count = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        for change in changes.iter().filter(|it| it.is_of(code.component)) {
            let is_edited = |path: &str| below_source(path).is_some_and(|below| code.modified.iter().any(|it| it.path == below));
            if change.paths.iter().any(|it| is_edited(it)) {
                return None;
            }
            let file = self.lines_at(sets, place, change)?;
            found.added = found.added.saturating_add(count(change.added.len()));
            found.removed = found.removed.saturating_add(count(change.removed.len()));
            let there = change.removed.iter().filter(|it| file.is_some_and(|file| file.contains(**it))).count();
            found.removed_there = found.removed_there.saturating_add(count(there));
            let missing: Vec<u32> =
                change.added.iter().filter(|(_, it)| !file.is_some_and(|file| file.contains(it))).map(|(number, _)| *number).collect();
            found.added_there = found.added_there.saturating_add(count(change.added.len().saturating_sub(missing.len())));
            let begins = missing.iter().enumerate().filter(|(index, number)| {
                index.checked_sub(1).and_then(|it| missing.get(it)).is_none_or(|last| last.saturating_add(ONE_PLACE) < **number)
            });
            for (_, number) in begins {
                if found.missing.len() < MOST_MISSING {
                    found.missing.push(SourcePlace { path: change.path().to_owned(), line: Some(*number) });
                } else {
                    found.missing_more = found.missing_more.saturating_add(1);
                }
            }
        }
        (found.added > 0 || found.removed > 0).then_some(found)
    }

    /// The lines of the deployed file that a change is looked for in; none of them if there is no such file.
    fn lines_at<'s, 't>(&self, sets: &'s LineSets<'t>, place: usize, change: &TellingLines<'_>) -> Option<Option<&'s HashSet<&'t str>>> {
        for path in &change.paths {
            match self.files.get(&(place, (*path).to_owned()))? {
                DeployedFile::Held(object) => return sets.get(object.as_str()).map(Some),
                DeployedFile::Absent => {}
                DeployedFile::Unread => return None,
            }
        }
        let alike = self.alike.get(&(place, change.path().to_owned()));
        let all = alike.into_iter().flatten().filter_map(|it| sets.get(it.as_str()));
        let nearest = all.filter_map(|it| Some((change.likeness(it)?, it))).max_by_key(|(likeness, _)| *likeness);
        Some(nearest.map(|(_, it)| it))
    }

    /// The lines of each file that was read, once for all commits.
    fn sets(&self) -> LineSets<'_> {
        self.texts.iter().map(|(object, text)| (object.as_str(), line_set(text))).collect()
    }
}

/// The lines of files that can tell something, by object.
type LineSets<'t> = HashMap<&'t str, HashSet<&'t str>>;

fn line_set(text: &str) -> HashSet<&str> {
    text.lines().map(str::trim).filter(|it| can_tell(it)).collect()
}

/// The objects of files of commits, each named by SHA and path.
fn objects<'n>(clone: &Repo, names: impl Iterator<Item = (&'n str, &'n str)>) -> Result<Vec<Option<String>>, GitError> {
    let names: Vec<String> = names.map(|(sha, path)| format!("{sha}:{path}")).collect();
    contents::named(clone, &names, "blob")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_comments_and_repetitions_tell_nothing() {
        let text = "fn drain() {\n    // stop here now\n    }\n\n    stop_now();\n    stop_now();\n#[cfg(test)]\n# a comment\n";
        assert_eq!(telling(text), [(1, "fn drain() {"), (5, "stop_now();"), (7, "#[cfg(test)]")]);
    }
}
