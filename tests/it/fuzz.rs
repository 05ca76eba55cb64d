//! The fuzz targets, without a fuzzer: over a kept corpus, over what was captured, and over what a mutator makes of both.
//!
//! `WHYSYNC_FUZZ_CASES=N` runs N mutated inputs of each target, on all cores; `WHYSYNC_FUZZ_TARGET=NAME` of one target alone, and
//! `WHYSYNC_FUZZ_SEED=N` other inputs than the usual ones. An input that breaks a law is kept, and the failure says where.

mod corpus;
mod driver;
mod json;
mod linear;
mod mutator;

use std::any::Any;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::targets::{FuzzTarget, TARGETS};
use corpus::{captured, hostile, kept};
use mutator::Mutator;

/// How many mutated inputs a target gets where nobody says.
fn usual_cases(target: &FuzzTarget) -> usize {
    match target.name {
        "report" | "report_text" | "snapshot" | "block" | "state_update" | "blob" | "pods" => 300,
        "log" | "redaction" | "archive" | "rule" => 60,
        _ => 12,
    }
}

/// A number that somebody set.
pub(super) fn set(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|it| it.parse().unwrap_or_else(|err| panic!("{name}={it}: {err}")))
}

/// The seed of all that is random here.
pub(super) fn seed() -> u64 {
    set("WHYSYNC_FUZZ_SEED").unwrap_or(1)
}

/// Says something where a test has no other way to be heard; cargo shows it with `--nocapture`.
pub(super) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// What a panic said.
pub(super) fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").chars().take(2_000).collect()
}

/// Where inputs are kept that broke a law, and the one that each target is at, should the process not live to tell.
fn place(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    fs::create_dir_all(&folder).expect("a folder");
    folder.join(name)
}

/// How long a target took.
#[derive(Debug, Default, Clone, Copy)]
struct Took {
    cases: usize,
    bytes: usize,
    time: Duration,
    /// The longest time of one input, with its length.
    worst: (Duration, usize),
}

/// Runs a target on an input; the law that is broken, if one is.
fn broken(target: &FuzzTarget, input: &[u8], took: &mut Took) -> Option<String> {
    fs::write(place(&format!("{}.last", target.name)), input).expect("a file");
    let begun = Instant::now();
    let result = catch_unwind(|| (target.run)(input));
    let time = begun.elapsed();
    took.cases += 1;
    took.bytes += input.len();
    took.time += time;
    took.worst = took.worst.max((time, input.len()));
    let words = words(&*result.err()?);
    let kept = place(&format!("{}-{}", target.name, took.cases));
    fs::write(&kept, input).expect("a file");
    Some(format!("{}, {}: {words}", target.name, kept.display()))
}

/// Does the same work for each number below, on all cores.
pub(super) fn on_all_cores(count: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if count <= number {
                        break;
                    }
                    work(number);
                }
            });
        }
    });
}

/// Runs targets, and says of each what it took.
fn each_target(inputs: impl Fn(&FuzzTarget, &mut dyn FnMut(&[u8])) + Sync) {
    let named = std::env::var("WHYSYNC_FUZZ_TARGET").ok();
    let chosen: Vec<&FuzzTarget> = TARGETS.iter().filter(|it| named.as_deref().is_none_or(|named| named == it.name)).collect();
    assert!(!chosen.is_empty(), "no target `{}`", named.unwrap_or_default());
    let all = Mutex::new(Vec::new());
    on_all_cores(chosen.len(), |number| {
        const ENOUGH: usize = 5;
        let target = chosen[number];
        let mut took = Took::default();
        let mut found = Vec::new();
        inputs(target, &mut |input| {
            if let Some(law) = (found.len() < ENOUGH).then(|| broken(target, input, &mut took)).flatten() {
                // Hours may pass before the end.
                say(&law);
                found.push(law);
            }
        });
        let Took { cases, bytes, time, worst } = took;
        say(&format!("fuzz {}: {cases} inputs, {bytes} bytes in {time:.1?}, the slowest {:.1?} ({} bytes)", target.name, worst.0, worst.1));
        all.lock().expect("no thread panics").extend(found);
    });
    let all = all.into_inner().expect("no thread panics");
    assert!(all.is_empty(), "{} laws are broken:\n{}", all.len(), all.join("\n"));
}

#[test]
fn every_law_holds_for_the_kept_corpus_and_for_what_was_captured() {
    each_target(|target, run| {
        let kept = kept(target.name);
        assert!(!kept.is_empty(), "no input of {} is kept", target.name);
        kept.iter().chain(&captured(target.name)).chain(&hostile(target.name)).for_each(|it| run(it));
    });
}

#[test]
fn every_law_holds_for_mutated_inputs() {
    let cases = set("WHYSYNC_FUZZ_CASES").map(|it| usize::try_from(it).expect("a number of cases"));
    each_target(|target, run| {
        let seeds: Vec<Vec<u8>> = kept(target.name).into_iter().chain(captured(target.name)).collect();
        let mut mutator = Mutator::new(seed());
        for _ in 0..cases.unwrap_or(usual_cases(target)) {
            run(&mutator.mutant(&seeds));
        }
    });
}

#[test]
fn every_target_is_one_of_the_fuzzer_too() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("the manifest");
    let names: BTreeSet<String> = TARGETS.iter().map(|it| it.name.to_owned()).collect();
    assert_eq!(names.len(), TARGETS.len(), "two targets of one name");
    for (below, ending) in [("fuzz_targets", ".rs"), ("corpus", "")] {
        let entries = fs::read_dir(folder.join(below)).expect("a folder").flatten();
        let there: BTreeSet<String> = entries.map(|it| it.file_name().to_string_lossy().trim_end_matches(ending).to_owned()).collect();
        assert_eq!(there, names, "fuzz/{below}");
    }
    for name in &names {
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")), "fuzz/Cargo.toml lacks {name}");
        let file = fs::read_to_string(folder.join(format!("fuzz_targets/{name}.rs"))).expect("a file");
        assert!(file.contains(&format!("whysync_fuzz::run(\"{name}\", ")), "{name} runs another target");
    }
}
