//! Echonet's smaller pages and its comparisons of reverts: what is asked, what never is, and what comes of it.

use std::collections::BTreeMap;

use whysync::evidence::{Bundle, Gathered};
use whysync::facts::{EpochKind, EvidenceName, TriggerKind, derive};

use super::{assert_read_only, collect, episodes, incident};
use crate::rig::{Rig, Trouble, TroubleTarget, World};

/// What was asked of Echonet, and how often.
fn of_echonet(rig: &Rig) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for asked in rig.asked() {
        if let Some(path) = asked.strip_prefix("GET ").and_then(|it| it.strip_suffix(" (Echonet)")) {
            *counts.entry(path.to_owned()).or_insert(0) += 1;
        }
    }
    counts
}

/// The block and state update that were asked of Echonet itself.
fn served(rig: &Rig) -> Vec<String> {
    of_echonet(rig).into_keys().filter(|it| it.starts_with("/feeder_gateway/")).collect()
}

fn start(bundle: &Bundle) -> u64 {
    bundle.report.value().and_then(|it| it.current_start_block).expect("a start")
}

/// An answer without where it came from.
fn plain<T: Clone>(gathered: &Gathered<T>) -> Result<T, &'static str> {
    match gathered {
        Gathered::Observed(it) => Ok(it.value.clone()),
        Gathered::Absent(_) => Err("absent"),
        Gathered::Failed(_) => Err("failed"),
        Gathered::NotAsked => Err("not asked"),
    }
}

#[test]
fn every_page_is_asked_once_and_of_single_blocks_and_transactions_only_those_of_the_trigger() {
    for scenario in ["alchemy-429-l1-handler-drop", "state-diff-only", "echonet-only-revert", "gateway-error-by-code", "no-divergence"] {
        let bundle = incident(scenario);
        let rig = Rig::start(World::from_bundle(&bundle), None);
        let (live, words) = collect(&rig, &bundle);
        let (expected, found) = (&bundle.echonet, &live.echonet);
        assert_eq!(plain(&found.starknet_version), plain(&expected.starknet_version), "{scenario} {words}");
        assert_eq!(plain(&found.latest_received_block), plain(&expected.latest_received_block), "{scenario}");
        assert_eq!(plain(&found.last_stored_commitment), plain(&expected.last_stored_commitment), "{scenario}");
        let blocks = |it: &Bundle| it.echonet.block_metadata.iter().map(|(block, it)| (*block, plain(it))).collect::<Vec<_>>();
        assert_eq!(blocks(&live), blocks(&bundle), "{scenario}");
        let transactions = |it: &Bundle| it.echonet.transactions.iter().map(|(hash, it)| (*hash, plain(it))).collect::<Vec<_>>();
        assert_eq!(transactions(&live), transactions(&bundle), "{scenario}");
        let trigger = bundle.episodes.last().and_then(|it| it.snapshot.value());
        let signed = trigger.map(|it| it.trigger_block).filter(|it| start(&bundle) <= *it);
        assert_eq!(found.signatures.keys().copied().collect::<Vec<_>>(), signed.into_iter().collect::<Vec<_>>(), "{scenario}");
        assert_eq!(blocks(&live).len(), usize::from(trigger.is_some()), "{scenario}");
        // What the simulator says nothing of, its Echonet does not have.
        let gap = found.gap().filter(|it| !it.ends_with("does not exist: HTTP 404"));
        assert_eq!(gap, None, "{scenario}");
        assert!(found.report_text.is_not_asked(), "{scenario}: the report says more");
        for episode in &live.episodes {
            let simulated = bundle.episodes.iter().find(|it| plain(&it.snapshot).ok() == plain(&episode.snapshot).ok()).expect("its like");
            assert_eq!(plain(&episode.reverts), plain(&simulated.reverts), "{scenario}");
        }

        let counts = of_echonet(&rig);
        assert!(counts.values().all(|it| *it == 1), "{scenario}: {counts:?}");
        assert!(!counts.keys().any(|it| it.contains("/report/") || it.contains("_class")), "{scenario}: {counts:?}");
        assert_read_only(&rig.asked());
    }
}

