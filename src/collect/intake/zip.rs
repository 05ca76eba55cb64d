//! The little of the ZIP format that is needed to read an archive in memory: the directory at its end, and members that are stored or
//! deflated. Nothing is believed of a member but what the directory says, and its checksum.

use std::io::Read;

use flate2::Crc;
use flate2::read::DeflateDecoder;

/// What is wrong with an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ZipError {
    #[error("it has no directory at its end")]
    NoDirectory,
    #[error("it is larger than 4 GiB, holds more than 65534 files, or is in several parts")]
    Zip64,
    #[error("an entry of its directory is damaged")]
    Entry,
    #[error("a file in it is encrypted")]
    Encrypted,
    #[error("a file in it is packed in a way that is not read here")]
    Method,
    #[error("a file in it is not what the directory says")]
    Content,
}

/// A member, as the directory states it.
#[derive(Debug)]
pub(super) struct ZipEntry {
    pub(super) name: String,
    /// Its size unpacked, in bytes.
    pub(super) size: u64,
    packed: u64,
    method: u16,
    flags: u16,
    crc: u32,
    offset: u64,
    /// The mode that Unix gave it; 0 if none did.
    mode: u32,
}

const END: &[u8] = b"PK\x05\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";

/// The members in the order of the directory, each as it is come to.
pub(super) fn entries(bytes: &[u8]) -> Result<impl Iterator<Item = Result<ZipEntry, ZipError>> + '_, ZipError> {
    const END_SIZE: usize = 22;
    let last = bytes.len().checked_sub(END_SIZE).ok_or(ZipError::NoDirectory)?;
    // A comment may follow, of at most 64 KiB.
    let first = last.saturating_sub(usize::from(u16::MAX));
    let at = (first..=last).rev().find(|at| bytes.get(*at..).is_some_and(|it| it.starts_with(END))).ok_or(ZipError::NoDirectory)?;
    let end = bytes.get(at..).unwrap_or_default();
    let count = number(end, 10, 2).ok_or(ZipError::NoDirectory)?;
    let start = number(end, 16, 4).ok_or(ZipError::NoDirectory)?;
    if start == u64::from(u32::MAX) || count == u64::from(u16::MAX) {
        return Err(ZipError::Zip64);
    }
    let mut rest = bytes.get(usize::try_from(start).unwrap_or(usize::MAX)..at).ok_or(ZipError::NoDirectory)?;
    let mut left = count;
    Ok(std::iter::from_fn(move || {
        left = left.checked_sub(1)?;
        let read = entry(rest);
        match read {
            Some((entry, after)) => {
                rest = after;
                Some(Ok(entry))
            }
            None => {
                left = 0;
                Some(Err(ZipError::Entry))
            }
        }
    }))
}

fn entry(bytes: &[u8]) -> Option<(ZipEntry, &[u8])> {
    const FIXED: usize = 46;
    if !bytes.starts_with(ENTRY) {
        return None;
    }
    let length = |at| usize::try_from(number(bytes, at, 2)?).ok();
    let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
    let (text, rest) = bytes.get(FIXED..)?.split_at_checked(name)?;
    let entry = ZipEntry {
        name: String::from_utf8_lossy(text).into_owned(),
        size: number(bytes, 24, 4)?,
        packed: number(bytes, 20, 4)?,
        method: u16::try_from(number(bytes, 10, 2)?).ok()?,
        flags: u16::try_from(number(bytes, 8, 2)?).ok()?,
        crc: u32::try_from(number(bytes, 16, 4)?).ok()?,
        offset: number(bytes, 42, 4)?,
        mode: u32::try_from(number(bytes, 38, 4)?).ok()? >> 16,
    };
    Some((entry, rest.get(extra..)?.get(comment..)?))
}

impl ZipEntry {
    pub(super) fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }

    /// Whether it is a file, and no link or device.
    pub(super) fn is_plain(&self) -> bool {
        const KIND: u32 = 0o170_000;
        const FILE: u32 = 0o100_000;
        matches!(self.mode & KIND, 0 | FILE)
    }

    /// Reads and unpacks the member.
    pub(super) fn read(&self, archive: &[u8]) -> Result<Vec<u8>, ZipError> {
        const FIXED: usize = 30;
        if self.flags & 1 != 0 {
            return Err(ZipError::Encrypted);
        }
        let at = usize::try_from(self.offset).map_err(|_| ZipError::Content)?;
        let local = archive.get(at..).filter(|it| it.starts_with(LOCAL)).ok_or(ZipError::Content)?;
        let length = |at| number(local, at, 2).and_then(|it| usize::try_from(it).ok()).ok_or(ZipError::Content);
        let start = length(26)?.saturating_add(length(28)?).saturating_add(FIXED);
        let end = start.checked_add(usize::try_from(self.packed).map_err(|_| ZipError::Content)?).ok_or(ZipError::Content)?;
        let packed = local.get(start..end).ok_or(ZipError::Content)?;
        let mut bytes = Vec::new();
        match self.method {
            0 => bytes.extend(packed),
            8 => {
                DeflateDecoder::new(packed).take(self.size.saturating_add(1)).read_to_end(&mut bytes).map_err(|_| ZipError::Content)?;
            }
            _ => return Err(ZipError::Method),
        }
        let mut crc = Crc::new();
        crc.update(&bytes);
        if bytes.len() as u64 == self.size && crc.sum() == self.crc { Ok(bytes) } else { Err(ZipError::Content) }
    }
}

/// A little-endian number.
fn number(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    let digits = bytes.get(at..)?.get(..size)?;
    Some(digits.iter().rev().fold(0, |number, it| number << 8 | u64::from(*it)))
}
