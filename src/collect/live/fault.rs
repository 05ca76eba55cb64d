//! Why a question has no answer.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::collect::redact::redact;

/// Why a question has no answer. Its text is redacted when it is made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct AskFault {
    /// What kind of failure it is.
    pub kind: FaultKind,
    /// HTTP status, if there was one.
    pub status: Option<u16>,
    /// How long the one who was asked wants to be left alone.
    pub retry_after: Option<Duration>,
    /// What went wrong, fit to follow "because", after redaction.
    pub reason: String,
}

/// The kind of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The requested object does not exist.
    Absent,
    /// The pod that was asked is no longer there; another may have taken its place.
    Gone,
    /// The way to the one who is asked is closed: nothing else that would go this way arrives there either.
    Shut,
    /// Asking again would not help.
    #[serde(rename = "lasting")]
    Permanent,
    /// Asking again may help.
    #[serde(rename = "passing")]
    Transient,
    /// The collection ended before there was an answer.
    Interrupted,
}

impl AskFault {
    /// A fault without an HTTP status.
    #[must_use]
    pub(crate) fn new(kind: FaultKind, reason: &str) -> Self {
        Self { kind, status: None, retry_after: None, reason: redact(reason).text.into_owned() }
    }

    /// What an HTTP status other than success means. `body` is what came with it.
    #[must_use]
    pub(crate) fn of_status(status: u16, body: &str, retry_after: Option<Duration>) -> Self {
        /// The most that is repeated of an error page, in characters.
        const SHOWN: usize = 200;
        let kind = match status {
            404 | 410 => FaultKind::Absent,
            // The feeder gateway's way to say that there is no such block.
            400 if body.contains("BLOCK_NOT_FOUND") => FaultKind::Absent,
            408 | 429 | 500..=599 => FaultKind::Transient,
            _ => FaultKind::Permanent,
        };
        // Before it is cut: a secret that is cut is no longer recognised.
        let said: String = redact(body.trim()).text.chars().take(SHOWN).collect();
        let said = if said.is_empty() || said.starts_with('<') { String::new() } else { format!(": {said}") };
        Self { status: Some(status), retry_after, ..Self::new(kind, &format!("HTTP {status}{said}")) }
    }

    /// An error with everything that caused it.
    #[must_use]
    pub(crate) fn of_error(kind: FaultKind, err: &(dyn std::error::Error + 'static)) -> Self {
        let mut text = err.to_string();
        let mut cause = err.source();
        while let Some(err) = cause {
            let said = err.to_string();
            if !text.contains(&said) {
                text = format!("{text}: {said}");
            }
            cause = err.source();
        }
        Self::new(kind, &text)
    }
}

/// Why an answer that was compressed cannot be read. Nobody asked for that, and what it unpacks to has no bound.
pub(super) fn compressed(headers: &http::HeaderMap) -> Option<AskFault> {
    let named = headers.get(http::header::CONTENT_ENCODING)?.to_str().unwrap_or("in a way that has no name").trim();
    let reason = format!("the answer is compressed ({named}), which was not asked for");
    (!named.eq_ignore_ascii_case("identity") && !named.is_empty()).then(|| AskFault::new(FaultKind::Permanent, &reason))
}

/// How long the one who answered wants to be left alone. Only the form in seconds is read.
pub(super) fn retry_after(headers: &http::HeaderMap) -> Option<Duration> {
    headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
