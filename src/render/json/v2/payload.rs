//! The wire forms of pieces of payloads.

use schemars::JsonSchema;
use serde::Serialize;

use super::{V2EvidenceSeen, V2PayloadSide, all};
use crate::findings::{PayloadExcerpt, PayloadPiece, PieceContent};

/// The same thing in the payloads of both sides, or a thing that only Echonet has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2PayloadExcerpt {
    /// Episode.
    pub episode: u32,
    /// Subject of the excerpt, in words.
    pub subject: String,
    /// Ids of the divergences that it shows; empty for what belongs to the episode.
    pub divergences: Vec<String>,
    /// The pieces, Echonet's first. Never empty.
    pub pieces: Vec<V2PayloadPiece>,
}

/// A piece of one payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2PayloadPiece {
    /// Side that the payload belongs to.
    pub side: V2PayloadSide,
    /// The payload by its place in the bundle, how much of it was seen, and where it came from.
    pub payload: V2EvidenceSeen,
    /// Place in the payload, such as `transaction_receipts[3]`; empty where the payload holds nothing of it.
    pub place: String,
    /// Whether something stands there.
    pub state: V2PieceState,
    /// Indented JSON, its fields by name; null unless something stands there. Where it is cut, it says so.
    pub text: Option<String>,
    /// How many values of the text were cut.
    pub cut: usize,
}

/// Whether something stands in a payload at the place of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum V2PieceState {
    /// Something does.
    Present,
    /// Nothing does: the payload was seen and holds no such thing.
    Nothing,
    /// It cannot be told: the payload was not seen.
    NotSeen,
}

impl From<&PayloadExcerpt> for V2PayloadExcerpt {
    fn from(it: &PayloadExcerpt) -> Self {
        Self { episode: it.episode, subject: it.subject.clone(), divergences: it.divergences.clone(), pieces: all(&it.pieces) }
    }
}

impl From<&PayloadPiece> for V2PayloadPiece {
    fn from(it: &PayloadPiece) -> Self {
        let (state, text, cut) = match &it.content {
            PieceContent::Json { text, cut } => (V2PieceState::Present, Some(text.clone()), *cut),
            PieceContent::Nothing => (V2PieceState::Nothing, None, 0),
            PieceContent::NotSeen => (V2PieceState::NotSeen, None, 0),
        };
        Self { side: it.side.into(), payload: (&it.payload).into(), place: it.place.clone(), state, text, cut }
    }
}
