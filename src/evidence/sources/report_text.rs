//! Echonet's report as text.

pub mod reverts;

use std::sync::LazyLock;

use regex::Regex;

use super::bound::Bound;
use super::mark::Mark;
use super::reader::Reader;
use super::situation::Situation;
use super::source::{DiesWith, PageQueue, Place, RefusalMeaning, Saved, Source, Wire};
use crate::evidence::report::{MismatchRow, ReportTrigger};
use crate::evidence::sections::{ListedTriggers, Own, Section, Sections};
use crate::evidence::{EvidenceName, Felt, ParseError, ReportText, Request};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet { page: "/echonet/report/text", turn: PageQueue::Large, refusal: RefusalMeaning::AsStated },
    saved: Saved::At(&[Place::at("report.txt")]),
    recognised: &[Mark::SNAPSHOT],
    reads: &[&ANSWER],
    gives: &[EvidenceName::Report],
    best_for: &[],
    dies_with: DiesWith::PodEnd,
    limits: &[Bound::Answer, Bound::Together],
    says: "where the report cannot be fetched or read: it says most of the same",
};

/// The report as text for people.
pub const ANSWER: Reader<ReportText> = Reader::in_part(text, |it, _| it.gap());

/// What of it is worth asking for.
pub(crate) fn worth(seen: &Situation) -> Vec<Request> {
    seen.unanswered.contains_key(&Request::Report).then_some(Request::ReportText).into_iter().collect()
}

/// Reads both parts. Without the section of the counters it is no report; another section that is not there is among those not seen.
fn text(body: &str) -> Result<ReportText, ParseError> {
    let (snapshot, reverts) = match reverts::split_heading(body).filter(|(_, after)| reverts::is_last_part(after)) {
        Some((before, _)) => (before, reverts::ANSWER.read(body).ok()),
        None => (body, None),
    };
    let mut text = sections(snapshot, None);
    if text.unseen_sections.contains(&Section::Counters) {
        return Err(ParseError::new(format!("no line is `{}`", Section::Counters.line())));
    }
    // Only files have that line.
    text.unseen_sections.retain(|it| *it != Section::End);
    Ok(ReportText { reverts, ..text })
}

/// Reads the sections that there are, but for the reverts.
pub(super) fn sections(body: &str, own: Own<'_>) -> ReportText {
    let sections = Sections::parse(body, own);
    let unseen_sections = sections.unseen();
    let counters = sections.counters.unwrap_or_default();
    let mut unreadable_rows = 0_u64;
    // What the summary counts was there when Echonet wrote it.
    let mut count = |unreadable: u64, read: usize, name: &str| {
        let differ = sections.counted(name).map_or(0, |it| it.abs_diff(read as u64));
        unreadable_rows = unreadable.max(differ).saturating_add(unreadable_rows);
    };
    let mut mismatches = |section: Option<&str>, name: &str| -> Vec<MismatchRow> {
        let rows: Vec<_> = rows(section).collect();
        let read: Vec<_> = rows.iter().filter_map(|row| mismatch(row)).collect();
        if section.is_some() {
            count(rows.len().saturating_sub(read.len()) as u64, read.len(), name);
        }
        read
    };
    let block_hash_mismatches = mismatches(sections.block_hash_mismatches, "Block hash mismatches");
    let transaction_commitment_mismatches = mismatches(sections.transaction_commitment_mismatches, "Transaction mismatches");
    let gateway_errors: Vec<String> = rows(sections.gateway_errors).map(str::to_owned).collect();
    if sections.gateway_errors.is_some() {
        count(0, gateway_errors.len(), "Gateway errors");
    }
    let mut triggers = |list: &Option<ListedTriggers>, name: &str| -> Vec<ReportTrigger> {
        let Some(list) = list else { return Vec::new() };
        count(list.unreadable, list.triggers.len(), name);
        list.triggers.clone()
    };
    let resync_causes = triggers(&sections.resync_causes, "Resync triggers (first failures)");
    let certain_failures = triggers(&sections.certain_failures, "Certain failures (repeated triggers)");
    ReportText {
        initial_start_block: counter(counters, "Initial start block"),
        current_start_block: counter(counters, "Current start block"),
        current_block: counter(counters, "Current block"),
        resync_causes,
        certain_failures,
        block_hash_mismatches,
        transaction_commitment_mismatches,
        gateway_errors,
        unreadable_rows,
        unseen_sections,
        reverts: None,
    }
}

fn rows(section: Option<&str>) -> impl Iterator<Item = &str> {
    section.into_iter().flat_map(str::lines).filter(|line| !line.trim().is_empty() && *line != "(none)")
}

fn counter(section: &str, name: &str) -> Option<u64> {
    section.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

#[expect(clippy::expect_used, reason = "a fixed pattern, which the tests build")]
static MISMATCH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^block=(\d+) echonet=(0x[0-9a-fA-F]+) mainnet=(0x[0-9a-fA-F]+)$").expect("a fixed pattern"));

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
        let text = ANSWER.read(TEXT).expect("a report");
        assert_eq!((text.initial_start_block, text.current_start_block, text.current_block), (Some(10), Some(11), None));
        assert_eq!((text.resync_causes.len(), text.block_hash_mismatches.len(), text.unreadable_rows), (1, 1, 0));
        let reverts = text.reverts.expect("a comparison");
        let reasons: Vec<&str> = reverts.only_on_echonet.rows().map(|it| it.reason.as_str()).collect();
        assert_eq!((reverts.gap(), reasons.as_slice()), (None, ["Out of gas"].as_slice()));
    }

    #[test]
    fn rows_that_nobody_could_count_are_missing_all_the_same() {
        let summary = "=== Transaction status summary ===\nBlock hash mismatches 18446744073709551615\nResync triggers (first failures) \
                       18446744073709551615\n\n=== Resync triggers";
        let text = TEXT.replace("=== Resync triggers", summary);
        assert_eq!(ANSWER.read(&text).map(|it| it.unreadable_rows), Ok(u64::MAX));
    }

    #[test]
    fn a_text_without_its_second_part_is_still_a_report_and_one_without_counters_is_none() {
        let (first, _) = TEXT.split_once("=== Revert counts").expect("two parts");
        assert_eq!(ANSWER.read(first).map(|it| (it.resync_causes.len(), it.reverts)), Ok((1, None)));
        for text in ["", "<!doctype html>\n<title>500</title>", "=== Revert counts ===\nOnly on Mainnet: 0\nOnly on Echonet: 0\n"] {
            assert!(ANSWER.read(text).expect_err(text).to_string().contains("=== Echonet snapshot ==="), "{text}");
        }
    }
}
