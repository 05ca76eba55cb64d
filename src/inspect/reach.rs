//! Whether a collection reached what it asked, and what whoever ran it can do where it did not.

use crate::evidence::Host;
use crate::evidence::collection::AuditRow;
use crate::evidence::sources::FEEDER_URL;
use crate::evidence::{Bundle, CollectionEnd, Gathered, Request};

/// Whether a collection reached the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CollectionReach {
    /// Something of the deployment was seen, or nobody asked one, or the user stopped it.
    Deployment,
    /// No part of the deployment could be reached.
    Nothing,
}

/// What the collection of a bundle reached. What mainnet says tells nothing of a deployment.
#[must_use]
pub fn reach(bundle: &Bundle) -> CollectionReach {
    fn is_seen<T>(it: &Gathered<T>) -> bool {
        it.value().is_some()
    }
    let is_over = bundle.collection.as_ref().is_some_and(|it| it.end != CollectionEnd::Interrupted);
    let was_seen = is_seen(&bundle.report)
        || is_seen(&bundle.echonet.report_text)
        || is_seen(&bundle.deployment.pods)
        || bundle.logs.each().any(is_seen)
        || bundle.episodes.iter().any(|it| is_seen(&it.snapshot))
        || bundle.after_resync.values().any(|it| is_seen(&it.block));
    if is_over && !was_seen { CollectionReach::Nothing } else { CollectionReach::Deployment }
}

/// How much of the evidence about past resyncs was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResyncsSeen {
    /// All of it was seen, or no deployment was asked.
    Whole,
    /// Not all of it, for these reasons.
    Part(Vec<String>),
    /// None of it was seen, for these reasons.
    Nothing(Vec<String>),
}

/// How much was seen of Echonet's report and of the names on its volume.
#[must_use]
pub fn resyncs_seen(bundle: &Bundle) -> ResyncsSeen {
    let Some(collection) = &bundle.collection else { return ResyncsSeen::Whole };
    let report = bundle.report.gap().map(|it| format!("Echonet's report {it}"));
    let command = format!(": {}", Request::VolumeListing);
    let listing = collection.requests.iter().rfind(|it| it.asked.ends_with(&command));
    let volume = match listing {
        Some(AuditRow { failure: None, .. }) => None,
        Some(AuditRow { failure: Some(why), .. }) => Some(format!("the names on Echonet's volume could not be read: {why}")),
        None => Some("the names on Echonet's volume were not collected, because no pod of Echonet was seen".to_owned()),
    };
    match (report, volume) {
        (None, None) => ResyncsSeen::Whole,
        (Some(report), Some(volume)) => ResyncsSeen::Nothing(vec![report, volume]),
        (Some(gap), None) | (None, Some(gap)) => ResyncsSeen::Part(vec![gap]),
    }
}

/// Name of a host, for people.
fn name(host: Host) -> &'static str {
    match host {
        Host::Cluster => "the cluster",
        Host::CloudLogging => "Cloud Logging",
        Host::Mainnet => "mainnet's feeder gateway",
        Host::Echonet => "the Echonet at --echonet-url",
    }
}

/// How requests to a host failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HostFailure {
    /// It does not know who asks.
    Unauthenticated,
    /// It knows, and says no.
    Forbidden,
    /// The source answered none of the questions.
    Silent,
}

/// What can be done about questions that failed, one line each; empty if there is nothing to do but to ask again.
#[must_use]
pub fn ways_out(bundle: &Bundle) -> Vec<String> {
    let Some(collection) = &bundle.collection else { return Vec::new() };
    if collection.end == CollectionEnd::Interrupted {
        return Vec::new();
    }
    let namespace = bundle.incident.namespace.as_deref().unwrap_or("NAMESPACE");
    let mut lines = Vec::new();
    for host in Host::ALL {
        let rows: Vec<&AuditRow> = collection.requests.iter().filter(|it| Host::from_question(&it.asked) == host).collect();
        let failed = |status: u16| rows.iter().filter(|it| it.failure.is_some() && it.status == Some(status)).count();
        let is_silent = !rows.is_empty() && rows.iter().all(|it| it.failure.is_some() && it.status.is_none());
        let refusals = [
            (HostFailure::Unauthenticated, failed(401)),
            (HostFailure::Forbidden, failed(403)),
            (HostFailure::Silent, if is_silent { rows.len() } else { 0 }),
        ];
        for (refusal, count) in refusals.into_iter().filter(|it| 0 < it.1) {
            let how = match refusal {
                HostFailure::Unauthenticated => "HTTP 401",
                HostFailure::Forbidden => "HTTP 403",
                HostFailure::Silent => "no answer",
            };
            lines.push(format!("{} ({how}, {count} of {} questions): {}", name(host), rows.len(), way_out(host, refusal, namespace)));
        }
    }
    lines
}

