//! What somebody else says is no structure: the words of a rule's pattern inside the answer of a gateway, or inside a revert reason, are as
//! good as any other words.

use std::collections::{BTreeMap, BTreeSet};

use whysync::engine::Catalog;
use whysync::engine::authoring::cross_fire::{TrialBundle, fire};
use whysync::engine::authoring::rule_test::{Base, Holds, NoBase, bundles, check};
use whysync::engine::language::catalog::builtin_tests;
use whysync::evidence::logs::LogLine;
use whysync::evidence::{Bundle, Gathered, LogStream, SharedText};
use whysync::facts::LogIndex;
use whysync::simulate::{Scenario, simulate};

use crate::simulated::catalog;

/// Rules whose patterns are about what the node says of a transaction, wherever it says it, and one whose words are given to the constructor
/// of an error: nobody states what stands in front of them.
const ABOUT_WORDS: [&str; 2] = ["class-manager-or-native-compile", "consolidated-required"];

fn base(base: &Base) -> Result<Bundle, NoBase> {
    match base {
        Base::Simulate { scenario, seed } => Ok(simulate(scenario.parse::<Scenario>().expect("a scenario"), *seed).bundle),
        Base::Bundle(path) => Err(NoBase::new(path.clone())),
    }
}

/// Lines of Echonet's log in which the gateway says these words: as they are, in JSON, and as a revert reason.
fn of_gateway(words: &str) -> Vec<String> {
    let answer =
        "[WARNING] [echonet.transaction_sender] Forward failed: tx=0x1 type=INVOKE_FUNCTION src_bn=1 attempt=1/3 status=500 response=";
    let json = serde_json::json!({"code": "StarknetErrorCode.VALIDATE_FAILURE", "message": words});
    let reverted = "Transaction execution has failed:\n0: Error in the called contract (contract address: 0x1):\nExecution failed: ";
    let texts = [format!("{answer}{words}"), format!("{answer}{json}"), format!("{answer}{reverted}{words}")];
    texts.iter().flat_map(|it| it.lines().map(str::to_owned)).collect()
}

/// A line of the sequencer's log in which it says why a transaction reverted.
fn of_node(words: &str) -> Vec<String> {
    let message = format!("Transaction 0x1 is reverted during execution while still accepted. Revert Error: {words}");
    let event = serde_json::json!({"level": "WARN", "filename": "crates/apollo_batcher/src/block_builder.rs", "message": message});
    vec![event.to_string()]
}

fn lines(log: &Gathered<LogStream>) -> BTreeSet<&str> {
    log.value().into_iter().flat_map(|it| &it.lines).map(|it| it.text.as_str()).collect()
}

/// A log in which somebody else says each record that the base does not have.
fn said(log: &Gathered<LogStream>, base: &Gathered<LogStream>, by: &dyn Fn(&str) -> Vec<String>) -> Gathered<LogStream> {
    let Gathered::Observed(observed) = log else { return log.clone() };
    let known = lines(base);
    let records: BTreeMap<usize, SharedText> =
        LogIndex::new(&observed.value).records.into_iter().map(|it| (it.first_line, it.text)).collect();
    let becomes = |(place, line): (usize, &LogLine)| -> Vec<LogLine> {
        match records.get(&place) {
            _ if known.contains(line.text.as_str()) => vec![line.clone()],
            Some(words) => by(words).into_iter().map(|text| LogLine { text: text.into(), ..line.clone() }).collect(),
            // It went with the first line of its record.
            None => Vec::new(),
        }
    };
    let mut observed = observed.clone();
    observed.value.lines = observed.value.lines.iter().enumerate().flat_map(becomes).collect();
    Gathered::Observed(observed)
}

/// The bundle with each record that its base does not have in somebody else's mouth, its words made other words by `as_words`.
fn embedded(bundle: &Bundle, base: &Bundle, as_words: fn(&str) -> String) -> Bundle {
    let mut bundle = bundle.clone();
    bundle.logs.echonet = said(&bundle.logs.echonet, &base.logs.echonet, &|words| of_gateway(&as_words(words)));
    bundle.logs.sequencer = said(&bundle.logs.sequencer, &base.logs.sequencer, &|words| of_node(&as_words(words)));
    bundle
}

fn any_words(words: &str) -> String {
    words.lines().map(|_| "x").collect::<Vec<_>>().join("\n")
}

/// Which rules hold, by slug with their episodes.
fn held(catalog: &Catalog, bundle: Bundle) -> BTreeSet<(String, Vec<u32>)> {
    let ground = TrialBundle { name: String::new(), bundle, known: BTreeMap::new() };
    fire(catalog, &ground).into_iter().map(|it| (it.rule, it.episodes)).collect()
}

#[test]
fn the_words_of_a_pattern_in_what_somebody_else_says_are_no_sign_of_it() {
    let catalog = catalog();
    let mut wrong = Vec::new();
    let mut tried = BTreeSet::new();
    for text in builtin_tests() {
        let file = check(&text, &catalog).expect("a test file");
        let cases = bundles(&text, &catalog, &base).expect("a test file");
        for (case, bundle) in cases.into_iter().filter(|(case, _)| case.expect.holds == Holds::Yes) {
            let bundle = bundle.expect("a bundle");
            let base = base(case.base.as_ref().unwrap_or(&file.base)).expect("a base");
            let own = |log: fn(&Bundle) -> &Gathered<LogStream>| -> BTreeSet<String> {
                lines(log(&bundle)).difference(&lines(log(&base))).map(|it| (*it).to_owned()).collect()
            };
            let words = (text.name().to_owned(), own(|it| &it.logs.echonet), own(|it| &it.logs.sequencer));
            if (words.1.is_empty() && words.2.is_empty()) || !tried.insert(words) {
                continue;
            }
            let plain = held(&catalog, embedded(&bundle, &base, any_words));
            let new = held(&catalog, embedded(&bundle, &base, str::to_owned)).into_iter().filter(|it| !plain.contains(it));
            wrong.extend(
                new.filter(|it| !ABOUT_WORDS.contains(&it.0.as_str())).map(|it| format!("{}, {}: {}", text.name(), case.name.value, it.0)),
            );
        }
    }
    assert!(wrong.is_empty(), "of {} sets of words:\n{}", tried.len(), wrong.join("\n"));
    assert!(60 < tried.len(), "hardly anything was tried: {}", tried.len());
}