#[test]
fn what_echonet_has_no_dump_of_is_asked_of_its_memory_and_never_from_below_the_epoch() {
    let bundle = incident("state-diff-only");
    let (start, asked) = (start(&bundle), bundle.incident.block.expect("a block"));
    assert_eq!(start, asked, "the replay begins at the block of the trigger");
    let mut world = World::from_bundle(&bundle);
    world.echonet.dumps.clear();
    let memory = world.echonet.memory.clone();
    let rig = Rig::start(world, None);
    let (live, words) = collect(&rig, &bundle);
    let height = |path: &String| path.split_once("?blockNumber=").and_then(|(_, it)| it.split('&').next()?.parse().ok()).unwrap_or(0_u64);
    let served = served(&rig);
    assert!(served.len() > 2 && served.iter().all(|it| start <= height(it)), "{served:?} {words}");
    for (block, ours) in &live.after_resync {
        let here = memory.contains_key(&(*block, "block"));
        assert_eq!(ours.block.value().is_some(), here, "{block}");
        assert_eq!(ours.state_update.value().is_some(), memory.contains_key(&(*block, "state_update")), "{block}");
        assert!(ours.blob.is_absent(), "a blob is only dumped");
        let source = ours.block.as_observed().map(|it| it.source.asked.as_str());
        assert!(source.is_none_or(|it| it.ends_with("&withFeeMarketInfo=true (Echonet)")), "{source:?}");
    }
    assert!(live.after_resync.contains_key(&(start - 1)) && live.after_resync[&start].block.value().is_some(), "{:?}", memory.keys());

    // Without the report nobody knows where the epoch begins.
    for status in [404, 500] {
        let mut world = World::from_bundle(&bundle);
        world.echonet.dumps.clear();
        world.echonet.refused.insert("/echonet/report".to_owned(), status);
        let rig = Rig::start(world, None);
        collect(&rig, &bundle);
        assert_eq!(self::served(&rig), [""; 0]);
    }
}

#[test]
fn where_the_report_cannot_be_had_or_read_its_text_is_asked_for_and_tells_what_triggered() {
    let bundle = incident("echonet-only-revert");
    let expected = bundle.report.value().expect("a report");
    for status in [404, 500, 200] {
        let mut world = World::from_bundle(&bundle);
        match status {
            200 => world.echonet.report = "{\"resync_causes\": 7}".to_owned(),
            status => drop(world.echonet.refused.insert("/echonet/report".to_owned(), status)),
        }
        // Neither does the volume tell.
        let rig = Rig::start(world, Some((TroubleTarget::Exec, Trouble::Status(403))));
        let (live, words) = collect(&rig, &bundle);
        assert!(live.report.value().is_none() && of_echonet(&rig)["/echonet/report/text"] == 1, "{words}");
        let text = live.echonet.report_text.value().expect("a text");
        assert_eq!(text.resync_causes, expected.resync_causes.values().cloned().collect::<Vec<_>>());
        assert_eq!((text.current_start_block, text.current_block), (expected.current_start_block, expected.current_block));
        assert_eq!((Some(&text.block_hash_mismatches), text.gap()), (expected.block_hash_mismatches.as_ref(), None));
        let reverts = text.reverts.as_ref().expect("a comparison");
        let hashes: Vec<_> = reverts.only_on_echonet.rows().map(|it| it.tx_hash).collect();
        assert_eq!((hashes, reverts.gap()), (expected.revert_errors_echonet.keys().copied().collect(), None));

        let facts = derive(&live);
        let case = facts.cases.first().expect("a case");
        assert_eq!(case.document.trigger.as_ref().map(|it| it.kind), Some(TriggerKind::EchonetOnlyRevert), "{words}");
        let gap = case.document.coverage.iter().find(|it| it.evidence == EvidenceName::Reverts).and_then(|it| it.gap.clone());
        assert_eq!(gap.as_deref(), Some("was not collected"), "the text is of later than the resync");
    }
    // Where neither can be had, both say why.
    let rig = Rig::start(World::from_bundle(&bundle), Some((TroubleTarget::Echonet, Trouble::Status(403))));
    let (live, _) = collect(&rig, &bundle);
    for gap in [live.report.gap(), live.echonet.report_text.gap(), live.echonet.starknet_version.gap(), live.echonet.gap()] {
        assert!(gap.as_ref().is_some_and(|it| it.contains("HTTP 403")), "{gap:?}");
    }
}

