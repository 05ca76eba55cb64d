//! whysync answers one question about a Starknet replay deployment: why did this Echonet resync trigger?
//!
//! # Layout, in reading order
//! - [`evidence`]: what was observed.

pub mod evidence;
