//! Edge: asks a clone through the git program. Nothing here can change a clone, and nothing that a clone configures runs.
//!
//! A `GitQuestion` is a closed list of plumbing commands. Each runs with an empty environment, without the configuration of system and user,
//! without hooks, file monitors, pagers, replacements, grafts, drivers for differences and transports; so neither a command that the clone's
//! own configuration names nor a fetch of missing objects is ever started.
//!
//! The git program was chosen over a library: it is wherever a clone is, and one walk of it answers for all images. Its questions are
//! no variants of `Request`, because a clone is no deployment.

#![expect(clippy::disallowed_methods, reason = "an edge: this is the file that starts git, and ends it in time")]

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::evidence::source::SOURCE_FOLDER;
use crate::limits::{GIT_ANSWER_BYTES, GIT_MILLIS};

/// A clone, open for questions.
#[derive(Debug)]
pub struct Repo {
    git_dir: PathBuf,
    path: String,
    /// How long all answers together may take.
    time_limit: Duration,
    /// When the first question was asked.
    began: OnceLock<Instant>,
    is_ended: AtomicBool,
}

/// What may be asked of a clone. What is named goes in through standard input, never through an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GitQuestion {
    /// Whether history was left out when it was cloned.
    Depth,
    /// The objects whose SHA begins with these digits, one prefix at a time.
    Disambiguate,
    /// Kind and SHA of each name.
    Kinds,
    /// Kind, size and content of each name.
    Contents,
    /// All files of one commit, with object and size.
    Tree,
    /// The paths of all files of one commit: sizes take most of the time.
    Paths,
    /// These commits and all that they contain, with headers and messages.
    Walk,
    /// These commits alone, as in a walk.
    Headers,
    /// Which files these commits change: for each its SHA, then a record and a path for each file, all ended by zero bytes. A file that
    /// was renamed is two.
    Changes,
    /// Which files these commits change, as [`Self::Changes`], but a file that was renamed is one, with both paths.
    Renames,
    /// The changes of these commits as patches.
    Patches,
    /// The patch ids of patches.
    PatchIds,
    /// All commits of all branches and tags that change Echonet's folder, descendants before ancestors and else by date.
    SourceCommits,
    /// Those of them that `main`, a release branch or a named commit can reach.
    OfficialSourceCommits,
    /// All commits of all branches and tags with their parents, in the same order.
    AllCommits,
}

/// A question that got no answer.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum GitError {
    /// The folder is no clone.
    #[error("{} is not a git repository", path.display())]
    #[diagnostic(
        code(whysync::git::not_a_clone),
        help("name the top folder of a clone of the deployed program's repository, or a bare clone")
    )]
    NotAClone {
        /// Folder of the clone, as the user named it.
        path: PathBuf,
    },
    /// What git would read there for ever, or wait for.
    #[error("{} is no file", path.display())]
    #[diagnostic(code(whysync::git::no_file), help("whoever made the clone put it there, and git does not: clone it anew"))]
    NoFile {
        /// What has the name of a file of git.
        path: PathBuf,
    },
    /// Git could not be run.
    #[error("git cannot be run")]
    #[diagnostic(code(whysync::git::not_run), help("install git and make sure that it is on the PATH"))]
    NotRun {
        /// The operating system's error.
        source: io::Error,
    },
    /// Git did not answer in time, or the collection was stopped.
    #[error("git did not answer in time about {clone}")]
    #[diagnostic(
        code(whysync::git::out_of_time),
        help("check that the disk responds, and that the clone has only ordinary files and folders under the names that git uses")
    )]
    OutOfTime {
        /// Folder of the clone.
        clone: String,
    },
    /// Git was started and reported an error.
    #[error("git could not read {clone}: {said}")]
    #[diagnostic(code(whysync::git::refused), help("check the clone, for example with `git fsck`"))]
    Refused {
        /// Folder of the clone.
        clone: String,
        /// Git's error message.
        said: String,
    },
}

impl Repo {
    /// Opens a clone by its top folder, or a bare clone.
    ///
    /// # Errors
    /// When the folder is no clone, or has something else where git looks for a file.
    pub fn open(path: &Path) -> Result<Self, GitError> {
        let not_a_clone = || GitError::NotAClone { path: path.to_owned() };
        let top = std::fs::canonicalize(path).map_err(|_| not_a_clone())?;
        let inner = top.join(".git");
        let git_dir = if inner.exists() { inner } else { top };
        if git_dir.is_dir() && !(git_dir.join("HEAD").exists() && git_dir.join("objects").exists()) {
            return Err(not_a_clone());
        }
        let odd = READ_FIRST.iter().map(|it| git_dir.join(it)).find(|it| std::fs::metadata(it).is_ok_and(|it| !it.is_file()));
        if let Some(path) = odd {
            return Err(GitError::NoFile { path });
        }
        let (time_limit, began, is_ended) = (Duration::from_millis(GIT_MILLIS), OnceLock::new(), AtomicBool::new(false));
        Ok(Self { git_dir, path: path.display().to_string(), time_limit, began, is_ended })
    }

