//! `whysync bundle`

use super::args::{BundleCommand, MinimizeArguments, RedactArguments};
use super::exit::Exit;
use super::{Failure, Outcome, explain, import, rule_folder};
use crate::collect::store::{self, Input};
use crate::engine::minimize::minimize;

pub(super) fn run(command: &BundleCommand) -> Outcome {
    match command {
        BundleCommand::Minimize(arguments) => smallest(arguments),
        BundleCommand::Redact(arguments) => redacted(arguments),
    }
}

/// Every bundle is redacted when it is read; this writes what was read.
fn redacted(arguments: &RedactArguments) -> Outcome {
    let bundle = store::load(&Input::named(&arguments.bundle)).map_err(Failure::unusable)?;
    store::save(&bundle, &arguments.output).map_err(Failure::unusable)?;
    Ok(Exit::Success)
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
