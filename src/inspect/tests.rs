//! Tests of the views of a bundle.

use super::*;
use crate::evidence::logs::parse_text;
use crate::evidence::{Observed, Provenance};

const FEW: Limits = Limits { items: 3, characters: 20 };

fn bundle() -> Bundle {
    let none = serde_json::json!("not_asked");
    let mut bundle: Bundle = serde_json::from_value(serde_json::json!({
        "schema": "whysync.bundle/v1", "incident": {"origin": "imported"}, "report": none, "episodes": [], "theirs": {},
        "after_resync": {}, "logs": {"echonet": none, "sequencer": none}, "deployment": {"pods": none, "config_maps": none},
    }))
    .expect("a bundle");
    let source = || Provenance { asked: "kubectl logs".to_owned(), at: None, took_ms: None, bytes: 12_345, sha256: String::new() };
    let lines: String = (0..5).map(|it| format!("hit {it} \u{1b}[2J {}\n", "x".repeat(100))).collect();
    bundle.logs.echonet = Gathered::observed(parse_text(&lines), source());
    let block = |hash: &str, transactions: &[&str]| {
        let list: Vec<_> = transactions.iter().map(|it| serde_json::json!({"transaction_hash": it, "type": "INVOKE"})).collect();
        serde_json::from_value(serde_json::json!({
            "block_number": 7, "block_hash": hash, "parent_block_hash": "0x1", "timestamp": 5, "transactions": list, "transaction_receipts": [],
        }))
        .expect("a block")
    };
    let ours = crate::evidence::OurBlock {
        block: Gathered::observed(block("0xa", &["0x5", "0x6"]), source()),
        state_update: Gathered::NotAsked,
        blob: Gathered::NotAsked,
    };
    let theirs =
        crate::evidence::TheirBlock { block: Gathered::observed(block("0xb", &["0x5"]), source()), state_update: Gathered::NotAsked };
    bundle.after_resync.insert(7, ours);
    bundle.theirs.insert(7, theirs);
    bundle
}

