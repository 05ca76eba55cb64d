//! Known fixes, and whether the deployed code has them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::content::LinesFound;

/// Where pull requests and commits of fixes live.
pub const REPOSITORY: &str = "https://github.com/starkware-libs/sequencer";

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
    /// Other forms of the same change, such as that of a branch which the merged one superseded: each of them is the fix.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<ChangeForm>,
    /// The changes that make up the fix where it takes several: only all of them together are the fix. A form beside them is the fix too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all_of: Vec<ChangeForm>,
    /// Condition under which the fix takes effect once it is contained: `starknet_version >= 0.14.3` (of the diverging block),
    /// `layout == consolidated` (or `hybrid`, `distributed`), `node.behavior_mode == echonet` (a collected setting of the node), or
    /// several with ` and ` between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_when: Option<String>,
    /// A line that tells whether a file has the fix, for where history does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<FixProbe>,
    /// What deploying it does for the pattern.
    #[serde(default, skip_serializing_if = "FixRole::is_cure")]
    pub role: FixRole,
    /// Free-text note.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// One form of a change, or one part of it: what it is found by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeForm {
    /// Pull requests in `starkware-libs/sequencer`, by number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prs: Vec<u64>,
    /// Commits that carry it, full SHA: every known copy of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<String>,
    /// Stable patch ids of those commits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patch_ids: Vec<String>,
    /// What to know of it, such as the branch that carries it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl ChangeForm {
    /// Whether it names anything to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.prs.is_empty() && self.commits.is_empty() && self.patch_ids.is_empty()
    }

    /// What people call it: its pull requests, or else its first commit.
    #[must_use]
    pub fn name(&self) -> String {
        if self.prs.is_empty() {
            self.commits.iter().chain(&self.patch_ids).map(|it| it.get(..10).unwrap_or(it).to_owned()).take(1).collect()
        } else {
            self.prs.iter().map(|it| format!("#{it}")).collect::<Vec<_>>().join(" ")
        }
    }
}

/// What a fix leaves in a file. At least one of both texts is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixProbe {
    /// Path in the repository.
    pub path: String,
    /// Text that a line holds once the fix is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<String>,
    /// Text that no line holds once the fix is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<String>,
}

/// What deploying a fix does for a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FixRole {
    /// The pattern can no longer happen: if it does, the rule or the fix is wrong.
    #[default]
    Cure,
    /// It happens less often, or only one of its causes is gone.
    Mitigation,
    /// Another fix needs it; alone it changes nothing.
    Prerequisite,
}

impl FixRole {
    fn is_cure(&self) -> bool {
        *self == Self::Cure
    }
}

/// The program that carries a fix.
pub use crate::evidence::Program as FixComponent;

/// Why nothing is known of a fix where nobody looked into the deployed code.
pub const NO_HISTORY: &str = "the bundle holds no history of the deployed code";

/// A part of a fix, and what is deployed of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartStatus {
    /// The part.
    pub part: ChangeForm,
    /// Whether the deployed code contains it: one answer for each image, in the order of [`FixStatus::deployed`].
    pub deployed: Vec<Deployed>,
}

/// A fix, and what can be said of it for this incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixStatus {
    /// The fix.
    pub fix: FixReference,
    /// Whether the deployed code contains it: one answer for each image that runs, or one without a place if none could be looked at.
    /// Never empty. Unknown never reads as missing.
    pub deployed: Vec<Deployed>,
    /// What is deployed of each part of a fix that has parts.
    pub parts: Vec<PartStatus>,
    /// Whether it would take effect for the diverging block.
    pub effective: Effectiveness,
}

impl FixStatus {
    /// The answer of all that is deployed: contained only where everything contains it, not contained where something lacks it.
    #[must_use]
    pub fn overall(&self) -> Overall {
        let any = |is: fn(&FixAnswer) -> bool| self.deployed.iter().any(|it| is(&it.answer));
        if any(|it| matches!(it, FixAnswer::NotContained(_))) {
            Overall::NotContained
        } else if any(|it| matches!(it, FixAnswer::Unknown(_))) || self.deployed.is_empty() {
            Overall::Unknown
        } else {
            Overall::Contained
        }
    }

