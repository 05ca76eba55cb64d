//! Which transactions reverted on one side only, as Echonet itself counts them.

use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::Serialize;

use super::premises::Premises;
use crate::evidence::report::RevertError;
use crate::evidence::reverts::RevertedOnly;
use crate::evidence::{Episode, EvidenceName, Felt, Report};
use crate::fixed_pattern::fixed_pattern;

/// Evidence that these facts are derived from.
pub(crate) const READS: &[EvidenceName] = &[EvidenceName::Reverts];

/// Transactions that reverted on one side only, by block: what Echonet had on record when the episode ended, from its report, or else from
/// the comparison that it wrote beside the snapshot. Both are cumulative since the process started.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct RevertFacts {
    /// Reverted on Echonet while no revert of mainnet was on record.
    pub only_on_echonet: Vec<RevertedTransaction>,
    /// Reverted on mainnet, and by then not on Echonet. None lies behind the block of the oldest transaction that was on its way, but in the
    /// comparisons of older versions of Echonet, which name no blocks: there most are only ahead.
    pub only_on_mainnet: Vec<RevertedTransaction>,
}

/// A transaction that reverted on one side only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct RevertedTransaction {
    /// Its mainnet block; absent in the comparisons of older versions of Echonet.
    pub block: Option<u64>,
    /// The transaction.
    pub tx_hash: Felt,
    /// The last line of the revert text that says why, without frames.
    pub reason: String,
    /// The whole revert text; absent where only the comparison was seen.
    pub error: Option<String>,
}

/// The reverts of an episode; none where neither the report nor the comparison was seen.
pub(super) fn derive(premises: &Premises<'_>) -> RevertFacts {
    of_episode(premises.episode)
}

fn of_episode(episode: &Episode) -> RevertFacts {
    if let Some(report) = episode.report.value() {
        return of_report(report);
    }
    let only = |it: &RevertedOnly| {
        sorted(it.rows().map(|row| RevertedTransaction { block: row.block, tx_hash: row.tx_hash, reason: row.reason.clone(), error: None }))
    };
    let seen = episode.reverts.value();
    seen.map(|it| RevertFacts { only_on_echonet: only(&it.only_on_echonet), only_on_mainnet: only(&it.only_on_mainnet) })
        .unwrap_or_default()
}

/// The reverts that a report shows.
#[must_use]
pub fn of_report(report: &Report) -> RevertFacts {
    // What lies behind it was only fetched ahead.
    let oldest = report.oldest_sent().unwrap_or(u64::MAX);
    let row = |(hash, error): (&Felt, &RevertError)| RevertedTransaction {
        block: Some(error.block_number),
        tx_hash: *hash,
        reason: extracted_reason(&error.error),
        error: Some(error.error.clone()),
    };
    let is_due = |(_, it): &(&Felt, &RevertError)| it.block_number <= oldest;
    RevertFacts {
        only_on_echonet: sorted(report.revert_errors_echonet.iter().map(row)),
        only_on_mainnet: sorted(report.revert_errors_mainnet.iter().filter(is_due).map(row)),
    }
}

/// Why not all reverts of an episode are known, if they are not.
#[must_use]
pub fn gap(episode: &Episode) -> Option<String> {
    if episode.report.value().is_some() {
        return episode.report.gap();
    }
    episode.reverts.gap().or_else(|| episode.reverts.value()?.gap())
}

fn sorted(all: impl Iterator<Item = RevertedTransaction>) -> Vec<RevertedTransaction> {
    let mut all: Vec<RevertedTransaction> = all.collect();
    all.sort_unstable();
    all
}

static QUOTED: LazyLock<Regex> = LazyLock::new(|| fixed_pattern("\"([^\"]+)\""));
static IN_PARENTHESES: LazyLock<Regex> = LazyLock::new(|| fixed_pattern(r"\('([^']*)'\)"));

