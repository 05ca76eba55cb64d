//! What a thousand rules cost beside fifty, on a bundle with half a million log lines.
//!
//! `cargo bench --bench many_rules`

use std::hint::black_box;

use divan::Bencher;
use whysync::engine::{Catalog, FileText, Trial, diagnose};
use whysync::evidence::logs::LogLine;
use whysync::evidence::{Bundle, Gathered, SharedText};
use whysync::simulate::{Scenario, simulate};

fn main() {
    divan::main();
}

const LOG_LINES: usize = 500_000;

/// An incident whose log is told again until it is long.
fn bundle() -> Bundle {
    let mut bundle = simulate(Scenario::Alchemy429L1HandlerDrop, 1).bundle;
    if let Gathered::Observed(log) = &mut bundle.logs.echonet {
        let told: Vec<SharedText> =
            log.value.lines.iter().map(|it| it.text.clone()).filter(|it| !it.contains("Resync triggered")).collect();
        let missing = LOG_LINES.saturating_sub(log.value.lines.len());
        let head: Vec<LogLine> = told.iter().cycle().take(missing).cloned().map(LogLine::plain).collect();
        // In front of the episode's own lines, which so stay the last.
        log.value.lines.splice(0..0, head);
    }
    bundle
}

/// One synthetic rule: a clause of its own on the log, one that all share, and one on the ledger.
fn rule(number: usize) -> String {
    format!(
        r#"schema: whysync.rule/v1
id: WS-SYN-{number}
slug: synthetic-{number}
title: Synthetic rule {number}
status: stable
severity: low
category: echonet-bug
owner: bench
description: Made for a measurement.
applies_to: {{}}
requires: [{{evidence: logs.echonet, why: a measurement}}]
let:
  lost: "$.ledger[?@.kind == 'tx_missing']"
for_each: lost
match:
  own:
    log: {{source: echonet, regex: '^Component {number} refused tx=(?P<tx>0x[0-9a-f]+) after \d+ attempts'}}
    join: {{tx: item.tx_hash}}
  shared:
    log: {{source: echonet, regex: '\b429 Client Error'}}
  handler:
    path: item.tx_type
    is: {{equals: L1_HANDLER}}
when: {{all: [own, shared, handler]}}
claims: {{}}
finding: {{summary: "a measurement"}}
"#
    )
}

#[divan::bench(args = [50, 1_000], sample_count = 5, sample_size = 1)]
fn diagnose_half_a_million_lines(bencher: Bencher<'_, '_>, rules: usize) {
    let texts: Vec<FileText> = (0..rules).map(|it| FileText::new(format!("synthetic-{it}.yaml"), rule(it))).collect();
    let catalog = Catalog::new(&[texts]).unwrap_or_else(|problems| panic!("{problems:?}"));
    let bundle = bundle();
    bencher.bench_local(|| diagnose(black_box(&bundle), &catalog, Trial::StableOnly).findings.len());
}
