//! `whysync simulate`

use std::path::Path;

use miette::Diagnostic;

use super::args::SimulateArguments;
use super::exit::Exit;
use super::{Failure, Outcome, write_output};
use crate::collect::store;
use crate::simulate::{PopulationTruth, SCENARIOS, Scenario, member, population, simulate};

/// A folder for a population that something else is in.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("the folder {path} is not empty")]
#[diagnostic(code(whysync::simulate::not_empty), help("nothing was written; give a new or an empty folder with -o"))]
struct NotEmpty {
    path: String,
}

/// A folder for a population that cannot be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{path} cannot be used as a folder: {source}")]
#[diagnostic(code(whysync::simulate::folder), help("give a folder that you may write to with -o"))]
struct Unusable {
    path: String,
    source: std::io::Error,
}

pub(super) fn run(arguments: &SimulateArguments) -> Outcome {
    let output = arguments.output.as_deref();
    if let (Some(members), Some(folder)) = (arguments.population, output) {
        return write_population(members, arguments.seed, folder);
    }
    let scenario = arguments.scenario.as_deref().unwrap_or_default();
    if scenario == "list" {
        let widest = SCENARIOS.iter().map(|it| it.name.len()).max().unwrap_or_default();
        let lines: Vec<String> = SCENARIOS.iter().map(|it| format!("{:widest$}  {}\n", it.name, it.summary)).collect();
        write_output(&lines.concat(), None)?;
        return Ok(Exit::Success);
    }
    let bundle = if scenario == "member" {
        member(arguments.number, arguments.seed).bundle
    } else {
        let scenario: Scenario = scenario.parse().map_err(Failure::usage)?;
        simulate(scenario, arguments.seed).bundle
    };
    match output {
        Some(path) => store::save(&bundle, path).map_err(Failure::unusable)?,
        None => {
            // A reader that closes the pipe early has what it wanted.
            let _ = store::encode(&bundle, std::io::stdout().lock());
        }
    }
    Ok(Exit::Success)
}

/// Writes the bundles one by one, and what is true of them at the end: a folder without it is not whole.
fn write_population(members: u64, seed: u64, folder: &Path) -> Outcome {
    let path = || folder.display().to_string();
    let is_empty = std::fs::create_dir_all(folder).and_then(|()| std::fs::read_dir(folder)).map(|mut it| it.next().is_none());
    if !is_empty.map_err(|source| Failure::unusable(Unusable { path: path(), source }))? {
        return Err(Failure::unusable(NotEmpty { path: path() }));
    }
    let mut truth = PopulationTruth { seed, ..PopulationTruth::default() };
    for member in population(members, seed) {
        store::save(&member.bundle, &folder.join(format!("{}.json.zst", member.number))).map_err(Failure::unusable)?;
        truth.members.insert(member.number, member.truth);
    }
    let text = serde_json::to_string_pretty(&truth).map_err(Failure::usage)? + "\n";
    write_output(&text, Some(&folder.join("truth.json")))?;
    Ok(Exit::Success)
}
