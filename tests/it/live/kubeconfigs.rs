//! What is wrong with a kubeconfig is said with its place and reason, and without its text.

use std::process::{Command, Output, Stdio};

use crate::program::{check, text};
use crate::rig::{Rig, World};

/// Asks with a kubeconfig of this user and cluster, beside which the environment holds a secret.
fn asking(rig: &Rig, user: &str, cluster: &str) -> Command {
    let kubeconfig = format!(
        "apiVersion: v1\nkind: Config\ncontexts: [{{name: sequencer-dev, context: {{cluster: c, user: u}}}}]\n\
         clusters: [{{name: c, cluster: {{server: 'https://127.0.0.1:1', {cluster}}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n"
    );
    asking_with(rig, &kubeconfig)
}

fn asking_with(rig: &Rig, kubeconfig: &str) -> Command {
    std::fs::write(rig.folder.path().join("kubeconfig"), kubeconfig).expect("a file");
    let mut command = rig.program(env!("CARGO_BIN_EXE_whysync"));
    command.args(["collect", "--namespace", "echonet-a", "-o", "b.json", "--idle-timeout", "300ms"]);
    command.env("SOME_TOKEN", "canary-in-environment").env("COLUMNS", "400").stdin(Stdio::null());
    command
}

fn refused(name: &str, output: &Output, words: &[&str]) {
    check(name, output, 4, words);
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(!said.contains("canary") && !said.contains("Y2FuYXJ5") && !said.contains("redacted"), "{name}: {said}");
}

#[test]
fn a_fault_in_a_kubeconfig_is_named_with_its_place_and_without_its_text() {
    let rig = Rig::start(World::from_bundle(&super::incident("no-divergence")), None);
    let program = |script: &str, mode: &str| {
        format!(
            "exec: {{apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, '{script}'], interactiveMode: {mode}, \
             env: [{{name: A, value: canary-in-exec}}]}}"
        )
    };
    let talks = "env; echo canary-out; echo canary-err >&2; exit 3";
    let of_user: [(&str, String, &[&str]); 15] = [
        ("certificate", "client-certificate-data: 'canary!', client-key-data: Y2FuYXJ5".into(), &["certificate of the user", "not base64"]),
        ("key", "client-certificate-data: Y2FuYXJ5, client-key-data: 'canary!'".into(), &["private part", "not base64"]),
        ("no PEM", "client-certificate-data: Y2FuYXJ5, client-key-data: Y2FuYXJ5".into(), &["not what TLS needs"]),
        ("no file", "client-certificate: /nowhere/cert, client-key: /nowhere/key".into(), &["/nowhere/cert cannot be read: No such file"]),
        ("token file", "tokenFile: /nowhere/token".into(), &["/nowhere/token cannot be read: No such file"]),
        ("token", "token: \"canary\\ntoken\"".into(), &["the token of the user holds what no header can"]),
        ("a program that fails", program(talks, "Never"), &["its program ended with exit status: 3"]),
        ("one that may ask", program(talks, "IfAvailable"), &["its program ended with exit status: 3"]),
        ("one that wants to ask", program(talks, "Always"), &["its program ended with exit status: 3"]),
        ("one that prints something else", program("echo canary-out: [}", "Never"), &["not what a client expects at line 1"]),
        ("one that prints another document", program("echo {}", "Never"), &["no status"]),
        (
            "one that is not there",
            "exec: {apiVersion: v1, command: /nowhere/x, interactiveMode: Never}".into(),
            &["cannot be started: No such"],
        ),
        ("a provider", "auth-provider: {name: gcp, config: {access-token: canary-token, expiry: x}}".into(), &["cannot be used"]),
        ("one of its own", "auth-provider: {name: gcp, config: {cmd-path: sh, cmd-args: -c env}}".into(), &["cannot be used"]),
        ("a field", "token: [canary-token]".into(), &["not what a client expects at line 5, column"]),
    ];
    for (name, user, words) in of_user {
        let output = asking(&rig, &user, "").output().expect("it runs");
        refused(name, &output, words);
    }
    let of_cluster: [(&str, &str, &[&str]); 3] = [
        ("its certificates", "certificate-authority-data: 'canary!'", &["certificates of the cluster", "not base64"]),
        ("their file", "certificate-authority: /nowhere/ca", &["/nowhere/ca cannot be read: No such file"]),
        ("its proxy", "proxy-url: 'socks5://u:canary-password@h:1'", &["`proxy-url` in the kubeconfig names is asked by socks5"]),
    ];
    for (name, cluster, words) in of_cluster {
        let output = asking(&rig, "token: canary-token", cluster).output().expect("it runs");
        refused(name, &output, words);
    }
    let whole: [(&str, &str, &[&str]); 5] = [
        ("broken", "users:\n- name: u\n  user: {token: canary-token: [\n", &["kubeconfig: the kubeconfig is not", "at line 3"]),
        ("another shape", "apiVersion: v1\nusers: canary-token\n", &["at line 2, column 8"]),
        ("bytes", "\u{0}canary\u{1}", &["the kubeconfig is not what a client expects"]),
        (
            "no such user",
            "contexts: [{name: sequencer-dev, context: {cluster: c, user: nobody}}]\nclusters: [{name: c, cluster: {server: 'https://h'}}]\n",
            &["signs in as nobody, and no user has that name"],
        ),
        (
            "no such cluster",
            "contexts: [{name: sequencer-dev, context: {cluster: nothing, user: u}}]\nusers: [{name: u, user: {token: canary}}]\n",
            &["names the cluster nothing, and no cluster has that name"],
        ),
    ];
    for (name, kubeconfig, words) in whole {
        refused(name, &asking_with(&rig, kubeconfig).output().expect("it runs"), words);
    }
    assert_eq!(rig.asked(), [""; 0]);
}

