//! Whoever is behind a proxy reaches the deployment through it, and what the proxy is signed in to with comes out nowhere.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use base64::Engine;
use whysync::engine::{Trial, diagnose};

use super::{afterwards, assert_read_only, collected, incident, told};
use crate::program::{check, text};
use crate::rig::proxy::{CLUSTER_HOST, ECHONET_HOST, Manner, PLAIN_HOST, PROXY_PASSWORD, PROXY_USER};
use crate::rig::{Rig, World};
use crate::simulated::catalog;

/// A collection from hosts that only the proxy finds.
fn collecting(rig: &Rig, namespace: &str, block: &str, mainnet: &str, more: &[&str]) -> Command {
    let mut command = rig.program(env!("CARGO_BIN_EXE_whysync"));
    command.args(["collect", "--namespace", namespace, "--block", block, "-o", "b.json", "--idle-timeout", "6000ms", "--log-pause", "0ms"]);
    command.args(["--feeder-url", mainnet, "--logging-url", &format!("http://{PLAIN_HOST}")]).args(more);
    command
}

/// Nothing that was written or said holds what the proxy is signed in to with.
fn assert_unsaid(folder: &Path, said: &str) {
    let signed = base64::engine::general_purpose::STANDARD.encode(format!("{PROXY_USER}:{PROXY_PASSWORD}"));
    let parts = [signed.as_str(), PROXY_PASSWORD, &PROXY_PASSWORD.replace(' ', "%20")];
    let holds = |it: &str| parts.iter().any(|part| it.contains(part));
    assert!(!holds(said), "{said}");
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path if path.ends_with("kubeconfig") => {}
                path => assert!(!holds(&String::from_utf8_lossy(&std::fs::read(&path).expect("a file"))), "{}", path.display()),
            }
        }
    }
}

/// Asserts how it ended, and words on either stream.
fn says(name: &str, output: &Output, code: i32, words: &[&str]) {
    check(name, output, code, &[]);
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    words.iter().for_each(|it| assert!(said.contains(it), "{name}: nothing said of `{it}` in\n{said}"));
}

/// How somebody says which proxy there is.
#[derive(Debug, Clone, Copy)]
enum ProxySource {
    Variables(&'static [&'static str]),
    Kubeconfig,
}

#[test]
fn all_are_asked_through_the_proxy_that_is_named_in_whatever_way() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let (namespace, block) = (bundle.incident.namespace.clone().expect("a namespace"), bundle.incident.block.expect("a block").to_string());
    let whole = told(&diagnose(&afterwards(bundle.clone()), &catalog(), Trial::StableOnly));
    let ways = [
        ProxySource::Variables(&["HTTPS_PROXY", "HTTP_PROXY"]),
        ProxySource::Variables(&["https_proxy", "http_proxy"]),
        ProxySource::Variables(&["ALL_PROXY"]),
        ProxySource::Kubeconfig,
    ];
    for way in ways {
        let rig = Rig::start(World::from_bundle(&bundle), None);
        rig.hide_cluster();
        let proxy = rig.proxy(Manner::Serves);
        let echonet = format!("http://{ECHONET_HOST}");
        let (mainnet, url) = (format!("http://{PLAIN_HOST}"), ["--echonet-url", &echonet]);
        // Echonet itself is asked through the proxy once, and through the cluster otherwise.
        let more: &[&str] = if matches!(way, ProxySource::Variables(["ALL_PROXY"])) { &url } else { &[] };
        let mut command = collecting(&rig, &namespace, &block, &mainnet, &[more, &["--record", "recorded", "--audit", "audit"]].concat());
        match way {
            ProxySource::Variables(names) => names.iter().for_each(|it| {
                command.env(it, proxy.url());
            }),
            // It stands before the cluster alone, and no exception of the environment matters.
            ProxySource::Kubeconfig => {
                let path = rig.folder.path().join("kubeconfig");
                let kubeconfig = std::fs::read_to_string(&path).expect("a file");
                let server = format!("\"server\":\"https://{CLUSTER_HOST}\"");
                let with_proxy = kubeconfig.replace(&server, &format!("{server},\"proxy-url\":\"{}\"", proxy.url()));
                assert_ne!(kubeconfig, with_proxy);
                std::fs::write(&path, with_proxy).expect("a file");
                command.env("HTTP_PROXY", proxy.url()).env("HTTPS_PROXY", "http://127.0.0.1:1").env("NO_PROXY", CLUSTER_HOST);
            }
        }
        let output = command.output().expect("it runs");
        let words = text(&output.stderr);
        check(&format!("{way:?}"), &output, 0, &[]);
        let live = collected(&rig);
        assert_eq!(told(&diagnose(&live, &catalog(), Trial::StableOnly)), whole, "{way:?}: {words}");
        let asked = proxy.asked();
        let expected = [format!("CONNECT {CLUSTER_HOST}"), format!("GET {PLAIN_HOST}"), format!("POST {PLAIN_HOST}")];
        assert!(expected.iter().all(|it| asked.contains(it)), "{way:?}: {asked:?}");
        assert_eq!(asked.contains(&format!("GET {ECHONET_HOST}")), !more.is_empty(), "{way:?}: {asked:?}");
        assert_read_only(&rig.asked());
        assert_unsaid(rig.folder.path(), &format!("{words}{}", text(&output.stdout)));
    }
}

