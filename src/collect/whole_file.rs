//! Files that are written whole or not at all, however the process ends.

#![expect(clippy::disallowed_methods, reason = "an edge: this is where outputs are written and what is left of them is found")]

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::{NamedTempFile, PersistError};

use super::store_error::SaveError;

/// Writes a file in the place of one that may be there. Until all is written, that one is untouched.
pub(super) fn replace(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), SaveError> {
    let failed = |source| SaveError::Unwritable { path: path.to_owned(), source };
    match target(path) {
        OutputTarget::Device(target) => {
            let mut out = BufWriter::new(File::options().write(true).open(&target).map_err(failed)?);
            fill(&mut out).and_then(|()| out.flush()).map_err(failed)
        }
        OutputTarget::File(target) => filled(&target, fill).map_err(failed)?.persist(&target).map_err(failed),
    }
}

/// Finds out whether a file can be written, and writes nothing: before work of which the file is to hold the result.
///
/// # Errors
/// When it cannot.
pub fn check_writable(path: &Path) -> Result<(), SaveError> {
    let failed = |source| SaveError::Unwritable { path: path.to_owned(), source };
    match target(path) {
        OutputTarget::Device(target) => File::options().write(true).open(&target).map(|_| ()).map_err(failed),
        OutputTarget::File(target) => filled(&target, |_| Ok(())).map(|_| ()).map_err(failed),
    }
}

/// Removes what this process has begun to write and not finished, and says which files it has written: for a process that ends at once.
pub fn abandon() -> Vec<PathBuf> {
    let mut files = files();
    for path in std::mem::take(&mut files.unfinished) {
        // Nobody is left who could do more about it.
        let _ = fs::remove_file(path);
    }
    files.written.clone()
}

/// A file beside its target that is not whole yet. It never stays: who drops it removes it, [`abandon`] does where the process ends at once,
/// and where it was killed, the next one that writes to the folder does.
pub(super) struct Unfinished {
    file: NamedTempFile,
    noted: UnfinishedNote,
}

impl Unfinished {
    /// Moves the file to `target` and replaces whatever is there.
    pub(super) fn persist(self, target: &Path) -> io::Result<()> {
        self.end(target, |file| file.persist(target))
    }

    /// Gives it the name, unless a file has that.
    pub(super) fn persist_new(self, target: &Path) -> io::Result<()> {
        self.end(target, |file| file.persist_noclobber(target))
    }

    fn end(self, target: &Path, end: impl FnOnce(NamedTempFile) -> Result<File, PersistError>) -> io::Result<()> {
        let Self { file, noted } = self;
        end(file)?;
        drop(noted);
        files().written.push(target.to_owned());
        Ok(())
    }
}

/// A file beside the target that holds all that it is to hold.
pub(super) fn filled(target: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Unfinished> {
    let folder = target.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    remove_stale(folder);
    let mut begun = begin(folder)?;
    let mut out = BufWriter::new(begun.file.as_file_mut());
    fill(&mut out).and_then(|()| out.flush())?;
    drop(out);
    begun.file.as_file().sync_all()?;
    Ok(begun)
}

/// The destination of an output.
enum OutputTarget {
    /// A device or a pipe takes bytes; replacing it would break it for everybody.
    Device(PathBuf),
    /// A regular file, which may exist already.
    File(PathBuf),
}

fn target(path: &Path) -> OutputTarget {
    // A link stays a link: what it leads to is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if target.exists() && !target.is_file() { OutputTarget::Device(target) } else { OutputTarget::File(target) }
}

/// How the name of an unfinished file begins and ends; between them stand [`RANDOM`] letters and digits.
const BEGINNING: &str = ".whysync-";
const ENDING: &str = ".partial";
const RANDOM: usize = 12;

/// An empty file that is locked as long as it is unfinished, so that nobody takes it for one that was left behind.
fn begin(folder: &Path) -> io::Result<Unfinished> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(BEGINNING).suffix(ENDING).rand_bytes(RANDOM);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: the user's mask decides.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    loop {
        let file = builder.tempfile_in(folder)?;
        let noted = UnfinishedNote::new(file.path());
        // Not every file system has locks; without them nobody removes anything.
        let is_taken = file.as_file().try_lock().is_err_and(|it| matches!(it, fs::TryLockError::WouldBlock));
        if !is_taken && file.path().exists() {
            return Ok(Unfinished { file, noted });
        }
    }
}

