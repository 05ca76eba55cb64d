//! Hosts that answer so as to cost memory or time, or to learn what is meant for another: each costs its own answer, and nothing else.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use whysync::evidence::{Bundle, CollectionEnd};

use super::{assert_read_only, collect, collected, incident};
use crate::program::{check, text};
use crate::rig::{Rig, Trouble, TroubleTarget, World};

/// A host that is asked by plain HTTP and answers each question with this, and how many asked.
fn host(answer: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (count, counted) = (Arc::new(AtomicUsize::new(0)), Arc::new(answer));
    let asked = Arc::clone(&count);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            asked.fetch_add(1, Ordering::Relaxed);
            let answer = Arc::clone(&counted);
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                answer(&mut stream);
            });
        }
    });
    (url, count)
}

fn asked(rig: &Rig, bundle: &Bundle, feeder: &str, more: &[&str]) -> Bundle {
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let mut command = rig.program(env!("CARGO_BIN_EXE_whysync"));
    command.args([
        "collect",
        "--namespace",
        &namespace,
        "--block",
        &block,
        "-o",
        "b.json",
        "--idle-timeout",
        "6000ms",
        "--log-pause",
        "0ms",
    ]);
    command.args(["--feeder-url", feeder, "--logging-url", &rig.plain_url]).args(more);
    let output = command.output().expect("it runs");
    check(feeder, &output, 0, &[]);
    collected(rig)
}

fn gaps(bundle: &Bundle) -> Vec<String> {
    bundle.theirs.values().filter_map(|it| it.block.gap()).collect()
}

#[test]
fn an_answer_that_nobody_can_bound_is_missing_with_the_reason() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::copy(&mut std::io::repeat(b' ').take(256 * 1024 * 1024), &mut bomb).expect("packed");
    let bomb = bomb.finish().expect("packed");
    let (packed, _) = host(move |stream| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bomb));
    });
    let (headers, _) = host(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(&b"x-more: 0123456789\r\n".repeat(1000)).is_ok() {}
    });
    let (one_header, _) = host(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx-more: ");
        while stream.write_all(&[b'a'; 64 * 1024]).is_ok() {}
    });
    let (chunks, _) = host(|stream| {
        // The extension of a chunk has no end.
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;");
        while stream.write_all(&[b'a'; 64 * 1024]).is_ok() {}
    });
    for (url, reason) in [
        (&packed, "the answer is compressed (gzip), which was not asked for"),
        (&headers, "head is too large"),
        (&one_header, "head is too large"),
        (&chunks, "chunk extensions over limit"),
    ] {
        let rig = Rig::start(World::from_bundle(&bundle), None);
        let began = Instant::now();
        let live = asked(&rig, &bundle, url, &[]);
        assert!(began.elapsed() < Duration::from_secs(30), "{reason}: {:?}", began.elapsed());
        let found = gaps(&live);
        assert!(!found.is_empty() && found.iter().all(|it| it.contains(reason)), "{reason}: {found:?}");
        assert!(live.deployment.pods.value().is_some() && live.report.value().is_some(), "{reason}");
    }
}

#[test]
fn a_frame_that_says_that_it_is_larger_than_any_memory_costs_nothing() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    for target in [TroubleTarget::Exec, TroubleTarget::Echonet] {
        let rig = Rig::start(World::from_bundle(&bundle), Some((target, Trouble::HugeFrame)));
        let began = Instant::now();
        let (live, words) = collect(&rig, &bundle);
        assert!(began.elapsed() < Duration::from_secs(60), "{target:?}: {:?}", began.elapsed());
        let has_snapshot = live.episodes.iter().any(|it| it.snapshot.value().is_some());
        let expected = (target != TroubleTarget::Exec, target != TroubleTarget::Echonet, true);
        assert_eq!((has_snapshot, live.report.value().is_some(), live.deployment.pods.value().is_some()), expected, "{target:?}: {words}");
    }
}

#[test]
fn nobody_is_led_elsewhere_with_what_was_meant_for_another() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let (elsewhere, visits) = host(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    });
    let port = elsewhere.rsplit(':').next().and_then(|it| it.parse().ok()).expect("a port");
    let targets = [
        TroubleTarget::Pods,
        TroubleTarget::Objects,
        TroubleTarget::Exec,
        TroubleTarget::Echonet,
        TroubleTarget::Mainnet,
        TroubleTarget::Logging,
    ];
    let troubles: Vec<(TroubleTarget, Trouble)> = targets.iter().map(|it| (*it, Trouble::Redirect(port))).collect();
    for some in [&troubles[..], &troubles[1..]] {
        let rig = Rig::start_with(World::from_bundle(&bundle), some);
        let namespace = bundle.incident.namespace.clone().expect("a namespace");
        let block = bundle.incident.block.expect("a block").to_string();
        let output = rig.run(&["collect", "--namespace", &namespace, "--block", &block, "-o", "b.json"]);
        let live = collected(&rig);
        let failures: Vec<String> = live.collection.into_iter().flat_map(|it| it.requests).filter_map(|it| it.failure).collect();
        assert!(failures.iter().any(|it| it.contains("HTTP 307")), "{failures:?}\n{}", text(&output.stderr));
        assert_eq!(visits.load(Ordering::Relaxed), 0, "{failures:?}");
        assert_read_only(&rig.asked());
    }
}

#[test]
fn whoever_wants_to_be_left_alone_for_ever_is_asked_again_in_time_or_not_at_all() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::from_bundle(&bundle), Some((TroubleTarget::Mainnet, Trouble::Throttled(u64::MAX))));
    let began = Instant::now();
    let live = asked(&rig, &bundle, &rig.plain_url, &["--deadline", "2s"]);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert_eq!(live.collection.map(|it| it.end), Some(CollectionEnd::OutOfTime));
}

#[test]
fn a_port_forward_that_is_refused_for_good_is_not_tried_for_each_page() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    // How often at most: what was under way already when the first was refused is sent as well.
    let cases =
        [(Trouble::NoForward(403), 4, "HTTP 403"), (Trouble::Refuse, 8, "Connection refused"), (Trouble::NoForward(500), 1000, "HTTP 500")];
    for (trouble, most, reason) in cases {
        let rig = Rig::start(World::from_bundle(&bundle), Some((TroubleTarget::Echonet, trouble)));
        let (live, words) = collect(&rig, &bundle);
        let tries = rig.asked().iter().filter(|it| it.contains("/portforward?")).count();
        assert!((1..=most).contains(&tries), "{trouble:?}: {tries} tries\n{words}");
        let gap = live.report.gap().unwrap_or_default();
        assert!(gap.contains(reason) && !gap.contains("does not know the transaction"), "{trouble:?}: {gap}");
        let pages = [live.echonet.latest_received_block.gap(), live.echonet.starknet_version.gap()];
        assert!(pages.iter().flatten().all(|it| it.contains(reason)), "{trouble:?}: {pages:?}");
    }
}
