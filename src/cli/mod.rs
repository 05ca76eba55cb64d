//! Top: the command line.
//!
//! Invariant: no logic here. A command maps its arguments to a call of the front door and says where the result goes. Data goes to standard
//! output and messages to standard error, both only through `output`.

#![expect(clippy::disallowed_methods, reason = "this is the layer that reads the environment")]

mod args;
mod exit;
mod fault;
mod output;
mod plugin;
mod shown;
#[cfg(unix)]
mod signals;
mod diagnose;
mod import;
mod lineage_notes;
mod bundle;
mod compare;
mod deployed;
mod episodes;
#[cfg(feature = "live")]
mod collect;
#[cfg(feature = "live")]
mod dry_run;
#[cfg(feature = "live")]
mod progress;
mod renamed;
mod rule_draft;
mod rule_trials;
mod rules;
mod explain;
mod simulate;
mod evaluate;
mod schema;
mod limits;
mod completions;
mod man;

use std::process::ExitCode;

use clap::FromArgMatches;
use clap::error::ErrorKind;
use miette::Report;

use crate::investigate::{self, Error};
use args::{Arguments, Command};
use exit::Exit;
use output::{OutputError, print_report, say, visible_lines, write_page};

/// What a command comes to: how it ended, or what went wrong.
type CommandResult = Result<Exit, Failure>;

/// What went wrong, and how the run ends then.
struct Failure {
    exit: Exit,
    reports: Vec<Report>,
}

impl Failure {
    /// A command that was used wrongly.
    fn usage(message: impl std::fmt::Display) -> Self {
        Self { exit: Exit::Usage, reports: vec![Report::msg(message.to_string())] }
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        Self { exit: Exit::Unusable, reports: vec![error.into()] }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = Exit::from(&error);
        let reports = match error {
            Error::Wrong(problems) => problems.into_iter().map(Into::into).collect(),
            other => vec![other.into()],
        };
        Self { exit, reports }
    }
}

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    fault::end_on_panic();
    #[cfg(unix)]
    signals::watch();
    let outcome = match parsed() {
        Ok(arguments) => prepared(&arguments).and_then(|()| run(arguments.command)),
        Err(other) => report_usage(&other),
    };
    let exit = outcome.unwrap_or_else(|failure| {
        failure.reports.iter().for_each(print_report);
        failure.exit
    });
    exit.into()
}

fn parsed() -> Result<Arguments, clap::Error> {
    let mut command = plugin::command(std::env::args_os().next().as_deref());
    let mut matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Arguments::from_arg_matches_mut(&mut matches).map_err(|it| it.format(&mut command))
}

/// From here on masks what the user lists, too, and keeps to the memory that is allowed.
fn prepared(arguments: &Arguments) -> Result<(), Failure> {
    investigate::allow_memory(arguments.memory.0);
    arguments.redact.iter().try_for_each(|it| Ok(investigate::mask_listed(it)?))
}

/// Prints help, the version, or what is wrong with the arguments.
fn report_usage(other: &clap::Error) -> CommandResult {
    if other.kind() == ErrorKind::DisplayVersion {
        write_page(&format!("whysync {}\n", investigate::version()))?;
        return Ok(Exit::Success);
    }
    if !other.use_stderr() {
        output::print(|_| other.print())?;
        return Ok(Exit::Success);
    }
    if let Some(renamed) = renamed::named_in(other) {
        return Err(Failure::usage(renamed));
    }
    let plain = other.to_string();
    // Arguments can be names of files that others chose.
    if visible_lines(&plain) == plain {
        let _ = other.print();
    } else {
        plain.trim_end().lines().for_each(say);
    }
    Ok(Exit::Usage)
}

fn run(command: Command) -> CommandResult {
    match command {
        Command::Diagnose(arguments) => diagnose::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        #[cfg(feature = "live")]
        Command::Collect(arguments) => collect::run(&arguments),
        #[cfg(feature = "live")]
        Command::Investigate(arguments) => collect::and_diagnose(&arguments),
        #[cfg(feature = "live")]
        Command::Episodes(arguments) => collect::episodes(&arguments),
        #[cfg(feature = "live")]
        Command::Rbac(arguments) => collect::role(&arguments),
        Command::Rules(command) => rules::run(&command),
        Command::Bundle(command) => bundle::run(&command),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Deployed(arguments) => deployed::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Limits(arguments) => limits::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    }
}
