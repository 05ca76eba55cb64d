//! The commit that a build says it was made from. Git is not started: a build that needs no git must not begin to.

use std::fs;
use std::path::{Path, PathBuf};

/// What a build says of its commit, and the files of which a change may change that.
pub(crate) struct BuiltFrom {
    /// The words for the version.
    pub(crate) words: String,
    /// Files that were read. One that is missing is not among them: cargo would build again each time.
    pub(crate) watched: Vec<PathBuf>,
}

/// What the version says of the commit: the one that was named, else the one that is checked out below `root`, else the one that a
/// published package notes. Only a release looks: otherwise every commit would compile the crate again for those who work on it.
pub(crate) fn built_from(named: Option<&str>, profile: Option<&str>, root: &Path) -> BuiltFrom {
    let mut watched = Vec::new();
    let words = match named.filter(|it| is_hash(it)) {
        Some(commit) => shown(commit),
        None if profile.is_some_and(|it| it != "release") => "debug build".to_owned(),
        None => {
            let found = head(root, &mut watched).or_else(|| packaged(root, &mut watched));
            found.map_or_else(|| "unknown commit".to_owned(), |it| shown(&it))
        }
    };
    BuiltFrom { words, watched }
}

fn shown(commit: &str) -> String {
    format!("commit {}", commit.get(..10).unwrap_or(commit))
}

/// The commit that is checked out, as git keeps it: in a file, behind a reference, or in the list of packed references.
fn head(root: &Path, watched: &mut Vec<PathBuf>) -> Option<String> {
    let git = root.join(".git");
    // A linked worktree has a file there, which names the folder.
    let folder = match fs::read_to_string(&git) {
        Ok(text) => root.join(text.strip_prefix("gitdir:")?.trim()),
        Err(_) => git,
    };
    let head = read(&folder.join("HEAD"), watched)?;
    // Each commit and each checkout adds a line there, also where the branch stands in a list that does not change.
    let _ = read(&folder.join("logs/HEAD"), watched);
    let Some(reference) = head.trim().strip_prefix("ref: ") else { return Some(head.trim().to_owned()).filter(|it| is_hash(it)) };
    let shared = fs::read_to_string(folder.join("commondir")).map_or_else(|_| folder.clone(), |it| folder.join(it.trim()));
    if let Some(loose) = read(&shared.join(reference), watched) {
        return Some(loose.trim().to_owned()).filter(|it| is_hash(it));
    }
    let list = read(&shared.join("packed-refs"), watched)?;
    let packed = list.lines().find_map(|it| it.strip_suffix(reference)?.strip_suffix(' ').map(str::to_owned));
    packed.filter(|it| is_hash(it))
}

/// The commit that a published package notes of itself.
fn packaged(root: &Path, watched: &mut Vec<PathBuf>) -> Option<String> {
    let note = read(&root.join(".cargo_vcs_info.json"), watched)?;
    let hash = note.split("\"sha1\":").nth(1)?.split('"').nth(1)?;
    is_hash(hash).then(|| hash.to_owned())
}

fn read(path: &Path, watched: &mut Vec<PathBuf>) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    watched.push(path.to_owned());
    Some(text)
}

fn is_hash(text: &str) -> bool {
    text.len() >= 40 && text.chars().all(|it| it.is_ascii_hexdigit())
}
