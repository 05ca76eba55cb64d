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
    include_str!("synthetic_rule.yaml").replace("NUMBER", &number.to_string())
}

#[divan::bench(args = [50, 1_000], sample_count = 5, sample_size = 1)]
fn diagnose_half_a_million_lines(bencher: Bencher<'_, '_>, rules: usize) {
    let texts: Vec<FileText> = (0..rules).map(|it| FileText::new(format!("synthetic-{it}.yaml"), rule(it))).collect();
    let catalog = Catalog::new(&[texts]).unwrap_or_else(|problems| panic!("{problems:?}"));
    let bundle = bundle();
    bencher.bench_local(|| diagnose(black_box(&bundle), &catalog, Trial::StableOnly).findings.len());
}
