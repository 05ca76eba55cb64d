//! What programs print, held against what log clauses look for: whether a pattern can match the text that its place in the code prints.
//!
//! A statement's template is literal pieces and holes. Both it and the pattern are automata, and both run side by side over every text that
//! the template can give, so that *cannot match* is a proof and no failed guess. Holes hold values of the kinds that occur.

mod answer;
pub mod catalogue;
mod check;
mod compare;
pub(crate) mod line_of;
mod shape;
mod stale;
mod text;

pub use answer::{MatchDoubt, Otherwise, Parting, PlaceAnswer, PlaceAnswers, PlaceTexts, QuietLevel, RecordQuery, answers};
pub use check::{FoundTexts, PlaceTally, check, misnamed, places};
pub(in crate::engine) use check::{asked, code_places, logs};
pub(in crate::engine) use compare::holds;
pub(in crate::engine) use shape::{Shape, Values};
pub use stale::{named_in, stale};
pub use text::{FileTexts, PrintedText, TextNotRead};

#[cfg(test)]
mod tests;
