//! The snapshot that Echonet writes before it clears its state: `report_snapshot_<time>.log`.

use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::report::{GatewayError, MismatchRow, Trigger};
use super::report_text::{gap, sections};
use super::sections::{Section, places};
use super::{Felt, ParseError, Timestamp};

/// What a pre-resync snapshot says.
///
/// The file is text for people; rows that cannot be read are counted, not dropped silently.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// When the snapshot was written.
    pub taken_at: Timestamp,
    /// Transaction hash or synthetic key of the trigger.
    pub trigger_key: String,
    /// Block of the trigger.
    pub trigger_block: u64,
    /// Reason text; may span lines.
    pub trigger_reason: String,
    /// First block of the process's first epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_start_block: Option<u64>,
    /// First block of the epoch that this resync ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_start_block: Option<u64>,
    /// Mainnet block that the sender was at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_block: Option<u64>,
    /// Triggers seen once by then, this one included.
    pub resync_causes: Vec<Trigger>,
    /// Triggers seen at least twice by then, this one included.
    pub certain_failures: Vec<Trigger>,
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
}

impl Snapshot {
    /// Why not all of it was seen, if it was not.
    #[must_use]
    pub(crate) fn gap(&self) -> Option<String> {
        gap(self.unreadable_rows, &self.unseen_sections)
    }

    /// Whether a section is there. The list of one that is not is empty, and was not seen.
    #[must_use]
    pub(crate) fn saw(&self, section: Section) -> bool {
        !self.unseen_sections.contains(&section)
    }
}

/// Reads a `report_snapshot_<time>.log`.
///
/// # Errors
/// When the header (time, trigger key, block, reason) is not there, or cannot be told from a reason that looks like a report; a section that is
/// not there is among those not seen.
pub fn parse(body: &str) -> Result<Snapshot, ParseError> {
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

static GATEWAY_ERROR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(?P<tx>0x[0-9a-fA-F]+): \{'status': (?P<status>\d+), 'response': (?:'(?P<single>(?:[^'\\]|\\.)*)'|"(?P<double>(?:[^"\\]|\\.)*)"), 'block_number': (?P<block>\d+)\}$"#)
        .expect("a fixed pattern")
});

/// Reads a row of [`Snapshot::gateway_errors`]; none if it is not of the form that Python gives it.
#[must_use]
pub(crate) fn gateway_error(row: &str) -> Option<(Felt, GatewayError)> {
    let found = GATEWAY_ERROR.captures(row)?;
    let response = unescaped(found.name("single").or_else(|| found.name("double"))?.as_str())?;
    let (status, block_number) = (found.name("status")?.as_str().parse().ok()?, found.name("block")?.as_str().parse().ok()?);
    Some((found.name("tx")?.as_str().parse().ok()?, GatewayError { status, response, block_number }))
}

/// The text that Python writes so between quotes.
fn unescaped(literal: &str) -> Option<String> {
    let mut text = String::with_capacity(literal.len());
    let mut rest = literal.chars();
    while let Some(it) = rest.next() {
        let code = |digits: usize, rest: &mut std::str::Chars<'_>| {
            let digits: String = rest.by_ref().take(digits).collect();
            u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
        };
        text.push(match it {
            '\\' => match rest.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'x' => code(2, &mut rest)?,
                'u' => code(4, &mut rest)?,
                'U' => code(8, &mut rest)?,
                other => other,
            },
            other => other,
        });
    }
    Some(text)
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
        let snapshot = parse(SNAPSHOT).expect("a snapshot");
        assert_eq!(snapshot.trigger_reason, "Echonet-only revert: first line\nsecond line\n");
        assert_eq!(snapshot.resync_causes.first().map(|it| it.reason.as_str()), Some("Echonet-only revert: first line\nsecond line\n"));
        assert_eq!((snapshot.initial_start_block, snapshot.current_start_block, snapshot.current_block), (Some(10), Some(11), None));
        assert_eq!(snapshot.certain_failures, []);
        assert_eq!(snapshot.gateway_errors.len(), 1);
    }

    #[test]
    fn a_row_that_cannot_be_read_is_counted() {
        let snapshot = parse(SNAPSHOT).expect("a snapshot");
        assert_eq!((snapshot.block_hash_mismatches.len(), snapshot.unreadable_rows), (1, 1));
    }

    #[test]
    fn a_gateway_error_is_read_as_python_writes_it_and_nothing_else_is() {
        let read = |row: &str| gateway_error(row).map(|(tx, it)| (tx.to_string(), it.status, it.response, it.block_number));
        let row = |response: &str| format!("0x7: {{'status': 400, 'response': {response}, 'block_number': 12}}");
        for (response, expected) in [
            ("''", ""),
            (r#"'{"code":"X","message":"no"}'"#, r#"{"code":"X","message":"no"}"#),
            (r#""it's""#, "it's"),
            (r#"'it\'s "so"\\ \n\t\xe9\u00e9\U0001f600'"#, "it's \"so\"\\ \n\t\u{e9}\u{e9}\u{1f600}"),
            (r#""', 'block_number': 99}""#, "', 'block_number': 99}"),
            ("'https://x.quiknode.pro/«redacted:url-key:7f3a»'", "https://x.quiknode.pro/«redacted:url-key:7f3a»"),
        ] {
            assert_eq!(read(&row(response)), Some(("0x7".to_owned(), 400, expected.to_owned(), 12)), "{response}");
        }
        for row in [
            &row("'a' 'b'"),
            &row(r"'\xzz'"),
            &row(r"'\"),
            "0x7: «redacted:secret-field:0000»",
            "",
            "0x7: {'status': 70000, 'response': '', 'block_number': 1}",
        ] {
            assert_eq!(read(row), None, "{row}");
        }
    }

    #[test]
    fn a_file_without_a_header_names_the_line_that_is_missing() {
        let err = parse("=== Echonet snapshot ===\n").expect_err("no header");
        assert!(err.to_string().contains("timestamp: "), "{err}");
    }
}
