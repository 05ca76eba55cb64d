//! How long a collection takes, and how much memory. Not run by default, for it takes minutes:
//!
//! `cargo test --release --test it measured -- --ignored --nocapture --test-threads 1`

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use whysync::collect::store::{Input, load};
use whysync::evidence::{AuditRow, Bundle};

use crate::live::incident;
use crate::rig::{Rig, Trouble, TroubleTarget, World};

fn say(text: &str) {
    // Not `println`: what a test prints is held back, and this is meant to be read.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// The wall time of a command, and the most memory that it ever held, in KiB.
fn measured(mut command: std::process::Command) -> (Duration, u64) {
    let started = Instant::now();
    let mut child = command.spawn().expect("it runs");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        // The kernel keeps the highest mark: the last reading before the end counts.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|it| it.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        peak = peak.max(mark.unwrap_or(0));
        if let Some(status) = child.try_wait().expect("a child") {
            assert!(status.success(), "{status}");
            return (started.elapsed(), peak);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn collect(rig: &Rig, bundle: &Bundle, more: &[&str]) -> std::process::Command {
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let ask = ["collect", "--namespace", &namespace, "--block", &block, "-o", "b.json.zst"];
    rig.command(&[ask.as_slice(), more].concat(), 30_000)
}

fn collected(rig: &Rig) -> Bundle {
    load(&Input::File(rig.folder.path().join("b.json.zst"))).expect("a bundle")
}

/// Who was asked, by the words of the audit log.
fn source(row: &AuditRow) -> &'static str {
    let asked = row.asked.as_str();
    [("exec in", "volume"), ("(Echonet", "Echonet"), ("(mainnet)", "mainnet"), ("entries:list", "logs")]
        .into_iter()
        .find(|(part, _)| asked.contains(part))
        .map_or("Kubernetes", |(_, name)| name)
}

/// From the first request of each source to the end of its last, in milliseconds.
fn spans(bundle: &Bundle) -> BTreeMap<&'static str, i64> {
    let mut spans: BTreeMap<&'static str, (i64, i64)> = BTreeMap::new();
    let rows = &bundle.collection.as_ref().expect("a live collection").requests;
    let first = rows.iter().map(|it| it.at).min().expect("a request");
    for row in rows {
        let began = row.at.millis_since(first);
        let ended = began + i64::try_from(row.took_ms).expect("a time");
        let span = spans.entry(source(row)).or_insert((began, ended));
        *span = (span.0.min(began), span.1.max(ended));
    }
    spans.into_iter().map(|(name, (began, ended))| (name, ended - began)).collect()
}

#[test]
#[ignore = "a measurement"]
fn wall_time_against_the_slowest_source() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    for target in
        [None, Some(TroubleTarget::Exec), Some(TroubleTarget::Echonet), Some(TroubleTarget::Mainnet), Some(TroubleTarget::Logging)]
    {
        let slow = Trouble::Slow(Duration::from_millis(1_000));
        let rig = Rig::start(World::from_bundle(&bundle), target.map(|it| (it, slow)));
        let (wall, _) = measured(collect(&rig, &bundle, &["--request-timeout", "10m"]));
        let spans = spans(&collected(&rig));
        say(&format!("{target:?} a second slower: {} ms in all; by source, from first to last: {spans:?}", wall.as_millis()));
    }
}

#[test]
#[ignore = "a measurement"]
fn peak_memory_for_a_log_window_of_500_megabytes() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    for (window, cap) in [(0, "256MiB"), (500_000_000, "256MiB"), (500_000_000, "1GiB")] {
        let rig = Rig::start(World { filler: window, ..World::from_bundle(&bundle) }, None);
        let (wall, peak) = measured(collect(&rig, &bundle, &["--max-log", cap]));
        let live = collected(&rig);
        let rows = &live.collection.as_ref().expect("a live collection").requests;
        let bytes: u64 = rows.iter().filter(|it| source(it) == "logs").map(|it| it.bytes).sum();
        let lines = live.logs.echonet.value().map_or(0, |it| it.lines.len());
        say(&format!(
            "window of {window} bytes, cap of {cap}: {bytes} bytes in {lines} lines, peak {} MiB, {} s, gap {:?}",
            peak / 1024,
            wall.as_secs(),
            live.logs.echonet.gap()
        ));
        // The lines, once more as much while the rules look at them, and what a collection takes without logs.
        let most = (2 * cap.parse::<u64>().expect("a number") + 256) * 1024;
        assert!(peak < most, "{peak} KiB for a cap of {cap}");
    }
}
