//! Gives each piece the name under which whysync itself would have saved that answer.

use std::collections::{BTreeMap, BTreeSet};

use super::derive::{Part, answer};
use super::hints;
use super::piece::Piece;
use super::recognise::{Claim, Recognised, Seen, of_side};
use super::sides::Noted;
use super::unread::Unread;
use crate::collect::redact::redact;
use crate::collect::sha256;
use crate::evidence::Request;
use crate::evidence::files::{FileLeft, FileRead, Files};
use crate::evidence::sources::glimpse::KnownConfigMap;
use crate::evidence::sources::{DumpKind, Look, Mark, echonet_source};

/// Pieces by canonical names.
#[derive(Debug, Default)]
pub(in crate::collect) struct Arranged {
    /// What answers each question, by the canonical path of its answer.
    pub(in crate::collect) files: BTreeMap<String, Kept>,
    /// Logs under other names than whysync gives them.
    pub(in crate::collect) logs: Vec<Piece>,
    /// Lists of what was asked, each with the folder that its files are named from.
    pub(in crate::collect) indexes: Vec<(String, Piece)>,
    /// What became of each file.
    pub(in crate::collect) account: Files,
}

/// The answer to one question.
#[derive(Debug)]
pub(in crate::collect) struct Kept {
    pieces: Vec<Piece>,
    part: Part,
}

impl Kept {
    /// Its bytes.
    pub(in crate::collect) fn read(&self) -> Result<Vec<u8>, Unread> {
        if let (Part::Whole, [only]) = (self.part, self.pieces.as_slice()) {
            return only.read();
        }
        let all: Vec<Vec<u8>> = self.pieces.iter().map(Piece::read).collect::<Result<_, _>>()?;
        answer(self.part, &all)
    }

    /// Where it was found.
    pub(in crate::collect) fn path(&self) -> &str {
        self.pieces.first().map_or("", |it| it.path.as_str())
    }
}

/// The canonical path of what an index names, and of what was refused.
pub(in crate::collect) fn canonical(path: &str) -> Option<String> {
    hints::of(path, path).exact.map(|it| it.path)
}

/// Arranges pieces. Nothing depends on the order in which they were found.
pub(in crate::collect) fn arrange(pieces: Vec<Seen>, refused: &BTreeMap<String, String>) -> Arranged {
    let mut arranged = Arranged::default();
    arranged.account.given = (pieces.len() + refused.len()) as u64;
    arranged.account.refused = refused.iter().map(|(path, why)| left(path, why.clone())).collect();
    let noted = Noted::of(&pieces);
    let mut loose = Vec::new();
    let mut slots: BTreeMap<String, Vec<Claimed>> = BTreeMap::new();
    for seen in pieces {
        let claims = match &seen.recognised {
            Recognised::Answers(claims) => claims.clone(),
            Recognised::Block { block, hash } => match hash.and_then(|hash| noted.side(*block, hash)) {
                Some(side) => vec![whole(of_side(side, &seen.hints, DumpKind::Block, *block))],
                None => {
                    let why =
                        format!("block {block} of the feeder gateway, and nothing tells whose: put `mainnet` or `echonet` into its name");
                    arranged.account.not_recognised.push(left(&seen.piece.path, why));
                    continue;
                }
            },
            Recognised::StateUpdate(update) => {
                let height = update.hash.and_then(|it| noted.height(it)).or(update.block);
                match (update.side, height) {
                    (Some(side), Some(block)) => {
                        let request = of_side(side, &seen.hints, DumpKind::StateUpdate, block);
                        vec![Claim { request, part: update.part, although: None }]
                    }
                    (_, None) => {
                        let why = "a state update of which no block is here: give the block too, or put its number into the name";
                        arranged.account.not_recognised.push(left(&seen.piece.path, why.to_owned()));
                        continue;
                    }
                    (None, _) => {
                        let why = "a state update, and nothing tells whose: put `mainnet` or `echonet` into its name";
                        arranged.account.not_recognised.push(left(&seen.piece.path, why.to_owned()));
                        continue;
                    }
                }
            }
            Recognised::Index => {
                let folder = match &seen.hints.exact {
                    Some(exact) => exact.path.strip_suffix(hints::INDEX).unwrap_or_default().to_owned(),
                    None => seen.hints.capture.map(|it| format!("during_resync_{it}/")).unwrap_or_default(),
                };
                arranged.read(&seen.piece.path, "with which status and when answers came".to_owned(), None);
                arranged.indexes.push((folder, seen.piece));
                continue;
            }
            Recognised::Log => {
                loose.push(seen);
                continue;
            }
            Recognised::Left(why) => {
                arranged.account.not_recognised.push(left(&seen.piece.path, why.clone()));
                continue;
            }
        };
        for claim in claims {
            let Some(places) = places(&claim, &seen) else { continue };
            let Some(place) = places.first().cloned() else { continue };
            let claimed = Claimed::of(claim, &seen, places);
            slots.entry(place).or_default().push(claimed);
        }
    }
    arranged.settle(slots);
    arranged.place_logs(loose);
    arranged.logs.sort_by(|left, right| left.path.cmp(&right.path));
    arranged.account.read.sort_by(|left, right| left.path.cmp(&right.path));
    arranged.account.read.dedup_by(|next, kept| {
        let is_same = next.path == kept.path;
        if is_same && !kept.r#as.contains(&next.r#as) {
            kept.r#as = format!("{}; {}", kept.r#as, next.r#as);
        }
        is_same
    });
    let read: BTreeSet<&String> = arranged.account.read.iter().map(|it| &it.path).collect();
    let mut unused = std::mem::take(&mut arranged.account.unused);
    unused.retain(|it| !read.contains(&it.path));
    arranged.account.unused = unused;
    for list in [&mut arranged.account.unused, &mut arranged.account.not_recognised] {
        list.sort_by(|left, right| left.path.cmp(&right.path));
    }
    arranged
}

