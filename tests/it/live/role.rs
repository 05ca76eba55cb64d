//! The Role grants what the guard lets pass, and nothing besides.

use std::collections::BTreeSet;

use http::Request;
use whysync::collect::live::guard::{NAMES_ONLY, check};
use whysync::collect::live::question::NODE_CONFIGS;

/// What a cluster checks: API group, resource, verb, and the object's name where a rule names objects.
type Right = (String, String, String, Option<String>);

/// A ConfigMap with Echonet's source.
const SOURCE: &str = "echonet-src-t5bl77bj28";

/// The rights that the printed Role grants.
fn granted() -> BTreeSet<Right> {
    let output = crate::program::program(&[]).args(["rbac", "--namespace", "echonet-a", "--config-map", SOURCE]).output().expect("it runs");
    let role: serde_json::Value = serde_saphyr::from_str(&String::from_utf8(output.stdout).expect("UTF-8")).expect("YAML");
    assert_eq!((role["kind"].as_str(), role["metadata"]["namespace"].as_str()), (Some("Role"), Some("echonet-a")));
    let mut rights = BTreeSet::new();
    for rule in role["rules"].as_array().expect("rules") {
        let words = |name: &str| -> Vec<String> {
            rule[name].as_array().into_iter().flatten().filter_map(|it| it.as_str()).map(str::to_owned).collect()
        };
        let names = if rule["resourceNames"].is_array() { words("resourceNames").into_iter().map(Some).collect() } else { vec![None] };
        for group in words("apiGroups") {
            for resource in words("resources") {
                for verb in words("verbs") {
                    rights.extend(names.iter().map(|it| (group.clone(), resource.clone(), verb.clone(), it.clone())));
                }
            }
        }
    }
    rights
}

/// The request that a right is for, as whysync would send it.
fn request((group, resource, verb, name): &Right) -> Request<()> {
    let base = if group.is_empty() { "/api/v1".to_owned() } else { format!("/apis/{group}/v1") };
    let (plural, below) = resource.split_once('/').unwrap_or((resource, ""));
    let name = name.as_deref().unwrap_or("x");
    let mut path = match (resource.as_str(), verb.as_str()) {
        ("namespaces", "list") => "/api/v1/namespaces".to_owned(),
        ("namespaces", _) => "/api/v1/namespaces/echonet-a".to_owned(),
        (_, "list" | "watch" | "create" | "deletecollection") if below.is_empty() => format!("{base}/namespaces/echonet-a/{plural}"),
        _ => format!("{base}/namespaces/echonet-a/{plural}/{name}"),
    };
    if !below.is_empty() {
        path += &format!("/{below}");
    }
    let is_stream = ["exec", "attach", "portforward"].contains(&below);
    let method = match verb.as_str() {
        "create" => "POST",
        "update" => "PUT",
        "patch" => "PATCH",
        "delete" | "deletecollection" => "DELETE",
        _ => "GET",
    };
    if below == "exec" {
        path += "?command=ls&command=%2Fdata%2Fechonet&container=echonet";
    }
    if verb == "watch" {
        path += "?watch=true";
    }
    let mut request = Request::builder().method(method).uri(path).header("accept", NAMES_ONLY);
    if is_stream {
        request = request.header("upgrade", "websocket");
    }
    request.body(()).expect("a request")
}

#[test]
fn the_role_grants_what_the_guard_lets_pass_and_nothing_besides() {
    let granted = granted();
    let resources: [(&str, &[&str]); 5] = [
        (
            "",
            &[
                "namespaces",
                "pods",
                "pods/log",
                "pods/exec",
                "pods/attach",
                "pods/portforward",
                "pods/proxy",
                "pods/eviction",
                "pods/ephemeralcontainers",
                "services",
                "services/proxy",
                "configmaps",
                "secrets",
                "events",
                "endpoints",
                "persistentvolumeclaims",
                "serviceaccounts",
                "serviceaccounts/token",
                "nodes",
                "nodes/proxy",
                "replicationcontrollers",
            ],
        ),
        (
            "apps",
            &["deployments", "deployments/scale", "statefulsets", "statefulsets/scale", "replicasets", "daemonsets", "controllerrevisions"],
        ),
        ("batch", &["jobs", "cronjobs"]),
        ("rbac.authorization.k8s.io", &["roles", "rolebindings"]),
        ("networking.k8s.io", &["ingresses"]),
    ];
    let verbs = ["get", "list", "create", "update", "patch", "delete", "deletecollection"];
    let names = |resource: &str| match resource {
        "configmaps" => NODE_CONFIGS
            .iter()
            .copied()
            .chain([SOURCE, "sequencer-gateway-config", "echonet-keys-1", "x"])
            .map(|it| Some(it.to_owned()))
            .collect(),
        _ => vec![None],
    };
    let mut passed = BTreeSet::new();
    for (group, resources) in resources {
        for resource in resources {
            for verb in verbs {
                if verb == "list" && resource.contains('/') {
                    // Nothing below an object is listed.
                    continue;
                }
                let names = if verb == "get" { names(resource) } else { vec![None] };
                for name in names {
                    let right = (group.to_owned(), (*resource).to_owned(), verb.to_owned(), name);
                    if check(&request(&right)).is_ok() {
                        passed.insert(right);
                    }
                }
            }
        }
    }
    // A Role cannot grant a list of all namespaces; whysync does without.
    assert!(passed.remove(&(String::new(), "namespaces".to_owned(), "list".to_owned(), None)));
    // A GET that opens a stream counts as `create` for newer clusters.
    let opened = |verb: &str| ["pods/exec", "pods/portforward"].map(|it| (String::new(), it.to_owned(), verb.to_owned(), None));
    passed.extend(opened("create"));
    let (only_passed, only_granted): (Vec<_>, Vec<_>) = (passed.difference(&granted).collect(), granted.difference(&passed).collect());
    assert!(
        only_passed.is_empty() && only_granted.is_empty(),
        "passed, not granted: {only_passed:?}; granted, not passed: {only_granted:?}"
    );
    assert!(opened("get").iter().all(|it| granted.contains(it)));
}

#[test]
fn a_list_of_config_maps_that_would_hold_their_contents_does_not_pass() {
    let plain = Request::get("/api/v1/namespaces/echonet-a/configmaps").header("accept", "application/json").body(()).expect("a request");
    let refused = check(&plain).expect_err("contents").to_string();
    assert!(refused.contains("contents of ConfigMaps"), "{refused}");
}
