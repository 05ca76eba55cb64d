//! Whether two incidents are the same, and what differs between them.

use super::Error;
use crate::findings::{self, Comparison, Diagnosis};

/// Compares two incidents by their diagnoses.
#[must_use]
pub fn compare(first: &Diagnosis, second: &Diagnosis) -> Comparison {
    findings::compare(first, second)
}

/// Compares two episodes of one incident.
///
/// # Errors
/// When the incident has no such episode, with those that it has.
pub fn compare_episodes(whole: &Diagnosis, [first, second]: [u32; 2]) -> Result<Comparison, Error> {
    let known = || whole.episodes.iter().map(|it| it.number.to_string()).collect();
    let of = |number: u32| whole.of_episode(number).ok_or_else(|| Error::NoEpisode { name: number.to_string(), known: known() });
    Ok(findings::compare(&of(first)?, &of(second)?))
}
