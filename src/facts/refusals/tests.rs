//! A snapshot tells of refusals what the report would.

use std::collections::BTreeMap;

use super::*;
use crate::evidence::Gathered;
use crate::facts::coverage::{self, DebugLines, EvidenceName};
use crate::facts::ledger::ItemKind;
use crate::facts::{Case, EpochKind, derive};
use crate::simulate::{SCENARIOS, Scenario, member, simulate};

/// The refusals in the ledger of each episode, by transaction: the item without its evidence, and that.
fn ledgers(bundle: &Bundle) -> Vec<BTreeMap<Felt, (String, Vec<String>)>> {
    let of = |case: Case<'_>| {
        let items = case.document.ledger;
        let refused = items.into_iter().filter(|it| it.kind == ItemKind::GatewayError && it.evidence[0].contains("gateway_errors"));
        let placed = refused.map(|mut it| {
            let evidence = std::mem::take(&mut it.evidence);
            it.id = Default::default();
            (it.tx_hash.expect("a transaction"), (format!("{it:?}"), evidence))
        });
        placed.collect()
    };
    derive(bundle).cases.into_iter().filter(|it| it.kinds.contains(&EpochKind::Resync)).map(of).collect()
}

fn without_reports(mut bundle: Bundle) -> Bundle {
    bundle.episodes.iter_mut().for_each(|it| it.report = Gathered::NotAsked);
    bundle
}

/// Another transaction that the gateway refused, in the report and in the snapshot of these episodes.
fn refuse(bundle: &mut Bundle, tx: u64, episodes: &[usize]) {
    let number = bundle.incident.block.expect("a block");
    let response = r#"{"code":"StarknetErrorCode.X","message":"it's \"no\""}"#;
    for at in episodes {
        let Gathered::Observed(report) = &mut bundle.episodes[*at].report else { panic!("a report") };
        let error = GatewayError { status: 400, response: response.to_owned(), block_number: number };
        report.value.gateway_errors.insert(Felt::from(tx), error);
        let Gathered::Observed(snapshot) = &mut bundle.episodes[*at].snapshot else { panic!("a snapshot") };
        let python = response.replace('\\', "\\\\").replace('\'', "\\'");
        snapshot
            .value
            .gateway_errors
            .push(format!("{}: {{'status': 400, 'response': '{python}', 'block_number': {number}}}", Felt::from(tx)));
    }
}

fn snapshot_gap(bundle: &Bundle, episode: usize) -> Option<String> {
    let seen = coverage::SeenBesides { trigger: None, window: None, debug: DebugLines::Seen, contradictory: &Default::default() };
    let all = coverage::assess_coverage(bundle, &bundle.episodes[episode], bundle.incident.block, &seen);
    all.into_iter().find(|it| it.evidence == EvidenceName::Snapshot).and_then(|it| it.gap)
}

#[test]
fn without_the_report_the_ledger_has_the_same_refusals_and_names_the_snapshot() {
    let scenarios = SCENARIOS.iter().map(|it| simulate(it.scenario, 1).bundle);
    let mut count = 0;
    for mut bundle in scenarios.chain((0..30).map(|number| member(number, 0).bundle)) {
        let is_seen = |it: &Episode| it.report.value().is_some() && it.snapshot.value().is_some();
        if bundle.incident.block.is_none() || !bundle.episodes.iter().all(is_seen) {
            continue;
        }
        // The lists are cumulative.
        let all: Vec<usize> = (0..bundle.episodes.len()).collect();
        refuse(&mut bundle, 0x51, &all);
        refuse(&mut bundle, 0x52, all.get(1..).unwrap_or_default());
        let (with, without) = (ledgers(&bundle), ledgers(&without_reports(bundle)));
        let items = |it: &[BTreeMap<Felt, (String, Vec<String>)>]| -> Vec<(Felt, String)> {
            it.iter().flatten().map(|(tx, (item, _))| (*tx, item.clone())).collect()
        };
        assert_eq!(items(&without), items(&with));
        count += items(&with).len();
        let evidence = without.iter().flatten().flat_map(|(_, (_, evidence))| evidence);
        assert!(evidence.into_iter().all(|it| it.contains(".snapshot.gateway_errors.")), "{without:?}");
    }
    assert!(20 < count, "not only a few of them have both: {count}");
}

#[test]
fn what_an_earlier_episode_had_is_not_this_episodes_and_what_may_be_older_is_unknown() {
    let mut bundle = simulate(Scenario::Alchemy429L1HandlerDrop, 1).bundle;
    refuse(&mut bundle, 0x51, &[0, 1]);
    refuse(&mut bundle, 0x52, &[1]);
    let transactions = |it: &Bundle| ledgers(it).iter().map(|it| it.keys().copied().collect::<Vec<_>>()).collect::<Vec<_>>();
    let expected = [vec![Felt::from(0x51_u64)], vec![Felt::from(0x52_u64)]];
    assert_eq!(transactions(&bundle), expected, "as the reports say");
    let mut alone = bundle.clone();
    alone.episodes.remove(0);
    assert_eq!(transactions(&alone), [vec![]], "nobody knows what the report before had");
    let bundle = without_reports(bundle);
    assert_eq!(transactions(&bundle), expected, "as the snapshots say");
    assert_eq!(ledgers(&bundle)[1][&Felt::from(0x52_u64)].1, ["episodes.2.snapshot.gateway_errors.1"]);
    assert_eq!([snapshot_gap(&bundle, 0), snapshot_gap(&bundle, 1)], [None, None]);
    assert!(ledgers(&bundle)[0][&Felt::from(0x51_u64)].0.contains("it's \\\"no\\\""), "{:?}", ledgers(&bundle));

    let mut alone = bundle.clone();
    alone.episodes.remove(0);
    assert_eq!(transactions(&alone), [vec![]], "nobody knows what the one before had");
    assert_eq!(snapshot_gap(&alone, 0).as_deref(), Some("holds 2 gateway errors that may be of an earlier epoch"));

    let mut garbled = bundle;
    let Gathered::Observed(snapshot) = &mut garbled.episodes[0].snapshot else { panic!("a snapshot") };
    snapshot.value.gateway_errors[0] = "0x51: «redacted:secret-field:0000»".to_owned();
    assert_eq!(transactions(&garbled), [vec![], vec![Felt::from(0x52_u64)]], "its hash is known all the same");
    assert_eq!(snapshot_gap(&garbled, 0).as_deref(), Some("holds 1 gateway errors that could not be read"));
}
