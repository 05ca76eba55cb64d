//! The bytes of an answer as they come in, and how many of them are taken.

use std::sync::atomic::{AtomicU64, Ordering};

/// A limit that an answer would break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum TooLarge {
    /// That of one answer, in bytes.
    #[error("the answer is larger than {0} bytes, the most that is taken in")]
    OfOne(u64),
    /// That of all answers together.
    #[error("all answers together are larger than {0} bytes, the most that is taken in")]
    Together(u64),
}

/// The bytes of an answer as they come in, counted with all others that are kept.
pub(super) struct Taken<'s> {
    pub(super) bytes: Vec<u8>,
    /// How many they are; of a recorded answer, only this is known.
    pub(super) count: u64,
    kept: &'s AtomicU64,
}

impl<'s> Taken<'s> {
    pub(super) const fn new(kept: &'s AtomicU64) -> Self {
        Self { bytes: Vec::new(), count: 0, kept }
    }

    /// Takes a part in, or says which limit it would break.
    pub(super) fn add(&mut self, part: &[u8], of_one: u64, together: u64) -> Result<(), TooLarge> {
        if of_one < (self.bytes.len() + part.len()) as u64 {
            return Err(TooLarge::OfOne(of_one));
        }
        if together < self.kept.fetch_add(part.len() as u64, Ordering::Relaxed) {
            self.kept.fetch_sub(part.len() as u64, Ordering::Relaxed);
            return Err(TooLarge::Together(together));
        }
        self.bytes.extend_from_slice(part);
        self.count += part.len() as u64;
        Ok(())
    }

    /// Forgets what came so far.
    pub(super) fn clear(&mut self) {
        self.kept.fetch_sub(self.bytes.len() as u64, Ordering::Relaxed);
        self.bytes.clear();
        self.count = 0;
    }

    /// Counts what came for as long as the collection lasts.
    pub(super) fn keep(&mut self) {
        self.bytes = Vec::new();
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}
