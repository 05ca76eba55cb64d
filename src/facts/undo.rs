//! How a claim can be undone.

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
