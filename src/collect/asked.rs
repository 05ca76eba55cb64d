//! What a bundle is asked to be about.

use std::collections::BTreeSet;

/// What the user selected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The block to look at, if named.
    pub block: Option<u64>,
    /// The Kubernetes namespace, if named.
    pub namespace: Option<String>,
    /// Further blocks to look at.
    pub also: BTreeSet<u64>,
    /// How many resyncs to include.
    pub reach: Reach,
}

/// How many resyncs to include.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    /// Every resync: used for evidence that somebody else has already selected.
    #[default]
    Everything,
    /// At the resyncs that the block belongs to, or at the last one: for a deployment that may have seen hundreds.
    Incident,
}
