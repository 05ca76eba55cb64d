//! The base bundles of rule tests.

use std::path::Path;

use miette::Diagnostic;

use crate::collect::store::{self, Input, LoadError};
use crate::engine::FileText;
use crate::engine::authoring::rule_test::{Base, NoBase};
use crate::evidence::Bundle;

/// Why there is no such base bundle.
#[derive(Debug, thiserror::Error)]
pub enum BaseError {
    /// The saved bundle cannot be read.
    #[error("{}", with_way_out(.0))]
    Bundle(LoadError),
    /// There is no scenario with this name.
    #[error(transparent)]
    Scenario(#[from] crate::simulate::UnknownScenario),
}

fn with_way_out(err: &LoadError) -> String {
    match err.help() {
        Some(help) => format!("{err}: {help}"),
        None => err.to_string(),
    }
}

/// The bundle that a test starts from. Paths are relative to the test file.
pub(super) fn fetch(base: &Base, file: &FileText) -> Result<Bundle, BaseError> {
    match base {
        Base::Simulate { scenario, seed } => simulated(scenario, *seed).map(|it| it.0),
        Base::Bundle(path) => {
            let path = Path::new(file.name()).parent().unwrap_or(Path::new("")).join(path);
            store::load(&Input::File(path)).map_err(BaseError::Bundle)
        }
    }
}

/// A function that fetches the bases of a test file.
pub(super) fn base_fetcher(file: &FileText) -> impl Fn(&Base) -> Result<Bundle, NoBase> {
    move |base| fetch(base, file).map_err(NoBase::new)
}

/// Simulates a bundle; also returns the slugs of its known causes.
pub(super) fn simulated(scenario: &str, seed: u64) -> Result<(Bundle, Vec<&'static str>), BaseError> {
    let scenario: crate::simulate::Scenario = scenario.parse()?;
    let made = crate::simulate::simulate(scenario, seed);
    Ok((made.bundle, made.truth.root_cause.into_iter().chain(made.truth.also).collect()))
}

/// The names of all scenarios.
pub(super) fn scenarios() -> Vec<&'static str> {
    crate::simulate::SCENARIOS.iter().map(|it| it.name).collect()
}
