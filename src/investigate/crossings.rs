//! Every rule on every base bundle and scenario: which rules hold where nothing expects it.

use std::collections::{BTreeMap, BTreeSet};

use super::base_bundle::{self, BaseError};
use super::threads::in_parallel;
use super::{Error, Rules};
use crate::engine::authoring::cross_fire::{RuleHit, TrialBundle};
use crate::engine::authoring::rule_test::{Base, Holds, TestFile};
use crate::engine::authoring::{cross_fire, rule_test};
use crate::engine::language::path::suggestion;
use crate::engine::{Catalog, FileText, Problem};

/// The bundles on which each rule matched.
#[derive(Debug)]
pub struct Crossings {
    /// Number of rules that were tried.
    pub rules: usize,
    /// Number of bundles.
    pub bundles: usize,
    /// Where a rule holds, with who says so.
    pub hits: Vec<RuleHit>,
    /// Entries of `also_fires` that need no reason, or name nothing: rule and entry.
    pub idle: Vec<(String, String)>,
}

impl Crossings {
    /// Matches that no test or scenario expects.
    pub fn unexplained(&self) -> impl Iterator<Item = &RuleHit> {
        self.hits.iter().filter(|it| it.known.is_none())
    }
}

/// Tries every rule on every base bundle of these test files and on every scenario.
///
/// # Errors
/// When a file cannot be used, or a base bundle cannot be had.
pub fn crossings(files: &[FileText], rules: &Rules) -> Result<Crossings, Error> {
    let catalog = &rules.catalog;
    let mut read: Vec<(&FileText, TestFile)> = Vec::new();
    for text in files {
        read.push((text, rule_test::check(text, catalog).map_err(Error::Wrong)?));
    }
    let grounds = grounds(catalog, &read)?;
    let found = in_parallel(&grounds, |ground| cross_fire::fire(catalog, ground));
    let hits: Vec<RuleHit> = found.into_iter().flatten().collect();
    let mut idle = Vec::new();
    for (_, file) in &read {
        for also in file.also_fires.keys() {
            if !hits.iter().any(|it| it.rule == *also && it.known.as_ref().is_some_and(|it| *it == said_by(file))) {
                idle.push((file.rule.value.clone(), also.clone()));
            }
        }
    }
    Ok(Crossings { rules: catalog.rules.len(), bundles: grounds.len(), hits, idle })
}

fn said_by(file: &TestFile) -> String {
    format!("also_fires of {}", file.rule.value)
}

/// Every base bundle of every test file and every scenario, each once, with the rules that are known to hold for it: what the simulator
/// says, what an unpatched case says, and what `also_fires` says.
fn grounds(catalog: &Catalog, files: &[(&FileText, TestFile)]) -> Result<Vec<TrialBundle>, Error> {
    let mut bases: BTreeMap<String, (Base, &FileText)> = BTreeMap::new();
    let mut known: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let known_slugs: Vec<String> = catalog.rules.keys().cloned().collect();
    let mut problems: Vec<Problem> = Vec::new();
    for (text, file) in files {
        for (slug, reason) in &file.also_fires {
            if !catalog.rules.contains_key(slug) {
                problems.push(text.at(reason, format!("`also_fires`: there is no rule `{slug}`"), suggestion(slug, &known_slugs)));
            }
        }
        let mut names = BTreeSet::new();
        for case in &file.cases {
            let base = case.base.as_ref().unwrap_or(&file.base);
            let name = name(base, text);
            bases.insert(name.clone(), (base.clone(), text));
            if case.patch.is_empty() && case.expect.holds == Holds::Yes {
                known.entry(name.clone()).or_default().insert(file.rule.value.clone(), format!("a case of {}", file.rule.value));
            }
            names.insert(name);
        }
        for name in names {
            let slugs = file.also_fires.keys().map(|it| (it.clone(), said_by(file)));
            known.entry(name).or_default().extend(slugs);
        }
    }
    if !problems.is_empty() {
        return Err(Error::Wrong(problems));
    }
    for scenario in base_bundle::scenarios() {
        let base = Base::Simulate { scenario: scenario.to_owned(), seed: 1 };
        if let Some(text) = files.first().map(|(text, _)| *text) {
            bases.entry(name(&base, text)).or_insert((base, text));
        }
    }
    let bases: Vec<_> = bases.into_iter().collect();
    let made = in_parallel(&bases, |(name, (base, text))| {
        let (bundle, truth) = match base {
            Base::Simulate { scenario, seed } => base_bundle::simulated(scenario, *seed)?,
            Base::Bundle(_) => (base_bundle::fetch(base, text)?, Vec::new()),
        };
        let mut known = known.get(name).cloned().unwrap_or_default();
        for slug in truth {
            known.insert(slug.to_owned(), "the simulator".to_owned());
        }
        Ok(TrialBundle { name: name.clone(), bundle, known })
    });
    made.into_iter().collect::<Result<_, BaseError>>().map_err(Error::Base)
}

fn name(base: &Base, file: &FileText) -> String {
    match base {
        Base::Simulate { scenario, seed } => format!("simulate {scenario}, seed {seed}"),
        Base::Bundle(path) => {
            let folder = file.name().rsplit_once('/').map_or("", |it| it.0);
            format!("{folder}/{path}")
        }
    }
}
