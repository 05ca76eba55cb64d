//! How much is read of what comes from elsewhere.

/// Size above which a file is not read, in bytes: well above a full page of log entries or the largest blob.
pub const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;
/// Most bytes of everything that archives unpack to, together.
pub(super) const MAX_UNPACKED: u64 = 1024 * 1024 * 1024;
/// Most names, in folders and archives together.
pub(super) const MAX_NAMES: usize = 100_000;
/// How deep archives may stand in archives.
pub(super) const MAX_NESTED: usize = 4;
/// How deep folders may stand in folders.
pub(super) const MAX_FOLDERS: usize = 32;
/// Most bytes of a path in an archive.
pub(super) const MAX_PATH: usize = 1024;
/// From so many bytes on, an archive may not unpack to more than [`MAX_RATIO`] times its size.
pub(super) const RATIO_FROM: u64 = 64 * 1024 * 1024;
/// Logs pack a hundred times smaller, zeros a thousand times and more.
pub(super) const MAX_RATIO: u64 = 500;
