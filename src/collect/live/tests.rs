use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::progress::{AskedHost, Progress, ProgressEvent};
use super::{Caller, is_asking, replay};
use crate::collect::tests::folder;
use crate::evidence::{Bundle, Gathered, Timestamp};

/// Somebody who is told and breaks: from the given question on of those that are asked of one source.
struct Broken {
    of: AskedHost,
    from: usize,
    asked: AtomicUsize,
}

impl Progress for Broken {
    fn see(&self, event: ProgressEvent<'_>) {
        if event == ProgressEvent::Asked(self.of) && self.from <= self.asked.fetch_add(1, Ordering::Relaxed) {
            // Whoever ends the program on a panic tells by this that somebody waits for the answer.
            assert!(is_asking(), "nobody would be told");
            panic!("cannot draw «7»");
        }
    }
}

fn began() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().expect("a moment")
}

/// What comes of a recording in which nothing was answered, told to somebody who breaks.
fn collected(of: AskedHost, from: usize) -> Bundle {
    let manifest = serde_json::json!({"began": {
        "schema": "whysync.recording/v1", "context": "c", "namespace": "echonet-a", "block": 7, "way": "port_forward", "began": began(),
        "attempts": 1, "max_log_bytes": 1000,
    }});
    let folder = folder(&[("exchanges.jsonl", &format!("{manifest}\n{{\"ended\":\"finished\"}}\n"))]);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    runtime.block_on(async {
        let (_stop, stop) = tokio::sync::watch::channel(false);
        let mut more = |_: &Bundle| BTreeSet::new();
        let progress = Arc::new(Broken { of, from, asked: AtomicUsize::new(0) });
        let collection = replay(folder.path(), Caller { clock: began, stop, progress, more: &mut more });
        let collected = tokio::time::timeout(Duration::from_secs(60), collection).await.expect("nobody waits for what broke");
        collected.map(|it| it.bundle).unwrap_or_else(|err| panic!("{err}"))
    })
}

#[test]
fn what_this_program_itself_failed_to_ask_is_failed_with_the_reason_and_not_unasked() {
    let failed = |gap: Option<String>| {
        let gap = gap.expect("a gap");
        assert!(!is_asking());
        assert!(gap.contains("could not be read: whysync itself failed while it asked (cannot draw «7»)"), "{gap}");
    };
    let bundle = collected(AskedHost::Mainnet, 0);
    let theirs = bundle.theirs.get(&7).expect("a block");
    failed(theirs.block.gap());
    failed(theirs.state_update.gap());
    assert!(matches!(&bundle.deployment.pods, Gathered::Failed(it) if it.reason.contains("the recording does not hold")));
    // The first question is whether the namespace exists.
    let bundle = collected(AskedHost::Cluster, 1);
    failed(bundle.deployment.pods.gap());
    failed(bundle.deployment.events.gap());
    assert!(bundle.report.gap().is_some_and(|it| it.contains("the pods are not known: whysync itself failed")), "{:?}", bundle.report);
}
