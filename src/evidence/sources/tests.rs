//! Laws over all sources.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::evidence::{EvidenceName, Missing, Provenance};

/// Every question for a height, a hash and a number of a resync.
fn all(block: u64, tx_hash: Felt, episode: u32) -> Vec<Request> {
    let values = |part: &str| match part {
        "block" => vec![block.to_string()],
        "tx_hash" => vec![tx_hash.to_string()],
        "episode" => vec![episode.to_string()],
        "kind" => DumpKind::ALL.map(|it| it.name().to_owned()).to_vec(),
        "config" => NodeConfig::ALL.map(|it| it.name().to_owned()).to_vec(),
        "path" => vec!["report_snapshot_x.log".to_owned(), "report_reverts_x.log".to_owned(), format!("blocks_x/blob_{block}.json")],
        other => panic!("what {other} can be is not said here"),
    };
    Request::all(&values)
}

proptest! {
    #[test]
    fn what_is_sent_is_read_back_as_itself_and_nothing_may_be_added(block in any::<u64>(), hash in any::<u128>(), episode in any::<u32>()) {
        let all = all(block, Felt::from(hash), episode);
        prop_assert_eq!(all.iter().map(|it| it.source().words()).collect::<BTreeSet<_>>().len(), SOURCES.len(), "each source has words of its own");
        type PathMapping = (fn(&Request) -> Option<String>, fn(&str) -> Option<Request>);
        let ways: [PathMapping; 2] = [(Request::echonet_path, Request::of_echonet_path), (Request::mainnet_path, Request::of_mainnet_path)];
        for (path, of_path) in ways {
            let paths: Vec<(&Request, String)> = all.iter().filter_map(|it| Some((it, path(it)?))).collect();
            prop_assert!(paths.len() >= 2);
            for (request, path) in paths {
                prop_assert_eq!(of_path(&path), Some(request.clone()));
                for other in [format!("{path}&x=1"), format!("{path}?x=1"), format!("{path}/"), format!("{path}#x"), format!("/{path}")] {
                    prop_assert_eq!(of_path(&other), None, "{}", other);
                }
            }
        }
    }

    #[test]
    fn what_is_read_as_a_page_is_that_page(path in "/(echonet|feeder_gateway|cende_recorder|l1)/[a-z_/]{0,30}(\\?[a-zA-Z_]{1,12}=[0-9a-fxA-F]{0,8}(&[a-zA-Z]{1,17}=[a-z]{1,8})?)?") {
        if let Some(request) = Request::of_echonet_path(&path) {
            prop_assert_eq!(request.echonet_path(), Some(path));
        }
    }

    #[test]
    fn what_is_saved_is_read_back_as_an_answer_to_the_same_question(block in any::<u64>(), hash in any::<u128>(), episode in any::<u32>()) {
        for request in all(block, Felt::from(hash), episode) {
            for (path, asked) in request.saved() {
                let found = Request::of_saved(&path).expect("a question");
                // What Echonet serves stands in for a dump that nobody saved.
                prop_assert!(found == request || found.saved().any(|(other, _)| other == path), "{} is {:?}", path, found);
                prop_assert!(!asked.is_empty());
                let folder = path.split_once('/').map_or("", |(folder, _)| folder);
                prop_assert!(folder.is_empty() || is_saved_folder(folder), "{} is in no known folder", path);
                for other in [format!("{path}x"), format!("x/{path}")] {
                    prop_assert!(other == path || Request::of_saved(&other).is_none(), "{} is {:?}", other, Request::of_saved(&other));
                }
            }
        }
    }
}

#[test]
fn every_source_says_all_of_itself_and_every_name_has_a_source() {
    let questions = all(7, Felt::from(1_u64), 1);
    for Listed { name, source, parts, .. } in SOURCES {
        assert!(!source.says.is_empty() && !source.says.ends_with('.'), "{name}");
        let of_it: Vec<&Request> = questions.iter().filter(|it| it.source_name() == *name).collect();
        assert!(!of_it.is_empty(), "{name} has no question");
        for request in of_it {
            assert!(!request.to_string().contains(['{', '}']) && !request.to_string().is_empty(), "{request:?}");
            assert!(parts.iter().all(|it| request.part(it).is_some()), "{request:?}");
            assert_eq!(request.saved().next().is_some(), matches!(source.saved, Saved::At(_)), "{request:?}");
        }
    }
    let given: BTreeSet<EvidenceName> = SOURCES.iter().flat_map(|it| it.source.gives).copied().collect();
    assert_eq!(given, EvidenceName::ALL.into_iter().collect());
    for name in EvidenceName::ALL {
        let best: Vec<&Listed> = SOURCES.iter().filter(|it| it.source.best_for.contains(&name)).collect();
        assert!(best.iter().all(|it| it.source.gives.contains(&name)), "{name:?} is not what its source gives");
        // Echonet's smaller pages say together what Echonet knows.
        let is_one = if name == EvidenceName::Echonet { 1 < best.len() } else { best.len() == 1 };
        assert!(is_one, "{name:?}: {best:?}");
        let how = how(name, Known { episode: 1, archive: None, block: Some(7) });
        assert!(!how.is_empty() && !how.contains(['{', '}']), "{name:?}: {how}");
    }
}

