//! `whysync bundle`

use super::args::{BundleCommand, MinimizeArguments};
use super::exit::Exit;
use super::{Failure, Outcome, explain, import, rule_folder};
use crate::collect::store;
use crate::engine::minimize::minimize;

pub(super) fn run(command: &BundleCommand) -> Outcome {
    match command {
        BundleCommand::Minimize(arguments) => smallest(arguments),
    }
}

fn smallest(arguments: &MinimizeArguments) -> Outcome {
    let catalog = rule_folder::catalog(&arguments.rules)?;
    let rule = explain::named(&catalog, &arguments.rule)?;
    let bundle = import::evidence(&arguments.evidence)?;
    let small = minimize(&bundle, rule, &catalog.interpreter).map_err(Failure::usage)?;
    store::save(&small, &arguments.output).map_err(Failure::unusable)?;
    let lines = |it: &crate::evidence::Bundle| it.logs.echonet.value().map_or(0, |it| it.lines.len());
    eprintln!("{}: {} of {} log lines are left", arguments.output.display(), lines(&small), lines(&bundle));
    Ok(Exit::Success)
}
