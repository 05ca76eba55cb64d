//! Tries rules out: their test cases, clause coverage, mutants that tests notice, and incidents on which other rules hold.

use std::fmt;
use std::str::FromStr;

use super::base_bundle;
use super::threads::in_parallel;
use super::{Error, Rules};
use crate::engine::authoring::coverage_report::RuleCoverage;
use crate::engine::authoring::mutate::MutationReport;
use crate::engine::authoring::rule_test::CaseResult;
use crate::engine::authoring::{coverage_report, mutate, rule_test};
use crate::engine::language::path::suggestion;
use crate::engine::{FileText, Problem};
use crate::evidence::Bundle;

/// The least coverage to accept, in percent: all of it by default.
pub const LEAST_COVERAGE: u8 = 100;

/// Runs the cases of one test file.
///
/// # Errors
/// When the file cannot be used. A case that fails is no error but the answer.
pub fn test(file: &FileText, rules: &Rules) -> Result<Vec<CaseResult>, Error> {
    rule_test::run(file, &rules.catalog, &base_bundle::base_fetcher(file)).map_err(Error::Wrong)
}

/// A case of a test file: the file and a line of the case, as `FILE:LINE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CasePlace {
    file: String,
    line: usize,
}

/// A text that names no case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not FILE:LINE, as `rules test` prints it")]
pub struct CasePlaceError;

impl FromStr for CasePlace {
    type Err = CasePlaceError;

    fn from_str(text: &str) -> Result<Self, CasePlaceError> {
        let number = |it: &str| it.parse::<usize>().ok().filter(|it| *it > 0);
        let (before, last) = text.rsplit_once(':').ok_or(CasePlaceError)?;
        // A column may stand behind the line.
        let (file, line) = match before.rsplit_once(':') {
            Some((file, line)) if number(line).is_some() && number(last).is_some() => (file, line),
            _ => (before, last),
        };
        Ok(Self { file: file.to_owned(), line: number(line).ok_or(CasePlaceError)? })
    }
}

impl fmt::Display for CasePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// The bundle that a case of a test is about, with its changes.
///
/// # Errors
/// When none of these files is meant, no case of it has the line, or the bundle cannot be made.
pub fn case_bundle(tests: &[FileText], rules: &Rules, wanted: &CasePlace) -> Result<Bundle, Error> {
    let file = tests.iter().find(|it| it.name() == wanted.file).ok_or_else(|| {
        let known: Vec<String> = tests.iter().map(|it| it.name().to_owned()).collect();
        let help = suggestion(&wanted.file, &known).filter(|it| it.starts_with("did you mean"));
        Error::NoCase {
            place: wanted.to_string(),
            help: help.unwrap_or_else(|| "name a file of the rules, as `rules test` prints it".to_owned()),
        }
    })?;
    let cases = rule_test::bundles(file, &rules.catalog, &base_bundle::base_fetcher(file)).map_err(Error::Wrong)?;
    let first = cases.first().map_or(0, |(case, _)| case.line());
    let case = cases.into_iter().rev().find(|(case, _)| case.line() <= wanted.line);
    let (_, bundle) =
        case.ok_or_else(|| Error::NoCase { place: wanted.to_string(), help: format!("the first case is at line {first}") })?;
    bundle.map_err(|err| Error::NoCase { place: wanted.to_string(), help: format!("the bundle cannot be made: {err}") })
}

/// Which states of clauses the cases saw.
#[derive(Debug)]
pub struct ClauseStateCoverage {
    /// How many of all states, in whole percent rounded down.
    pub percent: u8,
    /// The rules, in the order of the files.
    pub rules: Vec<RuleCoverage>,
}

impl ClauseStateCoverage {
    /// Entries of `uncovered` that need no reason, or name nothing: rule and entry.
    pub fn idle(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rules.iter().flat_map(|rule| rule.idle.iter().map(|it| (rule.rule.as_str(), it.as_str())))
    }
}

/// Tells which states of clauses the cases of test files saw.
///
/// # Errors
/// When a file cannot be used.
pub fn coverage(files: &[FileText], rules: &Rules) -> Result<ClauseStateCoverage, Error> {
    let rules = collected(in_parallel(files, |file| coverage_report::cover(file, &rules.catalog, &base_bundle::base_fetcher(file))))?;
    Ok(ClauseStateCoverage { percent: coverage_report::percent(&rules), rules })
}

/// Which changes of rules the cases notice.
#[derive(Debug)]
pub struct Mutations {
    /// The rules, in the order of the files.
    pub rules: Vec<MutationReport>,
}

impl Mutations {
    /// Number of mutants.
    #[must_use]
    pub fn all(&self) -> usize {
        self.rules.iter().map(|it| it.mutants).sum()
    }

    /// How many no case notices, with a reason.
    #[must_use]
    pub fn explained(&self) -> usize {
        self.rules.iter().map(|it| it.explained.len()).sum()
    }

    /// How many no case notices, without one.
    #[must_use]
    pub fn unexplained(&self) -> usize {
        self.rules.iter().map(|it| it.unexplained.len()).sum()
    }

    /// Entries of `survivors` that need no reason, or name nothing: rule and entry.
    pub fn idle(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rules.iter().flat_map(|rule| rule.idle.iter().map(|it| (rule.rule.as_str(), it.as_str())))
    }
}

/// Changes each rule a little, in every way, and tells which changes no case notices.
///
/// # Errors
/// When a file cannot be used.
pub fn mutations(files: &[FileText], rules: &Rules) -> Result<Mutations, Error> {
    let reports = collected(in_parallel(files, |file| mutate::mutate(file, &rules.catalog, &base_bundle::base_fetcher(file))))?;
    Ok(Mutations { rules: reports })
}

/// All results, or everything that is wrong.
fn collected<T>(results: Vec<Result<T, Vec<Problem>>>) -> Result<Vec<T>, Error> {
    let mut good = Vec::new();
    let mut problems = Vec::new();
    for result in results {
        match result {
            Ok(it) => good.push(it),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(good) } else { Err(Error::Wrong(problems)) }
}
