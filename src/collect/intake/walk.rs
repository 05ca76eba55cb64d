//! Files on a disk: a folder of any shape, or one file.

#![expect(clippy::disallowed_methods, reason = "an edge: this is where saved answers are found")]

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::limits::{MAX_FOLDERS, MAX_NAMES};
use super::piece::{Kind, Piece, permitted};
use super::unpack::Finding;

/// Finds what is at a path; `name` stands before the paths of what is found, if it is not empty.
pub(super) fn walk(path: &Path, name: &str, finding: &mut Finding) -> io::Result<()> {
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
    let mut walk = Walk { root: real.clone(), own, name: name.to_owned(), seen: BTreeSet::from([real]) };
    walk.folder(Path::new(""), 0, finding);
    Ok(())
}

/// Opens what is at a path.
pub(super) fn open(path: &Path) -> io::Result<fs::File> {
    fs::File::open(path)
}

/// The name under which one of several paths appears.
pub(super) fn own_name(path: &Path, number: usize) -> String {
    let own = path.canonicalize().ok().and_then(|it| Some(it.file_name()?.to_string_lossy().into_owned()));
    own.unwrap_or_else(|| format!("{}", number + 1))
}

struct Walk {
    root: PathBuf,
    /// The name of the folder itself.
    own: String,
    name: String,
    /// Folders that were looked into: a link may lead back.
    seen: BTreeSet<PathBuf>,
}

impl Walk {
    fn folder(&mut self, below: &Path, depth: usize, finding: &mut Finding) {
        let shown = |below: &Path| {
            let below = below.to_string_lossy().replace('\\', "/");
            if self.name.is_empty() { below } else { format!("{}/{below}", self.name) }
        };
        let entries = match fs::read_dir(self.root.join(below)) {
            Ok(entries) => entries,
            Err(err) => {
                finding.refuse(shown(below), format!("the folder cannot be listed: {err}"));
                return;
            }
        };
        let mut names: Vec<String> = entries.filter_map(|it| it.ok()?.file_name().into_string().ok()).collect();
        names.sort_unstable();
        let mut folders = Vec::new();
        for name in names {
            let path = below.join(&name);
            if finding.is_full() {
                finding.refuse(shown(&path), format!("more than {MAX_NAMES} names were found before it"));
                return;
            }
            match permitted(&self.root, &path) {
                Err(reason) => finding.refuse(shown(&path), reason.to_string()),
                // What version control and editors keep is nobody's evidence.
                Ok(Kind::Folder) if name.starts_with('.') => {}
                Ok(Kind::Folder) if MAX_FOLDERS <= depth => {
                    finding.refuse(shown(&path), format!("it stands in more than {MAX_FOLDERS} folders"));
                }
                Ok(Kind::Folder) => folders.push(path),
                Ok(Kind::File) => {
                    let from = format!("{}/{}", self.own, path.to_string_lossy());
                    finding.take_file(Piece::of_file(shown(&path), from, &self.root, path));
                }
            }
        }
        for path in folders {
            let real = fs::canonicalize(self.root.join(&path)).unwrap_or_default();
            if self.seen.insert(real) {
                self.folder(&path, depth + 1, finding);
            }
        }
    }
}