    /// Ends every git that runs, and asks nothing any more.
    pub fn end(&self) {
        self.is_ended.store(true, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.is_ended.load(Ordering::Relaxed) || self.began.get().is_some_and(|it| self.time_limit <= it.elapsed())
    }

    /// Asks; `input` is what the question is about.
    pub(super) fn ask(&self, question: GitQuestion, input: &[u8]) -> Result<Vec<u8>, GitError> {
        match question {
            GitQuestion::Disambiguate => {
                let mut all = Vec::new();
                // The subject is an argument, as in [`Self::tree`]: its digits are checked.
                for prefix in
                    input.split(|it| *it == b'\n').filter(|it| (4..=64).contains(&it.len()) && it.iter().all(u8::is_ascii_hexdigit))
                {
                    let prefix = String::from_utf8_lossy(prefix);
                    all.extend(self.run(&["rev-parse", &format!("--disambiguate={prefix}")], b"")?);
                }
                Ok(all)
            }
            other => self.run(other.arguments(), input),
        }
    }

    /// All files of a commit, which is named by its whole SHA. Its digits are checked, for it is an argument.
    pub(super) fn tree(&self, commit: &str) -> Result<Vec<u8>, GitError> {
        self.of_commit(GitQuestion::Tree, commit)
    }

    /// The paths of all files of a commit, which is named as for [`Self::tree`].
    pub(super) fn paths(&self, commit: &str) -> Result<Vec<u8>, GitError> {
        self.of_commit(GitQuestion::Paths, commit)
    }

    fn of_commit(&self, question: GitQuestion, commit: &str) -> Result<Vec<u8>, GitError> {
        if !(40..=64).contains(&commit.len()) || !commit.bytes().all(|it| it.is_ascii_hexdigit()) {
            return Err(self.refused("no full SHA was named"));
        }
        self.run(&[question.arguments(), &[commit]].concat(), b"")
    }

    /// The error of a clone that cannot answer.
    pub(super) fn refused(&self, said: &str) -> GitError {
        GitError::Refused { clone: self.path.clone(), said: said.to_owned() }
    }

    /// The patch ids of commits: lines of patch id and SHA. Patches flow from one process into the other.
    pub(super) fn patch_ids(&self, commits: &[u8]) -> Result<Vec<u8>, GitError> {
        let patches = self.spawn(GitQuestion::Patches.arguments(), Stdio::piped())?;
        let input = patches.process().stdin.take();
        let output = patches.process().stdout.take();
        let output = output.map_or_else(Stdio::null, Stdio::from);
        let ids = self.spawn(GitQuestion::PatchIds.arguments(), output)?;
        std::thread::scope(|scope| {
            scope.spawn(move || input.map(|mut it| it.write_all(commits)));
            let answer = self.finish(&ids);
            let patched = self.finish(&patches);
            answer.and_then(|answer| patched.map(|_| answer))
        })
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, GitError> {
        let child = self.spawn(arguments, Stdio::piped())?;
        let stdin = child.process().stdin.take();
        std::thread::scope(|scope| {
            // A git that refuses early closes the pipe: what it said is what counts.
            scope.spawn(move || stdin.map(|mut it| it.write_all(input)));
            self.finish(&child)
        })
    }

    /// Takes in what a git says, and ends it when it takes too long: whatever lies in a clone, git may wait for it.
    fn finish(&self, git: &RunningGit) -> Result<Vec<u8>, GitError> {
        /// How often is looked whether it is time.
        const LOOK: Duration = Duration::from_millis(20);
        let not_run = |source| GitError::NotRun { source };
        let refused = |said: &[u8]| GitError::Refused {
            clone: self.path.clone(),
            said: String::from_utf8_lossy(said).trim().chars().take(400).collect::<String>(),
        };
        let (mut answer, mut said) = (Vec::new(), Vec::new());
        let stderr = git.process().stderr.take();
        let stdout = git.process().stdout.take();
        let (done, is_done) = mpsc::channel::<()>();
        let (read, status) = std::thread::scope(|scope| {
            let said = &mut said;
            scope.spawn(move || stderr.map(|it| it.take(100_000).read_to_end(said)));
            scope.spawn(|| {
                let is_done = is_done;
                while is_done.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                    if self.is_over() {
                        // It may be gone already.
                        let _ = git.process().kill();
                        return;
                    }
                }
            });
            let read = stdout.map(|it| it.take(GIT_ANSWER_BYTES + 1).read_to_end(&mut answer)).transpose();
            if read.is_err() || answer.len() as u64 > GIT_ANSWER_BYTES {
                let _ = git.process().kill();
            }
            // Not for long, or until it is ended.
            let status = loop {
                match git.process().try_wait() {
                    Ok(None) => {}
                    Ok(Some(status)) => break Ok(status),
                    Err(err) => break Err(err),
                }
                std::thread::sleep(Duration::from_millis(1));
            };
            drop(done);
            (read, status)
        });
        let status = status.map_err(not_run)?;
        match () {
            () if self.is_over() => Err(GitError::OutOfTime { clone: self.path.clone() }),
            () if read.is_err() || answer.len() as u64 > GIT_ANSWER_BYTES => Err(refused(b"its output is too long or was cut off")),
            () if status.success() => Ok(answer),
            () => Err(refused(&said)),
        }
    }

    fn spawn(&self, arguments: &[&str], input: Stdio) -> Result<RunningGit, GitError> {
        self.began.get_or_init(Instant::now);
        if self.is_over() {
            return Err(GitError::OutOfTime { clone: self.path.clone() });
        }
        let mut command = Command::new("git");
        command.env_clear().envs(ENVIRONMENT).env("PATH", SEARCH_PATH);
        command.arg("--no-replace-objects").arg("--no-pager").arg("--literal-pathspecs");
        for setting in SETTINGS {
            command.arg("-c").arg(setting);
        }
        let mut safe = std::ffi::OsString::from("safe.directory=");
        safe.push(self.git_dir.parent().filter(|_| self.git_dir.ends_with(".git")).unwrap_or(&self.git_dir));
        command.arg("-c").arg(safe);
        let mut folder = std::ffi::OsString::from("--git-dir=");
        folder.push(&self.git_dir);
        command.arg(folder).args(arguments);
        // Outside of any working tree: attributes of one are not read.
        command.current_dir("/");
        command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
        RunningGit::new(&mut command).map_err(|source| GitError::NotRun { source })
    }
}

/// Ends every git that runs: for a process that ends at once, by a signal or a fault, and would leave them behind.
pub(crate) fn abandon() {
    for git in running().iter() {
        // It may be gone already.
        let _ = git.lock().unwrap_or_else(PoisonError::into_inner).kill();
    }
}

/// A git that was started; whoever drops it has waited for it, or does not want to.
struct RunningGit {
    process: Arc<Mutex<Child>>,
}

/// Those that were started and not waited for.
static RUNNING: Mutex<Vec<Arc<Mutex<Child>>>> = Mutex::new(Vec::new());

fn running() -> MutexGuard<'static, Vec<Arc<Mutex<Child>>>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RunningGit {
    fn new(command: &mut Command) -> io::Result<Self> {
        // Whoever abandons all knows of it as soon as it runs.
        let mut running = running();
        let process = Arc::new(Mutex::new(command.spawn()?));
        running.push(Arc::clone(&process));
        Ok(Self { process })
    }