fn way_out(host: Host, refusal: HostFailure, namespace: &str) -> String {
    match (host, refusal) {
        (Host::Cluster, HostFailure::Unauthenticated) => {
            "log in again (`gcloud auth login`, or whatever your kubeconfig uses), and try `kubectl get pods`".to_owned()
        }
        (Host::Cluster, HostFailure::Forbidden) => {
            format!("`whysync rbac --namespace {namespace}` prints the Role to ask for")
        }
        (Host::Cluster, HostFailure::Silent) => {
            "connect to the VPN, or log in again (`gcloud auth login`), and try `kubectl get pods`".to_owned()
        }
        (Host::CloudLogging, HostFailure::Unauthenticated | HostFailure::Silent) => {
            "log in with `gcloud auth application-default login`; if you are logged in, check the network".to_owned()
        }
        (Host::CloudLogging, HostFailure::Forbidden) => {
            "ask for the role roles/logging.viewer in the project, or name another one with --project".to_owned()
        }
        (Host::Mainnet, _) => format!("check the network and its proxy: {FEEDER_URL} is public"),
        (Host::Echonet, _) => "check that the port-forward still runs, or leave --echonet-url out".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(rows: &[(&str, Option<u16>, Option<&str>)]) -> Bundle {
        let rows: Vec<_> = rows
            .iter()
            .map(|(asked, status, failure)| {
                serde_json::json!({
                    "asked": asked, "at": "2026-11-22T08:38:32Z", "took_ms": 1, "status": status, "bytes": 0, "failure": failure,
                })
            })
            .collect();
        let none = serde_json::json!("not_asked");
        serde_json::from_value(serde_json::json!({
            "schema": "whysync.bundle/v1", "incident": {"origin": "collected", "namespace": "echonet-a"}, "report": none, "episodes": [],
            "theirs": {}, "after_resync": {}, "logs": {"echonet": none, "sequencer": none}, "deployment": {"pods": none, "config_maps": none},
            "collection": {"context": "c", "end": "finished", "log_queries": [], "requests": rows},
        }))
        .expect("a bundle")
    }

    #[test]
    fn each_refusal_names_its_way_out_once() {
        const PODS: &str = "GET /api/v1/namespaces/echonet-a/pods";
        const LOGS: &str = "entries:list (Cloud Logging, project p): x";
        const BLOCK: &str = "GET /feeder_gateway/get_block?blockNumber=7 (mainnet)";
        type Row<'r> = (&'r str, Option<u16>, Option<&'r str>);
        let cases: [(&[Row<'_>], &[&str]); 7] = [
            (&[(PODS, Some(403), Some("HTTP 403")), (PODS, Some(200), None)], &["the cluster (HTTP 403, 1 of 2 questions): `whysync rbac"]),
            (&[(PODS, Some(401), Some("HTTP 401"))], &["log in again"]),
            (
                &[(PODS, None, Some("connection timed out")), (BLOCK, Some(200), None)],
                &["the cluster (no answer, 1 of 1 questions): connect to the VPN"],
            ),
            // A cluster that answers something is reached.
            (&[(PODS, None, Some("no data came for 30 s")), (PODS, Some(200), None)], &[]),
            (&[(LOGS, None, Some("no credentials"))], &["gcloud auth application-default login"]),
            (&[(LOGS, Some(403), Some("HTTP 403"))], &["roles/logging.viewer"]),
            (&[(BLOCK, None, Some("refused")), (PODS, Some(404), Some("HTTP 404"))], &["mainnet's feeder gateway (no answer"]),
        ];
        for (rows, expected) in cases {
            let lines = ways_out(&bundle(rows));
            assert_eq!(lines.len(), expected.len(), "{rows:?}: {lines:?}");
            for (line, words) in lines.iter().zip(expected) {
                assert!(line.contains(words), "{words} is not in {line}");
            }
        }
        let mut stopped = bundle(&[(PODS, None, Some("stopped"))]);
        stopped.collection.as_mut().expect("a collection").end = CollectionEnd::Interrupted;
        assert_eq!((ways_out(&stopped), reach(&stopped)), (Vec::new(), CollectionReach::Deployment));
    }

    #[test]
    fn what_nobody_answered_is_told_from_what_is_not_there() {
        const LISTING: &str = "exec in echonet-a/echonet-0: ls /data/echonet";
        assert_eq!(reach(&bundle(&[])), CollectionReach::Nothing);
        let seen = |rows: &[(&str, Option<u16>, Option<&str>)]| resyncs_seen(&bundle(rows));
        assert!(matches!(seen(&[]), ResyncsSeen::Nothing(gaps) if gaps.len() == 2 && gaps[1].contains("no pod of Echonet")));
        assert!(matches!(seen(&[(LISTING, None, Some("cut off"))]), ResyncsSeen::Nothing(gaps) if gaps[1].ends_with("cut off")));
        assert!(matches!(seen(&[(LISTING, Some(0), None)]), ResyncsSeen::Part(gaps) if gaps[0].contains("Echonet's report")));
        let mut imported = bundle(&[]);
        imported.collection = None;
        assert_eq!((resyncs_seen(&imported), reach(&imported)), (ResyncsSeen::Whole, CollectionReach::Deployment));
    }
}
