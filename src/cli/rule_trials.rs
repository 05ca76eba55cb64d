//! `whysync rules test --coverage --mutate --cross-fire`

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::args::TestArguments;
use super::exit::Exit;
use super::{Failure, Outcome, base_bundle, rule_folder, write_output};
use crate::engine::authoring::coverage_report;
use crate::engine::authoring::coverage_report::RuleCoverage;
use crate::engine::authoring::cross_fire;
use crate::engine::authoring::cross_fire::Ground;
use crate::engine::authoring::mutate;
use crate::engine::authoring::mutate::MutationReport;
use crate::engine::authoring::rule_test;
use crate::engine::authoring::rule_test::{Base, Holds, TestFile};
use crate::engine::language::path::suggestion;
use crate::engine::{Catalog, Problem, Text};

/// Runs what was asked for beside the tests themselves.
pub(super) fn run(arguments: &TestArguments, catalog: &Catalog, files: &[Text]) -> Outcome {
    let mut exit = Exit::Success;
    let mut also = |outcome: Exit| {
        if outcome != Exit::Success {
            exit = outcome;
        }
    };
    if arguments.coverage {
        also(coverage(catalog, files, arguments.min)?);
    }
    if arguments.mutate {
        also(mutations(catalog, files)?);
    }
    if arguments.cross_fire {
        // Who else holds is a question to all test files, whichever were asked for.
        also(crossings(catalog, &rule_folder::tests(&arguments.rules)?)?);
    }
    Ok(exit)
}

fn coverage(catalog: &Catalog, files: &[Text], min: u8) -> Outcome {
    let rules: Vec<RuleCoverage> =
        collected(in_parallel(files, |file| coverage_report::cover(file, catalog, &|base| base_bundle::fetch(base, file))))?;
    let percent = coverage_report::percent(&rules);
    let mut text = format!("coverage {percent} % of the states of all clauses\n");
    for rule in &rules {
        for clause in &rule.clauses {
            for truth in clause.open() {
                text.push_str(&format!("  {}: no case saw {}.{}\n", rule.rule, clause.clause, coverage_report::word(truth)));
            }
        }
    }
    let idle = rules.iter().flat_map(|rule| rule.idle.iter().map(|it| (rule.rule.as_str(), it.as_str()))).collect();
    let exit = if percent < min { Exit::NotFully } else { Exit::Success };
    finish(text, idle, "uncovered", exit)
}

fn mutations(catalog: &Catalog, files: &[Text]) -> Outcome {
    let reports: Vec<MutationReport> =
        collected(in_parallel(files, |file| mutate::mutate(file, catalog, &|base| base_bundle::fetch(base, file))))?;
    let all: usize = reports.iter().map(|it| it.mutants).sum();
    let explained: usize = reports.iter().map(|it| it.explained.len()).sum();
    let unexplained: usize = reports.iter().map(|it| it.unexplained.len()).sum();
    let killed = all - explained - unexplained;
    let mut text = format!("{all} mutants: {killed} killed, {explained} survive with a reason, {unexplained} without\n");
    for report in &reports {
        for id in &report.unexplained {
            text.push_str(&format!("  {}: no case notices {id}\n", report.rule));
        }
    }
    let idle = reports.iter().flat_map(|report| report.idle.iter().map(|it| (report.rule.as_str(), it.as_str()))).collect();
    finish(text, idle, "survivors", if unexplained == 0 { Exit::Success } else { Exit::NotFully })
}

/// Prints what was found, and reasons that are no longer needed: they hide what changed.
fn finish(mut text: String, idle: Vec<(&str, &str)>, list: &str, exit: Exit) -> Outcome {
    for (rule, entry) in &idle {
        text.push_str(&format!("  {rule}: `{list}` names {entry}, which needs no reason or does not exist; take it out\n"));
    }
    write_output(&text, None)?;
    Ok(if idle.is_empty() { exit } else { Exit::NotFully })
}

fn crossings(catalog: &Catalog, texts: &[Text]) -> Outcome {
    let mut files: Vec<(&Text, TestFile)> = Vec::new();
    for text in texts {
        files.push((text, rule_test::check(text, catalog).map_err(Failure::all)?));
    }
    let grounds = grounds(catalog, &files)?;
    let found = in_parallel(&grounds, |ground| cross_fire::fire(catalog, ground));
    let hits: Vec<_> = found.into_iter().flatten().collect();
    let unexplained: Vec<_> = hits.iter().filter(|it| it.known.is_none()).collect();
    let mut text =
        format!("{} rules on {} bundles: {} hits, {} unexplained\n", catalog.rules.len(), grounds.len(), hits.len(), unexplained.len());
    for hit in &unexplained {
        let episodes: Vec<String> = hit.episodes.iter().map(ToString::to_string).collect();
        text.push_str(&format!("  {} holds for {} (resync {}), and no test file says so\n", hit.rule, hit.ground, episodes.join(", ")));
    }
    let mut idle = Vec::new();
    for (_, file) in &files {
        for also in file.also_fires.keys() {
            if !hits.iter().any(|it| it.rule == *also && it.known.as_ref().is_some_and(|it| *it == said_by(file))) {
                idle.push((file.rule.value.as_str(), also.as_str()));
            }
        }
    }
    finish(text, idle, "also_fires", if unexplained.is_empty() { Exit::Success } else { Exit::NotFully })
}

fn said_by(file: &TestFile) -> String {
    format!("also_fires of {}", file.rule.value)
}

/// Every base bundle of every test file and every scenario, each once, with the rules that are known to hold for it: what the simulator
/// says, what an unpatched case says, and what `also_fires` says.
fn grounds(catalog: &Catalog, files: &[(&Text, TestFile)]) -> Result<Vec<Ground>, Failure> {
    let mut bases: BTreeMap<String, (Base, &Text)> = BTreeMap::new();
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
        return Err(Failure::all(problems));
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
        Ok(Ground { name: name.clone(), bundle, known })
    });
    made.into_iter().collect::<Result<_, String>>().map_err(|err| Failure::usage(format!("a base bundle cannot be made: {err}")))
}

fn name(base: &Base, file: &Text) -> String {
    match base {
        Base::Simulate { scenario, seed } => format!("simulate {scenario}, seed {seed}"),
        Base::Bundle(path) => {
            let folder = file.name().rsplit_once('/').map_or("", |it| it.0);
            format!("{folder}/{path}")
        }
    }
}

/// All results, or everything that is wrong.
fn collected<T>(results: Vec<Result<T, Vec<Problem>>>) -> Result<Vec<T>, Failure> {
    let mut good = Vec::new();
    let mut problems = Vec::new();
    for result in results {
        match result {
            Ok(it) => good.push(it),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(good) } else { Err(Failure::all(problems)) }
}

/// Does the same work on each item, on as many threads as there are cores; results are in the order of the items.
fn in_parallel<I: Sync, T: Send>(items: &[I], work: impl Fn(&I) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores.min(items.len()) {
            scope.spawn(|| {
                while let place = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(item) = items.get(place)
                {
                    let result = work(item);
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((place, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, it)| it).collect()
}