#[test]
fn a_page_that_may_cost_a_call_to_mainnet_is_not_asked_twice_and_a_transaction_that_is_not_known_is_an_answer() {
    let bundle = incident("echonet-only-revert");
    let block = bundle.episodes.last().and_then(|it| it.snapshot.value()).expect("a snapshot").trigger_block;
    let mut world = World::from_bundle(&bundle);
    world.echonet.sent.clear();
    world.echonet.refused.insert("/echonet/get_block_metadata".to_owned(), 500);
    world.echonet.refused.insert("/echonet/get_starknet_version".to_owned(), 500);
    world.echonet.refused.insert("/cende_recorder/get_latest_received_block".to_owned(), 500);
    let rig = Rig::start(world, None);
    let (live, words) = collect(&rig, &bundle);
    let counts = of_echonet(&rig);
    assert_eq!(counts[&format!("/echonet/get_block_metadata?block_number={block}")], 1, "{counts:?}");
    assert_eq!(counts["/echonet/get_starknet_version"], 1, "{counts:?}");
    assert_eq!(counts["/cende_recorder/get_latest_received_block"], 4, "costs nothing: {counts:?}");
    assert!(live.echonet.block_metadata[&block].gap().is_some_and(|it| it == "could not be read: HTTP 500"), "{words}");
    let (hash, sent) = live.echonet.transactions.first_key_value().expect("the trigger's");
    assert_eq!(counts[&format!("/echonet/get_tx_block_metadata?tx_hash={hash}")], 1, "{counts:?}");
    assert!(sent.is_absent() && sent.gap().is_some_and(|it| it.contains("does not know the transaction now")), "{sent:?}");
    let facts = derive(&live);
    let states = &facts.cases.first().expect("a case").document.echonet.transactions;
    assert_eq!(states.iter().map(|it| (it.tx_hash, it.is_on_its_way)).collect::<Vec<_>>(), [(*hash, false)]);
}

#[test]
fn where_the_page_for_people_fails_the_file_to_download_tells_whose_echonet_it_is() {
    let bundle = incident("state-diff-only");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    for (own, code) in [(true, 0), (false, 4)] {
        let mut world = World::from_bundle(&bundle);
        world.echonet.refused.insert("/echonet/report/ui".to_owned(), 500);
        if !own {
            world.namespace = "echonet-another".to_owned();
        }
        let rig = Rig::start(World::from_bundle(&bundle), None);
        let forwarded = Rig::start(world, None);
        let output = rig.run(&["collect", "--namespace", &namespace, "-o", "b.json", "--echonet-url", &forwarded.echonet_url]);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words}");
        assert_eq!(words.contains("echonet-another"), !own, "{words}");
        assert_eq!(of_echonet(&forwarded)["/echonet/report/ui/download"], 1);
        assert_read_only(&forwarded.asked());
    }
}

