//! Finds the commit whose `echonet/` folder is nearest to the source that runs.
//!
//! The source is packed from somebody's working folder: it may hold edits that no commit has, and lacks what is never deployed. So files
//! are compared and not trees, and every commit of the clone that changes the folder is a candidate.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::git::{Clone, GitError, Question};
use super::names::check_names;
use crate::evidence::history::ShortId;
use crate::evidence::lineage::{Modification, ModifiedFile, ResolvedCommit, SourceChanges};
use crate::evidence::source::{EchonetSource, MemberContent, SOURCE_FOLDER};

/// Most commits that are compared.
const MAX_CANDIDATES: usize = 20_000;
/// Most folders that are read.
const MAX_FOLDERS: usize = 100_000;
/// Most files of one commit's folder, and how deep it may be.
const MAX_FILES: usize = 10_000;
const MAX_DEPTH: usize = 32;

/// What the source was found to be.
#[derive(Debug)]
pub(super) struct Match {
    pub(super) commit: ResolvedCommit,
    pub(super) modified: Vec<ModifiedFile>,
    pub(super) changes: SourceChanges,
}

/// Finds the nearest commit; the text says why it cannot be told.
pub(super) fn nearest(clone: &Clone, source: &EchonetSource) -> Result<Result<Match, String>, GitError> {
    let deployed = deployed(source);
    if deployed.values().flatten().next().is_none() {
        return Ok(Err("Echonet's source holds no file that could be read".to_owned()));
    }
    let candidates = candidates(clone)?;
    if candidates.is_empty() {
        return Ok(Err(format!("the clone has no commit that changes {SOURCE_FOLDER}/")));
    }
    if MAX_CANDIDATES < candidates.len() {
        return Ok(Err(format!("more than {MAX_CANDIDATES} commits of the clone change {SOURCE_FOLDER}/")));
    }
    if candidates.iter().any(|it| it.len() != 40) {
        return Ok(Err("the clone does not name contents by SHA-1".to_owned()));
    }
    let names = |suffix: &str| candidates.iter().map(|it| format!("{it}{suffix}")).collect::<Vec<_>>();
    let mut roots = trees(clone, &names("^{tree}"))?;
    if let Some(sha) = candidates.iter().zip(&roots).find_map(|(sha, root)| root.is_none().then_some(sha)) {
        return Ok(Err(format!("the clone lacks the files of the commit {sha}")));
    }
    // The first commit of all has no parent.
    roots.extend(trees(clone, &names("^1^{tree}"))?);
    let both = match source_folders(clone, &roots)? {
        Ok(both) => both,
        Err(why) => return Ok(Err(why)),
    };
    let (at, before) = both.split_at(candidates.len());
    let folders = Folders::read(clone, both.iter().flatten())?;
    let listings = folders.and_then(|folders| {
        let trees: BTreeSet<&String> = both.iter().flatten().collect();
        trees.into_iter().map(|tree| Ok((tree.as_str(), folders.listing(tree)?))).collect::<Result<HashMap<&str, Listing>, String>>()
    });
    let listings = match listings {
        Ok(listings) => listings,
        Err(why) => return Ok(Err(why)),
    };
    let none = Listing::new();
    let listing = |tree: &Option<String>| tree.as_deref().and_then(|it| listings.get(it)).unwrap_or(&none);
    let compared: Vec<Compared<'_>> = candidates
        .iter()
        .zip(at.iter().zip(before))
        .map(|(sha, (at, before))| Compared { sha, listing: listing(at), before: listing(before) })
        .collect();
    Ok(of_compared(&compared, &deployed))
}

/// A candidate with its files and those of its first parent.
struct Compared<'c> {
    sha: &'c str,
    listing: &'c Listing,
    before: &'c Listing,
}