#[test]
fn every_source_reads_its_answers_and_takes_no_page_of_an_error_for_one() {
    // Of these, any text is an answer: names are looked for in it.
    const OF_ANY_TEXT: [&str; 3] = ["volume_listing", "report_ui", "report_download"];
    let no_answers = ["", "<!doctype html>\n<title>500 Internal Server Error</title>", "{\"error\": "];
    for Listed { name, source, .. } in SOURCES {
        assert!(!source.reads.is_empty(), "{name} says not how it is read");
        for (reader, body) in source.reads.iter().flat_map(|reader| no_answers.map(|body| (reader, body))) {
            let refusal = reader.refusal(body).map(|it| it.to_string());
            assert_eq!(refusal.as_ref().is_some_and(|it| !it.is_empty()), !OF_ANY_TEXT.contains(name), "{name} of {body:?}: {refusal:?}");
        }
    }
}

#[test]
fn every_source_has_limits_and_what_it_may_answer_can_be_read_again_from_a_file() {
    let most = |it: Bound| it.limit().most.number();
    for Listed { name, source, .. } in SOURCES {
        let has = |it: Bound| source.limits.contains(&it);
        let of_an_answer = || source.limits.iter().filter(|it| it.is_of_one_answer()).map(|it| most(*it)).min();
        let largest = match source.wire {
            Wire::Captured { .. } => has(Bound::File).then(|| most(Bound::File)),
            Wire::Output => (has(Bound::Log) && has(Bound::Line)).then(|| most(Bound::Log)),
            Wire::LogEntries => of_an_answer().filter(|_| has(Bound::Log)),
            _ => of_an_answer().filter(|_| has(Bound::Together)),
        };
        assert!(largest.is_some_and(|it| it <= most(Bound::File)), "{name} is bounded by {:?}", source.limits);
    }
    let listed = |it: &Bound| SOURCES.iter().any(|source| source.source.limits.contains(it));
    assert!(Bound::ALL.iter().all(listed), "a bound of no source");
}

#[test]
fn a_source_asks_for_itself_alone_and_for_what_is_looked_at_alone() {
    let trigger = Some(TriggerSeen { block: 7, tx_hash: Some(Felt::from(1_u64)) });
    let nothing_was_had = [Request::Report, Request::CloudLogEntries, Request::BlockDump { block: 7, kind: DumpKind::Block }];
    let seen = Situation {
        way: EchonetWay::Url,
        heights: [7].into(),
        start: Some(7),
        trigger,
        names: ["blocks_20261122T083832Z/block_7.json".to_owned(), "blocks_20261122T083832Z/block_6.json".to_owned()].into(),
        workloads: ["sequencer-core-statefulset".to_owned()].into(),
        unanswered: nothing_was_had.map(|it| (it, Unanswered::Absent)).into(),
        ..Situation::default()
    };
    for Listed { name, source, worth, .. } in SOURCES {
        let asked = worth(&seen);
        assert!(asked.iter().all(|it| it.source_name() == *name), "{name} asks {asked:?}");
        assert!(asked.iter().all(|it| it.part("block").is_none_or(|block| block == "7")), "{name} asks {asked:?}");
        // A state update of the block was not collected in vain.
        let is_asked = !matches!(source.wire, Wire::Captured { .. }) && *name != "served_state_update";
        assert_eq!(!asked.is_empty(), is_asked, "{name} asks {asked:?}");
    }
    let below = Situation { start: Some(8), ..seen };
    assert_eq!(served_block::worth(&below), [], "below the epoch Echonet passes on mainnet's block");
}

#[test]
fn a_number_and_a_hash_have_one_spelling() {
    for path in ["http/get_block_metadata_07.json", "http/get_tx_block_metadata_0x07.json", "http/echonet_get_blob_7.json", "pvc/keys.json"]
    {
        assert_eq!(Request::of_saved(path), None, "{path}");
    }
    assert_eq!(Request::of_saved("http/echonet_get_block_7.json"), Some(Request::BlockDump { block: 7, kind: DumpKind::Block }));
}

#[test]
fn a_transaction_that_echonet_does_not_know_is_no_gap_and_a_page_that_failed_is_one() {
    let missing = || Missing::new("x", "HTTP 500");
    let source = || Provenance { asked: "x".to_owned(), at: None, took_ms: None, bytes: 1, sha256: String::new() };
    let mut pages = EchonetPages::default();
    assert_eq!(pages.gap().as_deref(), Some("was not collected"));
    pages.starknet_version = Gathered::observed("0.14.3".to_owned(), source());
    pages.latest_received_block = Gathered::observed(7, source());
    pages.last_stored_commitment = Gathered::observed(None, source());
    pages.transactions.insert(Felt::from(1_u64), Gathered::Absent(missing()));
    assert_eq!(pages.gap(), None);
    pages.block_metadata.insert(7, Gathered::Failed(missing()));
    assert_eq!(pages.gap().as_deref(), Some("the metadata of block 7 could not be read: HTTP 500"));
}
