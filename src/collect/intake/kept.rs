//! What stands at a canonical path: pieces, and the part of them that is the answer.

use super::derive::{FilePart, answer};
use super::piece::Piece;
use super::unread::UnreadPiece;
use crate::collect::weight::Weighed;

/// The answer to one question.
#[derive(Debug)]
pub(in crate::collect) struct Kept {
    pub(super) pieces: Vec<Piece>,
    pub(super) part: FilePart,
}

impl Kept {
    /// Reads the bytes.
    pub(in crate::collect) fn read(&self) -> Result<Vec<u8>, UnreadPiece> {
        if let (FilePart::Whole, [only]) = (self.part, self.pieces.as_slice()) {
            return only.read();
        }
        let all: Vec<Vec<u8>> = self.pieces.iter().map(|it| it.read_within(&Weighed::default())).collect::<Result<_, _>>()?;
        answer(self.part, &all)
    }

    /// Whether it is the same part of the same content.
    pub(super) fn is(&self, piece: &Piece, part: FilePart) -> bool {
        matches!(self.pieces.as_slice(), [only] if self.part == part && only.sha256() == piece.sha256())
    }

    /// The path where it was found.
    pub(in crate::collect) fn path(&self) -> &str {
        self.pieces.first().map_or("", |it| it.path.as_str())
    }
}
