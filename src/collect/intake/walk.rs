//! Files on a disk: a folder of any shape, or one file.

#![expect(clippy::disallowed_methods, reason = "an edge: this is where saved answers are found")]

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::piece::{PathKind, Piece, permitted};
use super::unpack::Unpacker;
use crate::limits::{FOLDERS, NAMES};

/// Finds the files at a path; a `name` that is not empty is put before their paths.
pub(super) fn walk(path: &Path, name: &str, finding: &mut Unpacker) -> io::Result<()> {
    let real = fs::canonicalize(path)?;
    let own = real.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    if !real.is_dir() {
        let folder = real.parent().unwrap_or(Path::new("/")).to_owned();
        let shown = if name.is_empty() { own.clone() } else { name.to_owned() };
        let below = PathBuf::from(&own);
        match permitted(&folder, &below) {
            Ok(_) => finding.take_file(Piece::of_file(shown, own, &folder, below)),
            Err(reason) => finding.refuse(shown, reason.to_string()),
        }
        return Ok(());
    }
    fs::read_dir(&real)?;
    let mut walk = FolderWalk { root: real.clone(), own, name: name.to_owned(), seen: BTreeSet::from([real]) };
    walk.folder(Path::new(""), 0, finding);
    Ok(())
}

/// Opens what is at a path.
pub(super) fn open(path: &Path) -> io::Result<fs::File> {
    fs::File::open(path)
}

/// Paths with the names under which they appear: none if it is the only one. What is given twice is there once.
pub(super) fn named(paths: &[PathBuf]) -> Vec<(&Path, String)> {
    let mut known = BTreeSet::new();
    let real = |it: &PathBuf| fs::canonicalize(it).unwrap_or_else(|_| it.clone());
    let given: Vec<(&Path, PathBuf)> =
        paths.iter().map(|it| (it.as_path(), real(it))).filter(|(_, real)| known.insert(real.clone())).collect();
    if given.len() < 2 {
        return given.into_iter().map(|(path, _)| (path, String::new())).collect();
    }
    let deepest = given.iter().map(|(_, real)| real.components().count()).max().unwrap_or(1);
    let names_of = |depth: usize| given.iter().map(|(_, real)| last_names(real, depth)).collect::<Vec<String>>();
    let is_unlike = |names: &Vec<String>| names.iter().collect::<BTreeSet<_>>().len() == names.len();
    let names = (1..=deepest).map(names_of).find(is_unlike).unwrap_or_else(|| {
        // Names that are no UTF-8 can be shown alike.
        (1..).zip(names_of(deepest)).map(|(number, it)| format!("{number}/{it}")).collect()
    });
    given.iter().map(|(path, _)| *path).zip(names).collect()
}

/// The last names of a path.
fn last_names(path: &Path, count: usize) -> String {
    let names: Vec<String> = path
        .components()
        .filter_map(|it| match it {
            Component::Normal(name) => Some(name.to_string_lossy().replace('\\', "/")),
            _ => None,
        })
        .collect();
    names.iter().skip(names.len().saturating_sub(count)).map(String::as_str).collect::<Vec<_>>().join("/")
}

struct FolderWalk {
    root: PathBuf,
    /// The name of the folder itself.
    own: String,
    name: String,
    /// Folders that were looked into: a link may lead back.
    seen: BTreeSet<PathBuf>,
}

impl FolderWalk {
    /// How a path below the folder appears.
    fn shown(&self, below: &Path) -> String {
        let below = below.to_string_lossy().replace('\\', "/");
        if self.name.is_empty() { below } else { format!("{}/{below}", self.name) }
    }

    fn folder(&mut self, below: &Path, depth: usize, finding: &mut Unpacker) {
        let entries = match fs::read_dir(self.root.join(below)) {
            Ok(entries) => entries,
            Err(err) => {
                finding.refuse(self.shown(below), format!("the folder cannot be listed: {err}"));
                return;
            }
        };
        let mut names = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => names.push(entry.file_name()),
                Err(err) => finding.refuse(self.shown(below), format!("the folder cannot be listed to its end: {err}")),
            }
        }
        // What is called as a file is, was meant to be one.
        if names.is_empty() && below.extension().is_some() {
            finding.refuse(self.shown(below), "it is a folder, and nothing is in it");
        }
        names.sort_unstable();
        let mut folders = Vec::new();
        for name in names {
            let path = below.join(&name);
            if finding.is_full() {
                finding.refuse(self.shown(&path), format!("more than {NAMES} names were found before it"));
                return;
            }
            match permitted(&self.root, &path) {
                Err(reason) => finding.refuse(self.shown(&path), reason.to_string()),
                Ok(PathKind::Folder) if name.to_string_lossy().starts_with('.') => {
                    finding.refuse(
                        self.shown(&path),
                        "folders of version control and editors are skipped: name the folder itself to include it",
                    );
                }
                Ok(PathKind::Folder) if FOLDERS <= depth => {
                    finding.refuse(self.shown(&path), format!("it is nested in more than {FOLDERS} folders"));
                }
                Ok(PathKind::Folder) => folders.push(path),
                Ok(PathKind::File) => {
                    let from = format!("{}/{}", self.own, path.to_string_lossy());
                    finding.take_file(Piece::of_file(self.shown(&path), from, &self.root, path));
                }
            }
        }
        for path in folders {
            let real = fs::canonicalize(self.root.join(&path)).unwrap_or_default();
            match self.seen.insert(real) {
                true => self.folder(&path, depth.saturating_add(1), finding),
                false => finding.refuse(self.shown(&path), "it is another name of a folder that is read already"),
            }
        }
    }
}
