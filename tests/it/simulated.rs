//! Simulated incidents with known truth: the diagnosis names the cause, and claims nothing that is not so.

use whysync::engine::language::catalog::builtin;
use whysync::engine::{Catalog, Trial, diagnose};
use whysync::findings::{CauseCertainty, ClaimExtent, Explains, Scope, Verdict};
use whysync::simulate::{SCENARIOS, Simulated, simulate};

pub(crate) fn catalog() -> Catalog {
    Catalog::new(&[builtin()]).unwrap_or_else(|problems| panic!("{problems:?}"))
}

const SEEDS: [u64; 4] = [0, 1, 7, 4242];

#[test]
fn the_root_cause_is_named_wherever_a_rule_knows_it() {
    let catalog = catalog();
    for described in SCENARIOS {
        for seed in SEEDS {
            let Simulated { bundle, truth } = simulate(described.scenario, seed);
            let diagnosis = diagnose(&bundle, &catalog, Trial::StableOnly);
            let name = format!("{} seed {seed}: {}", described.name, diagnosis.headline);
            let causes: Vec<&str> =
                diagnosis.findings.iter().filter(|it| it.scope == Scope::RootCause).map(|it| it.rule.as_str()).collect();
            match truth.root_cause {
                None => assert_eq!(diagnosis.verdict, Verdict::NoDivergence, "{name}"),
                Some(cause) if catalog.rules.contains_key(cause) => {
                    // A rule that says more of the same takes the place of the one that the scenario names.
                    let says_more =
                        |it: &&str| catalog.rules.get(*it).is_some_and(|it| it.file.related.supersedes.iter().any(|it| it.value == cause));
                    let names = |it: &&str| *it == cause || says_more(it);
                    assert!(causes.iter().any(names), "{name}: expected {cause}, got {causes:?}");
                    assert!(causes.iter().all(|it| names(it) || truth.also.contains(it)), "{name}: {causes:?} blames a decoy");
                    let only_named = diagnosis.findings.iter().any(|it| it.rule == cause && it.explains == Explains::Class);
                    let verdict = if only_named { Verdict::Novel } else { Verdict::Explained };
                    assert_eq!(diagnosis.verdict, verdict, "{name}");
                    assert_eq!(diagnosis.fingerprint.is_some(), only_named, "{name}: what is only named keeps its fingerprint");
                }
                Some(cause) => {
                    assert_eq!(causes, [""; 0], "{name}: nothing knows {cause}");
                    assert_eq!(diagnosis.verdict, Verdict::Novel, "{name}");
                    assert!(diagnosis.fingerprint.is_some() && !diagnosis.unexplained.is_empty(), "{name}");
                }
            }
            let first = diagnosis.episodes.iter().filter_map(|it| it.first_diverging_block).min();
            assert_eq!(first, truth.first_diverging_block, "{name}");
        }
    }
}

#[test]
fn what_can_be_proved_is_proved() {
    let catalog = catalog();
    let provable = [
        "native-casm-revert-trace",
        "alchemy-429-l1-handler-drop",
        "l1-handler-gated-after-restart",
        "fifo-drain-across-same-timestamp",
        "header-only-mismatch",
        "state-diff-only",
        "echonet-only-revert",
        "blocked-sender-filter",
        "event-order",
    ];
    for described in SCENARIOS.iter().filter(|it| provable.contains(&it.name)) {
        for seed in SEEDS {
            let diagnosis = diagnose(&simulate(described.scenario, seed).bundle, &catalog, Trial::StableOnly);
            for finding in diagnosis.findings.iter().filter(|it| it.scope == Scope::RootCause) {
                assert_eq!(finding.cause, CauseCertainty::Established, "{} seed {seed}: {}", finding.rule, finding.because);
                assert_eq!(
                    finding.extent,
                    ClaimExtent::Proved,
                    "{} seed {seed}: {} {:?}",
                    finding.rule,
                    finding.extent_because,
                    finding.proof
                );
            }
        }
    }
}

#[test]
fn the_same_bundle_and_rules_give_the_same_diagnosis() {
    for described in SCENARIOS {
        let bundle = simulate(described.scenario, 3).bundle;
        let [first, second] = [(); 2].map(|()| format!("{:?}", diagnose(&bundle, &catalog(), Trial::StableOnly)));
        assert_eq!(first, second, "{}", described.name);
    }
}

#[test]
fn a_fingerprint_outlives_the_block_and_the_accounts() {
    let catalog = catalog();
    let fingerprint = |name: &str, seed: u64| {
        let described = SCENARIOS.iter().find(|it| it.name == name).expect("a scenario");
        diagnose(&simulate(described.scenario, seed).bundle, &catalog, Trial::StableOnly).fingerprint
    };
    let names = ["header-only-mismatch", "state-diff-only", "echonet-only-revert"];
    for name in names {
        let of_seeds: std::collections::BTreeSet<_> = SEEDS.iter().map(|seed| fingerprint(name, *seed)).collect();
        assert_eq!(of_seeds.len(), 1, "{name}: {of_seeds:?}");
    }
    let of_names: std::collections::BTreeSet<_> = names.iter().map(|name| fingerprint(name, 1)).collect();
    assert_eq!(of_names.len(), names.len(), "{of_names:?}");
}
