//! Transactions that reverted on only one side: `report_reverts_<time>.log`, and the end of `/echonet/report/text`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Felt;

/// Echonet's comparison of reverts. It is cumulative since the process started.
///
/// The file is text for people; rows that cannot be read are counted, not dropped silently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevertComparison {
    /// Reverted on mainnet, with no revert of Echonet on record. Newer versions of Echonet leave out what lies after the block of the first
    /// transaction that is still on its way; older ones do not, and most of it is then only ahead.
    pub only_on_mainnet: RevertedOnly,
    /// Reverted on Echonet while no revert of mainnet was on record.
    pub only_on_echonet: RevertedOnly,
    /// Lines of the comparison that could not be read.
    #[serde(default)]
    pub unreadable_rows: u64,
}

/// What reverted on one side only.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevertedOnly {
    /// How many transactions, by Echonet's own count.
    pub count: u64,
    /// The transactions by the class of their reason, as Echonet orders them.
    pub groups: Vec<RevertGroup>,
}

/// Transactions whose reasons are of one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevertGroup {
    /// Echonet's name for the class, such as `Overflow`.
    pub class: String,
    /// How many transactions, by Echonet's own count.
    pub count: u64,
    /// The transactions.
    pub rows: Vec<RevertRow>,
}

/// A transaction that reverted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevertRow {
    /// Mainnet block of the transaction; older versions of Echonet leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<u64>,
    /// Transaction.
    pub tx_hash: Felt,
    /// What Echonet extracts of the revert text: one line, without the frames.
    pub reason: String,
}

impl RevertedOnly {
    /// The transactions of all groups.
    pub fn rows(&self) -> impl Iterator<Item = &RevertRow> {
        self.groups.iter().flat_map(|it| &it.rows)
    }
}

impl RevertComparison {
    /// Why it is not known to name all transactions, if it is not.
    #[must_use]
    pub fn gap(&self) -> Option<String> {
        let is_whole = |it: &RevertedOnly| it.count == it.rows().count() as u64;
        match self.unreadable_rows {
            0 if is_whole(&self.only_on_mainnet) && is_whole(&self.only_on_echonet) => None,
            0 => Some("does not name as many transactions as it counts".to_owned()),
            count => Some(format!("has {count} lines that could not be read")),
        }
    }
}
