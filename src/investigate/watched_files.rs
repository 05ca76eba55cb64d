//! Watches files for changes while somebody edits them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// What is seen of each file: size, and when it was written.
type Seen = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// Folders whose files somebody is working on.
#[derive(Debug, Clone)]
pub struct WatchedFolders {
    folders: Vec<PathBuf>,
    seen: Seen,
}

impl WatchedFolders {
    /// Folders as they are now.
    #[must_use]
    pub fn new(folders: &[PathBuf]) -> Self {
        Self { folders: folders.to_vec(), seen: seen(folders) }
    }

    /// Waits until a file appears, changes or goes, if none has since it was last looked. What is written in one go is one change.
    pub fn wait(&mut self) {
        /// Pause between two looks at the files.
        const PAUSE: Duration = Duration::from_millis(200);
        let before = self.seen.clone();
        loop {
            std::thread::sleep(PAUSE);
            let now = seen(&self.folders);
            // An editor writes a file in several steps: the last look shows the same.
            let is_settled = std::mem::replace(&mut self.seen, now) == self.seen;
            if is_settled && self.seen != before {
                return;
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the file that looks whether files changed")]
fn seen(folders: &[PathBuf]) -> Seen {
    let mut open: Vec<PathBuf> = folders.to_vec();
    let mut seen = Seen::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(about) = entry.metadata() else { continue };
            if about.is_dir() {
                open.push(entry.path());
            } else {
                seen.insert(entry.path(), (about.len(), about.modified().ok()));
            }
        }
    }
    seen
}
