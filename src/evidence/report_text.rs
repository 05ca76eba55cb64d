//! Echonet's report in its text version: `/echonet/report/text`, and the body of a snapshot.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RevertComparison;
use super::report::{MismatchRow, ReportTrigger};
use super::sections::Section;

/// What the report says as text. It says less than [`Report`](super::Report): no transaction that is on its way beyond the first ten, and of
/// reverts only the extracted reason.
///
/// The text is for people; rows that cannot be read are counted, not dropped silently.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportText {
    /// First block of the process's first epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_start_block: Option<u64>,
    /// First block of the current epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_start_block: Option<u64>,
    /// Mainnet block that the sender is at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_block: Option<u64>,
    /// Triggers that Echonet has seen once, and not again since.
    pub resync_causes: Vec<ReportTrigger>,
    /// Triggers seen at least twice.
    pub certain_failures: Vec<ReportTrigger>,
    /// Blocks whose hash differed; cumulative since the process started.
    pub block_hash_mismatches: Vec<MismatchRow>,
    /// Blocks whose transaction commitment differed; cumulative since the process started.
    pub transaction_commitment_mismatches: Vec<MismatchRow>,
    /// Transactions that the gateway refused, each as Echonet printed it (a Python dictionary), after redaction.
    pub gateway_errors: Vec<String>,
    /// Rows of the sections above that could not be read, or that are fewer or more than the summary counts.
    #[serde(default)]
    pub unreadable_rows: u64,
    /// Sections that are not there: their lists are empty here, and were not seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen_sections: Vec<Section>,
    /// Which transactions reverted on one side only; absent if that part is not there or cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverts: Option<RevertComparison>,
}

impl ReportText {
    /// Why not all of it was seen, if it was not.
    #[must_use]
    pub fn gap(&self) -> Option<String> {
        gap(self.unreadable_rows, &self.unseen_sections)
    }

    /// Whether a section is there. The list of one that is not is empty, and was not seen.
    #[must_use]
    pub(crate) fn saw(&self, section: Section) -> bool {
        !self.unseen_sections.contains(&section)
    }
}

/// Why not all of a text was seen, if it was not. What older versions of Echonet do not write is no sign that anything was lost.
pub(super) fn gap(unreadable_rows: u64, unseen: &[Section]) -> Option<String> {
    let lost: Vec<String> = unseen.iter().filter(|it| it.is_of_every_version()).map(|it| format!("`{}`", it.line())).collect();
    match (lost.len(), unreadable_rows) {
        (0, 0) => None,
        (0, 1) => Some("one of its rows is missing or could not be read".to_owned()),
        (0, count) => Some(format!("{count} of its rows are missing or could not be read")),
        (1, _) => Some(format!("it was cut: the line {} is not there", lost.concat())),
        _ => Some(format!("it was cut: the lines {} are not there", lost.join(", "))),
    }
}
