//! A bundle in its file format, including older versions, which kept the cluster data other than pods in the audit.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::cluster::{ClusterEvent, Service, Workload};
use super::collection::{AuditRow, Collection, CollectionEnd, FurtherRound, LogQuery};
use super::{
    Ambiguity, Bundle, BundleSchema, Deployment, EchonetPages, Episode, Files, Gathered, Incident, Lineage, Logs, OurBlock, Report,
    SetAside, TheirBlock,
};

#[derive(Deserialize)]
#[serde(rename = "Bundle", deny_unknown_fields)]
struct StoredBundle {
    schema: BundleSchema,
    incident: Incident,
    report: Gathered<Report>,
    #[serde(default)]
    echonet: EchonetPages,
    episodes: Vec<Episode>,
    theirs: BTreeMap<u64, TheirBlock>,
    after_resync: BTreeMap<u64, OurBlock>,
    logs: Logs,
    deployment: Deployment,
    #[serde(default)]
    lineage: Gathered<Lineage>,
    #[serde(default)]
    set_aside: Vec<SetAside>,
    #[serde(default)]
    ambiguous: Vec<Ambiguity>,
    #[serde(default)]
    collection: Option<StoredCollection>,
    #[serde(default)]
    files: Option<Files>,
}

#[derive(Deserialize)]
#[serde(rename = "Collection", deny_unknown_fields)]
struct StoredCollection {
    context: String,
    end: CollectionEnd,
    #[serde(default)]
    workloads: Gathered<Vec<Workload>>,
    #[serde(default)]
    services: Gathered<Vec<Service>>,
    #[serde(default)]
    events: Gathered<Vec<ClusterEvent>>,
    #[serde(default)]
    node_settings: Gathered<BTreeMap<String, String>>,
    log_queries: Vec<LogQuery>,
    requests: Vec<AuditRow>,
    #[serde(default)]
    rounds: Vec<FurtherRound>,
}

impl StoredCollection {
    /// The audit, when what belongs to the deployment has gone there.
    fn settled(self, deployment: &mut Deployment) -> Collection {
        let Self { context, end, workloads, services, events, node_settings, log_queries, requests, rounds } = self;
        moved(workloads, &mut deployment.workloads);
        moved(services, &mut deployment.services);
        moved(events, &mut deployment.events);
        moved(node_settings, &mut deployment.node_settings);
        Collection { context, end, log_queries, requests, rounds }
    }
}

fn moved<T>(from: Gathered<T>, to: &mut Gathered<T>) {
    if to.is_not_asked() {
        *to = from;
    }
}

impl<'de> Deserialize<'de> for Bundle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let StoredBundle {
            schema,
            incident,
            report,
            echonet,
            episodes,
            theirs,
            after_resync,
            logs,
            mut deployment,
            lineage,
            set_aside,
            ambiguous,
            collection,
            files,
        } = StoredBundle::deserialize(deserializer)?;
        let collection = collection.map(|it| it.settled(&mut deployment));
        Ok(Self {
            schema,
            incident,
            report,
            echonet,
            episodes,
            theirs,
            after_resync,
            logs,
            deployment,
            lineage,
            set_aside,
            ambiguous,
            collection,
            files,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_version_kept_with_the_audit_is_evidence_now_and_is_written_as_such() {
        let seen = |value: serde_json::Value| serde_json::json!({"observed": {"value": value, "coverage": {"extent": "complete"}, "source": {"asked": "x", "bytes": 1}}});
        let event = serde_json::json!({"object": "Pod/echonet-0", "reason": "FailedAttachVolume", "message": "m", "count": 2});
        let old = serde_json::json!({
            "schema": "whysync.bundle/v1", "incident": {"origin": "collected"}, "report": "not_asked", "episodes": [], "theirs": {},
            "after_resync": {}, "logs": {"echonet": "not_asked", "sequencer": "not_asked"},
            "deployment": {"pods": "not_asked", "config_maps": "not_asked"},
            "collection": {
                "context": "c", "end": "finished", "workloads": seen(serde_json::json!([])), "services": "not_asked",
                "events": seen(serde_json::json!([event])), "node_settings": seen(serde_json::json!({"validator_id": "0x64"})),
                "log_queries": [], "requests": [],
            },
        });
        let bundle: Bundle = serde_json::from_value(old).expect("a bundle of an older version");
        let Deployment { workloads, services, events, node_settings, .. } = &bundle.deployment;
        assert_eq!((workloads.value().map(Vec::len), services.is_not_asked()), (Some(0), true));
        assert_eq!(events.value().and_then(|it| it.first()).map(|it| (it.reason.as_str(), it.count)), Some(("FailedAttachVolume", 2)));
        assert_eq!(node_settings.value().and_then(|it| it.get("validator_id")).map(String::as_str), Some("0x64"));
        let written = serde_json::to_value(&bundle).expect("JSON");
        assert!(written["collection"].get("events").is_none() && written["deployment"]["events"].is_object(), "{written}");
        assert_eq!(serde_json::from_value::<Bundle>(written).expect("a bundle"), bundle);
    }
}
