//! Finds the commit whose `echonet/` folder is nearest to the source that runs.
//!
//! The source is packed from somebody's working folder: it may hold edits that no commit has, and lacks what is never deployed. So files
//! are compared and not trees, and every commit of the clone that changes the folder is a candidate.
//!
//! Files that are only deployed count like those that differ: else a commit of a time when the folder held little would be near to
//! everything. Which commits change the edited files is kept beside the nearest commit, so that the fix of a later rule can be told apart
//! from what the edits leave open.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::contents;
use super::git::{GitError, GitQuestion, Repo, lines, short};
use super::names::check_names;
use crate::evidence::history::ShortId;
use crate::evidence::lineage::{Modification, ModifiedFile, ResolvedCommit, SourceChanges};
use crate::evidence::source::{EchonetSource, MemberContent, SOURCE_FOLDER};
use crate::limits::{COMMIT_DEPTH, COMMIT_FILES, SOURCE_CANDIDATES, SOURCE_FOLDERS};

/// What the source was found to be.
#[derive(Debug)]
pub(super) struct Match {
    pub(super) commit: ResolvedCommit,
    pub(super) modified: Vec<ModifiedFile>,
    pub(super) changes: SourceChanges,
}

/// Why no commit is told to be the nearest.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoMatch {
    /// Nothing that is deployed can be compared.
    #[error("Echonet's source holds no file that could be read")]
    NothingDeployed,
    /// The clone is of something else, or too shallow.
    #[error("the clone has no commit that changes {SOURCE_FOLDER}/")]
    NoCommit,
    /// There are more candidates than the limit allows to compare.
    #[error("more than {SOURCE_CANDIDATES} commits of the clone change {SOURCE_FOLDER}/")]
    TooManyCommits,
    /// The clone uses another hash than what ran was hashed with.
    #[error("the clone does not name contents by SHA-1")]
    OtherHash,
    /// There are more folders than the limit allows to read.
    #[error("the clone holds more than {SOURCE_FOLDERS} folders below {SOURCE_FOLDER}/")]
    TooManyFolders,
    /// None of the candidates could be read.
    #[error("the clone lacks the files of all commits that change {SOURCE_FOLDER}/, or they cannot be read")]
    NothingRead,
    /// Even the nearest commit differs too much to be the deployed one.
    #[error("Echonet's source resembles no commit: at best {same} of {readable} files are the same, at {at}{nearer}")]
    Unlike {
        /// How many files are the same.
        same: usize,
        /// Number of files that could be read.
        readable: usize,
        /// The commit, short.
        at: String,
        /// Another that may be nearer, as the end of the sentence; empty if none can be.
        nearer: String,
    },
    /// Git cannot be run, or cannot read the clone.
    #[error("Echonet's source could not be compared: {0}")]
    Git(#[from] GitError),
}

