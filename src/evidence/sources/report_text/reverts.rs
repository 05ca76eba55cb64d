//! Which transactions reverted on one side only, as it is read: the end of `/echonet/report/text`, and a `report_reverts_<time>.log`.

use std::sync::LazyLock;

use regex::Regex;

use super::super::reader::Reader;
use crate::evidence::reverts::{RevertGroup, RevertRow, RevertedOnly};
use crate::evidence::sections::{Section, is_line};
use crate::evidence::{ParseError, RevertComparison};

/// Which transactions reverted on one side only.
pub const ANSWER: Reader<RevertComparison> = Reader::in_part(comparison, |it, body| it.gap().or_else(|| cut(body)));

const HEADING: &str = "=== Revert counts ===";

#[expect(clippy::expect_used, reason = "a fixed pattern, which the tests build")]
static SECTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^=== Reverted only on (?P<side>Mainnet|Echonet) \(\d+ txs\) ===$").expect("a fixed pattern"));
#[expect(clippy::expect_used, reason = "a fixed pattern, which the tests build")]
static GROUP: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^-- (?P<class>.+) \((?P<count>\d+) txs(?:, [0-9.]+%)?\) --$").expect("a fixed pattern"));
#[expect(clippy::expect_used, reason = "a fixed pattern, which the tests build")]
static ROW: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:bn=(?P<block>\d+) )?(?P<hash>0x[0-9a-fA-F]{1,64}):(?: (?P<reason>.*))?$").expect("a fixed pattern"));

/// Reads the file, or what follows the snapshot in `/echonet/report/text`. The heading of the counts and both counts must be there.
fn comparison(body: &str) -> Result<RevertComparison, ParseError> {
    // The reason of the trigger comes before it and can hold anything; nothing after it begins like a heading.
    let (_, text) = split_heading(body).ok_or_else(|| ParseError::new(format!("no line is `{HEADING}`")))?;
    let mut counts = [None, None];
    let mut groups: [Vec<RevertGroup>; 2] = Default::default();
    let mut side = None;
    let mut unreadable_rows = 0_u64;
    for line in text.lines().take_while(|it| *it != Section::End.line()).filter(|it| !it.trim().is_empty() && *it != "(none)") {
        if read(line, &mut side, &mut counts, &mut groups).is_none() {
            unreadable_rows = unreadable_rows.saturating_add(1);
        }
    }
    let [mainnet, echonet] = counts;
    let [of_mainnet, of_echonet] = groups;
    let only = |count: Option<u64>, groups, name: &str| match count {
        Some(count) => Ok(RevertedOnly { count, groups }),
        None => Err(ParseError::new(format!("no line starts with `{name}`"))),
    };
    Ok(RevertComparison {
        only_on_mainnet: only(mainnet, of_mainnet, COUNTS[0])?,
        only_on_echonet: only(echonet, of_echonet, COUNTS[1])?,
        unreadable_rows,
    })
}

/// Why a file of the comparison is not whole, if it is not.
#[must_use]
fn cut(body: &str) -> Option<String> {
    let is_ended = body.trim_end().strip_suffix(Section::End.line()).is_some_and(|it| it.ends_with('\n'));
    (!is_ended).then(|| format!("it was cut: the line `{}` is not at its end", Section::End.line()))
}

/// What stands before the last heading of the counts, and what stands after it.
pub(super) fn split_heading(body: &str) -> Option<(&str, &str)> {
    let at = body.rmatch_indices(HEADING).map(|(at, _)| at).find(|at| is_line(body, *at, HEADING))?;
    Some((body.get(..at)?, body.get(at.saturating_add(HEADING.len())..)?))
}

/// Whether nothing but the comparison follows its heading. A reason that holds that line is followed by the count of its trigger.
pub(super) fn is_last_part(after: &str) -> bool {
    let is_count = |it: &str| it.rsplit_once(" count=").is_some_and(|(_, it)| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()));
    let is_other = |it: &str| it.starts_with("=== ") && it.ends_with(" ===") && !SECTION.is_match(it);
    let is_row = |it: &str| ROW.is_match(it);
    !after.lines().any(|it| is_other(it) || (is_count(it) && !is_row(it)))
}

const COUNTS: [&str; 2] = ["Only on Mainnet: ", "Only on Echonet: "];

