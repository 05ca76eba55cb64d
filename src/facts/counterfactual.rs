//! Counterfactuals: our block with only what is claimed undone, hashed again.
//!
//! Equal to mainnet's commitment means that the claims are the whole difference of what that commitment covers, byte for byte. Two faults
//! in one block leave each other's difference over, so claims can be undone together as well.
//!
//! A side whose payload does not give what it states can be shown, and nothing is proved from it. What a proof says is the extent of a
//! finding and never why the difference came about.

pub use super::undo::Undo;

/// Ledger items that are undone in one way.
#[derive(Debug, Clone)]
pub struct Claim<'l> {
    /// How to undo the items.
    pub undo: Undo,
    /// The items to undo.
    pub items: Vec<&'l super::LedgerItem>,
}

/// The result of a counterfactual.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counterfactual {
    /// One row a commitment that the claims touch, by height.
    pub rows: Vec<CommitmentRow>,
    /// Why something could not be recomputed, if so.
    pub obstacle: Option<String>,
}

impl Counterfactual {
    /// Whether every touched commitment became mainnet's, and some was not before.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.obstacle.is_none() && self.rows.iter().all(|it| it.undone == it.theirs) && self.rows.iter().any(|it| it.ours != it.theirs)
    }
}

/// One commitment of a counterfactual; values as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitmentRow {
    /// Height.
    pub block: u64,
    /// Name of the commitment.
    pub commitment: &'static str,
    /// Ours as observed.
    pub ours: String,
    /// Ours with the claims undone.
    pub undone: String,
    /// Mainnet's.
    pub theirs: String,
}

pub use undone::{attempt, isolate};

mod undone;
