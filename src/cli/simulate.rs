//! `whysync simulate`

use super::args::SimulateArguments;
use super::exit::Exit;
use super::{Failure, Outcome, write_output};
use crate::collect::store;
use crate::simulate::{SCENARIOS, Scenario, member, simulate};

pub(super) fn run(arguments: &SimulateArguments) -> Outcome {
    if arguments.scenario == "list" {
        let widest = SCENARIOS.iter().map(|it| it.name.len()).max().unwrap_or_default();
        let lines: Vec<String> = SCENARIOS.iter().map(|it| format!("{:widest$}  {}\n", it.name, it.summary)).collect();
        write_output(&lines.concat(), None)?;
        return Ok(Exit::Success);
    }
    let bundle = if arguments.scenario == "member" {
        member(arguments.number, arguments.seed).bundle
    } else {
        let scenario: Scenario = arguments.scenario.parse().map_err(Failure::usage)?;
        simulate(scenario, arguments.seed).bundle
    };
    match &arguments.output {
        Some(path) => store::save(&bundle, path).map_err(Failure::unusable)?,
        None => {
            // A reader that closes the pipe early has what it wanted.
            let _ = store::encode(&bundle, std::io::stdout().lock());
        }
    }
    Ok(Exit::Success)
}