/// Finds the nearest commit. Of those that are equally near, one that `main`, a release branch, the
/// clone's HEAD or one of the `images` can reach is taken before the test merge of a pull request or somebody's branch.
pub(super) fn nearest(clone: &Repo, source: &EchonetSource, images: &[Option<String>]) -> Result<Match, NoMatch> {
    let deployed = deployed(source);
    if deployed.values().flatten().next().is_none() {
        return Err(NoMatch::NothingDeployed);
    }
    // People know their HEAD, also where its last change was to something else.
    let head = head(clone)?;
    // Both walk most of the history, and neither needs the other.
    let (changes, official) = std::thread::scope(|scope| {
        let official = scope.spawn(|| official(clone, head.as_ref(), images));
        let changes = candidates(clone);
        (changes, official.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let (changes, official) = (changes?, official?);
    if changes.is_empty() {
        return Err(NoMatch::NoCommit);
    }
    if SOURCE_CANDIDATES < changes.len() {
        return Err(NoMatch::TooManyCommits);
    }
    if changes.iter().any(|it| it.len() != 40) {
        return Err(NoMatch::OtherHash);
    }
    let added = head.iter().filter(|it| !changes.contains(it)).cloned().collect::<Vec<String>>();
    let (not_changes, candidates) = (added.len(), [added, changes].concat());
    let names = |suffix: &str| candidates.iter().map(|it| format!("{it}{suffix}")).collect::<Vec<_>>();
    let mut roots = contents::named(clone, &names("^{tree}"), "tree")?;
    // The first commit of all has no parent. What cannot be read of a parent makes its child change every file: that leaves more open.
    roots.extend(contents::named(clone, &names("^1^{tree}"), "tree")?);
    let both = source_folders(clone, &roots)?;
    let (at, before) = both.split_at(candidates.len());
    let trees: BTreeSet<&String> = both.iter().filter_map(Folder::tree).collect();
    let folders = Folders::read(clone, trees.iter().copied())?;
    let listings: HashMap<&str, Listing> = trees.iter().filter_map(|it| Some((it.as_str(), folders.listing(it)?))).collect();
    let none = Listing::new();
    let listing = |folder: &Folder| match folder {
        Folder::Unreadable => None,
        Folder::None => Some(&none),
        Folder::Tree(tree) => listings.get(tree.as_str()),
    };
    let compared: Vec<ComparedCommit<'_>> = candidates
        .iter()
        .zip(at.iter().zip(before))
        .enumerate()
        .map(|(place, (sha, (at, before)))| ComparedCommit {
            sha,
            changes: if place < not_changes { Changes::Others } else { Changes::Source },
            reach: if place < not_changes || official.contains(sha) { CommitReach::Official } else { CommitReach::Elsewhere },
            listing: listing(at),
            before: listing(before).unwrap_or(&none),
        })
        .collect();
    of_compared(&compared, &deployed)
}

/// A candidate with its files, if they can be read, and those of its first parent.
struct ComparedCommit<'c> {
    sha: &'c str,
    changes: Changes,
    reach: CommitReach,
    listing: Option<&'c Listing>,
    before: &'c Listing,
}

/// The changes of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Changes {
    /// Something of Echonet's folder.
    Source,
    /// Only something else.
    Others,
}

/// From where a commit can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum CommitReach {
    /// From `main`, a release branch, HEAD or an image that runs.
    Official,
    /// Only reachable from a personal branch or from the test merge of a pull request.
    Elsewhere,
}

