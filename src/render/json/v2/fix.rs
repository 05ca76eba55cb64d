//! Known fixes and places in the code, in the second version.

use schemars::JsonSchema;
use serde::Serialize;

use super::{V2Component, V2Contradiction, V2FixRole, V2Standing};
use crate::evidence::anchor::SourcePlace;
use crate::findings::{
    AnchorStatus, Bringing, ChangeForm, Deployed, Effectiveness, FixAnswer, FixStatus, Located, Overall, Whereabouts, bringing,
};
use crate::render::{anchors, fix_line};

/// A known fix, and what can be said of it for this incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Fix {
    /// Program that carries the fix.
    pub component: V2Component,
    /// Pull requests in `starkware-libs/sequencer`, by number.
    pub prs: Vec<u64>,
    /// Commits that carry it, full SHA: every known form, and those of its parts.
    pub commits: Vec<String>,
    /// Stable patch ids of those commits.
    pub patch_ids: Vec<String>,
    /// Other forms of the same change, such as that of a branch that the merged one superseded: any of them is the fix.
    pub any_of: Vec<V2ChangeForm>,
    /// The changes that make up the fix where it takes several, each with what is deployed of it: only all of them are the fix.
    pub all_of: Vec<V2ChangePart>,
    /// What deploying it does for the pattern.
    pub role: V2FixRole,
    /// Condition under which it takes effect, such as `starknet_version >= 0.14.3`.
    pub effective_when: Option<String>,
    /// What to know of it; may be empty.
    pub note: String,
    /// Containment and effect together.
    pub standing: V2Standing,
    /// The same in one line, with reasons.
    pub line: String,
    /// Whether the deployed code contains it.
    pub deployed: V2FixAnswer,
    /// What each deployed code holds of the lines that the fix changes; none where they were not compared.
    pub lines: Vec<V2FixLines>,
    /// Whether it takes effect for the diverging block once it is contained.
    pub effective: V2FixAnswer,
    /// Whether the finding contradicts the fix: all deployed code contains it, it takes effect, and the pattern still happened. False
    /// where nothing is said to have happened.
    pub contradicts: bool,
    /// How sure that is, by the signs of the fix; null where nothing contradicts.
    pub contradiction: Option<V2Contradiction>,
}

/// A form of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2ChangeForm {
    /// Pull requests in `starkware-libs/sequencer`, by number.
    pub prs: Vec<u64>,
    /// Commits that carry it, full SHA.
    pub commits: Vec<String>,
    /// Stable patch ids of those commits.
    pub patch_ids: Vec<String>,
    /// What to know of it; may be empty.
    pub note: String,
}

/// A part of a fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2ChangePart {
    /// What people call it, such as `#14725`.
    pub name: String,
    /// How to identify the change.
    pub form: V2ChangeForm,
    /// Whether the deployed code contains this part.
    pub deployed: V2FixAnswer,
    /// How many of its lines each deployed code holds, where they were counted.
    pub lines: Vec<V2FixLines>,
}

/// A change that brings a fault, and whether it is deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Brought {
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
    /// Whether something that is deployed contains it.
    pub deployed: V2FixAnswer,
    /// How many of its lines each deployed code holds, where they were counted.
    pub lines: Vec<V2FixLines>,
    /// The same in one line, with reasons.
    pub line: String,
}

/// How many lines of a fix one deployed code holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2FixLines {
    /// Image reference, or what Echonet's source is nearest to.
    pub image: String,
    /// Lines that the fix adds.
    pub added: u32,
    /// Number of those lines that are present.
    pub added_there: u32,
    /// Lines that the fix removes.
    pub removed: u32,
    /// Those of them that are still there.
    pub removed_there: u32,
    /// Where the missing lines begin, at the fix's commit: the first places.
    pub missing: Vec<V2CodePlace>,
    /// How many more such places there are.
    pub missing_more: u32,
}

impl V2FixLines {
    fn all(deployed: &[Deployed]) -> Vec<Self> {
        deployed.iter().filter_map(Self::from_deployed).collect()
    }

