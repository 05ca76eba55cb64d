//! A `report_snapshot_<time>.log` as it is read.

use super::super::reader::Reader;
use super::super::report_text::sections;
use crate::evidence::sections::{Section, places};
use crate::evidence::{ParseError, Snapshot, Timestamp};

/// What Echonet wrote before it cleared its state.
pub const ANSWER: Reader<Snapshot> = Reader::in_part(snapshot, |it, _| it.gap());

/// Reads a snapshot. Its header (time, trigger key, block, reason) must be there, and must be told from a reason that looks like a report; a
/// section that is not there is among those not seen.
fn snapshot(body: &str) -> Result<Snapshot, ParseError> {
    let (header, text) = split(body)?;
    let taken_at: Timestamp = field(header, "timestamp: ")?.parse().map_err(|err| ParseError::new(format!("timestamp: {err}")))?;
    let trigger_block =
        field(header, "trigger_block: ")?.parse().map_err(|err| ParseError::new(format!("trigger_block is not a block number: {err}")))?;
    let reason = reason(header).ok_or_else(|| ParseError::new("no line starts with `trigger_reason: `"))?;
    let trigger_key = field(header, "trigger_tx_hash: ")?;

    let state = sections(text, Some((trigger_key, reason)));
    Ok(Snapshot {
        taken_at,
        trigger_key: trigger_key.to_owned(),
        trigger_block,
        trigger_reason: reason.to_owned(),
        initial_start_block: state.initial_start_block,
        current_start_block: state.current_start_block,
        current_block: state.current_block,
        resync_causes: state.resync_causes,
        certain_failures: state.certain_failures,
        block_hash_mismatches: state.block_hash_mismatches,
        transaction_commitment_mismatches: state.transaction_commitment_mismatches,
        gateway_errors: state.gateway_errors,
        unreadable_rows: state.unreadable_rows,
        unseen_sections: state.unseen_sections,
    })
}

/// The header, and the sections after it. The reason can hold a line like the first heading; the lists of triggers repeat the whole of it.
fn split(body: &str) -> Result<(&str, &str), ParseError> {
    /// Above this, the text is no snapshot that anybody can read.
    const MOST: usize = 64;
    let mut all: Vec<(&str, &str)> =
        places(body, Section::Counters.line()).take(MOST + 1).filter_map(|at| body.split_at_checked(at)).collect();
    let is_repeated = |(header, text): &(&str, &str)| reason(header).is_some_and(|it| text.contains(&format!(" reason={it} count=")));
    match all.len() {
        0 => return Err(ParseError::new(format!("no line is `{}`", Section::Counters.line()))),
        1 => {}
        2..=MOST => all.retain(is_repeated),
        _ => all.clear(),
    }
    match all.as_slice() {
        [one] => Ok(*one),
        _ => Err(ParseError::new("its reason looks like a report, and cannot be told from the report itself")),
    }
}

fn reason(header: &str) -> Option<&str> {
    let (_, reason) = header.split_once("trigger_reason: ")?;
    // The writer puts exactly one blank line between the reason, which may itself end in a newline, and the first section.
    Some(reason.strip_suffix("\n\n").unwrap_or(reason))
}

fn field<'a>(header: &'a str, name: &str) -> Result<&'a str, ParseError> {
    header
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .map(str::trim)
        .ok_or_else(|| ParseError::new(format!("no line starts with `{name}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SNAPSHOT: &str = "===== Echonet reports before resync =====
timestamp: 2026-01-02T03:04:05.678901Z
trigger_tx_hash: 0xabc
trigger_block: 12
trigger_reason: Echonet-only revert: first line
second line


=== Echonet snapshot ===
Initial start block        10
Current start block        11
Current block              (unknown)

=== Gateway errors (hash -> response) ===
0x7: {'status': 0, 'response': '', 'block_number': 12}

=== Resync triggers (first failures) ===
0xabc: failure_block_number=12 revert_target_block_number=12 reason=Echonet-only revert: first line
second line
 count=1

=== Certain failures (repeated triggers) ===
(none)

=== Block hash mismatches ===
block=12 echonet=0x1 mainnet=0x2
block=12 garbled

===== End report =====
";

    #[test]
    fn a_reason_that_spans_lines_ends_before_the_first_section_and_keeps_its_own_newline() {
        let snapshot = ANSWER.read(SNAPSHOT).expect("a snapshot");
        assert_eq!(snapshot.trigger_reason, "Echonet-only revert: first line\nsecond line\n");
        assert_eq!(snapshot.resync_causes.first().map(|it| it.reason.as_str()), Some("Echonet-only revert: first line\nsecond line\n"));
        assert_eq!((snapshot.initial_start_block, snapshot.current_start_block, snapshot.current_block), (Some(10), Some(11), None));
        assert_eq!(snapshot.certain_failures, []);
        assert_eq!(snapshot.gateway_errors.len(), 1);
    }

    #[test]
    fn a_row_that_cannot_be_read_is_counted() {
        let snapshot = ANSWER.read(SNAPSHOT).expect("a snapshot");
        assert_eq!((snapshot.block_hash_mismatches.len(), snapshot.unreadable_rows), (1, 1));
    }

    #[test]
    fn a_file_without_a_header_names_the_line_that_is_missing() {
        let err = ANSWER.read("=== Echonet snapshot ===\n").expect_err("no header");
        assert!(err.to_string().contains("timestamp: "), "{err}");
    }
}
