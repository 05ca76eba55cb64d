//! Tests of rules: small patches on a base bundle, and what must come of them. The production evaluator runs.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_saphyr::Spanned;

use super::test_patch::{Patch, PatchError, patched};
use crate::engine::decide::evaluate::{Outcome, Trial};
use crate::engine::decide::why_not::as_written;
use crate::engine::diagnosis::diagnose::{decide, diagnose};
use crate::engine::language::catalog::Catalog;
use crate::engine::language::check::Check;
use crate::engine::language::path::suggestion;
use crate::engine::language::problem::{FileText, Problem, place};
use crate::engine::language::value::word;
use crate::evidence::Bundle;
use crate::facts::EvidenceName;
use crate::findings::{CauseCertainty, ClaimExtent, Diagnosis, Ternary, Verdict};

/// The tests of one rule, in the file `<slug>.test.yaml` beside it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestFile {
    /// The version of this document.
    pub schema: TestSchema,
    /// Slug of the rule.
    #[schemars(with = "String")]
    pub rule: Spanned<String>,
    /// The bundle that cases start from.
    pub base: Base,
    /// The cases: at least one in which the rule holds, and one in which it does not.
    pub cases: Vec<TestCase>,
    /// Clauses that no case can show in some state, as `<clause>.true`, `<clause>.false` or `<clause>.unknown`, each with the reason.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub uncovered: BTreeMap<String, Spanned<String>>,
    /// Changes of the rule that no case can tell from the rule, by the id that `rules test --mutate` prints, each with the reason.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub survivors: BTreeMap<String, Spanned<String>>,
    /// Rules that hold for these base bundles as well, by slug, each with the reason.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub also_fires: BTreeMap<String, Spanned<String>>,
}

/// The version of the test document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum TestSchema {
    /// The first version.
    #[serde(rename = "whysync.rule-test/v1")]
    V1,
}

/// A bundle to start from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Base {
    /// A simulated bundle.
    Simulate {
        /// The scenario's name.
        scenario: String,
        /// The seed.
        #[serde(default)]
        seed: u64,
    },
    /// A saved one, by its path relative to the test file.
    Bundle(String),
}

/// A test case.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestCase {
    /// What the case shows, as a fact.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// Base bundle for this case, if it differs from the file's.
    #[serde(default)]
    pub base: Option<Base>,
    /// Patches to apply, in order.
    #[serde(default)]
    pub patch: Vec<Patch>,
    /// The expected result.
    pub expect: Expect,
}

impl TestCase {
    /// Line of its name in the file, from 1.
    #[must_use]
    pub(crate) fn line(&self) -> usize {
        place(Some(self.name.referenced)).0
    }
}

/// The expected result of a case.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The episode to look at.
    #[serde(default = "first_episode")]
    pub episode: u32,
    /// Expected result of the rule.
    #[schemars(schema_with = "written_holds")]
    pub holds: Holds,
    /// Kinds of the claimed items, one entry per claim, in ledger order.
    #[serde(default)]
    pub claims: Option<Vec<String>>,
    /// Expected certainty of the cause.
    #[serde(default)]
    pub cause: Option<CauseCertainty>,
    /// Whether the claimed difference is the whole difference.
    #[serde(default)]
    pub extent: Option<ClaimExtent>,
    /// How clauses come out, for the first element: true, false or unknown.
    #[serde(default)]
    #[schemars(schema_with = "written_truths")]
    pub clauses: BTreeMap<String, Ternary>,
    /// What the reasons of clauses hold, for the first element.
    #[serde(default)]
    pub because: BTreeMap<String, String>,
    /// What log clauses captured, for the first element, as `<clause>.<group>`.
    #[serde(default)]
    pub captures: BTreeMap<String, String>,
    /// A text that the finding's summary must contain.
    #[serde(default)]
    pub summary: Option<String>,
    /// Evidence that would decide it.
    #[serde(default)]
    pub missing: Option<BTreeSet<EvidenceName>>,
    /// Verdict of the whole, with all rules.
    #[serde(default)]
    pub verdict: Option<Verdict>,
}

