//! Several incidents in one folder: they are told apart by what each incident has once, and one of them is chosen.

use std::collections::{BTreeMap, BTreeSet};

use super::recognise::{Recognised, Seen};
use crate::collect::sha256;
use crate::evidence::Request;

/// Which of the incidents is meant.
#[derive(Debug)]
pub(in crate::collect) enum Choice {
    /// These pieces are of one.
    One(Vec<Seen>),
    /// There are several: the folders.
    Several(Vec<String>),
    /// There is none of that name: the folders that there are.
    NoSuch(Vec<String>),
}

/// The pieces of the incident that is meant. What stands beside all incidents belongs to each.
pub(in crate::collect) fn choose(pieces: Vec<Seen>, named: Option<&str>) -> Choice {
    let all = incidents(&pieces);
    let Some(named) = named else {
        return if all.len() < 2 { Choice::One(pieces) } else { Choice::Several(all) };
    };
    let named = named.trim_matches('/');
    let is_named = |it: &&String| it.as_str() == named || it.rsplit('/').next() == Some(named);
    let mut found = all.iter().filter(is_named);
    let (Some(chosen), None) = (found.next(), found.next()) else { return Choice::NoSuch(all) };
    let is_below = |path: &str, folder: &str| path.strip_prefix(folder).is_some_and(|it| it.starts_with('/'));
    let others: Vec<&String> = all.iter().filter(|it| *it != chosen).collect();
    let is_chosen = |it: &Seen| is_below(&it.piece.path, chosen) || !others.iter().any(|other| is_below(&it.piece.path, other));
    Choice::One(pieces.into_iter().filter(is_chosen).collect())
}

/// Folders of which each holds another answer to a question that an incident answers once.
fn incidents(pieces: &[Seen]) -> Vec<String> {
    let mut claims: BTreeMap<Request, Vec<(&str, &Seen)>> = BTreeMap::new();
    for seen in pieces {
        let Recognised::Answers(answers) = &seen.recognised else { continue };
        for claim in answers.iter().filter(|it| is_once(&it.request)) {
            claims.entry(claim.request.clone()).or_default().push((folder(seen), seen));
        }
    }
    let mut folders: BTreeSet<String> = BTreeSet::new();
    for all in claims.values().filter(|it| 1 < it.len()) {
        let mut contents: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for (folder, seen) in all {
            contents.entry(seen.piece.read().map(|it| sha256(&it)).unwrap_or_default()).or_default().insert(folder);
        }
        let roots: BTreeSet<&str> = contents.values().flatten().copied().collect();
        let is_apart = |it: &&str| !roots.iter().any(|other| other != it && (other.is_empty() || it.starts_with(&format!("{other}/"))));
        let apart: Vec<&str> = roots.iter().copied().filter(is_apart).collect();
        if 1 < contents.len() && 1 < apart.len() {
            folders.extend(apart.into_iter().map(str::to_owned));
        }
    }
    let is_outermost = |it: &&String| !folders.iter().any(|other| other != *it && it.starts_with(&format!("{other}/")));
    folders.iter().filter(is_outermost).cloned().collect()
}

/// Whether an incident answers a question once: files of which there are several, and lists that are put together, tell nothing.
fn is_once(request: &Request) -> bool {
    matches!(
        request,
        Request::Report | Request::ReportText | Request::EchonetOutput | Request::CloudLogEntries | Request::VolumeListing | Request::Pods
    )
}

/// The folder of the incident that a piece is of.
fn folder(seen: &Seen) -> &str {
    let before = match &seen.hints.exact {
        Some(exact) => exact.before.as_str(),
        None => seen.piece.path.rsplit_once('/').map_or("", |it| it.0),
    };
    before.trim_end_matches('/')
}
