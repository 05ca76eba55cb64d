//! How a bundle was collected from a live deployment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Timestamp;

/// What only a live collection knows. Bundles that were imported or simulated have none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Collection {
    /// Kubernetes context that was asked; empty if none was.
    pub context: String,
    /// Whether it ran to its end.
    pub end: CollectionEnd,
    /// What was asked of the logs.
    pub log_queries: Vec<LogQuery>,
    /// Every request that was made, in the order in which they ended.
    pub requests: Vec<AuditRow>,
    /// The rounds after the first, each prompted by earlier answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<FurtherRound>,
}

/// A further round of a collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FurtherRound {
    /// Why another round was needed.
    pub reason: String,
    /// Requests that were sent.
    pub asked: Vec<String>,
    /// How many rows of `requests` are those of earlier rounds.
    pub after: usize,
}

/// Whether a collection ran to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CollectionEnd {
    /// Everything that could be asked was asked.
    Finished,
    /// The user stopped it: what was not answered by then is missing.
    Interrupted,
    /// Its time was over: what was not answered by then is missing.
    OutOfTime,
}

/// A query to Cloud Logging.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogQuery {
    /// The program whose lines were queried: `echonet` or `sequencer`.
    pub program: String,
    /// The filter in Cloud Logging's language.
    pub filter: String,
    /// Where a browser shows the same entries.
    pub link: String,
    /// Entries that were read.
    pub entries: u64,
    /// Why the containers' own output was read instead, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
}

/// A request that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditRow {
    /// The request, in words.
    pub asked: String,
    /// When the request was sent.
    pub at: Timestamp,
    /// Time until its end, in milliseconds.
    pub took_ms: u64,
    /// HTTP status, or the exit code of a command; absent if there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Bytes that were received.
    pub bytes: u64,
    /// What went wrong, if something did, after redaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}
