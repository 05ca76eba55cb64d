//! What "no divergence" of a running epoch rests on: which blocks were compared, which part of the log was seen, and how far it came.

use std::collections::BTreeSet;

use super::log_index::LogIndex;
use super::log_window::{ComparedHash, LACKS_LINES, compared_block};
use super::running::Running;
use super::{objections, posts};
use crate::evidence::sections::Section;
use crate::evidence::{Bundle, Extent, Timestamp};

/// What is known of an epoch in which nothing was seen to differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grounds {
    /// Heights at which the block's hash in Echonet's payload is the one in mainnet's, lowest first.
    pub payloads: Vec<u64>,
    /// Heights of which Echonet's log says that the hashes match, lowest first.
    pub logged: Vec<u64>,
    /// The part of the log that is the epoch's own; none without a log.
    pub log: Option<Span>,
    /// Whether that part begins with the epoch.
    pub log_begins: LogBegins,
    /// The newest block that Echonet stored, and when.
    pub progress: Option<(u64, Option<Timestamp>)>,
    /// What Echonet's report says.
    pub report: ReportSays,
    /// What is missing to say that nothing diverged, one sentence fragment each; empty if nothing is.
    pub missing: Vec<String>,
}

impl Grounds {
    /// What is known where the payloads of some heights contradict themselves: nothing of those heights.
    #[must_use]
    pub fn without(mut self, contradictory: &BTreeSet<u64>) -> Self {
        self.payloads.retain(|it| !contradictory.contains(it));
        let heights: Vec<String> = contradictory.iter().map(u64::to_string).collect();
        if !heights.is_empty() {
            let heights = heights.join(", ");
            self.missing.push(format!("both sides state the same hash and hold unlike content at {heights}, so one of them was altered"));
        }
        self
    }
}

/// From when to when a log was seen; absent where its lines carry no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Time of the first record.
    pub from: Option<Timestamp>,
    /// Time of the last record.
    pub until: Option<Timestamp>,
}

/// Whether a log holds the beginning of an epoch, and all of it from there on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogBegins {
    /// It does.
    WithEpoch,
    /// It holds the beginning, and lines are missing after it.
    WithEpochAndHole,
    /// It does not, or there is none.
    #[default]
    Later,
}

/// What a report says of divergences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReportSays {
    /// It was not seen.
    #[default]
    Unseen,
    /// It names no resync, no block that differs and nothing that was refused; as JSON, no revert on Echonet alone either.
    Quiet,
    /// It names something.
    Something,
}

/// What is known of the epoch that still runs.
#[must_use]
pub(crate) fn of(bundle: &Bundle, running: &Running, log: Option<&LogIndex>) -> Grounds {
    let theirs = |height: &u64| bundle.theirs.get(height).and_then(|it| it.block.value());
    let agrees = |(height, it): (&u64, &crate::evidence::OurBlock)| {
        let (our, their) = (it.block.value()?, theirs(height)?);
        (our.block_hash == their.block_hash).then_some(*height)
    };
    let payloads = running.episode.ours.iter().filter_map(agrees).collect();
    let own = log.zip(running.own).and_then(|(index, own)| index.records.get(own..)).unwrap_or_default();
    let compared = own.iter().filter_map(|it| compared_block(&it.text));
    let mut logged: Vec<u64> = compared.filter(|(_, hash)| *hash == ComparedHash::Match).map(|(height, _)| height).collect();
    logged.sort_unstable();
    logged.dedup();
    let span = || Span { from: own.iter().find_map(|it| it.at), until: own.iter().rev().find_map(|it| it.at) };
    let posts = posts::of(own);
    let progress = posts.stored.map(|it| (it.block, it.at));
    let mut grounds = Grounds {
        payloads,
        logged,
        log: log.is_some().then(span),
        log_begins: match running.window.as_ref().map(|it| &it.extent) {
            Some(Extent::Complete) => LogBegins::WithEpoch,
            Some(Extent::Partial(reason)) if reason.starts_with(LACKS_LINES) => LogBegins::WithEpochAndHole,
            Some(Extent::Partial(_)) | None => LogBegins::Later,
        },
        progress,
        report: report(bundle),
        missing: Vec::new(),
    };
    grounds.missing = objections::of(bundle, running, &grounds, own, &posts);
    grounds
}

fn report(bundle: &Bundle) -> ReportSays {
    // Each list is empty or not, or was not seen.
    let says = |lists: &[Option<bool>]| match (lists.contains(&Some(false)), lists.contains(&None)) {
        (true, _) => ReportSays::Something,
        (false, true) => ReportSays::Unseen,
        (false, false) => ReportSays::Quiet,
    };
    let of_json = bundle.report.value().map(|it| {
        says(&[
            Some(it.resync_causes.is_empty()),
            Some(it.certain_failures.is_empty()),
            Some(it.gateway_errors.is_empty()),
            Some(it.revert_errors_echonet.is_empty()),
            it.block_hash_mismatches.as_ref().map(Vec::is_empty),
            it.transaction_commitment_mismatches.as_ref().map(Vec::is_empty),
        ])
    });
    let of_text = || {
        bundle.echonet.report_text.value().map(|it| {
            let seen = |section: Section, is_empty: bool| it.saw(section).then_some(is_empty);
            says(&[
                seen(Section::ResyncCauses, it.resync_causes.is_empty()),
                seen(Section::CertainFailures, it.certain_failures.is_empty()),
                seen(Section::GatewayErrors, it.gateway_errors.is_empty()),
                seen(Section::BlockHashMismatches, it.block_hash_mismatches.is_empty()),
                seen(Section::TransactionCommitmentMismatches, it.transaction_commitment_mismatches.is_empty()),
                (it.unreadable_rows == 0).then_some(true),
            ])
        })
    };
    of_json.or_else(of_text).unwrap_or_default()
}
