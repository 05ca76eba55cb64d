//! The wire form of what "no divergence" rests on, and of what was left out.

use schemars::JsonSchema;
use serde::Serialize;

use super::{V2Beginning, all};
use crate::findings::{Compared, ForeignEvidence, Grounds, LogSpan, ReplayProgress};

/// What was compared and seen where nothing was seen to differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Grounds {
    /// Heights that were compared on both sides, by what compared them.
    pub compared: Vec<V2Compared>,
    /// What Echonet's log covers; null if there is none.
    pub log: Option<V2LogSpan>,
    /// How far the replay came; null if nothing tells.
    pub progress: Option<V2Progress>,
    /// What Echonet's report said, in one sentence.
    pub report: Option<String>,
}

/// Heights that were compared on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Compared {
    /// What compared them, such as `the block hashes in the payloads`.
    pub source: String,
    /// Lowest height.
    pub first: u64,
    /// Highest height.
    pub last: u64,
    /// How many heights in that range were compared.
    pub count: u64,
}

/// The time span that a log covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2LogSpan {
    /// Its first moment, RFC 3339 in UTC.
    #[schemars(extend("format" = "date-time"))]
    pub from: Option<String>,
    /// Its last moment, RFC 3339 in UTC.
    #[schemars(extend("format" = "date-time"))]
    pub until: Option<String>,
    /// Whether it has the beginning of the epoch.
    pub begins_with_epoch: V2Beginning,
}

/// How far the replay got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Progress {
    /// The newest height that was replayed.
    pub block: u64,
    /// Time of the block, RFC 3339 in UTC.
    #[schemars(extend("format" = "date-time"))]
    pub at: Option<String>,
}

/// Evidence of another deployment, which was left out of the diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2SetAside {
    /// The evidence that was left out.
    pub what: String,
    /// The deployment that it belongs to.
    pub whose: String,
    /// How that is known.
    pub why: String,
}

impl From<&Grounds> for V2Grounds {
    fn from(it: &Grounds) -> Self {
        Self {
            compared: all(&it.compared),
            log: it.log.as_ref().map(V2LogSpan::from),
            progress: it.progress.as_ref().map(V2Progress::from),
            report: it.report.clone(),
        }
    }
}

impl From<&Compared> for V2Compared {
    fn from(it: &Compared) -> Self {
        Self { source: it.source.clone(), first: it.first, last: it.last, count: it.count }
    }
}

impl From<&LogSpan> for V2LogSpan {
    fn from(it: &LogSpan) -> Self {
        let [from, until] = [it.from, it.until].map(|it| it.map(|it| it.to_string()));
        Self { from, until, begins_with_epoch: it.begins_with_epoch.into() }
    }
}

impl From<&ReplayProgress> for V2Progress {
    fn from(it: &ReplayProgress) -> Self {
        Self { block: it.block, at: it.at.map(|it| it.to_string()) }
    }
}

impl From<&ForeignEvidence> for V2SetAside {
    fn from(it: &ForeignEvidence) -> Self {
        Self { what: it.what.clone(), whose: it.whose.clone(), why: it.why.clone() }
    }
}
