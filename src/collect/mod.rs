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
    pub fn from_bytes<'b>(asked: String, bytes: impl Into<Cow<'b, [u8]>>) -> Self {
        let received = bytes.into();
        let (size, sum) = (received.len() as u64, sha256(&received));
        let (text, partial) = decoded(received);
        let redact::Redacted { text: masked, count } = redact::redact(&text);
        let text = match masked {
            Cow::Owned(masked) => {
                // A long text is not in memory three times.
                drop(text);
                SharedText::from(masked)
            }
            Cow::Borrowed(text) => SharedText::from(text),
        };
        // The name of a file can hold a secret like any other text.
        let asked = redact::redact(&asked).text.into_owned();
        Self { asked, redacted: count, text, partial, status: None, at: None, took_ms: None, bytes: size, sha256: sum }
    }
}

/// What bytes say, and why that is not all, if bytes had to be replaced.
fn decoded(bytes: Cow<'_, [u8]>) -> (Cow<'_, str>, Option<String>) {
    // Some programs mark UTF-8 at its beginning; that belongs to no document.
    const MARK: &[u8] = b"\xef\xbb\xbf";
    // Nearly all is UTF-8, and to find that out is quicker than to look for what is not.
    let text = match bytes {
        Cow::Borrowed(bytes) => {
            let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
            str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| String::from_utf8_lossy(bytes).into_owned())
        }
        Cow::Owned(mut bytes) => {
            if bytes.starts_with(MARK) {
                bytes.drain(..MARK.len());
            }
            String::from_utf8(bytes).map(Cow::Owned).map_err(|err| String::from_utf8_lossy(err.as_bytes()).into_owned())
        }
    };
    match text {
        Ok(text) => (text, None),
        Err(lossy) => (Cow::Owned(lossy), Some("bytes that are not UTF-8 were replaced by U+FFFD".to_owned())),
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