#[test]
fn what_is_excepted_or_on_this_machine_is_asked_directly() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let proxy = rig.proxy(Manner::Serves);
    let ask = |names: [&str; 2], excepted: Option<(&str, &str)>| {
        let mut command = rig.program(env!("CARGO_BIN_EXE_whysync"));
        command
            .args(["episodes", "--namespace", &namespace, "--idle-timeout", "6000ms"])
            .env(names[0], proxy.url())
            .env(names[1], proxy.url());
        excepted.into_iter().for_each(|(name, value)| {
            command.env(name, value);
        });
        command.output().expect("it runs")
    };
    says("this machine", &ask(["HTTPS_PROXY", "HTTP_PROXY"], None), 0, &["newest first"]);
    assert_eq!(proxy.asked(), Vec::<String>::new());
    // Only the proxy knows the name, so who asks directly finds nobody.
    rig.hide_cluster();
    for excepted in [("NO_PROXY", "a.example,.rig.test,"), ("no_proxy", "*"), ("NO_PROXY", CLUSTER_HOST)] {
        let output = ask(["https_proxy", "http_proxy"], Some(excepted));
        says(&format!("{excepted:?}"), &output, 4, &["it is not known whether there was a resync"]);
        assert_eq!(proxy.asked(), Vec::<String>::new(), "{excepted:?}");
    }
    says("another is excepted", &ask(["https_proxy", "http_proxy"], Some(("NO_PROXY", "other.test"))), 0, &["newest first"]);
    assert!(!proxy.asked().is_empty());
}

#[test]
fn a_host_that_is_asked_by_tls_is_asked_for_a_tunnel_alone() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let (namespace, block) = (bundle.incident.namespace.clone().expect("a namespace"), bundle.incident.block.expect("a block").to_string());
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let proxy = rig.proxy(Manner::Serves);
    let mut command = collecting(&rig, &namespace, &block, &format!("https://{CLUSTER_HOST}"), &[]);
    let output = command.env("HTTPS_PROXY", proxy.url()).output().expect("it runs");
    check("a certificate that nobody knows", &output, 0, &[]);
    let asked = proxy.asked();
    assert!(!asked.is_empty() && asked.iter().all(|it| *it == format!("CONNECT {CLUSTER_HOST}")), "{asked:?}");
    let gaps: Vec<String> = collected(&rig).theirs.values().filter_map(|it| it.block.gap()).collect();
    assert!(gaps.iter().any(|it| it.contains("certificate")), "{gaps:?}");
}

#[test]
fn a_proxy_that_does_not_serve_is_told_with_its_reason_in_bounded_time() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let cases = [
        (Manner::Refuses(407), "proxy authorization required"),
        (Manner::Refuses(403), "unsuccessful"),
        (Manner::Floods, "unsuccessful"),
        (Manner::Hangs, "no data came for 0.5 s"),
    ];
    for (manner, reason) in cases {
        let rig = Rig::start(World::from_bundle(&bundle), None);
        rig.hide_cluster();
        let proxy = rig.proxy(manner);
        let mut command = rig.program(env!("CARGO_BIN_EXE_whysync"));
        command.args(["episodes", "--namespace", &namespace, "--idle-timeout", "500ms"]).env("HTTPS_PROXY", proxy.url());
        let began = Instant::now();
        let output = command.output().expect("it runs");
        assert!(began.elapsed() < Duration::from_secs(20), "{manner:?}: {:?}", began.elapsed());
        says(&format!("{manner:?}"), &output, 4, &["it is not known whether there was a resync", reason]);
        assert_unsaid(rig.folder.path(), &format!("{}{}", text(&output.stderr), text(&output.stdout)));
    }
}

#[test]
fn a_proxy_of_a_kind_that_is_not_supported_is_refused_before_anybody_is_asked() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let cases = [
        ("HTTPS_PROXY", "socks5://user:canary-password@127.0.0.1:1", "socks5"),
        ("https_proxy", "https://user:canary-password@127.0.0.1:1", "https"),
        ("HTTP_PROXY", "http://user:canary password@127.0.0.1:1", "its text is not shown"),
        ("ALL_PROXY", "http://user:canary-password@127.0.0.1:port", "its text is not shown"),
    ];
    for (name, url, word) in cases {
        let mut command = rig.command(&["collect", "--namespace", "echonet-a", "-o", "b.json"], 6000);
        let output = command.env(name, url).env("COLUMNS", "300").output().expect("it runs");
        check(name, &output, 4, &[name, word, "name an HTTP proxy"]);
        assert!(!text(&output.stderr).contains("canary"), "{}", text(&output.stderr));
        assert_eq!(rig.asked(), [""; 0]);
    }
}
