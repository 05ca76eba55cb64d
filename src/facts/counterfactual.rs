//! Counterfactuals: our block with only what is claimed undone, hashed again.
//!
//! Equal to mainnet's commitment means that the claims are the whole difference of what that commitment covers, byte for byte. Two faults
//! in one block leave each other's difference over, so claims can be undone together as well.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a claim is undone for the counterfactual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// Put the claimed transactions where mainnet has them, with mainnet's receipts.
    InsertMissingTransactions,
    /// Take the claimed transactions out, or put them where mainnet has them.
    RemoveExtraTransactions,
    /// Put the shared transactions into mainnet's order.
    RestoreOrder,
    /// Take mainnet's revert text for the claimed receipts.
    TakeMainnetRevertReason,
    /// Take mainnet's receipt for the claimed transactions.
    TakeMainnetReceipt,
    /// Take mainnet's value for the claimed fields of receipts.
    TakeMainnetReceiptFields,
    /// Take mainnet's value for the claimed header fields.
    RestoreHeader,
    /// Take mainnet's value for the claimed state entries.
    RestoreState,
    /// Undo nothing: hash again what our block holds.
    HashAgain,
}

impl Undo {
    /// The name in rules and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InsertMissingTransactions => "insert_missing_transactions",
            Self::RemoveExtraTransactions => "remove_extra_transactions",
            Self::RestoreOrder => "restore_order",
            Self::TakeMainnetRevertReason => "take_mainnet_revert_reason",
            Self::TakeMainnetReceipt => "take_mainnet_receipt",
            Self::TakeMainnetReceiptFields => "take_mainnet_receipt_fields",
            Self::RestoreHeader => "restore_header",
            Self::RestoreState => "restore_state",
            Self::HashAgain => "hash_again",
        }
    }

    /// How an item of this kind is undone alone; none if its kind cannot be.
    #[must_use]
    pub fn of_kind(kind: super::ItemKind) -> Option<Self> {
        use super::ItemKind as K;
        Some(match kind {
            K::TxMissing => Self::InsertMissingTransactions,
            K::TxExtra | K::TxEarly | K::TxLate => Self::RemoveExtraTransactions,
            K::TxOrder => Self::RestoreOrder,
            K::RevertReason => Self::TakeMainnetRevertReason,
            K::Header | K::ParentHash => Self::RestoreHeader,
            kind if kind.is_receipt() => Self::TakeMainnetReceiptFields,
            kind if kind.is_state() => Self::RestoreState,
            _ => return None,
        })
    }

    /// The name as words.
    #[must_use]
    pub fn words(self) -> String {
        self.name().replace('_', " ")
    }
}

/// Ledger items that are undone in one way.
#[derive(Debug, Clone)]
pub struct Claim<'l> {
    /// How.
    pub undo: Undo,
    /// What.
    pub items: Vec<&'l super::LedgerItem>,
}

/// What came of a counterfactual.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counterfactual {
    /// One row a commitment that the claims touch, by height.
    pub rows: Vec<Row>,
    /// Why something could not be recomputed, if so.
    pub obstacle: Option<String>,
}

impl Counterfactual {
    /// Whether every touched commitment became mainnet's.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.obstacle.is_none() && !self.rows.is_empty() && self.rows.iter().all(|it| it.undone == it.theirs)
    }
}

/// One commitment of a counterfactual; values as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
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

/// Undoes claims together in the blocks of a case and hashes again what they touch.
#[cfg(not(feature = "proof"))]
#[must_use]
pub fn attempt(_: &crate::evidence::Bundle, _: &super::Case<'_>, _: &[Claim<'_>]) -> Counterfactual {
    let obstacle = super::WITHOUT_PROOF.to_owned();
    Counterfactual { rows: Vec::new(), obstacle: Some(obstacle) }
}

/// Undoes claims together in one block, and hashes all of it again.
#[cfg(not(feature = "proof"))]
#[must_use]
pub fn isolate(bundle: &crate::evidence::Bundle, case: &super::Case<'_>, _: u64, claims: &[Claim<'_>]) -> Counterfactual {
    attempt(bundle, case, claims)
}

#[cfg(feature = "proof")]
pub use undone::{attempt, isolate};

#[cfg(feature = "proof")]
mod undone;
