//! What code is deployed, and what it contains: enough to answer for any fix later, without the repository.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::anchor::AnchorAnswer;
use super::commit::Way;
use super::history::History;
use super::pods::Component;

/// What code is deployed, and what it contains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lineage {
    /// What is deployed, each image once. The place in this list is the bit in [`History::contained_by`].
    pub deployed: Vec<DeployedCode>,
    /// The commits that the deployed commits contain.
    pub history: History,
    /// Commits among them that take something back, bring it back, or say where they were picked from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// For which commits of the history patch ids were computed.
    pub patch_ids: PatchIdExtent,
    /// What the deployed commits hold in single files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<ProbeAnswer>,
    /// Where the places that rules name are in the deployed commits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<AnchorAnswer>,
}

/// One image that runs, and the commit that it was built from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeployedCode {
    /// Program.
    pub component: Component,
    /// Image reference.
    pub reference: String,
    /// Pods that run it.
    pub pods: Vec<String>,
    /// The commit, or why it cannot be told.
    pub commit: Resolution,
}

/// The commit that an image was built from, or why it cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Resolution {
    /// The commit.
    Commit(ResolvedCommit),
    /// Why it cannot be told, fit to follow "because".
    Unknown(String),
}

/// A deployed commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolvedCommit {
    /// SHA, in full.
    pub sha: String,
    /// When it was committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed_at: Option<Timestamp>,
    /// How it was found, such as "git tag v0.14.3".
    pub by: String,
    /// Why the clone lacks a part of its history, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
}

/// What one commit of the history says of others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// Its place in the history, from 0.
    pub commit: usize,
    /// Commits that it was cherry-picked from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub picked_from: Vec<String>,
    /// What it undoes or lands again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<NotedTurn>,
}

/// What a commit undoes or lands again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotedTurn {
    /// Which way.
    pub way: Way,
    /// Commits that it names, by their first ten digits; of a merge that it takes back, all that the merge brought.
    pub commits: Vec<String>,
    /// Pull requests that it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pull_requests: Vec<u64>,
}

/// For which commits patch ids were computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PatchIdExtent {
    /// For all that are no merges.
    All,
    /// For none, with the reason.
    Nothing(String),
}

/// A line to look for in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Path in the repository.
    pub path: String,
    /// Text within one line.
    pub text: String,
}

/// Whether a deployed commit holds a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeAnswer {
    /// Place of the deployed code in [`Lineage::deployed`].
    pub deployed: usize,
    /// What was looked for.
    pub probe: Probe,
    /// What was found.
    pub found: Probed,
}

/// What a probe found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Probed {
    /// A line holds the text.
    Present,
    /// The file is there, and no line holds it.
    Absent,
    /// The file is not there.
    NoFile,
}
