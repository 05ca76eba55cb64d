//! How much of the evidence was seen, and where it came from, on the wire.

use schemars::JsonSchema;
use serde::Serialize;

use super::V2SeenExtent;
use crate::findings::{EvidenceSeen, EvidenceSource};

/// How much of one piece of evidence was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2EvidenceSeen {
    /// Episode.
    pub episode: u32,
    /// Name of the evidence, or its place in the bundle.
    pub evidence: String,
    /// How much of it was seen.
    pub extent: V2SeenExtent,
    /// Why it was not, or not wholly, seen.
    pub gap: Option<String>,
    /// How many secrets were replaced by tokens in it.
    pub redacted: u64,
    /// Where it came from; absent if it was not seen.
    pub source: Option<V2Source>,
}

/// Where a piece of evidence came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Source {
    /// What was requested.
    pub asked: String,
    /// When the answer was received, if that is known.
    pub at: Option<String>,
    /// Size of the answer as received, in bytes.
    pub bytes: u64,
    /// SHA-256 of the answer as received, in lower-case hexadecimal; empty for synthetic evidence.
    pub sha256: String,
}

impl From<&EvidenceSeen> for V2EvidenceSeen {
    fn from(it: &EvidenceSeen) -> Self {
        Self {
            episode: it.episode,
            evidence: it.evidence.clone(),
            extent: it.extent.into(),
            gap: it.gap.clone(),
            redacted: it.redacted,
            source: it.source.as_ref().map(V2Source::from),
        }
    }
}

impl From<&EvidenceSource> for V2Source {
    fn from(it: &EvidenceSource) -> Self {
        Self { asked: it.asked.clone(), at: it.at.map(|it| it.to_string()), bytes: it.bytes, sha256: it.sha256.clone() }
    }
}