    /// Whether nobody looked into the deployed code.
    #[must_use]
    pub fn is_unchecked(&self) -> bool {
        self.deployed.iter().all(|it| matches!(&it.answer, FixAnswer::Unknown(why) if why == NO_HISTORY))
    }

    /// Containment and effect together.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match (self.overall(), &self.effective) {
            (Overall::Contained, Effectiveness::Yes) => Standing::Effective,
            (Overall::Contained, Effectiveness::No(_)) => Standing::NotEffective,
            (Overall::Contained, Effectiveness::Unknown(_)) => Standing::EffectUnknown,
            (Overall::NotContained, _) => Standing::NotContained,
            (Overall::Unknown, _) => Standing::Unknown,
        }
    }

    /// Whether everything that is deployed contains a cure that takes effect: then a finding of its rule contradicts it, as surely as the
    /// least sure sign of the fix.
    #[must_use]
    pub fn contradiction(&self) -> Option<Contradiction> {
        let is_sure = |it: &Deployed| matches!(&it.answer, FixAnswer::Contained(found) if found.is_certain());
        let sure = if self.deployed.iter().all(is_sure) { Contradiction::Certain } else { Contradiction::Likely };
        (self.fix.role == FixRole::Cure && self.standing() == Standing::Effective).then_some(sure)
    }
}

/// How sure it is that a finding contradicts a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contradiction {
    /// Everything that is deployed contains the fix by a certain sign: the rule or the fix is wrong.
    Certain,
    /// A sign is only likely: the fix may have been edited on its way.
    Likely,
}

/// Whether a fix is in all that is deployed, and takes effect for the diverging block there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Contained and effective.
    Effective,
    /// Contained, and without effect for this block.
    NotEffective,
    /// Contained; whether it takes effect cannot be told.
    EffectUnknown,
    /// Not contained, at least not everywhere.
    NotContained,
    /// Whether it is contained cannot be told.
    Unknown,
}

/// A fix of a rule held against all that is deployed, whatever happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixRow {
    /// Slug of the rule.
    pub rule: String,
    /// The fix, and what can be said of it.
    pub status: FixStatus,
}

/// Whether deployed code contains a fix, over all that is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Overall {
    /// Everything deployed contains the fix.
    Contained,
    /// Some of it, or all, does not.
    NotContained,
    /// Whether the deployed code contains the fix cannot be told.
    Unknown,
}

/// Whether one deployed code contains a fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// Image reference, or what Echonet's source is nearest to; empty if nothing could be looked at.
    pub place: String,
    /// The answer.
    pub answer: FixAnswer,
    /// What it holds of the lines that the fix changes, whatever the history says; nothing if that was not compared.
    pub lines: Option<LinesFound>,
}

/// Whether one deployed code contains a fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FixAnswer {
    /// The code contains the fix.
    Contained(Found),
    /// It does not, with the reason.
    NotContained(String),
    /// It cannot be told, with the reason.
    Unknown(String),
}

/// How a fix was identified in deployed code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The sign that it was found by.
    pub signal: FixSignal,
    /// The commit found, its first ten digits or in full.
    pub commit: String,
    /// Why it may be otherwise, beside what the sign itself leaves open.
    pub doubt: Option<String>,
}

impl Found {
    /// Whether it is the fix itself that was found: its commit or its patch, and nothing speaks against it.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        matches!(self.signal, FixSignal::Commit | FixSignal::SamePatch) && self.doubt.is_none()
    }
}

/// The signs of a fix in deployed code, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FixSignal {
    /// The fix's commit is an ancestor.
    Commit,
    /// A commit with the same patch is.
    SamePatch,
    /// A commit is that says it was cherry-picked from it; it may have been edited.
    CherryPick,
    /// A commit is that carries the fix's pull request in its subject; it may have been edited.
    PullRequest,
    /// A commit is that lands the fix again after a revert; it may have been edited.
    LandedAgain,
    /// A line of the deployed file that the rule names shows it.
    Content,
    /// The lines that its commit changes are there, and no history says why.
    Lines,
}

/// Whether a fix takes effect for the diverging block once it is contained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effectiveness {
    /// The fix takes effect.
    Yes,
    /// It does not, with the reason.
    No(String),
    /// It cannot be told, with the reason.
    Unknown(String),
}
