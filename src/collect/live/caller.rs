//! Who collects.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::watch;

use super::progress::Progress;
use crate::evidence::{Bundle, Request, Timestamp};

/// The caller's side of a collection: its inputs, and where to report events.
pub struct Caller<'c> {
    /// Tells the present time.
    pub clock: fn() -> Timestamp,
    /// Ends the collection early, with what was gathered by then.
    pub stop: watch::Receiver<bool>,
    /// Is told how it goes.
    pub progress: Arc<dyn Progress>,
    /// What else a bundle shows to be worth asking for. Asked for once more, until nothing new comes, and no more than [`ROUNDS`](super::ROUNDS) times.
    pub more: &'c mut (dyn FnMut(&Bundle) -> BTreeSet<Request> + Send),
}