    fn from_deployed(it: &Deployed) -> Option<Self> {
        let lines = it.lines.as_ref()?;
        let place = |it: &SourcePlace| V2CodePlace { path: it.path.clone(), line: it.line, link: None };
        Some(Self {
            image: it.place.clone(),
            added: lines.added,
            added_there: lines.added_there,
            removed: lines.removed,
            removed_there: lines.removed_there,
            missing: lines.missing.iter().map(place).collect(),
            missing_more: lines.missing_more,
        })
    }
}

/// What can be said of a fix. Unknown never means no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2FixAnswer {
    /// The answer.
    pub status: V2FixStatus,
    /// The reason; null only where there is nothing to say.
    pub why: Option<String>,
}

/// An answer about a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum V2FixStatus {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It cannot be told.
    Unknown,
}

/// A place in the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2CodeAnchor {
    /// Path in the repository, as the rule states it.
    pub path: String,
    /// Name of the item in that file, as the rule states it; may be empty.
    pub symbol: String,
    /// Where it is in what is deployed: one answer for each image, those that agree at one commit together.
    pub deployed: Vec<V2Located>,
}

/// Where a place is in one deployed code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Located {
    /// Image reference; null if nothing could be looked at.
    pub image: Option<String>,
    /// The deployed commit, SHA in full; null if it is not known.
    pub commit: Option<String>,
    /// The answer.
    pub status: V2Whereabouts,
    /// Where it is: several if several definitions bear the name, or if it may have moved to any of them. Empty if it is gone or unknown.
    pub places: Vec<V2CodePlace>,
    /// What tells several definitions of the name apart, in the order of the places; empty if nothing does.
    pub differences: Vec<String>,
    /// The reason where it is gone or unknown.
    pub why: Option<String>,
}

/// Where a place is. What moved or is gone is stale: the rule should name another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum V2Whereabouts {
    /// In the file that the rule names.
    Here,
    /// In another file.
    Moved,
    /// Nowhere.
    Gone,
    /// Nowhere, because a fix that is not seen to be deployed brings it: not stale.
    AddedByFix,
    /// It cannot be told.
    Unknown,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2CodePlace {
    /// Path in the repository.
    pub path: String,
    /// Line, from 1; null for the file itself.
    pub line: Option<u32>,
    /// Its page at the deployed commit.
    pub link: Option<String>,
}

impl V2Fix {
    /// A fix whatever happened: nothing can contradict it.
    #[must_use]
    pub fn of_row(it: &FixStatus) -> Self {
        Self { line: fix_line::render_line(it), contradicts: false, contradiction: None, ..Self::from(it) }
    }
}

impl From<&FixStatus> for V2Fix {
    fn from(it: &FixStatus) -> Self {
        Self {
            component: it.fix.component.into(),
            prs: it.fix.all_prs(),
            commits: it.fix.all_commits(),
            patch_ids: it.fix.all_patch_ids(),
            any_of: it.fix.any_of.iter().map(V2ChangeForm::from).collect(),
            all_of: parts(it),
            role: it.fix.role.into(),
            effective_when: it.fix.effective_when.clone(),
            note: it.fix.note.clone(),
            standing: it.standing().into(),
            line: fix_line::of_match(it),
            deployed: V2FixAnswer::of_deployed(it),
            lines: V2FixLines::all(&it.deployed),
            effective: (&it.effective).into(),
            contradicts: it.contradiction().is_some(),
            contradiction: it.contradiction().map(Into::into),
        }
    }
}

impl From<&ChangeForm> for V2ChangeForm {
    fn from(it: &ChangeForm) -> Self {
        Self { prs: it.prs.clone(), commits: it.commits.clone(), patch_ids: it.patch_ids.clone(), note: it.note.clone() }
    }
}

