//! The result of requesting one piece of evidence.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Timestamp;

/// One piece of evidence, or the reason why there is none. Missing evidence is never "no".
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "Gathered_{T}")]
pub enum Gathered<T> {
    /// It was asked for and answered.
    Observed(Observed<T>),
    /// It was asked for and could not be read: transport, status or format.
    Failed(Missing),
    /// It was asked for, and the deployment said that it does not exist.
    Absent(Missing),
    /// Nobody asked for the evidence.
    #[default]
    NotAsked,
}

/// Evidence that was received, with where it came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Observed_{T}")]
pub struct Observed<T> {
    /// The observed value.
    pub value: T,
    /// How much of it was seen.
    pub coverage: Coverage,
    /// Source of the value.
    pub source: Provenance,
}

/// Why a piece of evidence is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// What was asked, in the words of [`super::Request`].
    pub asked: String,
    /// What went wrong, fit to follow "because".
    pub reason: String,
    /// What it means that there is none; says nothing where it could not be read.
    #[serde(default, skip_serializing_if = "Absence::is_gone")]
    pub absence: Absence,
}

/// What it means that something does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// It does not exist now, and may have existed before.
    #[default]
    Gone,
    /// It was never stored, as a whole listing of where it would be shows, or as the one who would have it says: there is nothing to miss.
    NeverStored,
}

impl Absence {
    fn is_gone(&self) -> bool {
        *self == Self::Gone
    }
}

impl Missing {
    /// Creates the reason for evidence that is missing now.
    pub fn new(asked: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { asked: asked.into(), reason: reason.into(), absence: Absence::Gone }
    }

    /// Creates the reason for evidence that was never stored.
    pub(crate) fn never_stored(asked: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { asked: asked.into(), reason: reason.into(), absence: Absence::NeverStored }
    }
}

/// How much of a piece of evidence was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Whether all of it was seen.
    pub extent: Extent,
    /// How many secrets were replaced by tokens on the way in.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub redacted: u64,
}

/// Whether all of a piece of evidence was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Extent {
    /// All of it: what is not there did not happen.
    Complete,
    /// A window or a capped part, with the reason: what is not there may have happened.
    Partial(String),
}

/// Source of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// What was asked, in the words of [`super::Request`].
    pub asked: String,
    /// When the answer was received; absent where the one who saved it did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// How long the answer took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
    /// Size of the answer as received, in bytes.
    pub bytes: u64,
    /// SHA-256 of the answer as received, before redaction, in lower-case hexadecimal. Empty for synthetic evidence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sha256: String,
}

impl<T> Gathered<T> {
    /// The same of something else: of a part of it, or of what follows from it.
    #[must_use]
    pub(crate) fn map<U>(self, of: impl FnOnce(T) -> U) -> Gathered<U> {
        match self {
            Self::Observed(Observed { value, coverage, source }) => Gathered::Observed(Observed { value: of(value), coverage, source }),
            Self::Failed(missing) => Gathered::Failed(missing),
            Self::Absent(missing) => Gathered::Absent(missing),
            Self::NotAsked => Gathered::NotAsked,
        }
    }

    /// A complete answer without secrets.
    pub fn observed(value: T, source: Provenance) -> Self {
        Self::Observed(Observed { value, coverage: Coverage { extent: Extent::Complete, redacted: 0 }, source })
    }

    /// What was seen, if anything was.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Observed(observed) => Some(&observed.value),
            Self::Failed(_) | Self::Absent(_) | Self::NotAsked => None,
        }
    }

    /// The answer with its coverage and provenance, if there is one.
    pub fn as_observed(&self) -> Option<&Observed<T>> {
        match self {
            Self::Observed(observed) => Some(observed),
            Self::Failed(_) | Self::Absent(_) | Self::NotAsked => None,
        }
    }

    /// Why nothing, or not everything, was seen; `None` for complete evidence.
    pub fn gap(&self) -> Option<String> {
        match self {
            Self::Observed(observed) => match &observed.coverage.extent {
                Extent::Complete => None,
                Extent::Partial(reason) => Some(format!("seen in part only: {reason}")),
            },
            Self::Failed(missing) => Some(format!("could not be read: {}", missing.reason)),
            Self::Absent(missing) => Some(format!("does not exist: {}", missing.reason)),
            Self::NotAsked => Some("was not collected".to_owned()),
        }
    }

    /// Whether the evidence was not requested.
    pub fn is_not_asked(&self) -> bool {
        matches!(self, Self::NotAsked)
    }

    /// Whether it is known that there never was such a thing, so that nothing was missed.
    pub(crate) fn was_never_stored(&self) -> bool {
        matches!(self, Self::Absent(missing) if missing.absence == Absence::NeverStored)
    }

    /// Whether the deployment was asked and said that there is no such thing.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent(_))
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
