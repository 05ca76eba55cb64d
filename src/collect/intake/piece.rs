//! A file wherever it is: on a disk, or in an archive that was unpacked in memory.

#![expect(clippy::disallowed_methods, reason = "an edge: this is where saved answers are read")]

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::unread::UnreadPiece;
use crate::collect::names::check_names;
use crate::collect::sha256;
use crate::collect::weight::Weighed;
use crate::evidence::sources::is_utf16;
use crate::limits::{BEGINNING, FILE_BYTES};

/// Named bytes.
#[derive(Debug, Clone)]
pub(in crate::collect) struct Piece {
    /// Its path, with `/` between names, and archives as folders.
    pub(in crate::collect) path: String,
    /// The same path below the name of what was given, which can tell something too.
    pub(super) from: String,
    content: ContentSource,
    /// Of its content, once it was asked for.
    sha256: Arc<OnceLock<String>>,
}

/// How much of a piece some bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadExtent {
    /// All of it.
    Whole,
    /// Only the beginning was read.
    Beginning,
}

#[derive(Debug, Clone)]
enum ContentSource {
    /// A file below a folder.
    File { root: PathBuf, below: PathBuf },
    /// Bytes in memory.
    Bytes(Arc<[u8]>),
}

impl Piece {
    pub(super) fn of_bytes(path: String, bytes: Arc<[u8]>) -> Self {
        Self { from: path.clone(), path, content: ContentSource::Bytes(bytes), sha256: Arc::default() }
    }

    pub(super) fn of_file(path: String, from: String, root: &Path, below: PathBuf) -> Self {
        Self { path, from, content: ContentSource::File { root: root.to_owned(), below }, sha256: Arc::default() }
    }

    /// All of its bytes.
    pub(in crate::collect) fn read(&self) -> Result<Vec<u8>, UnreadPiece> {
        let (bytes, extent) = self.up_to(FILE_BYTES)?;
        match extent {
            ReadExtent::Whole if is_utf16(&bytes) => Err(UnreadPiece::Utf16 { path: self.path.clone() }),
            ReadExtent::Whole => Ok(bytes),
            ReadExtent::Beginning => Err(UnreadPiece::TooLarge { path: self.path.clone() }),
        }
    }

    /// All of its bytes, if what they hold is not too much together with what was weighed before.
    pub(in crate::collect) fn read_within(&self, weighed: &Weighed) -> Result<Vec<u8>, UnreadPiece> {
        let bytes = self.read()?;
        weighed.take(&bytes).map_err(|source| UnreadPiece::TooHeavy { path: self.path.clone(), source })?;
        Ok(bytes)
    }

    /// What tells its content from others; empty if it cannot be read.
    pub(super) fn sha256(&self) -> &str {
        self.sha256.get_or_init(|| self.read().map(|it| sha256(&it)).unwrap_or_default())
    }

    /// Its first bytes: enough to tell an archive.
    pub(super) fn head(&self) -> Result<Vec<u8>, UnreadPiece> {
        const HEAD: u64 = 512;
        Ok(self.up_to(HEAD)?.0)
    }

    /// How it begins: enough to tell most documents.
    pub(super) fn beginning(&self) -> Result<(Vec<u8>, ReadExtent), UnreadPiece> {
        self.up_to(BEGINNING as u64)
    }

    fn up_to(&self, most: u64) -> Result<(Vec<u8>, ReadExtent), UnreadPiece> {
        match &self.content {
            ContentSource::Bytes(bytes) => {
                let end = usize::try_from(most).unwrap_or(usize::MAX).min(bytes.len());
                let extent = if end < bytes.len() { ReadExtent::Beginning } else { ReadExtent::Whole };
                Ok((bytes.get(..end).unwrap_or_default().to_vec(), extent))
            }
            ContentSource::File { root, below } => {
                // Once more: the folder may have changed since it was listed.
                permitted(root, below)?;
                let file = File::open(root.join(below)).map_err(|source| UnreadPiece::Unopened { path: self.path.clone(), source })?;
                let mut bytes = Vec::new();
                file.take(most.saturating_add(1))
                    .read_to_end(&mut bytes)
                    .map_err(|source| UnreadPiece::BrokenOff { path: self.path.clone(), source })?;
                let whole = usize::try_from(most).unwrap_or(usize::MAX);
                let extent = if whole < bytes.len() { ReadExtent::Beginning } else { ReadExtent::Whole };
                bytes.truncate(whole);
                Ok((bytes, extent))
            }
        }
    }
}

/// The type of the entry at a path.
pub(super) enum PathKind {
    File,
    Folder,
}

/// Whether what is at `below` the folder `root` may be opened; decided from names and metadata alone.
pub(super) fn permitted(root: &Path, below: &Path) -> Result<PathKind, UnreadPiece> {
    check_names(&below.to_string_lossy()).map_err(UnreadPiece::Name)?;
    let real = fs::canonicalize(root.join(below)).map_err(UnreadPiece::Unreachable)?;
    let inside = real.strip_prefix(root).map_err(|_| UnreadPiece::LeadsOut)?;
    if !inside.as_os_str().is_empty() {
        check_names(&inside.to_string_lossy()).map_err(UnreadPiece::Name)?;
    }
    let metadata = fs::metadata(&real).map_err(UnreadPiece::Unreachable)?;
    if metadata.is_dir() {
        Ok(PathKind::Folder)
    } else if metadata.is_file() {
        Ok(PathKind::File)
    } else {
        Err(UnreadPiece::NoFile)
    }
}
