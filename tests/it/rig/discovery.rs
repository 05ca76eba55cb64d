//! What a Kubernetes API says of itself: `kubectl` asks for that first.

use serde_json::{Value, json};

/// The answer to a question for versions, groups or resources.
pub(super) fn answer_to(path: &str) -> Option<Value> {
    let resource = |(name, kind, verbs): (&str, &str, &[&str])| json!({"name": name, "singularName": kind.to_lowercase(), "namespaced": true, "kind": kind, "verbs": verbs});
    let resources = |version: &str, all: &[(&str, &str, &[&str])]| {
        json!({
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version,
            "resources": all.iter().copied().map(resource).collect::<Vec<_>>(),
        })
    };
    let read: &[&str] = &["get", "list"];
    Some(match path {
        "/version" => json!({"major": "1", "minor": "32", "gitVersion": "v1.32.4", "platform": "linux/amd64"}),
        "/api" => json!({"kind": "APIVersions", "versions": ["v1"]}),
        "/apis" => {
            let version = json!({"groupVersion": "apps/v1", "version": "v1"});
            json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": [{"name": "apps", "versions": [version], "preferredVersion": version}]})
        }
        "/api/v1" => resources(
            "v1",
            &[
                ("pods", "Pod", read),
                ("pods/log", "Pod", &["get"]),
                ("pods/exec", "PodExecOptions", &["create", "get"]),
                ("pods/portforward", "PodPortForwardOptions", &["create", "get"]),
                ("services", "Service", read),
                ("events", "Event", read),
                ("configmaps", "ConfigMap", read),
            ],
        ),
        "/apis/apps/v1" => resources("apps/v1", &[("deployments", "Deployment", read), ("statefulsets", "StatefulSet", read)]),
        _ => return None,
    })
}

/// A list or an object as the API sends it: with its kind, and without the contents where only metadata was asked for.
pub(super) fn typed(path: &str, accept: &str, mut value: Value) -> Value {
    let kind = match path.split('/').next().unwrap_or_default() {
        "pods" => "Pod",
        "services" => "Service",
        "events" => "Event",
        "configmaps" => "ConfigMap",
        "deployments" => "Deployment",
        _ => "StatefulSet",
    };
    let version = if ["Deployment", "StatefulSet"].contains(&kind) { "apps/v1" } else { "v1" };
    let is_list = value["items"].is_array();
    (value["kind"], value["apiVersion"]) = (if is_list { format!("{kind}List") } else { kind.to_owned() }.into(), version.into());
    if accept.contains("as=PartialObjectMetadataList") {
        (value["kind"], value["apiVersion"]) = ("PartialObjectMetadataList".into(), "meta.k8s.io/v1".into());
        for item in value["items"].as_array_mut().into_iter().flatten() {
            *item = json!({"metadata": item["metadata"]});
        }
    }
    value
}
