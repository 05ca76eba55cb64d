//! Engine: rules in, diagnosis out.
//!
//! A floor of rooms, each of which may use those above it in this list and none below.
//!
//! Invariant: nothing here does I/O: rules are embedded or handed in as text. Rhai is named in `language/script.rs` only.

pub mod language;
pub mod fixes;
pub mod decide;
pub mod printed;
pub(crate) mod exhibits;
pub(crate) mod diagnosis;
pub mod authoring;
pub mod reference;

pub use decide::evaluate::Trial;
pub use diagnosis::diagnose::{diagnose, diagnose_episode, further};
pub use language::catalog::Catalog;
pub use language::problem::{FileText, Problem};
