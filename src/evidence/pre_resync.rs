//! The snapshot that Echonet writes before it clears its state: `report_snapshot_<time>.log`.

use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::report::{GatewayError, MismatchRow, ReportTrigger};
use super::report_text::gap;
use super::sections::Section;
use super::{Felt, Timestamp};

/// What a pre-resync snapshot says.
///
/// The file is text for people; rows that cannot be read are counted, not dropped silently.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Time of the snapshot.
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
    pub resync_causes: Vec<ReportTrigger>,
    /// Triggers seen at least twice by then, this one included.
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

#[expect(clippy::expect_used, reason = "a fixed pattern, which the tests build")]
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
