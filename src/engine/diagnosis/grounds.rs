//! Puts into words what "no divergence" rests on.

use crate::facts::grounds::{self, ReportSays};
use crate::findings::{Beginning, Compared, Grounds, LogSpan, ReplayProgress};

/// What was seen of an epoch in which nothing differed, and why that does not suffice to say so, if it does not.
pub(super) fn describe_grounds(grounds: &grounds::EpochGrounds) -> (Grounds, Vec<String>) {
    let compared = |source: &str, heights: &[u64]| {
        Some(Compared { source: source.to_owned(), first: *heights.first()?, last: *heights.last()?, count: heights.len() as u64 })
    };
    let both = [compared("the block hashes in the payloads", &grounds.payloads), compared("Echonet's log", &grounds.logged)];
    let begins = match grounds.log_begins {
        grounds::LogBegins::WithEpoch => Beginning::Held,
        grounds::LogBegins::WithEpochAndHole => Beginning::Broken,
        grounds::LogBegins::Later => Beginning::Missing,
    };
    let seen = Grounds {
        compared: both.into_iter().flatten().collect(),
        log: grounds.log.map(|it| LogSpan { from: it.from, until: it.until, begins_with_epoch: begins }),
        progress: grounds.progress.map(|(block, at)| ReplayProgress { block, at }),
        report: match grounds.report {
            ReportSays::Unseen => None,
            ReportSays::Quiet => Some("Echonet's report lists no resync, no block mismatch and no refused transaction.".to_owned()),
            ReportSays::Something => Some("Echonet's report lists something that went wrong.".to_owned()),
        },
    };
    (seen, grounds.missing.clone())
}
