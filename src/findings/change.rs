//! Combines what is known about the forms and parts of a fix, and the changes that introduce a fault.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fix::{ChangeForm, Deployed, FixAnswer, FixComponent, FixReference, FixRole, FixStatus, Overall};

impl FixReference {
    /// All pull requests of its forms and parts, each once.
    #[must_use]
    pub fn all_prs(&self) -> Vec<u64> {
        each_once(self.prs.iter().chain(self.pieces().flat_map(|it| &it.prs)).copied())
    }

    /// All commits of its forms and parts, each once.
    #[must_use]
    pub fn all_commits(&self) -> Vec<String> {
        each_once(self.commits.iter().chain(self.pieces().flat_map(|it| &it.commits)).cloned())
    }

    /// All patch ids of its forms and parts, each once.
    #[must_use]
    pub fn all_patch_ids(&self) -> Vec<String> {
        each_once(self.patch_ids.iter().chain(self.pieces().flat_map(|it| &it.patch_ids)).cloned())
    }

    /// What people call it: its pull requests, or else its first commit.
    #[must_use]
    pub fn name(&self) -> String {
        ChangeForm { prs: self.all_prs(), commits: self.all_commits(), patch_ids: self.all_patch_ids(), note: String::new() }.name()
    }

    fn pieces(&self) -> impl Iterator<Item = &ChangeForm> {
        self.any_of.iter().chain(&self.all_of)
    }
}

fn each_once<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    all.fold(Vec::new(), |mut seen, it| {
        if !seen.contains(&it) {
            seen.push(it);
        }
        seen
    })
}

impl FixStatus {
    /// Whether some image has one part of the fix and lacks another.
    #[must_use]
    pub fn is_partly_contained(&self) -> bool {
        let lacks = |place: usize| matches!(self.deployed.get(place).map(|it| &it.answer), Some(FixAnswer::NotContained(_)));
        self.overall() == Overall::NotContained && (0..self.deployed.len()).any(|it| lacks(it) && self.has_a_part(it))
    }

    /// Whether the image in this place has some part of the fix.
    #[must_use]
    pub fn has_a_part(&self, place: usize) -> bool {
        self.parts.iter().any(|it| contains(&it.deployed, place))
    }

    /// Whether the image in this place has the fix through its parts, every one of them.
    #[must_use]
    pub fn has_all_parts(&self, place: usize) -> bool {
        !self.parts.is_empty() && self.parts.iter().all(|it| contains(&it.deployed, place))
    }
}

fn contains(deployed: &[Deployed], place: usize) -> bool {
    matches!(deployed.get(place).map(|it| &it.answer), Some(FixAnswer::Contained(_)))
}

/// A change that brings a fault: before it, the pattern could not happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BringingChange {
    /// Program that carries it.
    pub component: FixComponent,
    /// Pull requests in `starkware-libs/sequencer`, by number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prs: Vec<u64>,
    /// Commits that carry it, full SHA: every known form of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<String>,
    /// Stable patch ids of those commits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patch_ids: Vec<String>,
    /// Other forms of the same change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<ChangeForm>,
    /// The changes that bring the fault only together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all_of: Vec<ChangeForm>,
    /// Free-text note.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl BringingChange {
    /// It in the words of a fix: it is looked for in the same way.
    #[must_use]
    pub fn sought(&self) -> FixReference {
        FixReference {
            component: self.component,
            prs: self.prs.clone(),
            commits: self.commits.clone(),
            patch_ids: self.patch_ids.clone(),
            any_of: self.any_of.clone(),
            all_of: self.all_of.clone(),
            effective_when: None,
            probe: None,
            role: FixRole::Mitigation,
            note: self.note.clone(),
        }
    }
}

/// What the changes that bring a fault say, all of them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bringing {
    /// The rule names none, or it cannot be told.
    Open,
    /// Something that is deployed contains one.
    Deployed,
    /// None of them is in anything that is deployed.
    NowhereDeployed,
}

/// What the changes that bring a fault say; each is told in the words of a fix.
#[must_use]
pub fn bringing(all: &[FixStatus]) -> Bringing {
    let answers = || all.iter().flat_map(|it| &it.deployed).map(|it| &it.answer);
    if answers().any(|it| matches!(it, FixAnswer::Contained(_))) {
        Bringing::Deployed
    } else if answers().next().is_none() || answers().any(|it| matches!(it, FixAnswer::Unknown(_))) {
        Bringing::Open
    } else {
        Bringing::NowhereDeployed
    }
}
