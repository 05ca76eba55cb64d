//! The last look at a request before it leaves: what is not on the list does not leave, whoever made it.

use http::header::{ACCEPT, UPGRADE};
use http::{Method, Request};
use kube::client::Body;

use super::question::is_node_config;
use super::volume_command::VolumeCommand;
use crate::evidence::source::is_source_config_map;
use crate::evidence::sources::by_hand::{is_label, is_name};
use crate::evidence::sources::{ApiGroup, ListSelection, SOURCES, Wire};
use crate::evidence::{Host, Request as Asked};

/// The `Accept` header that makes the cluster return only metadata for objects whose contents must not be read.
pub const NAMES_ONLY: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// A request that was refused before it left.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("refused by whysync itself, before it was sent: {0}")]
pub struct Forbidden(String);

/// Lets a request pass that [`check`] permits: the filter that stands beneath the client of the cluster.
///
/// # Errors
/// When it may not leave; the error says why.
pub(super) fn permitted(request: Request<Body>) -> Result<Request<Body>, Forbidden> {
    check(&request).map(|()| request)
}

/// Whether a request may leave: a GET of one of the listed objects, of a log, or the upgrade of a listed command or a port-forward.
///
/// # Errors
/// When it may not; the error says why.
pub fn check<B>(request: &Request<B>) -> Result<(), Forbidden> {
    let forbidden = |why: String| Err(Forbidden(why));
    if request.method() != Method::GET {
        return forbidden(format!("its method is {}, and only GET is allowed", request.method()));
    }
    let path = request.uri().path();
    if path.to_ascii_lowercase().contains("secret") {
        return forbidden("its path names secrets".to_owned());
    }
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let header = |name| request.headers().get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let is_upgrade = header(UPGRADE).eq_ignore_ascii_case("websocket");
    let not_listed = || forbidden(format!("{path} is not on the list of what is read"));
    let (namespace, rest) = match parts.as_slice() {
        ["api", "v1", "namespaces"] if !is_upgrade => return Ok(()),
        ["api", "v1", "namespaces", namespace, rest @ ..] => (namespace, (ApiGroup::Core, rest)),
        ["apis", "apps", "v1", "namespaces", namespace, rest @ ..] => (namespace, (ApiGroup::Apps, rest)),
        _ => return not_listed(),
    };
    if !is_label(namespace) {
        return not_listed();
    }
    match rest {
        (ApiGroup::Core, ["pods", pod, "exec"]) if is_name(pod) && is_upgrade => check_command(request.uri().query().unwrap_or_default()),
        (ApiGroup::Core, ["pods", pod, "portforward"]) if is_name(pod) && is_upgrade => Ok(()),
        _ if is_upgrade => not_listed(),
        (ApiGroup::Core, []) => Ok(()),
        (group, [plural]) => match taken_of(group, plural) {
            Some(ListSelection::Objects) => Ok(()),
            Some(ListSelection::NamesOnly) if header(ACCEPT) == NAMES_ONLY => Ok(()),
            Some(ListSelection::NamesOnly) => forbidden("it would list the contents of ConfigMaps".to_owned()),
            None => not_listed(),
        },
        (ApiGroup::Core, ["configmaps", name]) if is_node_config(name) || is_source_config_map(name) => Ok(()),
        (ApiGroup::Core, ["pods", pod, "log"]) if is_name(pod) => Ok(()),
        _ => not_listed(),
    }
}

/// Whether a request may leave for a host outside of the cluster's API: a GET of one of the listed pages, or, to Cloud Logging alone, a POST
/// to `entries:list`. `target` is the URL without the host's own beginning: path and query.
///
/// # Errors
/// When it may not; the error says why.
pub fn check_web(host: Host, method: &Method, target: &str) -> Result<(), Forbidden> {
    let allowed = match host {
        Host::CloudLogging => Method::POST,
        Host::Cluster | Host::Mainnet | Host::Echonet => Method::GET,
    };
    if *method != allowed {
        return Err(Forbidden(format!("its method is {method}, and only {allowed} is allowed there")));
    }
    let is_listed = match host {
        // A query is posted as a document; nothing else is ever posted, and nothing is posted elsewhere.
        Host::CloudLogging => target == LOG_ENTRIES,
        Host::Echonet => Asked::of_echonet_path(target).is_some(),
        Host::Mainnet => Asked::of_mainnet_path(target).is_some(),
        // The cluster is asked through its own client, whose requests `permitted` looks at.
        Host::Cluster => false,
    };
    if is_listed { Ok(()) } else { Err(Forbidden(format!("{target} is not on the list of what is read"))) }
}