fn of_compared(compared: &[Compared<'_>], deployed: &Deployed) -> Result<Match, String> {
    let measured: Vec<(Distance, &Compared<'_>)> = compared.iter().map(|it| (distance(it.listing, deployed), it)).collect();
    // The first of those that are equally near is the newest: a fix lands on the main branch later than on the branch that it comes from.
    let best = measured.iter().min_by_key(|(distance, _)| *distance);
    let (distance, best) = best.ok_or_else(|| format!("no commit of the clone holds {SOURCE_FOLDER}/"))?;
    let readable = deployed.values().flatten().count();
    let same = readable.saturating_sub(distance.not_the_same);
    let sha = best.sha.to_owned();
    if same * 2 < readable {
        let short = sha.get(..10).unwrap_or_default();
        return Err(format!("Echonet's source resembles no commit: at best {same} of {readable} files are the same, at {short}"));
    }
    let others = match measured.iter().filter(|(it, _)| it == distance).count().saturating_sub(1) {
        0 => String::new(),
        others => format!(", and at {others} older commits"),
    };
    let by = format!("{same} of {readable} files of Echonet's source are as at this commit{others}");

    let (mut within, mut beside) = (Vec::new(), Vec::new());
    let mut changed_by: BTreeMap<&str, Vec<ShortId>> = BTreeMap::new();
    for it in compared {
        let Some(id) = ShortId::of(it.sha) else { continue };
        let paths = changed(it.listing, it.before);
        if paths.is_empty() {
            beside.push(id)
        } else {
            within.push(id)
        }
        paths.into_iter().for_each(|path| changed_by.entry(path).or_default().push(id));
    }
    let modified = modified(best.listing, deployed).map(|(path, how)| {
        let changed_by = changed_by.get(path).into_iter().flatten().copied();
        ModifiedFile { path: path.to_owned(), how, changed_by: ShortId::pack(changed_by) }
    });
    Ok(Match {
        commit: ResolvedCommit { sha, committed_at: None, by, cut: None },
        modified: modified.collect(),
        changes: SourceChanges { commits: ShortId::pack(within), beside: ShortId::pack(beside) },
    })
}

/// Files by path below `echonet/`, with their blob ids.
type Listing = BTreeMap<String, String>;

/// What runs: the blob id of each file that is compared, or nothing if it could not be read.
type Deployed = BTreeMap<String, Option<String>>;

fn deployed(source: &EchonetSource) -> Deployed {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Distance {
    /// Files that only one side has or that differ, without those that are only deployed.
    apart: usize,
    /// Files that are only deployed: often nobody's but the one's who deployed.
    added: usize,
    /// Readable deployed files that are not as at the commit.
    not_the_same: usize,
}

fn distance(listing: &Listing, deployed: &Deployed) -> Distance {
    let mut distance = Distance { apart: 0, added: 0, not_the_same: 0 };
    for (_, how) in modified(listing, deployed) {
        match how {
            Modification::Added => distance.added += 1,
            Modification::Changed | Modification::Missing | Modification::Unread => distance.apart += 1,
        }
        distance.not_the_same += usize::from(matches!(how, Modification::Added | Modification::Changed));
    }
    distance
}

/// Each file that is not as at the commit.
fn modified<'l>(listing: &'l Listing, deployed: &'l Deployed) -> impl Iterator<Item = (&'l str, Modification)> {
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
fn candidates(clone: &Clone) -> Result<Vec<String>, GitError> {
    let answer = clone.ask(Question::SourceCommits, b"")?;
    Ok(String::from_utf8_lossy(&answer).lines().map(str::to_owned).collect())
}

/// The tree that each name stands for, if it is one.
fn trees(clone: &Clone, names: &[String]) -> Result<Vec<Option<String>>, GitError> {
    let input: String = names.iter().flat_map(|it| [it, "\n"]).collect();
    let answer = clone.ask(Question::Kinds, input.as_bytes())?;
    let tree = |line: &str| {
        let mut words = line.split(' ');
        let (sha, kind) = (words.next()?, words.next()?);
        (kind == "tree").then(|| sha.to_owned())
    };
    let mut all: Vec<Option<String>> = String::from_utf8_lossy(&answer).lines().map(tree).collect();
    all.resize(names.len(), None);
    Ok(all)
}

/// Echonet's folder in each of these trees, if it has one.
fn source_folders(clone: &Clone, roots: &[Option<String>]) -> Result<Result<Vec<Option<String>>, String>, GitError> {
    let read = match read_trees(clone, &roots.iter().flatten().cloned().collect(), |name| name == SOURCE_FOLDER)? {
        Ok(read) => read,
        Err(why) => return Ok(Err(why)),
    };
    let folder = |root: &String| {
        read.get(root)?.iter().find_map(|it| match it {
            Named::Folder(name, tree) if name == SOURCE_FOLDER => Some(tree.clone()),
            Named::Folder(..) | Named::File(..) => None,
        })
    };
    Ok(Ok(roots.iter().map(|it| it.as_ref().and_then(folder)).collect()))
}

fn read_trees(
    clone: &Clone,
    trees: &BTreeSet<String>,
    is_wanted: fn(&str) -> bool,
) -> Result<Result<HashMap<String, Vec<Named>>, String>, GitError> {
    let input: String = trees.iter().flat_map(|it| [it, "\n"]).collect();
    let answer = clone.ask(Question::Contents, input.as_bytes())?;
    let mut rest = answer.as_slice();
    let mut read = HashMap::new();
    for tree in trees {
        let Some(entries) = object(&mut rest).and_then(|it| entries(it, is_wanted)) else {
            return Ok(Err(format!("the clone lacks the folder {tree}, or it cannot be read")));
        };
        read.insert(tree.clone(), entries);
    }
    Ok(Ok(read))
}

/// Folders by tree id, each read once.
#[derive(Default)]
struct Folders {
    entries: HashMap<String, Vec<Named>>,
}

/// What a folder holds under a name.
enum Named {
    File(String, String),
    Folder(String, String),
}

impl Folders {
    /// Reads folders and all below them, one depth at a time.
    fn read<'t>(clone: &Clone, trees: impl Iterator<Item = &'t String>) -> Result<Result<Self, String>, GitError> {
        let mut folders = Self::default();
        let mut open: BTreeSet<String> = trees.cloned().collect();
        for _ in 0..MAX_DEPTH {
            if open.is_empty() {
                break;
            }
            if MAX_FOLDERS < folders.entries.len() + open.len() {
                return Ok(Err(format!("the clone holds more than {MAX_FOLDERS} folders below {SOURCE_FOLDER}/")));
            }
            let read = match read_trees(clone, &open, |_| true)? {
                Ok(read) => read,
                Err(why) => return Ok(Err(why)),
            };
            let below = read.values().flatten().filter_map(|it| match it {
                Named::Folder(_, tree) => Some(tree.clone()),
                Named::File(..) => None,
            });
            open = below.collect();
            folders.entries.extend(read);
            open.retain(|it| !folders.entries.contains_key(it));
        }
        Ok(Ok(folders))
    }

    /// The files that are compared.
    fn listing(&self, tree: &str) -> Result<Listing, String> {
        let beyond = || format!("a commit's {SOURCE_FOLDER}/ holds more than {MAX_FILES} names, or is more than {MAX_DEPTH} deep");
        let mut listing = Listing::new();
        let mut open = vec![(String::new(), tree, 0)];
        let mut seen = 0;
        while let Some((prefix, tree, depth)) = open.pop() {
            for entry in self.entries.get(tree).ok_or_else(beyond)? {
                seen += 1;
                if MAX_FILES < seen || MAX_DEPTH < depth {
                    return Err(beyond());
                }
                match entry {
                    Named::Folder(name, tree) if is_compared(&format!("{prefix}{name}/x")) => {
                        open.push((format!("{prefix}{name}/"), tree, depth + 1));
                    }
                    Named::File(name, id) if is_compared(&format!("{prefix}{name}")) => {
                        listing.insert(format!("{prefix}{name}"), id.clone());
                    }
                    Named::Folder(..) | Named::File(..) => {}
                }
            }
        }
        Ok(listing)
    }
}

/// The next object of an answer: its content, if it is a tree.
fn object<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|it| *it == b'\n')?;
    let head = std::str::from_utf8(rest.get(..end)?).ok()?;
    let mut words = head.split(' ').skip(1);
    let (kind, size) = (words.next()?, words.next()?.parse::<usize>().ok()?);
    let content = rest.get(end + 1..)?.get(..size)?;
    *rest = rest.get(end + 1 + size + 1..)?;
    (kind == "tree").then_some(content)
}

/// The wanted entries of a tree: `mode name`, a zero byte, and the twenty bytes of an id.
fn entries(mut tree: &[u8], is_wanted: fn(&str) -> bool) -> Option<Vec<Named>> {
    const ID: usize = 20;
    let mut all = Vec::new();
    while !tree.is_empty() {
        let end = tree.iter().position(|it| *it == 0)?;
        let head = String::from_utf8_lossy(tree.get(..end)?);
        let (mode, name) = head.split_once(' ')?;
        let id = tree.get(end + 1..)?.get(..ID)?;
        tree = tree.get(end + 1 + ID..)?;
        if !is_wanted(name) {
            continue;
        }
        let id = crate::evidence::history::hex(id);
        match mode {
            "40000" => all.push(Named::Folder(name.to_owned(), id)),
            "100644" | "100755" => all.push(Named::File(name.to_owned(), id)),
            // Links and other repositories are not packed as files.
            _ => {}
        }
    }
    Some(all)
}