/// `yes` and `no` are truth values for editors that know YAML 1.1, and words for all others.
fn written_holds(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"oneOf": [{"enum": ["yes", "no", "unknown", "not_applicable"]}, {"type": "boolean"}]})
}

/// `true` and `false` are truth values for every editor, `unknown` is a word.
fn written_truths(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "additionalProperties": {"oneOf": [{"type": "boolean"}, {"const": "unknown"}]}})
}

fn first_episode() -> u32 {
    1
}

/// What a rule says of an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// The rule must hold.
    Yes,
    /// The rule must not hold.
    No,
    /// It cannot be told.
    Unknown,
    /// It is not tried.
    NotApplicable,
}

impl Holds {
    /// The word in test files.
    fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// The result of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseResult {
    /// Slug of the rule.
    pub rule: String,
    /// Name of the case.
    pub name: String,
    /// Line of the case in the file, from 1.
    pub line: usize,
    /// Column of its name, from 1.
    pub column: usize,
    /// What is not as expected; empty if the case passed.
    pub failures: Vec<String>,
    /// What came of each clause for the first element, in the order of the rule; empty if the case passed.
    pub clauses: Vec<String>,
}

/// Fetches the bundle that cases start from.
pub(crate) type BaseOf<'f> = &'f dyn Fn(&Base) -> Result<Bundle, NoBase>;

/// Why the bundle that cases start from cannot be had: whoever fetches it knows. Several cases may start from the same.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct NoBase(Arc<dyn Error + Send + Sync>);

impl NoBase {
    /// For this reason.
    pub fn new(why: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Arc::from(why.into()))
    }
}

