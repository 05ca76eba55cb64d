//! The JSON form of the table of known changes.

use schemars::JsonSchema;
use serde::Serialize;

use super::Table;
use crate::evidence::content::LinesFound;
use crate::evidence::lineage::{DeployedCode, Modification, Resolution, ResolvedCommit};
use crate::evidence::pods::Component;
use crate::findings::{Deployed, FixAnswer, FixRow, FixStatus};
use crate::render::json::v2::{V2ChangeForm, V2Component, V2FixAnswer, V2FixRole, V2Sign};

/// What is deployed, and every known change held against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2DeployedTable {
    /// Name and version of this form: `whysync.deployed/v2`.
    pub schema: &'static str,
    /// Each image of the sequencer with the commit that it was built from.
    pub images: Vec<V2DeployedImage>,
    /// Echonet's source with the commit that it is nearest to; null if nobody looked at it.
    pub echonet: Option<V2EchonetSource>,
    /// Every fix that a rule knows: one object a fix and image.
    pub fixes: Vec<V2DeployedFix>,
    /// Every change that a rule knows to bring its fault, or the pull request that was asked for: one object a change and image.
    pub brought_by: Vec<V2DeployedBringing>,
}

/// An image of the sequencer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2DeployedImage {
    /// Image reference.
    pub image: String,
    /// Pods that run it.
    pub pods: Vec<String>,
    /// The commit that it was built from; null if it cannot be told.
    pub commit: Option<V2DeployedCommit>,
    /// Why the commit cannot be told; null if it is known.
    pub unknown_because: Option<String>,
}

/// Echonet's source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2EchonetSource {
    /// The ConfigMap that holds it; empty if it could not be read.
    pub config_map: String,
    /// Pods that run it.
    pub pods: Vec<String>,
    /// The commit that it is nearest to; null if it cannot be told.
    pub nearest: Option<V2DeployedCommit>,
    /// Why the nearest commit cannot be told; null if it is known.
    pub unknown_because: Option<String>,
    /// Files that are not as at the nearest commit.
    pub edited: Vec<V2EditedFile>,
}

/// A deployed commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2DeployedCommit {
    /// SHA, in full.
    pub sha: String,
    /// How it was found, such as `git tag v0.14.3`.
    pub how: String,
    /// When it was committed; null if the clone does not tell.
    pub committed_at: Option<String>,
    /// What may be otherwise: a part of the history that the clone lacks, or a commit that may be nearer.
    pub doubts: Vec<String>,
}

/// A deployed file that is not as at the nearest commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2EditedFile {
    /// Path below `echonet/`.
    pub path: String,
    /// Kind of edit.
    pub how: V2Edit,
}

/// In which way a deployed file is not as at a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum V2Edit {
    /// Its content is another.
    Changed,
    /// It is only at the commit.
    Missing,
    /// It is only deployed.
    Added,
    /// It could not be read.
    Unread,
}

/// A fix, and what one image says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2DeployedFix {
    /// Slug of the rule that knows it.
    pub rule: String,
    /// What people call it, such as `#14251`.
    pub name: String,
    /// Program that carries it.
    pub component: V2Component,
    /// Pull requests in `starkware-libs/sequencer`, by number: those of its forms and parts too.
    pub prs: Vec<u64>,
    /// Commits that carry it, full SHA: every known form, and those of its parts.
    pub commits: Vec<String>,
    /// Other forms of the same change: any of them is the fix.
    pub any_of: Vec<V2ChangeForm>,
    /// What deploying it does for the pattern.
    pub role: V2FixRole,
    /// Condition under which it takes effect.
    pub effective_when: Option<String>,
    /// What to know of it; may be empty.
    pub note: String,
    /// Image reference, or Echonet's ConfigMap with its nearest commit; null if nothing could be looked at.
    pub image: Option<String>,
    /// What it says.
    pub sighting: V2Sighting,
    /// The same for each part, where the fix is there only with all of several.
    pub parts: Vec<V2DeployedPart>,
    /// Whether it takes effect for the diverging block once it is contained.
    pub effect: V2FixAnswer,
}

/// A change that brings a fault, and what one image says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2DeployedBringing {
    /// Slug of the rule whose fault it brings; null for a pull request that no rule names.
    pub rule: Option<String>,
    /// What people call it, such as `#14884`.
    pub name: String,
    /// Program that carries it.
    pub component: V2Component,
    /// Pull requests in `starkware-libs/sequencer`, by number.
    pub prs: Vec<u64>,
    /// Commits that carry it, full SHA: every known form.
    pub commits: Vec<String>,
    /// What to know of it; may be empty.
    pub note: String,
    /// Image reference, or Echonet's ConfigMap with its nearest commit; null if nothing could be looked at.
    pub image: Option<String>,
    /// What it says.
    pub sighting: V2Sighting,
    /// The same for each part, where the fault comes only with all of several.
    pub parts: Vec<V2DeployedPart>,
}

/// A part of a change, and what one image says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2DeployedPart {
    /// What people call it, such as `#14725`.
    pub name: String,
    /// What the image says.
    pub sighting: V2Sighting,
}

/// Whether one image contains a change, and how that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Sighting {
    /// The answer. Unknown never means no.
    pub contained: V2Contained,
    /// The sign that it was found by; null unless it is contained. Of several parts, that of the least sure.
    pub sign: Option<V2Sign>,
    /// The commit found, its first ten digits or in full; null unless it is contained.
    pub commit: Option<String>,
    /// How many lines of the change the image holds; null where they were not counted.
    pub content: Option<V2ContentCounts>,
    /// Why not, why it cannot be told, or what leaves a doubt; null where there is nothing to say.
    pub why: Option<String>,
}

