//! Where the places that rules name are in the deployed code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place in the code by its names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// Path in the repository.
    pub path: String,
    /// Name of the definition; empty for the file itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub symbol: String,
}

/// Where an anchor is in the deployed commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnchorAnswer {
    /// The anchor that was looked for.
    pub anchor: Anchor,
    /// Where it is: one answer for each distinct outcome, with the deployed codes that share it.
    pub found: Vec<AnchorSighting>,
    /// Commits of its rule's fixes that bring it, full SHA; looked for where a deployed code lacks it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub introduced_by: Vec<String>,
}

/// Where an anchor is in some of the deployed commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnchorSighting {
    /// Places of these deployed codes in [`super::Lineage::deployed`].
    pub deployed: Vec<usize>,
    /// Where the anchor was found.
    pub is: Sighted,
    /// What tells several definitions apart, in the order of their lines; empty if there is only one, or nothing does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<String>,
}

/// Where an anchor is in one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Sighted {
    /// In its file, in these lines, from 1, lowest first: more than one if several definitions bear the name, none if the anchor is the
    /// file itself.
    Here(Vec<u32>),
    /// Not in its file, but in others of the same commit and crate, and in no test: at most `MOST_MOVED`, nearest first.
    Moved(Vec<SourcePlace>),
    /// Nowhere: the file is there, and neither it nor another holds it, or too many others define one of that name.
    NoSymbol,
    /// Nowhere: the file is not there, and no other of its name, or too many.
    NoFile,
    /// It cannot be told, with the reason.
    Unknown(String),
}

/// The most places that are named for something that moved: what so many define is no trace.
pub(crate) const MOST_MOVED: usize = 3;

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourcePlace {
    /// Path in the repository.
    pub path: String,
    /// Line, from 1; absent for the file itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}
