//! The main job in parts, with peers measured in the same run: parsing alone, and the same log patterns one by one.
//!
//! `cargo bench --bench diagnose`

use std::hint::black_box;

use divan::Bencher;
use whysync::collect::redact::redact;
use whysync::collect::store;
use whysync::engine::language::catalog::builtin;
use whysync::engine::{Catalog, Trial, diagnose};
use whysync::evidence::Program;
use whysync::evidence::logs::parse_text;
use whysync::facts::{self, LogIndex};
use whysync::simulate::{Scenario, simulate};

fn main() {
    divan::main();
}

/// A bundle of about one megabyte of JSON: the blocks of an incident, and its log told several times.
fn megabyte() -> Vec<u8> {
    let mut bundle = simulate(Scenario::Alchemy429L1HandlerDrop, 1).bundle;
    if let whysync::evidence::Gathered::Observed(log) = &mut bundle.logs.echonet {
        let tail: Vec<_> = log.value.lines.iter().filter(|it| !it.text.contains("Resync triggered")).cloned().collect();
        while log.value.lines.len() < 4_500 {
            log.value.lines.extend(tail.iter().take(200).cloned());
        }
    }
    let mut bytes = Vec::new();
    store::encode(&bundle, &mut bytes).expect("a bundle");
    bytes
}

fn catalog() -> Catalog {
    Catalog::new(&[builtin()]).expect("the rules of this build")
}

#[divan::bench]
fn peer_parse_json_alone(bencher: Bencher<'_, '_>) {
    let bytes = megabyte();
    bencher.counter(divan::counter::BytesCount::new(bytes.len())).bench(|| {
        let value: serde_json::Value = serde_json::from_slice(black_box(&bytes)).expect("JSON");
        value
    });
}

#[divan::bench]
fn redact_text(bencher: Bencher<'_, '_>) {
    let text = String::from_utf8(megabyte()).expect("UTF-8");
    bencher.counter(divan::counter::BytesCount::new(text.len())).bench(|| redact(black_box(&text)).count);
}

#[divan::bench]
fn load_bundle(bencher: Bencher<'_, '_>) {
    let bytes = megabyte();
    bencher
        .counter(divan::counter::BytesCount::new(bytes.len()))
        .bench(|| store::load_from(black_box(bytes.as_slice()), "bundle").expect("a bundle"));
}

#[divan::bench]
fn compile_rules() -> usize {
    catalog().rules.len()
}

#[divan::bench]
fn derive_facts(bencher: Bencher<'_, '_>) {
    let bundle = store::load_from(megabyte().as_slice(), "bundle").expect("a bundle");
    bencher.bench(|| facts::derive(black_box(&bundle)).cases.len());
}

#[divan::bench]
fn diagnose_bundle(bencher: Bencher<'_, '_>) {
    let bundle = store::load_from(megabyte().as_slice(), "bundle").expect("a bundle");
    let catalog = catalog();
    bencher.bench(|| diagnose(black_box(&bundle), &catalog, Trial::StableOnly).findings.len());
}

const LOG_LINES: usize = 100_000;

/// A log of many lines of the usual kinds.
fn long_log() -> LogIndex {
    let bundle = simulate(Scenario::Alchemy429L1HandlerDrop, 1).bundle;
    let lines: Vec<String> = bundle.logs.echonet.value().expect("a log").lines.iter().map(|it| it.text.to_string()).collect();
    let text: Vec<&str> = lines.iter().map(String::as_str).cycle().take(LOG_LINES).collect();
    LogIndex::new(&parse_text(&text.join("\n")))
}

#[divan::bench]
fn scan_log_with_one_automaton(bencher: Bencher<'_, '_>) {
    let (catalog, index) = (catalog(), long_log());
    bencher
        .counter(divan::counter::ItemsCount::new(LOG_LINES))
        .bench(|| catalog.patterns().scan(|it| (it == Program::Echonet).then_some(black_box(&index))));
}

#[divan::bench]
fn peer_scan_log_with_a_loop_over_regexes(bencher: Bencher<'_, '_>) {
    let (catalog, index) = (catalog(), long_log());
    let regexes: Vec<regex::Regex> = catalog.patterns().texts().map(|it| regex::Regex::new(it).expect("a pattern")).collect();
    bencher.counter(divan::counter::ItemsCount::new(LOG_LINES)).bench(|| {
        index.records.iter().map(|record| regexes.iter().filter(|it| it.is_match(black_box(&record.text))).count()).sum::<usize>()
    });
}