    fn process(&self) -> MutexGuard<'_, Child> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RunningGit {
    fn drop(&mut self) {
        running().retain(|it| !Arc::ptr_eq(it, &self.process));
    }
}

impl GitQuestion {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Depth => &["rev-parse", "--is-shallow-repository"],
            Self::Disambiguate => &["rev-parse"],
            Self::Kinds => &["cat-file", "--batch-check"],
            Self::Contents => &["cat-file", "--batch"],
            Self::Tree => &["ls-tree", "-r", "-l", "-z", "--full-tree"],
            Self::Paths => &["ls-tree", "-r", "-z", "--full-tree", "--name-only"],
            Self::Walk => &["rev-list", "--header", "--date-order", "--missing=allow-any", "--stdin"],
            Self::Headers => &["rev-list", "--header", "--no-walk=unsorted", "--stdin"],
            // Without paths: git holds each name against each of them, which takes far longer than to list all.
            Self::Changes => &["diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--root"],
            Self::Renames => &["diff-tree", "--stdin", "-r", "-z", "--raw", "-M", "--no-abbrev", "--root"],
            Self::Patches => &[
                "diff-tree",
                "--stdin",
                "-r",
                "-p",
                "-M",
                "--root",
                "--no-ext-diff",
                "--no-textconv",
                "--no-color",
                "--diff-algorithm=default",
                "--src-prefix=a/",
                "--dst-prefix=b/",
                "-U3",
            ],
            Self::PatchIds => &["patch-id", "--stable"],
            Self::AllCommits => &["rev-list", "--all", "--parents", "--date-order", "--missing=allow-any"],
            // Not those that end alike: `spr/main/...` is somebody's. A branch of a remote is asked for under the usual names of remotes.
            Self::OfficialSourceCommits => &[
                "rev-list",
                "--branches=main*",
                "--branches=release*",
                "--remotes=origin/main*",
                "--remotes=origin/release*",
                "--remotes=upstream/main*",
                "--remotes=upstream/release*",
                "--full-history",
                "--stdin",
                "--",
                SOURCE_FOLDER,
            ],
            Self::SourceCommits => &["rev-list", "--all", "--full-history", "--date-order", "--", SOURCE_FOLDER],
        }
    }
}

