//! Edge: asks a deployment, and lets no secret in.
//!
//! Invariant: knows evidence and nothing of facts, rules or findings. What is asked is a [`Request`], which cannot change anything, and
//! every byte of an answer passes [`redact::redact`] before anything else sees it.

mod archive_check;
mod asked;
mod asking;
mod assembly;
pub mod git;
pub mod import;
pub mod lineage;
pub mod anchors;
mod definitions;
pub mod introduced;
pub(crate) mod named_files;
mod episodes;
mod pages;
mod pairing;
pub mod intake;
pub mod recording;
mod saved_logs;
pub mod redact;
pub(crate) mod split_keys;
pub mod store;
mod store_error;
mod whole_file;
pub(crate) mod weight;
mod json_place;
mod log_intake;
mod masked_log;
mod missing_resyncs;
mod namespace;
mod runs;
mod surroundings;
mod ours;
mod volume;
mod wanted;
mod names;
mod contents;
mod file_changes;
mod content_signs;
mod parted;
mod changed_files;
mod image_commit;
mod copies;
mod known_commits;
pub mod listed;
mod listings;
mod patches;
mod product;
mod probes;
mod source_archive;
mod source_match;
#[cfg(feature = "live")]
pub mod live;
#[cfg(feature = "live")]
pub(crate) mod plan;
#[cfg(feature = "live")]
pub(crate) mod by_hand;

pub use saved_logs::SavedLogFile;

use std::borrow::Cow;

use crate::evidence::{Files, Request, SharedText, Timestamp};

/// Somewhere to ask: a live deployment, or a folder of saved answers.
pub trait Access {
    /// Asks once. Never fails as a whole: what went wrong is part of the answer.
    fn ask(&self, request: &Request) -> Answer;

    /// What can be answered, as far as that is known without asking: all of a recording, nothing of a live deployment.
    fn held(&self) -> Vec<Request> {
        Vec::new()
    }

    /// Whether all names in an archive of the volume are known, so that another one does not exist.
    fn knows_all_of(&self, _archive: &str) -> bool {
        false
    }

    /// What became of the files that answers come from, if they come from files.
    fn account(&self) -> Option<Files> {
        None
    }

    /// Logs that were saved under names of their own.
    fn logs(&self) -> &[SavedLogFile] {
        &[]
    }

    /// Another saved answer to the same request. Sends nothing.
    fn other_answer(&self, _request: &Request) -> Answer {
        Answer::NotAsked
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The answer came with this body.
    Body(Body),
    /// No body, or one that must not be believed.
    Failed {
        /// What went wrong, fit to follow "because".
        reason: String,
    },
    /// The deployment says that there is no such thing.
    Absent {
        /// How it said so, fit to follow "because".
        reason: String,
    },
    /// Nobody asked the deployment: the answer is not among those saved.
    NotAsked,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// What was asked in the end, in the words of [`Request`].
    pub asked: String,
    /// The text, after redaction.
    pub text: SharedText,
    /// How many secrets were replaced by tokens in it.
    pub redacted: u64,
    /// Why it is not the whole answer, if it is not.
    pub partial: Option<String>,
    /// HTTP status, if there was one and it is known.
    pub status: Option<u16>,
    /// When it was received, if that is known.
    pub at: Option<Timestamp>,
    /// How long it took, in milliseconds, if that is known.
    pub took_ms: Option<u64>,
    /// Its size as received, in bytes.
    pub bytes: u64,
    /// SHA-256 of it as received, in lower-case hexadecimal.
    pub sha256: String,
}

impl Body {
    /// Takes a body in: the only way from bytes to a text. Bytes that are no UTF-8 are replaced, and the body then counts as partial.
    #[must_use]
    pub fn from_bytes(asked: String, bytes: &[u8]) -> Self {
        // Some programs mark UTF-8 at its beginning; that belongs to no document.
        let unmarked = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        // Nearly all is UTF-8, and to find that out is quicker than to look for what is not.
        let lossy = str::from_utf8(unmarked).map_or_else(|_| String::from_utf8_lossy(unmarked), Cow::Borrowed);
        let is_lossy = matches!(lossy, Cow::Owned(_));
        let redacted = redact::redact(&lossy);
        // The name of a file can hold a secret like any other text.
        let asked = redact::redact(&asked).text.into_owned();
        Self {
            asked,
            redacted: redacted.count,
            text: SharedText::from(redacted.text.as_ref()),
            partial: is_lossy.then(|| "bytes that are not UTF-8 were replaced by U+FFFD".to_owned()),
            status: None,
            at: None,
            took_ms: None,
            bytes: bytes.len() as u64,
            sha256: sha256(bytes),
        }
    }
}

/// SHA-256 in lower-case hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;

    hexadecimal(&sha2::Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod tests;