/// What Echonet prints of a revert text: from its end on, the first text in quotes, or in parentheses and single quotes, that is no mere
/// wrapper of another; else its last line.
#[must_use]
pub fn extracted_reason(text: &str) -> String {
    const WRAPPERS: [&str; 2] = ["argent/multicall-failed", "entrypoint_failed"];
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    let says_why = |it: &&str| !it.is_empty() && !WRAPPERS.contains(&it.to_lowercase().as_str());
    let said = lines.iter().rev().find_map(|line| {
        [&QUOTED, &IN_PARENTHESES].into_iter().find_map(|pattern| {
            let mut found = pattern.captures_iter(line).filter_map(|it| Some(it.get(1)?.as_str().trim()));
            found.find(says_why)
        })
    });
    said.or(lines.last().copied()).unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::evidence::sources::report_text::reverts;
    use crate::evidence::{Gathered, Provenance};

    const COMPARISON: &str = "=== Revert counts ===\nOnly on Mainnet: 1\nOnly on Echonet: 1\n\n=== Reverted only on Mainnet (1 txs) ===\n\n\
        -- Other (1 txs, 100.00%) --\nbn=6 0x6: no\n\n=== Reverted only on Echonet (1 txs) ===\n\n-- Other (1 txs, 100.00%) --\nbn=7 0x7: Out of gas\n";

    fn source() -> Provenance {
        Provenance { asked: "x".to_owned(), at: None, took_ms: None, bytes: 1, sha256: String::new() }
    }

    fn episode(report: Gathered<Report>, reverts: Gathered<crate::evidence::RevertComparison>) -> Episode {
        Episode { number: 1, report, snapshot: Gathered::NotAsked, reverts, archive: Gathered::NotAsked, ours: BTreeMap::new() }
    }

    #[test]
    fn the_comparison_stands_in_where_the_report_was_not_seen() {
        let comparison = || Gathered::observed(reverts::ANSWER.read(COMPARISON).expect("a comparison"), source());
        let report: Report = serde_json::from_value(serde_json::json!({
            "gateway_errors": {}, "resync_causes": {}, "certain_failures": {},
            "start_block": 1, "initial_start_block": 1, "current_start_block": 1, "current_block": 9,
            "sent_tx_hashes": {"0x9": 8},
            "revert_errors_echonet": {"0x7": {"block_number": 7, "error": "Execution failed:\n0x4f ('Out of gas')."}},
            "revert_errors_mainnet": {
                "0x6": {"block_number": 6, "error": "0x6e ('no')."}, "0x8": {"block_number": 9, "error": "fetched ahead"},
            },
        }))
        .expect("a report");
        let seen = of_episode(&episode(Gathered::observed(report, source()), comparison()));
        let without = of_episode(&episode(Gathered::NotAsked, comparison()));
        let bare = |it: &RevertFacts| {
            let mut it = it.clone();
            it.only_on_echonet.iter_mut().chain(&mut it.only_on_mainnet).for_each(|it| it.error = None);
            it
        };
        assert_eq!(bare(&seen), without, "both say the same, but for the whole text");
        assert!(seen.only_on_echonet.iter().all(|it| it.error.as_deref().is_some_and(|it| it.contains("Execution failed"))), "{seen:?}");
        assert_eq!(without.only_on_echonet.first().map(|it| (it.block, it.reason.as_str())), Some((Some(7), "Out of gas")));
        assert_eq!(
            (gap(&episode(Gathered::NotAsked, comparison())), gap(&episode(Gathered::NotAsked, Gathered::NotAsked))),
            (None, Some("was not collected".to_owned()))
        );
        let cut = reverts::ANSWER.read(COMPARISON.trim_end_matches("bn=7 0x7: Out of gas\n")).expect("a comparison");
        let gap = gap(&episode(Gathered::NotAsked, Gathered::observed(cut, source())));
        assert_eq!(gap.as_deref(), Some("does not name as many transactions as it counts"));
    }

    #[test]
    fn the_reason_is_the_last_that_no_wrapper_hides() {
        let cases = [
            ("Transaction execution has failed:\n0x4f7574206f6620676173 ('Out of gas').", "Out of gas"),
            ("0x1 ('deep')\n(0x2 ('argent/multicall-failed'), 0x3 ('ENTRYPOINT_FAILED'))", "deep"),
            ("first \"quoted\" ('and not')", "quoted"),
            ("nothing in quotes\n  at all \n\n", "at all"),
            ("", ""),
        ];
        for (text, reason) in cases {
            assert_eq!(extracted_reason(text), reason, "{text}");
        }
    }
}