/// A piece that claims to be the answer at a place.
struct Claimed {
    claim: Claim,
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
    uptime: std::cmp::Reverse<Option<u64>>,
    sha256: String,
}

impl Claimed {
    fn of(claim: Claim, seen: &Seen, places: Vec<String>) -> Self {
        let exact = seen.hints.exact.as_ref().filter(|it| it.request.as_ref() == Some(&claim.request) && claim.part == Part::Whole);
        let rank = Rank {
            is_loose: exact.is_none(),
            depth: exact.map_or(0, |it| it.before.len()),
            uptime: std::cmp::Reverse(seen.glimpse.uptime),
            sha256: String::new(),
        };
        Self { claim, piece: seen.piece.clone(), places, rank }
    }
}

/// The canonical paths at which an answer may stand, the first one first.
fn places(claim: &Claim, seen: &Seen) -> Option<Vec<String>> {
    let exact = seen.hints.exact.as_ref().filter(|it| match &it.request {
        Some(request) => *request == claim.request,
        None => claim.request == Request::VolumeListing,
    });
    if let Some(exact) = exact {
        return Some(vec![exact.path.clone()]);
    }
    match (&claim.request, &seen.glimpse.config_map) {
        (Request::VolumeListing, _) => return Some(vec![hints::LISTING.to_owned()]),
        (Request::EchonetSource, Some(KnownConfigMap::Source(name))) => return Some(vec![echonet_source::file(name)]),
        _ => {}
    }
    let mut places: Vec<String> = claim.request.saved().map(|it| it.0).collect();
    if !seen.hints.is_dump {
        // What was served stands beside what was dumped.
        places.reverse();
    }
    Some(places)
}

fn whole(request: Request) -> Claim {
    Claim { request, part: Part::Whole, although: None }
}

fn left(path: &str, why: String) -> FileLeft {
    FileLeft { path: shown(path), why }
}

/// A path can hold what nobody may see.
fn shown(path: &str) -> String {
    redact(path).text.into_owned()
}

