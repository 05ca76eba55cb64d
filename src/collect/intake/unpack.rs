//! Archives, read in memory: what is in them is found as if they were folders.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use tar::{Archive, EntryType};

use super::piece::Piece;
use super::zip;
use crate::collect::names::check_names;
use crate::evidence::sources::echonet_source;
use crate::limits::{FILE_BYTES, NAMES, NESTED_ARCHIVES, PATH_BYTES, RATIO, RATIO_FROM, UNPACKED_BYTES};

/// The pieces that were found, and what was refused.
#[derive(Debug, Default)]
pub(in crate::collect) struct FoundPieces {
    /// In the order in which they were found.
    pub(in crate::collect) pieces: Vec<Piece>,
    /// What was refused, with why, by path.
    pub(in crate::collect) refused: BTreeMap<String, String>,
}

/// What was found by now, and how much may still be.
#[derive(Debug)]
pub(super) struct Unpacker {
    pub(super) found: FoundPieces,
    /// Each path that was come to, with the last number that was put behind it: an archive can hold a name twice, and names that are no UTF-8 can be shown alike.
    paths: BTreeMap<String, usize>,
    names: usize,
    left: u64,
}

impl Default for Unpacker {
    fn default() -> Self {
        Self { found: FoundPieces::default(), paths: BTreeMap::new(), names: 0, left: UNPACKED_BYTES }
    }
}

/// What bytes are a container of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ArchiveFormat {
    Gzip,
    Zstd,
    Zip,
    Tar,
    /// An archive format that whysync cannot unpack.
    Other(&'static str),
}

impl Unpacker {
    pub(super) fn is_full(&self) -> bool {
        NAMES <= self.names
    }

    pub(super) fn refuse(&mut self, path: String, reason: impl Into<String>) {
        let path = self.unlike_others(path);
        self.found.refused.insert(path, reason.into());
    }

    fn keep(&mut self, mut piece: Piece) {
        piece.path = self.unlike_others(piece.path);
        self.found.pieces.push(piece);
    }

    /// A path that no other piece has: a second one is numbered, as browsers number what is saved under one name.
    #[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
    fn unlike_others(&mut self, path: String) -> String {
        let mut number = self.paths.get(&path).copied().unwrap_or_default();
        loop {
            number += 1;
            let unlike = if number == 1 { path.clone() } else { numbered(&path, number) };
            if number == 1 || !self.paths.contains_key(&unlike) {
                self.paths.insert(unlike.clone(), 1);
                self.paths.insert(path, number);
                return unlike;
            }
        }
    }

    /// Takes in a file: if it is an archive, what is in it.
    pub(super) fn take_file(&mut self, piece: Piece) {
        self.names = self.names.saturating_add(1);
        // One that cannot be read is named as such when it is recognised.
        let start = piece.head().unwrap_or_default();
        if container(&piece.path, &start).is_none() {
            return self.keep(piece);
        }
        match piece.read() {
            Ok(bytes) => self.take(piece.path, bytes.into(), 0),
            Err(reason) => self.refuse(piece.path, reason.to_string()),
        }
    }

    /// Takes in bytes: if they are an archive, what is in it.
    pub(super) fn take(&mut self, path: String, bytes: Arc<[u8]>, depth: usize) {
        let Some(container) = container(&path, &bytes) else {
            return self.keep(Piece::of_bytes(path, bytes));
        };
        if NESTED_ARCHIVES < depth {
            return self.refuse(path, format!("it is nested in more than {NESTED_ARCHIVES} other archives"));
        }
        let before = self.found.pieces.len();
        let packed = bytes.len() as u64;
        let unpacked = match container {
            ArchiveFormat::Gzip => self.stream(&path, MultiGzDecoder::new(&*bytes), packed, depth),
            ArchiveFormat::Zstd => {
                zstd::Decoder::new(&*bytes).map_err(ArchiveObstacle::Damaged).and_then(|it| self.stream(&path, it, packed, depth))
            }
            ArchiveFormat::Tar => self.stream(&path, &*bytes, packed, depth),
            ArchiveFormat::Zip => self.zip(&path, &bytes, depth),
            ArchiveFormat::Other(name) => Err(ArchiveObstacle::Unknown(name)),
        };
        if let Err(obstacle) = unpacked {
            // Of an archive that is not what it should be, nothing is used.
            self.found.pieces.truncate(before);
            self.refuse(path, obstacle.to_string());
        }
    }

