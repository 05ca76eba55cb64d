//! From whatever somebody has to saved answers.
//!
//! ```text
//! paths, archives, standard input --containers--> pieces --recognition--> answers --arrangement--> canonical names --> Recording
//! ```
//!
//! 1. `walk`, `unpack` and `zip` find the *pieces*: named bytes, in folders of any depth and in archives in archives. Archives are read
//!    in memory and within [`limits`](crate::limits); a name that can hold keys is refused before a byte behind it is read.
//! 2. `recognise` says what a piece is, by its content ([`Glimpse`](crate::evidence::sources::Glimpse)) and then by what its name and
//!    its folders add (`hints`). Content wins over names; where they disagree, that is said. What cannot be told is asked for, not guessed.
//! 3. `arrange` gives each piece the name under which whysync itself would have saved that answer, and `slots` decides between several. From there on a well-formed folder and
//!    a handful of files under other people's names are the same.
//!
//! What became of each file is in [`Files`](crate::evidence::Files): `account` has every piece from the start, so that none is forgotten. Where the pieces are of several incidents, `several` lists them.

mod account;
mod arrange;
mod derive;
mod hints;
mod kept;
mod piece;
mod recognise;
mod sides;
mod several;
mod slots;
mod unpack;
mod unread;
mod walk;
mod zip;

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::limits::FILE_BYTES;

pub(super) use account::IntakeAccount;
pub(super) use arrange::{Arranged, BESIDE_FILES, arrange, canonical};
pub(super) use hints::LISTING;
pub(super) use kept::Kept;
pub(super) use piece::Piece;
pub(super) use recognise::{Recognised, SeenPiece, recognise};
pub(super) use several::{IncidentChoice, choose};
pub(super) use unpack::FoundPieces;
pub(super) use unread::UnreadPiece;

/// Input as the caller gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// Files and folders.
    Paths(Vec<PathBuf>),
    /// Bytes under a name, such as what came on standard input.
    Bytes {
        /// The name.
        name: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
}

/// Finds all pieces. Of several paths, each is a folder under its own name, and under as many of those before it as tell it from the others.
///
/// # Errors
/// When one of the paths cannot be read at all.
pub(super) fn find(given: &Given) -> Result<FoundPieces, (PathBuf, std::io::Error)> {
    let mut finding = unpack::Unpacker::default();
    match given {
        Given::Bytes { name, bytes } => finding.take(name.clone(), bytes.clone().into(), 0),
        Given::Paths(paths) => {
            for (path, name) in walk::named(paths) {
                if is_pipe(path) {
                    let bytes = read_pipe(path).map_err(|err| (path.to_owned(), err))?;
                    finding.take(name_of_pipe(path), bytes.into(), 0);
                    continue;
                }
                walk::walk(path, &name, &mut finding).map_err(|err| (path.to_owned(), err))?;
            }
        }
    }
    Ok(finding.found)
}

/// Whether what is at a path can be read once only: a pipe, as a shell makes one of another command.
#[must_use]
pub fn is_pipe(path: &Path) -> bool {
    path.exists() && !path.is_dir() && !path.is_file()
}

/// What a pipe is called: its own name, unless that is the number which a shell gave it. A number in a name can stand for a block.
fn name_of_pipe(path: &Path) -> String {
    let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    if name.bytes().all(|it| it.is_ascii_digit()) { "pipe".to_owned() } else { name }
}

/// Reads a pipe whole.
///
/// # Errors
/// When it cannot be read.
pub fn read_pipe(path: &Path) -> std::io::Result<Vec<u8>> {
    read_whole(walk::open(path)?)
}

/// Reads standard input whole, within the limit of a file.
///
/// # Errors
/// When it cannot be read.
pub fn read_whole(reader: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
