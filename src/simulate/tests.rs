use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::*;
use crate::evidence::logs::Stream;
use crate::evidence::{Block, Gathered, OurBlock, StateUpdate};
use crate::facts::commitments::recompute;

const SEEDS: [u64; 3] = [0, 1, 7_000_000_000_000_000_001];

static ALL: LazyLock<Vec<(String, Scenario, Simulated)>> = LazyLock::new(|| {
    let of = |it: DescribedScenario| SEEDS.map(|seed| (format!("{} {seed}", it.name), it.scenario, simulate(it.scenario, seed)));
    SCENARIOS.into_iter().flat_map(of).collect()
});

fn all() -> impl Iterator<Item = (&'static str, Scenario, &'static Simulated)> {
    ALL.iter().map(|(name, scenario, simulated)| (name.as_str(), *scenario, simulated))
}

fn pair<'a>(block: &'a Gathered<Block>, update: &'a Gathered<StateUpdate>) -> Option<(&'a Block, &'a StateUpdate)> {
    Some((block.value()?, update.value()?))
}

/// The block and the state update of each side in every place of the bundle.
fn content(bundle: &Bundle) -> Vec<(&Block, &StateUpdate)> {
    let ours = bundle.episodes.iter().flat_map(|it| it.ours.values()).chain(bundle.after_resync.values());
    let theirs = bundle.theirs.values().filter_map(|it| pair(&it.block, &it.state_update));
    ours.filter_map(|it| pair(&it.block, &it.state_update)).chain(theirs).collect()
}

fn differing(ours: &Block, theirs: &Block) -> BTreeSet<String> {
    let mut both = [ours, theirs].map(|it| serde_json::to_value(it).expect("JSON"));
    let [ours, theirs] = both.each_mut().map(|it| it.as_object_mut().expect("an object"));
    for skipped in ["transactions", "transaction_receipts", "fee_proposal_fri"] {
        ours.remove(skipped);
        theirs.remove(skipped);
    }
    let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    names.into_iter().filter(|it| ours.get(*it) != theirs.get(*it)).cloned().collect()
}

fn text_of(bundle: &Bundle) -> Vec<&str> {
    bundle.logs.echonet.value().expect("a log").lines.iter().map(|it| it.text.as_str()).collect()
}

#[test]
fn every_block_of_both_sides_is_what_it_states() {
    for (name, _, Simulated { bundle, .. }) in all() {
        let content = content(bundle);
        assert!(content.len() >= 4, "{name}: {} blocks", content.len());
        for (block, update) in content {
            let number = block.block_number;
            let found = recompute(&block.transactions, &block.transaction_receipts, Some(&update.state_diff), block).expect(name);
            assert_eq!(Some(found.commitments.transaction), block.transaction_commitment, "{name}: {number}");
            assert_eq!(Some(found.commitments.event), block.event_commitment, "{name}: {number}");
            assert_eq!(Some(found.commitments.receipt), block.receipt_commitment, "{name}: {number}");
            assert_eq!(found.commitments.state_diff, block.state_diff_commitment, "{name}: {number}");
            assert_eq!(Some(found.counts.state_diff as u64), block.state_diff_length, "{name}: {number}");
            assert_eq!(found.block_hash, block.block_hash, "{name}: {number}");
            assert_eq!(update.block_hash, Some(block.block_hash), "{name}: {number}");
        }
    }
}