    /// What a stream holds: the files of a tarball, or one file.
    fn stream(&mut self, path: &str, reader: impl Read, packed: u64, depth: usize) -> Result<(), ArchiveObstacle> {
        const BLOCK: u64 = 512;
        let mut reader = Counted { reader, read: 0, most: self.left.min(most_of(packed)) };
        let mut head = Vec::new();
        reader.by_ref().take(BLOCK).read_to_end(&mut head).map_err(ArchiveObstacle::from_io_error)?;
        let all = head.as_slice().chain(reader);
        if is_tar(&head) {
            let mut archive = Archive::new(all);
            for entry in archive.entries().map_err(ArchiveObstacle::from_io_error)? {
                let mut entry = entry.map_err(ArchiveObstacle::from_io_error)?;
                let kind = entry.header().entry_type();
                if matches!(kind, EntryType::Directory | EntryType::XGlobalHeader) {
                    self.count()?;
                    continue;
                }
                let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                let plain = matches!(kind, EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse);
                let Some(inner) = self.permitted(path, &name, plain.then_some(entry.size()))? else { continue };
                let mut bytes = Vec::new();
                entry.by_ref().take(FILE_BYTES).read_to_end(&mut bytes).map_err(ArchiveObstacle::from_io_error)?;
                if (bytes.len() as u64) < entry.size() {
                    return Err(ArchiveObstacle::Damaged(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "a file in it is shorter than it says",
                    )));
                }
                self.left = self.left.saturating_sub(bytes.len() as u64);
                self.take(inner, bytes.into(), depth.saturating_add(1));
            }
            // To the end, where the checksum stands.
            io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(ArchiveObstacle::from_io_error)?;
            return Ok(());
        }
        let mut bytes = Vec::new();
        let mut all = all;
        all.read_to_end(&mut bytes).map_err(ArchiveObstacle::from_io_error)?;
        self.left = self.left.saturating_sub(bytes.len() as u64);
        let inner = [".gz", ".zst", ".zstd"].iter().find_map(|it| path.strip_suffix(it)).unwrap_or(path).to_owned();
        self.take(inner, bytes.into(), depth.saturating_add(1));
        Ok(())
    }

    fn zip(&mut self, path: &str, bytes: &[u8], depth: usize) -> Result<(), ArchiveObstacle> {
        for entry in zip::entries(bytes).map_err(|err| ArchiveObstacle::Damaged(io::Error::other(err)))? {
            let entry = entry.map_err(|err| ArchiveObstacle::Damaged(io::Error::other(err)))?;
            if entry.is_folder() {
                self.count()?;
                continue;
            }
            let size = entry.is_plain().then_some(entry.size);
            let Some(inner) = self.permitted(path, &entry.name.replace('\\', "/"), size)? else { continue };
            if self.left.min(most_of(bytes.len() as u64)) < entry.size {
                return Err(ArchiveObstacle::Bomb);
            }
            let unpacked = entry.read(bytes).map_err(|err| ArchiveObstacle::Damaged(io::Error::other(err)))?;
            self.left = self.left.saturating_sub(unpacked.len() as u64);
            self.take(inner, unpacked.into(), depth.saturating_add(1));
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), ArchiveObstacle> {
        self.names = self.names.saturating_add(1);
        if self.is_full() { Err(ArchiveObstacle::TooMany) } else { Ok(()) }
    }

    /// The path of a member, if it may be opened; decided by its name and kind alone. `size` is that of a plain file.
    fn permitted(&mut self, archive: &str, name: &str, size: Option<u64>) -> Result<Option<String>, ArchiveObstacle> {
        self.count()?;
        let name = name.trim_start_matches("./");
        let shown: String = name.chars().take(PATH_BYTES / 4).collect();
        let path = format!("{archive}/{shown}");
        let reason = match (check_names(name), size) {
            _ if PATH_BYTES < name.len() => "its name is too long".to_owned(),
            (Err(reason), _) => reason.to_owned(),
            (Ok(()), None) => "it is a link or a device, and no plain file".to_owned(),
            (Ok(()), Some(size)) if FILE_BYTES < size => {
                format!("it is larger than {} MiB, the most that is read from one file", FILE_BYTES / 1024 / 1024)
            }
            (Ok(()), Some(_)) => return Ok(Some(path)),
        };
        self.refuse(path, reason);
        Ok(None)
    }
}