/// The parts of a fix; where nothing could be looked at, that holds for each of them.
fn parts(status: &FixStatus) -> Vec<V2ChangePart> {
    let deployed = |place: usize| {
        status
            .parts
            .get(place)
            .map_or_else(|| status.clone(), |it| FixStatus { deployed: it.deployed.clone(), parts: Vec::new(), ..status.clone() })
    };
    let part = |(place, it): (usize, &ChangeForm)| V2ChangePart {
        name: it.name(),
        form: it.into(),
        deployed: V2FixAnswer::of_deployed(&deployed(place)),
        lines: status.parts.get(place).map(|it| V2FixLines::all(&it.deployed)).unwrap_or_default(),
    };
    status.fix.all_of.iter().enumerate().map(part).collect()
}

impl V2Brought {
    /// What is deployed of a change that brings a fault.
    #[must_use]
    pub fn from_status(it: &FixStatus) -> Self {
        let status = match bringing(std::slice::from_ref(it)) {
            Bringing::Deployed => V2FixStatus::Yes,
            Bringing::NowhereDeployed => V2FixStatus::No,
            Bringing::Open => V2FixStatus::Unknown,
        };
        Self {
            name: it.fix.name(),
            component: it.fix.component.into(),
            prs: it.fix.all_prs(),
            commits: it.fix.all_commits(),
            note: it.fix.note.clone(),
            deployed: V2FixAnswer { status, ..V2FixAnswer::of_deployed(it) },
            lines: V2FixLines::all(&it.deployed),
            line: fix_line::of_brought(it),
        }
    }
}

impl V2FixAnswer {
    fn of_deployed(it: &FixStatus) -> Self {
        let status = match it.overall() {
            Overall::Contained => V2FixStatus::Yes,
            Overall::NotContained => V2FixStatus::No,
            Overall::Unknown => V2FixStatus::Unknown,
        };
        let why = match it.deployed.as_slice() {
            [Deployed { place, answer: FixAnswer::Unknown(why), .. }] if place.is_empty() => why.clone(),
            _ => fix_line::places(it),
        };
        Self { status, why: Some(why) }
    }
}

impl From<&Effectiveness> for V2FixAnswer {
    fn from(it: &Effectiveness) -> Self {
        match it {
            Effectiveness::Yes => Self { status: V2FixStatus::Yes, why: None },
            Effectiveness::No(why) => Self { status: V2FixStatus::No, why: Some(why.clone()) },
            Effectiveness::Unknown(why) => Self { status: V2FixStatus::Unknown, why: Some(why.clone()) },
        }
    }
}

impl From<&AnchorStatus> for V2CodeAnchor {
    fn from(it: &AnchorStatus) -> Self {
        let located = |located: &Located| {
            let place = |path: &str, line: Option<u32>| V2CodePlace {
                path: path.to_owned(),
                line,
                link: anchors::permalink(&located.commit, path, line),
            };
            let (status, places, why) = match &located.whereabouts {
                Whereabouts::Here(lines) if lines.is_empty() => (V2Whereabouts::Here, vec![place(&it.anchor.path, None)], None),
                Whereabouts::Here(lines) => {
                    (V2Whereabouts::Here, lines.iter().map(|line| place(&it.anchor.path, Some(*line))).collect(), None)
                }
                Whereabouts::Moved(places) => (V2Whereabouts::Moved, places.iter().map(|it| place(&it.path, it.line)).collect(), None),
                Whereabouts::Gone(why) => (V2Whereabouts::Gone, Vec::new(), Some(why.clone())),
                Whereabouts::AddedByFix(fix) => {
                    (V2Whereabouts::AddedByFix, Vec::new(), Some(format!("it comes with the fix {fix}, which is not seen to be deployed")))
                }
                Whereabouts::Unknown(why) => (V2Whereabouts::Unknown, Vec::new(), Some(why.clone())),
            };
            let known = |text: &String| Some(text.clone()).filter(|it| !it.is_empty());
            V2Located {
                image: known(&located.place),
                commit: known(&located.commit),
                status,
                places,
                differences: located.differences.clone(),
                why,
            }
        };
        Self { path: it.anchor.path.clone(), symbol: it.anchor.symbol.clone(), deployed: it.deployed.iter().map(located).collect() }
    }
}
