//! Finds the real sections in Echonet's text report, and ignores text that only looks like one.
//!
//! A trigger's reason can contain anything that a contract or a gateway said, including line breaks, in three places: the head of a
//! snapshot and the two lists of triggers. Nothing else that Echonet prints can begin a line like a heading. So for sections before the
//! lists the first one of a name counts, for sections after them the last one, and a reason ends where its count is followed by the next
//! trigger or by the end of the list.

use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::report::ReportTrigger;

/// A part of the report as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// Counters of the epoch.
    Counters,
    /// Transactions that the gateway refused.
    GatewayErrors,
    /// Triggers that Echonet has seen once, and not again since.
    ResyncCauses,
    /// Triggers seen at least twice.
    CertainFailures,
    /// Blocks whose hash differed; older versions of Echonet have no such section.
    BlockHashMismatches,
    /// Blocks whose transaction commitment differed; older versions of Echonet have no such section.
    TransactionCommitmentMismatches,
    /// The line that ends a file.
    End,
}

impl Section {
    /// All, in the order of the text.
    pub(super) const ALL: [Self; 7] = [
        Self::Counters,
        Self::GatewayErrors,
        Self::ResyncCauses,
        Self::CertainFailures,
        Self::BlockHashMismatches,
        Self::TransactionCommitmentMismatches,
        Self::End,
    ];

    /// The heading line of the section.
    #[must_use]
    pub(crate) fn line(self) -> &'static str {
        match self {
            Self::Counters => "=== Echonet snapshot ===",
            Self::GatewayErrors => "=== Gateway errors (hash -> response) ===",
            Self::ResyncCauses => "=== Resync triggers (first failures) ===",
            Self::CertainFailures => "=== Certain failures (repeated triggers) ===",
            Self::BlockHashMismatches => "=== Block hash mismatches ===",
            Self::TransactionCommitmentMismatches => "=== Transaction commitment mismatches ===",
            Self::End => "===== End report =====",
        }
    }

    /// Whether every version of Echonet writes it.
    #[must_use]
    pub(crate) fn is_of_every_version(self) -> bool {
        !matches!(self, Self::BlockHashMismatches | Self::TransactionCommitmentMismatches)
    }
}

const SUMMARY: &str = "=== Transaction status summary ===";
const L2_GAS: &str = "=== L2 gas mismatches ===";

#[expect(clippy::expect_used, reason = "a fixed pattern, which the tests build")]
static HEADING: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?m)^=== .+ ===\r?$").expect("a fixed pattern"));
#[expect(clippy::expect_used, reason = "a fixed pattern, which the tests build")]
static TRIGGER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?P<key>0x[0-9a-fA-F]+|block_hash_mismatch:\d+): failure_block_number=(?P<failure>\d+) revert_target_block_number=(?P<target>\d+) reason=",
    )
    .expect("a fixed pattern")
});
#[expect(clippy::expect_used, reason = "a fixed pattern, which the tests build")]
static COUNT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?m) count=(?P<count>\d+)$").expect("a fixed pattern"));

/// The text of each section; none where it is not there.
#[derive(Debug, Default)]
pub(super) struct Sections<'t> {
    pub(super) counters: Option<&'t str>,
    pub(super) summary: Option<&'t str>,
    pub(super) gateway_errors: Option<&'t str>,
    pub(super) resync_causes: Option<ListedTriggers>,
    pub(super) certain_failures: Option<ListedTriggers>,
    pub(super) block_hash_mismatches: Option<&'t str>,
    pub(super) transaction_commitment_mismatches: Option<&'t str>,
    pub(super) is_ended: bool,
}

/// Triggers of one list.
#[derive(Debug, Default)]
pub(super) struct ListedTriggers {
    pub(super) triggers: Vec<ReportTrigger>,
    /// Rows that could not be read.
    pub(super) unreadable: u64,
}

/// The trigger of a snapshot: its key and its reason, which its list repeats.
pub(super) type Own<'t> = Option<(&'t str, &'t str)>;

impl<'t> Sections<'t> {
    /// Finds the sections of a text that begins with the first of them.
    pub(super) fn parse(text: &'t str, own: Own<'_>) -> Self {
        let mut sections = Self::default();
        let body = text.trim_end();
        let body = match body.strip_suffix(Section::End.line()) {
            Some(before) if before.ends_with('\n') => {
                sections.is_ended = true;
                before
            }
            _ => text,
        };
        let Some(lists) = place(body, Section::ResyncCauses.line()) else {
            sections.take_head(body);
            return sections;
        };
        sections.take_head(body.get(..lists).unwrap_or_default());
        let mut rest = after(body, lists, Section::ResyncCauses.line());
        sections.transaction_commitment_mismatches = cut_last(&mut rest, Section::TransactionCommitmentMismatches.line());
        sections.block_hash_mismatches = cut_last(&mut rest, Section::BlockHashMismatches.line());
        cut_last(&mut rest, L2_GAS);
        let (first, repeated) = lists_of(
            rest,
            own,
            [sections.counted("Resync triggers (first failures)"), sections.counted("Certain failures (repeated triggers)")],
        );
        sections.resync_causes = Some(first);
        sections.certain_failures = repeated;
        sections
    }