#[test]
fn the_comparison_of_reverts_is_read_for_the_resync_that_is_looked_at_and_stands_in_for_the_report() {
    let bundle = incident("echonet-only-revert");
    let last = bundle.episodes.last().expect("an episode");
    let name = format!("report_reverts_{}.log", last.snapshot.value().expect("a snapshot").taken_at.to_file_name());
    let world = || episodes::with_past(&bundle, &[(5, 400), (30, 800)]);
    assert_eq!(world().files.keys().filter(|it| it.starts_with("report_reverts_")).count(), 3);
    type Change = fn(&mut String);
    let cases: [(Option<Change>, Result<(), &str>); 4] = [
        (Some(|_| ()), Ok(())),
        (None, Err("does not exist: the volume holds no report_reverts_")),
        (Some(|it| *it = "garbage".to_owned()), Err("could not be read: no line is `=== Revert counts ===`")),
        (Some(|it| it.truncate(it.find("\nbn=").expect("a row"))), Err("does not name as many transactions as it counts")),
    ];
    for (change, expected) in cases {
        let mut world = world();
        match change {
            Some(change) => change(world.files.get_mut(&name).expect("the file")),
            None => drop(world.files.remove(&name)),
        }
        let rig = Rig::start(world, None);
        let (live, words) = collect(&rig, &bundle);
        let read: Vec<String> = rig.asked().into_iter().filter(|it| it.contains("command=cat") && it.contains("report_reverts_")).collect();
        assert!(read.iter().all(|it| it.contains(&name)) && read.len() == usize::from(change.is_some()), "{read:?}");
        let (chosen, others) = live.episodes.split_last().expect("episodes");
        assert!(!others.is_empty() && others.iter().all(|it| it.reverts.is_not_asked()), "{words}");
        let facts = derive(&live);
        let case = facts.cases.iter().rfind(|it| it.kinds.contains(&EpochKind::Resync)).expect("a case");
        let gap = case.document.coverage.iter().find(|it| it.evidence == EvidenceName::Reverts).and_then(|it| it.gap.clone());
        match expected {
            Ok(()) => {
                assert_eq!(plain(&chosen.reverts), plain(&last.reverts), "{words}");
                let told = derive(&bundle);
                let seen = &told.cases.iter().rfind(|it| it.kinds.contains(&EpochKind::Resync)).expect("a case").document.reverts;
                let hashes = |it: &whysync::facts::reverts::RevertFacts| {
                    let key = |it: &whysync::facts::reverts::RevertedTransaction| (it.block, it.tx_hash, it.reason.clone());
                    (it.only_on_echonet.iter().map(key).collect::<Vec<_>>(), it.only_on_mainnet.iter().map(key).collect::<Vec<_>>())
                };
                assert!(!seen.only_on_echonet.is_empty());
                assert_eq!((hashes(&case.document.reverts), gap), (hashes(seen), None), "as the report during the resync said it");
            }
            Err(part) => assert!(gap.as_ref().is_some_and(|it| it.contains(part)), "{part} in {gap:?}"),
        }
    }
}

#[test]
fn a_bundle_lists_what_the_pages_said_and_a_list_of_resyncs_asks_for_none_of_them() {
    let bundle = incident("echonet-only-revert");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    collect(&rig, &bundle);
    let mut command = crate::program::program(&[]);
    let output = command.args(["bundle", "show", "b.json"]).current_dir(rig.folder.path()).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let latest = bundle.echonet.latest_received_block.value().expect("a block").to_string();
    let block = bundle.incident.block.expect("a block");
    for (name, part) in [
        ("latest received block", latest.as_str()),
        ("last stored commitment", "seen"),
        ("version", "from GET /echonet/get_starknet_version"),
        (&format!("mainnet block {block}"), "from GET /echonet/get_block_metadata"),
        ("reverts", "1 only on Echonet, "),
    ] {
        assert!(text.lines().any(|it| it.trim_start().starts_with(name) && it.contains(part)), "{name} {part} in {text}");
    }

    let rig = Rig::start(World::from_bundle(&bundle), None);
    let output = rig.run(&["episodes", "--namespace", &bundle.incident.namespace.clone().expect("a namespace")]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(of_echonet(&rig).into_keys().collect::<Vec<_>>(), ["/echonet/report"]);
    assert!(!rig.asked().iter().any(|it| it.contains("report_reverts_")));
}

#[test]
fn an_older_bundle_has_no_pages_and_no_comparison_and_is_written_again_as_it_was() {
    let mut old = serde_json::to_value(incident("echonet-only-revert")).expect("JSON");
    old.as_object_mut().expect("an object").remove("echonet").expect("pages");
    for episode in old["episodes"].as_array_mut().expect("a list") {
        episode.as_object_mut().expect("an object").remove("reverts").expect("a comparison");
    }
    let bundle: Bundle = serde_json::from_value(old.clone()).expect("a bundle");
    assert!(bundle.echonet.is_empty() && bundle.episodes.iter().all(|it| it.reverts.is_not_asked()));
    assert_eq!(serde_json::to_value(&bundle).expect("JSON"), old);
}