fn of_compared(compared: &[ComparedCommit<'_>], deployed: &DeployedBlobs) -> Result<Match, NoMatch> {
    let measure = |(place, it): (usize, &ComparedCommit<'_>)| Some((distance(it.listing?, deployed), it.reach, place));
    let measured: Vec<(FolderDistance, CommitReach, usize)> = compared.iter().enumerate().filter_map(measure).collect();
    // The first of those that are equally near is the newest: a fix lands on the main branch later than on the branch that it comes from.
    let best = measured.iter().min_by_key(|(distance, reach, _)| (*distance, *reach));
    let (distance, _, place) = *best.ok_or(NoMatch::NothingRead)?;
    let (best, listing) = compared.get(place).and_then(|it| Some((it, it.listing?))).ok_or(NoMatch::NothingRead)?;
    let nearer = nearer(compared, place, distance);
    let readable = deployed.values().flatten().count();
    let same = readable.saturating_sub(distance.not_the_same);
    let sha = best.sha.to_owned();
    if same.saturating_mul(2) < readable {
        let nearer = nearer.map(|it| format!("; {it}")).unwrap_or_default();
        return Err(NoMatch::Unlike { same, readable, at: short(&sha).to_owned(), nearer });
    }
    let others = match measured.iter().filter(|(it, ..)| *it == distance).count().saturating_sub(1) {
        0 => String::new(),
        1 => ", and at 1 other commit".to_owned(),
        others => format!(", and at {others} other commits"),
    };
    let by = format!("{same} of {readable} files of Echonet's source are as at this commit{others}");

    let (mut within, mut beside) = (Vec::new(), Vec::new());
    let mut changed_by: BTreeMap<&str, Vec<ShortId>> = BTreeMap::new();
    for it in compared.iter().filter(|it| it.changes == Changes::Source) {
        // What a commit changes that cannot be read is not known, and so it is in neither list.
        let (Some(id), Some(listing)) = (ShortId::from_digest(it.sha), it.listing) else { continue };
        let paths = changed(listing, it.before);
        if paths.is_empty() {
            beside.push(id)
        } else {
            within.push(id)
        }
        paths.into_iter().for_each(|path| changed_by.entry(path).or_default().push(id));
    }
    let modified = modified(listing, deployed).map(|(path, how)| {
        let changed_by = changed_by.get(path).into_iter().flatten().copied();
        ModifiedFile { path: path.to_owned(), how, changed_by: ShortId::pack(changed_by) }
    });
    Ok(Match {
        commit: ResolvedCommit { sha, committed_at: None, by, cut: None, nearer },
        modified: modified.collect(),
        changes: SourceChanges { commits: ShortId::pack(within), beside: ShortId::pack(beside) },
    })
}

/// Why another commit may be nearer than the one in this place: it cannot be read. One that is as the source is can only be beaten by a
/// newer one, or by one that an official branch reaches if it itself is reached by none.
fn nearer(compared: &[ComparedCommit<'_>], place: usize, distance: FolderDistance) -> Option<String> {
    let reach = compared.get(place).map(|it| it.reach);
    let can_beat =
        |(other, it): &(usize, &ComparedCommit<'_>)| distance != FolderDistance::default() || (Some(it.reach), *other) < (reach, place);
    let unread: Vec<&str> =
        compared.iter().enumerate().filter(|(_, it)| it.listing.is_none()).filter(can_beat).map(|(_, it)| it.sha).collect();
    let first = short(unread.first()?);
    Some(match unread.len().saturating_sub(1) {
        0 => format!("the commit {first} may be nearer to Echonet's source, and its files cannot be read"),
        others => format!("the commit {first} or one of {others} more may be nearer to Echonet's source, and their files cannot be read"),
    })
}

/// Files by path below `echonet/`, with their blob ids.
type Listing = BTreeMap<String, String>;

/// What runs: the blob id of each file that is compared, or nothing if it could not be read.
type DeployedBlobs = BTreeMap<String, Option<String>>;

fn deployed(source: &EchonetSource) -> DeployedBlobs {
    let compared = source.members.iter().filter(|it| is_compared(&it.path));
    let content = |it: &MemberContent| match it {
        MemberContent::Hashed(blob) => Some(blob.id.clone()),
        MemberContent::Refused(_) => None,
    };
    compared.map(|it| (it.path.clone(), content(&it.content))).collect()
}

/// Whether a file is deployed as it is in the repository: manifests and caches are left out, and nobody may open keys.
fn is_compared(path: &str) -> bool {
    let is_cache = path.split('/').any(|it| it == "__pycache__") || path.ends_with(".pyc");
    !(path.starts_with("k8s/") || is_cache || check_names(path).is_err())
}

/// How far a commit's folder is from what runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct FolderDistance {
    /// Files that only one side has or that differ. Those that are only deployed count too: without them, a commit of a time when the
    /// folder held few files would be near to everything.
    apart: usize,
    /// Readable deployed files that are not as at the commit.
    not_the_same: usize,
}

#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
fn distance(listing: &Listing, deployed: &DeployedBlobs) -> FolderDistance {
    let mut distance = FolderDistance { apart: 0, not_the_same: 0 };
    for (_, how) in modified(listing, deployed) {
        distance.apart += 1;
        distance.not_the_same += usize::from(matches!(how, Modification::Added | Modification::Changed));
    }
    distance
}

/// Each file that is not as at the commit.
fn modified<'l>(listing: &'l Listing, deployed: &'l DeployedBlobs) -> impl Iterator<Item = (&'l str, Modification)> {
    let at_commit = listing.iter().filter_map(|(path, id)| match deployed.get(path) {
        None => Some((path.as_str(), Modification::Missing)),
        Some(None) => Some((path.as_str(), Modification::Unread)),
        Some(Some(found)) => (found != id).then_some((path.as_str(), Modification::Changed)),
    });
    let added = deployed.keys().filter(|it| !listing.contains_key(*it)).map(|it| (it.as_str(), Modification::Added));
    at_commit.chain(added).collect::<BTreeMap<_, _>>().into_iter()
}

/// The paths that differ between two listings.
fn changed<'l>(at: &'l Listing, before: &'l Listing) -> Vec<&'l str> {
    let differs = |(path, id): &(&String, &String)| before.get(*path) != Some(*id);
    let gone = before.keys().filter(|it| !at.contains_key(*it));
    at.iter().filter(differs).map(|(path, _)| path).chain(gone).map(String::as_str).collect()
}

/// Commits that change the folder, descendants before ancestors.
fn candidates(clone: &Repo) -> Result<Vec<String>, GitError> {
    match clone.ask(GitQuestion::SourceCommits, b"") {
        Ok(answer) => Ok(String::from_utf8_lossy(&answer).lines().map(str::to_owned).collect()),
        // Git gives up at the first folder that it cannot read: then each commit is looked at.
        Err(GitError::Refused { .. }) => candidates_one_by_one(clone),
        Err(err) => Err(err),
    }
}

/// The commit that the clone has checked out, or that its default branch names.
fn head(clone: &Repo) -> Result<Option<String>, GitError> {
    Ok(contents::named(clone, &["HEAD^{commit}".to_owned()], "commit")?.pop().flatten())
}

/// The commits that change the folder, without test merges and personal branches.
fn official(clone: &Repo, head: Option<&String>, images: &[Option<String>]) -> Result<HashSet<String>, GitError> {
    let tips = lines(head.into_iter().chain(images.iter().flatten()).map(String::as_str));
    match clone.ask(GitQuestion::OfficialSourceCommits, tips.as_bytes()) {
        Ok(answer) => Ok(String::from_utf8_lossy(&answer).lines().map(str::to_owned).collect()),
        // What git cannot read of them is preferred to nothing: the order by distance remains.
        Err(GitError::Refused { .. }) => Ok(HashSet::new()),
        Err(err) => Err(err),
    }
}

/// The same, with every commit whose folders cannot be read.
fn candidates_one_by_one(clone: &Repo) -> Result<Vec<String>, GitError> {
    let answer = clone.ask(GitQuestion::AllCommits, b"")?;
    let answer = String::from_utf8_lossy(&answer);
    let commits: Vec<Vec<&str>> = answer.lines().map(|it| it.split(' ').collect()).collect();
    let shas: Vec<&str> = commits.iter().filter_map(|it| it.first().copied()).collect();
    let names = |end: &str| shas.iter().map(|it| format!("{it}{end}")).collect::<Vec<_>>();
    let (roots, folders) =
        (contents::named(clone, &names("^{tree}"), "tree")?, contents::named(clone, &names(&format!(":{SOURCE_FOLDER}")), "tree")?);
    let places: HashMap<&str, usize> = shas.iter().enumerate().map(|(place, sha)| (*sha, place)).collect();
    let folder = |sha: &str| places.get(sha).and_then(|it| folders.get(*it)).and_then(Option::as_ref);
    let is_candidate = |(line, root): (&Vec<&str>, &Option<String>)| {
        let (sha, parents) = line.split_first()?;
        let changes = parents.iter().all(|it| folder(it) != folder(sha)) && (folder(sha).is_some() || !parents.is_empty());
        (root.is_none() || changes).then(|| (*sha).to_owned())
    };
    Ok(commits.iter().zip(&roots).filter_map(is_candidate).collect())
}

/// Echonet's folder in one commit.
enum Folder {
    Tree(String),
    None,
    Unreadable,
}

impl Folder {
    fn tree(&self) -> Option<&String> {
        match self {
            Self::Tree(tree) => Some(tree),
            Self::None | Self::Unreadable => None,
        }
    }
}

/// Echonet's folder in each of these trees.
fn source_folders(clone: &Repo, roots: &[Option<String>]) -> Result<Vec<Folder>, GitError> {
    let read = read_trees(clone, &roots.iter().flatten().cloned().collect(), |name| name == SOURCE_FOLDER)?;
    let folder = |root: &Option<String>| {
        let Some(entries) = root.as_ref().and_then(|it| read.get(it)?.as_ref()) else { return Folder::Unreadable };
        let found = entries.iter().find_map(|it| match it {
            TreeEntry::Folder(name, tree) if name == SOURCE_FOLDER => Some(tree.clone()),
            TreeEntry::Folder(..) | TreeEntry::File(..) => None,
        });
        found.map_or(Folder::None, Folder::Tree)
    };
    Ok(roots.iter().map(folder).collect())
}

/// Trees by id: their wanted entries, or nothing for one that cannot be read.
type TreeCache = HashMap<String, Option<Vec<TreeEntry>>>;

fn read_trees(clone: &Repo, trees: &BTreeSet<String>, is_wanted: fn(&str) -> bool) -> Result<TreeCache, GitError> {
    let input = lines(trees.iter().map(String::as_str));
    let answer = clone.ask(GitQuestion::Contents, input.as_bytes())?;
    let mut rest = answer.as_slice();
    Ok(trees.iter().map(|tree| (tree.clone(), object(&mut rest).and_then(|it| entries(it, is_wanted)))).collect())
}

/// Folders by tree id, each read once.
#[derive(Default)]
struct Folders {
    entries: TreeCache,
}

/// What a folder holds under a name.
enum TreeEntry {
    File(String, String),
    Folder(String, String),
}

impl Folders {
    /// Reads folders and all below them, one depth at a time.
    fn read<'t>(clone: &Repo, trees: impl Iterator<Item = &'t String>) -> Result<Self, NoMatch> {
        let mut folders = Self::default();
        let mut open: BTreeSet<String> = trees.cloned().collect();
        for _ in 0..COMMIT_DEPTH {
            if open.is_empty() {
                break;
            }
            if SOURCE_FOLDERS < folders.entries.len().saturating_add(open.len()) {
                return Err(NoMatch::TooManyFolders);
            }
            let read = read_trees(clone, &open, |_| true)?;
            let below = read.values().flatten().flatten().filter_map(|it| match it {
                TreeEntry::Folder(_, tree) => Some(tree.clone()),
                TreeEntry::File(..) => None,
            });
            open = below.collect();
            folders.entries.extend(read);
            open.retain(|it| !folders.entries.contains_key(it));
        }
        Ok(folders)
    }

    /// The files that are compared; none if a folder cannot be read, or there are too many names or depths.
    #[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
    fn listing(&self, tree: &str) -> Option<Listing> {
        let mut listing = Listing::new();
        let mut open = vec![(String::new(), tree, 0)];
        let mut seen = 0;
        while let Some((prefix, tree, depth)) = open.pop() {
            for entry in self.entries.get(tree)?.as_ref()? {
                seen += 1;
                if COMMIT_FILES < seen || COMMIT_DEPTH < depth {
                    return None;
                }
                match entry {
                    TreeEntry::Folder(name, tree) if is_compared(&format!("{prefix}{name}/x")) => {
                        open.push((format!("{prefix}{name}/"), tree, depth + 1));
                    }
                    TreeEntry::File(name, id) if is_compared(&format!("{prefix}{name}")) => {
                        listing.insert(format!("{prefix}{name}"), id.clone());
                    }
                    TreeEntry::Folder(..) | TreeEntry::File(..) => {}
                }
            }
        }
        Some(listing)
    }
}

/// The next object of an answer: its content, if it is a tree that the clone has.
fn object<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|it| *it == b'\n')?;
    let (head, after) = rest.split_at_checked(end)?;
    let after = after.get(1..)?;
    *rest = after;
    let mut words = std::str::from_utf8(head).ok()?.split(' ').skip(1);
    // `<id> missing` has no size and no content.
    let (kind, size) = (words.next()?, words.next()?.parse::<usize>().ok()?);
    let (content, after) = after.split_at_checked(size)?;
    *rest = after.get(1..)?;
    (kind == "tree").then_some(content)
}

/// The wanted entries of a tree: `mode name`, a zero byte, and the twenty bytes of an id.
fn entries(mut tree: &[u8], is_wanted: fn(&str) -> bool) -> Option<Vec<TreeEntry>> {
    const ID: usize = 20;
    let mut all = Vec::new();
    while !tree.is_empty() {
        let end = tree.iter().position(|it| *it == 0)?;
        let (head, after) = tree.split_at_checked(end)?;
        let head = String::from_utf8_lossy(head);
        let (mode, name) = head.split_once(' ')?;
        let (id, after) = after.get(1..)?.split_at_checked(ID)?;
        tree = after;
        if !is_wanted(name) {
            continue;
        }
        let id = crate::evidence::history::hex(id);
        match mode {
            "40000" => all.push(TreeEntry::Folder(name.to_owned(), id)),
            "100644" | "100755" => all.push(TreeEntry::File(name.to_owned(), id)),
            // Links and other repositories are not packed as files.
            _ => {}
        }
    }
    Some(all)
}
