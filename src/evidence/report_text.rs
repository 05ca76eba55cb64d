//! Echonet's report as text for people: `/echonet/report/text`, and the body of a snapshot.

use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::report::{MismatchRow, Trigger};
use super::{Felt, ParseError, RevertComparison, reverts};

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
    /// Triggers seen once.
    pub resync_causes: Vec<Trigger>,
    /// Triggers seen at least twice.
    pub certain_failures: Vec<Trigger>,
    /// Blocks whose hash differed; cumulative since the process started.
    pub block_hash_mismatches: Vec<MismatchRow>,
    /// Blocks whose transaction commitment differed; cumulative since the process started.
    pub transaction_commitment_mismatches: Vec<MismatchRow>,
    /// Transactions that the gateway refused, each as Echonet printed it (a Python dictionary), after redaction.
    pub gateway_errors: Vec<String>,
    /// Rows of the sections above that could not be read.
    #[serde(default)]
    pub unreadable_rows: u64,
    /// Which transactions reverted on one side only; absent if that part is not there or cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverts: Option<RevertComparison>,
}

/// The heading of a section.
pub(super) static SECTION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?m)^=== (.+?) ===$").expect("a fixed pattern"));
static TRIGGER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?ms)^(?P<key>0x[0-9a-fA-F]+|block_hash_mismatch:\d+): failure_block_number=(?P<failure>\d+) revert_target_block_number=(?P<target>\d+) reason=(?P<reason>.*?) count=(?P<count>\d+)$")
        .expect("a fixed pattern")
});
static MISMATCH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^block=(\d+) echonet=(0x[0-9a-fA-F]+) mainnet=(0x[0-9a-fA-F]+)$").expect("a fixed pattern"));

const COUNTERS: &str = "Echonet snapshot";

/// Reads the body of `/echonet/report/text`.
///
/// # Errors
/// When the section of the counters is not there; another section that is not there reads as empty.
pub fn parse(body: &str) -> Result<ReportText, ParseError> {
    let (snapshot, _) = reverts::split_heading(body).unwrap_or((body, ""));
    if section(snapshot, COUNTERS).is_none() {
        return Err(ParseError::new(format!("no line is `=== {COUNTERS} ===`")));
    }
    Ok(ReportText { reverts: reverts::parse(body).ok(), ..sections(snapshot) })
}

/// Reads the sections that there are, but for the reverts.
pub(super) fn sections(body: &str) -> ReportText {
    let counters = section(body, COUNTERS).unwrap_or_default();
    let mut unreadable_rows = 0;
    let mut mismatches = |name: &str| -> Vec<MismatchRow> {
        let rows: Vec<_> = rows(section(body, name)).collect();
        let read: Vec<_> = rows.iter().filter_map(|row| mismatch(row)).collect();
        unreadable_rows += (rows.len() - read.len()) as u64;
        read
    };
    let block_hash_mismatches = mismatches("Block hash mismatches");
    let transaction_commitment_mismatches = mismatches("Transaction commitment mismatches");
    ReportText {
        initial_start_block: counter(counters, "Initial start block"),
        current_start_block: counter(counters, "Current start block"),
        current_block: counter(counters, "Current block"),
        resync_causes: triggers(section(body, "Resync triggers (first failures)")),
        certain_failures: triggers(section(body, "Certain failures (repeated triggers)")),
        block_hash_mismatches,
        transaction_commitment_mismatches,
        gateway_errors: rows(section(body, "Gateway errors (hash -> response)")).map(str::to_owned).collect(),
        unreadable_rows,
        reverts: None,
    }
}

/// The text between the section's heading and the next heading or the trailer.
fn section<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let mut headings = SECTION.captures_iter(body).filter_map(|it| Some((it.get(0)?, it.get(1)?.as_str()))).peekable();
    while let Some((heading, found)) = headings.next() {
        if found == name {
            let end = headings.peek().map_or(body.len(), |(next, _)| next.start());
            let text = body.get(heading.end()..end)?;
            let text = text.split_once("\n===== End report =====").map_or(text, |(before, _)| before);
            return Some(text.trim_matches('\n'));
        }
    }
    None
}

fn rows(section: Option<&str>) -> impl Iterator<Item = &str> {
    section.into_iter().flat_map(str::lines).filter(|line| !line.trim().is_empty() && *line != "(none)")
}

fn counter(section: &str, name: &str) -> Option<u64> {
    section.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

fn triggers(section: Option<&str>) -> Vec<Trigger> {
    let trigger = |it: regex::Captures<'_>| {
        Some(Trigger {
            tx_hash: it.name("key")?.as_str().to_owned(),
            failure_block_number: it.name("failure")?.as_str().parse().ok()?,
            revert_target_block_number: it.name("target")?.as_str().parse().ok()?,
            reason: it.name("reason")?.as_str().to_owned(),
            count: it.name("count")?.as_str().parse().ok()?,
        })
    };
    section.map(|text| TRIGGER.captures_iter(text).filter_map(trigger).collect()).unwrap_or_default()
}

fn mismatch(row: &str) -> Option<MismatchRow> {
    let it = MISMATCH.captures(row)?;
    let felt = |group: usize| -> Option<Felt> { it.get(group)?.as_str().parse().ok() };
    Some(MismatchRow { block_number: it.get(1)?.as_str().parse().ok()?, echonet: felt(2)?, mainnet: felt(3)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "=== Echonet snapshot ===
Initial start block        10
Current start block        11
Current block              (unknown)

=== Resync triggers (first failures) ===
block_hash_mismatch:12: failure_block_number=12 revert_target_block_number=12 reason=Block hash mismatch at block 12 count=1

=== Block hash mismatches ===
block=12 echonet=0x1 mainnet=0x2

=== Revert counts ===
Only on Mainnet: 0
Only on Echonet: 1

=== Reverted only on Mainnet (0 txs) ===
(none)

=== Reverted only on Echonet (1 txs) ===

-- Other (1 txs, 100.00%) --
bn=12 0x7: Out of gas
";

    #[test]
    fn both_parts_of_the_text_are_read() {
        let text = parse(TEXT).expect("a report");
        assert_eq!((text.initial_start_block, text.current_start_block, text.current_block), (Some(10), Some(11), None));
        assert_eq!((text.resync_causes.len(), text.block_hash_mismatches.len(), text.unreadable_rows), (1, 1, 0));
        let reverts = text.reverts.expect("a comparison");
        let reasons: Vec<&str> = reverts.only_on_echonet.rows().map(|it| it.reason.as_str()).collect();
        assert_eq!((reverts.gap(), reasons.as_slice()), (None, ["Out of gas"].as_slice()));
    }

    #[test]
    fn a_text_without_its_second_part_is_still_a_report_and_one_without_counters_is_none() {
        let (first, _) = TEXT.split_once("=== Revert counts").expect("two parts");
        assert_eq!(parse(first).map(|it| (it.resync_causes.len(), it.reverts)), Ok((1, None)));
        for text in ["", "<!doctype html>\n<title>500</title>", "=== Revert counts ===\nOnly on Mainnet: 0\nOnly on Echonet: 0\n"] {
            assert!(parse(text).expect_err(text).to_string().contains("=== Echonet snapshot ==="), "{text}");
        }
    }
}
