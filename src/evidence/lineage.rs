//! Which code is deployed and what it contains: enough to check any fix later without the repository.
//!
//! All commits are kept, not only those of certain paths, so that rules written later can be checked too.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::anchor::AnchorAnswer;
use super::commit::ReversalKind;
use super::content::{ContentSigns, UnreadCommits};
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
    /// Commits of the history whose patch id could not be computed, because the clone lacks objects of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<UnreadCommits>,
    /// What the deployed commits hold of the lines that fixes change; absent if nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<ContentSigns>,
    /// What the deployed commits hold in single files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<ProbeAnswer>,
    /// Where the places that rules name are in the deployed commits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<AnchorAnswer>,
    /// Which commits of the clone change Echonet's source, if that was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_changes: Option<SourceChanges>,
}

/// Which commits of a clone change Echonet's source: on all branches, whether deployed or not. Each is its first five bytes, packed by
/// [`ShortId::pack`](super::history::ShortId::pack).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceChanges {
    /// Those that change a file that a deployed source holds.
    pub commits: String,
    /// Those that only change what no deployed source holds: manifests, caches and keys.
    pub beside: String,
}

/// One image that runs, or Echonet's source, and the commit that it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeployedCode {
    /// Program.
    pub component: Component,
    /// Image reference; for Echonet's source the name of its ConfigMap.
    pub reference: String,
    /// Pods that run it.
    pub pods: Vec<String>,
    /// The commit, or why it cannot be told. For Echonet's source the nearest one.
    pub commit: Resolution,
    /// Files that are not as at that commit: somebody edited them before they were deployed. None for an image.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modified: Vec<ModifiedFile>,
}

/// A deployed file that is not as at the nearest commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModifiedFile {
    /// Path below `echonet/`.
    pub path: String,
    /// Kind of modification.
    pub how: Modification,
    /// Commits of the clone that change it, on all branches: the first five bytes of each, packed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub changed_by: String,
}

/// In which way a deployed file is not as at the nearest commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Modification {
    /// Its content is another.
    Changed,
    /// It is only at the commit.
    Missing,
    /// The file is deployed and not in the commit.
    Added,
    /// It could not be read.
    Unread,
}

impl DeployedCode {
    /// The commit that it was built from or is nearest to, if it is known.
    #[must_use]
    pub(crate) fn tip(&self) -> Option<&ResolvedCommit> {
        match &self.commit {
            Resolution::Commit(commit) => Some(commit),
            Resolution::Unknown(_) => None,
        }
    }

    /// Its name, for Echonet's source with the commit that it is nearest to, such as
    /// `echonet-src-a (60161ba754 with 1 file edited: l1_manager.py)`.
    #[must_use]
    pub fn name(&self) -> String {
        let (Component::Echonet, Resolution::Commit(commit)) = (self.component, &self.commit) else { return self.reference.clone() };
        let edited: Vec<&str> = self.modified.iter().map(|it| it.path.as_str()).collect();
        let except = match edited.len() {
            0 => String::new(),
            1 => format!(" with 1 file edited: {}", file_names(&edited)),
            count => format!(" with {count} files edited: {}", file_names(&edited)),
        };
        format!("{} ({}{except})", self.reference, commit.sha.get(..10).unwrap_or(&commit.sha))
    }
}

/// Files in a sentence: the first of them, and how many more there are.
#[must_use]
pub(crate) fn file_names(paths: &[&str]) -> String {
    const SHOWN: usize = 4;
    let (shown, rest) = paths.split_at(paths.len().min(SHOWN));
    let more = match rest.len() {
        0 => String::new(),
        1 => " and 1 more file".to_owned(),
        count => format!(" and {count} more files"),
    };
    format!("{}{more}", shown.join(", "))
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
    /// Committer time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed_at: Option<Timestamp>,
    /// How it was found, such as "git tag v0.14.3".
    pub by: String,
    /// Why the clone lacks a part of its history, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
    /// Why another commit may be the nearest to Echonet's source, if that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearer: Option<String>,
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
    #[serde(rename = "turn", default, skip_serializing_if = "Option::is_none")]
    pub reversal: Option<NotedReversal>,
}

/// What a commit undoes or lands again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotedReversal {
    /// Whether it is a revert or a reland.
    #[serde(rename = "way")]
    pub kind: ReversalKind,
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
    /// For those that can be one of some patches. These were looked for among all commits that are at most half a year older than all
    /// known forms of the patch; each is its first five bytes, packed by [`ShortId::pack`](super::history::ShortId::pack). Commits that can
    /// be a copy of what the main branch or another deployed code has may have a patch id too.
    Sought(String),
    /// For none, with the reason.
    Nothing(String),
}

/// A change that is looked for under whichever SHA it has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SoughtPatch {
    /// Commits that make it, at least ten digits each: every form of it that is known.
    pub commits: Vec<String>,
    /// Their stable patch ids, as far as they are known.
    pub patch_ids: Vec<String>,
    /// Commits to search.
    pub among: Among,
}

/// Among which commits a change is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Among {
    /// All that deployed code contains.
    All,
    /// Those that others take back: the change is known to be contained, and only a revert of a copy would matter.
    Reverted,
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
    /// The probe.
    pub probe: Probe,
    /// The result of the probe.
    pub found: Probed,
}

/// The result of a probe.
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
