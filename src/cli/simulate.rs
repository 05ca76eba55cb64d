//! `whysync simulate`

use super::args::SimulateArguments;
use super::exit::Exit;
use super::{Outcome, write_output};
use crate::investigate::{self, SCENARIOS};

pub(super) fn run(arguments: &SimulateArguments) -> Outcome {
    let output = arguments.output.as_deref();
    if let (Some(members), Some(folder)) = (arguments.population, output) {
        investigate::write_population(members, arguments.seed, folder)?;
        return Ok(Exit::Success);
    }
    let scenario = arguments.scenario.as_deref().unwrap_or_default();
    if scenario == "list" {
        let widest = SCENARIOS.iter().map(|it| it.name.len()).max().unwrap_or_default();
        let lines: Vec<String> = SCENARIOS.iter().map(|it| format!("{:widest$}  {}\n", it.name, it.summary)).collect();
        write_output(&lines.concat(), None)?;
        return Ok(Exit::Success);
    }
    let bundle = match scenario {
        "member" => investigate::member(arguments.number, arguments.seed),
        scenario => investigate::simulate(scenario, arguments.seed)?,
    };
    match output {
        Some(path) => investigate::save(&bundle, path)?,
        None => {
            // A reader that closes the pipe early has what it wanted.
            let _ = investigate::encode(&bundle, std::io::stdout().lock());
        }
    }
    Ok(Exit::Success)
}
