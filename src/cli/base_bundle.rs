//! The bundles that tests of rules start from.

use std::path::Path;

use miette::Diagnostic;

use crate::collect::store::{self, Input};
use crate::engine::Text;
use crate::engine::authoring::rule_test::Base;
use crate::evidence::Bundle;

/// The bundle that a test starts from. Paths are relative to the test file.
pub(super) fn fetch(base: &Base, file: &Text) -> Result<Bundle, String> {
    match base {
        Base::Simulate { scenario, seed } => simulated(scenario, *seed).map(|it| it.0),
        Base::Bundle(path) => {
            let path = Path::new(file.name()).parent().unwrap_or(Path::new("")).join(path);
            store::load(&Input::File(path)).map_err(|err| match err.help() {
                Some(help) => format!("{err}: {help}"),
                None => err.to_string(),
            })
        }
    }
}

/// A synthetic bundle, and the slugs of what is known to be in it.
#[cfg(feature = "proof")]
pub(super) fn simulated(scenario: &str, seed: u64) -> Result<(Bundle, Vec<&'static str>), String> {
    let scenario: crate::simulate::Scenario = scenario.parse().map_err(|err| format!("{err}"))?;
    let made = crate::simulate::simulate(scenario, seed);
    Ok((made.bundle, made.truth.root_cause.into_iter().chain(made.truth.also).collect()))
}

/// A synthetic bundle, and the slugs of what is known to be in it.
#[cfg(not(feature = "proof"))]
pub(super) fn simulated(scenario: &str, _: u64) -> Result<(Bundle, Vec<&'static str>), String> {
    Err(format!("this build cannot simulate `{scenario}`: it was made without the feature `proof`"))
}

/// The names of all scenarios.
#[cfg(feature = "proof")]
pub(super) fn scenarios() -> Vec<&'static str> {
    crate::simulate::SCENARIOS.iter().map(|it| it.name).collect()
}

/// The names of all scenarios.
#[cfg(not(feature = "proof"))]
pub(super) fn scenarios() -> Vec<&'static str> {
    Vec::new()
}