/// Whether one image contains a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum V2Contained {
    /// It does.
    Yes,
    /// It contains some of its parts and lacks others: that is not the fix.
    Partly,
    /// It does not.
    No,
    /// It cannot be told.
    Unknown,
}

/// How much of a change the deployed files hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2ContentCounts {
    /// Lines that it adds and that are there.
    pub added_there: u32,
    /// Lines that it adds.
    pub added: u32,
    /// Lines that it takes out and that are still there.
    pub removed_there: u32,
    /// Lines that it takes out.
    pub removed: u32,
}

impl From<&LinesFound> for V2ContentCounts {
    fn from(it: &LinesFound) -> Self {
        Self { added_there: it.added_there, added: it.added, removed_there: it.removed_there, removed: it.removed }
    }
}

/// The JSON Schema (draft 2020-12) of the table.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(V2DeployedTable).to_value()
}

impl From<&Table<'_>> for V2DeployedTable {
    fn from(it: &Table<'_>) -> Self {
        Self {
            schema: "whysync.deployed/v2",
            images: it.deployed.iter().filter(|it| it.component != Component::Echonet).map(image).collect(),
            echonet: it.deployed.iter().find(|it| it.component == Component::Echonet).map(echonet),
            fixes: it.fixes.iter().flat_map(fixes).collect(),
            brought_by: it.brought.iter().flat_map(bringing).collect(),
        }
    }
}

fn image(it: &DeployedCode) -> V2DeployedImage {
    let (commit, unknown_because) = commit(&it.commit);
    V2DeployedImage { image: it.reference.clone(), pods: it.pods.clone(), commit, unknown_because }
}

fn echonet(it: &DeployedCode) -> V2EchonetSource {
    let (nearest, unknown_because) = commit(&it.commit);
    let edited = it.modified.iter().map(|it| V2EditedFile {
        path: it.path.clone(),
        how: match it.how {
            Modification::Changed => V2Edit::Changed,
            Modification::Missing => V2Edit::Missing,
            Modification::Added => V2Edit::Added,
            Modification::Unread => V2Edit::Unread,
        },
    });
    V2EchonetSource { config_map: it.reference.clone(), pods: it.pods.clone(), nearest, unknown_because, edited: edited.collect() }
}

fn commit(it: &Resolution) -> (Option<V2DeployedCommit>, Option<String>) {
    let known = |it: &ResolvedCommit| V2DeployedCommit {
        sha: it.sha.clone(),
        how: it.by.clone(),
        committed_at: it.committed_at.map(|it| it.to_string()),
        doubts: it.cut.iter().chain(&it.nearer).cloned().collect(),
    };
    match it {
        Resolution::Commit(it) => (Some(known(it)), None),
        Resolution::Unknown(why) => (None, Some(why.clone())),
    }
}

fn fixes(row: &FixRow) -> impl Iterator<Item = V2DeployedFix> {
    let status = &row.status;
    status.deployed.iter().enumerate().map(|(place, it)| V2DeployedFix {
        rule: row.rule.clone(),
        name: status.fix.name(),
        component: status.fix.component.into(),
        prs: status.fix.all_prs(),
        commits: status.fix.all_commits(),
        any_of: status.fix.any_of.iter().map(V2ChangeForm::from).collect(),
        role: status.fix.role.into(),
        effective_when: status.fix.effective_when.clone(),
        note: status.fix.note.clone(),
        image: named(it),
        sighting: of_whole(status, place, it),
        parts: parts(status, place),
        effect: (&status.effective).into(),
    })
}

fn bringing(row: &FixRow) -> impl Iterator<Item = V2DeployedBringing> {
    let status = &row.status;
    status.deployed.iter().enumerate().map(|(place, it)| V2DeployedBringing {
        rule: Some(row.rule.clone()).filter(|it| !it.is_empty()),
        name: status.fix.name(),
        component: status.fix.component.into(),
        prs: status.fix.all_prs(),
        commits: status.fix.all_commits(),
        note: status.fix.note.clone(),
        image: named(it),
        sighting: of_whole(status, place, it),
        parts: parts(status, place),
    })
}

fn named(it: &Deployed) -> Option<String> {
    Some(it.place.clone()).filter(|it| !it.is_empty())
}

fn parts(status: &FixStatus, place: usize) -> Vec<V2DeployedPart> {
    let part =
        |it: &crate::findings::PartStatus| Some(V2DeployedPart { name: it.part.name(), sighting: sighting(it.deployed.get(place)?) });
    status.parts.iter().filter_map(part).collect()
}

fn of_whole(status: &FixStatus, place: usize, it: &Deployed) -> V2Sighting {
    let sighting = sighting(it);
    match sighting.contained {
        V2Contained::No if status.has_a_part(place) => V2Sighting { contained: V2Contained::Partly, ..sighting },
        _ => sighting,
    }
}

fn sighting(it: &Deployed) -> V2Sighting {
    let content = it.lines.as_ref().map(V2ContentCounts::from);
    let without =
        |contained: V2Contained, why: &String| V2Sighting { contained, sign: None, commit: None, content, why: Some(why.clone()) };
    match &it.answer {
        FixAnswer::Contained(found) => V2Sighting {
            contained: V2Contained::Yes,
            sign: Some(found.rung.into()),
            commit: Some(found.commit.clone()),
            content,
            why: found.doubt.clone(),
        },
        FixAnswer::NotContained(why) => without(V2Contained::No, why),
        FixAnswer::Unknown(why) => without(V2Contained::Unknown, why),
    }
}
