//! Known fixes, and what can be said of the deployed code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A known fix, as a rule states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixReference {
    /// Program that carries the fix.
    pub component: FixComponent,
    /// Pull requests in `starkware-libs/sequencer`, by number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prs: Vec<u64>,
    /// Commits that carry the fix, full SHA: every known form of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<String>,
    /// Stable patch ids of those commits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patch_ids: Vec<String>,
    /// Condition under which the fix takes effect once it is contained, such as `starknet_version >= 0.14.3`; the version is that of
    /// the diverging block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_when: Option<String>,
    /// What to know of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// The program that carries a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FixComponent {
    /// Echonet's Python, deployed through a ConfigMap.
    Echonet,
    /// The node's image.
    Sequencer,
}

/// A fix, and what can be said of it for this incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixStatus {
    /// The fix.
    pub fix: FixReference,
    /// Whether the deployed code contains it. Unknown never reads as missing.
    pub deployed: Deployed,
    /// Whether it would take effect for the diverging block.
    pub effective: Effectiveness,
}

/// Whether the deployed code contains a fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Deployed {
    /// It cannot be told, with the reason.
    Unknown(String),
}

/// Whether a fix takes effect for the diverging block once it is contained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effectiveness {
    /// It takes effect.
    Yes,
    /// It does not, with the reason.
    No(String),
    /// It cannot be told, with the reason.
    Unknown(String),
}
