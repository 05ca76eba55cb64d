//! A collection ends when it is to end, whatever those asked do, and with what was gathered; every other run ends at once, and leaves nothing.

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use whysync::evidence::{Bundle, CollectionEnd};

use super::{collected, incident};
use crate::program::{check, program, text};
use crate::rig::{Rig, Trouble, TroubleTarget, World};

/// How long an end may take here, where the program is not made for speed and many tests run beside each other; a second is promised. What
/// the tests guard against has no end at all, or takes minutes.
const SOON: Duration = Duration::from_secs(20);

/// Answers every question with answers that are none, for ever.
fn interim_flood() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let block = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".repeat(1000);
            std::thread::spawn(move || while stream.write_all(block.as_bytes()).is_ok() {});
        }
    });
    url
}

/// Takes every question, and answers none.
fn silence() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || listener.incoming().flatten().collect::<Vec<_>>());
    url
}

/// A collection of an incident, with mainnet at an address of its own.
fn collecting(rig: &Rig, bundle: &Bundle, feeder: &str, more: &[&str]) -> Command {
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let mut command = rig.program(env!("CARGO_BIN_EXE_whysync"));
    command.args(["collect", "--namespace", &namespace, "--block", &block, "-o", "b.json", "--idle-timeout", "10m"]);
    command.args(["--feeder-url", feeder, "--logging-url", &rig.plain_url, "--log-pause", "0s"]).args(more);
    command
}

fn started(command: &mut Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs")
}

/// Interrupts it, and waits for its end; how long that took.
fn interrupted(mut child: Child) -> (Output, Duration) {
    // Held to its end: where the machine is busy, an end of the input would come before the signal.
    let _input = child.stdin.take();
    let began = Instant::now();
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    (child.wait_with_output().expect("it ends"), began.elapsed())
}

fn assert_ended(rig: &Rig, output: &Output, end: CollectionEnd) {
    let words = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{words}");
    let bundle = collected(rig);
    assert_eq!(bundle.collection.as_ref().map(|it| it.end), Some(end), "{words}");
    assert!(bundle.deployment.pods.value().is_some(), "what was answered is there: {words}");
}

#[test]
fn a_flood_of_interim_answers_holds_up_neither_the_deadline_nor_an_interrupt() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let flood = interim_flood();
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let began = Instant::now();
    let output = collecting(&rig, &bundle, &flood, &["--deadline", "3s"]).output().expect("it runs");
    assert!(began.elapsed() < Duration::from_secs(3) + SOON, "{:?}", began.elapsed());
    assert_ended(&rig, &output, CollectionEnd::OutOfTime);

    let rig = Rig::start(World::from_bundle(&bundle), None);
    let child = started(&mut collecting(&rig, &bundle, &flood, &[]));
    rig.wait_until(|asked| asked.iter().any(|it| it.contains("command=cat&")));
    let (output, took) = interrupted(child);
    assert!(took < SOON, "{took:?}");
    assert_ended(&rig, &output, CollectionEnd::Interrupted);
}

#[test]
fn the_longest_times_that_may_be_given_end_nothing() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let limits = ["--deadline", "24h", "--request-timeout", "24h"];
    let output = rig.run(&[&["collect", "--namespace", &namespace, "-o", "b.json"], limits.as_slice()].concat());
    assert_ended(&rig, &output, CollectionEnd::Finished);
}

#[test]
fn one_long_line_of_a_log_holds_up_neither_the_deadline_nor_an_interrupt() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let troubles = [(TroubleTarget::Logging, Trouble::Status(403)), (TroubleTarget::Output, Trouble::LongLine)];
    let rig = Rig::start_with(World::from_bundle(&bundle), &troubles);
    let silence = silence();
    let began = Instant::now();
    let output = collecting(&rig, &bundle, &silence, &["--deadline", "10s"]).output().expect("it runs");
    assert!(began.elapsed() < Duration::from_secs(10) + SOON, "{:?}", began.elapsed());
    assert_ended(&rig, &output, CollectionEnd::OutOfTime);
    assert!(rig.asked().iter().any(|it| it.contains("/log?")), "{:#?}", rig.asked());

    let rig = Rig::start_with(World::from_bundle(&bundle), &troubles);
    let child = started(&mut collecting(&rig, &bundle, &silence, &[]));
    rig.wait_until(|asked| asked.iter().any(|it| it.contains("/log?")));
    let (output, took) = interrupted(child);
    assert!(took < SOON, "{took:?}");
    assert_ended(&rig, &output, CollectionEnd::Interrupted);
}

#[test]
fn a_sign_in_that_waits_for_ever_holds_up_neither_the_deadline_nor_an_interrupt() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let waits = r"{apiVersion: v1, kind: Config, current-context: a-sequencer-dev, contexts: [{name: a-sequencer-dev, context: {cluster: c, user: u}}],
        clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}],
        users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, 'touch begun; exec sleep 30'], interactiveMode: Never}}}]}";
    std::fs::write(rig.folder.path().join("kubeconfig"), waits).expect("written");
    let began = Instant::now();
    let output = collecting(&rig, &bundle, "http://127.0.0.1:1", &["--deadline", "1s"]).output().expect("it runs");
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    check("out of time", &output, 4, &["nothing was collected"]);
    let begun = rig.folder.path().join("begun");
    std::fs::remove_file(&begun).expect("its program ran");
    let child = started(&mut collecting(&rig, &bundle, "http://127.0.0.1:1", &[]));
    while !begun.exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let (output, took) = interrupted(child);
    assert!(took < SOON, "{took:?}");
    check("interrupted", &output, 4, &["nothing was collected"]);
    assert!(!rig.folder.path().join("b.json").exists());
}

#[test]
fn every_other_run_ends_at_once_and_writes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    // One waits for standard input, the other computes.
    for arguments in [["import", "-", "-o", "b.json"].as_slice(), &["evaluate", "--population", "100000"], &["diagnose", "-"]] {
        let child = started(program(arguments).current_dir(folder.path()));
        std::thread::sleep(Duration::from_millis(500));
        let (output, took) = interrupted(child);
        assert!(took < SOON, "{arguments:?}: {took:?}");
        assert_eq!(output.status.signal(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").flatten().map(|it| it.file_name()).collect();
        assert!(left.is_empty(), "{arguments:?}: {left:?}");
    }
}

#[test]
fn a_recording_is_never_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let index = folder.path().join("exchanges.jsonl");
    let pipe = Command::new("mkfifo").arg(&index).status().expect("mkfifo runs");
    assert!(pipe.success());
    let replay = ["collect", "--replay", folder.path().to_str().expect("UTF-8"), "-o", "/dev/null"];
    let output = program(&replay).output().expect("it runs");
    check("a pipe", &output, 4, &["is not a recorded collection", "it is a device, a pipe or a folder, and no file"]);
    std::fs::remove_file(&index).expect("removed");
    std::os::unix::fs::symlink("/dev/zero", &index).expect("a link");
    let output = program(&replay).output().expect("it runs");
    check("a device", &output, 4, &["is not a recorded collection", "it is a device, a pipe or a folder, and no file"]);
}
