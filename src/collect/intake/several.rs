//! Several incidents in one folder: they are told apart by what each incident has once, and one of them is chosen.

use std::collections::{BTreeMap, BTreeSet};

use super::recognise::{Recognised, SeenPiece};
use crate::evidence::Request;

/// The incident that was selected.
#[derive(Debug)]
pub(in crate::collect) enum IncidentChoice {
    /// All pieces belong to one incident.
    One(Vec<SeenPiece>),
    /// The input holds several incidents, in these folders.
    Several(Vec<String>),
    /// There is none of that name: the folders that there are.
    NoSuch(Vec<String>),
}

/// The pieces of the incident that is meant. What stands beside all incidents belongs to each.
pub(in crate::collect) fn choose(pieces: Vec<SeenPiece>, named: Option<&str>) -> IncidentChoice {
    let all = incidents(&pieces);
    let Some(named) = named else {
        return if all.len() < 2 { IncidentChoice::One(pieces) } else { IncidentChoice::Several(all) };
    };
    let named = named.trim_matches('/');
    let is_named = |it: &&String| it.as_str() == named || it.rsplit('/').next() == Some(named);
    let mut found = all.iter().filter(is_named);
    let (Some(chosen), None) = (found.next(), found.next()) else { return IncidentChoice::NoSuch(all) };
    let all: BTreeSet<&str> = all.iter().map(String::as_str).collect();
    let is_chosen = |it: &SeenPiece| {
        let mut of = folders_of(&it.piece.path).filter(|it| all.contains(it)).peekable();
        of.peek().is_none() || of.any(|it| it == chosen)
    };
    IncidentChoice::One(pieces.into_iter().filter(is_chosen).collect())
}

/// Folders of which each holds another answer to a question that an incident answers once.
fn incidents(pieces: &[SeenPiece]) -> Vec<String> {
    let mut claims: BTreeMap<Request, Vec<(&str, &SeenPiece)>> = BTreeMap::new();
    for seen in pieces {
        let Recognised::Answers(answers) = &seen.recognised else { continue };
        for claim in answers.iter().filter(|it| is_once(&it.request)) {
            claims.entry(claim.request.clone()).or_default().push((folder(seen), seen));
        }
    }
    let mut folders: BTreeSet<&str> = BTreeSet::new();
    for all in claims.values().filter(|it| 1 < it.len()) {
        let contents: BTreeSet<&str> = all.iter().map(|(_, seen)| seen.piece.sha256()).collect();
        let roots: BTreeSet<&str> = all.iter().map(|(folder, _)| *folder).collect();
        let apart = outermost(&roots);
        if 1 < contents.len() && 1 < apart.len() {
            folders.extend(apart);
        }
    }
    outermost(&folders).into_iter().map(str::to_owned).collect()
}

/// Those folders that are in no other of them.
fn outermost<'f>(folders: &BTreeSet<&'f str>) -> Vec<&'f str> {
    folders.iter().copied().filter(|it| !folders_of(it).any(|it| folders.contains(it))).collect()
}

/// The folders that something is in, the outermost first. Everything is in the one without a name, but that one.
fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    let root = (!path.is_empty()).then_some("");
    root.into_iter().chain(path.match_indices('/').filter_map(|(at, _)| path.get(..at)))
}

/// Whether an incident answers a question once: files of which there are several, and lists that are put together, tell nothing.
fn is_once(request: &Request) -> bool {
    matches!(
        request,
        Request::Report | Request::ReportText | Request::EchonetOutput | Request::CloudLogEntries | Request::VolumeListing | Request::Pods
    )
}

/// The folder of the incident that a piece is of.
fn folder(seen: &SeenPiece) -> &str {
    let before = match &seen.hints.exact {
        Some(exact) => exact.before.as_str(),
        None => seen.piece.path.rsplit_once('/').map_or("", |it| it.0),
    };
    before.trim_end_matches('/')
}