/// The one place that is posted to.
pub const LOG_ENTRIES: &str = "/v2/entries:list";

/// What the source that lists these objects takes of them, if one does.
fn taken_of(of: ApiGroup, objects: &str) -> Option<ListSelection> {
    SOURCES.iter().find_map(|it| match it.source.wire {
        Wire::Objects { group, plural, taken, .. } if group == of && plural == objects => Some(taken),
        _ => None,
    })
}

fn check_command(query: &str) -> Result<(), Forbidden> {
    let mut arguments = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name {
            "command" => arguments.push(decoded(value)),
            "" | "container" | "stdout" | "stderr" => {}
            "stdin" | "tty" if value == "false" => {}
            _ => return Err(Forbidden(format!("the parameter `{name}` of a command is not on the list"))),
        }
    }
    match VolumeCommand::of_arguments(&arguments) {
        Some(_) => Ok(()),
        None => Err(Forbidden(format!("the command `{}` is not on the list", arguments.join(" ")))),
    }
}

/// Undoes the percent-encoding of a query. What is no UTF-8 becomes U+FFFD, which no permitted argument holds.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| after.get(..2)).flatten().and_then(|it| std::str::from_utf8(it).ok());
        match escaped.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, uri: &str, headers: &[(&str, &str)]) -> Request<()> {
        let mut builder = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(()).expect("a request")
    }

    const UPGRADE: [(&str, &str); 1] = [("upgrade", "websocket")];
    const NS: &str = "/api/v1/namespaces/echonet-a";

    #[test]
    fn what_is_read_may_leave() {
        let plain = [
            "/api/v1/namespaces",
            NS,
            "/api/v1/namespaces/echonet-a/pods?limit=500",
            "/api/v1/namespaces/echonet-a/events",
            "/api/v1/namespaces/echonet-a/configmaps/sequencer-node-config",
            "/api/v1/namespaces/echonet-a/configmaps/echonet-src-t5bl77bj28",
            "/api/v1/namespaces/echonet-a/pods/echonet-1/log?container=echonet&previous=true",
            "/apis/apps/v1/namespaces/echonet-a/statefulsets",
        ];
        for uri in plain {
            assert_eq!(check(&request("GET", uri, &[])), Ok(()), "{uri}");
        }
        let names = request("GET", "/api/v1/namespaces/echonet-a/configmaps", &[("accept", NAMES_ONLY)]);
        assert_eq!(check(&names), Ok(()));
        let exec =
            "/pods/e/exec?&stdout=true&stderr=true&container=echonet&command=cat&command=%2Fdata%2Fechonet%2Fblocks_1%2Fblock_7.json";
        assert_eq!(check(&request("GET", &format!("{NS}{exec}"), &UPGRADE).map(|()| ())).map_err(|it| it.to_string()), Ok(()));
        assert_eq!(check(&request("GET", &format!("{NS}/pods/e/portforward?ports=80"), &UPGRADE)), Ok(()));
    }

    #[test]
    fn what_changes_reveals_or_runs_anything_else_never_leaves() {
        let methods = ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].map(|it| (it, format!("{NS}/pods"), vec![], "method"));
        let plain = |path: &str, why: &'static str| ("GET", format!("{NS}{path}"), vec![], why);
        let upgrade = |path: &str, why: &'static str| ("GET", format!("{NS}{path}"), UPGRADE.to_vec(), why);
        let cases = [
            plain("/secrets", "secrets"),
            plain("/secrets/echonet-secrets", "secrets"),
            plain("/configmaps/sequencer-secret-config", "secrets"),
            plain("/configmaps/%73ecrets", "list"),
            plain("/configmaps", "contents"),
            plain("/configmaps/echonet-keys-1", "list"),
            plain("/configmaps/echonet-src-", "list"),
            plain("/configmaps/echonet-src-keys", "list"),
            plain("/configmaps/echonet-src-secrets", "secrets"),
            plain("/configmaps/echonet-src-1/status", "list"),
            plain("/pods/e/exec?command=ls&command=/data/echonet", "list"),
            plain("/pods/e/attach", "list"),
            plain("/pods/e/proxy/cende_recorder/write_blob", "list"),
            plain("/../../apis", "list"),
            plain("/persistentvolumeclaims", "list"),
            upgrade("/pods/e/attach", "list"),
            upgrade("/pods/e/exec?command=sh&command=-c&command=ls", "command"),
            upgrade("/pods/e/exec?command=cat&command=%2Fetc%2Fechonet%2Fx", "command"),
            upgrade("/pods/e/exec?command=cat&command=%2Fdata%2Fechonet%2Fechonet_keys.json", "command"),
            upgrade("/pods/e/exec?command=cat&command=%2Fdata%2Fechonet%2F%2e%2e%2Fx", "command"),
            upgrade("/pods/e/exec?stdin=true&command=ls&command=%2Fdata%2Fechonet", "stdin"),
            upgrade("/pods/e/exec?tty=true&command=ls&command=%2Fdata%2Fechonet", "tty"),
            upgrade("/pods/e/exec", "command"),
            ("GET", "/apis/rbac.authorization.k8s.io/v1/roles".to_owned(), vec![], "list"),
            ("GET", "/apis/apps/v1/namespaces/a/deployments/echonet/scale".to_owned(), vec![], "list"),
        ];
        for (method, uri, headers, why) in methods.into_iter().chain(cases) {
            let refused = check(&request(method, &uri, &headers)).expect_err(&uri).to_string();
            assert!(refused.contains(why) && refused.contains("before it was sent"), "{method} {uri}: {refused}");
        }
    }

    #[test]
    fn what_leaves_by_plain_http_is_a_page_on_the_list_or_the_query_of_the_logs() {
        use Host::{CloudLogging, Echonet, Mainnet};

        let allowed = [
            (Echonet, "GET", "/echonet/report"),
            (Echonet, "GET", "/echonet/report/ui"),
            (Echonet, "GET", "/echonet/block_dump?blockNumber=7&kind=state_update"),
            (Echonet, "GET", "/echonet/report/text"),
            (Echonet, "GET", "/echonet/report/ui/download"),
            (Echonet, "GET", "/echonet/get_block_metadata?block_number=7"),
            (Echonet, "GET", "/echonet/get_tx_block_metadata?tx_hash=0x7"),
            (Echonet, "GET", "/echonet/get_starknet_version"),
            (Echonet, "GET", "/feeder_gateway/get_signature?blockNumber=7"),
            (Echonet, "GET", "/cende_recorder/get_latest_received_block"),
            (Echonet, "GET", "/cende_recorder/get_last_stored_commitment_height"),
            (Mainnet, "GET", "/feeder_gateway/get_block?blockNumber=7&withFeeMarketInfo=true"),
            (Mainnet, "GET", "/feeder_gateway/get_state_update?blockNumber=7"),
            (CloudLogging, "POST", "/v2/entries:list"),
        ];
        let method = |it: &str| Method::from_bytes(it.as_bytes()).expect("a method");
        for (host, verb, target) in allowed {
            assert_eq!(check_web(host, &method(verb), target), Ok(()), "{verb} {target}");
            for other in ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"].into_iter().filter(|it| *it != verb) {
                let refused = check_web(host, &method(other), target).expect_err(other).to_string();
                assert!(refused.contains("its method is"), "{refused}");
            }
            // Echonet serves its own blocks under the names that mainnet's have.
            let is_of_both = |it: &Host| host == Mainnet && *it == Echonet;
            for elsewhere in Host::ALL.into_iter().filter(|it| *it != host && !is_of_both(it)) {
                assert!(check_web(elsewhere, &method(verb), target).is_err(), "{verb} {target} to {elsewhere:?}");
            }
        }
        let refused = [
            (CloudLogging, "POST", "/v2/entries:write"),
            (CloudLogging, "POST", "/v2/entries:list?x=1"),
            (CloudLogging, "POST", "/v2/entries:list/"),
            (CloudLogging, "POST", "/v2/projects/p/logs/l:delete"),
            (Echonet, "GET", "/l1"),
            (Echonet, "GET", "/l1?blockNumber=7"),
            (Echonet, "GET", "/cende_recorder/write_blob"),
            (Echonet, "GET", "/cende_recorder/write_pre_confirmed_block"),
            (Echonet, "GET", "/cende_recorder/get_witness_height_offset"),
            (Echonet, "GET", "/cende_recorder/get_latest_received_block?x=1"),
            (Echonet, "GET", "/feeder_gateway/get_block?blockNumber=latest&withFeeMarketInfo=true"),
            (Echonet, "GET", "/feeder_gateway/get_block?blockNumber=pending"),
            (Echonet, "GET", "/feeder_gateway/get_block?blockNumber=7"),
            (Echonet, "GET", "/feeder_gateway/get_block?blockNumber=7&headerOnly=true"),
            (Echonet, "GET", "/feeder_gateway/get_block?blockNumber=07&withFeeMarketInfo=true"),
            (Echonet, "GET", "/feeder_gateway/get_signature?blockNumber=latest"),
            (Echonet, "GET", "/feeder_gateway/get_state_update?blockNumber=7&includeBlock=true"),
            (Echonet, "GET", "/feeder_gateway/get_class_by_hash?classHash=0x7"),
            (Echonet, "GET", "/feeder_gateway/get_compiled_class_by_class_hash?classHash=0x7"),
            (Echonet, "GET", "/echonet/get_block_metadata?blockNumber=7"),
            (Echonet, "GET", "/echonet/get_block_metadata?block_number=latest"),
            (Echonet, "GET", "/echonet/get_tx_block_metadata?tx_hash=block_hash_mismatch:7"),
            (Echonet, "GET", "/echonet/get_tx_block_metadata?tx_hash=7"),
            (Echonet, "GET", "/echonet/get_tx_block_metadata?tx_hash=0x07"),
            (Echonet, "GET", "/echonet/get_tx_block_metadata?tx_hash=0x7%26x"),
            (Echonet, "GET", "/echonet/get_tx_block_metadata?tx_hash=0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
            (Echonet, "GET", "/echonet/get_tx_block_metadata"),
            (Mainnet, "GET", "/feeder_gateway/get_signature?blockNumber=7"),
            (Echonet, "GET", "/echonet/report/../resync"),
            (Echonet, "GET", "/echonet/block_dump?blockNumber=7&kind=keys"),
            (Echonet, "GET", "/echonet/block_dump?blockNumber=7&kind=block&x=1"),
            (Mainnet, "GET", "/feeder_gateway/get_block?blockNumber=latest&withFeeMarketInfo=true"),
            (Mainnet, "GET", "/gateway/add_transaction"),
        ];
        for (host, verb, target) in refused {
            let refused = check_web(host, &method(verb), target).expect_err(target).to_string();
            assert!(refused.contains("not on the list") && refused.contains("before it was sent"), "{refused}");
        }
    }

    #[test]
    fn what_any_source_asks_may_leave_for_whom_it_is_asked_and_for_nobody_else() {
        use crate::evidence::sources::NodeConfig;

        let values = |part: &str| match part {
            "kind" => vec!["block".to_owned()],
            "tx_hash" => vec!["0x7".to_owned()],
            "config" => NodeConfig::ALL.map(|it| it.name().to_owned()).to_vec(),
            "path" => vec!["report_snapshot_x.log".to_owned()],
            _ => vec!["7".to_owned()],
        };
        let mut seen = 0;
        for asked in Asked::all(&values) {
            for (host, path) in [(Host::Echonet, asked.echonet_path()), (Host::Mainnet, asked.mainnet_path())] {
                let Some(path) = path else { continue };
                seen += 1;
                assert_eq!(check_web(host, &Method::GET, &path), Ok(()), "{asked}");
                for method in [Method::POST, Method::PUT, Method::DELETE, Method::HEAD] {
                    assert!(check_web(host, &method, &path).is_err(), "{method} {asked}");
                }
                assert!(
                    check_web(Host::CloudLogging, &Method::POST, &path).is_err()
                        && check_web(host, &Method::GET, &format!("{path}&x=1")).is_err()
                );
            }
            let path = match asked.source().wire {
                Wire::Objects { group, plural, .. } => format!("{}/namespaces/echonet-a/{plural}", group.root()),
                Wire::NodeConfigMap => format!("{NS}/configmaps/{}", asked.part("config").unwrap_or_default()),
                Wire::SourceConfigMap => format!("{NS}/configmaps/echonet-src-t5bl77bj28"),
                Wire::Output => format!("{NS}/pods/echonet-1/log"),
                Wire::Echonet { .. }
                | Wire::Mainnet { .. }
                | Wire::VolumeNames
                | Wire::VolumeFile
                | Wire::LogEntries
                | Wire::Captured { .. } => continue,
            };
            seen += 1;
            let is_for_names = matches!(asked.source().wire, Wire::Objects { taken: ListSelection::NamesOnly, .. });
            assert_eq!(check(&request("GET", &path, &[("accept", NAMES_ONLY)])), Ok(()), "{asked}");
            assert_eq!(check(&request("GET", &path, &[])).is_err(), is_for_names, "{asked}");
            assert!(
                check(&request("DELETE", &path, &[])).is_err() && check(&request("GET", &format!("{path}/status"), &[])).is_err(),
                "{asked}"
            );
        }
        assert!(20 < seen, "{seen}");
    }
}