    /// What stands before the lists of triggers.
    fn take_head(&mut self, head: &'t str) {
        let part = |line: &str| {
            let begin = after(head, place(head, line)?, line);
            Some(HEADING.find(begin).and_then(|next| begin.get(..next.start())).unwrap_or(begin))
        };
        self.counters = part(Section::Counters.line());
        self.summary = part(SUMMARY);
        self.gateway_errors = part(Section::GatewayErrors.line());
    }

    /// The number that the summary gives under a name.
    pub(super) fn counted(&self, name: &str) -> Option<u64> {
        let line = self.summary?.lines().find_map(|it| it.strip_prefix(name)?.strip_prefix(' '))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// The sections that are missing.
    pub(super) fn unseen(&self) -> Vec<Section> {
        let is_seen = |it: &Section| match it {
            Section::Counters => self.counters.is_some(),
            Section::GatewayErrors => self.gateway_errors.is_some(),
            Section::ResyncCauses => self.resync_causes.is_some(),
            Section::CertainFailures => self.certain_failures.is_some(),
            Section::BlockHashMismatches => self.block_hash_mismatches.is_some(),
            Section::TransactionCommitmentMismatches => self.transaction_commitment_mismatches.is_some(),
            Section::End => self.is_ended,
        };
        Section::ALL.into_iter().filter(|it| !is_seen(it)).collect()
    }
}

/// Where the first line is that reads `line`.
fn place(text: &str, line: &str) -> Option<usize> {
    places(text, line).next()
}

/// Where all lines are that read `line`.
pub(super) fn places(text: &str, line: &str) -> impl Iterator<Item = usize> {
    text.match_indices(line).map(|(at, _)| at).filter(move |at| is_line(text, *at, line))
}

/// Whether the text at `at`, which is `line`, is a line of its own.
pub(super) fn is_line(text: &str, at: usize, line: &str) -> bool {
    let before = text.get(..at).is_some_and(|it| it.is_empty() || it.ends_with('\n'));
    let after = text.get(at.saturating_add(line.len())..).is_some_and(|it| it.is_empty() || it.starts_with('\n') || it.starts_with("\r\n"));
    before && after
}

fn after<'t>(text: &'t str, at: usize, line: &str) -> &'t str {
    text.get(at.saturating_add(line.len())..).unwrap_or_default()
}

/// Takes the last section of that name off the end of `text`. One that a reason holds is followed by the count of its trigger.
fn cut_last<'t>(text: &mut &'t str, line: &str) -> Option<&'t str> {
    let whole: &'t str = text;
    let at = whole.rmatch_indices(line).map(|(at, _)| at).find(|at| is_line(whole, *at, line))?;
    let content = after(whole, at, line);
    if COUNT.is_match(content) || HEADING.is_match(content) {
        return None;
    }
    *text = whole.get(..at)?;
    Some(content)
}

/// The two lists of triggers. Where several lines could be the heading of the second, that one is which leaves as many triggers on both sides
/// as the summary counts, or which alone leaves lists that can be read whole.
fn lists_of(text: &str, own: Own<'_>, counted: [Option<u64>; 2]) -> (ListedTriggers, Option<ListedTriggers>) {
    /// Above this, the text is no report that anybody can read.
    const MOST: usize = 64;
    let line = Section::CertainFailures.line();
    let split = |at: usize| (listed(text.get(..at).unwrap_or_default(), own), listed(after(text, at, line), own));
    let mut all: Vec<(ListedTriggers, ListedTriggers)> = places(text, line).take(MOST).map(split).collect();
    if all.is_empty() {
        return (listed(text, own), None);
    }
    let fits = |list: &ListedTriggers, count: Option<u64>| list.unreadable == 0 && count.is_none_or(|it| it == list.triggers.len() as u64);
    let mut fitting =
        all.iter().enumerate().filter(|(_, (first, second))| fits(first, counted[0]) && fits(second, counted[1])).map(|(at, _)| at);
    let (chosen, is_certain) = match (fitting.next(), fitting.next()) {
        (Some(one), None) => (one, true),
        _ => (all.len().saturating_sub(1), all.len() == 1),
    };
    let (first, mut second) = all.swap_remove(chosen);
    second.unreadable = second.unreadable.saturating_add(u64::from(!is_certain));
    (first, Some(second))
}

