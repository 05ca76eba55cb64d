//! Where the places that rules name are in what is deployed.

use std::collections::{BTreeMap, BTreeSet};

use super::containment::{not_looked_at, without};
use crate::engine::language::rule::RuleFile;
use crate::engine::{Catalog, FileText};
use crate::evidence::Bundle;
use crate::evidence::anchor::{Anchor, AnchorSighting, Sighted};
use crate::evidence::lineage::{DeployedCode, Resolution};
use crate::evidence::pods::Component;
use crate::evidence::source::below_source;
use crate::findings::{AnchorStatus, CodeAnchor, CodePlace, FixAnswer, FixComponent, FixReference, FixStatus, Located, Whereabouts};

/// The places that rules name.
#[must_use]
pub fn wanted(catalog: &Catalog) -> BTreeSet<Anchor> {
    catalog.rules.values().flat_map(|it| &it.file.code).map(|it| asked(&it.value)).collect()
}

/// A rule's place in the words of the evidence.
#[must_use]
pub(crate) fn asked(anchor: &CodeAnchor) -> Anchor {
    Anchor { path: anchor.path.clone(), symbol: anchor.symbol.clone() }
}

/// For each place that rules name, the commits that carry a fix of such a rule: one of them may bring it.
#[must_use]
pub(crate) fn fix_commits(catalog: &Catalog) -> BTreeMap<Anchor, BTreeSet<String>> {
    fix_commits_of(catalog.rules.values().map(|it| &it.file))
}

/// The same for rule files; nothing of a file that cannot be read.
#[must_use]
pub(crate) fn fix_commits_in(rules: &[&FileText]) -> BTreeMap<Anchor, BTreeSet<String>> {
    let files: Vec<RuleFile> = rules.iter().filter_map(|it| it.read::<RuleFile>().ok()).collect();
    fix_commits_of(files.iter())
}

fn fix_commits_of<'r>(files: impl Iterator<Item = &'r RuleFile>) -> BTreeMap<Anchor, BTreeSet<String>> {
    let mut all: BTreeMap<Anchor, BTreeSet<String>> = BTreeMap::new();
    for file in files.filter(|it| !it.fix.is_empty()) {
        for anchor in &file.code {
            all.entry(asked(&anchor.value)).or_default().extend(file.fix.iter().flat_map(FixReference::all_commits));
        }
    }
    all
}

/// Where a place is in what is deployed of its program. What one of the rule's fixes brings is not stale where that fix is not deployed.
#[must_use]
pub(crate) fn status(bundle: &Bundle, anchor: &CodeAnchor, fixes: &[FixStatus]) -> AnchorStatus {
    let component = component(anchor);
    let nowhere = |why: String| Located {
        place: String::new(),
        commit: String::new(),
        whereabouts: Whereabouts::Unknown(why),
        differences: Vec::new(),
    };
    let Some(lineage) = bundle.lineage.value() else {
        return AnchorStatus { anchor: anchor.clone(), deployed: vec![nowhere(without(&bundle.lineage))] };
    };
    let wanted = Component::from(component);
    let asked = asked(anchor);
    let answer = lineage.anchors.iter().find(|it| it.anchor == asked);
    let mut deployed: Vec<Located> = Vec::new();
    for (place, code) in lineage.deployed.iter().enumerate().filter(|(_, it)| it.component == wanted) {
        let sighting = answer.and_then(|it| it.found.iter().find(|it| it.deployed.contains(&place)));
        let mut located = located(code, &anchor.path, sighting);
        if let (Whereabouts::Gone(_) | Whereabouts::Moved(_), Some(answer)) = (&located.whereabouts, answer)
            && let Some(fix) = missing_fix(&answer.introduced_by, fixes, &code.name())
        {
            located.whereabouts = Whereabouts::AddedByFix(fix);
        }
        let is_told = |it: &Located| it.commit == located.commit && it.whereabouts == located.whereabouts;
        if !deployed.iter().any(|it| !it.commit.is_empty() && is_told(it)) {
            deployed.push(located);
        }
    }
    if deployed.is_empty() {
        deployed.push(nowhere(not_looked_at(bundle, component)));
    }
    AnchorStatus { anchor: anchor.clone(), deployed }
}

/// What people call the fix that brings a place and that this deployed code is not known to have.
fn missing_fix(introduced_by: &[String], fixes: &[FixStatus], place: &str) -> Option<String> {
    let brings = |it: &&FixStatus| it.fix.all_commits().iter().any(|it| introduced_by.contains(it));
    let of_part = |it: &FixStatus| {
        let part = it.parts.iter().find(|it| it.part.commits.iter().any(|it| introduced_by.contains(it)));
        part.map(|it| it.deployed.clone())
    };
    let has = |it: &FixStatus| {
        let deployed = of_part(it).unwrap_or_else(|| it.deployed.clone());
        deployed.iter().any(|it| it.place == place && matches!(it.answer, FixAnswer::Contained(_)))
    };
    fixes.iter().filter(brings).find(|it| !has(it)).map(|it| it.fix.name())
}

/// The program that a place belongs to: the repository holds all.
#[must_use]
pub(crate) fn component(anchor: &CodeAnchor) -> FixComponent {
    FixComponent::of_path(&anchor.path)
}

fn located(code: &DeployedCode, path: &str, sighting: Option<&AnchorSighting>) -> Located {
    let is_modified = code.component == Component::Echonet && code.modified.iter().any(|it| below_source(path) == Some(&it.path));
    let (commit, whereabouts) = match &code.commit {
        Resolution::Commit(commit) if is_modified => {
            let why = "the deployed file is locally modified, so its lines are not those of the nearest commit";
            (commit.sha.clone(), Whereabouts::Unknown(why.to_owned()))
        }
        Resolution::Unknown(why) => (String::new(), Whereabouts::Unknown(why.clone())),
        Resolution::Commit(commit) => (commit.sha.clone(), sighting.map_or_else(not_asked, |it| whereabouts(&it.is))),
    };
    let differences = match &whereabouts {
        Whereabouts::Here(_) => sighting.map(|it| it.differences.clone()).unwrap_or_default(),
        _ => Vec::new(),
    };
    Located { place: code.reference.clone(), commit, whereabouts, differences }
}

fn not_asked() -> Whereabouts {
    Whereabouts::Unknown("the history in the bundle was read before the rule named this place".to_owned())
}

/// What was seen, in the words of findings.
#[must_use]
pub(crate) fn whereabouts(sighted: &Sighted) -> Whereabouts {
    match sighted {
        Sighted::Here(lines) => Whereabouts::Here(lines.clone()),
        Sighted::Moved(places) => Whereabouts::Moved(places.iter().map(|it| CodePlace { path: it.path.clone(), line: it.line }).collect()),
        Sighted::NoSymbol => Whereabouts::Gone("the file has no such symbol".to_owned()),
        Sighted::NoFile => Whereabouts::Gone("there is no such file".to_owned()),
        Sighted::Unknown(why) => Whereabouts::Unknown(why.clone()),
    }
}
