//! `whysync simulate`

use super::CommandResult;
use super::args::SimulateArguments;
use super::exit::Exit;
use super::output::{print, write_page};
use crate::investigate::{self, SCENARIOS};

pub(super) fn run(arguments: &SimulateArguments) -> CommandResult {
    let output = arguments.output.as_deref();
    if let (Some(members), Some(folder)) = (arguments.population, output) {
        investigate::write_population(members, arguments.seed, folder)?;
        return Ok(Exit::Success);
    }
    let scenario = arguments.scenario.as_deref().unwrap_or_default();
    if scenario == "list" {
        let widest = SCENARIOS.iter().map(|it| it.name.len()).max().unwrap_or_default();
        let lines: Vec<String> = SCENARIOS.iter().map(|it| format!("{:widest$}  {}\n", it.name, it.summary)).collect();
        write_page(&lines.concat())?;
        return Ok(Exit::Success);
    }
    let bundle = match scenario {
        "member" => investigate::member(arguments.number, arguments.seed),
        scenario => investigate::simulate(scenario, arguments.seed)?,
    };
    match output {
        Some(path) => investigate::save(&bundle, path)?,
        None => print(|out| investigate::encode(&bundle, out))?,
    }
    Ok(Exit::Success)
}
