//! Synthetic incidents with a known cause, and how well they are diagnosed.

#![expect(clippy::disallowed_methods, reason = "this is the file that looks whether the folder of a population is empty")]

use std::path::Path;

use super::error::{Error, SyntheticError};
use super::threads::room;
use super::{Rules, save, write};
use crate::evaluation::{self, Evaluation};
use crate::evidence::Bundle;
use crate::simulate::{self, PopulationTruth, Scenario};

/// The seed that is used where none is named.
pub const SEED: u64 = 0;

/// The member of a population that is made where no number is named: the first.
pub const NUMBER: u64 = 0;

/// Makes the incident of a scenario: the same name and seed give the same bytes.
///
/// # Errors
/// When no scenario has this name, with those that there are.
pub fn simulate(scenario: &str, seed: u64) -> Result<Bundle, Error> {
    let scenario: Scenario = scenario.parse().map_err(SyntheticError::Scenario)?;
    Ok(simulate::simulate(scenario, seed).bundle)
}

/// Makes one incident of the population that [`evaluate`] diagnoses.
#[must_use]
pub fn member(number: u64, seed: u64) -> Bundle {
    simulate::member(number, seed).bundle
}

/// Writes the first incidents of a population to a new or empty folder, one by one, and what is true of them at the end, as `truth.json`: a
/// folder without it is not whole.
///
/// # Errors
/// When the folder is in use or cannot be written to.
pub fn write_population(members: u64, seed: u64, folder: &Path) -> Result<(), Error> {
    let path = || folder.display().to_string();
    let is_empty = std::fs::create_dir_all(folder).and_then(|()| std::fs::read_dir(folder)).map(|mut it| it.next().is_none());
    if !is_empty.map_err(|source| SyntheticError::Unusable { path: path(), source })? {
        return Err(SyntheticError::NotEmpty { path: path() }.into());
    }
    let mut truth = PopulationTruth { seed, ..PopulationTruth::default() };
    for member in simulate::population(members, seed) {
        save(&member.bundle, &folder.join(format!("{}.json.zst", member.number)))?;
        truth.members.insert(member.number, member.truth);
    }
    let text = serde_json::to_string_pretty(&truth).map_err(SyntheticError::Truth)? + "\n";
    write(&folder.join("truth.json"), text.as_bytes())
}

/// Options for an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvaluationOptions {
    /// Number of incidents.
    pub population: u64,
    /// The seed: the same number and seed give the same incidents.
    pub seed: u64,
}

impl EvaluationOptions {
    /// Number of incidents are diagnosed where no number is named.
    pub const POPULATION: u64 = 2_000;
}

impl Default for EvaluationOptions {
    fn default() -> Self {
        Self { population: Self::POPULATION, seed: SEED }
    }
}

/// Measures the diagnosis on a population, on as many threads as there are cores.
#[must_use]
pub fn evaluate(rules: &Rules, options: &EvaluationOptions) -> Evaluation {
    evaluation::evaluate(&rules.catalog, options.population, options.seed, room() as u64)
}

/// The least share of decidable causes that must be named rightly.
pub const LEAST_RATE: f64 = 0.99;

/// Whether a diagnosis with these scores may be trusted: nothing unfair or wrong was said, nothing missed in silence, and enough was named.
#[must_use]
pub fn is_good(scores: &Evaluation) -> bool {
    scores.is_fair() && scores.wrong_established == 0 && scores.silent_misses == 0 && scores.rate() >= LEAST_RATE
}
