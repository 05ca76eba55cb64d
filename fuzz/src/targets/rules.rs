//! Rules and their tests, as people write them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use whysync::engine::authoring::rule_test::{Base, NoBase, run};
use whysync::evidence::Bundle;
use whysync::investigate::{self, DiagnosisOptions, FileText, Rules, Trial};
use whysync::simulate::{SCENARIOS, Scenario, simulate};

use super::output::RULES;
use super::readers::text;

/// A text is a rule or a list of what is wrong with it; a rule decides an incident, and says of each clause how it came out.
pub(super) fn rule(input: &[u8]) {
    static INCIDENT: LazyLock<Bundle> = LazyLock::new(|| simulate(Scenario::Alchemy429L1HandlerDrop, 1).bundle);
    match Rules::from_packs(vec![vec![FileText::new("x.yaml", text(input))]]) {
        Ok(rules) => {
            let _ = investigate::diagnose(&INCIDENT, &rules, &DiagnosisOptions { tried: Trial::WithExperimental });
            for slug in rules.catalog().rules.keys() {
                investigate::explain(&INCIDENT, &rules, slug).expect("its own rule");
                rules.page(slug).expect("its own rule");
            }
        }
        Err(investigate::Error::Wrong(problems)) => assert!(!problems.is_empty(), "nothing is wrong, and it is refused"),
        Err(err) => panic!("{err}"),
    }
}

/// A text is a test file, and its cases pass or fail, or a list of what is wrong with it.
pub(super) fn rule_test(input: &[u8]) {
    static INCIDENTS: LazyLock<BTreeMap<Scenario, Bundle>> =
        LazyLock::new(|| SCENARIOS.iter().map(|it| (it.scenario, simulate(it.scenario, 1).bundle)).collect());
    // Whatever the seed, so that each is made once; and no file is opened, for its name would be the fuzzer's.
    let base_of = |base: &Base| match base {
        Base::Simulate { scenario, .. } => scenario.parse::<Scenario>().map(|it| INCIDENTS[&it].clone()).map_err(NoBase::new),
        Base::Bundle(_) => Err(NoBase::new("no file is opened here")),
    };
    if let Err(problems) = run(&FileText::new("x.test.yaml", text(input)), RULES.catalog(), &base_of) {
        assert!(!problems.is_empty(), "nothing is wrong, and it is refused");
    }
}
