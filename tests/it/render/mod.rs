//! Laws that every format keeps, and what the formats say word for word.

mod exhibits;
pub(crate) mod fixtures;
mod laws;
pub(crate) mod open;
#[cfg(feature = "proof")]
mod simulated;
mod snapshots;
mod together;
