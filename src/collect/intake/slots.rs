//! Which of several claims to one place is kept there.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::account::IntakeAccount;
use super::derive::FilePart;
use super::hints;
use super::kept::Kept;
use super::piece::Piece;
use super::recognise::{PieceClaim, SeenPiece};
use crate::evidence::Request;
use crate::evidence::sources::echonet_source;
use crate::evidence::sources::glimpse::KnownConfigMap;

/// Claims by the place that each wants most.
#[derive(Debug, Default)]
pub(super) struct Slots {
    wanted: BTreeMap<String, Vec<Claimed>>,
}

/// A piece that claims to be the answer at a place.
#[derive(Debug)]
struct Claimed {
    claim: PieceClaim,
    piece: Piece,
    /// What it may stand at: the first is where it is put if nothing stands there.
    places: Vec<String>,
    rank: Rank,
}

/// Which of several claims is the first. Names come last, so that they decide nothing where content does.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// What is laid out as whysync saves it comes first, the outermost before others.
    is_loose: bool,
    depth: usize,
    /// Of several reports the one of the longest run: the newest.
    uptime: Reverse<Option<u64>>,
    /// The one that says most: of a block that Echonet passes on, mainnet's own answer has more fields.
    fields: Reverse<usize>,
}

impl Slots {
    /// Takes up a claim of a piece.
    pub(super) fn claim(&mut self, claim: PieceClaim, seen: &SeenPiece) {
        let places = places(&claim, seen);
        let Some(first) = places.first().cloned() else { return };
        let exact = seen.hints.exact.as_ref().filter(|it| it.request.as_ref() == Some(&claim.request) && claim.part == FilePart::Whole);
        let rank = Rank {
            is_loose: exact.is_none(),
            depth: exact.map_or(0, |it| it.before.len()),
            uptime: Reverse(seen.glimpse.uptime),
            fields: Reverse(seen.glimpse.count),
        };
        self.wanted.entry(first).or_default().push(Claimed { claim, piece: seen.piece.clone(), places, rank });
    }

    /// Decides which claims stand where.
    pub(super) fn settle(mut self, account: &mut IntakeAccount) -> BTreeMap<String, Kept> {
        let mut files: BTreeMap<String, Kept> = BTreeMap::new();
        while let Some((place, mut claims)) = self.wanted.pop_first() {
            if 1 < claims.len() {
                claims.sort_by(|left, right| left.rank.cmp(&right.rank).then_with(|| left.piece.sha256().cmp(right.piece.sha256())));
            }
            let are_lists = claims.iter().all(|it| matches!(it.claim.part, FilePart::Kind(_)));
            if are_lists && !files.contains_key(&place) {
                keep(&mut files, account, place, claims);
                continue;
            }
            for it in claims {
                match files.get(&place) {
                    None => keep(&mut files, account, place.clone(), vec![it]),
                    Some(kept) if kept.is(&it.piece, it.claim.part) => {
                        account.read(&it.piece.path, it.claim.request.to_string(), it.claim.although);
                    }
                    Some(kept) => {
                        let kept = kept.path().to_owned();
                        self.elsewhere(&place, it, &kept, &files, account);
                    }
                }
            }
        }
        files
    }

    /// Puts an answer at its next place, if there is one; else it is not used.
    fn elsewhere(&mut self, place: &str, mut it: Claimed, kept: &str, files: &BTreeMap<String, Kept>, account: &mut IntakeAccount) {
        it.places.retain(|other| other != place);
        match it.places.first().cloned() {
            Some(next) if !files.contains_key(&next) => self.wanted.entry(next).or_default().push(it),
            _ => account.unused(&it.piece.path, format!("another answer to {}; {kept} is used", it.claim.request)),
        }
    }
}

fn keep(files: &mut BTreeMap<String, Kept>, account: &mut IntakeAccount, place: String, claims: Vec<Claimed>) {
    let Some(part) = claims.first().map(|it| it.claim.part) else { return };
    let mut pieces = Vec::new();
    for it in claims {
        account.read(&it.piece.path, it.claim.request.to_string(), it.claim.although);
        pieces.push(it.piece);
    }
    files.insert(place, Kept { pieces, part });
}

/// The canonical paths at which an answer may stand, the first one first.
fn places(claim: &PieceClaim, seen: &SeenPiece) -> Vec<String> {
    let exact = seen.hints.exact.as_ref().filter(|it| match &it.request {
        Some(request) => *request == claim.request,
        None => claim.request == Request::VolumeListing,
    });
    if let Some(exact) = exact {
        return vec![exact.path.clone()];
    }
    match (&claim.request, &seen.glimpse.config_map) {
        (Request::VolumeListing, _) => return vec![hints::LISTING.to_owned()],
        (Request::EchonetSource, Some(KnownConfigMap::Source(name))) => return vec![echonet_source::file(name)],
        _ => {}
    }
    let mut places: Vec<String> = claim.request.saved().map(|it| it.0).collect();
    if !seen.hints.is_dump {
        // What was served stands beside what was dumped.
        places.reverse();
    }
    places
}