/// Reads one list of triggers from its beginning to its end.
fn listed(text: &str, own: Own<'_>) -> ListedTriggers {
    let mut list = ListedTriggers::default();
    let mut rest = text.trim_matches(['\n', '\r']);
    while !rest.is_empty() {
        let Some((trigger, remaining)) = trigger(rest, own) else {
            let (line, remaining) = rest.split_once('\n').unwrap_or((rest, ""));
            list.unreadable = list.unreadable.saturating_add(u64::from(!line.trim().is_empty() && line.trim_end() != "(none)"));
            rest = remaining;
            continue;
        };
        list.triggers.push(trigger);
        rest = remaining;
    }
    list
}

/// The trigger at the beginning of a text, and what follows it.
fn trigger<'t>(text: &'t str, own: Own<'_>) -> Option<(ReportTrigger, &'t str)> {
    let head = TRIGGER.captures(text)?;
    let key = head.name("key")?.as_str();
    let reason_and_rest = text.get(head.get(0)?.end()..)?;
    let is_end = |end: usize| match reason_and_rest.get(end..) {
        Some("") => true,
        Some(next) => next.strip_prefix('\n').is_some_and(|it| it.is_empty() || TRIGGER.is_match(it)),
        None => false,
    };
    let own = own.filter(|(own, _)| *own == key).map(|(_, reason)| reason);
    let of_own = own
        .filter(|it| reason_and_rest.starts_with(it))
        .and_then(|it| COUNT.captures_at(reason_and_rest, it.len()))
        .filter(|found| found.get(0).map(|it| it.start()) == own.map(str::len));
    let found = of_own
        .or_else(|| COUNT.captures_iter(reason_and_rest).find(|it| it.get(0).is_some_and(|it| is_end(it.end()))))
        .or_else(|| COUNT.captures(reason_and_rest))?;
    let whole = found.get(0)?;
    let trigger = ReportTrigger {
        tx_hash: key.to_owned(),
        failure_block_number: head.name("failure")?.as_str().parse().ok()?,
        revert_target_block_number: head.name("target")?.as_str().parse().ok()?,
        reason: reason_and_rest.get(..whole.start())?.to_owned(),
        count: found.name("count")?.as_str().parse().ok()?,
    };
    let rest = reason_and_rest.get(whole.end()..)?;
    Some((trigger, rest.strip_prefix('\n').unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evidence::sources::volume_file::snapshot;

    fn row(trigger: &ReportTrigger) -> String {
        format!(
            "{}: failure_block_number={} revert_target_block_number={} reason={} count={}\n",
            trigger.tx_hash, trigger.failure_block_number, trigger.revert_target_block_number, trigger.reason, trigger.count
        )
    }

    /// A snapshot as `reports.py` writes it: of a trigger seen once or again, beside others.
    fn written(own: &ReportTrigger, first: &[ReportTrigger], repeated: &[ReportTrigger], rows: &str) -> String {
        let list = |all: &[ReportTrigger]| if all.is_empty() { "(none)\n".to_owned() } else { all.iter().map(row).collect() };
        let none = |text: &str| if text.is_empty() { "(none)\n".to_owned() } else { text.to_owned() };
        let count = rows.lines().count();
        format!(
            "===== Echonet reports before resync =====\ntimestamp: 2026-01-02T03:04:05.678901Z\ntrigger_tx_hash: {}\ntrigger_block: 12\n\
             trigger_reason: {}\n\n{}\nInitial start block        10\n\n{SUMMARY}\nGateway errors             0 (0.00%)\n\
             Block hash mismatches      {count}\nTransaction mismatches     0\nResync triggers (first failures) {}\n\
             Certain failures (repeated triggers) {}\n\n{}\n(none)\n\n=== Non-committed tx hashes ===\n(none)\n\n{}\n{}\n{}\n{}\n{L2_GAS}\n\
             (none)\n\n{}\n{}\n{}\n(none)\n\n{}\n",
            own.tx_hash,
            own.reason,
            Section::Counters.line(),
            first.len(),
            repeated.len(),
            Section::GatewayErrors.line(),
            Section::ResyncCauses.line(),
            list(first),
            Section::CertainFailures.line(),
            list(repeated),
            Section::BlockHashMismatches.line(),
            none(rows),
            Section::TransactionCommitmentMismatches.line(),
            Section::End.line(),
        )
    }

    fn trigger(key: u64, reason: String, count: u64) -> ReportTrigger {
        ReportTrigger { tx_hash: format!("{key:#x}"), failure_block_number: 12, revert_target_block_number: 12, reason, count }
    }

    /// Lines that only look like parts of a report, and others.
    fn hostile() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            Just(Section::Counters.line().to_owned()),
            Just(Section::GatewayErrors.line().to_owned()),
            Just(Section::ResyncCauses.line().to_owned()),
            Just(Section::CertainFailures.line().to_owned()),
            Just(Section::BlockHashMismatches.line().to_owned()),
            Just(Section::TransactionCommitmentMismatches.line().to_owned()),
            Just(Section::End.line().to_owned()),
            Just(L2_GAS.to_owned()),
            Just("=== Revert counts ===".to_owned()),
            Just("block=12 echonet=0x1 mainnet=0x2".to_owned()),
            Just("(none)".to_owned()),
            Just("trigger_block: 7".to_owned()),
            Just("Current block              7".to_owned()),
            Just(String::new()),
            Just("words count=7".to_owned()),
            "[ -~]{0,12}",
        ];
        prop::collection::vec(line, 0..7).prop_map(|it| it.join("\n"))
    }

    proptest! {
        #[test]
        fn a_reason_is_never_read_as_a_part_of_the_report(
            reason in hostile(),
            other in hostile(),
            is_repeated in any::<bool>(),
            beside in any::<bool>(),
        ) {
            let own = trigger(1, format!("Echonet-only revert: {reason}"), if is_repeated { 2 } else { 1 });
            let other = beside.then(|| trigger(2, format!("Gateway error: {other}"), 1));
            let mut first: Vec<ReportTrigger> = other.into_iter().collect();
            let mut repeated = Vec::new();
            if is_repeated { repeated.push(own.clone()) } else { first.push(own.clone()) }
            let text = written(&own, &first, &repeated, "block=12 echonet=0xa mainnet=0xb\n");
            // What cannot be told apart is said to be so, and is never another report than the one that was written.
            match snapshot::ANSWER.read(&text) {
                Err(_) => prop_assert!(reason.contains(Section::Counters.line())),
                Ok(read) => {
                    prop_assert_eq!(&read.trigger_reason, &own.reason);
                    prop_assert_eq!(read.trigger_block, 12);
                    prop_assert_eq!((read.initial_start_block, read.current_block), (Some(10), None));
                    prop_assert_eq!(read.block_hash_mismatches.iter().map(|it| it.echonet.to_string()).collect::<Vec<_>>(), ["0xa"]);
                    prop_assert!(read.transaction_commitment_mismatches.is_empty() && read.gateway_errors.is_empty());
                    if read.gap().is_none() {
                        prop_assert_eq!((read.resync_causes, read.certain_failures), (first, repeated));
                    }
                }
            }
        }

        #[test]
        fn a_snapshot_that_was_cut_is_never_whole(reason in hostile(), share in 0_usize..1000) {
            let own = trigger(1, format!("Echonet-only revert: {reason}"), 1);
            let text = written(&own, std::slice::from_ref(&own), &[], "block=12 echonet=0xa mainnet=0xb\n");
            let text: String = text.chars().take((text.chars().count() - 2) * share / 1000).collect();
            if let Ok(read) = snapshot::ANSWER.read(&text) {
                prop_assert!(read.gap().is_some(), "{text}");
            }
        }
    }

    #[test]
    fn a_usual_reason_leaves_nothing_in_doubt() {
        for reason in
            ["Block hash mismatch at block 12", "Echonet-only revert: a\nb\n", "Gateway error: ", "Echonet-only revert: a count=1\nb"]
        {
            let (once, again) = (trigger(1, reason.to_owned(), 1), trigger(1, reason.to_owned(), 2));
            let other = trigger(2, "Still pending after >= 5 blocks".to_owned(), 1);
            for (own, first, repeated) in [
                (&once, vec![once.clone()], vec![]),
                (&again, vec![], vec![again.clone()]),
                (&again, vec![other.clone()], vec![again.clone()]),
            ] {
                let read = snapshot::ANSWER.read(&written(own, &first, &repeated, "")).expect(reason);
                assert_eq!(read.gap(), None, "{reason}");
                assert_eq!((&read.trigger_reason, read.resync_causes, read.certain_failures), (&own.reason, first, repeated));
            }
        }
    }

    #[test]
    fn a_row_that_the_summary_counts_and_that_is_not_there_is_missing() {
        let own = trigger(1, "Block hash mismatch at block 12".to_owned(), 1);
        let whole = written(&own, std::slice::from_ref(&own), &[], "block=12 echonet=0xa mainnet=0xb\n");
        assert_eq!(snapshot::ANSWER.read(&whole).expect("a snapshot").gap(), None);
        for line in whole.lines().filter(|it| it.starts_with("block=") || it.starts_with("0x1: ") || it.starts_with("=== ")) {
            let without = whole.replacen(&format!("{line}\n"), "", 1);
            let Ok(read) = snapshot::ANSWER.read(&without) else { continue };
            let is_unseen = read.unseen_sections.iter().any(|it| it.line() == line);
            let says_so = read.gap().is_some() || is_unseen || [SUMMARY, L2_GAS, "=== Non-committed tx hashes ==="].contains(&line);
            assert!(says_so, "{line}");
        }
    }
}
