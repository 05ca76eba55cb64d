//! Runs of the Starknet OS over replayed blocks, as Echonet's report counts them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::premises::Premises;
use crate::evidence::{EvidenceName, Report};

/// Evidence that these facts are derived from.
pub(crate) const READS: &[EvidenceName] = &[EvidenceName::Report];

/// What became of the runs since the Echonet process started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OsRunFacts {
    /// Runs that succeeded.
    pub completed: u64,
    /// Runs that failed.
    pub failed: u64,
    /// Runs that found no room in the queue.
    pub dropped: u64,
    /// Runs that were put off too often and given up.
    pub abandoned: u64,
    /// The newest failures.
    pub recent_failures: Vec<OsRunFailure>,
}

/// A run that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OsRunFailure {
    /// Block that it ran over.
    pub block_number: u64,
    /// What the program printed; may span lines.
    pub error: String,
}

/// The runs that a report counts; none if it does not speak of them, or counts failures without a failure or the other way round: Echonet
/// counts and keeps each at once.
pub(super) fn derive(premises: &Premises<'_>) -> Option<OsRunFacts> {
    of_report(premises.episode.report.value())
}

fn of_report(report: Option<&Report>) -> Option<OsRunFacts> {
    let runs: OsRunFacts = serde_json::from_value(report?.other.get("os_run_stats")?.clone()).ok()?;
    Some(runs).filter(|it| (it.failed == 0) == it.recent_failures.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_that_counts_no_runs_says_nothing() {
        let runs = |with: Option<serde_json::Value>| {
            let mut report = crate::evidence::sources::report::tests::oldest();
            with.into_iter().for_each(|it| report["os_run_stats"] = it);
            of_report(Some(&serde_json::from_value(report).expect("a report")))
        };
        let stats = serde_json::json!({
            "completed": 7, "failed": 2, "dropped": 0, "deferred_events": 0, "abandoned": 0, "skipped": 1, "queue_depth": 1, "queue_max": 30,
            "currently_deferred": 0,
            "recent_failures": [{"block_number": 7_120_103, "ts": "2026-11-27T22:03:20Z", "error": "Run OS failed"}],
        });
        let failures = runs(Some(stats.clone())).map(|it| (it.failed, it.recent_failures.len()));
        assert_eq!(failures, Some((2, 1)));
        for (path, value) in [("failed", serde_json::json!(0)), ("recent_failures", serde_json::json!([]))] {
            let mut contradictory = stats.clone();
            contradictory[path] = value;
            assert_eq!(runs(Some(contradictory)), None, "{path}");
        }
        assert_eq!((runs(None), runs(Some(serde_json::Value::Null)), of_report(None)), (None, None, None));
    }
}
