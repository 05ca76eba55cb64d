//! Gives each piece the name under which whysync itself would have saved that answer.

use std::collections::BTreeMap;
use std::fmt;

use super::account::IntakeAccount;
use super::derive::FilePart;
use super::hints::{self, Hints};
use super::kept::Kept;
use super::piece::Piece;
use super::recognise::{BlockDocument, PieceClaim, Recognised, SeenPiece, of_side};
use super::sides::NotedBlocks;
use super::slots::Slots;
use crate::evidence::Request;
use crate::evidence::sources::{DumpKind, Look, Mark};

/// Pieces by canonical names.
#[derive(Debug, Default)]
pub(in crate::collect) struct Arranged {
    /// What answers each question, by the canonical path of its answer.
    pub(in crate::collect) files: BTreeMap<String, Kept>,
    /// Logs under other names than whysync gives them.
    pub(in crate::collect) logs: Vec<Piece>,
    /// Lists of what was asked, each with the folder that its files are named from.
    pub(in crate::collect) indexes: Vec<(String, Piece)>,
    /// How each file was used.
    pub(in crate::collect) account: IntakeAccount,
}

/// The canonical path for an entry of an index or for a refused file.
pub(in crate::collect) fn canonical(path: &str) -> Option<String> {
    hints::read_hints(path, path).exact.map(|it| it.path)
}

/// Arranges pieces. Nothing depends on the order in which they were found.
pub(in crate::collect) fn arrange(pieces: Vec<SeenPiece>, refused: &BTreeMap<String, String>) -> Arranged {
    let mut arranged =
        Arranged { account: IntakeAccount::from_pieces(pieces.iter().map(|it| it.piece.path.as_str()), refused), ..Arranged::default() };
    let noted = NotedBlocks::from_pieces(&pieces);
    let mut slots = Slots::default();
    let mut loose = Vec::new();
    for seen in pieces {
        match &seen.recognised {
            Recognised::Answers(claims) => claims.iter().for_each(|it| slots.claim(it.clone(), &seen)),
            Recognised::Document(document) => match answered(document, &seen.hints, &noted) {
                Ok(claims) => claims.into_iter().for_each(|it| slots.claim(it, &seen)),
                Err(untold) => arranged.account.not_recognised(&seen.piece.path, untold.to_string()),
            },
            Recognised::Index => {
                arranged.account.read(&seen.piece.path, "the status and time of each answer".to_owned(), None);
                arranged.indexes.push((index_folder(&seen.hints), seen.piece));
            }
            Recognised::Log => loose.push(seen),
            Recognised::Bundle => arranged.account.not_recognised(&seen.piece.path, BESIDE_FILES.to_owned()),
            Recognised::Left(why) => arranged.account.not_recognised(&seen.piece.path, why.clone()),
        }
    }
    arranged.files = slots.settle(&mut arranged.account);
    arranged.place_logs(loose);
    arranged
}

/// Why a bundle is not looked into that stands beside files: it holds an incident of its own.
pub(in crate::collect) const BESIDE_FILES: &str =
    "a whysync bundle, which holds an incident of its own: give it to `whysync diagnose` alone";

/// What is not known of a block or a state update, and how it can be told.
#[derive(Debug, thiserror::Error)]
enum Untold {
    #[error("{}, but nothing says whose: put `mainnet` or `echonet` into its name", Described(.0))]
    Side(BlockDocument),
    #[error("{} without its block: give the block too, or put its number into the name", Described(.0))]
    Height(BlockDocument),
}

/// A document, fit to begin "..., and nothing tells whose".
struct Described<'d>(&'d BlockDocument);

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.parts, self.0.block) {
            ([(DumpKind::Block, _)], Some(block)) => write!(f, "block {block} of the feeder gateway"),
            ([(DumpKind::StateUpdate, _)], _) => f.write_str("a state update"),
            (_, Some(block)) => write!(f, "block {block} with its state update"),
            (_, None) => f.write_str("a block with its state update"),
        }
    }
}

/// The questions that a document answers: whose it is and of which block, it says itself, or others say of its hash, or its folder does.
fn answered(document: &BlockDocument, hints: &Hints, noted: &NotedBlocks) -> Result<Vec<PieceClaim>, Untold> {
    let height = document.hash.and_then(|it| noted.height(it)).or(document.block).ok_or_else(|| Untold::Height(document.clone()))?;
    let of_hash = || document.hash.and_then(|it| noted.side(height, it));
    let side = document.side.or_else(of_hash).or(hints.side).ok_or_else(|| Untold::Side(document.clone()))?;
    let claim = |(kind, part): &(DumpKind, FilePart)| PieceClaim {
        request: of_side(side, hints, *kind, height),
        part: *part,
        although: document.although.clone(),
    };
    Ok(document.parts.iter().map(claim).collect())
}

/// The folder that the files in an index are named from.
fn index_folder(hints: &Hints) -> String {
    match &hints.exact {
        Some(exact) => exact.path.strip_suffix(hints::INDEX).unwrap_or_default().to_owned(),
        None => hints.capture.map(|it| format!("during_resync_{it}/")).unwrap_or_default(),
    }
}

impl Arranged {
    /// Gives the only log of a form the name that whysync gives it; the others are put together.
    fn place_logs(&mut self, loose: Vec<SeenPiece>) {
        let is_entries = |it: &SeenPiece| it.glimpse.bears(Mark::ENTRIES) || it.glimpse.look == Look::List;
        let is_lines = |it: &SeenPiece| it.glimpse.bears(Mark::EchonetLines);
        let (entries, rest): (Vec<SeenPiece>, Vec<SeenPiece>) = loose.into_iter().partition(is_entries);
        let (lines, rest): (Vec<SeenPiece>, Vec<SeenPiece>) = rest.into_iter().partition(is_lines);
        for (request, found) in [(Request::CloudLogEntries, entries), (Request::EchonetOutput, lines)] {
            let place = request.saved().next().map(|it| it.0).unwrap_or_default();
            match (found.as_slice(), self.files.contains_key(&place)) {
                // Beside others that may be parts of it, it is put together with them.
                ([only], false) if rest.is_empty() => {
                    self.account.read(&only.piece.path, request.to_string(), None);
                    self.files.insert(place, Kept { pieces: vec![only.piece.clone()], part: FilePart::Whole });
                }
                _ => self.logs.extend(found.into_iter().map(|it| it.piece)),
            }
        }
        self.logs.extend(rest.into_iter().map(|it| it.piece));
        self.logs.sort_by(|left, right| left.path.cmp(&right.path));
    }
}
