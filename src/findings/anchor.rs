//! Places in the code, and where they are in the deployed version.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place in the code, as a rule states it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeAnchor {
    /// Path in the repository.
    pub path: String,
    /// Name of the item in that file: `name`, or `Outer::name` (`Outer.name` in Python) for what stands in a type, class or module.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub symbol: String,
}

impl CodeAnchor {
    /// The place in words: `Outer::name in path`, or the path alone.
    #[must_use]
    pub fn name(&self) -> String {
        if self.symbol.is_empty() { self.path.clone() } else { format!("{} in {}", self.symbol, self.path) }
    }
}

/// A place in the code, and where it is in what is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchorStatus {
    /// The place, as the rule states it.
    pub anchor: CodeAnchor,
    /// Where it is: one answer for each image, those that agree at one commit together; or one without a place if nothing could be
    /// looked at. Never empty. Unknown never reads as stale.
    pub deployed: Vec<Located>,
}

/// Where an anchor is in one deployed code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Image reference; empty if nothing could be looked at.
    pub place: String,
    /// The commit, SHA in full; empty if it is not known.
    pub commit: String,
    /// Where the anchor is in that code.
    pub whereabouts: Whereabouts,
    /// What tells several definitions of the name apart, in the order of their lines; empty if nothing does.
    pub differences: Vec<String>,
}

/// Where an anchor is in deployed code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whereabouts {
    /// In its file, in these lines: more than one if several definitions bear the name, none if the anchor is the file itself.
    Here(Vec<u32>),
    /// Stale: it is not in its file but here, nearest first. Never empty.
    Moved(Vec<CodePlace>),
    /// Stale: it is nowhere, with the reason.
    Gone(String),
    /// Not stale: it is not there because a fix that is not seen to be deployed brings it; what people call the fix.
    AddedByFix(String),
    /// It cannot be told, with the reason.
    Unknown(String),
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodePlace {
    /// Path in the repository.
    pub path: String,
    /// Line, from 1; none for the file itself.
    pub line: Option<u32>,
}