/// Removes what processes that were killed left in a folder, once for each folder.
fn remove_stale(folder: &Path) {
    if !files().looked_at.insert(folder.to_owned()) {
        return;
    }
    // A folder that cannot be listed may be written to all the same.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_ours(&entry.file_name())
            && entry.file_type().is_ok_and(|it| it.is_file())
            && File::open(entry.path()).is_ok_and(|it| it.try_lock().is_ok())
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_ours(name: &OsStr) -> bool {
    let random = name.to_str().and_then(|it| it.strip_prefix(BEGINNING)?.strip_suffix(ENDING));
    random.is_some_and(|it| it.len() == RANDOM && it.bytes().all(|it| it.is_ascii_alphanumeric()))
}

/// The files of this process.
#[derive(Default)]
struct ProcessFiles {
    unfinished: BTreeSet<PathBuf>,
    written: Vec<PathBuf>,
    /// Folders that were looked at for what others left.
    looked_at: BTreeSet<PathBuf>,
}

static FILES: Mutex<ProcessFiles> =
    Mutex::new(ProcessFiles { unfinished: BTreeSet::new(), written: Vec::new(), looked_at: BTreeSet::new() });

fn files() -> MutexGuard<'static, ProcessFiles> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// That a file is unfinished, as long as this is there.
struct UnfinishedNote(PathBuf);

impl UnfinishedNote {
    fn new(path: &Path) -> Self {
        // Another folder may be the working one by then.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        files().unfinished.insert(path.clone());
        Self(path)
    }
}

impl Drop for UnfinishedNote {
    fn drop(&mut self) {
        files().unfinished.remove(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).expect("a folder").flatten().map(|it| it.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn only_what_a_killed_process_left_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let in_folder = |name: &str| folder.path().join(name);
        let others =
            [".whysync-report", ".whysync-0123456789ab", ".whysync-0123456789a.partial", ".whysync-0123-56789ab.partial", "x.partial"];
        for name in others {
            fs::write(in_folder(name), "mine").expect("a file");
        }
        fs::write(in_folder(".whysync-0123456789ab.partial"), "half").expect("a file");
        fs::create_dir(in_folder(".whysync-aaaaaaaaaaaa.partial")).expect("a folder");
        let running = File::create(in_folder(".whysync-bbbbbbbbbbbb.partial")).expect("a file");
        running.try_lock().expect("a lock");
        replace(&in_folder("out"), |out| out.write_all(b"whole")).expect("written");
        let mut expected: Vec<&str> =
            others.into_iter().chain([".whysync-aaaaaaaaaaaa.partial", ".whysync-bbbbbbbbbbbb.partial", "out"]).collect();
        expected.sort_unstable();
        assert_eq!(names(folder.path()), expected);
    }

    /// Names the folder that a process writes to that ends at once.
    const FOLDER: &str = "WHYSYNC_TEST_FOLDER";

    #[test]
    fn who_ends_at_once_leaves_nothing_that_is_not_whole_and_knows_what_is() {
        if let Some(folder) = std::env::var_os(FOLDER) {
            return ending(Path::new(&folder));
        }
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = std::process::Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "collect::whole_file::tests::who_ends_at_once_leaves_nothing_that_is_not_whole_and_knows_what_is"]);
        let output = command.env(FOLDER, folder.path()).output().expect("it runs");
        assert_eq!(output.status.code(), Some(7), "{}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(names(folder.path()), ["whole"]);
    }

    /// Ends in the midst of writing a second file.
    fn ending(folder: &Path) {
        replace(&folder.join("whole"), |out| out.write_all(b"whole")).expect("written");
        let _ = replace(&folder.join("half"), |out| {
            out.write_all(b"half")?;
            assert_eq!(names(folder).len(), 2, "it is begun");
            assert_eq!(abandon(), [folder.join("whole")]);
            std::process::exit(7)
        });
    }

    #[test]
    fn what_can_be_written_is_found_out_without_writing() {
        let folder = tempfile::tempdir().expect("a folder");
        let there = folder.path().join("there");
        fs::write(&there, "old").expect("a file");
        for path in [&there, &folder.path().join("new"), Path::new("/dev/null")] {
            check_writable(path).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
        }
        assert_eq!((names(folder.path()), fs::read(&there).expect("bytes")), (vec!["there".to_owned()], b"old".to_vec()));
        for path in [folder.path(), &folder.path().join("missing/out"), &there.join("below a file")] {
            let err = check_writable(path).expect_err("no file can be there");
            assert!(err.to_string().contains(&path.display().to_string()), "{err}");
        }
    }
}