impl Arranged {
    fn read(&mut self, path: &str, r#as: String, although: Option<String>) {
        self.account.read.push(FileRead { path: shown(path), r#as, although });
    }

    /// Gives the only log of a form the name that whysync gives it; the others are put together.
    fn place_logs(&mut self, loose: Vec<Seen>) {
        let is_entries = |it: &Seen| it.glimpse.bears(Mark::ENTRIES) || it.glimpse.look == Look::List;
        let is_lines = |it: &Seen| it.glimpse.bears(Mark::EchonetLines);
        let (entries, rest): (Vec<Seen>, Vec<Seen>) = loose.into_iter().partition(is_entries);
        let (lines, rest): (Vec<Seen>, Vec<Seen>) = rest.into_iter().partition(is_lines);
        for (request, found) in [(Request::CloudLogEntries, entries), (Request::EchonetOutput, lines)] {
            let place = request.saved().next().map(|it| it.0).unwrap_or_default();
            match (found.as_slice(), self.files.contains_key(&place)) {
                ([only], false) => {
                    self.read(&only.piece.path, request.to_string(), None);
                    self.files.insert(place, Kept { pieces: vec![only.piece.clone()], part: Part::Whole });
                }
                _ => self.logs.extend(found.into_iter().map(|it| it.piece)),
            }
        }
        self.logs.extend(rest.into_iter().map(|it| it.piece));
    }

    /// Decides which claims stand where.
    fn settle(&mut self, mut slots: BTreeMap<String, Vec<Claimed>>) {
        while let Some((place, mut claims)) = slots.pop_first() {
            if claims.len() == 1 && !self.files.contains_key(&place) {
                for it in claims {
                    self.keep(place.clone(), vec![it]);
                }
                continue;
            }
            for it in &mut claims {
                it.rank.sha256 = it.piece.read().map(|it| sha256(&it)).unwrap_or_default();
            }
            claims.sort_by(|left, right| left.rank.cmp(&right.rank));
            let is_list = |it: &Claimed| matches!(it.claim.part, Part::Kind(_));
            if claims.iter().all(is_list) && !self.files.contains_key(&place) {
                self.keep(place, claims);
                continue;
            }
            for it in claims {
                match self.files.get(&place).map(|it| (it.path().to_owned(), it.read().map(|it| sha256(&it)).unwrap_or_default())) {
                    None => self.keep(place.clone(), vec![it]),
                    Some((_, sha256)) if sha256 == it.rank.sha256 => {
                        self.read(&it.piece.path, it.claim.request.to_string(), it.claim.although);
                    }
                    Some((kept, _)) => self.elsewhere(&place, it, &kept, &mut slots),
                }
            }
        }
    }

    /// Puts an answer at its next place, if there is one; else it is not used.
    fn elsewhere(&mut self, place: &str, mut it: Claimed, kept: &str, slots: &mut BTreeMap<String, Vec<Claimed>>) {
        it.places.retain(|other| other != place);
        match it.places.first().cloned() {
            Some(next) if !self.files.contains_key(&next) => slots.entry(next).or_default().push(it),
            _ => {
                let why = format!("another answer to {}; {kept} is used", it.claim.request);
                self.account.unused.push(left(&it.piece.path, why));
            }
        }
    }

    fn keep(&mut self, place: String, claims: Vec<Claimed>) {
        let Some(part) = claims.first().map(|it| it.claim.part) else { return };
        let mut pieces = Vec::new();
        for it in claims {
            self.read(&it.piece.path, it.claim.request.to_string(), it.claim.although);
            pieces.push(it.piece);
        }
        self.files.insert(place, Kept { pieces, part });
    }

    /// Notes what became of a log.
    pub(in crate::collect) fn note_log(account: &mut Files, path: &str, outcome: Result<String, Unread>) {
        match outcome {
            Ok(what) => account.read.push(FileRead { path: shown(path), r#as: what, although: None }),
            Err(why) => account.not_recognised.push(left(path, why.to_string())),
        }
        account.read.sort_by(|left, right| left.path.cmp(&right.path));
        account.not_recognised.sort_by(|left, right| left.path.cmp(&right.path));
    }
}
