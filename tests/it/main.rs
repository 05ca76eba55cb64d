//! All integration tests in one binary.

mod incidents;
mod layering;
#[cfg(feature = "proof")]
mod rules;
#[cfg(feature = "proof")]
mod simulated;
