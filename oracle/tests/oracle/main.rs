//! Our arithmetic gives what Starknet's own code gives: for blocks of every version with anything in them, for simulated incidents, and for
//! captured blocks where they are at hand. And both know the same versions.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use starknet_api::block::StarknetVersion;
use whysync::evidence::{Block, StateUpdate};
use whysync::facts::commitments::{ORACLE, Recomputed, is_known, starknet_keccak};

mod drawn;
mod starknet;

/// Every version since blocks are hashed this way.
const HASHED: [&str; 12] =
    ["0.13.2", "0.13.2.1", "0.13.3", "0.13.4", "0.13.5", "0.13.6", "0.14.0", "0.14.1", "0.14.2", "0.14.3", "0.14.4", "0.14.03"];

fn ours(block: &Block, update: &StateUpdate) -> Option<Recomputed> {
    let diff = Some(&update.state_diff);
    whysync::facts::commitments::recompute(&block.transactions, &block.transaction_receipts, diff, block).ok()
}

fn theirs(block: &Block, update: &StateUpdate) -> Option<Recomputed> {
    starknet::recompute(block, &update.state_diff).ok()
}

#[test]
fn every_version_hashes_any_block_as_starknet_does() {
    for version in HASHED {
        let mut agreed = 0;
        let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
        let outcome = runner.run(&drawn::block(), |(mut block, update)| {
            block.starknet_version = Some(version.to_owned());
            prop_assert_eq!(ours(&block, &update), theirs(&block, &update));
            Ok(())
        });
        outcome.unwrap_or_else(|err| panic!("{version}: {err}"));
        let mut runner = TestRunner::deterministic();
        for _ in 0..50 {
            let (mut block, update) = drawn::block().new_tree(&mut runner).expect("a block").current();
            block.starknet_version = Some(version.to_owned());
            agreed += usize::from(ours(&block, &update).is_some());
        }
        assert!((5..50).contains(&agreed), "{version}: of 50 blocks {agreed} are hashed, so one side of the law is hardly tried");
    }
}

#[test]
fn a_block_of_any_number_of_leaves_has_starknets_root() {
    let mut runner = TestRunner::deterministic();
    for leaves in (0..=70).chain([127, 128, 129, 255, 256, 257, 1000]) {
        let (mut block, update) = drawn::block_of(leaves).new_tree(&mut runner).expect("a block").current();
        block.starknet_version = Some("0.14.3".to_owned());
        assert!(ours(&block, &update).is_some(), "{leaves}");
        assert_eq!(ours(&block, &update), theirs(&block, &update), "{leaves}");
    }
}

#[test]
fn simulated_incidents_of_every_scenario_are_hashed_as_starknet_does() {
    let mut count = 0;
    for scenario in whysync::simulate::SCENARIOS {
        let bundle = whysync::simulate::simulate(scenario.scenario, 7).bundle;
        for sides in bundle.theirs.values() {
            let (Some(block), Some(update)) = (sides.block.value(), sides.state_update.value()) else { continue };
            assert_eq!(ours(block, update), theirs(block, update), "{}: {}", scenario.name, block.block_number);
            assert_eq!(ours(block, update).map(|it| it.block_hash), Some(block.block_hash));
            count += 1;
        }
    }
    assert!(count > 20, "{count} blocks");
}

#[test]
fn every_captured_block_is_hashed_as_starknet_does() {
    let incidents = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/incidents"));
    let files = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).map(|entries| entries.flatten().map(|it| it.path()).collect()).unwrap_or_default()
    };
    let mut count = 0;
    for incident in files(incidents) {
        for path in files(&incident.join("mainnet")) {
            let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default().to_owned();
            let Some(rest) = name.strip_prefix("get_block_") else { continue };
            let read = |path: &Path| std::fs::read_to_string(path).expect("a captured file");
            let block: Block = serde_json::from_str(&read(&path)).expect(&name);
            let update: StateUpdate = serde_json::from_str(&read(&path.with_file_name(format!("get_state_update_{rest}")))).expect(rest);
            let found = ours(&block, &update);
            assert_eq!(found, theirs(&block, &update), "{name}");
            assert_eq!(found.map(|it| it.block_hash), Some(block.block_hash), "{name}");
            count += 1;
        }
    }
    if count == 0 {
        assert!(std::env::var_os("WHYSYNC_INCIDENTS").is_none(), "captured incidents are required and not there");
        println!("SKIPPED: no captured incidents beside the project");
    }
}

#[test]
fn both_know_the_same_versions() {
    let numbers =
        || ["", "0", "00", "1", "2", "3", "4", "5", "6", "7", "9", "09", "10", "11", "12", "13", "14", "15", "255", "256", "+1", "-1", "x"];
    let mut known = 0;
    for minor in numbers() {
        for patch in numbers() {
            for rest in ["", ".", ".0", ".1", ".2", ".01", ".3", ".1.0", " "] {
                for major in ["0.", "1.", "", "00."] {
                    let text = format!("{major}{minor}.{patch}{rest}");
                    assert_eq!(is_known(&text), StarknetVersion::try_from(text.as_str()).is_ok(), "{text}");
                    known += usize::from(is_known(&text));
                }
            }
        }
    }
    assert!(known > 28, "{known}");
    assert!(is_known(&StarknetVersion::LATEST.to_string()), "a newer crate lists a version that whysync does not");
}

#[test]
fn names_have_starknets_selectors() {
    for name in [
        "transfer",
        "__execute__",
        "__validate__",
        "constructor",
        "",
        "a name that is longer than one block of the hash function takes at once, which is 136 bytes: it goes on and on and on",
    ] {
        let theirs = starknet_api::abi::abi_utils::selector_from_name(name).0;
        assert_eq!(starknet_keccak(name.as_bytes()).0, theirs, "{name}");
    }
}

#[test]
fn reports_name_the_version_that_is_compared_with_here() {
    let (name, version) = ORACLE.split_once(' ').expect("a crate and its version");
    let line = format!("{name} = \"={version}\"");
    assert!(include_str!("../../Cargo.toml").lines().any(|it| it == line), "{line}");
}