/// Why an archive is not used.
#[derive(Debug, thiserror::Error)]
enum ArchiveObstacle {
    #[error("it is an archive that unpacks to more than {} MiB, or to more than {RATIO} times its size", UNPACKED_BYTES / 1024 / 1024)]
    Bomb,
    #[error("it is an archive, and with it there are more than {NAMES} names")]
    TooMany,
    #[error("it is an archive that is damaged or was cut off: {0}")]
    Damaged(io::Error),
    #[error("it is packed with {0}, which is not read here: pack it as .tar.gz, .zip or .zst")]
    Unknown(&'static str),
}

impl ArchiveObstacle {
    fn from_io_error(err: io::Error) -> Self {
        if err.get_ref().is_some_and(|it| it.is::<Beyond>()) { Self::Bomb } else { Self::Damaged(err) }
    }
}

/// The most that an archive of this size may unpack to.
fn most_of(packed: u64) -> u64 {
    RATIO_FROM.max(packed.saturating_mul(RATIO))
}

/// A reader that fails beyond a limit.
struct Counted<R> {
    reader: R,
    read: u64,
    most: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("more than its limit")]
struct Beyond;

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.read = self.read.saturating_add(count as u64);
        if self.most < self.read { Err(io::Error::other(Beyond)) } else { Ok(count) }
    }
}

/// A path with a number behind its name.
fn numbered(path: &str, number: usize) -> String {
    let name = path.rfind('/').map_or(0, |it| it.saturating_add(1));
    let end = path.get(name..).and_then(|it| it.find('.')).filter(|it| 0 < *it).map_or(path.len(), |it| name.saturating_add(it));
    let (before, ending) = path.split_at(end);
    format!("{before} ({number}){ending}")
}

fn container(path: &str, start: &[u8]) -> Option<ArchiveFormat> {
    let name = path.rsplit('/').next().unwrap_or(path);
    // The archive of Echonet's source is an answer as it is, and only hashed.
    if echonet_source::name(name).is_some() {
        return None;
    }
    let begins = |it: &[u8]| start.starts_with(it);
    match () {
        () if begins(&[0x1f, 0x8b]) => Some(ArchiveFormat::Gzip),
        () if begins(&[0x28, 0xb5, 0x2f, 0xfd]) => Some(ArchiveFormat::Zstd),
        () if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") => Some(ArchiveFormat::Zip),
        () if is_tar(start) => Some(ArchiveFormat::Tar),
        () if begins(b"\xfd7zXZ\0") => Some(ArchiveFormat::Other("xz")),
        () if begins(b"BZh") => Some(ArchiveFormat::Other("bzip2")),
        () if begins(b"7z\xbc\xaf") => Some(ArchiveFormat::Other("7-Zip")),
        () if begins(b"Rar!") => Some(ArchiveFormat::Other("RAR")),
        () => None,
    }
}

/// Whether a block is the header of a tarball: its checksum is right.
fn is_tar(start: &[u8]) -> bool {
    const HEADER: usize = 512;
    let Some(header) = start.get(..HEADER) else { return false };
    let Some(stated) = header.get(148..156) else { return false };
    let digits: String = stated.iter().map(|it| char::from(*it)).filter(char::is_ascii_digit).collect();
    let Ok(stated) = u32::from_str_radix(&digits, 8) else { return false };
    let sum = header.iter().enumerate().map(|(at, it)| if (148..156).contains(&at) { 32 } else { u32::from(*it) }).sum::<u32>();
    header.first() != Some(&0) && sum == stated
}
