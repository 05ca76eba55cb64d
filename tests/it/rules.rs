//! The tests of the rules that come with this build, and laws over all of them.

use std::collections::BTreeSet;

use whysync::engine::catalog::{builtin, builtin_tests};
use whysync::engine::rule_test::{self, Base};
use whysync::engine::{Catalog, Text};
use whysync::evidence::Bundle;
use whysync::simulate::{Scenario, simulate};

use crate::simulated::catalog;

fn base(base: &Base) -> Result<Bundle, String> {
    match base {
        Base::Simulate { scenario, seed } => {
            let scenario: Scenario = scenario.parse().map_err(|err| format!("{err}"))?;
            Ok(simulate(scenario, *seed).bundle)
        }
        Base::Bundle(path) => Err(format!("{path}: the rules of this build start from simulated bundles")),
    }
}

#[test]
fn every_rule_keeps_its_promises() {
    let catalog = catalog();
    let mut failures = Vec::new();
    for test in builtin_tests() {
        match rule_test::run(&test, &catalog, &base) {
            Ok(results) => failures.extend(
                results
                    .into_iter()
                    .filter(|it| !it.failures.is_empty())
                    .map(|it| format!("{}: {}\n  {}", test.name(), it.name, it.failures.join("\n  "))),
            ),
            Err(problems) => failures.extend(problems.iter().map(ToString::to_string)),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn two_rules_that_each_win_over_the_other_are_refused() {
    let general = builtin().into_iter().find(|it| it.name().ends_with("/gateway-error-by-code.yaml")).expect("a rule");
    let circular = general.body().replace("false_positives:", "related: {supersedes: [gateway-invalid-nonce]}\nfalse_positives:");
    let pack = vec![Text::new("gateway-error-by-code.yaml", circular)];
    let problems = Catalog::new(&[builtin(), pack]).err().expect("a circle");
    assert!(problems.iter().any(|it| it.to_string().contains("supersedes itself")), "{problems:?}");
    let unknown = general.body().replace("false_positives:", "related: {differential: [gateway-invalid-nonc]}\nfalse_positives:");
    let pack = vec![Text::new("gateway-error-by-code.yaml", unknown)];
    let problems = Catalog::new(&[builtin(), pack]).err().expect("an unknown slug");
    assert!(problems.iter().any(|it| it.way_out().is_some_and(|it| it.contains("gateway-invalid-nonce"))), "{problems:?}");
}

#[test]
fn every_rule_has_a_test_file_beside_it() {
    let tests: BTreeSet<String> = builtin_tests().iter().map(|it| it.name().replace(".test.yaml", ".yaml")).collect();
    let rules: BTreeSet<String> = builtin().iter().map(|it| it.name().to_owned()).collect();
    assert_eq!(rules, tests);
}
