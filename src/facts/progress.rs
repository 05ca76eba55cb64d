//! What "no divergence" of a running epoch rests on: which blocks were compared, which part of the log was seen, and how far it came.

use super::grounds::{EpochGrounds, LogBegins, ReportSays, SeenSpan};
use super::log_index::LogIndex;
use super::log_window::{ComparedHash, LACKS_LINES, compared_block};
use super::running::RunningEpoch;
use super::{objections, posts};
use crate::evidence::sections::Section;
use crate::evidence::{Bundle, Extent};

/// What is known of the epoch that still runs.
#[must_use]
pub(super) fn assess_progress(bundle: &Bundle, running: &RunningEpoch, log: Option<&LogIndex>) -> EpochGrounds {
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
    let span = || SeenSpan { from: own.iter().find_map(|it| it.at), until: own.iter().rev().find_map(|it| it.at) };
    let posts = posts::read_posts(own);
    let progress = posts.stored.map(|it| (it.block, it.at));
    let mut grounds = EpochGrounds {
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
    grounds.missing = objections::find_objections(bundle, running, &grounds, own, &posts);
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