/// Why the bundle of a case cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum NoBundle {
    /// The base bundle could not be loaded.
    #[error(transparent)]
    Base(#[from] NoBase),
    /// A patch cannot be applied.
    #[error(transparent)]
    Patch(#[from] PatchError),
}

/// Runs the tests of one file. `base_of` fetches base bundles.
///
/// # Errors
/// When the file cannot be used: it does not parse, names no rule, or misses a firing case or a near miss.
pub fn run(text: &FileText, catalog: &Catalog, base_of: BaseOf<'_>) -> Result<Vec<CaseResult>, Vec<Problem>> {
    let file = check(text, catalog)?;
    let judged = |(case, bundle): (&TestCase, Result<Bundle, NoBundle>)| {
        let (line, column) = place(Some(case.name.referenced));
        let (failures, clauses) = match bundle {
            Ok(bundle) => judge(&bundle, catalog, &file.rule.value, &case.expect),
            Err(err) => (vec![format!("the bundle cannot be made: {err}")], Vec::new()),
        };
        CaseResult { rule: file.rule.value.clone(), name: case.name.value.clone(), line, column, failures, clauses }
    };
    Ok(file.cases.iter().zip(case_bundles(&file, base_of)).map(judged).collect())
}

/// A case and the bundle that it is about, or why there is none.
pub(crate) type CaseBundle = (TestCase, Result<Bundle, NoBundle>);

/// The bundle that each case of a file is about, beside the case.
///
/// # Errors
/// When the file cannot be used.
pub fn bundles(text: &FileText, catalog: &Catalog, base_of: BaseOf<'_>) -> Result<Vec<CaseBundle>, Vec<Problem>> {
    let file = check(text, catalog)?;
    let made = case_bundles(&file, base_of);
    Ok(file.cases.into_iter().zip(made).collect())
}

/// The patched bundle of each case, in order. Each base is fetched once.
pub(super) fn case_bundles(file: &TestFile, base_of: BaseOf<'_>) -> Vec<Result<Bundle, NoBundle>> {
    let mut bases: BTreeMap<Base, Result<Value, NoBase>> = BTreeMap::new();
    file.cases
        .iter()
        .map(|case| {
            let base = case.base.as_ref().unwrap_or(&file.base);
            let document =
                bases.entry(base.clone()).or_insert_with(|| base_of(base).and_then(|it| serde_json::to_value(it).map_err(NoBase::new)));
            Ok(patched(document.clone()?, &case.patch, case.expect.episode)?)
        })
        .collect()
}

/// Reads a test file and checks it as far as that is possible without running it.
///
/// # Errors
/// Everything that is wrong with it. Never empty.
pub fn check(text: &FileText, catalog: &Catalog) -> Result<TestFile, Vec<Problem>> {
    let file: TestFile = text.read().map_err(|problem| vec![*problem])?;
    let mut problems = Vec::new();
    let slug = &file.rule.value;
    if !catalog.rules.contains_key(slug) {
        let known: Vec<String> = catalog.rules.keys().cloned().collect();
        problems.push(text.at(&file.rule, format!("there is no rule `{slug}`"), suggestion(slug, &known)));
    }
    let has = |holds: &[Holds]| file.cases.iter().any(|it| holds.contains(&it.expect.holds));
    if !has(&[Holds::Yes]) {
        problems.push(text.whole("no case in which the rule holds", Some("add one with `expect: {holds: yes}`".to_owned())));
    }
    if !has(&[Holds::No, Holds::NotApplicable]) {
        problems.push(
            text.whole("no near miss: no case in which the rule almost holds", Some("add one with `expect: {holds: no}`".to_owned())),
        );
    }
    let mut names = BTreeSet::new();
    for case in &file.cases {
        if !names.insert(&case.name.value) {
            problems.push(text.at(&case.name, "two cases have the same name", None));
        }
    }
    if problems.is_empty() { Ok(file) } else { Err(problems.into_iter().map(|it| it.found_by(Check::TestFile)).collect()) }
}

/// What is not as expected, and then what came of each clause.
fn judge(bundle: &Bundle, catalog: &Catalog, slug: &str, expect: &Expect) -> (Vec<String>, Vec<String>) {
    let outcomes = decide(bundle, catalog, slug, Trial::WithExperimental);
    let mut failures = judge_outcome(&outcomes, expect);
    if expect.is_about_the_diagnosis() {
        judge_finding(&diagnose(bundle, catalog, Trial::WithExperimental), slug, expect, &mut failures);
    }
    if failures.is_empty() {
        return (failures, Vec::new());
    }
    let evaluated = outcomes.iter().find(|(number, _)| *number == expect.episode).map(|(_, it)| it);
    let first = match evaluated {
        Some(Outcome::Evaluated(it)) => it.elements.first(),
        _ => None,
    };
    let decided = first.zip(catalog.rules.get(slug)).map(|(element, rule)| as_written(rule, &element.clauses)).unwrap_or_default();
    let clauses = decided.into_iter().map(|it| format!("{:7} {}: {}", word(&it.truth), it.clause, it.because)).collect();
    (failures, clauses)
}

impl Expect {
    /// Whether it looks further than at the rule: at the finding, or at the verdict of all rules.
    pub(super) fn is_about_the_diagnosis(&self) -> bool {
        self.claims.is_some() || self.cause.is_some() || self.extent.is_some() || self.summary.is_some() || self.verdict.is_some()
    }
}

/// What is not as expected of the rule alone.
pub(super) fn judge_outcome(outcomes: &[(u32, Outcome)], expect: &Expect) -> Vec<String> {
    let mut failures = Vec::new();
    let Some((_, outcome)) = outcomes.iter().find(|(number, _)| *number == expect.episode) else {
        return vec![format!("the bundle has no episode {}", expect.episode)];
    };
    let evaluated = match outcome {
        Outcome::Broken(why) => return vec![format!("the rule is broken: {why}")],
        Outcome::NotApplicable => None,
        Outcome::Evaluated(evaluated) => Some(evaluated),
    };
    let holds = match evaluated.map(|it| it.truth()) {
        None => Holds::NotApplicable,
        Some(Ternary::True) => Holds::Yes,
        Some(Ternary::False) => Holds::No,
        Some(Ternary::Unknown) => Holds::Unknown,
    };
    let clauses = evaluated.and_then(|it| it.elements.first()).map(|it| it.clauses.as_slice()).unwrap_or_default();
    if holds != expect.holds {
        failures.push(format!("expected holds: {}, got {}", expect.holds.word(), holds.word()));
    }
    for (name, truth) in &expect.clauses {
        let got = clauses.iter().find(|it| it.clause == *name).map(|it| it.truth);
        if got != Some(*truth) {
            let got = got.map_or_else(|| "no such clause, or it was not tried".to_owned(), |it| word(&it));
            failures.push(format!("expected clause {name} to be {}, got {got}", word(truth)));
        }
    }
    for (name, words) in &expect.because {
        let got = clauses.iter().find(|it| it.clause == *name).map(|it| it.because.as_str()).unwrap_or_default();
        if !got.contains(words) {
            failures.push(format!("expected the reason of clause {name} to hold `{words}`, got `{got}`"));
        }
    }
    let captures = evaluated.and_then(|it| it.elements.first()).map(|it| it.captures.as_slice()).unwrap_or_default();
    for (name, value) in &expect.captures {
        let got = captures.iter().find(|(clause, group, _)| *name == format!("{clause}.{group}")).map(|it| it.2.as_str());
        if got != Some(value) {
            failures
                .push(format!("expected {name} to capture `{value}`, got {}", got.map_or("nothing".to_owned(), |it| format!("`{it}`"))));
        }
    }
    if let Some(missing) = &expect.missing {
        let got = evaluated.map(|it| it.missing()).unwrap_or_default();
        if got != *missing {
            failures.push(format!("expected missing {}, got {}", names(missing), names(&got)));
        }
    }
    failures
}

pub(super) fn judge_finding(diagnosis: &Diagnosis, slug: &str, expect: &Expect, failures: &mut Vec<String>) {
    let finding = diagnosis.findings.iter().find(|it| it.rule == slug && it.episode == expect.episode);
    if let Some(claims) = &expect.claims {
        // Where nothing names a block, an id begins with the kind.
        let kind = |id: &String| id.split('/').find(|it| it.parse::<u64>().is_err()).unwrap_or_default().to_owned();
        let got: Vec<String> = finding.map(|it| it.claims.iter().map(kind).collect()).unwrap_or_default();
        if got != *claims {
            failures.push(format!("expected claims [{}], got [{}]", claims.join(", "), got.join(", ")));
        }
    }
    if let Some(cause) = expect.cause {
        let got = finding.map(|it| (it.cause, it.because.as_str()));
        if got.map(|it| it.0) != Some(cause) {
            failures.push(format!("expected cause {}, got {}", word(&cause), judged(got)));
        }
    }
    if let Some(extent) = expect.extent {
        let got = finding.map(|it| (it.extent, it.extent_because.as_str()));
        if got.map(|it| it.0) != Some(extent) {
            failures.push(format!("expected extent {}, got {}", word(&extent), judged(got)));
        }
    }
    if let Some(words) = &expect.summary {
        let got = finding.map(|it| it.summary.as_str()).unwrap_or_default();
        if !got.contains(words) {
            failures.push(format!("expected the summary to hold `{words}`, got `{got}`"));
        }
    }
    if let Some(verdict) = expect.verdict
        && diagnosis.verdict != verdict
    {
        failures.push(format!("expected the verdict `{verdict}`, got `{}`: {}", diagnosis.verdict, diagnosis.headline));
    }
}

/// What a finding says, and why.
fn judged<T: Serialize>(got: Option<(T, &str)>) -> String {
    match got {
        None => "no finding".to_owned(),
        Some((it, "")) => word(&it),
        Some((it, because)) => format!("{} ({because})", word(&it)),
    }
}

fn names(evidence: &BTreeSet<EvidenceName>) -> String {
    format!("[{}]", evidence.iter().map(|it| it.name()).collect::<Vec<_>>().join(", "))
}