/// Takes one line in; none if it cannot be read.
fn read(line: &str, side: &mut Option<usize>, counts: &mut [Option<u64>; 2], groups: &mut [Vec<RevertGroup>; 2]) -> Option<()> {
    if let Some(section) = SECTION.captures(line) {
        *side = Some(usize::from(section.name("side")?.as_str() == "Echonet"));
        return Some(());
    }
    let Some(side) = *side else {
        let (count, value) = counts.iter_mut().zip(COUNTS).find_map(|(count, name)| Some((count, line.strip_prefix(name)?)))?;
        *count = Some(value.trim().parse().ok()?);
        return Some(());
    };
    let groups = groups.get_mut(side)?;
    if let Some(group) = GROUP.captures(line) {
        let count = group.name("count")?.as_str().parse().ok()?;
        groups.push(RevertGroup { class: group.name("class")?.as_str().to_owned(), count, rows: Vec::new() });
        return Some(());
    }
    let row = ROW.captures(line)?;
    let block = match row.name("block") {
        Some(block) => Some(block.as_str().parse().ok()?),
        None => None,
    };
    let reason = row.name("reason").map_or("", |it| it.as_str()).to_owned();
    groups.last_mut()?.rows.push(RevertRow { block, tx_hash: row.name("hash")?.as_str().parse().ok()?, reason });
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evidence::Felt;

    /// As Echonet writes it.
    fn written(it: &RevertComparison, header: &str) -> String {
        let mut text = format!("{header}{HEADING}\n");
        for (name, only) in COUNTS.iter().zip([&it.only_on_mainnet, &it.only_on_echonet]) {
            text += &format!("{name}{}\n", only.count);
        }
        for (name, only) in [("Mainnet", &it.only_on_mainnet), ("Echonet", &it.only_on_echonet)] {
            text += &format!("\n=== Reverted only on {name} ({} txs) ===\n", only.count);
            if only.groups.is_empty() {
                text += "(none)\n";
            }
            for group in &only.groups {
                text += &format!("\n-- {} ({} txs, 100.00%) --\n", group.class, group.count);
                for row in &group.rows {
                    let block = row.block.map(|it| format!("bn={it} ")).unwrap_or_default();
                    text += &format!("{block}{}: {}\n", row.tx_hash, row.reason);
                }
            }
        }
        text + "\n" + Section::End.line() + "\n"
    }

    fn only() -> impl Strategy<Value = RevertedOnly> {
        let row = (any::<Option<u64>>(), any::<u128>(), "[^\r\n]{0,30}");
        let row = row.prop_map(|(block, hash, reason)| RevertRow { block, tx_hash: Felt::from(hash), reason });
        let group = ("[A-Za-z(][A-Za-z0-9():/ ]{0,20}", prop::collection::vec(row, 1..4));
        prop::collection::vec(group, 0..4).prop_map(|groups| RevertedOnly {
            count: groups.iter().map(|(_, rows)| rows.len() as u64).sum(),
            groups: groups.into_iter().map(|(class, rows)| RevertGroup { class, count: rows.len() as u64, rows }).collect(),
        })
    }

    proptest! {
        #[test]
        fn what_echonet_writes_is_read_whole_whatever_the_reason_of_the_trigger_says(
            only_on_mainnet in only(),
            only_on_echonet in only(),
            reason in "[ -~\n]{0,80}(\n=== Revert counts ===\nOnly on Mainnet: 7\n)?",
        ) {
            let comparison = RevertComparison { only_on_mainnet, only_on_echonet, unreadable_rows: 0 };
            let header = format!("trigger_reason: {reason}\n\n");
            prop_assert_eq!(ANSWER.read(&written(&comparison, &header)), Ok(comparison.clone()));
            prop_assert_eq!(comparison.gap(), None);
        }

        #[test]
        fn hostile_text_is_refused_or_read_and_never_panics(
            lines in prop::collection::vec("\\PC{0,20}|=== Revert counts ===|=== Reverted only on Echonet \\([0-9]{1,30} txs\\) ===|-- .{0,3} \\([0-9]{1,30} txs\\) --|bn=[0-9]{1,30} 0x[0-9a-f]{1,70}: x|Only on (Mainnet|Echonet): [0-9]{1,30}", 0..20),
        ) {
            if let Ok(comparison) = ANSWER.read(&lines.join("\n")) {
                let _ = comparison.gap();
            }
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_and_a_file_that_ends_early_are_gaps() {
        let row =
            |text: &str| format!("{HEADING}\nOnly on Mainnet: 0\nOnly on Echonet: 1\n\n=== Reverted only on Echonet (1 txs) ===\n{text}\n");
        let cases = [
            ("\n-- Other (1 txs, 100.00%) --\nbn=7 0x1: no", None),
            // Older versions name neither the share nor the block.
            ("\n-- Other (1 txs) --\n0x1: no", None),
            ("\n-- Other (1 txs) --\n0x1:", None),
            ("", Some("does not name as many transactions as it counts")),
            ("bn=7 0x1: without a class", Some("has 1 lines that could not be read")),
            ("\n-- Other (1 txs) --\nbn=7 1: no", Some("has 1 lines that could not be read")),
        ];
        for (text, gap) in cases {
            let comparison = ANSWER.read(&row(text)).expect("a comparison");
            assert_eq!(comparison.gap().as_deref(), gap, "{text}");
        }
        for (text, part) in
            [("", "no line is `=== Revert counts ===`"), ("=== Revert counts ===\nOnly on Mainnet: 1\n", "`Only on Echonet: `")]
        {
            assert!(ANSWER.read(text).expect_err(text).to_string().contains(part), "{text}");
        }
    }
}