#[test]
fn a_log_search_names_lines_is_bounded_and_escapes() {
    let text = log(&bundle(), &Regex::new("hit [1-4]").expect("a pattern"), FEW);
    assert!(text.contains("logs.echonet:2  hit 1 \\x1b[2J"), "{text}");
    assert!(text.contains("logs.echonet: 4 of 5 lines match, 1 of them not shown") && text.contains("more characters)"), "{text}");
    assert!(text.contains("logs.sequencer was not collected") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn a_block_shows_what_differs_first_and_each_transaction_in_its_place() {
    let text = block(&bundle(), 7, Limits { items: 50, characters: 80 }).expect("a block");
    assert!(text.contains("≠ block_hash\n        Echonet  0xa\n        mainnet  0xb"), "{text}");
    assert!(text.contains("       0    0  both ?        0x5\n       1    -  Echonet only  0x6\n"), "{text}");
    assert_eq!(block(&bundle(), 8, FEW), None);
}

#[test]
fn a_transaction_is_found_on_either_side_or_said_to_be_nowhere() {
    let limits = Limits { items: 50, characters: 80 };
    let extra = transaction(&bundle(), Felt::from(6_u64), limits).expect("a transaction");
    assert!(extra.contains("mainnet: in no block that was seen") && extra.contains("block 7, position 1"), "{extra}");
    assert!(transaction(&bundle(), Felt::from(5_u64), limits).is_some_and(|it| it.contains("= transaction.type  INVOKE_FUNCTION")));
    assert_eq!(transaction(&bundle(), Felt::from(9_u64), limits), None);
}

#[test]
fn sections_say_how_much_was_seen_and_where_it_came_from() {
    let mut bundle = bundle();
    if let Gathered::Observed(Observed { coverage, .. }) = &mut bundle.logs.echonet {
        coverage.redacted = 2;
        coverage.extent = crate::evidence::Extent::Partial("the newest 5 lines".to_owned());
    }
    let text = sections(&bundle);
    let log = text.lines().find(|it| it.contains("logs.echonet")).expect("a line");
    for part in ["seen in part only: the newest 5 lines", "12 kB", "2 redacted", "5 lines, without times", "from kubectl logs"] {
        assert!(log.contains(part), "{log}");
    }
    assert!(text.contains("was not collected"), "{text}");
}

#[test]
fn a_list_of_resyncs_for_programs_holds_no_character_that_acts() {
    let mut bundle = bundle();
    let trigger = serde_json::json!({
        "tx_hash": "0x1", "failure_block_number": 7, "revert_target_block_number": 7, "reason": "turned \u{202e}round\u{7f}", "count": 1,
    });
    let report = serde_json::from_value(serde_json::json!({
        "resync_causes": {"0x1": trigger}, "certain_failures": {}, "sent_tx_hashes": {}, "gateway_errors": {}, "revert_errors_mainnet": {},
        "revert_errors_echonet": {}, "start_block": 1, "initial_start_block": 1, "current_start_block": 1, "current_block": 7,
    }))
    .expect("a report");
    bundle.report =
        Gathered::observed(report, Provenance { asked: String::new(), at: None, took_ms: None, bytes: 0, sha256: String::new() });
    let text = past_resyncs_json(&past_resyncs(&bundle, None, "whysync"));
    assert!(text.contains("turned \\u202eround\\u007f") && !text.contains(['\u{202e}', '\u{7f}']), "{text}");
}

/// A block of both sides that Echonet holds without the first transaction, and of which nothing else differs but by construction.
fn without_the_first() -> Bundle {
    let mut bundle = bundle();
    let block = |first: usize, more: serde_json::Value| {
        let hashes = ["0x5", "0x6"].get(first..).expect("transactions");
        let transactions: Vec<_> = hashes.iter().map(|it| serde_json::json!({"transaction_hash": it, "type": "INVOKE"})).collect();
        let receipt = |(place, hash): (usize, &&str)| {
            serde_json::json!({
                "transaction_hash": hash, "transaction_index": place, "actual_fee": "0x1", "events": [], "l2_to_l1_messages": [],
                "execution_resources": {"n_steps": 100 + place, "n_memory_holes": place, "builtin_instance_counter": {"pedersen_builtin": place}},
            })
        };
        let receipts: Vec<_> = hashes.iter().enumerate().map(receipt).collect();
        let mut block = serde_json::json!({
            "block_number": 7, "block_hash": "0xa", "parent_block_hash": "0x1", "timestamp": 5,
            "transactions": transactions, "transaction_receipts": receipts,
        });
        let fields = block.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        serde_json::from_value::<crate::evidence::Block>(block).expect("a block")
    };
    let source = || Provenance { asked: "x".to_owned(), at: None, took_ms: None, bytes: 1, sha256: String::new() };
    let ours = bundle.after_resync.get_mut(&7).expect("a block");
    ours.block = Gathered::observed(block(1, serde_json::json!({})), source());
    let theirs = bundle.theirs.get_mut(&7).expect("a block");
    theirs.block = Gathered::observed(block(0, serde_json::json!({"fee_proposal_fri": "0x9"})), source());
    bundle
}

#[test]
fn what_differs_by_construction_is_shown_and_not_marked() {
    let limits = Limits { items: 50, characters: 80 };
    let mut bundle = without_the_first();
    let text = block(&bundle, 7, limits).expect("a block");
    assert!(text.contains("· fee_proposal_fri  Echonet nothing, mainnet 0x9 (by construction)"), "{text}");
    assert!(!text.contains("≠"), "{text}");
    assert!(text.contains("       -    0  mainnet only  0x5\n       0    1  both =        0x6\n"), "{text}");
    let text = transaction(&bundle, Felt::from(6_u64), limits).expect("a transaction");
    assert!(text.contains("· receipt.transaction_index  Echonet 0, mainnet 1") && !text.contains("≠"), "{text}");

    // What Echonet states and mainnet does not is no such difference, nor is what a hash covers.
    let ours = bundle.after_resync.get_mut(&7).expect("a block");
    let Gathered::Observed(seen) = &mut ours.block else { panic!("a block") };
    seen.value.other.insert("fee_proposal_fri".to_owned(), "0x8".into());
    seen.value.transaction_receipts.first_mut().expect("a receipt").actual_fee = Felt::from(2_u64);
    let text = block(&bundle, 7, limits).expect("a block");
    assert!(text.contains("≠ fee_proposal_fri\n        Echonet  0x8\n        mainnet  0x9"), "{text}");
    assert!(text.contains("       0    1  both ≠        0x6\n"), "{text}");
}

#[test]
fn a_class_of_a_contract_is_compared_whether_it_is_new_or_replaced() {
    let class = |address: u64| crate::evidence::state_update::ContractClass { address: address.into(), class_hash: 3_u64.into() };
    let deployed = StateDiff { deployed_contracts: vec![class(1), class(2)], ..StateDiff::default() };
    let replaced = StateDiff { deployed_contracts: vec![class(1)], replaced_classes: vec![class(2)], ..StateDiff::default() };
    assert_eq!(state(&deployed), state(&replaced));
    assert_ne!(state(&deployed), state(&StateDiff::default()));
}

#[test]
fn a_shortened_hash_names_each_transaction_that_it_can_be() {
    let bundle = bundle();
    let all = |name: &str| named(&bundle, &name.parse().expect("a name"));
    assert_eq!(all("0x5"), [Felt::from(5_u64)]);
    assert_eq!(all("0x0…"), [Felt::from(5_u64), Felt::from(6_u64)]);
    assert_eq!(all("0x7…"), [] as [Felt; 0]);
}
