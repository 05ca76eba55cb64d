//! Top: the command line.
//!
//! Invariant: no logic, only what was asked, what to call at the front door, and where the answer goes. Data goes to standard output,
//! words to standard error. This is the only layer that prints.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the layer that prints")]
#![expect(clippy::disallowed_methods, reason = "this is the layer that reads the environment")]

mod args;
mod exit;
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
mod rule_draft;
mod rule_trials;
mod rules;
mod explain;
#[cfg(feature = "proof")]
mod simulate;
#[cfg(feature = "proof")]
mod evaluate;
mod schema;

use std::process::ExitCode;

use clap::Parser;
use miette::{GraphicalReportHandler, GraphicalTheme, Report};

use crate::investigate::{self, Error};
use args::{Arguments, Command};
use exit::Exit;

/// What a command comes to: how it ended, or what went wrong.
type Outcome = Result<Exit, Failure>;

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
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(err) => {
            let exit = if err.use_stderr() { Exit::Usage } else { Exit::Success };
            // A closed pipe is the reader's choice.
            let _ = err.print();
            return exit.into();
        }
    };
    let listed: Result<(), Failure> = arguments.redact.iter().try_for_each(|it| Ok(investigate::mask_listed(it)?));
    let outcome = listed.and_then(|()| run(arguments.command));
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            for report in &failure.reports {
                print_report(report);
            }
            failure.exit.into()
        }
    }
}

fn run(command: Command) -> Outcome {
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
        #[cfg(feature = "proof")]
        Command::Simulate(arguments) => simulate::run(&arguments),
        #[cfg(feature = "proof")]
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
    }
}

/// Writes a report to standard error; colour and box lines only for a terminal that wants them.
fn print_report(report: &Report) {
    use std::io::IsTerminal;

    let plain = std::env::var_os("NO_COLOR").is_some() || !std::io::stderr().is_terminal();
    let theme = if plain { GraphicalTheme::unicode_nocolor() } else { GraphicalTheme::unicode() };
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(100);
    if handler.render_report(&mut text, report.as_ref()).is_err() {
        text = format!("{report}\n");
    }
    // What somebody else said is quoted in it.
    eprint!("{}", investigate::without_secrets(&text));
}

/// Writes data to a file, whole or not at all, or to standard output.
fn write_output(text: &str, file: Option<&std::path::Path>) -> Result<(), Failure> {
    use std::io::Write;

    match file {
        Some(path) => Ok(investigate::write(path, text.as_bytes())?),
        None => {
            investigate::check_output("standard output", text)?;
            // A reader that closes the pipe early has what it wanted.
            let _ = std::io::stdout().lock().write_all(text.as_bytes());
            Ok(())
        }
    }
}
