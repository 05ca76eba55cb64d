//! Places that rules name and that are not there any more.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{code_places, logs, places};
use crate::engine::fixes::anchors::asked;
use crate::engine::language::check::Check;
use crate::engine::language::problem::{FileText, Problem, Weight};
use crate::engine::language::rule::RuleFile;
use crate::evidence::anchor::Anchor;
use crate::findings::{CodePlace, Whereabouts};

/// The places that rule files name: where faults live, and where what they look for is printed. None of a file that cannot be read.
#[must_use]
pub fn named_in(rules: &[&FileText]) -> BTreeSet<Anchor> {
    let faults = rules.iter().filter_map(|it| it.read::<RuleFile>().ok()).flat_map(|it| it.code).map(|it| asked(&it.value));
    faults.chain(places(rules)).collect()
}

/// What is stale among the places that rule files name: a problem for each, at its line. `found` says where each place is at `commit`;
/// what it does not say is no problem, and what it calls unknown is a note. Of a place that prints, the clause that names it has that note.
#[must_use]
pub fn stale(rules: &[&FileText], found: &BTreeMap<Anchor, Whereabouts>, commit: &str) -> Vec<Problem> {
    let commit = commit.get(..10).unwrap_or(commit);
    let mut problems = Vec::new();
    for text in rules {
        // What cannot be read is told by the check of its shape.
        let Ok(file) = text.read::<RuleFile>() else { continue };
        let faults = file.code.iter().map(|it| (&it.value, it.referenced));
        for (anchor, place) in faults.clone() {
            if let Some(Whereabouts::Unknown(why)) = found.get(&asked(anchor)) {
                let message = format!("it cannot be told whether {} is there at {commit}: {why}", anchor.name());
                problems.push(text.at_location(Some(place), message, None).found_by(Check::StaleAnchor).weighing(Weight::Note));
            }
        }
        // A clause's places bear no line of their own: they stand beside the pattern.
        let printed = logs(&file).flat_map(|(_, log)| code_places(log).map(|it| (it, log.regex.referenced)));
        for (anchor, place) in faults.chain(printed) {
            let name = anchor.name();
            let (what, help) = match found.get(&asked(anchor)) {
                None | Some(Whereabouts::Here(_) | Whereabouts::AddedByFix(_) | Whereabouts::Unknown(_)) => continue,
                Some(Whereabouts::Gone(why)) => (why.clone(), "see what became of it, and name the place that has it now".to_owned()),
                Some(Whereabouts::Moved(places)) => {
                    let all: Vec<String> = places.iter().map(written).collect();
                    let paths: Vec<&str> = places.iter().map(|it| it.path.as_str()).collect();
                    (format!("it moved to {}", all.join(" or ")), format!("write `path: {}`", paths.join("` or `path: ")))
                }
            };
            let message = format!("stale anchor: {name} is not there at {commit}: {what}");
            problems.push(text.at_location(Some(place), message, Some(help)).found_by(Check::StaleAnchor));
        }
    }
    problems
}

fn written(place: &CodePlace) -> String {
    place.line.map_or_else(|| place.path.clone(), |line| format!("{}:{line}", place.path))
}