#[test]
fn every_bundle_is_valid_by_the_schema() {
    let schema = serde_json::to_value(schemars::schema_for!(Bundle)).expect("a schema");
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    for (name, _, Simulated { bundle, .. }) in all() {
        let document = serde_json::to_value(bundle).expect("JSON");
        let errors: Vec<String> = validator.iter_errors(&document).map(|it| format!("{}: {it}", it.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_other_ones() {
    let mut seen = BTreeSet::new();
    for (name, scenario, simulated) in all() {
        let crate::evidence::Origin::Simulated { seed, .. } = simulated.bundle.incident.origin else { panic!("{name}: not simulated") };
        let json = serde_json::to_string(&simulated.bundle).expect("JSON");
        assert_eq!(json, serde_json::to_string(&simulate(scenario, seed).bundle).expect("JSON"), "{name}");
        assert_eq!(serde_json::from_str::<Bundle>(&json).expect(name), simulated.bundle, "{name} does not survive a round trip");
        assert!(
            seen.insert(simulated.bundle.theirs.values().filter_map(|it| it.block.value()).map(|it| it.block_hash).collect::<Vec<_>>())
        );
    }
}

#[test]
fn exactly_the_intended_fields_differ_and_nothing_differs_before() {
    for (name, scenario, Simulated { bundle, truth }) in all() {
        for episode in &bundle.episodes {
            let mut parent_differs = false;
            for (number, OurBlock { block, .. }) in &episode.ours {
                let Some(ours) = block.value() else { continue };
                let theirs = bundle.theirs.get(number).and_then(|it| it.block.value()).expect(name);
                let mut expected: BTreeSet<String> = BTreeSet::new();
                if truth.first_diverging_block == Some(*number) {
                    expected.extend(truth.differing_fields.iter().map(|it| (*it).to_owned()));
                } else if parent_differs {
                    expected.extend(["block_hash", "parent_block_hash"].map(str::to_owned));
                    if scenario == Scenario::FifoDrainAcrossSameTimestamp {
                        expected.extend(truth.differing_fields.iter().map(|it| (*it).to_owned()));
                    }
                }
                assert_eq!(differing(ours, theirs), expected, "{name}: {number}");
                parent_differs = !expected.is_empty();
                if let Some(child) = episode.ours.get(&(number + 1)).and_then(|it| it.block.value()) {
                    assert_eq!(child.parent_block_hash, ours.block_hash, "{name}: Echonet's chain");
                }
            }
        }
        let theirs: Vec<&Block> = bundle.theirs.values().filter_map(|it| it.block.value()).collect();
        assert!(theirs.windows(2).all(|it| it[1].parent_block_hash == it[0].block_hash), "{name}: mainnet's chain");
        assert!(theirs.iter().all(|it| (4..=8).contains(&it.transactions.len())), "{name}: a usual number of transactions");
        let same_time = theirs.windows(2).any(|it| it[0].timestamp == it[1].timestamp);
        assert_eq!(same_time, scenario == Scenario::FifoDrainAcrossSameTimestamp, "{name}: equal timestamps");
    }
}

#[test]
fn the_truth_is_in_the_evidence() {
    for (name, scenario, Simulated { bundle, truth }) in all() {
        let n = truth.trigger_block;
        assert_eq!(truth.root_cause.is_none(), scenario == Scenario::NoDivergence, "{name}");
        assert_eq!(n.is_none(), bundle.episodes.is_empty(), "{name}");
        let twice = matches!(scenario, Scenario::Alchemy429L1HandlerDrop | Scenario::BlockedSenderFilter);
        if n.is_some() {
            assert_eq!(bundle.episodes.len(), if twice { 2 } else { 1 }, "{name}");
        }
        let asked = bundle.incident.block;
        assert_eq!(asked, if scenario == Scenario::ParentHashCascade { n.map(|it| it + 1) } else { n.or(asked) }, "{name}");
        for episode in &bundle.episodes {
            let snapshot = episode.snapshot.value().expect("a snapshot");
            let report = episode.report.value().expect("a report");
            let list = if episode.number == 1 { &report.resync_causes } else { &report.certain_failures };
            let trigger = truth.trigger_key.as_ref().and_then(|it| list.get(it)).expect(name);
            assert_eq!((Some(&snapshot.trigger_key), Some(snapshot.trigger_block)), (truth.trigger_key.as_ref(), n), "{name}");
            assert_eq!(snapshot.trigger_reason, trigger.reason, "{name}");
            assert_eq!(snapshot.unreadable_rows, 0, "{name}");
            assert_eq!(Some(&snapshot.block_hash_mismatches), report.block_hash_mismatches.as_ref(), "{name}");
            assert_eq!(snapshot.resync_causes, report.resync_causes.values().cloned().collect::<Vec<_>>(), "{name}");
            assert_eq!(snapshot.current_block, report.current_block, "{name}");
            let named: BTreeSet<u64> = report.block_hash_mismatches.iter().flatten().map(|it| it.block_number).collect();
            assert_eq!(named.first().copied(), truth.first_diverging_block, "{name}");
        }
        let mainnet = |it: &u64| bundle.theirs.get(it).and_then(|it| it.block.value());
        let known: BTreeSet<Felt> =
            bundle.theirs.keys().filter_map(mainnet).flat_map(|it| &it.transactions).map(|it| it.transaction_hash).collect();
        assert!(truth.culprits.iter().all(|it| known.contains(it)), "{name}: a culprit is a mainnet transaction");
        if let (Some((contract, key)), Some(n)) = (truth.culprit_slot, n) {
            let slot = |update: &Gathered<StateUpdate>| {
                let slots = update.value().and_then(|it| it.state_diff.storage_diffs.get(&contract)).expect(name);
                slots.iter().find(|it| it.key == key).map(|it| it.value)
            };
            let ours = bundle.episodes.first().and_then(|it| it.ours.get(&n)).expect(name);
            assert_ne!(slot(&ours.state_update), slot(&bundle.theirs.get(&n).expect(name).state_update), "{name}");
        }
    }
}

#[test]
fn the_replay_matches_mainnet_and_is_never_the_failing_block() {
    for (name, _, Simulated { bundle, .. }) in all() {
        for (number, ours) in &bundle.after_resync {
            let Some(ours) = ours.block.value() else { continue };
            let theirs = bundle.theirs.get(number).and_then(|it| it.block.value()).expect(name);
            assert_eq!(ours.block_hash, theirs.block_hash, "{name}: {number}");
        }
    }
}

#[test]
fn the_log_tells_the_life_of_the_run_in_order() {
    for (name, _, Simulated { bundle, truth }) in all() {
        let text = text_of(bundle);
        let mut expected = vec![
            "Starting gunicorn",
            "Initialized deterministic base",
            "Initial revert -> restore sequence completed.",
            "TransactionSenderRunner starting",
            "total=",
            "Forwarded tx: 0x",
        ];
        for _ in &bundle.episodes {
            expected.extend([
                "Resync triggered by tx ",
                "Scaling StatefulSet 'sequencer-node-statefulset'",
                "Echonet report snapshot before resync:",
                "=== Echonet snapshot ===",
                "Cleared all stored L1 blocks",
                "Starting resync workflow around block ",
                "Resync workflow complete.",
                "total=",
            ]);
        }
        let mut rest = text.iter();
        for part in expected {
            assert!(rest.any(|it| it.contains(part)), "{name}: `{part}` is missing or out of order");
        }
        let triggers = text.iter().filter(|it| it.contains("Resync triggered by tx ")).count();
        assert_eq!(triggers, bundle.episodes.len(), "{name}: one trigger line a resync");
        let rows = bundle.report.value().map_or(0, |it| it.block_hash_mismatches.iter().flatten().count());
        assert_eq!(text.iter().filter(|it| it.contains("block hash MISMATCH. ")).count(), rows, "{name}: one row a line");
        assert_eq!(truth.first_diverging_block.is_none(), rows == 0, "{name}");
        let lines = &bundle.logs.echonet.value().expect("a log").lines;
        assert!(lines.is_sorted_by_key(|it| it.at), "{name}: the log is in the order of time");
        let wrong = lines.iter().find(|it| it.text.starts_with("[ERROR]") != (it.stream == Stream::Stderr) && !it.text.starts_with("[20"));
        assert_eq!(wrong, None, "{name}: errors go to the error stream");
        assert!(lines.iter().all(|it| it.at <= bundle.incident.observed_until), "{name}: nothing is newer than the bundle");
    }
}

#[test]
fn a_message_from_l1_is_lost_in_the_order_of_the_real_incidents() {
    let episode = |text: &[&str], index: usize| -> Vec<String> {
        let parts: Vec<_> = text.split(|it| it.contains("Resync workflow complete.")).collect();
        parts[index].iter().map(|it| (*it).to_owned()).collect()
    };
    let in_order = |lines: &[String], expected: &[&str]| {
        let mut rest = lines.iter();
        expected.iter().all(|part| rest.any(|it| it.contains(part)))
    };
    for seed in SEEDS {
        let Simulated { bundle, truth } = simulate(Scenario::Alchemy429L1HandlerDrop, seed);
        let (text, n, lost) = (text_of(&bundle), truth.trigger_block.expect("a trigger"), truth.culprits[0]);
        let observed = format!("Observed L1_HANDLER tx={lost} src_bn={n}");
        let rate_limited = [
            observed.as_str(),
            "get_block_number attempt 1/2 failed",
            "Traceback (most recent call last):",
            "429 Client Error: Too Many Requests for url: https://eth-mainnet.g.alchemy.com/v2/\u{ab}redacted:url-key:ab12\u{bb}",
            "get_block_number attempt 2/2 failed",
            "get_block_number failed after 2 attempts, returning None",
            "Failed to get latest L1 block number",
            "block hash MISMATCH",
        ];
        let first = episode(&text, 0);
        assert!(in_order(&first, &rate_limited), "the first loss is the provider's");
        assert!(!first.iter().any(|it| it.contains(&format!("for L2 tx: {lost}"))), "nothing was found for it");
        let gated = format!("for L2 tx {lost} (required_echonet_block={})", n - 2);
        let found = format!("for L2 tx: {lost}");
        let too_late = [observed.as_str(), found.as_str(), gated.as_str(), "no exposed blocks", "block hash MISMATCH", "Exposed L1 block"];
        let second = episode(&text, 1);
        assert!(in_order(&second, &too_late), "the second loss is the gate's");
        assert!(!second.iter().any(|it| it.contains("429 Client Error")), "the provider answered");

        let Simulated { bundle, truth } = simulate(Scenario::L1HandlerGatedAfterRestart, seed);
        let (text, lost) = (text_of(&bundle), truth.culprits[0]);
        assert_eq!(bundle.report.value().and_then(|it| it.start_block), truth.trigger_block, "it is the first block of the run");
        let found = format!("for L2 tx: {lost}");
        assert!(in_order(&episode(&text, 0), &[&found, "Gated L1 block", "block hash MISMATCH", "Exposed L1 block"]), "seed {seed}");

        let text = simulate(Scenario::Unrelated429, seed).bundle;
        let decoy = ["attempt 1/2 failed", "429 Client Error", "get_block_number succeeded on attempt 2", "Gated", "Exposed"];
        assert!(in_order(&episode(&text_of(&text), 0), &decoy), "the decoy was retried with success");
    }
}

#[test]
fn names_are_stable_and_an_unknown_one_lists_them_all() {
    for it in SCENARIOS {
        assert_eq!(it.name.parse(), Ok(it.scenario));
        assert_eq!(it.scenario.to_string(), it.name);
        assert!(!it.summary.contains('\n'));
    }
    let err = "no-such-thing".parse::<Scenario>().expect_err("unknown").to_string();
    assert!(SCENARIOS.iter().all(|it| err.contains(it.name)), "{err}");
}