/// Names as a question takes them in: one on each line.
pub(super) fn lines<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    all.into_iter().flat_map(|it| [it, "\n"]).collect()
}

/// A SHA as it is shown.
pub(super) fn short(sha: &str) -> &str {
    sha.get(..10).unwrap_or(sha)
}

/// Everything that git sees of the environment, beside the path to its own programs.
const ENVIRONMENT: [(&str, &str); 13] = [
    ("GIT_ALLOW_PROTOCOL", ""),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_GRAFT_FILE", "/dev/null"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_PAGER", "cat"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("HOME", "/nonexistent"),
    ("LC_ALL", "C"),
    ("XDG_CONFIG_HOME", "/nonexistent"),
];

/// Settings that win over those of the clone.
const SETTINGS: [&str; 12] = [
    "advice.graftFileDeprecated=false",
    "core.attributesFile=/dev/null",
    "core.bare=true",
    "core.commitGraph=false",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.quotePath=true",
    "credential.helper=",
    "diff.external=",
    "i18n.logOutputEncoding=UTF-8",
    "protocol.allow=never",
];

/// What git reads before it answers anything. What else has the place of a file, deeper in the clone, is waited for until time is over.
const READ_FIRST: [&str; 9] =
    ["HEAD", "config", "config.worktree", "commondir", "packed-refs", "shallow", "index", "objects/info/alternates", "info/attributes"];

/// Where git and its own programs are found: never in a folder that the caller's environment names.
const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin";

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// A clone with a pipe in the place of a file.
    fn with_pipe(folder: &Path, name: &str) {
        for below in [".git/objects/info", ".git/objects/pack", ".git/refs/heads", ".git/info"] {
            std::fs::create_dir_all(folder.join(below)).expect("a folder");
        }
        std::fs::write(folder.join(".git/HEAD"), "ref: refs/heads/main\n").expect("a file");
        let pipe = folder.join(".git").join(name);
        let _ = std::fs::remove_file(&pipe);
        assert!(Command::new("mkfifo").arg(pipe).status().expect("mkfifo runs").success());
    }

    /// A clone in which git waits for a file for ever.
    fn waiting(folder: &Path) -> Repo {
        with_pipe(folder, "refs/heads/main");
        let pack = format!("objects/pack/pack-{}", "0".repeat(40));
        with_pipe(folder, &format!("{pack}.idx"));
        std::fs::write(folder.join(format!(".git/{pack}.pack")), "").expect("a file");
        Repo::open(folder).expect("it looks like one")
    }

    #[test]
    fn a_pipe_where_git_reads_first_is_refused_before_git_waits_for_it() {
        for name in READ_FIRST {
            let folder = tempfile::tempdir().expect("a folder");
            with_pipe(folder.path(), name);
            let opened = Repo::open(folder.path());
            assert!(matches!(&opened, Err(GitError::NoFile { path }) if path.ends_with(name)), "{name}: {opened:?}");
        }
    }

    #[test]
    fn a_git_that_waits_for_ever_is_ended_in_time_and_nothing_more_is_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        let clone = Repo { time_limit: Duration::from_millis(300), ..waiting(folder.path()) };
        let began = Instant::now();
        for question in [GitQuestion::AllCommits, GitQuestion::Walk] {
            let answer = clone.ask(question, b"");
            assert!(matches!(answer, Err(GitError::OutOfTime { .. })), "{answer:?}");
        }
        let took = began.elapsed();
        assert!(Duration::from_millis(300) <= took && took < Duration::from_secs(5), "{took:?}");
    }

    #[test]
    fn whoever_waits_no_longer_ends_every_git() {
        let folder = tempfile::tempdir().expect("a folder");
        let clone = waiting(folder.path());
        let began = Instant::now();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(200));
                clone.end();
            });
            let answer = clone.patch_ids(format!("{}\n", "1".repeat(40)).as_bytes());
            assert!(matches!(answer, Err(GitError::OutOfTime { .. })), "{answer:?}");
        });
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}