#[test]
fn a_kubeconfig_that_is_none_is_refused_by_what_it_is() {
    let rig = Rig::start(World::from_bundle(&super::incident("no-divergence")), None);
    let large = rig.folder.path().join("large");
    let file = std::fs::File::create(&large).expect("a file");
    file.set_len(17 * 1024 * 1024).expect("a hole");
    let large = large.to_string_lossy().into_owned();
    for (path, words) in [
        ("/dev/zero", "/dev/zero: it is a device, and no file"),
        ("/nowhere/at/all", "/nowhere/at/all: No such file"),
        ("/tmp", "/tmp"),
        (large.as_str(), "it is larger than 16777216 bytes"),
    ] {
        let output = asking(&rig, "", "").env("KUBECONFIG", path).output().expect("it runs");
        refused(path, &output, &[words]);
    }
}

#[test]
fn credentials_of_google_that_are_none_are_refused_without_their_text() {
    let bundle = super::incident("no-divergence");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let folder = rig.folder.path().to_owned();
    let cases = [
        ("broken", "{\"private_key\": \"canary-key", "line 1"),
        ("another", "{\"private_key\": \"canary-key\", \"type\": \"service_account\"}", "line 1"),
        (
            "no key",
            "{\"type\": \"service_account\", \"client_email\": \"canary@x\", \"private_key\": \"canary-key\", \"token_uri\": \"http://127.0.0.1:1\", \
             \"project_id\": \"p\", \"private_key_id\": \"canary-id\", \"client_id\": \"1\", \"auth_uri\": \"x\", \
             \"auth_provider_x509_cert_url\": \"x\", \"client_x509_cert_url\": \"x\"}",
            "",
        ),
    ];
    for (name, content, words) in cases {
        std::fs::write(folder.join("key.json"), content).expect("a file");
        let mut command = rig.command(&["collect", "--namespace", &namespace, "-o", "b.json"], 6000);
        let output = command.env("GOOGLE_APPLICATION_CREDENTIALS", folder.join("key.json")).output().expect("it runs");
        let live = std::fs::read_to_string(folder.join("b.json")).expect("a bundle");
        let said = format!("{}{}{live}", text(&output.stdout), text(&output.stderr));
        assert!(!said.contains("canary"), "{name}: {said}");
        let queries = super::collected(&rig).collection.expect("a live collection").log_queries;
        let why: Vec<&str> = queries.iter().filter_map(|it| it.fallback.as_deref()).collect();
        assert!(!why.is_empty() && why.iter().all(|it| it.contains(words)), "{name}: {why:?}");
    }
}
