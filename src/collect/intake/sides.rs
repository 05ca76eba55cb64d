//! What documents state of each other: the height of a block by its hash, and whose it is by where hashes are noted as differing.

use std::collections::BTreeMap;

use super::recognise::{Recognised, SeenPiece};
use crate::collect::Body;
use crate::evidence::report::MismatchRow;
use crate::evidence::sources::volume_file::snapshot;
use crate::evidence::sources::{Mark, report, report_text};
use crate::evidence::{BlockSide, Felt, Request};

/// What reports and snapshots note about blocks.
#[derive(Debug, Default)]
pub(super) struct NotedBlocks {
    heights: BTreeMap<Felt, u64>,
    sides: BTreeMap<(u64, Felt), BlockSide>,
}

impl NotedBlocks {
    /// Of all pieces. Reports and snapshots are read only where a block does not say whose it is.
    pub(super) fn from_pieces(pieces: &[SeenPiece]) -> Self {
        let mut noted = Self::default();
        for glimpse in pieces.iter().map(|it| &it.glimpse).filter(|it| it.bears(Mark::BLOCK) || it.bears(Mark::WITH_BLOCK)) {
            if let (Some(block), Some(hash)) = (glimpse.block, glimpse.block_hash) {
                noted.heights.insert(hash, block);
            }
        }
        if pieces.iter().any(|it| matches!(&it.recognised, Recognised::Document(document) if document.side.is_none())) {
            for seen in pieces {
                if let Recognised::Answers(claims) = &seen.recognised {
                    claims.iter().for_each(|it| noted.rows(rows(&it.request, seen)));
                }
            }
        }
        noted
    }

    /// The height of the block with this hash.
    pub(super) fn height(&self, hash: Felt) -> Option<u64> {
        self.heights.get(&hash).copied()
    }

    /// The side whose block has this hash.
    pub(super) fn side(&self, block: u64, hash: Felt) -> Option<BlockSide> {
        self.sides.get(&(block, hash)).copied()
    }

    fn rows(&mut self, rows: Vec<MismatchRow>) {
        for row in rows {
            self.sides.insert((row.block_number, row.echonet), BlockSide::Ours);
            self.sides.insert((row.block_number, row.mainnet), BlockSide::Theirs);
        }
    }
}

/// The rows in which a document notes that hashes differ.
fn rows(request: &Request, seen: &SeenPiece) -> Vec<MismatchRow> {
    let read = || seen.piece.read().map(|it| Body::from_bytes(request.to_string(), &it).text).unwrap_or_default();
    match request {
        Request::Report | Request::ReportDuringResync { .. } => {
            report::ANSWER.read(&read()).ok().and_then(|it| it.block_hash_mismatches).unwrap_or_default()
        }
        Request::ReportText => report_text::ANSWER.read(&read()).map(|it| it.block_hash_mismatches).unwrap_or_default(),
        Request::VolumeFile { path } if path.starts_with("report_snapshot_") => {
            snapshot::ANSWER.read(&read()).map(|it| it.block_hash_mismatches).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}
